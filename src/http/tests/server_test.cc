#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "http/doorman.h"
#include "http/inflate.h"
#include "http/tests/lab.h"

namespace koi::http {

using lab::Client;
using lab::Lab;
using lab::text_of;

namespace server_cases {

std::string zstd_of(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}
std::string chunked(std::string_view text, std::size_t piece) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const auto part = text.substr(at, piece);
    char size[20];
    out.append(size, std::to_chars(size, size + sizeof size, part.size(), 16).ptr);
    out += "\r\n" + std::string(part) + "\r\n";
  }
  return out + "0\r\nTrailer-Line: ignored\r\n\r\n";
}

}  // namespace server_cases
using namespace server_cases;

TEST(LiveServer, KeepsConnectionsAndAnswersPipelinesInOrder) {
  Lab live;
  Client client(live.server->port());
  std::string all;
  for (int i = 0; i < 50; ++i)
    all += text_of("POST", "/echo", "n" + std::to_string(i)) +
           text_of("GET", "/v1/notes?limit=7", {}, {{"Authorization", "Bearer admin"}});
  client.send(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.receive().body, "n" + std::to_string(i));
    EXPECT_EQ(client.receive().body, R"({"id":0,"text":"7"})");
  }
  client.send(text_of("GET", "/plain", {}, {{"Connection", "close"}}));
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.ended());
}

TEST(LiveServer, ReadsARequestThatComesByteByByte) {
  Lab live;
  Client client(live.server->port());
  for (const char c : text_of("POST", "/echo", "slowly")) client.send({&c, 1});
  EXPECT_EQ(client.receive().body, "slowly");
}

TEST(LiveServer, ReadsChunkedBodies) {
  Lab live;
  const std::string text(200'000, 'c');
  for (const std::size_t piece : {std::size_t{1'000}, std::size_t{65'536}, text.size()}) {
    Client client(live.server->port());
    client.send(text_of("POST", "/echo", {}, {{"Transfer-Encoding", "chunked"}}) + chunked(text, piece) +
                text_of("GET", "/plain"));
    EXPECT_EQ(client.receive().body, text);
    EXPECT_EQ(client.receive().status, 200);
  }
}

TEST(LiveServer, HoldsToItsLimits) {
  ServerOptions small;
  small.body_max = 1000, small.upload_max = 5000;
  Lab live(small);
  EXPECT_EQ(live.ask("POST", "/echo", std::string(1000, 'x')).status, 200);
  EXPECT_EQ(live.ask("POST", "/echo", std::string(1001, 'x')).status, 413);
  EXPECT_EQ(live.ask("POST", "/echo-large", std::string(5000, 'x')).status, 200);
  EXPECT_EQ(live.ask("POST", "/echo-large", std::string(5001, 'x')).status, 413);
  EXPECT_EQ(live.ask("GET", "/" + std::string(8192, 'x')).status, 414);
  EXPECT_EQ(live.ask("GET", "/plain", {}, {{"X", std::string(16 << 10, 'x')}}).status, 431);

  Client client(live.server->port());
  client.send(text_of("POST", "/echo", {}, {{"Transfer-Encoding", "chunked"}}) + chunked(std::string(1001, 'x'), 100));
  EXPECT_EQ(client.receive().code(), "http.body_too_large");
  EXPECT_TRUE(client.ended());
}

TEST(LiveServer, InflatesWithinTheSameLimits) {
  ServerOptions small;
  small.body_max = 100'000;
  Lab live(small);
  const std::string fits(100'000, 'a'), bomb(10'000'000, 'a');
  EXPECT_EQ(live.ask("POST", "/echo", gzipped(fits), {{"Content-Encoding", "gzip"}}).body, fits);
  EXPECT_EQ(live.ask("POST", "/echo", zstd_of(fits), {{"Content-Encoding", "zstd"}}).body, fits);
  EXPECT_EQ(live.ask("POST", "/echo", gzipped(bomb), {{"Content-Encoding", "gzip"}}).code(), "http.body_too_large");
  EXPECT_EQ(live.ask("POST", "/echo", zstd_of(bomb), {{"Content-Encoding", "zstd"}}).code(), "http.body_too_large");
  EXPECT_EQ(live.ask("POST", "/echo", "not gzip", {{"Content-Encoding", "gzip"}}).code(), "http.bad_encoding");
  EXPECT_EQ(live.ask("POST", "/echo", gzipped(fits).substr(0, 50), {{"Content-Encoding", "gzip"}}).code(),
            "http.bad_encoding");
  EXPECT_EQ(live.ask("POST", "/echo", zstd_of(fits).substr(0, 12), {{"Content-Encoding", "zstd"}}).code(),
            "http.bad_encoding");
  EXPECT_EQ(live.ask("POST", "/echo", "x", {{"Content-Encoding", "br"}}).code(), "http.unknown_encoding");
}

TEST(LiveServer, CompressesLargeRepliesWhenAsked) {
  Lab live;
  const auto plain = live.ask("GET", "/large");
  EXPECT_EQ(plain.body.size(), 50'002u);
  const auto small = live.ask("GET", "/large", {}, {{"Accept-Encoding", "gzip, br"}});
  EXPECT_EQ(small.header("content-encoding"), "gzip");
  EXPECT_EQ(*inflated(small.body, "gzip", 1 << 20), plain.body);
}

TEST(LiveServer, AnswersTheOddOnes) {
  Lab live;
  EXPECT_EQ(live.ask("GET", "/nowhere").code(), "http.no_route");
  const auto wrong = live.ask("DELETE", "/plain");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "GET, HEAD");
  const auto head = live.ask("HEAD", "/plain");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "14");
  EXPECT_TRUE(head.body.empty());
  EXPECT_EQ(live.ask("POST", "/echo", "x", {{"Expect", "the-unexpected"}}).status, 417);
  EXPECT_EQ(live.ask("GET", "/plain?a=%zz").code(), "http.bad_query");
  EXPECT_EQ(live.ask("GET", "/plain", {}, {{"Connection", "keep-alive"}}).header("connection"), "");

  Client client(live.server->port());
  client.send(text_of("POST", "/echo", {}, {{"Expect", "100-continue"}, {"Content-Length", "2"}}));
  EXPECT_EQ(client.receive().status, 100);
  client.send("ok");
  EXPECT_EQ(client.receive().body, "ok");
}

TEST(LiveServer, FailuresShowNothingOfTheInside) {
  Lab live;
  const auto thrown = live.ask("GET", "/throw", {}, {{"Accept-Language", "en"}});
  EXPECT_EQ(thrown.status, 500);
  EXPECT_EQ(thrown.code(), "http.internal");
  EXPECT_EQ(thrown.body.find("inside"), std::string::npos);
  const auto burst = live.ask("POST", "/v1/notes", R"({"text":"burst"})",
                              {{"Authorization", "Bearer admin"}, {"Content-Type", "application/json"}});
  EXPECT_EQ(burst.status, 500);
  EXPECT_EQ(burst.body.find("vault"), std::string::npos);
  EXPECT_EQ(burst.body.find("note.secret_inside"), std::string::npos);
  EXPECT_EQ(live.world.count("note"), 0);
}

TEST(LiveServer, EveryReplyCarriesTheSecurityHeaders) {
  ServerOptions secure;
  secure.secure_cookies = true;
  Lab live(secure);
  for (const auto target : {"/plain", "/nowhere", "/v1/notes"}) {
    const auto got = live.ask("GET", target);
    EXPECT_EQ(got.header("x-content-type-options"), "nosniff");
    EXPECT_EQ(got.header("referrer-policy"), "no-referrer");
    EXPECT_EQ(got.header("cross-origin-opener-policy"), "same-origin");
    EXPECT_EQ(got.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    EXPECT_EQ(got.header("cache-control"), "no-store");
    EXPECT_TRUE(got.header("strict-transport-security").starts_with("max-age="));
    EXPECT_TRUE(got.header("x-request-id").starts_with("req_"));
  }
}

TEST(LiveServer, CapsConnectionsAndFreesThem) {
  ServerOptions few;
  few.connections_max = 3;
  Lab live(few);
  {
    Client a(live.server->port()), b(live.server->port()), c(live.server->port());
    for (auto* each : {&a, &b, &c}) {
      each->send(text_of("GET", "/plain"));
      EXPECT_EQ(each->receive().status, 200);
    }
    Client fourth(live.server->port());
    EXPECT_EQ(fourth.receive().status, 503);
  }
  int status = 503;  // the server notices the closed ones on its own thread
  for (int tries = 0; status == 503 && tries < 1000; ++tries) status = live.ask("GET", "/plain").status;
  EXPECT_EQ(status, 200);
}

TEST(LiveServer, DoesNotWaitForSlowSenders) {
  ServerOptions hasty;
  hasty.patience = {.head = Millis{300},
                    .idle = Millis{300},
                    .grace = Millis{300},
                    .bytes_per_second = 1 << 20,
                    .goodbye = Millis{100}};
  Lab live(hasty);
  Client silent(live.server->port()), half_head(live.server->port()), half_body(live.server->port()),
      idle(live.server->port());
  half_head.send("GET /plain HTTP/1.1\r\nHost");
  half_body.send(text_of("POST", "/echo", {}, {{"Content-Length", "100"}}) + "only some");
  idle.send(text_of("GET", "/plain"));
  EXPECT_EQ(idle.receive().status, 200);
  EXPECT_EQ(half_head.receive().status, 408);
  EXPECT_EQ(half_body.receive().code(), "http.timeout");
  for (auto* each : {&silent, &half_head, &half_body, &idle}) EXPECT_TRUE(each->ended());
}

TEST(Doorman, CountsEachAddressButNotThisMachine) {
  Doorman door(5, 2);
  EXPECT_TRUE(door.enter("203.0.113.1", false) && door.enter("203.0.113.1", false));
  EXPECT_FALSE(door.enter("203.0.113.1", false));
  EXPECT_TRUE(door.enter("203.0.113.2", false) && door.enter("127.0.0.1", true) && door.enter("127.0.0.1", true));
  EXPECT_FALSE(door.enter("127.0.0.1", true));  // the house is full
  door.leave("203.0.113.1", false);
  EXPECT_TRUE(door.enter("203.0.113.1", false));
  EXPECT_FALSE(door.wait_empty(std::chrono::milliseconds(0)));
}

TEST(LiveServer, DrainsWorkAndTurnsNewWorkAway) {
  Lab live;
  Client idle(live.server->port()), busy(live.server->port());
  idle.send(text_of("GET", "/plain"));
  EXPECT_EQ(idle.receive().status, 200);
  busy.send(text_of("GET", "/plain") + "GET /readyz HTTP/1.1\r\nHost: a\r\n");
  EXPECT_EQ(busy.receive().status, 200);  // and half a request stands behind it when the drain begins
  std::thread draining([&] { live.server->drain(); });
  EXPECT_TRUE(idle.ended());
  busy.send("\r\n");
  const auto got = busy.receive();
  EXPECT_EQ(got.code(), "http.draining");
  EXPECT_EQ(got.header("retry-after"), "1");
  EXPECT_TRUE(busy.ended());
  draining.join();
}

TEST(LiveServer, ReportsHealthVersionAndFigures) {
  Lab live;
  EXPECT_EQ(live.ask("GET", "/healthz").body, R"({"status":"ok"})");
  EXPECT_EQ(live.ask("GET", "/readyz").body, R"({"status":"ready"})");
  EXPECT_EQ(live.ask("GET", "/version").status, 200);
  EXPECT_EQ(live.ask("GET", "/metrics", {}, {{"X-Forwarded-For", "203.0.113.7"}}).code(), "http.local_only");
  const auto figures = live.ask("GET", "/metrics").body;
  for (const auto line : {"koipond_http_requests_total{route=\"/healthz\",method=\"GET\",code=\"200\"} 1",
                          "koipond_http_request_duration_seconds_count{route=\"/healthz\",method=\"GET\"} 1",
                          "process_resident_memory_bytes", "koipond_db_commits_total"})
    EXPECT_NE(figures.find(line), std::string::npos) << line;
}

}  // namespace koi::http
