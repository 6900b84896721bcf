// Tags kept as bits are the tags of the tables, whatever happened in between.
#include <random>

#include "people/tags.h"
#include "segments/survey.h"
#include "segments/tests/desk.h"
#include "segments/text.h"

namespace koi::segments {
namespace tag_bits {

constexpr std::string_view kHas =
    "SELECT DISTINCT a.person_id FROM tag_assignment a JOIN person p ON p.id = a.person_id AND p.merged_into IS NULL AND p.erased_at IS NULL "
    "JOIN tag t ON t.id = a.tag_id LEFT JOIN tag_group g ON g.id = t.group_id "
    "WHERE COALESCE(g.name, '') || '/' || t.name = $1 AND (a.expires_at IS NULL OR a.expires_at > $2) ORDER BY a.person_id";

struct Tagged : desk::Shop {
  std::vector<PersonId> people;
  std::vector<std::pair<PersonId, PersonId>> merged;
  std::vector<std::string> names{"甲/a", "甲/b", "乙/a", "乙/c"};

  Tagged() {
    for (int i = 0; i < 12; ++i) people.push_back(person("p" + std::to_string(i)));
  }
  /// Whatever can change who carries a tag, refusals included.
  void happen(std::mt19937_64& rng) {
    const auto any = [&](auto& of) -> auto& { return of[rng() % of.size()]; };
    const auto who = any(people);
    const auto tag = any(names);
    const auto what = rng() % 10;
    if (what < 4) {
      const char* sources[] = {"manual:user 1", "rule:3", "import:x"};
      const auto source = std::string(sources[rng() % 3]);
      const auto expires = rng() % 2 == 0 ? std::optional(clock().now() + std::chrono::hours(rng() % 48)) : std::nullopt;
      (void)write([&](Tx& tx) { return people::tag_person(tx, {.person = who, .tags = {tag}, .source = source, .expires = expires, .create = true, .why = {}}); });
    } else if (what < 6) {
      (void)write([&](Tx& tx) { return people::untag_person(tx, who, tag, rng() % 2 == 0 ? "" : "rule:3"); });
    } else if (what == 6) {
      const auto other = any(people);
      if (write([&](Tx& tx) { return people::merge(tx, {who, other, "test"}); })) merged.push_back({who, other});
    } else if (what == 7 && !merged.empty()) {
      (void)write([&](Tx& tx) { return people::unmerge(tx, any(merged).second, "test", 1); });
    } else if (what == 8) {
      clock().advance(std::chrono::hours(rng() % 12));
      if (rng() % 2 == 0) (void)write([](Tx& tx) { return people::sweep_tags(tx, 3); });
    } else if (rng() % 6 == 0) {
      (void)write([&](Tx& tx) { return people::erase(tx, who); });
    } else {
      (void)write([&](Tx& tx) -> Result<> {
        TRY(const auto all, people::tags(tx));
        for (auto one : all)
          if (one.name == "c") {
            one.name = "c2";
            TRY(people::update_tag(tx, one));
          }
        return {};
      });
    }
  }
  void compare(const std::string& where) {
    check(read([&](Tx& tx) -> Result<> {
      TRY(const auto survey, Survey::begin(tx, Scope::everything("test")));
      TRY(const auto all, people::tags(tx));
      for (const auto& tag : all) {
        const auto text = tag.group + "/" + tag.name;
        TRY(const auto want, tx.all<std::int64_t>(kHas, text, tx.now()));
        const auto rule = parse_rule("tags has any (\"" + text + "\")");
        TRY(const auto found, survey->people(rule->rule));
        EXPECT_EQ(survey->nodes(found), want) << where << " " << text;
        TRY(const auto judged, survey->people(parse_rule("size(tags) >= 1 and tags has any (\"" + text + "\")")->rule));
        EXPECT_EQ(survey->nodes(judged), want) << where << " " << text;
        TRY(const auto others, survey->people(parse_rule("tags has none (\"" + text + "\")")->rule));
        EXPECT_EQ(others.count() + want.size(), survey->everybody().count()) << where << " " << text;
      }
      return {};
    }));
  }
};

}  // namespace tag_bits
using namespace tag_bits;

TEST(TagBits, AreTheTagsOfTheTablesAfterAnything) {
  // PostgreSQL keeps no bits: there it is the tables against themselves.
  const auto seeds = koi::testing::on_postgres() ? 1U : 6U;
  const int steps = koi::testing::on_postgres() ? 8 : 40;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Tagged w;
    std::mt19937_64 rng(seed);
    for (int step = 0; step < steps; ++step) {
      const auto several = 1 + rng() % 4;
      for (std::size_t i = 0; i < several; ++i) w.happen(rng);
      w.compare("seed " + std::to_string(seed) + " step " + std::to_string(step));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(TagBits, AnswerLikeTheColumnOfTags) {
  Tagged w;
  std::mt19937_64 rng(7);
  for (int i = 0; i < 60; ++i) w.happen(rng);
  const char* rules[] = {"tags has any (\"甲/a\", \"乙/a\")", "tags has all (\"甲/a\", \"乙/a\")", "tags has none (\"甲/b\")", "tags under \"甲\"",
                         "size(tags) = 2", "tags is set", "tags is missing", "not tags has any (\"b\") and orders >= 0"};
  for (const auto* text : rules) {
    const auto rule = parse_rule(text);
    ASSERT_TRUE(rule) << text;
    w.check(w.read([&](Tx& tx) -> Result<> {
      TRY(const auto survey, Survey::begin(tx, Scope::everything("test")));
      TRY(const auto by_bits, survey->people(rule->rule));
      const auto table = stored_facts(tx, survey->view());
      TRY(const auto by_rows, people_of(rule->rule, survey->record(), *table, survey->moment()));
      EXPECT_EQ(survey->nodes(by_bits), survey->nodes(by_rows)) << text;
      return {};
    }));
  }
}

}  // namespace koi::segments
