#include <gtest/gtest.h>

#include "base/crypto.h"
#include "connect/connect.h"
#include "connect/crypto/callback.h"
#include "connect/tests/wechat_lab.h"
#include "connect/wechat/account.h"
#include "connect/wechat/callback.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/fans.h"
#include "connect/wechat/login.h"
#include "connect/wechat/messages.h"
#include "entry/arrivals.h"
#include "entry/entry.h"
#include "entry/roster.h"
#include "entry/ways.h"
#include "people/people.h"
#include "team/team.h"
#include "tests/support/world.h"

namespace koi::connect::wechat {
namespace oa_cases {

using koi::testing::outcome;
using koi::testing::World;
namespace json = boost::json;

constexpr std::int64_t kNow = 1'795'000'000'000;
const std::string kApp = "wx1179ef6b6a8e5d30", kMini = "wxe7d772422db5e4c3", kToken = "aiXvRxpZN9on", kAes = "t8BaWDOrKgcFE5R5Fp01rAUGAQ3bEhl9nfvAgBIslUW";
const std::string kSeal(32, 's');

World::Schemas all_schemas() {
  return {store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), entry::schema(), commerce::schema(), team::schema(), connect::schema()};
}

/// A store, a platform, an official account and a mini program.
struct Shop {
  Shop() : w(all_schemas()) {
    w.set_now_ms(kNow);
    EXPECT_TRUE(w.write([](Tx& tx) { return events::install_catalogue(tx); }));
    desk = std::make_unique<Desk>(w.db(), platform, DeskOptions{.threads = 0, .seal_key = kSeal});
    put({.app = kApp, .kind = "oa", .secret = "s3cret", .token = kToken, .aes_key = kAes});
    put({.app = kMini, .kind = "mini", .secret = "m1ni"});
    platform.say(lab::kTokenPath, R"({"access_token":"tok-1","expires_in":7200})");
  }
  void put(const PutAccount& cmd) { EXPECT_EQ(outcome(w.write([&](Tx& tx) { return put_account(tx, cmd, kSeal); })), "ok"); }
  Account account(const std::string& app) {
    return *w.read([&](Tx& tx) { return any_account(tx, app, kSeal); });
  }
  /// The whole way of a push, without the wire: its reply, or the code it was refused with.
  std::string push(const std::string& text, std::int64_t seconds = kNow / 1000, const std::string& nonce = "n1", const std::string& key = kAes) {
    const auto stamp = std::to_string(seconds);
    const auto sealed = crypto::seal_message({kToken, key, kApp}, text, std::string(16, 'r'));
    const auto body = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA[" + sealed + "]]></Encrypt></xml>";
    crypto::CallbackQuery query{crypto::callback_signature(kToken, stamp, nonce, sealed), crypto::plain_signature(kToken, stamp, nonce), stamp, nonce, {}, "aes"};
    return take(query, body);
  }
  std::string take(const crypto::CallbackQuery& query, const std::string& body) {
    const auto opened = open_push(account(kApp), query, body, w.clock().now());
    if (!opened) return opened.error().code;
    const auto read = read_push(opened->text);
    if (!read) return read.error().code;
    auto got = w.write([&](Tx& tx) -> Result<std::string> {
      TRY(const bool fresh, note_push(tx, kApp, opened->seal, push_name(*read), body));
      if (!fresh) return "known";
      TRY(const auto said, take_push(tx, kApp, *read));
      return said.xml.empty() ? "success" : said.xml;
    });
    if (!got && got.error().code == "store.sql") ADD_FAILURE() << got.error().detail;
    return got ? *got : got.error().code;
  }
  std::int64_t events_of(const std::string& kind) {
    const auto all = w.read([](Tx& tx) { return events::after(tx, 0, 10'000); });
    return std::ranges::count(*all, kind, &events::Stored::kind);
  }
  events::Stored last(const std::string& kind) {
    const auto all = w.read([](Tx& tx) { return events::after(tx, 0, 10'000); });
    for (auto at = all->rbegin(); at != all->rend(); ++at)
      if (at->kind == kind) return *at;
    ADD_FAILURE() << "no " << kind;
    return {};
  }
  World w;
  lab::Platform platform;
  std::unique_ptr<Desk> desk;
};

std::string event(const std::string& openid, const std::string& name, const std::string& key = {}, std::int64_t at = kNow / 1000, const std::string& more = {}) {
  return "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[" + openid + "]]></FromUserName><CreateTime>" + std::to_string(at) +
         "</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[" + name + "]]></Event><EventKey><![CDATA[" + key + "]]></EventKey>" + more + "</xml>";
}
std::string text(const std::string& openid, const std::string& content, const std::string& id) {
  return "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[" + openid + "]]></FromUserName><CreateTime>" + std::to_string(kNow / 1000) +
         "</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[" + content + "]]></Content><MsgId>" + id + "</MsgId></xml>";
}

}  // namespace oa_cases
using namespace oa_cases;

TEST(WechatAccount, KeepsSecretsSealedAndRefusesWhatCannotWork) {
  Shop s;
  const struct { PutAccount put; const char* want; } rows[] = {
      {{.app = "wx 1", .kind = "oa", .secret = "a", .token = kToken, .aes_key = kAes}, "connect.channel_app"},
      {{.app = "wx2", .kind = "shop", .secret = "a"}, "connect.channel_app"},
      {{.app = "wx2", .kind = "oa", .token = kToken, .aes_key = kAes}, "connect.channel_secret"},
      {{.app = "wx2", .kind = "oa", .secret = "a", .token = "", .aes_key = kAes}, "connect.callback_token"},
      {{.app = "wx2", .kind = "oa", .secret = "a", .token = kToken, .aes_key = "short"}, "connect.callback_aes_key"},
      {{.app = "wx2", .kind = "oa", .secret = "a", .token = kToken}, "connect.callback_aes_key"},
      {{.app = "wx2", .kind = "oa", .mode = "plain", .secret = "a", .token = kToken}, "ok"},
      {{.app = "wx2", .kind = "oa", .base_url = "ftp://x"}, "connect.channel_url"},
      {{.app = "wx2", .kind = "mini"}, "connect.channel_kind"},
      {{.app = "wx3", .kind = "mini", .secret = "a"}, "ok"},
      {{.app = "19x", .kind = "pay"}, "connect.channel_app"},
      {{.app = "1903210131", .kind = "pay", .api_key = "short"}, "connect.pay_api_key"},
      {{.app = "1903210131", .kind = "pay", .api_key = std::string(32, 'k')}, "connect.channel_secret"},
      {{.app = "1903210131", .kind = "pay", .api_key = std::string(32, 'k'), .private_key = "no", .serial_no = "A"}, "connect.rsa_key"},
  };
  for (const auto& r : rows) EXPECT_EQ(outcome(s.w.write([&](Tx& tx) { return put_account(tx, r.put, kSeal); })), r.want) << r.put.app << r.want;

  EXPECT_EQ(s.account(kApp).secrets.secret, "s3cret");
  EXPECT_EQ(outcome(s.w.read([&](Tx& tx) { return any_account(tx, kApp, std::string(32, 'x')); })), "connect.seal_key");
  // What is left out stays; a key that changes is remembered; one that is disabled is not found.
  s.put({.app = kApp, .kind = "oa", .disabled = true, .aes_key = std::string(43, 'B')});
  EXPECT_EQ(s.account(kApp).secrets.aes_key_before, kAes);
  EXPECT_EQ(s.account(kApp).secrets.secret, "s3cret");
  EXPECT_EQ(outcome(s.w.read([&](Tx& tx) { return find_account(tx, kApp, kSeal); })), "connect.no_channel");
  EXPECT_EQ(outcome(s.w.write([&](Tx& tx) { return drop_account(tx, kApp); })), "ok");
  EXPECT_EQ(outcome(s.w.write([&](Tx& tx) { return drop_account(tx, kApp); })), "connect.no_channel");
}

TEST(WechatToken, IsAskedForOnceUntilItEnds) {
  Shop s;
  const auto host = *s.desk->host(kApp);
  s.platform.say("/cgi-bin/user/get", R"({"total":0,"count":0})");
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(host->get("/cgi-bin/user/get"));
  ASSERT_EQ(s.platform.at(lab::kTokenPath).size(), 1u);
  const auto asked = s.platform.at(lab::kTokenPath)[0].json();
  EXPECT_EQ(json::serialize(asked), R"({"grant_type":"client_credential","appid":"wx1179ef6b6a8e5d30","secret":"s3cret"})");
  EXPECT_EQ(s.platform.at("/cgi-bin/user/get")[4].query["access_token"], "tok-1");
  s.w.clock().advance(Millis(6'899'000));
  EXPECT_TRUE(host->get("/cgi-bin/user/get"));
  EXPECT_EQ(s.platform.at(lab::kTokenPath).size(), 1u);
  s.w.clock().advance(Millis(1'000));  // five minutes before its end
  EXPECT_TRUE(host->get("/cgi-bin/user/get"));
  EXPECT_EQ(s.platform.at(lab::kTokenPath).size(), 2u);
}

TEST(WechatToken, ADeadOneIsReplacedOnceAndForcedWhenTheSameComesBack) {
  Shop s;
  const auto host = *s.desk->host(kApp);
  s.platform.say_once("/cgi-bin/user/get", R"({"errcode":40014,"errmsg":"invalid access_token"})");
  s.platform.say("/cgi-bin/user/get", R"({"total":0})");
  s.platform.say_once(lab::kTokenPath, R"({"access_token":"tok-1","expires_in":7200})");
  s.platform.say_once(lab::kTokenPath, R"({"access_token":"tok-1","expires_in":7000})");
  s.platform.say_once(lab::kTokenPath, R"({"access_token":"tok-2","expires_in":7200})");
  EXPECT_TRUE(host->get("/cgi-bin/user/get"));
  const auto tokens = s.platform.at(lab::kTokenPath);
  ASSERT_EQ(tokens.size(), 3u);
  EXPECT_FALSE(tokens[1].json().contains("force_refresh"));
  EXPECT_TRUE(tokens[2].json().at("force_refresh").as_bool());
  EXPECT_EQ(s.platform.at("/cgi-bin/user/get")[1].query["access_token"], "tok-2");
  // It dies again at once: no loop.
  s.platform.say("/cgi-bin/user/get", R"({"errcode":42001,"errmsg":"expired"})");
  EXPECT_EQ(outcome(host->get("/cgi-bin/user/get")), "connect.wechat_credentials");
  EXPECT_EQ(s.platform.at("/cgi-bin/user/get").size(), 4u);
}

TEST(WechatToken, AWrongSecretIsNotTriedAgainForAMinute) {
  Shop s;
  const auto host = *s.desk->host(kApp);
  s.platform.say(lab::kTokenPath, R"({"errcode":40125,"errmsg":"invalid appsecret"})");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(outcome(host->get("/cgi-bin/user/get")), "connect.wechat_credentials");
  EXPECT_EQ(s.platform.at(lab::kTokenPath).size(), 1u);
  s.w.clock().advance(Millis(61'000));
  EXPECT_EQ(outcome(host->get("/cgi-bin/user/get")), "connect.wechat_credentials");
  EXPECT_EQ(s.platform.at(lab::kTokenPath).size(), 2u);
  EXPECT_TRUE(s.platform.at("/cgi-bin/user/get").empty());
}

TEST(WechatHost, TellsWhatDidNotHappenFromWhatMayHave) {
  Shop s;
  const auto host = *s.desk->host(kApp);
  const std::string path = "/cgi-bin/message/custom/send";
  const struct { const char *body, *want; } rows[] = {
      {R"({"errcode":0,"errmsg":"ok"})", "ok"}, {R"({"msgid":1})", "ok"},
      {R"({"errcode":45009,"errmsg":"reach max api daily quota limit"})", "connect.wechat_limit"},
      {R"({"errcode":45015,"errmsg":"out of response window"})", "connect.wechat_window"},
      {R"({"errcode":43004,"errmsg":"require subscribe"})", "connect.wechat_not_follower"},
      {R"({"errcode":43101,"errmsg":"user refuse"})", "connect.wechat_not_accepted"},
      {R"({"errcode":40164,"errmsg":"invalid ip 1.2.3.4"})", "connect.wechat_ip"},
      {R"({"errcode":48001,"errmsg":"api unauthorized"})", "connect.wechat_right"},
      {R"({"errcode":61007,"errmsg":"whatever"})", "connect.wechat_refused"},
      {"<html>gateway</html>", "connect.wechat_unknown"},
  };
  for (const auto& r : rows) {
    s.platform.say_once(path, r.body);
    EXPECT_EQ(outcome(host->post(path, {})), r.want) << r.body;
  }
  const auto asked = s.platform.at(path).size();
  s.platform.lose_once(path);
  EXPECT_EQ(outcome(host->post(path, {})), "connect.wechat_unknown");
  s.platform.lose_once(path, "connect.unreachable");
  EXPECT_EQ(outcome(host->post(path, {})), "connect.unreachable");
  EXPECT_EQ(s.platform.at(path).size(), asked + 2);  // what may have happened is not done again
  for (int i = 0; i < 2; ++i) s.platform.say_once(path, R"({"errcode":-1,"errmsg":"system busy"})");
  s.platform.say_once(path, R"({"errcode":0})");
  EXPECT_EQ(outcome(host->post(path, {})), "ok");
  EXPECT_EQ(s.platform.at(path).size(), asked + 5);
}

TEST(WechatPush, FollowScanTalkAndLeave) {
  Shop s;
  EXPECT_EQ(s.push(event("oA", "subscribe"), kNow / 1000, "a1"), "success");
  EXPECT_EQ(s.events_of("follow_subscribed"), 1);
  EXPECT_EQ(s.last("follow_subscribed").props, R"({"app_id":"wx1179ef6b6a8e5d30","is_first":true})");
  const auto person = s.last("follow_subscribed").person;
  EXPECT_EQ(*s.w.read([&](Tx& tx) { return people::find(tx, {"wx_openid:" + kApp, "oA"}); }), std::optional(person));
  EXPECT_EQ(*s.w.read([&](Tx& tx) { return openid_of(tx, person, kApp); }), std::optional<std::string>("oA"));

  EXPECT_EQ(s.push(text("oA", "你好", "77001"), kNow / 1000, "a2"), "success");
  EXPECT_EQ(json::parse(s.last("message_received_from_customer").props).at("text").as_string(), "你好");
  EXPECT_EQ(s.push(event("oA", "CLICK", "menu_1"), kNow / 1000, "a3"), "success");
  EXPECT_EQ(json::parse(s.last("menu_clicked").props).at("key").as_string(), "menu_1");
  EXPECT_EQ(s.push(event("oA", "VIEW", "https://x.example.com/"), kNow / 1000, "a4"), "success");
  EXPECT_EQ(s.events_of("menu_clicked"), 2);
  EXPECT_EQ(s.push(event("oA", "LOCATION"), kNow / 1000, "a5"), "success");  // of no interest
  EXPECT_EQ(s.push(event("oA", "unsubscribe", "", kNow / 1000 + 9), kNow / 1000, "a6"), "success");
  EXPECT_EQ(s.w.number("SELECT follows FROM wechat_fan WHERE openid = 'oA'"), 0);
  // News from before the last word does not turn it round; it is told all the same.
  EXPECT_EQ(s.push(event("oA", "subscribe", "", kNow / 1000 + 5), kNow / 1000, "a7"), "success");
  EXPECT_EQ(s.w.number("SELECT follows FROM wechat_fan WHERE openid = 'oA'"), 0);
  EXPECT_EQ(json::parse(s.last("follow_subscribed").props).at("is_first").as_bool(), false);
  EXPECT_EQ(s.w.count("person"), 1);
}

TEST(WechatPush, EachOneTakesEffectOnce) {
  Shop s;
  const auto t = kNow / 1000;
  EXPECT_EQ(s.push(text("oA", "你好", "1"), t, "a"), "success");
  EXPECT_EQ(s.push(text("oA", "你好", "1"), t, "a"), "known");      // the very same call
  EXPECT_EQ(s.push(text("oA", "你好", "1"), t + 5, "b"), "known");  // the platform's repeat, signed anew
  EXPECT_EQ(s.push(text("oA", "你好", "2"), t, "c"), "success");
  EXPECT_EQ(s.push(event("oA", "subscribe", "", t), t, "d"), "success");
  EXPECT_EQ(s.push(event("oA", "subscribe", "", t), t + 5, "e"), "known");
  EXPECT_EQ(s.push(event("oA", "CLICK", "k", t), t, "f"), "success");  // same person, same second, another event
  EXPECT_EQ(s.events_of("message_received_from_customer"), 2);
  EXPECT_EQ(s.events_of("follow_subscribed"), 1);
}

TEST(WechatPush, ForgeriesAreRefused) {
  Shop s;
  const auto t = kNow / 1000;
  const auto good = text("oA", "x", "1");
  EXPECT_EQ(s.push(good, t - 301), "connect.callback_expired");
  EXPECT_EQ(s.push(good, t + 301), "connect.callback_expired");
  EXPECT_EQ(s.push(good, t, "n", std::string(43, 'C')), "connect.callback_cipher");
  const auto stamp = std::to_string(t);
  const auto sealed = crypto::seal_message({kToken, kAes, "wxother"}, good, std::string(16, 'r'));
  const auto body = "<xml><ToUserName>g</ToUserName><Encrypt>" + sealed + "</Encrypt></xml>";
  const auto sign = [&](const std::string& token, const std::string& what) { return crypto::callback_signature(token, stamp, "n", what); };
  EXPECT_EQ(s.take({sign(kToken, sealed), {}, stamp, "n", {}, "aes"}, body), "connect.callback_receiver");
  EXPECT_EQ(s.take({sign("other", sealed), {}, stamp, "n", {}, "aes"}, body), "connect.callback_signature");
  EXPECT_EQ(s.take({{}, {}, stamp, "n", {}, "aes"}, body), "connect.callback_signature");
  EXPECT_EQ(s.take({sign(kToken, sealed), {}, "soon", "n", {}, "aes"}, body), "connect.callback_expired");
  // A bare push, rightly signed, where seals are asked for.
  EXPECT_EQ(s.take({{}, crypto::plain_signature(kToken, stamp, "n"), stamp, "n", {}, {}}, good), "connect.callback_signature");
  EXPECT_EQ(s.w.count("wechat_seen"), 0);
  EXPECT_EQ(s.w.count("person"), 0);
}

TEST(WechatPush, APlainSignatureIsGoodForOneBody) {
  Shop s;
  s.put({.app = kApp, .kind = "oa", .mode = "plain"});
  const auto stamp = std::to_string(kNow / 1000);
  const crypto::CallbackQuery query{{}, crypto::plain_signature(kToken, stamp, "n"), stamp, "n", {}, {}};
  EXPECT_EQ(s.take(query, text("oA", "x", "1")), "success");
  EXPECT_EQ(s.take(query, text("oA", "x", "1")), "known");
  EXPECT_EQ(s.take(query, text("oEvil", "y", "2")), "connect.callback_replayed");
  EXPECT_EQ(s.w.count("person"), 1);
}

TEST(WechatPush, TheKeyBeforeStillOpens) {
  Shop s;
  const std::string fresh(43, 'B');
  s.put({.app = kApp, .kind = "oa", .aes_key = fresh});
  EXPECT_EQ(s.push(text("oA", "old", "1"), kNow / 1000, "a", kAes), "success");
  EXPECT_EQ(s.push(text("oA", "new", "2"), kNow / 1000, "b", fresh), "success");
}

TEST(WechatPush, JsonReadsLikeXml) {
  const auto x = read_push(R"({"ToUserName":"gh","FromUserName":"oA","CreateTime":1735800100,"MsgType":"event","Event":"subscribe_msg_popup_event","List":[{"TemplateId":"t","Ok":true}]})");
  ASSERT_TRUE(x);
  EXPECT_EQ(x->text("CreateTime"), "1735800100");
  EXPECT_EQ(x->find("List")->parts[0].parts[0].text, "t");
  for (const char* bad : {"{", "{}x", "[1]", R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}})"})
    EXPECT_EQ(outcome(read_push(bad)), "connect.callback_xml") << bad;
}

TEST(WechatCode, IsMadeOnceAndItsScansAreCounted) {
  Shop s;
  s.platform.say("/cgi-bin/qrcode/create", R"({"ticket":"gQ==","expire_seconds":2592000,"url":"http://weixin.qq.com/q/1"})");
  const auto scope = Scope::everything("test");
  const NewCode want{.app = kApp, .name = "店门", .channel = "store", .scene = "lc_000123", .days = 30};
  const auto added = s.w.write([&](Tx& tx) { return add_code(tx, scope, "oa", want); });
  ASSERT_TRUE(added) << added.error().code;
  for (int i = 0; i < 2; ++i) {
    const auto made = make_code(*s.desk, added->id);
    ASSERT_TRUE(made) << made.error().code;
    EXPECT_EQ(url_of_picture(*made), "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQ%3D%3D");
  }
  ASSERT_EQ(s.platform.at("/cgi-bin/qrcode/create").size(), 1u);
  EXPECT_EQ(s.platform.at("/cgi-bin/qrcode/create")[0].body,
            R"({"action_name":"QR_STR_SCENE","action_info":{"scene":{"scene_str":"lc_000123"}},"expire_seconds":2592000})");
  EXPECT_EQ(s.w.write([&](Tx& tx) { return add_code(tx, scope, "oa", want); })->id, added->id);
  auto other = want;
  other.channel = "other";
  EXPECT_EQ(outcome(s.w.write([&](Tx& tx) { return add_code(tx, scope, "oa", other); })), "connect.scene_taken");
  const struct { std::string kind, scene, page; std::int64_t days; const char* want; } rows[] = {
      {"oa", std::string(65, 'a'), "", 30, "connect.scene"}, {"oa", "qrscene_1", "", 30, "connect.scene"}, {"oa", "ok1", "", 31, "connect.code_days"},
      {"oa", "ok1", "", 0, "connect.code_days"}, {"mini", std::string(33, 'a'), "", 30, "connect.scene"}, {"mini", "a b", "", 30, "connect.scene"},
      {"mini", "中", "", 30, "connect.scene"}, {"mini", "c=9f3k&u=77", "/pages/a", 30, "connect.code_page"}, {"mini", "c=9f3k&u=77", "pages/a?x=1", 30, "connect.code_page"},
      {"mini", "c=9f3k&u=77", "pages/a", 30, "ok"}, {"oa", "", "", 30, "ok"}};
  for (const auto& r : rows) {
    const NewCode cmd{.app = r.kind == "oa" ? kApp : kMini, .name = "n", .scene = r.scene, .days = r.days, .page = r.page};
    EXPECT_EQ(outcome(s.w.write([&](Tx& tx) { return add_code(tx, scope, r.kind, cmd); })), r.want) << r.scene << r.want;
  }

  EXPECT_EQ(s.push(event("oA", "subscribe", "qrscene_lc_000123"), kNow / 1000, "a"), "success");
  const auto props = json::parse(s.last("follow_subscribed").props).as_object();
  EXPECT_EQ(props.at("scene").as_string(), "lc_000123");
  EXPECT_EQ(props.at("channel").as_string(), "store");
  EXPECT_EQ(props.at("code_id").as_string(), to_text(added->id));
  EXPECT_EQ(s.push(event("oB", "SCAN", "lc_000123"), kNow / 1000, "b"), "success");
  EXPECT_EQ(s.push(event("oB", "SCAN", "lc_000123", kNow / 1000 + 7), kNow / 1000, "c"), "success");
  EXPECT_EQ(s.push(event("oB", "SCAN", "not_ours"), kNow / 1000, "d"), "success");
  EXPECT_EQ(s.events_of("code_scanned"), 2);
  EXPECT_EQ(json::parse(s.last("code_scanned").props).at("is_first").as_bool(), false);
  const auto after = s.w.read([&](Tx& tx) { return find_channel_code(tx, added->id); });
  EXPECT_EQ(after->scans, 3);
  EXPECT_EQ(after->follows, 1);
}

TEST(WechatCode, WithALiveCodeBehindItTheGuideIsIntroducedAndTheScanIsTheirs) {
  Shop s;
  static const bool known = entry::know_roster({
      .guides = [](Tx& tx, std::span<const StaffId> ids) -> Result<std::vector<entry::Guide>> {
        std::vector<entry::Guide> out;
        for (const auto id : ids)
          if (const auto found = team::find_staff(tx, Scope::everything("test"), id)) out.push_back({id, found->name, found->wecom_userid, found->unit_path, found->state == "active"});
        return out;
      },
      .guides_of = [](Tx&, std::string_view) -> Result<std::vector<entry::Guide>> { return std::vector<entry::Guide>{}; },
      .edits = team::org_edits,
      .units = [](Tx&, std::span<const UnitId>) -> Result<std::vector<entry::Unit>> { return std::vector<entry::Unit>{}; }});
  ASSERT_TRUE(known);
  const auto scope = Scope::everything("test");
  const auto staff = s.w.write([&](Tx& tx) -> Result<StaffId> {
    TRY(const auto unit, team::create_unit(tx, scope, {.name = "西湖店", .kind = "store", .code = "xh"}));
    return team::create_staff(tx, scope, {.name = "小荷", .unit = unit, .wecom_userid = "xiaohe"});
  });
  ASSERT_TRUE(staff) << staff.error().code;
  entry::CodeSpec spec;
  spec.name = "展架";
  spec.members.emplace_back().staff = *staff;
  const auto code = s.w.write([&](Tx& tx) { return entry::create_code(tx, scope, {.spec = spec}); });
  ASSERT_TRUE(code) << code.error().code << code.error().detail;
  const auto ways = s.w.write([](Tx& tx) { return entry::ways_to_make(tx, 0, 10); });
  ASSERT_EQ(ways->size(), 1u);
  ASSERT_TRUE(s.w.write([&](Tx& tx) { return entry::way_made(tx, ways->front().id, ways->front().want_ver, "cfg", "https://qr.example/" + ways->front().state); }));
  const NewCode cmd{.app = kApp, .name = "公众号", .channel = "公众号", .code = code->code.id, .state = ways->front().state, .permanent = true};
  const auto mine = s.w.write([&](Tx& tx) { return add_code(tx, scope, "oa", cmd); });
  ASSERT_TRUE(mine) << mine.error().code;
  EXPECT_EQ(mine->scene, ways->front().state);  // the scene carries the live code's state

  const auto reply = s.push(event("oA", "subscribe", "qrscene_" + mine->scene), kNow / 1000, "a");
  const auto said = crypto::read_callback_xml(reply);
  ASSERT_TRUE(said) << reply;
  EXPECT_EQ(said->text("ToUserName"), "oA");
  EXPECT_EQ(said->text("MsgType"), "news");
  EXPECT_EQ(said->find("Articles")->parts[0].parts[0].text, "添加专属顾问 小荷");
  EXPECT_TRUE(reply.contains("https://qr.example/"));
  const auto person = s.last("follow_subscribed").person;
  EXPECT_EQ(json::parse(s.last("follow_subscribed").props).at("code_id").as_string(), to_text(code->code.id));
  EXPECT_EQ(s.last("code_scanned").person, person);
  EXPECT_EQ(s.events_of("code_scanned"), 1);
  // The one who is added later is, by unionid, who stood there: the friend is that scan's.
  ASSERT_TRUE(s.w.write([&](Tx& tx) { return know_fan(tx, {kApp, "oA", "UA"}, "t"); }));
  const auto friend_of = s.w.write([&](Tx& tx) { const people::Ident i[] = {{"wx_unionid", "UA"}, {"wecom_external_userid:ww", "wmA"}}; return people::resolve(tx, i, "t"); });
  EXPECT_EQ(friend_of->person, person);
  const auto came = s.w.write([&](Tx& tx) { return entry::arrive(tx, {.person = person, .staff = *staff, .state = mine->scene, .at = tx.now()}); });
  ASSERT_TRUE(came) << came.error().code;
  EXPECT_EQ(s.w.number("SELECT COUNT(*) FROM entry_arrival WHERE scan_match = 'exact'"), 1);
  // Deleted since: the person comes all the same, and nobody is introduced.
  const auto gone = s.w.write([&](Tx& tx) { return entry::set_code_state(tx, scope, code->code.id, entry::CodeState::deleted); });
  ASSERT_TRUE(gone) << gone.error().code << gone.error().detail;
  EXPECT_FALSE(s.push(event("oC", "SCAN", mine->scene), kNow / 1000, "c").contains("news"));
}

TEST(WechatCode, AMiniProgramsCodeIsAPictureOrAReason) {
  Shop s;
  const auto scope = Scope::everything("test");
  const auto added = s.w.write([&](Tx& tx) { return add_code(tx, scope, "mini", {.app = kMini, .name = "n", .scene = "c=9f3k&u=77", .page = "pages/a"}); });
  s.platform.say_once("/wxa/getwxacodeunlimit", R"({"errcode":41030,"errmsg":"invalid page"})");
  EXPECT_EQ(make_code(*s.desk, added->id)->error, "connect.wechat_refused");
  s.platform.always["/wxa/getwxacodeunlimit"] = [](const lab::Asked&) -> Result<OutReply> { return OutReply{200, "\x89PNG{\"errcode\":1}", {{"Content-Type", "image/png"}}}; };
  const auto made = make_code(*s.desk, added->id);
  EXPECT_EQ(made->error, "");
  EXPECT_TRUE(made->made_at);
  EXPECT_EQ(*s.w.read([&](Tx& tx) { return picture_of(tx, added->id); }), "\x89PNG{\"errcode\":1}");
  EXPECT_EQ(s.platform.at("/wxa/getwxacodeunlimit")[0].body, R"({"scene":"c=9f3k&u=77","check_path":true,"page":"pages/a"})");
}

TEST(WechatWalk, AllFollowersInPagesThenWhoTheyAre) {
  Shop s;
  constexpr int kFans = 250;
  const auto openid = [](int i) { return "oF" + std::to_string(1000 + i); };
  // Pages of 120; the last one names a next that is empty of people.
  s.platform.always["/cgi-bin/user/get"] = [&](const lab::Asked& a) -> Result<OutReply> {
    const auto from = a.query.contains("next_openid") ? static_cast<int>(*parse_int(a.query.at("next_openid").substr(2))) - 1000 + 1 : 0;
    json::array page;
    for (int i = from; i < std::min(from + 120, kFans); ++i) page.push_back(json::value(openid(i)));
    json::object out{{"total", kFans}, {"count", page.size()}, {"next_openid", page.empty() ? json::value("") : page.back()}};
    if (!page.empty()) out["data"] = json::object{{"openid", page}};
    return lab::json_reply(json::serialize(out));
  };
  s.platform.always["/cgi-bin/user/info/batchget"] = [&](const lab::Asked& a) -> Result<OutReply> {
    json::array out;
    const auto asked = a.json();
    EXPECT_LE(asked.at("user_list").as_array().size(), 100u);
    for (const auto& one : asked.at("user_list").as_array()) {
      const std::string id(one.at("openid").as_string());
      if (id == openid(7)) continue;  // the platform leaves one out
      json::object info{{"subscribe", id == openid(8) ? 0 : 1}, {"openid", id}, {"qr_scene_str", "s"}};
      if (id != openid(9)) info["unionid"] = "U" + id;
      out.push_back(std::move(info));
    }
    return lab::json_reply(json::serialize(json::object{{"user_info_list", out}}));
  };
  // One of them is known by unionid already: the same person.
  const auto known = s.w.write([&](Tx& tx) { const people::Ident i[] = {{"wx_unionid", "U" + openid(3)}}; return people::resolve(tx, i, "t"); });
  ASSERT_TRUE(s.w.write([&](Tx& tx) { return start_walk(tx, kApp); }));
  s.desk->look();
  const auto walk = s.w.read([&](Tx& tx) { return find_walk(tx, kApp); });
  EXPECT_EQ((*walk)->state, "done") << (*walk)->error;
  EXPECT_EQ((*walk)->seen, kFans);
  EXPECT_EQ(s.w.number("SELECT COUNT(*) FROM wechat_fan WHERE info_at IS NOT NULL"), kFans);
  EXPECT_EQ(s.w.number("SELECT COUNT(*) FROM wechat_fan WHERE unionid = 1"), kFans - 2);
  EXPECT_EQ(s.w.number("SELECT COUNT(*) FROM wechat_fan WHERE follows = 0"), 1);
  EXPECT_EQ(s.w.number("SELECT COUNT(DISTINCT person_id) FROM wechat_fan"), kFans);
  EXPECT_EQ(*s.w.read([&](Tx& tx) -> Result<PersonId> { TRY(auto p, people::find(tx, {"wx_openid:" + kApp, openid(3)})); return people::root_of(tx, *p); }), known->person);
  const auto asked = s.platform.log.size();
  s.desk->look();  // nothing left to ask
  EXPECT_EQ(s.platform.log.size(), asked);
  // Who follows later is asked about at the next look.
  EXPECT_EQ(s.push(event("oF2000", "subscribe"), kNow / 1000, "z"), "success");
  s.desk->look();
  EXPECT_EQ(s.w.number("SELECT unionid FROM wechat_fan WHERE openid = 'oF2000'"), 1);
}

TEST(WechatWalk, StopsAtARefusalAndGoesOnThere) {
  Shop s;
  s.platform.say_once("/cgi-bin/user/get", R"({"total":3,"count":2,"data":{"openid":["o1","o2"]},"next_openid":"o2"})");
  s.platform.say_once("/cgi-bin/user/get", R"({"errcode":45009,"errmsg":"limit"})");
  ASSERT_TRUE(s.w.write([&](Tx& tx) { return start_walk(tx, kApp); }));
  s.desk->look();
  EXPECT_EQ((*s.w.read([&](Tx& tx) { return find_walk(tx, kApp); }))->error, "connect.wechat_limit");
  s.platform.say_once("/cgi-bin/user/get", R"({"total":3,"count":1,"data":{"openid":["o3"]},"next_openid":"o3"})");
  s.platform.say("/cgi-bin/user/get", R"({"total":3,"count":0,"next_openid":""})");
  s.platform.say("/cgi-bin/user/info/batchget", R"({"user_info_list":[]})");
  s.desk->look();
  EXPECT_EQ(s.platform.at("/cgi-bin/user/get")[2].query["next_openid"], "o2");
  const auto walk = *s.w.read([&](Tx& tx) { return find_walk(tx, kApp); });
  EXPECT_EQ(walk->state, "done");
  EXPECT_EQ(walk->seen, 3);
}

TEST(WechatLogin, AStateIsGoodOnceInOneBrowser) {
  Shop s;
  const auto start = [&](const std::string& back) {
    return s.w.write([&](Tx& tx) { return start_login(tx, {.app = kApp, .browser = "cookie-1", .back = back, .redirect_url = "https://k.example.com/wechat/x/back"}); });
  };
  for (const char* bad : {"", "https://evil.example.com", "//evil.example.com", "/\\evil", "/a b", "/a#b"}) EXPECT_EQ(outcome(start(bad)), "connect.login_back") << bad;
  const auto url = start("/p/1?a=b");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->starts_with("https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx1179ef6b6a8e5d30&redirect_uri=https%3A%2F%2Fk.example.com%2Fwechat%2Fx%2Fback&response_type=code&scope=snsapi_base&state="));
  EXPECT_TRUE(url->ends_with("#wechat_redirect"));
  const auto from = url->find("state=") + 6;
  const auto state = url->substr(from, url->find('#') - from);
  const auto take = [&](const std::string& st, const std::string& browser) { return s.w.write([&](Tx& tx) { return take_login(tx, st, browser); }); };
  EXPECT_EQ(outcome(take(state, "cookie-2")), "connect.login_state");
  EXPECT_EQ(outcome(take(state + "x", "cookie-1")), "connect.login_state");
  const auto login = take(state, "cookie-1");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->back, "/p/1?a=b");
  EXPECT_EQ(outcome(take(state, "cookie-1")), "connect.login_state");  // once
  const auto late = start("/p");
  s.w.set_now_ms(kNow + 11 * 60'000);
  const auto at = late->find("state=") + 6;
  EXPECT_EQ(outcome(take(late->substr(at, late->find('#') - at), "cookie-1")), "connect.login_state");

  s.platform.say_once("/sns/oauth2/access_token", R"({"access_token":"u","openid":"oL","unionid":"UL","scope":"snsapi_base"})");
  const auto came = finish_login(*s.desk, *login, "c0de", "cookie-1");
  ASSERT_TRUE(came) << came.error().code;
  EXPECT_EQ(s.platform.at("/sns/oauth2/access_token")[0].query["code"], "c0de");
  const auto who = [&](const std::string& ticket, const std::string& browser) { return *s.w.read([&](Tx& tx) { return visitor_of(tx, ticket, browser); }); };
  EXPECT_EQ(who(came->ticket, "cookie-1"), std::optional(came->person));
  EXPECT_EQ(who(came->ticket, "cookie-2"), std::nullopt);
  s.platform.say_once("/sns/oauth2/access_token", R"({"errcode":40163,"errmsg":"code been used"})");
  EXPECT_EQ(outcome(finish_login(*s.desk, *login, "c0de", "cookie-1")), "connect.wechat_code");
  s.platform.say_once("/sns/oauth2/access_token", R"({"access_token":"u","openid":"oVirtual","is_snapshotuser":1})");
  EXPECT_EQ(finish_login(*s.desk, *login, "c0de2", "cookie-1")->ticket, "");
  EXPECT_EQ(*s.w.read([&](Tx& tx) { return people::find(tx, {"wx_openid:" + kApp, "oVirtual"}); }), std::nullopt);
}

TEST(WechatMini, SignsInLinksThePhoneAndChecks) {
  Shop s;
  s.platform.say("/sns/jscode2session", R"({"openid":"oM","session_key":"WdaWlS56btKwAITg59HeEQ==","unionid":"UM"})");
  const auto in = mini_login(*s.desk, kMini, "js1", "c=9f3k");
  ASSERT_TRUE(in) << in.error().code;
  EXPECT_TRUE(in->unionid);
  EXPECT_EQ(s.platform.at("/sns/jscode2session")[0].query["js_code"], "js1");
  EXPECT_EQ(json::parse(s.last("mini_program_opened").props).at("scene").as_string(), "c=9f3k");
  const auto session = s.w.read([&](Tx& tx) { return mini_session(tx, kMini, in->token, kSeal); });
  EXPECT_EQ(session->session_key, "WdaWlS56btKwAITg59HeEQ==");
  EXPECT_EQ(outcome(s.w.read([&](Tx& tx) { return mini_session(tx, kApp, in->token, kSeal); })), "connect.mini_session");

  const auto phone = [&](const std::string& appid) {
    s.platform.say("/wxa/business/getuserphonenumber", R"({"errcode":0,"phone_info":{"phoneNumber":"+8613800001000","purePhoneNumber":"13800001000","countryCode":"86","watermark":{"timestamp":1,"appid":")" + appid + R"("}}})");
    return mini_phone(*s.desk, kMini, in->token, "btn");
  };
  EXPECT_EQ(outcome(phone("wxother")), "connect.mini_appid");
  const auto linked = phone(kMini);
  ASSERT_TRUE(linked) << linked.error().code;
  EXPECT_EQ(linked->phone, "13800001000");
  EXPECT_EQ(s.platform.at("/wxa/business/getuserphonenumber")[0].body, R"({"code":"btn","openid":"oM"})");
  EXPECT_EQ(*s.w.read([&](Tx& tx) { return people::find(tx, {"phone_e164", "13800001000"}); }), std::optional(in->person));
  EXPECT_EQ(outcome(mini_phone(*s.desk, kMini, "nobody", "btn")), "connect.mini_session");

  s.platform.say_once("/wxa/checksession", R"({"errcode":0})");
  EXPECT_EQ(*mini_check(*s.desk, kMini, in->token), true);
  const auto query = s.platform.at("/wxa/checksession")[0].query;
  EXPECT_EQ(query.at("signature"), hex(hmac_sha256("WdaWlS56btKwAITg59HeEQ==", "")));
  s.platform.say_once("/wxa/checksession", R"({"errcode":87009,"errmsg":"invalid signature"})");
  EXPECT_EQ(*mini_check(*s.desk, kMini, in->token), false);
  EXPECT_EQ(outcome(mini_check(*s.desk, kMini, in->token)), "connect.mini_session");
  // The same person in the official account: one unionid.
  const auto again = s.w.write([&](Tx& tx) { return know_fan(tx, {kApp, "oSame", "UM"}, "t"); });
  EXPECT_EQ(*again, in->person);
}

TEST(WechatMini, LinksOfThreeKinds) {
  Shop s;
  s.platform.say("/wxa/generate_urllink", R"({"errcode":0,"url_link":"https://wxaurl.cn/a"})");
  s.platform.say("/wxa/generatescheme", R"({"errcode":0,"openlink":"weixin://dl/business/?t=a"})");
  s.platform.say("/wxa/genwxashortlink", R"({"errcode":0,"link":"#小程序://a/b"})");
  const auto link = [&](const std::string& kind) { return mini_link(*s.desk, kMini, {kind, "pages/a", "x=1", "标题", 99}); };
  EXPECT_EQ(*link("link"), "https://wxaurl.cn/a");
  EXPECT_EQ(s.platform.at("/wxa/generate_urllink")[0].body, R"({"path":"pages/a","query":"x=1","expire_type":1,"expire_interval":30})");
  EXPECT_EQ(*link("scheme"), "weixin://dl/business/?t=a");
  EXPECT_EQ(*link("short"), "#小程序://a/b");
  EXPECT_EQ(outcome(link("long")), "connect.link_kind");
}

TEST(WechatMessage, OneForAKeyAndTheTruthAboutLostOnes) {
  Shop s;
  const std::string path = "/cgi-bin/message/template/send";
  Message m{.key = "k1", .app = kApp, .kind = "template", .openid = "oA", .template_id = "T", .url = "https://k.example.com/", .data = {{"thing1", "满减"}}};
  s.platform.say(path, R"({"errcode":0,"errmsg":"ok","msgid":200163840})");
  EXPECT_EQ(send_message(*s.desk, m)->state, "sent");
  EXPECT_EQ(send_message(*s.desk, m)->msgid, "200163840");
  EXPECT_EQ(s.platform.at(path).size(), 1u);
  const auto body = s.platform.at(path)[0].json();
  EXPECT_EQ(body.at("data").at("thing1").at("value").as_string(), "满减");
  EXPECT_LE(body.at("client_msg_id").as_string().size(), 32u);
  auto other = m;
  other.data[0].second = "别的";
  EXPECT_EQ(outcome(send_message(*s.desk, other)), "connect.message_differs");
  ASSERT_EQ(s.push(event("oA", "TEMPLATESENDJOBFINISH", "", kNow / 1000, "<MsgID>200163840</MsgID><Status><![CDATA[failed:user block]]></Status>"), kNow / 1000, "t"), "success");
  EXPECT_EQ(send_message(*s.desk, m)->state, "failed");

  // Lost: the template is asked for again under the same client_msg_id, a customer-service message is not.
  m.key = "k2";
  s.platform.lose_once(path);
  EXPECT_EQ(send_message(*s.desk, m)->state, "unknown");
  EXPECT_EQ(send_message(*s.desk, m)->state, "sent");
  EXPECT_EQ(s.platform.at(path)[1].json().at("client_msg_id"), s.platform.at(path)[2].json().at("client_msg_id"));
  const std::string custom = "/cgi-bin/message/custom/send";
  const Message c{.key = "k3", .app = kApp, .kind = "custom", .openid = "oA", .text = "在的"};
  s.platform.lose_once(custom);
  EXPECT_EQ(send_message(*s.desk, c)->state, "unknown");
  EXPECT_EQ(send_message(*s.desk, c)->state, "unknown");
  EXPECT_EQ(s.platform.at(custom).size(), 1u);
  EXPECT_EQ(s.platform.at(custom)[0].body, R"({"touser":"oA","msgtype":"text","text":{"content":"在的"}})");
  s.platform.say("/cgi-bin/message/subscribe/send", R"({"errcode":43101,"errmsg":"user refuse to accept the msg"})");
  const auto refused = send_message(*s.desk, {.key = "k4", .app = kMini, .kind = "subscribe", .openid = "oM", .template_id = "S", .page = "pages/a", .data = {{"thing1", "x"}}});
  EXPECT_EQ(refused->state, "failed");
  EXPECT_EQ(refused->error, "connect.wechat_not_accepted");
  EXPECT_EQ(outcome(send_message(*s.desk, {.key = "k5", .app = kApp, .kind = "sms", .openid = "o"})), "connect.message_kind");
}

TEST(WechatFan, IsForgottenWithThePerson) {
  Shop s;
  EXPECT_EQ(s.push(event("oA", "subscribe"), kNow / 1000, "a"), "success");
  s.platform.say("/cgi-bin/message/custom/send", R"({"errcode":0})");
  ASSERT_TRUE(send_message(*s.desk, {.key = "k", .app = kApp, .kind = "custom", .openid = "oA", .text = "x"}));
  const auto person = s.last("follow_subscribed").person;
  ASSERT_TRUE(s.w.write([&](Tx& tx) { return people::erase(tx, person); }));
  EXPECT_EQ(s.w.count("wechat_fan"), 0);
  EXPECT_EQ(s.w.number("SELECT COUNT(*) FROM wechat_sent WHERE openid <> ''"), 0);
}

}  // namespace koi::connect::wechat
