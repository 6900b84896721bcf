// Rules on words come to stand at the platform as they are wanted, once.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "commerce/tests/desk_call.h"
#include "connect/tests/wecom_door.h"
#include "connect/wecom/rules/rules.h"

namespace koi::connect::wecom::testing {
namespace {

constexpr std::string_view kAddRule = "externalcontact/add_intercept_rule";

struct RulesWorld : SyncWorld {
  RulesWorld() : SyncWorld(corp_shape(6, 6, 1)) {
    EXPECT_EQ(outcome(w.write([&](Tx& tx) {
      return put_corp(tx, {.corp_id = corp, .name = "锦鲤", .base_url = {}, .secret = "s", .token = std::string(kDoorToken), .aes_key = std::string(kDoorAes), .agent_id = {}, .disabled = {}}, std::string(32, 'k'));
    })), "ok");
    sync();
  }
  StaffId staff(simulate::StaffNo no) {
    const auto one = w.read([&](Tx& tx) { return team::staff_by_wecom(tx, sim.user(no)); });
    return one && *one ? (*one)->id : StaffId{};
  }
  RuleSpec spec(std::string name = "不许外链") { return {.name = std::move(name), .words = {"加我私人微信", "刷单"}, .semantics = {"phone"}, .kind = "block", .everybody = false, .staff = {staff(0), staff(1)}, .units = {}}; }
  Result<InterceptRule> create(RuleSpec s) { return w.write([&](Tx& tx) { return create_rule(tx, corp, {.spec = s, .by = "test"}); }); }
  InterceptRule rule(InterceptRuleId id) {
    auto r = w.read([&](Tx& tx) { return find_rule(tx, id); });
    EXPECT_EQ(outcome(r), "ok");
    return r.value_or(InterceptRule{});
  }
  void edit(InterceptRuleId id, RuleSpec s) { EXPECT_EQ(outcome(w.write([&](Tx& tx) { return edit_rule(tx, id, {.spec = s, .by = "test"}); })), "ok"); }
  void drop(InterceptRuleId id) { EXPECT_EQ(outcome(w.write([&](Tx& tx) { return delete_rule(tx, id); })), "ok"); }
  RulesDone tend() {
    auto done = tend_rules(db(), platform, corp);
    EXPECT_EQ(outcome(done), "ok");
    return done.value_or(RulesDone{});
  }
  auto& there() { return sim.world.books.rules; }
  const simulate::InterceptRule& only() { return there().begin()->second; }
  void fault(std::string_view path, std::string_view kind, int errcode = -1, int times = 1) {
    sim.sim("faults", {{"path", path}, {"kind", kind}, {"errcode", errcode}, {"times", times}, {"ms", 3'600'000}});
  }
  /// Somebody at the platform's own desk.
  std::string elsewhere(std::string_view name) {
    return text_in(sim.post("add_intercept_rule", {{"rule_name", name}, {"word_list", json::array{"返现"}}, {"semantics_list", json::array{3}}, {"intercept_type", 2},
                                                   {"applicable_range", {{"user_list", json::array{sim.user(2)}}, {"department_list", json::array{1}}}}}), "rule_id");
  }
};

TEST(WecomRules, WhatIsWantedIsMadeChangedAndDeleted) {
  RulesWorld x;
  const auto made = x.create(x.spec());
  ASSERT_EQ(outcome(made), "ok");
  EXPECT_EQ(made->state, "making");
  EXPECT_EQ(x.tend().made, 1);
  ASSERT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.only().name, "不许外链");
  EXPECT_EQ(x.only().words, (std::vector<std::string>{"加我私人微信", "刷单"}));
  EXPECT_EQ(x.only().semantics, std::vector<std::int64_t>{1});
  EXPECT_EQ(x.only().kind, 1);
  EXPECT_EQ(x.only().users, (std::vector<std::string>{x.sim.user(0), x.sim.user(1)}));
  EXPECT_EQ(x.rule(made->id).state, "well");
  EXPECT_EQ(x.tend().made, 0) << "nothing more to do";

  auto next = x.spec("价格与返现");
  next.kind = "warn", next.words = {"返现"}, next.semantics = {}, next.staff = {x.staff(1), x.staff(2)};
  x.edit(made->id, next);
  EXPECT_EQ(x.rule(made->id).state, "making");
  EXPECT_EQ(x.tend().changed, 1);
  EXPECT_EQ(x.only().name, "价格与返现");
  EXPECT_EQ(x.only().words, std::vector<std::string>{"返现"});
  EXPECT_TRUE(x.only().semantics.empty());
  EXPECT_EQ(x.only().kind, 2);
  EXPECT_EQ(x.only().users, (std::vector<std::string>{x.sim.user(1), x.sim.user(2)}));

  next.everybody = true;
  x.edit(made->id, next);
  x.tend();
  EXPECT_EQ(x.only().departments, std::vector<std::int64_t>{1});
  EXPECT_TRUE(x.only().users.empty());

  x.drop(made->id);
  EXPECT_EQ(x.tend().deleted, 1);
  EXPECT_TRUE(x.there().empty());
  EXPECT_EQ(x.w.count("connect_wecom_rule"), 0);
  x.drop(made->id);
}

TEST(WecomRules, APlaceIsItsDepartments) {
  RulesWorld x;
  const auto unit = x.w.number("SELECT unit_id FROM connect_wecom_department WHERE unit_id > 0 ORDER BY department LIMIT 1");
  auto s = x.spec();
  s.staff = {}, s.units = {UnitId{unit}};
  ASSERT_EQ(outcome(x.create(s)), "ok");
  x.tend();
  ASSERT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.only().departments.front(), x.w.number("SELECT department FROM connect_wecom_department WHERE unit_id = " + std::to_string(unit)));
}

TEST(WecomRules, AnAnswerThatNeverCameIsLookedForNotAskedForAgain) {
  RulesWorld x;
  const auto made = x.create(x.spec());
  x.fault(kAddRule, "unknown");  // done, and nobody hears of it
  EXPECT_EQ(x.tend().waiting, 1);
  EXPECT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.rule(made->id).state, "unknown");
  auto other = x.spec("改了名字");
  x.edit(made->id, other);
  EXPECT_EQ(x.tend().made, 0) << "a late request may still be on its way";
  x.pass(61);
  const auto done = x.tend();
  EXPECT_EQ(done.adopted, 1);
  EXPECT_EQ(done.changed, 1);
  EXPECT_EQ(done.made, 0);
  ASSERT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.only().name, "改了名字");
  EXPECT_EQ(x.rule(made->id).state, "well");
}

TEST(WecomRules, WhatWasNeverDoneIsDoneLater) {
  RulesWorld x;
  const auto made = x.create(x.spec());
  x.fault(kAddRule, "hang");
  EXPECT_EQ(x.tend().waiting, 1);
  EXPECT_TRUE(x.there().empty());
  x.pass(61);
  EXPECT_EQ(x.tend().made, 1);
  EXPECT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.rule(made->id).state, "well");
}

TEST(WecomRules, OneThatIsDeletedBeforeItsAnswerLeavesNothingBehind) {
  RulesWorld x;
  const auto made = x.create(x.spec());
  x.fault(kAddRule, "unknown");
  x.tend();
  x.drop(made->id);
  EXPECT_EQ(x.w.count("connect_wecom_rule"), 1) << "something may be there";
  x.pass(61);
  EXPECT_EQ(x.tend().deleted, 1);
  EXPECT_TRUE(x.there().empty());
  EXPECT_EQ(x.w.count("connect_wecom_rule"), 0);
}

TEST(WecomRules, ARefusalStandsOnTheRuleAndIsTriedAgainLater) {
  RulesWorld x;
  x.elsewhere("同名");
  const auto made = x.create(x.spec("同名"));
  x.pass(3600);
  EXPECT_EQ(x.tend().refused, 1);
  auto now = x.rule(made->id);
  EXPECT_EQ(now.state, "refused");
  EXPECT_TRUE(now.detail.starts_with("41077")) << now.detail;
  EXPECT_EQ(x.tend().refused, 0) << "not at once";
  x.edit(made->id, x.spec("另一个名字"));
  EXPECT_EQ(x.tend().made, 1) << "written anew: at once";
  EXPECT_EQ(x.rule(made->id).state, "well");
  for (const int code : {41068, 41069, 41083, 48002}) {
    const auto one = x.create(x.spec("规则" + std::to_string(code)));
    x.fault(kAddRule, "error", code);
    x.tend();
    EXPECT_TRUE(x.rule(one->id).detail.starts_with(std::to_string(code)));
    EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return retry_rule(tx, one->id); })), "ok");
    x.tend();
    EXPECT_EQ(x.rule(one->id).state, "well");
  }
}

TEST(WecomRules, ALeavingThatIsRefusedIsSaidAndCanBeAskedForAgain) {
  RulesWorld x;
  const auto made = x.create(x.spec());
  x.tend();
  x.drop(made->id);
  x.fault("externalcontact/del_intercept_rule", "error", 48002);
  EXPECT_EQ(x.tend().refused, 1);
  const auto list = x.w.read([](Tx& tx) { return list_rules(tx); });
  ASSERT_TRUE(list && list->size() == 1);
  EXPECT_EQ(list->front().state, "leaving");
  EXPECT_TRUE(list->front().detail.starts_with("48002"));
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return retry_rule(tx, made->id); })), "ok");
  EXPECT_EQ(x.tend().deleted, 1);
  EXPECT_TRUE(x.there().empty());
}

TEST(WecomRules, ABusyPlatformIsNobodysFault) {
  RulesWorld x;
  const auto made = x.create(x.spec());
  x.tend();
  x.edit(made->id, x.spec("新名字"));
  x.fault("externalcontact/update_intercept_rule", "error", -1, 9);
  EXPECT_EQ(outcome(tend_rules(x.db(), x.platform, x.corp)), "connect.wecom_busy");
  EXPECT_EQ(x.rule(made->id).state, "making");
  x.sim.sim("faults", {}, "DELETE");
  EXPECT_EQ(x.tend().changed, 1);
}

TEST(WecomRules, RulesMadeElsewhereAreListedAndOneDeletedThereIsSaid) {
  RulesWorld x;
  const auto made = x.create(x.spec());
  const auto foreign = x.elsewhere("后台规则");
  x.tend();
  const auto look = [&] {
    EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return look_at_rules(tx, x.corp); })), "ok");
    x.tend();
    return x.w.read([](Tx& tx) { return seen_rules(tx); }).value_or(std::vector<SeenRule>{});
  };
  const auto seen = look();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].rule_id, foreign);
  EXPECT_EQ(seen[0].words, std::vector<std::string>{"返现"});
  EXPECT_EQ(seen[0].semantics, std::vector<std::string>{"red_packet"});
  EXPECT_EQ(seen[0].kind, "warn");
  EXPECT_EQ(seen[0].staff.size(), 1u);
  EXPECT_EQ(seen[0].units.size(), 1u);
  EXPECT_EQ(x.there().size(), 2u);

  const auto ours = x.rule(made->id).rule_id;
  x.there().erase(ours);
  look();
  EXPECT_EQ(x.rule(made->id).state, "gone");
  x.pass(7200);
  x.tend();
  EXPECT_EQ(x.there().size(), 1u) << "not made anew by itself";
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return retry_rule(tx, made->id); })), "ok");
  EXPECT_EQ(x.tend().made, 1);
  EXPECT_EQ(x.rule(made->id).state, "well");

  x.there().erase(x.rule(made->id).rule_id);  // and when nobody looked
  x.edit(made->id, x.spec("还要它"));
  x.tend();
  x.tend();
  EXPECT_EQ(x.rule(made->id).state, "well");
  EXPECT_EQ(x.there().size(), 2u);
}

TEST(WecomRules, APlatformMadeAnewGetsThemAll) {
  RulesWorld x;
  const auto made = x.create(x.spec());
  x.tend();
  x.there().clear();
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return forget_made_rules(tx, x.corp); })), "ok");
  EXPECT_EQ(x.tend().made, 1);
  EXPECT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.rule(made->id).state, "well");
}

TEST(WecomRules, AListThatIsRefusedIsShown) {
  RulesWorld x;
  x.fault("externalcontact/get_intercept_rule_list", "error", 48002);
  x.tend();
  const auto looks = x.w.read([](Tx& tx) { return rule_looks(tx); });
  ASSERT_TRUE(looks && looks->size() == 1);
  EXPECT_TRUE(looks->front().detail.starts_with("48002"));
  x.pass(6 * 3600 + 1);
  x.tend();
  EXPECT_EQ(x.w.read([](Tx& tx) { return rule_looks(tx); })->front().error, "");
}

TEST(WecomRules, FollowTheTable) {
  RulesWorld x;
  ASSERT_EQ(outcome(x.create(x.spec("有了"))), "ok");
  const auto with = [&](auto&& change) {
    auto s = x.spec("表");
    change(s);
    return s;
  };
  const struct { RuleSpec spec; std::string want; } rows[] = {
      {with([](auto& s) { s.name = " "; }), "connect.rule_name"},
      {with([](auto& s) { s.name = std::string(21, 'a'); }), "connect.rule_name"},
      {with([](auto& s) { s.name = "有了"; }), "connect.rule_taken"},
      {with([](auto& s) { s.words = {" ", ""}; }), "connect.rule_words"},
      {with([](auto& s) { for (int i = 0; i < 300; ++i) s.words.push_back(std::to_string(i)); }), "connect.rule_words"},
      {with([](auto& s) { s.words = {std::string(33, 'w')}; }), "connect.rule_word"},
      {with([](auto& s) { s.semantics = {"fax"}; }), "connect.rule_semantics"},
      {with([](auto& s) { s.kind = "shout"; }), "connect.rule_kind"},
      {with([](auto& s) { s.staff = {}; }), "connect.rule_range"},
      {with([](auto& s) { s.staff = {StaffId{1}}; }), "connect.rule_staff"},
      {with([](auto& s) { s.units = {UnitId{1}}; }), "connect.rule_unit"},
      {with([](auto& s) { s.staff = {}, s.everybody = true, s.words = {" 私聊 ", "私聊"}; }), "ok"},
  };
  for (const auto& row : rows) EXPECT_EQ(outcome(x.create(row.spec)), row.want);
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return create_rule(tx, "wwnobody", {.spec = x.spec(), .by = {}}); })), "connect.no_corp");
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_wecom_rule WHERE words = '[\"私聊\"]'"), 1);
}

/// Whatever goes wrong in whatever order, one rule stands there in the end, as it was written last.
TEST(WecomRules, EndsAsItWasWrittenLast) {
  RulesWorld x;
  EXPECT_TRUE(rc::check([&x] {
    auto made = x.create(x.spec("规则0"));
    RC_ASSERT(made.has_value());
    int name = 0;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6));
    for (const auto step : steps) {
      if (step == 0) x.edit(made->id, x.spec("规则" + std::to_string(++name)));
      if (step == 1) x.fault(kAddRule, "unknown");
      if (step == 2) x.fault("externalcontact/update_intercept_rule", "unknown");
      if (step == 3) x.fault(kAddRule, "hang");
      if (step == 4) x.pass(61);
      if (step == 5) (void)tend_rules(x.db(), x.platform, x.corp);
    }
    x.sim.sim("faults", {}, "DELETE");
    for (int i = 0; i < 3; ++i) x.pass(61), x.tend();
    RC_ASSERT(x.there().size() == 1u);
    RC_ASSERT(x.only().name == "规则" + std::to_string(name));
    RC_ASSERT(x.rule(made->id).state == "well");
    x.drop(made->id);
    x.tend();
    RC_ASSERT(x.there().empty());
  }));
}

TEST(WecomRulesApi, WritesWithTheVersionInHand) {
  RulesWorld x;
  const auto ask = [&](std::string_view method, std::string_view path, std::string body = {}, std::string rule = {}) {
    return koi::testing::DeskCall(x.db(), Scope::everything("test"), std::move(body)).at("rule", rule).at("corp", x.corp).send(rule_routes(), method, path);
  };
  const auto body = R"("name":"私下收款","words":["转我微信","支付宝转"],"semantics":["red_packet"],"kind":"block","staff":[")" + to_text(x.staff(0)) + "\"]}";
  const auto made = ask("POST", "/v1/intercept-rules", R"({"corp_id":")" + x.corp + "\"," + body);
  EXPECT_NE(made.find(R"("state":"making")"), made.npos) << made;
  const auto id = json::parse(made).at("id").as_string();
  EXPECT_NE(ask("PUT", "/v1/intercept-rules/{rule}", "{" + body, std::string(id)).find(R"("ver":2)"), std::string::npos);
  x.tend();
  const auto list = ask("GET", "/v1/intercept-rules");
  EXPECT_NE(list.find(R"("state":"well")"), list.npos) << list;
  EXPECT_EQ(ask("DELETE", "/v1/intercept-rules/{rule}", {}, std::string(id)), "");
  x.tend();
  EXPECT_NE(ask("GET", "/v1/intercept-rules").find(R"("data":[],"elsewhere":[])"), std::string::npos);
  EXPECT_TRUE(ask("GET", "/v1/intercept-rules/{rule}", {}, std::string(id)).starts_with("connect.no_rule"));
  EXPECT_EQ(ask("POST", "/v1/channels/wecom/{corp}/intercept-rules:look"), "");
}

}  // namespace
}  // namespace koi::connect::wecom::testing
