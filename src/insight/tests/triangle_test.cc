#include <boost/json.hpp>

#include "insight/board.h"
#include "insight/tests/pond_world.h"

namespace koi::insight::testing {
namespace {

namespace json = boost::json;

const Scope kEverything = Scope::everything("test");
const Instant kNow = *parse_rfc3339("2026-06-30T04:00:00Z");
Instant ago(int days) { return kNow - std::chrono::days{days}; }

double value_of(const json::value& v) { return v.at("value").to_number<double>(); }

/// Ten people of two guides: ties, consent, orders and invitations with answers that can be counted on fingers.
struct Pond : PondWorld {
  std::vector<PersonId> who;
  Pond() {
    clock().set(kNow);
    for (int i = 0; i < 10; ++i) who.push_back(person("p" + std::to_string(i)));
    for (int i = 0; i < 6; ++i) friend_of(who[static_cast<std::size_t>(i)], i < 5 ? 1 : 2, "active", ago(100));
    friend_of(who[6], 2, "active", ago(90));
    friend_of(who[6], 2, "deleted_by_customer", ago(3));   // lost this week
    friend_of(who[7], 2, "active", ago(90));
    friend_of(who[7], 2, "deleted_by_staff", ago(8));      // lost before it
    for (int i : {0, 1, 2, 6}) consent(who[static_cast<std::size_t>(i)], true, ago(100));
    consent(who[2], false, ago(1));                        // opted out this week
    order("a", who[0], ago(200), 1000);                    // ripe cohort: again within 90 days
    order("b", who[0], ago(150), 3000);
    order("c", who[1], ago(120), 2000);                    // ripe cohort: not again
    order("d", who[3], ago(400), 9000);                    // only outside the year
    order("e", who[4], ago(10), 500, "cancelled");
    order("f", {}, ago(5), 700);
    set_seen();
  }
  void set_seen() {  // who arrived when, and who brought whom
    check(write([&](Tx& tx) -> Result<> {
      TRY(tx.exec("UPDATE person SET first_seen_at = $1", ago(400)));
      const auto seen = [&](std::size_t i, int days, PersonId inviter) -> Result<> {
        TRY(tx.exec("UPDATE person SET first_seen_at = $2, inviter_id = $3, channel = 'douyin' WHERE id = $1", who[i], ago(days), inviter));
        return {};
      };
      TRY(seen(5, 45, {}));       // arrived in the month before last …
      TRY(seen(8, 20, who[5]));   // … and brought one within 30 days
      TRY(seen(9, 10, who[5]));   // … this one only after 35
      TRY(seen(7, 5, {}));
      return {};
    }));
  }
};

TEST(Triangle, CountsOnFingers) {
  Pond w;
  const auto t = json::parse(w.ask("triangle"));
  const auto& own = t.at("ownership");
  EXPECT_EQ(value_of(own.at("connected")), 6);
  EXPECT_EQ(value_of(own.at("reachable_connected")), 2);  // 0 and 1: 2 opted out, 6 is gone
  EXPECT_DOUBLE_EQ(value_of(own.at("reachable")), 2.0 / 6);
  EXPECT_EQ(value_of(own.at("weekly_loss")), 2);          // 6 deleted, 2 opted out
  EXPECT_DOUBLE_EQ(value_of(own.at("weekly_loss_rate")), 2.0 / 7);
  EXPECT_DOUBLE_EQ(value_of(own.at("staff_gini")), 2 * (1 * 1 + 2 * 5) / (2 * 6.0) - 1.5);
  const auto& value = t.at("value");
  EXPECT_EQ(value_of(value.at("active_people")), 2);
  EXPECT_EQ(value_of(value.at("per_active_person")), 3000);
  EXPECT_DOUBLE_EQ(value_of(value.at("repurchase_90d")), 0.5);
  EXPECT_DOUBLE_EQ(value_of(value.at("repeat_sales_share")), 0.5);
  const auto& referral = t.at("referral");
  EXPECT_DOUBLE_EQ(value_of(referral.at("invited_share")), 2.0 / 3);
  EXPECT_DOUBLE_EQ(value_of(referral.at("referrer_share")), 0.1);
  EXPECT_DOUBLE_EQ(value_of(referral.at("k")), 1);
  EXPECT_EQ(t.at("totals").at("people").as_int64(), 10);
  EXPECT_EQ(t.at("totals").at("rows").as_int64(), 6);
  EXPECT_EQ(t.at("totals").at("orders").as_int64(), 5);
  EXPECT_EQ(t.at("totals").at("net_fen").as_int64(), 15700);
  EXPECT_EQ(own.at("connected").at("as_of").as_string(), "2026-06-30T04:00:00.000Z");
  EXPECT_EQ(own.at("connected").at("drill").as_string(), "/v1/insight/drill?metric=ownership.connected");
}

TEST(Triangle, OfAnEmptyStoreHasNoNumberWhereThereIsNoMeaning) {
  PondWorld w;
  const auto t = json::parse(w.ask("triangle"));
  EXPECT_EQ(value_of(t.at("ownership").at("connected")), 0);
  EXPECT_TRUE(t.at("ownership").at("reachable").at("value").is_null());
  EXPECT_TRUE(t.at("value").at("per_active_person").at("value").is_null());
  EXPECT_TRUE(t.at("referral").at("k").at("value").is_null());
  for (const auto name : question_names())
    EXPECT_TRUE(asks_columns(name) || !w.ask(name).empty()) << name;
}

TEST(Drill, ListsThePeopleOfANumberPageByPageAndNobodyElse) {
  Pond w;
  const auto all_of = [&](Drill cmd, const Scope& scope) {
    std::vector<PersonId> out;
    cmd.limit = 2;
    for (;;) {
      auto page = w.read([&](Tx& tx) { return drill(tx, scope, cmd); });
      w.check(page);
      out.insert(out.end(), page->begin(), page->end());
      if (page->size() < 2) return out;
      cmd.after = page->back();
    }
  };
  const auto drilled = [&](const char* metric, const Scope& scope = kEverything) {
    return all_of({.metric = metric, .after = {}, .limit = 2, .month = {}, .offset = 0, .channel = {}, .from = {}, .to = {}}, scope).size();
  };
  EXPECT_EQ(drilled("ownership.connected"), 6u);
  EXPECT_EQ(drilled("ownership.reachable_connected"), 2u);
  EXPECT_EQ(drilled("ownership.weekly_loss"), 2u);
  EXPECT_EQ(drilled("value.active_people"), 2u);
  EXPECT_EQ(drilled("referral.referrer_share"), 1u);
  EXPECT_EQ(drilled("referral.invited_share"), 2u);
  EXPECT_EQ(drilled("growth.new"), 3u);
  Drill cohort{.metric = "cohort.retention", .after = {}, .limit = 2, .month = parse_month("2025-12"), .offset = 0, .channel = {}, .from = {}, .to = {}};
  EXPECT_EQ(all_of(cohort, kEverything), (std::vector{w.who[0]}));  // first purchase 200 days before 2026-06-30
  cohort.offset = 2;
  EXPECT_EQ(all_of(cohort, kEverything).size(), 0u);
  w.check(w.write([&](Tx& tx) { return tx.exec("UPDATE person SET owner_staff_id = 1, unit_path = '/1/' WHERE id = $1", w.who[0]); }));
  EXPECT_EQ(drilled("ownership.connected", Scope::of(Reach::own, StaffId{1}, "")), 1u);
  EXPECT_EQ(drilled("ownership.connected", Scope::of(Reach::store, StaffId{5}, "/2/")), 0u);
  EXPECT_EQ(outcome(w.read([&](Tx& tx) { return drill(tx, kEverything, {.metric = "ownership.staff_gini", .after = {}, .limit = 1, .month = {}, .offset = 0, .channel = {}, .from = {}, .to = {}}); })),
            "insight.no_drill");
}

TEST(Answers, StayInsideTheScope) {
  Pond w;
  w.check(w.write([&](Tx& tx) { return tx.exec("UPDATE person SET owner_staff_id = 1 WHERE id = $1", w.who[0]); }));
  const auto own = Scope::of(Reach::own, StaffId{1}, "");
  const auto asked = w.read([&](Tx& tx) { return query_json(tx, own, "triangle", "{}"); });
  w.check(asked);
  const auto t = json::parse(*asked);
  EXPECT_EQ(t.at("totals").at("people").as_int64(), 1);
  EXPECT_EQ(t.at("totals").at("net_fen").as_int64(), 4000);
  const auto rfm = DeskCall(w.db(), own).send(routes(), "GET", "/v1/insight/rfm/people");
  EXPECT_NE(rfm.find(to_text(w.who[0])), std::string::npos) << rfm;
  EXPECT_EQ(rfm.find(to_text(w.who[1])), std::string::npos) << rfm;
  const auto trend = w.read([&](Tx& tx) { return query_json(tx, own, "trend", R"({"by":"month"})"); });
  EXPECT_EQ(json::parse(*trend).at("totals").at("orders").as_int64(), 2);  // the order of an unknown buyer is outside
}

TEST(Board, ServesWhatItHasUntilTheDataMovedAndTimePassed) {
  Pond w;
  const auto home = [&](bool fresh = false) {
    DeskCall call(w.db(), kEverything);
    if (fresh) call.with("fresh", "true");
    return json::parse(call.send(routes(), "GET", "/v1/insight/home"));
  };
  const auto rows = [](const json::value& v) { return v.at("triangle").at("totals").at("rows").as_int64(); };
  EXPECT_EQ(rows(home()), 6);
  w.order("g", w.who[0], ago(1), 100);
  EXPECT_EQ(rows(home()), 6);                     // a moment later: the same answer, with its as-of time
  EXPECT_EQ(rows(home(true)), 7);                 // asked for: recomputed
  w.order("h", w.who[0], ago(1), 100);
  w.clock().advance(std::chrono::seconds{30});
  EXPECT_EQ(rows(home()), 8);                     // nobody attends: a stale answer is recomputed by who asks
  EXPECT_EQ(home().at("stages").as_array().size(), 5u);
  EXPECT_EQ(home().at("growth").at("periods").as_array().size(), 30u);
}

TEST(Board, RefreshesInTheBackgroundAndSurvivesARestart) {
  Pond w;
  w.check(refresh_due(w.db()));
  EXPECT_EQ(w.count("metric_snapshot"), 4);
  EXPECT_GT(w.count("metric_value"), 0);
  EXPECT_EQ(*refresh_due(w.db()), 0);             // nothing moved
  w.reopen();
  auto body = w.read([&](Tx& tx) { return serve(tx, kEverything, {"triangle", "{}"}, false); });
  w.check(body);
  EXPECT_EQ(json::parse(**body).at("totals").at("rows").as_int64(), 6);
  w.order("g", w.who[0], ago(1), 100);
  w.clock().advance(std::chrono::minutes{1});
  EXPECT_GE(*refresh_due(w.db()), 1);             // the asked-for one moved
  body = w.read([&](Tx& tx) { return serve(tx, kEverything, {"triangle", "{}"}, false); });
  EXPECT_EQ(json::parse(**body).at("totals").at("rows").as_int64(), 7);
}

TEST(Metrics, AreFrozenByVersion) {
  PondWorld w;
  for (int i = 0; i < 2; ++i) w.check(w.write([](Tx& tx) { return freeze_metrics(tx); }));
  EXPECT_EQ(w.count("metric_version"), static_cast<std::int64_t>(metrics().size()));
  w.check(w.write([](Tx& tx) { return tx.exec("UPDATE metric_version SET formula = 'other' WHERE name = 'referral.k'"); }));
  EXPECT_EQ(outcome(w.write([](Tx& tx) { return freeze_metrics(tx); })), "insight.metric_changed");
  for (const auto& m : metrics()) EXPECT_FALSE(m.zh.empty() || m.en.empty() || m.formula.empty() || m.definition_zh.empty()) << m.name;
}

TEST(Queries, NameTheNearestWhenUnknownAndRefuseBadParameters) {
  PondWorld w;
  const auto ask = [&](const char* name, const char* spec) { return w.read([&](Tx& tx) { return query_json(tx, name, spec); }); };
  const auto wrong = ask("cohort", "{}");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "insight.no_such_query");
  EXPECT_NE(wrong.error().detail.find("cohorts"), std::string::npos);
  EXPECT_EQ(outcome(ask("rfm", R"({"method":"median"})")), "insight.bad_spec");
  EXPECT_EQ(outcome(ask("rfm", R"({"metod":"cuts"})")), "insight.bad_spec");
  EXPECT_EQ(outcome(ask("trend", R"({"periods":0})")), "insight.bad_spec");
  EXPECT_EQ(outcome(ask("growth", R"({"by":"year"})")), "insight.bad_spec");
  EXPECT_EQ(outcome(ask("cohorts", "[")), "insight.bad_spec");
}

}  // namespace
}  // namespace koi::insight::testing
