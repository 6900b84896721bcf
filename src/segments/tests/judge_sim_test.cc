// Rules nobody thought of over people nobody has met: one person judged, everybody at once, and the oracle say the same.
#include <gtest/gtest.h>

#include "segments/explain.h"
#include "segments/flip.h"
#include "segments/json.h"
#include "segments/judge.h"
#include "segments/leaves.h"
#include "segments/people.h"
#include "segments/tests/crowd.h"
#include "segments/tests/random_rules.h"
#include "segments/text.h"

namespace koi::segments {
namespace judge_sim {

constexpr int kPeople = 8, kRules = 8;

std::vector<plain::History> histories(RandomRules& random, Instant now) {
  std::vector<plain::History> out;
  for (int i = 0; i < kPeople; ++i) out.push_back(random.history(now));
  return out;
}

/// Every leaf alone as well: what a group hides shows there.
void add_leaves(const Clause& c, std::vector<Rule>& out) {
  if (const auto* group = std::get_if<Group>(&c.is))
    for (const auto& inner : group->of) add_leaves(inner, out);
  else
    out.push_back({c});
}

}  // namespace judge_sim
using namespace judge_sim;

TEST(JudgeSim, OnePersonIsJudgedAsTheOracleDoes) {
  std::int64_t triples = 0, in = 0;
  std::string said;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    RandomRules random(seed);
    const auto now = random.now();
    Crowd crowd(histories(random, now), seed);
    Deeds deeds(crowd.record());
    for (int n = 0; n < kRules; ++n) {
      std::vector<Rule> rules{random.rule()};
      add_leaves(rules[0].root, rules);
      said += json_of(rules[0]);
      for (std::size_t i = 0; i < crowd.people().size(); ++i) {
        const auto& h = crowd.people()[i];
        deeds.read(crowd.root(i));
        for (const auto& rule : rules) {
          const bool want = plain::matches(rule, h, now);
          ++triples;
          in += want;
          const HistoryFacts facts(h, now);
          const Moment m{now, crowd.zone()};
          ASSERT_EQ(judge(rule, facts, deeds, m), want)
              << "seed " << seed << " person " << i << " at " << to_rfc3339(now) << ": " << print_rule(rule);
          const auto why = explain(rule, facts, deeds, m);
          ASSERT_EQ(why.holds, want);
          ASSERT_LE(why.events.size(), kEvidenceMax);
        }
      }
    }
  }
  EXPECT_GE(triples, 10'000);
  EXPECT_GT(in, triples / 5);
  EXPECT_LT(in, triples * 4 / 5);
  for (const auto word : op_words()) EXPECT_NE(said.find("\"op\":\"" + std::string(word) + "\""), std::string::npos) << word;
  for (const auto word : fn_words()) EXPECT_NE(said.find("\"fn\":\"" + std::string(word) + "\""), std::string::npos) << word;
  for (std::size_t i = 1; i < 9; ++i) EXPECT_NE(said.find("\"lens\":\"" + std::string(word_of(static_cast<Lens>(i)))), std::string::npos) << i;
  for (const auto* part : {"\"some\":", "\"each\":", "\"without\":", "\"unless\":", "\"times\":", "\"same\":", "\"strict\"", "\"since\":",
                           "\"from_ago\":", "\"calendar\":", "\"changed\":", "\"bucket\":", "\"in_segment\":", "\"in_list\":", "\"none\":"})
    EXPECT_NE(said.find(part), std::string::npos) << part;
  for (const auto& fact : facts()) EXPECT_NE(said.find("\"" + std::string(fact.name) + "\""), std::string::npos) << fact.name;
  RecordProperty("triples", std::to_string(triples));
}

/// The rule with one clause of its groups gone.
Rule rule_without(const Rule& rule, const Clause* gone) {
  const std::function<Clause(const Clause&)> copy = [&](const Clause& c) -> Clause {
    const auto* group = std::get_if<Group>(&c.is);
    if (group == nullptr) return c;
    Group out{group->kind, {}};
    for (const auto& inner : group->of)
      if (&inner != gone) out.of.push_back(copy(inner));
    return {out};
  };
  return {copy(rule.root)};
}

void add_clauses(const Clause& c, std::vector<const Clause*>& out) {
  out.push_back(&c);
  if (const auto* group = std::get_if<Group>(&c.is))
    for (const auto& inner : group->of) add_clauses(inner, out);
}

// What previews say: each clause by itself, and the rule without it.
TEST(JudgeSim, LeavesAskedAtOnceAreThePeopleOfEveryCombination) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    RandomRules random(seed);
    std::mt19937_64 rng(seed);
    const auto now = random.now();
    Crowd crowd(histories(random, now), seed);
    const Moment m{now, crowd.zone()};
    for (int n = 0; n < kRules; ++n) {
      const auto rule = random.rule();
      std::vector<const Clause*> clauses;
      add_clauses(rule.root, clauses);
      HistoryTable facts(crowd, rng() % 2 == 0);
      const Clause* const asked[] = {&rule.root};
      const auto answers = LeafAnswers::ask(asked, crowd.record(), facts, m);
      ASSERT_TRUE(answers);
      for (const auto* clause : clauses) {
        const auto alone = people_of({*clause}, crowd.record(), facts, m);
        const auto without = people_of(rule_without(rule, clause), crowd.record(), facts, m);
        ASSERT_TRUE(alone && without);
        const auto same = [&](const events::columns::People& a, const events::columns::People& b) {
          for (std::size_t i = 0; i < crowd.people().size(); ++i)
            if (a.has(crowd.root(i)) != b.has(crowd.root(i))) return false;
          return a.count() == b.count();
        };
        ASSERT_TRUE(same(answers->of(*clause), *alone)) << "seed " << seed << " of " << print_clause(*clause);
        ASSERT_TRUE(same(answers->of(rule.root, clause), *without)) << "seed " << seed << " without " << print_clause(*clause) << " of " << print_rule(rule);
      }
    }
  }
}

// Everybody at once, however the log lies in parts; now and then of a few only.
TEST(JudgeSim, EverybodyAtOnceIsEachOneJudged) {
  std::int64_t pairs = 0;
  Effort all;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    RandomRules random(seed);
    std::mt19937_64 rng(seed);
    const auto now = random.now();
    Crowd crowd(histories(random, now), seed);
    for (int n = 0; n < kRules; ++n) {
      std::vector<Rule> rules{random.rule()};
      add_leaves(rules[0].root, rules);
      for (const auto& rule : rules) {
        HistoryTable facts(crowd, rng() % 2 == 0);
        events::columns::People within;
        for (std::size_t i = 0; i < crowd.people().size(); ++i)
          if (rng() % 4 != 0) within.add(crowd.root(i));
        const bool some = rng() % 4 == 0;
        Effort effort;
        const auto got = people_of(rule, crowd.record(), facts, {now, crowd.zone()}, some ? &within : nullptr, &effort);
        ASSERT_TRUE(got) << got.error().code;
        all.tallied += effort.tallied;
        all.judged += effort.judged;
        for (std::size_t i = 0; i < crowd.people().size(); ++i, ++pairs) {
          const auto o = crowd.root(i);
          const bool want = plain::matches(rule, crowd.people()[i], now) && (!some || within.has(o));
          ASSERT_EQ(got->has(o), want) << "seed " << seed << " person " << i << " at " << to_rfc3339(now) << ": " << print_rule(rule);
        }
        ASSERT_LE(got->count(), crowd.people().size());
      }
    }
  }
  EXPECT_GE(pairs, 10'000);
  EXPECT_GT(all.tallied, all.judged / 4);  // both ways are taken
  EXPECT_GT(all.judged, 1000U);
}

// Nothing new is known and time goes by: until the flip the answer stands.
TEST(JudgeSim, AnswersStandUntilTheNextFlip) {
  std::int64_t flips = 0, turned = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    RandomRules random(seed * 7919);
    std::mt19937_64 rng(seed);
    const auto now = random.now();
    auto people = histories(random, now);
    for (auto& h : people) {
      // What will be said later is news; what is dated ahead in the log is not.
      const auto later = [&](const auto& news) { return news.at > now; };
      std::erase_if(h.attributes, later);
      std::erase_if(h.tags, later);
      std::erase_if(h.relations, later);
      std::erase_if(h.groups, later);
      std::erase_if(h.consents, later);
    }
    Crowd crowd(std::move(people), seed);
    Deeds deeds(crowd.record());
    for (int n = 0; n < kRules; ++n) {
      std::vector<Rule> rules{random.rule()};
      add_leaves(rules[0].root, rules);
      for (std::size_t i = 0; i < crowd.people().size(); ++i) {
        const auto& h = crowd.people()[i];
        deeds.read(crowd.root(i));
        const auto holds = [&](const Rule& rule, Instant t) { return judge(rule, HistoryFacts(h, t), deeds, {t, crowd.zone()}); };
        for (const auto& rule : rules) {
          const auto flip = next_flip(rule, HistoryFacts(h, now), deeds, {now, crowd.zone()});
          ASSERT_GT(flip, now);
          const bool is = holds(rule, now);
          const auto end = std::min(flip, now + std::chrono::days(500));
          std::vector<Instant> looks{end - Millis(1)};
          for (int look = 0; look < 3; ++look) looks.push_back(now + Millis(static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>((end - now).count()))));
          for (const auto t : looks)
            ASSERT_EQ(holds(rule, t), is) << "seed " << seed << " person " << i << " from " << to_rfc3339(now) << " at " << to_rfc3339(t) << " before "
                                          << to_rfc3339(end) << ": " << print_rule(rule);
          if (flip == Instant::max()) continue;
          ++flips;
          turned += holds(rule, flip) != is;
        }
      }
    }
  }
  EXPECT_GT(flips, 1000);
  EXPECT_GT(turned, 100);  // some of the instants named are true flips
}

}  // namespace koi::segments
