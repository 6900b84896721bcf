/// A believable chain of tea shops over eighteen months, lived day by day through the same operations that HTTP and
/// importers call: stores, guides, codes, channels of different quality, purchases that thin out and stop (BG/NBD,
/// Fader, Hardie & Lee 2005), gamma spend, referral cascades, refunds, seasons, tags, consent.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ports.h"
#include "store/store.h"

namespace koi::app {

struct SamplePlan {
  int people = 20'000;
  std::uint64_t seed = 1;
  Instant until{};  // the last day of the story; the story starts 18 months earlier
};
/// The setting that says a store lives the story, and from which seed.
inline constexpr std::string_view kSeedKept = "sample.seed";

struct SampleFigures { std::int64_t people = 0, orders = 0, refunds = 0, events = 0; };

/// Lives the story in an empty store whose clock is `clock`. conflict "sample.not_empty" when there are people already.
/// `progress(done, total)` counts people.
Result<SampleFigures> live_sample(Db& db, ManualClock& clock, const SamplePlan& plan,
                                  const std::function<void(std::int64_t, std::int64_t)>& progress);

}  // namespace koi::app
