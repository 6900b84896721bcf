#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/trail.h"
#include "team/passwords.h"
#include "team/tests/matrix.h"

namespace koi::team {
namespace {

using testing::Headers, testing::HttpReply, testing::send_http;

constexpr const char* kPassword = "tall-ships-at-3am";

/// The room behind a real server.
struct Town {
  koi::testing::World w{{store::schema(), schema()}};
  std::unique_ptr<http::Server> server;

  Town() {
    http::ServerOptions options;
    options.port = 0;
    options.connections_per_ip = 512;
    auto started =
        http::Server::start(options, w.db(), authorizer(w.db(), {.secret_key = std::string(32, 'k')}), {routes()});
    EXPECT_TRUE(started.has_value()) << (started ? "" : started.error().code);
    if (started) server = std::move(*started);
  }
  ~Town() {
    if (server) server->drain();
    server.reset();
  }
  HttpReply send(std::string_view method, std::string_view path, const Headers& headers = {},
                 std::string_view body = {}) {
    return send_http(server->port(), method, path, headers, body);
  }
  UserId member(const std::string& login, Role role, StaffId staff = {}) {
    static const auto kHash = hash_password(kPassword);
    const auto made = w.write([&](Tx& tx) {
      return create_user(
          tx,
          {.login = login, .display_name = login, .role = role, .reach = {}, .staff = staff, .password_hash = kHash});
    });
    EXPECT_TRUE(made.has_value());
    return made.value_or(UserId{});
  }
  Headers login(const std::string& name) {
    const auto reply =
        send("POST", "/v1/login", {}, R"({"login":")" + name + R"(","password":")" + kPassword + R"("})");
    EXPECT_EQ(reply.status, 200) << reply.body;
    return with(reply);
  }
  static Headers with(const HttpReply& reply) {
    const auto token = reply.cookies.find("koipond");
    return {{"Cookie", "koipond=" + (token == reply.cookies.end() ? std::string() : token->second)},
            {"X-Koipond-Csrf", reply.field("csrf")}};
  }
};

TEST(TeamApi, WalksFromTheSetupLinkToAWorkingDay) {
  Town t;
  EXPECT_NE(t.send("GET", "/v1/setup/status").body.find("\"needed\":true"), std::string::npos);
  const auto token = *t.w.write([](Tx& tx) { return create_setup_token(tx); });
  const auto body = [&](const std::string& password) {
    return R"({"token":")" + token + R"(","login":"Boss","password":")" + password +
           R"(","merchant":"一点茶","zone":"Asia/Shanghai","industry":"food"})";
  };
  EXPECT_EQ(t.send("POST", "/v1/setup", {}, body("password1234")).field("code"), "team.password_common");
  const auto done = t.send("POST", "/v1/setup", {}, body(kPassword));
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_NE(t.send("GET", "/v1/setup/status").body.find("\"needed\":false"), std::string::npos);
  auto boss = Town::with(done);
  const auto me = t.send("GET", "/v1/me", boss);
  EXPECT_EQ(me.field("role"), "admin");
  EXPECT_EQ(me.field("login"), "boss");

  const auto invited = t.send("POST", "/v1/members", boss, R"({"login":"ana","role":"operator"})");
  ASSERT_EQ(invited.status, 201) << invited.body;
  const auto joined = t.send("POST", "/v1/invites/accept", {},
                             R"({"token":")" + invited.field("invite_token") + R"(","password":"nine-grey-herons"})");
  ASSERT_EQ(joined.status, 200) << joined.body;
  const auto ana = Town::with(joined);
  EXPECT_EQ(t.send("GET", "/v1/members", ana).status, 403);

  boss.emplace_back("If-Match", "\"v2\"");
  const auto path = "/v1/members/" + invited.field("id");
  const auto raised = t.send("PATCH", path, boss, R"({"role":"compliance"})");
  ASSERT_EQ(raised.status, 200) << raised.body;
  EXPECT_EQ(t.send("PATCH", path, boss, R"({"role":"analyst"})").status, 412);
  EXPECT_EQ(t.send("GET", "/v1/members", ana).status, 200) << "rights change with the next request";
  boss.back().second = raised.headers.at("etag");
  EXPECT_EQ(t.send("PATCH", path, boss, R"({"active":false})").status, 200);
  EXPECT_EQ(t.send("GET", "/v1/me", ana).status, 401);
  const auto audit = t.send("GET", "/v1/audit/verify", boss);
  EXPECT_NE(audit.body.find("\"intact\":true"), std::string::npos) << audit.body;
  EXPECT_NE(t.send("GET", "/v1/audit?action=member", boss).body.find(invited.field("id")), std::string::npos);
}

TEST(TeamApi, SignsInRotatesAndSignsOut) {
  Town t;
  t.member("mei", Role::operator_);
  const auto first = t.send("POST", "/v1/login", {}, R"({"login":" MEI ","password":"tall-ships-at-3am"})");
  ASSERT_EQ(first.status, 200) << first.body;
  const auto old = Town::with(first);
  const auto again = t.send("POST", "/v1/login", {old[0]}, R"({"login":"mei","password":"tall-ships-at-3am"})");
  const auto now = Town::with(again);
  EXPECT_NE(first.cookies.at("koipond"), again.cookies.at("koipond"));
  EXPECT_EQ(t.send("GET", "/v1/me", old).status, 401) << "the session this browser held is over";
  EXPECT_EQ(t.send("POST", "/v1/logout", {now[0]}).field("code"), "http.csrf");
  EXPECT_EQ(t.send("POST", "/v1/logout", now).status, 204);
  EXPECT_EQ(t.send("GET", "/v1/me", now).status, 401);
}

TEST(TeamApi, AnswersUnknownWrongAndDisabledAlike) {
  Town t;
  t.member("mei", Role::admin);
  const auto gone = t.member("gone", Role::analyst);
  ASSERT_TRUE(t.w.write([&](Tx& tx) { return disable_user(tx, gone); }));
  const struct {
    const char *login, *password;
  } rows[] = {{"nobody", "tall-ships-at-3am"}, {"mei", "tall-ships-at-4am"}, {"gone", "tall-ships-at-3am"}, {"", ""}};
  for (const auto& row : rows) {
    const auto reply = t.send("POST", "/v1/login", {},
                              R"({"login":")" + std::string(row.login) + R"(","password":")" + row.password + R"("})");
    EXPECT_EQ(reply.status, 401) << row.login;
    EXPECT_EQ(reply.field("code"), "auth.bad_credentials") << row.login;
    EXPECT_TRUE(reply.cookies.empty());
  }
}

TEST(TeamApi, SurvivesAHundredGuessesAtOnce) {
  Town t;
  t.member("mei", Role::admin);
  std::atomic<int> evaluated = 0, refused = 0, other = 0;
  std::vector<std::thread> guessers;
  for (int i = 0; i < 100; ++i) {
    guessers.emplace_back([&, i] {
      const auto reply =
          t.send("POST", "/v1/login", {}, R"({"login":"mei","password":"guess number )" + std::to_string(i) + R"("})");
      ++(reply.status == 401                                            ? evaluated
         : reply.status == 429 && reply.headers.contains("retry-after") ? refused
                                                                        : other);
    });
  }
  for (auto& g : guessers) g.join();
  EXPECT_LE(evaluated.load(), 20);
  EXPECT_GE(evaluated.load(), 1);
  EXPECT_EQ(other.load(), 0);
  EXPECT_EQ(evaluated + refused, 100);
}

TEST(TeamApi, ChangesAPasswordAndEndsTheOtherSessions) {
  Town t;
  t.member("mei", Role::admin);
  const auto here = t.login("mei"), there = t.login("mei");
  const auto change = [&](const char* old, const char* fresh) {
    return t.send("POST", "/v1/me/password", here,
                  R"({"password":")" + std::string(old) + R"(","new_password":")" + fresh + R"("})");
  };
  EXPECT_EQ(change("wrong", "nine-grey-herons").field("code"), "auth.bad_password");
  EXPECT_EQ(change(kPassword, "password1234").field("code"), "team.password_common");
  EXPECT_EQ(change(kPassword, "nine-grey-herons").status, 204);
  EXPECT_EQ(t.send("GET", "/v1/me", here).status, 200);
  EXPECT_EQ(t.send("GET", "/v1/me", there).status, 401);
}

TEST(TeamApi, MakesKeysNoWiderThanTheirMaker) {
  Town t;
  t.member("ivy", Role::integrator);
  const auto ivy = t.login("ivy");
  EXPECT_EQ(t.send("POST", "/v1/keys", ivy, R"({"name":"x","scopes":["person.read"]})").field("code"),
            "team.wider_than_you");
  EXPECT_EQ(t.send("POST", "/v1/keys", ivy, R"({"name":"x","scopes":["*"]})").field("code"), "team.wider_than_you");
  EXPECT_EQ(t.send("POST", "/v1/keys", ivy, R"({"name":"x","scopes":["order.fly"]})").field("code"),
            "team.unknown_scope");
  const auto made = t.send("POST", "/v1/keys", ivy, R"({"name":"x","scopes":["source.read"]})");
  ASSERT_EQ(made.status, 201) << made.body;
  const Headers key = {{"Authorization", "Bearer " + made.field("key")}};
  EXPECT_EQ(t.send("GET", "/v1/sources", key).status, 200);
  EXPECT_EQ(t.send("GET", "/v1/keys", key).status, 403);
  EXPECT_EQ(t.send("POST", "/v1/me/totp", key).field("code"), "auth.users_only");
  EXPECT_EQ(t.send("GET", "/v1/keys", ivy).body.find(made.field("key")), std::string::npos);
  EXPECT_EQ(t.send("DELETE", "/v1/keys/" + made.field("id"), ivy).status, 204);
  EXPECT_EQ(t.send("GET", "/v1/sources", key).status, 401);

  const auto source = t.send("POST", "/v1/sources", ivy, R"({"key":"web","name":"官网","kind":"web"})");
  ASSERT_EQ(source.status, 201) << source.body;
  const auto keys = "/v1/sources/" + source.field("id") + "/keys";
  const auto write = t.send("POST", keys, ivy, R"({"name":"官网"})");
  ASSERT_EQ(write.status, 201) << write.body;
  EXPECT_NE(t.send("GET", keys, ivy).body.find(write.field("id")), std::string::npos);
  EXPECT_EQ(t.send("DELETE", "/v1/keys/" + write.field("id"), ivy).status, 404) << "write keys go through their source";
  EXPECT_EQ(t.send("DELETE", keys + "/" + write.field("id"), ivy).status, 204);
}

TEST(TeamApi, ManagersStayInsideTheirStore) {
  Town t;
  const auto all = Scope::everything("test");
  UnitId s1, s2;
  StaffId boss, theirs;
  ASSERT_TRUE(t.w.write([&](Tx& tx) -> Result<> {
    TRY(s1, create_unit(tx, all, {{}, "S1", "store", "s1"}));
    TRY(s2, create_unit(tx, all, {{}, "S2", "store", "s2"}));
    TRY(boss, create_staff(tx, all, {"Boss", s1, "boss"}));
    TRY(theirs, create_staff(tx, all, {"Other", s2, "other"}));
    return {};
  }));
  t.member("boss", Role::manager, boss);
  auto in = t.login("boss");
  const auto staff = t.send("GET", "/v1/staff", in);
  EXPECT_NE(staff.body.find(to_text(boss)), std::string::npos);
  EXPECT_EQ(staff.body.find(to_text(theirs)), std::string::npos);
  EXPECT_EQ(t.send("GET", "/v1/units", in).body.find(to_text(s2)), std::string::npos);
  EXPECT_EQ(t.send("GET", "/v1/units/" + to_text(s2), in).status, 404);
  EXPECT_EQ(t.send("GET", "/v1/staff/" + to_text(theirs), in).status, 404);
  EXPECT_EQ(t.send("POST", "/v1/staff", in, R"({"name":"New","unit_id":")" + to_text(s2) + R"("})").status, 404);
  EXPECT_EQ(t.send("POST", "/v1/staff", in, R"({"name":"New","unit_id":")" + to_text(s1) + R"("})").status, 201);
  EXPECT_EQ(t.send("POST", "/v1/units", in, R"({"name":"New","kind":"store"})").status, 404);
  EXPECT_EQ(
      t.send("POST", "/v1/units", in, R"({"name":"Early","kind":"team","parent_id":")" + to_text(s1) + R"("})").status,
      201);
  in.emplace_back("If-Match", "\"v1\"");
  EXPECT_EQ(t.send("PATCH", "/v1/staff/" + to_text(theirs), in, R"({"name":"Mine"})").status, 404);
}

TEST(TeamApi, MatchesThePolicyForEveryRoleAndNobody) {
  Town t;
  int asked = 0;
  for (const auto& leak : testing::matrix_leaks(t.w, t.server->port(), {routes()}, asked)) ADD_FAILURE() << leak;
  EXPECT_GT(asked, 200);
}

}  // namespace
}  // namespace koi::team
