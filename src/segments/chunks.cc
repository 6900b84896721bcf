#include "segments/chunks.h"

#include "store/rows.h"

namespace koi::segments {
namespace {

constexpr std::string_view kChunks = "SELECT chunk, bits FROM segment_chunk WHERE segment_id = $1 ORDER BY chunk";
constexpr std::string_view kChunk = "SELECT bits FROM segment_chunk WHERE segment_id = $1 AND chunk = $2";
constexpr std::string_view kDrop = "DELETE FROM segment_chunk WHERE segment_id = $1";
constexpr std::string_view kAdd = "INSERT INTO segment_chunk (segment_id, chunk, bits) VALUES ($1, $2, $3)";

struct Bits { store::Blob bits; };
BOOST_DESCRIBE_STRUCT(Bits, (), (bits))

bool bit_of(std::string_view bits, std::int64_t i) {
  const auto byte = static_cast<std::size_t>(i / 8);
  return byte < bits.size() && (static_cast<unsigned char>(bits[byte]) >> (i % 8) & 1) != 0;
}

}  // namespace

Result<events::columns::People> kept_people(Tx& tx, const events::columns::View& view, SegmentId segment) {
  events::columns::People out(view.people);
  const std::array<store::Param, 1> params{store::Param(segment)};
  TRY(tx.each_raw(kChunks, params, [&](const store::Statement& row) -> Result<> {
    const auto first = row.integer(0) * kChunkPeople;
    const auto bits = row.text(1);
    for (std::size_t byte = 0; byte < bits.size(); ++byte)
      for (auto left = static_cast<unsigned char>(bits[byte]); left != 0; left &= static_cast<unsigned char>(left - 1)) {
        const auto node = first + static_cast<std::int64_t>(byte) * 8 + __builtin_ctz(left);
        const auto o = view.roster->find(node);
        if (o < view.people) out.add(view.root(o));
      }
    return {};
  }));
  out &= view.everyone();
  return out;
}

Result<std::int64_t> keep_people(Tx& tx, SegmentId segment, std::span<const std::int64_t> nodes) {
  TRY(tx.exec(kDrop, segment));
  for (std::size_t i = 0; i < nodes.size();) {
    const auto chunk = nodes[i] / kChunkPeople;
    store::Blob bits;  // as long as its last bit asks for
    for (; i < nodes.size() && nodes[i] / kChunkPeople == chunk; ++i) {
      const auto at = nodes[i] % kChunkPeople;
      bits.bytes.resize(std::max(bits.bytes.size(), static_cast<std::size_t>(at / 8) + 1));
      auto& byte = bits.bytes[static_cast<std::size_t>(at / 8)];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << (at % 8));
    }
    TRY(tx.exec(kAdd, segment, chunk, bits));
  }
  return static_cast<std::int64_t>(nodes.size());
}

Result<bool> is_kept(Tx& tx, SegmentId segment, PersonId node) {
  TRY(const auto row, tx.maybe<Bits>(kChunk, segment, node.v / kChunkPeople));
  return row && bit_of(row->bits.bytes, node.v % kChunkPeople);
}

}  // namespace koi::segments
