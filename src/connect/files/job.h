/// Inside files/: the job's row, and the steps that run.cc, apply.cc and undo.cc share.
#pragma once
#include "connect/files/import.h"
#include "connect/files/prepare.h"
#include "store/rows.h"

namespace koi::connect::files {

BOOST_DESCRIBE_STRUCT(MapItem, (), (field, column))

struct Job {
  ImportId id;
  std::string subject, source, file_name, path;
  bool owned = false;
  std::int64_t bytes_total = 0;
  std::string encoding, delimiter, sheet, header, map, state;
  std::int64_t row_at = 0;
};
BOOST_DESCRIBE_STRUCT(Job, (), (id, subject, source, file_name, path, owned, bytes_total, encoding, delimiter, sheet, header, map, state, row_at))
/// not_found "connect.no_import".
Result<Job> load_job(Tx& tx, ImportId import);
OpenRows rows_of(const Job& job);
bool good_source(std::string_view source);
/// "CDNOW master.csv.gz" -> "cdnow_master"; a name without Latin letters becomes "import".
std::string source_of(std::string_view file_name);
std::string effect_source(ImportId import);  // "import:imp_…": names attributes and tags it gave

/// What a batch did, into the job's counts.
struct Done {
  std::int64_t good = 0, bad = 0, orders_made = 0, orders_changed = 0, people_made = 0, events_made = 0, repeats = 0;
};
/// Applies a batch and moves the job over it, or neither. conflict "connect.import_moved" when the job stands elsewhere.
/// `careful` gives each row its own savepoint and turns a refusal into an error line.
Result<Done> apply_batch(Tx& tx, const Job& job, Batch& batch, bool careful);
/// Only the counts and error lines of a dry run.
Result<Done> check_batch(Tx& tx, const Job& job, Batch& batch);

std::string pack_ids(std::span<const std::int64_t> ids);
std::vector<std::int64_t> unpack_ids(std::string_view bytes);

/// The merchant's zone; Asia/Shanghai until it is set.
Result<Zone> merchant_zone(Tx& tx);

}  // namespace koi::connect::files
