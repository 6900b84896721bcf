// What a mass send asks of the platform: tasks made, looked for, looked at, reminded and called off.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/mass/plan.h"
#include "connect/wecom/mass/rows.h"
#include "connect/wecom/media/media.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/welcome.h"
#include "events/events.h"

namespace koi::connect::wecom {

struct DueTask {
  MassTaskId id;
  MassId mass_id;
  std::string corp_id, kind, spec, userid;
  StaffId staff_id;
  std::string state, msgid, wish;
  std::optional<Instant> asked_at, made_at, confirmed_at;
};
BOOST_DESCRIBE_STRUCT(DueTask, (), (id, mass_id, corp_id, kind, spec, userid, staff_id, state, msgid, wish, asked_at, made_at, confirmed_at))
struct OpenTarget { MassTargetId id; std::string name; std::optional<PersonId> person_id; std::optional<std::int64_t> chat; };
BOOST_DESCRIBE_STRUCT(OpenTarget, (), (id, name, person_id, chat))

namespace {

#define KOI_MASS_DUE                                                                                                                                     \
  "SELECT t.id, t.mass_id, m.corp_id, m.kind, m.spec, t.userid, t.staff_id, t.state, t.msgid, t.wish, t.asked_at, t.made_at, t.confirmed_at "            \
  "FROM connect_wecom_mass_task t JOIN connect_wecom_mass m ON m.id = t.mass_id "
constexpr std::string_view kToAsk = KOI_MASS_DUE "WHERE t.state = 'planned' AND t.look_at <= $1 AND m.state = 'sending' AND m.start_at <= $1 ORDER BY t.id LIMIT $2";
constexpr std::string_view kToFind = KOI_MASS_DUE "WHERE t.state = 'asked' AND t.look_at <= $1 ORDER BY t.id LIMIT $2";
constexpr std::string_view kWishes = KOI_MASS_DUE "WHERE t.wish <> '' AND t.state = 'made' AND (t.wish = 'remind' OR t.look_at <= $1) ORDER BY t.id LIMIT $2";
constexpr std::string_view kToLookAt = KOI_MASS_DUE "WHERE t.state = 'made' AND t.look_at <= $1 AND t.wish <> 'cancel' ORDER BY t.look_at, t.id LIMIT $2";
constexpr std::string_view kOpen = "SELECT id, name, person_id, chat FROM connect_wecom_mass_target WHERE task_id = $1 AND state = $2 ORDER BY id";
constexpr std::string_view kTargetIs = "UPDATE connect_wecom_mass_target SET state = $2, at = $3 WHERE id = $1";
constexpr std::string_view kTargetsAre = "UPDATE connect_wecom_mass_target SET state = $3, at = $4 WHERE task_id = $1 AND state = $2";
constexpr std::string_view kNoName = "UPDATE connect_wecom_mass_target SET state = 'failed', at = $2 WHERE task_id = $1 AND state = 'planned' AND name = ''";
constexpr std::string_view kCapped = "UPDATE connect_wecom_mass SET capped = capped + $2 WHERE id = $1";
constexpr std::string_view kFewer = "UPDATE connect_wecom_mass_task SET total = total - $2 WHERE id = $1";
constexpr std::string_view kTaskIs = "UPDATE connect_wecom_mass_task SET state = $2, error = $3, wish = '' WHERE id = $1";
constexpr std::string_view kAsking = "UPDATE connect_wecom_mass_task SET state = 'asked', error = '', asked_at = $2, look_at = $3 WHERE id = $1";
constexpr std::string_view kMade = "UPDATE connect_wecom_mass_task SET state = 'made', error = '', msgid = $2, made_at = $3, look_at = $4 WHERE id = $1 AND state = 'asked'";
constexpr std::string_view kStateOf = "SELECT state FROM connect_wecom_mass_task WHERE id = $1";
constexpr std::string_view kCalledOff = "SELECT COUNT(*) FROM connect_wecom_mass_task WHERE id = $1 AND wish = 'cancel'";
constexpr std::string_view kAny =
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM connect_wecom_mass WHERE state IN ('planning', 'sending', 'sent')) OR EXISTS (SELECT 1 FROM connect_wecom_mass_task WHERE state = 'asked') OR "
    "EXISTS (SELECT 1 FROM connect_wecom_mass_task WHERE wish <> '') THEN 1 ELSE 0 END";
constexpr std::string_view kLater = "UPDATE connect_wecom_mass_task SET look_at = $2, error = $3 WHERE id = $1";
constexpr std::string_view kConfirmed = "UPDATE connect_wecom_mass_task SET confirmed_at = COALESCE(confirmed_at, $2), error = '' WHERE id = $1";
constexpr std::string_view kCount = "UPDATE connect_wecom_mass_task SET sent = sent + $2, lost = lost + $3, full_up = full_up + $4, failed = failed + $5 WHERE id = $1";
constexpr std::string_view kReminded = "UPDATE connect_wecom_mass_task SET wish = '', reminded_at = COALESCE($2, reminded_at), error = $3 WHERE id = $1 AND wish = 'remind'";
constexpr std::string_view kWaiting = "SELECT COUNT(*) FROM connect_wecom_mass_target WHERE task_id = $1 AND state = 'waiting'";
constexpr std::string_view kKnown = "SELECT COUNT(*) FROM connect_wecom_mass_task WHERE msgid = $1";
constexpr std::string_view kAllAsked =
    "UPDATE connect_wecom_mass SET state = 'sent', ver = ver + 1, updated_at = $1 WHERE state = 'sending' AND start_at <= $1 AND NOT EXISTS "
    "(SELECT 1 FROM connect_wecom_mass_task t WHERE t.mass_id = connect_wecom_mass.id AND t.state IN ('planned', 'asked'))";
constexpr std::string_view kAllOver =
    "UPDATE connect_wecom_mass SET state = 'done', ended_at = $1, ver = ver + 1, updated_at = $1 WHERE state = 'sent' AND NOT EXISTS "
    "(SELECT 1 FROM connect_wecom_mass_task t WHERE t.mass_id = connect_wecom_mass.id AND t.state IN ('planned', 'asked', 'made'))";

constexpr int kPlanPages = 10, kListMax = 100, kResultMax = 1000, kPagesMax = 50;
constexpr std::size_t kAtOnce = 500;   // people a statement names
constexpr auto kSettle = std::chrono::seconds(60), kTryAgain = std::chrono::seconds(60);
constexpr auto kClockMargin = std::chrono::minutes(10);
/// No push says how a send fares. Often while guides are at it, then seldom.
constexpr Millis kEager = std::chrono::hours(1), kEagerly = std::chrono::minutes(2);
constexpr Millis kFresh = std::chrono::hours(48), kFreshly = std::chrono::minutes(10), kSeldom = std::chrono::hours(24);
/// The platform's: of one recipient.
constexpr std::int64_t kSent = 1, kLost = 2, kFull = 3, kConfirmedTask = 2;

std::int64_t seconds_of(Instant t) { return to_ms(t) / 1000; }
std::string reason_of(const Error& e) { return std::string(take_chars(e.detail.empty() ? e.code : e.code + " " + e.detail, 200)); }
bool is_unknown(const Error& e) { return never_answered(e) || e.code == "connect.wecom_reply"; }
bool is_refused(const Error& e) { return e.code == "connect.wecom_refused"; }

Instant next_look(Instant made, Instant now) {
  const auto age = now - made;
  const auto wait = age < kEager ? kEagerly : age < kFresh ? kFreshly : kSeldom;
  return std::min(now + wait, std::max(now + kEagerly, made + kMassWeek));
}

/// One task, in one of its moments.
class Tending {
 public:
  Tending(Db& db, Platform& platform, const DueTask& task) : db_(db), platform_(platform), task_(task) {}

  Result<> ask() {
    TRY(const auto spec, read_mass_spec(task_.spec));
    std::map<std::string, std::string> media;
    for (const auto& part : spec.parts) {
      const auto id = parse_id(MediaTag::prefix, part.media);
      if (!id) continue;
      const auto brought = bring_media(db_, platform_, task_.corp_id, MediaId{*id});
      if (!brought) return is_refused(brought.error()) || brought.error().kind == Errc::not_found ? give_up("planned", brought.error()) : later(brought.error());
      media[part.media] = *brought;
    }
    TRY(const auto names, begin());
    if (names.empty()) return {};
    json::array ids;
    for (const auto& name : names) ids.emplace_back(name);
    const bool groups = task_.kind == "group";
    auto body = message_body(spec.text, spec.parts, [&](const entry::WelcomePart& part) { return media[part.media]; });
    body["chat_type"] = groups ? "group" : "single";
    body[groups ? "chat_id_list" : "external_userid"] = std::move(ids);
    body["sender"] = task_.userid;
    if (spec.allow_select) body["allow_select"] = true;
    const auto reply = platform_.ask("externalcontact/add_msg_template", body);
    if (reply) return made(text_in(*reply, "msgid"), texts_in(*reply, "fail_list"));
    if (is_unknown(reply.error())) return {};  // looked for when it has settled
    if (is_refused(reply.error())) return give_up("waiting", reply.error());
    return back(reply.error());
  }

  /// Among the platform's tasks of that hour: the one that has a recipient of ours.
  Result<> find() {
    TRY(const auto spec, read_mass_spec(task_.spec));
    TRY(const auto ours, names_in("waiting"));
    std::string cursor;
    for (int page = 0; page < kPagesMax; ++page) {
      json::object body{{"chat_type", task_.kind == "group" ? "group" : "single"}, {"start_time", seconds_of(*task_.asked_at - kClockMargin)},
                        {"end_time", seconds_of(db_.clock().now() + kClockMargin)}, {"filter_type", 0}, {"limit", kListMax}};
      if (!cursor.empty()) body["cursor"] = cursor;
      const auto reply = platform_.ask("externalcontact/get_groupmsg_list_v2", body);
      if (!reply) return later(reply.error());
      for (const auto& row : array_in(*reply, "group_msg_list")) {
        if (!row.is_object() || text_in(object_in(row.get_object(), "text"), "content") != spec.text) continue;
        const auto msgid = text_in(row.get_object(), "msgid");
        const auto known = db_.read([&](Tx& tx) { return tx.one<std::int64_t>(kKnown, msgid); });
        if (!known) return std::unexpected(known.error());
        if (*known > 0) continue;
        const auto mine = is_mine(msgid, ours);
        if (!mine) return later(mine.error());
        if (*mine) return made(msgid, {});
      }
      cursor = text_in(*reply, "next_cursor");
      if (cursor.empty()) break;
    }
    return back({});
  }

  Result<> look() {
    const auto sender = confirmed();
    if (!sender) return is_refused(sender.error()) && !refused_with(sender.error(), 41063) ? give_up("waiting", sender.error()) : later(sender.error());
    if (*sender) {
      const auto read = read_results();
      if (!read) return later(read.error());
    }
    return db_.write([&](Tx& tx) -> Result<> {
      if (*sender) TRY(tx.exec(kConfirmed, task_.id, **sender));
      TRY(const auto waiting, tx.one<std::int64_t>(kWaiting, task_.id));
      const bool over = waiting == 0 || tx.now() >= *task_.made_at + kMassWeek;
      if (!over) {
        TRY(tx.exec(kLater, task_.id, next_look(*task_.made_at, tx.now()), ""));
        return {};
      }
      TRY(tx.exec(kTargetsAre, task_.id, "waiting", "unsent", tx.now()));
      TRY(tx.exec(kTaskIs, task_.id, "over", ""));
      return {};
    }, shard_of_corp(task_.corp_id));
  }

  Result<> remind() {
    const auto reply = platform_.ask("externalcontact/remind_groupmsg_send", {{"msgid", task_.msgid}});
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kReminded, task_.id, reply ? std::optional(tx.now()) : std::nullopt, reply ? std::string() : reason_of(reply.error())));
      return {};
    }, shard_of_corp(task_.corp_id));
  }

  /// Called off there; who had it by then has it.
  Result<> cancel() {
    const auto reply = platform_.ask("externalcontact/cancel_groupmsg_send", {{"msgid", task_.msgid}});
    if (!reply && !is_refused(reply.error())) return later(reply.error());
    const auto sender = confirmed();
    if (sender && *sender) {
      if (const auto read = read_results(); !read) return later(read.error());
    } else if (!sender && !is_refused(sender.error())) {
      return later(sender.error());
    }
    return db_.write([&](Tx& tx) -> Result<> {
      if (sender && *sender) TRY(tx.exec(kConfirmed, task_.id, **sender));
      TRY(tx.exec(kTargetsAre, task_.id, "waiting", "cancelled", tx.now()));
      TRY(tx.exec(kTaskIs, task_.id, "cancelled", ""));
      return {};
    }, shard_of_corp(task_.corp_id));
  }

 private:
  Result<std::vector<OpenTarget>> targets(std::string_view state) {
    return db_.read([&](Tx& tx) { return tx.all<OpenTarget>(kOpen, task_.id, state); });
  }
  Result<std::set<std::string>> names_in(std::string_view state) {
    TRY(const auto all, targets(state));
    std::set<std::string> out;
    for (const auto& t : all) out.insert(t.name);
    return out;
  }

  /// Who may still receive one, written down as being asked for; nobody: the task is over.
  Result<std::vector<std::string>> begin() {
    std::vector<std::string> names;
    TRY(db_.write([&](Tx& tx) -> Result<> {
      names.clear();
      TRY(const auto state, tx.one<std::string>(kStateOf, task_.id));
      if (state != "planned") return {};  // called off meanwhile
      TRY(const auto nameless, tx.exec(kNoName, task_.id, tx.now()));  // erased since
      TRY(tx.exec(kCount, task_.id, 0, 0, 0, nameless));
      TRY(const auto all, tx.all<OpenTarget>(kOpen, task_.id, "planned"));
      TRY(const auto quota, mass_quota(tx, task_.corp_id, task_.kind));
      std::int64_t over = 0;
      for (std::size_t from = 0; from < all.size(); from += kAtOnce) {
        const auto some = std::span(all).subspan(from, std::min(kAtOnce, all.size() - from));
        std::vector<std::int64_t> who;
        for (const auto& t : some) who.push_back(t.chat.value_or(t.person_id.value_or(PersonId{}).v));
        TRY(const auto capped, capped_of(tx, quota, who));
        for (const auto& t : some) {
          if (holds(capped, t.chat.value_or(t.person_id.value_or(PersonId{}).v))) {
            TRY(tx.exec(kTargetIs, t.id, "capped", tx.now()));
            ++over;
          } else {
            names.push_back(t.name);
          }
        }
      }
      if (over > 0) {
        TRY(tx.exec(kCapped, task_.mass_id, over));
        TRY(tx.exec(kFewer, task_.id, over));
      }
      if (names.empty()) {
        TRY(tx.exec(kTaskIs, task_.id, "over", ""));
        return {};
      }
      TRY(tx.exec(kTargetsAre, task_.id, "planned", "waiting", tx.now()));
      TRY(tx.exec(kAsking, task_.id, tx.now(), tx.now() + kSettle));
      return {};
    }, shard_of_corp(task_.corp_id)));
    return names;
  }

  Result<> made(const std::string& msgid, const std::vector<std::string>& failed) {
    if (msgid.empty()) return {};  // no answer one can go by: looked for
    const std::set<std::string> out(failed.begin(), failed.end());
    return db_.write([&](Tx& tx) -> Result<> {
      std::int64_t n = 0;
      if (!out.empty()) {
        TRY(const auto all, tx.all<OpenTarget>(kOpen, task_.id, "waiting"));
        for (const auto& t : all)
          if (out.contains(t.name)) {
            TRY(tx.exec(kTargetIs, t.id, "failed", tx.now()));
            ++n;
          }
      }
      TRY(tx.exec(kCount, task_.id, 0, 0, 0, n));
      TRY(tx.exec(kMade, task_.id, msgid, tx.now(), tx.now() + kEagerly));
      return {};
    }, shard_of_corp(task_.corp_id));
  }

  /// Refused for good: nobody of it gets anything.
  Result<> give_up(std::string_view from, const Error& why) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(const auto n, tx.exec(kTargetsAre, task_.id, from, "failed", tx.now()));
      TRY(tx.exec(kCount, task_.id, 0, 0, 0, n));
      TRY(tx.exec(kTaskIs, task_.id, "refused", reason_of(why)));
      return {};
    }, shard_of_corp(task_.corp_id));
  }
  /// It was not done, or did not land: asked for again, unless it was called off meanwhile.
  Result<> back(const Error& why) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(const auto off, tx.one<std::int64_t>(kCalledOff, task_.id));
      TRY(tx.exec(kTargetsAre, task_.id, "waiting", off > 0 ? "cancelled" : "planned", tx.now()));
      TRY(tx.exec(kTaskIs, task_.id, off > 0 ? "cancelled" : "planned", why.code.empty() ? std::string() : reason_of(why)));
      TRY(tx.exec(kLater, task_.id, why.code.empty() ? tx.now() : tx.now() + kTryAgain, why.code.empty() ? std::string() : reason_of(why)));
      return {};
    }, shard_of_corp(task_.corp_id));
  }
  /// The platform is not in the way to answer; others may be asked meanwhile.
  Result<> later(const Error& why) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kLater, task_.id, tx.now() + kTryAgain, refused_with(why, 41063) ? std::string() : reason_of(why)));
      return {};
    }, shard_of_corp(task_.corp_id));
  }

  Result<bool> is_mine(const std::string& msgid, const std::set<std::string>& ours) {
    const auto reply = platform_.ask("externalcontact/get_groupmsg_send_result", {{"msgid", msgid}, {"userid", task_.userid}, {"limit", 1}});
    if (!reply && is_refused(reply.error()) && !refused_with(reply.error(), 41063)) return false;
    if (!reply) return std::unexpected(reply.error());
    for (const auto& row : array_in(*reply, "send_list"))
      if (row.is_object() && ours.contains(text_in(row.get_object(), task_.kind == "group" ? "chat_id" : "external_userid"))) return true;
    return false;
  }

  /// When the guide confirmed; nothing: they have not.
  Result<std::optional<Instant>> confirmed() {
    std::string cursor;
    for (int page = 0; page < kPagesMax; ++page) {
      json::object body{{"msgid", task_.msgid}, {"limit", kResultMax}};
      if (!cursor.empty()) body["cursor"] = cursor;
      TRY(const auto reply, platform_.ask("externalcontact/get_groupmsg_task", body));
      for (const auto& row : array_in(reply, "task_list"))
        if (row.is_object() && text_in(row.get_object(), "userid") == task_.userid)
          return number_in(row.get_object(), "status") == kConfirmedTask ? std::optional(time_in(row.get_object(), "send_time")) : std::nullopt;
      cursor = text_in(reply, "next_cursor");
      if (cursor.empty()) break;
    }
    return std::nullopt;
  }

  Result<> read_results() {
    TRY(const auto open, targets("waiting"));
    std::map<std::string, const OpenTarget*> by_name;
    for (const auto& t : open) by_name[t.name] = &t;
    std::string cursor;
    for (int page = 0; page < kPagesMax && !by_name.empty(); ++page) {
      json::object body{{"msgid", task_.msgid}, {"userid", task_.userid}, {"limit", kResultMax}};
      if (!cursor.empty()) body["cursor"] = cursor;
      TRY(const auto reply, platform_.ask("externalcontact/get_groupmsg_send_result", body));
      TRY(db_.write([&](Tx& tx) { return note(tx, array_in(reply, "send_list"), by_name); }, shard_of_corp(task_.corp_id)));
      cursor = text_in(reply, "next_cursor");
      if (cursor.empty()) break;
    }
    return {};
  }

  Result<> note(Tx& tx, const json::array& rows, const std::map<std::string, const OpenTarget*>& by_name) {
    std::int64_t sent = 0, lost = 0, full = 0;
    for (const auto& row : rows) {
      if (!row.is_object()) continue;
      const auto at = by_name.find(text_in(row.get_object(), task_.kind == "group" ? "chat_id" : "external_userid"));
      const auto status = number_in(row.get_object(), "status");
      if (at == by_name.end() || status < kSent || status > kFull) continue;
      const auto said = time_in(row.get_object(), "send_time");
      const auto when = to_ms(said) > 0 ? said : tx.now();
      const auto state = status == kSent ? "sent" : status == kLost ? "lost" : "full";
      TRY(tx.exec(kTargetIs, at->second->id, state, when));
      sent += status == kSent, lost += status == kLost, full += status == kFull;
      if (status == kSent && at->second->person_id) TRY(tell(tx, *at->second->person_id, when));
    }
    TRY(tx.exec(kCount, task_.id, sent, lost, full, 0));
    return {};
  }
  Result<> tell(Tx& tx, PersonId person, Instant at) {
    const auto props = json::serialize(json::object{{"corp", task_.corp_id}, {"staff_id", to_text(task_.staff_id)}, {"msgtype", "mass"}, {"mass_id", to_text(task_.mass_id)}});
    TRY(events::append(tx, {.kind = "message_sent_by_staff", .person = person, .subject = task_.staff_id.v, .at = at, .source = "wecom", .props = props}));
    return {};
  }

  Db& db_;
  Platform& platform_;
  const DueTask& task_;
};

template <class F>
Result<int> each_due(Db& db, const PlatformOf& platform_of, std::string_view sql, int limit, F&& fn) {
  TRY(const auto due, db.read([&](Tx& tx) { return tx.all<DueTask>(sql, tx.now(), limit); }));
  for (const auto& task : due) {
    const auto platform = platform_of(task.corp_id);
    if (!platform) {
      TRY(db.write([&](Tx& tx) -> Result<> {
        TRY(tx.exec(kLater, task.id, tx.now() + kTryAgain, platform.error().code));
        return {};
      }));
      continue;
    }
    Tending tending(db, **platform, task);
    TRY(fn(tending, task));
  }
  return static_cast<int>(due.size());
}

}  // namespace

Result<int> work_mass(Db& db, const PlatformOf& platform_of, int calls_max) {
  TRY(const auto any, db.read([](Tx& tx) { return tx.one<std::int64_t>(kAny); }));
  if (any == 0) return 0;
  int done = 0;
  for (int i = 0; i < kPlanPages; ++i) {
    TRY(const bool more, db.write([](Tx& tx) { return plan_a_page(tx); }));
    if (!more) break;
    ++done;
  }
  TRY(const auto asked, each_due(db, platform_of, kToAsk, calls_max, [](Tending& t, const DueTask&) { return t.ask(); }));
  TRY(const auto found, each_due(db, platform_of, kToFind, calls_max, [](Tending& t, const DueTask&) { return t.find(); }));
  TRY(const auto wished, each_due(db, platform_of, kWishes, calls_max, [](Tending& t, const DueTask& task) { return task.wish == "cancel" ? t.cancel() : t.remind(); }));
  TRY(const auto looked, each_due(db, platform_of, kToLookAt, calls_max, [](Tending& t, const DueTask&) { return t.look(); }));
  TRY(db.write([](Tx& tx) -> Result<> {
    TRY(tx.exec(kAllAsked, tx.now()));
    TRY(tx.exec(kAllOver, tx.now()));
    return {};
  }));
  return done + asked + found + wished + looked;
}

}  // namespace koi::connect::wecom
