#include <algorithm>

#include "events/events.h"

namespace koi::events {

namespace {
using namespace std::chrono_literals;
constexpr Millis kAheadMax = 5min;
constexpr Millis kLateAfter = 24h;
// A device may claim any number; within a few thousand years of now sums cannot overflow.
constexpr Instant kEarliest{Millis{-62'135'596'800'000}}, kLatest{Millis{253'402'300'799'999}};

Instant sane(Instant t) { return std::clamp(t, kEarliest, kLatest); }
}  // namespace

CorrectedTime correct_time(Instant claimed, std::optional<Instant> sent, Instant received) {
  auto at = sane(claimed);
  // Both of the device's readings share its clock's error, so their difference is right.
  if (sent) at = received - (sane(*sent) - at);
  at = std::clamp(at, kEarliest, received + kAheadMax);
  return {at, received - at > kLateAfter};
}

}  // namespace koi::events
