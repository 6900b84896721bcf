/// A stretch of the log's end in memory: ids and persons of at most a fixed number of events, in log order.
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
  std::int64_t person = 0, at = 0, seq = 0, kind = 0;
  Record id_record() const { return {id.hi, id.lo, static_cast<std::uint64_t>(seq)}; }
  Record person_record() const {
    return {rising(person), rising(at), static_cast<std::uint64_t>(seq) << kKindBits | static_cast<std::uint64_t>(kind)};
  }
};
inline std::int64_t seq_of(const Record& person_record) {
  return static_cast<std::int64_t>(person_record.third >> kKindBits);
}
inline std::int64_t kind_of(const Record& person_record) {
  return static_cast<std::int64_t>(person_record.third & ((1U << kKindBits) - 1));
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
  /// A person's records before `bound`, unsorted.
  void collect(std::int64_t person, const Record& bound, std::vector<Record>& out) const;
  std::vector<Record> sorted_ids() const;
  std::vector<Record> sorted_people() const;

 private:
  struct Link {
    Entry entry;
    std::uint32_t before;  // the same person's entry before this one, plus 1
  };
  struct HashId {
    using is_avalanching = void;
    std::size_t operator()(IdHash id) const noexcept { return id.hi; }
  };
  std::int64_t from_;
  std::size_t capacity_;
  std::vector<Link> entries_;
  boost::unordered_flat_map<IdHash, std::uint32_t, HashId> by_id_;
  boost::unordered_flat_map<std::int64_t, std::uint32_t> by_person_;
};

}  // namespace koi::events
