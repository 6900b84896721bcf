// Rules nobody thought of: each is sound, reads back as it was written, can be said in both tongues and be answered.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "segments/check.h"
#include "segments/json.h"
#include "segments/sentence.h"
#include "segments/tests/plain.h"
#include "segments/tests/random_rules.h"
#include "segments/text.h"

namespace koi::segments {

RC_GTEST_PROP(RandomRule, ReadsBackFromItsText, (std::uint64_t seed)) {
  const auto rule = RandomRules(seed).rule();
  const auto text = print_rule(rule);
  const auto back = parse_rule(text);
  if (!back) RC_LOG(text + "\n" + back.error().detail);
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->rule == rule);
  RC_ASSERT(print_rule(back->rule) == text);
  const auto flat = parse_rule(print_clause(rule.root));
  RC_ASSERT(flat && flat->rule == rule);
}

RC_GTEST_PROP(RandomRule, ReadsBackFromItsJson, (std::uint64_t seed)) {
  const auto rule = RandomRules(seed).rule();
  const auto back = rule_of_json(json_of(rule));
  if (!back) RC_LOG(json_of(rule) + "\n" + back.error().pointer + " " + back.error().detail);
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == rule);
}

RC_GTEST_PROP(RandomRule, IsSoundAndSaid, (std::uint64_t seed)) {
  const auto rule = RandomRules(seed).rule();
  const auto problems = check_rule(rule, RandomRules::vocabulary());
  if (!problems.empty()) RC_LOG(print_rule(rule) + "\n" + problems[0].code + " " + problems[0].detail + " " + problems[0].pointer);
  RC_ASSERT(problems.empty());
  RC_ASSERT(!sentence_of(rule, RandomRules::vocabulary(), Tongue::zh).empty());
  RC_ASSERT(!sentence_of(rule, RandomRules::vocabulary(), Tongue::en).empty());
}

// Whatever stands in the text, a refusal names a place in it, and nothing else happens.
RC_GTEST_PROP(RandomRule, BrokenTextIsRefusedWithItsPlace, (std::uint64_t seed)) {
  std::mt19937_64 rng(seed);
  auto text = print_rule(RandomRules(seed).rule());
  for (auto n = 1 + rng() % 3; n > 0 && !text.empty(); --n) {
    const auto at = rng() % text.size();
    if (rng() % 2 == 0) text.erase(at, 1 + rng() % 4);
    else text.insert(at, std::string(1, static_cast<char>(rng() % 256)));
  }
  const auto got = parse_rule(text);
  if (got) return;
  RC_ASSERT(got.error().kind == Errc::malformed);
  RC_ASSERT(got.error().pointer.find(':') != std::string::npos);
}

TEST(RandomRule, OracleAnswersBothWaysAndAlike) {
  int in = 0, all = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed, ++all) {
    RandomRules random(seed);
    const auto now = random.now();
    const auto rule = random.rule();
    const auto h = random.history(now);
    const bool holds = plain::matches(rule, h, now);
    in += holds;
    const Rule negated{{Group{Group::none, {rule.root}}}};
    ASSERT_EQ(plain::matches(negated, h, now), !holds && !h.erased) << print_rule(rule) << " seed " << seed;
    // The order the events are listed in says nothing.
    auto turned = h;
    std::ranges::reverse(turned.events);
    ASSERT_EQ(plain::matches(rule, turned, now), holds) << print_rule(rule) << " seed " << seed;
  }
  EXPECT_GT(in, all / 5);
  EXPECT_LT(in, all * 4 / 5);
}

}  // namespace koi::segments
