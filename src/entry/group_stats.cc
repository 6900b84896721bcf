// How a group code stands, and what it brought: from a scan to a member who stayed.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "entry/alarms.h"
#include "entry/group_room.h"
#include "entry/known.h"
#include "entry/slug.h"
#include "store/rows.h"

namespace koi::entry {

struct JoinStand { GroupEntryId entry; std::string qr_url, error; Instant auto_off_until; };
BOOST_DESCRIBE_STRUCT(JoinStand, (), (entry, qr_url, error, auto_off_until))
struct FunnelRow { GroupEntryId entry; GroupId group; std::string chat_id, name; std::int64_t joins = 0, quits = 0, week = 0, stayed = 0; };
BOOST_DESCRIBE_STRUCT(FunnelRow, (), (entry, group, chat_id, name, joins, quits, week, stayed))
struct ScanSum { std::int64_t day = 0; GroupEntryId entry; std::int64_t scans = 0, visitors = 0; };
BOOST_DESCRIBE_STRUCT(ScanSum, (), (day, entry, scans, visitors))
struct CameRow { Instant first_at, joined_at, left_at; };
BOOST_DESCRIBE_STRUCT(CameRow, (), (first_at, joined_at, left_at))
struct ChatLine { GroupId id; std::string chat_id, name, owner, state; std::int64_t people = 0; };
BOOST_DESCRIBE_STRUCT(ChatLine, (), (id, chat_id, name, owner, state, people))
struct BriefScans { std::int64_t scans = 0, visitors = 0, unserved = 0, alarms = 0; };
BOOST_DESCRIBE_STRUCT(BriefScans, (), (scans, visitors, unserved, alarms))
struct BriefJoins { std::int64_t joins = 0, quits = 0, week = 0, stayed = 0; };
BOOST_DESCRIBE_STRUCT(BriefJoins, (), (joins, quits, week, stayed))
struct GroupAlarmRow { AlarmId id; std::string kind, detail; std::int64_t times = 0; Instant opened_at, last_at; std::optional<Instant> closed_at; };
BOOST_DESCRIBE_STRUCT(GroupAlarmRow, (), (id, kind, detail, times, opened_at, last_at, closed_at))

namespace {

constexpr std::string_view kRev = "SELECT rev FROM entry_group_turn WHERE code_id = $1";
constexpr std::string_view kJoins = "SELECT entry_id, qr_url, error, auto_off_until FROM entry_join_way WHERE code_id = $1 AND wanted = 1 LIMIT 1000";
// Who stayed: still in, or left a week or more after they came.
constexpr std::string_view kFunnel =
    "SELECT j.entry_id, j.group_id, c.chat_id, c.name, COUNT(*), CAST(SUM(CASE WHEN j.left_at >= j.joined_at THEN 1 ELSE 0 END) AS BIGINT), "
    "CAST(SUM(CASE WHEN j.first_at <= $4 THEN 1 ELSE 0 END) AS BIGINT), "
    "CAST(SUM(CASE WHEN j.first_at <= $4 AND (j.joined_at > j.left_at OR j.left_at - j.first_at >= $5) THEN 1 ELSE 0 END) AS BIGINT) "
    "FROM entry_group_join j JOIN group_chat c ON c.id = j.group_id WHERE j.code_id = $1 AND j.first_at >= $2 AND j.first_at < $3 AND j.first_at > 0 "
    "GROUP BY j.entry_id, j.group_id, c.chat_id, c.name ORDER BY j.entry_id, j.group_id LIMIT 5000";
constexpr std::string_view kBriefScans =
    "SELECT CAST(COALESCE(SUM(scans), 0) AS BIGINT), CAST(COALESCE(SUM(visitors), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN entry_id = 0 THEN scans ELSE 0 END), 0) AS BIGINT), "
    "(SELECT COUNT(*) FROM entry_alarm m WHERE m.code_id = $1 AND m.closed_at IS NULL) FROM entry_group_day WHERE code_id = $1 AND day > $2";
constexpr std::string_view kBriefJoins =
    "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN left_at >= joined_at THEN 1 ELSE 0 END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(CASE WHEN first_at <= $3 THEN 1 ELSE 0 END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(CASE WHEN first_at <= $3 AND (joined_at > left_at OR left_at - first_at >= $4) THEN 1 ELSE 0 END), 0) AS BIGINT) "
    "FROM entry_group_join WHERE code_id = $1 AND first_at >= $2 AND first_at > 0";
constexpr std::string_view kScans =
    "SELECT day, entry_id, scans, visitors FROM entry_group_day WHERE code_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, entry_id LIMIT 200000";
constexpr std::string_view kCame =
    "SELECT first_at, joined_at, left_at FROM entry_group_join WHERE code_id = $1 AND first_at > 0 AND (first_at >= $2 AND first_at < $3 OR left_at >= $2 AND left_at < $3) LIMIT 500000";
constexpr std::string_view kAlarms =
    "SELECT id, kind, detail, times, opened_at, last_at, closed_at FROM entry_alarm WHERE code_id = $1 "
    "ORDER BY CASE WHEN closed_at IS NULL THEN 0 ELSE 1 END, id DESC LIMIT $2";
constexpr std::string_view kChats =
    "SELECT id, chat_id, name, owner, state, members FROM group_chat WHERE id > $1 AND ($2 = '' OR LOWER(name) LIKE $2 ESCAPE '\\' OR chat_id = $3) ORDER BY id LIMIT $4";
constexpr auto kWeek = std::chrono::days(7);
constexpr int kPeriodMax = 366, kBriefDays = 30;

void add(GroupFunnel& to, const FunnelRow& row) {
  to.joins += row.joins;
  to.quits += row.quits;
  to.week += row.week;
  to.stayed += row.stayed;
}

}  // namespace

Result<std::vector<GroupEntryStand>> group_stands(Tx& tx, const GroupCode& code) {
  TRY(const auto rev, tx.one<std::int64_t>(kRev, code.id));
  TRY(const auto known, known_group(tx, code.id, rev));
  std::map<GroupEntryId, JoinStand> joins;
  TRY(tx.each<JoinStand>(kJoins, [&](JoinStand&& row) -> Result<> { joins[row.entry] = std::move(row); return {}; }, code.id));
  std::vector<GroupEntryStand> out;
  for (const auto& e : known->entries) {
    GroupEntryStand stand{.id = e.id, .ready = is_ready(e, tx.now()), .qr_url = e.qr_url, .error = {}, .expires_at = e.image_until, .left = {}, .groups = {}};
    if (const auto at = joins.find(e.id); at != joins.end()) {
      stand.error = at->second.error;
      stand.auto_stopped = at->second.auto_off_until > tx.now();
    }
    TRY(const auto people, people_of(tx, code.id, e.id));
    stand.held = people.held;
    stand.joined = people.joined;
    TRY(stand.left, seats_left_of(tx, *known, e));
    TRY(auto chats, chats_of(tx, e.id));
    for (auto& c : chats) stand.groups.push_back({c.group, std::move(c.chat_id), std::move(c.name), std::move(c.owner), std::move(c.state), c.people, c.extra == 1});
    out.push_back(std::move(stand));
  }
  return out;
}

Result<GroupStats> group_stats(Tx& tx, const Scope& scope, GroupCodeId id, LocalDay from, LocalDay to) {
  if (to < from || to - from >= std::chrono::days(kPeriodMax)) return fail(Errc::invalid, "entry.period", day_text(from) + " " + day_text(to));
  TRY(const auto code, find_group_code(tx, scope, id));
  TRY(const auto zone, merchant_zone(tx));
  const auto begin = zone.start_of(from), end = zone.start_of(to + std::chrono::days(1));
  GroupStats out;
  for (const auto& e : code.spec.entries) out.entries.push_back({*e.id, e.name, 0, 0, {}});
  for (auto day = from; day <= to; day += std::chrono::days(1)) out.days.push_back({day, 0, 0, 0, 0});
  const auto line_of = [&](GroupEntryId entry) -> GroupEntryLine& {
    const auto at = std::ranges::find(out.entries, entry, &GroupEntryLine::entry);
    return at != out.entries.end() ? *at : out.entries.emplace_back(GroupEntryLine{entry, {}, 0, 0, {}});  // gone from the definition
  };
  const auto day_of = [&](LocalDay day) -> GroupDayLine* { return day < from || day > to ? nullptr : &out.days[static_cast<std::size_t>((day - from).count())]; };
  TRY(tx.each<ScanSum>(
      kScans,
      [&](ScanSum&& row) -> Result<> {
        out.scans += row.scans;
        out.visitors += row.visitors;
        if (auto* line = day_of(LocalDay(std::chrono::days(row.day)))) {
          line->scans += row.scans;
          line->visitors += row.visitors;
        }
        if (!row.entry) {
          out.unserved += row.scans;
          return {};
        }
        auto& line = line_of(row.entry);
        line.scans += row.scans;
        line.visitors += row.visitors;
        return {};
      },
      id, from.time_since_epoch().count(), to.time_since_epoch().count()));
  TRY(tx.each<FunnelRow>(
      kFunnel,
      [&](FunnelRow&& row) -> Result<> {
        add(out.sums, row);
        add(line_of(row.entry).sums, row);
        add(out.groups.emplace_back(GroupLine{row.group, row.chat_id, row.name, row.entry, {}}).sums, row);
        return {};
      },
      id, begin, end, tx.now() - kWeek, Millis(kWeek).count()));
  TRY(tx.each<CameRow>(
      kCame,
      [&](CameRow&& row) -> Result<> {
        if (auto* line = day_of(zone.day_of(row.first_at))) ++line->joins;
        if (row.left_at >= row.joined_at)
          if (auto* line = day_of(zone.day_of(row.left_at))) ++line->quits;
        return {};
      },
      id, begin, end));
  return out;
}

Result<GroupBrief> group_brief(Tx& tx, const GroupCode& code) {
  GroupBrief out;
  TRY(const auto rev, tx.one<std::int64_t>(kRev, code.id));
  TRY(const auto known, known_group(tx, code.id, rev));
  for (const auto& e : known->entries) {
    if (!e.entry.on) continue;
    if (is_ready(e, tx.now())) ++out.ready;
    if (e.image_until && (!out.first_image_end || *e.image_until < *out.first_image_end)) out.first_image_end = e.image_until;
  }
  TRY(const auto zone, merchant_zone(tx));
  const auto begin = zone.day_of(tx.now()) - std::chrono::days(kBriefDays);
  TRY(const auto scans, tx.one<BriefScans>(kBriefScans, code.id, begin.time_since_epoch().count()));
  TRY(const auto joins, tx.one<BriefJoins>(kBriefJoins, code.id, zone.start_of(begin + std::chrono::days(1)), tx.now() - kWeek, Millis(kWeek).count()));
  out.alarms = scans.alarms;
  out.sums = {scans.scans, scans.visitors, scans.unserved, joins.joins, joins.quits, joins.week, joins.stayed};
  return out;
}

Result<std::vector<Alarm>> group_alarms(Tx& tx, const Scope& scope, GroupCodeId code, int limit) {
  TRY(find_group_code(tx, scope, code));
  std::vector<Alarm> out;
  TRY(tx.each<GroupAlarmRow>(
      kAlarms,
      [&](GroupAlarmRow&& r) -> Result<> {
        out.push_back({r.id, alarm_code(code), {}, std::move(r.kind), std::move(r.detail), r.times, r.opened_at, r.last_at, r.closed_at});
        return {};
      },
      code, limit));
  return out;
}

Result<std::vector<GroupStand>> list_group_chats(Tx& tx, std::string_view q, GroupId after, int limit) {
  std::vector<GroupStand> out;
  TRY(tx.each<ChatLine>(
      kChats,
      [&](ChatLine&& r) -> Result<> {
        out.push_back({r.id, std::move(r.chat_id), std::move(r.name), std::move(r.owner), std::move(r.state), r.people, false});
        return {};
      },
      after.v, like_text(q), trim(q), limit));
  return out;
}

}  // namespace koi::entry
