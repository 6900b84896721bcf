// Funnels against trying every choice of events.
#include <gtest/gtest.h>

#include "events/columns/funnel.h"
#include "events/tests/columns_history.h"

namespace koi::events::columns {
namespace {

struct Plain {
  const std::vector<Did>& did;
  const FunnelQuestion& q;

  bool fits_same(std::size_t first, std::size_t next) const {
    if (q.same.empty()) return true;
    return did[first].order != 0 && did[first].order == did[next].order;
  }
  bool forbidden(std::size_t from, std::size_t to, std::size_t taken, bool stop_at_end) const {
    for (auto i = from + 1; i < to + (stop_at_end ? 1 : 0); ++i)
      for (const auto& never : q.never)
        if (passes(did[i], never.step) && (never.after == 0 || never.after == taken || q.order != Order::ordered)) return true;
    return false;
  }
  /// The furthest from event `at`, which was step number `taken` (1-based) of a way that began at `first`.
  std::size_t furthest(std::size_t first, std::size_t at, std::size_t taken) const {
    if (taken == q.steps.size()) return taken;
    auto best = taken;
    for (auto next = at + 1; next < did.size(); ++next) {
      if (did[next].at - did[first].at > q.window_ms) break;
      if (q.order == Order::strict && next != at + 1) break;
      if (!passes(did[next], q.steps[taken]) || !fits_same(first, next)) continue;
      // A forbidden event that is itself the next step comes in front of it.
      if (forbidden(at, next, taken, true)) continue;
      best = std::max(best, furthest(first, next, taken + 1));
    }
    return best;
  }
  std::size_t furthest_any(std::size_t first, std::size_t at, unsigned filled) const {
    auto best = static_cast<std::size_t>(std::popcount(filled));
    for (auto next = at + 1; next < did.size(); ++next) {
      if (did[next].at - did[first].at > q.window_ms || forbidden(at, next, 0, true)) break;
      if (!fits_same(first, next)) continue;
      for (std::size_t s = 0; s < q.steps.size(); ++s)
        if ((filled >> s & 1U) == 0 && passes(did[next], q.steps[s])) best = std::max(best, furthest_any(first, next, filled | 1U << s));
    }
    return best;
  }
  std::size_t level() const {
    std::size_t best = 0;
    for (std::size_t i = 0; i < did.size(); ++i) {
      if (did[i].at < q.from_ms || did[i].at >= q.to_ms) continue;
      if (q.order == Order::any) {
        for (std::size_t s = 0; s < q.steps.size(); ++s)
          if (passes(did[i], q.steps[s])) best = std::max(best, furthest_any(i, i, 1U << s));
      } else if (passes(did[i], q.steps[0])) {
        best = std::max(best, furthest(i, i, 1));
      }
    }
    return best;
  }
};

TEST(Questions, FunnelsEqualTryingEveryWay) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 12, 60);
    FunnelQuestion q;
    for (std::int64_t i = 0; i < 2 + dice.below(3); ++i) q.steps.push_back(step_of(dice));
    const std::int64_t windows[] = {kHour, kHour + 1, kDay, 3 * kDay, 30 * kDay};
    q.window_ms = windows[dice.below(5)];
    q.order = static_cast<Order>(dice.below(3));
    if (dice.one_in(4)) q.same = "order";
    if (dice.one_in(4)) q.never.push_back({step_of(dice), static_cast<std::size_t>(dice.below(3))});
    if (dice.one_in(4)) q.from_ms = kT0 + dice.below(10) * kDay, q.to_ms = q.from_ms + 3 * kDay;
    std::vector<std::uint64_t> want(q.steps.size());
    std::set<std::int64_t> dropped;
    for (const auto& [root, did] : h.people()) {
      const auto level = Plain{did, q}.level();
      for (std::size_t i = 0; i < level; ++i) ++want[i];
      if (level == 1) dropped.insert(root);
    }
    const auto got = funnel(h.view, {.threads = 2}, q, {.at = 1, .dropped = true});
    ASSERT_EQ(got.groups[0].reached, want) << "seed " << seed;
    std::set<std::int64_t> through;
    got.through.each([&](Ordinal o) { through.insert(h.view.roster->node(o)); });
    ASSERT_EQ(through, dropped) << "seed " << seed;
    ASSERT_EQ(got.groups[0].convert.count(), want.back()) << "seed " << seed;
  }
}

TEST(Questions, BothFunnelKernelsAgreeOnTimesToConvert) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 20, 150);
    FunnelQuestion q;
    for (std::int64_t i = 0; i < 3; ++i) q.steps.push_back({.kinds = {1 + dice.below(7)}});
    q.window_ms = 2 * kDay;
    const auto quick = funnel(h.view, {}, q);
    q.by.person.assign(h.view.people, 0);  // one group for all: the kernel that gathers
    q.by.names = {""};
    const auto gathered = funnel(h.view, {}, q);
    ASSERT_EQ(quick.groups[0].reached, gathered.groups[0].reached) << seed;
    ASSERT_TRUE(quick.groups[0].convert == gathered.groups[0].convert) << seed;
  }
}

TEST(Questions, FunnelGroupsByThePropertyOfTheFirstStepCountEachPersonOnceAGroup) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 12, 90);
    FunnelQuestion q{.steps = {{.kinds = {1, 2}}, {.kinds = {3, 4}}}, .window_ms = 3 * kDay, .by = {.property = "channel"}};
    std::map<std::string, std::vector<std::uint64_t>> want;
    for (const auto& [root, did] : h.people())
      for (const auto* channel : {"", "c0", "c1", "c2", "c3"}) {
        std::size_t level = 0;
        for (std::size_t i = 0; i < did.size(); ++i)
          if (did[i].channel == channel && passes(did[i], q.steps[0])) level = std::max(level, Plain{did, q}.furthest(i, i, 1));
        auto& row = want[channel];
        row.resize(2);
        for (std::size_t i = 0; i < level; ++i) ++row[i];
      }
    std::erase_if(want, [](const auto& one) { return one.second[0] == 0; });
    std::map<std::string, std::vector<std::uint64_t>> got;
    for (const auto& group : funnel(h.view, {}, q).groups) got[group.value] = group.reached;
    ASSERT_EQ(got, want) << seed;
  }
}

}  // namespace
}  // namespace koi::events::columns
