// Asks the platform, one member of staff a call: it sums over all it is asked about.
#include <cmath>

#include "connect/wecom/fields.h"
#include "connect/wecom/figures/figures.h"
#include "connect/wecom/lanes.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/sync.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct FigureLookRow { std::int64_t done_on = 0; Instant try_at; };
BOOST_DESCRIBE_STRUCT(FigureLookRow, (), (done_on, try_at))
struct FigureDueRow { std::string userid; std::int64_t last = 0; };
BOOST_DESCRIBE_STRUCT(FigureDueRow, (), (userid, last))

namespace {

constexpr std::string_view kLook = "SELECT done_on, try_at FROM connect_wecom_figure_look WHERE corp_id = $1";
constexpr std::string_view kSetLook =
    "INSERT INTO connect_wecom_figure_look (corp_id, done_on, try_at, error, detail) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (corp_id) DO UPDATE SET "
    "done_on = CASE WHEN excluded.done_on = 0 THEN connect_wecom_figure_look.done_on ELSE excluded.done_on END, try_at = excluded.try_at, error = excluded.error, detail = excluded.detail";
// Whoever had customers in the last walk may be asked about: the platform refuses others.
constexpr std::string_view kStaffDue =
    "SELECT s.userid, CAST(COALESCE((SELECT MAX(f.day) FROM connect_wecom_figure f WHERE f.corp_id = s.corp_id AND f.userid = s.userid), 0) AS BIGINT) AS last "
    "FROM connect_sync_staff y JOIN connect_wecom_staff s ON s.corp_id = $1 AND s.userid = y.userid "
    "LEFT JOIN connect_wecom_figure_read r ON r.corp_id = s.corp_id AND r.userid = s.userid AND r.what = 'staff' "
    "WHERE y.run_id = (SELECT MAX(id) FROM connect_sync_run WHERE corp_id = $1 AND state = 'done') AND s.gone_at IS NULL AND COALESCE(r.read_on, 0) < $2 ORDER BY s.userid LIMIT $3";
constexpr std::string_view kOwnersDue =
    "SELECT DISTINCT g.owner, CAST(COALESCE((SELECT MAX(f.day) FROM connect_wecom_group_figure f WHERE f.corp_id = g.corp_id AND f.userid = g.owner), 0) AS BIGINT) AS last "
    "FROM connect_wecom_chat g LEFT JOIN connect_wecom_figure_read r ON r.corp_id = g.corp_id AND r.userid = g.owner AND r.what = 'groups' "
    "WHERE g.corp_id = $1 AND g.gone_at IS NULL AND g.owner <> '' AND COALESCE(r.read_on, 0) < $2 ORDER BY g.owner LIMIT $3";
constexpr std::string_view kWalked = "SELECT COUNT(*) FROM connect_sync_run WHERE corp_id = $1 AND state = 'done'";
constexpr std::string_view kRead =
    "INSERT INTO connect_wecom_figure_read (corp_id, userid, what, read_on, error, detail) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (corp_id, userid, what) DO UPDATE SET "
    "read_on = excluded.read_on, error = excluded.error, detail = excluded.detail";
constexpr std::string_view kNewStaffDay =
    "INSERT INTO connect_wecom_figure (corp_id, userid, day, requests, friends, chats, messages, lost, reply_bps, reply_minutes, changed_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
constexpr std::string_view kOtherStaffDay =
    "UPDATE connect_wecom_figure SET requests = $4, friends = $5, chats = $6, messages = $7, lost = $8, reply_bps = $9, reply_minutes = $10, changed_at = $11 "
    "WHERE corp_id = $1 AND userid = $2 AND day = $3 AND (requests <> $4 OR friends <> $5 OR chats <> $6 OR messages <> $7 OR lost <> $8 "
    "OR COALESCE(reply_bps, -1) <> COALESCE(CAST($9 AS BIGINT), -1) OR COALESCE(reply_minutes, -1) <> COALESCE(CAST($10 AS BIGINT), -1))";
constexpr std::string_view kNewOwnerDay =
    "INSERT INTO connect_wecom_group_figure (corp_id, userid, day, new_groups, groups_total, groups_active, new_members, members_total, members_active, messages, changed_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
constexpr std::string_view kOtherOwnerDay =
    "UPDATE connect_wecom_group_figure SET new_groups = $4, groups_total = $5, groups_active = $6, new_members = $7, members_total = $8, members_active = $9, messages = $10, changed_at = $11 "
    "WHERE corp_id = $1 AND userid = $2 AND day = $3 AND (new_groups <> $4 OR groups_total <> $5 OR groups_active <> $6 OR new_members <> $7 OR members_total <> $8 "
    "OR members_active <> $9 OR messages <> $10)";

constexpr int kRound = 20, kLanes = 2;
constexpr Millis kLater{10 * 60'000}, kRefusedLater{60 * 60'000};
constexpr std::size_t kDetailMax = 300;
constexpr std::int64_t kDayS = 86'400, kZoneS = 8 * 3600;
/// No right to the API at all: whoever is asked about next is refused too.
constexpr int kNoRight[] = {48001, 48002, 60020};

std::int64_t start_of(std::int64_t day) { return day * kDayS - kZoneS; }
std::int64_t day_at(std::int64_t seconds) { return (seconds + kZoneS) / kDayS; }

std::optional<double> real_in(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  if (v == nullptr || !v->is_number()) return std::nullopt;
  const auto n = v->to_number<double>();
  return std::isfinite(n) && n >= 0 && n < 1e9 ? std::optional(n) : std::nullopt;
}
std::optional<std::int64_t> rounded(std::optional<double> n, double times) {
  return n ? std::optional(static_cast<std::int64_t>(std::llround(*n * times))) : std::nullopt;
}
std::int64_t count_in(const json::object& o, std::string_view key) { return std::max<std::int64_t>(0, number_in(o, key)); }

/// How one of the two is asked for and written down.
struct Sort {
  std::string_view what, path, rows, due;
  json::object (*body)(const std::string& userid, std::int64_t from, std::int64_t until);
  Result<std::int64_t> (*put)(Tx& tx, std::string_view sql, const std::string& corp, const std::string& userid, std::int64_t day, const json::object& row);
  std::string_view fresh, other;
};

Result<std::int64_t> put_staff(Tx& tx, std::string_view sql, const std::string& corp, const std::string& userid, std::int64_t day, const json::object& row) {
  const auto share = rounded(real_in(row, "reply_percentage"), 100), minutes = rounded(real_in(row, "avg_reply_time"), 1);
  return tx.exec(sql, corp, userid, day, count_in(row, "new_apply_cnt"), count_in(row, "new_contact_cnt"), count_in(row, "chat_cnt"), count_in(row, "message_cnt"),
                 count_in(row, "negative_feedback_cnt"), share, minutes, tx.now());
}
Result<std::int64_t> put_owner(Tx& tx, std::string_view sql, const std::string& corp, const std::string& userid, std::int64_t day, const json::object& row) {
  const auto& d = object_in(row, "data");
  return tx.exec(sql, corp, userid, day, count_in(d, "new_chat_cnt"), count_in(d, "chat_total"), count_in(d, "chat_has_msg"), count_in(d, "new_member_cnt"),
                 count_in(d, "member_total"), count_in(d, "member_has_msg"), count_in(d, "msg_total"), tx.now());
}

const Sort kSorts[] = {
    {"staff", "externalcontact/get_user_behavior_data", "behavior_data", kStaffDue,
     [](const std::string& userid, std::int64_t from, std::int64_t until) {
       return json::object{{"userid", json::array{userid}}, {"start_time", start_of(from)}, {"end_time", start_of(until)}};
     },
     put_staff, kNewStaffDay, kOtherStaffDay},
    {"groups", "externalcontact/groupchat/statistic_group_by_day", "items", kOwnersDue,
     [](const std::string& userid, std::int64_t from, std::int64_t until) {
       return json::object{{"day_begin_time", start_of(from)}, {"day_end_time", start_of(until)}, {"owner_filter", {{"userid_list", json::array{userid}}}}};
     },
     put_owner, kNewOwnerDay, kOtherOwnerDay},
};

class Round {
 public:
  Round(Db& db, Platform& platform, const std::string& corp, std::int64_t today) : db_(db), platform_(platform), corp_(corp), today_(today) {}

  /// Whether nobody is left of this sort.
  Result<bool> go(const Sort& sort) {
    TRY(const auto due, db_.read([&](Tx& tx) { return tx.all<FigureDueRow>(sort.due, corp_, today_, kRound); }));
    TRY(in_lanes(due, kLanes, [&](const FigureDueRow& one) { return ask(sort, one); }));
    return due.empty();
  }
  FiguresRead done() const { return done_; }

 private:
  Result<> ask(const Sort& sort, const FigureDueRow& one) {
    const auto until = today_ - 1, from = std::clamp(one.last, today_ - kFiguresBack, until);
    const auto reply = platform_.ask(sort.path, sort.body(one.userid, from, until));
    if (!reply) return refused(sort, one, reply.error());
    FiguresRead here{.asked = 1};
    TRY(db_.write([&](Tx& tx) -> Result<> {
      here.kept = here.corrected = 0;
      for (const auto& row : array_in(*reply, sort.rows)) {
        if (!row.is_object()) continue;
        const auto& o = row.get_object();
        const auto day = day_at(number_in(o, "stat_time"));
        if (day < from || day > until) continue;
        TRY(const auto fresh, sort.put(tx, sort.fresh, corp_, one.userid, day, o));
        here.kept += static_cast<int>(fresh);
        if (fresh > 0) continue;
        TRY(const auto other, sort.put(tx, sort.other, corp_, one.userid, day, o));
        here.corrected += static_cast<int>(other);
      }
      TRY(tx.exec(kRead, corp_, one.userid, sort.what, today_, "", ""));
      return {};
    }, shard_of_corp(corp_)));
    count(here);
    return {};
  }

  Result<> refused(const Sort& sort, const FigureDueRow& one, const Error& e) {
    const bool all = std::ranges::any_of(kNoRight, [&](int code) { return refused_with(e, code); });
    if (e.code != "connect.wecom_refused" || all) return std::unexpected(e);
    TRY(db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kRead, corp_, one.userid, sort.what, today_, e.code, take_chars(e.detail, kDetailMax)));
      return {};
    }, shard_of_corp(corp_)));
    count({.asked = 1, .refused = 1});
    return {};
  }

  void count(const FiguresRead& more) {
    const std::scoped_lock lock(mutex_);
    done_.asked += more.asked, done_.kept += more.kept, done_.corrected += more.corrected, done_.refused += more.refused;
  }

  Db& db_;
  Platform& platform_;
  const std::string& corp_;
  const std::int64_t today_;
  std::mutex mutex_;
  FiguresRead done_;
};

/// Trouble of the platform's is put off; of the store's is passed up.
bool is_outside(const Error& e) { return e.code.starts_with("connect."); }

}  // namespace

LocalDay platform_day(Instant t) { return LocalDay{std::chrono::days{day_at(to_ms(t) / 1000)}}; }

Result<FiguresRead> read_figures(Db& db, Platform& platform, const std::string& corp) {
  const auto now = db.clock().now();
  const auto today = platform_day(now).time_since_epoch().count();
  if (to_ms(now) / 1000 < start_of(today) + kFiguresHour * 3600) return FiguresRead{};
  TRY(const bool due, db.read([&](Tx& tx) -> Result<bool> {
    TRY(const auto look, tx.maybe<FigureLookRow>(kLook, corp));
    if (look && (look->done_on >= today || look->try_at > now)) return false;
    TRY(const auto walked, tx.one<std::int64_t>(kWalked, corp));
    return walked > 0;
  }));
  if (!due) return FiguresRead{};
  const auto look = [&](std::int64_t done_on, Instant try_at, const Error& e) {
    return db.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kSetLook, corp, done_on, try_at, e.code, take_chars(e.detail, kDetailMax)));
      return {};
    }, shard_of_corp(corp));
  };
  Round round(db, platform, corp, today);
  bool over = true;
  for (const auto& sort : kSorts) {
    const auto done = round.go(sort);
    if (!done && !is_outside(done.error())) return std::unexpected(done.error());
    if (!done) {
      TRY(look(0, now + (done.error().code == "connect.wecom_refused" ? kRefusedLater : kLater), done.error()));
      return round.done();
    }
    over = over && *done;
    if (!over) break;  // staff first
  }
  if (over) TRY(look(today, now, {}));
  return round.done();
}

}  // namespace koi::connect::wecom
