// Shops, mini programs and the chat archive.
#include <boost/json.hpp>

#include "base/text.h"
#include "connect/crypto/archive.h"
#include "connect/crypto/mini.h"
#include "connect/crypto/shops.h"
#include "tests/vectors/vectors.h"

namespace koi::vectors {

namespace {

namespace crypto = connect::crypto;

std::string header(Case& c, std::string_view name) {
  for (const auto& [key, value] : c.texts("headers"))
    if (lower_ascii(key) == name) return value;
  throw Differs("headers: no " + std::string(name));
}

/// What a case wants of a check: accepted unless expect_ok is false; and then one byte more must be refused.
template <class F>
void judged(Case& c, const std::string& body, F&& check) {
  const bool want = !c.has("expect_ok") || c.value("expect_ok").as_bool();
  const auto result = check(body);
  if (!want) return refused(result, "expect_ok");
  got(result, "check");
  refused(check(body + "x"), "a body of one byte more");
}

void taken(Case& c) {
  if (!c.has("expect_reply")) return;
  same("expect_reply", json::serialize(json::parse(crypto::kShopTaken)), json::serialize(c.value("expect_reply")));
}

void youzan_body(Case& c) {
  const crypto::ShopKey key{c.text("client_id"), c.text("client_secret")};
  boost::system::error_code wrong;
  const auto push = json::parse(c.text("body"), wrong);
  const auto field = [&](const char* name) {
    const auto* const found = !wrong && push.is_object() ? push.get_object().if_contains(name) : nullptr;
    hold(found != nullptr && found->is_string(), std::string("body: no ") + name);
    return std::string(found->get_string());
  };
  const auto sign = field("sign");
  judged(c, field("msg"), [&](const std::string& msg) { return crypto::check_youzan_body(key, msg, sign); });
  const bool good = !c.has("expect_ok") || c.value("expect_ok").as_bool();
  if (c.has("expect_sign") && (good || c.text("expect_sign") != sign)) same("expect_sign", crypto::youzan_sign(key, field("msg")), c.text("expect_sign"));
  taken(c);
}

void youzan_event(Case& c) {
  const crypto::ShopKey key{c.text("client_id"), c.text("client_secret")};
  const auto id = header(c, "client-id"), sign = header(c, "event-sign");
  judged(c, c.text("body"), [&](const std::string& body) { return crypto::check_youzan_event(key, id, sign, body); });
  taken(c);
}

void hmac_base64(Case& c) {
  const auto secret = c.text("secret"), mac = header(c, "x-shopify-hmac-sha256");
  judged(c, c.text("body"), [&](const std::string& body) { return crypto::check_shop_hmac(secret, body, mac); });
}

void douyin(Case& c) {
  const auto secret = c.text("client_secret"), sign = header(c, "x-douyin-signature");
  judged(c, c.text("body"), [&](const std::string& body) { return crypto::check_douyin(secret, body, sign); });
}

void kuaishou(Case& c) {
  const auto secret = c.text("app_secret"), sign = header(c, "kwaisign");
  judged(c, c.text("body"), [&](const std::string& body) { return crypto::check_kuaishou(secret, body, sign); });
}

void doudian_push(Case& c) {
  const crypto::ShopKey key{c.text("app_key"), c.text("app_secret")};
  const auto id = header(c, "app-id"), sign = header(c, "event-sign");
  judged(c, c.text("body"), [&](const std::string& body) { return crypto::check_doudian_push(key, id, sign, body); });
  taken(c);
}

void doudian_request(Case& c) {
  const crypto::ShopKey key{c.text("app_key"), c.text("app_secret")};
  const auto method = c.text("method"), params = c.text("param_json"), timestamp = c.text("timestamp"), version = c.text("v");
  const crypto::DoudianCall call{method, params, timestamp, version};
  same("string_to_sign", crypto::doudian_text(key, call), c.text("string_to_sign"));
  same("sign_hmac_sha256", crypto::doudian_sign(key, call), c.text("sign_hmac_sha256"));
}

void mini(Case& c) {
  const auto key = c.text("session_key"), iv = c.text("iv"), sealed = c.text("encryptedData"), appid = c.text("appid");
  same("expect_plain", got(crypto::open_user_data({key, iv, sealed}, appid), "open"), c.text("expect_plain"));
  refused(crypto::open_user_data({key, iv, sealed}, appid + "x"), "another appid");
  const auto raw = c.text("rawData"), sign = c.text("signature");
  same("signature", crypto::raw_data_signature(raw, key), sign);
  got(crypto::check_raw_data(raw, key, sign), "check");
  refused(crypto::check_raw_data(raw + " ", key, sign), "other raw data");
}

void archive(Case& c) {
  const auto key = got(crypto::RsaPrivate::read(c.setting("private_key_pem")), "private_key_pem");
  same("expect_random_key", got(crypto::open_archive_key(key, c.text("encrypt_random_key_base64")), "open"), c.text("expect_random_key"));
}

}  // namespace

const Checks& shop_checks() {
  static const Checks checks{{"youzan_body_sign", youzan_body}, {"youzan_event_sign", youzan_event}, {"hmac_base64", hmac_base64},
                             {"douyin_sha1", douyin},           {"kuaishou_md5", kuaishou},          {"doudian_push_md5", doudian_push},
                             {"doudian_request_sign", doudian_request}};
  return checks;
}
const Checks& mini_checks() {
  static const Checks checks{{"cases", mini}};
  return checks;
}
const Checks& archive_checks() {
  static const Checks checks{{"cases", archive}};
  return checks;
}

}  // namespace koi::vectors
