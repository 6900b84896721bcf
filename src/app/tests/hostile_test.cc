/// R20: hostile input, generated from our own OpenAPI, against every operation: never a 5xx, and every reply is what the
/// document says. KOI_HOSTILE_CASES requests an operation (normally 12; the deep run asks for 2,000).
#include <gtest/gtest.h>

#include <cstdlib>

#include "app/rooms.h"
#include "app/tests/hostile.h"
#include "app/tests/schema_check.h"
#include "base/text.h"
#include "connect/connect.h"
#include "connect/wechat/desk.h"
#include "team/team.h"
#include "team/tests/matrix.h"

namespace koi::app {
namespace {

namespace json = boost::json;

int hostile_cases() {
  const char* given = std::getenv("KOI_HOSTILE_CASES");
  return static_cast<int>(given != nullptr ? parse_int(given).value_or(12) : 12);
}

std::vector<std::span<const Route>> every_route() {
  auto tables = routes();
  tables.push_back(http::system_routes());
  return tables;
}

/// A network that ends at the wall.
struct Nowhere : connect::Outgoing {
  void send(connect::OutRequest, std::function<void(Result<connect::OutReply>)> done) override { done(fail(Errc::forbidden, "connect.address")); }
};

struct HostileWorld : koi::testing::World {
  HostileWorld() : World({schemas()}) {
    EXPECT_TRUE(write([](Tx& tx) { return events::install_catalogue(tx); }));
    EXPECT_TRUE(write([](Tx& tx) { return events::open_log(tx); }));
    EXPECT_TRUE(connect::resume_imports(db()));
    EXPECT_TRUE(connect::wechat::open_desk(db(), nowhere, {.seal_key = std::string(32, 'k')}));
    cast = std::make_unique<team::testing::MatrixCast>(*this);
    http::ServerOptions options;
    options.port = 0;
    options.access_log = false;
    server = http::Server::start(options, db(), team::authorizer(db()), routes()).value();
    const auto write_key = fresh_write_key();
    for (const auto* seed : {R"({"type":"identify","userId":"u1","messageId":"m1","traits":{"phone":"13812345678","name":"王小明"}})",
                             R"({"type":"track","event":"Order Completed","userId":"u1","messageId":"m2","properties":{"order_id":"A1","total":20}})"})
      EXPECT_EQ(team::testing::send_http(server->port(), "POST", "/v1/batch", {{"Authorization", write_key}}, R"({"batch":[)" + std::string(seed) + "]}").body, R"({"success":true,"receipts":null})");
  }
  ~HostileWorld() {
    server->drain();
    connect::wechat::close_desk(db());
    connect::stop_imports(db());
    server.reset();
  }
  /// Earlier strangers may have revoked the last one.
  std::string fresh_write_key() {
    const auto made = write([](Tx& tx) { return team::create_key(tx, {.name = "shop", .kind = "write", .scopes = {}, .source = "shop"}); });
    return "Basic " + base64(made->key + ":");
  }
  team::testing::Headers headers(const Route& route) {
    if ((route.flags & http::kWriteKey) != 0) return {{"Authorization", fresh_write_key()}};
    if ((route.flags & http::kPublic) != 0) return {};
    return cast->sign_in(team::Role::admin);
  }
  Nowhere nowhere;
  std::unique_ptr<team::testing::MatrixCast> cast;
  std::unique_ptr<http::Server> server;
};

/// What is wrong with a reply; empty: nothing.
std::string judge(const Route& route, const team::testing::HttpReply& reply, hostile::Stranger& stranger) {
  if (reply.status == 0) return "no answer";
  if (reply.status >= 500) return "status " + std::to_string(reply.status) + " " + reply.body.substr(0, 300);
  boost::system::error_code broken;
  const auto type = reply.headers.contains("content-type") ? reply.headers.at("content-type") : "";
  if (reply.status >= 400 && route.media == "text/html") return type.starts_with("text/html") || type.starts_with("application/problem+json") ? "" : "a refusal that is no page: " + type;
  if (reply.status >= 400) {
    const auto problem = json::parse(reply.body, broken);
    if (broken || !type.starts_with("application/problem+json")) return "a refusal that is no problem+json: " + type;
    const std::string code(problem.at("code").as_string());
    return http::known_code(code) ? "" : "the code " + code + " has no title";
  }
  if (reply.status >= 300 || route.reply == nullptr || !type.starts_with("application/json")) return {};
  const auto value = json::parse(reply.body, broken);
  if (broken) return "a reply that is no JSON";
  stranger.learn(value);
  return hostile::misfit(json::parse(route.reply()), value);
}

TEST(OpenApi, EveryOperationSaysWhatItTakesAndGives) {
  for (const auto table : every_route()) {
    for (const auto& r : table) {
      const auto name = std::string(r.method) + " " + std::string(r.path);
      const bool takes = r.method == "PUT" || r.method == "PATCH", gives = r.method == "GET" && r.path != "/metrics" && !r.path.ends_with(".csv") && !r.path.ends_with("/export");
      EXPECT_TRUE(!takes || r.body != nullptr || (r.flags & http::kUpload) != 0) << name;
      EXPECT_TRUE(!gives || r.reply != nullptr || !r.media.empty()) << name;
      for (const auto fn : {r.query, r.body, r.reply}) EXPECT_TRUE(fn == nullptr || json::parse(fn()).is_object()) << name;
      EXPECT_TRUE(r.query == nullptr || json::parse(r.query()).as_object().contains("properties")) << name;
    }
  }
  const auto tables = every_route();
  const auto document = json::parse(http::openapi(tables));
  for (const auto& [path, methods] : document.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object())
      EXPECT_TRUE(operation.at("responses").as_object().contains("default")) << method << path;
}

TEST(Hostile, NothingBreaksAndEveryReplyIsWhatTheDocumentSays) {
  HostileWorld w;
  hostile::Stranger stranger(20);
  int asked = 0;
  std::map<int, int> statuses;
  // First the lists, so that ids are known; the ways to lose the session last.
  for (const bool reads : {true, false}) {
    for (const auto table : every_route()) {
      for (const auto& route : table) {
        if ((route.method == "GET") != reads) continue;
        const auto headers = w.headers(route);
        for (int i = 0; i < hostile_cases(); ++i, ++asked) {
          auto target = stranger.path(route.path);
          if (route.query != nullptr) target += stranger.query(json::parse(route.query()));
          const auto body = reads || route.method == "DELETE" ? "" : stranger.body(route.body != nullptr ? json::parse(route.body()) : json::value(json::object{}));
          const auto reply = team::testing::send_http(w.server->port(), route.method, target, headers, body);
          ++statuses[reply.status];
          if (const auto wrong = judge(route, reply, stranger); !wrong.empty())
            ADD_FAILURE() << route.method << " " << target.substr(0, 300) << "\n" << body.substr(0, 600) << "\n" << wrong;
        }
      }
    }
  }
  std::string told;
  for (const auto& [status, n] : statuses) told += " " + std::to_string(status) + ":" + std::to_string(n);
  RecordProperty("statuses", told);
  EXPECT_GT(statuses[200] + statuses[201] + statuses[204], asked / 50) << "hardly anything got in:" << told;
  std::fprintf(stderr, "%d requests:%s\n", asked, told.c_str());
}

}  // namespace
}  // namespace koi::app
