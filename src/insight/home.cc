#include "insight/home.h"

#include <algorithm>

#include "insight/earlier.h"
#include "people/stages.h"
#include "store/rows.h"

namespace koi::insight {
namespace {

constexpr std::string_view kLastEvent = "SELECT received_at FROM event ORDER BY seq DESC LIMIT 1";
constexpr std::string_view kLastOrder = "SELECT ordered_at FROM shop_order ORDER BY ordered_at DESC LIMIT 1";
constexpr std::string_view kSparks = "SELECT metric, day, value FROM metric_value WHERE day > $1 ORDER BY metric, version, day";
constexpr std::string_view kKeep =
    "INSERT INTO metric_value (metric, version, day, value, as_of) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (metric, version, day) DO UPDATE SET value = excluded.value, as_of = excluded.as_of";

constexpr int kSparkDays = 84, kFlowDays = 30;
constexpr std::string_view kStages[] = {"prospect", "new", "active", "dormant", "lost"};
constexpr std::string_view kSteps[] = {"acquired", "retained", "converted", "repurchased", "referred"};

struct Spark { std::string metric; std::int64_t day = 0; double value = 0; };
BOOST_DESCRIBE_STRUCT(Spark, (), (metric, day, value))

std::vector<StageCount> stages_of(const People& people) {
  std::array<std::int64_t, 5> counts{};
  for (const auto& who : people.rows)
    if (who.stage < counts.size()) ++counts[who.stage];
  std::vector<StageCount> out;
  for (std::size_t i = 0; i < counts.size(); ++i) out.push_back({kStages[i], counts[i]});
  return out;
}

std::vector<PathStep> path_of(People& people) {
  std::vector<PathStep> out;
  for (std::size_t i = 0; i < 5; ++i) {
    PathStep step{kSteps[i], people.path[i], people.reached[i], {}, {}};
    if (i > 0) {
      step.rate = ratio(static_cast<double>(people.path[i]), static_cast<double>(people.path[i - 1]));
      auto& days = people.path_days[i - 1];
      if (!days.empty()) {
        const auto middle = days.begin() + static_cast<std::ptrdiff_t>((days.size() - 1) / 2);
        std::nth_element(days.begin(), middle, days.end());
        step.median_days = static_cast<double>(*middle);
      }
    }
    out.push_back(step);
  }
  return out;
}

Result<> load_sparks(Tx& tx, const Zone& zone, Home& out) {
  const auto since = days_of(zone.day_of(tx.now())) - kSparkDays;
  return tx.each<Spark>(kSparks, [&](Spark&& s) -> Result<> {
    out.sparks[s.metric].push_back({LocalDay{std::chrono::days{s.day}}, s.value});
    return {};
  }, since);
}

}  // namespace

Result<Home> home_of(Tx& tx, const Scope& scope) {
  const auto now = tx.now();
  Home out;
  out.as_of = now;
  TRY(const auto zone, merchant_zone(tx));
  TRY(auto people, load_people(tx, scope));
  TRY(auto sales, load_sales(tx, scope));
  const auto calendar = calendar_of(sales, zone, now);
  out.triangle = triangle_of(people, sales, calendar, now);
  TRY(out.growth, growth_of(people, {}, zone, now));
  TRY(out.sales, trend_of(sales, static_cast<std::int64_t>(people.rows.size()), {}, zone, now));
  out.stages = stages_of(people);
  out.path = path_of(people);
  TRY(const auto flows, people::stage_flow(tx, scope, now - std::chrono::days{kFlowDays}, now));
  for (const auto& f : flows) out.stage_flow.push_back({f.from_stage, f.to_stage, f.moves, f.seconds_in});
  if (scope.unlimited()) { TRY(load_sparks(tx, zone, out)); }
  TRY(out.freshness.last_event_at, tx.maybe<Instant>(kLastEvent));
  TRY(out.freshness.last_order_at, tx.maybe<Instant>(kLastOrder));
  TRY(out.before, before_of(tx, std::move(people), std::move(sales), calendar, now - std::chrono::days{kBeforeDays}));
  return out;
}

Result<> keep_sparks(Tx& tx, const Triangle& triangle) {
  TRY(const auto zone, merchant_zone(tx));
  const auto day = days_of(zone.day_of(triangle.as_of));
  for (const auto* n : figures_of(triangle)) {
    if (n->value) { TRY(tx.exec(kKeep, n->metric, n->version, day, *n->value, n->as_of)); }
  }
  return {};
}

}  // namespace koi::insight
