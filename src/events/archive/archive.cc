#include "events/archive/archive.h"

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <set>

#include "store/rows.h"

namespace koi::events {

BOOST_DESCRIBE_STRUCT(SegmentFacts, (), (first_seq, last_seq, rows, bytes, checksum))

namespace {

namespace fs = std::filesystem;
constexpr std::size_t kCachedBytes = 64 << 10;
constexpr std::string_view kThrough = "SELECT COALESCE(MAX(last_seq), 0) FROM log_segment";
constexpr std::string_view kAll = "SELECT first_seq, last_seq, rows, bytes, checksum FROM log_segment ORDER BY first_seq";
constexpr std::string_view kHolding =
    "SELECT first_seq, last_seq, rows, bytes, checksum FROM log_segment WHERE first_seq <= $1 ORDER BY first_seq DESC LIMIT 1";

std::unexpected<Error> damaged(std::string what) {
  return fail(Errc::unavailable, "events.log_damaged", std::move(what));
}

}  // namespace

Result<std::vector<SegmentFacts>> segments(Tx& tx) { return tx.all<SegmentFacts>(kAll); }

Result<Seq> Archive::through(Tx& tx) {
  if (tx.kind() == store::Kind::postgres || folder_.empty()) return 0;
  TRY(ready(tx));
  return tx.one<Seq>(kThrough);
}

Result<> Archive::ready(Tx& tx) {
  if (open_.load(std::memory_order_acquire)) return {};
  const std::scoped_lock lock(opening_);
  if (open_.load(std::memory_order_acquire)) return {};
  TRY(const auto known, segments(tx));
  for (Seq next = 1; const auto& facts : known) {
    if (facts.first_seq != next) return damaged(fmt::format("no segment holds event {}", next));
    next = facts.last_seq + 1;
    TRY(open(facts));
  }
  TRY(drop_unknown(known));
  open_.store(true, std::memory_order_release);
  return {};
}

/// A file that was finished and whose manifest row was not committed: its rows are in the table. Nobody moves rows before
/// this, so no row can be on its way.
Result<> Archive::drop_unknown(std::span<const SegmentFacts> known) {
  std::set<std::string> names;
  for (const auto& facts : known) names.insert(segment_name(facts));
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(folder_, ec)) {
    const auto extension = entry.path().extension();
    const bool ours = extension == ".seg" || extension == ".draft";
    if (ours && !names.contains(entry.path().filename().string())) fs::remove(entry.path(), ec);
  }
  return {};
}

Result<Archive::SegmentPtr> Archive::open(const SegmentFacts& facts) {
  TRY(auto segment, Segment::open(folder_ / segment_name(facts)));
  if (segment->facts() != facts) return damaged(segment_name(facts) + ": not the file the manifest names");
  const std::scoped_lock lock(mutex_);
  return segments_.try_emplace(facts.first_seq, std::move(segment)).first->second;
}

Result<Archive::SegmentPtr> Archive::holding(Tx& tx, Seq seq) {
  {
    const std::scoped_lock lock(mutex_);
    auto found = segments_.upper_bound(seq);
    if (found != segments_.begin() && (--found)->second->facts().last_seq >= seq) return found->second;
  }
  TRY(const auto facts, tx.maybe<SegmentFacts>(kHolding, seq));  // sealed since the last look
  if (!facts || facts->last_seq < seq) return damaged(fmt::format("no segment holds event {}", seq));
  return open(*facts);
}

Result<Archive::BlockPtr> Archive::cached(const Segment& segment, std::size_t block) {
  const auto first = segment.facts().first_seq + static_cast<Seq>(block);
  auto& place = cache_[static_cast<std::size_t>(first) % kCached];
  {
    const std::scoped_lock lock(mutex_);
    if (place.first == first) return place.block;
  }
  TRY(auto read, segment.block(block));
  if (read->bytes() > kCachedBytes) return read;
  const std::scoped_lock lock(mutex_);
  place = {first, read};
  return read;
}

Result<> Archive::each(Tx& tx, Seq from, Seq to, const RowFn& fn) {
  while (from < to) {
    TRY(const auto segment, holding(tx, from + 1));
    TRY(const auto block, segment->block(segment->block_of(from + 1)));
    const auto skip = static_cast<std::size_t>(from + 1 - block->rows.front().seq);
    for (const auto& row : std::span(block->rows).subspan(skip)) {
      if (row.seq > to) return {};
      TRY(const bool more, fn(row));
      if (!more) return {};
      from = row.seq;
    }
  }
  return {};
}

Result<> Archive::one(Tx& tx, Seq seq, const std::function<Result<>(const RawRow&)>& fn) {
  TRY(const auto segment, holding(tx, seq));
  TRY(const auto block, cached(*segment, segment->block_of(seq)));
  return fn(block->rows[static_cast<std::size_t>(seq - block->rows.front().seq)]);
}

Result<> Archive::verify(Tx& tx) {
  TRY(through(tx));
  TRY(const auto known, segments(tx));
  for (Seq next = 1; const auto& facts : known) {
    if (facts.first_seq != next) return damaged(fmt::format("no segment holds event {}", next));
    next = facts.last_seq + 1;
    // Anew from the disk: what is mapped was looked at when it was opened.
    TRY(const auto segment, Segment::open(folder_ / segment_name(facts)));
    if (segment->facts() != facts) return damaged(segment_name(facts) + ": not the file the manifest names");
    TRY(segment->verify());
  }
  return {};
}

}  // namespace koi::events
