/// Inside the room: in what order guides are asked. Pure, so that a table test can say what is right.
#pragma once
#include <span>
#include <vector>

#include "base/ports.h"
#include "entry/entry.h"

namespace koi::entry {

/// Somebody who may serve; `place` counts in the list of members, whether the others may or not.
struct Choice {
  std::size_t place = 0;
  StaffId staff;
  std::int64_t weight = 1, today = 0;  // assigned today
  Instant last_at{};
};
/// Places in the order they are asked. round_robin (and nearest, inside a store): after whom it was last; weighted: who is furthest
/// behind their share today; least_loaded: who got fewest today, then who waits longest; random: by weight.
std::vector<std::size_t> order_of(AssignRule rule, std::vector<Choice> choices, std::optional<std::size_t> last_place, Rng& rng);

/// Kilometres on the ground.
double km_between(const Place& a, const Place& b);

}  // namespace koi::entry
