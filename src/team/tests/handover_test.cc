// Who gets whom, and the handover as whoever runs the shop sees it; what the platform does with it is tested beside the connector.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "people/people.h"
#include "people/profile.h"
#include "team/handover.h"
#include "team/handover_plan.h"
#include "team/team.h"
#include "tests/support/world.h"

namespace koi::team {
namespace {

using koi::testing::outcome;

TEST(AllotHandover, FollowsTheRule) {
  const auto takers = [] {
    return std::vector<Taker>{{.staff = {1}, .unit_path = "/1/2/", .has = 10, .capacity = 12}, {.staff = {2}, .unit_path = "/1/3/", .has = 0}, {.staff = {3}, .unit_path = "/1/3/", .has = 4, .bound = true}};
  };
  struct { const char* rule; std::vector<Given> given; std::vector<int> want; } const rows[] = {
      {"one", {{1, "", -1, {}}, {2, "", -1, {}}, {3, "", -1, {}}}, {0, 0, -1}},              // the third does not fit
      {"equal", {{1, "", -1, {}}, {2, "", -1, {}}, {3, "", -1, {}}, {4, "", -1, {}}}, {0, 1, 2, 0}},
      {"least", {{1, "", -1, {}}, {2, "", -1, {}}, {3, "", -1, {}}, {4, "", -1, {}}, {5, "", -1, {}}}, {1, 1, 1, 1, 1}},
      {"store", {{1, "/1/2/", -1, {}}, {2, "/1/3/", -1, {}}, {3, "/9/", -1, {}}, {4, "/1/2/", -1, {}}, {5, "/1/2/", -1, {}}}, {0, 1, 2, 0, 1}},  // no room at the store: the others
      {"match", {{1, "", 2, {}}, {2, "", -1, {}}, {3, "", -1, {}}}, {2, 0, 1}},
      {"explicit", {{1, "", -1, {3}}, {2, "", -1, {7}}, {3, "", -1, {1}}}, {2, -1, 0}},
  };
  for (const auto& r : rows) {
    auto t = takers();
    EXPECT_EQ(allot(r.rule, r.given, t), r.want) << r.rule;
  }
}

RC_GTEST_PROP(AllotHandover, PlacesEverybodyOnceAndKeepsCapacities, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(0, 300);
  const auto caps = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(-1, 80)));
  const auto rule = *rc::gen::element<std::string>("equal", "least", "one");
  std::vector<Taker> takers;
  for (std::size_t i = 0; i < caps.size(); ++i) takers.push_back({.staff = {static_cast<std::int64_t>(i + 1)}, .unit_path = "/", .has = static_cast<std::int64_t>(i % 7), .capacity = caps[i]});
  const std::vector<Given> given(n);
  const auto to = allot(rule, given, takers);
  RC_ASSERT(to.size() == n);
  std::vector<std::int64_t> counts(caps.size(), 0);
  std::int64_t placed = 0;
  for (const auto t : to)
    if (t >= 0) ++counts[static_cast<std::size_t>(t)], ++placed;
  std::int64_t room = 0;
  for (std::size_t i = 0; i < caps.size(); ++i) {
    RC_ASSERT(counts[i] == takers[i].gets);
    if (caps[i] >= 0) RC_ASSERT(counts[i] == 0 || takers[i].has + counts[i] <= caps[i]);
    const bool free = takers[i].room();
    if (rule != "one" || i == 0) room += free ? 1 : 0;
  }
  RC_ASSERT(placed == static_cast<std::int64_t>(n) || room == 0);  // nobody is left while somebody has room
  if (rule != "equal") return;
  for (std::size_t i = 0; i < caps.size(); ++i)
    for (std::size_t j = 0; j < caps.size(); ++j)
      if (takers[i].room() && takers[j].room()) RC_ASSERT(std::abs(counts[i] - counts[j]) <= 1);
}

/// A shop without any channel: everybody is handed over in the house.
struct Shop {
  koi::testing::World w{{store::schema(), events::schema(), ledger::schema(), people::schema(), commerce::schema(), schema()}};
  Scope all = Scope::everything("test");
  std::vector<StaffId> staff;
  std::vector<PersonId> people;

  explicit Shop(int customers = 10) {
    EXPECT_EQ(outcome(w.write([](Tx& tx) { return events::install_catalogue(tx); })), "ok");
    EXPECT_EQ(outcome(w.write([&](Tx& tx) -> Result<> {
      TRY(const auto unit, create_unit(tx, all, {{}, "一店", "store", "s1"}));
      for (int i = 0; i < 4; ++i) {
        TRY(const auto id, create_staff(tx, all, {"导购" + std::to_string(i), unit, "g" + std::to_string(i)}));
        staff.push_back(id);
      }
      TRY(const auto first, find_staff(tx, all, staff[0]));
      for (int i = 0; i < customers; ++i) {
        const people::Ident ident{"member_no", "m" + std::to_string(i)};
        TRY(const auto who, people::resolve(tx, std::span(&ident, 1), "test"));
        people.push_back(who.person);
        TRY(people::assign_owner(tx, who.person, staff[0], first.unit_path));
      }
      return {};
    })), "ok");
  }
  HandoverSpec spec(std::string rule = "equal") {
    HandoverSpec s;
    s.from = staff[0], s.mode = "onjob", s.rule = std::move(rule);
    return s;
  }
  Result<HandoverId> start(const HandoverSpec& s, std::string key = {}) {
    return w.write([&](Tx& tx) { return start_handover(tx, all, s, "user test", key); });
  }
  HandoverRow row(HandoverId id) { return *w.read([&](Tx& tx) { return find_handover(tx, all, id); }); }
  void work() { (void)w.write([](Tx& tx) { return settle_house_items(tx, 100); }); }
  std::int64_t owned(int who) { return w.number("SELECT COUNT(*) FROM person WHERE owner_staff_id = " + std::to_string(staff[static_cast<std::size_t>(who)].v)); }
};

TEST(Handover, IsRefusedWithACodeForEachReason) {
  Shop x;
  const auto with = [&](auto change) {
    auto s = x.spec();
    change(s);
    return outcome(x.start(s));
  };
  EXPECT_EQ(with([](HandoverSpec& s) { s.mode = "now"; }), "team.handover_mode");
  EXPECT_EQ(with([](HandoverSpec& s) { s.rule = "luck"; }), "team.handover_rule");
  EXPECT_EQ(with([](HandoverSpec& s) { s.mode = "left"; }), "team.handover_not_left");
  EXPECT_EQ(with([](HandoverSpec& s) { s.daily_max = 0; }), "team.handover_pace");
  EXPECT_EQ(with([](HandoverSpec& s) { s.rule = "explicit"; }), "team.handover_picks");
  EXPECT_EQ(with([](HandoverSpec& s) { for (int i = 0; i < 201; ++i) s.greeting += "字"; }), "team.handover_greeting");
  EXPECT_EQ(with([&](HandoverSpec& s) { s.receivers = {{.staff = s.from}}; }), "team.handover_receivers");
  EXPECT_EQ(with([&](HandoverSpec& s) { s.receivers = {{.staff = {424242}}}; }), "team.handover_receivers");
  EXPECT_EQ(with([&](HandoverSpec& s) { s.from = x.staff[3]; }), "team.handover_nothing");
  EXPECT_EQ(with([&](HandoverSpec& s) { s.from = {424242}; }), "team.no_staff");
  EXPECT_EQ(x.w.count("handover"), 0);
}

TEST(Handover, GoesOverDaysByThePaceAndStopsWhenTold) {
  Shop x(10);
  auto s = x.spec();
  s.receivers = {{.staff = x.staff[1]}, {.staff = x.staff[2]}};
  s.daily_max = 2;
  const auto id = x.start(s, "once");
  ASSERT_TRUE(id);
  EXPECT_EQ(x.start(s, "once").value_or(HandoverId{}), *id);
  EXPECT_EQ(outcome(x.start(s, "twice")), "team.handover_nothing") << "everybody is on the way already";
  x.work();
  EXPECT_EQ(x.row(*id).moved, 4);
  x.work();
  EXPECT_EQ(x.row(*id).moved, 4) << "the day is full";
  x.w.clock().advance(std::chrono::hours(24));
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return pause_handover(tx, x.all, *id); })), "ok");
  x.work();
  EXPECT_EQ(x.row(*id).moved, 4);
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return resume_handover(tx, x.all, *id); })), "ok");
  x.work();
  EXPECT_EQ(x.row(*id).moved, 8);
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return cancel_handover(tx, x.all, *id); })), "ok");
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return resume_handover(tx, x.all, *id); })), "team.handover_over");
  x.w.clock().advance(std::chrono::hours(24));
  x.work();
  EXPECT_EQ(x.row(*id).cancelled, 2);
  EXPECT_EQ(x.owned(0), 2);
  EXPECT_EQ(x.owned(1), 4);
  EXPECT_EQ(x.owned(2), 4);
}

TEST(Handover, WhoHasNoRoomGetsNobodyAndRetryFindsSomebody) {
  Shop x(6);
  auto s = x.spec("one");
  s.receivers = {{.staff = x.staff[1], .capacity = 4}};
  const auto preview = x.w.read([&](Tx& tx) { return preview_handover(tx, x.all, s); });
  ASSERT_TRUE(preview);
  EXPECT_EQ(preview->unplaced, 2);
  const auto id = x.start(s);
  x.work();
  const auto end = x.row(*id);
  EXPECT_EQ(end.state, "done");
  EXPECT_EQ(end.moved, 4);
  EXPECT_EQ(end.failed, 2);
  EXPECT_EQ(*x.w.write([&](Tx& tx) { return retry_handover(tx, x.all, *id); }), 0) << "still no room";
  s.receivers = {{.staff = x.staff[2]}};
  const auto second = x.start(s);
  ASSERT_TRUE(second);
  x.work();
  EXPECT_EQ(x.owned(0), 0);
  EXPECT_EQ(x.owned(2), 2);
}

TEST(Handover, AReceiverWhoLeavesMeanwhileIsPassedOver) {
  Shop x(6);
  auto s = x.spec();
  s.receivers = {{.staff = x.staff[1]}, {.staff = x.staff[2]}};
  const auto id = x.start(s);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return edit_staff(tx, x.all, {.staff = x.staff[1], .name = {}, .wecom_userid = {}, .state = "left", .unit = {}}); })), "ok");
  x.work();
  x.work();
  EXPECT_EQ(x.row(*id).moved, 6);
  EXPECT_EQ(x.owned(1), 0);
  EXPECT_EQ(x.owned(2), 6);
}

TEST(Handover, GivesByTagFirstAndTheRestToWhoAsksForNothing) {
  Shop x(6);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::tag_person(tx, {.person = x.people[1], .tags = {"贵客"}, .source = "test", .expires = {}, .create = true, .why = {}}); })), "ok");
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::tag_person(tx, {.person = x.people[4], .tags = {"贵客"}, .source = "test", .expires = {}, .create = true, .why = {}}); })), "ok");
  const auto tag = x.w.number("SELECT id FROM tag WHERE name = '贵客'");
  auto s = x.spec("match");
  s.receivers = {{.staff = x.staff[1], .tags = {tag}}, {.staff = x.staff[2]}};
  const auto id = x.start(s);
  ASSERT_TRUE(id) << outcome(id);
  x.work();
  EXPECT_EQ(x.owned(1), 2);
  EXPECT_EQ(x.owned(2), 4);
  EXPECT_EQ(x.w.number("SELECT owner_staff_id FROM person WHERE id = " + std::to_string(x.people[4].v)), x.staff[1].v);
}

TEST(Handover, FollowsAPersonThatIsMerged) {
  Shop x(2);
  auto s = x.spec("one");
  s.receivers = {{.staff = x.staff[1]}};
  const auto id = x.start(s);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::merge(tx, {.into = x.people[0], .from = x.people[1], .evidence = "test", .by_user = 1}); })), "ok");
  x.work();
  EXPECT_EQ(x.row(*id).moved, 2);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM person WHERE merged_into IS NULL AND owner_staff_id = " + std::to_string(x.staff[1].v)), 1);
  EXPECT_EQ(*x.w.read([](Tx& tx) { return people::orphans(tx); }), 0);
}

TEST(Handover, IsSeenWithinReachOnly) {
  Shop x;
  const auto id = x.start(x.spec());
  const auto elsewhere = Scope::of(Reach::store, x.staff[1], "/999/");
  EXPECT_EQ(outcome(x.w.read([&](Tx& tx) { return find_handover(tx, elsewhere, *id); })), "team.no_handover");
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return cancel_handover(tx, elsewhere, *id); })), "team.no_handover");
  EXPECT_TRUE(x.w.read([&](Tx& tx) { return list_handovers(tx, elsewhere, "", 0, 10); })->empty());
  EXPECT_EQ(x.w.read([&](Tx& tx) { return list_handovers(tx, x.all, "running", 0, 10); })->size(), 1u);
  const auto here = x.w.read([&](Tx& tx) { return find_staff(tx, x.all, x.staff[0]); });
  EXPECT_EQ(outcome(x.w.read([&](Tx& tx) { return find_handover(tx, Scope::of(Reach::store, x.staff[1], here->unit_path), *id); })), "ok");
}

}  // namespace
}  // namespace koi::team
