#include "segments/recent.h"

#include "store/rows.h"

namespace koi::segments {
namespace {

constexpr std::size_t kBytes = 17;  // a move

constexpr std::string_view kLast = "SELECT COALESCE(MAX(id), 0) FROM segment_recent";
constexpr std::string_view kAdd = "INSERT INTO segment_recent (id, moves) VALUES ($1, $2)";
constexpr std::string_view kAll = "SELECT id, moves FROM segment_recent ORDER BY id";
constexpr std::string_view kDrop = "DELETE FROM segment_recent WHERE id <= $1";
constexpr std::string_view kChunks = "SELECT segment_id, chunk, bits FROM segment_chunk ORDER BY segment_id, chunk";
constexpr std::string_view kChunksOfOne = "SELECT segment_id, chunk, bits FROM segment_chunk WHERE segment_id = $1 ORDER BY chunk";

void put(std::string& out, std::int64_t number) {
  for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * i)));
}
std::int64_t number_at(std::string_view bytes) {
  std::uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out |= std::uint64_t{static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)])} << (8 * i);
  return static_cast<std::int64_t>(out);
}

/// Recent moves by chunk, in order: what is written over its bits.
struct Turned { std::int64_t bit; bool in; };
using Place = std::pair<SegmentId, std::int64_t>;
using Overlay = std::map<Place, std::vector<Turned>>;

Result<Overlay> overlay_of(Tx& tx, SegmentId only) {
  Overlay out;
  TRY(each_recent(tx, [&](std::int64_t, const RecentMove& move) {
    if (only && move.segment != only) return;
    out[{move.segment, move.person.v / kChunkPeople}].push_back({move.person.v % kChunkPeople, move.in});
  }));
  return out;
}

}  // namespace

void turn_bit(std::string& bits, std::int64_t i, bool on) {
  const auto byte = static_cast<std::size_t>(i / 8);
  if (byte >= bits.size()) bits.resize(byte + 1);
  const auto mask = 1U << (i % 8);
  const auto old = static_cast<unsigned char>(bits[byte]);
  bits[byte] = static_cast<char>(on ? old | mask : old & ~mask);
}

Result<std::int64_t> add_recent(Tx& tx, std::span<const RecentMove> moves) {
  store::Blob packed;
  packed.bytes.reserve(moves.size() * kBytes);
  for (const auto& move : moves) {
    put(packed.bytes, move.segment.v);
    put(packed.bytes, move.person.v);
    packed.bytes.push_back(move.in ? 1 : 0);
  }
  TRY(const auto last, tx.one<std::int64_t>(kLast));
  TRY(tx.exec(kAdd, last + 1, packed));
  return last + 1;
}

Result<> each_recent(Tx& tx, const std::function<void(std::int64_t, const RecentMove&)>& fn) {
  return tx.each_raw(kAll, {}, [&](const store::Statement& row) -> Result<> {
    const auto at = row.integer(0);
    for (auto left = row.text(1); left.size() >= kBytes; left.remove_prefix(kBytes))
      fn(at, {.segment = {number_at(left)}, .person = {number_at(left.substr(8))}, .in = left[16] != 0});
    return {};
  });
}

Result<> drop_recent(Tx& tx, std::int64_t upto) {
  TRY(tx.exec(kDrop, upto));
  return {};
}

Result<> each_chunk(Tx& tx, SegmentId only, const ChunkFn& fn) {
  TRY(const auto overlay, overlay_of(tx, only));
  auto next = overlay.begin();
  const auto say = [&](const Place& place, std::string bits) {
    for (const auto& turned : next->second) turn_bit(bits, turned.bit, turned.in);
    fn(place.first, place.second, bits);
    ++next;
  };
  const store::Param one[] = {only};
  TRY(tx.each_raw(only ? kChunksOfOne : kChunks, only ? std::span<const store::Param>(one) : std::span<const store::Param>(), [&](const store::Statement& row) -> Result<> {
    const Place place{{row.integer(0)}, row.integer(1)};
    while (next != overlay.end() && next->first < place) say(next->first, {});
    if (next != overlay.end() && next->first == place) say(place, std::string(row.text(2)));
    else fn(place.first, place.second, row.text(2));
    return {};
  }));
  while (next != overlay.end()) say(next->first, {});
  return {};
}

}  // namespace koi::segments
