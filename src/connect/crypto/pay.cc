#include "connect/crypto/pay.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "connect/crypto/aes.h"
#include "connect/crypto/digest.h"

namespace koi::connect::crypto {

namespace {

constexpr std::string_view kScheme = "WECHATPAY2-SHA256-RSA2048";
constexpr std::size_t kApiKeyBytes = 32, kTimestampDigits = 11;

std::string lines(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const auto part : parts) out.append(part).append("\n");
  return out;
}

/// Seconds since 1970 in digits only.
std::optional<std::int64_t> seconds_of(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > kTimestampDigits || !std::ranges::all_of(text, digit)) return std::nullopt;
  return parse_int(text);
}

/// The text under `name`; "" when it is not there or null.
bool take(const boost::json::object& from, std::string_view name, std::string& to) {
  const auto* const value = from.if_contains(name);
  if (value == nullptr || value->is_null()) return true;
  if (!value->is_string()) return false;
  to = value->get_string();
  return true;
}

}  // namespace

std::string pay_request_text(const PayRequest& r) { return lines({r.method, r.target, r.timestamp, r.nonce, r.body}); }

std::string pay_authorization(const Merchant& merchant, const PayRequest& request) {
  std::string out(kScheme);
  const auto add = [&](std::string_view before, std::string_view name, std::string_view value) {
    out.append(before).append(name).append("=\"").append(value).append("\"");
  };
  add(" ", "mchid", merchant.mchid);
  add(",", "serial_no", merchant.serial_no);
  add(",", "timestamp", request.timestamp);
  add(",", "nonce_str", request.nonce);
  add(",", "signature", base64(merchant.key.sign_sha256(pay_request_text(request))));
  return out;
}

std::string client_pay_text(const ClientPay& pay) { return lines({pay.appid, pay.timestamp, pay.nonce, pay.package}); }
std::string client_pay_sign(const RsaPrivate& key, const ClientPay& pay) { return base64(key.sign_sha256(client_pay_text(pay))); }

Result<> PayKeys::add(std::string id, std::string_view pem) {
  TRY(auto key, RsaPublic::read(pem));
  if (id.empty()) { TRY(id, certificate_serial(pem)); }
  keys_.insert_or_assign(std::move(id), std::move(key));
  return {};
}

const RsaPublic* PayKeys::find(std::string_view id) const {
  const auto it = keys_.find(id);
  return it == keys_.end() ? nullptr : &it->second;
}

std::string pay_reply_text(const PaySeal& seal, std::string_view body) { return lines({seal.timestamp, seal.nonce, body}); }

Result<> check_pay_seal(const PayKeys& keys, const PaySeal& seal, std::string_view body, Instant now) {
  const auto wrong = [] { return fail(Errc::unauthenticated, "connect.pay_signature"); };
  const auto at = seconds_of(seal.timestamp);
  if (!at || seal.nonce.empty() || (!seal.type.empty() && seal.type != kScheme)) return wrong();
  if (std::abs(to_ms(now) - *at * 1000) >= kPaySkewMs) return fail(Errc::unauthenticated, "connect.pay_expired");
  const auto* const key = keys.find(seal.serial);
  if (key == nullptr) return fail(Errc::unauthenticated, "connect.pay_serial");
  // Probes ("WECHATPAY/SIGNTEST/...") are sent to see that we refuse. Not a whole signature, they would not fit anyway.
  if (seal.signature.starts_with("WECHATPAY/SIGNTEST/")) return wrong();
  const auto signature = strict_base64(seal.signature);
  if (!signature || !key->signed_sha256(pay_reply_text(seal, body), *signature)) return wrong();
  return {};
}

Result<std::string> open_pay_resource(std::string_view api_v3_key, const PayResource& resource) {
  if (api_v3_key.size() != kApiKeyBytes) return fail(Errc::invalid, "connect.pay_api_key");
  const auto sealed = strict_base64(resource.ciphertext);
  auto plain = sealed && resource.algorithm == PayResource().algorithm ? aes256_gcm_open(api_v3_key, resource.nonce, resource.associated_data, *sealed)
                                                                       : std::nullopt;
  if (!plain) return fail(Errc::malformed, "connect.pay_cipher");
  return std::move(*plain);
}

Result<PayNotice> open_pay_notice(const PayKeys& keys, std::string_view api_v3_key, const PaySeal& seal, std::string_view body, Instant now) {
  TRY(check_pay_seal(keys, seal, body, now));
  const auto unread = [] { return fail(Errc::malformed, "connect.pay_notice"); };
  boost::system::error_code wrong;
  const auto value = boost::json::parse(body, wrong);
  const auto* const whole = wrong ? nullptr : value.if_object();
  const auto* const inside = whole != nullptr ? whole->if_contains("resource") : nullptr;
  if (inside == nullptr || !inside->is_object()) return unread();
  PayNotice notice;
  PayResource resource;
  const auto& r = inside->get_object();
  const bool read = take(*whole, "id", notice.id) && take(*whole, "event_type", notice.event_type) && take(r, "original_type", notice.original_type) &&
                    take(r, "algorithm", resource.algorithm) && take(r, "nonce", resource.nonce) &&
                    take(r, "associated_data", resource.associated_data) && take(r, "ciphertext", resource.ciphertext);
  if (!read || notice.id.empty() || notice.event_type.empty()) return unread();
  TRY(notice.plain, open_pay_resource(api_v3_key, resource));
  return notice;
}

Result<std::string> seal_pay_field(const RsaPublic& key, std::string_view text) {
  const auto sealed = key.seal_oaep(text);
  if (!sealed) return fail(Errc::invalid, "connect.pay_field");
  return base64(*sealed);
}

Result<std::string> open_pay_field(const RsaPrivate& key, std::string_view sealed) {
  const auto bytes = strict_base64(sealed);
  auto text = bytes ? key.open_oaep(*bytes) : std::nullopt;
  if (!text) return fail(Errc::malformed, "connect.pay_field");
  return std::move(*text);
}

}  // namespace koi::connect::crypto
