// WeChat Pay, v3 and v2.
#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "connect/crypto/digest.h"
#include "connect/crypto/pay.h"
#include "tests/vectors/vectors.h"

namespace koi::vectors {

namespace {

namespace crypto = connect::crypto;

crypto::RsaPrivate private_key(const Case& c, std::string_view name) { return got(crypto::RsaPrivate::read(c.setting(name)), name); }
crypto::RsaPublic public_key(const Case& c, std::string_view name) { return got(crypto::RsaPublic::read(c.setting(name)), name); }

/// The pairs of an Authorization header; they may stand in any order.
std::vector<std::string_view> parts_of(std::string_view header) {
  auto out = split_text(header.substr(std::min(header.find(' '), header.size())), ',');
  for (auto& part : out) part = trim(part);
  std::ranges::sort(out);
  return out;
}

void request_signature(Case& c) {
  const auto method = c.text("method"), uri = c.text("uri"), timestamp = c.text("timestamp"), nonce = c.text("nonce_str"), body = c.text("body");
  const crypto::PayRequest request{method, uri, timestamp, nonce, body};
  const crypto::Merchant merchant{c.setting("mchid"), c.setting("merchant_serial_no"), private_key(c, "merchant_private_key_pem")};
  const auto text = crypto::pay_request_text(request), want = c.text("signature");
  same("string_to_sign", text, c.text("string_to_sign"));
  same("signature", base64(merchant.key.sign_sha256(text)), want);
  hold(public_key(c, "merchant_public_key_pem").signed_sha256(text, *unbase64(want)), "signature: the public key does not take it");
  const auto header = crypto::pay_authorization(merchant, request), wanted = c.text("authorization");
  same("authorization", header.substr(0, header.find(' ')), wanted.substr(0, wanted.find(' ')));
  hold(parts_of(header) == parts_of(wanted), "authorization: got " + header);
}

void client_pay_sign(Case& c) {
  const auto appid = c.text("appId"), timestamp = c.text("timeStamp"), nonce = c.text("nonceStr"), package = c.text("package");
  const crypto::ClientPay pay{appid, timestamp, nonce, package};
  if (c.has("signType")) same("signType", "RSA", c.text("signType"));
  same("string_to_sign", crypto::client_pay_text(pay), c.text("string_to_sign"));
  same("paySign", crypto::client_pay_sign(private_key(c, "merchant_private_key_pem"), pay), c.text("paySign"));
}

crypto::PayResource resource_of(Case& c) {
  return {.nonce = c.text("nonce"), .associated_data = c.text("associated_data"), .ciphertext = c.text("ciphertext_base64")};
}

void aes_gcm(Case& c) {
  const auto resource = resource_of(c);
  same("plaintext", got(crypto::open_pay_resource(c.text("api_v3_key"), resource), "open"), c.text("plaintext"));
  if (!c.has("tag_hex")) return;
  const auto sealed = unbase64(resource.ciphertext);
  hold(sealed && sealed->size() >= 16, "ciphertext_base64: no room for a tag");
  same("tag_hex", hex(std::string_view(*sealed).substr(sealed->size() - 16)), c.text("tag_hex"));
}

/// The headers of a case, as they came, by whatever case their names are in.
struct Headers {
  explicit Headers(Case& c) {
    for (const auto& [name, value] : c.texts("headers")) all[lower_ascii(name)] = value;
  }
  crypto::PaySeal seal() {
    return {all["wechatpay-timestamp"], all["wechatpay-nonce"], all["wechatpay-serial"], all["wechatpay-signature"], all["wechatpay-signature-type"]};
  }
  std::map<std::string, std::string> all;
};

Result<crypto::PayNotice> receive(Case& c, Headers& headers, const std::string& body, std::int64_t clock_s) {
  crypto::PayKeys keys;
  got(keys.add(c.setting("platform_key_id"), c.setting("platform_public_key_pem")), "platform_public_key_pem");
  return crypto::open_pay_notice(keys, c.setting("api_v3_key"), headers.seal(), body, from_ms(clock_s * 1000));
}

void callback(Case& c) {
  Headers headers(c);
  const auto body = c.text("body");
  same("string_to_verify", crypto::pay_reply_text(headers.seal(), body), c.text("string_to_verify"));
  const auto notice = got(receive(c, headers, body, c.number("clock_now_for_test")), "open");
  same("expect_event_type", notice.event_type, c.text("expect_event_type"));
  same("expect_resource_plaintext", notice.plain, c.text("expect_resource_plaintext"));
}

/// The callback of the same file that a case points to.
const json::object& callback_named(const Case& c, const std::string& name) {
  if (const auto* const group = c.file().if_contains("callback"); group != nullptr && group->is_array())
    for (const auto& item : group->get_array())
      if (item.is_object() && item.get_object().contains("name") && item.at("name") == json::value(name)) return item.get_object();
  throw Differs("use_callback: no callback \"" + name + "\"");
}

void negative(Case& c) {
  same("expect", c.text("expect"), "reject");
  if (c.has("aes_gcm")) {
    Case inside(c.file(), c.value("aes_gcm").as_object());
    return refused(crypto::open_pay_resource(inside.text("api_v3_key"), resource_of(inside)), "the forged resource");
  }
  const auto now = c.number("clock_now_for_test");
  Case used(c.file(), c.has("use_callback") ? callback_named(c, c.text("use_callback")) : c.file());
  Case& from = c.has("use_callback") ? used : c;
  Headers headers(from);
  refused(receive(c, headers, from.text("body"), now), "the forged notice");
}

void oaep(Case& c) {
  const auto key = private_key(c, c.text("decrypt_with"));
  const auto plain = c.text("plaintext");
  if (c.has("padding")) hold(c.text("padding").find("OAEP") != std::string::npos, "padding: not OAEP");
  same("plaintext", got(crypto::open_pay_field(key, c.text("ciphertext_base64")), "open"), plain);
  // Sealing is random; ours must open to the same.
  auto name = c.text("decrypt_with");
  if (const auto at = name.find("private"); at != name.npos) name.replace(at, 7, "public");
  const auto sealed = got(crypto::seal_pay_field(public_key(c, name), plain), "seal");
  same("sealed by us and opened", got(crypto::open_pay_field(key, sealed), "open"), plain);
}

void sign_v2(Case& c) {
  const auto texts = c.texts("params");
  crypto::PayFields fields(texts.begin(), texts.end());
  const auto key = c.setting("api_key_v2");
  if (c.has("string_to_sign")) same("string_to_sign", crypto::pay_v2_text(fields, key), c.text("string_to_sign"));
  if (c.has("workwx_string_to_sign")) same("workwx_string_to_sign", crypto::workwx_text(fields, c.setting("wecom_pay_secret")), c.text("workwx_string_to_sign"));
  if (c.has("workwx_sign")) same("workwx_sign", crypto::workwx_sign(fields, c.setting("wecom_pay_secret")), c.text("workwx_sign"));
  if (c.has("sign_hmac_sha256")) same("sign_hmac_sha256", crypto::pay_v2_hmac(fields, key), c.text("sign_hmac_sha256"));
  const auto md5 = c.text("sign_md5");
  same("sign_md5", crypto::pay_v2_md5(fields, key), md5);
  if (texts.contains("sign_type")) return;  // then the sign of the message is by that method
  fields.emplace_back("sign", md5);
  got(crypto::check_pay_v2(fields, key), "check");
  fields.back().second.back() ^= 1;
  refused(crypto::check_pay_v2(fields, key), "another sign");
}

void refund_info(Case& c) {
  const auto key = c.setting("api_key_v2");
  same("key_is_md5_hex_of_api_key", crypto::md5_hex(key), c.text("key_is_md5_hex_of_api_key"));
  same("plaintext", got(crypto::open_refund_info(key, c.text("req_info_base64")), "open"), c.text("plaintext"));
}

}  // namespace

const Checks& pay_v3_checks() {
  static const Checks checks{{"request_signature", request_signature}, {"client_pay_sign", client_pay_sign}, {"aes_gcm", aes_gcm},
                             {"callback", callback},                   {"negative", negative},               {"oaep", oaep}};
  return checks;
}
const Checks& pay_v2_checks() {
  static const Checks checks{{"sign", sign_v2}, {"refund_notify_aes_ecb", refund_info}};
  return checks;
}

}  // namespace koi::vectors
