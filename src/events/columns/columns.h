/// What everybody did, as columns: the face of this folder for other rooms. Questions are in funnel.h, retention.h, paths.h,
/// trend.h, touch.h and tally.h; each is asked of a View.
#pragma once
#include <memory>

#include "events/columns/view.h"
#include "store/store.h"

namespace koi::events::columns {

/// How many rows in memory become a file together; before anything else is asked of a store's columns, else the usual
/// million.
Result<> open(Db& db, std::uint64_t seal_rows);
/// Everything this transaction can see: what is acknowledged is in it. unavailable "events.columns_building" (detail: how
/// far) while a long log is read for the first time.
Result<ViewPtr> view(Tx& tx);
/// Brings the columns up to the end of the log, also their files, however long it takes. For a process that is alone.
Result<> settle(Db& db);
/// Reads every file against its checksums and compares its rows with the log's: who, when, which kind, how much.
/// "events.columns_damaged" names the first that differs.
Result<> verify(Tx& tx);

struct Figures {
  std::uint64_t parts = 0, files = 0, rows = 0, file_rows = 0, file_bytes = 0;
  std::uint64_t sealed = 0;        // rows written into files since the start
  std::uint64_t woven_rows = 0;    // rows written again by merging files
  std::int64_t last = 0;           // the log up to here
};
Result<Figures> figures(Tx& tx);

/// A thread beside a running server that keeps the columns near the end of the log and their files few. Before its first
/// turn it reads every file against its checksums; a damaged one is made again from the log.
class Keeper {
 public:
  explicit Keeper(Db& db);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  void start();
  void stop();  // gives up between two pieces of work; idempotent
  Figures figures() const;  // after its last turn

 private:
  struct Inside;
  std::shared_ptr<Inside> inside_;
};

}  // namespace koi::events::columns
