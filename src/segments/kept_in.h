/// The list of people narrowed to a segment.
#pragma once
#include "people/list.h"

namespace koi::segments {

/// Whoever is kept in a segment, as SQL for the list. invalid "segments.not_kept" (/segment) when nobody is: it is asked.
Result<people::Kept> kept_in(Tx& tx, std::string_view segment);

}  // namespace koi::segments
