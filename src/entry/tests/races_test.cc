// Many at once over one store: a cap is never passed by one, and never left with a slot nobody can have.
#include <gtest/gtest.h>

#include <thread>

#include "entry/tests/entry_world.h"

namespace koi::entry {
namespace {

using namespace testing;
using koi::testing::outcome;

constexpr int kThreads = 8;

/// Everybody scans at once, `each` times; how many were shown a guide.
int scan_at_once(EntryWorld& w, CodeId code, int each) {
  std::atomic<int> shown = 0, failed = 0;
  std::vector<std::jthread> crowd;
  for (int t = 0; t < kThreads; ++t)
    crowd.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        const auto got = w.scan(code, "v" + std::to_string(t) + "-" + std::to_string(i));
        if (!got) ++failed;
        else if (got->kind == "guide") ++shown;
      }
    });
  crowd.clear();
  EXPECT_EQ(failed, 0);
  return shown;
}

TEST(CodeRaces, NoCapGivesOneTooMany) {
  struct { const char* name; void (*set)(CodeSpec&); int want; } const rows[] = {
      {"daily cap of a guide", [](CodeSpec& s) { s.members[0].daily_cap = 7; }, 7},
      {"lifetime cap of a guide", [](CodeSpec& s) { s.members[0].lifetime_cap = 7; }, 7},
      {"daily cap of the code", [](CodeSpec& s) { s.daily_cap = 7; }, 7},
      {"lifetime cap of the code", [](CodeSpec& s) { s.lifetime_cap = 7; }, 7},
      {"the tighter of two", [](CodeSpec& s) { s.members[0].daily_cap = 9; s.lifetime_cap = 7; }, 7},
      {"one slot", [](CodeSpec& s) { s.members[0].daily_cap = 1; }, 1},
  };
  for (const auto& row : rows) {
    EntryWorld w;
    auto spec = EntryWorld::spec_of(1);
    row.set(spec);
    const auto code = w.make(spec);
    EXPECT_EQ(scan_at_once(w, code.id, 4), row.want) << row.name;
    EXPECT_TRUE(w.read([](Tx& tx) { return ledger::verify(tx); })->empty()) << row.name;
  }
}

TEST(CodeRaces, TwoScansForTheLastSlotAgainAndAgain) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].lifetime_cap = 1;
  for (int round = 0; round < 20; ++round) {
    const auto code = w.make(spec);
    std::atomic<int> shown = 0;
    {
      std::jthread one([&] { shown += w.who(code.id, "one") == "1"; }), two([&] { shown += w.who(code.id, "two") == "1"; });
    }
    ASSERT_EQ(shown, 1) << "round " << round;
  }
}

TEST(CodeRaces, ARoundGivesEachTheirShareAlsoWhenManyScan) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(3);
  for (std::size_t i = 0; i < 3; ++i) spec.members[i].round_cap = static_cast<std::int64_t>(i) + 1;
  const auto code = w.make(spec);
  EXPECT_EQ(scan_at_once(w, code.id, 6), 48);  // eight rounds of 1 + 2 + 3
  for (int guide = 1; guide <= 3; ++guide)
    EXPECT_EQ(w.number("SELECT assigned FROM entry_code_guide WHERE staff_id = " + std::to_string(guide)), 8 * guide);
}

TEST(CodeRaces, ScansAndFriendsOfOneCodeShareItsSlots) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].lifetime_cap = 20;
  const auto code = w.make(spec);
  const auto state = w.state_of(code.id, 1);
  std::vector<PersonId> people;
  for (int i = 0; i < 24; ++i) people.push_back(w.person(i));
  std::atomic<int> shown = 0, over = 0, failed = 0;
  std::vector<std::jthread> crowd;
  for (int t = 0; t < kThreads; ++t)
    crowd.emplace_back([&, t] {
      for (std::size_t i = static_cast<std::size_t>(t); i < people.size(); i += kThreads) {
        const auto met = w.scan(code.id, "v" + std::to_string(i));
        if (!met) ++failed;
        else if (met->kind == "guide") ++shown;
        const auto came = w.db().write([&](Tx& tx) { return arrive(tx, {.person = people[i], .staff = {1}, .state = state, .welcome_code = {}, .at = tx.now()}); }, shard_of_state(state));
        if (!came) ++failed;
        else if (came->over_cap) ++over;
      }
    });
  crowd.clear();
  EXPECT_EQ(failed, 0);
  // Twenty friends have a slot, four more came all the same and are marked.
  EXPECT_EQ(over, 4);
  EXPECT_LE(shown, 24);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM entry_arrival WHERE over_cap = 1"), 4);
  EXPECT_EQ(w.who(code.id, "one more"), "text");
  EXPECT_TRUE(w.read([](Tx& tx) { return ledger::verify(tx); })->empty());
}

TEST(CodeRaces, TheSameCallbackManyTimesAtOnceIsOneFriend) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].daily_cap = 5;
  const auto code = w.make(spec);
  const auto friend_ = w.person(1);
  const auto at = w.clock().now();
  const auto state = w.state_of(code.id, 1);
  std::atomic<int> counted = 0, failed = 0;
  {
    std::vector<std::jthread> crowd;
    for (int t = 0; t < kThreads; ++t)
      crowd.emplace_back([&] {
        const auto came = w.db().write([&](Tx& tx) { return arrive(tx, {.person = friend_, .staff = {1}, .state = state, .welcome_code = {}, .at = at}); }, shard_of_state(state));
        if (!came) ++failed;
        else counted += came->counted;
      });
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(counted, 1);
  w.drain();
  EXPECT_EQ(w.number("SELECT CAST(SUM(adds) AS BIGINT) FROM entry_code_day"), 1);
}

}  // namespace
}  // namespace koi::entry
