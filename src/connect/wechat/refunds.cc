#include <boost/json.hpp>

#include "base/text.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/pay_take.h"
#include "store/rows.h"

namespace koi::connect::wechat {

BOOST_DESCRIBE_STRUCT(Refund, (), (mch, out_refund_no, out_trade_no, amount_fen, reason, notify_url, state, refund_id, error, created_at, ended_at))

namespace {

namespace json = boost::json;

constexpr std::string_view kFind =
    "SELECT mch, out_refund_no, out_trade_no, amount_fen, reason, notify_url, state, refund_id, error, created_at, ended_at FROM wechat_refund "
    "WHERE mch = $1 AND out_refund_no = $2";
constexpr std::string_view kAdd =
    "INSERT INTO wechat_refund (mch, out_refund_no, out_trade_no, amount_fen, reason, notify_url, state, created_at, ask_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, 'asked', $7, $8) ON CONFLICT (mch, out_refund_no) DO NOTHING";
constexpr std::string_view kTakeRoom =
    "UPDATE wechat_payment SET refund_asked_fen = refund_asked_fen + $3 WHERE mch = $1 AND out_trade_no = $2 AND state = 'paid' AND refund_asked_fen + $3 <= amount_fen";
constexpr std::string_view kGiveBack = "UPDATE wechat_payment SET refund_asked_fen = refund_asked_fen - $3 WHERE mch = $1 AND out_trade_no = $2";
constexpr std::string_view kRefunded = "UPDATE wechat_payment SET refunded_fen = refunded_fen + $3 WHERE mch = $1 AND out_trade_no = $2";
constexpr std::string_view kAgain = "UPDATE wechat_refund SET state = 'asked', error = '', ask_at = $3 WHERE mch = $1 AND out_refund_no = $2 AND state = 'failed'";
constexpr std::string_view kFailed =
    "UPDATE wechat_refund SET state = 'failed', error = $3, ask_at = NULL, ended_at = $4 WHERE mch = $1 AND out_refund_no = $2 AND state = 'asked'";
constexpr std::string_view kLost = "UPDATE wechat_refund SET error = $3 WHERE mch = $1 AND out_refund_no = $2 AND state = 'asked'";
constexpr std::string_view kProcessing =
    "UPDATE wechat_refund SET state = 'processing', refund_id = $3, error = '', ask_at = $4 WHERE mch = $1 AND out_refund_no = $2 AND state IN ('asked', 'processing')";
constexpr std::string_view kEnd =
    "UPDATE wechat_refund SET state = $3, refund_id = $4, error = '', ask_at = NULL, ended_at = $5 WHERE mch = $1 AND out_refund_no = $2 "
    "AND state NOT IN ('success', 'closed') AND state <> $3";
constexpr std::size_t kNumberMax = 64, kReasonMax = 80;

Result<Refund> find(Tx& tx, std::string_view mch, std::string_view no) {
  TRY(auto r, tx.maybe<Refund>(kFind, mch, no));
  if (!r) return fail(Errc::not_found, "connect.no_refund", std::string(no));
  return std::move(*r);
}

/// Room for it in what was paid: one row at a time takes it.
Result<> take_room(Tx& tx, const std::string& mch, const std::string& trade, Fen amount) {
  TRY(const auto took, tx.exec(kTakeRoom, mch, trade, amount));
  if (took > 0) return {};
  TRY(const auto p, find_payment(tx, mch, trade));
  return p.state == "paid" ? fail(Errc::exhausted, "connect.refund_too_much", trade) : fail(Errc::conflict, "connect.pay_not_paid", p.state);
}

Result<Refund> note(Tx& tx, const NewRefund& c, bool& fresh) {
  TRY(const auto made, tx.exec(kAdd, c.mch, c.out_refund_no, c.out_trade_no, c.amount, c.reason, c.notify_url, tx.now(), tx.now() + ask_after(0)));
  fresh = made > 0;
  TRY(auto r, find(tx, c.mch, c.out_refund_no));
  if (r.out_trade_no != c.out_trade_no || r.amount_fen != c.amount) return fail(Errc::conflict, "connect.pay_differs", c.out_refund_no);
  if (fresh || r.state == "failed") TRY(take_room(tx, c.mch, c.out_trade_no, c.amount));
  if (r.state == "failed") TRY(tx.exec(kAgain, c.mch, c.out_refund_no, tx.now() + ask_after(0)));
  return r;
}

Result<Refund> keep(Desk& desk, const Refund& r, const Result<json::object>& answer) {
  TRY(const auto after, desk.db().write([&](Tx& tx) -> Result<Refund> {
    if (answer) {
      TRY(take_refund(tx, r.mch, *answer));
    } else if (answer.error().code == "connect.pay_unknown") {
      TRY(tx.exec(kLost, r.mch, r.out_refund_no, answer.error().code));
    } else {
      TRY(const auto failed, tx.exec(kFailed, r.mch, r.out_refund_no, answer.error().code, tx.now()));
      if (failed > 0) TRY(tx.exec(kGiveBack, r.mch, r.out_trade_no, r.amount_fen));
    }
    return find(tx, r.mch, r.out_refund_no);
  }));
  if (!answer) return std::unexpected(answer.error());
  return after;
}

Result<Refund> ask_for(Desk& desk, PayHost& host, const Refund& r) {
  TRY(const auto payment, desk.db().read([&](Tx& tx) { return find_payment(tx, r.mch, r.out_trade_no); }));
  json::object body{{"out_trade_no", r.out_trade_no}, {"out_refund_no", r.out_refund_no},
                    {"amount", json::object{{"refund", r.amount_fen.v}, {"total", payment.amount_fen.v}, {"currency", "CNY"}}}};
  if (!r.reason.empty()) body["reason"] = r.reason;
  if (!r.notify_url.empty()) body["notify_url"] = r.notify_url;
  return keep(desk, r, host.post("/v3/refund/domestic/refunds", body));
}

}  // namespace

Result<> take_refund(Tx& tx, std::string_view mch, const json::object& said) {
  const auto no = text_in(said, "out_refund_no"), id = text_in(said, "refund_id");
  // A notice calls it refund_status, an answer status.
  auto state = text_in(said, "refund_status");
  if (state.empty()) state = text_in(said, "status");
  TRY(const auto r, find(tx, mch, no));
  const auto* amount = object_in(said, "amount");
  if (amount == nullptr || number_in(*amount, "refund") != r.amount_fen.v || text_in(said, "out_trade_no") != r.out_trade_no)
    return fail(Errc::conflict, "connect.pay_differs", no);
  if (state == "PROCESSING") {
    TRY(tx.exec(kProcessing, mch, no, id, tx.now() + ask_after(1)));
    return {};
  }
  const auto end = state == "SUCCESS" ? "success" : state == "CLOSED" ? "closed" : state == "ABNORMAL" ? "abnormal" : "";
  if (*end == '\0') return fail(Errc::malformed, "connect.pay_notice", state);
  const auto at = parse_rfc3339(text_in(said, "success_time")).value_or(tx.now());
  TRY(const auto first, tx.exec(kEnd, mch, no, end, id, at));
  if (first == 0) return {};
  // One we held for refused has given its room back; money that went all the same takes it again.
  if (r.state == "failed") TRY(take_room(tx, r.mch, r.out_trade_no, r.amount_fen));
  if (state == "SUCCESS") TRY(tx.exec(kRefunded, mch, r.out_trade_no, r.amount_fen));
  if (state == "CLOSED") TRY(tx.exec(kGiveBack, mch, r.out_trade_no, r.amount_fen));
  return tell(tx, {r.mch, "refund", no, r.out_trade_no, text_in(said, "transaction_id"), {}, {}, end, r.amount_fen, at});
}

Result<Refund> query_refund(Desk& desk, std::string_view mch, std::string_view no) {
  TRY(desk.db().read([&](Tx& tx) { return find(tx, mch, no); }));
  TRY(const auto host, desk.pay(mch));
  TRY(const auto said, host->get("/v3/refund/domestic/refunds/" + escaped(no)));
  return desk.db().write([&](Tx& tx) -> Result<Refund> {
    TRY(take_refund(tx, mch, said));
    return find(tx, mch, no);
  });
}

Result<Refund> start_refund(Desk& desk, const NewRefund& cmd) {
  if (cmd.out_refund_no.empty() || cmd.out_refund_no.size() > kNumberMax) return fail(Errc::invalid, "connect.pay_order", "out_refund_no", "/out_refund_no");
  if (cmd.amount.v <= 0) return fail(Errc::invalid, "connect.pay_order", "amount_fen", "/amount_fen");
  if (count_chars(cmd.reason) > kReasonMax) return fail(Errc::invalid, "connect.pay_order", "reason", "/reason");
  TRY(const auto host, desk.pay(cmd.mch));
  bool fresh = false;
  TRY(const auto r, desk.db().write([&](Tx& tx) { return note(tx, cmd, fresh); }));
  if (!fresh && r.state != "asked" && r.state != "failed") return r;
  if (!fresh && r.state == "asked") {
    auto known = query_refund(desk, cmd.mch, cmd.out_refund_no);
    if (known || known.error().code != "connect.pay_no_order") return known;
  }
  return ask_for(desk, *host, r);
}

}  // namespace koi::connect::wechat
