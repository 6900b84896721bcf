#include "people/bulk.h"
#include "people/consent.h"
#include "people/tags.h"
#include "people/profile.h"
#include "people/relations.h"
#include "people/tests/pond.h"

#include <map>
#include <random>

namespace koi::people {
namespace {

std::string tags_text(Pond& w, PersonId person) {
  const auto held = w.read([&](Tx& tx) { return tags_of(tx, w.root(person)); });
  std::string out;
  for (const auto& h : held.value_or(std::vector<Held>{})) out += (out.empty() ? "" : " ") + h.group + "/" + h.name + ":" + h.source;
  return out;
}
Result<> tags_give(Pond& w, PersonId person, const std::string& tag, const std::string& source, std::optional<Instant> expires = {}) {
  return w.write([&](Tx& tx) { return tag_person(tx, {person, {tag}, source, expires, true, "because"}); });
}

TEST(Tags, AreGivenOncePerSourceAndTakenBySource) {
  Pond w;
  const auto p = w.person({{"wx_openid:x", "t1"}});
  struct { const char *tag, *source, *want; } const rows[] = {
      {"茶友", "manual:user 7", "/茶友:manual"},
      {"茶友", "manual:user 8", "/茶友:manual"},  // said again
      {"茶友", "rule:3", "/茶友:manual /茶友:rule"},
      {"口味/乌龙", "import:12", "口味/乌龙:import /茶友:manual /茶友:rule"},
  };
  for (const auto& r : rows) {
    ASSERT_TRUE(tags_give(w, p, r.tag, r.source));
    EXPECT_EQ(tags_text(w, p), r.want) << r.tag << " " << r.source;
  }
  EXPECT_EQ(w.number("SELECT people FROM tag WHERE name = '茶友'"), 1);
  ASSERT_TRUE(w.write([&](Tx& tx) { return untag_person(tx, p, "茶友", "rule"); }));
  EXPECT_EQ(w.number("SELECT people FROM tag WHERE name = '茶友'"), 1);
  ASSERT_TRUE(w.write([&](Tx& tx) { return untag_person(tx, p, "茶友", ""); }));
  EXPECT_EQ(w.number("SELECT people FROM tag WHERE name = '茶友'"), 0);
  EXPECT_EQ(tags_text(w, p), "口味/乌龙:import");
  EXPECT_EQ(testing::outcome(w.write([&](Tx& tx) { return tag_person(tx, {p, {"没有"}, "manual", {}, false, {}}); })), "people.no_tag");
  EXPECT_EQ(testing::outcome(tags_give(w, p, std::string(200, 'x'), "manual")), "people.tag_name");
}

TEST(Tags, OfAnExclusiveGroupReplaceOneAnother) {
  Pond w;
  const auto p = w.person({{"wx_openid:x", "t1"}});
  ASSERT_TRUE(w.write([&](Tx& tx) { return create_tag_group(tx, {.name = "等级", .exclusive = true}); }));
  for (const char* tag : {"等级/金", "等级/银", "等级/铜"}) ASSERT_TRUE(tags_give(w, p, tag, "manual"));
  EXPECT_EQ(tags_text(w, p), "等级/铜:manual");
  EXPECT_EQ(w.number("SELECT COALESCE(CAST(SUM(people) AS BIGINT), 0) FROM tag"), 1);
}

TEST(Tags, ExpireWhenTheirTimeIsOver) {
  Pond w;
  const auto p = w.person({{"wx_openid:x", "t1"}});
  const auto now = w.clock().now();
  ASSERT_TRUE(tags_give(w, p, "周末", "manual", now + std::chrono::days(2)));
  ASSERT_TRUE(tags_give(w, p, "周末", "rule:1", now + std::chrono::days(4)));
  struct { int pass_days; const char* want; } const rows[] = {{1, "/周末:manual /周末:rule"}, {1, "/周末:rule"}, {1, "/周末:rule"}, {1, ""}};
  for (const auto& r : rows) {
    w.pass_days(r.pass_days);
    ASSERT_TRUE(keep_time(w.db()));
    EXPECT_EQ(tags_text(w, p), r.want);
  }
  EXPECT_EQ(w.number("SELECT people FROM tag WHERE name = '周末'"), 0);
}

TEST(Tags, FollowMergeAndUnmerge) {
  Pond w;
  const auto a = w.person({{"wx_openid:x", "a"}}), b = w.person({{"wx_openid:x", "b"}});
  ASSERT_TRUE(tags_give(w, a, "甲", "manual"));
  ASSERT_TRUE(tags_give(w, b, "乙", "manual"));
  ASSERT_EQ(testing::outcome(w.merge(a, b, 1)), "ok");
  EXPECT_EQ(tags_text(w, a), "/乙:manual /甲:manual");
  EXPECT_EQ(w.orphans(), 0);
  ASSERT_EQ(testing::outcome(w.unmerge(b, 1)), "ok");
  EXPECT_EQ(tags_text(w, a), "/甲:manual");
  EXPECT_EQ(tags_text(w, b), "/乙:manual");
  EXPECT_EQ(w.orphans(), 0);
}

TEST(BulkTag, TagsWhoWasSelectedAndUndoesExactlyThat) {
  Pond w;
  std::vector<PersonId> people;
  for (int i = 0; i < 1200; ++i) {
    people.push_back(w.person({{"wx_openid:x", "b" + std::to_string(i)}}));
    if (i % 3 != 0) continue;
    ASSERT_TRUE(tags_give(w, people.back(), "等级/银", "manual"));
  }
  ASSERT_TRUE(w.write([&](Tx& tx) -> Result<> {
    TRY(auto groups, tag_groups(tx));
    groups[0].exclusive = true;
    TRY(update_tag_group(tx, groups[0]));
    return {};
  }));
  const auto gold = w.write([&](Tx& tx) -> Result<Tag> {
    TRY(const auto groups, tag_groups(tx));
    return create_tag(tx, {.group_id = groups[0].id, .name = "金"});
  });
  ASSERT_TRUE(gold);
  const store::Author by{"user", 1, "op"};
  const auto job = w.write([&](Tx& tx) {
    return start_bulk_tag(tx, Scope::everything("test"), by, {.filter = {}, .verb = TagVerb::add, .tag = gold->id});
  });
  ASSERT_TRUE(job) << job.error().code;
  EXPECT_EQ(job->total, 1200);
  const auto late = w.person({{"wx_openid:x", "late"}});
  ASSERT_TRUE(keep_time(w.db()));
  EXPECT_EQ(w.number("SELECT people FROM tag WHERE name = '金'"), 1200);
  EXPECT_EQ(w.number("SELECT people FROM tag WHERE name = '银'"), 0);
  EXPECT_EQ(tags_text(w, late), "");
  ASSERT_TRUE(w.write([&](Tx& tx) { return untag_person(tx, people[1], "金", ""); }));  // taken by hand since
  ASSERT_TRUE(w.write([&](Tx& tx) { return undo_bulk_tag(tx, job->id); }));
  ASSERT_TRUE(keep_time(w.db()));
  EXPECT_EQ(w.number("SELECT people FROM tag WHERE name = '金'"), 0);
  EXPECT_EQ(w.number("SELECT people FROM tag WHERE name = '银'"), 400);
  EXPECT_EQ(w.count("bulk_change"), 0);
  EXPECT_EQ(testing::outcome(w.write([&](Tx& tx) { return undo_bulk_tag(tx, job->id); })), "people.job_undone");
}

TEST(Consent, LastWordByTimeCountsWhateverTheOrderOfArrival) {
  Pond w;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 rng(seed);
    const auto p = w.person({{"phone_e164", "138123456" + std::to_string(10 + seed)}});
    std::map<std::string, std::pair<std::int64_t, bool>> oracle;  // purpose: last time, granted
    for (int i = 0; i < 40; ++i) {
      const std::string purpose = rng() % 2 ? "marketing" : "service";
      const auto at = static_cast<std::int64_t>(1'600'000'000'000 + rng() % 12 * 1000);
      const bool granted = rng() % 2;
      auto& last = oracle.try_emplace(purpose, -1, false).first->second;
      if (at > last.first) last = {at, granted};
      else if (at == last.first) last.second = last.second && granted;
      ASSERT_TRUE(w.write([&](Tx& tx) { return record_consent(tx, {p, "sms", purpose, granted, "form:1", "2", from_ms(at)}); }));
      for (const auto& [name, want] : oracle) {
        const auto got = w.read([&](Tx& tx) { return reachable(tx, p, "sms", name); });
        ASSERT_TRUE(got);
        ASSERT_EQ(*got, want.second) << "seed " << seed << " step " << i << " " << name;
      }
    }
  }
}

TEST(Consent, MarketingNeedsEvidenceAndAWayToBeMet) {
  Pond w;
  const auto p = w.person({{"wx_openid:x", "c1"}});
  struct { const char *channel, *purpose, *evidence, *code; bool reachable; } const rows[] = {
      {"sms", "marketing", "form:1", "ok", false},   // no phone
      {"wecom", "marketing", "", "ok", false},       // no evidence
      {"wecom", "service", "", "ok", true},          {"wecom", "marketing", "form:1", "ok", true},
      {"fax", "marketing", "x", "people.consent_channel", false}, {"sms", "fun", "x", "people.consent_purpose", false},
  };
  ASSERT_TRUE(w.write([&](Tx& tx) { return relate(tx, {p, "staff", 9, "active", "wecom", "code:1", {}}); }));
  for (const auto& r : rows) {
    w.pass_days(1);
    EXPECT_EQ(testing::outcome(w.write([&](Tx& tx) { return record_consent(tx, {p, r.channel, r.purpose, true, r.evidence, "", {}}); })), r.code);
    EXPECT_EQ(w.read([&](Tx& tx) { return reachable(tx, p, r.channel, r.purpose); }).value_or(false), r.reachable) << r.channel << r.purpose;
  }
  ASSERT_TRUE(w.write([&](Tx& tx) { return relate(tx, {p, "staff", 9, "deleted_by_customer", "wecom", "", {}}); }));
  EXPECT_FALSE(w.read([&](Tx& tx) { return reachable(tx, p, "wecom", "marketing"); }).value_or(true));
}

TEST(Relations, LatestStateByTimeStands) {
  Pond w;
  const auto p = w.person({{"wx_openid:x", "r1"}});
  const auto at = [](std::int64_t s) { return from_ms(1'600'000'000'000 + s * 1000); };
  struct { const char* state; std::int64_t second; const char* want; } const rows[] = {
      {"active", 50, "active"}, {"deleted_by_customer", 90, "deleted_by_customer"}, {"active", 70, "deleted_by_customer"},
      {"active", 20, "deleted_by_customer"}, {"active", 120, "active"}, {"active", 120, "active"},
  };
  for (const auto& r : rows) {
    ASSERT_TRUE(w.write([&](Tx& tx) { return relate(tx, {p, "staff", 4, r.state, "wecom", "", at(r.second)}); }));
    const auto edges = w.read([&](Tx& tx) { return edges_of(tx, p); });
    ASSERT_TRUE(edges && edges->size() == 1);
    EXPECT_EQ((*edges)[0].state, r.want);
  }
  EXPECT_EQ(w.read([&](Tx& tx) { return edges_of(tx, p); })->at(0).first_at, at(20));
  EXPECT_EQ(w.count("relation_history"), 5);
  EXPECT_EQ(testing::outcome(w.write([&](Tx& tx) { return relate(tx, {p, "staff", 4, "joined", "", "", {}}); })), "people.relation_state");
}

TEST(Inviter, IsOneAndNeverClosesARing) {
  Pond w;
  std::vector<PersonId> p;
  for (int i = 0; i < 4; ++i) p.push_back(w.person({{"wx_openid:x", "i" + std::to_string(i)}}));
  const auto invite = [&](int child, int parent) {
    return testing::outcome(w.write([&](Tx& tx) { return set_inviter(tx, p[static_cast<std::size_t>(child)], p[static_cast<std::size_t>(parent)], {}); }));
  };
  struct { int child, parent; const char* want; } const rows[] = {
      {0, 0, "people.inviter_cycle"}, {1, 0, "ok"}, {1, 0, "ok"}, {1, 2, "people.has_inviter"}, {2, 1, "ok"},
      {0, 2, "people.inviter_cycle"}, {3, 2, "ok"}, {0, 3, "people.inviter_cycle"},
  };
  for (const auto& r : rows) EXPECT_EQ(invite(r.child, r.parent), r.want) << r.child << " by " << r.parent;
  EXPECT_EQ(w.read([&](Tx& tx) { return invited_by(tx, p[0]); }).value_or(-1), 1);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM person WHERE referred_at IS NOT NULL"), 3);
}

}  // namespace
}  // namespace koi::people
