/// Files in: customers, orders and events from CSV and XLSX. Good rows land, bad rows go to an error file, a kill at
/// any row resumes, a whole import can be undone. Owns import_job, import_error, import_effect, import_name, import_map.
///
/// A job walks uploading -> ready -> (checking ->) ready -> running -> done; paused, failed and cancelled are left by
/// starting again; done, failed and cancelled can be undone.
#pragma once
#include <atomic>
#include <functional>
#include <memory>

#include "connect/files/mapping.h"
#include "connect/files/rows.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::files {

struct ImportTag { static constexpr std::string_view prefix = "imp"; };
using ImportId = Id<ImportTag>;

struct StartImport {
  Subject subject = Subject::orders;
  OpenRows file;
  std::string file_name;        // "": the path's last part
  std::string source;           // "": the file's name without its ending; names order numbers and buyers for ever
  std::vector<MapItem> map;     // empty: remembered for this header, or guessed
  bool dry_run = false;
  bool owned = false;           // the file lies in the import folder and belongs to the job
  std::string author;
};
/// Reads the file's head and makes a job that run_import can take up. Errors of open_rows and bind_map;
/// invalid "connect.empty_file", "connect.bad_source" (1-64 of a-z 0-9 . _ -).
Result<ImportId> start_import(Db& db, const StartImport& cmd);

/// What to look at while a run is under way.
struct Progress {
  std::string state;
  std::int64_t rows_done = 0, good = 0, bad = 0;
  std::uint64_t bytes_done = 0, bytes_total = 0;
  double rows_per_second = 0;
};
struct RunOptions {
  const std::atomic<bool>* stop = nullptr;              // set: end after the batch in hand; the job stays running
  std::function<void(const Progress&)> on_progress;     // after each batch, on the caller's thread
  std::int64_t batches_max = 0;                         // 0: no limit; tests abandon a run with it
  bool alone = false;                                   // nobody else writes: large batches, many of them in a commit
};
/// Runs a job to its end on the caller's thread (reading, judging); effects go through the Writer in batches. Also
/// takes up a job that another process left. Never fails because of bad rows. conflict "connect.import_state".
Result<Progress> run_import(Db& db, ImportId import, const RunOptions& options = {});

/// Everything about a job that lists and pages show.
struct ImportView {
  ImportId id;
  std::string subject, source, file_name, state, format, encoding, delimiter, sheet;
  bool dry = false;
  std::int64_t rows_done = 0, bytes_done = 0, bytes_total = 0, good = 0, bad = 0, orders_made = 0, orders_changed = 0,
               people_made = 0, events_made = 0, repeats = 0;
  std::string tally, error_code, error_detail, author;
  Instant created_at;
  std::optional<Instant> started_at, ended_at;
};
Result<ImportView> find_import(Tx& tx, ImportId import);
/// Newest first, strictly before `before` (0: from the newest).
Result<std::vector<ImportView>> list_imports(Tx& tx, ImportId before, int limit);
/// The error file: header and lines in file order; nothing after the first 20 MiB of lines but a note of it.
Result<std::string> error_file(Tx& tx, ImportId import);

/// The mapping of a job that is not under way. invalid as bind_map; conflict "connect.import_state".
Result<> set_map(Tx& tx, ImportId import, std::span<const MapItem> map, std::string_view source);
/// Takes a ready, paused, failed or cancelled job up: rows before row_at are not done again. A dry run starts at 0.
Result<> begin_import(Tx& tx, ImportId import, bool dry_run);
Result<> pause_import(Tx& tx, ImportId import);
Result<> cancel_import(Tx& tx, ImportId import);

/// Marks the job; run_undo then takes back what it made, in bounded steps that a kill does not hurt: orders it made
/// that no later import changed, attributes and tags it gave, and people it made who are nobody else's and empty now.
/// Events stay in the log, which is never edited; whoever is gone leaves a data_erased.
Result<> undo_import(Tx& tx, ImportId import);
Result<Progress> run_undo(Db& db, ImportId import, const RunOptions& options = {});

/// The head of a file: its shape, header and first rows.
struct Head {
  FileShape shape;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> samples;  // at most 100
};
Result<Head> read_head(const OpenRows& file);
/// The mapping remembered for this header, or a guess.
Result<std::vector<MapItem>> propose_map(Tx& tx, Subject subject, const Head& head);

/// The import desk of a running server: a folder for uploads, one thread that runs jobs. Opening it takes up what an
/// earlier process left running. Handlers answer unavailable "connect.no_desk" while none is open.
class Desk {
 public:
  virtual ~Desk() = default;
};
Result<std::unique_ptr<Desk>> open_desk(Db& db, const std::string& folder);

std::span<const http::Route> routes();

}  // namespace koi::connect::files
