/// What a merchant's rules may name, segments and lists and how often events happen included.
#pragma once
#include "segments/vocabulary.h"

namespace koi::segments {

/// vocabulary_of with segments (and their rules), lists, and per_person_year of the kinds of events as it was last looked at.
Result<Vocabulary> merchant_vocabulary(Tx& tx);
/// Looks how often each kind of event happens to a person, unless that was done lately. Reads the columns: not on the Writer,
/// whose transaction may still end otherwise.
inline constexpr Millis kRatesLife{600'000};
Result<> refresh_rates(Tx& tx);

/// The merchant's zone: days and months of rules are those of its calendar.
Result<Zone> merchant_zone(Tx& tx);

}  // namespace koi::segments
