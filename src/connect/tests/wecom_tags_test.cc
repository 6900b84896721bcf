// The corp's tags and ours: changes go both ways, and what both changed is logged.
#include "connect/tests/wecom_box.h"
#include "people/profile.h"

namespace koi::connect::wecom::testing {
namespace {

struct TagsWorld : SyncWorld {
  TagsWorld() : SyncWorld(corp_shape(3, 30)) { sync(); }
  TagsDone look() {
    auto done = settle_tags(db(), platform, corp);
    EXPECT_EQ(outcome(done), "ok") << (done ? "" : done.error().detail);
    return done.value_or(TagsDone{});
  }
  people::Tag ours(std::string_view name) {
    const auto all = w.read([](Tx& tx) { return people::tags(tx); });
    for (const auto& t : *all)
      if (t.name == name) return t;
    return {};
  }
  people::TagGroup group(std::string_view name) {
    const auto all = w.read([](Tx& tx) { return people::tag_groups(tx); });
    for (const auto& g : *all)
      if (g.name == name) return g;
    return {};
  }
  void rename(people::Tag tag, std::string name) {
    tag.name = std::move(name);
    EXPECT_EQ(outcome(w.write([&](Tx& tx) { return people::update_tag(tx, tag); })), "ok");
  }
  void archive(people::Tag tag) {
    tag.archived_at = w.clock().now();
    EXPECT_EQ(outcome(w.write([&](Tx& tx) { return people::update_tag(tx, tag); })), "ok");
  }
  simulate::Tag& theirs(int g, int t) { return sim.world.corp.tags[static_cast<std::size_t>(g)].tags[static_cast<std::size_t>(t)]; }
  void theirs_renamed(int g, int t, std::string_view name) { sim.sim("tags/rename", {{"id", theirs(g, t).id}, {"name", name}}); }
  std::vector<TagConflict> conflicts() { return *w.read([&](Tx& tx) { return tag_conflicts(tx, corp, 0, 100); }); }
  std::string their_tags() {
    std::string out;
    for (const auto& g : sim.world.corp.tags)
      for (const auto& t : g.tags) out += g.name + "/" + t.name + " ";
    return out;
  }
};

TEST(WecomTags, OneSidesChangeGoesToTheOther) {
  TagsWorld x;
  EXPECT_EQ(x.look().pulled + x.look().pushed, 0) << "agreed already";
  x.theirs_renamed(0, 0, "线下门店");
  const auto mine = x.ours("公众号");
  x.rename(mine, "服务号");
  const auto done = x.look();
  EXPECT_EQ(done.pulled, 1);
  EXPECT_EQ(done.pushed, 1);
  EXPECT_EQ(done.conflicts, 0);
  EXPECT_TRUE(x.ours("线下门店").id);
  EXPECT_EQ(x.theirs(0, 1).name, "服务号");
  EXPECT_EQ(x.look().pushed, 0);
}

TEST(WecomTags, NewTagsAndGroupsGoBothWays) {
  TagsWorld x;
  x.sim.sim("tags/add", {{"group_name", "来源"}, {"name", "直播间"}});
  x.sim.sim("tags/add", {{"group_name", "城市/区域"}, {"name", "杭州/西湖"}});
  const auto source = x.group("来源");
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::create_tag(tx, {.group_id = source.id, .name = "地推"}); })), "ok");
  const auto plan = x.w.write([](Tx& tx) { return people::create_tag_group(tx, {.name = "计划"}); });
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::create_tag(tx, {.group_id = plan->id, .name = "回访"}); })), "ok");
  const auto first = x.look();
  EXPECT_EQ(first.pushed, 1);
  EXPECT_TRUE(x.ours("直播间").id);
  EXPECT_TRUE(x.ours("杭州／西湖").id) << "our names hold no stroke";
  EXPECT_NE(x.their_tags().find("来源/地推"), std::string::npos);
  EXPECT_EQ(x.their_tags().find("计划/"), std::string::npos) << "a group of ours stays ours until it is wanted there";
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return want_tag_group(tx, x.corp, plan->id); })), "ok");
  EXPECT_EQ(x.look().pushed, 1);
  EXPECT_NE(x.their_tags().find("计划/回访"), std::string::npos);
  const auto again = x.look();
  EXPECT_EQ(again.pushed + again.pulled + again.conflicts, 0);
}

TEST(WecomTags, AnAddWhoseAnswerWasLostIsMetByItsName) {
  TagsWorld x;
  const auto source = x.group("来源");
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::create_tag(tx, {.group_id = source.id, .name = "地推"}); })), "ok");
  x.sim.sim("faults", {{"path", "externalcontact/add_corp_tag"}, {"kind", "unknown"}, {"ms", 3'600'000}});
  EXPECT_EQ(outcome(settle_tags(x.db(), x.platform, x.corp)), "connect.wecom_unknown_outcome");
  const auto done = x.look();
  EXPECT_EQ(done.pushed, 0);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM tag WHERE name = '地推'"), 1);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_wecom_tag WHERE our_name = '地推'"), 1);
}

TEST(WecomTags, WhatBothChangedIsLoggedAndTheRuleDecides) {
  for (const std::string_view rule : {"platform", "ours"}) {
    TagsWorld x;
    ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return set_tag_rule(tx, x.corp, rule); })), "ok");
    const auto mine = x.ours("门店");
    x.rename(mine, "我们改的");
    x.theirs_renamed(0, 0, "他们改的");
    const auto done = x.look();
    EXPECT_EQ(done.conflicts, 1);
    const auto log = x.conflicts();
    ASSERT_EQ(log.size(), 1u);
    EXPECT_EQ(log[0].agreed, "门店");
    EXPECT_EQ(log[0].platform_says, "他们改的");
    EXPECT_EQ(log[0].we_say, "我们改的");
    EXPECT_EQ(log[0].winner, rule);
    const auto* stands = rule == "ours" ? "我们改的" : "他们改的";
    EXPECT_EQ(x.theirs(0, 0).name, stands);
    EXPECT_TRUE(x.ours(stands).id == mine.id);
    const auto again = x.look();
    EXPECT_EQ(again.conflicts + again.pushed + again.pulled, 0) << "settled";
  }
  TagsWorld x;
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return set_tag_rule(tx, x.corp, "nobody"); })), "connect.tag_rule");
}

TEST(WecomTags, BothSayingTheSameIsNoConflict) {
  TagsWorld x;
  x.rename(x.ours("门店"), "线下");
  x.theirs_renamed(0, 0, "线下");
  const auto done = x.look();
  EXPECT_EQ(done.conflicts + done.pushed, 0);
  EXPECT_EQ(x.look().pulled, 0);
}

TEST(WecomTags, EndsGoOverToo) {
  TagsWorld x;
  x.archive(x.ours("门店"));
  x.sim.sim("tags/delete", {{"id", x.theirs(1, 0).id}});
  const auto name = std::string("无糖");
  const auto done = x.look();
  EXPECT_EQ(done.archived, 1);
  EXPECT_EQ(done.pushed, 1);
  EXPECT_TRUE(x.ours(name).archived_at);
  EXPECT_EQ(x.their_tags().find("来源/门店"), std::string::npos);
  EXPECT_EQ(x.look().pushed, 0);
  EXPECT_EQ(x.w.count("connect_wecom_tag"), 7);
}

TEST(WecomTags, DeletedThereAndRenamedHereIsAConflictToo) {
  TagsWorld x;
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return set_tag_rule(tx, x.corp, "ours"); })), "ok");
  x.rename(x.ours("门店"), "还要它");
  x.sim.sim("tags/delete", {{"id", x.theirs(0, 0).id}});
  EXPECT_EQ(x.look().conflicts, 1);
  ASSERT_EQ(x.conflicts().size(), 1u);
  EXPECT_EQ(x.conflicts()[0].platform_says, "");
  x.look();
  EXPECT_NE(x.their_tags().find("来源/还要它"), std::string::npos) << "ours stands and is there again";
  EXPECT_EQ(x.look().conflicts, 0);
}

TEST(WecomTags, ARefusedChangeStandsAsItsError) {
  TagsWorld x;
  x.sim.world.corp.tags[0].app = "other";
  x.rename(x.ours("门店"), "改不动");
  EXPECT_EQ(x.look().refused, 1);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_wecom_tag WHERE error LIKE '301002%'"), 1);
  EXPECT_EQ(x.look().conflicts, 0);
}

// ---- on people ---------------------------------------------------------------------------------------------------

struct MarksWorld : TagsWorld {
  MarksWorld() {
    for (simulate::StaffNo s = 0; s < 2; ++s)
      for (auto& [no, r] : sim.world.corp.staff[s].customers) r.tags.clear();
    sync();
    turn();
    who = sim.world.corp.customers[sim.world.corp.staff[0].customers.begin()->first].id;
    person = PersonId{w.number("SELECT MIN(person_id) FROM connect_wecom_contact WHERE external_userid = '" + who + "'")};
  }
  void turn() {
    static constexpr events::Consumer kMarks[] = {{"connect.marks", turn_marks}};
    EXPECT_EQ(outcome(events::drain(db(), kMarks)), "ok");
  }
  int send() {
    turn();
    auto sent = send_marks(db(), platform, corp, 100);
    EXPECT_EQ(outcome(sent), "ok");
    return sent.value_or(-1);
  }
  bool tagged_there(std::string_view tag_id) {
    const auto no = sim.world.corp.customer_no(who);
    for (const auto s : sim.world.corp.customers[no].staff)
      if (const auto* r = sim.world.corp.relation(s, no); std::ranges::find(r->tags, tag_id) != r->tags.end()) return true;
    return false;
  }
  std::string who;
  PersonId person;
};

TEST(WecomMarks, WhatIsGivenHereIsPutOnThereAndNothingComesBack) {
  MarksWorld x;
  EXPECT_EQ(x.send(), 0) << "what was pulled is no news";
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::tag_person(tx, {.person = x.person, .tags = {"来源/门店"}, .source = "rule:3", .expires = {}, .create = false, .why = {}}); })), "ok");
  EXPECT_EQ(x.send(), 1);
  EXPECT_TRUE(x.tagged_there(x.theirs(0, 0).id));
  EXPECT_EQ(x.send(), 0);
  x.pass(60);
  const auto run = x.sync("daily");
  EXPECT_EQ(run.changed, 0);
  EXPECT_EQ(x.send(), 0);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::untag_person(tx, x.person, "来源/门店", ""); })), "ok");
  EXPECT_EQ(x.send(), 1);
  EXPECT_FALSE(x.tagged_there(x.theirs(0, 0).id));
}

TEST(WecomMarks, GivenAndTakenBeforeItWasSaidSaysNothing) {
  MarksWorld x;
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::tag_person(tx, {.person = x.person, .tags = {"来源/门店"}, .source = "rule:3", .expires = {}, .create = false, .why = {}}); })), "ok");
  x.turn();
  EXPECT_EQ(x.w.count("connect_wecom_mark"), 1);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::untag_person(tx, x.person, "来源/门店", ""); })), "ok");
  EXPECT_EQ(x.send(), 0);
  EXPECT_EQ(x.w.count("connect_wecom_mark"), 0);
}

TEST(WecomMarks, TakenOffThereIsTakenOffHere) {
  MarksWorld x;
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::tag_person(tx, {.person = x.person, .tags = {"来源/门店"}, .source = "manual:user 1", .expires = {}, .create = false, .why = {}}); })), "ok");
  x.send();
  x.pass(60);
  const auto no = x.sim.world.corp.customer_no(x.who);
  for (const auto s : x.sim.world.corp.customers[no].staff) x.sim.world.corp.relation(s, no)->tags.clear();
  x.sync("daily");
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM tag_assignment a JOIN tag t ON t.id = a.tag_id WHERE t.name = '门店' AND a.person_id = " + std::to_string(x.person.v)), 0);
  EXPECT_EQ(x.send(), 0);
}

TEST(WecomMarks, AFriendshipThatIsNoMoreDropsItsMarksAndALimitKeepsThem) {
  MarksWorld x;
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return people::tag_person(tx, {.person = x.person, .tags = {"来源/门店"}, .source = "rule:3", .expires = {}, .create = false, .why = {}}); })), "ok");
  x.turn();
  x.sim.sim("faults", {{"path", "externalcontact/mark_tag"}, {"errcode", 45009}});
  EXPECT_EQ(outcome(send_marks(x.db(), x.platform, x.corp, 100)), "connect.wecom_limit");
  EXPECT_EQ(x.w.count("connect_wecom_mark"), 1);
  x.sim.sim("faults", {{"path", "externalcontact/mark_tag"}, {"errcode", 84061}});
  EXPECT_EQ(x.send(), 1);
  EXPECT_EQ(x.w.count("connect_wecom_mark"), 0);
  EXPECT_FALSE(x.tagged_there(x.theirs(0, 0).id));
}

}  // namespace
}  // namespace koi::connect::wecom::testing
