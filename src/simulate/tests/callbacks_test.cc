#include <curl/curl.h>

#include "http/url.h"
#include "simulate/seal.h"
#include "simulate/tests/box.h"
#include "tests/support/world.h"

namespace koi::simulate {
namespace {

constexpr std::string_view kCallbackToken = "QDG6eK", kCallbackKey = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

/// Somebody who receives callbacks, opens them as the protocol says, and answers as told.
struct Receiver {
  std::mutex mutex;
  std::condition_variable came;
  std::vector<std::string> opened;   // decrypted XML, in order of arrival
  int refuse_first = 0, arrived = 0;
  std::string corp;

  bool wait(std::size_t count) {
    std::unique_lock lock(mutex);
    return came.wait_for(lock, std::chrono::seconds(20), [&] { return opened.size() >= count; });
  }
};
Receiver* callbacks_receiver = nullptr;

std::string between(std::string_view text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  return at == text.npos ? std::string() : std::string(text.substr(at + from.size(), text.find(to, at) - at - from.size()));
}

Result<http::Answer> take_callback(http::Call& call) {
  auto& to = *callbacks_receiver;
  const auto& r = call.request();
  const std::scoped_lock lock(to.mutex);
  if (to.arrived++ < to.refuse_first) return http::Reply{500, "", "text/plain", {}};
  const bool echo = r.method == "GET";
  const auto sealed = echo ? r.query_value("echostr") : between(r.body, "<Encrypt><![CDATA[", "]]>");
  EXPECT_EQ(signature_of(kCallbackToken, r.query_value("timestamp"), r.query_value("nonce"), sealed), r.query_value("msg_signature"));
  const auto plain = open_text(*aes_key_of(kCallbackKey), to.corp, sealed);
  EXPECT_TRUE(plain);
  if (echo) return http::Reply{200, plain.value_or(""), "text/plain", {}};
  EXPECT_EQ(between(r.body, "<ToUserName><![CDATA[", "]]>"), to.corp);
  to.opened.push_back(plain.value_or(""));
  to.came.notify_all();
  return http::Reply{200, "", "text/plain", {}};
}
constexpr http::Route kReceiverRoutes[] = {
    {"POST", "/cb", "", take_callback, "收", "take", nullptr, nullptr, nullptr, http::kPublic | http::kNoCsrf | http::kNoAudit | http::kUpload},
    {"GET", "/cb", "", take_callback, "收", "take", nullptr, nullptr, nullptr, http::kPublic}};

struct Post {
  Receiver receiver;
  testing::World store{{}};
  std::unique_ptr<http::Server> server;
  std::unique_ptr<box::Box> b;
  Post() {
    callbacks_receiver = &receiver;
    http::ServerOptions options;
    options.port = 0;
    options.access_log = false;
    server = std::move(*http::Server::start(options, store.db(), {}, {kReceiverRoutes}));
    Options o;
    o.callback = "http://127.0.0.1:" + std::to_string(server->port()) + "/cb";
    b = std::make_unique<box::Box>(o);
    receiver.corp = b->world.corp.id;
  }
  ~Post() {
    b.reset();
    server->drain();
    server.reset();
    callbacks_receiver = nullptr;
  }
  DeliveryFigures settled() {
    EXPECT_TRUE(b->world.callbacks.idle(std::chrono::seconds(20)));
    return b->world.callbacks.figures();
  }
};

TEST(SimulateCallbacks, ArriveSealedSignedAndWithTheirFields) {
  Post p;
  const auto customer = p.b->customer();
  const auto way = p.b->way({{"state", "lc_1"}});
  const auto done = p.b->sim("customer/scan", {{"external_userid", customer}, {"code", way}});
  ASSERT_TRUE(p.receiver.wait(1));
  const auto& xml = p.receiver.opened[0];
  EXPECT_EQ(between(xml, "<Event><![CDATA[", "]]>"), "change_external_contact");
  EXPECT_EQ(between(xml, "<ChangeType><![CDATA[", "]]>"), "add_external_contact");
  EXPECT_EQ(between(xml, "<UserID><![CDATA[", "]]>"), text(done, "userid"));
  EXPECT_EQ(between(xml, "<ExternalUserID><![CDATA[", "]]>"), customer);
  EXPECT_EQ(between(xml, "<State><![CDATA[", "]]>"), "lc_1");
  EXPECT_EQ(between(xml, "<WelcomeCode><![CDATA[", "]]>"), text(done, "welcome_code"));
  EXPECT_EQ(between(xml, "<CreateTime>", "</CreateTime>"), std::to_string(box::kStart));
}

TEST(SimulateCallbacks, AreTriedAgainUntilA200AndGivenUpAfterThreeMore) {
  for (const auto& [refusals, retried, given_up] : {std::tuple{2, 2, 0}, std::tuple{9, 3, 1}}) {
    Post p;
    p.receiver.refuse_first = refusals;
    p.b->sim("callbacks", {{"retry_ms", 5}});
    p.b->friend_of(p.b->user(0));
    const auto f = p.settled();
    EXPECT_EQ(f.retried, retried);
    EXPECT_EQ(f.given_up, given_up);
    EXPECT_EQ(f.answered, 1 - given_up);
  }
}

TEST(SimulateCallbacks, ComeTwiceGetLostAndChangeOrderOnRequest) {
  {
    Post p;
    p.b->sim("callbacks", {{"twice", 1}});
    p.b->friend_of(p.b->user(0));
    EXPECT_EQ(p.settled().answered, 2);
    EXPECT_EQ(p.receiver.opened[0], p.receiver.opened[1]);
  }
  {
    Post p;
    p.b->sim("callbacks", {{"lost", 1}});
    p.b->friend_of(p.b->user(0));
    EXPECT_EQ(p.settled().lost, 1);
    EXPECT_TRUE(p.receiver.opened.empty());
    EXPECT_EQ(p.b->told(), std::vector<std::string>{"add_external_contact"});  // it happened all the same
  }
  Post p;
  p.b->sim("callbacks", {{"shuffled", 0.5}, {"shuffle_ms", 60}});
  std::vector<std::string> sent;
  for (int i = 0; i < 40; ++i) sent.push_back(p.b->friend_of(p.b->user(0)));
  EXPECT_EQ(p.settled().answered, 40);
  std::vector<std::string> got;
  for (const auto& xml : p.receiver.opened) got.push_back(between(xml, "<ExternalUserID><![CDATA[", "]]>"));
  EXPECT_NE(got, sent);
  std::ranges::sort(got);
  std::ranges::sort(sent);
  EXPECT_EQ(got, sent);
}

TEST(SimulateCallbacks, TheEchoCheckComparesTheBareText) {
  Post p;
  p.b->sim("callbacks/verify");
  ASSERT_TRUE(p.b->held->wait(std::chrono::seconds(20)));
  EXPECT_TRUE((*p.b->held->reply)->body.contains("\"ok\":true"));
  p.receiver.refuse_first = 100;
  p.b->sim("callbacks/verify");
  ASSERT_TRUE(p.b->held->wait(std::chrono::seconds(20)));
  EXPECT_TRUE((*p.b->held->reply)->body.contains("\"ok\":false"));
}

TEST(SimulateCallbacks, AStormReportsWhatItSaw) {
  Post p;
  p.b->sim("storm", {{"adds", 200}, {"rate", 0}, {"code", p.b->way({{"state", "s"}})}});
  ASSERT_TRUE(p.b->held->wait(std::chrono::seconds(60)));
  const auto seen = json::parse((*p.b->held->reply)->body).get_object();
  EXPECT_EQ(number(seen, "answered"), 200);
  EXPECT_EQ(number(object(seen, "callbacks"), "count"), 200);
  EXPECT_EQ(number(object(seen, "welcomes"), "count"), 0);  // nobody sent any
}

TEST(SimulateCallbacks, AnyEventCanBeToldAndNamesAreChecked) {
  Post p;
  p.b->sim("event", {{"event", "kf_msg_or_event"}, {"fields", {{"Token", "t]]>x"}, {"OpenKfId", "wk1"}}}});
  ASSERT_TRUE(p.receiver.wait(1));
  EXPECT_TRUE(p.receiver.opened[0].contains("<Token><![CDATA[t]]]]><![CDATA[>x]]></Token>"));
  EXPECT_EQ(p.b->refusal("event", {{"event", "e"}, {"fields", {{"a><b", "1"}}}}), "simulate.bad_field");
}

TEST(SimulateServer, AnswersOverTheWireAndStopsAtOnce) {
  Options o;
  o.port = 0;
  auto box = Simulator::start(o);
  ASSERT_TRUE(box) << box.error().detail;
  EXPECT_GT((*box)->port(), 0);
  const auto greeting = json::parse((*box)->greeting()).get_object();
  EXPECT_EQ(text(greeting, "aes_key").size(), 43u);
  EXPECT_TRUE(aes_key_of(text(greeting, "aes_key")));
  Callbacks client({"", "", text(greeting, "aes_key"), ""}, 1);
  std::mutex mutex;
  std::condition_variable came;
  std::optional<Fetched> got;
  const auto fetch = [&](const std::string& path) {
    got.reset();
    client.open(text(greeting, "address") + path, [&](Fetched f) {
      const std::scoped_lock lock(mutex);
      got = std::move(f);
      came.notify_all();
    });
    std::unique_lock lock(mutex);
    came.wait_for(lock, std::chrono::seconds(20), [&] { return got.has_value(); });
    return *got;
  };
  EXPECT_TRUE(fetch("/cgi-bin/some/unknown/path").body.contains("40066"));
  EXPECT_EQ(fetch("/cgi-bin/some/unknown/path").status, 200);
  EXPECT_EQ(fetch("/sim/state").status, 200);
  EXPECT_EQ(fetch("/sim/nothing").status, 404);
  EXPECT_TRUE(fetch("/").body.contains("<!doctype html>"));
  EXPECT_EQ(fetch("/qr/none").status, 404);
  (*box)->stop();
  EXPECT_FALSE(Simulator::start({.aes_key = "short"}));
  EXPECT_FALSE(Simulator::start({.staff = 0}));
}

TEST(SimulateCodes, EveryRefusalHasItsTitle) {
  for (const auto code : {"simulate.aes_key", "simulate.shape", "simulate.no_control", "simulate.group_full", "simulate.bad_field", "simulate.no_storm"})
    EXPECT_TRUE(http::known_code(code)) << code;
}

}  // namespace
}  // namespace koi::simulate
