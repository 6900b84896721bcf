// Paths against plain walks.
#include <gtest/gtest.h>

#include <cmath>

#include "events/columns/paths.h"
#include "events/tests/columns_history.h"

namespace koi::events::columns {
namespace {

TEST(Questions, PathsEqualWalks) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 15, 120);
    PathsQuestion q{.anchor = step_of(dice), .backwards = dice.one_in(2), .depth = static_cast<std::size_t>(1 + dice.below(6)), .window_ms = (1 + dice.below(4)) * kDay,
                    .kinds = {}, .but = {}, .every = dice.one_in(2), .repeats = dice.one_in(2), .source_of = {}};
    if (dice.one_in(3)) q.kinds = {1, 2, 3, 4};
    if (dice.one_in(3)) q.but = {3};
    std::map<std::vector<std::int64_t>, std::uint64_t> want, got;
    std::uint64_t anchors = 0;
    for (const auto& [root, did] : h.people())
      for (std::size_t i = 0; i < did.size(); ++i) {
        if (!passes(did[i], q.anchor)) continue;
        ++anchors;
        std::vector<std::int64_t> path;
        auto last = did[i].kind;
        for (std::size_t n = 1; path.size() < q.depth && (q.backwards ? n <= i : i + n < did.size()); ++n) {
          const auto& d = did[q.backwards ? i - n : i + n];
          if (std::abs(d.at - did[i].at) > q.window_ms) break;
          const bool counts = (q.kinds.empty() || std::ranges::find(q.kinds, d.kind) != q.kinds.end()) && std::ranges::find(q.but, d.kind) == q.but.end();
          if (!counts || (!q.repeats && d.kind == last)) continue;
          path.push_back(last = d.kind);
        }
        ++want[path];
        if (!q.every) break;
      }
    const auto answer = paths(h.view, {.threads = 2}, q);
    for (const auto& path : answer.paths) got[path.steps] = path.times;
    ASSERT_EQ(answer.anchors, anchors) << seed;
    ASSERT_EQ(got, want) << seed;
  }
}

}  // namespace
}  // namespace koi::events::columns
