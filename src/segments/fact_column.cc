#include "segments/fact_column.h"

#include <algorithm>

namespace koi::segments {

std::uint32_t FactColumn::code(std::string_view text) {
  if (const auto known = codes_.find(text); known != codes_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(words_.size());
  codes_.emplace(words_.emplace_back(text), number);
  return number;
}

void FactColumn::changes(std::uint32_t slot, Instant at) {
  if (next_.empty()) next_.assign(slots_, Instant::max());
  next_[slot] = std::min(next_[slot], at);
}

void FactColumn::fill(std::int64_t number) { std::ranges::replace(numbers_, kNone, number); }

void FactColumn::settle(bool empty_is_missing) {
  empty_is_missing_ = empty_is_missing;
  if (kind_ != Kind::set) return;
  std::ranges::sort(members_);
  const auto twice = std::ranges::unique(members_);
  members_.erase(twice.begin(), twice.end());
  start_.assign(slots_ + 1, 0);
  for (const auto& member : members_) {
    ++start_[member.slot + 1];
    texts_.push_back(words_[member.code]);
  }
  for (std::uint32_t slot = 0; slot < slots_; ++slot) start_[slot + 1] += start_[slot];
  members_ = {};
}

std::optional<Known> FactColumn::of(std::uint32_t slot) const {
  if (kind_ == Kind::set) return empty_is_missing_ && set(slot).empty() ? std::nullopt : std::optional<Known>(set(slot));
  const auto number = numbers_[slot];
  if (number == kNone) return {};
  switch (kind_) {
    case Kind::micros: return Ratio{number, 1};
    case Kind::whole: return whole(number);
    case Kind::time: return from_ms(number);
    case Kind::day: return LocalDay{std::chrono::days(number)};
    case Kind::text: return std::string_view(words_[static_cast<std::size_t>(number)]);
    case Kind::truth: return number != 0;
    case Kind::set: break;
  }
  return {};
}

}  // namespace koi::segments
