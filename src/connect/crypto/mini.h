/// What a mini program hands over under the session key of its user.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace koi::connect::crypto {

/// All three are base64, as they came.
struct MiniBox { std::string_view session_key, iv, encrypted; };
/// AES-128-CBC with PKCS#7; the JSON inside names in watermark.appid whom it was made for. malformed "connect.mini_cipher";
/// unauthenticated "connect.mini_appid".
Result<std::string> open_user_data(const MiniBox& box, std::string_view appid);

/// Lower-case SHA-1 of rawData and the session key as text.
std::string raw_data_signature(std::string_view raw, std::string_view session_key);
/// unauthenticated "connect.mini_signature", also for an empty session key.
Result<> check_raw_data(std::string_view raw, std::string_view session_key, std::string_view signature);

}  // namespace koi::connect::crypto
