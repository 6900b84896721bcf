#include "insight/behaviour.h"

#include <boost/json.hpp>

#include "insight/charts.h"
#include "insight/tests/pond_world.h"
#include "segments/keep.h"

namespace koi::insight::testing {
namespace {

namespace json = boost::json;
const Instant kStart = *parse_rfc3339("2026-03-02T00:00:00+08:00");  // a Monday
Instant on(int day, int hour = 12) { return kStart + std::chrono::hours(24 * day + hour); }

struct ShopWorld : PondWorld {
  ShopWorld() { clock().set(on(30)); }
  void did(PersonId who, const std::string& kind, Instant at, const std::string& props = "{}", std::int64_t fen = 0) {
    check(write([&](Tx& tx) { return events::accept(tx, {.kind = kind, .person = who, .at = at, .source = "web", .props = props, .amount_fen = fen}); }));
  }
  std::string code(std::string_view name, const std::string& spec) {
    return outcome(read([&](Tx& tx) { return query_json(tx, name, spec); }));
  }
  std::vector<std::int64_t> steps(const std::string& spec) {
    std::vector<std::int64_t> out;
    const auto reply = json::parse(ask("funnel", spec));
    for (const auto& step : reply.at("parts").at(0).at("steps").as_array()) out.push_back(step.at("people").as_int64());
    return out;
  }
};

/// Three people: all the way within a day; to the cart, and back a week later; only looked.
struct Shop : ShopWorld {
  PersonId a = person("a"), b = person("b"), c = person("c");
  Shop() {
    did(a, "view", on(0), R"({"channel":"live"})");
    did(a, "cart", on(0, 13), R"({"sku":"tea","n":2})");
    did(a, "buy", on(0, 20), "{}", 5000);
    did(b, "view", on(1), R"({"channel":"ad"})");
    did(b, "cart", on(1, 13), R"({"sku":"cup","n":1})");
    did(b, "buy", on(9), "{}", 2000);
    did(c, "view", on(2), R"({"channel":"ad"})");
  }
};

TEST(Behaviour, AFunnelCountsWhoCameHowFar) {
  Shop w;
  EXPECT_EQ(w.steps(R"({"steps":["view","cart","buy"],"window":"7d"})"), (std::vector<std::int64_t>{3, 2, 1}));
  EXPECT_EQ(w.steps(R"({"steps":["view","cart","buy"],"window":"9d"})"), (std::vector<std::int64_t>{3, 2, 2}));
  EXPECT_EQ(w.steps(R"({"steps":["view where channel = \"ad\"","cart where n >= 2"],"window":"9d"})"), (std::vector<std::int64_t>{2, 0}));
  const auto parts = json::parse(w.ask("funnel", R"({"steps":["view","buy"],"window":"30d","by":"channel"})")).at("parts").as_array();
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].at("value").as_string(), "ad");
  EXPECT_EQ(parts[0].at("steps").at(1).at("people").as_int64(), 1);
  EXPECT_EQ(parts[1].at("median_s").as_int64(), 8 * 3600);
}

/// a is a guide's friend who bought twice, b came with the mini program and bought once, c follows and did nothing since.
TEST(SourceMap, EveryPoolSaysHowFarItsPeopleCame) {
  ShopWorld w;
  const auto a = w.person("a"), b = w.person("b"), c = w.person("c");
  w.friend_of(a, 7, "active", on(1));
  w.did(b, "mini_program_opened", on(20));
  w.did(a, "mini_program_opened", on(2));
  w.did(c, "follow_subscribed", on(-40));
  w.order("1", a, on(3), 1000);
  w.order("2", a, on(9), 1000);
  w.order("3", b, on(21), 1000);
  const auto map = json::parse(w.ask("source-map"));
  std::map<std::string, std::vector<std::int64_t>> pools;
  for (const auto& pool : map.at("pools").as_array())
    for (const auto& step : pool.at("steps").as_array()) pools[std::string(pool.at("pool").as_string())].push_back(step.at("people").as_int64());
  EXPECT_EQ(pools["wecom"], (std::vector<std::int64_t>{1, 1, 1, 1, 0}));
  EXPECT_EQ(pools["mini"], (std::vector<std::int64_t>{2, 2, 2, 1, 0}));
  EXPECT_EQ(pools["official"], (std::vector<std::int64_t>{1, 0, 0, 0, 0}));
  EXPECT_EQ(pools["live"], (std::vector<std::int64_t>{0, 0, 0, 0, 0}));
  EXPECT_EQ(map.at("steps").at(2).at("main").as_string(), "mini");
  EXPECT_EQ(map.at("steps").at(4).at("main").as_string(), "");
  EXPECT_EQ(map.at("pools").at(3).at("steps").at(3).at("rate").to_number<double>(), 0.5);
  EXPECT_TRUE(map.at("pools").at(4).at("steps").at(0).at("rate").is_null());
  EXPECT_EQ(w.code("source-map", R"({"days":3})"), "insight.bad_spec");
}

// What stands behind `where` is the rule language, missing values, lists and money included.
TEST(Behaviour, ConditionsMeanWhatTheyMeanInRules) {
  ShopWorld w;
  const auto a = w.person("a"), b = w.person("b"), c = w.person("c");
  for (const auto who : {a, b, c}) w.did(who, "view", on(0));
  w.did(a, "buy", on(1), R"({"lines":[{"sku":"tea","n":1},{"sku":"cup","n":2}],"tags":["new","hot"],"rate":0.1})", 900);
  w.did(b, "buy", on(2), R"({"lines":[{"sku":"tea","n":2}],"tags":[],"rate":"0.1"})");
  w.did(c, "buy", on(3), R"({"lines":"tea","tags":"new","rate":null})", 100);
  const struct { const char* where; std::int64_t people; } rows[] = {
      {R"(any lines where (sku = \"tea\" and n >= 2))", 1},   // of one member, not of two
      {R"(every lines where (sku = \"tea\"))", 1},
      {R"(lines.sku = \"tea\")", 0},                          // below a list there is no property
      {"lines.sku is missing", 3},
      {R"(tags has any (\"new\"))", 1},
      {R"(tags has none (\"new\"))", 1},                      // of lists only
      {"size(tags) = 0", 1},
      {"rate = 0.1", 1},
      {"rate != 0.2", 1},                                  // missing, and of another type, are not other values
      {"rate is missing", 1},
      {"amount = 0分", 1},                                 // an event that carries none
      {"amount is set", 3},
      {"amount between 1.00元 and 9.00元", 2},
      {"weekday(at) = 3", 1},                              // by the merchant's calendar
      {"at is today", 0},
  };
  for (const auto& row : rows)
    EXPECT_EQ(w.steps(std::string(R"({"steps":["view","buy where )") + row.where + R"("],"window":"30d"})")[1], row.people) << row.where;
  EXPECT_EQ(w.code("funnel", R"({"steps":["view","buy where amount >= 50"],"window":"1d"})"), "segments.money_unit");
  EXPECT_EQ(w.code("funnel", R"({"steps":["view","buy where amount contains \"5\""],"window":"1d"})"), "segments.type");
}

TEST(Behaviour, TheGreatestNumberIsAGroupLikeAnyOther) {
  ShopWorld w;
  const auto a = w.person("a");
  w.did(a, "view", on(0), R"({"n":9223372036854775807})");
  w.did(a, "buy", on(1));
  const auto parts = json::parse(w.ask("funnel", R"({"steps":["view","buy"],"window":"30d","by":"n"})")).at("parts").as_array();
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].at("value").as_string(), "9223372036854775807");
}

TEST(Behaviour, WhatWasJustAcknowledgedIsInTheAnswer) {
  Shop w;
  EXPECT_EQ(w.steps(R"({"steps":["view","cart"],"window":"7d"})"), (std::vector<std::int64_t>{3, 2}));
  w.did(w.c, "cart", on(3));
  EXPECT_EQ(w.steps(R"({"steps":["view","cart"],"window":"7d"})"), (std::vector<std::int64_t>{3, 3}));
}

TEST(Behaviour, MergedPeopleAreOneErasedOnesAreNone) {
  Shop w;
  const std::string spec = R"({"steps":["view where channel = \"ad\"","buy where amount = 50.00元"],"window":"30d"})";
  EXPECT_EQ(w.steps(spec), (std::vector<std::int64_t>{2, 0}));
  w.did(w.a, "buy", on(12), "{}", 5000);
  w.check(w.write([&](Tx& tx) { return people::merge(tx, {w.a, w.c, "test"}); }));
  EXPECT_EQ(w.steps(spec), (std::vector<std::int64_t>{2, 1}));  // c looked, a bought: one person
  w.check(w.write([&](Tx& tx) { return people::unmerge(tx, w.c, "test", 1); }));
  EXPECT_EQ(w.steps(spec), (std::vector<std::int64_t>{2, 0}));
  w.check(w.write([&](Tx& tx) { return people::erase(tx, w.b); }));
  EXPECT_EQ(w.steps(spec), (std::vector<std::int64_t>{1, 0}));
}

TEST(Behaviour, APersonsScopeIsTheAnswersScope) {
  Shop w;
  w.check(w.write([&](Tx& tx) { return people::assign_owner(tx, w.b, StaffId{7}, "/1/"); }));
  const auto mine = w.read([](Tx& tx) { return ask_funnel(tx, Scope::of(Reach::own, StaffId{7}, "/1/"), {.steps = {"view", "cart"}, .window = "7d"}); });
  w.check(mine);
  EXPECT_EQ(mine->parts[0].steps[0].people, 1);
  EXPECT_EQ(mine->basis.people, 1);
}

TEST(Behaviour, PeopleOfAnAnswerAreWhoTheyShouldBe) {
  Shop w;
  const auto people_of = [&](auto ask, auto spec, auto pick) {
    std::vector<std::int64_t> out;
    const auto scope = Scope::everything("test");
    w.check(w.read([&](Tx& tx) -> Result<> {
      Found found;
      TRY(ask(tx, scope, spec, &pick, &found));
      found.people.each([&](events::columns::Ordinal o) { out.push_back(found.view->roster->node(o)); });
      return {};
    }));
    return out;
  };
  using Ids = std::vector<std::int64_t>;
  const FunnelSpec funnel{.steps = {"view", "cart", "buy"}, .window = "7d"};
  EXPECT_EQ(people_of(ask_funnel, funnel, FunnelPick{.step = 2, .dropped = true}), (Ids{w.b.v}));
  EXPECT_EQ(people_of(ask_funnel, funnel, FunnelPick{.step = 2, .dropped = {}}), (Ids{w.a.v, w.b.v}));
  EXPECT_EQ(people_of(ask_retention, RetentionSpec{.first = "view", .back = "buy", .unit = "week", .periods = 2, .from = kStart}, RetentionPick{0, 1}), (Ids{w.b.v}));
  EXPECT_EQ(people_of(ask_paths, PathsSpec{.anchor = "view", .window = "30d"}, PathsPick{{"cart"}}), (Ids{w.a.v, w.b.v}));
  EXPECT_EQ(people_of(ask_activity, ActivitySpec{.event = "view", .by = "channel"}, ActivityPick{.point = {}, .value = "ad"}), (Ids{w.b.v, w.c.v}));
  EXPECT_EQ(people_of(ask_tiles, TilesSpec{.event = "buy", .tiles = 2}, TilesPick{.r = 2, .f = 0, .m = 0}), (Ids{w.b.v}));
}

/// Who stands behind a part of an answer, by the numbers of their nodes.
template <class Spec, class Pick, class Ask>
std::vector<std::int64_t> behind(Shop& w, Ask ask, const Spec& spec, const Pick& pick) {
  std::vector<std::int64_t> out;
  w.check(w.read([&](Tx& tx) -> Result<> {
    Found found;
    TRY(ask(tx, Scope::everything("test"), spec, &pick, &found));
    found.people.each([&](events::columns::Ordinal o) { out.push_back(found.view->roster->node(o)); });
    return {};
  }));
  return out;
}
using Ids = std::vector<std::int64_t>;

TEST(Behaviour, AGroupOpensToItsPeople) {
  Shop w;
  const FunnelSpec funnel{.steps = {"view", "buy"}, .window = "30d", .by = "channel"};
  EXPECT_EQ(behind(w, ask_funnel, funnel, FunnelPick{.step = 1, .dropped = {}, .value = "ad"}), (Ids{w.b.v, w.c.v}));
  EXPECT_EQ(behind(w, ask_funnel, funnel, FunnelPick{.step = 1, .dropped = true, .value = "ad"}), (Ids{w.c.v}));
  EXPECT_EQ(behind(w, ask_funnel, funnel, FunnelPick{.step = 2, .dropped = {}, .value = "live"}), (Ids{w.a.v}));
  EXPECT_EQ(behind(w, ask_funnel, funnel, FunnelPick{.step = 2, .dropped = {}, .value = "nowhere"}), (Ids{}));
  auto times = funnel;
  times.count = "times";
  EXPECT_EQ(behind(w, ask_funnel, times, FunnelPick{.step = 2, .dropped = {}, .value = "ad"}), (Ids{w.b.v}));
  times.by = {};
  EXPECT_EQ(behind(w, ask_funnel, times, FunnelPick{.step = 1, .dropped = true, .value = {}}), (Ids{w.c.v}));

  const AttributionSpec credit{.touch = "view", .conversion = "buy", .by = "channel", .lookback = "7d", .credit = {}};
  EXPECT_EQ(behind(w, ask_attribution, credit, AttributionPick{.value = "live", .touched = {}}), (Ids{w.a.v}));
  EXPECT_EQ(behind(w, ask_attribution, credit, AttributionPick{.value = {}, .touched = false}), (Ids{w.b.v}));
  EXPECT_EQ(behind(w, ask_attribution, credit, AttributionPick{}), (Ids{w.a.v}));
}

TEST(Behaviour, RetentionIsBrokenDownByTheFirstEventOrByThePerson) {
  Shop w;
  const auto spec = [](const std::string& by) { return R"({"first":"view","back":"buy","unit":"week","periods":2,"from":"2026-03-02T00:00:00+08:00","to":"2026-03-09T00:00:00+08:00","by":")" + by + "\"}"; };
  const auto reply = json::parse(w.ask("retention", spec("channel")));
  EXPECT_EQ(json::serialize(reply.at("cohorts").at(0).at("back")), "[1,1,0]");
  ASSERT_EQ(reply.at("parts").as_array().size(), 2u);
  EXPECT_EQ(json::serialize(reply.at("parts").at(0)), R"({"value":"ad","cohorts":[{"start":"2026-03-02","people":2,"back":[0,1,0]}]})");
  EXPECT_EQ(json::serialize(reply.at("parts").at(1)), R"({"value":"live","cohorts":[{"start":"2026-03-02","people":1,"back":[1,0,0]}]})");
  const RetentionSpec same{.first = "view", .unit = "week", .periods = 2, .from = kStart, .by = "channel"};
  EXPECT_EQ(behind(w, ask_retention, same, RetentionPick{0, 0, "ad"}), (Ids{w.b.v, w.c.v}));
}

TEST(Behaviour, AQuestionIsAskedAmongTheSegmentAndTheRuleAndTheScope) {
  Shop w;
  const auto steps = [&](const std::string& more) { return w.steps(R"({"steps":["view","buy"],"window":"30d")" + more + "}"); };
  using Steps = std::vector<std::int64_t>;
  EXPECT_EQ(steps(R"x(,"among":"did(cart)")x"), (Steps{2, 2}));
  w.check(w.write([](Tx& tx) { return segments::create_segment(tx, {.name = "ad people", .rule = {.text = R"x(did(view where channel = "ad"))x", .json = {}}, .by = "test"}); }));
  EXPECT_EQ(steps(R"(,"segment":"ad people")"), (Steps{2, 1}));
  EXPECT_EQ(steps(R"x(,"segment":"ad people","among":"did(cart)")x"), (Steps{1, 1}));
  w.check(w.write([&](Tx& tx) { return people::assign_owner(tx, w.c, StaffId{7}, "/1/"); }));
  const auto mine = w.read([](Tx& tx) { return ask_funnel(tx, Scope::of(Reach::own, StaffId{7}, "/1/"), {.steps = {"view", "buy"}, .window = "30d", .segment = "ad people"}); });
  w.check(mine);
  EXPECT_EQ(mine->parts[0].steps[0].people, 1);
  EXPECT_EQ(mine->basis.people, 1);
}

TEST(Behaviour, DaysAreTheMerchantsTodayAmongThem) {
  Shop w;  // it is noon of the day 30; b bought on the day 9
  const auto buys = [&](int days) { return json::parse(w.ask("activity", R"({"event":"buy","days":)" + std::to_string(days) + "}")).at("parts").as_array().empty(); };
  EXPECT_TRUE(buys(21));
  EXPECT_FALSE(buys(22));
}

TEST(Behaviour, WhatNeverHappenedIsSaid) {
  Shop w;
  EXPECT_EQ(json::serialize(json::parse(w.ask("funnel", R"({"steps":["view","order_created"],"window":"7d"})")).at("basis").at("unseen")), R"(["order_created"])");
  EXPECT_EQ(json::serialize(json::parse(w.ask("funnel", R"({"steps":["view","buy"],"window":"7d"})")).at("basis").at("unseen")), "[]");
}

TEST(Behaviour, CreditActivityAndPaths) {
  Shop w;
  const auto credit = json::parse(w.ask("attribution", R"({"touch":"view","conversion":"buy","by":"channel","lookback":"7d"})"));
  EXPECT_EQ(credit.at("fen").as_int64(), 7000);
  ASSERT_EQ(credit.at("rows").as_array().size(), 2u);
  EXPECT_EQ(credit.at("rows").at(0).at("value").as_string(), "live");
  EXPECT_FALSE(credit.at("rows").at(1).at("touched").as_bool());
  const auto activity = json::parse(w.ask("activity", R"({"event":"buy","unit":"week","compare":true,"spread":true})")).at("parts").at(0);
  EXPECT_EQ(activity.at("events").as_int64(), 2);
  EXPECT_EQ(activity.at("sum").to_number<double>(), 7000);
  EXPECT_EQ(activity.at("percentiles").at(0).at("value").to_number<double>(), 2000);
  const auto ways = json::parse(w.ask("paths", R"({"anchor":"view","window":"30d"})"));
  EXPECT_EQ(ways.at("anchors").as_int64(), 3);
  EXPECT_EQ(json::serialize(ways.at("top").at(0)), R"({"steps":["cart","buy"],"times":2,"share":6.666666666666666E-1})");
}

TEST(Behaviour, WhatMakesNoSenseIsRefusedWithItsPlace) {
  Shop w;
  struct { std::string_view name; std::string spec, code; } const rows[] = {
      {"funnel", R"({"steps":["view"],"window":"7d"})", "insight.steps_count"},
      {"funnel", R"({"steps":["view","view","view","view","view","view","view","view","view","view","view"],"window":"7d"})", "insight.steps_count"},
      {"funnel", R"({"steps":["view","cart"],"window":"0d"})", "insight.zero_length"},
      {"funnel", R"({"steps":["view","cart"],"window":"soon"})", "insight.bad_length"},
      {"funnel", R"({"steps":["view","cart"],"window":"11y"})", "insight.bad_length"},
      {"funnel", R"({"steps":["view","cart"],"window":"4000d"})", "insight.long_length"},
      {"funnel", R"({"steps":["view","carrt"],"window":"7d"})", "segments.unknown_name"},
      {"funnel", R"({"steps":["view where","cart"],"window":"7d"})", "segments.syntax"},
      {"funnel", R"({"steps":["view within last 3d","cart"],"window":"7d"})", "segments.bad_step"},
      {"funnel", R"({"steps":["view","cart"],"window":"7d","order":"random"})", "insight.bad_choice"},
      {"funnel", R"({"steps":["view","cart"],"window":"7d","never":[{"event":"buy","after":2}]})", "insight.never_after"},
      {"funnel", R"({"steps":["view","cart"],"window":"7d","from":"2026-03-02T00:00:00Z","to":"2026-03-02T00:00:00Z"})", "insight.empty_stretch"},
      {"funnel", R"({"steps":["view","cart"],"window":"7d","days":7,"to":"2026-03-02T00:00:00Z"})", "insight.days_alone"},
      {"funnel", R"({"steps":["view","cart"],"window":"7d","days":0})", "insight.days_count"},
      {"funnel", R"({"steps":["view","cart"],"window":"7d","by":"person.shoe_size"})", "insight.no_attribute"},
      {"funnel", R"({"steps":["view","cart"],"windows":"7d"})", "insight.bad_spec"},
      {"funnel", R"({"steps":["view","cart"],"window":"7d","segment":"nobody's"})", "segments.no_segment"},
      {"funnel", R"({"steps":["view","cart"],"window":"7d","among":"stage ="})", "segments.syntax"},
      {"funnel", R"x({"steps":["view","cart"],"window":"7d","among":"did(carrt)"})x", "segments.unknown_name"},
      {"retention", R"({"first":"view","unit":"year"})", "insight.bad_choice"},
      {"retention", R"({"first":"view","periods":0})", "insight.periods_count"},
      {"retention", R"({"first":"view","unit":"day","from":"1990-01-01T00:00:00Z"})", "insight.long_stretch"},
      {"retention", R"({"first":"view","by":"person.shoe_size"})", "insight.no_attribute"},
      {"paths", R"({"anchor":"view","window":"1d","depth":7})", "insight.depth_count"},
      {"activity", R"({"event":"view","unit":"day","from":"1990-01-01T00:00:00Z"})", "insight.long_stretch"},
      {"attribution", R"({"touch":"view","conversion":"buy","credit":"all"})", "insight.bad_choice"},
      {"behaviour-rfm", R"({"event":"buy","tiles":1})", "insight.tiles_count"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(w.code(row.name, row.spec), row.code) << row.spec;
    // What the route refuses cannot be saved either, and is refused in the same words.
    const auto kind = row.name == "behaviour-rfm" ? std::string_view("rfm") : row.name;
    const auto saved = outcome(w.read([&](Tx& tx) { return check_chart(tx, kind, row.spec); }));
    EXPECT_EQ(saved, row.code == "insight.bad_spec" ? std::string("http.unknown_field") : row.code) << row.spec;
  }
}

}  // namespace
}  // namespace koi::insight::testing
