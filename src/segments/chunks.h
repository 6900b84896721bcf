/// Who is kept in a segment (segment_chunk): bits over numbers of people.
#pragma once
#include <span>

#include "segments/segments.h"

namespace koi::segments {

inline constexpr std::int64_t kChunkPeople = 4096;

/// Kept people as roots of the view; who was merged since leads to the root of now, who was erased is left out.
Result<events::columns::People> kept_people(Tx& tx, const events::columns::View& view, SegmentId segment);
/// Writes all chunks anew; `nodes` in ascending order. How many there are.
Result<std::int64_t> keep_people(Tx& tx, SegmentId segment, std::span<const std::int64_t> nodes);
/// Whether this node has its bit.
Result<bool> is_kept(Tx& tx, SegmentId segment, PersonId node);

}  // namespace koi::segments
