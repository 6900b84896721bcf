#include "connect/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>

#include "base/result.h"
#include "base/text.h"

namespace koi::connect::crypto {

namespace {

std::string digest_hex(const char* algorithm, std::string_view data) {
  unsigned char out[EVP_MAX_MD_SIZE];
  std::size_t size = 0;
  CHECK(EVP_Q_digest(nullptr, algorithm, nullptr, data.data(), data.size(), out, &size) == 1);
  return hex({reinterpret_cast<const char*>(out), size});
}

}  // namespace

std::string md5_hex(std::string_view data) { return digest_hex("MD5", data); }
std::string sha1_hex(std::string_view data) { return digest_hex("SHA1", data); }

std::string upper_ascii(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

std::optional<std::string> strict_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0)
    return std::nullopt;
  out.resize(size);
  return out;
}

Wiped::~Wiped() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

}  // namespace koi::connect::crypto
