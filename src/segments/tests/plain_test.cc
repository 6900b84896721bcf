// The golden cases of model.md §11.4, on the oracle and on both evaluators. Each row is a rule, a history and what must come out.
#include <gtest/gtest.h>

#include "segments/check.h"
#include "segments/explain.h"
#include "segments/tests/crowd.h"
#include "segments/tests/random_rules.h"
#include "segments/text.h"

namespace koi::segments::plain {
namespace golden {

const Instant kNow = *parse_rfc3339("2026-03-31T16:30:00.000Z");  // 1 April 00:30 in Shanghai, 31 March 12:30 in New York
constexpr Millis kDay = std::chrono::days(1), kHour = std::chrono::hours(1);

Event paid(Instant at, std::int64_t fen = 10'000, boost::json::object props = {}) {
  return {.kind = "order_paid", .at = at, .amount_fen = fen, .props = std::move(props)};
}
Event did(std::string kind, Instant at, boost::json::object props = {}) { return {.kind = std::move(kind), .at = at, .props = std::move(props)}; }
/// In the order given: positions are their places.
History with(std::vector<Event> events) {
  History h;
  h.events = std::move(events);
  for (std::size_t i = 0; i < h.events.size(); ++i) h.events[i].position = static_cast<std::int64_t>(i);
  return h;
}
boost::json::object touched(const char* code) { return {{"touch", {{"code_id", code}}}}; }
boost::json::object order(const char* id) { return {{"order_id", id}}; }

struct Row {
  const char* rule;
  History history;
  bool want;
  Instant now = kNow;
};
void judge(std::initializer_list<Row> rows) {
  int n = 0;
  for (const auto& row : rows) {
    const auto parsed = parse_rule(row.rule);
    ASSERT_TRUE(parsed) << row.rule << "\n" << parsed.error().detail;
    EXPECT_EQ(matches(parsed->rule, row.history, row.now), row.want) << "row " << n << ": " << row.rule;
    Crowd alone({row.history}, static_cast<std::uint64_t>(n));
    const segments::Moment m{row.now, alone.zone()};
    Deeds deeds(alone.record());
    deeds.read(alone.root(0));
    EXPECT_EQ(segments::judge(parsed->rule, HistoryFacts(alone.people()[0], row.now), deeds, m), row.want) << "judged, row " << n << ": " << row.rule;
    HistoryTable facts(alone, true);
    const auto all = people_of(parsed->rule, alone.record(), facts, m);
    ASSERT_TRUE(all);
    EXPECT_EQ(all->has(alone.root(0)), row.want) << "everybody, row " << n << ": " << row.rule;
    ++n;
  }
}

}  // namespace golden
using namespace golden;

TEST(Golden, RollingWindowsAreOpenAtTheStartAndClosedAtNow) {
  judge({{"did(order_paid within last 30d)", with({paid(kNow - 30 * kDay)}), false},
         {"did(order_paid within last 30d)", with({paid(kNow - 30 * kDay + Millis(1))}), true},
         {"did(order_paid within last 30d)", with({paid(kNow)}), true},
         {"did(order_paid within last 1mo)", with({paid(kNow - 30 * kDay + Millis(1))}), true},
         {"did(order_paid between 60d and 30d ago)", with({paid(kNow - 60 * kDay)}), false},
         {"did(order_paid between 60d and 30d ago)", with({paid(kNow - 30 * kDay)}), true},
         {"did(order_paid between 2026-03-01 and 2026-03-31)", with({paid(*parse_rfc3339("2026-02-28T16:00:00.000Z"))}), true},
         {"did(order_paid between 2026-03-01 and 2026-03-31)", with({paid(*parse_rfc3339("2026-03-30T16:00:00.000Z"))}), false}});
}

TEST(Golden, FutureEventsAreInvisibleUntilTheirTime) {
  judge({{"did(order_paid)", with({paid(kNow + Millis(1))}), false},
         {"did(order_paid)", with({paid(kNow + Millis(1))}), true, kNow + Millis(1)},
         {"count(order_paid) = 0", with({paid(kNow + kDay)}), true}});
}

TEST(Golden, TiesAndRepeats) {
  auto repeated = with({paid(kNow - kDay), paid(kNow - kDay)});
  for (auto& event : repeated.events) event.id = "e1";
  auto other_source = repeated;
  other_source.events[1].source = "shop";
  auto nodes = with({paid(kNow, 1, order("late")), paid(kNow, 1, order("early"))});
  nodes.events[0].node = 2;
  nodes.events[1].node = 1;
  judge({{"count(order_paid) = 2", with({paid(kNow - kDay), paid(kNow - kDay)}), true},  // two in one millisecond
         {"count(order_paid) = 1", repeated, true},
         {"count(order_paid) = 2", other_source, true},
         {R"(last(order_paid.order_id) = "late")", nodes, true},  // (at, node, position)
         {R"(most_frequent(order_paid.order_id) = "late")", nodes, true},
         {"seq(order_paid -> refund_done within 1h)", with({paid(kNow), did("refund_done", kNow)}), true},
         {"seq(order_paid -> refund_done within 1h)", with({did("refund_done", kNow), paid(kNow)}), false}});
}

TEST(Golden, LateEventsCountAsOfTheirTime) {
  const auto late = with({paid(kNow - kDay), paid(kNow - 3 * kDay)});  // the second arrived last and happened first
  judge({{"count(order_paid within last 7d) >= 2", late, true},
         {"not did(order_paid within last 7d)", late, false},
         {"tenure(order_paid) = 3d", late, true},
         {"recency(order_paid) = 1d", late, true}});
}

TEST(Golden, RefundTakesTheOrderBack) {
  const char* rule = "did(order_paid within last 30d without refund_done within 14d after, same order_id)";
  const auto kept = with({paid(kNow - 20 * kDay, 100, order("o1"))});
  const auto refunded = with({paid(kNow - 20 * kDay, 100, order("o1")), did("refund_done", kNow - 10 * kDay, order("o1"))});
  const auto of_another = with({paid(kNow - 20 * kDay, 100, order("o1")), did("refund_done", kNow - 10 * kDay, order("o2"))});
  judge({{rule, kept, true}, {rule, refunded, false}, {rule, of_another, true}});
}

TEST(Golden, LosesTheOldest) {
  const auto two = with({paid(kNow - 30 * kDay + Millis(1)), paid(kNow - kDay)});
  judge({{"count(order_paid within last 30d) >= 2", two, true}, {"count(order_paid within last 30d) >= 2", two, false, kNow + Millis(1)}});
}

TEST(Golden, AbsenceWaitsForItsTime) {
  const char* rule = "did(cart_added without order_paid within 24h after)";
  const auto alone = with({did("cart_added", kNow - 24 * kHour)});
  const auto answered = with({did("cart_added", kNow - 48 * kHour), paid(kNow - 24 * kHour)});
  const auto too_late = with({did("cart_added", kNow - 48 * kHour), paid(kNow - 24 * kHour + Millis(1))});
  judge({{rule, alone, true},
         {rule, alone, false, kNow - Millis(1)},
         {rule, answered, false},
         {rule, too_late, true},
         {rule, with({}), false},
         {"no order_paid for 7d", with({}), true},
         {"no order_paid for 7d", with({paid(kNow - 7 * kDay)}), true},
         {"no order_paid for 7d", with({paid(kNow - 7 * kDay + Millis(1))}), false},
         {"no event for 7d", with({did("page_viewed", kNow)}), false}});
}

TEST(Golden, Sequences) {
  const char* ordered = "seq(code_scanned -> friend_added within 1h -> order_paid within 7d) within last 90d";
  const char* strict = "seq strict (code_scanned -> friend_added -> order_paid)";
  const auto noisy = with({did("code_scanned", kNow - 5 * kDay), did("page_viewed", kNow - 5 * kDay + Millis(5)),
                           did("friend_added", kNow - 5 * kDay + kHour), paid(kNow)});
  const auto slow = with({did("code_scanned", kNow - 5 * kDay), did("friend_added", kNow - 5 * kDay + kHour + Millis(1)), paid(kNow)});
  const auto second_chance = with({did("code_scanned", kNow - 9 * kDay), did("code_scanned", kNow - 5 * kDay), did("friend_added", kNow - 5 * kDay + kHour), paid(kNow)});
  const auto clean = with({did("code_scanned", kNow - 3 * kHour), did("friend_added", kNow - 2 * kHour), paid(kNow)});
  judge({{ordered, noisy, true},
         {ordered, slow, false},
         {ordered, second_chance, true},
         {strict, clean, true},
         {strict, noisy, false},
         {"seq(friend_added -> code_scanned)", clean, false},
         {"seq any (friend_added, code_scanned)", clean, true},
         {"seq any (order_paid, order_paid)", clean, false},
         {"seq(code_scanned -> order_paid not friend_added between)", clean, false},
         {"seq(code_scanned -> order_paid not refund_done between)", clean, true},
         {"seq(order_paid 2 times within 1d)", with({paid(kNow - kDay), paid(kNow)}), true},
         {"seq(order_paid 2 times within 1d)", with({paid(kNow - kDay - Millis(1)), paid(kNow)}), false},
         {"seq(code_scanned -> order_paid) since friend_added", clean, false}});
}

TEST(Golden, TheSamePropertyOnEveryStep) {
  const char* rule = "seq(code_scanned -> friend_added -> order_paid, same touch.code_id)";
  const auto made = [](const char* a, const char* b, const char* c) {
    return with({did("code_scanned", kNow - 3 * kHour, touched(a)), did("friend_added", kNow - 2 * kHour, touched(b)), paid(kNow, 1, touched(c))});
  };
  auto missing = made("c1", "c1", "c1");
  missing.events[1].props = {};
  judge({{rule, made("c1", "c1", "c1"), true}, {rule, made("c1", "c2", "c1"), false}, {rule, missing, false}});
}

TEST(Golden, MissingIsNeitherZeroNorEmpty) {
  History none, zero, empty;
  zero.attributes = {{"age", number(0), kNow - kDay}};
  empty.attributes = {{"city", std::string(), kNow - kDay}};
  judge({{R"(city = "上海")", none, false},
         {R"(city != "上海")", none, false},  // the negated operator is false too
         {R"(city not in ("上海"))", none, false},
         {R"(city not contains "上")", none, false},
         {"interests has none (\"tea\")", none, false},
         {R"(not city = "上海")", none, true},  // plain negation
         {"city is missing", none, true},
         {"city is missing", empty, false},
         {R"(city = "")", empty, true},
         {"length(city) = 0", empty, true},
         {"length(city) = 0", none, false},
         {"age = 0", zero, true},
         {"age is set", zero, true},
         {"age < 5", none, false},
         {"count(order_paid) = 0", none, true},
         {"avg(order_paid.amount) < 5元", none, false},
         {"avg(order_paid.amount) is missing", none, true},
         {"recency(order_paid) > 1d", none, false},
         {R"(did(order_paid where store_id != "S1"))", with({paid(kNow)}), false},
         {R"(did(order_paid where store_id != "S1"))", with({paid(kNow, 1, {{"store_id", nullptr}})}), false},
         {R"(did(order_paid where qty != 1))", with({paid(kNow, 1, {{"qty", "two"}})}), false}});
}

TEST(Golden, ElementsAreJudgedWhole) {
  const auto lines = [](boost::json::array of) { return with({paid(kNow, 1, {{"lines", std::move(of)}})}); };
  const boost::json::object tea2{{"sku_id", "tea"}, {"qty", 2}}, cake3{{"sku_id", "cake"}, {"qty", 3}};
  const char* rule = R"(did(order_paid where any lines where (sku_id = "tea" and qty >= 3)))";
  judge({{rule, lines({tea2, cake3}), false},  // not one line with the two
         {rule, lines({{{"sku_id", "tea"}, {"qty", 3}}}), true},
         {R"(did(order_paid where every lines where (qty >= 2)))", lines({tea2, cake3}), true},
         {R"(did(order_paid where every lines where (qty >= 3)))", lines({tea2, cake3}), false},
         {R"(did(order_paid where every lines where (qty >= 3)))", lines({}), true},
         {R"(did(order_paid where every lines where (qty >= 3)))", with({paid(kNow)}), false},
         {R"(did(order_paid where size(lines) = 2))", lines({tea2, cake3}), true}});
}

TEST(Golden, TagsExpireAndAnswerToTheirGroup) {
  History h;
  h.tags = {{"偏好/奶茶", kNow - kDay, kNow}, {"VIP", kNow - kDay}};
  judge({{"tags has any (\"偏好/奶茶\")", h, false},
         {"tags has any (\"偏好/奶茶\")", h, true, kNow - Millis(1)},
         {"tags has any (\"奶茶\")", h, true, kNow - Millis(1)},
         {"tags under \"偏好\"", h, true, kNow - Millis(1)},
         {"tags under \"偏好\"", h, false},
         {"tags has all (\"VIP\", \"奶茶\")", h, false},
         {"size(tags) = 1", h, true},
         {"tags has none (\"VIP\")", h, false},
         {"tags has none (\"VIP\")", History{}, true}});
}

TEST(Golden, PeopleMove) {
  History east, moved, h;
  east.facts = {{"staff.store", std::string("华东/上海/静安店")}};
  moved.facts = {{"staff.store", std::string("华东大区/上海/静安店")}};
  h.relations = {{"stf_1", "active", kNow - 10 * kDay}, {"stf_1", "transferred", kNow - kDay}, {"stf_2", "active", kNow - kDay}};
  h.groups = {{"茶友群", true, kNow - 5 * kDay}, {"茶友群", false, kNow - 3 * kDay}, {"茶友群", true, kNow}};
  judge({{R"(staff.store under "华东/上海")", east, true},
         {R"(staff.store under "华东")", moved, false},  // whole steps, not letters
         {R"(depth(staff.store) = 3)", east, true},
         {R"(friends has any ("stf_1"))", h, false},
         {R"(friends has any ("stf_1"))", h, true, kNow - 2 * kDay},
         {R"(size(friends) >= 2)", h, false},
         {R"(relation.state("stf_1") has any ("transferred"))", h, true},
         {R"(relation.days("stf_2") = 1)", h, true},
         {R"(relation.days = 8)", h, true, kNow - kDay - Millis(1)},
         {R"(groups has any ("茶友群"))", h, true},
         {R"(groups has any ("茶友群"))", h, false, kNow - Millis(1)}});
}

TEST(Golden, QuantileTiesAreIn) {
  History h;
  h.facts = {{"paid", number(500)}};
  h.everybody = {{"paid", {100'000'000, 500'000'000, 500'000'000, 900'000'000}}};
  auto low = h;
  low.facts["paid"] = number(100);
  judge({{"paid in top 25%", h, false}, {"paid in top 50%", h, true}, {"paid in top 30%", h, true},  // 1.2 people is two, and a tie
         {"paid in bottom 25%", low, true}, {"paid in bottom 50%", h, true}, {"zscore(paid) = 0", h, true}, {"zscore(paid) < -1", low, true}});
}

TEST(Golden, BucketsAreSteady) {
  EXPECT_EQ(bucket_of("spring", PersonId{1}), 857);
  EXPECT_EQ(bucket_of("spring", PersonId{2}), 97);
  int in = 0;
  for (std::int64_t person = 1; person <= 20'000; ++person) in += bucket_of("a", PersonId{person}) < 100;
  EXPECT_NEAR(in, 2000, 130);  // three deviations
}

TEST(Golden, CalendarMonthsInTwoZones) {
  const auto march = with({paid(*parse_rfc3339("2026-03-20T00:00:00.000Z"))});  // Shanghai is in April already
  auto new_york = march;
  new_york.zone = "America/New_York";
  judge({{"did(order_paid within this month)", march, false},
         {"did(order_paid within last month)", march, true},
         {"did(order_paid within this month)", new_york, true},
         {R"(did(order_paid within this month in "America/New_York"))", march, true},
         {"did(order_paid within today)", with({paid(*parse_rfc3339("2026-03-31T15:59:59.999Z"))}), false},
         {"did(order_paid within today)", with({paid(*parse_rfc3339("2026-03-31T16:00:00.000Z"))}), true}});
}

TEST(Golden, DatesAndAnniversaries) {
  const auto born = [](const char* day) {
    History h;
    h.attributes = {{"birthday", *parse_day(day), from_ms(0)}};
    return h;
  };
  const auto leap = born("2004-02-29");
  judge({{"birthday anniversary in next 7d", born("1990-04-01"), true},   // today, in Shanghai
         {"birthday anniversary in next 7d", born("1990-04-08"), true},
         {"birthday anniversary in next 7d", born("1990-04-09"), false},
         {"birthday anniversary in next 7d", born("1990-03-31"), false},
         {"birthday anniversary in next 1d", leap, true, *parse_rfc3339("2026-02-28T04:00:00Z")},
         {"birthday anniversary in next 1d", leap, true, *parse_rfc3339("2028-02-28T04:00:00Z")},
         {"birthday before 1990-04-01", born("1990-03-31"), true},
         {"birthday after 1990-04-01", born("1990-04-01"), false},
         {"birthday between 1990-01-01 and 1990-04-01", born("1990-04-01"), false},
         {"weekday(birthday) = 7", born("1990-04-01"), true}});
}

TEST(Golden, Aggregates) {
  const auto h = with({paid(kNow - 40 * kDay, 1000, order("a")), paid(kNow - 10 * kDay, 2000, order("b")), paid(kNow - 9 * kDay, 3000, order("b")), paid(kNow, 3001, order("c"))});
  judge({{"count_distinct(order_paid.order_id) = 3", h, true},
         {"sum(order_paid.amount within last 30d) = 80.01元", h, true},
         {"avg(order_paid.amount within last 30d) = 2667分", h, true},
         {"avg(order_paid.amount within last 30d) between 26元 and 27元", h, true},
         {"max(order_paid.amount) = 3001分", h, true},
         {"min(order_paid.amount) = 10元", h, true},
         {R"(first(order_paid.order_id) = "a")", h, true},
         {R"(most_frequent(order_paid.order_id) = "b")", h, true},
         {"interval(order_paid) = 9d", h, true},
         {"streak(order_paid) = 2", h, true},
         {"trend(order_paid within last 30d) = 3", h, true},
         {"trend(order_paid within last 7d) is missing", with({paid(kNow)}), true},
         {"trend(order_paid.amount within last 30d) > 8", h, true},
         {"hour(last(order_paid.at)) = 0", h, true}});
}

TEST(Golden, ChangesOfAttributes) {
  History h;
  h.attributes = {{"city", std::string("北京"), kNow - 40 * kDay}, {"city", std::string("上海"), kNow - 10 * kDay}, {"city", std::string("上海"), kNow - kDay}};
  judge({{"city changed within last 30d", h, true}, {"city changed within last 7d", h, false},
         {R"(city changed from "北京" to "上海" within last 30d)", h, true}, {R"(city changed to "北京" within last 30d)", h, false},
         {R"(city = "北京")", h, true, kNow - 20 * kDay}});
}

TEST(Golden, IdentityAndConsent) {
  History h;
  h.ids = {"wx_openid:wx1"};
  h.reachable = {{"wecom", "marketing"}};
  h.consents = {{"sms", "marketing", true, kNow}, {"sms", "marketing", false, kNow}};
  judge({{R"(has_id("wx_openid"))", h, true}, {R"(has_id("phone_e164"))", h, false}, {R"(reachable("wecom", "marketing"))", h, true},
         {R"(reachable("sms", "marketing") is false)", h, true}, {R"(consent("sms", "marketing") = "withdrawn")", h, true},
         {R"(consent("mail", "marketing") is missing)", h, true}});
}

TEST(Golden, SaysWhy) {
  const auto parsed = parse_rule("sum(order_paid.amount within last 30d) >= 50元 and not recency(order_paid) > 7d");
  ASSERT_TRUE(parsed);
  Crowd alone({with({paid(kNow - 9 * kDay, 3000), paid(kNow - 8 * kDay, 2500)})}, 1);
  Deeds deeds(alone.record());
  deeds.read(alone.root(0));
  const auto why = explain(parsed->rule, HistoryFacts(alone.people()[0], kNow), deeds, {kNow, alone.zone()});
  EXPECT_FALSE(why.holds);
  ASSERT_EQ(why.of.size(), 2U);
  EXPECT_TRUE(why.of[0].holds);
  EXPECT_EQ(why.of[0].found, "55.00元");
  ASSERT_EQ(why.of[0].events.size(), 2U);
  EXPECT_EQ(why.of[0].events[1].kind, "order_paid");
  EXPECT_EQ(why.of[0].events[1].at, kNow - 8 * kDay);
  ASSERT_EQ(why.of[1].of.size(), 1U);
  EXPECT_EQ(why.of[1].of[0].found, "8d");
}

TEST(Golden, TheErasedAreNeverIn) {
  auto h = with({paid(kNow)});
  h.erased = true;
  judge({{"everyone", h, false}, {"did(order_paid)", h, false}, {"not did(order_paid)", h, false}});
}

}  // namespace koi::segments::plain
