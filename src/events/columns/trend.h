/// How an event goes over time: how often, by how many people, how much; and how its values are spread.
#pragma once
#include <map>

#include "events/columns/funnel.h"
#include "events/columns/periods.h"

namespace koi::events::columns {

struct TrendQuestion {
  Step what;
  Periods periods;
  std::string property = std::string(kAmount);  // what sums and percentiles are of
  By by = {};
  bool spread = false;                          // also how the values are spread, over all periods
  std::function<std::string(std::int64_t)> source_of = {};
  /// Collect the people of one period (kEvery: all of them) and group (kEvery).
  static constexpr std::uint32_t kEvery = UINT32_MAX;
  bool collect = false;
  std::uint32_t period = kEvery;
  std::string group = {};
  bool every_group = true;
};
struct TrendPoint {
  std::uint64_t events = 0, people = 0, valued = 0;
  std::int64_t sum = 0;     // whole numbers, exact
  double decimals = 0;
};
struct TrendGroup {
  std::string value;
  std::vector<TrendPoint> points;  // by period
  TrendPoint total;                // people counted once
  std::map<double, std::uint64_t> spread;
};
struct TrendAnswer { std::vector<TrendGroup> groups; People in; };
/// Groups by events, most first.
TrendAnswer trend(const View& view, const ScanOptions& options, const TrendQuestion& question);

}  // namespace koi::events::columns
