// The routes of this room: what they show, to whom, and what they refuse.
#include "people/list.h"
#include "people/tags.h"
#include "segments/live.h"
#include "segments/tests/desk.h"

namespace koi::segments::desk {
namespace {

constexpr std::string_view kOne = "/v1/segments/{segment}";
Scope guide() { return Scope::of(Reach::own, StaffId{7}, "/1/"); }

TEST(SegmentApi, KeepsShowsAndChangesASegment) {
  Shop w;
  ASSERT_EQ(w.post("/v1/segments", {{"name", "老客"}, {"mode", "live"}, {"text", "count(order_paid) >= 2"}, {"tag", "分层/老客"}}), "201");
  EXPECT_EQ(w.text("/state"), "filling");
  const auto id = w.text("/id");
  ASSERT_EQ(w.call("GET", kOne, {id}), "200");
  EXPECT_EQ(w.text("/text"), "count(order_paid) >= 2");
  EXPECT_EQ(w.text("/rule/aggregate/fn"), "count");
  EXPECT_NE(w.text("/sentence/zh"), "");
  EXPECT_EQ(w.etag, "\"v1\"");
  EXPECT_EQ(w.call("PATCH", kOne, {id}, R"({"text":"count(order_paid) >= 3"})", {}, "\"v1\""), "200");
  EXPECT_EQ(w.text("/version"), "2");
  EXPECT_EQ(w.call("PATCH", kOne, {id}, R"({"name":"x"})", {}, "\"v1\""), "segments.stale");
  EXPECT_EQ(w.call("GET", "/v1/segments/{segment}/versions", {id}), "200");
  EXPECT_EQ(w.json().at("data").as_array().size(), 2u);
  EXPECT_EQ(w.text("/data/0/by"), "user 1");
  EXPECT_EQ(w.make("坏", "orders >"), "segments.syntax");
  EXPECT_EQ(w.make("坏", "ordres > 1"), "segments.unknown_name");
  EXPECT_EQ(w.post("/v1/segments", {{"name", "x"}, {"mode", "asked"}}), "segments.rule_missing");
  ASSERT_EQ(w.make("用老客", "in segment \"老客\"").substr(0, 4), "seg_");
  EXPECT_EQ(w.call("GET", "/v1/segments/{segment}/use", {id}), "200");
  EXPECT_EQ(w.text("/data/0/name") + " " + w.text("/data/1/kind"), "用老客 tag");
  EXPECT_EQ(w.call("DELETE", kOne, {id}), "segments.in_use");
  ASSERT_EQ(w.call("GET", "/v1/segments", {}, {}, {{"q", "老"}, {"limit", "1"}}), "200");
  EXPECT_EQ(w.text("/data/0/name"), "用老客");
  const auto next = w.text("/next");
  ASSERT_EQ(w.call("GET", "/v1/segments", {}, {}, {{"q", "老"}, {"limit", "1"}, {"cursor", next}}), "200");
  EXPECT_EQ(w.text("/data/0/name") + w.text("/next"), "老客null");
  EXPECT_EQ(w.call("GET", "/v1/segments", {}, {}, {{"mode", "live"}}), "200");
  EXPECT_EQ(w.json().at("data").as_array().size(), 1u);
}

TEST(SegmentApi, SaysWhichSegmentsAPersonIsInAndSinceWhen) {
  Shop w;
  constexpr std::string_view kHeld = "/v1/people/{person}/segments";
  const auto two = w.make("两次", "count(order_paid) >= 2", "live"), any = w.make("买过", "did(order_paid)", "live");
  ASSERT_EQ(w.make("现问", "everyone").substr(0, 4), "seg_");
  const auto settle = [&] {
    EXPECT_EQ(outcome(events::drain(w.db(), people::consumers())), "ok");
    EXPECT_EQ(outcome(settle_live(w.db())), "ok");
  };
  settle();
  ASSERT_EQ(w.post("/v1/segments/{segment}/snapshot", {{"name", "三月"}}, {two}), "201");
  const auto held = [&](PersonId who) {
    const auto got = w.call("GET", kHeld, {to_text(who)});
    if (got != "200") return got;
    std::string out;
    const auto all = w.json();
    for (const auto& one : all.at("data").as_array())
      out += std::string(out.empty() ? "" : ", ") + one.at("name").as_string().c_str() + " " + (one.at("since").is_null() ? "-" : one.at("since").as_string().c_str());
    return out;
  };
  EXPECT_EQ(held(w.tea), "三月 2026-03-20T04:00:00.000Z, 两次 -, 买过 -") << "asked ones keep nobody";
  EXPECT_EQ(held(w.cup), "买过 -");
  w.clock().advance(std::chrono::hours(1));
  w.paid(w.cup, 0, 10'00);
  settle();
  EXPECT_EQ(held(w.cup), "两次 2026-03-20T05:00:00.000Z, 买过 -");
  EXPECT_EQ(w.text("/data/0/reason") + " " + w.text("/data/0/mode") + " " + w.text("/data/0/filling"), "event:order_paid live false");
  EXPECT_EQ(held(w.none), "");
  // The list of people can be narrowed to them.
  const auto among = [&](const std::string& name) {
    const auto got = w.read([&](Tx& tx) -> Result<std::string> {
      TRY(const auto page, people::list_people(tx, w.scope, {.segment = name}, people::SortBy::created, {}, 50));
      TRY(const auto count, people::count_people(tx, w.scope, {.segment = name}));
      auto out = std::to_string(count) + ":";
      for (const auto& row : page.rows) out += row.id == w.tea ? " tea" : row.id == w.cup ? " cup" : " none";
      return out;
    });
    return got ? *got : got.error().code;
  };
  EXPECT_EQ(among("两次"), "2: cup tea");
  EXPECT_EQ(among("三月"), "1: tea");
  EXPECT_EQ(among(two), "2: cup tea");
  EXPECT_EQ(among("现问"), "segments.not_kept");
  EXPECT_EQ(among("没有"), "segments.no_segment");
  // When they are many they are not named one by one: by their bits it is the same people.
  const auto say_size = [&](int n) { EXPECT_EQ(outcome(w.write([&](Tx& tx) -> Result<> { TRY(tx.exec("UPDATE segment_state SET size = $1", n)); return {}; })), "ok"); };
  say_size(20'000);
  EXPECT_EQ(among("两次") + ", " + among("三月") + ", " + among("买过"), "2: cup tea, 1: tea, 2: cup tea");
  say_size(2);
  // A fixed segment keeps who was there, by whatever name they go now.
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return people::merge(tx, {.into = w.cup, .from = w.tea, .evidence = "test", .by_user = 1}); })), "ok");
  EXPECT_EQ(among("三月"), "1: cup");
  say_size(20'000);
  EXPECT_EQ(among("三月"), "1: cup");
  say_size(2);
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return people::unmerge(tx, w.tea, "test", 1); })), "ok");
  settle();
  w.scope = guide();
  EXPECT_EQ(among("两次"), "1: tea");
  EXPECT_EQ(held(w.cup), "people.not_found");
  EXPECT_EQ(held(w.tea).substr(0, 6), "三月");
  w.scope = Scope::everything("test");
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return people::erase(tx, w.tea); })), "ok");
  EXPECT_EQ(held(w.tea), "");
}

TEST(SegmentApi, ACircleOverTagsIsNamedBeforeItIsSaved) {
  Shop w;
  ASSERT_EQ(w.make("甲", "tags has any (\"t2\")", "live", "环/t1"), "segments.unknown_name");
  ASSERT_EQ(w.make("乙", "everyone", "live", "环/t2").substr(0, 4), "seg_");
  ASSERT_EQ(w.make("甲", "tags has any (\"t2\")", "live", "环/t1").substr(0, 4), "seg_");
  ASSERT_EQ(w.post("/v1/segments/check", {{"text", "not tags has any (\"t1\")"}, {"name", "乙"}}), "200");
  EXPECT_EQ(w.text("/ok") + " " + w.text("/problems/0/code") + " " + w.text("/problems/0/detail"), "false segments.tag_cycle 乙 > #环/t1 > 甲 > #环/t2 > 乙");
  ASSERT_EQ(w.post("/v1/segments/check", {{"text", "not tags has any (\"t1\")"}, {"name", "丙"}}), "200");
  EXPECT_EQ(w.text("/ok"), "true");
}

TEST(SegmentApi, ChecksATextAndSaysWhereItIsWrong) {
  Shop w;
  ASSERT_EQ(w.post("/v1/segments/check", {{"text", "orders >= 1 and\n ordres > 2"}}), "200");
  EXPECT_EQ(w.text("/ok"), "false");
  EXPECT_EQ(w.text("/problems/0/code") + " " + w.text("/problems/0/line") + ":" + w.text("/problems/0/column") + " " + w.text("/problems/0/suggestion"),
            "segments.unknown_name 2:2 orders");
  ASSERT_EQ(w.post("/v1/segments/check", {{"text", "orders >="}}), "200");
  EXPECT_EQ(w.text("/problems/0/code"), "segments.syntax");
  EXPECT_EQ(w.text("/rule"), "null");
  ASSERT_EQ(w.post("/v1/segments/check", {{"text", "paid >= 50元"}}), "200");
  EXPECT_EQ(w.text("/ok") + w.text("/rule/field"), "truepaid");
  const auto rule = w.json().at("rule");
  ASSERT_EQ(w.post("/v1/segments/check", {{"rule", rule}}), "200");
  EXPECT_EQ(w.text("/text"), "paid >= 50.00元");
}

TEST(SegmentApi, CountsWithinTheScopeAndAsOfAnyInstant) {
  Shop w;
  EXPECT_EQ(w.counted("did(order_paid)"), "2");
  EXPECT_EQ(w.text("/of"), "3");
  EXPECT_EQ(w.counted("count(order_paid within last 7d) >= 2"), "1");
  EXPECT_EQ(w.counted("everyone and nonsense"), "segments.syntax");
  ASSERT_EQ(w.post("/v1/segments/count", {{"what", {{"text", "did(order_paid)"}}}, {"at", "2026-03-01T00:00:00Z"}}), "200");
  EXPECT_EQ(w.text("/count"), "1");
  w.scope = guide();
  EXPECT_EQ(w.counted("did(order_paid)"), "1");
  EXPECT_EQ(w.text("/of"), "1");
  EXPECT_EQ(w.post("/v1/segments/count", {{"what", boost::json::object{}}}), "segments.rule_missing");
}

TEST(SegmentApi, PreviewsWhatEachClauseDoes) {
  Shop w;
  ASSERT_EQ(w.post("/v1/segments/preview", {{"what", {{"text", "did(order_paid) and (sum(order_paid.amount) >= 100元 or tags has any (\"奶茶\")) and member_no is missing"}}}}), "200");
  EXPECT_EQ(w.text("/count") + " of " + w.text("/of"), "2 of 3");
  EXPECT_EQ(w.json().at("sample").as_array().size(), 2u);
  const auto clauses = w.json().at("clauses").as_array();
  std::string said;
  for (const auto& c : clauses)
    said += boost::json::value_to<std::string>(c.at("pointer")) + " " + boost::json::serialize(c.at("alone")) + " " + boost::json::serialize(c.at("removes")) + " " + boost::json::serialize(c.at("missing")) + "\n";
  EXPECT_EQ(said,
            "/all/0 2 0 null\n/all/1 2 0 null\n/all/1/any/0 1 -1 null\n/all/1/any/1 1 -1 0\n/all/2 3 0 3\n");
  EXPECT_EQ(w.text("/reach/wecom"), "0");
  w.check(w.write([&](Tx& tx) -> Result<> {
    TRY(people::relate(tx, {w.tea, "staff", 7, "active", "wecom", "code:1", tx.now()}));
    return people::record_consent(tx, {w.tea, "wecom", "marketing", true, "form:1", "v1", tx.now()});
  }));
  w.clock().advance(std::chrono::minutes(2));
  ASSERT_EQ(w.post("/v1/segments/preview", {{"what", {{"text", "orders >= 0"}}}}), "200");
  EXPECT_EQ(w.text("/reach/wecom") + w.text("/clauses/0/alone"), "13");
  ASSERT_EQ(w.post("/v1/segments/preview", {{"what", {{"text", "seq(order_paid -> order_paid within 10d) within last 60d and not did(order_paid without order_paid within 20d after)"}}}}), "200");
  EXPECT_EQ(w.text("/clauses/0/alone"), "1");
}

TEST(SegmentApi, ReplaysEntriesAndComparesTwo) {
  Shop w;
  ASSERT_EQ(w.post("/v1/segments/entries", {{"what", {{"text", "did(order_paid within last 3d)"}}}, {"days", 12}}), "200");
  std::string moves;
  const auto days = w.json().at("data").as_array();
  for (const auto& d : days)
    if (d.at("entered").as_int64() + d.at("left").as_int64() > 0)
      moves += boost::json::value_to<std::string>(d.at("day")) + " +" + boost::json::serialize(d.at("entered")) + " -" + boost::json::serialize(d.at("left")) + "\n";
  EXPECT_EQ(moves, "2026-03-10 +1 -0\n2026-03-13 +0 -1\n2026-03-15 +1 -0\n2026-03-18 +0 -1\n2026-03-19 +1 -0\n");
  EXPECT_EQ(w.text("/per_day"), "2.5E-1");
  EXPECT_EQ(w.post("/v1/segments/entries", {{"what", {{"text", "everyone"}}}, {"days", 0}}), "segments.days");
  ASSERT_EQ(w.post("/v1/segments/overlap", {{"a", {{"text", "did(order_paid)"}}}, {"b", {{"text", "tags has any (\"奶茶\")"}}}}), "200");
  EXPECT_EQ(w.last, R"({"a":2,"b":1,"both":1,"only_a":1,"only_b":0})");
}

TEST(SegmentApi, SaysWhySomebodyIsInToWhoeverMaySeeThem) {
  Shop w;
  const auto ask = [&](PersonId who, const std::string& rule) {
    return w.post("/v1/segments/why", {{"what", {{"text", rule}}}, {"person", to_text(who)}});
  };
  ASSERT_EQ(ask(w.tea, "count(order_paid within last 30d) >= 2 and did(order_paid within last 3d)"), "200");
  EXPECT_EQ(w.text("/in") + w.text("/explained/of/0/found") + w.text("/explained/of/0/holds"), "true2true");
  EXPECT_EQ(w.json().at_pointer("/explained/of/0/events").as_array().size(), 2u);
  EXPECT_EQ(w.text("/explained/of/0/events/0/kind"), "order_paid");
  EXPECT_NE(w.text("/explained/of/0/events/0/zh"), "order_paid");
  EXPECT_EQ(w.text("/next_look_at"), "2026-03-22T04:00:00.000Z");  // the order of a day ago is three days old
  ASSERT_EQ(ask(w.none, "did(order_paid)"), "200");
  EXPECT_EQ(w.text("/in"), "false");
  w.scope = guide();
  EXPECT_EQ(ask(w.tea, "everyone"), "200");
  EXPECT_EQ(ask(w.cup, "everyone"), "people.not_found");
}

TEST(SegmentApi, KeepsASnapshotAndListsItsPeople) {
  Shop w;
  const auto id = w.make("买过", "did(order_paid)");
  ASSERT_EQ(w.post("/v1/segments/{segment}/snapshot", {{"name", "三月"}}, {id}), "201");
  EXPECT_EQ(w.text("/mode") + w.text("/size"), "fixed2");
  const auto fixed = w.text("/id");
  ASSERT_EQ(w.post("/v1/segments/{segment}/snapshot", {{"name", "二月"}, {"at", "2026-03-01T00:00:00Z"}}, {id}), "201");
  EXPECT_EQ(w.text("/size"), "1");
  EXPECT_EQ(w.post("/v1/segments/{segment}/snapshot", {{"name", "三月"}}, {id}), "segments.name_taken");
  ASSERT_EQ(w.call("GET", "/v1/segments/{segment}/people", {fixed}, {}, {{"limit", "1"}}), "200");
  EXPECT_EQ(w.text("/data/0/id") + w.text("/count"), to_text(w.tea) + "2");
  const auto next = w.text("/next");
  ASSERT_EQ(w.call("GET", "/v1/segments/{segment}/people", {fixed}, {}, {{"limit", "1"}, {"cursor", next}}), "200");
  EXPECT_EQ(w.text("/data/0/id") + w.text("/next"), to_text(w.cup) + "null");
  ASSERT_EQ(w.call("GET", "/v1/segments/{segment}/profile", {id}), "200");
  EXPECT_EQ(w.text("/size") + w.text("/of") + w.text("/cuts/3/data/0/value") + w.text("/cuts/3/data/0/inside"), "23偏好/奶茶1");
  w.scope = guide();
  ASSERT_EQ(w.call("GET", "/v1/segments/{segment}/people", {fixed}), "200");
  EXPECT_EQ(w.text("/count") + w.text("/data/0/id"), "1" + to_text(w.tea));
  ASSERT_EQ(w.call("GET", kOne, {fixed}), "200");
  EXPECT_EQ(w.text("/size"), "1");
}

TEST(SegmentApi, OffersWhatRulesMayName) {
  Shop w;
  w.make("买过", "did(order_paid)");
  ASSERT_EQ(w.post("/v1/lists", {{"name", "名单"}}), "201");
  ASSERT_EQ(w.call("GET", "/v1/segments/vocabulary"), "200");
  EXPECT_EQ(w.text("/segments/0/name") + w.text("/lists/0/name") + w.text("/tags/0/name"), "买过名单奶茶");
  EXPECT_GT(w.json().at("operators").as_array().size(), 40u);
  EXPECT_GT(w.json().at("functions").as_array().size(), 10u);
  EXPECT_NE(w.text("/stages/0/zh"), w.text("/stages/0/name"));
  EXPECT_GT(w.json().at("events").as_array().size(), 20u);
}

TEST(SegmentApi, ListsTakePeopleInAndLetThemGo) {
  Shop w;
  ASSERT_EQ(w.post("/v1/lists", {{"name", "名单"}, {"description", "春"}}), "201");
  const auto id = w.text("/id");
  ASSERT_EQ(w.post("/v1/lists/{list}/people", {{"ids", {to_text(w.tea), "cus_0000000000000"}}}, {id}), "200");
  EXPECT_EQ(w.text("/added") + w.text("/bad/0/line") + w.text("/bad/0/code"), "12people.not_found");
  ASSERT_EQ(w.post("/v1/lists/{list}/people", {{"identifiers", {{{"ns", "order_buyer:shop"}, {"value", "cup"}}}}}, {id}), "200");
  ASSERT_EQ(w.post("/v1/lists/{list}/people", {{"csv", "ns,value\norder_buyer:shop,cup\n"}}, {id}), "200");
  EXPECT_EQ(w.text("/already"), "1");
  ASSERT_EQ(w.call("GET", "/v1/lists/{list}/people", {id}), "200");
  EXPECT_EQ(w.json().at("data").as_array().size(), 2u);
  EXPECT_EQ(w.counted("in list \"名单\""), "2");
  ASSERT_EQ(w.call("GET", "/v1/lists/{list}", {id}), "200");
  EXPECT_EQ(w.text("/people"), "2");
  EXPECT_EQ(w.call("PATCH", "/v1/lists/{list}", {id}, R"({"name":"新名单"})", {}, "\"v1\""), "200");
  EXPECT_EQ(w.call("PATCH", "/v1/lists/{list}", {id}, R"({"name":"x"})", {}, "\"v1\""), "segments.stale");
  EXPECT_EQ(w.call("DELETE", "/v1/lists/{list}/people", {id}, boost::json::serialize(boost::json::value{{"ids", {to_text(w.cup)}}})), "200");
  EXPECT_EQ(w.text("/removed"), "1");
  EXPECT_EQ(w.call("DELETE", "/v1/lists/{list}", {id}), "204");
  EXPECT_EQ(w.call("GET", "/v1/lists/{list}", {id}), "segments.no_list");
  w.scope = guide();
  ASSERT_EQ(w.post("/v1/lists", {{"name", "我的"}}), "201");
  ASSERT_EQ(w.post("/v1/lists/{list}/people", {{"ids", {to_text(w.tea), to_text(w.cup)}}}, {w.text("/id")}), "200");
  EXPECT_EQ(w.text("/added") + w.text("/bad_rows"), "11");
}

TEST(SegmentApi, GivesATagToWhoeverWasInBefore) {
  Shop w;
  const auto id = w.make("买过", "did(order_paid)", "live", "分层/买过");
  const auto backfill = [&](bool dry_run) { return w.post("/v1/segments/{segment}/backfill", {{"dry_run", dry_run}}, {id}); };
  EXPECT_EQ(backfill(true), "segments.filling");
  w.check(w.write([&](Tx& tx) { return tx.exec("UPDATE segment_state SET refill = 0, version = 1, filled_at = 1"); }));
  const auto keep = [&](const std::vector<std::int64_t>& people) {
    const auto number = *parse_id("seg", id);
    w.check(w.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec("DELETE FROM segment_chunk"));
      for (const auto who : people) {
        store::Blob bits;
        bits.bytes.resize(static_cast<std::size_t>(who % 4096 / 8) + 1);
        bits.bytes.back() = static_cast<char>(1U << (who % 8));
        TRY(tx.exec("INSERT INTO segment_chunk (segment_id, chunk, bits) VALUES ($1, $2, $3)", number, who / 4096, bits));
      }
      return {};
    }));
  };
  keep({w.tea.v});
  ASSERT_EQ(backfill(true), "200");
  EXPECT_EQ(w.last, R"({"give":1,"take":0,"keep":0,"left":0})");
  EXPECT_EQ(w.counted("tags has any (\"分层/买过\")"), "0");
  ASSERT_EQ(backfill(false), "200");
  EXPECT_EQ(w.counted("tags has any (\"分层/买过\")"), "1");
  keep({w.none.v});
  ASSERT_EQ(backfill(false), "200");
  EXPECT_EQ(w.last, R"({"give":1,"take":1,"keep":0,"left":0})");
  ASSERT_EQ(backfill(false), "200");
  EXPECT_EQ(w.last, R"({"give":0,"take":0,"keep":1,"left":0})");
  EXPECT_EQ(w.post("/v1/segments/{segment}/backfill", {{"dry_run", true}}, {w.make("无标签", "everyone")}), "segments.no_tag");
}

TEST(SegmentApi, PacksGoOutAndComeBack) {
  Shop w;
  w.make("买过", "did(order_paid)");
  w.make("沉睡", "in segment \"买过\" and not did(order_paid within last 3d)", "live", "分层/沉睡");
  ASSERT_EQ(w.call("GET", "/v1/segments/export"), "200");
  const auto pack = w.last;
  EXPECT_EQ(pack, "# Koipond segments\n\nsegment \"买过\" asked {\n  did(order_paid)\n}\n\nsegment \"沉睡\" live tag \"分层/沉睡\" {\n"
                  "  in segment \"买过\" and not did(order_paid within last 3d)\n}\n");
  ASSERT_EQ(w.post("/v1/segments/import", {{"text", pack}, {"dry_run", true}}), "200");
  EXPECT_EQ(w.text("/data/0/result") + w.text("/data/1/result") + w.text("/applied"), "samesamefalse");
  const std::string tiers =
      "tiers \"会员分层\" live {\n  tier \"钻石\" {\n    sum(order_paid.amount) >= 500.00元\n  }\n  tier \"普通\" {\n    description \"其余\"\n    everyone\n  }\n}\n"
      "segment \"买过\" asked {\n  did(order_paid) and orders >= 0\n}\n";
  ASSERT_EQ(w.post("/v1/segments/import", {{"text", tiers}, {"dry_run", true}}), "200");
  EXPECT_EQ(w.text("/data/0/result") + w.text("/data/1/name") + w.text("/data/2/result"), "new会员分层/普通changed");
  EXPECT_EQ(w.count("segment"), 2);
  ASSERT_EQ(w.post("/v1/segments/import", {{"text", tiers}}), "200");
  EXPECT_EQ(w.text("/applied"), "true");
  EXPECT_EQ(w.counted("in segment \"会员分层/钻石\"") + w.counted("in segment \"会员分层/普通\""), "12");
  EXPECT_EQ(w.number("SELECT exclusive FROM tag_group WHERE name = '会员分层'"), 1);
  ASSERT_EQ(w.call("GET", "/v1/segments/export"), "200");
  EXPECT_NE(w.last.find(tiers.substr(0, tiers.find("segment"))), std::string::npos) << w.last;
  ASSERT_EQ(w.post("/v1/segments/import", {{"text", w.last}, {"dry_run", true}}), "200");
  const auto lines = w.json().at("data").as_array();
  for (const auto& line : lines) EXPECT_EQ(boost::json::value_to<std::string>(line.at("result")), "same") << w.last;
  ASSERT_EQ(w.post("/v1/segments/import", {{"text", "segment \"好\" asked {\n  everyone\n}\n\nsegment \"坏\" asked {\n  orders >= 1 and\n  ordres > 2\n}\n"}}), "200");
  EXPECT_EQ(w.text("/applied") + w.text("/data/1/result") + w.text("/data/1/code") + w.text("/data/1/line"), "falseerrorsegments.unknown_name7");
  ASSERT_EQ(w.call("GET", "/v1/segments", {}, {}, {{"q", "好"}}), "200");
  EXPECT_EQ(w.text("/data"), "[]");
  const struct { const char *text, *want; } bad[] = {
      {"segment 好 asked {\n}\n", "segments.pack_syntax"}, {"segment \"好\" fixed {\n everyone\n}\n", "segments.pack_syntax"},
      {"segment \"好\" asked {\n everyone\n", "segments.pack_syntax"}, {"segment \"好\" asked\n everyone\n}\n", "segments.pack_syntax"},
      {"segment \"好\" {\neveryone\n}\nsegment \"好\" {\nnobody\n}\n", "segments.pack_twice"}, {"group \"好\" {\n}\n", "segments.pack_syntax"}};
  for (const auto& row : bad) EXPECT_EQ(w.post("/v1/segments/import", {{"text", row.text}}), row.want) << row.text;
}

}  // namespace
}  // namespace koi::segments::desk
