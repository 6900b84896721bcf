/// How long people took from one event to another.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace koi::events::columns {

/// How long people took, from the second of the clock one thing happened in to that of another. Counted by the second; in windows
/// beyond eighteen hours by several seconds (which divide a minute, an hour or a day), so that the counts stay in the cache.
inline std::int64_t seconds_between(std::int64_t from_ms, std::int64_t to_ms) { return to_ms / 1000 - from_ms / 1000; }
class Times {
 public:
  explicit Times(std::int64_t window_ms = 0);
  void add(std::int64_t seconds) {
    const auto at = static_cast<std::size_t>(static_cast<std::uint32_t>(seconds) / unit_s_);
    if (at >= counts_.size()) counts_.resize(at + 1 + at / 2);
    ++counts_[at];
    ++count_;
  }
  void absorb(const Times& other);
  std::uint64_t count() const { return count_; }
  /// The time (ms) that a share of them (0 to 1) did not need longer than, to the unit; nothing when there is nobody.
  std::optional<std::int64_t> quantile(double share) const;
  /// How many took [from, to) ms, both whole units.
  std::uint64_t between(std::int64_t from_ms, std::int64_t to_ms) const;
  friend bool operator==(const Times& a, const Times& b);

 private:
  std::uint32_t unit_s_ = 1;
  std::uint64_t count_ = 0;
  std::vector<std::uint32_t> counts_;
};

}  // namespace koi::events::columns
