// Going through all followers: openids in pages, then who they are, a hundred at a time.
#include <boost/json.hpp>

#include "base/text.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/fans.h"
#include "people/people.h"
#include "store/rows.h"

namespace koi::connect::wechat {

BOOST_DESCRIBE_STRUCT(Walk, (), (app, state, error, seen, started_at, ended_at))
struct WalkPlace { std::string next_openid, state; };
BOOST_DESCRIBE_STRUCT(WalkPlace, (), (next_openid, state))

namespace {

namespace json = boost::json;

constexpr std::string_view kFind = "SELECT app, state, error, seen, started_at, ended_at FROM wechat_walk WHERE app = $1";
constexpr std::string_view kPlace = "SELECT next_openid, state FROM wechat_walk WHERE app = $1";
constexpr std::string_view kStart =
    "INSERT INTO wechat_walk (app, next_openid, seen, state, started_at) VALUES ($1, '', 0, 'listing', $2) ON CONFLICT (app) DO UPDATE SET "
    "next_openid = '', seen = 0, state = 'listing', error = '', started_at = $2, ended_at = NULL WHERE wechat_walk.state = 'done'";
// Moves on from where it was read: two processes on one walk do not both move it.
constexpr std::string_view kMove =
    "UPDATE wechat_walk SET next_openid = $3, seen = seen + $4, state = $5, error = '' WHERE app = $1 AND next_openid = $2 AND state = 'listing'";
constexpr std::string_view kDone = "UPDATE wechat_walk SET state = 'done', ended_at = $2, error = '' WHERE app = $1 AND state = 'asking'";
constexpr std::string_view kError = "UPDATE wechat_walk SET error = $2 WHERE app = $1 AND state <> 'done'";
constexpr std::string_view kKnown = "SELECT COUNT(*) FROM wechat_fan WHERE app = $1 AND openid = $2";
constexpr std::string_view kListed =
    "UPDATE wechat_fan SET follows = 1, info_at = CASE WHEN unionid = 0 THEN NULL ELSE info_at END WHERE app = $1 AND openid = $2";
constexpr std::string_view kToAsk = "SELECT openid FROM wechat_fan WHERE app = $1 AND info_at IS NULL AND follows = 1 ORDER BY openid LIMIT 100";
constexpr std::string_view kInfo =
    "UPDATE wechat_fan SET info_at = $3, follows = $4, scene = CASE WHEN scene = '' THEN $5 ELSE scene END WHERE app = $1 AND openid = $2";
constexpr std::string_view kAsked = "UPDATE wechat_fan SET info_at = $3 WHERE app = $1 AND openid = $2";
constexpr int kPeopleAWrite = 200, kBatchesALook = 20;

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// The openids of one page, each of them somebody.
Result<> keep_page(Desk& desk, const std::string& app, const std::vector<std::string>& openids) {
  for (std::size_t at = 0; at < openids.size(); at += kPeopleAWrite) {
    const auto end = std::min(openids.size(), at + kPeopleAWrite);
    TRY(desk.db().write([&](Tx& tx) -> Result<> {
      for (auto i = at; i < end; ++i) {
        TRY(const auto known, tx.one<std::int64_t>(kKnown, app, openids[i]));
        if (known == 0) TRY(know_fan(tx, {app, openids[i], {}}, "oa:" + app + " followers"));
        TRY(tx.exec(kListed, app, openids[i]));
      }
      return {};
    }));
  }
  return {};
}

Result<std::int64_t> list_page(Desk& desk, Host& host, const std::string& app, const WalkPlace& place) {
  Query query;
  if (!place.next_openid.empty()) query.emplace_back("next_openid", place.next_openid);
  TRY(const auto answer, host.get("/cgi-bin/user/get", query));
  std::vector<std::string> openids;
  if (const auto* data = answer.if_contains("data"); data != nullptr && data->is_object())
    if (const auto* list = data->get_object().if_contains("openid"); list != nullptr && list->is_array())
      for (const auto& one : list->get_array())
        if (one.is_string()) openids.emplace_back(one.get_string());
  TRY(keep_page(desk, app, openids));
  // The last page names a next one all the same: a page without openids ends it, as does one that leads nowhere new.
  const auto next = text_of(answer, "next_openid");
  const bool last = openids.empty() || next.empty() || next == place.next_openid;
  TRY(desk.db().write([&](Tx& tx) { return tx.exec(kMove, app, place.next_openid, last ? place.next_openid : next, openids.size(), last ? "asking" : "listing"); }));
  return static_cast<std::int64_t>(openids.size());
}

Result<> keep_info(Tx& tx, const std::string& app, const json::object& one) {
  const auto openid = text_of(one, "openid"), unionid = text_of(one, "unionid");
  if (openid.empty()) return {};
  TRY(know_fan(tx, {app, openid, unionid}, "oa:" + app + " info"));
  const auto* follows = one.if_contains("subscribe");
  const bool yes = follows == nullptr || !follows->is_int64() || follows->get_int64() != 0;
  TRY(tx.exec(kInfo, app, openid, tx.now(), yes, text_of(one, "qr_scene_str")));
  return {};
}

/// Who a hundred of them are. 0: nobody is left.
Result<std::int64_t> ask_some(Desk& desk, Host& host, const std::string& app) {
  TRY(const auto openids, desk.db().read([&](Tx& tx) { return tx.all<std::string>(kToAsk, app); }));
  if (openids.empty()) return 0;
  json::array list;
  for (const auto& openid : openids) list.push_back(json::object{{"openid", openid}, {"lang", "zh_CN"}});
  TRY(const auto answer, host.post("/cgi-bin/user/info/batchget", {{"user_list", std::move(list)}}));
  const auto* infos = answer.if_contains("user_info_list");
  if (infos == nullptr || !infos->is_array()) return fail(Errc::unavailable, "connect.wechat_busy", "user_info_list");
  TRY(desk.db().write([&](Tx& tx) -> Result<> {
    for (const auto& one : infos->get_array())
      if (one.is_object()) TRY(keep_info(tx, app, one.get_object()));
    // Whom the platform left out is not asked about again and again.
    for (const auto& openid : openids) TRY(tx.exec(kAsked, app, openid, tx.now()));
    return {};
  }));
  return static_cast<std::int64_t>(openids.size());
}

Result<std::int64_t> step(Desk& desk, const std::string& app) {
  TRY(const auto host, desk.host(app, "oa"));
  TRY(const auto place, desk.db().read([&](Tx& tx) { return tx.maybe<WalkPlace>(kPlace, app); }));
  if (place && place->state == "listing") return list_page(desk, *host, app, *place);
  TRY(const auto asked, ask_some(desk, *host, app));
  if (asked == 0 && place && place->state == "asking") TRY(desk.db().write([&](Tx& tx) { return tx.exec(kDone, app, tx.now()); }));
  return asked;
}

}  // namespace

Result<std::optional<Walk>> find_walk(Tx& tx, std::string_view app) { return tx.maybe<Walk>(kFind, app); }

Result<Walk> start_walk(Tx& tx, std::string_view app) {
  TRY(tx.exec(kStart, app, tx.now()));
  return tx.one<Walk>(kFind, app);
}

std::int64_t walk_fans(Desk& desk) {
  std::int64_t handled = 0;
  const auto accounts = desk.db().read([](Tx& tx) { return list_accounts(tx); });
  if (!accounts) return 0;
  for (const auto& account : *accounts) {
    if (account.kind != "oa" || account.disabled) continue;
    for (int i = 0; i < kBatchesALook; ++i) {
      const auto done = step(desk, account.app);
      if (!done) {
        (void)desk.db().write([&](Tx& tx) { return tx.exec(kError, account.app, done.error().code); });
        break;
      }
      handled += *done;
      const auto walk = desk.db().read([&](Tx& tx) { return find_walk(tx, account.app); });
      if (*done == 0 && (!walk || !*walk || (*walk)->state == "done")) break;
    }
  }
  return handled;
}

}  // namespace koi::connect::wechat
