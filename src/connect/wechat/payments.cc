#include <boost/json.hpp>

#include <algorithm>

#include "base/text.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/pay_take.h"
#include "store/rows.h"

namespace koi::connect::wechat {

BOOST_DESCRIBE_STRUCT(Payment, (), (mch, out_trade_no, appid, kind, openid, description, attach, amount_fen, state, prepay, transaction_id, payer_openid, error,
                                    refund_asked_fen, refunded_fen, created_at, expires_at, prepay_at, paid_at))

namespace {

namespace json = boost::json;

#define KOI_PAYMENT                                                                                                                       \
  "SELECT mch, out_trade_no, appid, kind, openid, description, attach, amount_fen, state, prepay, transaction_id, payer_openid, error, " \
  "refund_asked_fen, refunded_fen, created_at, expires_at, prepay_at, paid_at FROM wechat_payment "
constexpr std::string_view kFind = KOI_PAYMENT "WHERE mch = $1 AND out_trade_no = $2";
constexpr std::string_view kList = KOI_PAYMENT "WHERE mch = $1 AND ($2 = '' OR state = $2) AND created_at < $3 ORDER BY created_at DESC, out_trade_no LIMIT $4";
#undef KOI_PAYMENT
constexpr std::string_view kNotify = "SELECT notify_url FROM wechat_payment WHERE mch = $1 AND out_trade_no = $2";
constexpr std::string_view kAdd =
    "INSERT INTO wechat_payment (mch, out_trade_no, appid, kind, openid, description, attach, notify_url, amount_fen, state, created_at, expires_at, ask_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'asked', $10, $11, $12) ON CONFLICT (mch, out_trade_no) DO NOTHING";
constexpr std::string_view kOpen =
    "UPDATE wechat_payment SET state = 'open', prepay = $3, prepay_at = $4, error = '', tries = 0, ask_at = $5 WHERE mch = $1 AND out_trade_no = $2 AND state IN ('asked', 'open', 'failed')";
constexpr std::string_view kFailed =
    "UPDATE wechat_payment SET state = 'failed', error = $3, ask_at = NULL WHERE mch = $1 AND out_trade_no = $2 AND state IN ('asked', 'failed')";
constexpr std::string_view kLost = "UPDATE wechat_payment SET error = $3 WHERE mch = $1 AND out_trade_no = $2 AND state IN ('asked', 'open')";
constexpr std::string_view kAgain = "UPDATE wechat_payment SET state = 'asked', ask_at = $3 WHERE mch = $1 AND out_trade_no = $2 AND state = 'failed'";
constexpr std::string_view kPaid =
    "UPDATE wechat_payment SET state = 'paid', transaction_id = $3, payer_openid = $4, paid_at = $5, error = '', ask_at = NULL "
    "WHERE mch = $1 AND out_trade_no = $2 AND state <> 'paid'";
constexpr std::string_view kClosed =
    "UPDATE wechat_payment SET state = 'closed', ask_at = NULL WHERE mch = $1 AND out_trade_no = $2 AND state IN ('asked', 'open', 'failed')";

constexpr auto kPrepayLives = std::chrono::minutes(110);  // the platform says two hours
constexpr std::int64_t kMinutesMin = 1, kMinutesMax = 7 * 24 * 60;
constexpr std::size_t kDescriptionMax = 127, kAttachMax = 128;

std::vector<OnPaid>& listeners() {
  static std::vector<OnPaid> all;
  return all;
}

bool good_number(std::string_view no) {
  const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '*'; };
  return no.size() >= 6 && no.size() <= 32 && std::ranges::all_of(no, fits);
}

Result<> check(const NewPayment& c) {
  const auto bad = [](std::string_view place) { return fail(Errc::invalid, "connect.pay_order", std::string(place), "/" + std::string(place)); };
  if (!good_number(c.out_trade_no)) return bad("out_trade_no");
  if (c.kind != "jsapi" && c.kind != "native") return bad("kind");
  if (c.appid.empty() || c.appid.size() > 32) return bad("appid");
  if (c.kind == "jsapi" && c.openid.empty()) return bad("openid");
  if (c.description.empty() || count_chars(c.description) > kDescriptionMax) return bad("description");
  if (count_chars(c.attach) > kAttachMax) return bad("attach");
  if (!c.notify_url.starts_with("https://") || c.notify_url.contains('?') || c.notify_url.size() > 255) return bad("notify_url");
  if (c.amount.v <= 0) return bad("amount_fen");
  if (c.minutes < kMinutesMin || c.minutes > kMinutesMax) return bad("minutes");
  return {};
}

json::object body_of(const Payment& p, const std::string& notify_url) {
  json::object out{{"appid", p.appid}, {"mchid", p.mch}, {"description", p.description}, {"out_trade_no", p.out_trade_no},
                   {"time_expire", to_rfc3339(from_ms(to_ms(p.expires_at) / 1000 * 1000)).substr(0, 19) + "+00:00"}, {"notify_url", notify_url},
                   {"amount", json::object{{"total", p.amount_fen.v}, {"currency", "CNY"}}}};
  if (!p.attach.empty()) out["attach"] = p.attach;
  if (p.kind == "jsapi") out["payer"] = json::object{{"openid", p.openid}};
  return out;
}

/// Writes it down, or finds it as it was written down.
Result<Payment> note(Tx& tx, const NewPayment& c, bool& fresh) {
  const auto ends = tx.now() + std::chrono::minutes(c.minutes);
  TRY(const auto made, tx.exec(kAdd, c.mch, c.out_trade_no, c.appid, c.kind, c.openid, c.description, c.attach, c.notify_url, c.amount, tx.now(), ends, tx.now() + ask_after(0)));
  fresh = made > 0;
  TRY(auto p, tx.one<Payment>(kFind, c.mch, c.out_trade_no));
  const bool same = p.appid == c.appid && p.kind == c.kind && p.openid == c.openid && p.description == c.description && p.attach == c.attach && p.amount_fen == c.amount;
  if (!same) return fail(Errc::conflict, "connect.pay_differs", c.out_trade_no);
  if (p.state == "paid") return fail(Errc::conflict, "connect.pay_paid", c.out_trade_no);
  if (p.state == "closed") return fail(Errc::conflict, "connect.pay_closed", c.out_trade_no);
  if (p.state == "failed") TRY(tx.exec(kAgain, c.mch, c.out_trade_no, tx.now() + ask_after(0)));
  return p;
}

Result<Payment> place(Desk& desk, PayHost& host, const Payment& p) {
  TRY(const auto notify, desk.db().read([&](Tx& tx) { return tx.one<std::string>(kNotify, p.mch, p.out_trade_no); }));
  const auto answer = host.post("/v3/pay/transactions/" + p.kind, body_of(p, notify));
  const auto prepay = answer ? text_in(*answer, p.kind == "jsapi" ? "prepay_id" : "code_url") : std::string();
  auto written = desk.db().write([&](Tx& tx) -> Result<Payment> {
    if (!prepay.empty()) {
      TRY(tx.exec(kOpen, p.mch, p.out_trade_no, prepay, tx.now(), tx.now() + ask_after(1)));
    } else if (answer || answer.error().code == "connect.pay_unknown") {
      TRY(tx.exec(kLost, p.mch, p.out_trade_no, "connect.pay_unknown"));
    } else {
      TRY(tx.exec(kFailed, p.mch, p.out_trade_no, answer.error().code));
    }
    return tx.one<Payment>(kFind, p.mch, p.out_trade_no);
  });
  if (!answer) return std::unexpected(answer.error());
  if (prepay.empty()) return fail(Errc::unavailable, "connect.pay_unknown", "no prepay");
  return written;
}

}  // namespace

bool on_paid(OnPaid fn) {
  auto& all = listeners();
  if (std::ranges::find(all, fn) == all.end()) all.push_back(fn);
  return true;
}

Result<> tell(Tx& tx, const PayNotice& notice) {
  for (const auto fn : listeners()) TRY(fn(tx, notice));
  return {};
}

std::string text_in(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
std::int64_t number_in(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : -1;
}
const json::object* object_in(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_object() ? &value->get_object() : nullptr;
}

Millis ask_after(std::int64_t tries) {
  constexpr std::int64_t kSeconds[] = {30, 60, 180, 600, 1800, 3600};
  return std::chrono::seconds(kSeconds[std::clamp<std::int64_t>(tries, 0, 5)]);
}

Result<Payment> find_payment(Tx& tx, std::string_view mch, std::string_view no) {
  TRY(auto p, tx.maybe<Payment>(kFind, mch, no));
  if (!p) return fail(Errc::not_found, "connect.no_payment", std::string(no));
  return std::move(*p);
}

Result<std::vector<Payment>> list_payments(Tx& tx, std::string_view mch, std::string_view state, Instant before, int limit) {
  return tx.all<Payment>(kList, mch, state, before, limit);
}

Result<> take_trade(Tx& tx, std::string_view mch, const json::object& said) {
  const auto no = text_in(said, "out_trade_no"), state = text_in(said, "trade_state");
  TRY(const auto p, find_payment(tx, mch, no));
  const auto* amount = object_in(said, "amount");
  // Asked about an order nobody paid, the platform may leave the amount out.
  const bool paid = state == "SUCCESS" || state == "REFUND";
  const bool fits = text_in(said, "mchid") == mch && (amount == nullptr ? !paid : number_in(*amount, "total") == p.amount_fen.v);
  if (!fits) return fail(Errc::conflict, "connect.pay_differs", no);
  if (paid) {
    const auto* payer = object_in(said, "payer");
    const auto openid = payer != nullptr ? text_in(*payer, "openid") : std::string(), id = text_in(said, "transaction_id");
    const auto at = parse_rfc3339(text_in(said, "success_time")).value_or(tx.now());
    TRY(const auto first, tx.exec(kPaid, mch, no, id, openid, at));
    if (first > 0) TRY(tell(tx, {std::string(mch), "payment", no, no, id, openid, p.attach, "paid", p.amount_fen, at}));
  } else if (state == "CLOSED" || state == "REVOKED") {
    TRY(tx.exec(kClosed, mch, no));
  }
  return {};
}

Result<Payment> query_payment(Desk& desk, std::string_view mch, std::string_view no) {
  TRY(desk.db().read([&](Tx& tx) { return find_payment(tx, mch, no); }));
  TRY(const auto host, desk.pay(mch));
  TRY(const auto said, host->get("/v3/pay/transactions/out-trade-no/" + escaped(no) + "?mchid=" + std::string(mch)));
  return desk.db().write([&](Tx& tx) -> Result<Payment> {
    TRY(take_trade(tx, mch, said));
    return find_payment(tx, mch, no);
  });
}

Result<Payment> start_payment(Desk& desk, const NewPayment& cmd) {
  TRY(check(cmd));
  TRY(const auto host, desk.pay(cmd.mch));
  bool fresh = false;
  TRY(auto p, desk.db().write([&](Tx& tx) { return note(tx, cmd, fresh); }));
  if (p.state == "open" && desk.db().clock().now() < *p.prepay_at + kPrepayLives) return p;
  if (!fresh && p.state != "failed") {
    // An earlier try may have worked, and somebody may have paid since.
    auto known = query_payment(desk, cmd.mch, cmd.out_trade_no);
    if (!known && known.error().code != "connect.pay_no_order") return known;
    if (known && known->state == "paid") return fail(Errc::conflict, "connect.pay_paid", cmd.out_trade_no);
    if (known && known->state == "closed") return fail(Errc::conflict, "connect.pay_closed", cmd.out_trade_no);
  }
  return place(desk, *host, p);
}

Result<ClientPayment> client_payment(Desk& desk, std::string_view mch, std::string_view no) {
  TRY(const auto p, desk.db().read([&](Tx& tx) { return find_payment(tx, mch, no); }));
  if (p.state != "open" || p.kind != "jsapi") return fail(Errc::conflict, "connect.pay_not_open", p.state);
  TRY(const auto host, desk.pay(mch));
  return host->client_payment(p.appid, p.prepay);
}

Result<Payment> close_payment(Desk& desk, std::string_view mch, std::string_view no) {
  TRY(const auto p, desk.db().read([&](Tx& tx) { return find_payment(tx, mch, no); }));
  if (p.state == "paid" || p.state == "closed") return p;
  TRY(const auto host, desk.pay(mch));
  const auto closed = host->post("/v3/pay/transactions/out-trade-no/" + escaped(no) + "/close", {{"mchid", mch}});
  const bool gone = closed || closed.error().code == "connect.pay_closed" || closed.error().code == "connect.pay_no_order";
  // Refused or lost: it may have been paid in the meantime.
  if (!gone) return query_payment(desk, mch, no);
  return desk.db().write([&](Tx& tx) -> Result<Payment> {
    TRY(tx.exec(kClosed, mch, no));
    return find_payment(tx, mch, no);
  });
}

}  // namespace koi::connect::wechat
