/// What the seals stand on: hashes as text, base64 without mercy, buffers that are wiped. Thin names over OpenSSL's EVP and
/// libsodium. MD5 and SHA-1 are here because platforms sign with them, and for nothing else.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace koi::connect::crypto {

std::string md5_hex(std::string_view data);   // lower case
std::string sha1_hex(std::string_view data);  // lower case
std::string upper_ascii(std::string text);

/// Standard base64 only: its own alphabet, padding as it must be, unused bits zero, no white space.
std::optional<std::string> strict_base64(std::string_view text);

/// Bytes that are overwritten when they go: keys, and plain texts nobody asked for.
class Wiped {
 public:
  explicit Wiped(std::string bytes) : bytes_(std::move(bytes)) {}
  ~Wiped();
  Wiped(Wiped&& other) noexcept : bytes_(std::move(other.bytes_)) {}
  Wiped& operator=(Wiped&&) = delete;
  std::string_view view() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace koi::connect::crypto
