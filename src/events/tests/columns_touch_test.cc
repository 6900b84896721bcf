// First, last and linear credit against plain loops.
#include <gtest/gtest.h>

#include "events/columns/touch.h"
#include "events/tests/columns_history.h"

namespace koi::events::columns {
namespace {

TEST(Questions, TouchesEarnWhatALoopGivesThem) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 15, 150, seed % 2 == 0 ? 7 : 12);  // of 12 kinds each is rare enough for a lane
    TouchQuestion q{.touch = {.kinds = {1, 2}}, .conversion = {.kinds = {6}}, .by = {.property = "channel"}, .lookback_ms = (1 + dice.below(5)) * kDay,
                    .credit = static_cast<Credit>(dice.below(3)), .from_ms = kT0 + 2 * kDay, .to_ms = kT0 + 15 * kDay, .source_of = {},
                    .collect = true, .untouched = dice.one_in(3)};
    if (!q.untouched && dice.one_in(2)) q.group = "c1";
    std::map<std::string, std::pair<double, std::int64_t>> want, got;
    std::int64_t all = 0;
    std::set<std::int64_t> in;
    for (const auto& [root, did] : h.people())
      for (const auto& d : did) {
        if (d.kind != 6 || d.at < q.from_ms || d.at >= q.to_ms) continue;
        all += d.amount;
        const auto earned = [&](const std::string& channel) {
          if (!q.untouched && (!q.group || channel == *q.group)) in.insert(root);
        };
        // Of equal times the touch that stands behind the payment in the log comes after it.
        std::vector<std::string> touches;
        for (const auto* t = did.data(); t != &d; ++t)
          if (t->kind <= 2 && t->at >= d.at - q.lookback_ms) touches.push_back(t->channel);
        if (touches.empty()) {
          want["(none)"].first += 1;
          want["(none)"].second += d.amount;
          if (q.untouched) in.insert(root);
        } else if (q.credit == Credit::linear) {
          const auto parts = split(Fen{d.amount}, std::vector<std::int64_t>(touches.size(), 1));
          for (std::size_t i = 0; i < touches.size(); ++i) {
            want[touches[i]].first += 1.0 / static_cast<double>(touches.size());
            want[touches[i]].second += parts[i].v;
            earned(touches[i]);
          }
        } else {
          const auto& touched = q.credit == Credit::first ? touches.front() : touches.back();
          auto& row = want[touched];
          earned(touched);
          row.first += 1;
          row.second += d.amount;
        }
      }
    std::int64_t credited = 0;
    const auto answer = touch(h.view, {.threads = 2}, q);
    for (const auto& group : answer.groups) {
      if (group.conversions == 0) continue;
      got[group.untouched ? "(none)" : group.value] = {group.conversions, group.fen};
      credited += group.fen;
    }
    std::set<std::int64_t> got_in;
    answer.in.each([&](Ordinal o) { got_in.insert(h.view.roster->node(o)); });
    ASSERT_EQ(got_in, in) << seed;
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
