#include "http/wire.h"

#include <gtest/gtest.h>

namespace koi::http {

namespace wire_cases {

enum class Colour { red, green, none_ };
BOOST_DESCRIBE_ENUM(Colour, red, green, none_)
struct Line {
  std::string sku;
  Fen price_fen;
  std::optional<double> weight;
};
BOOST_DESCRIBE_STRUCT(Line, (), (sku, price_fen, weight))
struct Order {
  PersonId person_id;
  std::string order_no;
  Instant at;
  std::optional<LocalDay> day;
  std::vector<Line> lines;
  std::map<std::string, std::string> labels;
  Colour colour;
  bool paid;
  int stars;
  Json props;
  std::optional<std::optional<std::string>> note;
  std::int64_t default_;
};
BOOST_DESCRIBE_STRUCT(Order, (),
                      (person_id, order_no, at, day, lines, labels, colour, paid, stars, props, note, default_))
struct Small {
  std::string name;
  std::optional<std::int64_t> age;
  Colour colour;
};
BOOST_DESCRIBE_STRUCT(Small, (), (name, age, colour))
struct Nest {
  std::vector<Small> items;
  std::optional<Small> best;
};
BOOST_DESCRIBE_STRUCT(Nest, (), (items, best))
struct Branch {
  std::string name;
  std::vector<Branch> below;
};
BOOST_DESCRIBE_STRUCT(Branch, (), (name, below))
struct Filter {
  std::optional<std::int64_t> limit;
  std::vector<Colour> colour;
  std::optional<bool> paid;
  std::string q;
};
BOOST_DESCRIBE_STRUCT(Filter, (), (limit, colour, paid, q))

std::string query_outcome(std::vector<std::pair<std::string, std::string>> query) {
  Filter out;
  const auto read = wire::parse_query(query, wire::fields_of<Filter>(), &out);
  return read ? "ok" : read.error().code + " " + read.error().pointer;
}

}  // namespace wire_cases
using namespace wire_cases;

TEST(Wire, ComesBackAsItWent) {
  const Order order{.person_id = {42},
                    .order_no = "A\"\\\n\t\x01 锦鲤",
                    .at = from_ms(1'700'000'000'123),
                    .day = parse_day("2026-02-28"),
                    .lines = {{"tea", {1250}, 0.5}, {"cup", {-1}, std::nullopt}},
                    .labels = {{"k/1", "v"}},
                    .colour = Colour::none_,
                    .paid = true,
                    .stars = -3,
                    .props = {"{\"a\":[1,null]}"},
                    .note = std::optional<std::string>(),
                    .default_ = 7};
  const auto text = json_of(order);
  EXPECT_NE(text.find("\"colour\":\"none\""), text.npos);
  EXPECT_NE(text.find("\"default\":7"), text.npos);
  EXPECT_NE(text.find("\"price_fen\":1250"), text.npos);
  const auto back = parse_json<Order>(text);
  ASSERT_TRUE(back) << back.error().code << back.error().pointer << back.error().detail;
  EXPECT_EQ(json_of(*back), text);
  EXPECT_EQ(back->order_no, order.order_no);
}

TEST(Wire, SaysWhatIsWrongAndWhere) {
  struct {
    std::string_view text, code, pointer;
  } const rows[] = {
      {R"({"items":[{"name":"a","colour":"red"}]})", "ok", ""},
      {R"({"items":[]})", "ok", ""},
      {R"({"items":[],"best":null})", "ok", ""},
      {R"({"items":[{"name":"a","colour":"red","age":null}]})", "ok", ""},
      {"", "http.bad_json", ""},
      {"{", "http.bad_json", ""},
      {"{} x", "http.bad_json", ""},
      {"\"\xff\"", "http.bad_json", ""},
      {"[]", "http.wrong_type", ""},
      {"{}", "http.missing_field", "/items"},
      {R"({"items":null})", "http.wrong_type", "/items"},
      {R"({"items":{}})", "http.wrong_type", "/items"},
      {R"({"itens":[]})", "http.unknown_field", "/itens"},
      {R"({"items":[],"a/b~c":1})", "http.unknown_field", "/a~1b~0c"},
      {R"({"items":[{"name":"a","colour":"red"},{"name":7,"colour":"red"}]})", "http.wrong_type", "/items/1/name"},
      {R"({"items":[{"name":"a","colour":"gren"}]})", "http.wrong_type", "/items/0/colour"},
      {R"({"items":[{"name":"a","colour":"red","age":"7"}]})", "http.wrong_type", "/items/0/age"},
      {R"({"items":[{"name":"a","colour":"red","age":1.5}]})", "http.wrong_type", "/items/0/age"},
      {R"({"items":[{"name":"a","colour":"red","age":18446744073709551615}]})", "http.wrong_type", "/items/0/age"},
      {R"({"items":[],"best":{"name":"\u0000","colour":"red"}})", "http.bad_text", "/best/name"},
  };
  for (const auto& row : rows) {
    const auto got = parse_json<Nest>(row.text);
    EXPECT_EQ(got ? "ok" : got.error().code, row.code) << row.text;
    EXPECT_EQ(got ? "" : got.error().pointer, row.pointer) << row.text;
  }
  EXPECT_EQ(parse_json<Nest>(R"({"itens":[]})").error().detail, "did you mean \"items\"?");
  EXPECT_EQ(parse_json<Nest>("[").error().kind, Errc::malformed);
  EXPECT_EQ(parse_json<Nest>("{}").error().kind, Errc::invalid);
}

TEST(Wire, TellsAbsentFromNull) {
  const auto read = [](std::string_view note) {
    const auto text =
        R"({"person_id":null,"order_no":"","at":"2026-01-01T00:00:00Z","lines":[],"labels":{},"colour":"red",)"
        R"("paid":false,"stars":1,"props":1,"default":1)" +
        std::string(note) + "}";
    return text;
  };
  auto with_id = [&](std::string_view note) {
    auto text = read(note);
    const auto at = text.find("null");
    return text.replace(at, 4, "\"" + to_text(PersonId{5}) + "\"");
  };
  EXPECT_EQ(parse_json<Order>(read("")).error().pointer, "/person_id");  // an id is never null on the way in
  EXPECT_FALSE(parse_json<Order>(with_id(""))->note.has_value());
  EXPECT_TRUE(parse_json<Order>(with_id(",\"note\":null"))->note.has_value());
  EXPECT_FALSE(parse_json<Order>(with_id(",\"note\":null"))->note->has_value());
  EXPECT_EQ(**parse_json<Order>(with_id(",\"note\":\"n\""))->note, "n");
}

TEST(Wire, ReadsQueryStrings) {
  struct {
    std::vector<std::pair<std::string, std::string>> query;
    std::string_view want;
  } const rows[] = {
      {{{"q", "x"}}, "ok"},
      {{{"q", "x"}, {"limit", "5"}, {"colour", "red"}, {"colour", "none"}, {"paid", "true"}}, "ok"},
      {{}, "http.bad_query ?q"},
      {{{"q", "x"}, {"limit", "five"}}, "http.bad_query ?limit"},
      {{{"q", "x"}, {"q", "y"}}, "http.bad_query ?q"},
      {{{"q", "x"}, {"colour", "blue"}}, "http.bad_query ?colour"},
      {{{"q", "\xff"}}, "http.bad_query ?q"},
      {{{"q", "x"}, {"lmit", "5"}}, "http.unknown_query ?lmit"},
  };
  for (const auto& row : rows) EXPECT_EQ(query_outcome(row.query), row.want);
}

TEST(Wire, DescribesShapesAsJsonSchema) {
  EXPECT_EQ(
      schema_of<Small>(),
      R"({"type":"object","properties":{"name":{"type":"string"},"age":{"anyOf":[{"type":"integer","format":"int64"},)"
      R"({"type":"null"}]},"colour":{"type":"string","enum":["red","green","none"]}},"required":["name","colour"],)"
      R"("additionalProperties":false})");
  EXPECT_NE(reply_schema_of<Small>().find(R"("required":["name","age","colour"])"), std::string::npos);
  EXPECT_NE(schema_of<Order>().find(R"({"type":"string","pattern":"^cus_[0-9a-z]{13}$"})"), std::string::npos);
  EXPECT_NE(schema_of<Branch>().find(R"("items":{"type":"object"})"),
            std::string::npos);  // a tree does not recurse for ever
  EXPECT_NE(reply_schema_of<Page<Small>>().find("as_of"), std::string::npos);
}

TEST(Wire, CursorsAreOpaqueAndChecked) {
  const auto text = encode_cursor({17, -3, 1'700'000'000'000});
  EXPECT_EQ(*decode_cursor(text, 3), (std::vector<std::int64_t>{17, -3, 1'700'000'000'000}));
  for (const auto& bad : {std::string(), std::string("x"), std::string("!!!"), text + "A", encode_cursor({1})})
    EXPECT_EQ(decode_cursor(bad, 3).error().code, "http.bad_cursor") << bad;
}

TEST(Wire, PagesAreBounded) {
  EXPECT_EQ(*page_limit(std::nullopt), 50);
  EXPECT_EQ(*page_limit(200), 200);
  for (const std::int64_t bad : {0, -1, 201}) EXPECT_EQ(page_limit(bad).error().code, "http.bad_query");
}

}  // namespace koi::http
