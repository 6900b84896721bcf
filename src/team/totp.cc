#include "team/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdio>

#include "base/crypto.h"
#include "base/result.h"
#include "base/text.h"

namespace koi::team {
namespace {

/// Percent-encodes all but unreserved characters.
std::string percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain)
      out += c;
    else
      out += "%" + hex(std::string_view(&c, 1));
  }
  return out;
}

}  // namespace

std::string totp_code(std::string_view secret, std::int64_t step, int digits) {
  std::array<unsigned char, 8> message{};
  for (std::size_t i = 0; i < 8; ++i) message[i] = static_cast<unsigned char>(step >> (56 - 8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  CHECK(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message.data(), message.size(), mac.data(),
             &size) != nullptr &&
        size == 20);
  // Dynamic truncation, RFC 4226 section 5.3.
  const std::size_t at = mac[19] & 0x0Fu;
  const std::uint32_t word = (static_cast<std::uint32_t>(mac[at] & 0x7Fu) << 24) |
                             (static_cast<std::uint32_t>(mac[at + 1]) << 16) |
                             (static_cast<std::uint32_t>(mac[at + 2]) << 8) | mac[at + 3];
  std::uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i) modulus *= 10;
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%0*u", digits, static_cast<unsigned>(word % modulus));
  return text.data();
}

std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code, Instant now,
                                       std::int64_t last_step) {
  const auto present = to_ms(now) / kTotpPeriodMs;
  for (const auto step : {present, present - 1, present + 1}) {
    if (step > last_step && equal_constant_time(totp_code(secret, step), code)) return step;
  }
  return std::nullopt;
}

std::string base32(std::string_view bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) out += kDigits[(buffer >> (bits - 5)) & 31u];
  }
  if (bits > 0) out += kDigits[(buffer << (5 - bits)) & 31u];
  return out;
}

std::string totp_uri(std::string_view secret, std::string_view login, std::string_view issuer) {
  return "otpauth://totp/" + percent(issuer) + ":" + percent(login) + "?secret=" + base32(secret) +
         "&issuer=" + percent(issuer) + "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace koi::team
