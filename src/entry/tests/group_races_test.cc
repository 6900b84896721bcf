// Many at once before one group code: the last seat goes to one, and no cap gives one too many.
#include <gtest/gtest.h>

#include <thread>

#include "entry/tests/group_world.h"

namespace koi::entry {
namespace {

using namespace testing;

constexpr int kGroupThreads = 8;

/// Everybody scans at once, `each` times, spread over the codes; how many were shown a group.
int look_at_once(GroupWorld& w, std::span<const GroupCodeId> codes, int each) {
  std::atomic<int> shown = 0, failed = 0;
  {
    std::vector<std::jthread> crowd;
    for (int t = 0; t < kGroupThreads; ++t)
      crowd.emplace_back([&, t] {
        for (int i = 0; i < each; ++i) {
          const auto code = codes[static_cast<std::size_t>(t + i) % codes.size()];
          const auto got = w.look({.code = code, .visitor = "v" + std::to_string(t) + "-" + std::to_string(i)});
          if (!got) ++failed;
          else if (got->kind == "group") ++shown;
        }
      });
  }
  EXPECT_EQ(failed, 0);
  return shown;
}

TEST(GroupRaces, NoCapGivesOneTooMany) {
  struct { const char* name; void (*set)(GroupSpec&); int want; } const rows[] = {
      {"members of a group", [](GroupSpec& s) { s.group_cap = 7; }, 7},
      {"an entry's cap", [](GroupSpec& s) { s.entries[0].cap = 7; }, 7},
      {"the code's cap", [](GroupSpec& s) { s.code_cap = 7; }, 7},
      {"the tighter of two", [](GroupSpec& s) { s.entries[0].cap = 9; s.group_cap = 7; }, 7},
      {"one seat", [](GroupSpec& s) { s.group_cap = 1; }, 1},
  };
  for (const auto& row : rows) {
    GroupWorld w;
    auto spec = GroupWorld::pool_of(1);
    row.set(spec);
    const auto code = w.make_group(spec);
    EXPECT_EQ(look_at_once(w, std::span(&code.id, 1), 4), row.want) << row.name;
  }
}

TEST(GroupRaces, TwoForTheLastSeatAgainAndAgain) {
  GroupWorld w;
  for (int round = 0; round < 20; ++round) {
    auto spec = GroupWorld::groups_of({GroupWorld::join_of({"r" + std::to_string(round)})});
    spec.group_cap = 1;
    const auto code = w.make_group(spec);
    std::atomic<int> got = 0;
    {
      std::jthread one([&] { got += w.shown(code.id, "one") != "text"; }), two([&] { got += w.shown(code.id, "two") != "text"; });
    }
    ASSERT_EQ(got, 1) << "round " << round;
  }
}

TEST(GroupRaces, CodesThatLeadToOneGroupShareItsSeats) {
  GroupWorld w;
  std::vector<GroupCodeId> codes;
  for (int i = 0; i < 3; ++i) {
    auto spec = GroupWorld::pool_of(1);
    spec.group_cap = 10;
    codes.push_back(w.make_group(spec).id);
  }
  EXPECT_EQ(look_at_once(w, codes, 4), 10);
}

TEST(GroupRaces, ScansAndMembersOfOneGroupShareItsSeats) {
  GroupWorld w;
  auto spec = GroupWorld::pool_of(1);
  spec.group_cap = 20;
  const auto code = w.make_group(spec);
  const auto state = w.state_at(code.id, 0);
  std::vector<PersonId> people;
  for (int i = 0; i < 10; ++i) people.push_back(w.person(i));
  std::atomic<int> shown = 0;
  {
    std::jthread members([&] {
      for (const auto who : people) EXPECT_TRUE(w.enter("g1", who, state));
    });
    shown = look_at_once(w, std::span(&code.id, 1), 5);
  }
  // Whoever came took a seat that was held, or one that was free: nobody is let in beyond.
  const auto held = w.number("SELECT COUNT(*) FROM entry_group_seat WHERE state = 'held'");
  const auto used = w.number("SELECT COUNT(*) FROM entry_group_seat WHERE state = 'used'");
  EXPECT_EQ(held + used, shown);
  EXPECT_EQ(held + 10, 20);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM entry_group_join WHERE joined_at > left_at"), 10);
}

TEST(GroupRaces, APictureIsShownToNoMoreThanItsGroupHolds) {
  GroupWorld w;
  auto spec = GroupWorld::groups_of({});
  spec.group_cap = 9;
  const auto code = w.make_group(spec);
  w.upload(code.id);
  EXPECT_EQ(look_at_once(w, std::span(&code.id, 1), 4), 9);
}

}  // namespace
}  // namespace koi::entry
