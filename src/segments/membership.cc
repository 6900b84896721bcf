#include "segments/membership.h"

#include "store/rows.h"

namespace koi::segments {
namespace {

struct Bits { store::Blob bits; };
BOOST_DESCRIBE_STRUCT(Bits, (), (bits))

constexpr std::string_view kChunk = "SELECT bits FROM segment_chunk WHERE segment_id = $1 AND chunk = $2";
constexpr std::string_view kPut =
    "INSERT INTO segment_chunk (segment_id, chunk, bits) VALUES ($1, $2, $3) ON CONFLICT (segment_id, chunk) DO UPDATE SET bits = $3";
constexpr std::string_view kDrop = "DELETE FROM segment_chunk WHERE segment_id = $1 AND chunk = $2";
constexpr std::string_view kAll = "SELECT segment_id, chunk, bits FROM segment_chunk ORDER BY segment_id, chunk";
constexpr std::string_view kOne = "SELECT segment_id, chunk, bits FROM segment_chunk WHERE segment_id = $1 ORDER BY chunk";
constexpr std::string_view kStates =
    "SELECT segment_id, version, size, refill, meaning, walked, filled_at FROM segment_state ORDER BY segment_id";
constexpr std::string_view kSize =
    "INSERT INTO segment_state (segment_id, version, size, refill) VALUES ($1, 0, $2, 1) ON CONFLICT (segment_id) DO UPDATE SET size = $2";
constexpr std::string_view kDay =
    "INSERT INTO segment_size (segment_id, day, size, entered, exited) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (segment_id, day) "
    "DO UPDATE SET size = $3, entered = segment_size.entered + $4, exited = segment_size.exited + $5";

void turn_bit(std::string& bits, std::int64_t i, bool on) {
  const auto byte = static_cast<std::size_t>(i / 8);
  if (byte >= bits.size()) bits.resize(byte + 1);
  const auto mask = 1U << (i % 8);
  const auto old = static_cast<unsigned char>(bits[byte]);
  bits[byte] = static_cast<char>(on ? old | mask : old & ~mask);
}

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
  const store::Param one[] = {only};
  return tx.each_raw(only ? kOne : kAll, only ? std::span<const store::Param>(one) : std::span<const store::Param>(), [&](const store::Statement& row) -> Result<> {
    const SegmentId segment{row.integer(0)};
    const auto first = row.integer(1) * kChunkPeople;
    const auto bits = row.text(2);
    for (std::size_t byte = 0; byte < bits.size(); ++byte)
      for (auto left = static_cast<unsigned char>(bits[byte]); left != 0; left &= static_cast<unsigned char>(left - 1))
        fn(segment, first + static_cast<std::int64_t>(byte) * 8 + __builtin_ctz(left));
    return {};
  });
}

Result<std::vector<KeptState>> kept_states(Tx& tx) { return tx.all<KeptState>(kStates); }

Result<> note_size(Tx& tx, const SizeChange& c) {
  TRY(tx.exec(kSize, c.segment, c.size));
  TRY(tx.exec(kDay, c.segment, c.day.time_since_epoch().count(), c.size, c.entered, c.left));
  return {};
}

}  // namespace koi::segments
