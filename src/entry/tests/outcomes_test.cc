// What became of those who came: the fold over their deeds, in any order.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "entry/outcomes.h"
#include "entry/tests/entry_world.h"

namespace koi::entry {
namespace {

using namespace testing;
using koi::testing::outcome;

TEST(Outcomes, AFunnelTellsWhatFollowed) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  const auto a = w.person(1), b = w.person(2);
  w.whom(code.id, {"va", "vb", "vc", "va"});
  ASSERT_EQ(outcome(w.come(code.id, a, 1, true)), "ok");
  ASSERT_EQ(outcome(w.come(code.id, a, 1, false, 1000)), "ok");
  ASSERT_EQ(outcome(w.come(code.id, b, 1, true)), "ok");
  w.tell("message_received_from_customer", a, "{}", 0, kHour);
  w.tell("group_joined", a, "{}", 0, kHour);
  w.tell("order_paid", a, "{}", 300, 2 * kHour);
  w.tell("order_paid", a, "{}", 200, 3 * kHour);
  w.tell("refund_done", a, "{}", 50, 4 * kHour);
  const auto later = w.clock().now() + Millis{kHour};
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return depart(tx, {.person = b, .staff = {1}, .by_customer = true, .at = later}); })), "ok");
  w.drain();
  // scans visitors adds accepted replied grouped ordered repeated lost fen
  EXPECT_EQ(w.funnel(code.id), "4 3 2 1 1 1 1 1 1 450");
}

TEST(Outcomes, AnOrderBeforeTheFriendshipIsNotTheCodes) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  const auto a = w.person(1);
  w.tell("order_paid", a, "{}", 900);
  w.pass(kMinute);
  ASSERT_EQ(outcome(w.come(code.id, a, 1)), "ok");
  w.drain();
  EXPECT_EQ(w.funnel(code.id), "0 0 1 1 0 0 0 0 0 0");
}

TEST(Outcomes, ComingBackIsNoLossAndNoSecondFriend) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  const auto a = w.person(1);
  ASSERT_EQ(outcome(w.come(code.id, a, 1)), "ok");
  const auto left = w.clock().now() + Millis{kMinute};
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return depart(tx, {.person = a, .staff = {1}, .by_customer = true, .at = left}); })), "ok");
  w.drain();
  EXPECT_EQ(w.funnel(code.id), "0 0 1 1 0 0 0 0 1 0");
  ASSERT_EQ(outcome(w.come(code.id, a, 1, false, kHour)), "ok");
  w.drain();
  EXPECT_EQ(w.funnel(code.id), "0 0 1 1 0 0 0 0 0 0");
}

TEST(Outcomes, AFriendHandedOverIsNotLost) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(2));
  const auto a = w.person(1);
  ASSERT_EQ(outcome(w.come(code.id, a, 1)), "ok");
  const auto later = w.clock().now() + Millis{kMinute};
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return depart(tx, {.person = a, .staff = {1}, .by_customer = false, .reason = "DELETE_BY_TRANSFER", .at = later}); })), "ok");
  w.tell("order_paid", a, "{}", 100, kHour);
  w.drain();
  EXPECT_EQ(w.funnel(code.id), "0 0 1 1 0 0 1 0 0 100");
}

TEST(Outcomes, TwoWhoTurnOutToBeOneAreOneFriendAndTwoAgainWhenCutApart) {
  EntryWorld w;
  const auto code = w.make(EntryWorld::spec_of(1));
  const auto a = w.person(1), b = w.person(2);
  ASSERT_EQ(outcome(w.come(code.id, a, 1)), "ok");
  ASSERT_EQ(outcome(w.come(code.id, b, 1)), "ok");
  w.tell("order_paid", b, "{}", 100, kMinute);
  w.drain();
  EXPECT_EQ(w.funnel(code.id), "0 0 2 2 0 0 1 0 0 100");
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return people::merge(tx, {.into = a, .from = b, .evidence = "test", .by_user = 1}); })), "ok");
  w.drain();
  EXPECT_EQ(w.funnel(code.id), "0 0 1 1 0 0 1 0 0 100");
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return people::unmerge(tx, b, "test", 1); })), "ok");
  w.drain();
  EXPECT_EQ(w.funnel(code.id), "0 0 2 2 0 0 1 0 0 100");
}

/// Something one person did, as a test draws it.
struct Step { int kind = 0, staff = 1; std::int64_t minute = 0, fen = 0; };
std::ostream& operator<<(std::ostream& out, const Step& s) { return out << s.kind << "/" << s.staff << "@" << s.minute << ":" << s.fen; }
rc::Gen<Step> any_step() {
  return rc::gen::construct<Step>(rc::gen::inRange(0, 7), rc::gen::inRange(1, 3), rc::gen::inRange<std::int64_t>(0, 60), rc::gen::inRange<std::int64_t>(1, 500));
}

/// Tells the steps in the given order to a fresh store and says what the sums are then.
std::string told(const CodeSpec& spec, const std::vector<Step>& steps, bool often) {
  EntryWorld w;
  const auto code = w.make(spec);
  const auto who = w.person(1);
  const auto begin = w.clock().now();
  w.pass(2 * kHour);  // all of it lies behind
  for (const auto& s : steps) {
    const auto at = begin + Millis{s.minute * kMinute};
    const auto later = s.minute * kMinute - 2 * kHour;
    const auto tell = [&](std::string_view kind) { w.tell(kind, who, "{}", s.fen, later); };
    switch (s.kind) {
      case 0: EXPECT_EQ(outcome(w.come(code.id, who, s.staff, true, later)), "ok"); break;
      case 1: EXPECT_EQ(outcome(w.come(code.id, who, s.staff, false, later)), "ok"); break;
      case 2: EXPECT_EQ(outcome(w.write([&](Tx& tx) { return depart(tx, {.person = who, .staff = {s.staff}, .by_customer = true, .at = at}); })), "ok"); break;
      case 3: tell("message_received_from_customer"); break;
      case 4: tell("group_joined"); break;
      case 5: tell("order_paid"); break;
      default: tell("refund_done"); break;
    }
    if (often) w.drain();
  }
  w.drain();
  return w.funnel(code.id);
}

TEST(Outcomes, DoNotDependOnTheOrderInWhichTheyAreTold) {
  const auto spec = EntryWorld::spec_of(2);
  const int seeds = koi::testing::long_run() ? 200 : 10;
  for (int seed = 1; seed <= seeds; ++seed) {
    std::mt19937_64 dice(static_cast<std::uint64_t>(seed));
    const auto below = [&](std::uint64_t n) { return static_cast<std::int64_t>(dice() % n); };
    std::vector<Step> steps;
    // Words about one friendship at one instant contradict each other; each of ours has its own.
    for (std::int64_t i = 0; i < 3 + seed % 10; ++i) steps.push_back({static_cast<int>(below(7)), static_cast<int>(1 + below(2)), below(5) * 16 + i, 1 + below(500)});
    std::ostringstream what;
    for (const auto& s : steps) what << s << " ";
    const auto straight = told(spec, steps, false);
    std::ranges::shuffle(steps, dice);
    EXPECT_EQ(told(spec, steps, false), straight) << "seed " << seed << ": " << what.str();
    // What the platform says it says twice, and turns come in between; money is told once, by its order.
    const auto once = steps.size();
    for (std::size_t i = 0; i < once; ++i)
      if (steps[i].kind <= 4) steps.push_back(steps[i]);
    EXPECT_EQ(told(spec, steps, true), straight) << "seed " << seed << ": " << what.str();
  }
}

TEST(Outcomes, ARequestRepeatedLaterDoesNotMoveTheFirst) {
  // Found by the one above: the parting lies between two requests, told the later one first.
  const std::vector<Step> steps = {{2, 1, 12, 1}, {0, 1, 15, 1}, {0, 1, 1, 1}};
  EXPECT_EQ(told(EntryWorld::spec_of(1), steps, false), "0 0 1 0 0 0 0 0 1 0");
}

RC_GTEST_PROP(Outcomes, AreTheSameOneByOneAndAllAtOnce, ()) {
  const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
  std::vector<Outcome> arrivals;
  for (std::int64_t staff = 1; staff <= 2; ++staff) {
    Outcome o;
    o.arrival = staff;
    o.code = CodeId{9};
    o.staff = StaffId{staff};
    arrivals.push_back(o);
  }
  std::vector<Deed> deeds;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    static constexpr DeedKind kKinds[] = {DeedKind::requested, DeedKind::added, DeedKind::deleted, DeedKind::replied, DeedKind::grouped, DeedKind::ordered, DeedKind::refunded};
    const auto& s = steps[i];
    deeds.push_back({kKinds[s.kind], from_ms(s.minute), static_cast<events::Seq>(i + 1), CodeId{9}, StaffId{s.staff}, s.fen});
  }
  const auto whole = fold_deeds(arrivals, deeds);
  std::ranges::reverse(deeds);
  RC_ASSERT(fold_deeds(arrivals, deeds) == whole);
  // Friendships first, then the rest one by one, as turns on the log see them.
  std::vector<Deed> ties, rest;
  for (const auto& d : deeds) (d.kind <= DeedKind::transferred ? ties : rest).push_back(d);
  auto grown = fold_deeds(arrivals, ties);
  for (const auto& d : rest) take_deed(grown, d);
  RC_ASSERT(grown == whole);
}

}  // namespace
}  // namespace koi::entry
