// Who meets the visitor, and why: rules, caps, hours, backup.
#include <gtest/gtest.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>

#include <algorithm>

#include "entry/pick.h"
#include "entry/spec.h"
#include "entry/tests/entry_world.h"

namespace koi::entry {
namespace {

using namespace testing;

std::string three(EntryWorld& w, CodeId code, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) out += (out.empty() ? "" : " ") + w.who(code);
  return out;
}

TEST(Assign, EachRuleHasItsOrder) {
  struct { AssignRule rule; const char* want; } const rows[] = {
      {AssignRule::round_robin, "1 2 3 1 2 3"},
      {AssignRule::weighted, "3 3 1 2 3 3"},  // weights 1 1 3
      {AssignRule::least_loaded, "1 2 3 1 2 3"},
  };
  for (const auto& row : rows) {
    EntryWorld w;
    auto spec = EntryWorld::spec_of(3);
    spec.assign = row.rule;
    if (row.rule == AssignRule::weighted) spec.members[2].weight = 3;
    const auto code = w.make(spec);
    EXPECT_EQ(three(w, code.id, 6), row.want) << static_cast<int>(row.rule);
  }
}

TEST(Assign, CapsOfGuidesAndOfTheCodeAreSlots) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(2);
  spec.members[0].daily_cap = 1;
  spec.members[1].lifetime_cap = 2;
  spec.fallback.text = "明天再来";
  const auto code = w.make(spec);
  EXPECT_EQ(three(w, code.id, 5), "1 2 2 text text");
  w.pass(kDay);
  w.expire();
  EXPECT_EQ(three(w, code.id, 4), "1 2 2 text") << "holds that nobody used came back";

  spec.members[0].daily_cap = spec.members[1].lifetime_cap = 0;
  spec.daily_cap = 2;
  const auto other = w.make(spec);
  EXPECT_EQ(three(w, other.id, 3), "1 2 text");
  EXPECT_EQ(w.scan(other.id)->reason.en, "the code's cap of the day is reached");
}

TEST(Assign, ARoundGivesEachTheirShareBeforeTheNextBegins) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(2);
  spec.members[0].round_cap = 2;
  spec.members[1].round_cap = 1;
  const auto code = w.make(spec);
  EXPECT_EQ(three(w, code.id, 9), "1 2 1 2 1 1 2 1 1");
}

TEST(Assign, WhoIsOffDutyOrSwitchedOffOrGoneIsPassedAndSaid) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(5);
  spec.members[0].schedule.week = {{{2}, {"09:00-18:00"}}};  // Tuesdays
  spec.members[1].schedule.vacations = {{*parse_day("2026-11-20"), *parse_day("2026-11-23")}};
  spec.members[2].schedule.holidays = {*parse_day("2026-11-23")};
  const auto code = w.make(spec);
  ASSERT_TRUE(w.write([&](Tx& tx) { return set_online(tx, EntryWorld::all(), {StaffId{4}, code.id, false}); }));
  const auto got = w.scan(code.id);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->guide.v, 5);
  EXPECT_EQ(got->reason.en, "round robin; place 5 of 5; 3 off duty; 1 switched off");
  EXPECT_EQ(got->reason.zh, "轮询;5 人中的第 5 位;3 人不在班;1 人已下线");
  w.pass(kDay);  // Tuesday
  EXPECT_EQ(three(w, code.id, 4), "1 2 3 5");
}

TEST(Assign, AlwaysAnswersThroughTwoLevelsOfBackupThenTheGroupThenTheFormThenWords) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].daily_cap = 1;
  spec.backup = {{{EntryWorld::of(2)}}, {{EntryWorld::of(3)}}};
  spec.backup[0].members[0].daily_cap = 1;
  spec.backup[1].members[0].lifetime_cap = 1;
  spec.fallback = {"https://group.example/a", "https://form.example/b", "请留言", "400-1"};
  const auto code = w.make(spec);
  const auto second = [&] { w.who(code.id); return w.scan(code.id); }();
  EXPECT_EQ(second->guide.v, 2);
  EXPECT_EQ(second->level, 1);
  EXPECT_EQ(second->reason.en, "round robin; backup 1; place 1 of 1; members; 1 at cap");
  EXPECT_EQ(w.scan(code.id)->level, 2);
  const auto group = w.scan(code.id);
  EXPECT_EQ(group->kind, "group");
  EXPECT_EQ(group->qr_url, "https://group.example/a");
  EXPECT_EQ(group->phone, "400-1");
  spec.fallback.group_url.clear();
  ASSERT_TRUE(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, {}, spec}); }));
  EXPECT_EQ(w.scan(code.id)->kind, "form");
  spec.fallback.form_url.clear();
  ASSERT_TRUE(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, {}, spec}); }));
  EXPECT_EQ(w.scan(code.id)->words.zh, "请留言");
  spec.fallback = {};
  ASSERT_TRUE(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, {}, spec}); }));
  EXPECT_FALSE(w.scan(code.id)->words.zh.empty());
}

TEST(Assign, TheSameVisitorSeesTheSameGuideAndTakesOneSlot) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(3);
  for (auto& m : spec.members) m.daily_cap = 1;
  const auto code = w.make(spec);
  EXPECT_EQ(w.who(code.id, "v1"), "1");
  EXPECT_EQ(w.who(code.id, "v1"), "1");
  EXPECT_EQ(w.who(code.id, "v2"), "2");
  EXPECT_EQ(w.who(code.id, "v3"), "3") << "v1's second look took no slot";
  w.pass(31 * kMinute);
  w.expire();
  EXPECT_EQ(w.who(code.id, "v2"), "2") << "met before, although it would be 1's turn";
}

TEST(Assign, AKnownCustomerMeetsTheGuideWhoseFriendTheyAre) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(3);
  spec.members[2].daily_cap = 1;
  const auto code = w.make(spec);
  const auto friend_ = w.person(1);
  const auto came = w.come(code.id, friend_, 3);
  ASSERT_TRUE(came) << came.error().code << " " << came.error().detail;
  EXPECT_EQ(w.who(ScanCommand{.code = code.id, .visitor = {}, .person = friend_}), "3") << "no slot is needed for a friend";
  EXPECT_EQ(w.who(ScanCommand{.code = code.id, .visitor = {}, .person = friend_}), "3");
}

TEST(Assign, PreviewTellsTheSameStoryTwiceAndLeavesNothing) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(3);
  spec.members[1].daily_cap = 1;
  const auto code = w.make(spec);
  const auto story = [&] {
    std::string out;
    const auto got = w.write([&](Tx& tx) { return preview_assign(tx, {.code = code.id}, 6); });
    EXPECT_TRUE(got) << got.error().code;
    for (const auto& one : *got) out += std::to_string(one.guide.v) + ": " + one.reason.en + "\n";
    return out;
  };
  const auto first = story();
  EXPECT_EQ(first, story());
  EXPECT_EQ(first.substr(0, 12), "1: round rob");
  EXPECT_NE(first.find("3: round robin; place 3 of 3; 1 at cap"), std::string::npos) << first;
  EXPECT_EQ(w.count("entry_scan"), 0);
  EXPECT_EQ(three(w, code.id, 4), "1 2 3 1");
}

TEST(Assign, StoresAreAskedFromTheNearest) {
  EntryWorld w(4);
  CodeSpec spec;
  spec.name = "连锁海报";
  spec.kind = CodeKind::store;
  spec.assign = AssignRule::nearest;
  spec.stores = {{{11}, {}}, {{12}, {}}};
  spec.radius_km = 20;
  spec.out_of_range = "附近暂无门店";
  ASSERT_TRUE(w.write([&](Tx& tx) { return put_store_place(tx, EntryWorld::all(), {{11}, 30.25, 120.15, {}, "湖滨路", "0571"}); }));
  ASSERT_TRUE(w.write([&](Tx& tx) { return put_store_place(tx, EntryWorld::all(), {{12}, 30.20, 120.21, {{{}, {"09:00-12:00"}}}, "江南大道", ""}); }));
  const auto code = w.make(spec);
  const auto at = [&](double lat, double lng, std::int64_t picked = 0) {
    ScanCommand cmd{.code = code.id};
    if (lat != 0) cmd.place = Place{lat, lng};
    cmd.picked_store = UnitId{picked};
    return w.scan(cmd).value();
  };
  EXPECT_EQ(at(30.25, 120.15).guide.v, 1) << "guides 1 and 3 stand in store 11";
  EXPECT_EQ(at(30.25, 120.15).guide.v, 3);
  EXPECT_EQ(at(30.20, 120.21).guide.v, 2);
  EXPECT_EQ(at(30.25, 120.15).guide.v, 1) << "each store has its own rotation";
  w.pass(3 * kHour);  // 13:00, store 12 is closed
  EXPECT_EQ(at(30.20, 120.21).store_name, "西湖店") << "the nearest that is open";
  EXPECT_EQ(at(30.20, 120.21, 12).kind, "text") << "picked by hand, closed";
  const auto far = at(39.9, 116.4);
  EXPECT_EQ(far.kind, "pick");
  EXPECT_EQ(far.words.zh, "附近暂无门店");
  ASSERT_EQ(far.stores.size(), 2u);
  const auto nowhere = at(0, 0);
  EXPECT_EQ(nowhere.kind, "pick");
  EXPECT_EQ(at(0, 0, 11).store_name, "西湖店");
}

TEST(Assign, TheDirectModeWantsWhoIsOnDutyAndHasRoom) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(3);
  spec.mode = CodeMode::direct;
  spec.members[0].schedule.week = {{{}, {"09:00-18:00"}}};
  spec.members[1].daily_cap = 1;
  spec.backup = {{{EntryWorld::of(4)}}};
  const auto code = w.make(spec);
  const auto users = [&] {
    EXPECT_TRUE(keep_code_time(w.db()));
    return w.read([&](Tx& tx) { return tx.one<std::string>("SELECT users FROM entry_way WHERE code_id = $1", code.id); }).value();
  };
  EXPECT_EQ(users(), "user1,user2,user3");
  EXPECT_EQ(w.scan(code.id)->kind, "code");
  const auto who = w.person(1);
  const auto state = w.state_of(code.id, 0);
  const auto came = w.write([&](Tx& tx) { return arrive(tx, {.person = who, .staff = {2}, .state = state, .welcome_code = {}, .at = tx.now()}); });
  ASSERT_TRUE(came) << came.error().code << " " << came.error().detail;
  EXPECT_EQ(w.number("SELECT want_ver FROM entry_way"), 1) << "asked again, the same is wanted";
  w.pass(9 * kHour);
  EXPECT_EQ(users(), "user3");
  EXPECT_EQ(w.number("SELECT want_ver FROM entry_way"), 2);
}

TEST(Pick, RandomFollowsTheWeights) {
  Rng rng(7);
  std::map<std::int64_t, int> first;
  for (int i = 0; i < 4000; ++i) ++first[static_cast<std::int64_t>(order_of(AssignRule::random, {{0, {1}, 1}, {1, {2}, 3}}, {}, rng).front())];
  EXPECT_NEAR(first[1], 3000, 150);
}

TEST(Pick, KilometresAreThoseOfTheMap) {
  EXPECT_NEAR(km_between({30.25, 120.15}, {31.23, 121.47}), 166.8, 1.5);  // Hangzhou to Shanghai
  EXPECT_NEAR(km_between({0, 179.5}, {0, -179.5}), 111.2, 0.2);
}

RC_GTEST_PROP(Pick, EveryRuleAsksEverybodyOnce, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 30);
  std::vector<Choice> choices;
  for (std::size_t i = 0; i < n; ++i)
    choices.push_back({i, {static_cast<std::int64_t>(i)}, *rc::gen::inRange<std::int64_t>(1, 10), *rc::gen::inRange<std::int64_t>(0, 10)});
  Rng rng(*rc::gen::arbitrary<std::uint64_t>());
  const auto rule = static_cast<AssignRule>(*rc::gen::inRange(0, 5));
  auto order = order_of(rule, choices, *rc::gen::inRange<std::size_t>(0, n), rng);
  std::ranges::sort(order);
  for (std::size_t i = 0; i < n; ++i) RC_ASSERT(order[i] == i);
}

}  // namespace
}  // namespace koi::entry
