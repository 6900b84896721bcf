/// Funnels of every other kind: any order or strict, with what must not come between, ways counted apart, broken down.
#pragma once
#include "events/columns/funnel.h"

namespace koi::events::columns {

/// Any funnel; slower than those of funnel_levels.h, for what a person did is gathered and followed from every start.
FunnelAnswer gathered(const View& view, const ScanOptions& options, const FunnelQuestion& question, FunnelPeople people);

}  // namespace koi::events::columns
