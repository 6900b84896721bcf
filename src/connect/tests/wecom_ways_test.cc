// What entry wants the platform to have comes to be there, once.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "connect/tests/wecom_box.h"
#include "entry/group_codes.h"
#include "entry/joins.h"
#include "entry/ways.h"

namespace koi::connect::wecom::testing {
namespace {

const Scope kAll = Scope::everything("test");

struct WaysWorld : SyncWorld {
  explicit WaysWorld(simulate::Options shape = corp_shape(6, 12)) : SyncWorld(std::move(shape)) { sync(); }

  entry::Member member(simulate::StaffNo no) {
    entry::Member m;
    const auto staff = w.read([&](Tx& tx) { return team::staff_by_wecom(tx, sim.user(no)); });
    if (staff && *staff) m.staff = (*staff)->id;
    return m;
  }
  entry::Code code(int guides, std::string slug = {}) {
    entry::CodeSpec spec;
    spec.name = "门店展架";
    for (int i = 0; i < guides; ++i) spec.members.push_back(member(static_cast<simulate::StaffNo>(i)));
    auto made = w.write([&](Tx& tx) { return entry::create_code(tx, kAll, {.spec = spec, .slug = slug, .key = {}}); });
    EXPECT_EQ(outcome(made), "ok");
    return made ? made->code : entry::Code{};
  }
  WaysDone make() {
    auto done = make_ways(db(), platform, corp, true);
    EXPECT_EQ(outcome(done), "ok");
    return done.value_or(WaysDone{});
  }
  std::size_t there() const { return sim.world.books.ways.size(); }
  /// How many ways of one state the platform has at most.
  std::size_t doubled() const {
    std::map<std::string, std::size_t> n;
    std::size_t most = 0;
    for (const auto& [id, way] : sim.world.books.ways) most = std::max(most, ++n[way.state]);
    return most;
  }
  std::int64_t due() { return w.number("SELECT COUNT(*) FROM entry_way WHERE want_ver > made_ver AND (wanted = 1 OR config_id <> '')"); }
  void fault(std::string_view path, std::string_view kind, int times = 1, int skip = 0) {
    sim.sim("faults", {{"path", path}, {"kind", kind}, {"times", times}, {"skip", skip}, {"ms", 3'600'000}});
  }
};

TEST(WecomWays, WhatIsWantedIsMadeChangedAndDeleted) {
  WaysWorld x;
  const auto code = x.code(3);
  EXPECT_EQ(x.make().made, 3);
  EXPECT_EQ(x.there(), 3u);
  EXPECT_EQ(x.due(), 0);
  for (const auto& [id, way] : x.sim.world.books.ways) {
    EXPECT_EQ(way.users.size(), 1u);
    EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM entry_way WHERE state = '" + way.state + "' AND config_id = '" + id + "' AND qr_url <> ''"), 1);
  }
  EXPECT_EQ(x.make().made, 0) << "nothing more to do";

  auto spec = code.spec;
  spec.name = "新名字";
  spec.members.pop_back();
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return entry::edit_code(tx, kAll, {.code = code.id, .ver = {}, .spec = spec}); })), "ok");
  x.pass(3600);
  const auto done = x.make();
  EXPECT_EQ(done.changed, 2);
  EXPECT_EQ(done.deleted, 1);
  EXPECT_EQ(x.there(), 2u);
  EXPECT_TRUE(x.sim.world.books.ways.begin()->second.remark.starts_with("新名字"));
}

TEST(WecomWays, AnAnswerThatNeverCameIsLookedForNotAskedForAgain) {
  WaysWorld x;
  x.code(3);
  x.fault("externalcontact/add_contact_way", "unknown", 2);  // done, and nobody hears of it
  const auto first = x.make();
  EXPECT_EQ(first.made, 1);
  EXPECT_EQ(first.waiting, 2);
  EXPECT_EQ(x.there(), 3u);
  EXPECT_EQ(x.make().waiting, 2) << "a late request may still be on its way";
  EXPECT_EQ(x.there(), 3u);
  x.pass(61);
  const auto later = x.make();
  EXPECT_EQ(later.adopted, 2);
  EXPECT_EQ(later.made, 2);
  EXPECT_EQ(x.there(), 3u);
  EXPECT_EQ(x.doubled(), 1u);
  EXPECT_EQ(x.due(), 0);
  EXPECT_EQ(x.w.count("connect_wecom_way_try"), 0);
}

TEST(WecomWays, WhatWasNeverDoneIsDoneLater) {
  WaysWorld x;
  x.code(2);
  x.fault("externalcontact/add_contact_way", "hang", 1);  // not done
  EXPECT_EQ(x.make().waiting, 1);
  x.pass(61);
  EXPECT_EQ(x.make().made, 1);
  EXPECT_EQ(x.there(), 2u);
  EXPECT_EQ(x.doubled(), 1u);
  x.pass(120);
  x.make();
  EXPECT_EQ(x.w.count("connect_wecom_way_try"), 0);
}

TEST(WecomWays, AWayNobodyWantsAnyMoreLeavesNothingBehind) {
  WaysWorld x;
  const auto code = x.code(1);
  x.fault("externalcontact/add_contact_way", "unknown");
  EXPECT_EQ(x.make().waiting, 1);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return entry::set_code_state(tx, kAll, code.id, entry::CodeState::deleted); })), "ok");
  EXPECT_EQ(x.w.write([&](Tx& tx) { return tx.exec("UPDATE entry_way SET wanted = 0, want_ver = want_ver + 1 WHERE wanted = 1"); }).has_value(), true);
  EXPECT_EQ(x.there(), 1u);
  x.pass(3600);
  x.make();
  EXPECT_EQ(x.there(), 0u);
  EXPECT_EQ(x.w.count("connect_wecom_way_try"), 0);
}

TEST(WecomWays, WhatThePlatformRefusesIsToldAndTriedLater) {
  WaysWorld x;
  x.code(6);  // the last has no verified name, the one before never activated the account
  const auto done = x.make();
  EXPECT_EQ(done.made, 4);
  EXPECT_EQ(done.failed, 2);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM entry_way WHERE error LIKE 'connect.wecom_refused 41054%' OR error LIKE 'connect.wecom_refused 40098%'"), 2);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM entry_alarm WHERE kind = 'way_failed'") > 0, true);
  EXPECT_EQ(x.make().failed, 0) << "not before its time";
  x.sim.world.corp.staff[4].status = 1;
  x.sim.world.corp.staff[5].real_name = true;
  x.pass(601);
  EXPECT_EQ(x.make().made, 2);
}

TEST(WecomWays, AWayDeletedInTheConsoleIsMadeAnew) {
  WaysWorld x;
  const auto code = x.code(1);
  x.make();
  x.sim.world.books.ways.clear();
  auto spec = code.spec;
  spec.name = "改名";
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return entry::edit_code(tx, kAll, {.code = code.id, .ver = {}, .spec = spec}); })), "ok");
  x.make();  // finds it gone
  EXPECT_EQ(x.make().made, 1);
  EXPECT_EQ(x.there(), 1u);
  EXPECT_EQ(x.due(), 0);
}

TEST(WecomWays, ALimitLeavesTheRestForTheNextRound) {
  WaysWorld x;
  x.code(4);
  x.sim.sim("faults", {{"path", "externalcontact/add_contact_way"}, {"errcode", 45009}, {"skip", 1}});
  EXPECT_EQ(outcome(make_ways(x.db(), x.platform, x.corp, true)), "connect.wecom_limit");
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM entry_way WHERE error <> ''"), 0) << "nobody's fault";
  x.make();
  EXPECT_EQ(x.there(), 4u);
  EXPECT_EQ(x.doubled(), 1u);
}

/// Whatever goes wrong in whatever order: in the end the platform has exactly what is wanted.
RC_GTEST_PROP(WecomWays, NothingIsEverMadeTwice, ()) {
  WaysWorld x;
  x.code(4);
  const auto rounds = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5)).as("what goes wrong, round by round");
  for (std::size_t i = 0; i < std::min<std::size_t>(rounds.size(), 6); ++i) {
    constexpr std::string_view kKinds[] = {"unknown", "hang", "error"};
    if (rounds[i] < 3) x.fault("externalcontact/add_contact_way", kKinds[rounds[i]], 2);
    if (rounds[i] == 3) x.fault("externalcontact/update_contact_way", "unknown", 1);
    if (rounds[i] == 4) x.fault("externalcontact/get_contact_way", "hang", 1);
    (void)make_ways(x.db(), x.platform, x.corp, true);
    x.pass(61);
  }
  x.sim.sim("faults", {}, "DELETE");
  for (int i = 0; i < 4; ++i) {
    x.pass(601);
    (void)make_ways(x.db(), x.platform, x.corp, true);
  }
  RC_ASSERT(x.due() == 0);
  RC_ASSERT(x.there() == 4u);
  RC_ASSERT(x.doubled() == 1u);
}

TEST(WecomWays, OtherCorpsWaysAreLeftToThem) {
  WaysWorld x;
  x.code(2);
  const auto done = make_ways(x.db(), x.platform, "wwSomebodyElse", false);
  ASSERT_EQ(outcome(done), "ok");
  EXPECT_EQ(done->made, 0);
  EXPECT_EQ(outcome(make_ways(x.db(), x.platform, x.corp, false)), "ok");
  EXPECT_EQ(x.there(), 2u);
}

TEST(WecomWays, AFriendWhoseCallbackWasLostCountsForTheCode) {
  WaysWorld x;
  const auto code = x.code(1);
  x.make();
  const auto id = x.sim.customer();
  const auto& way = x.sim.world.books.ways.begin()->second;
  x.sim.sim("customer/scan", {{"external_userid", id}, {"code", way.config_id}});
  x.pass(60);
  const auto run = x.sync("daily");
  EXPECT_EQ(run.added, 1);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM entry_arrival WHERE code_id = " + std::to_string(code.id.v)), 1);
  EXPECT_EQ(x.sync("asked").added, 0);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM entry_arrival"), 1);
}

TEST(WecomWays, JoinWaysOfGroupCodesAreMadeAndKnowTheirGroups) {
  WaysWorld x;
  entry::GroupSpec spec;
  spec.name = "福利群";
  entry::GroupEntry e;
  e.name = "一群";
  e.kind = entry::GroupEntryKind::join;
  e.chats = {x.sim.world.corp.groups[0].id, x.sim.world.corp.groups[1].id};
  e.room_base_name = "福利群";
  spec.entries.push_back(e);
  const auto made = x.w.write([&](Tx& tx) { return entry::create_group_code(tx, kAll, {.spec = spec, .slug = {}, .key = {}}); });
  ASSERT_EQ(outcome(made), "ok");
  x.fault("externalcontact/groupchat/get_join_way", "hang");
  EXPECT_EQ(outcome(make_joins(x.db(), x.platform, x.corp, true)), "connect.wecom_unknown_outcome") << "made, but not read yet";
  EXPECT_EQ(x.sim.world.books.join_ways.size(), 1u);
  const auto done = make_joins(x.db(), x.platform, x.corp, true);
  ASSERT_EQ(outcome(done), "ok");
  EXPECT_EQ(x.sim.world.books.join_ways.size(), 1u) << "not a second one";
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM entry_join_way WHERE config_id <> '' AND qr_url <> '' AND made_ver = want_ver"), 1);
  EXPECT_EQ(x.w.count("connect_wecom_way_try"), 0);
}

}  // namespace
}  // namespace koi::connect::wecom::testing
