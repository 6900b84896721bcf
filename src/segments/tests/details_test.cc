// What is wrong with a rule, in both languages.
#include <gtest/gtest.h>

#include "segments/check.h"
#include "segments/details.h"
#include "segments/tests/desk.h"
#include "segments/text.h"

namespace koi::segments {
namespace {

TEST(RuleDetails, AreSaidInTheReadersLanguage) {
  const struct { const char *en, *zh; } rows[] = {
      {"line 1, column 9: expected a name, found the end", "第 1 行第 9 列：这里应当是名称，写的却是 结尾"},
      {"line 2, column 1: expected and, or, or the end, found adn; did you mean and", "第 2 行第 1 列：这里应当是and、or 或结尾，写的却是 adn；是不是想写 and"},
      {"line 1, column 4: expected \")\", found \"a, found b\"", "第 1 行第 4 列：这里应当是\")\"，写的却是 \"a, found b\""},
      {"there is no fact or attribute \"ordres\"; did you mean orders", "没有属性 \"ordres\"；是不是想写 orders"},
      {"there is no property of order_paid \"amout\"", "没有order_paid 的属性 \"amout\""},
      {"there is no tag \"list\"", "没有标签 \"list\""},  // a name stays, whatever it says
      {"30 of what? Money says its unit; did you mean 30元 or 30分", "30 什么？金额要写明单位；是不是想写 30元 or 30分"},
      {"\"contains\" does not fit number", "\"contains\" 不能用于数字"},
      {"甲 > #环/t2 > 甲", "甲 > #环/t2 > 甲"},
      {"", ""}};
  for (const auto& row : rows) {
    EXPECT_EQ(detail_in(row.en, "zh-CN"), row.zh);
    EXPECT_EQ(detail_in(row.en, "en"), row.en);
  }
}

/// Every way of being wrong that a text can have is said in Chinese: no English sentence is left over.
TEST(RuleDetails, LeaveNoEnglishSentence) {
  desk::Shop w;
  const char* texts[] = {"orders >", "orders >= 1 adn paid > 5元", "`a", "\"a", "in segment 5", "orders >= 1 or", "(orders > 1", "orders between 1", "paid > 30", "orders contains \"a\"",
                         "ordres > 1", "stage = \"nobody\"", "did(order_payd)", "did(order_paid where amout > 5元)", "tags has any (\"nix\")", "in segment \"nix\"", "in list \"nix\"",
                         "has_id(\"a\", \"b\")", "reachable(\"pigeon\", \"service\")", "sum(order_paid) > 5元", "count(order_paid.amount) > 1", "did(order_paid within last 0d)",
                         "did(order_paid within between 1d and 2d ago)", "seq(order_paid)", "orders in top 0%", "trend(order_paid.amount) > 1", "did(segment_entered)", "size(orders) > 1",
                         "member_no matches \"(\"", "bucket(\"s\", 5, 2)", "orders @ 5", "did(order_paid within last 3)", "created_at > 2026-02-31", "orders > 1.12345678", "orders in ()"};
  for (const auto* text : texts) {
    ASSERT_EQ(w.post("/v1/segments/check", {{"text", text}}), "200") << text;
    ASSERT_EQ(w.text("/ok"), "false") << text;
    const auto said = w.json();
    for (const auto& problem : said.at("problems").as_array()) {
      std::string detail(problem.at("detail").as_string());
      if (problem.at("code").as_string() == "segments.bad_pattern") continue;  // RE2's own words
      EXPECT_TRUE(std::ranges::any_of(detail, [](char c) { return static_cast<unsigned char>(c) >= 0xE0; })) << text << ": " << detail;
    }
  }
}

}  // namespace
}  // namespace koi::segments
