#include "events/columns/times.h"

#include <algorithm>
#include <cmath>

namespace koi::events::columns {

Times::Times(std::int64_t window_ms) {
  constexpr std::uint32_t kUnits[] = {1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 300, 900, 3600, 86'400};
  constexpr std::int64_t kCounts = 1 << 16;
  for (const auto unit : kUnits)
    if (unit_s_ = unit; window_ms / 1000 / unit < kCounts) break;
}

void Times::absorb(const Times& other) {
  if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
}

std::optional<std::int64_t> Times::quantile(double share) const {
  if (count_ == 0) return std::nullopt;
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  std::size_t at = 0;
  while ((seen += counts_[at]) < rank) ++at;
  return static_cast<std::int64_t>(at) * unit_s_ * 1000;
}

std::uint64_t Times::between(std::int64_t from, std::int64_t to) const {
  std::uint64_t n = 0;
  const auto unit_ms = std::int64_t{unit_s_} * 1000;
  for (auto at = static_cast<std::size_t>(from / unit_ms); at < counts_.size() && static_cast<std::int64_t>(at) * unit_ms < to; ++at) n += counts_[at];
  return n;
}

bool operator==(const Times& a, const Times& b) {
  const auto longest = std::max(a.counts_.size(), b.counts_.size());
  for (std::size_t i = 0; i < longest; ++i)
    if ((i < a.counts_.size() ? a.counts_[i] : 0) != (i < b.counts_.size() ? b.counts_[i] : 0)) return false;
  return a.unit_s_ == b.unit_s_;
}

}  // namespace koi::events::columns
