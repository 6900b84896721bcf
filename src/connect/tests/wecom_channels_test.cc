// Corps on the wire, and what the doctor finds.
#include "commerce/tests/desk_call.h"
#include "connect/tests/wecom_door.h"
#include "connect/wecom/api.h"
#include "connect/wecom/doctor.h"
#include "simulate/simulate.h"

namespace koi::connect::wecom::testing {
namespace {

struct ChannelWorld : DoorWorld {
  std::string call(std::string_view method, std::string_view path, std::string body = {}) {
    return koi::testing::DeskCall(db(), Scope::everything("test"), std::move(body)).at("corp", named).send(corp_routes(), method, path);
  }
  std::string named = "ww00000000000000aa";
};

TEST(WecomChannels, ACorpIsConnectedChangedAndLetGo) {
  ChannelWorld x;
  const std::string put = "/v1/channels/wecom/{corp}", good = R"({"name":"店","secret":"very secret","token":"QDG6eK","aes_key":"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C","agent_id":1000002})";
  const struct { const char *body, *want; } bad[] = {
      {R"({"secret":"s","token":"bad token!","aes_key":"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"})", "connect.callback_token"},
      {R"({"secret":"s","token":"QDG6eK","aes_key":"short"})", "connect.callback_aes_key"},
      {R"({"token":"QDG6eK","aes_key":"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"})", "connect.channel_secret"},
      {R"({"secret":"s","token":"QDG6eK","aes_key":"jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C","base_url":"ftp://x"})", "connect.channel_url"},
  };
  for (const auto& b : bad) EXPECT_TRUE(x.call("PUT", put, b.body).starts_with(b.want)) << b.body;
  const auto made = x.call("PUT", put, good);
  ASSERT_TRUE(made.starts_with("{")) << made;
  EXPECT_NE(made.find(R"("state":"quiet")"), made.npos) << made;
  const auto listed = x.call("GET", "/v1/channels/wecom");
  EXPECT_NE(listed.find(x.named), listed.npos);
  for (const auto& text : {made, listed}) {
    EXPECT_EQ(text.find("very secret"), text.npos);
    EXPECT_EQ(text.find("QDG6eK"), text.npos);
    EXPECT_EQ(text.find("jWmYm7"), text.npos);
  }
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_corp WHERE corp_id = 'ww00000000000000aa'"), 1);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_sync_run"), 1) << "a new corp is walked through";
  EXPECT_TRUE(x.call("POST", "/v1/channels/wecom/{corp}/pushes:replay", "{}").starts_with(R"({"pushes":0)"));
  EXPECT_TRUE(x.call("GET", "/v1/channels/wecom/{corp}/pushes").starts_with(R"({"data":[])"));
  EXPECT_TRUE(x.call("GET", "/v1/channels/wecom/{corp}/health").find(R"("waiting":0)") != std::string::npos);
  (void)x.call("DELETE", put);
  EXPECT_TRUE(x.call("DELETE", put).starts_with("connect.no_corp"));
}

struct DoctorWorld {
  DoctorWorld() : w(sync_schemas()) {
    auto started = simulate::Simulator::start(corp_shape(4, 0, 0));
    EXPECT_EQ(outcome(started), "ok");
    sim = std::move(*started);
    const auto told = json::parse(sim->greeting()).get_object();
    corp.corp_id = text_in(told, "corpid"), corp.secret = text_in(told, "secret"), corp.base_url = text_in(told, "address");
    corp.token = kDoorToken, corp.aes_key = kDoorAes;
    w.set_now_ms(to_ms(system_clock().now()));
  }
  void fault(std::string_view path, int errcode) {
    const json::object body{{"path", path}, {"errcode", errcode}, {"times", 1}};
    (void)outgoing->ask({.method = "POST", .url = corp.base_url + "/sim/faults", .body = json::serialize(body)});
  }
  Finding found(std::string_view check, const std::string& url = "") {
    for (auto& f : examine(w.db(), corp, url)) {
      EXPECT_EQ(f.state == "good", f.advice.en.empty()) << f.check;
      EXPECT_EQ(f.advice.en.empty(), f.advice.zh.empty()) << f.check;
      if (f.check == check) return f;
    }
    return {};
  }
  World w;
  std::unique_ptr<Outgoing> outgoing = open_outgoing({.private_addresses = true});
  Desk desk{w.db(), *outgoing};
  std::unique_ptr<simulate::Simulator> sim;
  Corp corp;
};

TEST(WecomDoctor, SaysWhatIsWrongAndWhatToDo) {
  DoctorWorld x;
  EXPECT_EQ(x.found("secret").state, "good");
  EXPECT_EQ(x.found("staff").state, "good");
  EXPECT_EQ(x.found("pushes").state, "warn") << "nothing came yet";
  x.fault("get_api_domain_ip", 60020);
  const auto stranger = x.found("ip");
  EXPECT_EQ(stranger.state, "bad");
  EXPECT_NE(stranger.advice.zh.find("可信IP"), std::string::npos);
  x.fault("externalcontact/get_follow_user_list", 48002);
  const auto blind = x.found("staff");
  EXPECT_EQ(blind.state, "bad");
  EXPECT_NE(blind.advice.zh.find("可调用接口的应用"), std::string::npos);
  x.fault("externalcontact/get_follow_user_list", 45009);
  EXPECT_NE(x.found("staff").advice.zh.find("频次"), std::string::npos);
  EXPECT_EQ(x.found("ip").state, "good");
  EXPECT_NE(x.found("quota").found.en.find("0 of 500000 contact ways"), std::string::npos) << x.found("quota").found.en;
  const auto echo = x.found("callback", "https://127.0.0.1:1");
  EXPECT_EQ(echo.state, "warn");
  EXPECT_NE(echo.found.en.find("connect.unreachable"), std::string::npos) << echo.found.en;
  x.corp.secret = "wrong";
  const auto secret = x.found("secret");
  EXPECT_EQ(secret.state, "bad");
  EXPECT_NE(secret.advice.en.find("secret"), std::string::npos) << secret.found.en;
}

}  // namespace
}  // namespace koi::connect::wecom::testing
