/// Days, weeks and months of a zone as numbers.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/types.h"

namespace koi::events::columns {

enum class Unit : std::uint8_t { day, week, month };  // weeks begin on Monday

/// Consecutive periods; an instant's number is found without asking the zone again.
class Periods {
 public:
  /// From the one that holds `from` to the one that holds the instant before `to`.
  Periods(const Zone& zone, Unit unit, Instant from, Instant to);
  /// At most so many; a longer stretch is cut at its end.
  static constexpr std::uint32_t kMax = 1024;
  std::uint32_t size() const { return static_cast<std::uint32_t>(starts_.size() - 1); }
  Instant start(std::uint32_t i) const { return from_ms(starts_[i] * 1000); }
  /// Which period a second since 1970 is in; outside(): none.
  std::uint32_t of(std::uint32_t second) const {
    const auto since = std::int64_t{second} - starts_.front();
    if (since < 0 || second >= starts_.back()) return outside();
    if (quarters_.empty()) return sought(second);
    return quarters_[static_cast<std::uint32_t>(since) / static_cast<std::uint32_t>(kQuarter)];
  }
  static constexpr std::uint32_t outside() { return UINT32_MAX; }
  /// The periods of many seconds, a byte each, for at most kBytes periods; kNoByte: outside.
  static constexpr std::uint32_t kBytes = 255;
  static constexpr std::uint8_t kNoByte = 255;
  void of(std::span<const std::uint32_t> seconds, std::uint8_t* out) const;

 private:
  static constexpr std::int64_t kQuarter = 900, kQuartersMax = 1 << 17;  // almost four years: they stay in the cache
  std::uint32_t sought(std::uint32_t second) const;
  void measure();
  std::vector<std::int64_t> starts_;     // seconds; one more than there are periods
  /// The period of each quarter of an hour since the first start. Days begin on a quarter everywhere but in zones of long ago;
  /// empty then, and when there would be too many.
  std::vector<std::uint16_t> quarters_;
  /// When all are of one length: a second's period is (its distance from the first start * factor_) >> shift_.
  std::uint64_t factor_ = 0;
  int shift_ = 0;
};

/// The first day of the period a day is in, and of the next one.
LocalDay period_start(Unit unit, LocalDay day);
LocalDay next_period(Unit unit, LocalDay start);

}  // namespace koi::events::columns
