/// The seal of callbacks as the platform makes it: AES-256-CBC under the EncodingAESKey, PKCS#7 to 32 bytes, SHA-1
/// signature of four sorted texts. Written from the protocol notes alone, so that it can catch a reader's mistake.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace koi::simulate {

/// 32 bytes from the 43 characters an administrator enters; nothing when they are no base64. The two unused bits of the
/// last one are ignored, as real keys leave them set.
std::optional<std::string> aes_key_of(std::string_view encoding_aes_key);
/// Lower-case hex.
std::string sha1_hex(std::string_view data);
std::string signature_of(std::string_view token, std::string_view timestamp, std::string_view nonce, std::string_view encrypted);
/// base64 of the cipher over random16 ‖ length ‖ message ‖ receiver.
std::string seal_text(std::string_view key32, std::string_view receiver, std::string_view message, std::string_view random16);
/// The message inside; nothing when padding, length or receiver are not as they must be.
std::optional<std::string> open_text(std::string_view key32, std::string_view receiver, std::string_view encrypted);

}  // namespace koi::simulate
