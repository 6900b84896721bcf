/// Who did something lately, from what parts know of each person and kind without their rows (part.h, Recent).
#pragma once
#include "events/columns/view.h"

namespace koi::events::columns {

struct Recently {
  People sure;  // did one of the kinds in the stretch of time
  People open;  // may have: their rows say
  People possible() && {
    sure |= open;
    return std::move(sure);
  }
};
/// Nodes, and roots one of whose nodes is among them, who did one of `kinds` (empty: anything) in [from_ms, to_ms). A node that
/// is not the root counts beside it.
Recently recent(const View& view, std::span<const std::int64_t> kinds, std::int64_t from_ms, std::int64_t to_ms);

}  // namespace koi::events::columns
