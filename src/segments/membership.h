/// Writing who is in a live segment, some people at a time, and how many they are day by day. Reading: chunks.h.
#pragma once
#include <span>
#include <vector>

#include "segments/chunks.h"

namespace koi::segments {

struct KeptChange { PersonId person; bool in = false; };
/// Sets and clears bits of the chunks; ascending by person, each once.
Result<> change_kept(Tx& tx, SegmentId segment, std::span<const KeptChange> changes);
/// fn(segment, person) for every bit, segment by segment, ascending; of one segment when it is named.
Result<> each_kept(Tx& tx, const std::function<void(SegmentId segment, std::int64_t person)>& fn, SegmentId only = {});

/// How far a segment's membership is. refill: 0 done, 1 everybody is to be looked at, 2 everybody is being looked at, for
/// what `meaning` says; people with a number up to `walked` are through.
inline constexpr std::int64_t kWalking = 2;
struct KeptState {
  SegmentId id{};
  std::int64_t version = 0, size = 0, refill = 1, meaning = 0, walked = 0;
  std::optional<Instant> filled_at{};
};
BOOST_DESCRIBE_STRUCT(KeptState, (), (id, version, size, refill, meaning, walked, filled_at))
Result<std::vector<KeptState>> kept_states(Tx& tx);

/// Size now, and what came and went, on the merchant's day.
struct SizeChange { SegmentId segment{}; LocalDay day; std::int64_t size = 0, entered = 0, left = 0; };
Result<> note_size(Tx& tx, const SizeChange& change);

}  // namespace koi::segments
