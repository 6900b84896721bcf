#include "segments/membership.h"

#include "segments/recent.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

struct Bits { store::Blob bits; };
BOOST_DESCRIBE_STRUCT(Bits, (), (bits))

constexpr std::string_view kChunk = "SELECT bits FROM segment_chunk WHERE segment_id = $1 AND chunk = $2";
constexpr std::string_view kPut =
    "INSERT INTO segment_chunk (segment_id, chunk, bits) VALUES ($1, $2, $3) ON CONFLICT (segment_id, chunk) DO UPDATE SET bits = $3";
constexpr std::string_view kDrop = "DELETE FROM segment_chunk WHERE segment_id = $1 AND chunk = $2";
constexpr std::string_view kStates =
    "SELECT segment_id, version, size, refill, meaning, walked, filled_at FROM segment_state ORDER BY segment_id";
constexpr std::string_view kSize =
    "INSERT INTO segment_state (segment_id, version, size, refill) VALUES ($1, 0, $2, 1) ON CONFLICT (segment_id) DO UPDATE SET size = $2";
constexpr std::string_view kDay =
    "INSERT INTO segment_size (segment_id, day, size, entered, exited) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (segment_id, day) "
    "DO UPDATE SET size = $3, entered = segment_size.entered + $4, exited = segment_size.exited + $5";

}  // namespace

Result<> change_kept(Tx& tx, SegmentId segment, std::span<const KeptChange> changes) {
  for (std::size_t i = 0; i < changes.size();) {
    const auto chunk = changes[i].person.v / kChunkPeople;
    TRY(auto row, tx.maybe<Bits>(kChunk, segment, chunk));
    auto bits = row ? std::move(row->bits) : store::Blob{};
    for (; i < changes.size() && changes[i].person.v / kChunkPeople == chunk; ++i) turn_bit(bits.bytes, changes[i].person.v % kChunkPeople, changes[i].in);
    while (!bits.bytes.empty() && bits.bytes.back() == 0) bits.bytes.pop_back();  // as long as its last bit asks for
    if (!bits.bytes.empty()) {
      TRY(tx.exec(kPut, segment, chunk, bits));
    } else if (row) {
      TRY(tx.exec(kDrop, segment, chunk));
    }
  }
  return {};
}

Result<> each_kept(Tx& tx, const std::function<void(SegmentId, std::int64_t)>& fn, SegmentId only) {
  return each_chunk(tx, only, [&](SegmentId segment, std::int64_t chunk, std::string_view bits) {
    each_bit(chunk, bits, [&](std::int64_t node) { fn(segment, node); });
  });
}

Result<std::vector<KeptState>> kept_states(Tx& tx) { return tx.all<KeptState>(kStates); }

Result<> note_size(Tx& tx, const SizeChange& c) {
  TRY(tx.exec(kSize, c.segment, c.size));
  TRY(tx.exec(kDay, c.segment, c.day.time_since_epoch().count(), c.size, c.entered, c.left));
  return {};
}

}  // namespace koi::segments
