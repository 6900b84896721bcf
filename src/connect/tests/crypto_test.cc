/// The published vectors, and the seal of callbacks against whoever would forge it. Payments: crypto_pay_test.cc.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <functional>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/crypto/aes.h"
#include "connect/crypto/callback.h"
#include "connect/crypto/callback_xml.h"
#include "connect/crypto/digest.h"
#include "tests/support/world.h"
#include "tests/vectors/vectors.h"

namespace koi::connect::crypto {
namespace {

using koi::testing::outcome;
namespace json = boost::json;

struct VectorFile { const char* kind; std::size_t cases; };
constexpr VectorFile kVectorFiles[] = {{"wecom_crypto", 82}, {"wechat_oa", 12}, {"miniprogram", 6},   {"wechatpay_v3", 30},
                                       {"wechatpay_v2", 8},  {"shop_webhooks", 32}, {"wecom_archive", 4}};

/// Fields beside what is sealed or signed: no check can notice when they change.
bool beside(std::string_view path) {
  static const std::set<std::string_view> kBeside{"name", "why", "note", "source", "padding", "content_type", "clock_now_for_test", "headers/Content-Type",
                                                  "headers/Event-Type", "headers/Msg-Id", "headers/X-Shopify-Topic", "headers/X-Shopify-Shop-Domain",
                                                  "headers/X-Shopify-Webhook-Id"};
  return kBeside.contains(path);
}

TEST(Vectors, EveryPublishedCaseHolds) {
  for (const auto& [kind, cases] : kVectorFiles) {
    const auto verdicts = vectors::run(kind, vectors::kept(std::string(kind) + ".json"));
    ASSERT_TRUE(verdicts) << kind;
    EXPECT_EQ(verdicts->size(), cases) << kind;
    for (const auto& v : *verdicts) {
      EXPECT_EQ(v.difference, "") << kind << " " << v.group << " " << v.name;
      for (const auto& field : v.unread) EXPECT_TRUE(beside(field)) << kind << " " << v.group << " " << v.name << " " << field;
    }
  }
}

/// Every text and number of a value, each altered in turn: `judge` sees the whole with one of them changed.
void alter_each(json::value& at, const std::string& path, const std::function<void(const std::string&)>& judge) {
  const auto below = [&](std::string_view name) { return path.empty() ? std::string(name) : path + "/" + std::string(name); };
  if (at.is_object()) {
    for (auto& [name, value] : at.get_object()) alter_each(value, below(name), judge);
  } else if (at.is_array()) {
    for (auto& value : at.get_array()) alter_each(value, path, judge);
  } else {
    const json::value before = at;
    if (at.is_string()) {
      auto& text = at.get_string();
      // The tail of a query is signed in every file; the middle of a body is.
      const auto where = path == "query" ? text.size() - 1 : text.size() / 2;
      if (text.empty() || static_cast<unsigned char>(text[where]) >= 0x80) text += 'x';
      else text[where] = text[where] == 'a' ? 'b' : 'a';
    } else if (at.is_int64()) {
      at = at.get_int64() + 1;
    } else if (at.is_bool()) {
      at = !at.get_bool();
    }
    judge(path);
    at = before;
  }
}

// A runner that says "pass" to everything would pass the test above: whatever is altered in whatever case must be told.
TEST(Vectors, EveryAlteredFieldOfEveryCaseIsReported) {
  std::size_t altered = 0;
  for (const auto& [kind, cases] : kVectorFiles) {
    const auto file = json::parse(vectors::kept(std::string(kind) + ".json")).as_object();
    for (const auto& [group, content] : file) {
      // A forged case with another flaw is still refused.
      if (!content.is_structured() || std::string_view(group).ends_with("config") || group == "negative") continue;
      const auto list = content.is_array() ? content.get_array() : json::array{content};
      for (const auto& item : list) {
        auto one = item;
        alter_each(one, "", [&](const std::string& path) {
          if (beside(path)) return;
          auto small = file;
          for (const auto& [name, value] : file)
            if (value.is_array()) small.erase(name);
          small.erase("passive_reply"), small.erase("published_example"), small.erase("published_jsapi_example");
          small[group] = json::array{one};
          const auto verdicts = vectors::run(kind, json::serialize(small));
          ASSERT_TRUE(verdicts && verdicts->size() == 1) << kind << " " << group;
          EXPECT_NE(verdicts->front().difference, "") << kind << " " << group << " " << verdicts->front().name << " " << path;
          ++altered;
        });
      }
    }
  }
  EXPECT_GT(altered, 900u);
  RecordProperty("altered", static_cast<int>(altered));
}

TEST(Vectors, WhatNobodyKnowsIsAFailure) {
  const auto first = [](const char* kind, const char* text) {
    const auto got = vectors::run(kind, text);
    return got ? got->front().difference : got.error().code;
  };
  EXPECT_EQ(first("wecom_crypto", R"({"new_group":[{"name":"a"}]})"), "no check for this group");
  EXPECT_EQ(first("wecom_crypto", R"({"about":"nothing"})"), "the file has no cases");
  EXPECT_EQ(first("wecom_crypto", R"([1])"), "vectors.not_json");
  EXPECT_EQ(first("wecom_crypto", R"({"signature":[7]})"), "not an object");
  EXPECT_EQ(first("wecom_crypto", R"({"signature":[{"token":"a","timestamp":"1","nonce":"2","encrypt":"3"}]})"), "signature: missing");
  EXPECT_EQ(first("wechat_oa", R"({"plain_signature":[{"token":"AAAAA","timestamp":"1714036504","nonce":"1514711492",
    "signature":"f464b24fc39322e44b38aa78f5edd27bd1441696"}]})"), "");
  EXPECT_EQ(first("wechat_oa", R"({"plain_signature":[{"token":"AAAAA","timestamp":"1714036504","nonce":"1514711492",
    "signature":"f464b24fc39322e44b38aa78f5edd27bd1441696","expect_more":1}]})"), "expect_more: no check looks at it");
  EXPECT_EQ(vectors::kind_of("/tmp/my-wecom_crypto.json").value_or("none"), "wecom_crypto");
  EXPECT_EQ(vectors::kind_of("wecom_crypto.extra.json").value_or("none"), "wecom_crypto");
  EXPECT_EQ(vectors::kind_of("wechatpay_v2/other.json").value_or("none"), "none");
  EXPECT_EQ(vectors::kind_of("wechatpay_v2-wechatpay_v3.json").value_or("none"), "none");
}

// --- forged callbacks -------------------------------------------------------------------------------------------------

const CallbackKey kBoxKey{"mVAAkiNMZb", "RoWN5jGeBbTnp1bX5DFIVBpFXL15cxoldyQ9NU072yr", "wwf5d6feea3a267ceb"};
constexpr std::string_view kBoxTime = "1735700001", kBoxNonce = "1817645236", kBoxRandom = "0123456789abcdef";
constexpr std::string_view kBoxText = "<xml><Event><![CDATA[change_external_contact]]></Event></xml>";

/// Whatever bytes, encrypted under the right key: what an attacker with the key, or a broken platform, could send.
std::string sealed_bytes(std::string_view blocks, std::string_view aes_key = kBoxKey.aes_key) {
  const auto key = *callback_aes_key(aes_key);
  return base64(*aes256_cbc_seal(key, key.substr(0, 16), blocks));
}
std::string box_plain(std::uint32_t length, std::string_view message, std::string_view receiver) {
  std::string out(kBoxRandom);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(length >> shift & 0xFF);
  return out.append(message).append(receiver);
}
std::string padded(std::string plain, char with = 0) {
  const auto pad = 32 - plain.size() % 32;
  return plain.append(pad, with == 0 ? static_cast<char>(pad) : with);
}
std::string box_of(std::uint32_t length, std::string_view message, std::string_view receiver = kBoxKey.receive_id) {
  return sealed_bytes(padded(box_plain(length, message, receiver)));
}
std::string flip(std::string text, std::size_t at) {
  text[at] = text[at] == 'A' ? 'B' : 'A';
  return text;
}
std::string open_as(const CallbackKey& key, std::string_view signature, std::string_view box, std::string_view time = kBoxTime, std::string_view nonce = kBoxNonce) {
  return outcome(open_callback(key, time, nonce, signature, box));
}

TEST(OpenCallback, RefusesWhatItsSignatureDoesNotCover) {
  const auto box = seal_message(kBoxKey, kBoxText, kBoxRandom), other = seal_message(kBoxKey, "other", kBoxRandom);
  const auto good = callback_signature(kBoxKey.token, kBoxTime, kBoxNonce, box);
  EXPECT_EQ(open_callback(kBoxKey, kBoxTime, kBoxNonce, good, box).value_or(""), kBoxText);
  const auto with_token = [](std::string token) { return CallbackKey{std::move(token), kBoxKey.aes_key, kBoxKey.receive_id}; };
  auto letter = good;
  *std::ranges::find_if(letter, [](char c) { return c >= 'a'; }) -= 'a' - 'A';
  auto upper = good;
  std::ranges::transform(upper, upper.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  struct { const char* what; std::string got; } const rows[] = {
      {"first letter of the cipher altered", open_as(kBoxKey, good, flip(box, 0))},
      {"a middle letter", open_as(kBoxKey, good, flip(box, box.size() / 2))},
      {"the last letter before the padding", open_as(kBoxKey, good, flip(box, box.find('=') == box.npos ? box.size() - 1 : box.find('=') - 1))},
      {"another box under an old signature", open_as(kBoxKey, good, other)},
      {"an old box under another's signature", open_as(kBoxKey, callback_signature(kBoxKey.token, kBoxTime, kBoxNonce, other), box)},
      {"cut at a block", open_as(kBoxKey, good, box.substr(0, 64))},
      {"a blank after", open_as(kBoxKey, good, box + " ")},
      {"+ read as blank, or a blank put in", open_as(kBoxKey, good, box.substr(0, 10) + " " + box.substr(11))},
      {"no cipher", open_as(kBoxKey, good, "")},
      {"another token", open_as(with_token("mVAAkiNMZc"), good, box)},
      {"the token in other letters", open_as(with_token("mvaakinmzb"), good, box)},
      {"no token here", open_as(with_token(""), callback_signature("", kBoxTime, kBoxNonce, box), box)},
      {"a later time", open_as(kBoxKey, good, box, "1735700002")},
      {"no time", open_as(kBoxKey, good, box, "")},
      {"another nonce", open_as(kBoxKey, good, box, kBoxTime, "1817645237")},
      {"no signature", open_as(kBoxKey, "", box)},
      {"zeros", open_as(kBoxKey, std::string(40, '0'), box)},
      {"upper case", open_as(kBoxKey, upper, box)},
      {"one letter in upper case", open_as(kBoxKey, letter, box)},
      {"one letter short", open_as(kBoxKey, std::string_view(good).substr(0, 39), box)},
      {"half of it", open_as(kBoxKey, std::string_view(good).substr(0, 20), box)},
      {"one letter more", open_as(kBoxKey, good + "0", box)},
      {"a zero byte more", open_as(kBoxKey, good + std::string(1, '\0'), box)},
      {"a blank before", open_as(kBoxKey, " " + good, box)},
      {"its raw bytes", open_as(kBoxKey, *unhex(good), box)},
      {"the signature of plain mode", open_as(kBoxKey, plain_signature(kBoxKey.token, kBoxTime, kBoxNonce), box)},
      {"signed without sorting", open_as(kBoxKey, sha1_hex(kBoxKey.token + std::string(kBoxTime) + std::string(kBoxNonce) + box), box)},
  };
  for (const auto& row : rows) EXPECT_EQ(row.got, "connect.callback_signature") << row.what;
  EXPECT_EQ(std::size(rows), 27u);
  // What the platform's rule cannot tell apart: the parts are sorted and joined, so their borders are not signed. The age of
  // the time and a memory of signatures are what stands against these.
  EXPECT_EQ(open_as(kBoxKey, good, box, kBoxNonce, kBoxTime), "ok");
  EXPECT_EQ(open_as(kBoxKey, good, box, "17357000011", "817645236"), "ok");
}

TEST(OpenCallback, RefusesABoxThatIsNotSoundHoweverWellSigned) {
  const auto box = seal_message(kBoxKey, kBoxText, kBoxRandom);
  const auto size = static_cast<std::uint32_t>(kBoxText.size());
  const auto plain = box_plain(size, kBoxText, kBoxKey.receive_id);
  std::string plus = box;  // one that shows its alphabet
  for (char c = 'a'; plus.find_first_of("+/") == plus.npos; ++c) plus = seal_message(kBoxKey, kBoxText, std::string(16, c));
  std::string safe = plus;
  for (char& c : safe) c = c == '+' ? '-' : c == '/' ? '_' : c;
  const auto bytes = *unbase64(box);
  std::string mixed = padded(plain);
  mixed[mixed.size() - 2] = static_cast<char>(mixed[mixed.size() - 2] ^ 1);
  std::string tail = base64(bytes.substr(0, bytes.size() - 1));  // "...x=": the letter before carries unused bits
  const auto loose = tail.substr(0, tail.size() - 2) + static_cast<char>(tail[tail.size() - 2] + 1) + "=";
  const std::string whole_pad(32, '\x20'), corp = kBoxKey.receive_id;
  struct { const char *what, *want; std::string box; } const rows[] = {
      {"sound, to begin with", "ok", box},
      {"sound, all the same", "ok", box_of(size, kBoxText)},
      {"empty", "connect.callback_cipher", ""},
      {"not base64", "connect.callback_cipher", "!!!not-base64!!!"},
      {"a blank inside", "connect.callback_cipher", box.substr(0, 8) + " " + box.substr(8)},
      {"a line end after", "connect.callback_cipher", box + "\n"},
      {"the alphabet of addresses", "connect.callback_cipher", safe},
      {"padding of base64 left off", "connect.callback_cipher", box_of(0, "").substr(0, 86)},
      {"too much of it", "connect.callback_cipher", box + "="},
      {"unused bits set", "connect.callback_cipher", loose},
      {"text after the padding", "connect.callback_cipher", tail + "AAAA"},
      {"one byte short of a block", "connect.callback_cipher", tail},
      {"one block only", "connect.callback_cipher", base64(bytes.substr(0, 16))},
      {"the last block missing", "connect.callback_cipher", base64(bytes.substr(0, bytes.size() - 16))},
      {"the last two missing", "connect.callback_cipher", base64(bytes.substr(0, bytes.size() - 32))},
      {"blocks in another order", "connect.callback_cipher", base64(bytes.substr(16, 16) + bytes.substr(0, 16) + bytes.substr(32))},
      {"under another key", "connect.callback_cipher", sealed_bytes(padded(plain), "472oipwN0Vw4QD52t9rKmUPm0aVzPzAKEGksmpBNqGF")},
      {"pad 0", "connect.callback_cipher", sealed_bytes(padded(plain, '\0') + std::string(32, '\0'))},
      {"pad 33", "connect.callback_cipher", sealed_bytes(box_plain(9, "nine more", corp) + std::string(33, '\x21'))},  // sound in all else
      {"pad 48", "connect.callback_cipher", sealed_bytes(box_plain(10, "ten of it.", corp) + std::string(48, '\x30'))},
      {"pad 255", "connect.callback_cipher", sealed_bytes(padded(plain, '\xFF'))},
      {"pad of several minds", "connect.callback_cipher", sealed_bytes(mixed)},
      {"pad longer than the text", "connect.callback_cipher", sealed_bytes(std::string(16, '\x20'))},
      {"pad and nothing else", "connect.callback_cipher", sealed_bytes(whole_pad)},
      {"no room for a length", "connect.callback_cipher", sealed_bytes(padded(std::string(19, 'r')))},
      {"length beyond the end", "connect.callback_cipher", box_of(size + 100, kBoxText)},
      {"length one beyond the end", "connect.callback_cipher", box_of(size + static_cast<std::uint32_t>(corp.size()) + 1, kBoxText)},
      {"length 2^32 - 1", "connect.callback_cipher", box_of(0xFFFFFFFF, kBoxText)},
      {"length that wraps to 0 with its header", "connect.callback_cipher", box_of(0xFFFFFFEC, kBoxText)},
      {"length 2^31", "connect.callback_cipher", box_of(0x80000000, kBoxText)},
      {"length one short", "connect.callback_receiver", box_of(size - 1, kBoxText)},
      {"length one long", "connect.callback_receiver", box_of(size + 1, kBoxText)},
      {"length of all that follows", "connect.callback_receiver", box_of(size + static_cast<std::uint32_t>(corp.size()), kBoxText)},
      {"another receiver", "connect.callback_receiver", box_of(size, kBoxText, "wwother0000000000")},
      {"no receiver", "connect.callback_receiver", box_of(size, kBoxText, "")},
      {"a receiver of which ours is the start", "connect.callback_receiver", box_of(size, kBoxText, corp + "0")},
      {"the start of ours", "connect.callback_receiver", box_of(size, kBoxText, corp.substr(0, 10))},
      {"ours in upper case", "connect.callback_receiver", box_of(size, kBoxText, "WWF5D6FEEA3A267CEB")},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(open_as(kBoxKey, callback_signature(kBoxKey.token, kBoxTime, kBoxNonce, row.box), row.box), row.want) << row.what;
  }
  EXPECT_GE(std::size(rows), 32u);
  const CallbackKey bad{kBoxKey.token, "short", kBoxKey.receive_id};
  EXPECT_EQ(open_as(bad, callback_signature(bad.token, kBoxTime, kBoxNonce, box), box), "connect.callback_aes_key");
}

TEST(OpenCallback, PublishedForgeriesFailForTheirOwnReason) {
  const auto file = json::parse(vectors::kept("wecom_crypto.json")).as_object();
  const std::map<std::string, std::string> want{
      {"signature mismatch", "connect.callback_signature"}, {"receive id differs from the configured corp id", "connect.callback_receiver"}};
  for (const auto& item : file.at("negative").as_array()) {
    const auto query = *read_callback_query(item.at("query").as_string());
    const auto envelope = read_sealed(std::string_view(item.at("body").as_string()));
    ASSERT_TRUE(envelope) << item.at("name");
    const auto got = outcome(open_callback(kBoxKey, query.timestamp, query.nonce, query.msg_signature, envelope->encrypt));
    const auto why = want.find(std::string(item.at("why").as_string()));
    const bool choice = item.at("expect") == "implementation choice";  // upper case: refused
    EXPECT_EQ(got, choice ? "connect.callback_signature" : why != want.end() ? why->second : "connect.callback_cipher") << item.at("name");
  }
}

TEST(CallbackKeys, TakesTheFourSpellingsOfOneKeyAndNoOther) {
  const std::string stem = kBoxKey.aes_key.substr(0, 42);
  for (const char last : {'o', 'p', 'q', 'r'}) EXPECT_EQ(hex(*callback_aes_key(stem + last)), hex(*callback_aes_key(kBoxKey.aes_key))) << last;
  EXPECT_NE(*callback_aes_key(stem + 'n'), *callback_aes_key(kBoxKey.aes_key));
  struct { CallbackKey key; const char* want; } const rows[] = {
      {kBoxKey, "ok"},
      {{"", kBoxKey.aes_key, "a"}, "connect.callback_token"},
      {{std::string(32, 't'), kBoxKey.aes_key, ""}, "ok"},
      {{std::string(33, 't'), kBoxKey.aes_key, "a"}, "connect.callback_token"},
      {{"a b", kBoxKey.aes_key, "a"}, "connect.callback_token"},
      {{"令牌", kBoxKey.aes_key, "a"}, "connect.callback_token"},
      {{"t", "", "a"}, "connect.callback_aes_key"},
      {{"t", stem, "a"}, "connect.callback_aes_key"},
      {{"t", kBoxKey.aes_key + "=", "a"}, "connect.callback_aes_key"},
      {{"t", stem + "=", "a"}, "connect.callback_aes_key"},
      {{"t", stem + " ", "a"}, "connect.callback_aes_key"},
      {{"t", stem + '\0', "a"}, "connect.callback_aes_key"},
      {{"t", "-" + stem, "a"}, "connect.callback_aes_key"},
  };
  for (const auto& row : rows) EXPECT_EQ(outcome(check_callback_key(row.key)), row.want) << row.key.token << " " << row.key.aes_key;
}

TEST(CallbackQueries, KeepAPlusAndReadEachNameOnce) {
  const auto q = read_callback_query("msg_signature=ab&timestamp=1&nonce=2&echostr=a+b%2Fc%3D%3D&openid=x&encrypt_type=aes&signature=cd");
  ASSERT_TRUE(q);
  EXPECT_EQ(q->echostr, "a+b/c==");
  EXPECT_EQ(q->msg_signature + q->timestamp + q->nonce + q->encrypt_type + q->signature, "ab12aescd");
  for (const auto bad : {"nonce=1&nonce=2", "echostr=%", "echostr=%4", "echostr=%zz", "nonce=%00", "timestamp&timestamp"})
    EXPECT_EQ(outcome(read_callback_query(bad)), "connect.callback_query") << bad;
  for (const auto thin : {"", "&&&", "=", "a=%zz", "nonce"}) EXPECT_EQ(outcome(read_callback_query(thin)), "ok") << thin;
}

TEST(SealedReply, CanBeOpenedWhateverIsEchoed) {
  for (const std::string nonce : {"630506391", "]]><Encrypt>x</Encrypt>", "]]>]]>", "<&>"}) {
    const auto reply = read_callback_xml(sealed_reply(kBoxKey, "已收到", nonce, nonce, kBoxRandom));
    ASSERT_TRUE(reply) << nonce;
    EXPECT_EQ(reply->fields.size(), 4u);
    EXPECT_EQ(reply->text("Nonce"), nonce);
    EXPECT_EQ(open_callback(kBoxKey, reply->text("TimeStamp"), nonce, reply->text("MsgSignature"), reply->text("Encrypt")).value_or("refused"), "已收到");
  }
}

RC_GTEST_PROP(OpenCallbackProperty, OpensWhatWasSealedAndNothingThatChanged, ()) {
  auto message = *rc::gen::arbitrary<std::string>();
  if (*rc::gen::weightedElement<bool>({{9, false}, {1, true}})) message.append(70'000, '\x9c');
  const CallbackKey key{"Token9", kBoxKey.aes_key, *rc::gen::element<std::string>("", "wwf5d6feea3a267ceb", "wx1179ef6b6a8e5d30")};
  const auto random = *rc::gen::container<std::string>(16, rc::gen::arbitrary<char>());
  const auto box = seal_message(key, message, random);
  const auto signature = callback_signature(key.token, kBoxTime, kBoxNonce, box);
  RC_ASSERT(open_callback(key, kBoxTime, kBoxNonce, signature, box).value() == message);

  std::string parts[] = {box, signature, std::string(kBoxTime), std::string(kBoxNonce)};
  auto& changed = parts[*rc::gen::inRange<std::size_t>(0, 4)];
  const auto at = *rc::gen::inRange<std::size_t>(0, changed.size());
  changed[at] = static_cast<char>(changed[at] ^ *rc::gen::inRange(1, 256));
  const auto got = open_callback(key, parts[2], parts[3], parts[1], parts[0]);
  RC_ASSERT(!got && got.error().code == "connect.callback_signature");

  // Signed anew, a changed cipher text may say something else, but not to us and never this.
  const auto again = open_callback(key, kBoxTime, kBoxNonce, callback_signature(key.token, kBoxTime, kBoxNonce, parts[0]), parts[0]);
  RC_ASSERT(parts[0] == box || !again || *again != message || parts[0].substr(0, 22) != box.substr(0, 22));
}

// --- what it says -----------------------------------------------------------------------------------------------------

std::string shape_of(const std::vector<XmlField>& fields) {
  std::string out;
  for (const auto& f : fields) out += f.name + "=" + f.text + (f.parts.empty() ? "" : "{" + shape_of(f.parts) + "}") + ";";
  return out;
}
std::string read_shape(std::string_view body) {
  const auto xml = read_callback_xml(body);
  return xml ? shape_of(xml->fields) : xml.error().code;
}

TEST(CallbackXmls, ReadsNamesAndTextsAndRefusesTheRest) {
  const std::string bad = "connect.callback_xml";
  const auto nested = [](int levels) {
    std::string out = "<xml>";
    for (int i = 0; i < levels; ++i) out += "<a>";
    for (int i = 0; i < levels; ++i) out += "</a>";
    return out + "</xml>";
  };
  std::string many = "<xml>";
  for (int i = 0; i < kCallbackXmlFields; ++i) many += "<a/>";
  struct { std::string body, want; } const rows[] = {
      {"<xml></xml>", ""},
      {"<xml/>", ""},
      {"<xml><A>1</A><B><![CDATA[<b>&amp;]]></B></xml>", "A=1;B=<b>&amp;;"},
      {"\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n <A> 1 </A>\n</xml>\n", "A= 1 ;"},
      {"<xml><A>\n<![CDATA[x]]>\n</A></xml>", "A=x;"},
      {"<xml><A><![CDATA[x]]]]><![CDATA[>y]]></A></xml>", "A=x]]>y;"},
      {"<xml><A>&lt;&gt;&amp;&quot;&apos;&#65;&#x4F1A;</A></xml>", "A=<>&\"'A会;"},
      {"<xml><A>&amp;nosuch;</A></xml>", "A=&nosuch;;"},
      {"<xml><A x='1'>1</A><!-- <B>2</B> --></xml>", "A=1;"},
      {"<xml><A>1</A><A>2</A></xml>", "A=1;A=2;"},
      {"<xml><L><Item>a</Item><Item><![CDATA[b]]></Item></L></xml>", "L={Item=a;Item=b;};"},
      {"", bad},
      {"hello", bad},
      {"{\"a\":1}", bad},
      {"<html></html>", bad},
      {"<XML></XML>", bad},
      {"<xml>", bad},
      {"<xml><A></xml>", bad},
      {"<xml></xml><xml></xml>", bad},
      {"<xml></xml>after", bad},
      {"before<xml></xml>", bad},
      {"<xml><A>1</B></xml>", bad},
      {"<!DOCTYPE xml><xml><A>1</A></xml>", bad},
      {"<!DOCTYPE xml [<!ENTITY a \"b\">]><xml><A>&a;</A></xml>", bad},
      {"<!DOCTYPE xml SYSTEM \"file:///etc/passwd\"><xml/>", bad},
      {"<xml><A>&nosuch;</A></xml>", bad},
      {"<xml><A>&amp</A></xml>", bad},
      {"<xml><A>a & b</A></xml>", bad},
      {"<xml><A>&#0;</A></xml>", bad},
      {"<xml><A>&#xD800;</A></xml>", bad},
      {"<xml><A>&#x110000;</A></xml>", bad},
      {"<xml><A>&#99999999999;</A></xml>", bad},
      {"<xml><A>&#x;</A></xml>", bad},
      {"<xml><A>\xC3\x28</A></xml>", bad},
      {std::string("<xml><A>\0</A></xml>", 18), bad},
      {std::string("<xml></xml>\0<xml></xml>", 23), bad},
      {nested(kCallbackXmlDepth + 1), bad},
      {nested(140'000), bad},
      {many + "</xml>", bad},
      {"<xml><A>" + std::string(kCallbackXmlMax, 'a') + "</A></xml>", bad},
  };
  for (const auto& row : rows) EXPECT_EQ(read_shape(row.body), row.want) << row.body.substr(0, 200);
  EXPECT_NE(read_shape(nested(kCallbackXmlDepth)), bad);
  EXPECT_EQ(read_callback_xml("<root><A>1</A></root>", "root")->text("A"), "1");
}

TEST(CallbackXmls, ListsComeInTwoForms) {
  const auto xml = *read_callback_xml("<xml><M><Item><![CDATA[wm1]]></Item><Item><![CDATA[wm2]]></Item></M><N><![CDATA[wm1, wm2,,]]></N><E/><T>x</T></xml>");
  EXPECT_EQ(xml.list("M"), (std::vector<std::string>{"wm1", "wm2"}));
  EXPECT_EQ(xml.list("N"), xml.list("M"));
  EXPECT_TRUE(xml.list("E").empty() && xml.list("absent").empty());
  EXPECT_EQ(xml.text("T"), "x");
  EXPECT_EQ(xml.text("absent"), "");
  EXPECT_EQ(xml.find("absent"), nullptr);
}

TEST(SealedEnvelopes, InXmlOrJsonWithEachNameOnce) {
  const auto read = [](std::string_view body) {
    const auto got = read_sealed(body);
    return got ? got->to_user + "|" + got->agent_id + "|" + got->encrypt : got.error().code;
  };
  EXPECT_EQ(read("<xml><Encrypt><![CDATA[E=]]></Encrypt><ToUserName>ww</ToUserName></xml>"), "ww||E=");
  EXPECT_EQ(read("<xml><ToUserName>ww</ToUserName><AgentID></AgentID><Encrypt/></xml>"), "ww||");  // an empty box is refused when opened
  EXPECT_EQ(read(" {\"ToUserName\":\"gh\",\"AgentID\":7,\"Encrypt\":\"E=\",\"more\":{}}"), "gh|7|E=");
  for (const auto bad : {"<xml><ToUserName>ww</ToUserName></xml>", "<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>", "{\"Encrypt\":[]}", "{}", "{\"Encrypt\":",
                         "[]", "", "{\"Encrypt\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}"})
    EXPECT_EQ(read(bad), "connect.callback_xml") << bad;
}

}  // namespace
}  // namespace koi::connect::crypto
