// Returns, activity and tiles: questions about behaviour over time.
#include "events/columns/retention.h"
#include "events/columns/tally.h"
#include "events/columns/trend.h"
#include "insight/asking.h"

#include <cmath>

namespace koi::insight {

namespace {

namespace columns = events::columns;
constexpr std::int64_t kPeriodsMax = 90, kPeriodsUsual = 12;
constexpr std::uint32_t kCohortsMax = 400, kPointsMax = 800;
constexpr Millis kMonth = std::chrono::hours(24 * 30);
constexpr std::int64_t kTilesUsual = 5;
constexpr double kShares[] = {0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99};

Millis usual_length(columns::Unit unit, std::int64_t periods) {
  const auto days = unit == columns::Unit::day ? 1 : unit == columns::Unit::week ? 7 : 31;
  return std::chrono::hours(24 * days * periods);
}

LocalDay day_at(const Asking& asking, Instant start) { return asking.zone.day_of(start); }

std::vector<Percentile> percentiles_of(const std::map<double, std::uint64_t>& spread) {
  std::uint64_t all = 0;
  for (const auto& [value, n] : spread) all += n;
  std::vector<Percentile> out;
  for (const auto share : kShares) {
    if (all == 0) break;
    const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(all))));
    std::uint64_t seen = 0;
    for (const auto& [value, n] : spread)
      if ((seen += n) >= rank) {
        out.push_back({share, value});
        break;
      }
  }
  return out;
}

ActivityPart part_of(const Asking& asking, const columns::TrendGroup& group, const columns::Periods& periods) {
  const auto& t = group.total;
  ActivityPart out{.value = group.value, .events = static_cast<std::int64_t>(t.events), .people = static_cast<std::int64_t>(t.people),
                   .valued = static_cast<std::int64_t>(t.valued), .sum = static_cast<double>(t.sum) + t.decimals, .average = {}, .per_person = {}, .points = {}, .percentiles = {}};
  if (t.valued > 0) out.average = out.sum / static_cast<double>(t.valued);
  if (t.people > 0) out.per_person = static_cast<double>(t.events) / static_cast<double>(t.people);
  for (std::uint32_t i = 0; i < group.points.size(); ++i) {
    const auto& p = group.points[i];
    out.points.push_back({day_at(asking, periods.start(i)), static_cast<std::int64_t>(p.events), static_cast<std::int64_t>(p.people), static_cast<double>(p.sum) + p.decimals});
  }
  out.percentiles = percentiles_of(group.spread);
  return out;
}

Result<columns::RetentionQuestion> retention_of(Tx& tx, Asking& asking, const RetentionSpec& spec) {
  TRY(const auto unit, unit_in("unit", spec.unit.value_or("week")));
  const auto shown = spec.periods.value_or(kPeriodsUsual);
  if (shown < 1 || shown > kPeriodsMax) return bad_spec("periods", "periods_count");
  TRY(const auto time, time_in(asking, spec));
  TRY(const auto stretch, stretch_of(time, asking.now, usual_length(unit, kPeriodsUsual)));
  const auto first_is = spec.first_is.value_or("ever");
  if (first_is != "ever" && first_is != "in_range") return bad_spec("first_is", "bad_choice", "ever, in_range");
  TRY(const auto first, step_in(tx, asking, "first", spec.first));
  auto back = first;
  if (spec.back) { TRY(back, step_in(tx, asking, "back", *spec.back)); }
  const columns::Periods cohorts(asking.zone, unit, stretch.from, stretch.to);
  if (cohorts.size() > kCohortsMax) return bad_spec("from", "long_stretch");
  TRY(auto by, by_in(tx, asking, spec.by));
  const auto end = std::max(stretch.to, std::min(stretch.to + usual_length(unit, shown), asking.now + Millis{1}));
  return columns::RetentionQuestion{.first = first, .back = back, .periods = columns::Periods(asking.zone, unit, stretch.from, end),
                                    .cohorts = cohorts.size(), .columns = static_cast<std::uint32_t>(shown), .ever = first_is == "ever",
                                    .rolling = spec.rolling.value_or(false), .source_of = asking.sources, .same = !spec.back || *spec.back == spec.first,
                                    .by = std::move(by), .parts = kPartsMax, .cell = {}, .group = {}};
}

/// A row a cohort; what has not begun yet says nothing.
std::vector<RetentionRow> rows_of(const Asking& asking, const columns::RetentionQuestion& q, const std::vector<columns::RetentionAnswer::Cohort>& cohorts) {
  std::vector<RetentionRow> out;
  for (std::uint32_t c = 0; c < q.cohorts; ++c) {
    RetentionRow row{day_at(asking, q.periods.start(c)), static_cast<std::int64_t>(cohorts[c].people), {}};
    for (std::uint32_t k = 0; k <= q.columns; ++k) {
      const bool begun = c + k < q.periods.size() && q.periods.start(c + k) <= asking.now;
      row.back.push_back(begun ? std::optional(static_cast<std::int64_t>(cohorts[c].back[k])) : std::nullopt);
    }
    out.push_back(std::move(row));
  }
  return out;
}

Result<columns::TrendQuestion> trend_of(Tx& tx, Asking& asking, const ActivitySpec& spec) {
  TRY(const auto unit, unit_in("unit", spec.unit.value_or("day")));
  TRY(const auto time, time_in(asking, spec));
  TRY(const auto stretch, stretch_of(time, asking.now, kMonth));
  TRY(const auto what, step_in(tx, asking, "event", spec.event));
  const auto property = !spec.property || *spec.property == "amount" ? std::string(columns::kAmount) : *spec.property;
  TRY(auto by, by_in(tx, asking, spec.by));
  columns::TrendQuestion q{.what = what, .periods = columns::Periods(asking.zone, unit, stretch.from, stretch.to), .property = property, .by = std::move(by),
                           .spread = spec.spread.value_or(false), .source_of = asking.sources};
  if (q.periods.size() > kPointsMax) return bad_spec("from", "long_stretch");
  return q;
}

Result<columns::RfmQuestion> tiles_of(Tx& tx, Asking& asking, const TilesSpec& spec) {
  const auto tiles = spec.tiles.value_or(kTilesUsual);
  if (tiles < 2 || tiles > 10) return bad_spec("tiles", "tiles_count");
  columns::RfmQuestion q{.of = {}, .tiles = static_cast<int>(tiles), .cell = {}, .source_of = asking.sources};
  TRY(q.of.what, step_in(tx, asking, "event", spec.event));
  TRY(const auto time, time_in(asking, spec));
  if (time.from) q.of.from_ms = to_ms(*time.from);
  if (time.to) q.of.to_ms = to_ms(*time.to);
  return q;
}

}  // namespace

Result<RetentionReply> ask_retention(Tx& tx, const Scope& scope, const RetentionSpec& spec, const RetentionPick* pick, Found* found) {
  TRY(auto asking, begin_asking(tx, scope, whom_in(spec)));
  TRY(auto q, retention_of(tx, asking, spec));
  if (pick != nullptr) {
    if (pick->cohort < 0 || pick->cohort >= q.cohorts || pick->period < 0 || pick->period > q.columns) return bad_spec("people", "no_part");
    q.cell = {static_cast<std::uint32_t>(pick->cohort), static_cast<std::uint32_t>(pick->period)};
    q.group = pick->value;
  }
  auto answer = columns::retention(*asking.view, asking.options(), q);
  RetentionReply out{.basis = asking.basis(), .unit = spec.unit.value_or("week"), .cohorts = rows_of(asking, q, answer.cohorts), .parts = {},
                     .more_parts = static_cast<std::int64_t>(answer.more_parts)};
  for (const auto& part : answer.parts) out.parts.push_back({part.value, rows_of(asking, q, part.cohorts)});
  if (found != nullptr) *found = {asking.view, std::move(answer.in)};
  return out;
}

Result<ActivityReply> ask_activity(Tx& tx, const Scope& scope, const ActivitySpec& spec, const ActivityPick* pick, Found* found) {
  TRY(auto asking, begin_asking(tx, scope, whom_in(spec)));
  TRY(auto q, trend_of(tx, asking, spec));
  if (pick != nullptr) {
    q.collect = true;
    if (pick->point) q.period = static_cast<std::uint32_t>(std::clamp<std::int64_t>(*pick->point, 0, q.periods.size()));
    q.every_group = !pick->value;
    q.group = pick->value.value_or("");
  }
  auto answer = columns::trend(*asking.view, asking.options(), q);
  ActivityReply out{.basis = asking.basis(), .unit = spec.unit.value_or("day"), .parts = {}, .before = {}};
  for (const auto& group : answer.groups) {
    if (out.parts.size() == kPartsMax) ++out.more_parts;
    else out.parts.push_back(part_of(asking, group, q.periods));
  }
  if (spec.compare.value_or(false)) {
    auto before = q;
    TRY(const auto unit, unit_in("unit", out.unit));
    TRY(const auto time, time_in(asking, spec));
    TRY(const auto stretch, stretch_of(time, asking.now, kMonth));
    before.periods = columns::Periods(asking.zone, unit, stretch.from - (stretch.to - stretch.from), stretch.from);
    for (const auto& group : columns::trend(*asking.view, asking.options(), before).groups)
      if (out.before.size() < kPartsMax) out.before.push_back(part_of(asking, group, before.periods));
  }
  if (found != nullptr) *found = {asking.view, std::move(answer.in)};
  return out;
}

Result<TilesReply> ask_tiles(Tx& tx, const Scope& scope, const TilesSpec& spec, const TilesPick* pick, Found* found) {
  TRY(auto asking, begin_asking(tx, scope, whom_in(spec)));
  TRY(auto q, tiles_of(tx, asking, spec));
  if (pick != nullptr) q.cell = columns::RfmCell{static_cast<int>(pick->r), static_cast<int>(pick->f), static_cast<int>(pick->m), 0, 0};
  auto answer = columns::rfm(*asking.view, asking.options(), q);
  TilesReply out{.basis = asking.basis(), .tiles = q.tiles, .people = static_cast<std::int64_t>(answer.people), .cells = {}};
  for (const auto& cell : answer.cells) out.cells.push_back({cell.r, cell.f, cell.m, static_cast<std::int64_t>(cell.people), Fen{cell.fen}});
  if (found != nullptr) *found = {asking.view, std::move(answer.in)};
  return out;
}

Result<> check_retention(Tx& tx, const RetentionSpec& spec) {
  TRY(auto asking, begin_checking(tx, whom_in(spec)));
  TRY(retention_of(tx, asking, spec));
  return {};
}

Result<> check_activity(Tx& tx, const ActivitySpec& spec) {
  TRY(auto asking, begin_checking(tx, whom_in(spec)));
  TRY(trend_of(tx, asking, spec));
  return {};
}

Result<> check_tiles(Tx& tx, const TilesSpec& spec) {
  TRY(auto asking, begin_checking(tx, whom_in(spec)));
  TRY(tiles_of(tx, asking, spec));
  return {};
}

}  // namespace koi::insight
