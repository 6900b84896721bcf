#include "segments/kept_in.h"

#include <fmt/format.h>

#include <map>

#include "segments/chunks.h"
#include "segments/keep.h"
#include "segments/recent.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

constexpr std::int64_t kFewMax = 10'000;  // whom a statement can name one by one sooner than it tests everybody

/// Whether a node's bit is set, as SQL; `node` names its column.
std::string bit_where(store::Kind kind, SegmentId segment, const std::string& node) {
  const auto byte = fmt::format("({} % {} / 8)", node, kChunkPeople);
  std::string bit;
  if (kind == store::Kind::postgres) {
    bit = fmt::format("CASE WHEN length(c.bits) > {0} THEN ((get_byte(c.bits, CAST({0} AS INT)) >> CAST({1} % 8 AS INT)) & 1) = 1 ELSE FALSE END", byte, node);
  } else {
    // A byte's number is its place among all bytes; past the end there is none, which stands at the first place.
    static const std::string kBytes = [] {
      std::string out;
      for (int i = 0; i < 256; ++i) out += fmt::format("{:02X}", i);
      return out;
    }();
    bit = fmt::format("((instr(x'{}', substr(c.bits, {} + 1, 1)) - 1) >> ({} % 8)) & 1 = 1", kBytes, byte, node);
  }
  return fmt::format("EXISTS (SELECT 1 FROM segment_chunk c WHERE c.segment_id = {} AND c.chunk = {} / {} AND {})", segment.v, node, kChunkPeople, bit);
}

/// Nodes as "12, 15".
class Ids {
 public:
  void add(std::int64_t node) { fmt::format_to(std::back_inserter(text_), "{}{}", count_++ == 0 ? "" : ", ", node); }
  std::int64_t count() const { return count_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::int64_t count_ = 0;
};

/// The kept nodes, when they are few.
Result<std::optional<people::Kept>> few_kept(Tx& tx, SegmentId segment) {
  Ids ids;
  TRY(each_chunk(tx, segment, [&](SegmentId, std::int64_t chunk, std::string_view bits) {
    if (ids.count() > kFewMax) return;
    each_bit(chunk, bits, [&](std::int64_t node) { ids.add(node); });
  }));
  if (ids.count() > kFewMax) return std::nullopt;
  return people::Kept{{}, ids.text(), ids.count()};
}

/// What is not in the chunks yet goes over what their bits say.
Result<std::string> with_recent(Tx& tx, SegmentId segment, std::string bit, const std::string& node) {
  std::map<std::int64_t, bool> moved;
  TRY(each_recent(tx, [&](std::int64_t, const RecentMove& move) {
    if (move.segment == segment) moved[move.person.v] = move.in;
  }));
  Ids in, out;
  for (const auto& [person, is_in] : moved) (is_in ? in : out).add(person);
  if (out.count() > 0) bit = fmt::format("({} AND {} NOT IN ({}))", bit, node, out.text());
  if (in.count() > 0) bit = fmt::format("({} OR {} IN ({}))", bit, node, in.text());
  return bit;
}

}  // namespace

// A fixed segment keeps nodes, which may have become others' since.
Result<people::Kept> kept_in(Tx& tx, std::string_view name) {
  TRY(const auto s, find_segment(tx, name));
  if (s.mode == Mode::asked) return fail(Errc::invalid, "segments.not_kept", s.name, "/segment");
  TRY(const auto state, state_of(tx, s.id));
  people::Kept out;
  if (!state || state->size <= kFewMax) {
    TRY(const auto few, few_kept(tx, s.id));
    if (few) out = *few;
  }
  const auto kept = [&](const std::string& node) {
    return out.few ? fmt::format("{} IN ({})", node, out.ids) : bit_where(tx.kind(), s.id, node);
  };
  out.where = kept("p.id");
  if (s.mode == Mode::live && !out.few) { TRY(out.where, with_recent(tx, s.id, std::move(out.where), "p.id")); }
  if (s.mode == Mode::fixed) {
    const auto merged = fmt::format("SELECT n.merged_into FROM person n WHERE n.merged_into IS NOT NULL AND {}", kept("n.id"));
    out.where = fmt::format("({} OR p.id IN ({}))", out.where, merged);
    if (out.few) out.ids = fmt::format("SELECT n.id FROM person n WHERE {} UNION {}", kept("n.id"), merged);
  }
  out.where += " AND p.erased_at IS NULL";
  return out;
}

}  // namespace koi::segments
