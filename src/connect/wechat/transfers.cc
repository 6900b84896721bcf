#include <boost/json.hpp>

#include <algorithm>

#include "base/text.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/pay_take.h"
#include "store/rows.h"

namespace koi::connect::wechat {

BOOST_DESCRIBE_STRUCT(Transfer, (), (mch, out_bill_no, appid, openid, amount_fen, content, state, package, transfer_bill_no, error, created_at, ended_at))

namespace {

namespace json = boost::json;

constexpr std::string_view kFind =
    "SELECT mch, out_bill_no, appid, openid, amount_fen, content, state, package, transfer_bill_no, error, created_at, ended_at FROM wechat_transfer "
    "WHERE mch = $1 AND out_bill_no = $2";
constexpr std::string_view kAdd =
    "INSERT INTO wechat_transfer (mch, out_bill_no, appid, openid, amount_fen, content, state, created_at, ask_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, 'asked', $7, $8) ON CONFLICT (mch, out_bill_no) DO NOTHING";
constexpr std::string_view kAgain = "UPDATE wechat_transfer SET state = 'asked', error = '', ended_at = NULL, ask_at = $3 WHERE mch = $1 AND out_bill_no = $2 AND state = 'failed' AND transfer_bill_no = ''";
constexpr std::string_view kRefused =
    "UPDATE wechat_transfer SET state = 'failed', error = $3, ask_at = NULL, ended_at = $4 WHERE mch = $1 AND out_bill_no = $2 AND state = 'asked'";
constexpr std::string_view kLost = "UPDATE wechat_transfer SET error = $3 WHERE mch = $1 AND out_bill_no = $2 AND state = 'asked'";
constexpr std::string_view kGoesOn =
    "UPDATE wechat_transfer SET state = $3, transfer_bill_no = $4, package = CASE WHEN $5 = '' THEN package ELSE $5 END, error = '', ask_at = $6 "
    "WHERE mch = $1 AND out_bill_no = $2 AND state IN ('asked', 'pending', 'confirm')";
constexpr std::string_view kEnd =
    "UPDATE wechat_transfer SET state = $3, transfer_bill_no = $4, package = '', error = $5, ask_at = NULL, ended_at = $6 "
    "WHERE mch = $1 AND out_bill_no = $2 AND state IN ('asked', 'pending', 'confirm')";
constexpr std::string_view kPath = "/v3/fund-app/mch-transfer/transfer-bills";

Result<Transfer> find(Tx& tx, std::string_view mch, std::string_view no) {
  TRY(auto t, tx.maybe<Transfer>(kFind, mch, no));
  if (!t) return fail(Errc::not_found, "connect.no_transfer", std::string(no));
  return std::move(*t);
}

json::object body_of(const NewTransfer& c) {
  json::array reports;
  for (const auto& r : c.reports) reports.push_back(json::object{{"info_type", r.type}, {"info_content", r.content}});
  json::object out{{"appid", c.appid}, {"out_bill_no", c.out_bill_no}, {"transfer_scene_id", c.scene_id}, {"openid", c.openid},
                   {"transfer_amount", c.amount.v}, {"transfer_remark", c.remark}, {"transfer_scene_report_infos", std::move(reports)}};
  if (!c.notify_url.empty()) out["notify_url"] = c.notify_url;
  if (!c.perception.empty()) out["user_recv_perception"] = c.perception;
  return out;
}

Result<> check(const NewTransfer& c) {
  const auto bad = [](std::string_view place) { return fail(Errc::invalid, "connect.pay_order", std::string(place), "/" + std::string(place)); };
  const auto fits = [](char ch) { return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z'); };
  if (c.out_bill_no.empty() || c.out_bill_no.size() > 32 || !std::ranges::all_of(c.out_bill_no, fits)) return bad("out_bill_no");
  if (c.appid.empty()) return bad("appid");
  if (c.openid.empty()) return bad("openid");
  if (c.scene_id.empty()) return bad("scene_id");
  if (c.remark.empty() || count_chars(c.remark) > 32) return bad("remark");
  if (c.amount.v <= 0) return bad("amount_fen");
  return {};
}

Result<Transfer> ask_for(Desk& desk, PayHost& host, const Transfer& t) {
  // What was written down, not what is asked now: one number is one request.
  const auto answer = host.post(kPath, json::parse(t.content).as_object());
  TRY(const auto after, desk.db().write([&](Tx& tx) -> Result<Transfer> {
    if (answer) {
      auto said = *answer;
      said["mch_id"] = t.mch, said["transfer_amount"] = t.amount_fen.v;
      TRY(take_transfer(tx, t.mch, said));
    } else if (answer.error().code == "connect.pay_unknown") {
      TRY(tx.exec(kLost, t.mch, t.out_bill_no, answer.error().code));
    } else {
      TRY(tx.exec(kRefused, t.mch, t.out_bill_no, answer.error().code, tx.now()));
    }
    return find(tx, t.mch, t.out_bill_no);
  }));
  if (!answer) return std::unexpected(answer.error());
  return after;
}

}  // namespace

Result<> take_transfer(Tx& tx, std::string_view mch, const json::object& said) {
  const auto no = text_in(said, "out_bill_no"), state = text_in(said, "state"), bill = text_in(said, "transfer_bill_no");
  TRY(const auto t, find(tx, mch, no));
  auto merchant = text_in(said, "mch_id");
  if (merchant.empty()) merchant = text_in(said, "mchid");
  if (merchant != mch || number_in(said, "transfer_amount") != t.amount_fen.v) return fail(Errc::conflict, "connect.pay_differs", no);
  const auto end = state == "SUCCESS" ? "success" : state == "FAIL" ? "failed" : state == "CANCELLED" ? "cancelled" : "";
  if (*end == '\0') {
    const bool confirm = state == "WAIT_USER_CONFIRM";
    const bool known = confirm || state == "ACCEPTED" || state == "PROCESSING" || state == "TRANSFERING" || state == "CANCELING";
    if (!known) return fail(Errc::malformed, "connect.pay_notice", state);
    TRY(tx.exec(kGoesOn, mch, no, confirm ? "confirm" : "pending", bill, text_in(said, "package_info"), tx.now() + ask_after(1)));
    return {};
  }
  const auto at = parse_rfc3339(text_in(said, "update_time")).value_or(tx.now());
  TRY(const auto first, tx.exec(kEnd, mch, no, end, bill, text_in(said, "fail_reason"), at));
  return first == 0 ? Result<>{} : tell(tx, {t.mch, "transfer", no, {}, bill, t.openid, {}, end, t.amount_fen, at});
}

Result<Transfer> query_transfer(Desk& desk, std::string_view mch, std::string_view no) {
  TRY(desk.db().read([&](Tx& tx) { return find(tx, mch, no); }));
  TRY(const auto host, desk.pay(mch));
  TRY(const auto said, host->get(std::string(kPath) + "/out-bill-no/" + escaped(no)));
  return desk.db().write([&](Tx& tx) -> Result<Transfer> {
    TRY(take_transfer(tx, mch, said));
    return find(tx, mch, no);
  });
}

Result<Transfer> start_transfer(Desk& desk, const NewTransfer& cmd) {
  TRY(check(cmd));
  TRY(const auto host, desk.pay(cmd.mch));
  const auto content = json::serialize(body_of(cmd));
  bool fresh = false;
  TRY(const auto t, desk.db().write([&](Tx& tx) -> Result<Transfer> {
    TRY(const auto made, tx.exec(kAdd, cmd.mch, cmd.out_bill_no, cmd.appid, cmd.openid, cmd.amount, content, tx.now(), tx.now() + ask_after(0)));
    fresh = made > 0;
    TRY(const auto row, find(tx, cmd.mch, cmd.out_bill_no));
    if (row.content != content) return fail(Errc::conflict, "connect.pay_differs", cmd.out_bill_no);
    // Refused before the platform had a bill of it: the same number may be tried again.
    if (row.state == "failed") TRY(tx.exec(kAgain, cmd.mch, cmd.out_bill_no, tx.now() + ask_after(0)));
    return find(tx, cmd.mch, cmd.out_bill_no);
  }));
  if (t.state != "asked") return t;
  if (!fresh) {
    auto known = query_transfer(desk, cmd.mch, cmd.out_bill_no);
    if (known || known.error().code != "connect.pay_no_order") return known;
  }
  return ask_for(desk, *host, t);
}

}  // namespace koi::connect::wechat
