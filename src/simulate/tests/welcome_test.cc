#include "simulate/tests/box.h"

namespace koi::simulate {
namespace {
using box::Box;

struct Newcomer { std::string customer, userid, code; };
Newcomer newcomer(Box& b) {
  const auto customer = b.customer();
  const auto done = b.sim("customer/scan", {{"external_userid", customer}, {"code", b.way()}});
  return {customer, text(done, "userid"), text(done, "welcome_code")};
}
json::object hello(const std::string& code) { return {{"welcome_code", code}, {"text", {{"content", "你好"}}}}; }

TEST(SimulateWelcome, TheCodeLivesTwentySeconds) {
  for (const auto& [wait, want] : {std::pair{19, 0}, std::pair{20, 41050}}) {
    Box b;
    const auto who = newcomer(b);
    b.advance(wait);
    EXPECT_EQ(b.code("send_welcome_msg", hello(who.code)), want) << wait;
  }
  Box b;
  EXPECT_EQ(b.code("send_welcome_msg", hello("never")), 41050);
}

TEST(SimulateWelcome, WorksOnceAndNotAfterTheyTalked) {
  Box b;
  const auto who = newcomer(b);
  EXPECT_EQ(b.code("send_welcome_msg", hello(who.code)), 0);
  EXPECT_EQ(b.code("send_welcome_msg", hello(who.code)), 41096);
  b.advance(2);
  EXPECT_EQ(b.code("send_welcome_msg", hello(who.code)), 41051);
  const auto next = newcomer(b);
  b.sim("customer/say", {{"external_userid", next.customer}, {"userid", next.userid}, {"text", "在吗"}});
  EXPECT_EQ(b.code("send_welcome_msg", hello(next.code)), 41051);
}

TEST(SimulateWelcome, JudgesContentAndAFailedTryLeavesTheCode) {
  Box b;
  const auto who = newcomer(b);
  const auto link = [](std::string title) { return json::object{{"msgtype", "link"}, {"link", {{"title", title}, {"url", "https://a.example/"}}}}; };
  json::array ten(10, json::value(link("x")));
  const struct { json::object more; int want; } rows[] = {
      {{}, 41089},
      {{{"text", {{"content", std::string(4001, 'x')}}}}, 40058},
      {{{"attachments", ten}}, 41064},
      {{{"attachments", json::array{json::object{{"msgtype", "card"}}}}}, 41065},
      {{{"attachments", json::array{json::object{{"msgtype", "image"}, {"image", {{"media_id", "none"}}}}}}}, 40007},
      {{{"attachments", json::array{link(std::string(129, 'x'))}}}, 40058},
      {{{"text", {{"content", "好"}}}, {"attachments", json::array{link("礼包")}}}, 0},
  };
  for (const auto& r : rows) {
    auto body = r.more;
    body["welcome_code"] = who.code;
    EXPECT_EQ(b.code("send_welcome_msg", body), r.want) << json::serialize(body).substr(0, 120);
  }
  const auto phone = b.sim("phone", {}, "GET", {{"external_userid", who.customer}});
  const auto& chat = array(array(phone, "friends")[0].get_object(), "chat");
  ASSERT_EQ(chat.size(), 2u);
  EXPECT_EQ(text(chat[1].get_object(), "kind"), "link");
}

TEST(SimulateWelcome, TheGroupLibraryHoldsAHundredAndKnowsItsOwner) {
  Box b;
  const json::object greeting{{"text", {{"content", "欢迎 %NICKNAME%"}}}};
  std::string id;
  for (int i = 0; i < 100; ++i) id = text(b.post("group_welcome_template/add", greeting), "template_id");
  EXPECT_EQ(b.code("group_welcome_template/add", greeting), 41055);
  EXPECT_EQ(text(object(b.post("group_welcome_template/get", {{"template_id", id}}), "text"), "content"), "欢迎 %NICKNAME%");
  const auto other = b.login("other");
  EXPECT_EQ(number(b.ask("POST", "externalcontact/group_welcome_template/del", {{"template_id", id}}, {{"access_token", other}}), "errcode"), 41058);
  EXPECT_EQ(b.code("group_welcome_template/del", {{"template_id", id}}), 0);
  EXPECT_EQ(b.code("group_welcome_template/get", {{"template_id", id}}), 40058);
}

TEST(SimulateTags, NamesIdsAndOwners) {
  Box b;
  const auto tag = [](std::string_view name) { return json::object{{"name", name}}; };
  const auto made = object(b.post("add_corp_tag", {{"group_name", "渠道"}, {"tag", json::array{tag("抖音"), tag("小红书")}}}), "tag_group");
  ASSERT_EQ(array(made, "tag").size(), 2u);
  const auto group = text(made, "group_id"), first = text(array(made, "tag")[0].get_object(), "id"), second = text(array(made, "tag")[1].get_object(), "id");
  const std::string longest(30, 'x'), longer(31, 'x');
  const struct { std::string path; json::object body; int want; } rows[] = {
      {"add_corp_tag", {{"group_name", "渠道"}, {"tag", json::array{tag("抖音")}}}, 40071},
      {"add_corp_tag", {{"group_name", "另一组"}, {"tag", json::array{tag("a"), tag("a")}}}, 40071},
      {"add_corp_tag", {{"group_id", group}, {"tag", json::array{tag(longest)}}}, 0},
      {"add_corp_tag", {{"group_id", group}, {"tag", json::array{tag(longer)}}}, 40072},
      {"add_corp_tag", {{"group_id", "etnone"}, {"tag", json::array{tag("b")}}}, 40068},
      {"add_corp_tag", {{"group_name", "空组"}}, 40063},
      {"edit_corp_tag", {{"id", first}, {"name", "小红书"}}, 40071},
      {"edit_corp_tag", {{"id", first}, {"name", "快手"}, {"order", 5}}, 0},
      {"edit_corp_tag", {{"id", "etnone"}, {"name", "c"}}, 40068},
      {"del_corp_tag", {{"tag_id", json::array{"etnone"}}}, 40068},
      {"del_corp_tag", {{"tag_id", json::array{second}}}, 0},
  };
  for (const auto& r : rows) EXPECT_EQ(b.code(r.path, r.body), r.want) << r.path << json::serialize(r.body);
  const auto other = b.login("other");
  EXPECT_EQ(number(b.ask("POST", "externalcontact/del_corp_tag", {{"group_id", json::array{group}}}, {{"access_token", other}}), "errcode"), 301002);
  EXPECT_EQ(b.code("del_corp_tag", {{"group_id", json::array{group}}}), 0);
  EXPECT_TRUE(array(b.post("get_corp_tag_list", {{"group_id", json::array{group}}}), "tag_group").empty());
  EXPECT_EQ(array(b.post("get_corp_tag_list", {}), "tag_group").size(), 3u);
}

TEST(SimulateTags, TheLastTagTakesItsGroupAlong) {
  Box b;
  const auto made = object(b.post("add_corp_tag", {{"group_name", "单"}, {"tag", json::array{json::object{{"name", "一"}}}}}), "tag_group");
  b.post("del_corp_tag", {{"tag_id", json::array{text(array(made, "tag")[0].get_object(), "id")}}});
  EXPECT_EQ(b.world.corp.tag_group(text(made, "group_id")), nullptr);
}

}  // namespace
}  // namespace koi::simulate
