// The session archive through a library of the same shape as the vendor's: nothing is kept without the customer's word, nothing is lost
// or taken twice, whoever looks stands in the audit trail, and who is erased cannot be read any more.
#include <dlfcn.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "connect/tests/wecom_door.h"
#include "connect/wecom/archive/agree.h"
#include "connect/wecom/archive/finance.h"
#include "connect/wecom/archive/messages.h"
#include "connect/wecom/archive/pull.h"
#include "connect/wecom/archive/setting.h"

namespace koi::connect::wecom::testing {
namespace {

const std::string kSeal(32, 'k');

/// Who agreed, as the platform would say.
struct AgreePlatform final : Platform {
  void send(std::string_view, std::string_view path, Query, std::string body, PlatformDone done) override {
    ++asked;
    if (down) return done(fail(Errc::unavailable, "connect.unreachable"));
    const auto o = json::parse(body).as_object();
    json::array out;
    const auto add = [&](const std::string& who, const std::string& user) {
      const auto at = words.find({who, user});
      if (at != words.end()) out.push_back({{"exteranalopenid", who}, {"userid", user}, {"agree_status", at->second}, {"status_change_time", since}});
    };
    if (path == "msgaudit/check_single_agree")
      for (const auto& one : array_in(o, "info")) add(text_in(one.as_object(), "exteranalopenid"), text_in(one.as_object(), "userid"));
    else
      for (const auto& [key, word] : words)
        if (key.second == "room:" + text_in(o, "roomid")) add(key.first, key.second);
    done(json::object{{"errcode", 0}, {"agreeinfo", out}});
  }
  std::map<std::pair<std::string, std::string>, std::string> words;
  std::int64_t since = box::kStart - 86'400;
  int asked = 0;
  bool down = false;
};

struct ArchiveWorld : DoorWorld {
  ArchiveWorld() : DoorWorld(corp_shape(3, 0, 0)), anna("wm" + std::string(30, 'A')), bert("wm" + std::string(30, 'B')), guide(sim.user(0)) {
    folder = std::filesystem::temp_directory_path() / ("koi-archive-" + std::to_string(::getpid()) + "-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
    std::filesystem::create_directories(folder);
    lines("");
    const auto put = w.write([&](Tx& tx) { return put_archive(tx, {.corp_id = corp, .library = KOI_FINANCE_STUB, .secret = folder.string()}, kSeal); });
    EXPECT_EQ(outcome(put), "ok");
    key(1);
  }
  ~ArchiveWorld() { std::filesystem::remove_all(folder); }

  /// The merchant pastes the public half into the platform's console.
  void key(int version, bool told_us = true) {
    if (!told_us) return;
    const auto made = w.write([&](Tx& tx) { return add_archive_key(tx, corp, version, later.contains(version) ? later[version].private_pem : "", kSeal); });
    ASSERT_EQ(outcome(made), "ok");
    std::ofstream(folder / (std::to_string(version) + ".pem")) << made->public_pem;
  }
  /// There before we know it.
  void key_elsewhere(int version) {
    const auto pair = crypto::make_rsa_pair();
    ASSERT_TRUE(pair.has_value());
    later[version] = *pair;
    std::ofstream(folder / (std::to_string(version) + ".pem")) << pair->public_pem;
  }
  void lines(const std::string& text) { std::ofstream(folder / "chat.ndjson", std::ios::app) << text; }
  std::string msgid(int n) { return "m" + std::to_string(n) + "_external"; }
  void say(const std::string& from, const std::string& to, const std::string& text, const json::object& more = {}, int version = 1) {
    json::object m{{"msgid", msgid(++seq)}, {"action", "send"}, {"from", from}, {"tolist", json::array{json::value(to)}}, {"roomid", ""}, {"msgtime", (box::kStart + seq) * 1000},
                   {"msgtype", "text"}, {"text", {{"content", text}}}};
    for (const auto& [k, v] : more) m.insert_or_assign(k, v);
    lines(json::serialize(json::object{{"seq", seq}, {"publickey_ver", version}, {"message", m}}) + "\n");
  }
  void word(const std::string& from, bool yes) {
    const std::string kind = yes ? "agree" : "disagree";
    say(from, guide, "", {{"msgtype", kind}, {kind, {{"userid", from}, {"agree_time", (box::kStart + seq + 1) * 1000}}}});
  }
  Result<Pulled> pull(PullOptions options = {}) {
    auto finance = open_finance(KOI_FINANCE_STUB, corp, folder.string());
    EXPECT_EQ(outcome(finance), "ok") << (finance ? "" : finance.error().detail);
    if (!finance) return std::unexpected(finance.error());
    return pull_archive(db(), **finance, agree, corp, options);
  }
  void well(PullOptions options = {}) {
    const auto done = pull(options);
    EXPECT_EQ(outcome(done), "ok") << (done ? "" : done.error().detail);
  }
  PersonId person(const std::string& external) {
    const auto found = w.read([&](Tx& tx) { return people::find(tx, {"wecom_external_userid:" + corp, external}); });
    return found && *found ? **found : PersonId{};
  }
  StaffId staff() {
    const auto found = w.read([&](Tx& tx) { return known_staff_of(tx, corp, guide); });
    return found && *found ? **found : StaffId{};
  }
  /// Oldest first, "state:text".
  std::string talk(PersonId who, std::int64_t with, std::string room = {}, std::string contains = {}, const Scope& scope = Scope::everything("test")) {
    const auto got = w.write([&](Tx& tx) {
      return open_talk(tx, scope, {.person = who, .staff = with, .room = room, .contains = contains, .limit = 100, .by = {"user", 7, "Admin"}});
    });
    if (!got) return got.error().code;
    std::string out;
    for (auto at = got->rbegin(); at != got->rend(); ++at) out += (at->by_customer ? "<" : ">") + at->state + ":" + at->text + (at->revoked_at ? "(recalled)" : "") + " ";
    return out;
  }
  std::string tally() { return rows("SELECT what, n FROM connect_archive_tally ORDER BY what", 2); }

  std::filesystem::path folder;
  AgreePlatform agree;
  std::map<int, crypto::RsaPair> later;
  std::string anna, bert, guide;
  int seq = 0;
};

TEST(WecomArchive, OnlyWhatTheCustomerAgreedToIsKept) {
  ArchiveWorld x;
  x.agree.words[{x.anna, x.guide}] = "Agree";
  x.agree.words[{x.bert, x.guide}] = "Default_Agree";
  x.say(x.anna, x.guide, "有龙井吗"), x.say(x.guide, x.anna, "有的"), x.say(x.bert, x.guide, "secret"), x.say(x.guide, x.sim.user(1), "inner");
  x.well();
  EXPECT_EQ(x.talk(x.person(x.anna), x.staff().v), "<kept:有龙井吗 >kept:有的 ");
  EXPECT_EQ(x.talk(x.person(x.bert), x.staff().v), "<bare: ");
  EXPECT_EQ(x.tally(), "bare|1\ninner|1\nkept|2\n");
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_archive_message WHERE sealed IS NOT NULL"), 2);
  // Bert agrees, and takes it back.
  x.word(x.bert, true), x.say(x.bert, x.guide, "now"), x.word(x.bert, false), x.say(x.bert, x.guide, "no more");
  x.well();
  EXPECT_EQ(x.talk(x.person(x.bert), x.staff().v), "<bare: <kept:now <bare: ");
  const auto events = x.w.read([](Tx& tx) { return events::count_kinds(tx); });
  std::map<std::string, std::int64_t> n;
  for (const auto& k : *events) n[k.kind] = k.events;
  EXPECT_EQ(n["message_received_from_customer"], 4);
  EXPECT_EQ(n["message_sent_by_staff"], 1);
}

TEST(WecomArchive, ANoTakesEarlierWordsOutWhereTheMerchantSaysSo) {
  ArchiveWorld x;
  x.word(x.anna, true), x.say(x.anna, x.guide, "one"), x.say(x.guide, x.anna, "two");
  x.well();
  const auto put = x.w.write([&](Tx& tx) { return put_archive(tx, {.corp_id = x.corp, .library = {}, .secret = {}, .on_disagree = "erase"}, kSeal); });
  ASSERT_EQ(outcome(put), "ok");
  x.word(x.anna, false);
  x.well();
  EXPECT_EQ(x.talk(x.person(x.anna), x.staff().v), "<withdrawn: >withdrawn: ");
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_archive_message WHERE sealed IS NOT NULL"), 0);
}

TEST(WecomArchive, GroupsGoByTheWordOfWhoeverSpeaks) {
  ArchiveWorld x;
  x.agree.words[{x.anna, "room:wrGroup"}] = "Agree";
  const json::object in{{"roomid", "wrGroup"}};
  x.say(x.anna, x.guide, "in the group", in), x.say(x.bert, x.guide, "me too", in), x.say(x.guide, x.anna, "hello all", in);
  x.well();
  EXPECT_EQ(x.talk(x.person(x.anna), 0, "wrGroup"), "<kept:in the group ");
  EXPECT_EQ(x.talk(x.person(x.bert), 0, "wrGroup"), "<bare: ");
  EXPECT_EQ(x.tally(), "bare|1\nkept|1\nroom|1\n");
}

TEST(WecomArchive, RecalledSwitchedRepeated) {
  ArchiveWorld x;
  x.word(x.anna, true), x.say(x.anna, x.guide, "oops");
  x.say(x.anna, x.guide, "", {{"action", "recall"}, {"msgtype", "revoke"}, {"revoke", {{"pre_msgid", x.msgid(2)}}}});
  x.lines(R"({"seq": 4, "publickey_ver": 1, "message": {"msgid": "s1", "action": "switch", "time": 1, "user": "x"}})" "\n"), ++x.seq;
  x.say(x.anna, x.guide, "again", {{"msgid", x.msgid(2)}});
  x.well(), x.well();
  EXPECT_EQ(x.talk(x.person(x.anna), x.staff().v), "<kept:oops(recalled) ");
  EXPECT_EQ(x.tally(), "kept|1\nrevoked|1\nswitch|1\n");
}

TEST(WecomArchive, AMissingKeyLosesNothing) {
  ArchiveWorld x;
  x.key_elsewhere(2);
  x.word(x.anna, true), x.say(x.anna, x.guide, "first"), x.say(x.anna, x.guide, "locked", {}, 2), x.say(x.anna, x.guide, "last");
  x.lines(R"({"seq": 5, "publickey_ver": 1, "spoilt": true, "message": {"msgid": "m5"}})" "\n"), ++x.seq;
  x.well();
  EXPECT_EQ(x.talk(x.person(x.anna), x.staff().v), "<kept:first <kept:last ");
  EXPECT_EQ(x.rows("SELECT seq, version, why FROM connect_archive_locked ORDER BY seq", 3), "3|2|connect.archive_no_key\n5|1|connect.archive_decrypt\n");
  x.key(2);
  x.well();
  EXPECT_EQ(x.talk(x.person(x.anna), x.staff().v), "<kept:first <kept:locked <kept:last ");
  EXPECT_EQ(x.rows("SELECT seq FROM connect_archive_locked ORDER BY seq", 1), "5\n");
}

TEST(WecomArchive, KilledBetweenPagesItEndsTheSame) {
  ArchiveWorld x;
  x.word(x.anna, true);
  for (int i = 0; i < 23; ++i) x.say(i % 2 ? x.anna : x.guide, i % 2 ? x.guide : x.anna, std::to_string(i));
  x.lines(R"({"fault": 10002, "times": 2})" "\n");
  int rounds = 0;
  for (bool more = true; more && rounds < 50; ++rounds) {
    int pages = 0;
    const auto done = x.pull({.page = 3, .calls = 100, .go_on = [&] { return ++pages <= 2; }});
    ASSERT_EQ(outcome(done), "ok");
    more = done->more;
    x.w.reopen(), x.desk = nullptr, x.desk = std::make_unique<Desk>(x.db(), x.network);
  }
  EXPECT_EQ(rounds, 5);
  EXPECT_EQ(x.tally(), "kept|23\n");
  EXPECT_EQ(x.w.number("SELECT seq FROM connect_archive"), 24);
}

TEST(WecomArchive, WithoutThePlatformsWordAPageWaits) {
  ArchiveWorld x;
  x.agree.down = true;
  x.say(x.anna, x.guide, "hello");
  EXPECT_EQ(outcome(x.pull()), "connect.unreachable");
  EXPECT_EQ(x.w.number("SELECT seq FROM connect_archive"), 0);
  EXPECT_EQ(x.w.count("connect_archive_message"), 0);
  x.agree.down = false;
  x.agree.words[{x.anna, x.guide}] = "Agree";
  x.well();
  EXPECT_EQ(x.tally(), "kept|1\n");
}

TEST(WecomArchive, TheErasedAreUnreadableAndNotTakenUpAgain) {
  ArchiveWorld x;
  x.word(x.anna, true), x.say(x.anna, x.guide, "my secret");
  x.well();
  const auto who = x.person(x.anna);
  const auto with = x.staff().v;
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) {
    return tx.exec("INSERT INTO connect_wecom_contact (corp_id, userid, external_userid, staff_id, person_id, origin_id, remark, description, tags, add_way, state, oper, face, phones, "
                   "created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5, '', '', '', 0, '', '', 1, 0, 0, 0)", x.corp, x.guide, x.anna, with, who);
  })), "ok");
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::erase(tx, who); })), "ok");
  EXPECT_EQ(x.talk(who, with), "<erased: ");
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_archive_message WHERE sealed IS NOT NULL"), 0);
  EXPECT_EQ(x.w.count("connect_archive_agree"), 0);
  x.agree.words[{x.anna, x.guide}] = "Agree";
  const auto people = x.w.count("person");
  x.say(x.anna, x.guide, "still here");
  x.well();
  EXPECT_EQ(x.tally(), "erased|1\nkept|1\n");
  EXPECT_EQ(x.w.count("person"), people);
  EXPECT_EQ(x.w.count("connect_archive_agree"), 0);
}

TEST(WecomArchive, WhoeverLooksStandsInTheTrailAndSeesTheirOwn) {
  ArchiveWorld x;
  x.word(x.anna, true), x.say(x.anna, x.guide, "绿茶多少钱"), x.say(x.guide, x.anna, "八十");
  x.well();
  const auto who = x.person(x.anna);
  EXPECT_EQ(x.talk(who, x.staff().v, {}, "绿茶"), "<kept:绿茶多少钱 ");
  const auto trail = x.w.read([](Tx& tx) { return store::audit_page(tx, 0, 10, "archive.open", ""); });
  ASSERT_EQ(outcome(trail), "ok");
  ASSERT_EQ(trail->size(), 1u);
  EXPECT_EQ(trail->front().subject, to_text(who));
  EXPECT_EQ(trail->front().author_name, "Admin");
  const auto stranger = Scope::of(Reach::own, StaffId{424242}, "/");
  EXPECT_EQ(x.talk(who, x.staff().v, {}, {}, stranger), "people.not_found");
  const auto talks = [&](const Scope& scope) { return x.w.read([&](Tx& tx) { return find_talks(tx, scope, {}); }); };
  ASSERT_EQ(talks(Scope::everything("test"))->size(), 1u);
  EXPECT_EQ(talks(Scope::everything("test"))->front().kept, 2);
  EXPECT_EQ(talks(stranger)->size(), 0u);
  const auto days = x.w.read([&](Tx& tx) { return talk_days(tx, Scope::everything("test"), from_ms((box::kStart - 10) * 1000), from_ms((box::kStart + 3600) * 1000), {}, 10); });
  ASSERT_EQ(outcome(days), "ok");
  ASSERT_EQ(days->size(), 1u);
  EXPECT_EQ(days->front().first_reply_s, 1);
}

TEST(WecomArchive, WhatIsWrongWithALibraryIsSaid) {
  ArchiveWorld x;
  const auto text = x.folder / "text.so";
  std::ofstream(text) << "no library";
  const auto open = [&](const std::string& path, const std::string& secret) { return outcome(open_finance(path, x.corp, secret)); };
  EXPECT_EQ(open("lib.so", "s"), "connect.archive_path");
  EXPECT_EQ(open("/nowhere/lib.so", "s"), "connect.archive_no_library");
  EXPECT_EQ(open(text.string(), "s"), "connect.archive_wrong_library");
  Dl_info zlib{};
  ASSERT_NE(dladdr(dlsym(RTLD_DEFAULT, "zlibVersion"), &zlib), 0);
  EXPECT_EQ(open(std::filesystem::canonical(zlib.dli_fname).string(), "s"), "connect.archive_symbol");
  EXPECT_EQ(open(KOI_FINANCE_STUB, "/nowhere"), "connect.archive_init");
  x.lines(R"({"fault": 10009, "times": 9})" "\n");
  EXPECT_EQ(outcome(x.pull()), "connect.archive_ip");
}

TEST(WecomArchive, PushesWakeThePullAndTellOfAgreement) {
  ArchiveWorld x;
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return archive_went(tx, x.corp, nullptr, Millis(60'000)); })), "ok");
  const auto due = [&] { return x.w.read([](Tx& tx) { return due_archives(tx); })->size(); };
  EXPECT_EQ(due(), 0u);
  const auto tell = [&](const std::string& kind, const std::string& xml) {
    const auto read = crypto::read_callback_xml(xml);
    const auto meant = x.w.write([&](Tx& tx) { return take_meaning(tx, x.corp, kind, *read, x.w.clock().now()); });
    EXPECT_EQ(outcome(meant), "ok");
    EXPECT_TRUE(meant.value_or(false));
  };
  tell("msgaudit_notify", push_xml(x.corp, x.seconds(), "msgaudit_notify", "", {}));
  EXPECT_EQ(due(), 1u);
  tell("change_external_contact/msg_audit_approved", x.add_xml(x.anna, "msg_audit_approved"));
  x.say(x.anna, x.guide, "later", {{"msgtime", to_ms(x.w.clock().now()) + 5000}});
  x.well();
  EXPECT_EQ(x.tally(), "kept|1\n");
  EXPECT_EQ(x.agree.asked, 0);
}

}  // namespace
}  // namespace koi::connect::wecom::testing
