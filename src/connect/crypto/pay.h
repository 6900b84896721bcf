/// WeChat Pay: what we sign, what we believe, what we open. API v3 first; what is left of v2 (red packets, old refund notices)
/// below it.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "connect/crypto/rsa.h"

namespace koi::connect::crypto {

// --- requests -------------------------------------------------------------------------------------------------------

/// `target` is path and query exactly as sent; the body is empty for GET, and the `meta` part alone for an upload.
struct PayRequest { std::string_view method, target, timestamp, nonce, body; };
struct Merchant {
  std::string mchid, serial_no;  // serial of the certificate that goes with the key
  RsaPrivate key;
};
/// Five lines, each ended, also the last.
std::string pay_request_text(const PayRequest& request);
/// The value of the Authorization header.
std::string pay_authorization(const Merchant& merchant, const PayRequest& request);

/// What a page or mini program needs to open the payment: `package` is "prepay_id=..." (an app: the bare id).
struct ClientPay { std::string_view appid, timestamp, nonce, package; };
std::string client_pay_text(const ClientPay& pay);
std::string client_pay_sign(const RsaPrivate& key, const ClientPay& pay);

// --- replies and notices --------------------------------------------------------------------------------------------

/// The platform's keys by what Wechatpay-Serial may say: serials of certificates, ids of public keys, several at once.
class PayKeys {
 public:
  /// A public key under its PUB_KEY_ID_...; a certificate under its own serial when `id` is empty. invalid "connect.rsa_key".
  Result<> add(std::string id, std::string_view pem);
  const RsaPublic* find(std::string_view id) const;

 private:
  std::map<std::string, RsaPublic, std::less<>> keys_;
};

constexpr std::int64_t kPaySkewMs = 300'000;

/// The headers Wechatpay-Timestamp, -Nonce, -Serial, -Signature and -Signature-Type ("" when it did not come).
struct PaySeal { std::string_view timestamp, nonce, serial, signature, type; };
std::string pay_reply_text(const PaySeal& seal, std::string_view body);
/// `body` is the raw bytes. unauthenticated "connect.pay_expired" (300 s away or more), "connect.pay_serial" (no such key),
/// "connect.pay_signature" (also for the platform's probes, "WECHATPAY/SIGNTEST/...").
Result<> check_pay_seal(const PayKeys& keys, const PaySeal& seal, std::string_view body, Instant now);

struct PayResource { std::string algorithm = "AEAD_AES_256_GCM", nonce, associated_data, ciphertext; };
/// invalid "connect.pay_api_key" (not 32 bytes); malformed "connect.pay_cipher".
Result<std::string> open_pay_resource(std::string_view api_v3_key, const PayResource& resource);

/// A notice, verified and opened; fields of its JSON that nobody here knows are passed over.
struct PayNotice { std::string id, event_type, original_type, plain; };
/// Codes of check_pay_seal and open_pay_resource; malformed "connect.pay_notice".
Result<PayNotice> open_pay_notice(const PayKeys& keys, std::string_view api_v3_key, const PaySeal& seal, std::string_view body, Instant now);

/// Names and the like, sealed for one side: base64 of RSA-OAEP. invalid "connect.pay_field" (too long); malformed the same.
Result<std::string> seal_pay_field(const RsaPublic& key, std::string_view text);
Result<std::string> open_pay_field(const RsaPrivate& key, std::string_view sealed);

// --- v2 -------------------------------------------------------------------------------------------------------------

using PayFields = std::vector<std::pair<std::string, std::string>>;
/// "a=1&b=2&key=...": sorted by name, without empty values and without `sign`.
std::string pay_v2_text(const PayFields& fields, std::string_view api_key);
std::string pay_v2_md5(const PayFields& fields, std::string_view api_key);   // upper case
std::string pay_v2_hmac(const PayFields& fields, std::string_view api_key);  // upper case; sign_type=HMAC-SHA256 is a field
/// The field `sign` fits, by the method that sign_type names (MD5 without). unauthenticated "connect.pay_signature".
Result<> check_pay_v2(const PayFields& fields, std::string_view api_key);
/// The further sign of WeCom's red packets, over seven of the fields: upper-case MD5.
std::string workwx_text(const PayFields& fields, std::string_view pay_secret);
std::string workwx_sign(const PayFields& fields, std::string_view pay_secret);
/// req_info of a refund notice (AES-256-ECB under the MD5 of the key) as XML, root "root". malformed "connect.pay_cipher".
Result<std::string> open_refund_info(std::string_view api_key, std::string_view req_info);

}  // namespace koi::connect::crypto
