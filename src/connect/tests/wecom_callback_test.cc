// The door: what is not the platform's is refused and changes nothing; what is, is written down once.
#include "connect/crypto/aes.h"
#include "connect/tests/wecom_door.h"
#include "http/http.h"

namespace koi::connect::wecom::testing {
namespace {

/// A plaintext of the forger's own, padded by hand; they are given the key, which nobody should have.
std::string forged_box(std::string plain, int pad, std::size_t times) {
  const auto key = *simulate::aes_key_of(kDoorAes);
  plain.append(times, static_cast<char>(pad));
  const auto sealed = crypto::aes256_cbc_seal(key, std::string_view(key).substr(0, 16), plain);
  return sealed ? base64(*sealed) : "half a block";
}
std::string forged_plain(std::string_view xml, std::uint32_t length, std::string_view corp) {
  std::string out = "0123456789abcdef";
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift & 0xff);
  return out + std::string(xml) + std::string(corp);
}
std::size_t to_block(const std::string& plain, std::size_t block = 32) { return block - plain.size() % block; }

TEST(WecomDoor, ForgeriesAreRefusedAndChangeNothing) {
  DoorWorld x;
  const auto xml = x.add_xml("wmForged");
  const auto good = x.maker().words(xml).sign();
  struct Case { std::string what; SealedPush push; std::string want; std::string to = {}; };
  std::vector<Case> cases;
  const std::string signature = "connect.callback_signature", cipher = "connect.callback_cipher", query = "connect.callback_query", text = "connect.callback_xml",
                    expired = "connect.callback_expired", receiver = "connect.callback_receiver", large = "connect.callback_large";
  const auto add = [&](std::string what, SealedPush push, std::string want, std::string to = {}) { cases.push_back({std::move(what), std::move(push), std::move(want), std::move(to)}); };
  const auto spoilt = [&](std::string what, std::string want, auto&& spoil) {
    auto m = good;
    spoil(m);
    add(std::move(what), m.made(), std::move(want));
  };
  const auto boxed = [&](std::string what, std::string want, const std::string& box) {
    auto m = good;
    m.encrypt = box;
    add(std::move(what), m.sign().made(), std::move(want));
  };

  add("no query", {"", good.body()}, expired);
  add("no signature", {"timestamp=" + good.timestamp + "&nonce=" + good.nonce, good.body()}, signature);
  add("no time", {"msg_signature=" + good.signature + "&nonce=" + good.nonce, good.body()}, expired);
  add("no nonce", {"msg_signature=" + good.signature + "&timestamp=" + good.timestamp, good.body()}, signature);
  add("a name twice", {good.query() + "&timestamp=" + good.timestamp, good.body()}, query);
  add("a broken escape", {good.query() + "%2", good.body()}, query);
  spoilt("shouted", signature, [](auto& m) { std::ranges::transform(m.signature, m.signature.begin(), [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 32) : c; }); });
  spoilt("cut", signature, [](auto& m) { m.signature.pop_back(); });
  spoilt("longer", signature, [](auto& m) { m.signature += "0"; });
  spoilt("a digit off", signature, [](auto& m) { m.signature[7] = m.signature[7] == '0' ? '1' : '0'; });
  spoilt("empty signature", signature, [](auto& m) { m.signature.clear(); });
  spoilt("another token", signature, [](auto& m) { m.token = "QDG6eL", m.sign(); });
  spoilt("no token", signature, [](auto& m) { m.token.clear(), m.sign(); });
  spoilt("another nonce", signature, [](auto& m) { m.nonce += "1"; });
  spoilt("another second", signature, [](auto& m) { m.timestamp.back() = m.timestamp.back() == '0' ? '1' : '0'; });
  spoilt("a letter of the box", signature, [](auto& m) { m.encrypt[40] = m.encrypt[40] == 'A' ? 'B' : 'A'; });
  spoilt("the plain manner", signature, [](auto& m) { m.signature = simulate::signature_of(m.token, m.timestamp, m.nonce, ""); });
  spoilt("another key, our token", cipher, [&](auto& m) { m.aes = "RoWN5jGeBbTnp1bX5DFIVBpFXL15cxoldyQ9NU072yr", m.words(xml).sign(); });
  spoilt("another corp", receiver, [&](auto& m) { m.words(xml, "ww0000000000000000").sign(); });
  spoilt("nobody's", receiver, [&](auto& m) { m.words(xml, "").sign(); });
  spoilt("half the corp", receiver, [&](auto& m) { m.words(xml, m.corp.substr(0, 8)).sign(); });
  spoilt("more than the corp", receiver, [&](auto& m) { m.words(xml, m.corp + "x").sign(); });
  const auto plain = forged_plain(xml, static_cast<std::uint32_t>(xml.size()), x.corp);
  const auto pad = to_block(plain);
  boxed("pad 0", cipher, forged_box(plain, 0, pad));
  boxed("pad 33", cipher, forged_box(plain, 33, pad));
  boxed("pad 255", cipher, forged_box(plain, 255, pad));
  boxed("pad one short", cipher, forged_box(plain, static_cast<int>(pad) == 1 ? 2 : static_cast<int>(pad) - 1, pad));
  boxed("pad of two minds", cipher, forged_box(plain + std::string(to_block(plain) - 1, 'x'), 32, 1));
  boxed("length beyond", cipher, [&] { auto p = forged_plain(xml, static_cast<std::uint32_t>(xml.size() + 4096), x.corp); return forged_box(p, static_cast<int>(to_block(p)), to_block(p)); }());
  boxed("length that wraps", cipher, [&] { auto p = forged_plain(xml, 0xffffffff, x.corp); return forged_box(p, static_cast<int>(to_block(p)), to_block(p)); }());
  boxed("length a little short", receiver, [&] { auto p = forged_plain(xml, static_cast<std::uint32_t>(xml.size() - 1), x.corp); return forged_box(p, static_cast<int>(to_block(p)), to_block(p)); }());
  boxed("half a block", cipher, base64(std::string(33, 'a')));
  boxed("one block", cipher, base64(std::string(16, 'a')));
  boxed("no base64", cipher, "%%%%" + good.encrypt.substr(4));
  boxed("a blank in base64", cipher, good.encrypt.substr(0, 20) + " " + good.encrypt.substr(20));
  spoilt("old", expired, [&](auto& m) { m.at(x.w.clock().now() - Millis(301'000)).sign(); });
  spoilt("ahead", expired, [&](auto& m) { m.at(x.w.clock().now() + Millis(301'000)).sign(); });
  spoilt("milliseconds", expired, [&](auto& m) { m.timestamp += "000", m.sign(); });
  spoilt("year 1970", expired, [](auto& m) { m.timestamp = "0", m.sign(); });
  spoilt("before time", expired, [](auto& m) { m.timestamp = "-" + m.timestamp, m.sign(); });
  spoilt("no number", expired, [](auto& m) { m.timestamp = "now", m.sign(); });
  add("too large", {good.query(), good.body() + std::string(kPushBytesMax, ' ')}, large);
  add("no XML", {good.query(), "hello"}, text);
  add("empty", {good.query(), ""}, text);
  add("a document type", {good.query(), "<!DOCTYPE xml [<!ENTITY a \"b\">]>" + good.body()}, text);
  add("two boxes", {good.query(), "<xml><Encrypt>" + good.encrypt + "</Encrypt><Encrypt>" + good.encrypt + "</Encrypt></xml>"}, text);
  add("no box", {good.query(), "<xml><ToUserName>" + x.corp + "</ToUserName></xml>"}, text);
  spoilt("broken inside", text, [](auto& m) { m.words("<xml><a></xml>").sign(); });
  spoilt("says nothing", text, [](auto& m) { m.words("<xml></xml>").sign(); });
  spoilt("a bomb inside", text, [](auto& m) { m.words("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><xml><MsgType>&b;</MsgType></xml>").sign(); });
  add("a corp nobody knows", good.made(), signature, "ww1111111111111111");
  ASSERT_GE(cases.size(), 45u);

  std::map<std::string, std::int64_t> refused;
  for (const auto& c : cases) {
    const auto reply = x.post(c.push, c.to);
    EXPECT_EQ(outcome(reply), c.want) << c.what;
    if (reply) continue;
    EXPECT_TRUE(http::known_code(reply.error().code)) << reply.error().code;
    const auto status = http::status_of(reply.error().kind);
    EXPECT_TRUE(status >= 400 && status < 500) << c.what << " " << status;
    EXPECT_EQ(reply.error().detail.find(kDoorToken), std::string::npos);
    if (c.to.empty()) ++refused[reply.error().code];
  }
  x.connect(true);
  EXPECT_EQ(outcome(x.post(good.made())), signature) << "a corp that was switched off";
  x.connect(false);
  EXPECT_EQ(x.w.count("connect_callback"), 0);
  EXPECT_EQ(x.w.count("connect_callback_seal"), 0);
  EXPECT_EQ(x.w.count("person"), 0);
  x.desk->stop();  // what was counted is written down
  const auto health = x.w.read([&](Tx& tx) { return health_of(tx, x.corp); });
  ASSERT_TRUE(health);
  std::map<std::string, std::int64_t> counted;
  for (const auto& r : health->refused) counted[r.reason] = r.times;
  EXPECT_EQ(counted, refused);

  const auto reply = x.post(good.made());
  ASSERT_EQ(outcome(reply), "ok");
  EXPECT_EQ(reply->body, "success");
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(x.w.count("connect_callback"), 1) << "and what nobody touched is taken";
}

TEST(WecomDoor, WhatComesAgainIsTakenOnce) {
  DoorWorld x;
  const auto xml = x.add_xml("wmTwice");
  const auto push = x.maker().words(xml).sign().made();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(outcome(x.post(push)), "ok") << "an honest repetition is no offence";
  auto again = x.maker();
  again.nonce = "5";
  EXPECT_EQ(outcome(x.post(again.words(xml).sign().made())), "ok") << "sealed anew";
  EXPECT_EQ(x.w.count("connect_callback"), 1);
  EXPECT_EQ(x.w.number("SELECT times FROM connect_callback"), 4);
  x.work();
  EXPECT_EQ(outcome(x.post(push)), "ok");
  x.work();
  EXPECT_EQ(x.w.count("person"), 1);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM relation WHERE state = 'active'"), 1);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_callback WHERE state = 'done'"), 1);
  x.w.clock().advance(Millis(kPushSkewMs + 1000));
  EXPECT_EQ(outcome(x.post(push)), "connect.callback_expired") << "kept and played again";

  // A seal that carried other words could only come from somebody who broke it.
  auto opened = open_push(**corp_by_id(x.db(), x.corp), x.maker().words(xml).sign().query(), x.maker().words(xml).sign().body(), x.w.clock().now());
  ASSERT_TRUE(opened);
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return take_push(tx, x.corp, *opened); })), "ok");
  opened->said = "other words";
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return take_push(tx, x.corp, *opened); })), "connect.callback_replayed");
}

TEST(WecomDoor, TheAddressIsVerified) {
  DoorWorld x;
  auto m = x.maker().words("1616140317555161061").sign();
  const auto ask = [&](const PushMaker& maker, bool escaped) {
    std::string echo;
    for (const char c : maker.encrypt) echo += escaped && c == '+' ? "%2B" : escaped && c == '/' ? "%2F" : escaped && c == '=' ? "%3D" : std::string(1, c);
    return DoorCall(x.db(), x.corp, maker.query() + "&echostr=" + echo, "").send("GET");
  };
  for (const bool escaped : {true, false}) {
    const auto reply = ask(m, escaped);
    ASSERT_EQ(outcome(reply), "ok");
    EXPECT_EQ(reply->body, "1616140317555161061") << "bare";
  }
  auto forged = m;
  forged.signature[0] = forged.signature[0] == 'a' ? 'b' : 'a';
  EXPECT_EQ(outcome(ask(forged, true)), "connect.callback_signature");
  EXPECT_EQ(outcome(ask(m.at(x.w.clock().now() - Millis(301'000)).sign(), true)), "connect.callback_expired");
  EXPECT_EQ(x.w.count("connect_callback"), 0);
}

TEST(WecomDoor, AKeyThatWasChangedStillOpensWhatIsOnItsWay) {
  DoorWorld x;
  const auto push = x.maker().words(x.add_xml("wmOld")).sign().made();
  ASSERT_TRUE(x.w.write([&](Tx& tx) { return put_corp(tx, {.corp_id = x.corp, .aes_key = "RoWN5jGeBbTnp1bX5DFIVBpFXL15cxoldyQ9NU072yr"}, std::string(32, 'k')); }));
  corp_changed(x.db(), x.corp);
  EXPECT_EQ(outcome(x.post(push)), "ok");
  auto fresh = x.maker();
  fresh.aes = "RoWN5jGeBbTnp1bX5DFIVBpFXL15cxoldyQ9NU072yr";
  EXPECT_EQ(outcome(x.post(fresh.words(x.add_xml("wmNew")).sign().made())), "ok");
  EXPECT_EQ(x.w.count("connect_callback"), 2);
}

TEST(WecomDoor, WhatNobodyKnowsIsKeptAndShown) {
  DoorWorld x;
  const auto kf = push_xml(x.corp, x.seconds(), "kf_msg_or_event", "", {{"Token", "t"}, {"OpenKfId", "wk1"}});
  const auto odd = push_xml(x.corp, x.seconds(), "change_external_contact", "something_new", {{"UserID", "u"}, {"ExternalUserID", "wm"}});
  const auto low = push_xml(x.corp, x.seconds(), "customer_acquisition", "open_profile", {});
  for (const auto& xml : {kf, odd, low}) EXPECT_EQ(outcome(x.post(x.maker().words(xml).sign().made())), "ok");
  x.work();
  const auto rows = x.w.read([&](Tx& tx) { return list_pushes(tx, {.corp_id = x.corp, .state = "unknown", .before = 0, .limit = 10}); });
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 3u);
  EXPECT_EQ((*rows)[0].kind, "customer_acquisition/open_profile");
  EXPECT_EQ((*rows)[1].body, odd);
  EXPECT_EQ(x.w.count("person"), 0);
}

TEST(WecomDoor, FailuresWaitAreShownAndPlayedAgain) {
  DoorWorld x;
  EXPECT_EQ(outcome(x.post(x.maker().words(x.add_xml("wmBad")).sign().made())), "ok");
  EXPECT_EQ(outcome(x.post(x.maker().words(x.add_xml("wmGood")).sign().made())), "ok");
  const auto whole = x.w.read([](Tx& tx) { return tx.one<std::string>("SELECT body FROM connect_callback WHERE body LIKE '%wmBad%'"); });
  ASSERT_TRUE(whole);
  ASSERT_TRUE(x.w.write([](Tx& tx) { return tx.exec("UPDATE connect_callback SET body = '<xml>wmBad' WHERE body LIKE '%wmBad%'"); }));
  x.work();
  EXPECT_EQ(x.w.count("person"), 1) << "the other one goes on";
  for (int i = 1; i < kPushTries; ++i) {
    EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_callback WHERE state = 'waiting'"), 1) << i;
    x.w.clock().advance(std::chrono::hours(1));
    x.work();
  }
  const auto rows = x.w.read([&](Tx& tx) { return list_pushes(tx, {.corp_id = x.corp, .state = "failed", .before = 0, .limit = 10}); });
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().tries, kPushTries);
  EXPECT_TRUE(rows->front().error.starts_with("connect.callback_xml")) << rows->front().error;
  ASSERT_TRUE(x.w.write([&](Tx& tx) { return tx.exec("UPDATE connect_callback SET body = $1 WHERE state = 'failed'", *whole); }));
  const auto played = x.w.write([&](Tx& tx) { return replay_pushes(tx, x.corp, {}); });
  EXPECT_EQ(played.value_or(-1), 1);
  x.work();
  EXPECT_EQ(x.w.count("person"), 2);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_callback WHERE state = 'done'"), 2);
}

}  // namespace
}  // namespace koi::connect::wecom::testing
