/// Hashes, MACs and sealed boxes, each a thin name over libsodium or OpenSSL.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace koi {

std::string sha256(std::string_view data);                             // 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 bytes
bool equal_constant_time(std::string_view a, std::string_view b);

/// Fast keyed 64-bit hash (SipHash-2-4, 16-byte key): search tokens, buckets. Stable across machines.
std::uint64_t siphash(std::string_view key16, std::string_view data);
/// Unkeyed 64-bit and 128-bit content hashes (BLAKE2b), stable across machines.
std::uint64_t hash64(std::string_view data);
std::string hash128(std::string_view data);  // 16 bytes

/// XSalsa20-Poly1305 with a random nonce in front; key is 32 bytes.
std::string seal(std::string_view key32, std::string_view plain);
std::optional<std::string> unseal(std::string_view key32, std::string_view box);
std::string random_bytes(std::size_t n);

/// Ed25519. The seed (32 random bytes) is the secret; the public half checks a signature of 64 bytes.
std::string public_half(std::string_view seed32);
std::string sign(std::string_view seed32, std::string_view message);
bool signed_by(std::string_view public32, std::string_view message, std::string_view signature);

}  // namespace koi
