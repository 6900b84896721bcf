/// A stretch of the log's end in memory: ids and owners of at most a fixed number of rows, in order.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>

#include "events/index/index.h"
#include "events/index/runs.h"

namespace koi::events {

inline constexpr int kKindBits = 16;  // kind ids stay below 65,536
inline std::uint64_t rising(std::int64_t v) { return static_cast<std::uint64_t>(v) ^ (1ULL << 63); }
inline std::int64_t falling(std::uint64_t v) { return static_cast<std::int64_t>(v ^ (1ULL << 63)); }

/// What the index keeps of one event.
struct Entry {
  IdHash id;
  std::int64_t owner = 0, other = 0;  // whose it is: a person; two accounts of a transfer; 0 is nobody
  std::int64_t at = 0, seq = 0, kind = 0;
  Record id_record() const { return {id.hi, id.lo, static_cast<std::uint64_t>(seq)}; }
  Record record_of(std::int64_t whose) const {
    return {rising(whose), rising(at), static_cast<std::uint64_t>(seq) << kKindBits | static_cast<std::uint64_t>(kind)};
  }
};
inline std::int64_t seq_of(const Record& owner_record) {
  return static_cast<std::int64_t>(owner_record.third >> kKindBits);
}
inline std::int64_t kind_of(const Record& owner_record) {
  return static_cast<std::int64_t>(owner_record.third & ((1U << kKindBits) - 1));
}

/// Grows at its end and shrinks only by undoing. `from` is the log position it starts to cover.
class Chunk {
 public:
  Chunk(std::int64_t from, std::size_t capacity) : from_(from), capacity_(capacity) {}

  bool full() const { return entries_.size() >= capacity_; }
  bool empty() const { return entries_.empty(); }
  std::int64_t from() const { return from_; }
  std::int64_t last() const { return entries_.empty() ? from_ - 1 : entries_.back().entry.seq; }
  const Entry& back() const { return entries_.back().entry; }
  void add(const Entry& entry);
  void undo();
  std::optional<std::int64_t> find(IdHash id) const;
  /// An owner's records before `bound`, unsorted.
  void collect(std::int64_t owner, const Record& bound, std::vector<Record>& out) const;
  std::vector<Record> sorted_ids() const;
  std::vector<Record> sorted_owners() const;

 private:
  struct Link {
    Entry entry;
    std::uint32_t before[2];  // for owner and other: where the same one stands before this, see place_of
  };
  /// 1 + twice the entry's number, plus 1 for `other`; 0 is nowhere.
  static std::uint32_t place_of(std::size_t number, std::size_t side) {
    return static_cast<std::uint32_t>(2 * number + side + 1);
  }
  struct HashId {
    using is_avalanching = void;
    std::size_t operator()(IdHash id) const noexcept { return id.hi; }
  };
  std::int64_t from_;
  std::size_t capacity_;
  std::vector<Link> entries_;
  boost::unordered_flat_map<IdHash, std::uint32_t, HashId> by_id_;
  boost::unordered_flat_map<std::int64_t, std::uint32_t> by_owner_;
};

}  // namespace koi::events
