#include "base/crypto.h"

#include <sodium.h>

#include "base/result.h"

namespace koi {

namespace {
const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* bytes_of(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
void ready() {
  static const int started = sodium_init();
  CHECK(started >= 0);
}
std::uint64_t little_endian(const unsigned char* p) {
  std::uint64_t v = 0;
  for (int i = 7; i >= 0; --i) v = (v << 8) | p[i];
  return v;
}
}  // namespace

std::string sha256(std::string_view data) {
  std::string out(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(bytes_of(out), bytes_of(data), data.size());
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string out(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(data), data.size());
  crypto_auth_hmacsha256_final(&state, bytes_of(out));
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

std::uint64_t siphash(std::string_view key16, std::string_view data) {
  CHECK(key16.size() == crypto_shorthash_KEYBYTES);
  unsigned char out[crypto_shorthash_BYTES];
  crypto_shorthash(out, bytes_of(data), data.size(), bytes_of(key16));
  return little_endian(out);
}

std::string hash128(std::string_view data) {
  std::string out(16, '\0');
  crypto_generichash(bytes_of(out), out.size(), bytes_of(data), data.size(), nullptr, 0);
  return out;
}

std::uint64_t hash64(std::string_view data) {
  const auto wide = hash128(data);
  return little_endian(bytes_of(wide));
}

std::string seal(std::string_view key32, std::string_view plain) {
  CHECK(key32.size() == crypto_secretbox_KEYBYTES);
  std::string out = random_bytes(crypto_secretbox_NONCEBYTES);
  out.resize(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size());
  crypto_secretbox_easy(bytes_of(out) + crypto_secretbox_NONCEBYTES, bytes_of(plain), plain.size(), bytes_of(out),
                        bytes_of(key32));
  return out;
}

std::optional<std::string> unseal(std::string_view key32, std::string_view box) {
  constexpr std::size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (key32.size() != crypto_secretbox_KEYBYTES || box.size() < kOverhead) return {};
  std::string out(box.size() - kOverhead, '\0');
  if (crypto_secretbox_open_easy(bytes_of(out), bytes_of(box) + crypto_secretbox_NONCEBYTES,
                                 box.size() - crypto_secretbox_NONCEBYTES, bytes_of(box), bytes_of(key32)) != 0)
    return {};
  return out;
}

namespace {
struct Pair { unsigned char open[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES]; };
Pair pair_of(std::string_view seed) {
  ready();
  CHECK(seed.size() == crypto_sign_SEEDBYTES);
  Pair pair;
  crypto_sign_seed_keypair(pair.open, pair.secret, bytes_of(seed));
  return pair;
}
}  // namespace

std::string public_half(std::string_view seed) {
  const auto pair = pair_of(seed);
  return {reinterpret_cast<const char*>(pair.open), sizeof(pair.open)};
}

std::string sign(std::string_view seed, std::string_view message) {
  auto pair = pair_of(seed);
  std::string out(crypto_sign_BYTES, '\0');
  crypto_sign_detached(bytes_of(out), nullptr, bytes_of(message), message.size(), pair.secret);
  sodium_memzero(pair.secret, sizeof(pair.secret));
  return out;
}

bool signed_by(std::string_view key, std::string_view message, std::string_view signature) {
  return key.size() == crypto_sign_PUBLICKEYBYTES && signature.size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(bytes_of(signature), bytes_of(message), message.size(), bytes_of(key)) == 0;
}

std::string random_bytes(std::size_t n) {
  ready();
  std::string out(n, '\0');
  randombytes_buf(out.data(), n);
  return out;
}

}  // namespace koi
