#include "http/framing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

#include "http/tests/lab.h"

namespace koi::http {

namespace framing_cases {

/// Heads that two servers might cut differently, or that break a limit; each is refused with the code beside it.
struct Row {
  std::string head, code;
};
const std::string kHost = "Host: a\r\n";
std::string post(const std::string& lines) { return "POST /echo HTTP/1.1\r\n" + kHost + lines + "\r\n"; }

std::vector<Row> corpus() {
  const std::string bad = "http.bad_framing";
  std::vector<Row> rows = {
      {post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), bad},
      {post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), bad},
      {post("Content-Length: 5\r\nContent-Length: 5\r\n"), bad},
      {post("Content-Length: 5\r\nContent-Length: 6\r\n"), bad},
      {post("Content-Length: 5, 5\r\n"), bad},
      {post("Content-Length: +5\r\n"), bad},
      {post("Content-Length: -5\r\n"), bad},
      {post("Content-Length: 0x5\r\n"), bad},
      {post("Content-Length: 5 5\r\n"), bad},
      {post("Content-Length:\r\n"), bad},
      {post("Content-Length: 99999999999999999999\r\n"), bad},
      {post("Content-Length : 5\r\n"), bad},
      {post("Content-Length\t: 5\r\n"), bad},
      {post("Content-Length: 5\r\n folded: yes\r\n"), bad},
      {post(" Content-Length: 5\r\n"), bad},
      {post("Transfer-Encoding: gzip, chunked\r\n"), bad},
      {post("Transfer-Encoding: chunked, chunked\r\n"), bad},
      {post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), bad},
      {post("Transfer-Encoding: identity\r\n"), bad},
      {post("Transfer-Encoding: xchunked\r\n"), bad},
      {post("Transfer-Encoding: \"chunked\"\r\n"), bad},
      {post("Transfer-Encoding: chunked;q=1\r\n"), bad},
      {post("Transfer-Encoding:\x0b"
            "chunked\r\n"),
       bad},
      {post("Transfer\xc2\xa0-Encoding: chunked\r\n"), bad},
      {post("X: a\rContent-Length: 5\r\n"), bad},
      {post("X: a\nContent-Length: 5\r\n"), bad},
      {post("X: a\n\r\n"), bad},
      {post(std::string("X: a\0b\r\n", 8)), bad},
      {post(": empty\r\n"), bad},
      {post("no colon\r\n"), bad},
      {post("Bad(Name): x\r\n"), bad},
      {post("Host: b\r\n"), bad},
      {"POST /echo HTTP/1.1\r\nContent-Length: 0\r\n\r\n", bad},
      {"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", bad},
      {"POST /echo HTTP/1.1\n" + kHost + "\r\n", bad},
      {"\r\nPOST /echo HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"POST  /echo HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"POST /echo  HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"POST /ec ho HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"POST\t/echo HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"POST http://a/echo HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"POST /echo\x7f HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"POST /\xe9\xa4\x90 HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"POST /echo#part HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"POST /echo HTTP/1.1 \r\n" + kHost + "\r\n", bad},
      {"POST /echo http/1.1\r\n" + kHost + "\r\n", bad},
      {"POST /echo\r\n" + kHost + "\r\n", bad},
      {"PO(ST /echo HTTP/1.1\r\n" + kHost + "\r\n", bad},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http.bad_version"},
      {"GET / HTTP/1.2\r\n" + kHost + "\r\n", "http.bad_version"},
      {"GET /" + std::string(8 << 10, 'a') + " HTTP/1.1\r\n" + kHost + "\r\n", "http.uri_too_long"},
      {"GET /" + std::string(10 << 10, 'a'), "http.uri_too_long"},
      {post("X: " + std::string(16 << 10, 'a') + "\r\n"), "http.headers_too_large"},
      {"GET / HTTP/1.1\r\nX: " + std::string(26 << 10, 'a'), "http.headers_too_large"},
  };
  std::string many;
  for (int i = 0; i < 100; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  rows.push_back({post(many), "http.headers_too_large"});
  return rows;
}

std::string judged(std::string_view head) {
  std::size_t seen = 0;
  const auto verdict = judge_head(head, seen);
  if (verdict.kind == HeadVerdict::refused) return std::string(verdict.code);
  return verdict.kind == HeadVerdict::whole ? "whole " + std::to_string(verdict.bytes) : "more";
}

}  // namespace framing_cases
using namespace framing_cases;

TEST(Framing, RefusesWhatTwoServersMightReadDifferently) {
  for (const auto& row : corpus()) EXPECT_EQ(judged(row.head), row.code) << row.head.substr(0, 80);
}

TEST(Framing, TakesWellFormedHeads) {
  for (const std::string head :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a?b=%20 HTTP/1.0\r\n\r\n", "OPTIONS * HTTP/1.1\r\nhost:a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\t 5 \r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX-Name: \xe9\xa4\x90\r\nEmpty:\r\n\r\n"}) {
    EXPECT_EQ(judged(head + "rest"), "whole " + std::to_string(head.size())) << head;
  }
}

RC_GTEST_PROP(Framing, ByteByByteIsTheSameAsAtOnce, ()) {
  const auto rows = corpus();
  const auto& head = rows[static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(rows.size())))].head;
  std::size_t seen = 0;
  HeadVerdict verdict;
  for (std::size_t n = 1; n <= head.size() && verdict.kind == HeadVerdict::more; n += head.size() > 1000 ? 97 : 1)
    verdict = judge_head(std::string_view(head).substr(0, n), seen);
  if (verdict.kind == HeadVerdict::more) verdict = judge_head(head, seen);
  RC_ASSERT(verdict.kind == HeadVerdict::refused);
}

RC_GTEST_PROP(Framing, SurvivesAnyBytes, (const std::string& bytes)) {
  std::size_t seen = 0;
  const auto verdict = judge_head(bytes, seen);
  RC_ASSERT(verdict.kind != HeadVerdict::whole || verdict.bytes <= bytes.size());
}

TEST(LiveFraming, AnswersOnceAndCloses) {
  lab::Lab live;
  for (const auto& row : corpus()) {
    lab::Client client(live.server->port());
    client.send(row.head + "GET /plain HTTP/1.1\r\nHost: smuggled\r\n\r\n");
    const auto got = client.receive();
    EXPECT_EQ(got.code(), row.code) << row.head.substr(0, 80);
    EXPECT_EQ(got.header("connection"), "close");
    EXPECT_TRUE(client.ended()) << row.head.substr(0, 80);
  }
  const auto after = live.ask("GET", "/plain");
  EXPECT_EQ(after.status, 200);
}

TEST(LiveFraming, BrokenChunksCloseTheConnection) {
  lab::Lab live;
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string body : {"5\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n", "5 \r\nhelloX", "0x5\r\nhello\r\n",
                                 "g\r\n", "5\r\nhelloXX0\r\n\r\n", "ffffffffffffffffff\r\nhello", "\r\n"}) {
    lab::Client client(live.server->port());
    client.send(head + body + "GET /plain HTTP/1.1\r\nHost: smuggled\r\n\r\n");
    const auto got = client.receive();
    EXPECT_EQ(got.code(), "http.bad_framing") << body;
    EXPECT_TRUE(client.ended()) << body;
  }
}

}  // namespace koi::http
