#include "simulate/tests/box.h"

namespace koi::simulate {
namespace {
using box::Box;

json::object words(std::string_view said) { return {{"content", said}}; }

TEST(SimulateMass, NothingLeavesBeforeTheSenderConfirms) {
  Box b({.customers = 0, .groups = 0});
  const auto one = b.friend_of(b.user(0)), two = b.friend_of(b.user(0));
  const auto made = b.post("add_msg_template", {{"external_userid", json::array{one, two, "wmghost"}}, {"sender", b.user(0)}, {"text", words("会员日")}});
  EXPECT_EQ(texts(made, "fail_list"), std::vector<std::string>{"wmghost"});
  const json::object task{{"msgid", text(made, "msgid")}};
  json::object mine = task;
  mine["userid"] = b.user(0);
  EXPECT_EQ(b.code("get_groupmsg_send_result", mine), 41063);  // asked too early
  b.advance(5);
  EXPECT_EQ(number(array(b.post("get_groupmsg_task", task), "task_list")[0].get_object(), "status"), 0);
  const auto statuses = [&] {
    std::vector<std::int64_t> out;
    const auto reply = b.post("get_groupmsg_send_result", mine);
    for (const auto& row : array(reply, "send_list")) out.push_back(number(row.get_object(), "status"));
    return out;
  };
  EXPECT_EQ(statuses(), (std::vector<std::int64_t>{0, 0}));
  b.sim("customer/delete", {{"external_userid", two}, {"userid", b.user(0)}});
  b.sim("staff/confirm", mine);
  EXPECT_EQ(statuses(), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(number(array(b.post("get_groupmsg_task", task), "task_list")[0].get_object(), "status"), 2);
  EXPECT_EQ(b.refusal("staff/confirm", mine), "simulate.done_already");
  const auto phone = b.sim("phone", {}, "GET", {{"external_userid", one}});
  EXPECT_EQ(text(array(array(phone, "friends")[0].get_object(), "chat")[0].get_object(), "text"), "会员日");
}

TEST(SimulateMass, WhoChattedLastSendsToASharedCustomer) {
  Box b({.customers = 0, .groups = 0});
  const auto shared = b.friend_of(b.user(0));
  b.sim("customer/add", {{"external_userid", shared}, {"userid", b.user(1)}});
  b.advance(10);
  b.sim("customer/say", {{"external_userid", shared}, {"userid", b.user(0)}, {"text", "hi"}});
  const auto id = text(b.post("add_msg_template", {{"external_userid", json::array{shared}}, {"text", words("a")}}), "msgid");
  const auto tasks = b.post("get_groupmsg_task", {{"msgid", id}});
  ASSERT_EQ(array(tasks, "task_list").size(), 1u);
  EXPECT_EQ(text(array(tasks, "task_list")[0].get_object(), "userid"), b.user(0));
}

TEST(SimulateMass, EachCustomerReceivesAsManyAsTheMonthAllows) {
  Box b({.customers = 0, .groups = 0});
  b.sim("limits", {{"mass_month", 2}});
  const auto customer = b.friend_of(b.user(0));
  const auto send = [&] {
    const auto id = text(b.post("add_msg_template", {{"external_userid", json::array{customer}}, {"sender", b.user(0)}, {"text", words("a")}}), "msgid");
    b.advance(5);
    b.sim("staff/confirm", {{"msgid", id}, {"userid", b.user(0)}});
    return number(array(b.post("get_groupmsg_send_result", {{"msgid", id}, {"userid", b.user(0)}}), "send_list")[0].get_object(), "status");
  };
  EXPECT_EQ(send(), 1);
  EXPECT_EQ(send(), 1);
  EXPECT_EQ(send(), 3);
  b.advance(32 * 86'400);
  EXPECT_EQ(send(), 1);
}

TEST(SimulateMass, RefusesRemindsAndCancels) {
  Box b;
  const auto other_group = b.world.corp.groups[0].id;
  const auto stranger = b.user(b.world.corp.groups[0].owner == 3 ? 4 : 3);
  const struct { json::object body; int want; } rows[] = {
      {{{"chat_type", "single"}, {"sender", b.user(0)}}, 41089},
      {{{"chat_type", "mail"}, {"text", words("a")}}, 40058},
      {{{"text", words("a")}}, 40063},
      {{{"text", words("a")}, {"external_userid", json::array{"wmghost"}}}, 41048},
      {{{"text", words(std::string(4001, 'x'))}, {"sender", b.user(0)}}, 40058},
      {{{"chat_type", "group"}, {"text", words("a")}}, 40063},
      {{{"chat_type", "group"}, {"sender", stranger}, {"chat_id_list", json::array{other_group}}, {"text", words("a")}}, 41048},
      {{{"external_userid", json::array(10'001, "wm")}, {"text", words("a")}}, 81017},
  };
  for (const auto& r : rows) EXPECT_EQ(b.code("add_msg_template", r.body), r.want) << json::serialize(r.body).substr(0, 160);
  const auto id = text(b.post("add_msg_template", {{"sender", b.user(0)}, {"text", words("a")}}), "msgid");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(b.code("remind_groupmsg_send", {{"msgid", id}}), 0);
  EXPECT_EQ(b.code("remind_groupmsg_send", {{"msgid", id}}), 41094);
  EXPECT_EQ(b.code("cancel_groupmsg_send", {{"msgid", id}}), 0);
  EXPECT_EQ(b.code("remind_groupmsg_send", {{"msgid", id}}), 41093);
  EXPECT_EQ(b.refusal("staff/confirm", {{"msgid", id}, {"userid", b.user(0)}}), "simulate.cancelled");
  EXPECT_EQ(b.code("get_groupmsg_task", {{"msgid", "none"}}), 41047);
  EXPECT_EQ(b.code("get_groupmsg_list_v2", {{"chat_type", "single"}, {"start_time", box::kStart - 40 * 86'400}, {"end_time", box::kStart}}), 41052);
  EXPECT_EQ(array(b.post("get_groupmsg_list_v2", {{"chat_type", "single"}, {"start_time", box::kStart - 10}, {"end_time", box::kStart + 10}}), "group_msg_list").size(), 1u);
}

TEST(SimulateMoments, AJobMakesTheTaskAndStaffPublishIt) {
  Box b;
  const auto job = text(b.post("add_moment_task", {{"text", words("本周新品")},
                                                   {"visible_range", {{"sender_list", {{"user_list", json::array{b.user(0), "ghost"}}}},
                                                                      {"external_contact_list", {{"tag_list", json::array{"etnone"}}}}}}}), "jobid");
  const auto status = [&] { return number(b.get("externalcontact/get_moment_task_result", {{"jobid", job}}), "status"); };
  EXPECT_EQ(status(), 1);
  b.advance(3);
  EXPECT_EQ(status(), 2);
  b.advance(3);
  EXPECT_EQ(status(), 3);
  const auto result = object(b.get("externalcontact/get_moment_task_result", {{"jobid", job}}), "result");
  EXPECT_EQ(texts(object(result, "invalid_sender_list"), "user_list"), std::vector<std::string>{"ghost"});
  EXPECT_EQ(texts(object(result, "invalid_external_contact_list"), "tag_list"), std::vector<std::string>{"etnone"});
  const json::object mine{{"moment_id", text(result, "moment_id")}, {"userid", b.user(0)}};
  EXPECT_EQ(b.code("get_moment_send_result", mine), 41062);
  EXPECT_EQ(b.code("get_moment_comments", {{"moment_id", text(result, "moment_id")}, {"userid", b.user(1)}}), 41061);
  b.sim("staff/publish", mine);
  EXPECT_EQ(number(array(b.post("get_moment_task", mine), "task_list")[0].get_object(), "publish_status"), 1);
  EXPECT_EQ(array(b.post("get_moment_send_result", mine), "customer_list").size(), b.world.corp.staff[0].customers.size());
  b.sim("customer/react", {{"moment_id", text(result, "moment_id")}, {"userid", b.user(0)}, {"external_userid", b.world.corp.customers[0].id}});
  EXPECT_EQ(array(b.post("get_moment_comments", mine), "like_list").size(), 1u);
  b.advance(86'400);
  EXPECT_EQ(number(b.get("externalcontact/get_moment_task_result", {{"jobid", job}}), "errcode"), 40058);  // a job is kept for a day
}

TEST(SimulateMoments, RefusesMixturesStrangersMediaAndTheEleventhInAMinute) {
  Box b;
  const auto part = [](std::string_view kind) { return json::object{{"msgtype", kind}, {kind, {{"media_id", "none"}, {"url", "https://a.example/"}}}}; };
  EXPECT_EQ(b.code("add_moment_task", {{"visible_range", json::object{}}}), 41089);
  EXPECT_EQ(b.code("add_moment_task", {{"text", words("a")}, {"attachments", json::array{part("file")}}}), 41065);
  EXPECT_EQ(b.code("add_moment_task", {{"text", words("a")}, {"attachments", json::array{part("image")}}}), 40007);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(b.code("add_moment_task", {{"text", words("a")}}), 0);
  EXPECT_EQ(b.code("add_moment_task", {{"text", words("a")}}), 45009);
  b.advance(61);
  EXPECT_EQ(b.code("add_moment_task", {{"text", words("a")}}), 0);
}

TEST(SimulateAcquisition, ALinkBringsACustomerAndTellsTheStory) {
  Box b;
  const auto link = object(b.post("customer_acquisition/create_link", {{"link_name", "抖音投放A"}, {"range", {{"user_list", json::array{b.user(0)}}}}}), "link");
  EXPECT_TRUE(text(link, "url").starts_with("https://work.weixin.qq.com/ca/"));
  const auto customer = b.customer();
  b.sim("customer/scan", {{"external_userid", customer}, {"code", text(link, "url") + "?customer_channel=dy%5F77"}});
  EXPECT_EQ(b.told(), (std::vector<std::string>{"open_profile", "friend_request", "add_external_contact"}));
  EXPECT_EQ(b.told_field("State"), "dy_77");
  const auto one = array(b.post("customer_acquisition/customer", {{"link_id", text(link, "link_id")}}), "customer_list")[0].get_object();
  EXPECT_EQ(text(one, "state"), "dy_77");
  EXPECT_EQ(number(one, "chat_status"), 0);
  for (int i = 0; i < 3; ++i) b.sim("customer/say", {{"external_userid", customer}, {"userid", b.user(0)}, {"text", "在吗"}});
  EXPECT_EQ(b.told(3), (std::vector<std::string>{"customer_start_chat", "message_from_customer"}));
  const auto key = b.told_field("ChatKey");
  const auto info = b.post("customer_acquisition/get_chat_info", {{"chat_key", key}});
  EXPECT_EQ(number(object(info, "chat_info"), "recv_msg_cnt"), 3);
  EXPECT_EQ(text(info, "external_userid"), customer);
  b.advance(1800);
  EXPECT_EQ(b.code("customer_acquisition/get_chat_info", {{"chat_key", key}}), 40058);
  EXPECT_EQ(number(b.post("customer_acquisition/statistic", {{"link_id", text(link, "link_id")}, {"start_time", box::kStart}, {"end_time", box::kStart}}), "new_customer_cnt"), 1);
}

TEST(SimulateAcquisition, QuotaRunsOutWithItsEvents) {
  Box b;
  b.sim("quota", {{"balance", 20}});
  const auto link = object(b.post("customer_acquisition/create_link", {{"link_name", "A"}, {"range", {{"user_list", json::array{b.user(0)}}}}}), "link");
  const auto scan = [&] { return b.sim("customer/scan", {{"external_userid", b.customer()}, {"code", text(link, "url")}}); };
  scan();
  EXPECT_EQ(std::ranges::count(b.told(), "balance_low"), 1);
  for (int i = 0; i < 19; ++i) scan();
  EXPECT_EQ(std::ranges::count(b.told(), "balance_exhausted"), 1);
  EXPECT_EQ(text(scan(), "code"), "simulate.no_quota");
  EXPECT_EQ(number(b.get("externalcontact/customer_acquisition_quota"), "balance"), 0);
  b.sim("quota", {{"balance", 5}});
  EXPECT_EQ(b.told().back(), "balance_increased");
}

TEST(SimulateIntercept, RulesAreJudgedStoredAndReplaced) {
  Box b;
  const auto rule = [&](json::object more) {
    json::object out{{"rule_name", "禁止私下交易"}, {"word_list", json::array{"线下转账"}}, {"intercept_type", 1}, {"applicable_range", {{"user_list", json::array{b.user(0)}}}}};
    for (const auto& [k, v] : more) out[k] = v;
    return out;
  };
  const auto id = text(b.post("add_intercept_rule", rule({{"semantics_list", json::array{1, 3}}})), "rule_id");
  const struct { json::object body; int want; } rows[] = {
      {rule({}), 41077}, {rule({{"rule_name", "b"}, {"word_list", json::array(301, "x")}}), 41068},
      {rule({{"rule_name", "b"}, {"word_list", json::array{std::string(33, 'x')}}}), 41083}, {rule({{"rule_name", "b"}, {"semantics_list", json::array{4}}}), 41084},
      {rule({{"rule_name", "b"}, {"intercept_type", 3}}), 40058}, {rule({{"rule_name", "b"}, {"applicable_range", json::object{}}}), 40063}};
  for (const auto& r : rows) EXPECT_EQ(b.code("add_intercept_rule", r.body), r.want) << json::serialize(r.body).substr(0, 160);
  EXPECT_EQ(b.code("update_intercept_rule", {{"rule_id", id}, {"word_list", json::array{"a", "b"}}, {"add_applicable_range", {{"user_list", json::array{b.user(1)}}}}}), 0);
  const auto got = object(b.post("get_intercept_rule", {{"rule_id", id}}), "rule");
  EXPECT_EQ(texts(got, "word_list").size(), 2u);
  EXPECT_EQ(texts(object(got, "applicable_range"), "user_list").size(), 2u);
  EXPECT_EQ(numbers(object(got, "extra_rule"), "semantics_list"), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(b.code("del_intercept_rule", {{"rule_id", id}}), 0);
  EXPECT_EQ(b.code("get_intercept_rule", {{"rule_id", id}}), 41070);
}

}  // namespace
}  // namespace koi::simulate
