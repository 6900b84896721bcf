/// The home page's answer: everything a manager looks at first, from one pass over the facts.
#pragma once
#include "insight/answers.h"

namespace koi::insight {

Result<Home> home_of(Tx& tx, const Scope& scope);
/// Keeps today's value of each number that shows a spark.
Result<> keep_sparks(Tx& tx, const Triangle& triangle);

}  // namespace koi::insight
