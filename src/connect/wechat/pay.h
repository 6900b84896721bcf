/// WeChat Pay v3: payments, refunds, transfers to users. Every one is a row before the platform hears of it, so that a kill, a lost
/// answer or a notice that never comes leaves something to ask about; the same number is the same payment. Amounts are fen.
/// Owns wechat_pay_cert, wechat_payment, wechat_refund, wechat_transfer, wechat_pay_notice.
#pragma once
#include <boost/json/object.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/crypto/pay.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wechat {

class Desk;
struct ClientPayment;

// ---- what a later room hears ----------------------------------------------------------------------------------------

/// Something ended at the platform, told by a notice or found by asking: each end is told once, in the transaction that writes it
/// down; an error undoes both, and the platform tells it again.
struct PayNotice {
  std::string mch, kind;   // payment, refund, transfer
  std::string no;          // out_trade_no, out_refund_no, out_bill_no
  std::string out_trade_no, transaction_id, openid, attach;
  std::string state;       // paid; success, closed, abnormal; success, failed, cancelled
  Fen amount;
  Instant at{};
};
using OnPaid = Result<> (*)(Tx& tx, const PayNotice& notice);
/// For static initialisation, or app: `const bool kHears = wechat::on_paid(fn);`
bool on_paid(OnPaid fn);

// ---- payments -------------------------------------------------------------------------------------------------------

struct NewPayment {
  std::string mch, appid, out_trade_no;  // 6-32 of digits, letters, "_-*"
  std::string kind;                      // jsapi (official account, mini program), native (a QR code)
  std::string openid;                    // jsapi
  std::string description, attach;       // at most 127, 128 letters
  std::string notify_url;                // https, without a query
  Fen amount;
  std::int64_t minutes = 120;            // to pay within
};
struct Payment {
  std::string mch, out_trade_no, appid, kind, openid, description, attach;
  Fen amount_fen;
  std::string state;   // asked: it may exist there; open: can be paid; paid, closed, failed
  std::string prepay;  // prepay_id (jsapi) or code_url (native)
  std::string transaction_id, payer_openid, error;
  Fen refund_asked_fen, refunded_fen;
  Instant created_at{}, expires_at{};
  std::optional<Instant> prepay_at, paid_at;
};
/// Places the order; repeat-safe by (mch, out_trade_no). When an earlier try was lost, asks first what became of it. Blocking.
/// invalid "connect.pay_order" (with the place); conflict "connect.pay_differs" (same number, other content), "connect.pay_paid",
/// "connect.pay_closed"; codes of PayHost. After unavailable "connect.pay_unknown" call again with the same.
Result<Payment> start_payment(Desk& desk, const NewPayment& cmd);
/// What a page or mini program opens it with. conflict "connect.pay_not_open".
Result<ClientPayment> client_payment(Desk& desk, std::string_view mch, std::string_view out_trade_no);
/// Asks the platform and writes down what it says. Blocking. not_found "connect.no_payment".
Result<Payment> query_payment(Desk& desk, std::string_view mch, std::string_view out_trade_no);
/// Nobody can pay it any more, unless somebody has: then it is paid. Repeat-safe. Blocking.
Result<Payment> close_payment(Desk& desk, std::string_view mch, std::string_view out_trade_no);
Result<Payment> find_payment(Tx& tx, std::string_view mch, std::string_view out_trade_no);
Result<std::vector<Payment>> list_payments(Tx& tx, std::string_view mch, std::string_view state, Instant before, int limit);

// ---- refunds --------------------------------------------------------------------------------------------------------

struct NewRefund { std::string mch, out_refund_no, out_trade_no, reason, notify_url; Fen amount; };
struct Refund {
  std::string mch, out_refund_no, out_trade_no;
  Fen amount_fen;
  std::string reason, notify_url, state;  // asked, processing, success, closed, abnormal, failed
  std::string refund_id, error;
  Instant created_at{};
  std::optional<Instant> ended_at;
};
/// Repeat-safe by (mch, out_refund_no). Never more than was paid, also when several run at once. Blocking. not_found
/// "connect.no_payment"; conflict "connect.pay_not_paid", "connect.pay_differs"; exhausted "connect.refund_too_much".
Result<Refund> start_refund(Desk& desk, const NewRefund& cmd);
Result<Refund> query_refund(Desk& desk, std::string_view mch, std::string_view out_refund_no);

// ---- transfers ------------------------------------------------------------------------------------------------------

struct TransferReport { std::string type, content; };
struct NewTransfer {
  std::string mch, appid, out_bill_no, openid, scene_id, remark, notify_url, perception;
  std::vector<TransferReport> reports;
  Fen amount;
};
struct Transfer {
  std::string mch, out_bill_no, appid, openid;
  Fen amount_fen;
  std::string content, state;  // asked, pending, confirm (the user must; `package` opens it), success, failed, cancelled
  std::string package, transfer_bill_no, error;
  Instant created_at{};
  std::optional<Instant> ended_at;
};
/// Repeat-safe by (mch, out_bill_no). Blocking. invalid "connect.pay_order"; conflict "connect.pay_differs".
Result<Transfer> start_transfer(Desk& desk, const NewTransfer& cmd);
Result<Transfer> query_transfer(Desk& desk, std::string_view mch, std::string_view out_bill_no);

// ---- what the platform tells -----------------------------------------------------------------------------------------

/// A verified notice. Repeat-safe by its id and by what it is about; numbers that are not ours are noted and left alone.
/// conflict "connect.pay_differs" when amount or merchant are not those of our order; malformed "connect.pay_notice".
Result<> take_notice(Tx& tx, std::string_view mch, const crypto::PayNotice& notice);
/// Asks about everything whose end is due to be known, at most 50 of each sort; closes what nobody paid in time. Blocking.
std::int64_t settle_payments(Desk& desk);

std::span<const http::Route> pay_routes();

}  // namespace koi::connect::wechat
