// What goes wrong with live codes in shops, one test a story.
#include <gtest/gtest.h>

#include "entry/tests/entry_world.h"

namespace koi::entry {
namespace {

using namespace testing;
using koi::testing::outcome;

std::int64_t adds_of(EntryWorld& w, CodeId code) {
  w.drain();
  return w.number("SELECT CAST(COALESCE(SUM(adds), 0) AS BIGINT) FROM entry_code_day WHERE code_id = " + std::to_string(code.v));
}

TEST(CodeEdges, TwoScansForTheLastSlotGiveOneGuideAndOneFallback) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].daily_cap = 1;
  const auto code = w.make(spec);
  EXPECT_EQ(w.whom(code.id, {"a", "b"}), "1 text");
  EXPECT_EQ(w.who(code.id, "a"), "1") << "who has the slot keeps it";
}

TEST(CodeEdges, ADailyCapEndsAtMidnightInTheMerchantsZone) {
  struct { const char* zone; const char* before; const char* after; } const rows[] = {
      {"Asia/Shanghai", "2026-11-23T15:59:59.999Z", "2026-11-23T16:00:00Z"},
      {"Asia/Urumqi", "2026-11-23T17:59:59.999Z", "2026-11-23T18:00:00Z"},   // a zone without a change of hours
      {"Europe/Paris", "2026-10-25T22:59:59.999Z", "2026-10-25T23:00:00Z"},  // this day has 25 hours
  };
  for (const auto& row : rows) {
    EntryWorld w;
    ASSERT_TRUE(w.write([&](Tx& tx) { return store::set_setting(tx, "merchant.zone", row.zone); }));
    auto spec = EntryWorld::spec_of(1);
    spec.members[0].daily_cap = 1;
    w.set_now_ms(to_ms(*parse_rfc3339(row.before)) - 2000);
    const auto code = w.make(spec);
    const auto friend_ = w.person(1);
    EXPECT_EQ(w.who(code.id, "a"), "1");
    ASSERT_EQ(outcome(w.come(code.id, friend_, 1)), "ok");
    w.set_now_ms(to_ms(*parse_rfc3339(row.before)));
    EXPECT_EQ(w.who(code.id, "b"), "text") << row.zone << ": the last millisecond of the day";
    w.set_now_ms(to_ms(*parse_rfc3339(row.after)));
    EXPECT_EQ(w.who(code.id, "c"), "1") << row.zone << ": a new day";
  }
}

TEST(CodeEdges, AFriendWhoseSlotWasTakenBeforeMidnightCountsForThatDay) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].daily_cap = 1;
  w.set_now_ms(to_ms(*parse_rfc3339("2026-11-23T15:59:59Z")));
  const auto code = w.make(spec);
  EXPECT_EQ(w.who(code.id, "a"), "1");
  w.pass(2 * kMinute);  // tomorrow
  const auto came = w.come(code.id, w.person(1), 1);
  ASSERT_EQ(outcome(came), "ok");
  EXPECT_FALSE(came->over_cap);
  EXPECT_EQ(w.who(code.id, "b"), "1") << "yesterday's hold was used, today's slot is free";
  EXPECT_EQ(w.who(code.id, "c"), "text");
}

TEST(CodeEdges, WhenEverybodyAndTheBackupIsCappedTheFallbackAnswersAndSomebodyIsTold) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(2);
  spec.members[0].daily_cap = spec.members[1].daily_cap = 1;
  spec.backup = {{{EntryWorld::of(3)}}};
  spec.backup[0].members[0].daily_cap = 1;
  spec.fallback.text = "请留下电话";
  const auto code = w.make(spec);
  std::string met;
  for (int i = 0; i < 5; ++i) met += w.who(code.id) + " ";
  EXPECT_EQ(met, "1 2 3 text text ");
  const auto alarms = w.read([](Tx& tx) { return list_alarms(tx, EntryWorld::all(), true, {}, 10); });
  ASSERT_EQ(outcome(alarms), "ok");
  ASSERT_EQ(alarms->size(), 1u) << "one alarm, however many came";
  EXPECT_EQ(alarms->front().kind, "nobody_on_duty");
  EXPECT_EQ(alarms->front().times, 2);
  EXPECT_EQ(alarms->front().detail, "成员;2 人已达上限;后备 1 级;1 人已达上限");
}

TEST(CodeEdges, AGapInTheScheduleIsAdvisedAndTheBackupAnswersInIt) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].schedule.week = {{{1, 2, 3, 4, 5}, {"09:00-12:00", "13:00-18:00"}}};
  spec.backup = {{{EntryWorld::of(2)}}};
  const auto made = w.create(spec);
  ASSERT_EQ(outcome(made), "ok");
  ASSERT_EQ(made->advice.size(), 1u);
  EXPECT_EQ(made->advice[0].code + " " + made->advice[0].pointer, "entry.gap /members");
  EXPECT_EQ(made->advice[0].said.en, "nobody is on duty for 128 hours a week, first Mon 00:00 to Mon 09:00; the backup answers then");
  w.platform();
  EXPECT_EQ(w.who(made->code.id), "1");
  w.pass(2 * kHour);  // 12:00
  EXPECT_EQ(w.who(made->code.id), "2") << "lunch";
  w.pass(kHour);
  EXPECT_EQ(w.who(made->code.id), "1");
  w.pass(5 * kHour);
  EXPECT_EQ(w.who(made->code.id), "2") << "18:00 is after work";
}

TEST(CodeEdges, StaffWhoLeaveBetweenScanAndFriendStillGetTheFriendAndNobodyNew) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(2);
  spec.members[0].daily_cap = 5;
  const auto code = w.make(spec);
  EXPECT_EQ(w.who(code.id, "a"), "1");
  auto& staff = Staff::all();
  staff.guides[{1}].active = false;
  ++staff.edits;
  w.pass(kMinute);
  const auto came = w.come(code.id, w.person(1), 1);
  ASSERT_EQ(outcome(came), "ok");
  EXPECT_TRUE(came->counted);
  EXPECT_EQ(adds_of(w, code.id), 1);
  EXPECT_EQ(w.who(code.id, "a"), "2") << "the guide of the hold is gone";
  EXPECT_EQ(w.who(code.id, "b"), "2");
  ASSERT_EQ(outcome(keep_code_time(w.db())), "ok");
  const auto alarms = w.read([](Tx& tx) { return list_alarms(tx, EntryWorld::all(), true, {}, 10); }).value();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].kind + " " + std::to_string(alarms[0].staff->v), "guide_inactive 1");
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return close_alarm(tx, EntryWorld::all(), alarms[0].id); })), "ok");
  w.pass(kHour);
  ASSERT_EQ(outcome(keep_code_time(w.db())), "ok");
  EXPECT_TRUE(w.read([](Tx& tx) { return list_alarms(tx, EntryWorld::all(), true, {}, 10); })->empty()) << "somebody has seen it";
}

TEST(CodeEdges, WhenAllStaffHaveLeftTheFallbackAnswers) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(2));
  for (auto& [id, guide] : Staff::all().guides) guide.active = false;
  ++Staff::all().edits;
  w.pass(kMinute);
  EXPECT_EQ(w.who(code.id), "text");
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, {}, EntryWorld::spec_of(2)}); })), "entry.all_left");
}

TEST(CodeEdges, ACallbackThatComesTwiceCountsOnce) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].daily_cap = 3;
  const auto code = w.make(spec);
  w.who(code.id, "a");
  const auto friend_ = w.person(1);
  const auto first = w.come(code.id, friend_, 1), again = w.come(code.id, friend_, 1);
  ASSERT_EQ(outcome(first) + outcome(again), "okok");
  EXPECT_TRUE(first->counted && first->first);
  EXPECT_FALSE(again->counted || again->first);
  EXPECT_EQ(adds_of(w, code.id), 1);
  EXPECT_EQ(w.count("entry_arrival"), 1);
}

TEST(CodeEdges, CallbacksOutOfOrderEndAsTheyShould) {
  // The word of the whole friendship before that of the half, and the parting before either.
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  const auto friend_ = w.person(1), gone = w.person(2);
  ASSERT_EQ(outcome(w.come(code.id, friend_, 1, false, 5000)), "ok");
  ASSERT_EQ(outcome(w.come(code.id, friend_, 1, true)), "ok");
  w.drain();
  EXPECT_EQ(w.number("SELECT CAST(SUM(adds) AS BIGINT) FROM entry_code_day"), 1);
  EXPECT_EQ(w.number("SELECT CAST(SUM(accepted) AS BIGINT) FROM entry_code_day"), 1);
  const auto left_at = w.clock().now() + Millis{kHour};
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return depart(tx, {.person = gone, .staff = {1}, .by_customer = true, .at = left_at}); })), "ok");
  ASSERT_EQ(outcome(w.come(code.id, gone, 1)), "ok");
  w.drain();
  EXPECT_EQ(w.number("SELECT CAST(SUM(lost) AS BIGINT) FROM entry_code_day"), 1) << "told late, gone all the same";
}

TEST(CodeEdges, AfterTheTwentySecondsOfTheWelcomeAFriendStillCounts) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.welcome.text = "您好,我是{guide}";
  const auto code = w.make(spec);
  w.who(code.id, "a");
  const auto state = w.state_of(code.id, 1);
  const auto late = w.person(1);
  const auto said = w.read([&](Tx& tx) { return welcome_for(tx, state, {1}, tx.now()); });
  ASSERT_EQ(outcome(said), "ok");
  EXPECT_EQ((*said)->text, "您好,我是导购1");
  w.pass(25'000);
  const auto came = w.write([&](Tx& tx) {
    return arrive(tx, {.person = late, .staff = {1}, .state = state, .welcome_code = "late", .at = tx.now() - Millis{25'000}, .welcome_sent = false});
  });
  ASSERT_EQ(outcome(came), "ok");
  EXPECT_TRUE(came->counted);
}

TEST(CodeEdges, ACustomerWhoAddsTwoGuidesOfOneCodeIsOneNewPersonAndTwoFriends) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(2);
  for (auto& m : spec.members) m.lifetime_cap = 1;
  const auto code = w.make(spec);
  const auto friend_ = w.person(1);
  EXPECT_EQ(w.whom(code.id, {"a", "b"}), "1 2");
  const auto one = w.come(code.id, friend_, 1), two = w.come(code.id, friend_, 2);
  ASSERT_EQ(outcome(one) + outcome(two), "okok");
  EXPECT_TRUE(one->first && one->counted);
  EXPECT_FALSE(two->first);
  EXPECT_TRUE(two->counted);
  EXPECT_EQ(adds_of(w, code.id), 2);
  EXPECT_EQ(w.who(code.id, "c"), "text") << "each took a slot of their own guide";
  EXPECT_EQ(w.number("SELECT owner_staff_id FROM person WHERE id = " + std::to_string(friend_.v)), 1) << "the first stays the owner";
}

TEST(CodeEdges, FriendsFromAnOldPosterStillCountAfterTheCodeWasEdited) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(2));
  EXPECT_EQ(w.who(code.id, "a"), "1");
  const auto state = w.state_of(code.id, 1);
  auto other = EntryWorld::spec_of(0);
  other.members = {EntryWorld::of(3)};
  other.tags = {"新版海报"};
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, code.ver, other}); })), "ok");
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, code.ver, other}); })), "http.stale");
  w.platform();
  EXPECT_EQ(w.who(code.id, "b"), "3");
  EXPECT_EQ(w.who(code.id, "a"), "3") << "the shown guide is no member any more";
  const auto friend_ = w.person(1);
  const auto came = w.write([&](Tx& tx) { return arrive(tx, {.person = friend_, .staff = {1}, .state = state, .welcome_code = {}, .at = tx.now()}); });
  ASSERT_EQ(outcome(came), "ok");
  EXPECT_EQ(came->code.v, code.id.v);
  EXPECT_TRUE(came->counted);
  EXPECT_EQ(came->tags, std::vector<std::string>{"新版海报"});
}

TEST(CodeEdges, AWayTakenDownInThePlatformsConsoleIsMadeAgain) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  const auto config = "cfg-" + w.state_of(code.id, 1);
  EXPECT_EQ(w.who(code.id, "a"), "1");
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return way_lost(tx, config); })), "ok");
  EXPECT_EQ(w.who(code.id, "a"), "text") << "a code that leads nowhere is not shown";
  EXPECT_EQ(w.platform(), 1);
  EXPECT_EQ(w.who(code.id, "b"), "1");
}

TEST(CodeEdges, AStateOfSomebodyElseIsAFriendWithoutACode) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  const auto friend_ = w.person(7);
  for (const auto& state : {std::string("c-not-ours"), std::string(31, 'x'), std::string(4000, 'x'), std::string(), std::string("c'; DROP TABLE entry_way; --")}) {
    const auto came = w.write([&](Tx& tx) { return arrive(tx, {.person = friend_, .staff = {1}, .state = state, .welcome_code = {}, .at = tx.now()}); });
    ASSERT_EQ(outcome(came), "ok") << state.size();
    EXPECT_FALSE(came->code || came->counted);
  }
  EXPECT_EQ(w.count("entry_arrival"), 0);
  EXPECT_LE(w.state_of(code.id, 1).size(), 30u);
}

TEST(CodeEdges, APausedOrDeletedCodeStillAnswersWithItsFallback) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.fallback.group_url = "https://group.example/a";
  const auto code = w.make(spec);
  for (const auto state : {CodeState::paused, CodeState::deleted}) {
    ASSERT_EQ(outcome(w.write([&](Tx& tx) { return set_code_state(tx, EntryWorld::all(), code.id, state); })), "ok");
    EXPECT_EQ(w.who(code.id), "group");
  }
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return set_code_state(tx, EntryWorld::all(), code.id, CodeState::active); })), "entry.deleted");
}

TEST(CodeEdges, AHoldNobodyUsedComesBackWhenSomebodyElseWaits) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].lifetime_cap = 1;
  const auto code = w.make(spec);
  EXPECT_EQ(w.who(code.id, "a"), "1");
  w.pass(29 * kMinute);
  EXPECT_EQ(w.who(code.id, "b"), "text");
  w.pass(kMinute);
  EXPECT_EQ(w.who(code.id, "b"), "1") << "without anybody tidying up";
  // Whoever comes late all the same is a friend; the cap says so.
  const auto late = w.come(code.id, w.person(1), 1);
  ASSERT_EQ(outcome(late), "ok");
  EXPECT_FALSE(late->over_cap) << "b's slot";
  const auto too_late = w.come(code.id, w.person(2), 1);
  ASSERT_EQ(outcome(too_late), "ok");
  EXPECT_TRUE(too_late->over_cap);
}

TEST(CodeEdges, ALoweredCapTakesNothingThatIsInUseAndComesDownAsThatComesBack) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].daily_cap = 5;
  const auto code = w.make(spec);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(w.who(code.id), "1");
  spec.members[0].daily_cap = 2;
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, {}, spec}); })), "ok");
  EXPECT_EQ(w.who(code.id), "text");
  w.pass(31 * kMinute);
  w.expire();
  EXPECT_EQ(w.whom(code.id, {"", "", ""}), "1 1 text") << "two, not five";
  spec.members[0].daily_cap = 3;
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, {}, spec}); })), "ok");
  EXPECT_EQ(w.whom(code.id, {"", ""}), "1 text");
}

TEST(CodeEdges, ScansWithoutAFriendRaiseAnAlarmThatAFriendEnds) {
  EntryWorld w;
  auto spec = EntryWorld::spec_of(1);
  spec.alarm_after_scans = 3;
  const auto code = w.make(spec);
  const auto open = [&] { return w.read([](Tx& tx) { return list_alarms(tx, EntryWorld::all(), true, {}, 10); })->size(); };
  w.who(code.id);
  w.who(code.id);
  EXPECT_EQ(open(), 0u);
  w.who(code.id);
  EXPECT_EQ(open(), 1u);
  ASSERT_EQ(outcome(w.come(code.id, w.person(1), 1)), "ok");
  EXPECT_EQ(open(), 0u);
}

TEST(CodeEdges, AGuideWhoIsShownAndNeverAddedWhileOthersAreIsAlarmedAbout) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(2));
  for (int i = 0; i < 60; ++i) {
    const auto met = w.who(code.id);
    if (met == "2") { ASSERT_EQ(outcome(w.come(code.id, w.person(100 + i), 2)), "ok"); }
  }
  const auto alarms = w.read([](Tx& tx) { return list_alarms(tx, EntryWorld::all(), true, {}, 10); }).value();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].kind + " " + std::to_string(alarms[0].staff->v), "guide_abnormal 1");
}

}  // namespace
}  // namespace koi::entry
