#include <algorithm>

#include "people/cases.h"
#include "people/tests/pond.h"

namespace koi::people {
namespace {

TEST(NormalisePhone, ReadsWhatPeopleTypeAndSaysWhyNot) {
  struct { const char *raw, *want; } const rows[] = {
      {"13812345678", "+8613812345678"},      {"138 1234 5678", "+8613812345678"},
      {"138-1234-5678", "+8613812345678"},    {"+86 138 1234 5678", "+8613812345678"},
      {"8613812345678", "+8613812345678"},    {"008613812345678", "+8613812345678"},
      {"013812345678", "+8613812345678"},     {"１３８１２３４５６７８", "+8613812345678"},
      {"13812345678.0", "+8613812345678"},    {"tel:13812345678", "+8613812345678"},
      {"010-12345678", "+861012345678"},      {"021-12345678", "+862112345678"},
      {"0755 12345678", "+8675512345678"},    {"+1 (415) 555-0100", "+14155550100"},
      {"+852 9123 4567", "+85291234567"},     {"1.38E+10", "people.bad_phone"},
      {"1.3812345678e10", "people.bad_phone"}, {"12012345678", "people.bad_phone"},
      {"400-800-1234", "people.bad_phone"},   {"12345678", "people.bad_phone"},
      {"1381234567", "people.bad_phone"},     {"138123456789", "people.bad_phone"},
      {"phone", "people.bad_phone"},          {"", "people.bad_phone"},
      {"+86", "people.bad_phone"},            {"+123", "people.bad_phone"},
      {"11111111111", "people.blocked_value"}, {"13800000000", "people.blocked_value"},
      {"13800138000", "people.blocked_value"}, {"\xFF\xFE", "people.bad_phone"},
  };
  for (const auto& row : rows) {
    const auto got = normalise_phone(row.raw);
    EXPECT_EQ(got ? *got : got.error().code, row.want) << row.raw;
    EXPECT_TRUE(got || !got.error().detail.empty()) << row.raw;
  }
}

TEST(Normalise, SkipsWhatIdentifiesNobody) {
  struct { const char *ns, *value, *want; } const rows[] = {
      {"order_buyer:s", "00042", "00042"},          {"order_buyer:s", " 42 ", "42"},
      {"order_buyer:s", "", "people.blocked_value"}, {"order_buyer:s", "0000", "people.blocked_value"},
      {"order_buyer:s", "---", "people.blocked_value"}, {"device:web", "00000000-0000-0000-0000-000000000000", "people.blocked_value"},
      {"user_id:web", "NULL", "people.blocked_value"}, {"user_id:web", "undefined", "people.blocked_value"},
      {"user_id:web", "[object Object]", "people.blocked_value"}, {"member_no", "无", "people.blocked_value"},
      {"member_no", "88888888888", "people.blocked_value"}, {"wx_openid:wx1", "oAbC", "oAbC"},
      {"email", " Ann@Example.COM ", "ann@example.com"}, {"email", "ann@", "people.bad_email"},
      {"email", "a b@c.d", "people.bad_email"},      {"", "x1", "people.bad_namespace"},
      {"Phone", "x1", "people.bad_namespace"},       {"order_buyer:a b", "x1", "people.bad_namespace"},
  };
  for (const auto& row : rows) {
    const auto got = normalise({.ns = row.ns, .value = row.value});
    EXPECT_EQ(got ? got->value : got.error().code, row.want) << row.ns << " " << row.value;
  }
  EXPECT_EQ(testing::outcome(normalise({.ns = "member_no", .value = std::string(600, 'x')})), "people.bad_identifier");
}

TEST(Resolve, SameIdentifiersLeadToTheSamePerson) {
  Pond w;
  const auto first = w.resolve({{"wx_openid:wx1", "o1"}, {"phone_e164", "13812345678"}});
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->created);
  for (const auto* phone : {"13812345678", "+86 138-1234-5678", "１３８１２３４５６７８"}) {
    const auto again = w.resolve({{"phone_e164", phone}});
    ASSERT_TRUE(again) << phone;
    EXPECT_EQ(again->person, first->person);
    EXPECT_FALSE(again->created);
  }
  EXPECT_EQ(w.person({{"wx_openid:wx1", "o1"}}), first->person);
  EXPECT_NE(w.person({{"wx_openid:wx2", "o1"}}), first->person) << "another app's openid is another identifier";
  const auto found = w.read([](Tx& tx) { return find(tx, {.ns = "phone_e164", .value = "13812345678"}); });
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, first->person);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM identifier WHERE value LIKE '%13812345678%'"), 0) << "never in clear";
}

TEST(Resolve, NeedsOneThatSaysSomething) {
  Pond w;
  EXPECT_EQ(testing::outcome(w.resolve({})), "people.no_identifier");
  const auto got = w.resolve({{"phone_e164", "1.38E+10"}, {"user_id:web", "null"}});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, "people.no_identifier");
  EXPECT_TRUE(got.error().detail.starts_with("people.bad_phone")) << got.error().detail;
  const auto some = w.resolve({{"phone_e164", "1.38E+10"}, {"user_id:web", "u1"}});
  ASSERT_TRUE(some);
  EXPECT_EQ(w.count("identifier"), 1);
  EXPECT_EQ(w.person({{"user_id:web", "null"}, {"user_id:web", "u1"}}), some->person);
}

TEST(Resolve, JoinsWhatAnAssertedIdentifierProvesOne) {
  Pond w;
  const auto buyer = w.person({{"order_buyer:shop", "b1"}});
  w.pass_days(1);
  const auto fan = w.person({{"wx_openid:wx1", "o1"}});
  ASSERT_NE(buyer, fan);
  const auto both = w.resolve({{"order_buyer:shop", "b1"}, {"wx_openid:wx1", "o1"}});
  ASSERT_TRUE(both);
  EXPECT_TRUE(both->merged);
  EXPECT_EQ(both->person, fan) << "who holds the stronger identifier stays";
  EXPECT_EQ(w.root(buyer), fan);
  EXPECT_EQ(w.person({{"order_buyer:shop", "b1"}}), fan);
  EXPECT_EQ(w.orphans(), 0);
}

TEST(Resolve, ObservedIdentifiersLinkAndNeverMerge) {
  Pond w;
  const auto a = w.person({{"wx_openid:wx1", "o1"}}), b = w.person({{"order_buyer:shop", "b1"}});
  const auto got = w.resolve({{"wx_openid:wx1", "o1"}, {"order_buyer:shop", "b1", false}});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->person, a);
  EXPECT_FALSE(got->merged);
  EXPECT_EQ(w.root(b), b);
  EXPECT_EQ(w.person({{"wx_openid:wx1", "o1"}, {"email", "a@b.cn", false}}), a);
  EXPECT_EQ(w.number("SELECT verified FROM identifier WHERE ns = 'email'"), 0);
  EXPECT_EQ(w.person({{"email", "a@b.cn"}}), a);
  EXPECT_EQ(w.number("SELECT verified FROM identifier WHERE ns = 'email'"), 1) << "asserted later";
}

TEST(Resolve, TwoUnionidsOpenACaseInsteadOfMerging) {
  Pond w;
  const auto a = w.person({{"wx_unionid", "u1"}, {"phone_e164", "13812345678"}});
  const auto got = w.resolve({{"wx_unionid", "u2"}, {"phone_e164", "13812345678"}}, "form:3");
  ASSERT_TRUE(got);
  EXPECT_NE(got->person, a) << "the stronger identifier decides who this is";
  EXPECT_TRUE(got->created);
  ASSERT_NE(got->conflict, 0);
  const auto opened = w.read([&](Tx& tx) { return find_case(tx, {got->conflict}); });
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reason, "two_unionids");
  EXPECT_EQ(opened->ns, "wx_unionid");
  EXPECT_EQ(opened->evidence, "form:3");
  EXPECT_EQ(opened->state, CaseState::open);
  const auto again = w.resolve({{"wx_unionid", "u2"}, {"phone_e164", "13812345678"}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->conflict, got->conflict) << "one case, seen twice";
  EXPECT_EQ(w.count("merge_case"), 1);
  EXPECT_EQ(w.person({{"phone_e164", "13812345678"}}), a) << "the phone stays where it was";
}

TEST(Resolve, KeepsEachNamespaceWithinItsLimit) {
  struct { const char* ns; int max; bool opens_case; } const rows[] = {
      {"member_no", 1, true},     {"wx_unionid", 1, true},  {"wecom_external_userid:c", 1, true}, {"wx_openid:a", 1, true},
      {"order_buyer:s", 5, true}, {"pos_member_no:p", 5, true}, {"made_up:x", 5, true},
      {"device:d", 5, false},  // a week
  };
  for (const auto& row : rows) {
    Pond w;
    // Something at least as strong names the person, so that the namespace under test is what has to fit.
    const Ident name{row.ns == std::string("member_no") ? "wx_unionid" : "member_no", "m-1"};
    const auto person = w.person({name});
    for (int i = 0; i <= row.max; ++i) {
      const auto got = w.resolve({name, {row.ns, "value-" + std::to_string(i)}});
      ASSERT_TRUE(got);
      if (row.ns == std::string("member_no") && i == row.max) continue;  // itself the strongest: it names somebody new
      EXPECT_EQ(got->person, person) << row.ns << i;
      EXPECT_EQ(got->conflict != 0, row.opens_case && i == row.max) << row.ns << i;
    }
    EXPECT_EQ(w.number("SELECT COUNT(*) FROM identifier WHERE person_id = " + std::to_string(person.v) + " AND ns = '" + row.ns + "'"),
              row.max) << row.ns;
  }
}

TEST(Resolve, DevicesRefillAfterAWeek) {
  Pond w;
  const auto person = w.person({{"user_id:web", "u1"}});
  for (int i = 0; i < 12; ++i) {
    w.person({{"user_id:web", "u1"}, {"device:web", "d" + std::to_string(i)}});
    if (i == 5) w.pass_days(8);
  }
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM identifier WHERE ns = 'device:web' AND person_id = " + std::to_string(person.v)), 10);
}

TEST(Resolve, StitchesAnonymousHistoryToTheAccount) {
  Pond w;
  const auto visitor = w.person({{"anon:web", "a1"}});
  const auto known = w.resolve({{"anon:web", "a1"}, {"user_id:web", "u1"}});
  ASSERT_TRUE(known);
  EXPECT_EQ(known->person, visitor) << "the visitor gets a name";
  const auto second = w.person({{"anon:web", "a2"}});
  const auto joined = w.resolve({{"anon:web", "a2"}, {"user_id:web", "u1"}});
  ASSERT_TRUE(joined);
  EXPECT_TRUE(joined->merged);
  EXPECT_EQ(joined->person, visitor);
  EXPECT_EQ(w.root(second), visitor);
}

TEST(Resolve, ASharedScreenDoesNotMakeTwoAccountsOne) {
  Pond w;
  const auto ann = w.person({{"anon:web", "tablet"}, {"user_id:web", "ann"}});
  const auto bob = w.resolve({{"anon:web", "tablet"}, {"user_id:web", "bob"}});
  ASSERT_TRUE(bob);
  EXPECT_TRUE(bob->created);
  EXPECT_NE(bob->person, ann);
  EXPECT_EQ(bob->conflict, 0) << "an everyday thing, not a case";
  const auto again = w.resolve({{"anon:web", "tablet"}, {"user_id:web", "bob"}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->person, bob->person);
  EXPECT_FALSE(again->merged);

  const auto fan = w.person({{"wx_openid:wx1", "o1"}});  // both hold a strong name: a device never joins them
  const auto met = w.resolve({{"wx_openid:wx1", "o1"}, {"anon:web", "tablet"}});
  ASSERT_TRUE(met);
  EXPECT_EQ(met->person, fan);
  EXPECT_FALSE(met->merged);
}

TEST(Resolve, SharedDevicesNeverLink) {
  Pond w;
  const auto before = w.person({{"device:pos", "till-1"}, {"user_id:web", "u1"}});
  ASSERT_TRUE(w.write([](Tx& tx) { return rule_out(tx, {.ns = "device:pos", .value = "till-1"}, "shared"); }));
  const auto other = w.person({{"device:pos", "till-1"}, {"user_id:web", "u2"}});
  EXPECT_NE(other, before);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM identifier WHERE ns = 'device:pos'"), 0);
  EXPECT_EQ(testing::outcome(w.resolve({{"device:pos", "till-1"}})), "people.no_identifier");
  EXPECT_EQ(testing::outcome(w.write([](Tx& tx) { return rule_out(tx, {.ns = "device:pos", .value = "x1"}, "odd"); })),
            "people.bad_rule");
}

TEST(Resolve, ARecycledNumberGoesToItsNewOwnerAfterHalfAYearOfSilence) {
  struct { int silent_days; const char* second; const char* want; } const rows[] = {
      {179, "o2", "case"}, {181, "o2", "moved"},
  };
  for (const auto& row : rows) {
    Pond w;
    const auto old = w.person({{"wx_openid:wx1", "o1"}, {"phone_e164", "13812345678"}});
    w.pass_days(row.silent_days);
    const auto got = w.resolve({{"wx_openid:wx1", row.second}, {"phone_e164", "13812345678"}});
    ASSERT_TRUE(got);
    EXPECT_NE(got->person, old);
    EXPECT_EQ(got->conflict != 0 ? "case" : "moved", std::string(row.want)) << row.silent_days;
    const auto owner = w.person({{"phone_e164", "13812345678"}});
    EXPECT_EQ(owner, got->conflict != 0 ? old : got->person);
    EXPECT_EQ(w.count("identifier_past"), got->conflict != 0 ? 0 : 1);
  }
}

TEST(Resolve, APersonSeenByAnotherNameIsNotSilent) {
  Pond w;
  const auto old = w.person({{"wx_openid:wx1", "o1"}, {"phone_e164", "13812345678"}});
  w.pass_days(170);
  EXPECT_EQ(w.person({{"wx_openid:wx1", "o1"}}), old);
  w.pass_days(20);
  const auto got = w.resolve({{"wx_openid:wx1", "o2"}, {"phone_e164", "13812345678"}});
  ASSERT_TRUE(got);
  EXPECT_NE(got->conflict, 0);
}

TEST(Resolve, AnImportedPhoneMeetsItsOwnerHoweverLate) {
  Pond w;
  const auto imported = w.person({{"phone_e164", "13812345678"}});  // nobody's strong name stands on it
  w.pass_days(400);
  const auto got = w.resolve({{"wx_openid:wx1", "o1"}, {"phone_e164", "13812345678"}});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->person, imported);
}

TEST(Resolve, TwentyMergesADayThenACase) {
  Pond w;
  const Ident name{"member_no", "m1"};
  w.person({name});
  for (int i = 0; i < 22; ++i) {
    const Ident visitor{"anon:web", "a" + std::to_string(i)};
    w.person({visitor});
    const auto got = w.resolve({name, visitor});
    ASSERT_TRUE(got);
    EXPECT_EQ(got->merged, i < kMergesADay) << i;
    EXPECT_EQ(got->conflict != 0, i >= kMergesADay) << i;
  }
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM merge_case WHERE reason = 'merge_cap'"), 2);
  w.pass_days(2);
  const auto next_day = w.resolve({name, {"anon:web", "a21"}});
  ASSERT_TRUE(next_day);
  EXPECT_TRUE(next_day->merged);
}

TEST(Resolve, TwoHundredIdentifiersThenACase) {
  Pond w;
  const Ident name{"member_no", "m1"};
  w.person({name});
  for (int i = 1; i < 203; ++i) w.person({name, {"shop_" + std::to_string(i), "buyer"}});
  EXPECT_EQ(w.count("identifier"), kIdentifiersMax);
  EXPECT_EQ(w.number("SELECT seen FROM merge_case WHERE reason = 'identifier_cap'"), 3);
}

TEST(Resolve, AnUndoneOperationLeavesNothingInMemory) {
  Pond w;
  const auto undone = w.write([](Tx& tx) -> Result<> {
    const Ident ident{"user_id:web", "u1"};
    TRY(people::resolve(tx, std::span(&ident, 1), "test"));
    return fail(Errc::invalid, "test.stop");
  });
  EXPECT_EQ(testing::outcome(undone), "test.stop");
  const auto got = w.resolve({{"user_id:web", "u1"}});
  ASSERT_TRUE(got);
  EXPECT_TRUE(got->created);
}

TEST(Resolve, KnowsItsPeopleAfterARestart) {
  Pond w;
  const auto person = w.person({{"phone_e164", "13812345678"}, {"user_id:web", "u1"}});
  w.reopen();
  EXPECT_EQ(w.person({{"phone_e164", "13812345678"}}), person) << "the blind index has the same key again";
}

}  // namespace
}  // namespace koi::people
