#include "connect/crypto/mini.h"

#include <boost/json.hpp>

#include "base/crypto.h"
#include "connect/crypto/aes.h"
#include "connect/crypto/digest.h"

namespace koi::connect::crypto {

namespace {

/// watermark.appid of the data; "" when it has none.
std::string watermark_of(std::string_view data) {
  boost::system::error_code wrong;
  const auto value = boost::json::parse(data, wrong);
  const auto* const appid = wrong ? nullptr : value.find_pointer("/watermark/appid", wrong);
  return appid != nullptr && appid->is_string() ? std::string(appid->get_string()) : "";
}

}  // namespace

Result<std::string> open_user_data(const MiniBox& box, std::string_view appid) {
  auto key = strict_base64(box.session_key);
  const auto iv = strict_base64(box.iv), sealed = strict_base64(box.encrypted);
  if (!key || !iv || !sealed) return fail(Errc::malformed, "connect.mini_cipher");
  const Wiped secret(std::move(*key));
  auto plain = aes128_cbc_open(secret.view(), *iv, *sealed);
  if (!plain) return fail(Errc::malformed, "connect.mini_cipher");
  if (appid.empty() || watermark_of(*plain) != appid) return fail(Errc::unauthenticated, "connect.mini_appid");
  return std::move(*plain);
}

std::string raw_data_signature(std::string_view raw, std::string_view session_key) {
  const Wiped text(std::string(raw) + std::string(session_key));
  return sha1_hex(text.view());
}

Result<> check_raw_data(std::string_view raw, std::string_view session_key, std::string_view signature) {
  if (session_key.empty() || !equal_constant_time(raw_data_signature(raw, session_key), signature))
    return fail(Errc::unauthenticated, "connect.mini_signature");
  return {};
}

}  // namespace koi::connect::crypto
