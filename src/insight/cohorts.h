/// Cohorts by the month of the first purchase, repurchase intervals, and the plain run of sales over time.
#pragma once
#include "insight/facts.h"

namespace koi::insight {

struct CohortRow {
  int month = 0;
  std::int64_t people = 0;
  std::vector<std::int64_t> active;   // distinct buyers k months after the first purchase; [0] is everyone
  std::vector<std::int64_t> net_fen;  // what the cohort spent then
};
struct CohortGrid {
  std::vector<CohortRow> rows;
  std::int64_t outside_fen = 0;  // net of people before they ever bought, or of nobody known: makes the sum whole
};
/// Sales strictly before as_of. Pure.
CohortGrid cohort_grid(std::span<const Sale> sales, const Calendar& calendar, std::int64_t as_of_ms);

/// Days from the first purchase to the second on a later day, and between purchases. Censored at as_of.
struct Intervals {
  struct Step { std::int64_t day = 0, at_risk = 0, repurchased = 0; double share = 0; };
  std::vector<Step> curve;                  // Kaplan-Meier: share that has bought again by that day
  std::vector<std::int64_t> gaps_by_week;   // purchases that followed the one before within week 0, 1, …, 51; then longer
  std::int64_t buyers = 0, repeaters = 0, gaps = 0;
  std::optional<std::int64_t> gap_p25, gap_median, gap_p75, gap_p90;  // days
};
Intervals intervals(std::span<const Sale> sales, const Calendar& calendar, std::int64_t as_of_ms);

struct Period {
  std::int64_t period = 0;  // day number, or month number
  std::int64_t orders = 0, buyers = 0, new_buyers = 0, net_fen = 0, repeat_fen = 0;
};
std::vector<Period> trend(std::span<const Sale> sales, const Calendar& calendar, bool by_month, std::int64_t from_ms,
                          std::int64_t to_ms);

}  // namespace koi::insight
