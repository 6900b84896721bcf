#include "connect/crypto/shops.h"

#include "base/crypto.h"
#include "base/text.h"
#include "connect/crypto/digest.h"

namespace koi::connect::crypto {

namespace {

std::string joined(std::string_view a, std::string_view b, std::string_view c = {}) {
  std::string out;
  out.reserve(a.size() + b.size() + c.size());
  return out.append(a).append(b).append(c);
}

Result<> fits(std::string_view secret, std::string_view want, std::string_view got) {
  if (secret.empty() || !equal_constant_time(want, got)) return fail(Errc::unauthenticated, "connect.hook_signature");
  return {};
}

Result<> is_ours(const ShopKey& key, std::string_view id) {
  if (key.id.empty() || id != key.id) return fail(Errc::unauthenticated, "connect.shop_app");
  return {};
}

}  // namespace

std::string youzan_sign(const ShopKey& key, std::string_view text) { return md5_hex(joined(key.id, text, key.secret)); }
Result<> check_youzan_body(const ShopKey& key, std::string_view msg, std::string_view sign) { return fits(key.secret, youzan_sign(key, msg), sign); }
Result<> check_youzan_event(const ShopKey& key, std::string_view client_id, std::string_view event_sign, std::string_view body) {
  TRY(is_ours(key, client_id));
  return fits(key.secret, youzan_sign(key, body), event_sign);
}

std::string shop_hmac(std::string_view secret, std::string_view body) { return base64(hmac_sha256(secret, body)); }
Result<> check_shop_hmac(std::string_view secret, std::string_view body, std::string_view header) { return fits(secret, shop_hmac(secret, body), header); }

std::string douyin_sign(std::string_view secret, std::string_view body) { return sha1_hex(joined(secret, body)); }
Result<> check_douyin(std::string_view secret, std::string_view body, std::string_view header) { return fits(secret, douyin_sign(secret, body), header); }

std::string kuaishou_sign(std::string_view secret, std::string_view body) { return md5_hex(joined(body, secret)); }
Result<> check_kuaishou(std::string_view secret, std::string_view body, std::string_view header) { return fits(secret, kuaishou_sign(secret, body), header); }

std::string doudian_push_sign(const ShopKey& key, std::string_view body) { return md5_hex(joined(key.id, body, key.secret)); }
Result<> check_doudian_push(const ShopKey& key, std::string_view app_id, std::string_view event_sign, std::string_view body) {
  TRY(is_ours(key, app_id));
  return fits(key.secret, doudian_push_sign(key, body), event_sign);
}

std::string doudian_text(const ShopKey& key, const DoudianCall& call) {
  std::string out = key.secret;
  out.append("app_key").append(key.id).append("method").append(call.method).append("param_json").append(call.params);
  return out.append("timestamp").append(call.timestamp).append("v").append(call.version).append(key.secret);
}
std::string doudian_sign(const ShopKey& key, const DoudianCall& call) { return hex(hmac_sha256(key.secret, doudian_text(key, call))); }

}  // namespace koi::connect::crypto
