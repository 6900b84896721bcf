#include "connect/crypto/aes.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

namespace koi::connect::crypto {

namespace {

constexpr std::size_t kBlock = 16, kTag = 16, kGcmNonce = 12;
constexpr std::size_t kTextMax = 64u << 20;  // EVP counts in int; nothing of ours comes near

struct FreeCipher { void operator()(EVP_CIPHER_CTX* c) const { EVP_CIPHER_CTX_free(c); } };  // wipes the key schedule
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

/// One run of a block cipher. `opening` with padding needs at least one block.
std::optional<std::string> run(const EVP_CIPHER* kind, bool sealing, bool padded, std::string_view key, std::string_view iv, std::string_view in) {
  if (key.size() != static_cast<std::size_t>(EVP_CIPHER_get_key_length(kind)) ||
      iv.size() != static_cast<std::size_t>(EVP_CIPHER_get_iv_length(kind)) || in.empty() || in.size() % kBlock != 0 || in.size() > kTextMax)
    return std::nullopt;
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string out(in.size() + kBlock, '\0');
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  int first = 0, last = 0;
  const bool good = cipher && EVP_CipherInit_ex2(cipher.get(), kind, bytes_of(key), iv.empty() ? nullptr : bytes_of(iv), sealing ? 1 : 0, nullptr) == 1 &&
                    EVP_CIPHER_CTX_set_padding(cipher.get(), padded ? 1 : 0) == 1 &&
                    EVP_CipherUpdate(cipher.get(), to, &first, bytes_of(in), static_cast<int>(in.size())) == 1 &&
                    EVP_CipherFinal_ex(cipher.get(), to + first, &last) == 1;
  if (!good) {
    ERR_clear_error();
    return std::nullopt;
  }
  out.resize(static_cast<std::size_t>(first + last));
  return out;
}

}  // namespace

std::optional<std::string> aes256_cbc_seal(std::string_view key, std::string_view iv, std::string_view blocks) {
  return run(EVP_aes_256_cbc(), true, false, key, iv, blocks);
}
std::optional<std::string> aes256_cbc_open(std::string_view key, std::string_view iv, std::string_view sealed) {
  return run(EVP_aes_256_cbc(), false, false, key, iv, sealed);
}
std::optional<std::string> aes128_cbc_open(std::string_view key, std::string_view iv, std::string_view sealed) {
  return run(EVP_aes_128_cbc(), false, true, key, iv, sealed);
}
std::optional<std::string> aes256_ecb_open(std::string_view key, std::string_view sealed) {
  return run(EVP_aes_256_ecb(), false, true, key, {}, sealed);
}

std::optional<std::string> aes256_gcm_open(std::string_view key, std::string_view nonce, std::string_view extra, std::string_view sealed) {
  if (key.size() != 32 || nonce.size() != kGcmNonce || sealed.size() < kTag || sealed.size() > kTextMax || extra.size() > kTextMax) return std::nullopt;
  const auto text = sealed.substr(0, sealed.size() - kTag);
  std::string tag(sealed.substr(text.size())), out(text.size() + kBlock, '\0');
  auto* const to = reinterpret_cast<unsigned char*>(out.data());
  int size = 0, rest = 0, ignored = 0;
  const Cipher cipher(EVP_CIPHER_CTX_new());
  const bool good = cipher && EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), bytes_of(key), bytes_of(nonce), nullptr) == 1 &&
                    (extra.empty() || EVP_DecryptUpdate(cipher.get(), nullptr, &ignored, bytes_of(extra), static_cast<int>(extra.size())) == 1) &&
                    EVP_DecryptUpdate(cipher.get(), to, &size, bytes_of(text), static_cast<int>(text.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(kTag), tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(cipher.get(), to + size, &rest) == 1;
  if (!good) {
    OPENSSL_cleanse(out.data(), out.size());  // what an altered cipher text opens to is nobody's
    ERR_clear_error();
    return std::nullopt;
  }
  out.resize(static_cast<std::size_t>(size + rest));
  return out;
}

}  // namespace koi::connect::crypto
