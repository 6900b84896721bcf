#include <map>

#include "people/attributes.h"
#include "people/profile.h"
#include "people/tests/pond.h"
#include "people/vault.h"

namespace koi::people {
namespace {

struct AttributeWorld : Pond {
  PersonId p = person({{"order_buyer:s", "b1"}});
  Result<> say(PersonId who, const std::string& key, const std::string& value, const std::string& source, std::int64_t at_ms,
               bool define = false) {
    return write([&](Tx& tx) {
      return set_attributes(tx, {.person = who, .values = {{key, value}}, .source = source, .at = from_ms(at_ms), .define_unknown = define});
    });
  }
  std::map<std::string, std::string> shown(PersonId who) {
    std::map<std::string, std::string> out;
    auto all = read([&](Tx& tx) { return attributes_of(tx, who); });
    EXPECT_TRUE(all);
    if (all) for (auto& a : *all) out[a.key] = a.value;
    return out;
  }
  Result<AttributeDef> define(AttributeDef def) {
    def.zh = def.zh.empty() ? "属性" : def.zh;
    def.en = def.en.empty() ? "Attribute" : def.en;
    return write([&](Tx& tx) { return define_attribute(tx, def); });
  }
};

TEST(CanonicalValue, ReadsEachTypeAndSaysWhyNot) {
  const AttributeDef text{.key = "k"}, number{.key = "k", .type = "number"}, money{.key = "k", .type = "money"},
      date{.key = "k", .type = "date"}, color{.key = "k", .type = "enum", .options = {"Red", "蓝"}},
      open_set{.key = "k", .type = "multi"}, closed_set{.key = "k", .type = "multi", .options = {"a", "b"}},
      gender{.id = kGender, .key = "gender", .type = "enum", .options = {"male", "female", "unknown"}};
  struct { const AttributeDef* def; const char *raw, *want; } const rows[] = {
      {&text, "  上海 ", "上海"},        {&text, "", ""},
      {&number, "12", "12"},             {&number, "1,200.50", "1200.5"}, {&number, "１２", "12"},
      {&number, "twelve", "!"},          {&number, "1e400", "!"},         {&number, "nan", "!"},
      {&money, "1,234.5", "123450"},     {&money, "¥12", "1200"},         {&money, "12.345", "!"}, {&money, "ten", "!"},
      {&date, "2024-02-29", "2024-02-29"}, {&date, "2024/1/5", "2024-01-05"}, {&date, "2024年1月5日", "2024-01-05"},
      {&date, "20240105", "2024-01-05"}, {&date, "2024-01-05T08:00:00Z", "2024-01-05"}, {&date, "2024-01-05 08:00", "2024-01-05"},
      {&date, "1900-02-29", "!"},        {&date, "2024-13-01", "!"},      {&date, "5/1/24", "!"},
      {&color, "red", "Red"},            {&color, "蓝", "蓝"},            {&color, "green", "!"},
      {&gender, "女", "female"},         {&gender, "1", "male"},          {&gender, "M", "male"}, {&gender, "?", "!"},
      {&open_set, "b, a,b，c", R"(["a","b","c"])"}, {&open_set, R"(["x","a"])", R"(["a","x"])"}, {&open_set, "[1]", "!"},
      {&closed_set, "a、b", R"(["a","b"])"}, {&closed_set, "a,z", "!"},
  };
  for (const auto& row : rows) {
    const auto got = canonical_value(*row.def, row.raw);
    if (std::string(row.want) == "!") {
      EXPECT_EQ(testing::outcome(got), "people.attribute_type") << row.def->type << " " << row.raw;
    } else {
      ASSERT_TRUE(got) << row.def->type << " " << row.raw << " " << got.error().detail;
      EXPECT_EQ(got->text, row.want);
    }
  }
}

TEST(SetAttributes, KeepsWhatEachSourceSaysAndShowsOneByTheRule) {
  struct { const char *rule, *type, *want; } const rows[] = {
      {"newest", "number", "3"}, {"first", "number", "20"}, {"max", "number", "100"}, {"min", "number", "3"},
      {"most_trusted", "number", "100"}, {"longest", "text", "100"},
  };
  for (const auto& row : rows) {
    AttributeWorld w;
    ASSERT_TRUE(w.define({.key = "k", .type = row.type, .rule = row.rule})) << row.rule;
    ASSERT_TRUE(w.say(w.p, "k", "20", "import:1", 1000));
    ASSERT_TRUE(w.say(w.p, "k", "100", "user:7", 2000));
    ASSERT_TRUE(w.say(w.p, "k", "3", "import:2", 3000));
    EXPECT_EQ(w.shown(w.p)["k"], row.want) << row.rule;
  }
}

TEST(SetAttributes, RepeatsAndStaleNewsChangeNothingShown) {
  AttributeWorld w;
  ASSERT_TRUE(w.say(w.p, "city", "上海", "import:1", 2000));
  ASSERT_TRUE(w.say(w.p, "city", "上海", "import:1", 2000));
  ASSERT_TRUE(w.say(w.p, "city", "北京", "import:1", 1000));
  ASSERT_TRUE(w.say(w.p, "city", "北京", "import:1", 1000));
  EXPECT_EQ(w.shown(w.p)["city"], "上海");
  EXPECT_EQ(w.count("attribute_history"), 1) << "the stale one is history, once";
  ASSERT_TRUE(w.say(w.p, "city", "", "import:1", 3000));
  EXPECT_FALSE(w.shown(w.p).contains("city")) << "an empty value clears";
  ASSERT_TRUE(w.say(w.p, "city", "上海", "import:1", 2000));
  EXPECT_FALSE(w.shown(w.p).contains("city")) << "a repeat of older news does not bring it back";
}

TEST(SetAttributes, RefusesWhatItCannotRead) {
  AttributeWorld w;
  EXPECT_EQ(testing::outcome(w.say(w.p, "birthday", "1900-02-29", "form:1", 1)), "people.attribute_type");
  EXPECT_EQ(testing::outcome(w.say(w.p, "shoe_size", "42", "form:1", 1)), "people.unknown_attribute");
  EXPECT_EQ(testing::outcome(w.say(w.p, "Shoe Size", "42", "form:1", 1, true)), "people.bad_attribute");
  EXPECT_EQ(testing::outcome(w.say(w.p, "shoe_size", "42", "form:1", 1, true)), "ok");
  EXPECT_EQ(testing::outcome(w.say(w.p, "city", "x", "", 1)), "people.bad_source");
  EXPECT_EQ(testing::outcome(w.say(PersonId{5}, "city", "x", "form:1", 1)), "people.not_found");
  EXPECT_EQ(w.shown(w.p)["shoe_size"], "42");
}

TEST(SetAttributes, SensitiveValuesAreSealedAndMasked) {
  AttributeWorld w;
  ASSERT_TRUE(w.say(w.p, "name", "王小明", "form:1", 1000));
  ASSERT_TRUE(w.say(w.p, "phone", "13812345678", "form:1", 1000));
  ASSERT_TRUE(w.say(w.p, "birthday", "1990-05-17", "form:1", 1000));
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM attribute_value WHERE value LIKE '%王%' OR value LIKE '%138%' OR value LIKE '1990%'"), 0);
  auto shown = w.shown(w.p);
  EXPECT_EQ(shown["name"], "王**");
  EXPECT_EQ(shown["phone"], "138****5678");
  EXPECT_EQ(shown["birthday"], "****-05-17");
  const auto card = w.read([&](Tx& tx) { return cards(tx, std::span(&w.p, 1)); });
  ASSERT_TRUE(card);
  EXPECT_EQ((*card)[0].name, "王**");
}

TEST(SetAttributes, AMergedPersonShowsTheTreesValueAndUnmergeGivesItBack) {
  AttributeWorld w;
  const auto q = w.person({{"order_buyer:s", "b2"}});
  ASSERT_TRUE(w.define({.key = "likes", .type = "multi", .rule = "union"}));
  ASSERT_TRUE(w.say(w.p, "likes", "茶", "form:1", 1000));
  ASSERT_TRUE(w.say(q, "likes", "咖啡", "form:1", 2000));
  ASSERT_TRUE(w.say(q, "name", "李四", "form:1", 2000));
  ASSERT_TRUE(w.merge(w.p, q));
  EXPECT_EQ(w.shown(w.p)["likes"], R"(["咖啡","茶"])");
  EXPECT_EQ(w.shown(w.p)["name"], "李*");
  ASSERT_TRUE(w.unmerge(q));
  EXPECT_EQ(w.shown(w.p)["likes"], R"(["茶"])");
  EXPECT_FALSE(w.shown(w.p).contains("name"));
  EXPECT_EQ(w.shown(q)["likes"], R"(["咖啡"])");
}

TEST(AttributeDefs, AreCheckedVersionedAndArchived) {
  AttributeWorld w;
  struct { AttributeDef def; const char* want; } const rows[] = {
      {{.key = "tea", .type = "enum", .options = {"green", "black"}}, "ok"},
      {{.key = "tea"}, "people.attribute_exists"},
      {{.key = "name"}, "people.attribute_exists"},
      {{.key = "Tea"}, "people.bad_attribute"},
      {{.key = "t2", .type = "colour"}, "people.bad_attribute"},
      {{.key = "t3", .type = "enum"}, "people.bad_attribute"},
      {{.key = "t4", .type = "text", .options = {"x"}}, "people.bad_attribute"},
      {{.key = "t5", .type = "text", .rule = "union"}, "people.bad_attribute"},
      {{.key = "t6", .type = "text", .rule = "loudest"}, "people.bad_attribute"},
      {{.key = "t7", .type = "enum", .options = {"x", "x"}}, "people.bad_attribute"},
  };
  for (const auto& row : rows) EXPECT_EQ(testing::outcome(w.define(row.def)), row.want) << row.def.key;

  const auto defs = w.read([](Tx& tx) { return attribute_defs(tx); });
  ASSERT_TRUE(defs);
  auto tea = *find_def(*defs, "tea");
  tea.options.push_back("white");
  const auto change = [&](const AttributeDef& def) { return w.write([&](Tx& tx) { return change_attribute(tx, def); }); };
  ASSERT_TRUE(change(tea));
  EXPECT_EQ(testing::outcome(change(tea)), "people.stale") << "the second editor still holds version 1";
  ASSERT_TRUE(w.say(w.p, "tea", "white", "form:1", 1));
  const auto archive = [&](AttributeId id, std::int64_t ver) { return w.write([&](Tx& tx) { return archive_attribute(tx, id, ver); }); };
  EXPECT_EQ(testing::outcome(archive(kName, 1)), "people.builtin_attribute");
  EXPECT_EQ(testing::outcome(archive(tea.id, 1)), "people.stale");
  ASSERT_TRUE(archive(tea.id, 2));
  EXPECT_FALSE(w.shown(w.p).contains("tea"));
  EXPECT_EQ(testing::outcome(w.say(w.p, "tea", "white", "form:1", 2)), "people.unknown_attribute");
}

TEST(AttributeDefs, AnotherRuleShowsAnotherValue) {
  AttributeWorld w;
  auto def = w.define({.key = "k", .type = "number", .rule = "newest"});
  ASSERT_TRUE(def);
  ASSERT_TRUE(w.say(w.p, "k", "9", "import:1", 1000));
  ASSERT_TRUE(w.say(w.p, "k", "5", "import:2", 2000));
  EXPECT_EQ(w.shown(w.p)["k"], "5");
  def->rule = "max";
  ASSERT_TRUE(w.write([&](Tx& tx) { return change_attribute(tx, *def); }));
  EXPECT_EQ(w.shown(w.p)["k"], "9");
}

}  // namespace
}  // namespace koi::people
