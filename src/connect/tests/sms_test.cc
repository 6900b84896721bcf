// Texts through a gateway: the simulator's, which checks the signature, and one that answers as it likes.
#include "connect/sms/sms.h"

#include <gtest/gtest.h>

#include <deque>

#include "base/text.h"
#include "connect/connect.h"
#include "connect/outgoing/client.h"
#include "connect/tests/wecom_box.h"
#include "simulate/control.h"

namespace koi::connect::sms {
namespace {

using koi::testing::outcome;
using koi::testing::World;

const std::string kSeal(32, 's');
const std::string kSecret = "whsec_" + base64(std::string(32, 'k'));

/// Answers with what is in store; keeps what was asked.
class Script final : public Outgoing {
 public:
  std::deque<Result<OutReply>> answers;
  std::vector<OutRequest> asked;
  void send(OutRequest request, std::function<void(Result<OutReply>)> done) override {
    asked.push_back(std::move(request));
    auto answer = answers.empty() ? Result<OutReply>(OutReply{200, "{}", {}}) : std::move(answers.front());
    if (!answers.empty()) answers.pop_front();
    done(std::move(answer));
  }
};
std::string header(const OutRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return value;
  return {};
}

struct TextWorld {
  World w{{store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), entry::schema(), commerce::schema(), team::schema(), connect::schema()}};
  Script out;
  void open(std::string url = "https://sms.example/send", std::string sign = "锦鲤茶铺") {
    ASSERT_EQ(outcome(w.write([&](Tx& tx) { return put_gateway(tx, {url, sign, kSecret, {}}, kSeal); })), "ok");
  }
  std::string queue(std::string phone = "+8613812345678", std::string text = "您好") {
    const auto got = w.write([&](Tx& tx) { return queue_text(tx, {phone, text, "test"}, kSeal); });
    return got ? "ok" : got.error().code;
  }
  int turn() { return send_due(w.db(), out, kSeal, 10).value_or(-1); }
  TextLine newest() { return w.read([](Tx& tx) { return texts(tx, {}, 1); }).value_or(std::vector<TextLine>{}).front(); }
  std::string state() { const auto t = newest(); return t.state + (t.error.empty() ? "" : " " + t.error); }
};

TEST(Sms, IsSentOnceAndItsWordsAreForgotten) {
  TextWorld t;
  EXPECT_EQ(t.queue(), "connect.no_sms");
  t.open();
  EXPECT_EQ(t.queue(), "ok");
  EXPECT_EQ(t.turn(), 1);
  EXPECT_EQ(t.turn(), 0);
  ASSERT_EQ(t.out.asked.size(), 1u);
  const auto body = boost::json::parse(t.out.asked[0].body).as_object();
  EXPECT_EQ(body.at("to").as_string(), "+8613812345678");
  EXPECT_EQ(body.at("text").as_string(), "【锦鲤茶铺】您好");
  EXPECT_EQ(std::string(body.at("id").as_string()), header(t.out.asked[0], "webhook-id"));
  EXPECT_EQ(t.state(), "sent");
  EXPECT_EQ(t.newest().phone, "138****5678");
  EXPECT_EQ(t.w.number("SELECT COUNT(*) FROM connect_sms WHERE sealed IS NOT NULL"), 0);
}

TEST(Sms, AnUnknownOutcomeIsAskedAgainUnderTheSameIdUntilItIsTooLate) {
  TextWorld t;
  t.open();
  EXPECT_EQ(t.queue(), "ok");
  t.out.answers = {fail(Errc::unavailable, "connect.timeout"), OutReply{503, "", {}}, OutReply{200, "", {}}};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(t.turn(), 1) << i;
    EXPECT_EQ(t.turn(), 0) << "not before its time";
    t.w.clock().advance(Millis(61'000));
  }
  EXPECT_EQ(t.state(), "sent");
  EXPECT_EQ(header(t.out.asked[0], "webhook-id"), header(t.out.asked[2], "webhook-id"));
  EXPECT_EQ(t.queue(), "ok");
  t.out.answers.assign(20, OutReply{500, "", {}});
  for (int i = 0; i < 12 && t.newest().state == "queued"; ++i) {
    t.turn();
    t.w.clock().advance(Millis(120'000));
  }
  EXPECT_EQ(t.state(), "failed connect.sms_late");
}

TEST(Sms, ARefusalEndsIt) {
  TextWorld t;
  t.open();
  EXPECT_EQ(t.queue(), "ok");
  t.out.answers = {OutReply{422, "no such number", {}}};
  EXPECT_EQ(t.turn(), 1);
  EXPECT_EQ(t.state(), "failed HTTP 422");
  EXPECT_EQ(t.queue(), "ok");
  EXPECT_EQ(outcome(t.w.write([](Tx& tx) { return drop_gateway(tx); })), "ok");
  EXPECT_EQ(t.state(), "failed connect.no_sms");
  EXPECT_EQ(t.turn(), 0);
}

TEST(Sms, SaysWhatIsWrongWithAGatewayOrAText) {
  TextWorld t;
  const auto put = [&](PutGateway cmd) { return outcome(t.w.write([&](Tx& tx) { return put_gateway(tx, cmd, kSeal); })); };
  EXPECT_EQ(put({"ftp://x", "", kSecret, {}}), "connect.channel_url");
  EXPECT_EQ(put({"https://x.example/a b", "", kSecret, {}}), "connect.channel_url");
  EXPECT_EQ(put({"https://x.example", "一", kSecret, {}}), "connect.sms_sign");
  EXPECT_EQ(put({"https://x.example", "", "secret", {}}), "connect.sms_secret");
  EXPECT_EQ(put({"https://x.example", "", "whsec_" + base64("short"), {}}), "connect.sms_secret");
  EXPECT_EQ(put({"https://x.example", "", {}, {}}), "connect.sms_secret");
  t.open();
  EXPECT_EQ(put({{}, "新名字", {}, {}}), "ok") << "the secret stays";
  EXPECT_EQ(t.queue("13812345678"), "connect.sms_phone");
  EXPECT_EQ(t.queue("+8613812345678", ""), "connect.sms_text");
  EXPECT_EQ(put({{}, {}, {}, true}), "ok");
  EXPECT_EQ(t.queue(), "connect.no_sms") << "switched off";
}

/// The same request to the simulator's gateway, which reads the notes of Standard Webhooks for itself.
TEST(Sms, TheSimulatorBelievesOurSignatureAndNoOther) {
  simulate::box::Box box(simulate::Options{});
  TextWorld t;
  ASSERT_EQ(outcome(t.w.write([&](Tx& tx) { return put_gateway(tx, {"https://sim.example/sim/sms", "", box.world.sms_secret, {}}, kSeal); })), "ok");
  t.w.set_now_ms(to_ms(system_clock().now()));
  EXPECT_EQ(t.queue(), "ok");
  EXPECT_EQ(t.turn(), 1);
  const auto give = [&](const OutRequest& from) {
    auto request = box.request("POST", "/sim/sms", from.body, {});
    for (const auto& [name, value] : from.headers) request.headers[name] = value;
    simulate::box::PlainCall call(std::move(request));
    const auto answer = simulate::answer_control(box.world, call);
    return answer && answer->now ? std::to_string(answer->now->status) : answer ? std::string("later") : answer.error().code;
  };
  auto request = t.out.asked.at(0);
  EXPECT_EQ(give(request), "200");
  EXPECT_EQ(give(request), "200") << "the same id";
  EXPECT_EQ(box.world.books.texts.size(), 1u);
  EXPECT_EQ(box.world.books.texts.front().text, "您好");
  request.body += " ";
  EXPECT_EQ(give(request), "simulate.sms_signature");
}

}  // namespace
}  // namespace koi::connect::sms
