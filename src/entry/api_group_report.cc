// What group codes brought, and what needs somebody's eye, on the wire.
#include "entry/group_api.h"
#include "entry/known.h"

namespace koi::entry {

BOOST_DESCRIBE_STRUCT(GroupFunnel, (), (joins, quits, week, stayed))
BOOST_DESCRIBE_STRUCT(GroupLine, (), (group, chat_id, name, entry, sums))
BOOST_DESCRIBE_STRUCT(GroupEntryLine, (), (entry, name, scans, visitors, sums))
BOOST_DESCRIBE_STRUCT(GroupDayLine, (), (day, scans, visitors, joins, quits))
struct GroupStatsOut {
  LocalDay from, to;
  std::int64_t scans = 0, visitors = 0, unserved = 0;
  GroupFunnel sums;
  std::vector<GroupEntryLine> entries;
  std::vector<GroupLine> groups;
  std::vector<GroupDayLine> days;
  Instant as_of;
};
BOOST_DESCRIBE_STRUCT(GroupStatsOut, (), (from, to, scans, visitors, unserved, sums, entries, groups, days, as_of))
struct GroupStatsQuery { std::optional<LocalDay> from, to; };
BOOST_DESCRIBE_STRUCT(GroupStatsQuery, (), (from, to))
struct GroupAlarmOut {
  AlarmId id;
  std::string kind, detail;
  std::int64_t times = 0;
  Instant opened_at, last_at;
  std::optional<Instant> closed_at;
};
BOOST_DESCRIBE_STRUCT(GroupAlarmOut, (), (id, kind, detail, times, opened_at, last_at, closed_at))
struct GroupAlarmsOut { std::vector<GroupAlarmOut> data; };
BOOST_DESCRIBE_STRUCT(GroupAlarmsOut, (), (data))

namespace {

constexpr int kDaysUsual = 30, kAlarmsMost = 200;

Result<Answer> get_stats(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  TRY(const auto query, call.query<GroupStatsQuery>());
  return call.read([id, query, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto zone, merchant_zone(tx));
    const auto to = query.to.value_or(zone.day_of(tx.now()));
    const auto from = query.from.value_or(to - std::chrono::days(kDaysUsual - 1));
    TRY(auto stats, group_stats(tx, scope, id, from, to));
    return http::ok(GroupStatsOut{from, to, stats.scans, stats.visitors, stats.unserved, stats.sums, std::move(stats.entries), std::move(stats.groups),
                                  std::move(stats.days), tx.now()});
  });
}

Result<Answer> get_alarms(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  return call.read([id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(auto alarms, group_alarms(tx, scope, id, kAlarmsMost));
    GroupAlarmsOut out;
    for (auto& a : alarms) out.data.push_back({a.id, std::move(a.kind), std::move(a.detail), a.times, a.opened_at, a.last_at, a.closed_at});
    return http::ok(out);
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<GroupStatsQuery, None, GroupStatsOut>("GET", "/v1/group-codes/{code}/stats", "code.read", get_stats, "群活码漏斗:扫码、入群、退群、留存 7 天", "A group code's funnel: scans, joins, quits, stayed seven days"),
    route<None, None, GroupAlarmsOut>("GET", "/v1/group-codes/{code}/alarms", "code.read", get_alarms, "群活码告警", "Alarms of a group code"),
};

}  // namespace

std::span<const Route> group_report_routes() { return kRoutes; }

}  // namespace koi::entry
