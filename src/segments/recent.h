/// Moves of live segments that are not in their chunks yet (segment_recent). Whoever reads chunks reads these over them.
#pragma once
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "segments/chunks.h"

namespace koi::segments {

struct RecentMove { SegmentId segment{}; PersonId person{}; bool in = false; };

/// Behind all others; its place in their order.
Result<std::int64_t> add_recent(Tx& tx, std::span<const RecentMove> moves);
/// In order, each with the place of its row.
Result<> each_recent(Tx& tx, const std::function<void(std::int64_t at, const RecentMove& move)>& fn);
/// Up to this place they stand in the chunks.
Result<> drop_recent(Tx& tx, std::int64_t upto);

/// fn(segment, chunk, bits) for every chunk as it is with the recent moves, ascending; of one segment when it is named.
using ChunkFn = std::function<void(SegmentId segment, std::int64_t chunk, std::string_view bits)>;
Result<> each_chunk(Tx& tx, SegmentId only, const ChunkFn& fn);

/// Sets or clears bit i, and makes room for it.
void turn_bit(std::string& bits, std::int64_t i, bool on);
/// Calls fn(node) for every bit of a chunk, ascending.
template <class F>
void each_bit(std::int64_t chunk, std::string_view bits, F&& fn) {
  for (std::size_t byte = 0; byte < bits.size(); ++byte)
    for (auto left = static_cast<unsigned char>(bits[byte]); left != 0; left &= static_cast<unsigned char>(left - 1))
      fn(chunk * kChunkPeople + static_cast<std::int64_t>(byte) * 8 + __builtin_ctz(left));
}

}  // namespace koi::segments
