// Sums and RFM against plain loops.
#include <gtest/gtest.h>

#include <mutex>

#include "events/columns/recent.h"
#include "events/columns/tally.h"
#include "events/tests/columns_history.h"

namespace koi::events::columns {
namespace {

TEST(Questions, TalliesEqualLoops) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 25, 120);
    std::vector<TallyOf> of;
    for (std::int64_t i = 0; i < 1 + dice.below(3); ++i) {
      TallyOf one{.what = dice.one_in(2) ? Step{.kinds = {6}} : step_of(dice)};
      if (dice.one_in(2)) one.from_ms = kT0 + dice.below(400) * kHour, one.to_ms = one.from_ms + dice.below(200) * kHour;
      if (dice.one_in(3)) one.property = "order";
      of.push_back(one);
    }
    std::map<std::int64_t, std::vector<std::vector<std::int64_t>>> got, want;
    std::mutex mutex;
    tally(h.view, {.threads = 2}, of, {}, [&](Ordinal o, std::span<const Sum> sums) {
      const std::scoped_lock lock(mutex);
      for (const auto& s : sums)
        got[h.view.roster->node(o)].push_back({s.count, s.valued, s.sum, s.count == 0 ? 0 : s.first_at, s.count == 0 ? 0 : s.last_at,
                                               static_cast<std::int64_t>(s.least), static_cast<std::int64_t>(s.most)});
    });
    for (const auto& [root, did] : h.people()) {
      if (!got.contains(root)) got[root].assign(of.size(), std::vector<std::int64_t>(7));  // not called: empty
      for (const auto& one : of) {
        std::vector<std::int64_t> row(7);
        for (const auto& d : did) {
          if (!passes(d, one.what) || d.at < one.from_ms || d.at >= one.to_ms) continue;
          if (row[0]++ == 0) row[3] = d.at;
          row[4] = d.at;
          const auto value = one.property == "order" ? d.order : d.amount;
          if (value == 0) continue;
          row[5] = row[1] == 0 ? value : std::min(row[5], value);
          row[6] = row[1] == 0 ? value : std::max(row[6], value);
          ++row[1];
          row[2] += value;
        }
        want[root].push_back(row);
      }
    }
    ASSERT_EQ(got, want) << seed;
  }
}

TEST(Questions, WhoDidSomethingLatelyIsMostlyKnownWithoutRows) {
  std::uint64_t sure = 0, open = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 40 + 400 * dice.below(2), 2400);
    const auto everyone = h.view.everyone();
    for (int i = 0; i < 5; ++i) {
      const Step step{.kinds = {1 + dice.below(7)}};
      const auto from = dice.one_in(4) ? INT64_MIN : kT0 + dice.below(40 * kDay), to = dice.one_in(3) ? INT64_MAX : kT0 + dice.below(50 * kDay);
      auto found = recent(h.view, step.kinds, from, to);
      for (const auto& [root, did] : h.people()) {
        const bool really = std::ranges::any_of(did, [&](const Did& d) { return passes(d, step) && d.at >= from && d.at < to; });
        const auto o = h.view.roster->find(root);
        ASSERT_FALSE(found.sure.has(o) && !really) << seed << " node " << root;
        ASSERT_TRUE(found.sure.has(o) || found.open.has(o) || !really) << seed << " node " << root;
        ASSERT_FALSE(found.sure.has(o) && found.open.has(o)) << seed << " node " << root;
      }
      if (to != INT64_MAX) continue;
      (found.sure &= everyone) -= *h.view.late;
      (found.open &= everyone) -= *h.view.late;
      sure += found.sure.count();
      open += found.open.count();
    }
  }
  EXPECT_LT(open * 20, sure);  // of windows that end now
}

TEST(Questions, AWrongClockDoesNotBlurWhatOthersDidLately) {
  Rows rows(0);
  for (std::int64_t i = 0; i < 4000; ++i) {
    RawRow row;
    row.seq = i + 1;
    row.kind = 1;
    row.person = {1 + i % 100};
    row.at = i == 3900 ? 0 : i == 3901 ? std::int64_t{UINT32_MAX} * 1000 : kT0 + i * kHour;
    row.props = "{}";
    rows.add(row);
  }
  const auto part = *rows.to_part();
  EXPECT_LE(std::int64_t{1} << part->head().steps.shift, 86'400);  // half a year in steps of less than a day
}

TEST(Questions, RfmGroupsAreRanks) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Dice dice(seed);
    const auto h = make_history(dice, 60, 300);
    const auto tiles = static_cast<int>(2 + dice.below(4));
    struct One { std::int64_t last = 0, count = 0, fen = 0; };
    std::vector<One> buyers;
    for (const auto& [root, did] : h.people()) {
      One one;
      for (const auto& d : did)
        if (d.kind == 6) one = {d.at, one.count + 1, one.fen + d.amount};
      if (one.count > 0) buyers.push_back(one);
    }
    std::map<std::tuple<int, int, int>, std::pair<std::uint64_t, std::int64_t>> want, got;
    const auto tile = [&](auto member, const One& one) {
      const auto less = std::ranges::count_if(buyers, [&](const One& other) { return other.*member < one.*member; });
      return 1 + static_cast<int>(tiles * less / static_cast<std::ptrdiff_t>(buyers.size()));
    };
    for (const auto& one : buyers) {
      auto& cell = want[{tile(&One::last, one), tile(&One::count, one), tile(&One::fen, one)}];
      ++cell.first;
      cell.second += one.fen;
    }
    const auto answer = rfm(h.view, {.threads = 2}, {.of = {.what = {.kinds = {6}}}, .tiles = tiles, .cell = {}, .source_of = {}});
    for (const auto& cell : answer.cells) got[{cell.r, cell.f, cell.m}] = {cell.people, cell.fen};
    ASSERT_EQ(got, want) << seed;
  }
}

}  // namespace
}  // namespace koi::events::columns
