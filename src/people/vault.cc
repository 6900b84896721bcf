#include "people/vault.h"

#include "base/crypto.h"
#include "base/text.h"
#include "people/keystore.h"

namespace koi::people {

namespace {
constexpr std::size_t kBlindBytes = 16;
}  // namespace

Result<store::Blob> seal_for(Tx& tx, PersonId node, std::string_view clear, bool newborn) {
  TRY(auto* keystore, Keystore::of(tx));
  if (newborn) {
    TRY(const auto key, keystore->make_first_key(tx, node));
    return store::Blob{seal(key, clear)};
  }
  TRY(auto key, keystore->key_of(tx, node));
  if (!key) { TRY(key, keystore->make_key(tx, node)); }
  return store::Blob{seal(*key, clear)};
}

Result<std::optional<std::string>> open_for(Tx& tx, PersonId node, const store::Blob& box) {
  TRY(auto* keystore, Keystore::of(tx));
  TRY(const auto key, keystore->key_of(tx, node));
  if (!key) return std::nullopt;
  return unseal(*key, box.bytes);
}

Result<std::string> blind(Tx& tx, std::string_view ns, std::string_view value) {
  TRY(auto* keystore, Keystore::of(tx));
  std::string named(ns);
  named += '\0';
  named += value;
  return base64url(std::string_view(hmac_sha256(keystore->blind_key(), named)).substr(0, kBlindBytes));
}

}  // namespace koi::people
