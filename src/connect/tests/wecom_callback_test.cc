// Pushes: what is believed, what is refused, and that their order says nothing (R6).
#include <gtest/gtest.h>

#include <random>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/tests/wecom_box.h"
#include "connect/wecom/inbox.h"
#include "connect/wecom/walk.h"
#include "entry/arrivals.h"
#include "entry/ways.h"

namespace koi::connect::wecom {
namespace {

using namespace testing;

const Instant kNow = from_ms(1'800'000'000'000);
constexpr std::string_view kNonce = "n0nce77";

Corp corp() {
  Corp c;
  c.corp_id = "wwabc";
  c.token = "tok3n";
  c.aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
  return c;
}
crypto::CallbackKey key_of(const Corp& c) { return {c.token, c.aes_key, c.corp_id}; }
std::string seconds(Instant at) { return std::to_string(to_ms(at) / 1000); }

std::string event_xml(std::string_view change, std::string_view user, std::string_view customer, Instant at, std::string_view more = {}) {
  return "<xml><ToUserName><![CDATA[wwabc]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>" + seconds(at) +
         "</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_external_contact]]></Event><ChangeType><![CDATA[" + std::string(change) +
         "]]></ChangeType><UserID><![CDATA[" + std::string(user) + "]]></UserID><ExternalUserID><![CDATA[" + std::string(customer) + "]]></ExternalUserID>" + std::string(more) + "</xml>";
}

/// A push as the platform would make it, and what may be spoilt about it.
struct Sealed {
  std::string timestamp = seconds(kNow), nonce = std::string(kNonce), encrypted, signature, wrapping;
  std::string query() const { return "msg_signature=" + signature + "&timestamp=" + timestamp + "&nonce=" + nonce; }
  std::string body() const {
    return wrapping.empty() ? "<xml><ToUserName><![CDATA[wwabc]]></ToUserName><Encrypt><![CDATA[" + encrypted + "]]></Encrypt><AgentID></AgentID></xml>" : wrapping;
  }
  void sign(const Corp& c) { signature = crypto::callback_signature(c.token, timestamp, nonce, encrypted); }
};
Sealed sealed(const Corp& c, const std::string& text, std::string random = "0123456789abcdef") {
  Sealed s;
  s.encrypted = crypto::seal_message(key_of(c), text, random);
  s.sign(c);
  return s;
}
Result<Push> open(const Corp& c, const Sealed& s) { return open_push(c, s.query(), s.body(), kNow); }

TEST(WecomPush, WhatThePlatformSealsIsRead) {
  const auto c = corp();
  const auto push = open(c, sealed(c, event_xml("add_external_contact", "ZhaoMin", "wm1", kNow, "<State>s1</State><WelcomeCode>wc</WelcomeCode>")));
  ASSERT_TRUE(push) << push.error().code;
  EXPECT_EQ(push->kind, "change_external_contact/add_external_contact");
  EXPECT_EQ(push->xml.text("WelcomeCode"), "wc");
  EXPECT_EQ(push->happened_at, kNow);
}

TEST(WecomPush, TheKeyBeforeStillOpensWhatWasOnItsWay) {
  auto c = corp();
  const auto old = sealed(c, event_xml("edit_external_contact", "a", "b", kNow));
  c.aes_key_before = std::exchange(c.aes_key, std::string(43, 'Q'));
  EXPECT_TRUE(open(c, old));
  c.aes_key_before.clear();
  EXPECT_EQ(outcome(open(c, old)), "connect.callback_cipher");
}

struct Spoilt { std::string name, code; std::function<void(const Corp&, Sealed&)> spoil; };

/// Thirty ways a push can be wrong; each is refused with its own reason, and none has an effect.
std::vector<Spoilt> spoilt() {
  const auto text = event_xml("add_external_contact", "u", "e", kNow);
  const auto resign = [](auto change) { return [change](const Corp& c, Sealed& s) { change(s); s.sign(c); }; };
  const auto reseal = [text](Corp other) { return [other, text](const Corp& c, Sealed& s) { s.encrypted = crypto::seal_message(key_of(other), text, "0123456789abcdef"); s.sign(c); }; };
  auto elsewhere = corp(), rekeyed = corp();
  elsewhere.corp_id = "wwother";
  rekeyed.aes_key = std::string(43, 'B');
  auto nobody = corp(), longer = corp(), shorter = corp();
  nobody.corp_id = "";
  longer.corp_id = "wwabcd";
  shorter.corp_id = "wwab";
  return {
      {"forged signature", "connect.callback_signature", [](const Corp&, Sealed& s) { s.signature = std::string(40, 'a'); }},
      {"signature in capitals", "connect.callback_signature", [](const Corp&, Sealed& s) { for (auto& ch : s.signature) ch = static_cast<char>(std::toupper(ch)); }},
      {"signature one letter short", "connect.callback_signature", [](const Corp&, Sealed& s) { s.signature.pop_back(); }},
      {"signature one letter long", "connect.callback_signature", [](const Corp&, Sealed& s) { s.signature += '0'; }},
      {"no signature", "connect.callback_signature", [](const Corp&, Sealed& s) { s.signature.clear(); }},
      {"another nonce", "connect.callback_signature", [](const Corp&, Sealed& s) { s.nonce = "other"; }},
      {"another time", "connect.callback_signature", [](const Corp&, Sealed& s) { s.timestamp = seconds(kNow + Millis(1000)); }},
      {"another cipher text", "connect.callback_signature", [](const Corp& c, Sealed& s) { s.encrypted = sealed(c, "<xml/>").encrypted; }},
      {"signed with another token", "connect.callback_signature", [](const Corp&, Sealed& s) { auto other = corp(); other.token = "nope"; s.sign(other); }},
      {"five minutes old", "connect.callback_expired", resign([](Sealed& s) { s.timestamp = seconds(kNow - Millis(301'000)); })},
      {"a day old", "connect.callback_expired", resign([](Sealed& s) { s.timestamp = seconds(kNow - Millis(86'400'000)); })},
      {"from the future", "connect.callback_expired", resign([](Sealed& s) { s.timestamp = seconds(kNow + Millis(301'000)); })},
      {"no time", "connect.callback_expired", resign([](Sealed& s) { s.timestamp.clear(); })},
      {"time that is no number", "connect.callback_expired", resign([](Sealed& s) { s.timestamp = "now"; })},
      {"time in milliseconds", "connect.callback_expired", resign([](Sealed& s) { s.timestamp += "000"; })},
      {"negative time", "connect.callback_expired", resign([](Sealed& s) { s.timestamp = "-1"; })},
      {"sealed with another key", "connect.callback_cipher", reseal(rekeyed)},
      {"for another corp", "connect.callback_receiver", reseal(elsewhere)},
      {"for no corp", "connect.callback_receiver", reseal(nobody)},
      {"for a longer corp", "connect.callback_receiver", reseal(longer)},
      {"for a shorter corp", "connect.callback_receiver", reseal(shorter)},
      {"cut by a block", "connect.callback_cipher", resign([](Sealed& s) { s.encrypted.resize(s.encrypted.size() / 64 * 64 - 64); })},
      {"not base64", "connect.callback_cipher", resign([](Sealed& s) { s.encrypted[5] = '*'; })},
      {"empty cipher text", "connect.callback_cipher", resign([](Sealed& s) { s.encrypted.clear(); })},
      {"one bit turned at the end", "connect.callback_cipher", resign([](Sealed& s) { auto& ch = s.encrypted[s.encrypted.size() - 6]; ch = ch == 'A' ? 'B' : 'A'; })},
      {"no envelope", "connect.callback_xml", [](const Corp&, Sealed& s) { s.wrapping = "hello"; }},
      {"an entity bomb around it", "connect.callback_xml", [](const Corp&, Sealed& s) { s.wrapping = "<!DOCTYPE x [<!ENTITY a \"b\">]><xml><Encrypt>&a;</Encrypt></xml>"; }},
      {"two cipher texts", "connect.callback_xml", [](const Corp&, Sealed& s) { s.wrapping = "<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>"; }},
      {"oversized", "connect.callback_large", [](const Corp&, Sealed& s) { s.wrapping = std::string(kPushBytesMax + 1, ' '); }},
      {"inner text that is no XML", "connect.callback_xml", [](const Corp& c, Sealed& s) { s = sealed(c, "{\"a\":1}"); }},
      {"inner text without a type", "connect.callback_xml", [](const Corp& c, Sealed& s) { s = sealed(c, "<xml><a>1</a></xml>"); }},
      {"inner text cut", "connect.callback_xml", [text](const Corp& c, Sealed& s) { s = sealed(c, text.substr(0, text.size() - 9)); }},
  };
}

TEST(WecomPush, ThirtyWrongOnesAreRefusedEachForItsReason) {
  const auto c = corp();
  const auto all = spoilt();
  EXPECT_GE(all.size(), 30u);
  for (const auto& one : all) {
    auto s = sealed(c, event_xml("add_external_contact", "u", "e", kNow));
    one.spoil(c, s);
    EXPECT_EQ(outcome(open(c, s)), one.code) << one.name;
  }
}

struct Inbox : SyncWorld {
  Inbox() : SyncWorld(corp_shape(3, 0, 0)) {}
  std::string take(const Push& push) {
    const auto fresh = w.write([&](Tx& tx) { return take_push(tx, corp, push); });
    return !fresh ? fresh.error().code : *fresh ? "new" : "again";
  }
  int work() {
    const auto n = work_inbox(db(), 100);
    EXPECT_EQ(outcome(n), "ok");
    return n.value_or(0);
  }
};

Push made(const std::string& text, std::string signature) {
  Push p;
  p.text = text;
  p.signature = std::move(signature);
  p.xml = *crypto::read_callback_xml(text);
  p.kind = std::string(p.xml.text("Event")) + "/" + std::string(p.xml.text("ChangeType"));
  p.said = hex(sha256(text));
  p.happened_at = kNow;
  return p;
}

TEST(WecomInbox, TheSameWordsAreOneRowUnderWhateverSeal) {
  Inbox x;
  const auto text = event_xml("add_external_contact", "u", "e", kNow), other = event_xml("del_follow_user", "u", "e", kNow);
  EXPECT_EQ(x.take(made(text, "s1")), "new");
  EXPECT_EQ(x.take(made(text, "s1")), "again") << "the platform repeats itself";
  EXPECT_EQ(x.take(made(text, "s2")), "again") << "and seals anew when it does";
  EXPECT_EQ(x.take(made(other, "s1")), "connect.callback_replayed") << "a seal that was used says nothing else";
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_callback"), 1);
  EXPECT_EQ(x.w.number("SELECT times FROM connect_callback"), 3);
}

TEST(WecomInbox, WhatNobodyKnowsIsKeptAndShown) {
  Inbox x;
  const auto text = std::string("<xml><CreateTime>1800000000</CreateTime><MsgType>event</MsgType><Event>brand_new</Event><ChangeType>thing</ChangeType></xml>");
  EXPECT_EQ(x.take(made(text, "s1")), "new");
  EXPECT_EQ(x.work(), 1);
  const auto rows = x.w.read([&](Tx& tx) { return list_pushes(tx, {x.corp, "unknown", 0, 10}); });
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_EQ(rows->front().kind, "brand_new/thing");
  EXPECT_EQ(rows->front().body, text);
}

TEST(WecomInbox, WhatFailsWaitsSaysWhyAndIsPlayedAgain) {
  Inbox x;
  auto push = made(event_xml("add_external_contact", "u", "e", kNow), "s1");
  push.text = "<xml>broken";  // as if what was kept could not be read any more
  EXPECT_EQ(x.take(push), "new");
  for (int i = 0; i < kPushTries; ++i) {
    x.work();
    x.pass(7200);
  }
  const auto rows = x.w.read([&](Tx& tx) { return list_pushes(tx, {x.corp, "failed", 0, 10}); });
  ASSERT_EQ(rows->size(), 1u);
  EXPECT_TRUE(rows->front().error.starts_with("connect.callback_xml")) << rows->front().error;
  EXPECT_EQ(x.work(), 0) << "it waits for somebody";
  const auto health = x.w.read([&](Tx& tx) { return health_of(tx, x.corp); });
  EXPECT_EQ(health->failed, 1);
  EXPECT_EQ(*x.w.write([&](Tx& tx) { return replay_pushes(tx, x.corp, rows->front().id); }), 1);
  EXPECT_EQ(x.work(), 1);
}

// ---- R6: two thousand histories, each told in order and told anyhow ------------------------------------------------

struct Deed { std::string change, user, more; Instant at; };

/// A friendship with each of two guides: added, perhaps only asked for first, ended by either side, begun again.
std::vector<Deed> history(std::mt19937& dice, const std::vector<std::string>& users, const std::vector<std::string>& states, Instant from) {
  std::vector<Deed> out;
  for (const auto& user : users) {
    auto at = from + std::chrono::seconds(dice() % 5000);
    const auto rounds = 1 + dice() % 3;
    for (unsigned r = 0; r < rounds; ++r) {
      const auto& state = states[dice() % states.size()];
      const auto more = state.empty() ? std::string() : "<State>" + state + "</State>";
      if (dice() % 3 == 0) out.push_back({"add_half_external_contact", user, more, at}), at += std::chrono::seconds(1 + dice() % 600);
      out.push_back({"add_external_contact", user, more, at});
      at += std::chrono::seconds(1 + dice() % 20'000);
      if (dice() % 4 == 0) out.push_back({"edit_external_contact", user, "", at}), at += std::chrono::seconds(1);
      if (r + 1 < rounds || dice() % 2 == 0) {
        out.push_back({dice() % 2 == 0 ? "del_follow_user" : "del_external_contact", user, "", at});
        at += std::chrono::seconds(1 + dice() % 20'000);
      }
    }
  }
  return out;
}

struct Telling : SyncWorld {
  std::vector<std::string> states{""};
  Telling() : SyncWorld(corp_shape(2, 0, 0)) {
    sync("first");
    EXPECT_EQ(outcome(w.write([&](Tx& tx) -> Result<> {
      for (int i = 0; i < 2; ++i) {
        entry::CodeSpec spec;
        spec.name = "活码" + std::to_string(i);
        spec.tags = {"来源/" + std::to_string(i)};
        for (const auto& s : sim.world.corp.staff) {
          TRY(const auto staff, staff_of(tx, corp, s.userid));
          entry::Member member;
          member.staff = staff;
          spec.members.push_back(member);
        }
        TRY(entry::create_code(tx, Scope::everything("test"), {.spec = spec, .slug = {}, .key = {}}));
      }
      TRY(const auto ways, entry::ways_to_make(tx, 0, 100));
      for (const auto& way : ways) states.push_back(way.state);
      return {};
    })), "ok");
  }
  std::vector<std::string> users() const {
    std::vector<std::string> out;
    for (const auto& s : sim.world.corp.staff) out.push_back(s.userid);
    return out;
  }
  void tell(const Deed& deed, const std::string& customer) {
    const auto xml = *crypto::read_callback_xml(event_xml(deed.change, deed.user, customer, deed.at, deed.more));
    EXPECT_EQ(outcome(w.write([&](Tx& tx) { return take_meaning(tx, corp, "change_external_contact/" + deed.change, xml, deed.at); })), "ok");
  }
  /// Everything a history leaves, without names and numbers that differ from person to person.
  std::string end_of(const std::string& customer) {
    const auto found = w.write([&](Tx& tx) {
      const people::Ident ident{"wecom_external_userid:" + corp, customer};
      return people::resolve(tx, std::span(&ident, 1), "test");
    });
    const auto person = std::to_string(found ? found->person.v : 0);
    return rows("SELECT other, state, at FROM relation WHERE person_id = " + person + " ORDER BY other", 3) + "/" +
           rows("SELECT other, at, state FROM relation_history WHERE person_id = " + person + " ORDER BY other, at, state", 3) + "/" +
           rows("SELECT tag_id FROM tag_assignment WHERE person_id = " + person + " ORDER BY tag_id", 1) + "/" +
           rows("SELECT code_id, staff_id, added_at, accepted_at, lost_at FROM entry_outcome WHERE person_id = " + person + " ORDER BY code_id, staff_id", 5);
  }
};

TEST(WecomOrder, TwoThousandHistoriesEndTheSameHoweverTheyAreTold) {
  Telling x;
  constexpr unsigned kSeed = 20261123;
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937 dice(kSeed);
  constexpr int kHistories = 2000, kAtOnce = 200;
  const auto start = x.db().clock().now() - std::chrono::hours(24 * 30);
  for (int done = 0; done < kHistories; done += kAtOnce) {
    std::vector<std::pair<Deed, std::string>> straight, anyhow;
    for (int i = done; i < done + kAtOnce; ++i) {
      auto deeds = history(dice, x.users(), x.states, start);
      std::ranges::stable_sort(deeds, {}, &Deed::at);
      for (const auto& d : deeds) straight.emplace_back(d, "wmS" + std::to_string(i));
      const auto twice = deeds;
      for (const auto& d : twice)
        if (dice() % 3 == 0) deeds.push_back(d);
      std::ranges::shuffle(deeds, dice);
      for (const auto& d : deeds) anyhow.emplace_back(d, "wmA" + std::to_string(i));
    }
    std::ranges::shuffle(anyhow, dice);
    for (const auto& [deed, who] : straight) x.tell(deed, who);
    for (std::size_t k = 0; k < anyhow.size(); ++k) {
      if (k % 97 == 0) x.w.clock().advance(Millis(static_cast<std::int64_t>(dice() % 3'600'000)));  // up to a day late in all
      x.tell(anyhow[k].first, anyhow[k].second);
    }
    EXPECT_EQ(outcome(events::drain(x.db(), entry::code_consumers())), "ok");
    for (int i = done; i < done + kAtOnce; ++i) {
      const auto a = x.end_of("wmS" + std::to_string(i)), b = x.end_of("wmA" + std::to_string(i));
      ASSERT_EQ(a, b) << "history " << i;
      ASSERT_GT(a.size(), 4u);
    }
  }
}

}  // namespace
}  // namespace koi::connect::wecom
