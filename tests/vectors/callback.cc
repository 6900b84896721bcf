// WeCom and official accounts: the same seal, so one table of groups for both files.
#include <boost/json.hpp>

#include "base/text.h"
#include "connect/crypto/callback.h"
#include "connect/crypto/callback_xml.h"
#include "tests/vectors/vectors.h"

namespace koi::vectors {

namespace {

namespace crypto = connect::crypto;
using crypto::CallbackKey;

/// The address that the file is about.
CallbackKey address(const Case& c) {
  CallbackKey key{.token = c.setting("token"), .aes_key = c.setting("encoding_aes_key"), .receive_id = {}};
  for (const auto name : {"receive_id_corp_id", "receive_id", "corp_id", "appid"})
    if (key.receive_id.empty() && c.has_setting(name)) key.receive_id = c.setting(name);
  got(crypto::check_callback_key(key), "the file's settings");
  return key;
}

/// Opens without a signature to go by: signed here with a token of our own.
Result<std::string> open_bare(CallbackKey key, const std::string& sealed) {
  key.token = "any";
  return crypto::open_callback(key, "1", "2", crypto::callback_signature("any", "1", "2", sealed), sealed);
}

/// The way of a push, as a connector takes it.
Result<std::string> receive(const CallbackKey& key, const std::string& query, const std::string& body) {
  TRY(const auto q, crypto::read_callback_query(query));
  TRY(const auto envelope, crypto::read_sealed(body));
  return crypto::open_callback(key, q.timestamp, q.nonce, q.msg_signature, envelope.encrypt);
}

void key_derivation(Case& c) {
  const auto text = c.text("encoding_aes_key"), bytes = got(crypto::callback_aes_key(text), "encoding_aes_key");
  same("aes_key_hex", hex(bytes), c.text("aes_key_hex"));
  same("iv_hex", hex(bytes.substr(0, 16)), c.text("iv_hex"));
  hold((base64(bytes) == text + "=") == c.value("canonical_base64").as_bool(), "canonical_base64 differs");
}

void encrypt(Case& c) {
  const CallbackKey key{.token = "any", .aes_key = c.text("encoding_aes_key"), .receive_id = c.text("receive_id")};
  const auto message = c.text("message"), random = c.bytes("random_hex");
  got(crypto::check_callback_key(key), "encoding_aes_key");
  hold(random.size() == 16, "random_hex: not 16 bytes");
  const auto sealed = crypto::seal_message(key, message, random);
  same("ciphertext_base64", sealed, c.text("ciphertext_base64"));
  same("opened again", got(open_bare(key, sealed), "open"), message);
  const auto plain = static_cast<std::int64_t>(random.size() + 4 + message.size() + key.receive_id.size());
  same("message_utf8_bytes", static_cast<std::int64_t>(message.size()), c.number("message_utf8_bytes"));
  same("plain_len", plain, c.number("plain_len"));
  same("pad_len", static_cast<std::int64_t>(unbase64(sealed)->size()) - plain, c.number("pad_len"));
}

void decrypt(Case& c) {
  CallbackKey key{.token = "any", .aes_key = c.text("encoding_aes_key"), .receive_id = c.text("expect_receive_id")};
  const auto sealed = c.text("ciphertext_base64");
  got(crypto::check_callback_key(key), "encoding_aes_key");
  same("expect_message", got(open_bare(key, sealed), "open"), c.text("expect_message"));
  const auto random = c.bytes("expect_random_hex");
  hold(random.size() == 16, "expect_random_hex: not 16 bytes");
  same("sealed again with expect_random_hex", crypto::seal_message(key, c.text("expect_message"), random), sealed);
  key.receive_id += "x";
  refused(open_bare(key, sealed), "another receiver");
}

void signature(Case& c) {
  same("signature", crypto::callback_signature(c.text("token"), c.text("timestamp"), c.text("nonce"), c.text("encrypt")), c.text("signature"));
}

void plain_signature(Case& c) {
  const auto token = c.text("token"), timestamp = c.text("timestamp"), nonce = c.text("nonce"), want = c.text("signature");
  same("signature", crypto::plain_signature(token, timestamp, nonce), want);
  got(crypto::check_plain_signature(token, timestamp, nonce, want), "check");
  refused(crypto::check_plain_signature(token + "x", timestamp, nonce, want), "another token");
}

void jsapi(Case& c) {
  const auto ticket = c.text("jsapi_ticket"), nonce = c.text("noncestr"), timestamp = c.text("timestamp"), url = c.text("url");
  same("string_to_sign", crypto::jsapi_text(ticket, nonce, timestamp, url), c.text("string_to_sign"));
  same("signature", crypto::jsapi_signature(ticket, nonce, timestamp, url), c.text("signature"));
}

void url_verification(Case& c) {
  same("method", c.text("method"), "GET");
  const auto query = got(crypto::read_callback_query(c.text("query")), "query");
  if (c.has("echostr_decoded")) same("echostr_decoded", query.echostr, c.text("echostr_decoded"));
  const auto answer = crypto::open_callback(address(c), query.timestamp, query.nonce, query.msg_signature, query.echostr);
  if (c.number("expect_status") != 200) return refused(answer, "expect_status");
  same("expect_body", got(answer, "open"), c.text("expect_body"));
}

void expect_fields(Case& c, const crypto::CallbackXml& xml) {
  for (const auto& [name, want] : c.value("expect_fields").as_object()) {
    if (want.is_array()) {
      const auto list = xml.list(name);
      json::array have(list.begin(), list.end());
      same(name, json::serialize(have), json::serialize(want));
    } else {
      hold(xml.find(name) != nullptr, std::string(name) + ": not in the XML");
      same(name, xml.text(name), want.is_string() ? std::string(want.get_string()) : json::serialize(want));
    }
  }
}

void callback_post(Case& c) {
  same("method", c.text("method"), "POST");
  const auto key = address(c);
  const auto query = c.text("query"), body = c.text("body");
  if (c.has("content_type")) hold(c.text("content_type").find("xml") != std::string::npos, "content_type: not XML");
  const auto plain = got(receive(key, query, body), "open");
  same("expect_plain_xml", plain, c.text("expect_plain_xml"));
  const auto xml = got(crypto::read_callback_xml(plain), "expect_plain_xml");
  hold(!xml.fields.empty(), "expect_plain_xml: nothing in it");
  if (c.has("expect_fields")) expect_fields(c, xml);
  const auto q = got(crypto::read_callback_query(query), "query");
  // An official account signs the address as well.
  if (!q.signature.empty()) got(crypto::check_plain_signature(key.token, q.timestamp, q.nonce, q.signature), "signature of the address");
}

void passive_reply(Case& c) {
  const auto key = address(c);
  const auto plain = c.text("plain_xml"), random = c.bytes("random_hex"), timestamp = c.text("timestamp"), nonce = c.text("nonce");
  hold(random.size() == 16, "random_hex: not 16 bytes");
  const auto sealed = crypto::seal_message(key, plain, random);
  same("ciphertext_base64", sealed, c.text("ciphertext_base64"));
  same("msg_signature", crypto::callback_signature(key.token, timestamp, nonce, sealed), c.text("msg_signature"));
  same("outer_xml", crypto::sealed_reply(key, plain, timestamp, nonce, random), c.text("outer_xml"));
}

void negative(Case& c) {
  const auto method = c.text("method"), query = c.text("query"), expect = c.text("expect");
  // Where the file leaves the choice to us, ours is to refuse.
  hold(expect == "reject" || expect == "implementation choice", "expect: \"" + expect + "\" is not known");
  if (method == "POST") return refused(receive(address(c), query, c.text("body")), "the forged push");
  const auto q = crypto::read_callback_query(query);
  if (q) refused(crypto::open_callback(address(c), q->timestamp, q->nonce, q->msg_signature, q->echostr), "the forged address");
}

void published_example(Case& c) {
  const CallbackKey key{c.text("token"), c.text("encoding_aes_key"), c.text("corp_id")};
  got(crypto::check_callback_key(key), "key");
  const auto timestamp = c.text("timestamp"), nonce = c.text("nonce"), seal = c.text("msg_signature"), echo = c.text("echostr");
  same("msg_signature", crypto::callback_signature(key.token, timestamp, nonce, echo), seal);
  same("expect_plain", got(crypto::open_callback(key, timestamp, nonce, seal, echo), "open"), c.text("expect_plain"));
  same("expect_receive_id", key.receive_id, c.text("expect_receive_id"));
}

}  // namespace

const Checks& callback_checks() {
  static const Checks checks{{"key_derivation", key_derivation},     {"encrypt", encrypt},
                             {"decrypt", decrypt},                   {"signature", signature},
                             {"jsapi_signature", jsapi},             {"published_jsapi_example", jsapi},
                             {"plain_signature", plain_signature},   {"url_verification", url_verification},
                             {"callback_post", callback_post},       {"safe_mode_post", callback_post},
                             {"passive_reply", passive_reply},       {"negative", negative},
                             {"published_example", published_example}};
  return checks;
}

}  // namespace koi::vectors
