#include "connect/wecom/ways.h"

#include <algorithm>
#include <mutex>

#include "connect/wecom/fields.h"
#include "connect/wecom/lanes.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/walk.h"
#include "entry/joins.h"
#include "entry/ways.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct TryRow { std::string state; Instant asked_at, look_at; std::string config_id; };
BOOST_DESCRIBE_STRUCT(TryRow, (), (state, asked_at, look_at, config_id))
struct StandingWay { bool wanted = false; std::string config_id; std::int64_t staff_id = 0; };
BOOST_DESCRIBE_STRUCT(StandingWay, (), (wanted, config_id, staff_id))

namespace {

constexpr std::string_view kTry = "SELECT state, asked_at, look_at, config_id FROM connect_wecom_way_try WHERE state = $1";
constexpr std::string_view kTries = "SELECT state, asked_at, look_at, config_id FROM connect_wecom_way_try WHERE corp_id = $1 AND look_at <= $2 ORDER BY state LIMIT 100";
constexpr std::string_view kTrying =
    "INSERT INTO connect_wecom_way_try (state, corp_id, asked_at, look_at) VALUES ($1, $2, $3, $4) ON CONFLICT (state) DO UPDATE SET look_at = excluded.look_at";
constexpr std::string_view kAnswered = "UPDATE connect_wecom_way_try SET config_id = $2 WHERE state = $1";
constexpr std::string_view kTried = "DELETE FROM connect_wecom_way_try WHERE state = $1";
constexpr std::string_view kStanding = "SELECT wanted, config_id, staff_id FROM entry_way WHERE state = $1";

constexpr int kRoundMax = 200, kLanes = 4, kListMax = 1000, kLinkListMax = 100, kListPagesMax = 50;
/// By then a request whose answer was lost has landed or never will.
constexpr auto kSettle = std::chrono::seconds(60);
constexpr auto kTryAgain = std::chrono::minutes(10);
/// The platform's clock and ours.
constexpr auto kClockMargin = std::chrono::minutes(10);

std::string reason_of(const Error& e) { return e.detail.empty() ? e.code : e.code + " " + e.detail; }
json::array list_of(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& t : texts) out.emplace_back(t);
  return out;
}
std::int64_t seconds_of(Instant t) { return to_ms(t) / 1000; }

/// What both workers share: attempts, and outcomes.
class Round {
 public:
  Round(Db& db, Platform& platform, const std::string& corp, bool all) : db_(db), platform_(platform), corp_(corp), all_(all) {}
  WaysDone done() const { return done_; }

 protected:
  Result<bool> is_ours(const std::string& userid) {
    if (all_ || userid.empty()) return all_;
    return db_.read([&](Tx& tx) -> Result<bool> {
      TRY(const auto staff, known_staff_of(tx, corp_, userid));
      return staff.has_value();
    });
  }
  Result<std::optional<TryRow>> earlier(const std::string& state) {
    return db_.read([&](Tx& tx) { return tx.maybe<TryRow>(kTry, state); });
  }
  Result<> trying(const std::string& state) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kTrying, state, corp_, tx.now(), tx.now() + kSettle));
      return {};
    });
  }
  template <class F>
  Result<> settle(const std::string& state, bool keep_try, F&& tell) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tell(tx));
      if (!keep_try) TRY(tx.exec(kTried, state));
      return {};
    });
  }
  void count(int WaysDone::*what) {
    const std::scoped_lock lock(mutex_);
    ++(done_.*what);
  }

  Db& db_;
  Platform& platform_;
  const std::string& corp_;
  const bool all_;

 private:
  std::mutex mutex_;
  WaysDone done_;
};

class WayRound final : public Round {
 public:
  using Round::Round;

  Result<> go() {
    TRY(const auto ways, db_.read([](Tx& tx) { return entry::ways_to_make(tx, 0, kRoundMax); }));
    TRY(in_lanes(ways, kLanes, [&](const entry::Way& way) -> Result<> {
      TRY(const bool ours, is_ours(way.users.empty() ? std::string() : way.users.front()));
      return ours ? bring(way) : Result<>{};
    }));
    return clear_up();
  }

 private:
  Result<> bring(const entry::Way& way) {
    if (way.link) return bring_link(way);
    if (!way.wanted) return remove(way);
    if (way.config_id.empty()) return add(way);
    return change(way, way.config_id, way.qr_url, &WaysDone::changed);
  }

  static json::object body_of(const entry::Way& way) {
    return {{"remark", way.remark}, {"skip_verify", way.skip_verify}, {"state", way.state}, {"user", list_of(way.users)}, {"is_exclusive", way.exclusive}};
  }

  Result<> made(const entry::Way& way, std::string_view config, std::string_view qr, bool keep_try, int WaysDone::*what) {
    TRY(settle(way.state, keep_try, [&](Tx& tx) { return entry::way_made(tx, way.id, way.want_ver, config, qr); }));
    count(what);
    return {};
  }
  Result<> failed(const entry::Way& way, const Error& e) {
    if (e.code != "connect.wecom_refused") return std::unexpected(e);
    TRY(settle(way.state, false, [&](Tx& tx) { return entry::way_failed(tx, way.id, reason_of(e), tx.now() + kTryAgain); }));
    count(&WaysDone::failed);
    return {};
  }
  Result<> wait(const entry::Way&) {
    count(&WaysDone::waiting);
    return {};
  }

  Result<> add(const entry::Way& way) {
    TRY(const auto before, earlier(way.state));
    if (before) {
      if (db_.clock().now() < before->look_at) return wait(way);
      TRY(const auto there, find(way.state, before->asked_at));
      if (!there.empty()) return adopt(way, there);
    }
    TRY(trying(way.state));
    auto body = body_of(way);
    body["type"] = way.users.size() == 1 ? 1 : 2;
    body["scene"] = 2;
    const auto reply = platform_.ask("externalcontact/add_contact_way", std::move(body));
    if (reply) return made(way, text_in(*reply, "config_id"), text_in(*reply, "qr_code"), before.has_value(), &WaysDone::made);
    if (never_answered(reply.error())) return wait(way);
    if (reply.error().code != "connect.wecom_refused") {  // it never left: nothing to look for later
      if (!before) TRY(settle(way.state, false, [](Tx&) { return Result<>{}; }));
      return std::unexpected(reply.error());
    }
    return failed(way, reply.error());
  }

  struct There { std::string config_id, qr_url; };
  /// The first is ours from now on and brought to what is wanted; what a late request made besides is taken away.
  Result<> adopt(const entry::Way& way, const std::vector<There>& there) {
    for (std::size_t i = 1; i < there.size(); ++i) TRY(take_away(there[i].config_id));
    count(&WaysDone::adopted);
    return change(way, there.front().config_id, there.front().qr_url, &WaysDone::made);
  }

  Result<> change(const entry::Way& way, const std::string& config, const std::string& qr, int WaysDone::*what) {
    auto body = body_of(way);
    body["config_id"] = config;
    const auto reply = platform_.ask("externalcontact/update_contact_way", std::move(body));
    if (reply) return made(way, config, qr, false, what);
    if (never_answered(reply.error())) return wait(way);  // saying it again does no harm
    if (refused_with(reply.error(), 41044)) return settle(way.state, false, [&](Tx& tx) { return entry::way_lost(tx, config); });
    return failed(way, reply.error());
  }

  Result<> remove(const entry::Way& way) {
    const auto reply = platform_.ask("externalcontact/del_contact_way", {{"config_id", way.config_id}});
    if (reply || refused_with(reply.error(), 41044)) return made(way, "", "", false, &WaysDone::deleted);
    if (never_answered(reply.error())) return wait(way);
    return failed(way, reply.error());
  }

  Result<> take_away(const std::string& config) {
    const auto reply = platform_.ask("externalcontact/del_contact_way", {{"config_id", config}});
    if (reply || reply.error().code == "connect.wecom_refused") return {};
    return std::unexpected(reply.error());
  }

  /// The platform lists ids only; each made since then is asked for its state.
  Result<std::vector<There>> find(const std::string& state, Instant since) {
    std::vector<There> out;
    std::string cursor;
    const auto until = db_.clock().now() + kClockMargin;
    for (int page = 0; page < kListPagesMax; ++page) {
      TRY(const auto reply, platform_.ask("externalcontact/list_contact_way", {{"start_time", seconds_of(since - kClockMargin)}, {"end_time", seconds_of(until)},
                                                                               {"cursor", cursor}, {"limit", kListMax}}));
      for (const auto& row : array_in(reply, "contact_way")) {
        if (!row.is_object()) continue;
        const auto id = text_in(row.get_object(), "config_id");
        const auto one = platform_.ask("externalcontact/get_contact_way", {{"config_id", id}});
        if (!one && refused_with(one.error(), 41044)) continue;  // deleted meanwhile
        if (!one) return std::unexpected(one.error());
        const auto& way = object_in(*one, "contact_way");
        if (text_in(way, "state") == state) out.push_back({id, text_in(way, "qr_code")});
      }
      cursor = text_in(reply, "next_cursor");
      if (cursor.empty()) break;
    }
    return out;
  }

  // ---- acquisition links: named, listed by id, found by name --------------------------------------------------------

  static json::object link_body(const entry::Way& way) {
    return {{"link_name", way.remark}, {"range", json::object{{"user_list", list_of(way.users)}}}, {"skip_verify", way.skip_verify}};
  }
  /// Our state comes back with whoever adds a guide by it.
  static std::string address_of(const std::string& url, const entry::Way& way) { return url + (url.find('?') == url.npos ? "?" : "&") + "customer_channel=" + way.state; }

  Result<> bring_link(const entry::Way& way) {
    if (!way.wanted) return remove_link(way);
    return way.config_id.empty() ? add_link(way) : change_link(way, way.config_id, way.qr_url, &WaysDone::changed);
  }
  Result<> add_link(const entry::Way& way) {
    TRY(const auto before, earlier(way.state));
    if (before) {
      if (db_.clock().now() < before->look_at) return wait(way);
      TRY(const auto there, find_link(way.remark));
      if (!there.config_id.empty()) {
        count(&WaysDone::adopted);
        return change_link(way, there.config_id, address_of(there.qr_url, way), &WaysDone::made);
      }
    }
    TRY(trying(way.state));
    const auto reply = platform_.ask("externalcontact/customer_acquisition/create_link", link_body(way));
    if (reply) {
      const auto& link = object_in(*reply, "link");
      return made(way, text_in(link, "link_id"), address_of(text_in(link, "url"), way), before.has_value(), &WaysDone::made);
    }
    if (never_answered(reply.error())) return wait(way);
    if (reply.error().code != "connect.wecom_refused") {
      if (!before) TRY(settle(way.state, false, [](Tx&) { return Result<>{}; }));
      return std::unexpected(reply.error());
    }
    return failed(way, reply.error());
  }
  Result<> change_link(const entry::Way& way, const std::string& link_id, const std::string& address, int WaysDone::*what) {
    auto body = link_body(way);
    body["link_id"] = link_id;
    const auto reply = platform_.ask("externalcontact/customer_acquisition/update_link", std::move(body));
    if (reply) return made(way, link_id, address, false, what);
    if (never_answered(reply.error())) return wait(way);  // saying it again does no harm
    if (reply.error().code != "connect.wecom_refused") return failed(way, reply.error());
    const auto there = platform_.ask("externalcontact/customer_acquisition/get", {{"link_id", link_id}});
    if (!there && there.error().code == "connect.wecom_refused") return settle(way.state, false, [&](Tx& tx) { return entry::link_trouble(tx, link_id, true); });
    return failed(way, reply.error());
  }
  Result<> remove_link(const entry::Way& way) {
    const auto reply = platform_.ask("externalcontact/customer_acquisition/delete_link", {{"link_id", way.config_id}});
    if (!reply && never_answered(reply.error())) return wait(way);
    if (!reply && reply.error().code != "connect.wecom_refused") return failed(way, reply.error());
    return made(way, "", "", false, &WaysDone::deleted);  // refused: it is not there
  }
  Result<There> find_link(const std::string& name) {
    std::string cursor;
    for (int page = 0; page < kListPagesMax; ++page) {
      TRY(const auto reply, platform_.ask("externalcontact/customer_acquisition/list_link", {{"limit", kLinkListMax}, {"cursor", cursor}}));
      for (const auto& id : texts_in(reply, "link_id_list")) {
        const auto one = platform_.ask("externalcontact/customer_acquisition/get", {{"link_id", id}});
        if (!one && one.error().code == "connect.wecom_refused") continue;  // deleted meanwhile
        if (!one) return std::unexpected(one.error());
        const auto& link = object_in(*one, "link");
        if (text_in(link, "link_name") == name) return There{id, text_in(link, "url")};
      }
      cursor = text_in(reply, "next_cursor");
      if (cursor.empty()) break;
    }
    return There{};
  }

  /// Attempts whose way is not to be made any more: what they may have left at the platform goes.
  Result<> clear_up() {
    TRY(const auto tries, db_.read([&](Tx& tx) { return tx.all<TryRow>(kTries, corp_, tx.now()); }));
    for (const auto& t : tries) {
      TRY(const auto way, db_.read([&](Tx& tx) { return tx.maybe<StandingWay>(kStanding, t.state); }));
      if (!way) continue;                                      // of a join way
      if (way->wanted && way->config_id.empty()) continue;     // still to be made
      if (way->staff_id < 0) {                                 // of a link: a second one of its name leads to the same guides
        TRY(settle(t.state, false, [](Tx&) { return Result<>{}; }));
        continue;
      }
      TRY(const auto there, find(t.state, t.asked_at));
      for (const auto& it : there)
        if (it.config_id != way->config_id) TRY(take_away(it.config_id));
      TRY(settle(t.state, false, [](Tx&) { return Result<>{}; }));
    }
    return {};
  }
};

/// Join ways have no list at the platform: after an answer that never came, another is asked for once the first has settled. What
/// the first may have left leads to the same groups with the same state, and nobody is shown it.
class JoinRound final : public Round {
 public:
  using Round::Round;

  Result<> go() {
    TRY(const auto joins, db_.read([](Tx& tx) { return entry::joins_to_make(tx, 0, kRoundMax); }));
    return in_lanes(joins, kLanes, [&](const entry::Join& join) -> Result<> {
      TRY(const bool ours, is_ours_chat(join));
      return ours ? bring(join) : Result<>{};
    });
  }

 private:
  static constexpr std::string_view kChat = "SELECT chat_id FROM connect_wecom_chat WHERE corp_id = $1 AND chat_id = $2";

  Result<bool> is_ours_chat(const entry::Join& join) {
    if (all_ || join.chats.empty()) return all_;
    return db_.read([&](Tx& tx) -> Result<bool> {
      TRY(const auto chat, tx.maybe<std::string>(kChat, corp_, join.chats.front()));
      return chat.has_value();
    });
  }

  static json::object body_of(const entry::Join& join) {
    json::object out{{"scene", 2}, {"remark", join.remark}, {"auto_create_room", join.auto_create ? 1 : 0}, {"chat_id_list", list_of(join.chats)}, {"state", join.state}};
    if (join.auto_create) out["room_base_name"] = join.room_base_name, out["room_base_id"] = join.room_base_id;
    return out;
  }

  Result<> failed(const entry::Join& join, const Error& e) {
    if (e.code != "connect.wecom_refused") return std::unexpected(e);
    TRY(settle(join.state, false, [&](Tx& tx) { return entry::join_failed(tx, join.id, reason_of(e), tx.now() + kTryAgain); }));
    count(&WaysDone::failed);
    return {};
  }
  Result<> wait() {
    count(&WaysDone::waiting);
    return {};
  }

  /// Its picture and the groups it leads to now, which the platform may have added to.
  Result<> made(const entry::Join& join, const std::string& config, int WaysDone::*what) {
    const auto reply = platform_.ask("externalcontact/groupchat/get_join_way", {{"config_id", config}});
    if (!reply) return std::unexpected(reply.error());
    const auto& way = object_in(*reply, "join_way");
    const auto chats = texts_in(way, "chat_id_list");
    TRY(settle(join.state, false, [&](Tx& tx) -> Result<> {
      TRY(entry::join_made(tx, join.id, join.want_ver, config, text_in(way, "qr_code")));
      return entry::join_groups(tx, config, chats);
    }));
    count(what);
    return {};
  }

  Result<> bring(const entry::Join& join) {
    if (!join.wanted) return remove(join);
    if (!join.config_id.empty()) return change(join, join.config_id);
    TRY(const auto before, earlier(join.state));
    if (before && !before->config_id.empty()) return change(join, before->config_id);
    if (before && db_.clock().now() < before->look_at) return wait();
    TRY(trying(join.state));
    const auto reply = platform_.ask("externalcontact/groupchat/add_join_way", body_of(join));
    if (reply) {
      const auto config = text_in(*reply, "config_id");
      TRY(db_.write([&](Tx& tx) { return tx.exec(kAnswered, join.state, config); }));
      return made(join, config, &WaysDone::made);
    }
    if (never_answered(reply.error())) return wait();
    return failed(join, reply.error());
  }

  Result<> change(const entry::Join& join, const std::string& config) {
    auto body = body_of(join);
    body["config_id"] = config;
    const auto reply = platform_.ask("externalcontact/groupchat/update_join_way", std::move(body));
    if (reply) return made(join, config, &WaysDone::changed);
    if (never_answered(reply.error())) return wait();
    if (refused_with(reply.error(), 41044)) return settle(join.state, false, [&](Tx& tx) { return entry::join_lost(tx, config); });
    return failed(join, reply.error());
  }

  Result<> remove(const entry::Join& join) {
    const auto reply = platform_.ask("externalcontact/groupchat/del_join_way", {{"config_id", join.config_id}});
    if (!reply && never_answered(reply.error())) return wait();
    if (!reply && !refused_with(reply.error(), 41044)) return failed(join, reply.error());
    TRY(settle(join.state, false, [&](Tx& tx) { return entry::join_made(tx, join.id, join.want_ver, "", ""); }));
    count(&WaysDone::deleted);
    return {};
  }
};

}  // namespace

Result<WaysDone> make_ways(Db& db, Platform& platform, const std::string& corp, bool all) {
  WayRound round(db, platform, corp, all);
  TRY(round.go());
  return round.done();
}

Result<WaysDone> make_joins(Db& db, Platform& platform, const std::string& corp, bool all) {
  JoinRound round(db, platform, corp, all);
  TRY(round.go());
  return round.done();
}

}  // namespace koi::connect::wecom
