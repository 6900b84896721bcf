#include "connect/crypto/callback.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/crypto/aes.h"
#include "connect/crypto/digest.h"
#include "http/url.h"

namespace koi::connect::crypto {

namespace {

constexpr std::size_t kAesKeyChars = 43, kTokenMax = 32, kRandom = 16, kLength = 4, kPad = 32;

bool alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string sorted_sha1(std::span<std::string_view> parts) {
  std::ranges::sort(parts);
  std::string all;
  for (const auto part : parts) all += part;
  return sha1_hex(all);
}

std::unexpected<Error> bad_cipher() { return fail(Errc::malformed, "connect.callback_cipher"); }

/// The padding away: 1 to 32 bytes, each of them saying how many. `plain` has at least 32.
std::optional<std::string_view> unpadded(std::string_view plain) {
  const auto pad = static_cast<unsigned char>(plain.back());
  if (pad < 1 || pad > kPad) return std::nullopt;
  const auto tail = plain.substr(plain.size() - pad);
  if (tail.find_first_not_of(plain.back()) != tail.npos) return std::nullopt;
  return plain.substr(0, plain.size() - pad);
}

std::string cdata(std::string_view text) {
  std::string out = "<![CDATA[";
  for (std::size_t at = 0, end = 0; end != text.npos; at = end + 2) {
    end = text.find("]]>", at);
    out.append(text.substr(at, end == text.npos ? end : end + 2 - at));
    if (end != text.npos) out += "]]><![CDATA[";
  }
  return out + "]]>";
}

std::uint32_t big_endian(std::string_view four) {
  std::uint32_t out = 0;
  for (const char c : four) out = (out << 8) | static_cast<unsigned char>(c);
  return out;
}

}  // namespace

Result<std::string> callback_aes_key(std::string_view text) {
  const auto wrong = [] { return fail(Errc::invalid, "connect.callback_aes_key"); };
  if (text.size() != kAesKeyChars) return wrong();
  // The last character carries two bits too many, and the console sets them: those four it may be are one key.
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto last = kAlphabet.find(text.back());
  if (last == kAlphabet.npos) return wrong();
  auto bytes = strict_base64(std::string(text.substr(0, kAesKeyChars - 1)) + kAlphabet[last & ~std::size_t{3}] + "=");
  if (!bytes) return wrong();
  return std::move(*bytes);
}

Result<> check_callback_key(const CallbackKey& key) {
  if (key.token.empty() || key.token.size() > kTokenMax || !std::ranges::all_of(key.token, alphanumeric))
    return fail(Errc::invalid, "connect.callback_token");
  TRY(auto bytes, callback_aes_key(key.aes_key));
  const Wiped gone(std::move(bytes));
  return {};
}

Result<CallbackQuery> read_callback_query(std::string_view raw) {
  static constexpr std::pair<std::string_view, std::string CallbackQuery::*> kNames[] = {
      {"msg_signature", &CallbackQuery::msg_signature}, {"signature", &CallbackQuery::signature}, {"timestamp", &CallbackQuery::timestamp},
      {"nonce", &CallbackQuery::nonce},                 {"echostr", &CallbackQuery::echostr},     {"encrypt_type", &CallbackQuery::encrypt_type}};
  CallbackQuery out;
  std::array<bool, std::size(kNames)> seen{};
  for (const auto part : split_text(raw, '&')) {
    const auto equals = std::min(part.find('='), part.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (part.substr(0, equals) != kNames[i].first) continue;
      auto value = http::percent_decoded(part.substr(std::min(equals + 1, part.size())), false);
      if (!value || seen[i]) return fail(Errc::malformed, "connect.callback_query");
      seen[i] = true;
      out.*kNames[i].second = std::move(*value);
    }
  }
  return out;
}

std::string callback_signature(std::string_view token, std::string_view timestamp, std::string_view nonce, std::string_view encrypted) {
  std::array parts{token, timestamp, nonce, encrypted};
  return sorted_sha1(parts);
}

std::string plain_signature(std::string_view token, std::string_view timestamp, std::string_view nonce) {
  std::array parts{token, timestamp, nonce};
  return sorted_sha1(parts);
}

Result<> check_plain_signature(std::string_view token, std::string_view timestamp, std::string_view nonce, std::string_view signature) {
  if (token.empty() || !equal_constant_time(plain_signature(token, timestamp, nonce), signature))
    return fail(Errc::unauthenticated, "connect.callback_signature");
  return {};
}

Result<std::string> open_callback(const CallbackKey& key, std::string_view timestamp, std::string_view nonce, std::string_view signature,
                                  std::string_view encrypted) {
  if (key.token.empty() || !equal_constant_time(callback_signature(key.token, timestamp, nonce, encrypted), signature))
    return fail(Errc::unauthenticated, "connect.callback_signature");
  TRY(auto bytes, callback_aes_key(key.aes_key));
  const Wiped secret(std::move(bytes));
  const auto sealed = strict_base64(encrypted);
  if (!sealed || sealed->size() < kPad) return bad_cipher();
  auto opened = aes256_cbc_open(secret.view(), secret.view().substr(0, kRandom), *sealed);
  if (!opened) return bad_cipher();
  const Wiped plain(std::move(*opened));
  const auto body = unpadded(plain.view());
  if (!body || body->size() < kRandom + kLength) return bad_cipher();
  const auto rest = body->substr(kRandom + kLength);
  const std::size_t length = big_endian(body->substr(kRandom, kLength));
  if (length > rest.size()) return bad_cipher();
  if (rest.substr(length) != key.receive_id) return fail(Errc::unauthenticated, "connect.callback_receiver");
  return std::string(rest.substr(0, length));
}

std::string seal_message(const CallbackKey& key, std::string_view message, std::string_view random16) {
  auto bytes = callback_aes_key(key.aes_key);
  CHECK(bytes && random16.size() == kRandom && message.size() <= UINT32_MAX);
  const Wiped secret(std::move(*bytes));
  std::string plain(random16);
  for (const int shift : {24, 16, 8, 0}) plain += static_cast<char>(message.size() >> shift & 0xFF);
  plain.append(message).append(key.receive_id);
  const auto pad = kPad - plain.size() % kPad;
  plain.append(pad, static_cast<char>(pad));
  const auto sealed = aes256_cbc_seal(secret.view(), secret.view().substr(0, kRandom), plain);
  CHECK(sealed);
  return base64(*sealed);
}

std::string sealed_reply(const CallbackKey& key, std::string_view message, std::string_view timestamp, std::string_view nonce,
                         std::string_view random16) {
  const auto sealed = seal_message(key, message, random16);
  // Both may be echoes of what came in the address.
  const auto when = std::ranges::all_of(timestamp, alphanumeric) ? std::string(timestamp) : cdata(timestamp);
  return "<xml><Encrypt>" + cdata(sealed) + "</Encrypt><MsgSignature>" + cdata(callback_signature(key.token, timestamp, nonce, sealed)) +
         "</MsgSignature><TimeStamp>" + when + "</TimeStamp><Nonce>" + cdata(nonce) + "</Nonce></xml>";
}

std::string jsapi_text(std::string_view ticket, std::string_view nonce, std::string_view timestamp, std::string_view url) {
  std::string text = "jsapi_ticket=";
  text.append(ticket).append("&noncestr=").append(nonce).append("&timestamp=").append(timestamp).append("&url=").append(url.substr(0, url.find('#')));
  return text;
}

std::string jsapi_signature(std::string_view ticket, std::string_view nonce, std::string_view timestamp, std::string_view url) {
  return sha1_hex(jsapi_text(ticket, nonce, timestamp, url));
}

}  // namespace koi::connect::crypto
