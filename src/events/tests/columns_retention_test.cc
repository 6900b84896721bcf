// Retention against sets of periods.
#include <gtest/gtest.h>

#include "events/columns/retention.h"
#include "events/tests/columns_history.h"

namespace koi::events::columns {
namespace {

TEST(Questions, RetentionEqualsSetsOfPeriods) {
  const auto zone = *Zone::find("Asia/Shanghai");
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 25, 120);
    const auto unit = dice.one_in(2) ? Unit::day : Unit::week;
    const auto from = from_ms(kT0 + dice.below(6) * kDay), to = from + Millis(kDay * (7 + dice.below(20)));
    RetentionQuestion q{.first = step_of(dice), .back = {}, .periods = Periods(zone, unit, from, to), .cohorts = 0, .columns = 4,
                        .ever = dice.one_in(2), .rolling = dice.one_in(3), .source_of = {}, .same = dice.one_in(2), .cell = {}};
    q.back = q.same ? q.first : step_of(dice);
    q.cohorts = q.periods.size();
    const auto period = [&](std::int64_t at) -> std::int64_t {
      for (std::uint32_t i = 0; i < q.periods.size(); ++i)
        if (at >= to_ms(q.periods.start(i)) && at < to_ms(q.periods.start(i + 1))) return i;
      return -1;
    };
    std::vector<std::vector<std::uint64_t>> want(q.cohorts, std::vector<std::uint64_t>(6));
    for (const auto& [root, did] : h.people()) {
      const auto first = std::ranges::find_if(did, [&](const Did& d) { return passes(d, q.first) && (q.ever || period(d.at) >= 0); });
      if (first == did.end() || period(first->at) < 0) continue;
      const auto cohort = static_cast<std::size_t>(period(first->at));
      std::set<std::int64_t> back;
      for (auto d = first; d != did.end(); ++d)
        if (passes(*d, q.back) && period(d->at) >= 0) back.insert(period(d->at));
      ++want[cohort][5];
      for (std::size_t k = 0; k <= 4; ++k) {
        const auto wanted = static_cast<std::int64_t>(cohort + k);
        want[cohort][k] += q.rolling ? back.lower_bound(wanted) != back.end() : back.contains(wanted);
      }
    }
    const auto got = retention(h.view, {.threads = 2}, q);
    for (std::size_t c = 0; c < q.cohorts; ++c) {
      auto row = got.cohorts[c].back;
      row.push_back(got.cohorts[c].people);
      ASSERT_EQ(row, want[c]) << "seed " << seed << " cohort " << c;
    }
  }
}

}  // namespace
}  // namespace koi::events::columns
