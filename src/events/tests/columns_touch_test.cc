// First, last and linear credit against plain loops.
#include <gtest/gtest.h>

#include "events/columns/touch.h"
#include "events/tests/columns_history.h"

namespace koi::events::columns {
namespace {

TEST(Questions, TouchesEarnWhatALoopGivesThem) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 15, 150);
    TouchQuestion q{.touch = {.kinds = {1, 2}}, .conversion = {.kinds = {6}}, .by = {.property = "channel"}, .lookback_ms = (1 + dice.below(5)) * kDay,
                    .credit = static_cast<Credit>(dice.below(3)), .from_ms = kT0 + 2 * kDay, .to_ms = kT0 + 15 * kDay, .source_of = {}};
    std::map<std::string, std::pair<double, std::int64_t>> want, got;
    std::int64_t all = 0;
    for (const auto& [root, did] : h.people())
      for (const auto& d : did) {
        if (d.kind != 6 || d.at < q.from_ms || d.at >= q.to_ms) continue;
        all += d.amount;
        // Of equal times the touch that stands behind the payment in the log comes after it.
        std::vector<std::string> touches;
        for (const auto* t = did.data(); t != &d; ++t)
          if (t->kind <= 2 && t->at >= d.at - q.lookback_ms) touches.push_back(t->channel);
        if (touches.empty()) {
          want["(none)"].first += 1;
          want["(none)"].second += d.amount;
        } else if (q.credit == Credit::linear) {
          const auto parts = split(Fen{d.amount}, std::vector<std::int64_t>(touches.size(), 1));
          for (std::size_t i = 0; i < touches.size(); ++i) {
            want[touches[i]].first += 1.0 / static_cast<double>(touches.size());
            want[touches[i]].second += parts[i].v;
          }
        } else {
          auto& row = want[q.credit == Credit::first ? touches.front() : touches.back()];
          row.first += 1;
          row.second += d.amount;
        }
      }
    std::int64_t credited = 0;
    for (const auto& group : touch(h.view, {.threads = 2}, q).groups) {
      if (group.conversions == 0) continue;
      got[group.untouched ? "(none)" : group.value] = {group.conversions, group.fen};
      credited += group.fen;
    }
    ASSERT_EQ(credited, all) << seed;
    ASSERT_EQ(got.size(), want.size()) << seed;
    for (const auto& [name, row] : want) {
      ASSERT_NEAR(got[name].first, row.first, 1e-9) << seed << name;
      ASSERT_EQ(got[name].second, row.second) << seed << name;
    }
  }
}

}  // namespace
}  // namespace koi::events::columns
