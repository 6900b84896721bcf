/// Pages of other sites: only the tracking endpoints answer them, and only sites a write key names. S6.
#include <gtest/gtest.h>

#include "app/rooms.h"
#include "base/text.h"
#include "team/team.h"
#include "team/tests/client.h"
#include "tests/support/world.h"

namespace koi::app {
namespace {

using team::testing::Headers, team::testing::HttpReply;

constexpr const char* kShop = "https://shop.example";

struct PageWorld : koi::testing::World {
  PageWorld() : World({schemas()}) {
    EXPECT_TRUE(write([](Tx& tx) { return events::install_catalogue(tx); }));
    EXPECT_TRUE(write([](Tx& tx) { return events::open_log(tx); }));
    http::ServerOptions options;
    options.port = 0;
    options.access_log = false;
    server = http::Server::start(options, db(), team::authorizer(db()), routes()).value();
    web = key("web", {kShop, "http://localhost:3000"});
    quiet = key("server", {});
  }
  std::string key(const std::string& source, std::vector<std::string> origins) {
    return write([&](Tx& tx) {
             return team::create_key(tx, {.name = source, .kind = "write", .scopes = {}, .source = source, .origins = std::move(origins)});
           }).value().key;
  }
  HttpReply send(std::string_view method, std::string_view path, const Headers& headers, std::string_view body = {}) {
    return team::testing::send_http(server->port(), method, path, headers, body);
  }
  HttpReply track(const std::string& key, const std::string& origin, std::string_view path = "/v1/t") {
    const auto body = R"({"type":"track","event":"Clicked","anonymousId":"a1","writeKey":")" + key + R"(","messageId":"m)" + std::to_string(++sent) + "\"}";
    Headers headers{{"Content-Type", "text/plain"}};
    if (!origin.empty()) headers.emplace_back("Origin", origin);
    return send("POST", path, headers, body);
  }
  std::unique_ptr<http::Server> server;
  std::string web, quiet;
  int sent = 0;
};

bool shared(const HttpReply& reply) { return reply.headers.contains("access-control-allow-origin"); }

TEST(WriteKeyInTheBody, IsTakenWhereNoHeaderIsSent) {
  PageWorld w;
  EXPECT_EQ(w.track(w.web, "").status, 200);
  EXPECT_EQ(w.track(w.quiet, "", "/v1/track").status, 200) << "programs send no Origin";
  EXPECT_EQ(w.track("koipond_pk_guessed", "").field("code"), "auth.write_key");
  const auto batch = R"({"writeKey":")" + w.web + R"(","batch":[{"type":"page","anonymousId":"a2","messageId":"b1","name":"Home"}]})";
  EXPECT_EQ(w.send("POST", "/v1/b", {}, batch).status, 200);
  EXPECT_EQ(w.send("POST", "/v1/b", {}, R"([{"writeKey":")" + w.web + "\"}]").status, 401);
  EXPECT_EQ(w.send("POST", "/v1/b", {{"Authorization", "Basic eDo="}}, batch).status, 401) << "a wrong header is not made up for";
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM event"), 3);
}

TEST(Cors, AnswersOnlyTheSitesAWriteKeyNames) {
  PageWorld w;
  const struct { const char* origin; bool known; } cases[] = {
      {kShop, true}, {"http://localhost:3000", true}, {"http://shop.example", false}, {"https://shop.example:443", false},
      {"https://shop.example.evil.test", false}, {"https://evil.test/https://shop.example", false}, {"https://SHOP.example", false},
      {"https://www.shop.example", false}, {"null", false}, {"*", false}, {"", false}, {"https://shop.example http://localhost:3000", false}};
  for (const auto& c : cases) {
    const auto asked = w.send("OPTIONS", "/v1/t", {{"Origin", c.origin}, {"Access-Control-Request-Method", "POST"}, {"Access-Control-Request-Headers", "content-type"}});
    EXPECT_EQ(shared(asked), c.known) << c.origin;
    EXPECT_EQ(asked.status == 204, c.known) << c.origin << asked.status;
    EXPECT_TRUE(!c.known || asked.headers.at("access-control-allow-origin") == c.origin);
    if (*c.origin == '\0') continue;
    const auto sent = w.track(w.web, c.origin);
    EXPECT_EQ(sent.status, c.known ? 200 : 403) << c.origin;
    EXPECT_EQ(shared(sent), c.known) << c.origin;
    EXPECT_EQ(w.track(w.quiet, c.origin).field("code"), "auth.origin") << "the default is nobody";
  }
}

TEST(Cors, NothingElseAnswersOtherSites) {
  PageWorld w;
  auto tables = routes();
  tables.push_back(http::system_routes());
  for (const auto table : tables) {
    for (const auto& route : table) {
      if ((route.flags & http::kWriteKey) != 0) continue;
      const std::string path(route.path.substr(0, route.path.find('{')));
      for (const auto& method : {std::string("OPTIONS"), std::string(route.method)})
        EXPECT_FALSE(shared(w.send(method, path, {{"Origin", kShop}, {"Access-Control-Request-Method", "POST"}}))) << method << path;
    }
  }
}

TEST(WriteKeys, OriginsAreExact) {
  PageWorld w;
  for (const auto* bad : {"shop.example", "https://shop.example/", "https://*.shop.example", "ftp://shop.example", "https://", "https://a b", "*"})
    EXPECT_EQ(koi::testing::outcome(w.write([&](Tx& tx) {
      return team::create_key(tx, {.name = "x", .kind = "write", .scopes = {}, .source = "x", .origins = {bad}});
    })), "team.key_origin") << bad;
}

}  // namespace
}  // namespace koi::app
