/// People as dense numbers: every node gets the next ordinal when it is first seen and keeps it while the process lives. Sets
/// of people are bits over ordinals; which nodes are one person now, and who was erased, stand beside.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <atomic>
#include <memory>
#include <shared_mutex>
#include <span>
#include <vector>

#include "base/types.h"

namespace koi::events::columns {

using Ordinal = std::uint32_t;
inline constexpr Ordinal kNobody = UINT32_MAX;

/// A set of ordinals; what lies behind its end is not in it.
class People {
 public:
  People() = default;
  explicit People(Ordinal size, bool all = false) : words_((std::size_t{size} + 63) / 64, all ? ~0ULL : 0) {
    if (all && size % 64 != 0) words_.back() &= (1ULL << size % 64) - 1;
  }
  bool has(Ordinal o) const { return o / 64 < words_.size() && (words_[o / 64] >> o % 64 & 1) != 0; }
  void add(Ordinal o) {
    if (o / 64 >= words_.size()) words_.resize(o / 64 + 1);
    words_[o / 64] |= 1ULL << o % 64;
  }
  /// 32 from `first` on, as bits.
  void add_all(Ordinal first, std::uint32_t bits) {
    const auto word = first / 64, shift = first % 64;
    if (word + 1 >= words_.size()) words_.resize(word + 2);
    words_[word] |= std::uint64_t{bits} << shift;
    if (shift > 32) words_[word + 1] |= std::uint64_t{bits} >> (64 - shift);
  }
  /// 64 at once; behind the end nothing is kept.
  void set_word(std::size_t i, std::uint64_t bits) {
    if (i < words_.size()) words_[i] = bits;
  }
  void remove(Ordinal o) {
    if (o / 64 < words_.size()) words_[o / 64] &= ~(1ULL << o % 64);
  }
  std::uint64_t count() const;
  People& operator&=(const People& other);
  People& operator|=(const People& other);
  People& operator-=(const People& other);
  std::span<const std::uint64_t> words() const { return words_; }
  /// Members from `first` on: 64 of them, as bits.
  std::uint64_t word(std::size_t i) const { return i < words_.size() ? words_[i] : 0; }
  template <class F>
  void each(F&& fn) const {
    for (std::size_t i = 0; i < words_.size(); ++i)
      for (auto bits = words_[i]; bits != 0; bits &= bits - 1)
        fn(static_cast<Ordinal>(i * 64 + static_cast<std::size_t>(__builtin_ctzll(bits))));
  }
  friend bool operator==(const People&, const People&) = default;

 private:
  std::vector<std::uint64_t> words_;
};

/// Nodes that are one person: who belongs to which root. Only people of more than one node are here.
struct Ties {
  boost::unordered_flat_map<Ordinal, Ordinal> root_of;               // nodes that are no roots
  boost::unordered_flat_map<Ordinal, std::vector<Ordinal>> nodes_of;  // of a root, itself among them, by age
  People tied, inner;                                                 // all of them; those that are no roots
};

/// Grows at its end only, so that readers of an earlier length go on undisturbed. One thread at a time adds.
class Roster {
 public:
  Roster();
  Ordinal size() const { return size_.load(std::memory_order_acquire); }
  std::int64_t node(Ordinal o) const;
  /// kNobody when unknown.
  Ordinal find(std::int64_t node) const;
  /// The node's ordinal, a new one when it has none.
  Ordinal add(std::int64_t node);
  /// Whether it came after a younger one, so that its ordinal is out of order.
  bool late(Ordinal o) const { return o > 0 && slot(o) == slot(o - 1); }
  /// The largest node so far.
  std::int64_t newest() const { return size() == 0 ? 0 : slot(size() - 1); }
  /// Ordinals of ascending nodes; kNobody for unknown ones.
  std::vector<Ordinal> ordinals(std::span<const std::int64_t> nodes) const;

 private:
  static constexpr std::size_t kChunk = 1 << 16, kChunks = 1 << 13;
  std::int64_t slot(Ordinal o) const { return chunks_[o / kChunk][o % kChunk]; }
  Ordinal lower(std::int64_t node, Ordinal from) const;

  std::atomic<Ordinal> size_ = 0;
  // Slots ascend: a node that came after a younger one has its neighbour's number here and its own among the late ones.
  std::unique_ptr<std::unique_ptr<std::int64_t[]>[]> chunks_;
  mutable std::shared_mutex late_mutex_;
  boost::unordered_flat_map<std::int64_t, Ordinal> late_nodes_;
  boost::unordered_flat_map<Ordinal, std::int64_t> late_ordinals_;
};

}  // namespace koi::events::columns
