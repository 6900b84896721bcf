// Identifiers ruled out by hand, and people fetched by their ids.
#include "people/chosen.h"
#include "people/rules.h"
#include "people/tests/pond.h"

namespace koi::people {
namespace {

PersonId ruled_person(Pond& w, const Ident& ident) {
  const auto got = w.write([&](Tx& tx) { return resolve(tx, std::span(&ident, 1), "test"); });
  return got ? got->person : PersonId{};
}

TEST(IdentifierRules, TakeALinkOffMaskWhatIsSensitiveAndCanBeLifted) {
  Pond w(3);
  const Ident phone{"phone_e164", "13812345678"}, till{"device:pos", "till/1"};
  const auto owner = ruled_person(w, phone);
  const auto rule = [&](const Ident& ident, std::string kind, std::string note = {}) {
    return w.write([&](Tx& tx) { return add_identifier_rule(tx, {ident, std::move(kind), std::move(note)}); });
  };
  const auto made = rule(phone, "blocked", " 客服测试号 ");
  ASSERT_TRUE(made) << made.error().code;
  EXPECT_EQ(made->taken_from, owner);
  EXPECT_EQ(made->rule.shown, "138****5678");
  EXPECT_EQ(made->rule.note, "客服测试号");
  EXPECT_NE(ruled_person(w, till), PersonId{});
  ASSERT_TRUE(rule(till, "shared"));
  EXPECT_EQ(ruled_person(w, till), PersonId{});   // leads to nobody from now on
  EXPECT_EQ(ruled_person(w, phone), PersonId{});
  const auto again = rule(phone, "shared");
  EXPECT_EQ(again->rule.id, made->rule.id);        // one rule a value, the last one stands
  EXPECT_EQ(again->rule.rule, "shared");

  const auto all = w.read([](Tx& tx) { return identifier_rules(tx, {}, 10); });
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].shown, "till/1");            // the newest first
  const auto lift = [&](IdentifierRuleId id) { return w.write([&](Tx& tx) { return lift_identifier_rule(tx, id); }); };
  EXPECT_TRUE(lift(made->rule.id));
  EXPECT_EQ(testing::outcome(lift(made->rule.id)), "people.no_rule");
  EXPECT_NE(ruled_person(w, phone), PersonId{});

  EXPECT_EQ(testing::outcome(rule(till, "odd")), "people.bad_rule");
  EXPECT_EQ(testing::outcome(rule(till, "shared", std::string(201, 'x'))), "people.rule_note");
  EXPECT_EQ(testing::outcome(rule({"phone_e164", "no number"}, "blocked")), "people.bad_phone");
}

TEST(ChosenPeople, ComeInTheOrderAskedAndNeverFromOutsideTheScope) {
  Pond w(5);
  std::vector<PersonId> who;
  for (int i = 0; i < 4; ++i) who.push_back(ruled_person(w, {"member_no", "M" + std::to_string(i)}));
  ASSERT_TRUE(w.write([&](Tx& tx) -> Result<> {
    TRY(merge(tx, {.into = who[0], .from = who[1], .evidence = "test", .by_user = 7}));
    TRY(assign_owner(tx, who[2], StaffId{5}, "/1/"));
    return {};
  }));
  const auto asked = std::vector{who[3], who[1], who[0], PersonId{424242}, who[2]};
  const auto ids_of = [&](const Scope& scope) {
    const auto rows = w.read([&](Tx& tx) { return chosen_people(tx, scope, asked); });
    std::vector<PersonId> out;
    for (const auto& row : *rows) out.push_back(row.id);
    return out;
  };
  EXPECT_EQ(ids_of(Scope::everything("test")), (std::vector{who[3], who[0], who[2]}));
  EXPECT_EQ(ids_of(Scope::of(Reach::own, StaffId{5}, "/1/")), (std::vector{who[2]}));
  const std::vector<PersonId> many(kChosenMax + 1, who[0]);
  EXPECT_EQ(testing::outcome(w.read([&](Tx& tx) { return chosen_people(tx, Scope::everything("test"), many); })), "people.too_many_ids");
}

}  // namespace
}  // namespace koi::people
