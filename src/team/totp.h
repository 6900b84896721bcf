/// Time-based one-time codes, RFC 6238: HMAC-SHA-1, 30 s, six digits, one step of tolerance, each step taken once.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"

namespace koi::team {

inline constexpr int kTotpDigits = 6;
inline constexpr std::int64_t kTotpPeriodMs = 30'000;

std::string totp_code(std::string_view secret, std::int64_t step, int digits = kTotpDigits);
/// The step this code belongs to: the present one or a neighbour, and later than `last_step`; nothing otherwise.
std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code, Instant now,
                                       std::int64_t last_step);
/// RFC 4648 base 32 without padding: what people type into an authenticator.
std::string base32(std::string_view bytes);
/// "otpauth://totp/…", the text of the QR code.
std::string totp_uri(std::string_view secret, std::string_view login, std::string_view issuer);

}  // namespace koi::team
