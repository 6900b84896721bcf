#include "simulate/seal.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kBlock = 32, kRandom = 16, kLength = 4;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

/// Both directions, without OpenSSL's own padding (it pads to 16, the platform to 32).
std::optional<std::string> cbc(std::string_view key32, std::string_view in, bool encrypt) {
  const Cipher c(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const auto* key = reinterpret_cast<const unsigned char*>(key32.data());
  std::string out(in.size() + kBlock, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int first = 0, last = 0;
  if (EVP_CipherInit_ex(c.get(), EVP_aes_256_cbc(), nullptr, key, key, encrypt ? 1 : 0) != 1) return {};
  EVP_CIPHER_CTX_set_padding(c.get(), 0);
  if (EVP_CipherUpdate(c.get(), to, &first, reinterpret_cast<const unsigned char*>(in.data()), static_cast<int>(in.size())) != 1) return {};
  if (EVP_CipherFinal_ex(c.get(), to + first, &last) != 1) return {};
  out.resize(static_cast<std::size_t>(first + last));
  return out;
}

}  // namespace

std::optional<std::string> aes_key_of(std::string_view text) {
  if (text.size() != 43) return {};
  const auto padded = std::string(text) + "=";
  std::array<unsigned char, 48> bytes{};
  if (EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(padded.data()), 44) != 33) return {};
  return std::string(reinterpret_cast<const char*>(bytes.data()), 32);
}

std::string sha1_hex(std::string_view data) {
  unsigned char digest[20];
  unsigned size = 0;
  CHECK(EVP_Digest(data.data(), data.size(), digest, &size, EVP_sha1(), nullptr) == 1);
  return hex({reinterpret_cast<const char*>(digest), size});
}

std::string signature_of(std::string_view token, std::string_view timestamp, std::string_view nonce, std::string_view encrypted) {
  std::array<std::string_view, 4> parts{token, timestamp, nonce, encrypted};
  std::ranges::sort(parts);
  std::string all;
  for (const auto part : parts) all += part;
  return sha1_hex(all);
}

std::string seal_text(std::string_view key32, std::string_view receiver, std::string_view message, std::string_view random16) {
  CHECK(key32.size() == 32 && random16.size() == kRandom);
  std::string plain(random16);
  for (int shift = 24; shift >= 0; shift -= 8) plain += static_cast<char>(message.size() >> shift & 0xff);
  plain += message;
  plain += receiver;
  const auto pad = kBlock - plain.size() % kBlock;
  plain.append(pad, static_cast<char>(pad));
  const auto sealed = cbc(key32, plain, true);
  CHECK(sealed.has_value());
  return base64(*sealed);
}

std::optional<std::string> open_text(std::string_view key32, std::string_view receiver, std::string_view encrypted) {
  const auto bytes = unbase64(encrypted);
  if (!bytes || bytes->empty() || bytes->size() % kBlock != 0) return {};
  auto plain = cbc(key32, *bytes, false);
  if (!plain) return {};
  const auto pad = static_cast<std::size_t>(static_cast<unsigned char>(plain->back()));
  if (pad < 1 || pad > kBlock || plain->size() < pad + kRandom + kLength) return {};
  plain->resize(plain->size() - pad);
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLength; ++i) length = length << 8 | static_cast<unsigned char>((*plain)[kRandom + i]);
  const auto rest = plain->size() - kRandom - kLength;
  if (length > rest || plain->substr(kRandom + kLength + length) != receiver) return {};
  return plain->substr(kRandom + kLength, length);
}

}  // namespace koi::simulate
