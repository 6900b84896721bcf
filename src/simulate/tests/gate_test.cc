#include "simulate/tests/box.h"

namespace koi::simulate {
namespace {
using box::Box;

TEST(SimulateTokens, AreMissingWrongKilledAndExpired) {
  Box b;
  const auto with = [&](const std::string& token) {
    return number(b.ask("GET", "externalcontact/get_follow_user_list", {}, {{"access_token", token}}), "errcode", -99);
  };
  EXPECT_EQ(with(""), 41001);
  EXPECT_EQ(with("nonsense"), 40014);
  EXPECT_EQ(with(b.token), 0);
  EXPECT_EQ(b.login("app"), b.token);  // the same while it lives
  b.advance(7199);
  EXPECT_EQ(with(b.token), 0);
  b.advance(1);
  EXPECT_EQ(with(b.token), 42001);
  const auto next = b.login("app");
  EXPECT_NE(next, b.token);
  EXPECT_EQ(with(next), 0);
  EXPECT_GT(number(b.sim("tokens/kill"), "killed"), 0);
  EXPECT_EQ(with(next), 40014);
  EXPECT_EQ(with(b.login("app")), 0);
}

TEST(SimulateTokens, GettokenJudgesCorpAndSecret) {
  Box b;
  const auto& app = b.world.gate.apps().front();
  const struct { std::string corp, secret; int want; } rows[] = {
      {b.world.corp.id, app.secret, 0}, {"wwother", app.secret, 40013}, {b.world.corp.id, "wrong", 40001}, {b.world.corp.id, "", 41004}};
  for (const auto& r : rows) EXPECT_EQ(number(b.ask("GET", "gettoken", {}, {{"corpid", r.corp}, {"corpsecret", r.secret}}), "errcode"), r.want) << r.want;
}

TEST(SimulateGate, UnknownPathsMethodsAndBodiesAnswerAsThePlatformDoes) {
  Box b;
  EXPECT_EQ(number(b.get("externalcontact/no_such_thing"), "errcode"), 40066);
  EXPECT_EQ(number(b.get("externalcontact/remark"), "errcode"), 43002);
  EXPECT_EQ(b.code("get_follow_user_list", {{"a", 1}}), 43001);
  box::PlainCall bad(b.request("POST", "/cgi-bin/externalcontact/remark", "{\"a\":", {{"access_token", b.token}}));
  EXPECT_EQ(number(json::parse(answer_platform(b.world, bad).now->body).get_object(), "errcode"), 47001);
  EXPECT_GT(platform_size(), 95u);
}

TEST(SimulateGate, TheSyncSecretReadsIdsOnly) {
  Box b;
  const auto sync = b.login("sync");
  const auto ids = b.ask("POST", "user/list_id", {{"limit", 3}}, {{"access_token", sync}});
  EXPECT_EQ(array(ids, "dept_user").size(), 3u);
  EXPECT_EQ(number(b.ask("GET", "externalcontact/get_follow_user_list", {}, {{"access_token", sync}}), "errcode"), 48002);
  EXPECT_EQ(number(b.ask("POST", "user/list_id", {{"limit", 3}}, {{"access_token", b.token}}), "errcode"), 48002);
}

TEST(SimulateGate, LimitsAreByApiMinuteAndHour) {
  Box b;
  b.sim("limits", {{"minute", 3}, {"hour", 5}});
  const auto call = [&] { return number(b.get("externalcontact/get_follow_user_list"), "errcode"); };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call(), 0);
  EXPECT_EQ(call(), 45009);
  EXPECT_EQ(number(b.get("department/list"), "errcode"), 0);  // another API has its own bucket
  b.advance(60);
  EXPECT_EQ(call(), 0);
  EXPECT_EQ(call(), 0);
  EXPECT_EQ(call(), 45009);  // five in this hour
  b.advance(3600);
  EXPECT_EQ(call(), 0);
  b.sim("limits", {{"on", false}});
  for (int i = 0; i < 9; ++i) EXPECT_EQ(call(), 0);
}

TEST(SimulateFaults, StrikeTheCallsTheyWereMeantFor) {
  Box b;
  b.sim("faults", {{"path", "externalcontact/remark"}, {"errcode", 45033}, {"times", 2}, {"skip", 1}});
  const auto customer = b.friend_of(b.user(0));
  const json::object body{{"userid", b.user(0)}, {"external_userid", customer}, {"remark", "甲"}};
  EXPECT_EQ(b.code("remark", body), 0);
  EXPECT_EQ(number(b.get("externalcontact/list", {{"userid", b.user(0)}}), "errcode"), 0);
  EXPECT_EQ(b.code("remark", body), 45033);
  EXPECT_EQ(b.code("remark", body), 45033);
  EXPECT_EQ(b.code("remark", body), 0);
}

TEST(SimulateFaults, AnUnknownOutcomeIsDoneAndAHangIsNot) {
  Box b;
  const auto customer = b.friend_of(b.user(0));
  const auto remark = [&](std::string_view said) { return b.post("remark", {{"userid", b.user(0)}, {"external_userid", customer}, {"remark", said}}); };
  const auto stored = [&] { return b.world.corp.relation(0, b.world.corp.customer_no(customer))->remark; };
  b.sim("faults", {{"path", "remark"}, {"kind", "unknown"}, {"ms", 30}});
  EXPECT_TRUE(remark("乙").empty());  // no answer yet
  EXPECT_EQ(stored(), "乙");
  EXPECT_TRUE(b.held->wait(std::chrono::seconds(20)));
  b.sim("faults", {{"path", "remark"}, {"kind", "hang"}});
  EXPECT_TRUE(remark("丙").empty());
  EXPECT_EQ(stored(), "乙");
  b.sim("faults", {{"path", "remark"}, {"kind", "late"}, {"ms", 20}});
  EXPECT_TRUE(remark("丁").empty());
  ASSERT_TRUE(b.held->wait(std::chrono::seconds(20)));
  EXPECT_EQ(number(json::parse((*b.held->reply)->body).get_object(), "errcode"), 0);
  EXPECT_EQ(stored(), "丁");
}

TEST(SimulateGate, CallsAreKeptWithoutSecrets) {
  Box b;
  b.code("remark", {{"userid", "nobody"}, {"external_userid", "x"}});
  const auto seen = b.sim("calls", {}, "GET", {{"path", "remark"}});
  ASSERT_EQ(array(seen, "calls").size(), 1u);
  const auto& call = array(seen, "calls")[0].get_object();
  EXPECT_EQ(number(call, "errcode"), 40003);
  EXPECT_TRUE(text(call, "body").contains("nobody"));
  const auto all = json::serialize(b.sim("calls", {}, "GET"));
  EXPECT_FALSE(all.contains(b.token));
  EXPECT_FALSE(all.contains(b.world.gate.apps().front().secret));
}

}  // namespace
}  // namespace koi::simulate
