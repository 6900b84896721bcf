#include "segments/chunks.h"

#include <fmt/format.h>

#include "people/list.h"

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

namespace {

/// Whether a node's bit is set, as SQL; `node` names its column.
std::string bit_where(store::Kind kind, SegmentId segment, const std::string& node) {
  const auto byte = "(" + node + " % 4096 / 8)";
  std::string bit;
  if (kind == store::Kind::postgres) {
    bit = "CASE WHEN length(c.bits) > " + byte + " THEN ((get_byte(c.bits, CAST(" + byte + " AS INT)) >> CAST(" + node + " % 8 AS INT)) & 1) = 1 ELSE FALSE END";
  } else {
    // A byte's number is its place among all bytes; past the end there is none, which stands at the first place.
    static const std::string kBytes = [] {
      std::string out;
      for (int i = 0; i < 256; ++i) out += fmt::format("{:02X}", i);
      return out;
    }();
    bit = "((instr(x'" + kBytes + "', substr(c.bits, " + byte + " + 1, 1)) - 1) >> (" + node + " % 8)) & 1 = 1";
  }
  return "EXISTS (SELECT 1 FROM segment_chunk c WHERE c.segment_id = " + std::to_string(segment.v) + " AND c.chunk = " + node + " / 4096 AND " + bit + ")";
}

/// For the list of people: whoever is kept. A fixed one keeps nodes, which may have become others' since.
Result<std::string> where_kept(Tx& tx, std::string_view name) {
  TRY(const auto s, find_segment(tx, name));
  if (s.mode == Mode::asked) return fail(Errc::invalid, "segments.not_kept", s.name, "/segment");
  const auto own = "p.erased_at IS NULL AND " + bit_where(tx.kind(), s.id, "p.id");
  if (s.mode == Mode::live) return own;
  return "p.erased_at IS NULL AND (" + bit_where(tx.kind(), s.id, "p.id") + " OR EXISTS (SELECT 1 FROM person n WHERE n.merged_into = p.id AND " + bit_where(tx.kind(), s.id, "n.id") + "))";
}
const bool kListsAsk = people::know_segment_where(where_kept);

}  // namespace

}  // namespace koi::segments
