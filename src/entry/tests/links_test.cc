// Short links: what may be saved, where a click leads, and that a cap is exact.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/text.h"
#include "entry/tests/door_world.h"

namespace koi::entry {
namespace {

using namespace testing;

TEST(CheckLink, SaysWhatIsWrongAndWhere) {
  DoorWorld w;
  const auto many = [](int n) {
    auto spec = DoorWorld::to("https://a.example/");
    spec.targets.resize(static_cast<std::size_t>(n), spec.targets.front());
    for (int i = 0; i < n; ++i) spec.targets[static_cast<std::size_t>(i)].key = "k" + std::to_string(i);
    return spec;
  };
  struct { const char* want; LinkSpec spec; } rows[] = {
      {"ok", DoorWorld::to("https://a.example/x?y=1")},
      {"ok", DoorWorld::to("/c/abcd")},
      {"entry.url /targets/0/to", DoorWorld::to("javascript:alert(1)")},
      {"entry.url /targets/0/to", DoorWorld::to("//evil.example")},
      {"entry.url /targets/0/to", DoorWorld::to("https://user@evil.example/")},
      {"entry.url /targets/0/to", DoorWorld::to("https://a.example/\r\nSet-Cookie: x")},
      {"entry.url /targets/0/to", DoorWorld::to("/\\evil.example")},
      {"entry.url /targets/0/to", DoorWorld::to("https:///x")},
      {"entry.no_target /targets", many(0)},
      {"entry.no_target /targets", many(21)},
  };
  for (auto& row : rows) {
    const auto got = w.write([&](Tx& tx) { return create_link(tx, {row.spec, {}, {}}); });
    EXPECT_EQ(got ? "ok" : got.error().code + " " + got.error().pointer, row.want);
  }
  const auto with = [&](auto change) {
    auto spec = many(2);
    change(spec);
    const auto got = w.write([&](Tx& tx) { return create_link(tx, {spec, {}, {}}); });
    return got ? std::string("ok") : got.error().code + " " + got.error().pointer;
  };
  EXPECT_EQ(with([](LinkSpec& s) { s.name = " "; }), "entry.name /name");
  EXPECT_EQ(with([](LinkSpec& s) { s.targets[1].key = "k0"; }), "entry.target_key /targets/1/key");
  EXPECT_EQ(with([](LinkSpec& s) { s.targets[1].key = "K 0"; }), "entry.target_key /targets/1/key");
  EXPECT_EQ(with([](LinkSpec& s) { s.targets[0].weight = s.targets[1].weight = 0; }), "entry.weight /targets");
  EXPECT_EQ(with([](LinkSpec& s) { s.targets[0].weight = -1; }), "entry.weight /targets/0/weight");
  EXPECT_EQ(with([](LinkSpec& s) { s.targets[1].agents = {"wechatt"}; }), "entry.agent /targets/1/agents/0");
  EXPECT_EQ(with([](LinkSpec& s) { s.targets[1].hours = {{{9}, {}}}; }), "entry.weekday /targets/1/hours/0/days");
  EXPECT_EQ(with([](LinkSpec& s) { s.targets[1].kind = TargetKind::code; s.targets[1].to = "nope"; }), "entry.no_door /targets/1/to");
  EXPECT_EQ(with([](LinkSpec& s) { s.starts_at = from_ms(5); s.ends_at = from_ms(5); }), "entry.times /ends_at");
  EXPECT_EQ(with([](LinkSpec& s) { s.click_cap = -1; }), "entry.limit /click_cap");
  EXPECT_EQ(with([](LinkSpec& s) { s.fallback_url = "weixin://x"; }), "entry.url /fallback_url");
  EXPECT_EQ(with([](LinkSpec& s) { s.utm.source = std::string(101, 'x'); }), "entry.limit /utm/source");
}

TEST(CheckLink, ADefinitionFromOutsideIsReadStrictlyAndFilledIn) {
  const auto read = read_link(R"({"name":"x","targets":[{"to":"https://a.example"},{"to":"https://b.example","weight":3}]})");
  ASSERT_TRUE(read) << read.error().code;
  EXPECT_EQ(read->targets[0].key, "t1");
  EXPECT_EQ(read->targets[1].key, "t2");
  EXPECT_EQ(read->targets[0].weight, 1);
  EXPECT_TRUE(read->carry);
  const auto wrong = read_link(R"({"name":"x","target":[]})");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "http.unknown_field");
}

TEST(KeepLink, SlugsKeysAndVersionsAreGuarded) {
  DoorWorld w;
  const auto first = w.link(DoorWorld::to("https://a.example"), "summer");
  EXPECT_EQ(w.write([](Tx& tx) { return create_link(tx, {DoorWorld::to("https://b.example"), "summer", {}}); }).error().code, "entry.slug_taken");
  EXPECT_EQ(w.write([](Tx& tx) { return create_link(tx, {DoorWorld::to("https://b.example"), "A b", {}}); }).error().code, "entry.slug");
  const auto keyed = w.write([](Tx& tx) { return create_link(tx, {DoorWorld::to("https://b.example"), {}, "k1"}); });
  const auto again = w.write([](Tx& tx) { return create_link(tx, {DoorWorld::to("https://b.example"), {}, "k1"}); });
  ASSERT_TRUE(keyed && again);
  EXPECT_EQ(keyed->id, again->id);
  EXPECT_EQ(w.write([](Tx& tx) { return create_link(tx, {DoorWorld::to("https://c.example"), {}, "k1"}); }).error().code, "entry.key_reused");
  EXPECT_EQ(w.write([&](Tx& tx) { return edit_link(tx, {first.id, 7, first.spec}); }).error().code, "http.stale");
  EXPECT_EQ(w.write([&](Tx& tx) { return edit_link(tx, {first.id, 1, first.spec}); })->ver, 2);
  ASSERT_TRUE(w.write([&](Tx& tx) { return set_link_state(tx, first.id, DoorState::deleted); }));
  EXPECT_EQ(w.write([&](Tx& tx) { return edit_link(tx, {first.id, {}, first.spec}); }).error().code, "entry.door_deleted");
  EXPECT_EQ(w.write([&](Tx& tx) { return set_link_state(tx, first.id, DoorState::active); }).error().code, "entry.door_deleted");
  EXPECT_EQ(w.write([](Tx& tx) { return create_link(tx, {DoorWorld::to("https://b.example"), "summer", {}}); }).error().code, "entry.slug_taken") << "printed addresses never change hands";
  const auto listed = w.read([](Tx& tx) { return list_links(tx, {"夏日", {}, {}, 0, 10}); });
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->size(), 1u);
}

TEST(FollowLink, SaysWhyItDoesNotLeadOn) {
  DoorWorld w;
  auto spec = DoorWorld::to("https://a.example/");
  spec.starts_at = from_ms(kMonday + kHour);
  spec.ends_at = from_ms(kMonday + 2 * kHour);
  spec.fallback_url = "https://a.example/over";
  spec.fallback_text = "下次再来";
  const auto link = w.link(spec, "window");
  EXPECT_EQ(w.where("window", DoorWorld::by("v1")), "soon");
  w.pass(kHour);
  EXPECT_EQ(w.where("window", DoorWorld::by("v1")), "https://a.example/");
  w.pass(kHour);
  const auto over = w.click("window", DoorWorld::by("v1"));
  EXPECT_EQ(over->why, "over");
  EXPECT_EQ(over->address, "https://a.example/over");
  EXPECT_EQ(over->words, "下次再来");
  ASSERT_TRUE(w.write([&](Tx& tx) { return set_link_state(tx, link.id, DoorState::paused); }));
  EXPECT_EQ(w.where("window", DoorWorld::by("v1")), "paused");
  ASSERT_TRUE(w.write([&](Tx& tx) { return set_link_state(tx, link.id, DoorState::deleted); }));
  EXPECT_EQ(w.where("window", DoorWorld::by("v1")), "deleted");
  EXPECT_EQ(w.where("nothing", DoorWorld::by("v1")), "unknown");
  EXPECT_EQ(w.counts(link.id).clicks, 1);
  EXPECT_EQ(w.counts(link.id).turned, 4);
}

TEST(FollowLink, MachinesAreCountedApartAndTakeNothing) {
  DoorWorld w;
  auto spec = DoorWorld::to("https://a.example/");
  spec.click_cap = 1;
  const auto link = w.link(spec, "robots");
  auto machine = DoorWorld::by("", "Googlebot/2.1");
  machine.machine = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(w.where("robots", machine), "https://a.example/");
  EXPECT_EQ(w.events_of("page_viewed"), 0);
  EXPECT_EQ(w.where("robots", DoorWorld::by("v1")), "https://a.example/");
  EXPECT_EQ(w.where("robots", DoorWorld::by("v2")), "full");
  EXPECT_EQ(w.counts(link.id).bots, 3);
  EXPECT_EQ(w.counts(link.id).clicks, 1);
  EXPECT_EQ(w.events_of("page_viewed"), 1);
}

TEST(FollowLink, InsideWechatTheBrowserIsAskedForWithoutTakingAClick) {
  DoorWorld w;
  auto spec = DoorWorld::to("https://a.example/");
  spec.browser_only = true;
  spec.click_cap = 1;
  const auto link = w.link(spec, "browser");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(w.where("browser", DoorWorld::by("v1", kWechat)), "ask");
  EXPECT_EQ(w.where("browser", DoorWorld::by("v1", "Mozilla/5.0 Mobile wxwork/4.1 MicroMessenger/7.0")), "https://a.example/") << "WeCom opens what it is told";
  EXPECT_EQ(w.counts(link.id).asked, 3);
  EXPECT_EQ(w.counts(link.id).clicks, 1);
}

TEST(FollowLink, WhereAClickCameFromGoesOnAndIsTold) {
  DoorWorld w;
  auto spec = DoorWorld::to("https://a.example/x?utm_source=own#top");
  spec.utm = {"sms", "text", "summer", "", ""};
  w.link(spec, "carry");
  auto caller = DoorWorld::by("v1");
  caller.touch = {{"utm_source", "paper"}, {"utm_medium", "poster"}, {"click_id", "c 1"}, {"public_platform", "tencent"}};
  EXPECT_EQ(w.where("carry", caller), "https://a.example/x?utm_source=own&click_id=c%201&utm_medium=poster&utm_campaign=summer#top");
  const auto told = w.last_props();
  EXPECT_TRUE(told.starts_with("ad_clicked ")) << told;
  for (const auto* part : {"\"utm_source\":\"paper\"", "\"click_id\":\"c 1\"", "\"public_platform\":\"tencent\"", "\"visitor\":\"v1\"", "\"channel\":\"短信\""}) EXPECT_NE(told.find(part), std::string::npos) << part;
  EXPECT_EQ(w.where("carry", DoorWorld::by("v1")), "https://a.example/x?utm_source=own&utm_campaign=summer&utm_medium=text#top");
  EXPECT_TRUE(w.last_props().starts_with("page_viewed "));
  spec.carry = false;
  w.link(spec, "keep");
  EXPECT_EQ(w.where("keep", caller), "https://a.example/x?utm_source=own&utm_campaign=summer&utm_medium=text#top");
}

TEST(FollowLink, AClickIsStitchedToThePersonOnceTheBrowserIsKnown) {
  DoorWorld w;
  w.link(DoorWorld::to("https://a.example/"), "stitch");
  w.where("stitch", DoorWorld::by("browser-one-0001"));
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM event WHERE person_id <> 0"), 0);
  const auto who = w.write([](Tx& tx) {
    const people::Ident idents[] = {visitor_ident("browser-one-0001"), {"phone_e164", "13812345678"}};
    return people::resolve(tx, idents, "test");
  });
  ASSERT_TRUE(who) << who.error().code;
  w.where("stitch", DoorWorld::by("browser-one-0001"));
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM event WHERE person_id = " + std::to_string(who->person.v)), 1);
}

TEST(ChooseTarget, ConditionsComeBeforeTheRestAndTheSameVisitorMeetsTheSame) {
  LinkSpec spec;
  const auto add = [&](std::string key, std::int64_t weight) -> LinkTarget& {
    auto& t = spec.targets.emplace_back();
    t.key = std::move(key);
    t.weight = weight;
    t.to = "https://a.example/" + t.key;
    return t;
  };
  add("a", 3);
  add("b", 1);
  add("rest", 0);
  add("ios", 1).agents = {"ios"};
  add("zj", 1).regions = {"浙江"};
  add("night", 1).hours = {{{}, {"22:00-06:00"}}};
  const auto zone = *Zone::find("Asia/Shanghai");
  const auto pick = [&](std::string visitor, std::string_view agent, std::string_view region, std::int64_t ms) {
    const auto* t = choose_target(spec, {7}, visitor, agent, region, moment_of(zone, from_ms(ms)));
    return t == nullptr ? std::string("none") : t->key;
  };
  const std::string_view desktop = "Mozilla/5.0 (X11; Linux x86_64)";
  EXPECT_EQ(pick("v", kPhone, "", kMonday), "ios");
  EXPECT_EQ(pick("v", desktop, "浙江", kMonday), "zj");
  EXPECT_EQ(pick("v", desktop, "江苏", kMonday + 13 * kHour), "night");
  std::map<std::string, int> met;
  for (int i = 0; i < 8000; ++i) ++met[pick("visitor" + std::to_string(i), desktop, "", kMonday)];
  EXPECT_EQ(met.size(), 2u);
  EXPECT_NEAR(met["a"], 6000, 250);
  for (int i = 0; i < 50; ++i) {
    const auto v = "visitor" + std::to_string(i);
    EXPECT_EQ(pick(v, desktop, "", kMonday), pick(v, desktop, "", kMonday + kHour));
  }
  spec.targets = {spec.targets[3]};
  EXPECT_EQ(pick("v", desktop, "", kMonday), "none");
}

TEST(LinkCap, IsExactWhenManyComeAtOnce) {
  DoorWorld w;
  auto spec = DoorWorld::to("https://a.example/");
  spec.click_cap = 25;
  const auto link = w.link(spec, "race");
  std::vector<std::unique_ptr<Db>> others;
  std::vector<Db*> stores{&w.db()};
  if (koi::testing::on_postgres()) {  // a second process beside this one: nothing but the database keeps them in order
    store::Options options;
    options.address = w.address();
    options.clock = &w.clock();
    options.readers = 1;
    auto other = Db::open(options);
    ASSERT_TRUE(other) << other.error().detail;
    stores.push_back(other->get());
    others.push_back(std::move(*other));
  }
  std::atomic<int> went{0}, full{0}, failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const auto caller = DoorWorld::by("v" + std::to_string(t) + "-" + std::to_string(i));
        const auto got = stores[static_cast<std::size_t>(t) % stores.size()]->write([&](Tx& tx) { return follow_link(tx, "race", caller); }, ShardKey{static_cast<std::uint64_t>(i)});
        if (!got) ++failed;
        else if (got->kind == Landing::Kind::go) ++went;
        else if (got->why == "full") ++full;
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(went, 25);
  EXPECT_EQ(full, 55);
  EXPECT_EQ(w.counts(link.id).clicks, 25);
  EXPECT_EQ(w.number("SELECT CAST(SUM(clicks) AS BIGINT) FROM entry_link_day"), 25);
  EXPECT_EQ(w.number("SELECT CAST(SUM(turned) AS BIGINT) FROM entry_link_day"), 55);
}

TEST(LinkStats, AreByDayAndTargetAndCountABrowserOnceADay) {
  DoorWorld w;
  const auto link = w.link(DoorWorld::to("https://a.example/"), "stats");
  for (const auto* v : {"v1", "v1", "v2"}) w.where("stats", DoorWorld::by(v));
  w.pass(kDay);
  w.where("stats", DoorWorld::by("v1"));
  EXPECT_EQ(w.call("GET", "/v1/links/{link}/stats", {to_text(link.id)}), "200");
  EXPECT_TRUE(w.shows(R"("total":{"clicks":4,"visitors":3,)")) << w.last.body;
  EXPECT_TRUE(w.shows(R"("targets":[{"clicks":4,"visitors":3,)")) << w.last.body;
  EXPECT_TRUE(w.shows(R"({"clicks":3,"visitors":2,"bots":0,"asked":0,"turned":0,"day":"2026-11-23"})")) << w.last.body;
  EXPECT_EQ(w.call("GET", "/v1/links/{link}/stats", {to_text(link.id)}, {}, "from=2026-01-02&to=2026-01-01"), "entry.days /to");
  w.pass(3 * kDay);
  ASSERT_TRUE(keep_door_time(w.db()));
  EXPECT_EQ(w.count("entry_door_seen"), 0);
}

RC_GTEST_PROP(FollowLink, WhatTheRequestBringsNeverChangesWhereItLeads, ()) {
  static DoorWorld w;
  static const auto link = w.link(DoorWorld::to("https://a.example/x"), "fixed");
  RC_ASSERT(link.id.v != 0);
  auto caller = DoorWorld::by("v1");
  for (const auto* name : {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "click_id"}) {
    // touch_of lets UTF-8 through only.
    if (auto value = *rc::gen::string<std::string>(); valid_utf8(value)) caller.touch[name] = std::move(value);
  }
  const auto got = w.where("fixed", caller);
  RC_ASSERT(got.starts_with("https://a.example/x"));
  const auto rest = got.substr(19);
  RC_ASSERT(rest.empty() || rest.front() == '?');
  RC_ASSERT(std::ranges::all_of(got, [](char c) { return c > ' ' && c < '\x7f'; }));
}

TEST(Regions, AreWhatTheListSays) {
  DoorWorld w;
  const auto put = [&](std::string_view csv) {
    const auto got = w.write([&](Tx& tx) { return put_regions(tx, csv); });
    return got ? std::to_string(*got) : got.error().code + " " + got.error().pointer;
  };
  EXPECT_EQ(put("# 网段\n203.0.113.0/24,浙江\n198.51.100.10-198.51.100.20, 上海\r\n\n192.0.2.7,北京\n"), "3");
  const auto of = [&](std::string_view address) { return w.read([&](Tx& tx) { return region_of(tx, address); }).value_or("?"); };
  struct { const char *address, *want; } const rows[] = {{"203.0.113.0", "浙江"}, {"203.0.113.255", "浙江"}, {"203.0.114.0", ""}, {"::ffff:203.0.113.9", "浙江"}, {"198.51.100.9", ""},
                                                         {"198.51.100.20", "上海"}, {"198.51.100.21", ""}, {"192.0.2.7", "北京"}, {"0.0.0.0", ""}, {"2001:db8::1", ""}, {"x", ""}};
  for (const auto& row : rows) EXPECT_EQ(of(row.address), row.want) << row.address;
  EXPECT_EQ(put("203.0.113.0/24,浙江\n203.0.113.9,杭州"), "entry.region_overlap 2:1");
  EXPECT_EQ(put("203.0.113.0/33,浙江"), "entry.region_line 1:1");
  EXPECT_EQ(put("a\n"), "entry.region_line 1:1");
  EXPECT_EQ(put("1.2.3.4,"), "entry.region_line 1:1");
  EXPECT_EQ(of("203.0.113.9"), "浙江") << "a bad list changes nothing";
  auto spec = DoorWorld::to("https://a.example/all");
  spec.targets.emplace_back().to = "https://a.example/zj";
  spec.targets[1].regions = {"浙江"};
  w.link(spec, "region");
  EXPECT_EQ(w.where("region", DoorWorld::by("v1")), "https://a.example/zj");
}

TEST(Agents, AreKnownByTheirWords) {
  struct { std::string_view agent, want; } const rows[] = {
      {kPhone, "ios mobile"}, {kWechat, "wechat android mobile"}, {"Mozilla/5.0 (X11; Linux x86_64)", "desktop"},
      {"Mozilla/5.0 (iPhone) MicroMessenger/8.0 wxwork/4.1", "wecom ios mobile"}, {"Mozilla/5.0 (Linux; Android 13) aweme_280000 BytedanceWebview", "douyin android mobile"},
      {"", "desktop"}};
  for (const auto& row : rows) {
    std::string got;
    for (const auto one : agent_classes(row.agent)) got += (got.empty() ? "" : " ") + std::string(one);
    EXPECT_EQ(got, row.want) << row.agent;
  }
}

}  // namespace
}  // namespace koi::entry
