#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "http/tests/lab.h"

namespace koi::http {

using lab::Lab;
using Lines = std::vector<std::pair<std::string, std::string>>;

namespace call_cases {

Lines admin_with(Lines more = {}) {
  more.emplace_back("Authorization", "Bearer admin");
  more.emplace_back("Content-Type", "application/json");
  return more;
}

}  // namespace call_cases
using namespace call_cases;

TEST(CallRights, AreDeniedByDefault) {
  Lab live;
  struct {
    std::string method, target;
    Lines headers;
    int status;
    std::string code;
  } const rows[] = {
      {"GET", "/v1/notes", {}, 401, "http.login_required"},
      {"GET", "/v1/notes", {{"Authorization", "Bearer nobody"}}, 401, "http.login_required"},
      {"GET", "/v1/notes", {{"Authorization", "Bearer clerk"}}, 200, ""},
      {"GET", "/v1/notes", {{"Authorization", "Bearer admin"}}, 200, ""},
      {"POST",
       "/v1/notes",
       {{"Authorization", "Bearer clerk"}, {"Content-Type", "application/json"}},
       403,
       "http.forbidden"},
      {"GET", "/v1/notes/note_0000000000001", {}, 401, "http.login_required"},
      {"GET", "/v1/notes/note_0000000000001", {{"Authorization", "Bearer clerk"}}, 200, ""},
      {"GET", "/v1/notes/cus_0000000000001", {{"Authorization", "Bearer clerk"}}, 404, "http.no_such_id"},
      {"GET", "/plain", {{"Authorization", "Bearer nobody"}}, 200, ""},  // a stale login does not close public doors
  };
  for (const auto& row : rows) {
    const auto got = live.ask(row.method, row.target, row.method == "POST" ? R"({"text":"a"})" : "", row.headers);
    EXPECT_EQ(got.status, row.status) << row.method << row.target;
    EXPECT_EQ(got.code(), row.code) << row.method << row.target;
  }
  const auto refused = live.ask("POST", "/v1/notes", "{}", {{"Authorization", "Bearer clerk"}});
  EXPECT_NE(refused.body.find("note.write"), std::string::npos);  // names the missing permission
  EXPECT_EQ(live.world.count("note"), 0);
}

TEST(CallForm, MutationsOfASessionNeedTheTokenAndJson) {
  Lab live;
  struct {
    Lines headers;
    int status;
    std::string code;
  } const rows[] = {
      {{{"Cookie", "sid=1"}, {"Content-Type", "application/json"}}, 403, "http.csrf"},
      {{{"Cookie", "sid=1"}, {"Content-Type", "application/json"}, {"X-Koipond-Csrf", "wrong"}}, 403, "http.csrf"},
      {{{"Cookie", "sid=1"}, {"Content-Type", "text/plain"}, {"X-Koipond-Csrf", "tok"}}, 415, "http.not_json"},
      {{{"Cookie", "sid=1"}, {"Content-Type", "application/x-www-form-urlencoded"}, {"X-Koipond-Csrf", "tok"}},
       415,
       "http.not_json"},
      {{{"Cookie", "sid=1"}, {"X-Koipond-Csrf", "tok"}}, 415, "http.not_json"},
      {{{"Cookie", "sid=1"}, {"Content-Type", "application/json; charset=utf-8"}, {"X-Koipond-Csrf", "tok"}}, 201, ""},
      {{{"Authorization", "Bearer admin"}, {"Content-Type", "application/json"}},
       201,
       ""},  // a key is no ambient login
  };
  for (const auto& row : rows) {
    const auto got = live.ask("POST", "/v1/notes", R"({"text":"a"})", row.headers);
    EXPECT_EQ(got.status, row.status);
    EXPECT_EQ(got.code(), row.code);
  }
  EXPECT_EQ(live.world.count("note"), 2);
}

TEST(CallWriteKey, IsTheOnlyDoorOfIngest) {
  Lab live;
  EXPECT_EQ(live.ask("POST", "/v1/track", R"({"text":"a"})").status, 401);
  EXPECT_EQ(live.ask("POST", "/v1/track", R"({"text":"a"})", {{"Authorization", "Bearer admin"}}).status, 401);
  EXPECT_EQ(live.ask("POST", "/v1/track", R"({"text":"a"})", {{"Authorization", "Basic a2V5Og=="}}).status, 201);
  EXPECT_EQ(live.world.count("note"), 1);
  EXPECT_EQ(live.world.count("audit_log"), 0);  // ingest is its own record
}

TEST(CallWrite, KeepsEffectAndAuditTogether) {
  Lab live;
  EXPECT_EQ(live.ask("POST", "/v1/notes", R"({"text":"a"})", admin_with()).status, 201);
  EXPECT_EQ(live.ask("POST", "/v1/notes", R"({"text":"fail"})", admin_with()).status, 409);
  EXPECT_EQ(live.world.count("note"), 1);
  const auto rows = live.world.read([](Tx& tx) { return store::audit_page(tx, 0, 10, "", ""); });
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().action, "note.write");
  EXPECT_EQ(rows->front().author_name, "admin");
  EXPECT_TRUE(rows->front().subject.starts_with("note_"));
  EXPECT_TRUE(rows->front().request_id.starts_with("req_"));
}

TEST(CallWrite, OutlivesTheServer) {
  Lab live;
  std::promise<void> standing, gate;
  auto opened = gate.get_future().share();
  const auto stand = [&standing, opened](Tx&) -> Result<> {
    standing.set_value();
    opened.wait();
    return {};
  };
  ASSERT_TRUE(live.world.db().writer().submit({}, stand, {}));
  standing.get_future().wait();  // the writer is busy: what comes now has to queue
  {
    lab::Client client(live.server->port());
    client.send(lab::text_of("POST", "/v1/notes", R"({"text":"late"})", admin_with()));
    while (live.world.db().writer().waiting() == 0) std::this_thread::yield();
    live.server.reset();  // its connection is gone, the work is not
    EXPECT_TRUE(client.ended());
  }
  gate.set_value();
  EXPECT_EQ(live.world.write([](Tx& tx) { return tx.one<std::int64_t>("SELECT COUNT(*) FROM note"); }), 1);
}

TEST(CallRepeat, TakesEffectOnce) {
  Lab live;
  const auto first = live.ask("POST", "/v1/notes", R"({"text":"a"})", admin_with({{"Idempotency-Key", "k1"}}));
  const auto again = live.ask("POST", "/v1/notes", R"({"text":"a"})", admin_with({{"Idempotency-Key", "k1"}}));
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(first.header("idempotent-replayed"), "");
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
  EXPECT_EQ(live.world.count("note"), 1);

  const auto other = live.ask("POST", "/v1/notes", R"({"text":"b"})", admin_with({{"Idempotency-Key", "k1"}}));
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.code(), "http.key_reused");
  // Somebody else's key of the same spelling is another key.
  const auto user = live.ask("POST", "/v1/notes", R"({"text":"b"})",
                             {{"Cookie", "sid=1"},
                              {"X-Koipond-Csrf", "tok"},
                              {"Content-Type", "application/json"},
                              {"Idempotency-Key", "k1"}});
  EXPECT_EQ(user.status, 201);
  EXPECT_EQ(
      live.ask("POST", "/v1/notes", R"({"text":"a"})", admin_with({{"Idempotency-Key", std::string(255, 'k')}})).status,
      201);
  EXPECT_EQ(
      live.ask("POST", "/v1/notes", R"({"text":"a"})", admin_with({{"Idempotency-Key", std::string(256, 'k')}})).code(),
      "http.bad_key");
  // A refusal is not remembered: the repeat is judged anew.
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(live.ask("POST", "/v1/notes", R"({"text":"fail"})", admin_with({{"Idempotency-Key", "k2"}})).status, 409);
}

TEST(CallRepeat, TwentyAtOnceAreOne) {
  Lab live;
  std::atomic<int> fine{0}, replayed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 20; ++i)
    threads.emplace_back([&] {
      const auto got = live.ask("POST", "/v1/notes", R"({"text":"a"})", admin_with({{"Idempotency-Key", "same"}}));
      fine += got.status == 201;
      replayed += got.header("idempotent-replayed") == "true";
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(fine, 20);
  EXPECT_EQ(replayed, 19);
  EXPECT_EQ(live.world.count("note"), 1);
}

TEST(CallRepeat, ASecretIsShownOnce) {
  Lab live;
  EXPECT_EQ(live.ask("POST", "/v1/notes/secret", R"({"text":"s3cret"})", admin_with({{"Idempotency-Key", "k"}})).status,
            201);
  EXPECT_EQ(live.ask("POST", "/v1/notes/secret", R"({"text":"s3cret"})", admin_with({{"Idempotency-Key", "k"}})).code(),
            "http.shown_once");
  EXPECT_EQ(live.world.number("SELECT COUNT(*) FROM repeat_record WHERE reply LIKE '%s3cret%'"), 0);
}

TEST(CallMatch, AnEditNamesTheVersionItChanges) {
  Lab live;
  const std::string target = "/v1/notes/note_0000000000001:pin";
  EXPECT_EQ(live.ask("PUT", target, {}, admin_with()).status, 428);
  EXPECT_EQ(live.ask("PUT", target, {}, admin_with({{"If-Match", "\"v2\""}})).status, 412);
  EXPECT_EQ(live.ask("PUT", target, {}, admin_with({{"If-Match", "v3"}})).code(), "http.bad_if_match");
  const auto got = live.ask("PUT", target, {}, admin_with({{"If-Match", "\"v3\""}}));
  EXPECT_EQ(got.status, 204);
  EXPECT_EQ(got.header("etag"), "\"v4\"");
  EXPECT_EQ(live.ask("GET", "/v1/notes/note_0000000000001", {}, admin_with()).header("etag"), "\"v3\"");
}

TEST(CallTrace, EachRequestHasItsOwnId) {
  Lab live;
  const auto a = live.ask("GET", "/plain", {}, {{"X-Request-Id", "forged"}}), b = live.ask("GET", "/nowhere");
  EXPECT_NE(a.header("x-request-id"), b.header("x-request-id"));
  EXPECT_NE(a.header("x-request-id"), "forged");
  EXPECT_NE(b.body.find(b.header("x-request-id")), std::string::npos);
}

}  // namespace koi::http
