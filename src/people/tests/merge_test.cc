#include "people/cases.h"
#include "people/tests/pond.h"

namespace koi::people {
namespace {

TEST(Merge, HangsOneTreeUnderAnotherAndCutsItOffAgain) {
  Pond w;
  const auto a = w.person({{"order_buyer:s", "a"}}), b = w.person({{"order_buyer:s", "b"}}), c = w.person({{"order_buyer:s", "c"}});
  ASSERT_TRUE(w.merge(b, c));
  ASSERT_TRUE(w.merge(a, b));
  EXPECT_EQ(w.root(c), a);
  EXPECT_EQ(w.merge(a, c), a) << "they are one already";
  const auto nodes = w.read([&](Tx& tx) { return nodes_of(tx, a); });
  ASSERT_TRUE(nodes);
  EXPECT_EQ(nodes->size(), 3U);
  EXPECT_EQ(w.person({{"order_buyer:s", "c"}}), a);

  ASSERT_TRUE(w.unmerge(b));
  EXPECT_EQ(w.root(b), b);
  EXPECT_EQ(w.root(c), b) << "what was merged into it earlier goes with it";
  EXPECT_EQ(w.person({{"order_buyer:s", "c"}}), b);
  EXPECT_EQ(testing::outcome(w.unmerge(a)), "people.not_merged");
  EXPECT_EQ(testing::outcome(w.unmerge(PersonId{99})), "people.not_found");
  EXPECT_EQ(testing::outcome(w.merge(a, PersonId{99})), "people.not_found");
  EXPECT_EQ(w.orphans(), 0);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM person_redirect"), 2) << "history stays";
}

TEST(Merge, AppendsWhatHappened) {
  Pond w;
  const auto a = w.person({{"order_buyer:s", "a"}}), b = w.person({{"order_buyer:s", "b"}});
  ASSERT_TRUE(w.merge(a, b, 7));
  ASSERT_TRUE(w.unmerge(b, 7));
  const auto log = w.read([](Tx& tx) { return events::after(tx, 0, 10); });
  ASSERT_TRUE(log);
  ASSERT_EQ(log->size(), 2U);
  EXPECT_EQ((*log)[0].kind, "identity_linked");
  EXPECT_EQ((*log)[0].person, a);
  EXPECT_EQ((*log)[0].subject, b.v);
  EXPECT_EQ((*log)[1].kind, "identity_unlinked");
}

TEST(Merge, TwoUnionidsOnlyByHand) {
  Pond w;
  const auto a = w.person({{"wx_unionid", "u1"}}), b = w.person({{"wx_unionid", "u2"}});
  EXPECT_EQ(testing::outcome(w.merge(a, b)), "people.two_unionids");
  EXPECT_EQ(testing::outcome(w.merge(a, b, 7)), "ok");
  EXPECT_EQ(w.root(b), a);
}

TEST(Merge, WhatAUserTookApartStaysApart) {
  Pond w;
  const auto a = w.person({{"wx_openid:x", "o1"}}), b = w.person({{"phone_e164", "13812345678"}});
  ASSERT_EQ(w.person({{"wx_openid:x", "o1"}, {"phone_e164", "13812345678"}}), a);
  ASSERT_TRUE(w.unmerge(b, 7));
  const auto again = w.resolve({{"wx_openid:x", "o1"}, {"phone_e164", "13812345678"}});
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->merged) << "the same evidence does not overrule the user";
  EXPECT_NE(again->conflict, 0);
  EXPECT_EQ(w.root(b), b);
  EXPECT_EQ(testing::outcome(w.merge(a, b)), "people.held_apart");
  EXPECT_EQ(testing::outcome(w.merge(a, b, 7)), "ok") << "a user may change their mind";
}

TEST(Merge, TwentyADay) {
  Pond w;
  const auto a = w.person({{"member_no", "m"}});
  for (int i = 0; i <= kMergesADay; ++i) {
    const auto b = w.person({{"order_buyer:s", "b" + std::to_string(i)}});
    EXPECT_EQ(testing::outcome(w.merge(a, b, 7)), i < kMergesADay ? "ok" : "people.merge_cap") << i;
  }
}

TEST(Merge, ARootBorrowsTheFactsItLacks) {
  Pond w;
  const auto a = w.person({{"member_no", "m1"}}), b = w.person({{"order_buyer:s", "b"}});
  ASSERT_TRUE(w.write([&](Tx& tx) { return tx.exec("UPDATE person SET owner_staff_id = 5, unit_path = '/1/2/' WHERE id = $1", b); }));
  ASSERT_TRUE(w.merge(a, b));
  EXPECT_EQ(w.number("SELECT owner_staff_id FROM person WHERE merged_into IS NULL"), 5);
  EXPECT_TRUE(w.read([&](Tx& tx) { return visible(tx, Scope::of(Reach::own, StaffId{5}, "/1/2/"), b); })) << "the guide still sees them";
  ASSERT_TRUE(w.unmerge(b));
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM person WHERE owner_staff_id = 5"), 1);
  EXPECT_EQ(testing::outcome(w.read([&](Tx& tx) { return visible(tx, Scope::of(Reach::own, StaffId{5}, "/1/2/"), a); })), "people.not_found");
}

struct CaseWorld : Pond {
  PersonId a = person({{"wx_unionid", "u1"}, {"phone_e164", "13812345678"}});
  Resolved other = resolve({{"wx_unionid", "u2"}, {"phone_e164", "13812345678"}}).value();
  CaseId id{other.conflict};
  Result<MergeCase> find() { return read([&](Tx& tx) { return find_case(tx, id); }); }
};

TEST(MergeCases, MergeByHandAnswersTheCase) {
  CaseWorld w;
  const auto kept = w.write([&](Tx& tx) { return merge_by_case(tx, w.id, w.other.person, 7); });
  ASSERT_TRUE(kept);
  EXPECT_EQ(*kept, w.other.person);
  EXPECT_EQ(w.root(w.a), w.other.person);
  const auto closed = w.find();
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->state, CaseState::merged);
  EXPECT_EQ(closed->closed_by, 7);
  EXPECT_EQ(testing::outcome(w.write([&](Tx& tx) { return merge_by_case(tx, w.id, {}, 7); })), "people.case_closed");
  EXPECT_EQ(testing::outcome(w.write([&](Tx& tx) { return dismiss_case(tx, w.id, "", 7); })), "people.case_closed");
}

TEST(MergeCases, DismissedStaysDismissed) {
  CaseWorld w;
  ASSERT_TRUE(w.write([&](Tx& tx) { return dismiss_case(tx, w.id, "twins", 7); }));
  ASSERT_TRUE(w.write([&](Tx& tx) { return dismiss_case(tx, w.id, "twins", 7); })) << "repeat-safe";
  const auto again = w.resolve({{"wx_unionid", "u2"}, {"phone_e164", "13812345678"}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->conflict, w.id.v);
  EXPECT_EQ(w.find()->state, CaseState::dismissed);
  const auto open = w.read([](Tx& tx) { return case_page(tx, {}); });
  ASSERT_TRUE(open);
  EXPECT_TRUE(open->empty());
  EXPECT_EQ(testing::outcome(w.write([](Tx& tx) { return dismiss_case(tx, CaseId{1}, "", 7); })), "people.no_case");
}

}  // namespace
}  // namespace koi::people
