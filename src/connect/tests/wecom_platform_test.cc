// Calls over HTTP to a simulator on a port of its own: tokens that die, limits, answers that never come.
#include "connect/outgoing/client.h"
#include "connect/tests/wecom_box.h"
#include "simulate/simulate.h"

namespace koi::connect::wecom::testing {
namespace {

struct WireWorld {
  explicit WireWorld(simulate::Options shape = corp_shape(4, 30)) {
    auto started = simulate::Simulator::start(std::move(shape));
    EXPECT_EQ(outcome(started), "ok");
    if (!started) return;
    sim = std::move(*started);
    const auto told = json::parse(sim->greeting()).get_object();
    options.corp_id = text_in(told, "corpid"), options.secret = text_in(told, "secret"), options.base_url = text_in(told, "address");
    options.timeout = Millis{300};
    platform = open_platform(*outgoing, clock, options);
  }
  /// The control API.
  json::object steer(std::string_view path, const json::object& body, std::string_view method = "POST") {
    OutRequest request;
    request.method = method, request.url = options.base_url + "/sim/" + std::string(path), request.body = json::serialize(body);
    const auto reply = outgoing->ask(std::move(request));
    return reply ? json::parse(reply->body).get_object() : json::object{};
  }
  std::int64_t calls(std::string_view path) {
    const auto seen = steer("calls", {}, "GET");
    return number_in(object_in(object_in(seen, "counts"), path), "calls", -1);
  }
  Result<json::object> tags() { return platform->ask("externalcontact/get_corp_tag_list", {}); }

  std::unique_ptr<Outgoing> outgoing = open_outgoing({.private_addresses = true});
  std::unique_ptr<simulate::Simulator> sim;
  ManualClock clock{from_ms(1'795'000'000'000)};
  PlatformOptions options;
  std::shared_ptr<Platform> platform;
};

TEST(WecomPlatform, ADeadTokenCostsOneRepeat) {
  WireWorld x;
  EXPECT_EQ(outcome(x.tags()), "ok");
  EXPECT_EQ(number_in(x.steer("tokens/kill", {}), "killed"), 1);
  EXPECT_EQ(outcome(x.tags()), "ok");
  x.steer("faults", {{"path", "externalcontact/get_corp_tag_list"}, {"errcode", 40014}, {"times", 2}});
  EXPECT_EQ(outcome(x.tags()), "connect.wecom_token") << "it does not loop";
  EXPECT_EQ(outcome(x.tags()), "ok");
}

TEST(WecomPlatform, AWrongSecretSaysSo) {
  WireWorld x;
  x.options.secret = "wrong";
  EXPECT_EQ(outcome(open_platform(*x.outgoing, x.clock, x.options)->ask("externalcontact/get_corp_tag_list", {})), "connect.wecom_token");
}

TEST(WecomPlatform, ErrorsKeepTheirNumbers) {
  WireWorld x;
  const auto reply = x.platform->ask("externalcontact/get_contact_way", {{"config_id", "nothing"}});
  ASSERT_EQ(outcome(reply), "connect.wecom_refused");
  EXPECT_TRUE(refused_with(reply.error(), 41044)) << reply.error().detail;
  EXPECT_FALSE(refused_with(reply.error(), 4104));
  const auto user = x.platform->get("user/get", {{"userid", "小 & 明"}});
  EXPECT_TRUE(!user && refused_with(user.error(), 60111)) << "what stands in a query is escaped";
}

TEST(WecomPlatform, ABusyPlatformIsAskedAgain) {
  WireWorld x;
  x.steer("faults", {{"path", "externalcontact/get_corp_tag_list"}, {"errcode", -1}, {"times", 2}});
  EXPECT_EQ(outcome(x.tags()), "ok");
}

TEST(WecomPlatform, AnAnswerThatNeverComesIsUnknown) {
  WireWorld x;
  x.steer("faults", {{"path", "externalcontact/get_corp_tag_list"}, {"kind", "hang"}});
  EXPECT_EQ(outcome(x.tags()), "connect.wecom_unknown_outcome");
  x.options.base_url = "http://127.0.0.1:1";
  EXPECT_EQ(outcome(open_platform(*x.outgoing, x.clock, x.options)->ask("a", {})), "connect.unreachable");
}

TEST(WecomPlatform, AnApiRestsAfterTooManyCalls) {
  WireWorld x;
  x.steer("faults", {{"path", "externalcontact/get_corp_tag_list"}, {"errcode", 45009}});
  EXPECT_EQ(outcome(x.tags()), "connect.wecom_limit");
  EXPECT_EQ(outcome(x.tags()), "connect.wecom_limit") << "without asking";
  EXPECT_EQ(outcome(x.platform->get("department/list", {})), "ok") << "others go on";
  x.clock.advance(Millis{61'000});
  EXPECT_EQ(outcome(x.tags()), "ok");
  // Our own count stops before theirs does.
  x.options.minute_max = 3;
  const auto few = open_platform(*x.outgoing, x.clock, x.options);
  int went = 0;
  for (int i = 0; i < 5; ++i) went += few->ask("externalcontact/get_corp_tag_list", {}).has_value() ? 1 : 0;
  EXPECT_EQ(went, 3);
}

TEST(WecomPlatform, ManyAtOnceShareOneToken) {
  WireWorld x;
  std::mutex mutex;
  std::condition_variable came;
  int good = 0, all = 0;
  for (int i = 0; i < 20; ++i)
    x.platform->call("externalcontact/get_corp_tag_list", {}, [&](Result<json::object> reply) {
      const std::scoped_lock lock(mutex);
      good += reply ? 1 : 0;
      if (++all == 20) came.notify_all();
    });
  std::unique_lock lock(mutex);
  came.wait(lock, [&] { return all == 20; });
  EXPECT_EQ(good, 20);
  EXPECT_EQ(x.calls("gettoken"), 1);
}

TEST(WecomPlatform, AWalkOverHttpIsComplete) {
  WireWorld x(corp_shape(4, 250));
  World w(sync_schemas());
  ASSERT_TRUE(w.write([](Tx& tx) { return events::install_catalogue(tx); }));
  const auto begun = w.write([&](Tx& tx) { return begin_run(tx, x.options.corp_id, "asked", ""); });
  x.options.timeout = Millis{10'000};
  x.platform = open_platform(*x.outgoing, x.clock, x.options);
  const auto run = carry_on(w.db(), *x.platform, begun->id);
  ASSERT_EQ(outcome(run), "ok");
  EXPECT_EQ(run->customers, w.count("connect_wecom_contact"));
  EXPECT_GE(run->customers, 250);
  EXPECT_EQ(w.count("person"), 250);
}

}  // namespace
}  // namespace koi::connect::wecom::testing
