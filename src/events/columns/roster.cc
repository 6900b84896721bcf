#include "events/columns/roster.h"

#include <algorithm>
#include <bit>
#include <mutex>

#include "base/result.h"

namespace koi::events::columns {

namespace {
/// One instruction where the machine has it, as all of the last fifteen years do; the compiler's own way is a call.
__attribute__((target("popcnt"))) std::uint64_t count_popcnt(std::span<const std::uint64_t> words) {
  std::uint64_t n = 0;
  for (const auto word : words) n += static_cast<std::uint64_t>(__builtin_popcountll(word));
  return n;
}
}  // namespace

std::uint64_t People::count() const {
  if (__builtin_cpu_supports("popcnt")) return count_popcnt(words_);
  std::uint64_t n = 0;
  for (const auto word : words_) n += static_cast<std::uint64_t>(std::popcount(word));
  return n;
}

People& People::operator&=(const People& other) {
  const auto both = std::min(words_.size(), other.words_.size());
  for (std::size_t i = 0; i < both; ++i) words_[i] &= other.words_[i];
  std::fill(words_.begin() + static_cast<std::ptrdiff_t>(both), words_.end(), 0);
  return *this;
}

People& People::operator|=(const People& other) {
  if (words_.size() < other.words_.size()) words_.resize(other.words_.size());
  for (std::size_t i = 0; i < other.words_.size(); ++i) words_[i] |= other.words_[i];
  return *this;
}

People& People::operator-=(const People& other) {
  for (std::size_t i = 0; i < std::min(words_.size(), other.words_.size()); ++i) words_[i] &= ~other.words_[i];
  return *this;
}

Roster::Roster() : chunks_(std::make_unique<std::unique_ptr<std::int64_t[]>[]>(kChunks)) {}

/// The first ordinal not before `from` whose slot is not below the node; gallops, because neighbours are asked for together.
Ordinal Roster::lower(std::int64_t node, Ordinal from) const {
  const auto end = size();
  Ordinal step = 1, low = from;
  while (low + step < end && slot(low + step) < node) {
    low += step;
    step *= 2;
  }
  auto high = std::min<Ordinal>(end, low + step + 1);
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    if (slot(middle) < node) low = middle + 1;
    else high = middle;
  }
  return low;
}

std::int64_t Roster::node(Ordinal o) const {
  if (!late(o)) return slot(o);
  const std::shared_lock lock(late_mutex_);
  return late_ordinals_.at(o);
}

Ordinal Roster::find(std::int64_t node) const {
  if (size() == 0) return kNobody;
  const auto at = lower(node, 0);
  if (at < size() && slot(at) == node) return at;
  const std::shared_lock lock(late_mutex_);
  const auto found = late_nodes_.find(node);
  return found == late_nodes_.end() ? kNobody : found->second;
}

Ordinal Roster::add(std::int64_t node) {
  if (const auto known = find(node); known != kNobody) return known;
  const auto o = size();
  CHECK(o / kChunk < kChunks);
  auto& chunk = chunks_[o / kChunk];
  if (!chunk) chunk = std::make_unique<std::int64_t[]>(kChunk);
  const auto newest_before = newest();
  chunk[o % kChunk] = std::max(node, newest_before);
  if (node < newest_before) {
    const std::unique_lock lock(late_mutex_);
    late_nodes_[node] = o;
    late_ordinals_[o] = node;
  }
  size_.store(o + 1, std::memory_order_release);
  return o;
}

std::vector<Ordinal> Roster::ordinals(std::span<const std::int64_t> nodes) const {
  std::vector<Ordinal> out;
  out.reserve(nodes.size());
  const auto end = size();
  Ordinal at = 0;
  for (const auto node : nodes) {
    if (at < end && slot(at) != node) at = lower(node, at);
    out.push_back(at < end && slot(at) == node ? at : find(node));
  }
  return out;
}

}  // namespace koi::events::columns
