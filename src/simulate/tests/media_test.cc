#include "simulate/tests/box.h"

namespace koi::simulate {
namespace {
using box::Box;

const std::string kPng = std::string("\x89PNG\r\n\x1a\n", 8) + std::string(40, 'x');

json::object upload(Box& b, std::string_view path, const std::string& bytes, std::vector<std::pair<std::string, std::string>> query) {
  query.emplace_back("access_token", b.token);
  const auto body = "--b0\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.png\"; filelength=" + std::to_string(bytes.size()) +
                    "\r\nContent-Type: image/png\r\n\r\n" + bytes + "\r\n--b0--\r\n";
  auto request = b.request("POST", "/cgi-bin/" + std::string(path), body, std::move(query));
  request.headers["content-type"] = "multipart/form-data; boundary=b0";
  box::PlainCall call(std::move(request));
  return json::parse(answer_platform(b.world, call).now->body).get_object();
}

TEST(SimulateMedia, LivesThreeDaysAndComesBackWholeOrInParts) {
  Box b;
  const auto made = upload(b, "media/upload", kPng, {{"type", "image"}});
  const auto id = text(made, "media_id");
  ASSERT_FALSE(id.empty());
  EXPECT_TRUE(made.at("created_at").is_string());
  const auto read = [&](std::string range) {
    auto request = b.request("GET", "/cgi-bin/media/get", "", {{"media_id", id}, {"access_token", b.token}});
    if (!range.empty()) request.headers["range"] = range;
    box::PlainCall call(std::move(request));
    return *answer_platform(b.world, call).now;
  };
  EXPECT_EQ(read("").body, kPng);
  EXPECT_EQ(read("").content_type, "image/png");
  EXPECT_EQ(read("bytes=1-3").body, "PNG");
  EXPECT_EQ(read("bytes=1-3").status, 206);
  b.advance(3 * 86'400 - 1);
  b.token = b.login("app");
  EXPECT_EQ(read("").body, kPng);
  b.advance(1);
  EXPECT_TRUE(read("").body.contains("40007"));
}

TEST(SimulateMedia, KindsSizesAndUses) {
  Box b;
  EXPECT_EQ(number(upload(b, "media/upload", kPng, {{"type", "poem"}}), "errcode"), 40004);
  EXPECT_EQ(number(upload(b, "media/upload", "12345", {{"type", "file"}}), "errcode"), 40009);
  EXPECT_EQ(number(upload(b, "media/upload", "no picture", {{"type", "image"}}), "errcode"), 40004);
  EXPECT_EQ(number(upload(b, "media/upload", kPng + std::string(10 << 20, 'x'), {{"type", "image"}}), "errcode"), 45001);
  EXPECT_EQ(number(b.ask("POST", "media/upload", {}, {{"access_token", b.token}, {"type", "image"}}), "errcode"), 44001);
  const auto plain = text(upload(b, "media/upload", kPng, {{"type", "image"}}), "media_id");
  const auto moment = text(upload(b, "media/upload_attachment", kPng, {{"media_type", "image"}, {"attachment_type", "1"}}), "media_id");
  const auto album = text(upload(b, "media/upload_attachment", kPng, {{"media_type", "image"}, {"attachment_type", "2"}}), "media_id");
  const auto post = [&](const std::string& id) {
    return b.code("add_moment_task", {{"attachments", json::array{json::object{{"msgtype", "image"}, {"image", {{"media_id", id}}}}}}});
  };
  EXPECT_EQ(post(moment), 0);  // only the upload for moments will do
  EXPECT_EQ(post(plain), 40007);
  EXPECT_EQ(post(album), 40007);
  const auto product = [&](const std::string& id) {
    return b.post("add_product_album", {{"description", "坚果礼盒"}, {"price", 12900}, {"product_sn", "SKU1"},
                                        {"attachments", json::array{json::object{{"type", "image"}, {"image", {{"media_id", id}}}}}}});
  };
  EXPECT_EQ(number(product(moment), "errcode"), 40007);
  const auto made = product(album);
  EXPECT_EQ(number(object(b.post("get_product_album", {{"product_id", text(made, "product_id")}}), "product"), "price"), 12900);
  EXPECT_TRUE(text(upload(b, "media/uploadimg", kPng, {}), "url").contains("/cgi-bin/media/picture?id="));
}

TEST(SimulateMessages, ReachWhomTheyCanAndNameTheRest) {
  Box b;
  const auto send = [&](json::object body) {
    body["agentid"] = 1000002;
    if (!has(body, "msgtype")) body["msgtype"] = "text", body["text"] = json::object{{"content", "3 位客户待跟进"}};
    return b.ask("POST", "message/send", body, {{"access_token", b.token}});
  };
  const auto some = send({{"touser", b.user(0) + "|ghost"}, {"toparty", "999"}});
  EXPECT_EQ(number(some, "errcode"), 0);
  EXPECT_EQ(text(some, "invaliduser"), "ghost");
  EXPECT_EQ(text(some, "invalidparty"), "999");
  EXPECT_EQ(number(send({{"touser", "ghost"}}), "errcode"), 81013);
  EXPECT_EQ(number(send({{"safe", 0}}), "errcode"), 40063);
  EXPECT_EQ(number(send({{"touser", "@all"}, {"msgtype", "textcard"}, {"textcard", {{"title", "x"}}}}), "errcode"), 40063);
  EXPECT_EQ(number(b.ask("POST", "message/send", {{"agentid", 7}, {"touser", "@all"}}, {{"access_token", b.token}}), "errcode"), 40056);
  EXPECT_EQ(number(b.ask("POST", "message/recall", {{"msgid", text(some, "msgid")}}, {{"access_token", b.token}}), "errcode"), 0);
}

TEST(SimulateIdentity, CodesWorkOnceForFiveMinutes) {
  Box b;
  const auto code = text(b.sim("login", {{"userid", b.user(0)}}), "code");
  const auto who = b.get("auth/getuserinfo", {{"code", code}});
  EXPECT_EQ(text(who, "userid"), b.user(0));
  EXPECT_EQ(number(b.get("auth/getuserinfo", {{"code", code}}), "errcode"), 42022);
  EXPECT_EQ(text(b.ask("POST", "auth/getuserdetail", {{"user_ticket", text(who, "user_ticket")}}, {{"access_token", b.token}}), "mobile"), b.world.corp.staff[0].mobile);
  const auto late = text(b.sim("login", {{"userid", b.user(0)}}), "code");
  b.advance(300);
  EXPECT_EQ(number(b.get("auth/getuserinfo", {{"code", late}}), "errcode"), 42003);
  EXPECT_EQ(number(b.get("auth/getuserinfo", {{"code", "none"}}), "errcode"), 40029);
  const auto customer = b.customer();
  const auto outside = b.get("auth/getuserinfo", {{"code", text(b.sim("login", {{"external_userid", customer}}), "code")}});
  EXPECT_EQ(text(outside, "external_userid"), customer);
  EXPECT_FALSE(text(outside, "openid").empty());
}

TEST(SimulateIdentity, AUnionidIsPendingUntilTheyAreFriends) {
  Box b;
  const auto made = b.sim("customers", {{"name", "小程序来客"}});
  const auto convert = [&] {
    return b.ask("POST", "idconvert/unionid_to_external_userid", {{"unionid", text(made, "unionid")}, {"openid", "o1"}}, {{"access_token", b.token}});
  };
  const auto pending = text(convert(), "pending_id");
  EXPECT_FALSE(pending.empty());
  EXPECT_EQ(text(convert(), "pending_id"), pending);
  b.sim("customer/add", {{"external_userid", text(made, "external_userid")}, {"userid", b.user(0)}});
  EXPECT_EQ(text(convert(), "external_userid"), text(made, "external_userid"));
  const auto matched = b.ask("POST", "idconvert/batch/external_userid_to_pending_id", {{"external_userid", json::array{text(made, "external_userid")}}}, {{"access_token", b.token}});
  EXPECT_EQ(text(array(matched, "result")[0].get_object(), "pending_id"), pending);
}

TEST(SimulateDirectory, TreeLevelsAndUnknownNames) {
  Box b({.staff = 40});
  const auto call = [&](std::string_view path, std::string key, std::string value) { return b.get(path, {{std::move(key), std::move(value)}}); };
  EXPECT_EQ(array(b.get("department/list"), "department").size(), b.world.corp.departments.size());
  EXPECT_EQ(array(call("department/simplelist", "id", "3"), "department_id").size(), 9u);
  EXPECT_EQ(number(call("department/list", "id", "999"), "errcode"), 60123);
  EXPECT_EQ(number(call("user/get", "userid", "ghost"), "errcode"), 60111);
  EXPECT_EQ(text(call("user/get", "userid", b.user(0)), "name"), b.world.corp.staff[0].name);
  std::size_t staff = 0;
  for (const auto& d : b.world.corp.departments) staff += array(call("user/list", "department_id", std::to_string(d.id)), "userlist").size();
  EXPECT_EQ(staff, 40u);
  const auto mobile = b.ask("POST", "user/getuserid", {{"mobile", b.world.corp.staff[2].mobile}}, {{"access_token", b.token}});
  EXPECT_EQ(text(mobile, "userid"), b.user(2));
  EXPECT_EQ(text(b.get("ticket/get", {{"type", "agent_config"}}), "ticket"), text(b.get("ticket/get", {{"type", "agent_config"}}), "ticket"));
  EXPECT_NE(text(b.get("ticket/get", {{"type", "agent_config"}}), "ticket"), text(b.get("get_jsapi_ticket"), "ticket"));
}

TEST(SimulateStatistics, CountWhatHappenedThatDay) {
  Box b({.customers = 0, .groups = 0});
  const auto customer = b.friend_of(b.user(0));
  b.sim("customer/say", {{"external_userid", customer}, {"userid", b.user(0)}, {"text", "在吗"}});
  b.advance(120);
  b.sim("staff/say", {{"external_userid", customer}, {"userid", b.user(0)}, {"text", "在的"}});
  b.sim("customer/delete", {{"external_userid", customer}, {"userid", b.user(0)}});
  const auto data = b.post("get_user_behavior_data", {{"userid", json::array{b.user(0)}}, {"start_time", box::kStart - 86'400}, {"end_time", box::kStart}});
  ASSERT_EQ(array(data, "behavior_data").size(), 2u);
  EXPECT_FALSE(has(array(data, "behavior_data")[0].get_object(), "reply_percentage"));  // a day without chats has none
  const auto& day = array(data, "behavior_data")[1].get_object();
  const std::pair<std::string_view, std::int64_t> want[] = {{"chat_cnt", 1}, {"message_cnt", 1}, {"reply_percentage", 100}, {"avg_reply_time", 2},
                                                            {"negative_feedback_cnt", 1}, {"new_contact_cnt", 1}};
  for (const auto& [key, value] : want) EXPECT_EQ(number(day, key, -1), value) << key;
  EXPECT_EQ(b.code("get_user_behavior_data", {{"userid", json::array{b.user(0)}}, {"start_time", box::kStart - 40 * 86'400}, {"end_time", box::kStart}}), 41052);
}

}  // namespace
}  // namespace koi::simulate
