#include "connect/crypto/rsa.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

namespace koi::connect::crypto {

void FreeKey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

namespace {

constexpr std::size_t kPemMax = 16u << 10;
constexpr int kBitsMin = 2048;

template <auto F>
struct With { template <class T> void operator()(T* p) const { F(p); } };
using Bio = std::unique_ptr<BIO, With<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, With<X509_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, With<EVP_MD_CTX_free>>;
using Operation = std::unique_ptr<EVP_PKEY_CTX, With<EVP_PKEY_CTX_free>>;

const unsigned char* bytes_of(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* bytes_of(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

Bio bio_of(std::string_view pem) {
  return Bio(pem.size() > kPemMax ? nullptr : BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}
/// Without it OpenSSL would ask for the password on the terminal.
int no_password(char*, int, int, void*) { return -1; }

Certificate certificate_of(std::string_view pem) {
  const auto bio = bio_of(pem);
  return Certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr) : nullptr);
}

std::unexpected<Error> unreadable() {
  ERR_clear_error();
  return fail(Errc::invalid, "connect.rsa_key");
}
bool is_good(const KeyHandle& key) { return key && EVP_PKEY_is_a(key.get(), "RSA") == 1 && EVP_PKEY_get_bits(key.get()) >= kBitsMin; }

using Step = int (*)(EVP_PKEY_CTX*, unsigned char*, std::size_t*, const unsigned char*, std::size_t);

/// One RSA operation, asked twice as EVP wants it: for the size, then for the bytes.
std::optional<std::string> run(EVP_PKEY* key, int (*begin)(EVP_PKEY_CTX*), Step step, int padding, std::string_view in) {
  const Operation op(EVP_PKEY_CTX_new(key, nullptr));
  std::size_t size = 0;
  bool good = op && begin(op.get()) == 1 && EVP_PKEY_CTX_set_rsa_padding(op.get(), padding) == 1;
  if (padding == RSA_PKCS1_OAEP_PADDING)
    good = good && EVP_PKEY_CTX_set_rsa_oaep_md(op.get(), EVP_sha1()) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(op.get(), EVP_sha1()) == 1;
  good = good && step(op.get(), nullptr, &size, bytes_of(in), in.size()) == 1;
  std::string out(size, '\0');
  if (!good || step(op.get(), bytes_of(out), &size, bytes_of(in), in.size()) != 1) {
    ERR_clear_error();
    return std::nullopt;
  }
  out.resize(size);
  return out;
}

}  // namespace

Result<RsaPublic> RsaPublic::read(std::string_view pem) {
  const auto bio = bio_of(pem);
  KeyHandle key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key)
    if (const auto certificate = certificate_of(pem)) key.reset(X509_get_pubkey(certificate.get()));
  if (!is_good(key)) return unreadable();
  ERR_clear_error();  // what the first of two readings left
  return RsaPublic(std::move(key));
}

bool RsaPublic::signed_sha256(std::string_view text, std::string_view signature) const {
  const Digest digest(EVP_MD_CTX_new());
  const bool good = digest && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
                    EVP_DigestVerify(digest.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

std::optional<std::string> RsaPublic::seal_oaep(std::string_view text) const {
  return run(key_.get(), EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, RSA_PKCS1_OAEP_PADDING, text);
}

Result<RsaPrivate> RsaPrivate::read(std::string_view pem) {
  const auto bio = bio_of(pem);
  KeyHandle key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!is_good(key)) return unreadable();
  return RsaPrivate(std::move(key));
}

std::string RsaPrivate::sign_sha256(std::string_view text) const {
  const Digest digest(EVP_MD_CTX_new());
  std::string out(static_cast<std::size_t>(EVP_PKEY_get_size(key_.get())), '\0');
  std::size_t size = out.size();
  CHECK(digest && EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
        EVP_DigestSign(digest.get(), bytes_of(out), &size, bytes_of(text), text.size()) == 1);
  out.resize(size);
  return out;
}

std::optional<std::string> RsaPrivate::open_oaep(std::string_view sealed) const {
  return run(key_.get(), EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, RSA_PKCS1_OAEP_PADDING, sealed);
}
std::optional<std::string> RsaPrivate::open_pkcs1(std::string_view sealed) const {
  return run(key_.get(), EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, RSA_PKCS1_PADDING, sealed);
}

namespace {

template <class Write>
Result<std::string> pem_from(Write&& write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  char* at = nullptr;
  if (!bio || write(bio.get()) != 1) return unreadable();
  const long n = BIO_get_mem_data(bio.get(), &at);
  return n > 0 ? Result<std::string>(std::string(at, static_cast<std::size_t>(n))) : unreadable();
}

}  // namespace

Result<RsaPair> make_rsa_pair() {
  const KeyHandle key(EVP_RSA_gen(static_cast<unsigned>(kBitsMin)));
  if (!key) return unreadable();
  RsaPair out;
  TRY(out.private_pem, pem_from([&](BIO* to) { return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }));
  TRY(out.public_pem, pem_from([&](BIO* to) { return PEM_write_bio_PUBKEY(to, key.get()); }));
  return out;
}

Result<std::string> public_pem_of(std::string_view private_pem) {
  const auto bio = bio_of(private_pem);
  const KeyHandle key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!is_good(key)) return unreadable();
  return pem_from([&](BIO* to) { return PEM_write_bio_PUBKEY(to, key.get()); });
}

Result<std::string> certificate_serial(std::string_view pem) {
  const auto certificate = certificate_of(pem);
  if (!certificate) return unreadable();
  const std::unique_ptr<BIGNUM, With<BN_free>> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate.get()), nullptr));
  char* const text = number ? BN_bn2hex(number.get()) : nullptr;
  if (text == nullptr) return unreadable();
  std::string out(text);
  OPENSSL_free(text);
  return out;
}

}  // namespace koi::connect::crypto
