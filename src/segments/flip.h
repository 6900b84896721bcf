/// When time alone can change an answer.
#pragma once
#include "segments/judge.h"

namespace koi::segments {

/// The earliest instant after `now` at which judge may answer otherwise although nothing new is known: windows slide past
/// an event, an absence has lasted, a day or month begins, an anniversary nears, a tag expires, an event dated ahead
/// arrives. Never later than the true one; often earlier, but always after now. Instant::max(): never.
Instant next_flip(const Rule& rule, const Facts& facts, const Deeds& deeds, const Moment& m);

}  // namespace koi::segments
