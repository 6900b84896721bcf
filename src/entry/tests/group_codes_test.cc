// Group codes: which group is shown, and every case in which it cannot be.
#include <gtest/gtest.h>

#include "entry/tests/group_world.h"

namespace koi::entry {
namespace {

using namespace testing;

TEST(GroupCodes, AreCheckedWithThePlaceOfWhatIsWrong) {
  GroupWorld w;
  const auto good = GroupWorld::pool_of(2);
  struct { const char* want; void (*spoil)(GroupSpec&); } const rows[] = {
      {"entry.name /name", [](GroupSpec& s) { s.name = " "; }},
      {"entry.limit /group_cap", [](GroupSpec& s) { s.group_cap = 0; }},
      {"entry.limit /group_cap", [](GroupSpec& s) { s.group_cap = 2001; }},
      {"entry.limit /code_cap", [](GroupSpec& s) { s.code_cap = -1; }},
      {"entry.limit /hold_minutes", [](GroupSpec& s) { s.hold_minutes = 0; }},
      {"entry.url /fallback/url", [](GroupSpec& s) { s.fallback.url = "javascript:alert(1)"; }},
      {"entry.url /fallback/url", [](GroupSpec& s) { s.fallback.url = "//elsewhere"; }},
      {"entry.no_code /fallback/code", [](GroupSpec& s) { s.fallback.code = CodeId{77}; }},
      {"entry.unknown_unit /unit", [](GroupSpec& s) { s.unit = UnitId{99}; }},
      {"entry.unknown_unit /entries/1/store", [](GroupSpec& s) { s.entries[1].store = UnitId{99}; }},
      {"entry.weight /entries/0/weight", [](GroupSpec& s) { s.entries[0].weight = 0; }},
      {"entry.limit /entries/0/cap", [](GroupSpec& s) { s.entries[0].cap = -1; }},
      {"entry.tag /entries/0/tags", [](GroupSpec& s) { s.entries[0].tags = {""}; }},
      {"entry.group_chats /entries/0/chats", [](GroupSpec& s) { s.entries[0].chats.clear(); }},
      {"entry.group_chats /entries/0/chats/0", [](GroupSpec& s) { s.entries[0].chats = {"g1", "g1"}; }},
      {"entry.group_chats /entries/0/chats/0", [](GroupSpec& s) { s.entries[0].chats = {"a,b"}; }},
      {"entry.group_room /entries/0/room_base_name", [](GroupSpec& s) { s.entries[0].auto_create = true; }},
      {"entry.group_room /entries/0/room_base_name", [](GroupSpec& s) { s.entries[0].room_base_name = std::string(41, 'x'); }},
      {"entry.group_room /entries/0/room_base_id", [](GroupSpec& s) { s.entries[0].room_base_id = -1; }},
      {"entry.group_entry /entries/0/id", [](GroupSpec& s) { s.entries[0].id = GroupEntryId{5}; }},
      {"entry.group_image /entries/0/image", [](GroupSpec& s) { s.entries[0].image = GroupImageId{5}; }},
      {"entry.rule /rule", [](GroupSpec& s) { s.rule = GroupRule::store; }},
      {"entry.rule /rule", [](GroupSpec& s) { s.rule = GroupRule::category; }},
  };
  for (const auto& row : rows) {
    auto spec = good;
    row.spoil(spec);
    const auto got = w.create_group(spec);
    EXPECT_EQ(got ? "saved" : got.error().code + " " + got.error().pointer, row.want);
  }
  EXPECT_TRUE(w.create_group(good));
}

TEST(GroupCodes, FillOneGroupAfterTheOther) {
  GroupWorld w;
  auto spec = GroupWorld::pool_of(2);
  spec.group_cap = 2;
  const auto code = w.make_group(spec);
  EXPECT_EQ(w.shown(code.id, "a"), "g1");
  EXPECT_EQ(w.shown(code.id, "a"), "g1+");  // the same visitor
  EXPECT_EQ(w.shown(code.id, "b"), "g1");
  EXPECT_EQ(w.shown(code.id, "c"), "g2");
  EXPECT_EQ(w.shown(code.id, "d"), "g2");
  EXPECT_EQ(w.shown(code.id, "e"), "text");
  EXPECT_EQ(w.group_alarm(code.id), "group_full");
  w.pass(16 * kMinute);  // nobody came: the seats are free again
  EXPECT_EQ(w.shown(code.id, "f"), "g1");
  EXPECT_EQ(w.group_alarm(code.id), "");
}

TEST(GroupCodes, AskEntriesAsTheRuleSays) {
  struct { const char* name; GroupRule rule; void (*set)(GroupSpec&); const char* want; } const rows[] = {
      {"in order", GroupRule::fill, [](GroupSpec&) {}, "g1 g1 g1"},
      {"round robin", GroupRule::round_robin, [](GroupSpec&) {}, "g1 g2 g3"},
      {"one is off", GroupRule::fill, [](GroupSpec& s) { s.entries[0].on = false; }, "g2 g2 g2"},
      {"an entry's own cap", GroupRule::fill, [](GroupSpec& s) { s.entries[0].cap = 1; }, "g1 g2 g2"},
      {"the code's cap", GroupRule::fill, [](GroupSpec& s) { s.code_cap = 2; }, "g1 g1 text"},
      {"one for customers", GroupRule::fill, [](GroupSpec& s) { s.entries[0].audience = GroupAudience::customers; }, "g2 g2 g2"},
      {"one for newcomers", GroupRule::fill, [](GroupSpec& s) { s.entries[0].audience = GroupAudience::newcomers; }, "g1 g1 g1"},
      {"one for a tag", GroupRule::fill, [](GroupSpec& s) { s.entries[0].tags = {"等级/VIP"}; }, "g2 g2 g2"},
      {"nobody yet", GroupRule::fill, [](GroupSpec& s) { s.entries.clear(); }, "text text text"},
  };
  for (const auto& row : rows) {
    GroupWorld w;
    auto spec = GroupWorld::pool_of(3);
    spec.rule = row.rule;
    row.set(spec);
    const auto code = w.make_group(spec);
    std::string got;
    for (const char* visitor : {"a", "b", "c"}) got += (got.empty() ? "" : " ") + w.shown(code.id, visitor);
    EXPECT_EQ(got, row.want) << row.name;
  }
}

TEST(GroupCodes, WeightsShareOut) {
  GroupWorld w;
  auto spec = GroupWorld::pool_of(2);
  spec.rule = GroupRule::weight;
  spec.entries[0].weight = 3;
  spec.group_cap = 2000;
  const auto code = w.make_group(spec);
  int first = 0;
  for (int i = 0; i < 80; ++i) first += w.shown(code.id, "v" + std::to_string(i)) == "g1";
  EXPECT_EQ(first, 60);
}

TEST(GroupCodes, AskWhichWhenTheVisitorHasToChoose) {
  GroupWorld w;
  auto spec = GroupWorld::pool_of(3);
  spec.rule = GroupRule::category;
  spec.entries[0].category = "母婴";
  spec.entries[1].category = "美妆";
  const auto code = w.make_group(spec);
  const auto got = w.look({.code = code.id, .visitor = "a"});
  ASSERT_EQ(got->kind, "pick");
  ASSERT_EQ(got->choices.size(), 2u);
  EXPECT_EQ(got->choices[1].category, "美妆");
  EXPECT_EQ(w.shown({.code = code.id, .visitor = "a", .category = "美妆"}), "g2");
  spec.rule = GroupRule::store;
  spec.entries[0].store = UnitId{11};
  spec.entries[1].store = UnitId{12};
  const auto stores = w.make_group(spec);
  const auto which = w.look({.code = stores.id, .visitor = "b"});
  ASSERT_EQ(which->choices.size(), 2u);
  EXPECT_EQ(which->choices[0].name, "西湖店");
  EXPECT_EQ(w.shown({.code = stores.id, .visitor = "b", .store = UnitId{12}}), "g2");
}

TEST(GroupCodes, FallBackInOrderAndAreNeverADeadEnd) {
  GroupWorld w;
  const auto staff = w.make(EntryWorld::spec_of(1), "staffcode");
  auto spec = GroupWorld::groups_of({});
  spec.fallback = {staff.id, "https://shop.example/", "明天再来", "0571-1"};
  const auto code = w.make_group(spec);
  auto got = w.look({.code = code.id, .visitor = "a"});
  EXPECT_EQ(got->kind + " " + got->code_slug, "code staffcode");
  ASSERT_TRUE(w.write([&](Tx& tx) { return set_code_state(tx, EntryWorld::all(), staff.id, CodeState::deleted); }));
  got = w.look({.code = code.id, .visitor = "a"});
  EXPECT_EQ(got->kind + " " + got->url, "url https://shop.example/");
  for (const auto state : {CodeState::paused, CodeState::deleted}) {
    ASSERT_TRUE(w.write([&](Tx& tx) { return set_group_code_state(tx, EntryWorld::all(), code.id, state); }));
    EXPECT_EQ(w.shown(code.id, "b"), "url");
  }
  const auto bare = w.make_group(GroupWorld::groups_of({}));
  got = w.look({.code = bare.id, .visitor = "c"});
  EXPECT_EQ(got->kind, "text");
  EXPECT_FALSE(got->words.zh.empty());
}

TEST(GroupCodes, WhoIsInASiblingGroupSeesTheirOwnAndTakesNoSeat) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::pool_of(2));
  const auto who = w.person(1);
  ASSERT_TRUE(w.enter("g2", who, w.state_at(code.id, 1)));
  EXPECT_EQ(w.shown(code.id, "phone", who), "member g2");
  EXPECT_EQ(w.shown({.code = code.id, .visitor = "phone", .person = who, .again = true}), "g2+");
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM entry_group_seat"), 0);
  ASSERT_TRUE(w.quit("g2", who, 1000));
  EXPECT_EQ(w.shown(code.id, "phone", who), "g1");
}

TEST(GroupCodes, WhoTurnsOutToBeAMemberIsKnownAsOneAndNoMoreWhenCutApart) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::pool_of(2));
  const auto a = w.person(1), b = w.person(2);
  ASSERT_TRUE(w.enter("g2", b, w.state_at(code.id, 1)));
  EXPECT_EQ(w.shown(code.id, "", a), "g1");
  ASSERT_TRUE(w.write([&](Tx& tx) { return people::merge(tx, {.into = a, .from = b, .evidence = "test", .by_user = 1}); }));
  EXPECT_EQ(w.shown(code.id, "", a), "member g2");
  ASSERT_TRUE(w.write([&](Tx& tx) { return people::unmerge(tx, b, "test", 1); }));
  EXPECT_EQ(w.shown(code.id, "", a), "g1");
}

TEST(GroupCodes, ABrowserWhoseSeatWasTakenIsKnownAsAMember) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::pool_of(2));
  EXPECT_EQ(w.shown(code.id, "phone"), "g1");
  const auto got = w.enter("g1", w.person(1), w.state_at(code.id, 0), 1000);
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->first);
  w.pass(kMinute);
  EXPECT_EQ(w.shown(code.id, "phone"), "member g1");
}

TEST(GroupCodes, TheSameGroupAgainWhenTheCodeSaysSo) {
  GroupWorld w;
  auto spec = GroupWorld::pool_of(2);
  spec.rejoin = Rejoin::same;
  const auto code = w.make_group(spec);
  const auto who = w.person(1);
  ASSERT_TRUE(w.enter("g2", who, w.state_at(code.id, 1)));
  EXPECT_EQ(w.shown(code.id, "phone", who), "g2+");
}

TEST(GroupCodes, ADissolvedGroupIsShownToNobodyEvenWhoHoldsASeatInIt) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::pool_of(2));
  EXPECT_EQ(w.shown(code.id, "a"), "g1");
  GroupChange gone;
  gone.chat_id = "g1";
  gone.dismissed = true;
  w.changed(gone);
  EXPECT_EQ(w.shown(code.id, "a"), "g2");
  EXPECT_EQ(w.shown(code.id, "b"), "g2");
  EXPECT_EQ(w.group_alarm(code.id), "group_dismissed");
  // A late word of its owner does not bring it back.
  GroupChange late;
  late.chat_id = "g1";
  late.ownerless = false;
  late.at = w.clock().now() + Millis{5000};
  w.changed(late);
  EXPECT_EQ(w.shown(code.id, "c"), "g2");
}

TEST(GroupCodes, AGroupWhoseOwnerHasLeftWaitsForANewOne) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::pool_of(2));
  GroupChange c;
  c.chat_id = "g1";
  c.ownerless = true;
  w.changed(c);
  EXPECT_EQ(w.shown(code.id, "a"), "g2");
  EXPECT_EQ(w.group_alarm(code.id), "group_owner_left");
  w.pass(1000);
  c.ownerless = false;
  c.owner = "user2";
  c.at = w.clock().now();
  w.changed(c);
  EXPECT_EQ(w.group_alarm(code.id), "");
  EXPECT_EQ(w.shown(code.id, "b"), "g1");
}

TEST(GroupCodes, TheWayLeadsToTheFirstFiveWithRoom) {
  GroupWorld w;
  auto spec = GroupWorld::groups_of({GroupWorld::join_of({"g1", "g2", "g3", "g4", "g5", "g6", "g7"})});
  spec.group_cap = 10;
  const auto code = w.make_group(spec);
  EXPECT_EQ(w.chats_at(code.id, 0), "g1,g2,g3,g4,g5");
  EXPECT_LE(w.state_at(code.id, 0).size(), 30u);
  w.count("g1", 10);
  w.count("g3", 12);
  EXPECT_EQ(w.chats_at(code.id, 0), "g2,g4,g5,g6,g7");
  w.count("g1", 4);  // some left
  w.pass(1000);
  w.count("g1", 4);
  EXPECT_EQ(w.chats_at(code.id, 0), "g1,g2,g4,g5,g6");
}

TEST(GroupCodes, TheNextGroupIsNamedAfterThoseThatWereMade) {
  GroupWorld w;
  auto entry = GroupWorld::join_of({"g1"}, true);
  entry.room_base_id = 7;
  auto spec = GroupWorld::groups_of({entry});
  spec.group_cap = 2;
  const auto code = w.make_group(spec);
  EXPECT_EQ(w.way_at(code.id, 0).room_base_id, 7);
  w.count("g1", 2);
  EXPECT_EQ(w.shown(code.id, "a"), "g1");  // the platform makes the next
  const auto state = w.state_at(code.id, 0);
  const auto got = w.enter("made1", w.person(1), state, 1000);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->code, code.id);
  EXPECT_EQ(w.way_at(code.id, 0).room_base_id, 8);
  EXPECT_EQ(w.chats_at(code.id, 0), "made1");
}

TEST(GroupCodes, WhenThePlatformMakesNoMoreGroupsTheNextEntryIsShown) {
  GroupWorld w;
  auto spec = GroupWorld::groups_of({GroupWorld::join_of({"g1"}, true), GroupWorld::join_of({"g2"})});
  spec.group_cap = 2;
  const auto code = w.make_group(spec);
  w.count("g1", 2);
  EXPECT_EQ(w.shown(code.id, "a"), "g1");
  const auto way = w.way_at(code.id, 0);
  ASSERT_TRUE(w.write([&](Tx& tx) { return join_auto_stopped(tx, way.id, "40098", tx.now() + std::chrono::hours(24)); }));
  EXPECT_EQ(w.group_alarm(code.id), "group_auto_stopped");
  EXPECT_FALSE(w.way_at(code.id, 0).auto_create);
  w.join_platform();
  EXPECT_EQ(w.shown(code.id, "b"), "g2");
  w.pass(25 * kHour);
  w.time();
  EXPECT_EQ(w.group_alarm(code.id), "");
  EXPECT_TRUE(w.way_at(code.id, 0).auto_create);
  w.join_platform();
  EXPECT_EQ(w.shown(code.id, "c"), "g1");
}

TEST(GroupCodes, AWayThatWasDeletedOnThePlatformIsMadeAnew) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::pool_of(1));
  const auto config = "cfg-" + w.state_at(code.id, 0);
  ASSERT_TRUE(w.write([&](Tx& tx) { return join_lost(tx, config); }));
  EXPECT_EQ(w.shown(code.id, "a"), "text");
  EXPECT_EQ(w.join_platform(), 1);
  EXPECT_EQ(w.shown(code.id, "a"), "g1");
  const auto way = w.way_at(code.id, 0);
  ASSERT_TRUE(w.write([&](Tx& tx) { return join_failed(tx, way.id, "connect.wecom_refused", tx.now() + std::chrono::minutes(5)); }));
  EXPECT_NE(w.group_alarm(code.id).find("join_failed"), std::string::npos);
}

TEST(GroupCodes, PicturesAreToldADayBeforeTheyEndAndAreNotShownAfter) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::groups_of({}));
  const auto first = w.upload(code.id);
  EXPECT_EQ(to_ms(first.expires_at) - to_ms(first.uploaded_at), 7 * kDay);
  const auto second = w.upload(code.id, {}, "第二群", from_ms(kMonday + 30 * kDay));
  EXPECT_EQ(w.shown(code.id, "a"), "第一群");
  w.time();
  EXPECT_EQ(w.group_alarm(code.id), "");
  w.pass(6 * kDay);
  w.time();
  EXPECT_EQ(w.group_alarm(code.id), "group_image_expiring");
  w.time();
  EXPECT_EQ(w.number("SELECT SUM(times) FROM entry_alarm WHERE kind = 'group_image_expiring'"), 1);
  w.pass(kDay);
  w.time();
  EXPECT_EQ(w.group_alarm(code.id), "group_image_expired");
  EXPECT_EQ(w.shown(code.id, "b"), "第二群");
  w.upload(code.id, first.id, "");
  w.time();
  EXPECT_EQ(w.group_alarm(code.id), "");
  EXPECT_EQ(w.shown(code.id, "c"), "第一群");
  EXPECT_NE(second.id, first.id);
}

TEST(GroupCodes, APictureThatEndsWhileThePageIsOpenLeadsToTheNext) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::groups_of({}), "open");
  w.upload(code.id, {}, "一群", from_ms(kMonday + kMinute));
  w.upload(code.id, {}, "二群");
  ASSERT_EQ(w.call("GET", "/g/{slug}", {.parts = {"open"}}), "200");
  EXPECT_NE(w.last.body.find("一群"), std::string::npos);
  EXPECT_EQ(w.header("Refresh"), "40");  // before its end, with or without script
  const auto cookie = w.header("Set-Cookie");
  const auto from = w.last.body.find("/image/") + 7;
  const auto image = w.last.body.substr(from, w.last.body.find('?', from) - from);
  const auto sig_at = w.last.body.find("sig=") + 4;
  const auto sig = w.last.body.substr(sig_at, w.last.body.find('"', sig_at) - sig_at);
  const Ask picture{.parts = {"open", image}, .query = {{"until", std::to_string(kMonday + kMinute)}, {"sig", sig}}};
  EXPECT_EQ(w.call("GET", "/g/{slug}/image/{image}", picture), "200");
  EXPECT_EQ(w.last.content_type, "image/png");
  auto forged = picture;
  forged.query[0].second = std::to_string(kMonday + kHour);
  EXPECT_EQ(w.call("GET", "/g/{slug}/image/{image}", forged), "entry.no_image");
  w.pass(kMinute);
  EXPECT_EQ(w.call("GET", "/g/{slug}/image/{image}", picture), "entry.no_image");
  ASSERT_EQ(w.call("GET", "/g/{slug}", {.parts = {"open"}, .headers = {{"cookie", cookie.substr(0, cookie.find(';'))}}}), "200");
  EXPECT_NE(w.last.body.find("二群"), std::string::npos);
}

TEST(GroupCodes, APictureWhoseGroupNobodyNamedCountsWhoWasShownIt) {
  GroupWorld w;
  auto spec = GroupWorld::groups_of({});
  spec.group_cap = 2;
  const auto code = w.make_group(spec);
  w.upload(code.id, {}, "一群");
  EXPECT_EQ(w.shown(code.id, "a"), "一群");
  EXPECT_EQ(w.shown(code.id, "b"), "一群");
  w.pass(kDay);  // nobody can say whether they came: the seat does not come back
  EXPECT_EQ(w.shown(code.id, "c"), "text");
  EXPECT_EQ(w.shown(code.id, "a"), "一群+");
}

TEST(GroupCodes, WordsOfJoiningAndLeavingGiveTheSameInWhateverOrder) {
  // Of each person: when they came and left.
  struct Word { int who; bool in; std::int64_t at; };
  const std::vector<Word> words = {{1, true, 1000}, {1, false, 2000}, {1, true, 3000}, {2, true, 1500}, {2, false, 1800}, {3, true, 1200}, {2, true, 1500}, {1, false, 2000}};
  std::string first;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    GroupWorld w(1, 1);
    const auto code = w.make_group(GroupWorld::pool_of(2));
    const auto state = w.state_at(code.id, 0);
    std::vector<PersonId> people;
    for (int i = 1; i <= 3; ++i) people.push_back(w.person(i));
    auto order = words;
    Rng rng(seed);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
    w.pass(10'000);
    for (const auto& word : order) {
      const auto who = people[static_cast<std::size_t>(word.who - 1)];
      const bool told = word.in ? w.enter("g1", who, state, word.at - 10'000).has_value() : w.quit("g1", who, word.at - 10'000).has_value();
      ASSERT_TRUE(told);
    }
    std::string got;
    for (std::size_t i = 0; i < people.size(); ++i) {
      const auto id = std::to_string(people[i].v);
      for (const char* column : {"first_at", "joined_at", "left_at", "via_at"})
        got += std::to_string(w.number("SELECT " + std::string(column) + " FROM entry_group_join WHERE person_id = " + id)) + " ";
      got += w.number("SELECT COUNT(*) FROM entry_group_join WHERE code_id = " + std::to_string(code.id.v) + " AND person_id = " + id) == 1 ? "ours " : "not ours ";
      got += w.number("SELECT COUNT(*) FROM relation WHERE kind = 'group' AND state = 'joined' AND person_id = " + id) == 1 ? "in; " : "out; ";
    }
    const auto stands = w.read([&](Tx& tx) -> Result<std::int64_t> {
      TRY(const auto found, find_group_code(tx, EntryWorld::all(), code.id));
      TRY(const auto s, group_stands(tx, found));
      return s[0].groups[0].people * 100 + s[0].joined;
    });
    got += std::to_string(*stands);
    if (seed == 1) first = got;
    EXPECT_EQ(got, first) << "seed " << seed;
  }
  EXPECT_NE(first.find("202"), std::string::npos) << first;  // two are in
}

TEST(GroupCodes, AStateOrChatNobodyKnowsIsARelationOnly) {
  GroupWorld w;
  const auto got = w.enter("elsewhere", w.person(1), "g-unknown");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->code, GroupCodeId{});
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM relation WHERE kind = 'group' AND state = 'joined'"), 1);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM entry_group_join"), 0);
}

TEST(GroupCodes, StatsTellFromTheScanToWhoStayedAWeek) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::pool_of(1));
  const auto state = w.state_at(code.id, 0);
  for (int i = 1; i <= 4; ++i) {
    w.shown(code.id, "v" + std::to_string(i));
    if (i == 4) continue;
    ASSERT_TRUE(w.enter("g1", w.person(i), state));
  }
  w.shown(code.id, "v4");
  w.pass(kDay);
  ASSERT_TRUE(w.quit("g1", w.person(1)));
  w.pass(7 * kDay);
  ASSERT_TRUE(w.quit("g1", w.person(2)));
  const auto id = to_text(code.id);
  ASSERT_EQ(w.call("GET", "/v1/group-codes/{code}/stats", {.parts = {id}}), "200");
  for (const auto& [place, want] : {std::pair("/scans", "5"), {"/visitors", "4"}, {"/unserved", "0"}, {"/sums/joins", "3"}, {"/sums/quits", "2"}, {"/sums/week", "3"},
                                    {"/sums/stayed", "2"}, {"/groups/0/sums/joins", "3"}, {"/entries/0/scans", "5"}, {"/days/21/joins", "3"}, {"/days/22/quits", "1"}})
    EXPECT_EQ(w.text(place), want) << place;
  ASSERT_EQ(w.call("GET", "/v1/group-codes", {}), "200");
  EXPECT_EQ(w.text("/data/0/sums/scans") + " " + w.text("/data/0/sums/stayed") + " " + w.text("/data/0/ready"), "5 2 1");
}

TEST(GroupCodes, AScanIsNoScanOfAStaffCode) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::pool_of(1));
  w.shown(code.id, "a");
  w.drain();
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM entry_code_day"), 0);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM event WHERE kind = (SELECT id FROM event_kind WHERE name = 'code_scanned')"), 1);
}

}  // namespace
}  // namespace koi::entry
