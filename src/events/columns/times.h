/// How long people took from one event to another.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace koi::events::columns {

/// How long people took, counted by the second; in windows beyond twelve days by a few seconds that divide a minute, so that
/// there are never more than a million counts.
class Times {
 public:
  explicit Times(std::int64_t window_ms = 0);
  void add(std::int64_t ms) {
    const auto at = static_cast<std::size_t>(ms / unit_ms_);
    if (at >= counts_.size()) counts_.resize(at + 1 + at / 2);
    ++counts_[at];
    ++count_;
  }
  void absorb(const Times& other);
  std::uint64_t count() const { return count_; }
  /// The time that a share of them (0 to 1) did not need longer than, to the unit; nothing when there is nobody.
  std::optional<std::int64_t> quantile(double share) const;
  /// How many took [from, to) ms, both whole units.
  std::uint64_t between(std::int64_t from_ms, std::int64_t to_ms) const;
  friend bool operator==(const Times& a, const Times& b);

 private:
  std::int64_t unit_ms_ = 1000;
  std::uint64_t count_ = 0;
  std::vector<std::uint32_t> counts_;
};

}  // namespace koi::events::columns
