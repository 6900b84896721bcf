/// RFM, cohorts, intervals and trends as answers.
#include <algorithm>
#include <map>

#include "insight/answers.h"

namespace koi::insight {
namespace {

constexpr std::int64_t kPeriodsMax = 400;

int version_of(std::string_view metric) {
  const auto all = metrics();
  const auto m = std::ranges::find(all, metric, &Metric::name);
  CHECK(m != all.end());
  return m->version;
}

/// The same wall-clock moment a month earlier; the last day of that month when it is shorter.
Instant month_before(const Zone& zone, Instant at) {
  const auto wall = zone.wall(at);
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  const std::chrono::year_month_day date{day};
  auto earlier = date - std::chrono::months{1};
  if (!earlier.ok()) earlier = earlier.year() / earlier.month() / std::chrono::last;
  return zone.at(std::chrono::local_time<Millis>{LocalDay{earlier}.time_since_epoch()} + (wall - day));
}

std::vector<RfmMove> movement(std::span<const Scored> then, std::span<const Scored> now, std::int64_t high) {
  std::array<std::array<std::int64_t, 8>, 9> moved{};  // [8]: not yet a buyer
  std::size_t i = 0;
  for (const auto& p : now) {  // both run by person id; nobody stops being a buyer
    while (i < then.size() && then[i].person < p.person) ++i;
    const bool had = i < then.size() && then[i].person == p.person;
    ++moved[had ? static_cast<std::size_t>(then[i].tier(high)) : 8][static_cast<std::size_t>(p.tier(high))];
  }
  std::vector<RfmMove> out;
  for (std::size_t from = 0; from < moved.size(); ++from)
    for (std::size_t to = 0; to < 8; ++to)
      if (moved[from][to] > 0) out.push_back({from < 8 ? kTiers[from].name : std::string_view(), kTiers[to].name, moved[from][to]});
  return out;
}

void fill_cells(Rfm& out, std::span<const Scored> people) {
  std::array<RfmCell, 125> cells{};
  std::array<RfmTier, 8> tiers{};
  for (std::size_t t = 0; t < 8; ++t) tiers[t] = {kTiers[t].name, kTiers[t].zh, kTiers[t].en, 0, 0, 0, {}, {}};
  for (const auto& p : people) {
    auto& cell = cells[static_cast<std::size_t>(p.cell())];
    cell.r = p.r, cell.f = p.f, cell.m = p.m;
    ++cell.people, cell.orders += p.orders, cell.net_fen += p.net;
    cell.mean_days += (to_ms(out.as_of) - p.last_at) / kDayMs;
    auto& tier = tiers[static_cast<std::size_t>(p.tier(out.high))];
    ++tier.people, tier.orders += p.orders, tier.net_fen += p.net;
    ++out.people, out.orders += p.orders, out.net_fen += p.net;
  }
  for (auto& cell : cells) {
    if (cell.people == 0) continue;
    cell.mean_days /= cell.people;
    out.cells.push_back(cell);
  }
  for (auto t = tiers.rbegin(); t != tiers.rend(); ++t) {
    t->share = ratio(static_cast<double>(t->people), static_cast<double>(out.people));
    t->net_share = ratio(static_cast<double>(t->net_fen), static_cast<double>(out.net_fen));
    out.tiers.push_back(*t);
  }
}

std::string period_text(std::int64_t period, bool by_month) {
  return by_month ? month_text(static_cast<int>(period)) : day_text(LocalDay{std::chrono::days{period}});
}

/// The first instant of the window a series covers: `periods` of them, the last one holding `now`.
Result<Instant> window_start(const SeriesSpec& spec, const Zone& zone, Instant now, bool by_month, bool by_week) {
  const auto periods = spec.periods.value_or(by_month ? 13 : by_week ? 12 : 30);
  if (periods < 1 || periods > kPeriodsMax) return fail(Errc::invalid, "insight.bad_spec", {}, "/periods");
  const auto today = days_of(zone.day_of(now));
  if (by_month) return month_start(zone, month_of_day(today) - static_cast<int>(periods) + 1);
  const auto monday = today - ((today + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  const auto first = by_week ? monday - 7 * (periods - 1) : today - periods + 1;
  return zone.start_of(LocalDay{std::chrono::days{first}});
}

}  // namespace

Calendar calendar_of(std::span<const Sale> sales, const Zone& zone, Instant as_of) {
  auto from = to_ms(as_of), to = to_ms(as_of);
  for (const auto& sale : sales) from = std::min(from, sale.at), to = std::max(to, sale.at);
  return Calendar(zone, from, to);
}

Result<Rfm> rfm_of(std::span<const Sale> sales, const RfmSpec& spec, const Zone& zone, Instant now) {
  TRY(const auto rule, rfm_rule(spec));
  Rfm out;
  out.as_of = spec.as_of.value_or(now);
  out.compared_with = month_before(zone, out.as_of);
  out.metric = "rfm.cell";
  out.version = version_of("rfm.cell");
  out.method = rule.cuts ? "cuts" : "quintile";
  out.high = rule.high;
  const auto people = score_buyers(sales, rule, to_ms(out.as_of), &out.bounds);
  fill_cells(out, people);
  out.movement = movement(score_buyers(sales, rule, to_ms(out.compared_with)), people, rule.high);
  return out;
}

Cohorts cohorts_of(std::span<const Sale> sales, const Calendar& calendar, Instant as_of) {
  auto grid = cohort_grid(sales, calendar, to_ms(as_of));
  Cohorts out{.as_of = as_of, .version = version_of("cohort.retention"), .people = 0, .net_fen = grid.outside_fen,
              .outside_fen = grid.outside_fen, .cohorts = {}};
  for (auto& row : grid.rows) {
    out.people += row.people;
    for (const auto fen : row.net_fen) out.net_fen += fen;
    out.cohorts.push_back({month_text(row.month), row.people, std::move(row.active), std::move(row.net_fen)});
  }
  return out;
}

IntervalsReply intervals_of(std::span<const Sale> sales, const Calendar& calendar, Instant as_of) {
  auto got = intervals(sales, calendar, to_ms(as_of));
  IntervalsReply out{.as_of = as_of, .version = version_of("repurchase.curve"), .buyers = got.buyers,
                     .repeaters = got.repeaters, .gaps = got.gaps, .gap_p25_days = got.gap_p25,
                     .gap_median_days = got.gap_median, .gap_p75_days = got.gap_p75, .gap_p90_days = got.gap_p90,
                     .gaps_by_week = std::move(got.gaps_by_week), .curve = {}};
  for (const auto& step : got.curve) out.curve.push_back({step.day, step.at_risk, step.repurchased, step.share});
  return out;
}

Result<Trend> trend_of(std::span<const Sale> sales, std::int64_t people, const SeriesSpec& spec, const Zone& zone, Instant now) {
  const auto by = spec.by.value_or("day");
  if (by != "day" && by != "month") return fail(Errc::invalid, "insight.bad_spec", by, "/by");
  const auto as_of = spec.as_of.value_or(now);
  TRY(const auto from, window_start(spec, zone, as_of, by == "month", false));
  const auto calendar = calendar_of(sales, zone, as_of);
  Trend out{.as_of = as_of, .by = by, .version = version_of("sales.net"), .totals = totals_of(sales, people, to_ms(as_of) + 1),
            .periods = {}};
  for (const auto& row : trend(sales, calendar, by == "month", to_ms(from), to_ms(as_of) + 1))
    out.periods.push_back({period_text(row.period, by == "month"), row.orders, row.buyers, row.new_buyers, row.net_fen, row.repeat_fen});
  return out;
}

Result<Growth> growth_of(const People& people, const SeriesSpec& spec, const Zone& zone, Instant now) {
  const auto by = spec.by.value_or("day");
  const bool by_month = by == "month", by_week = by == "week";
  if (by != "day" && !by_week && !by_month) return fail(Errc::invalid, "insight.bad_spec", by, "/by");
  const auto as_of = spec.as_of.value_or(now);
  TRY(const auto from, window_start(spec, zone, as_of, by_month, by_week));
  const Calendar calendar(zone, to_ms(from), to_ms(as_of));
  const auto period_of = [&](std::int64_t at) -> std::int64_t {
    if (by_month) return calendar.month_of(at);
    const auto day = calendar.day_of(at);
    return by_week ? day - (day + 3) % 7 : day;
  };
  const auto inside = [&](std::int64_t at) { return at >= to_ms(from) && at <= to_ms(as_of); };
  struct Count { std::int64_t come = 0, gone = 0; };
  std::map<std::int64_t, Count> all;
  std::map<std::pair<std::uint16_t, std::int64_t>, Count> parts;
  for (auto day = days_of(zone.day_of(from)), last = days_of(zone.day_of(as_of)); day <= last; ++day)
    all[by_month ? month_of_day(day) : by_week ? day - (day + 3) % 7 : day];  // an empty period is a zero, not a hole
  for (const auto& who : people.rows)
    if (inside(who.first_seen)) ++all[period_of(who.first_seen)].come, ++parts[{who.channel, period_of(who.first_seen)}].come;
  for (const auto& lost : people.lost)
    if (inside(lost.at)) ++all[period_of(lost.at)].gone, ++parts[{lost.channel, period_of(lost.at)}].gone;
  Growth out{.as_of = as_of, .by = by, .version = version_of("growth.new"), .periods = {}, .by_channel = {}};
  for (const auto& [period, n] : all) out.periods.push_back({period_text(period, by_month), n.come, n.gone, n.come - n.gone});
  for (const auto& [key, n] : parts)
    out.by_channel.push_back({people.channels[key.first], period_text(key.second, by_month), n.come, n.gone, n.come - n.gone});
  return out;
}

}  // namespace koi::insight
