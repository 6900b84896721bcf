/// Funnels of people in the usual order, where one number a step is all there is to remember of a person.
#pragma once
#include "events/columns/funnel.h"

namespace koi::events::columns {

/// Whether straight() knows the answer: no conditions, a kind is one step only, first steps at any time.
bool may_go_straight(const View& view, const FunnelQuestion& question);
FunnelAnswer straight(const View& view, const ScanOptions& options, const FunnelQuestion& question, FunnelPeople people);
/// Any order() == ordered funnel of people that is not broken down, has no `same` and no `never`.
FunnelAnswer ordered(const View& view, const ScanOptions& options, const FunnelQuestion& question, FunnelPeople people);

}  // namespace koi::events::columns
