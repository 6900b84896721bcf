/// AES as the platforms use it. Nothing, whatever went wrong: a key or an IV of the wrong size, half a block, padding that
/// does not fit, a tag that does not fit.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace koi::connect::crypto {

/// AES-256-CBC without padding: the text is whole blocks of 16.
std::optional<std::string> aes256_cbc_seal(std::string_view key32, std::string_view iv16, std::string_view blocks);
std::optional<std::string> aes256_cbc_open(std::string_view key32, std::string_view iv16, std::string_view sealed);

/// With the PKCS#7 padding of 16.
std::optional<std::string> aes128_cbc_open(std::string_view key16, std::string_view iv16, std::string_view sealed);
std::optional<std::string> aes256_ecb_open(std::string_view key32, std::string_view sealed);

/// AES-256-GCM; the last 16 bytes of `sealed` are the tag.
std::optional<std::string> aes256_gcm_open(std::string_view key32, std::string_view nonce12, std::string_view extra, std::string_view sealed);

}  // namespace koi::connect::crypto
