/// The shapes of the answers, as the API and the CLI give them.
#pragma once
#include <map>

#include "http/wire.h"
#include "insight/cohorts.h"
#include "insight/insight.h"
#include "insight/rfm.h"

namespace koi::insight {

/// A number with its meaning. `drill` is the route that lists the people behind it; null where nobody stands behind it.
struct Number {
  std::string_view metric;
  std::optional<double> value;  // null: not enough data for it to mean anything
  std::string_view unit;
  std::int64_t version = 1;
  Instant as_of{};
  std::optional<std::string> drill;
};
BOOST_DESCRIBE_STRUCT(Number, (), (metric, value, unit, version, as_of, drill))
/// A number of the registry; `people` of (metric) get their drill.
Number number(std::string_view metric, std::optional<double> value, Instant as_of, bool drill = false);
std::optional<double> ratio(double part, double whole);

struct MixPart { std::string channel; std::int64_t people = 0; std::optional<double> share; };
BOOST_DESCRIBE_STRUCT(MixPart, (), (channel, people, share))
struct CohortRate {
  std::string month;
  std::int64_t people = 0;
  std::optional<double> d30, d60, d90, d180;  // null until the whole cohort has had that long
};
BOOST_DESCRIBE_STRUCT(CohortRate, (), (month, people, d30, d60, d90, d180))
struct Ownership {
  Number connected, reachable, reachable_connected, weekly_loss, weekly_loss_rate, staff_gini;
  std::vector<MixPart> source_mix;
};
BOOST_DESCRIBE_STRUCT(Ownership, (), (connected, reachable, reachable_connected, weekly_loss, weekly_loss_rate, staff_gini, source_mix))
struct Worth {
  Number active_people, per_active_person, repurchase_90d, repeat_sales_share;
  std::vector<CohortRate> repurchase_by_cohort;
};
BOOST_DESCRIBE_STRUCT(Worth, (), (active_people, per_active_person, repurchase_90d, repeat_sales_share, repurchase_by_cohort))
struct Referral { Number invited_share, referrer_share, k; };
BOOST_DESCRIBE_STRUCT(Referral, (), (invited_share, referrer_share, k))
/// How much data the numbers stand on. `orders` are purchases, `rows` all orders kept.
struct Totals { std::int64_t people = 0, buyers = 0, rows = 0, orders = 0, net_fen = 0; };
BOOST_DESCRIBE_STRUCT(Totals, (), (people, buyers, rows, orders, net_fen))
struct Triangle { Instant as_of{}; Ownership ownership; Worth value; Referral referral; Totals totals; };
BOOST_DESCRIBE_STRUCT(Triangle, (), (as_of, ownership, value, referral, totals))
/// The numbers of a triangle that are followed over time: those with a spark and a comparison.
std::vector<const Number*> figures_of(const Triangle& triangle);
Triangle triangle_of(const People& people, std::span<const Sale> sales, const Calendar& calendar, Instant as_of);

struct RfmCell { int r = 0, f = 0, m = 0; std::int64_t people = 0, orders = 0, net_fen = 0, mean_days = 0; };
BOOST_DESCRIBE_STRUCT(RfmCell, (), (r, f, m, people, orders, net_fen, mean_days))
struct RfmTier {
  std::string_view tier, zh, en;
  std::int64_t people = 0, orders = 0, net_fen = 0;
  std::optional<double> share, net_share;
};
BOOST_DESCRIBE_STRUCT(RfmTier, (), (tier, zh, en, people, orders, net_fen, share, net_share))
/// From and to are tiers; "" is not yet a buyer.
struct RfmMove { std::string_view from, to; std::int64_t people = 0; };
BOOST_DESCRIBE_STRUCT(RfmMove, (), (from, to, people))
struct Rfm {
  Instant as_of{}, compared_with{};
  std::string_view metric;
  std::int64_t version = 1;
  std::string method;
  std::int64_t high = 4, people = 0, orders = 0, net_fen = 0;
  RfmBounds bounds;
  std::vector<RfmTier> tiers;
  std::vector<RfmCell> cells;  // the ones somebody is in
  std::vector<RfmMove> movement;
};
BOOST_DESCRIBE_STRUCT(Rfm, (), (as_of, compared_with, metric, version, method, high, people, orders, net_fen, bounds, tiers, cells, movement))

struct AsOfSpec { std::optional<Instant> as_of; };
BOOST_DESCRIBE_STRUCT(AsOfSpec, (), (as_of))
struct CohortsRow { std::string month; std::int64_t people = 0; std::vector<std::int64_t> active, net_fen; };
BOOST_DESCRIBE_STRUCT(CohortsRow, (), (month, people, active, net_fen))
struct Cohorts {
  Instant as_of{};
  std::int64_t version = 1, people = 0, net_fen = 0, outside_fen = 0;
  std::vector<CohortsRow> cohorts;
};
BOOST_DESCRIBE_STRUCT(Cohorts, (), (as_of, version, people, net_fen, outside_fen, cohorts))

struct CurvePoint { std::int64_t day = 0, at_risk = 0, repurchased = 0; double share = 0; };
BOOST_DESCRIBE_STRUCT(CurvePoint, (), (day, at_risk, repurchased, share))
struct IntervalsReply {
  Instant as_of{};
  std::int64_t version = 1, buyers = 0, repeaters = 0, gaps = 0;
  std::optional<std::int64_t> gap_p25_days, gap_median_days, gap_p75_days, gap_p90_days;
  std::vector<std::int64_t> gaps_by_week;
  std::vector<CurvePoint> curve;
};
BOOST_DESCRIBE_STRUCT(IntervalsReply, (),
                      (as_of, version, buyers, repeaters, gaps, gap_p25_days, gap_median_days, gap_p75_days, gap_p90_days,
                       gaps_by_week, curve))

/// `by`: "day" (usual) or "week" (from Monday) or "month"; `periods`: how many, counting back from today.
struct SeriesSpec { std::optional<std::string> by; std::optional<std::int64_t> periods; std::optional<Instant> as_of; };
BOOST_DESCRIBE_STRUCT(SeriesSpec, (), (by, periods, as_of))
struct GrowthRow { std::string channel, period; std::int64_t new_people = 0, lost = 0, net = 0; };
BOOST_DESCRIBE_STRUCT(GrowthRow, (), (channel, period, new_people, lost, net))
struct GrowthTotal { std::string period; std::int64_t new_people = 0, lost = 0, net = 0; };
BOOST_DESCRIBE_STRUCT(GrowthTotal, (), (period, new_people, lost, net))
struct Growth {
  Instant as_of{};
  std::string by;
  std::int64_t version = 1;
  std::vector<GrowthTotal> periods;
  std::vector<GrowthRow> by_channel;
};
BOOST_DESCRIBE_STRUCT(Growth, (), (as_of, by, version, periods, by_channel))
struct TrendRow { std::string period; std::int64_t orders = 0, buyers = 0, new_buyers = 0, net_fen = 0, repeat_fen = 0; };
BOOST_DESCRIBE_STRUCT(TrendRow, (), (period, orders, buyers, new_buyers, net_fen, repeat_fen))
struct Trend { Instant as_of{}; std::string by; std::int64_t version = 1; Totals totals; std::vector<TrendRow> periods; };
BOOST_DESCRIBE_STRUCT(Trend, (), (as_of, by, version, totals, periods))

struct StageCount { std::string_view stage; std::int64_t people = 0; };
BOOST_DESCRIBE_STRUCT(StageCount, (), (stage, people))
struct StageFlow { std::string from_stage, to_stage; std::int64_t moves = 0, seconds_in = 0; };
BOOST_DESCRIBE_STRUCT(StageFlow, (), (from_stage, to_stage, moves, seconds_in))
/// `people` took every step up to this one, so `rate` (of the step before) never passes 1; `reached` took this one,
/// whatever came before it.
struct PathStep { std::string_view step; std::int64_t people = 0, reached = 0; std::optional<double> rate, median_days; };
BOOST_DESCRIBE_STRUCT(PathStep, (), (step, people, reached, rate, median_days))
struct Freshness { std::optional<Instant> last_event_at, last_order_at; };
BOOST_DESCRIBE_STRUCT(Freshness, (), (last_event_at, last_order_at))
struct SparkPoint { LocalDay day{}; double value = 0; };
BOOST_DESCRIBE_STRUCT(SparkPoint, (), (day, value))
/// The same figures `days` earlier, by metric; those that had no meaning then are absent.
struct Before { Instant as_of{}; std::int64_t days = 0; std::map<std::string, double, std::less<>> figures; };
BOOST_DESCRIBE_STRUCT(Before, (), (as_of, days, figures))
struct Home {
  Instant as_of{};
  Triangle triangle;
  Before before;
  std::map<std::string, std::vector<SparkPoint>> sparks;  // by metric, the last 84 days that were measured
  Growth growth;
  Trend sales;
  std::vector<StageCount> stages;
  std::vector<StageFlow> stage_flow;  // of the last 30 days
  std::vector<PathStep> path;
  Freshness freshness;
};
BOOST_DESCRIBE_STRUCT(Home, (), (as_of, triangle, before, sparks, growth, sales, stages, stage_flow, path, freshness))

Result<Rfm> rfm_of(std::span<const Sale> sales, const RfmSpec& spec, const Zone& zone, Instant now);
Cohorts cohorts_of(std::span<const Sale> sales, const Calendar& calendar, Instant as_of);
IntervalsReply intervals_of(std::span<const Sale> sales, const Calendar& calendar, Instant as_of);
Result<Growth> growth_of(const People& people, const SeriesSpec& spec, const Zone& zone, Instant now);
Result<Trend> trend_of(std::span<const Sale> sales, std::int64_t people, const SeriesSpec& spec, const Zone& zone, Instant now);
Totals totals_of(std::span<const Sale> sales, std::int64_t people, std::int64_t as_of_ms);
/// A calendar that covers all sales and the instant.
Calendar calendar_of(std::span<const Sale> sales, const Zone& zone, Instant as_of);

}  // namespace koi::insight
