// What codes brought, and who is on duty for them, on the wire.
#include "entry/code_api.h"

namespace koi::entry {

struct StatsQuery { std::optional<LocalDay> from, to; };
BOOST_DESCRIBE_STRUCT(StatsQuery, (), (from, to))
struct DayLine : Sums { LocalDay day{}; };
BOOST_DESCRIBE_STRUCT(DayLine, (Sums), (day))
struct HourLine : Sums { std::int64_t hour = 0; };
BOOST_DESCRIBE_STRUCT(HourLine, (Sums), (hour))
struct StaffLine : Sums { std::optional<StaffId> staff_id; std::string name; };
BOOST_DESCRIBE_STRUCT(StaffLine, (Sums), (staff_id, name))
struct CodeStats {
  LocalDay from{}, to{};
  Sums funnel;
  std::int64_t replied_24h = 0, lost_7d = 0, cost_fen = 0;
  std::optional<std::int64_t> cost_per_add_fen, payback_bps;
  bool whole = true;
  std::vector<DayLine> days;
  std::vector<HourLine> hours;
  std::vector<StaffLine> staff;
  Instant as_of{};
};
BOOST_DESCRIBE_STRUCT(CodeStats, (), (from, to, funnel, replied_24h, lost_7d, cost_fen, cost_per_add_fen, payback_bps, whole, days, hours, staff, as_of))

BOOST_DESCRIBE_STRUCT(SeatLoad, (), (code, code_name, store, level, weight, online, ready, on_duty_now, minutes, shown, friends, daily_cap, daily_used,
                                     lifetime_cap, lifetime_used))
BOOST_DESCRIBE_STRUCT(GuideLoad, (), (staff, name, active, online, on_duty_now, minutes, shown, friends, seats))
BOOST_DESCRIBE_STRUCT(CodeLoad, (), (day, on_duty, guides, more))
struct CodeLoadQuery { std::optional<CodeId> code; std::optional<LocalDay> day; };
BOOST_DESCRIBE_STRUCT(CodeLoadQuery, (), (code, day))

namespace {

constexpr std::int64_t kAll = 10'000;  // basis points

template <class Line>
Line line_of(const Sums& sums) {
  Line out{};
  static_cast<Sums&>(out) = sums;
  return out;
}

CodeStats stats_of(CodeReport&& r, Instant now) {
  CodeStats out;
  out.from = r.from;
  out.to = r.to;
  out.funnel = r.total;
  out.replied_24h = r.replied_24h;
  out.lost_7d = r.lost_7d;
  out.cost_fen = r.cost_fen;
  out.whole = r.whole;
  out.as_of = now;
  // A cost is the whole code's: beside a part of its friends it would mislead.
  if (r.whole && r.cost_fen > 0 && r.total.adds > 0) out.cost_per_add_fen = (r.cost_fen + r.total.adds / 2) / r.total.adds;
  if (r.whole && r.cost_fen > 0) out.payback_bps = r.total.order_fen * kAll / r.cost_fen;
  for (const auto& d : r.days) out.days.push_back(line_of<DayLine>(d.sums)), out.days.back().day = d.day;
  for (const auto& h : r.hours) out.hours.push_back(line_of<HourLine>(h.sums)), out.hours.back().hour = h.hour;
  for (auto& s : r.staff) {
    out.staff.push_back(line_of<StaffLine>(s.sums));
    if (s.staff) out.staff.back().staff_id = s.staff;
    out.staff.back().name = std::move(s.name);
  }
  return out;
}

Result<Answer> get_stats(Call& call) {
  TRY(const auto id, call.path<CodeId>("code"));
  TRY(const auto query, call.query<StatsQuery>());
  return call.read([id, query, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(auto report, report_code(tx, scope, {id, query.from, query.to}));
    return http::ok(stats_of(std::move(report), tx.now()));
  });
}

Result<Answer> get_load(Call& call) {
  TRY(const auto query, call.query<CodeLoadQuery>());
  return call.read([query, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto load, load_codes(tx, scope, {query.code.value_or(CodeId{}), query.day}));
    return http::ok(load);
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<StatsQuery, None, CodeStats>("GET", "/v1/codes/{code}/stats", "code.read", get_stats, "活码漏斗与成本:按天、时段、导购", "A live code's funnel and cost, by day, hour and guide"),
    route<CodeLoadQuery, None, CodeLoad>("GET", "/v1/code-load", "code.read", get_load, "导购排班与名额占用", "Who is on duty when, and how full they are"),
};

}  // namespace

std::span<const Route> code_report_routes() { return kRoutes; }

}  // namespace koi::entry
