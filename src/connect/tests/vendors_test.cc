#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/connect.h"
#include "connect/shops/hooks.h"
#include "connect/shops/vendors.h"
#include "entry/entry.h"
#include "people/people.h"
#include "tests/support/world.h"
#include "tests/vectors/vectors.h"

namespace koi::connect::shops {
namespace vendor_cases {

using koi::testing::outcome;
using koi::testing::World;
namespace json = boost::json;

constexpr std::int64_t kVendorNow = 1'795'000'000'000;
const std::string kVendorSeal(32, 'v');

struct Counter {
  Counter() : w({store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), entry::schema(), commerce::schema(), team::schema(), connect::schema()}) {
    w.set_now_ms(kVendorNow);
    EXPECT_TRUE(w.write([](Tx& tx) { return events::install_catalogue(tx); }));
  }
  std::string put(const PutVendor& cmd) { return outcome(w.write([&](Tx& tx) { return put_vendor(tx, cmd, kVendorSeal); })); }
  /// The whole way of a push, without the wire: the reply, or the code.
  std::string push(const std::string& vendor, const std::string& source, http::Request request) {
    const auto* line = find_vendor(vendor);
    const VendorPush sent{&request, request.body, w.clock().now()};
    const auto keys = w.read([&](Tx& tx) { return vendor_keys(tx, source, vendor, kVendorSeal); });
    if (!keys) return keys.error().code;
    Result<> fits = fail(Errc::internal, "none");
    for (const auto& key : *keys)
      if (fits = line->check(key, sent); fits) break;
    if (!fits) return fits.error().code;
    const auto news = line->read(sent);
    if (!news) return news.error().code;
    auto got = w.write([&](Tx& tx) -> Result<std::string> {
      TRY(const bool fresh, note_message(tx, source, news->id));
      if (!fresh) return "known " + news->reply;
      if (!news->orders.empty()) TRY(take_orders(tx, source, news->orders));
      return news->reply;
    });
    return got ? *got : got.error().code + " " + got.error().pointer;
  }
  World w;
};

json::array vector_group(const char* name) { return json::parse(vectors::kept("shop_webhooks.json")).as_object().at(name).as_array(); }
std::string field(const json::value& c, const char* name) { return std::string(c.at(name).as_string()); }
http::Request request_of(const json::value& c) {
  http::Request r;
  r.body = field(c, "body");
  if (const auto* headers = c.as_object().if_contains("headers"))
    for (const auto& [name, value] : headers->as_object()) r.headers.add(lower_ascii(std::string_view(name)), std::string(value.as_string()));
  return r;
}
http::Request bare(std::string body) {
  http::Request r;
  r.body = std::move(body);
  return r;
}

}  // namespace vendor_cases
using namespace vendor_cases;

TEST(Vendors, YouzanInBothForms) {
  for (const char* group : {"youzan_body_sign", "youzan_event_sign"}) {
    Counter c;
    int n = 0;
    for (const auto& v : vector_group(group)) {
      ASSERT_EQ(c.put({"yz", "有赞店", "youzan", field(v, "client_id"), field(v, "client_secret")}), "ok");
      const auto request = request_of(v);
      EXPECT_EQ(c.push("youzan", "yz", request), R"({"code":0,"msg":"success"})") << group;
      EXPECT_EQ(c.push("youzan", "yz", request).substr(0, 5), "known");
      auto altered = request;
      altered.body.replace(altered.body.find("22tid"), 5, "22tiD");
      EXPECT_EQ(c.push("youzan", "yz", altered), "connect.hook_signature");
      EXPECT_EQ(c.w.count("shop_order"), ++n);
    }
    EXPECT_EQ(c.w.number("SELECT SUM(total_fen) FROM shop_order"), 8000 + 8100 + 8200 + 8300 + 8400);
    EXPECT_EQ(c.w.number("SELECT COUNT(*) FROM order_line WHERE unit_price_fen = 8900"), n);
    EXPECT_EQ(c.w.number("SELECT COUNT(*) FROM shop_order WHERE status = 'paid' AND order_no LIKE 'E2025%'"), n);
    EXPECT_EQ(c.w.number("SELECT MIN(ordered_at) FROM shop_order"), to_ms(*parse_rfc3339("2025-01-03T10:00:00+08:00")));
    EXPECT_EQ(c.w.count("person"), n);
    EXPECT_TRUE(*c.w.read([&](Tx& tx) { return people::find(tx, {"phone_e164", "13800001003"}); }));
  }
}

TEST(Vendors, YouzanHeartbeatsAndRefunds) {
  Counter c;
  ASSERT_EQ(c.put({"yz", "店", "youzan", "id", "secret"}), "ok");
  const auto push = [&](const std::string& type, const std::string& msg, bool test, const std::string& id) {
    auto r = bare(json::serialize(json::object{{"client_id", "id"}, {"id", id}, {"msg", msg}, {"test", test}, {"type", type}, {"msg_id", id}}));
    r.headers.add("client-id", "id");
    r.headers.add("event-sign", crypto::youzan_sign({"id", "secret"}, r.body));
    return c.push("youzan", "yz", r);
  };
  EXPECT_EQ(push("trade_TradePaid", "%7Bbroken", true, "1"), R"({"code":0,"msg":"success"})");
  EXPECT_EQ(push("trade_TradePaid", "%7Bbroken", false, "2"), "connect.hook_body");
  EXPECT_EQ(push("trade_TradePaid", "%7", false, "3"), "connect.hook_body");
  EXPECT_EQ(push("item_ItemCreate", "%7B%7D", false, "4"), R"({"code":0,"msg":"success"})");
  const std::string refund = R"(%7B"refund_id":"R1","tid":"E1","refunded_fee":"12.50","update_time":"2025-01-04+10:00:00"%7D)";
  EXPECT_EQ(push("trade_TradeRefundCreated", refund, false, "5"), R"({"code":0,"msg":"success"})");
  EXPECT_EQ(c.w.count("refund"), 0);
  EXPECT_EQ(push("trade_TradeRefundSuccess", refund, false, "6"), R"({"code":0,"msg":"success"})");
  EXPECT_EQ(c.w.number("SELECT amount_fen FROM refund"), 1250);
}

TEST(Vendors, DoudianMessagesInOneArray) {
  const struct { int orders, refunds; } want[] = {{1, 0}, {0, 0}, {0, 0}, {0, 1}};  // the second says no sum yet
  int n = 0;
  for (const auto& v : vector_group("doudian_push_md5")) {
    Counter c;
    ASSERT_EQ(c.put({"dd", "抖店", "doudian", field(v, "app_key"), field(v, "app_secret")}), "ok");
    const auto request = request_of(v);
    EXPECT_EQ(c.push("doudian", "dd", request), R"({"code":0,"msg":"success"})");
    EXPECT_EQ(c.push("doudian", "dd", request).substr(0, 5), "known");
    EXPECT_EQ(c.w.count("shop_order"), want[n].orders);
    EXPECT_EQ(c.w.count("refund"), want[n].refunds);
    auto altered = request;
    altered.body += " ";
    EXPECT_EQ(c.push("doudian", "dd", altered), "connect.hook_signature");
    auto foreign = request;
    foreign.headers["app-id"] = "1";
    EXPECT_EQ(c.push("doudian", "dd", foreign), "connect.shop_app");
    EXPECT_EQ(c.w.number("SELECT COUNT(*) FROM shop_order WHERE order_no = '354271131942427512' AND total_fen = 12900 AND status = 'paid'"), n == 0 ? 1 : 0);
    ++n;
  }
}

TEST(Vendors, DouyinAnswersTheChallengeAndTakesPaidOrders) {
  int n = 0;
  for (const auto& v : vector_group("douyin_sha1")) {
    Counter c;
    const auto request = request_of(v);
    const auto client = std::string(json::parse(request.body).at("client_key").as_string());
    ASSERT_EQ(c.put({"dy", "抖音", "douyin", client, field(v, "client_secret")}), "ok");
    EXPECT_EQ(c.push("douyin", "dy", request), n == 0 ? R"({"challenge":12345})" : "{}");
    EXPECT_EQ(c.push("douyin", "dy", request), n == 0 ? R"({"challenge":12345})" : "known {}");
    EXPECT_EQ(c.w.number("SELECT COUNT(*) FROM shop_order WHERE total_fen = 9900 AND paid_at = 1735900000000"), n == 0 ? 0 : 1);
    auto altered = request;
    altered.body += "x";
    EXPECT_EQ(c.push("douyin", "dy", altered), "connect.hook_signature");
    ASSERT_EQ(c.put({"dy", "抖音", "douyin", "another", field(v, "client_secret")}), "ok");
    EXPECT_EQ(c.push("douyin", "dy", request), "connect.shop_app");
    ++n;
  }
}

TEST(Vendors, KuaishouIsTakenAndAnswered) {
  for (const auto& v : vector_group("kuaishou_md5")) {
    Counter c;
    ASSERT_EQ(c.put({"ks", "快手", "kuaishou", "", field(v, "app_secret")}), "ok");
    auto request = request_of(v);
    const auto id = std::string(json::parse(request.body).at("messageId").as_string());
    EXPECT_EQ(c.push("kuaishou", "ks", request), R"({"result":1,"message_id":")" + id + "\"}");
    EXPECT_EQ(c.push("kuaishou", "ks", request).substr(0, 5), "known");
    EXPECT_EQ(c.w.count("shop_order"), 0);
    request.headers["kwaisign"] = std::string(32, '0');
    EXPECT_EQ(c.push("kuaishou", "ks", request), "connect.hook_signature");
  }
}

TEST(Vendors, ShopifyConventionInThreeShapes) {
  Counter c;
  int n = 0;
  std::int64_t total = 0;
  for (const auto& v : vector_group("hmac_base64")) {
    ASSERT_EQ(c.put({"sf", "独立站", "shopify", "", field(v, "secret")}), "ok");
    EXPECT_EQ(c.push("shopify", "sf", request_of(v)), "{}");
    EXPECT_EQ(c.push("shopify", "sf", request_of(v)), "known {}");
    auto altered = request_of(v);
    altered.body += " ";
    EXPECT_EQ(c.push("shopify", "sf", altered), "connect.hook_signature");
    total += 12900 + n++;
  }
  EXPECT_EQ(c.w.number("SELECT SUM(total_fen) FROM shop_order"), total);
  EXPECT_EQ(c.w.number("SELECT COUNT(*) FROM shop_order WHERE order_no LIKE 'SO-%'"), n);
  EXPECT_TRUE(*c.w.read([&](Tx& tx) { return people::find(tx, {"phone_e164", "13900001004"}); }));

  ASSERT_EQ(c.put({"s2", "独立站", "shopify", "", "secret"}), "ok");
  const auto push = [&](const std::string& topic, const std::string& body, const std::string& id) {
    auto r = bare(body);
    r.headers.add("x-shopify-topic", topic);
    r.headers.add("x-shopify-webhook-id", id);
    r.headers.add("x-shopify-hmac-sha256", base64(hmac_sha256("secret", body)));
    return c.push("shopify", "s2", r);
  };
  const std::string order = R"({"id":820982911946154508,"name":"#9999","created_at":"2025-01-03T10:00:00+08:00","updated_at":"2025-01-03T10:00:0)";
  const std::string rest = R"(+08:00","total_price":"403.00","currency":"CNY","customer":{"id":115310627314723954,"email":"john@example.com","first_name":"三","last_name":"张"},)"
                           R"("line_items":[{"id":866550311766439020,"sku":"IPOD","title":"MP3","quantity":2,"price":"199.00"},{"id":2,"sku":"BAG","quantity":1,"price":"5.00"}])";
  EXPECT_EQ(push("orders/create", order + "1" + rest + R"(,"financial_status":"pending"})", "w1"), "{}");
  const auto status = [&](const char* s) { return c.w.number(std::string("SELECT COUNT(*) FROM shop_order WHERE order_no = '820982911946154508' AND total_fen = 40300 AND status = '") + s + "'"); };
  EXPECT_EQ(status("created"), 1);
  EXPECT_EQ(push("orders/paid", order + "3" + rest + R"(,"financial_status":"paid"})", "w3"), "{}");
  EXPECT_EQ(status("paid"), 1);
  EXPECT_EQ(push("orders/updated", order + "2" + rest + R"(,"financial_status":"pending"})", "w2"), "{}");  // late news changes nothing
  EXPECT_EQ(status("paid"), 1);
  EXPECT_EQ(push("refunds/create", R"({"id":509562969,"order_id":820982911946154508,"created_at":"2025-01-04T10:00:00+08:00","transactions":[{"amount":"100.00"},{"amount":"3.00"}]})", "w4"), "{}");
  EXPECT_EQ(c.w.number("SELECT refunded_fen FROM shop_order WHERE order_no = '820982911946154508'"), 10300);
  EXPECT_EQ(push("customers/create", R"({"id":1})", "w5"), "{}");
  const std::string own = R"({"id":"evt_01","topic":"orders/paid","occurred_at":"2025-01-03T10:00:09+08:00","order":{"source":"shop-a","order_no":"SO-1","status":"paid","currency":"CNY","total_amount":12900,)"
                          R"("items":[{"sku":"SKU-1","title":"礼盒","qty":1,"price":13900}],"paid_at":"2025-01-03T10:00:09+08:00","channel_code":"lc_000123"},"customer":{"external_id":"C1","unionid":"oU8x","name":"顾客甲"}})";
  EXPECT_EQ(push("orders/paid", own, "w6"), "{}");
  EXPECT_EQ(c.w.number("SELECT COUNT(*) FROM shop_order WHERE order_no = 'SO-1' AND code = 'lc_000123' AND total_fen = 12900"), 1);
}

TEST(Vendors, SourcesAreKeptApartAndSecretsRotate) {
  Counter c;
  EXPECT_EQ(c.put({"Bad", "n", "shopify", "", "s"}), "connect.bad_source");
  EXPECT_EQ(c.put({"s", "n", "taobao", "", "s"}), "connect.hook_vendor");
  EXPECT_EQ(c.put({"s", "n", "youzan", "", "s"}), "connect.hook_secret");
  EXPECT_EQ(c.put({"s", "n", "shopify", "", ""}), "connect.hook_secret");
  EXPECT_EQ(c.put({"s", "n", "shopify", "", "one"}), "ok");
  EXPECT_EQ(c.put({"s", "n", "douyin", "", "one"}), "connect.hook_exists");
  EXPECT_EQ(c.put({"s", "n", "shopify", "", "two"}), "ok");
  const auto keys = [&](const char* vendor) { return c.w.read([&](Tx& tx) { return vendor_keys(tx, "s", vendor, kVendorSeal); }); };
  ASSERT_EQ(keys("shopify")->size(), 2u);
  EXPECT_EQ((*keys("shopify"))[1].secret, "one");
  EXPECT_EQ(outcome(keys("douyin")), "connect.no_hook");
  // A platform's source is no door for our own manner, and the other way round.
  EXPECT_EQ(outcome(c.w.read([&](Tx& tx) { return secrets_of(tx, "s", kVendorSeal); })), "connect.no_hook");
  EXPECT_EQ(outcome(c.w.write([&](Tx& tx) { return rotate_hook(tx, "s", kVendorSeal); })), "connect.no_hook");
  ASSERT_TRUE(c.w.write([&](Tx& tx) { return create_hook(tx, "own", "n", kVendorSeal); }));
  EXPECT_EQ(c.put({"own", "n", "shopify", "", "two"}), "connect.hook_exists");
  c.w.set_now_ms(kVendorNow + 25 * 3'600'000);
  EXPECT_EQ(keys("shopify")->size(), 1u);
}

}  // namespace koi::connect::shops
