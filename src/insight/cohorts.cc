#include "insight/cohorts.h"

#include <algorithm>
#include <map>

namespace koi::insight {
namespace {

constexpr std::size_t kMonthsMax = 600, kWeeks = 52;
constexpr std::int64_t kCurveDays = 730;

std::span<const Sale> until(std::span<const Sale> sales, std::int64_t as_of_ms) {
  const auto end = std::ranges::find_if(sales, [&](const Sale& s) { return s.at >= as_of_ms; });
  return sales.first(static_cast<std::size_t>(end - sales.begin()));
}

const Sale* first_purchase(std::span<const Sale> sales) {
  const auto at = std::ranges::find_if(sales, &Sale::counts);
  return at == sales.end() ? nullptr : &*at;
}

void grow(CohortRow& row, std::size_t k) {
  if (row.active.size() <= k) row.active.resize(k + 1), row.net_fen.resize(k + 1);
}

std::optional<std::int64_t> quantile(const std::vector<std::int64_t>& sorted, std::int64_t percent) {
  if (sorted.empty()) return std::nullopt;
  return sorted[static_cast<std::size_t>((static_cast<std::int64_t>(sorted.size()) - 1) * percent / 100)];
}

}  // namespace

CohortGrid cohort_grid(std::span<const Sale> sales, const Calendar& calendar, std::int64_t as_of_ms) {
  CohortGrid out;
  std::map<int, CohortRow> rows;
  const auto known = known_buyers(sales);
  for (const auto& sale : sales.first(sales.size() - known.size()))
    if (sale.at < as_of_ms) out.outside_fen += sale.net;
  each_buyer(known, [&](std::span<const Sale> all) {
    const auto mine = until(all, as_of_ms);
    const auto* first = first_purchase(mine);
    if (first == nullptr) {
      for (const auto& sale : mine) out.outside_fen += sale.net;
      return;
    }
    const int month = calendar.month_of(first->at);
    auto& row = rows[month];
    row.month = month;
    ++row.people;
    int last_active = -1;
    for (const auto& sale : mine) {
      const int k = calendar.month_of(sale.at) - month;
      if (k < 0 || static_cast<std::size_t>(k) >= kMonthsMax) {
        out.outside_fen += sale.net;
        continue;
      }
      grow(row, static_cast<std::size_t>(k));
      row.net_fen[static_cast<std::size_t>(k)] += sale.net;
      if (sale.counts && k != last_active) ++row.active[static_cast<std::size_t>(k)], last_active = k;
    }
  });
  for (auto& [month, row] : rows) out.rows.push_back(std::move(row));
  return out;
}

Intervals intervals(std::span<const Sale> sales, const Calendar& calendar, std::int64_t as_of_ms) {
  Intervals out;
  out.gaps_by_week.assign(kWeeks + 1, 0);
  std::vector<std::int64_t> ended(kCurveDays + 2, 0), left(kCurveDays + 2, 0), gaps;
  const auto today = calendar.day_of(as_of_ms - 1);
  each_buyer(known_buyers(sales), [&](std::span<const Sale> all) {
    std::int64_t first = -1, previous = -1;
    bool again = false;
    for (const auto& sale : until(all, as_of_ms)) {
      if (!sale.counts) continue;
      const auto day = calendar.day_of(sale.at);
      if (first < 0) first = previous = day;
      if (day == previous) continue;
      const auto gap = day - previous;
      if (!again) ++ended[static_cast<std::size_t>(std::min(day - first, kCurveDays + 1))];
      again = true;
      gaps.push_back(gap);
      ++out.gaps_by_week[std::min(static_cast<std::size_t>(gap / 7), kWeeks)];
      previous = day;
    }
    if (first < 0) return;
    ++out.buyers;
    if (again) ++out.repeaters;
    else ++left[static_cast<std::size_t>(std::min(today - first, kCurveDays + 1))];
  });
  std::int64_t at_risk = out.buyers;
  double alone = 1;
  for (std::int64_t day = 0; day <= kCurveDays; ++day) {
    const auto i = static_cast<std::size_t>(day);
    if (at_risk > 0) alone *= 1 - static_cast<double>(ended[i]) / static_cast<double>(at_risk);
    if (ended[i] > 0 || day % 30 == 0) out.curve.push_back({day, at_risk, ended[i], 1 - alone});
    at_risk -= ended[i] + left[i];
    if (at_risk == 0) break;
  }
  std::ranges::sort(gaps);
  out.gaps = static_cast<std::int64_t>(gaps.size());
  out.gap_p25 = quantile(gaps, 25), out.gap_median = quantile(gaps, 50);
  out.gap_p75 = quantile(gaps, 75), out.gap_p90 = quantile(gaps, 90);
  return out;
}

std::vector<Period> trend(std::span<const Sale> sales, const Calendar& calendar, bool by_month, std::int64_t from_ms,
                          std::int64_t to_ms) {
  std::map<std::int64_t, Period> rows;
  const auto period_of = [&](const Sale& sale) -> std::int64_t {
    return by_month ? calendar.month_of(sale.at) : calendar.day_of(sale.at);
  };
  each_buyer(sales, [&](std::span<const Sale> all) {
    const bool known = all.front().person != 0;
    const auto* first = known ? first_purchase(all) : nullptr;
    std::int64_t last_period = std::numeric_limits<std::int64_t>::min();
    for (const auto& sale : all) {
      if (sale.at < from_ms || sale.at >= to_ms) continue;
      auto& row = rows[period_of(sale)];
      row.net_fen += sale.net;
      if (first != nullptr && &sale > first) row.repeat_fen += sale.net;
      if (!sale.counts) continue;
      ++row.orders;
      if (!known) continue;
      if (const auto period = period_of(sale); period != last_period) ++row.buyers, last_period = period;
      if (&sale == first) ++row.new_buyers;
    }
  });
  std::vector<Period> out;
  for (auto& [period, row] : rows) {
    row.period = period;
    out.push_back(row);
  }
  return out;
}

}  // namespace koi::insight
