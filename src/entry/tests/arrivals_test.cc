// Friends who come: which scan brought them, how they are dressed, and what the platform should have.
#include <gtest/gtest.h>

#include "entry/spec.h"
#include "entry/tests/entry_world.h"

namespace koi::entry {
namespace {

using namespace testing;
using koi::testing::outcome;

std::string match_of(EntryWorld& w, PersonId who) {
  return w.read([&](Tx& tx) { return tx.one<std::string>("SELECT scan_match FROM entry_arrival WHERE person_id = $1 ORDER BY id DESC LIMIT 1", who); }).value_or("no arrival");
}

TEST(Arrive, FindsTheScanThatBroughtThem) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  const auto known = w.person(1), other = w.person(2), third = w.person(3), late = w.person(4);
  ASSERT_EQ(w.who({.code = code.id, .visitor = "a", .person = known, .touch = {{"utm_source", "metro"}}}), "1");
  ASSERT_EQ(w.who(code.id, "b"), "1");
  ASSERT_EQ(outcome(w.come(code.id, other, 1)), "ok");
  EXPECT_EQ(match_of(w, other), "only") << "the scan of somebody we know is theirs alone";
  ASSERT_EQ(outcome(w.come(code.id, known, 1)), "ok");
  EXPECT_EQ(match_of(w, known), "exact");
  w.whom(code.id, {"c", "d"});
  ASSERT_EQ(outcome(w.come(code.id, third, 1)), "ok");
  EXPECT_EQ(match_of(w, third), "latest");
  w.pass(25 * kHour);
  ASSERT_EQ(outcome(w.come(code.id, late, 1)), "ok");
  EXPECT_EQ(match_of(w, late), "none") << "the scan left open lies too far back";
  const auto touch = w.read([](Tx& tx) { return tx.one<std::string>("SELECT touch FROM entry_scan ORDER BY id LIMIT 1"); });
  EXPECT_EQ(touch.value_or(""), R"({"utm_source":"metro"})");
}

TEST(Arrive, DressesTheCustomerOnce) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(2);
  spec.tags = {"展架", "上海"};
  spec.stage = "意向";
  spec.remark = "{channel}-{date}-{nick}-{code}";
  spec.description = "来自{code}";
  const auto code = w.make(spec);
  const auto who = w.person(1);
  const auto came = w.come(code.id, who, 2);
  ASSERT_EQ(outcome(came), "ok");
  EXPECT_EQ(came->remark, "展架-2026-11-23-小鱼-门店展") << "twenty characters";
  EXPECT_EQ(came->description, "来自门店展架");
  EXPECT_EQ(came->tags.size(), 2u);
  EXPECT_EQ(w.count("tag_assignment"), 2);
  EXPECT_EQ(w.number("SELECT owner_staff_id FROM person WHERE id = " + std::to_string(who.v)), 2);
  ASSERT_EQ(outcome(w.come(code.id, who, 1)), "ok");
  EXPECT_EQ(w.number("SELECT owner_staff_id FROM person WHERE id = " + std::to_string(who.v)), 2);
}

TEST(Arrive, TheFirstCodeByTimeIsWhereSomebodyCameFrom) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(2);
  const auto code_in = [&](std::string channel) { spec.channel = std::move(channel); return w.make(spec); };
  const auto metro = code_in("地铁"), live = code_in("直播");
  const auto origin = [&](PersonId who) {
    const auto got = w.read([&](Tx& tx) { return people::origin_of(tx, who); });
    return got ? got->touch + " " + got->channel : got.error().code;
  };
  const auto who = w.person(1), known = w.person(2);
  EXPECT_EQ(origin(who), " ");
  ASSERT_EQ(outcome(w.come(live.id, who, 1)), "ok");
  EXPECT_EQ(origin(who), to_text(live.id) + " 直播");
  ASSERT_EQ(outcome(w.come(metro.id, who, 2, false, -kHour)), "ok");
  EXPECT_EQ(origin(who), to_text(metro.id) + " 地铁") << "told later, and yet the first";
  ASSERT_EQ(outcome(w.come(live.id, who, 2, false, kHour)), "ok");
  EXPECT_EQ(origin(who), to_text(metro.id) + " 地铁");
  ASSERT_TRUE(w.write([&](Tx& tx) { return people::set_origin(tx, known, {"", "老会员"}); }));
  ASSERT_EQ(outcome(w.come(live.id, known, 1)), "ok");
  EXPECT_EQ(origin(known), to_text(live.id) + " 老会员") << "what was known before the first code stays";
}

TEST(Arrive, HalfAFriendThenAWholeOneIsOneArrival) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  const auto who = w.person(1);
  const auto half = w.come(code.id, who, 1, true), whole = w.come(code.id, who, 1, false, 5000);
  ASSERT_EQ(outcome(half) + outcome(whole), "okok");
  EXPECT_TRUE(half->counted);
  EXPECT_FALSE(whole->counted);
  EXPECT_EQ(w.count("entry_arrival"), 1);
  w.drain();
  EXPECT_EQ(w.funnel(code.id), "0 0 1 1 0 0 0 0 0 0");
}

TEST(Arrive, StatesLeadToTheirCodesShard) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  EXPECT_EQ(shard_of_state(w.state_of(code.id, 1)).v, shard_of(code.id).v);
  for (const auto* other : {"", "c", "x123", "c-----------------------"}) EXPECT_EQ(shard_of_state(other).v, 0u) << other;
}

TEST(Welcome, SpeaksByTheHourAndNeverForAStranger) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.welcome.text = "您好{nick},我是{guide}";
  spec.welcome.slots = {{{{6, 7}, {}}, "周末好", {}}, {{{}, {"00:00-08:00"}}, "夜深了", {}}};
  const auto code = w.make(spec);
  const auto state = w.state_of(code.id, 1);
  const auto said = [&](const char* at) {
    const auto got = w.read([&](Tx& tx) { return welcome_for(tx, state, {1}, *parse_rfc3339(at)); });
    return got && *got ? (*got)->text : got ? "nothing" : got.error().code;
  };
  EXPECT_EQ(said("2026-11-23T10:00:00+08:00"), "您好{nick},我是导购1");
  EXPECT_EQ(said("2026-11-24T07:59:59+08:00"), "夜深了");
  EXPECT_EQ(said("2026-11-24T08:00:00+08:00"), "您好{nick},我是导购1");
  EXPECT_EQ(said("2026-11-22T07:00:00+08:00"), "周末好") << "the first that fits";
  const auto nobody = w.read([](Tx& tx) { return welcome_for(tx, "elsewhere", {1}, tx.now()); });
  ASSERT_EQ(outcome(nobody), "ok");
  EXPECT_FALSE(*nobody);
  spec.welcome.staff_first = true;
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, {}, spec}); })), "ok");
  EXPECT_EQ(said("2026-11-23T10:00:00+08:00"), "nothing") << "seen at once";
}

TEST(Ways, AreWantedMadeChangedAndTakenAway) {
  EntryWorld w;
  const auto wanted = [&] { return w.write([](Tx& tx) { return ways_to_make(tx, 0, 100); }).value(); };
  const auto made = w.create(EntryWorld::spec_of(2));
  ASSERT_EQ(outcome(made), "ok");
  const auto code = made->code;
  auto ways = wanted();
  ASSERT_EQ(ways.size(), 2u);
  EXPECT_EQ(ways[0].users, std::vector<std::string>{"user1"});
  EXPECT_TRUE(ways[0].wanted && ways[0].skip_verify && ways[0].state.size() <= 30 && ways[0].state != ways[1].state);
  EXPECT_EQ(w.who(code.id), "text") << "nobody has a code of their own yet";
  w.platform();
  EXPECT_TRUE(wanted().empty());
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return way_made(tx, ways[0].id, 1, "other", "https://other"); })), "ok");
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM entry_way WHERE config_id = 'other'"), 0) << "told late, of a version that is made";
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return way_made(tx, WayId{5}, 1, "x", "y"); })), "entry.no_way");

  auto spec = EntryWorld::spec_of(1);
  spec.accept = AcceptRule::manual;
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, {}, spec}); })), "ok");
  ways = wanted();
  ASSERT_EQ(ways.size(), 1u) << "somebody may still look at the other's";
  EXPECT_FALSE(ways[0].skip_verify);
  EXPECT_EQ(ways[0].want_ver, 2);
  w.platform();
  w.pass(31 * kMinute);
  ways = wanted();
  ASSERT_EQ(ways.size(), 1u);
  EXPECT_FALSE(ways[0].wanted);
}

TEST(Ways, ThatFailWaitAndAreAlarmedAbout) {
  EntryWorld w;
  const auto code = w.create(EntryWorld::spec_of(1))->code;
  auto ways = w.write([](Tx& tx) { return ways_to_make(tx, 0, 100); }).value();
  ASSERT_EQ(ways.size(), 1u);
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return way_failed(tx, ways[0].id, "40097", tx.now() + std::chrono::minutes(5)); })), "ok");
  EXPECT_TRUE(w.write([](Tx& tx) { return ways_to_make(tx, 0, 100); })->empty());
  const auto alarms = w.read([](Tx& tx) { return list_alarms(tx, EntryWorld::all(), true, {}, 10); }).value();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].kind + " " + alarms[0].detail, "way_failed 40097");
  w.pass(5 * kMinute);
  EXPECT_EQ(w.platform(), 1);
  EXPECT_TRUE(w.read([](Tx& tx) { return list_alarms(tx, EntryWorld::all(), true, {}, 10); })->empty());
  EXPECT_EQ(w.who(code.id), "1");
}

TEST(Ways, RequestsAreAcceptedInTheHoursSaid) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.accept = AcceptRule::hours;
  spec.accept_hours = {{{}, {"09:00-18:00"}}};
  w.make(spec);
  const auto accepts = [&] {
    EXPECT_EQ(outcome(keep_code_time(w.db())), "ok");
    return w.number("SELECT skip_verify FROM entry_way");
  };
  EXPECT_EQ(accepts(), 1);
  w.pass(8 * kHour);  // 18:00
  EXPECT_EQ(accepts(), 0);
  EXPECT_EQ(w.platform(), 1);
  EXPECT_EQ(accepts(), 0);
  EXPECT_EQ(w.platform(), 0) << "nothing new is wanted";
}

TEST(Hours, MeanWhatTheySay) {
  struct { Hours hours; const char* at; bool on; } const rows[] = {
      {{{1}, {"09:00-18:00"}}, "2026-11-23T08:59:59+08:00", false}, {{{1}, {"09:00-18:00"}}, "2026-11-23T09:00:00+08:00", true},
      {{{1}, {"09:00-18:00"}}, "2026-11-23T17:59:59+08:00", true},  {{{1}, {"09:00-18:00"}}, "2026-11-23T18:00:00+08:00", false},
      {{{1}, {"09:00-18:00"}}, "2026-11-24T09:00:00+08:00", false}, {{{1}, {"22:00-02:00"}}, "2026-11-24T01:59:59+08:00", true},
      {{{1}, {"22:00-02:00"}}, "2026-11-23T01:00:00+08:00", false}, {{{7}, {"22:00-02:00"}}, "2026-11-23T01:00:00+08:00", true},
      {{{}, {"00:00-24:00"}}, "2026-11-23T23:59:59+08:00", true},   {{{3}, {}}, "2026-11-25T00:00:00+08:00", true},
      {{{3}, {}}, "2026-11-26T00:00:00+08:00", false},
  };
  const auto zone = *Zone::find("Asia/Shanghai");
  for (const auto& row : rows) {
    const auto plan = WeekPlan::of(std::span(&row.hours, 1), "");
    ASSERT_EQ(outcome(plan), "ok");
    EXPECT_EQ(plan->covers(moment_of(zone, *parse_rfc3339(row.at)).minute_of_week), row.on) << row.at;
  }
}

}  // namespace
}  // namespace koi::entry
