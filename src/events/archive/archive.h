/// The log's older part in immutable files, and the few of them that are mapped. Which rows stand there is decided by the
/// manifest (log_segment) as the reader's own transaction sees it, so a row is read once, wherever it stands: up to
/// `through` from a file, behind it from the table.
#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "events/archive/segment.h"
#include "store/store.h"

namespace koi::events {

using RowFn = std::function<Result<bool>(const RawRow&)>;  // false: enough

class Archive {
 public:
  explicit Archive(std::string folder) : folder_(std::move(folder)) {}

  /// The log position up to which rows stand in files, for this transaction; 0 when none do. On PostgreSQL, and without a
  /// data folder, all rows stay in the table. unavailable "events.log_damaged" when a file of the manifest is not as it
  /// was written; on first use every file is looked at, and those the manifest does not know are dropped.
  Result<Seq> through(Tx& tx);
  /// Rows of (from, to], to <= through, in log order, until fn has enough.
  Result<> each(Tx& tx, Seq from, Seq to, const RowFn& fn);
  /// One row, seq <= through: its block stays in memory for a while.
  Result<> one(Tx& tx, Seq seq, const std::function<Result<>(const RawRow&)>& fn);
  /// Reads every block of every file; the first damaged one is the error. Files must follow each other.
  Result<> verify(Tx& tx);

  const std::filesystem::path& folder() const { return folder_; }
  /// Whoever moves rows holds it: one at a time.
  std::mutex& moving() { return moving_; }

 private:
  using SegmentPtr = std::shared_ptr<const Segment>;
  using BlockPtr = std::shared_ptr<const Block>;
  Result<> ready(Tx& tx);
  Result<> drop_unknown(std::span<const SegmentFacts> known);
  Result<SegmentPtr> open(const SegmentFacts& facts);
  Result<SegmentPtr> holding(Tx& tx, Seq seq);
  Result<BlockPtr> cached(const Segment& segment, std::size_t block);

  static constexpr std::size_t kCached = 128;  // blocks, each of at most kCachedBytes
  const std::filesystem::path folder_;
  std::mutex opening_, moving_;
  std::atomic<bool> open_ = false;
  std::mutex mutex_;  // the two below
  std::map<Seq, SegmentPtr> segments_;  // by first_seq
  struct Cached { Seq first = -1; BlockPtr block; };
  std::array<Cached, kCached> cache_;   // a block has one place
};

/// The manifest as this transaction sees it, oldest first.
Result<std::vector<SegmentFacts>> segments(Tx& tx);

}  // namespace koi::events
