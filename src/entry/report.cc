// What codes brought and cost: read from the sums that the turns on the log keep.
#include "entry/report.h"

#include <algorithm>
#include <set>

#include "base/say.h"
#include "entry/alarms.h"
#include "entry/known.h"
#include "store/rows.h"

namespace koi::entry {

struct SumRow { std::int64_t day = 0, hour = 0; StaffId staff; Sums sums; };

namespace {

constexpr std::string_view kLines =
    "SELECT day, hour, staff_id, scans, visitors, shown, adds, accepted, replied, grouped, ordered, repeated, lost, orders, order_fen FROM entry_code_day "
    "WHERE code_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, hour, staff_id";
constexpr std::string_view kSoon =
    "SELECT staff_id, CAST(SUM(CASE WHEN first_reply_at <= added_at + 86400000 THEN 1 ELSE 0 END) AS BIGINT), "
    "CAST(SUM(CASE WHEN lost_at <= added_at + 604800000 THEN 1 ELSE 0 END) AS BIGINT) FROM entry_outcome "
    "WHERE code_id = $1 AND day >= $2 AND day <= $3 GROUP BY staff_id ORDER BY staff_id";
constexpr std::string_view kReach = "SELECT staff_id, unit_path FROM entry_code_reach WHERE code_id = $1 ORDER BY staff_id, unit_path LIMIT 5000";
constexpr int kHours = 24;

struct ReachOf { StaffId staff; std::string path; };
BOOST_DESCRIBE_STRUCT(ReachOf, (), (staff, path))

std::int64_t number_of(LocalDay day) { return day.time_since_epoch().count(); }
LocalDay day_of(std::int64_t number) { return LocalDay{std::chrono::days{number}}; }

Sums sums_at(const store::Statement& s, int column) {
  Sums out;
  boost::mp11::mp_for_each<boost::describe::describe_members<Sums, boost::describe::mod_public>>(
      [&](auto d) { out.*d.pointer = s.integer(column++); });
  return out;
}
SumRow sum_row(const store::Statement& s) { return {s.integer(0), s.integer(1), StaffId{s.integer(2)}, sums_at(s, 3)}; }

/// Whose lines a caller sees: of a code that is theirs altogether everybody's, else their people's.
class Eyes {
 public:
  Eyes(Tx& tx, const Scope& scope) : tx_(tx), scope_(scope) {}
  Result<bool> whole(CodeId code) {
    if (scope_.unlimited()) return true;
    TRY(const auto lines, tx_.all<ReachOf>(kReach, code));
    return std::ranges::all_of(lines, [&](const ReachOf& line) { return scope_.covers(line.staff, line.path); });
  }
  Result<const Guide*> guide(StaffId id) {
    const auto [at, fresh] = guides_.try_emplace(id);
    if (fresh) {
      TRY(auto found, roster().guides(tx_, std::span(&id, 1)));
      at->second = found.empty() ? Guide{id, {}, {}, {}, false} : std::move(found.front());
    }
    return &at->second;
  }
  Result<bool> sees(StaffId id) {
    if (scope_.unlimited()) return true;
    if (!id) return false;
    TRY(const auto* who, guide(id));
    return scope_.covers(id, who->unit_path);
  }

 private:
  Tx& tx_;
  const Scope& scope_;
  std::map<StaffId, Guide> guides_;
};

/// The days asked for, in the merchant's zone.
Result<> settle_days(const KnownCode& known, Instant now, const ReportQuery& query, CodeReport& out) {
  out.to = query.to.value_or(known.zone.day_of(now));
  out.from = query.from.value_or(out.to - std::chrono::days{kReportDaysUsual - 1});
  if (out.to < out.from) return fail(Errc::invalid, "entry.days", say("the last day lies before the first", "结束日早于开始日"), "/to");
  if (out.to - out.from >= std::chrono::days{kReportDaysMax})
    return fail(Errc::invalid, "entry.days", say("at most {} days", "最多 {} 天", kReportDaysMax), "/from");
  return {};
}

/// What was spent in the range: days since the code was made, today included.
std::int64_t cost_of(const Code& code, const Zone& zone, Instant now, LocalDay first, LocalDay last) {
  const auto made = zone.day_of(code.created_at), today = zone.day_of(now);
  const auto from = std::max(first, made), to = std::min(last, today);
  const auto days = to < from ? 0 : (to - from).count() + 1;
  return code.spec.cost_day_fen * days + (first <= made && made <= last ? code.spec.cost_total_fen : 0);
}

/// The sums of some codes, a line for each guide, from a day on: parameters are the day and the codes.
std::string lines_of(std::size_t codes) {
  std::string out = "SELECT code_id, staff_id";
  boost::mp11::mp_for_each<boost::describe::describe_members<Sums, boost::describe::mod_public>>(
      [&](auto d) { out += std::string(", CAST(SUM(") + d.name + ") AS BIGINT)"; });
  out += " FROM entry_code_day WHERE day >= $1 AND code_id IN (";
  for (std::size_t i = 0; i < codes; ++i) out += (i == 0 ? "$" : ", $") + std::to_string(i + 2);
  return out + ") GROUP BY code_id, staff_id ORDER BY code_id, staff_id";
}

}  // namespace

Result<CodeReport> report_code(Tx& tx, const Scope& scope, const ReportQuery& query) {
  TRY(find_code(tx, scope, query.code));
  TRY(const auto known, known_lately(tx, query.code));
  CodeReport out;
  TRY(settle_days(*known, tx.now(), query, out));
  Eyes eyes(tx, scope);
  TRY(out.whole, eyes.whole(query.code));
  for (auto day = out.from; day <= out.to; day += std::chrono::days{1}) out.days.push_back({day, {}});
  for (int hour = 0; hour < kHours; ++hour) out.hours.push_back({hour, {}});
  std::map<StaffId, Sums> staff;
  const store::Param params[] = {query.code, number_of(out.from), number_of(out.to)};
  TRY(tx.each_raw(kLines, params, [&](const store::Statement& s) -> Result<> {
    const auto row = sum_row(s);
    if (!out.whole) {
      TRY(const bool sees, eyes.sees(row.staff));
      if (!sees) return {};
    }
    out.total.add(row.sums, 1);
    out.days[static_cast<std::size_t>((day_of(row.day) - out.from).count())].sums.add(row.sums, 1);
    out.hours[static_cast<std::size_t>(row.hour)].sums.add(row.sums, 1);
    staff[row.staff].add(row.sums, 1);
    return {};
  }));
  TRY(tx.each_raw(kSoon, params, [&](const store::Statement& s) -> Result<> {
    TRY(const bool sees, out.whole ? Result<bool>(true) : eyes.sees(StaffId{s.integer(0)}));
    if (!sees) return {};
    out.replied_24h += s.integer(1);
    out.lost_7d += s.integer(2);
    return {};
  }));
  for (const auto& [id, sums] : staff) {
    std::string name;
    if (id) {
      TRY(const auto* who, eyes.guide(id));
      name = who->name;
    }
    out.staff.push_back({id, std::move(name), sums});
  }
  std::ranges::stable_sort(out.staff, std::greater{}, [](const StaffSums& s) { return std::pair(s.sums.adds, s.sums.scans); });
  if (out.whole) out.cost_fen = cost_of(known->code, known->zone, tx.now(), out.from, out.to);
  return out;
}

Result<std::map<CodeId, CodeSums>> sum_codes(Tx& tx, const Scope& scope, std::span<const Code> codes) {
  std::map<CodeId, CodeSums> out;
  if (codes.empty()) return out;
  TRY(const auto zone, merchant_zone(tx));
  const auto today = zone.day_of(tx.now()), from = today - std::chrono::days{kReportDaysUsual - 1};
  Eyes eyes(tx, scope);
  std::set<CodeId> whole;
  std::vector<store::Param> params{number_of(from)};
  for (const auto& code : codes) {
    params.emplace_back(code.id);
    TRY(const bool all, eyes.whole(code.id));
    out[code.id].cost_fen = all ? cost_of(code, zone, tx.now(), from, today) : 0;
    if (all) whole.insert(code.id);
  }
  TRY(tx.each_raw(lines_of(codes.size()), params, [&](const store::Statement& s) -> Result<> {
    const CodeId code{s.integer(0)};
    TRY(const bool sees, whole.contains(code) ? Result<bool>(true) : eyes.sees(StaffId{s.integer(1)}));
    if (sees) out[code].sums.add(sums_at(s, 2), 1);
    return {};
  }));
  return out;
}

}  // namespace koi::entry
