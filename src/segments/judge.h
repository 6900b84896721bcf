/// Whether one person is in. Pure; the meaning of every construct is rule.h's, and tests/judge_sim_test.cc compares it with
/// the plainest code that answers.
#pragma once
#include "segments/deeds.h"
#include "segments/facts.h"

namespace koi::segments {

/// The rule is sound (check.h). An erased person is never in, not even in "everyone".
bool judge(const Rule& rule, const Facts& facts, const Deeds& deeds, const Moment& m);

class Past;
/// The same of a past that several rules are asked of.
bool judge(const Rule& rule, const Facts& facts, const Past& past);
/// One clause of it, for those who take a rule apart.
bool clause_holds(const Clause& clause, const Facts& facts, const Past& past, const Moment& m);

/// A comparison of a fact, ranks among everybody included.
bool fact_holds(const Compare& c, const Facts& facts, const Moment& m);

}  // namespace koi::segments
