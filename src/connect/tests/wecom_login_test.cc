// Staff sign in by WeCom: a real server of ours, a simulated platform, a browser with its cookies between them.
#include "connect/connect.h"
#include "connect/tests/wecom_door.h"
#include "connect/wecom/doctor.h"
#include "connect/wecom/login/login.h"
#include "connect/wecom/tell/api.h"
#include "connect/wecom/tell/tell.h"
#include "simulate/simulate.h"
#include "team/passwords.h"
#include "team/second_factor.h"
#include "team/tests/client.h"
#include "team/totp.h"
#include "team/vouched.h"

namespace koi::connect::wecom::testing {
namespace {

using team::testing::Headers, team::testing::HttpReply, team::testing::send_http;
using namespace std::chrono_literals;

struct LoginWorld {
  LoginWorld() : w(sync_schemas()) {
    set_seal_key(std::string(32, 'k'));
    auto shape = corp_shape(1, 0, 0);
    for (const auto* name : {"chen", "lin", "wu", "zhao"}) shape.guides.push_back({name, std::string("成员") + name, "一店"});
    auto started = simulate::Simulator::start(std::move(shape));
    EXPECT_EQ(outcome(started), "ok");
    sim = std::move(*started);
    const auto told = json::parse(sim->greeting()).get_object();
    corp.corp_id = text_in(told, "corpid"), corp.secret = text_in(told, "secret"), corp.base_url = text_in(told, "address"), corp.agent_id = number_in(told, "agentid");
    w.set_now_ms(to_ms(system_clock().now()));
    put();
    switch_on(true);
    http::ServerOptions options;
    options.port = 0;
    options.access_log = false;
    auto served = http::Server::start(options, w.db(), team::authorizer(w.db(), {.secret_key = std::string(32, 's')}), {login_routes(), notice_routes(), team::routes()});
    EXPECT_EQ(outcome(served), "ok");
    server = std::move(*served);
    desk.start();
  }
  ~LoginWorld() {
    server->drain();
    server.reset();
    desk.stop();
  }
  void put() {
    const auto done = w.write([&](Tx& tx) {
      return put_corp(tx, {.corp_id = corp.corp_id, .name = "锦鲤", .base_url = corp.base_url, .secret = corp.secret, .token = std::string(kDoorToken), .aes_key = std::string(kDoorAes),
                           .agent_id = corp.agent_id, .disabled = corp.disabled}, std::string(32, 'k'));
    });
    EXPECT_EQ(outcome(done), "ok");
    corp_changed(w.db(), corp.corp_id);
  }
  void switch_on(bool on) { EXPECT_EQ(outcome(w.write([&](Tx& tx) { return put_login(tx, corp.corp_id, on); })), "ok"); }
  StaffId staff(const std::string& userid) {
    return w.write([&](Tx& tx) { return team::create_staff(tx, Scope::everything("test"), {.name = "成员" + userid, .unit = {}, .wecom_userid = userid}); }).value_or(StaffId{});
  }
  team::UserId member(const std::string& userid, bool invited = false) {
    const auto of = staff(userid);
    const auto made = w.write([&](Tx& tx) {
      return team::create_user(tx, {.login = userid, .display_name = userid, .role = team::Role::manager, .reach = Reach::all, .staff = of, .password_hash = invited ? "" : "none"});
    });
    EXPECT_EQ(outcome(made), "ok");
    return made.value_or(team::UserId{});
  }
  std::int64_t audits(const std::string& action) { return w.number("SELECT COUNT(*) FROM audit_log WHERE action = '" + action + "'"); }
  std::string door() const { return "/wecom/" + corp.corp_id; }

  World w;
  std::unique_ptr<Outgoing> outgoing = open_outgoing({.private_addresses = true});
  Desk desk{w.db(), *outgoing};
  std::unique_ptr<simulate::Simulator> sim;
  std::unique_ptr<http::Server> server;
  Corp corp;
};

/// Keeps cookies, goes where it is sent.
struct Visitor {
  explicit Visitor(LoginWorld& world) : x(world) {}
  HttpReply ask(std::string_view method, const std::string& path, Headers headers = {}, std::string_view body = {}) {
    std::string all;
    for (const auto& [name, value] : jar)
      if (!value.empty()) all += (all.empty() ? "" : "; ") + name + "=" + value;
    if (!all.empty()) headers.emplace_back("Cookie", all);
    if (!agent.empty()) headers.emplace_back("User-Agent", agent);
    auto reply = send_http(x.server->port(), method, path, headers, body);
    for (const auto& [name, value] : reply.cookies) jar[name] = value;
    return reply;
  }
  /// Where the platform's page is.
  std::string start(const std::string& to = "/customers") {
    auto reply = ask("GET", x.door() + "/login?to=" + to);
    EXPECT_EQ(reply.status, 302) << reply.body;
    return reply.headers["location"];
  }
  /// What the platform sends the browser back with after `userid` nodded: our path and query.
  std::string nod(const std::string& page, const std::string& userid) {
    const auto from = page.find("://") + 3, path = page.find('/', from);
    auto reply = send_http(static_cast<std::uint16_t>(x.sim->port()), "GET", page.substr(path, page.find('#') - path) + "&userid=" + userid);
    EXPECT_EQ(reply.status, 302) << reply.body;
    const auto back = reply.headers["location"];
    EXPECT_TRUE(back.starts_with("http://localhost/wecom/")) << back;
    return back.substr(std::string_view("http://localhost").size());
  }
  HttpReply come(const std::string& userid, const std::string& to = "/customers") { return ask("GET", nod(start(to), userid)); }
  bool is_in() { return ask("GET", "/v1/me").status == 200; }
  LoginWorld& x;
  std::string agent;
  std::map<std::string, std::string> jar;
};

std::string query_of(const std::string& url, const std::string& name) {
  const auto at = url.find(name + "=");
  return at == url.npos ? "" : url.substr(at + name.size() + 1, url.find_first_of("&#", at) - at - name.size() - 1);
}

TEST(WecomLogin, AScanOpensASession) {
  LoginWorld x;
  x.member("chen");
  Visitor v(x);
  const auto ways = v.ask("GET", "/v1/login/ways");
  EXPECT_NE(ways.body.find(x.door() + "/login"), std::string::npos) << ways.body;
  const auto page = v.start("/customers%3Fq%3D1");
  EXPECT_TRUE(page.starts_with(x.corp.base_url + "/wwlogin/sso/login?login_type=CorpApp&appid=" + x.corp.corp_id)) << page;
  const auto reply = v.ask("GET", v.nod(page, "chen"));
  EXPECT_EQ(reply.status, 302) << reply.body;
  EXPECT_EQ(reply.headers.at("location"), "/login?by=wecom&to=%2Fcustomers%3Fq%3D1");
  const auto me = v.ask("GET", "/v1/me");
  EXPECT_EQ(me.field("login"), "chen");
  EXPECT_EQ(x.audits("auth.login"), 1);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM audit_log WHERE action = 'auth.login' AND detail LIKE '%wecom:" + x.corp.corp_id + "%'"), 1);
  EXPECT_EQ(x.w.count("connect_wecom_login_state"), 0);
  EXPECT_EQ(x.w.count("login_attempt"), 1) << "the address' bucket, given back";
  EXPECT_EQ(x.w.number("SELECT fails FROM login_attempt"), 0);
}

TEST(WecomLogin, InsideWecomItIsOAuth) {
  LoginWorld x;
  x.member("chen");
  Visitor v(x);
  v.agent = "Mozilla/5.0 (iPhone) MicroMessenger/7.0.1 wxwork/4.1.6 MailPlugin_Electron";
  const auto page = v.start();
  EXPECT_TRUE(page.starts_with(x.corp.base_url + "/connect/oauth2/authorize?appid=")) << page;
  EXPECT_TRUE(page.ends_with("#wechat_redirect"));
  const auto state = query_of(page, "state");
  EXPECT_EQ(state.size(), 48u);
  EXPECT_EQ(state.find_first_not_of("0123456789abcdef"), state.npos);
  EXPECT_EQ(v.ask("GET", v.nod(page, "chen")).status, 302);
  EXPECT_TRUE(v.is_in());
}

TEST(WecomLogin, AStateIsGoodOnceInItsBrowserForTenMinutes) {
  LoginWorld x;
  x.member("chen");
  const auto refused = [](const HttpReply& r) { return std::to_string(r.status) + " " + r.field("code"); };
  const std::string state = "401 connect.login_state";
  {
    Visitor v(x);
    auto back = v.nod(v.start(), "chen");
    const auto at = back.find("state=") + 6;
    back[at] = back[at] == 'a' ? 'b' : 'a';
    EXPECT_EQ(refused(v.ask("GET", back)), state) << "forged";
    EXPECT_FALSE(v.is_in());
  }
  {
    Visitor v(x), thief(x);
    const auto back = v.nod(v.start(), "chen");
    EXPECT_EQ(refused(thief.ask("GET", back)), state) << "no cookie";
    (void)thief.start();
    EXPECT_EQ(refused(thief.ask("GET", back)), state) << "another browser's";
    EXPECT_EQ(v.ask("GET", back).status, 302) << "what others tried takes nothing from it";
    EXPECT_EQ(refused(v.ask("GET", back)), state) << "twice";
  }
  {
    Visitor v(x);
    const auto back = v.nod(v.start(), "chen");
    x.w.clock().advance(kLoginLife);
    EXPECT_EQ(refused(v.ask("GET", back)), state) << "too late";
    EXPECT_FALSE(v.is_in());
    const auto again = v.nod(v.start(), "chen");
    x.w.clock().advance(kLoginLife - Millis(1));
    EXPECT_EQ(v.ask("GET", again).status, 302);
  }
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM session"), 2);
}

TEST(WecomLogin, ACodeIsGoodOnce) {
  LoginWorld x;
  x.member("chen");
  Visitor v(x), thief(x);
  const auto back = v.nod(v.start(), "chen");
  EXPECT_EQ(v.ask("GET", back).status, 302);
  const auto replay = [&](const std::string& code) { return thief.ask("GET", x.door() + "/back?code=" + code + "&state=" + query_of(thief.start(), "state")); };
  EXPECT_EQ(replay(query_of(back, "code")).field("code"), "connect.login_code");
  EXPECT_EQ(replay("made-up").field("code"), "connect.login_code");
  EXPECT_EQ(replay("").field("code"), "connect.login_code");
  EXPECT_FALSE(thief.is_in());
}

TEST(WecomLogin, WhoIsNotLinkedIsToldWhatToDoAndNobodyIsMade) {
  LoginWorld x;
  x.staff("lin");  // works here, and has no account
  for (const auto* userid : {"lin", "wu"}) {
    Visitor v(x);
    const auto people = x.w.count("staff"), accounts = x.w.count("user_account");
    const auto reply = v.come(userid);
    EXPECT_EQ(reply.status, 403);
    EXPECT_EQ(reply.field("code"), "connect.login_unlinked");
    EXPECT_EQ(reply.field("detail"), userid);
    EXPECT_FALSE(v.is_in());
    EXPECT_EQ(x.w.count("staff"), people);
    EXPECT_EQ(x.w.count("user_account"), accounts);
    const auto page = v.ask("GET", v.nod(v.start(), userid), {{"Accept", "text/html"}});
    EXPECT_EQ(page.status, 403);
    EXPECT_NE(page.body.find(userid), std::string::npos) << page.body;
    EXPECT_NE(page.body.find("请管理员"), std::string::npos) << page.body;
  }
  EXPECT_EQ(x.audits("auth.refused"), 4);
}

TEST(WecomLogin, WhoMayNotSignInMayNotByWecom) {
  LoginWorld x;
  const auto disabled = x.member("chen"), left = x.member("lin");
  x.member("zhao", true);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return team::disable_user(tx, disabled); })), "ok");
  const auto staff = x.w.read([&](Tx& tx) { return team::find_user(tx, left); })->staff;
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return team::edit_staff(tx, Scope::everything("test"), {.staff = staff, .name = {}, .wecom_userid = {}, .state = "left", .unit = {}}); })), "ok");
  for (const auto* userid : {"chen", "lin"}) {
    Visitor v(x);
    const auto reply = v.come(userid);
    EXPECT_EQ(std::to_string(reply.status) + reply.field("code"), "403auth.disabled") << userid;
    EXPECT_FALSE(v.is_in());
  }
  Visitor v(x);
  EXPECT_EQ(v.come("zhao").status, 302);
  EXPECT_EQ(v.ask("GET", "/v1/me").field("login"), "zhao") << "whoever was invited is taken in";
  EXPECT_EQ(x.audits("auth.taken_up"), 1);
}

TEST(WecomLogin, LeadsToPathsOfTheConsoleOnly) {
  LoginWorld x;
  x.member("chen");
  for (const auto* to : {"https%3A%2F%2Fevil.cn", "//evil.cn", "/%5Cevil.cn", "%5C%5Cevil.cn", "evil.cn", "javascript%3Aalert(1)", "/a%0d%0aLocation:%20https://evil.cn", "/%20x", "/%09/evil.cn"}) {
    Visitor v(x);
    const auto reply = v.ask("GET", x.door() + "/login?to=" + std::string(to));
    EXPECT_EQ(reply.field("code"), "connect.login_back") << to << " " << reply.body;
    EXPECT_FALSE(reply.headers.contains("location"));
  }
  for (const auto& [to, want] : std::map<std::string, std::string>{{"", "%2F"}, {"/people%3Fto%3Dhttps%3A%2F%2Fevil.cn", "%2Fpeople%3Fto%3Dhttps%3A%2F%2Fevil.cn"}, {"/客户", "%2F%E5%AE%A2%E6%88%B7"}}) {
    Visitor v(x);
    std::string sent;
    for (const char c : to) sent += static_cast<unsigned char>(c) < 0x80 ? std::string(1, c) : "%" + hex(std::string_view(&c, 1));
    EXPECT_EQ(v.come("chen", sent).headers["location"], "/login?by=wecom&to=" + want);
  }
}

TEST(WecomLogin, TheSecondFactorIsStillAsked) {
  LoginWorld x;
  const auto user = x.member("chen");
  const std::string key(32, 's');
  std::string secret;
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) -> Result<> {
    TRY(const auto made, team::enrol_totp(tx, user, key));
    secret = made.secret;
    return {};
  })), "ok");
  const auto code = [&] {
    std::string bytes;
    std::uint32_t buffer = 0;
    int bits = 0;
    for (const char c : secret) {
      buffer = (buffer << 5) | static_cast<std::uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
      if ((bits += 5) >= 8) bytes += static_cast<char>(buffer >> (bits -= 8));
    }
    return team::totp_code(bytes, to_ms(x.w.clock().now()) / team::kTotpPeriodMs);
  };
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return team::confirm_totp(tx, user, code(), key); })), "ok");
  x.w.clock().advance(31s);
  Visitor v(x);
  const auto reply = v.come("chen");
  EXPECT_EQ(reply.headers.at("location"), "/login?code=wecom&to=%2Fcustomers");
  EXPECT_FALSE(v.is_in());
  const auto show = [&](Visitor& who, const std::string& c) { return who.ask("POST", "/v1/login/code", {}, R"({"code":")" + c + "\"}"); };
  Visitor stranger(x);
  EXPECT_EQ(show(stranger, code()).field("code"), "auth.session_ended");
  EXPECT_EQ(show(v, "000000").field("code"), "auth.totp_wrong");
  EXPECT_FALSE(v.is_in());
  const auto ticket = v.jar["koipond_vouched"];
  const auto right = show(v, code());
  EXPECT_EQ(right.status, 200) << right.body;
  EXPECT_NE(right.body.find("\"strong\":true"), std::string::npos);
  EXPECT_TRUE(v.is_in());
  stranger.jar["koipond_vouched"] = ticket;
  x.w.clock().advance(31s);
  EXPECT_EQ(show(stranger, code()).field("code"), "auth.session_ended") << "a ticket is used up";
  EXPECT_EQ(x.audits("auth.refused"), 1);
  // Guessing is slowed down as at the other door, and a ticket ends.
  Visitor late(x);
  (void)late.come("chen");
  x.w.clock().advance(team::kVouchedLife);
  EXPECT_EQ(show(late, code()).field("code"), "auth.session_ended");
  Visitor guesser(x);
  (void)guesser.come("chen");
  HttpReply last;
  for (int i = 0; i < 12 && last.status != 429; ++i) last = show(guesser, "11111" + std::to_string(i % 10));
  EXPECT_EQ(last.field("code"), "auth.throttled");
}

TEST(WecomLogin, IsShownAndOpenOnlyWhereItIsSetUp) {
  LoginWorld x;
  x.member("chen");
  Visitor v(x);
  const auto page = v.start();
  const auto shut = [&](const std::string& why) {
    EXPECT_EQ(v.ask("GET", "/v1/login/ways").body, R"({"data":[]})");
    EXPECT_EQ(v.ask("GET", x.door() + "/login").field("code"), why);
  };
  x.switch_on(false);
  shut("connect.login_off");
  EXPECT_EQ(v.ask("GET", v.nod(page, "chen")).field("code"), "connect.login_off") << "on their way when it was switched off";
  x.switch_on(true);
  x.corp.disabled = true, x.put();
  shut("connect.login_off");
  x.corp.disabled = false, x.corp.agent_id = 0, x.put();
  shut("connect.no_agent");
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return put_login(tx, x.corp.corp_id, true); })), "connect.no_agent");
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return put_login(tx, "wwnobody", false); })), "connect.no_corp");
  EXPECT_EQ(v.ask("GET", "/wecom/wwnobody/login").field("code"), "connect.no_corp");
  x.corp.agent_id = 7;
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return drop_corp(tx, x.corp.corp_id); })), "ok");
  x.put();
  shut("connect.login_off");
}

TEST(WecomLogin, GuessesAtThisDoorAreSlowedDownToo) {
  LoginWorld x;
  x.member("chen");
  HttpReply last;
  int tries = 0;
  for (; tries < 40 && last.status != 429; ++tries) {
    Visitor v(x);
    last = v.ask("GET", x.door() + "/back?code=guess&state=" + query_of(v.start(), "state"));
  }
  EXPECT_EQ(last.field("code"), "auth.throttled") << last.body;
  EXPECT_GT(tries, 5);
  x.w.clock().advance(10min);
  Visitor v(x);
  EXPECT_EQ(v.come("chen").status, 302);
}

TEST(WecomLogin, ABusyPlatformIsNoAttempt) {
  LoginWorld x;
  x.member("chen");
  const json::object body{{"path", "auth/getuserinfo"}, {"errcode", -1}, {"times", 20}};
  (void)x.outgoing->ask({.method = "POST", .url = x.corp.base_url + "/sim/faults", .body = json::serialize(body)});
  for (int i = 0; i < 20; ++i) {
    Visitor v(x);
    EXPECT_EQ(v.come("chen").field("code"), "connect.wecom_busy") << i;
  }
  Visitor v(x);
  EXPECT_EQ(v.come("chen").status, 302);
}

TEST(WecomLogin, ATestMessageGoesToWhoeverAsks) {
  LoginWorld x;
  const auto user = x.member("chen");
  Visitor v(x);
  (void)v.come("chen");
  const auto test = [&] {
    const auto csrf = v.ask("GET", "/v1/me").field("csrf");
    return v.ask("POST", "/v1/channels/wecom/" + x.corp.corp_id + "/notices:test", {{"X-Koipond-Csrf", csrf}}, "{}");
  };
  EXPECT_EQ(test().status, 403) << "a manager only looks";
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return team::edit_user(tx, {.user = user, .display_name = {}, .role = team::Role::admin, .reach = {}, .staff = {}, .active = {}}); })), "ok");
  EXPECT_EQ(test().status, 201);
  const auto all = x.w.read([&](Tx& tx) { return list_notices(tx, x.corp.corp_id, {}, 10); });
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->front().people.front().userid, "chen");
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return team::edit_user(tx, {.user = user, .display_name = {}, .role = {}, .reach = {}, .staff = StaffId{}, .active = {}}); })), "ok");
  EXPECT_EQ(test().field("code"), "connect.notice_me");
}

TEST(WecomLogin, ReadsThePlatformsAnswer) {
  const auto refused = [](int code) { return Result<json::object>(fail(Errc::invalid, "connect.wecom_refused", std::to_string(code) + " no")); };
  const struct { Result<json::object> reply; std::string want; } cases[] = {
      {json::object{{"userid", "chen"}, {"user_ticket", "t"}}, "chen"},
      {json::object{{"UserId", "Chen"}}, "Chen"},
      {json::object{{"openid", "oO1"}, {"external_userid", "wm1"}}, "connect.login_outsider"},
      {json::object{{"OpenId", "oO1"}}, "connect.login_outsider"},
      {json::object{{"userid", ""}}, "connect.wecom_reply"},
      {json::object{{"userid", 7}}, "connect.wecom_reply"},
      {refused(40029), "connect.login_code"},
      {refused(42003), "connect.login_code"},
      {refused(42022), "connect.login_code"},
      {refused(60020), "connect.wecom_refused"},
      {fail(Errc::unavailable, "connect.unreachable"), "connect.unreachable"},
  };
  for (const auto& c : cases) {
    const auto userid = userid_of(c.reply);
    EXPECT_EQ(userid ? *userid : userid.error().code, c.want);
  }
}

TEST(WecomLogin, AUseridOfAnotherCorpIsSomebodyElse) {
  LoginWorld x;
  const auto mine = x.staff("chen");
  const auto who = [&](std::string_view corp, std::string_view userid) {
    const auto found = x.w.read([&](Tx& tx) { return linked_staff(tx, corp, userid); });
    EXPECT_EQ(outcome(found), "ok");
    return found && *found ? (*found)->v : 0;
  };
  EXPECT_EQ(who(x.corp.corp_id, "chen"), mine.v) << "tied by hand, and there is one corp";
  EXPECT_EQ(who(x.corp.corp_id, "CHEN"), 0);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) {
    return put_corp(tx, {.corp_id = "wwother", .name = "另一家", .base_url = {}, .secret = "s", .token = std::string(kDoorToken), .aes_key = std::string(kDoorAes), .agent_id = 1, .disabled = {}},
                    std::string(32, 'k'));
  })), "ok");
  EXPECT_EQ(who("wwother", "chen"), 0) << "two corps: nobody knows whose chen is meant";
  EXPECT_EQ(who(x.corp.corp_id, "chen"), 0);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return staff_of(tx, x.corp.corp_id, "chen"); })), "ok");
  EXPECT_EQ(who(x.corp.corp_id, "chen"), mine.v) << "the directory says so";
  EXPECT_EQ(who("wwother", "chen"), 0);
}

TEST(WecomLogin, TheDoctorSaysWhatIsMissing) {
  LoginWorld x;
  const auto found = [&](const std::string& url) {
    for (auto& f : examine(x.w.db(), x.corp, url))
      if (f.check == "login") return f;
    return Finding{};
  };
  EXPECT_EQ(found("").state, "good");
  x.corp.agent_id = 0;
  EXPECT_EQ(found("").state, "bad");
  x.switch_on(false);
  EXPECT_EQ(found("").state, "") << "nothing is said where it is not used";
}

}  // namespace
}  // namespace koi::connect::wecom::testing
