#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/crypto/aes.h"
#include "connect/crypto/digest.h"
#include "connect/crypto/pay.h"

namespace koi::connect::crypto {

namespace {

constexpr std::string_view kWorkwxFields[] = {"act_name", "mch_billno", "mch_id", "nonce_str", "re_openid", "total_amount", "wxappid"};

std::string sorted_text(PayFields fields, std::string_view end) {
  std::ranges::sort(fields);
  std::string out;
  for (const auto& [name, value] : fields)
    if (!value.empty() && name != "sign") out.append(name).append("=").append(value).append("&");
  return out.append(end);
}

std::string_view field_of(const PayFields& fields, std::string_view name) {
  const auto it = std::ranges::find(fields, name, &PayFields::value_type::first);
  return it == fields.end() ? std::string_view() : std::string_view(it->second);
}

}  // namespace

std::string pay_v2_text(const PayFields& fields, std::string_view api_key) { return sorted_text(fields, "key=" + std::string(api_key)); }

std::string pay_v2_md5(const PayFields& fields, std::string_view api_key) { return upper_ascii(md5_hex(pay_v2_text(fields, api_key))); }
std::string pay_v2_hmac(const PayFields& fields, std::string_view api_key) {
  return upper_ascii(hex(hmac_sha256(api_key, pay_v2_text(fields, api_key))));
}

Result<> check_pay_v2(const PayFields& fields, std::string_view api_key) {
  const auto type = field_of(fields, "sign_type");
  const bool known = type.empty() || type == "MD5" || type == "HMAC-SHA256";
  const auto want = type == "HMAC-SHA256" ? pay_v2_hmac(fields, api_key) : pay_v2_md5(fields, api_key);
  if (api_key.empty() || !known || !equal_constant_time(want, field_of(fields, "sign"))) return fail(Errc::unauthenticated, "connect.pay_signature");
  return {};
}

std::string workwx_text(const PayFields& fields, std::string_view pay_secret) {
  PayFields few;
  std::ranges::copy_if(fields, std::back_inserter(few), [](const auto& f) { return std::ranges::find(kWorkwxFields, f.first) != std::end(kWorkwxFields); });
  return sorted_text(std::move(few), "secret=" + std::string(pay_secret));
}
std::string workwx_sign(const PayFields& fields, std::string_view pay_secret) { return upper_ascii(md5_hex(workwx_text(fields, pay_secret))); }

Result<std::string> open_refund_info(std::string_view api_key, std::string_view req_info) {
  const Wiped key(md5_hex(api_key));
  const auto sealed = strict_base64(req_info);
  auto plain = sealed && !api_key.empty() ? aes256_ecb_open(key.view(), *sealed) : std::nullopt;
  if (!plain) return fail(Errc::malformed, "connect.pay_cipher");
  return std::move(*plain);
}

}  // namespace koi::connect::crypto
