// The shipped seals for programs in other languages: one JSON object a line, one answer a line.
#include <boost/json.hpp>

#include "base/text.h"
#include "connect/crypto/archive.h"
#include "connect/crypto/callback.h"
#include "connect/crypto/mini.h"
#include "connect/crypto/pay.h"
#include "connect/crypto/shops.h"
#include "tests/vectors/vectors.h"

namespace koi::vectors {

namespace {

namespace crypto = connect::crypto;
using Verb = Result<json::object> (*)(Case&);

crypto::CallbackKey address(Case& c) { return {c.text("token"), c.text("aes_key"), c.text("receive_id")}; }

Result<json::object> open(Case& c) {
  TRY(const auto message, crypto::open_callback(address(c), c.text("timestamp"), c.text("nonce"), c.text("signature"), c.text("encrypted")));
  return json::object{{"message", message}};
}
Result<json::object> seal(Case& c) {
  const auto key = address(c);
  TRY(crypto::check_callback_key(key));
  const auto random = c.bytes("random_hex");
  hold(random.size() == 16, "random_hex: not 16 bytes");
  const auto sealed = crypto::seal_message(key, c.text("message"), random);
  return json::object{{"encrypted", sealed}, {"signature", crypto::callback_signature(key.token, c.text("timestamp"), c.text("nonce"), sealed)}};
}
Result<json::object> jsapi(Case& c) {
  return json::object{{"signature", crypto::jsapi_signature(c.text("ticket"), c.text("nonce"), c.text("timestamp"), c.text("url"))}};
}
Result<json::object> pay_sign(Case& c) {
  TRY(auto key, crypto::RsaPrivate::read(c.text("private_pem")));
  const crypto::Merchant merchant{c.text("mchid"), c.text("serial_no"), std::move(key)};
  const auto method = c.text("method"), target = c.text("target"), timestamp = c.text("timestamp"), nonce = c.text("nonce"), body = c.text("body");
  const crypto::PayRequest request{method, target, timestamp, nonce, body};
  const auto text = crypto::pay_request_text(request);
  return json::object{{"text", text}, {"signature", base64(merchant.key.sign_sha256(text))}, {"authorization", crypto::pay_authorization(merchant, request)}};
}
Result<json::object> pay_verify(Case& c) {
  crypto::PayKeys keys;
  TRY(keys.add(c.text("known_serial"), c.text("public_pem")));
  const auto timestamp = c.text("timestamp"), nonce = c.text("nonce"), serial = c.text("serial"), signature = c.text("signature");
  TRY(crypto::check_pay_seal(keys, {timestamp, nonce, serial, signature, {}}, c.text("body"), from_ms(c.number("now_s") * 1000)));
  return json::object{};
}
Result<json::object> gcm_open(Case& c) {
  TRY(const auto plain, crypto::open_pay_resource(c.text("key"), {.nonce = c.text("nonce"), .associated_data = c.text("extra"), .ciphertext = c.text("sealed")}));
  return json::object{{"plain", plain}};
}
Result<json::object> field_seal(Case& c) {
  TRY(const auto key, crypto::RsaPublic::read(c.text("public_pem")));
  TRY(const auto sealed, crypto::seal_pay_field(key, c.text("plain")));
  return json::object{{"sealed", sealed}};
}
Result<json::object> field_open(Case& c) {
  TRY(const auto key, crypto::RsaPrivate::read(c.text("private_pem")));
  TRY(const auto plain, crypto::open_pay_field(key, c.text("sealed")));
  return json::object{{"plain", plain}};
}
Result<json::object> v2_sign(Case& c) {
  const auto texts = c.texts("fields");
  const crypto::PayFields fields(texts.begin(), texts.end());
  const auto key = c.text("key");
  return json::object{{"md5", crypto::pay_v2_md5(fields, key)}, {"hmac", crypto::pay_v2_hmac(fields, key)}, {"workwx", crypto::workwx_sign(fields, key)}};
}
Result<json::object> mini_open(Case& c) {
  const auto key = c.text("session_key"), iv = c.text("iv"), sealed = c.text("sealed");
  TRY(const auto plain, crypto::open_user_data({key, iv, sealed}, c.text("appid")));
  return json::object{{"plain", plain}};
}
Result<json::object> shop_sign(Case& c) { return json::object{{"hmac", crypto::shop_hmac(c.text("secret"), c.text("body"))}}; }
Result<json::object> shop_verify(Case& c) {
  TRY(crypto::check_shop_hmac(c.text("secret"), c.text("body"), c.text("hmac")));
  return json::object{};
}
Result<json::object> archive_open(Case& c) {
  TRY(const auto key, crypto::RsaPrivate::read(c.text("private_pem")));
  TRY(const auto plain, crypto::open_archive_key(key, c.text("sealed")));
  return json::object{{"plain", plain}};
}

constexpr std::pair<std::string_view, Verb> kVerbs[] = {
    {"open", open},           {"seal", seal},             {"jsapi", jsapi},     {"pay_sign", pay_sign},   {"pay_verify", pay_verify},
    {"gcm_open", gcm_open},   {"field_seal", field_seal}, {"field_open", field_open}, {"v2_sign", v2_sign}, {"mini_open", mini_open},
    {"shop_sign", shop_sign}, {"shop_verify", shop_verify}, {"archive_open", archive_open}};

json::object answer(const json::object& asked) {
  Case c(asked, asked);
  const auto what = c.text("do");
  for (const auto& [name, verb] : kVerbs) {
    if (name != what) continue;
    auto done = verb(c);
    if (!done) return {{"ok", false}, {"code", done.error().code}};
    done->emplace("ok", true);
    return std::move(*done);
  }
  throw Differs("no such verb: " + what);
}

}  // namespace

std::string talk(std::string_view line) {
  try {
    return json::serialize(answer(json::parse(line).as_object()));
  } catch (const std::exception& e) {
    return json::serialize(json::object{{"ok", false}, {"code", "asked_wrongly"}, {"detail", e.what()}});
  }
}

}  // namespace koi::vectors
