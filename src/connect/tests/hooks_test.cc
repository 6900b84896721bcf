#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/shops/hooks.h"
#include "entry/entry.h"
#include "tests/support/world.h"

namespace koi::connect::shops {
namespace {

using koi::testing::outcome;
using koi::testing::World;

constexpr std::int64_t kHookNow = 1'795'000'000'000;

class HooksTest : public ::testing::Test {
 protected:
  HooksTest() : w({store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), entry::schema(), commerce::schema(), team::schema(), connect::schema()}) {
    w.set_now_ms(kHookNow);
  }
  std::string secret(const std::string& source) {
    auto made = w.write([&](Tx& tx) { return create_hook(tx, source, "店", key); });
    return made ? made->secret : made.error().code;
  }
  std::vector<std::string> secrets(const std::string& source) {
    auto got = w.read([&](Tx& tx) { return secrets_of(tx, source, key); });
    return got ? *got : std::vector<std::string>{};
  }
  static std::string sign(const std::string& secret, std::int64_t t, std::string_view body) {
    return "t=" + std::to_string(t) + ",v1=" + hex(hmac_sha256(secret, std::to_string(t) + "." + std::string(body)));
  }
  /// The whole way of one call, without the wire.
  std::string call(const std::string& source, const std::string& header, const std::string& body) {
    const auto signature = check_signature(header, body, secrets(source), w.clock().now());
    if (!signature) return signature.error().code;
    return outcome(w.write([&](Tx& tx) -> Result<Taken> {
      TRY(note_signature(tx, source, *signature));
      return take_orders(tx, source, body);
    }));
  }
  World w;
  std::string key = std::string(32, 'k');
};

const char* const kHookOrder =
    R"({"order":{"order_no":"A1","at":"2026-11-18T08:00:00Z","buyer":{"id":"b1","phone":"13812345678","name":"张三"},)"
    R"("lines":[{"sku":"S","quantity":2,"unit_price_fen":500,"amount_fen":1000}]}})";

TEST_F(HooksTest, ThirtyForgeriesAreRefused) {
  const auto s = secret("shop");
  const auto now = kHookNow / 1000;
  const std::string body = kHookOrder;
  const auto good = sign(s, now, body);
  const auto mac = good.substr(good.find("v1=") + 3);
  const auto t = std::to_string(now);
  const auto other = sign("whsec_other", now, body);
  std::vector<std::pair<std::string, std::string>> forged{
      {"", body}, {"garbage", body}, {"t=" + t, body}, {"v1=" + mac, body}, {"t=,v1=" + mac, body}, {"t=abc,v1=" + mac, body},
      {"t=-" + t + ",v1=" + mac, body}, {"t=+" + t + ",v1=" + mac, body}, {"t=" + t + ",v1=", body}, {"t=" + t + ",v1=00", body},
      {"t=" + t + ",v1=" + mac.substr(2), body}, {"t=" + t + ",v1=" + mac + "00", body}, {"t=" + t + ",v2=" + mac, body},
      {"t=" + t + ",v1=" + std::string(64, '0'), body}, {"t=" + t + ",v1=" + std::string(64, 'z'), body}, {other, body},
      {sign("", now, body), body}, {sign(key, now, body), body}, {sign(s.substr(6), now, body), body}, {good, body + " "},
      {good, "{}"}, {good, ""}, {"t=" + std::to_string(now + 1) + ",v1=" + mac, body}, {"t=0" + t + ",v1=" + mac, body},
      {"t=" + t + ",t=" + std::to_string(now - 1) + ",v1=" + mac, body}, {sign(s, now - 301, body), body}, {sign(s, now + 301, body), body},
      {sign(s, 0, body), body}, {sign(s, now * 1000, body), body}, {"t=" + t + ";v1=" + mac, body},
      {std::string(5000, 'v') + good, body}, {"t=99999999999999999999,v1=" + mac, body},
  };
  auto flipped = mac;
  flipped[10] = flipped[10] == '0' ? '1' : '0';
  forged.emplace_back("t=" + t + ",v1=" + flipped, body);
  ASSERT_GE(forged.size(), 30u);
  for (const auto& [header, sent] : forged) EXPECT_EQ(call("shop", header, sent).substr(0, 13), "connect.hook_") << header;
  EXPECT_EQ(w.count("shop_order"), 0);
  EXPECT_EQ(call("shop", good, body), "ok");
  EXPECT_EQ(w.count("shop_order"), 1);
}

TEST_F(HooksTest, ASignatureWorksOnce) {
  const auto s = secret("shop");
  const auto header = sign(s, kHookNow / 1000, kHookOrder);
  EXPECT_EQ(call("shop", header, kHookOrder), "ok");
  EXPECT_EQ(call("shop", header, kHookOrder), "connect.hook_replayed");
  EXPECT_EQ(call("shop", "v1=" + std::string(64, '0') + "," + header, kHookOrder), "connect.hook_replayed");
  EXPECT_EQ(call("shop", sign(s, kHookNow / 1000 + 1, kHookOrder), kHookOrder), "ok");  // the shop tries again: same order
  EXPECT_EQ(w.count("shop_order"), 1);
  w.set_now_ms(kHookNow + 3'600'000);
  EXPECT_EQ(call("shop", sign(s, kHookNow / 1000 + 3600, kHookOrder), kHookOrder), "ok");
  EXPECT_EQ(w.count("hook_seen"), 1);  // old ones are forgotten
}

TEST_F(HooksTest, RotationKeepsTheOldSecretForADay) {
  const auto first = secret("shop");
  EXPECT_EQ(secret("shop"), "connect.hook_exists");
  EXPECT_EQ(secret("Bad Name"), "connect.bad_source");
  auto second = w.write([&](Tx& tx) { return rotate_hook(tx, "shop", key); });
  ASSERT_TRUE(second);
  EXPECT_EQ(secrets("shop"), (std::vector<std::string>{second->secret, first}));
  w.set_now_ms(kHookNow + 25 * 3'600'000);
  EXPECT_EQ(secrets("shop"), (std::vector<std::string>{second->secret}));
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM hook_source WHERE name = '店'"), 1);
  ASSERT_TRUE(w.write([&](Tx& tx) { return disable_hook(tx, "shop", true); }));
  EXPECT_EQ(outcome(w.read([&](Tx& tx) { return secrets_of(tx, "shop", key); })), "connect.no_hook");
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return rotate_hook(tx, "none", key); })), "connect.no_hook");
}

TEST_F(HooksTest, OrdersAndRefundsInAnyOrder) {
  const auto take = [&](const char* body) { return outcome(w.write([&](Tx& tx) { return take_orders(tx, "shop", body); })); };
  EXPECT_EQ(take(R"({"refund":{"refund_no":"R1","order_no":"A1","amount_fen":300,"at":"2026-11-18T09:00:00Z","reason":"坏了"}})"), "ok");
  EXPECT_EQ(take(kHookOrder), "ok");
  EXPECT_EQ(take(kHookOrder), "ok");
  EXPECT_EQ(w.count("shop_order"), 1);
  EXPECT_EQ(w.count("person"), 1);
  EXPECT_EQ(w.number("SELECT refunded_fen FROM shop_order"), 300);
  EXPECT_EQ(take(R"({"orders":[{"order_no":"A2","at":"2026-11-18T08:00:00Z","total_fen":5},{"order_no":"","at":"2026-11-18T08:00:00Z","total_fen":5}]})"),
            "commerce.no_order_no");
  EXPECT_EQ(w.count("shop_order"), 1);  // all or nothing
  EXPECT_EQ(take("{}"), "connect.hook_empty");
  EXPECT_EQ(take(R"({"order":{"order_no":5}})").substr(0, 5), "http.");
  EXPECT_EQ(take(R"({"ordr":{}})"), "http.unknown_field");
  EXPECT_EQ(take("{"), "http.bad_json");
}

}  // namespace
}  // namespace koi::connect::shops
