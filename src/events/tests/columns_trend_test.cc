// Trends against plain loops.
#include <gtest/gtest.h>

#include "events/columns/trend.h"
#include "events/tests/columns_history.h"

namespace koi::events::columns {
namespace {

TEST(Questions, TrendsEqualLoops) {
  const auto zone = *Zone::find("Asia/Shanghai");
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 20, 150);
    TrendQuestion q{.what = step_of(dice), .periods = Periods(zone, Unit::day, from_ms(kT0 + 2 * kDay), from_ms(kT0 + 12 * kDay)), .by = {.property = dice.one_in(2) ? "channel" : ""},
                    .spread = true, .source_of = {}};
    struct Row { std::uint64_t events = 0; std::set<std::int64_t> people; std::int64_t sum = 0; std::map<double, std::uint64_t> spread; };
    std::map<std::pair<std::string, std::uint32_t>, Row> want;
    std::map<std::string, Row> total;
    for (const auto& [root, did] : h.people())
      for (const auto& d : did) {
        const auto period = q.periods.of(static_cast<std::uint32_t>(d.at / 1000));
        if (period == Periods::outside() || !passes(d, q.what)) continue;
        const auto group = q.by.property.empty() ? "" : d.channel;
        for (auto* row : {&want[{group, period}], &total[group]}) {
          ++row->events;
          row->people.insert(root);
          row->sum += d.amount;
          if (d.amount != 0) ++row->spread[static_cast<double>(d.amount)];
        }
      }
    const auto got = trend(h.view, {.threads = 2}, q);
    ASSERT_EQ(got.groups.size(), total.size()) << seed;
    for (const auto& group : got.groups) {
      const auto& all = total[group.value];
      ASSERT_EQ(group.total.events, all.events) << seed;
      ASSERT_EQ(group.total.people, all.people.size()) << seed;
      ASSERT_EQ(group.spread, all.spread) << seed;
      for (std::uint32_t p = 0; p < group.points.size(); ++p) {
        const auto row = want[{group.value, p}];
        ASSERT_EQ(group.points[p].events, row.events) << seed;
        ASSERT_EQ(group.points[p].people, row.people.size()) << seed;
        ASSERT_EQ(group.points[p].sum, row.sum) << seed;
      }
    }
  }
}

}  // namespace
}  // namespace koi::events::columns
