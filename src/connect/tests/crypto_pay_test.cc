/// Payments, shops, mini programs and keys against whoever would forge them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>

#include "base/text.h"
#include "connect/crypto/archive.h"
#include "connect/crypto/digest.h"
#include "connect/crypto/mini.h"
#include "connect/crypto/pay.h"
#include "connect/crypto/shops.h"
#include "tests/support/world.h"
#include "tests/vectors/vectors.h"

namespace koi::connect::crypto {
namespace {

using koi::testing::outcome;

std::string pay_setting(std::string_view name) {
  static const auto file = boost::json::parse(vectors::kept("wechatpay_v3.json")).as_object();
  return std::string(file.at("config").at(name).as_string());
}
std::string pay_published(const char* name) {  // a field of the first published notice
  static const auto file = boost::json::parse(vectors::kept("wechatpay_v3.json")).as_object();
  const auto& notice = file.at("callback").as_array().at(0).as_object();
  const auto* const field = notice.if_contains(name);
  return std::string((field != nullptr ? *field : notice.at("headers").at(name)).as_string());
}

constexpr std::string_view kPayCertificate = R"(-----BEGIN CERTIFICATE-----
MIIDETCCAfmgAwIBAgIUcTKrABEiM0RVZneImaq7zN3u/wEwDQYJKoZIhvcNAQEL
BQAwFzEVMBMGA1UEAwwMS29pcG9uZCB0ZXN0MCAXDTI2MTEyMzA5MzkyOVoYDzIx
MjYxMDMwMDkzOTI5WjAXMRUwEwYDVQQDDAxLb2lwb25kIHRlc3QwggEiMA0GCSqG
SIb3DQEBAQUAA4IBDwAwggEKAoIBAQC8Wen2QYKdOxyv9zyuh63HRv6zcdj5lsoc
LOF+I3A32dwtOnqlIKGl8aFJX/vNcElxJFQdLynleDKvIu+wJ5mY6pYLLXbT7cht
5pyav9mFJSH4QZtcxTrSX9yfwrMi4FMuMp8pSzPJezqGsCgNrcvY0jblP/6Uc35H
642wIAzqMX6qP1a1DWexNJGCYpPr3lDvI1Jmv8LH4FYmfA40GaZaB6c6eNXLm2NA
aCI4ntpX3MfQg4IY8kz6SRxGX6un1r4LAvLza8xLWrvp+MVadIWEsg0to/hNxGFD
iXb7vPReRz3ktJaBEt/0gT8/t5SWvNPpmi3OAjlILSTX21gAtLXjAgMBAAGjUzBR
MB0GA1UdDgQWBBQWFZ92xISrkT9+E5Q0HsQ8McXS8jAfBgNVHSMEGDAWgBQWFZ92
xISrkT9+E5Q0HsQ8McXS8jAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUA
A4IBAQCuOxX24mIIoEK9jIeSXvIMv8YU+jYrfvGgRCCef7QWisrTK/54PcGl40vY
Sb66tOVhBSUCRplu53OlcUZQmoOmPsyGrsCddSaTeSgBH4QX0UUbSAAVTdYWwALa
4xtO9WvBmnxXA+snMuSzl+OZOwj1UUdIQNMUtsGlsiWPGYrZS7z6/Q1GorLTsi25
G011u5uAKPzNG+wcKeNfoMjfdgi2geFupr9PhR2U0K+6eypq2J0CTxhwpzMO/kXD
SkZo36hZVOndmBBpA7zJ8vDoHFNf7c0QZnGHhdTZPUJdnoYfXM/bq0gz7Tjck2qm
yZwRSjztH1eR2Z0YXqu3A1Y4LiiE
-----END CERTIFICATE-----
)";
constexpr std::string_view kSmallRsa = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCyZ06xPglcQgMLhPmOmXa7FAqv
y4W92/jNv3+iGDJrtJ7OspAi983yF0NdfWbfxTreeDLw4XFJtL/ecg3SHJd6tUrr
fv3/E9EzH1HuQYSLZ/sK0vpFmhmL6syFTKfIYWr+2IAxNW30gNpGQX+c8rVdBIhC
ZZCNC3ty87syzS+2aQIDAQAB
-----END PUBLIC KEY-----
)";
constexpr std::string_view kNoRsa = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/duIfrNX1d8NyNc4tnJ2ZrrjTE7F
pOvd5m1yyJlOJH1/gNZEQ6Zy/YGvM5iV8hOGImi+ynLqNwKY733VA+KSEQ==
-----END PUBLIC KEY-----
)";

constexpr std::string_view kDsa = R"(-----BEGIN PUBLIC KEY-----
MIIDQjCCAjUGByqGSM44BAEwggIoAoIBAQCEUS27yXHu78eZ8W4RpTKeeu7WfSRA
FV0/zoTY0pBYyIecXgJgxbVRHLMPIF5j8FiTTPyoJzylabPjXV24Mf6yVctg1zsO
WrEWR50yNGcSJjrRDeZnWGzjDekbwOA4W+N57F9vDvW4ALM/YSEFDDjVsUAkRfBG
Ys1kAjW+8ucaoE4j5PA305GrF9xyvqLKHCxkHzy6H88oZO3AE2NCUH2BzToQn/op
egJ+X2eukQSrGl0Z9so/R49kURy4Y/ax63WScgIa/i2Uy4aiZQ3p73yUmdRvQpYI
6nRKcwz8GjggqiLZE4Qsv9b+xWjoPPE0ZyIqfhZT9yxg/baAD3n2Rbp5Ah0A76+J
fISbWDfWNh/IzyhbCbSgoWRVUlP52yMeUwKCAQBbVknoQ4B1ViuTczyc6PIxvyRc
lv5SuocH1wy6jw1KInIJsFWG8LrUIF81iwnMhwp0Oqx9LdH/i5RC7Skr8RT4EdN8
sz0EseNFN5a9GSSJsOnn6xjkXsvpDsBsXZvJPWtyxryHp43AgyOuZpCHYa4KydEX
1lLWDN54NfEidOICUfJ86/R/PZmKyRHTeDT7BOn8rynVFzM9i5LEdBHe8KtxAiC1
2PqzEchwXdCo76PexE5XSYg4UE+qSwwHpAgkKYiDghwebF0XknvGyyX6jEW8NrEU
wAXxqLhVcIsNz2QKMEuzGD00tipaK2kbrWwZ7xHRpD7vuF1Uq2tLvUGAdza5A4IB
BQACggEADTqh2a7yz4wDqyv/MbB7bPznVXx/meZQ+ZO8Q//py6zRgVscU15msDmj
SflAwbE5wVz9LWDgv3Sd570VCwhSMkhahNDWQGdCKM4Ozt4Q+RpwSJsl/Knp8yAe
/Szk/eEg4MnMb/UsMxRm08PMLMZZh1M6FpFiumCaVFdMAxgnVniGepZdYte6Z26S
DMJ2db26hyadu1Gc0xMkiebg5MXpzWf6rYfPfBVynApJOKkIyFA5rtWSldL1Vz7m
W6aoN1e4VjAMugMKjLjzXotATrj7GmRdlRy07wDGVxf6EDx/FQhOHLNN8LNN19ra
eAOwHfBB13xAjUF1eD0CPBbcPmCQqQ==
-----END PUBLIC KEY-----
)";

/// A notice on its way, and one thing about it changed.
struct Notice {
  std::string timestamp = pay_published("Wechatpay-Timestamp"), nonce = pay_published("Wechatpay-Nonce"), serial = pay_published("Wechatpay-Serial"),
              signature = pay_published("Wechatpay-Signature"), type = "WECHATPAY2-SHA256-RSA2048", body = pay_published("body");
  std::string api_key = pay_setting("api_v3_key"), key_pem = pay_setting("platform_public_key_pem");
  std::int64_t now_ms = 1'735'900'203'000;

  /// Signed anew, as the platform would.
  Notice& sign(std::string_view key = "platform_private_key_pem") {
    signature = base64(RsaPrivate::read(pay_setting(key))->sign_sha256(pay_reply_text({timestamp, nonce, serial, {}, {}}, body)));
    return *this;
  }
  std::string taken() const {
    PayKeys keys;
    EXPECT_TRUE(keys.add(pay_setting("platform_key_id"), key_pem));
    return outcome(open_pay_notice(keys, api_key, {timestamp, nonce, serial, signature, type}, body, from_ms(now_ms)));
  }
};
template <class F>
std::string notice_with(F&& change) {
  Notice n;
  change(n);
  return n.taken();
}

TEST(PayNotices, ThirtyForgeriesAreRefused) {
  const std::string seal = "connect.pay_signature", late = "connect.pay_expired", serial = "connect.pay_serial", cipher = "connect.pay_cipher",
                    unread = "connect.pay_notice";
  const auto replaced = [](std::string& body, std::string_view from, std::string_view to) {
    const auto at = body.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    body.replace(at, from.size(), to);
  };
  const auto letter = [](std::string& text, std::size_t at) { text[at] = text[at] == 'A' ? 'B' : 'A'; };
  struct { const char* what; std::string got, want; } const rows[] = {
      {"as it came", notice_with([](Notice&) {}), "ok"},
      {"no type of signature told", notice_with([](Notice& n) { n.type.clear(); }), "ok"},
      {"a field nobody knows", notice_with([&](Notice& n) { replaced(n.body, "{\"id\"", "{\"new\":[1],\"id\""); n.sign(); }), "ok"},
      {"299.999 s early", notice_with([](Notice& n) { n.now_ms = 1'735'900'200'000 - 299'999; }), "ok"},
      {"299.999 s late", notice_with([](Notice& n) { n.now_ms = 1'735'900'200'000 + 299'999; }), "ok"},
      {"300 s late", notice_with([](Notice& n) { n.now_ms = 1'735'900'200'000 + 300'000; }), late},
      {"300 s early", notice_with([](Notice& n) { n.now_ms = 1'735'900'200'000 - 300'000; }), late},
      {"a year late", notice_with([](Notice& n) { n.now_ms += 31'536'000'000; }), late},
      {"time in ms", notice_with([](Notice& n) { n.timestamp += "000"; n.sign(); }), seal},
      {"another second", notice_with([](Notice& n) { n.timestamp.back() = '1'; }), seal},
      {"a signed time with a plus", notice_with([](Notice& n) { n.timestamp = "+" + n.timestamp; n.sign(); }), seal},
      {"a signed time with a blank", notice_with([](Notice& n) { n.timestamp += " "; n.sign(); }), seal},
      {"negative time", notice_with([](Notice& n) { n.timestamp = "-" + n.timestamp; n.sign(); }), seal},
      {"no time", notice_with([](Notice& n) { n.timestamp.clear(); n.sign(); }), seal},
      {"time 0", notice_with([](Notice& n) { n.timestamp = "0"; n.sign(); }), late},
      {"another nonce", notice_with([&](Notice& n) { letter(n.nonce, 5); }), seal},
      {"no nonce", notice_with([](Notice& n) { n.nonce.clear(); n.sign(); }), seal},
      {"a line moved from nonce to body", notice_with([](Notice& n) { n.body = n.nonce.substr(8) + "\n" + n.body; n.nonce.resize(8); }), seal},
      {"unknown key", notice_with([](Notice& n) { n.serial = "PUB_KEY_ID_0000000000000000000000000000"; }), serial},
      {"no key named", notice_with([](Notice& n) { n.serial.clear(); }), serial},
      {"key named in lower case", notice_with([](Notice& n) { n.serial = lower_ascii(n.serial); }), serial},
      {"signed by the merchant", notice_with([](Notice& n) { n.sign("merchant_private_key_pem"); }), seal},
      {"checked with another key", notice_with([](Notice& n) { n.key_pem = pay_setting("merchant_public_key_pem"); }), seal},
      {"a letter of the signature", notice_with([&](Notice& n) { letter(n.signature, 100); }), seal},
      {"its last letter", notice_with([&](Notice& n) { letter(n.signature, n.signature.find('=') - 1); }), seal},
      {"no signature", notice_with([](Notice& n) { n.signature.clear(); }), seal},
      {"half a signature", notice_with([](Notice& n) { n.signature.resize(n.signature.size() / 2); }), seal},
      {"signature not base64", notice_with([](Notice& n) { n.signature.insert(7, "\n"); }), seal},
      {"a probe", notice_with([](Notice& n) { n.signature = "WECHATPAY/SIGNTEST/" + n.signature; }), seal},
      {"a probe that would fit", notice_with([](Notice& n) { n.signature.replace(0, 19, "WECHATPAY/SIGNTEST/"); }), seal},
      {"another kind of signature", notice_with([](Notice& n) { n.type = "WECHATPAY2-SM2-WITH-SM3"; }), seal},
      {"a byte of the body", notice_with([&](Notice& n) { letter(n.body, 40); }), seal},
      {"a blank after the body", notice_with([](Notice& n) { n.body += " "; }), seal},
      {"the body written anew", notice_with([](Notice& n) { n.body = boost::json::serialize(boost::json::parse(n.body)) + "\n"; }), seal},
      {"no body", notice_with([](Notice& n) { n.body.clear(); }), seal},
      {"signed nothing", notice_with([](Notice& n) { n.body.clear(); n.sign(); }), unread},
      {"signed, not JSON", notice_with([](Notice& n) { n.body = "<xml/>"; n.sign(); }), unread},
      {"signed, no resource", notice_with([](Notice& n) { n.body = R"({"id":"1","event_type":"A"})"; n.sign(); }), unread},
      {"signed, a resource of another shape", notice_with([](Notice& n) { n.body = R"({"id":"1","event_type":"A","resource":"x"})"; n.sign(); }), unread},
      {"signed, no id", notice_with([&](Notice& n) { replaced(n.body, "\"id\"", "\"ix\""); n.sign(); }), unread},
      {"signed, a nonce that is a number", notice_with([&](Notice& n) { replaced(n.body, "\"ozae1BJwCTvl\"", "1"); n.sign(); }), unread},
      {"signed, a cipher text altered", notice_with([&](Notice& n) { replaced(n.body, "26tmqn9h", "26tmqn9i"); n.sign(); }), cipher},
      {"signed, a tag altered", notice_with([&](Notice& n) { replaced(n.body, "UI0c=", "UI0Y="); n.sign(); }), cipher},
      {"signed, cut to less than a tag", notice_with([](Notice& n) { n.body = R"({"id":"1","event_type":"A","resource":{"ciphertext":"QUJD","nonce":"ozae1BJwCTvl"}})"; n.sign(); }), cipher},
      {"signed, other associated data", notice_with([&](Notice& n) { replaced(n.body, "\"associated_data\":\"transaction\"", "\"associated_data\":\"refund\""); n.sign(); }), cipher},
      {"signed, another nonce", notice_with([&](Notice& n) { replaced(n.body, "ozae1BJwCTvl", "ozae1BJwCTvm"); n.sign(); }), cipher},
      {"signed, a short nonce", notice_with([&](Notice& n) { replaced(n.body, "ozae1BJwCTvl", "ozae1BJwCTv"); n.sign(); }), cipher},
      {"signed, a nonce that only begins right", notice_with([&](Notice& n) { replaced(n.body, "ozae1BJwCTvl", "ozae1BJwCTvlx"); n.sign(); }), cipher},
      {"signed, another algorithm", notice_with([&](Notice& n) { replaced(n.body, "AEAD_AES_256_GCM", "AEAD_AES_128_GCM"); n.sign(); }), cipher},
      {"another merchant's APIv3 key", notice_with([](Notice& n) { n.api_key.back() = 'x'; }), cipher},
      {"an APIv3 key of 31", notice_with([](Notice& n) { n.api_key.pop_back(); }), "connect.pay_api_key"},
  };
  for (const auto& row : rows) EXPECT_EQ(row.got, row.want) << row.what;
  EXPECT_GE(std::size(rows), 35u);
}

TEST(PayKeys, SeveralAtOnceChosenByWhatTheHeaderSays) {
  PayKeys keys;
  ASSERT_TRUE(keys.add(pay_setting("platform_key_id"), pay_setting("merchant_public_key_pem")));
  ASSERT_TRUE(keys.add("", kPayCertificate));  // under its own serial
  const auto signature = base64(RsaPrivate::read(pay_setting("platform_private_key_pem"))->sign_sha256("1735900200\nn\nbody\n"));
  const auto by = [&](std::string_view serial) {
    return outcome(check_pay_seal(keys, {"1735900200", "n", serial, signature, {}}, "body", from_ms(1'735'900'200'000)));
  };
  EXPECT_EQ(by("7132AB00112233445566778899AABBCCDDEEFF01"), "ok");
  EXPECT_EQ(by(pay_setting("platform_key_id")), "connect.pay_signature");
  EXPECT_EQ(by("7132ab00112233445566778899aabbccddeeff01"), "connect.pay_serial");
  EXPECT_EQ(outcome(keys.add("", pay_setting("platform_public_key_pem"))), "connect.rsa_key");  // a bare key has no serial
}

TEST(RsaKeys, OnlySoundRsaOf2048BitsAndMore) {
  struct { const char* what; std::string pem, open, secret; } const rows[] = {
      {"public", pay_setting("platform_public_key_pem"), "ok", "connect.rsa_key"},
      {"private", pay_setting("platform_private_key_pem"), "connect.rsa_key", "ok"},
      {"certificate", std::string(kPayCertificate), "ok", "connect.rsa_key"},
      {"1024 bits", std::string(kSmallRsa), "connect.rsa_key", "connect.rsa_key"},
      {"elliptic curve", std::string(kNoRsa), "connect.rsa_key", "connect.rsa_key"},
      {"DSA of 2048 bits", std::string(kDsa), "connect.rsa_key", "connect.rsa_key"},
      {"nothing", "", "connect.rsa_key", "connect.rsa_key"},
      {"no PEM", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A", "connect.rsa_key", "connect.rsa_key"},
      {"endless", std::string(100'000, '-'), "connect.rsa_key", "connect.rsa_key"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(outcome(RsaPublic::read(row.pem)), row.open) << row.what;
    EXPECT_EQ(outcome(RsaPrivate::read(row.pem)), row.secret) << row.what;
  }
  auto first = *RsaPrivate::read(pay_setting("platform_private_key_pem"));
  const auto moved = std::move(first);
  EXPECT_TRUE(RsaPublic::read(kPayCertificate)->signed_sha256("text", moved.sign_sha256("text")));
}

TEST(PayFields, SealedForOneSideWithinTheKeysRoom) {
  const auto open = *RsaPublic::read(pay_setting("platform_public_key_pem"));
  const auto secret = *RsaPrivate::read(pay_setting("platform_private_key_pem")), other = *RsaPrivate::read(pay_setting("merchant_private_key_pem"));
  for (const auto& name : {std::string("李雷"), std::string(), std::string(214, 'x')}) EXPECT_EQ(open_pay_field(secret, *seal_pay_field(open, name)).value_or("refused"), name);
  EXPECT_EQ(outcome(seal_pay_field(open, std::string(215, 'x'))), "connect.pay_field");
  const auto sealed = *seal_pay_field(open, "李雷");
  EXPECT_NE(sealed, *seal_pay_field(open, "李雷"));
  for (const auto& bad : {std::string(), std::string("AAAA"), sealed.substr(4), sealed + "AAAA", "A" + sealed.substr(1, sealed.size() - 1) + " "})
    EXPECT_EQ(outcome(open_pay_field(secret, bad)), "connect.pay_field") << bad;
  EXPECT_EQ(outcome(open_pay_field(other, sealed)), "connect.pay_field");
}

TEST(PayV2, SignsByTheMethodNamedAndOpensRefunds) {
  const std::string key = "ixOn9Bxl5LDI1SbDxDU2cyhsxDhByPLG";
  const PayFields plain{{"b", "2"}, {"a", "1"}, {"empty", ""}};
  EXPECT_EQ(pay_v2_text(plain, key), "a=1&b=2&key=" + key);
  const auto with = [](PayFields fields, std::initializer_list<std::pair<std::string, std::string>> more) {
    fields.insert(fields.end(), more);
    return fields;
  };
  const auto by_hmac = with(plain, {{"sign_type", "HMAC-SHA256"}});
  struct { const char* what; PayFields fields; const char* want; } const rows[] = {
      {"MD5", with(plain, {{"sign", pay_v2_md5(plain, key)}}), "ok"},
      {"HMAC", with(by_hmac, {{"sign", pay_v2_hmac(by_hmac, key)}}), "ok"},
      {"MD5 where HMAC is named", with(by_hmac, {{"sign", pay_v2_md5(by_hmac, key)}}), "connect.pay_signature"},
      {"lower case", with(plain, {{"sign", lower_ascii(pay_v2_md5(plain, key))}}), "connect.pay_signature"},
      {"none", plain, "connect.pay_signature"},
      {"another key", with(plain, {{"sign", pay_v2_md5(plain, "other")}}), "connect.pay_signature"},
      {"a field more", with(plain, {{"sign", pay_v2_md5(plain, key)}, {"c", "3"}}), "connect.pay_signature"},
      {"an unknown method", with(plain, {{"sign_type", "SHA1"}, {"sign", pay_v2_md5(with(plain, {{"sign_type", "SHA1"}}), key)}}), "connect.pay_signature"},
  };
  for (const auto& row : rows) EXPECT_EQ(outcome(check_pay_v2(row.fields, key)), row.want) << row.what;
  EXPECT_EQ(outcome(check_pay_v2(with(plain, {{"sign", pay_v2_md5(plain, "")}}), "")), "connect.pay_signature");
  for (const auto bad : {"", "AAAA", "PAh80CGd4dEW0HdZcldwYQ==", "not base64"}) EXPECT_EQ(outcome(open_refund_info(key, bad)), "connect.pay_cipher") << bad;
}

TEST(MiniPrograms, RefuseForeignAndBrokenData) {
  const auto file = boost::json::parse(vectors::kept("miniprogram.json")).as_object();
  const auto& one = file.at("cases").as_array().at(0).as_object();
  const auto field = [&](const char* name) { return std::string(one.at(name).as_string()); };
  const auto key = field("session_key"), iv = field("iv"), sealed = field("encryptedData"), appid = field("appid");
  const auto middle = [](std::string text) { text[text.size() / 2] = text[text.size() / 2] == 'A' ? 'B' : 'A'; return text; };
  struct { const char *what, *want; std::string got; } const rows[] = {
      {"as it came", "ok", outcome(open_user_data({key, iv, sealed}, appid))},
      {"another appid", "connect.mini_appid", outcome(open_user_data({key, iv, sealed}, "wxother"))},
      {"no appid on either side", "connect.mini_appid", outcome(open_user_data({"AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAAA==", "C6ckzLe1yoOYaUYRwyesAw=="}, ""))},
      {"no appid", "connect.mini_appid", outcome(open_user_data({key, iv, sealed}, ""))},
      {"another IV", "connect.mini_appid", outcome(open_user_data({key, middle(iv), sealed}, appid))},  // its first block is no JSON
      {"a short key", "connect.mini_cipher", outcome(open_user_data({"QUJD", iv, sealed}, appid))},
      {"a short IV", "connect.mini_cipher", outcome(open_user_data({key, "QUJD", sealed}, appid))},
      {"a block and a half", "connect.mini_cipher", outcome(open_user_data({key, iv, sealed.substr(0, 32)}, appid))},
      {"no data", "connect.mini_cipher", outcome(open_user_data({key, iv, ""}, appid))},
      {"not base64", "connect.mini_cipher", outcome(open_user_data({key, iv, "*" + sealed}, appid))},
      {"the last block missing", "connect.mini_cipher", outcome(open_user_data({key, iv, base64(unbase64(sealed)->substr(0, 64))}, appid))},
      {"no session key", "connect.mini_signature", outcome(check_raw_data("raw", "", raw_data_signature("raw", "")))},
      {"upper case", "connect.mini_signature", outcome(check_raw_data("raw", key, upper_ascii(raw_data_signature("raw", key))))},
  };
  for (const auto& row : rows) EXPECT_EQ(row.got, row.want) << row.what;
}

TEST(ShopPushes, NoEmptySecretNoUpperCaseNoOtherApplication) {
  const ShopKey key{"app", "secret"}, bare{"app", ""}, nobody{"", "secret"};
  const std::string body = R"({"a":"一"})", wrong = "connect.hook_signature", other = "connect.shop_app";
  struct { const char* what; std::string got, want; } const rows[] = {
      {"youzan", outcome(check_youzan_body(key, body, youzan_sign(key, body))), "ok"},
      {"youzan upper", outcome(check_youzan_body(key, body, upper_ascii(youzan_sign(key, body)))), wrong},
      {"youzan no secret", outcome(check_youzan_body(bare, body, youzan_sign(bare, body))), wrong},
      {"youzan no sign", outcome(check_youzan_body(key, body, "")), wrong},
      {"youzan header", outcome(check_youzan_event(key, "app", youzan_sign(key, body), body)), "ok"},
      {"youzan header of another", outcome(check_youzan_event(key, "apq", youzan_sign(key, body), body)), other},
      {"youzan header of nobody", outcome(check_youzan_event(nobody, "", youzan_sign(nobody, body), body)), other},
      {"youzan border moved", outcome(check_youzan_body({"ap", "secret"}, "p" + body, youzan_sign(key, body))), "ok"},  // MD5 of a row: why the id is compared
      {"hmac", outcome(check_shop_hmac("s", body, shop_hmac("s", body))), "ok"},
      {"hmac one byte more", outcome(check_shop_hmac("s", body + "\n", shop_hmac("s", body))), wrong},
      {"hmac no secret", outcome(check_shop_hmac("", body, shop_hmac("", body))), wrong},
      {"hmac as hex", outcome(check_shop_hmac("s", body, hex(*unbase64(shop_hmac("s", body))))), wrong},
      {"hmac without =", outcome(check_shop_hmac("s", body, shop_hmac("s", body).substr(0, 43))), wrong},
      {"douyin", outcome(check_douyin("s", body, douyin_sign("s", body))), "ok"},
      {"douyin other secret", outcome(check_douyin("t", body, douyin_sign("s", body))), wrong},
      {"douyin no secret", outcome(check_douyin("", body, douyin_sign("", body))), wrong},
      {"kuaishou", outcome(check_kuaishou("s", body, kuaishou_sign("s", body))), "ok"},
      {"kuaishou secret first", outcome(check_kuaishou("s", body, md5_hex("s" + body))), wrong},
      {"kuaishou no secret", outcome(check_kuaishou("", body, kuaishou_sign("", body))), wrong},
      {"doudian", outcome(check_doudian_push(key, "app", doudian_push_sign(key, body), body)), "ok"},
      {"doudian of another", outcome(check_doudian_push(key, "", doudian_push_sign(key, body), body)), other},
      {"doudian no secret", outcome(check_doudian_push(bare, "app", doudian_push_sign(bare, body), body)), wrong},
  };
  for (const auto& row : rows) EXPECT_EQ(row.got, row.want) << row.what;
}

TEST(Archives, OneCodeForWhateverIsWrong) {
  const auto file = boost::json::parse(vectors::kept("wecom_archive.json")).as_object();
  const auto key = *RsaPrivate::read(std::string_view(file.at("private_key_pem").as_string())), other = *RsaPrivate::read(pay_setting("merchant_private_key_pem"));
  const std::string sealed(file.at("cases").as_array().at(0).at("encrypt_random_key_base64").as_string());
  EXPECT_EQ(outcome(open_archive_key(key, sealed)), "ok");
  EXPECT_EQ(outcome(open_archive_key(other, sealed)), "connect.archive_key");
  constexpr std::string_view kNothing =  // an empty text under the right key
      "x1+NTBY7JjgPYAGJ3zk494GtIVfZl7foXhFEs1dCsexHuHLuUgNw06VHJ4TgRfIlHr2ZbD4Mm1th3qGV4aoNMAsSFETzETB+V4P/"
      "TGi81OQTIwpnKxsvW7Ig6ulIJ6PTliXi7hTm8E2jVkG1CorZfK3SOlHX4YwD252kWslm8QJTgHXasRc3TYxCbwyz1AKz6gE0gEhN"
      "c4I0Sj7AvWY3+BD8zycUFUpksiC+l65pp66glZu87gAKOd+xAqAxodZWJ051Bjlq4tP3055fUPgT3fVUih3SBuLaYHIOZEsIwyux"
      "gBSy7E1CluR6MecyoioUGLgJc+bY8siWnqE4lgy2og==";
  EXPECT_EQ(outcome(open_archive_key(key, kNothing)), "connect.archive_key");
  for (const auto& bad : {std::string(), std::string("AAAA"), sealed.substr(4), sealed + "AAAA", "*" + sealed}) EXPECT_EQ(outcome(open_archive_key(key, bad)), "connect.archive_key");
}

TEST(Talk, AnswersALineWithALine) {
  EXPECT_EQ(vectors::talk(R"({"do":"shop_sign","secret":"s","body":"b"})"), R"({"hmac":")" + shop_hmac("s", "b") + R"(","ok":true})");
  EXPECT_EQ(vectors::talk(R"({"do":"shop_verify","secret":"s","body":"b","hmac":"x"})"), R"({"ok":false,"code":"connect.hook_signature"})");
  for (const auto bad : {"", "[]", "{}", R"({"do":"dance"})", R"({"do":"shop_sign"})"}) EXPECT_NE(vectors::talk(bad).find("asked_wrongly"), std::string::npos) << bad;
}

RC_GTEST_PROP(PayRequestProperty, OnlyWhatWasSignedFits, ()) {
  static const auto key = *RsaPrivate::read(pay_setting("merchant_private_key_pem"));
  static const auto open = *RsaPublic::read(pay_setting("merchant_public_key_pem"));
  auto body = *rc::gen::arbitrary<std::string>();
  const PayRequest request{"POST", "/v3/pay/transactions/jsapi?a=1", "1735900000", "nonce", body};
  auto signature = key.sign_sha256(pay_request_text(request));
  RC_ASSERT(open.signed_sha256(pay_request_text(request), signature));
  RC_ASSERT(!open.signed_sha256(pay_request_text(request) + "x", signature));
  const auto at = *rc::gen::inRange<std::size_t>(0, signature.size());
  signature[at] = static_cast<char>(signature[at] ^ *rc::gen::inRange(1, 256));
  RC_ASSERT(!open.signed_sha256(pay_request_text(request), signature));
}

}  // namespace
}  // namespace koi::connect::crypto
