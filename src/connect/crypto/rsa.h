/// RSA keys of at least 2048 bits, read once from PEM and used by any thread. Keys move, they are not copied.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

namespace koi::connect::crypto {

struct FreeKey { void operator()(evp_pkey_st* key) const; };
using KeyHandle = std::unique_ptr<evp_pkey_st, FreeKey>;

/// The half that everybody may have.
class RsaPublic {
 public:
  /// From "BEGIN PUBLIC KEY" or a certificate. invalid "connect.rsa_key".
  static Result<RsaPublic> read(std::string_view pem);
  /// PKCS#1 v1.5 over SHA-256.
  bool signed_sha256(std::string_view text, std::string_view signature) const;
  /// OAEP with SHA-1 and MGF1-SHA-1; nothing when the text is too long for the key (214 bytes for 2048 bits).
  std::optional<std::string> seal_oaep(std::string_view text) const;

 private:
  explicit RsaPublic(KeyHandle key) : key_(std::move(key)) {}
  KeyHandle key_;
};

/// The half that stays with us.
class RsaPrivate {
 public:
  /// From "BEGIN PRIVATE KEY" or "BEGIN RSA PRIVATE KEY" without a password. invalid "connect.rsa_key".
  static Result<RsaPrivate> read(std::string_view pem);
  std::string sign_sha256(std::string_view text) const;
  std::optional<std::string> open_oaep(std::string_view sealed) const;
  /// PKCS#1 v1.5: never answer differently for what this refuses, or the one who asks learns the text.
  std::optional<std::string> open_pkcs1(std::string_view sealed) const;

 private:
  explicit RsaPrivate(KeyHandle key) : key_(std::move(key)) {}
  KeyHandle key_;
};

/// A fresh pair of 2048 bits, both as PEM. internal "connect.rsa_key".
struct RsaPair { std::string private_pem, public_pem; };
Result<RsaPair> make_rsa_pair();
/// The public half of a private key, as PEM. invalid "connect.rsa_key".
Result<std::string> public_pem_of(std::string_view private_pem);

/// The serial number of a certificate, upper-case hex; invalid "connect.rsa_key".
Result<std::string> certificate_serial(std::string_view pem);

}  // namespace koi::connect::crypto
