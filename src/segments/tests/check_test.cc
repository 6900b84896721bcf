#include <gtest/gtest.h>

#include "events/events.h"
#include "people/attributes.h"
#include "people/profile.h"
#include "people/tags.h"
#include "segments/check.h"
#include "segments/tests/random_rules.h"
#include "tests/support/world.h"

namespace koi::segments {
namespace check_cases {

std::vector<Problem> problems_of(const char* text, const Vocabulary& v, std::string_view self = {}) {
  const auto parsed = parse_rule(text);
  EXPECT_TRUE(parsed) << text << " " << parsed.error().detail;
  return parsed ? check_rule(parsed->rule, v, self) : std::vector<Problem>{};
}
Rule rule_of(const char* text) { return parse_rule(text)->rule; }

}  // namespace check_cases
using namespace check_cases;

TEST(CheckRule, NamesThePlaceAndTheNearestName) {
  struct { const char *text, *code, *pointer, *suggestion; } const rows[] = {
      {R"(city = "上海" and did(order_paid where lines is set within last 7d))", "", "", ""},
      {"ctiy is set", "segments.unknown_name", "", "city"},
      {R"(city is set and stage = "actve")", "segments.unknown_name", "/all/1/values/0", "active"},
      {R"(level in ("gold", "sliver"))", "segments.unknown_name", "/values/1", "silver"},
      {R"(tags has any ("偏好/奶荼"))", "segments.unknown_name", "/values/0", "偏好/奶茶"},
      {R"(tags has any ("VIP"))", "segments.unknown_name", "/values/0", ""},  // of two groups: which one?
      {R"(tags has any ("渠道/VIP"))", "", "", ""},
      {R"(tags under "偏")", "segments.unknown_name", "/values/0", "偏好"},
      {R"(staff = "stf_3")", "segments.unknown_name", "/values/0", "stf_1"},
      {"did(order_payed)", "segments.unknown_name", "/did", "order_paid"},
      {"count(order_paid where stor_id = \"S1\") > 1", "segments.unknown_name", "/aggregate/where/0", "store_id"},
      {"did(加入购物车 where anything.goes = 1)", "", "", ""},
      {R"(in segment "老可")", "segments.unknown_name", "", "老客"},
      {R"(in list "名单二")", "segments.unknown_name", "", "名单一"},
      {R"(reachable("wecon", "marketing"))", "segments.unknown_name", "", "wecom"},
      {"referrals(3) > 1", "segments.unknown_name", "", "1"},
      {"referrals > 1", "segments.bad_value", "", ""},
      // money says its unit
      {"did(order_paid where amount >= 5000)", "segments.money_unit", "/did/where/0/values/0", "5000元 or 5000分"},
      {"paid > 50", "segments.money_unit", "/values/0", "50元 or 50分"},
      {"orders > 5元", "segments.money_unit", "/values/0", ""},
      {"sum(order_paid.pay_fen) between 1 and 2元", "segments.money_unit", "/values/0", "1元 or 1分"},
      {"budget changed to 5", "segments.money_unit", "", "5元"},
      // types
      {"city > \"a\"", "segments.type", "", ""},
      {"age = \"3\"", "segments.type", "/values/0", ""},
      {"created_at = 3", "segments.type", "/values/0", ""},
      {"hour(birthday) = 3", "segments.type", "", ""},
      {"recency(order_paid) > 3", "segments.type", "/values/0", ""},
      {"avg(order_paid.store_id) > 3", "segments.type", "/aggregate", ""},
      {"count(order_paid.store_id) > 3", "segments.bad_value", "/aggregate", ""},
      {"sum(order_paid) > 3元", "segments.bad_value", "/aggregate", "sum(order_paid.amount)"},
      {"did(order_paid where lines.sku = \"a\")", "segments.type", "/did/where/0", ""},
      {"did(order_paid where any store_id where (it = \"a\"))", "segments.type", "/did/where/0", ""},
      {R"(city matches "(")", "segments.bad_pattern", "", ""},
      // places
      {"did(order_paid where did(refund_done))", "segments.misplaced", "/did/where/0", ""},
      {"did(order_paid where count(refund_done) > 1)", "segments.misplaced", "/did/where/0", ""},
      {"any lines where (qty > 1)", "segments.misplaced", "", ""},
      {"sum(order_paid.amount) in top 10%", "segments.misplaced", "", ""},
      // windows and sequences
      {"did(order_paid within last 0d)", "segments.bad_window", "/did/window", ""},
      {"did(order_paid between 30d and 60d ago)", "segments.bad_window", "/did/window", "between 60d and 30d ago"},
      {"did(order_paid between 2026-02-01 and 2026-02-01)", "segments.bad_window", "/did/window", ""},
      {"did(order_paid within today in \"Asia/Shanhai\")", "segments.bad_window", "/did/window", "Asia/Shanghai"},
      {"trend(order_paid) > 1", "segments.bad_window", "/aggregate", "within last 30d"},
      {"birthday anniversary in next 12h", "segments.bad_value", "", ""},
      {"paid in top 0%", "segments.bad_value", "", ""},
      {"seq(order_paid)", "segments.bad_sequence", "", ""},
      {"seq(order_paid within 1h -> refund_done)", "segments.bad_sequence", "/seq/0", ""},
      {"seq any (order_paid, refund_done within 1h)", "segments.bad_sequence", "/seq/1", ""},
      {"bucket(\"s\", 10, 10)", "segments.bad_value", "", ""},
  };
  for (const auto& row : rows) {
    const auto got = problems_of(row.text, RandomRules::vocabulary());
    EXPECT_EQ(got.empty() ? "" : got[0].code, row.code) << row.text << (got.empty() ? "" : " " + got[0].detail);
    if (got.empty()) continue;
    EXPECT_EQ(got[0].pointer, row.pointer) << row.text;
    EXPECT_EQ(got[0].suggestion, row.suggestion) << row.text;
  }
}

TEST(CheckRule, SaysTheLineAndColumnOfTheText) {
  const std::string_view text = "age > 3\nand did(order_paid where amount >= 5000)";
  const auto parsed = parse_rule(text);
  ASSERT_TRUE(parsed);
  const auto got = require_sound(*parsed, text, RandomRules::vocabulary());
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, "segments.money_unit");
  EXPECT_EQ(got.error().pointer, "2:26");
}

TEST(CheckRule, RefusesCircles) {
  auto v = RandomRules::vocabulary();
  v.segments = {{"a", rule_of(R"(in segment "b" and age > 1)")}, {"b", rule_of(R"(not in segment "c")")}, {"c", rule_of("age > 3")}, {"self", {}}};
  EXPECT_TRUE(problems_of(R"(in segment "a" and in segment "b")", v).empty());  // twice is no circle
  const auto own = problems_of(R"(age > 1 or in segment "self")", v, "self");
  ASSERT_EQ(own.size(), 1);
  EXPECT_EQ(own[0].code, "segments.cycle");
  EXPECT_EQ(own[0].detail, "self > self");
  EXPECT_EQ(problems_of(R"(in segment "a")", v, "c")[0].detail, "c > a > b > c");  // as it would be once c is saved
  v.segments[2].rule = rule_of(R"(in segment "a")");
  EXPECT_EQ(problems_of(R"(in segment "b")", v, "new")[0].detail, "b > c > a > b");
}

TEST(CheckRule, RefusesWhatIsTooMuch) {
  Clause deep{InList{"名单一"}};
  for (int i = 1; i < kDepthMax; ++i) deep = Clause{Group{Group::none, {deep}}};
  EXPECT_TRUE(check_rule({deep}, RandomRules::vocabulary()).empty());
  deep = Clause{Group{Group::none, {deep}}};
  EXPECT_EQ(check_rule({deep}, RandomRules::vocabulary())[0].code, "segments.too_deep");

  Group many{Group::all, Clauses(kClausesMax, Clause{InList{"名单一"}})};
  EXPECT_TRUE(check_rule({{many}}, RandomRules::vocabulary()).empty());
  many.of.push_back(many.of[0]);
  EXPECT_EQ(check_rule({{many}}, RandomRules::vocabulary())[0].code, "segments.too_big");

  const Group events{Group::all, Clauses(Budget{}.event_clauses + 1, Clause{Did{{"order_paid"}}})};
  EXPECT_EQ(check_rule({{events}}, RandomRules::vocabulary())[0].code, "segments.budget");
}

TEST(CheckRule, AdvisesAWindowThatCanBePaidFor) {
  auto v = RandomRules::vocabulary();
  v.events[2].per_person_year = 20'000;
  EXPECT_TRUE(problems_of("did(order_paid within last 90d)", v).empty());
  const auto got = problems_of("did(order_paid)", v);
  ASSERT_EQ(got.size(), 1);
  EXPECT_EQ(got[0].code, "segments.budget");
  EXPECT_EQ(got[0].suggestion, "within last 91d");
  EXPECT_TRUE(problems_of("did(order_paid within last 91d)", v).empty());
}

TEST(Vocabulary, IsWhatTheStoreHas) {
  testing::World w({store::schema(), events::schema(), people::schema()});
  const auto made = w.write([](Tx& tx) -> Result<> {
    TRY(events::install_catalogue(tx));
    TRY(people::define_attribute(tx, {.key = "level", .type = "enum", .zh = "等级", .en = "Level", .options = {"gold"}}));
    TRY(const auto group, people::create_tag_group(tx, {.name = "偏好"}));
    TRY(people::create_tag(tx, {.group_id = group.id, .name = "奶茶"}));
    return {};
  });
  ASSERT_TRUE(made) << made.error().code << " " << made.error().detail;
  const auto v = w.read([](Tx& tx) { return vocabulary_of(tx); });
  ASSERT_TRUE(v) << v.error().code << " " << v.error().detail;
  EXPECT_NE(find_attribute(*v, "level"), nullptr);
  EXPECT_NE(find_attribute(*v, "city"), nullptr);
  EXPECT_EQ(find_attribute(*v, "phone"), nullptr);  // sealed: nobody is chosen by it
  ASSERT_NE(find_event(*v, "order_paid"), nullptr);
  EXPECT_EQ(find_event(*v, "order_paid")->zh, "支付订单");
  EXPECT_NE(find_tag(*v, "偏好/奶茶"), nullptr);
  EXPECT_NE(find_tag(*v, "奶茶"), nullptr);
  EXPECT_EQ(v->stages.size(), 5);
  EXPECT_TRUE(problems_of(R"(level = "gold" and did(order_paid where touch.code_id = "c" and pay_fen > 5元) and tags has any ("奶茶"))", *v).empty());
}

}  // namespace koi::segments
