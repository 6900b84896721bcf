// What the platform tells about money, and asking it about what it did not tell.
#include <boost/json.hpp>

#include "connect/wechat/desk.h"
#include "connect/wechat/pay_take.h"
#include "store/rows.h"

namespace koi::connect::wechat {

struct DueRow { std::string mch, no; };
BOOST_DESCRIBE_STRUCT(DueRow, (), (mch, no))

namespace {

namespace json = boost::json;

constexpr std::string_view kNote =
    "INSERT INTO wechat_pay_notice (mch, id, event_type, no, outcome, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (mch, id) DO NOTHING";
constexpr std::string_view kDuePayments = "SELECT mch, out_trade_no FROM wechat_payment WHERE ask_at <= $1 ORDER BY ask_at, out_trade_no LIMIT 50";
constexpr std::string_view kDueRefunds = "SELECT mch, out_refund_no FROM wechat_refund WHERE ask_at <= $1 ORDER BY ask_at, out_refund_no LIMIT 50";
constexpr std::string_view kDueTransfers = "SELECT mch, out_bill_no FROM wechat_transfer WHERE ask_at <= $1 ORDER BY ask_at, out_bill_no LIMIT 50";
constexpr std::string_view kLaterPayment =
    "UPDATE wechat_payment SET tries = tries + 1, ask_at = $3 WHERE mch = $1 AND out_trade_no = $2 AND ask_at IS NOT NULL RETURNING tries";
constexpr std::string_view kLaterRefund =
    "UPDATE wechat_refund SET tries = tries + 1, ask_at = $3 WHERE mch = $1 AND out_refund_no = $2 AND ask_at IS NOT NULL RETURNING tries";
constexpr std::string_view kLaterTransfer =
    "UPDATE wechat_transfer SET tries = tries + 1, ask_at = $3 WHERE mch = $1 AND out_bill_no = $2 AND ask_at IS NOT NULL RETURNING tries";
constexpr std::string_view kTries[] = {
    "SELECT tries FROM wechat_payment WHERE mch = $1 AND out_trade_no = $2", "SELECT tries FROM wechat_refund WHERE mch = $1 AND out_refund_no = $2",
    "SELECT tries FROM wechat_transfer WHERE mch = $1 AND out_bill_no = $2"};
constexpr std::string_view kStopPayment =
    "UPDATE wechat_payment SET state = 'failed', ask_at = NULL WHERE mch = $1 AND out_trade_no = $2 AND state = 'asked' AND expires_at < $3";
constexpr std::string_view kGoneRefund =
    "UPDATE wechat_refund SET state = 'failed', ask_at = NULL, ended_at = $3 WHERE mch = $1 AND out_refund_no = $2 AND state = 'asked' RETURNING mch, out_trade_no, amount_fen";
constexpr std::string_view kGiveBack = "UPDATE wechat_payment SET refund_asked_fen = refund_asked_fen - $3 WHERE mch = $1 AND out_trade_no = $2";
constexpr std::string_view kGoneTransfer =
    "UPDATE wechat_transfer SET state = 'failed', ask_at = NULL, ended_at = $3 WHERE mch = $1 AND out_bill_no = $2 AND state = 'asked'";
constexpr auto kAfterEnd = std::chrono::minutes(2);  // somebody may be paying at the last moment
/// A lost request that the platform still does not know of after this long never reached it.
constexpr auto kNeverCame = std::chrono::minutes(10);

struct GoneRow { std::string mch, trade; Fen amount; };
BOOST_DESCRIBE_STRUCT(GoneRow, (), (mch, trade, amount))

bool foreign(const Error& error) {
  return error.code == "connect.no_payment" || error.code == "connect.no_refund" || error.code == "connect.no_transfer";
}

/// The next question is set before this one is asked: a kill in between asks again, not never.
Result<> put_off(Desk& desk, const DueRow& row, int sort) {
  constexpr std::string_view kLater[] = {kLaterPayment, kLaterRefund, kLaterTransfer};
  return desk.db().write([&](Tx& tx) -> Result<> {
    TRY(const auto tries, tx.maybe<std::int64_t>(kTries[sort], row.mch, row.no));
    TRY(tx.maybe<std::int64_t>(kLater[sort], row.mch, row.no, tx.now() + ask_after(tries.value_or(0) + 1)));
    return {};
  });
}

void settle_payment(Desk& desk, const DueRow& row) {
  const auto now = desk.db().clock().now();
  const auto known = query_payment(desk, row.mch, row.no);
  if (known && (known->state == "asked" || known->state == "open") && now > known->expires_at + kAfterEnd) (void)close_payment(desk, row.mch, row.no);
  // Nobody there ever heard of it, and its time is over.
  if (!known && known.error().code == "connect.pay_no_order")
    (void)desk.db().write([&](Tx& tx) { return tx.exec(kStopPayment, row.mch, row.no, tx.now()); });
}

void settle_refund(Desk& desk, const DueRow& row) {
  const auto known = query_refund(desk, row.mch, row.no);
  if (known || known.error().code != "connect.pay_no_order") return;
  (void)desk.db().write([&](Tx& tx) -> Result<> {
    const auto since = tx.now() - kNeverCame;
    TRY(const auto created, tx.maybe<Instant>("SELECT created_at FROM wechat_refund WHERE mch = $1 AND out_refund_no = $2", row.mch, row.no));
    if (!created || *created > since) return {};
    TRY(const auto gone, tx.maybe<GoneRow>(kGoneRefund, row.mch, row.no, tx.now()));
    if (gone) TRY(tx.exec(kGiveBack, gone->mch, gone->trade, gone->amount));
    return {};
  });
}

void settle_transfer(Desk& desk, const DueRow& row) {
  const auto known = query_transfer(desk, row.mch, row.no);
  if (known || known.error().code != "connect.pay_no_order") return;
  (void)desk.db().write([&](Tx& tx) -> Result<> {
    TRY(const auto created, tx.maybe<Instant>("SELECT created_at FROM wechat_transfer WHERE mch = $1 AND out_bill_no = $2", row.mch, row.no));
    if (created && *created <= tx.now() - kNeverCame) TRY(tx.exec(kGoneTransfer, row.mch, row.no, tx.now()));
    return {};
  });
}

}  // namespace

Result<> take_notice(Tx& tx, std::string_view mch, const crypto::PayNotice& notice) {
  boost::system::error_code failed;
  const auto value = json::parse(notice.plain, failed);
  if (failed || !value.is_object()) return fail(Errc::malformed, "connect.pay_notice");
  const auto& said = value.get_object();
  const std::string_view type = notice.event_type;
  const bool trade = type.starts_with("TRANSACTION."), refund = type.starts_with("REFUND."), transfer = type.starts_with("MCHTRANSFER.");
  const auto no = text_in(said, trade ? "out_trade_no" : refund ? "out_refund_no" : "out_bill_no");
  auto took = tx.nested([&]() -> Result<> {
    if (trade) return take_trade(tx, mch, said);
    if (refund) return text_in(said, "mchid") == mch ? take_refund(tx, mch, said) : fail(Errc::conflict, "connect.pay_differs", no);
    return transfer ? take_transfer(tx, mch, said) : Result<>{};
  });
  // Two systems may share a merchant: what is the other's is noted, so that the platform stops telling us.
  if (!took && !foreign(took.error())) return took;
  TRY(tx.exec(kNote, mch, notice.id, type, no, took ? "taken" : "foreign", tx.now()));
  return {};
}

std::int64_t settle_payments(Desk& desk) {
  using Settle = void (*)(Desk&, const DueRow&);
  constexpr Settle kSettle[] = {settle_payment, settle_refund, settle_transfer};
  constexpr std::string_view kDue[] = {kDuePayments, kDueRefunds, kDueTransfers};
  std::int64_t asked = 0;
  for (int sort = 0; sort < 3; ++sort) {
    const auto now = desk.db().clock().now();
    const auto due = desk.db().read([&](Tx& tx) { return tx.all<DueRow>(kDue[sort], now); });
    if (!due) continue;
    for (const auto& row : *due) {
      if (!put_off(desk, row, sort)) continue;
      kSettle[sort](desk, row);
      ++asked;
    }
  }
  return asked;
}

}  // namespace koi::connect::wechat
