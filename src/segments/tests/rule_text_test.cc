#include <gtest/gtest.h>

#include "segments/text.h"

namespace koi::segments {
namespace rule_text {

std::string param(const Error& e, std::string_view name) {
  for (const auto& [key, value] : e.params)
    if (key == name) return value;
  return {};
}

}  // namespace rule_text
using rule_text::param;

// What is read is printed in one way, however it was typed.
TEST(RuleText, PrintsInOneWay) {
  struct { const char *typed, *printed; } const rows[] = {
      {"everyone", "everyone"},
      {"(nobody)", "nobody"},
      {"tier in （“金卡”，「钻石」）", R"(tier in ("金卡", "钻石"))"},
      {"paid ＞＝ ５０．５元", "paid >= 50.50元"},
      {"paid ≥ ¥50 and paid ≠ 5000分", "paid >= 50.00元 and paid != 5000分"},
      {"age==1.50 or age<>-0.5", "age = 1.5 or age != -0.5"},
      {"not in segment \"a\" and in list \"b\"", R"(not in segment "a" and in list "b")"},
      {"a = 1 and (b = 2 and c = 3) or d = 4", "(a = 1 and (b = 2 and c = 3)) or d = 4"},
      {"all(a is set) and any(a is set, b is set)", "all(a is set) and (a is set or b is set)"},
      {"none(a is set, b is set)", "none(a is set, b is set)"},
      {"has_id(\"wx_unionid\") is true", R"(has_id("wx_unionid"))"},
      {"reachable(\"wecom\",\"marketing\") is false", R"(reachable("wecom", "marketing") is false)"},
      {"referrals(2)>=3", "referrals(2) >= 3"},
      {"no event for 30d", "not did(* within last 30d)"},
      {"no order_paid where amount > 1元 for 2w", "not did(order_paid where amount > 1.00元 within last 2w)"},
      {"did(加入购物车 within last 24小时)", "did(加入购物车 within last 24h)"},
      {"did(order_created where x = 1 within last 30d without order_paid within 24h after, same order_id)",
       "did(order_created where x = 1 within last 30d without order_paid within 24h after, same order_id)"},
      {"seq(a→b within 1h → c 2 times within 7d not d where x=1 between,same touch.code_id)within last 90d",
       "seq(a -> b within 1h -> c 2 times within 7d not d where x = 1 between, same touch.code_id) within last 90d"},
      {"seq any(a,b) since c", "seq any (a, b) since c"},
      {"count(order_paid where any lines where (sku=\"t\" and qty>=2) within this month in \"Asia/Tokyo\")>=2",
       R"(count(order_paid where any lines where (sku = "t" and qty >= 2) within this month in "Asia/Tokyo") >= 2)"},
      {"trend(order_paid.amount within last 30d)>1.5", "trend(order_paid.amount within last 30d) > 1.5"},
      {"city changed from \"a\" to \"b\" within last 30d", R"(city changed from "a" to "b" within last 30d)"},
      {"created_at is this month and birthday anniversary in next 7d", "created_at is this month and birthday anniversary in next 7d"},
      {"created_at older than 30d and created_at in next 1mo", "created_at older than 30d and created_at in next 1mo"},
      {"paid in top 10％ and zscore(paid) > 2", "paid in top 10% and zscore(paid) > 2"},
      {"`count` = 1 and `会员 等级` = 2", "`count` = 1 and `会员 等级` = 2"},
      {"at between 2026-01-01 and 2026-01-01T08:00:00+08:00", "at between 2026-01-01 and 2026-01-01T00:00:00.000Z"},
  };
  for (const auto& row : rows) {
    const auto got = parse_rule(row.typed);
    EXPECT_EQ(got ? print_clause(got->rule.root) : "", row.printed) << row.typed << (got ? "" : "\n" + got.error().detail);
  }
}

TEST(RuleText, BreaksLongRulesIntoLines) {
  const auto got = parse_rule(
      R"(stage = "active" and count(order_paid where amount >= 50元 within last 30d) >= 2 and (not did(order_paid where store_id = "S1" within last 7d) or city in ("上海", "杭州", "南京", "苏州", "无锡", "宁波", "温州")) and staff.store under "华东/上海")");
  ASSERT_TRUE(got) << got.error().detail;
  const auto text = print_rule(got->rule);
  EXPECT_EQ(text,
            "stage = \"active\"\n"
            "and count(order_paid where amount >= 50.00元 within last 30d) >= 2\n"
            "and (\n"
            "  not did(order_paid where store_id = \"S1\" within last 7d)\n"
            "  or city in (\"上海\", \"杭州\", \"南京\", \"苏州\", \"无锡\", \"宁波\", \"温州\")\n"
            ")\n"
            "and staff.store under \"华东/上海\"");
  const auto back = parse_rule(text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->rule, got->rule);
}

// One refusal: the first, at its place, with what would have fitted.
TEST(RuleText, RefusesAtThePlace) {
  struct { const char *typed, *code, *place, *found, *suggestion; } const rows[] = {
      {"", "segments.syntax", "1:1", "the end", ""},
      {"city", "segments.syntax", "1:5", "the end", ""},
      {"city contian \"a\"", "segments.syntax", "1:6", "contian", "contains"},
      {"city = \"a", "segments.syntax", "1:8", "\"a", ""},
      {"city = “上海", "segments.syntax", "1:8", "“上海", ""},
      {"a = 1\nadn b = 2", "segments.syntax", "2:1", "adn", "and"},
      {"a = 50厘", "segments.syntax", "1:7", "厘", "元"},
      {"a = 1.005元", "segments.syntax", "1:5", "1.005元", ""},
      {"a = 1.5d", "segments.syntax", "1:5", "1.5d", ""},
      {"a = 2026-02-30", "segments.syntax", "1:5", "2026-02-30", ""},
      {"a = 9000000000001", "segments.syntax", "1:5", "9000000000001", ""},
      {"did(order_paid within lsat 30d)", "segments.syntax", "1:23", "lsat", ""},
      {"did(order_paid", "segments.syntax", "1:15", "the end", ""},
      {"seq(a -> b, c)", "segments.syntax", "1:11", ",", ""},
      {"in = 1", "segments.syntax", "1:1", "in", ""},
      {"a = 1 ; b = 2", "segments.syntax", "1:7", ";", ""},
      {"everyone everyone", "segments.syntax", "1:10", "everyone", ""},
  };
  for (const auto& row : rows) {
    const auto got = parse_rule(row.typed);
    ASSERT_FALSE(got) << row.typed;
    EXPECT_EQ(got.error().code, row.code) << row.typed;
    EXPECT_EQ(got.error().pointer, row.place) << row.typed << " " << got.error().detail;
    EXPECT_EQ(param(got.error(), "found"), row.found) << row.typed;
    EXPECT_EQ(param(got.error(), "suggestion"), row.suggestion) << row.typed;
  }
}

TEST(RuleText, IsSafeOnAnything) {
  EXPECT_EQ(parse_rule(std::string(200'000, '(')).error().code, "segments.too_long");
  EXPECT_EQ(parse_rule(std::string(60'000, '(')).error().code, "segments.too_deep");
  std::string nots;
  for (int i = 0; i < 10'000; ++i) nots += "not ";
  EXPECT_EQ(parse_rule(nots).error().code, "segments.too_deep");
  EXPECT_EQ(parse_rule("city = \"\xff\"").error().pointer, "1:9");
  EXPECT_FALSE(parse_rule(std::string("a\0b", 3)));
}

TEST(RuleText, KnowsWhereEachClauseStands) {
  const std::string_view text = "a = 1 and not did(b where c = 2)";
  const auto got = parse_rule(text);
  ASSERT_TRUE(got);
  std::vector<std::string_view> leaves;
  for (const auto& leaf : got->leaves) leaves.push_back(text.substr(leaf.from, leaf.to - leaf.from));
  EXPECT_EQ(leaves, (std::vector<std::string_view>{"a = 1", "did(b where c = 2)", "c = 2"}));
}

TEST(RuleText, LengthsAreExact) {
  struct { Duration d; std::int64_t ms; } const rows[] = {{{1, Unit::second}, 1000},        {{1, Unit::minute}, 60'000},
                                                          {{1, Unit::hour}, 3'600'000},     {{1, Unit::day}, 86'400'000},
                                                          {{1, Unit::week}, 604'800'000},   {{1, Unit::month}, 2'592'000'000}};
  for (const auto& row : rows) EXPECT_EQ(length_of(row.d).count(), row.ms);
}

}  // namespace koi::segments
