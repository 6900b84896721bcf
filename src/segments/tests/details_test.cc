// What is wrong with a rule, in both languages.
#include <gtest/gtest.h>

#include "segments/check.h"
#include "segments/json.h"
#include "segments/merchant.h"
#include "segments/packs.h"
#include "segments/tests/desk.h"
#include "segments/text.h"

namespace koi::segments {
namespace {

/// Whether a sentence of ours is Chinese: names and words of the language stand in it as they are.
bool is_chinese(std::string_view detail) {
  return std::ranges::any_of(detail, [](char c) { return static_cast<unsigned char>(c) >= 0xE4 && static_cast<unsigned char>(c) <= 0xE9; });
}

TEST(RuleDetails, AreSaidInTheReadersLanguage) {
  desk::Shop w;
  const struct { const char *text, *en, *zh; } rows[] = {
      {"all(a=1,", "line 1, column 9: expected a name, found the end", "第 1 行第 9 列：这里应当是名称，写的却是 结尾"},
      {"orders > 1\nadn paid > 5元", "line 2, column 1: expected and, or, or the end, found adn; did you mean and", "第 2 行第 1 列：这里应当是and、or 或结尾，写的却是 adn；是不是想写 and"},
      {"(everyone \"a, found b\"", "line 1, column 11: expected \")\", found \"a, found b\"", "第 1 行第 11 列：这里应当是\")\"，写的却是 \"a, found b\""},
      {"ordres > 1", "there is no fact or attribute \"ordres\"; did you mean orders", "没有属性 \"ordres\"；是不是想写 orders"},
      {"did(order_paid where amout > 5元)", "there is no property of order_paid \"amout\"; did you mean amount", "没有order_paid 的属性 \"amout\"；是不是想写 amount"},
      {"tags has any (\"list\")", "there is no tag \"list\"", "没有标签 \"list\""},  // a name stays, whatever it says
      {"paid > 30", "30 of what? Money says its unit; did you mean 30元 or 30分", "30 什么？金额要写明单位；是不是想写 30元 or 30分"},
      {"orders contains \"a\"", "\"contains\" does not fit number", "\"contains\" 不能用于数字"},
      {"did(order_paid.a)", "line 1, column 15: expected \")\", found .", "第 1 行第 15 列：这里应当是\")\"，写的却是 ."},
      {"did(order_paid where lines.sku = \"a\")", "lines has nothing below it: ask `any lines where (…)`", "lines 没有下级：请写 any lines where (…)"},
      {"member_no matches \"(\"", "missing ): (", "缺少 )：("}};
  for (const auto& row : rows) {
    const auto got = w.read([&](Tx& tx) -> Result<Rule> {
      TRY(const auto words, merchant_vocabulary(tx));
      return read_rule({.text = row.text, .json = {}}, words);
    });
    ASSERT_FALSE(got) << row.text;
    EXPECT_EQ(detail_in(got.error(), "zh-CN"), row.zh);
    EXPECT_EQ(detail_in(got.error(), "en"), row.en);
    EXPECT_EQ(got.error().detail, row.en) << "the log's language";
  }
  for (const auto* value : {"甲 > #环/t2 > 甲", ""}) EXPECT_EQ(detail_in(Error{.detail = value}, "zh-CN"), value);
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
      EXPECT_TRUE(is_chinese(detail)) << text << ": " << detail;
    }
  }
}

TEST(RuleDetails, OfJsonAndPacksAreSaidInBothLanguages) {
  const char* rules[] = {"{", "[]", "{}", R"({"all":[],"x":1})", R"({"all":[{"feild":"a"}]})", R"({"field":"a","op":"=","values":[1],"lense":"size"})", R"({"field":"a","op":"~","values":[1]})",
                         R"({"field":"a","op":"=","values":[1,2]})", R"({"field":"","op":"=","values":[1]})", R"({"field":"a","op":"=","values":[{"money":"50"}]})", R"({"did":{"event":"a","window":{"last":"30x"}}})",
                         R"({"did":{"event":"a","where":[]}})", R"({"did":{"event":1}})", R"({"seq":[]})", R"({"seq":[{"event":"a","times":"2"}]})", R"({"seq":[{"event":"a"}],"order":"up"})", R"({"all":1})"};
  for (const auto* rule : rules) {
    const auto got = rule_of_json(rule);
    ASSERT_FALSE(got) << rule;
    EXPECT_TRUE(is_chinese(detail_in(got.error(), "zh-CN"))) << rule << ": " << got.error().detail_zh;
    EXPECT_FALSE(is_chinese(detail_in(got.error(), "en"))) << rule << ": " << got.error().detail;
  }
  const char* packs[] = {"segment \"a\"", "segment {", "segment \"a\" soon {\n}", "segment \"a\" live now {\n}", "crowd \"a\" {\n}", "segment \"a\" {\ndescription a\n}", "segment \"a\" {\n", "segment \"a {",
                         "tiers \"a\" asked {\n}", "tiers \"a\" live {\nsegment \"b\" {\n}\n}"};
  for (const auto* pack : packs) {
    const auto got = parse_pack(pack);
    ASSERT_FALSE(got) << pack;
    EXPECT_TRUE(is_chinese(detail_in(got.error(), "zh-CN"))) << pack << ": " << got.error().detail_zh;
    EXPECT_FALSE(is_chinese(detail_in(got.error(), "en"))) << pack << ": " << got.error().detail;
  }
}

}  // namespace
}  // namespace koi::segments
