/// The growing end of an append-only table on SQLite, found by id and by owner without an index on the table: chunks in
/// memory, sorted runs in a folder behind them, a worker that turns full, committed chunks into runs. Derived from the
/// table; opening scans only the rows the runs do not cover. The log and the ledger's transfers stand on it.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "events/index/chunk.h"

namespace koi::events {

/// How to read the table: all SQL yields seq, kind, owner, other, at, id_hi, id_lo (NULL reads as 0).
struct TailTable {
  std::string_view from;  // … WHERE seq >= $1 ORDER BY seq
  std::string_view one;   // … WHERE seq = $1
  std::string_view last;  // the newest seq, 0 when empty
  std::string_view ids, owners;  // names of the two sorts of runs
  /// Of a table that its oldest rows leave: calls fn for those of [begin, end) that have left it, in order, and returns
  /// where the rest begins.
  using EntryFn = std::function<Result<>(const Entry&)>;
  Result<std::int64_t> (*left)(Tx& tx, std::int64_t begin, std::int64_t end, const EntryFn& fn) = nullptr;
};

class TailIndex {
 public:
  TailIndex(TailTable table, std::string folder, IndexShape shape);
  ~TailIndex();
  TailIndex(const TailIndex&) = delete;
  TailIndex& operator=(const TailIndex&) = delete;

  /// Opens the runs and scans the rest on first use; cheap afterwards.
  Result<> ready(Tx& tx);
  /// The place the next row gets. Only on the writer thread, after ready().
  std::int64_t next() const { return last_ + 1; }
  /// Takes in a row just written at next(); it goes out again with its transaction.
  void add(Tx& tx, const Entry& entry);
  Result<std::optional<std::int64_t>> find(IdHash id);
  /// Newest first by (at, seq). May name rows that the reader's snapshot does not hold.
  Result<std::vector<Place>> places(const PlaceQuery& query);
  /// Reads every block of every run.
  Result<> verify();
  /// Waits until every full, committed chunk is a run.
  void settle();

 private:
  bool keeps_files() const { return !folder_.empty(); }
  Result<> open(Tx& tx);
  Result<> trim_runs(Tx& tx);
  Result<> each(Tx& tx, std::int64_t begin, std::int64_t end, const TailTable::EntryFn& fn);
  void grow(const Entry& entry);
  void undo();
  void committed();
  bool seal(const Chunk& chunk);
  void work(std::stop_token stop);
  const Chunk* sealable() const;

  const TailTable table_;
  const IndexShape shape_;
  const std::string folder_;
  SortedRuns ids_, owners_;

  std::mutex opening_;
  std::atomic<bool> open_ = false;

  mutable std::mutex mutex_;                   // everything below
  std::deque<std::unique_ptr<Chunk>> chunks_;  // oldest first; the last one grows
  std::int64_t last_ = 0, durable_ = 0;        // newest seq written, and committed
  bool noting_ = false;                        // this transaction will tell us when it has committed
  bool busy_ = false;                          // the worker seals
  std::size_t stalled_at_ = 0;  // chunks when a disk error stopped it: the next full one tries again
  std::condition_variable_any wake_, idle_;
  std::jthread worker_;
};

}  // namespace koi::events
