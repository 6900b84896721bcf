/// The segments of the sample's merchant: what its operators ask every week, a set of tiers, a list and a snapshot. Private to
/// app/sample/.
#pragma once
#include "store/store.h"

namespace koi::app {

/// Into a store that has lived its story; the clock stands at its end.
Result<> draw_segments(Db& db);

}  // namespace koi::app
