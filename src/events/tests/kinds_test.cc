#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "events/log.h"
#include "tests/support/world.h"

namespace koi::events {
namespace {

using testing::outcome;
using testing::World;

struct KindsWorld : World {
  KindsWorld() : World({store::schema(), events::schema()}) {
    EXPECT_EQ(outcome(write([](Tx& tx) { return install_catalogue(tx); })), "ok");
  }
  std::string define(const std::string& name, std::vector<PropDef> props) {
    KindDef kind;
    kind.name = name;
    kind.props = std::move(props);
    return outcome(write([&](Tx& tx) { return define_kind(tx, kind); }));
  }
  Verdict offer(const std::string& kind, const std::string& id, const std::string& props) {
    return write([&](Tx& tx) { return accept(tx, {.kind = kind, .source = "s", .id = id, .props = props}); })->verdict;
  }
};

TEST(Catalogue, HasEveryKindOnceWithBothLabels) {
  KindsWorld w;
  EXPECT_EQ(outcome(w.write([](Tx& tx) { return install_catalogue(tx); })), "ok");  // repeat-safe
  const auto all = w.read([](Tx& tx) { return kinds(tx); }).value();
  std::set<std::string> names;
  std::set<std::int64_t> ids;
  for (const auto& kind : all) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_TRUE(ids.insert(kind.id).second) << kind.name;
    EXPECT_TRUE(good_kind_name(kind.name)) << kind.name;
    EXPECT_FALSE(kind.zh.empty() || kind.en.empty() || kind.group.empty()) << kind.name;
  }
  EXPECT_GE(all.size(), 83u);
  const auto paid = w.read([](Tx& tx) { return find_kind(tx, "order_paid"); }).value();
  ASSERT_TRUE(paid.has_value());
  const auto total = std::ranges::find(paid->props, "total_fen", &PropDef::name);
  ASSERT_NE(total, paid->props.end());
  EXPECT_TRUE(total->type == PropType::money && total->required);
}

TEST(DefineKind, MayWidenAndNeverNarrow) {
  KindsWorld w;
  EXPECT_EQ(w.define("Bad Name", {}), "events.bad_kind_name");
  EXPECT_EQ(w.define("7up", {}), "events.bad_kind_name");
  EXPECT_EQ(w.define("drink_made", {{"size", PropType::text, true}, {"size", PropType::text, true}}), "events.bad_prop_name");
  EXPECT_EQ(w.define("drink_made", {{"size", PropType::text, true}}), "ok");
  EXPECT_EQ(w.define("drink_made", {{"size", PropType::integer, true}}), "events.kind_narrowed");
  EXPECT_EQ(w.define("drink_made", {{"size", PropType::text, true}, {"ice", PropType::text, true}}), "events.kind_narrowed");
  EXPECT_EQ(w.define("drink_made", {{"size", PropType::text, false}, {"ice", PropType::text, false}}), "ok");
  EXPECT_EQ(w.read([](Tx& tx) { return find_kind(tx, "drink_made"); }).value()->version, 2);
  w.reopen();
  const auto kind = w.read([](Tx& tx) { return find_kind(tx, "drink_made"); }).value();
  ASSERT_TRUE(kind.has_value());
  EXPECT_EQ(kind->version, 2);
  EXPECT_EQ(kind->props.size(), 2u);
}

TEST(DefineKind, MayDescribeAKindThatEventsBroughtIn) {
  KindsWorld w;
  EXPECT_EQ(w.offer("cup_returned", "1", "{}"), Verdict::accepted);
  EXPECT_EQ(w.define("cup_returned", {{"cups", PropType::integer, true}}), "ok");
  EXPECT_EQ(w.offer("cup_returned", "2", "{}"), Verdict::quarantined);
  EXPECT_EQ(w.offer("cup_returned", "3", R"({"cups":2})"), Verdict::accepted);
}

TEST(Quarantine, ARepairedSchemaLetsTheEventInOnce) {
  KindsWorld w;
  ASSERT_EQ(w.define("cup_sold", {{"size", PropType::text, true}, {"ice", PropType::integer, false}}), "ok");
  EXPECT_EQ(w.offer("cup_sold", "1", R"({"ice":1})"), Verdict::quarantined);
  EXPECT_EQ(w.offer("cup_sold", "1", R"({"ice":1})"), Verdict::quarantined);  // waits once
  EXPECT_EQ(w.offer("cup_sold", "", R"({"ice":2})"), Verdict::quarantined);
  EXPECT_EQ(w.offer("cup_sold", "", R"({"ice":2})"), Verdict::quarantined);  // the same content
  auto waiting = w.read([](Tx& tx) { return quarantined(tx, {}, 10); }).value();
  ASSERT_EQ(waiting.size(), 2u);
  EXPECT_EQ(waiting[0].code, "events.schema");
  EXPECT_EQ(waiting[0].pointer, "/properties/size");
  const auto retry = [&] { return w.write([&](Tx& tx) { return retry_quarantined(tx, waiting[0].id); }).value(); };
  EXPECT_EQ(retry().verdict, Verdict::quarantined);
  ASSERT_EQ(w.define("cup_sold", {{"size", PropType::text, false}}), "ok");
  const auto let_in = retry();
  EXPECT_EQ(let_in.verdict, Verdict::accepted);
  const auto again = retry();
  EXPECT_EQ(again.verdict, Verdict::duplicate);
  EXPECT_EQ(again.seq, let_in.seq);
  EXPECT_EQ(w.offer("cup_sold", "1", R"({"ice":1})"), Verdict::duplicate);
  EXPECT_EQ(w.count("event"), 1);
  EXPECT_EQ(w.read([](Tx& tx) { return quarantined(tx, {}, 10); }).value().size(), 1u);
  EXPECT_EQ(outcome(w.write([](Tx& tx) { return retry_quarantined(tx, {123}); })), "events.no_such_entry");
}

TEST(Receipts, AreDroppedAfterThirtyDays) {
  KindsWorld w;
  constexpr std::int64_t kDay = 86'400'000, kStart = 1'700'000'000'000;
  w.set_now_ms(kStart);
  EXPECT_EQ(w.offer("page_viewed", "1", "{}"), Verdict::accepted);
  EXPECT_EQ(w.offer("page_viewed", "1", "{}"), Verdict::duplicate);
  EXPECT_EQ(w.offer("Bad Name", "2", "{}"), Verdict::rejected);
  const auto prune = [&] { return w.write([](Tx& tx) { return prune_receipts(tx, 100); }).value(); };
  w.set_now_ms(kStart + 30 * kDay);
  EXPECT_EQ(prune(), 0);
  w.set_now_ms(kStart + 30 * kDay + 1);
  EXPECT_EQ(prune(), 2);
  EXPECT_EQ(w.offer("page_viewed", "1", "{}"), Verdict::duplicate);  // the id itself is for ever
}

TEST(CheckProps, JudgesEachType) {
  struct { const char *type, *props; bool good; } const rows[] = {
      {"text", R"({"p":"x"})", true},          {"text", R"({"p":1})", false},
      {"integer", R"({"p":-3})", true},        {"integer", R"({"p":3.0})", false},
      {"integer", R"({"p":"3"})", false},      {"money", R"({"p":1250})", true},
      {"money", R"({"p":12.5})", false},       {"boolean", R"({"p":false})", true},
      {"boolean", R"({"p":0})", false},        {"number", R"({"p":1.5e3})", true},
      {"number", R"({"p":2})", true},          {"time", R"({"p":"2026-11-22T02:47:19Z"})", true},
      {"time", R"({"p":1700000000000})", true}, {"time", R"({"p":"yesterday"})", false},
      {"list", R"({"p":[]})", true},           {"list", R"({"p":{}})", false},
      {"object", R"({"p":{"a":[1]}})", true},  {"object", R"({"p":"{}"})", false},
      {"text", R"({"p":null})", false},        {"text", R"({})", false},
      {"text", R"({"\u0070":"x"})", true},     {"text", R"([])", false},
      {"text", R"(nonsense)", false},          {"text", R"()", false},
      {"text", R"({"p":"x")", false},
  };
  for (const auto& row : rows) {
    KindDef kind;
    kind.props = parse_props("p:" + std::string(row.type));
    EXPECT_EQ(check_props(kind, row.props).code.empty(), row.good) << row.type << " " << row.props;
  }
  KindDef optional;
  optional.props = parse_props("p?:text");
  EXPECT_TRUE(check_props(optional, R"({"p":null})").code.empty());
  EXPECT_TRUE(check_props(optional, "{}").code.empty());
  EXPECT_EQ(check_props(optional, R"({"p":1})").pointer, "/properties/p");
}

TEST(KindName, ComesFromWhatSdksSend) {
  struct { const char *text, *name; } const rows[] = {
      {"Order Completed", "order_completed"}, {" Product  Viewed ", "product_viewed"}, {"加入购物车", "加入购物车"},
      {"cart.added", "cart_added"}, {"page_viewed", "page_viewed"}, {"!!", ""},
  };
  for (const auto& row : rows) EXPECT_EQ(kind_name_of(row.text), row.name) << row.text;
}

}  // namespace
}  // namespace koi::events
