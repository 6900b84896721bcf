#include "segments/chunks.h"

#include <algorithm>

#include "segments/keep.h"
#include "segments/kept_in.h"
#include "segments/recent.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

constexpr std::string_view kChunk = "SELECT bits FROM segment_chunk WHERE segment_id = $1 AND chunk = $2";
constexpr std::string_view kDrop = "DELETE FROM segment_chunk WHERE segment_id = $1";
constexpr std::string_view kAdd = "INSERT INTO segment_chunk (segment_id, chunk, bits) VALUES ($1, $2, $3)";

struct Bits { store::Blob bits; };
BOOST_DESCRIBE_STRUCT(Bits, (), (bits))

bool bit_of(std::string_view bits, std::int64_t i) {
  const auto byte = static_cast<std::size_t>(i / 8);
  return byte < bits.size() && (static_cast<unsigned char>(bits[byte]) >> (i % 8) & 1) != 0;
}

const bool kListsAsk = people::know_kept_in(kept_in);

}  // namespace

Result<events::columns::People> kept_people(Tx& tx, const events::columns::View& view, SegmentId segment) {
  events::columns::People out(view.people);
  TRY(each_chunk(tx, segment, [&](SegmentId, std::int64_t chunk, std::string_view bits) {
    each_bit(chunk, bits, [&](std::int64_t node) {
      const auto o = view.roster->find(node);
      if (o < view.people) out.add(view.root(o));
    });
  }));
  out &= view.everyone();
  return out;
}

Result<std::int64_t> keep_people(Tx& tx, SegmentId segment, std::span<const std::int64_t> nodes) {
  TRY(tx.exec(kDrop, segment));
  for (std::size_t i = 0; i < nodes.size();) {
    const auto chunk = nodes[i] / kChunkPeople;
    store::Blob bits;  // as long as its last bit asks for
    for (; i < nodes.size() && nodes[i] / kChunkPeople == chunk; ++i) turn_bit(bits.bytes, nodes[i] % kChunkPeople, true);
    TRY(tx.exec(kAdd, segment, chunk, bits));
  }
  return static_cast<std::int64_t>(nodes.size());
}

Result<KeptNodes> KeptNodes::of(Tx& tx, std::span<const PersonId> nodes) {
  KeptNodes out;
  TRY(each_recent(tx, [&](std::int64_t, const RecentMove& move) {
    if (std::ranges::find(nodes, move.person) != nodes.end()) out.recent_[{move.segment, move.person}] = move.in;
  }));
  return out;
}

Result<bool> KeptNodes::in(Tx& tx, SegmentId segment, PersonId node) const {
  if (const auto recent = recent_.find({segment, node}); recent != recent_.end()) return recent->second;
  TRY(const auto row, tx.maybe<Bits>(kChunk, segment, node.v / kChunkPeople));
  return row && bit_of(row->bits.bytes, node.v % kChunkPeople);
}

}  // namespace koi::segments
