/// Who is kept in a segment: bits over numbers of people (segment_chunk), and what changed since they were written (recent.h).
#pragma once
#include <map>
#include <span>

#include "segments/segments.h"

namespace koi::segments {

inline constexpr std::int64_t kChunkPeople = 4096;

/// Kept people as roots of the view; who was merged since leads to the root of now, who was erased is left out.
Result<events::columns::People> kept_people(Tx& tx, const events::columns::View& view, SegmentId segment);
/// Writes all chunks anew; `nodes` in ascending order. How many there are.
Result<std::int64_t> keep_people(Tx& tx, SegmentId segment, std::span<const std::int64_t> nodes);

/// Some nodes, asked of many segments.
class KeptNodes {
 public:
  static Result<KeptNodes> of(Tx& tx, std::span<const PersonId> nodes);
  /// Whether one of them has its bit.
  Result<bool> in(Tx& tx, SegmentId segment, PersonId node) const;

 private:
  std::map<std::pair<SegmentId, PersonId>, bool> recent_;  // what is not in the chunks yet
};

}  // namespace koi::segments
