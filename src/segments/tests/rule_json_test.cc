#include <gtest/gtest.h>

#include "segments/json.h"
#include "segments/text.h"

namespace koi::segments {

TEST(RuleJson, HasOneShapeForEachClause) {
  struct { const char *text, *json; } const rows[] = {
      {"everyone", R"({"all":[]})"},
      {R"(city in ("上海") and not age > 1.5)",
       R"({"all":[{"field":"city","op":"in","values":["上海"]},{"none":[{"field":"age","op":">","values":[{"number":"1.5"}]}]}]})"},
      {"sum(order_paid.amount within last 30d) >= 50元",
       R"({"aggregate":{"fn":"sum","event":"order_paid","window":{"last":"30d"},"property":"amount"},"op":">=","values":[{"money":"50.00元"}]})"},
      {"did(order_paid within this month in \"Asia/Tokyo\")", R"({"did":{"event":"order_paid","window":{"calendar":"this month","zone":"Asia/Tokyo"}}})"},
      {"did(a without b within 24h after, same c)", R"({"did":{"event":"a"},"without":{"event":"b"},"after":"24h","same":["c"]})"},
      {"seq strict (a -> b within 1h) since c", R"({"seq":[{"event":"a"},{"event":"b","within":"1h"}],"order":"strict","window":{"since":{"event":"c"}}})"},
      {R"(bucket("s", 0, 100))", R"({"bucket":{"seed":"s","from":0,"to":100}})"},
      {R"(has_id("wx"))", R"({"field":"has_id","args":["wx"],"op":"=","values":[true]})"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_rule(row.text);
    ASSERT_TRUE(parsed) << row.text;
    EXPECT_EQ(json_of(parsed->rule), row.json);
    const auto back = rule_of_json(row.json);
    ASSERT_TRUE(back) << row.json << " " << back.error().pointer << " " << back.error().detail;
    EXPECT_EQ(*back, parsed->rule);
  }
}

TEST(RuleJson, RefusesWithAPointer) {
  struct { const char *json, *pointer; Errc kind; } const rows[] = {
      {"{", "", Errc::malformed},
      {"[]", "", Errc::invalid},
      {"{}", "", Errc::invalid},
      {R"({"all":[],"x":1})", "/x", Errc::invalid},
      {R"({"all":[{"feild":"a"}]})", "/all/0", Errc::invalid},
      {R"({"all":[{"field":"a","op":"=","values":[1],"lense":"size"}]})", "/all/0/lense", Errc::invalid},
      {R"({"field":"a","op":"~","values":[1]})", "/op", Errc::invalid},
      {R"({"field":"a","op":"=","values":[1,2]})", "/values", Errc::invalid},
      {R"({"field":"a","op":"=","values":[{"money":"50"}]})", "/values/0/money", Errc::invalid},
      {R"({"field":"a","op":"=","values":[1e300]})", "/values/0", Errc::invalid},
      {R"({"field":"a","op":"=","values":[-9223372036854775808]})", "/values/0", Errc::invalid},
      {R"({"field":"a","op":"in last","values":["30d"]})", "/values", Errc::invalid},
      {R"({"did":{"event":"a","window":{"last":"30x"}}})", "/did/window/last", Errc::invalid},
      {R"({"did":{"event":"a","where":[]}})", "/did/where", Errc::invalid},
      {R"({"seq":[{"event":"a","times":"2"}]})", "/seq/0/times", Errc::invalid},
  };
  for (const auto& row : rows) {
    const auto got = rule_of_json(row.json);
    ASSERT_FALSE(got) << row.json;
    EXPECT_EQ(got.error().kind, row.kind) << row.json;
    EXPECT_EQ(got.error().code, "segments.bad_json");
    EXPECT_EQ(got.error().pointer, row.pointer) << row.json << " " << got.error().detail;
  }
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += R"({"all":[)";
  EXPECT_FALSE(rule_of_json(deep));
}

}  // namespace koi::segments
