/// Old rows leave the table: into a file, then into the manifest, then out of the table, each step complete in itself. A
/// crash between any two leaves every row readable once: an unnamed file is dropped, a copy still in the table is not read.
#include <boost/describe.hpp>
#include <filesystem>

#include "events/log.h"
#include "store/rows.h"

namespace koi::events {

namespace {

constexpr std::size_t kReadRows = 4096;  // in one snapshot, so that none holds the write-ahead log for long

// Aggregates of the two ends of a key cost no more than a look-up each.
constexpr std::string_view kStanding =
    "SELECT COALESCE((SELECT MIN(seq) FROM event), 0) AS oldest, COALESCE((SELECT MAX(seq) FROM event), 0) AS newest, "
    "COALESCE((SELECT MAX(last_seq) FROM log_segment), 0) AS through, (SELECT MIN(seq) FROM log_cursor) AS slowest";
constexpr std::string_view kEnter =
    "INSERT INTO log_segment (first_seq, last_seq, rows, bytes, checksum, sealed_at) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kDrop = "DELETE FROM event WHERE seq <= $1";
constexpr std::string_view kFiles =
    "SELECT COUNT(*) AS segments, CAST(COALESCE(SUM(rows), 0) AS BIGINT) AS events, "
    "CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM log_segment";

/// Where the parts of the log stand: the table's ends, how far it is in files, the consumer furthest behind.
struct Standing {
  Seq oldest = 0, newest = 0, through = 0;
  std::optional<Seq> slowest;
};
BOOST_DESCRIBE_STRUCT(Standing, (), (oldest, newest, through, slowest))
struct Files { std::int64_t segments, events, bytes; };
BOOST_DESCRIBE_STRUCT(Files, (), (segments, events, bytes))

Result<Standing> standing(Tx& tx) { return tx.one<Standing>(kStanding); }

/// Rows that are needed where they are: the newest ones, and those some consumer has yet to see.
bool may_leave(const Standing& now, Seq last, std::int64_t keep_rows) {
  return last <= now.newest - std::max<std::int64_t>(keep_rows, 1) && last <= now.slowest.value_or(now.newest);
}

/// Rows with texts of their own, so that the snapshot they were read in can end before they are compressed: a reader that
/// stays long keeps the write-ahead log from being emptied, and then the writer waits.
struct Portion {
  std::vector<RawRow> rows;
  std::vector<std::size_t> ends;  // of each row's props in texts
  std::string texts;

  Result<> read(Tx& tx, Seq from, std::size_t limit) {
    TRY(each_row(tx, from, limit, [&](const RawRow& row) -> Result<> {
      rows.push_back(row);
      texts += row.props;
      ends.push_back(texts.size());
      return {};
    }));
    return {};
  }
  Result<> give(SegmentWriter& writer) {
    for (std::size_t i = 0, start = 0; i < rows.size(); start = ends[i++]) {
      rows[i].props = std::string_view(texts).substr(start, ends[i] - start);
      TRY(writer.add(rows[i]));
    }
    return {};
  }
};

/// The file with rows first .. last, synced and read back.
Result<SegmentFacts> seal(Db& db, const std::filesystem::path& folder, Seq first, Seq last, const ArchiveShape& shape) {
  std::error_code ec;
  if (std::filesystem::create_directories(folder, ec)) TRY(sync_folder(folder.parent_path()));
  SegmentWriter writer(folder, first, shape.block_rows);
  for (auto from = first - 1; from < last;) {
    const auto rows = std::min(kReadRows, static_cast<std::size_t>(last - from));
    Portion portion;
    TRY(db.read([&](Tx& tx) { return portion.read(tx, from, rows); }));
    if (portion.rows.empty())
      return fail(Errc::internal, "events.log_damaged", "event " + std::to_string(from + 1) + " is missing from the log");
    TRY(portion.give(writer));
    from = portion.rows.back().seq;
  }
  TRY(const auto segment, writer.finish());
  return segment->facts();
}

/// From here on the file is the truth.
Result<> enter(Tx& tx, const SegmentFacts& facts) {
  TRY(const auto now, standing(tx));
  CHECK(now.through + 1 == facts.first_seq && now.oldest == facts.first_seq);
  if (!may_leave(now, facts.last_seq, 1)) return fail(Errc::conflict, "events.cursor_moved", "a consumer went back");
  TRY(tx.exec(kEnter, facts.first_seq, facts.last_seq, facts.rows, facts.bytes, facts.checksum, tx.now()));
  return {};
}

/// The oldest rows whose file is in the manifest leave the table.
Result<> drop(Tx& tx, std::int64_t rows) {
  TRY(const auto now, standing(tx));
  TRY(tx.exec(kDrop, std::min(now.through, now.oldest + rows - 1)));
  return {};
}

}  // namespace

Result<bool> archive_step(Db& db, const ArchiveShape& shape) {
  TRY(auto* archive, db.read([](Tx& tx) -> Result<Archive*> {
    TRY(Log::of(tx).archive().through(tx));
    return &Log::of(tx).archive();
  }));
  if (db.kind() == store::Kind::postgres || archive->folder().empty()) return false;
  const std::scoped_lock lock(archive->moving());
  TRY(const auto now, db.read(standing));
  if (now.newest == 0) return false;
  if (now.oldest <= now.through) {
    TRY(db.write([&](Tx& tx) { return drop(tx, shape.step_rows); }));
    return true;
  }
  const auto last = now.through + shape.segment_rows;
  if (!may_leave(now, last, shape.keep_rows)) return false;
  TRY(const auto facts, seal(db, archive->folder(), now.through + 1, last, shape));
  TRY(db.write([&](Tx& tx) { return enter(tx, facts); }));
  return true;
}

Result<LogFigures> log_figures(Tx& tx) {
  if (tx.kind() == store::Kind::postgres) return LogFigures{};
  TRY(const auto now, standing(tx));
  TRY(const auto files, tx.one<Files>(kFiles));
  return LogFigures{now.newest == 0 ? 0 : now.newest - now.oldest + 1, files.segments, files.events, files.bytes};
}

Result<std::vector<std::string>> archive_files(Tx& tx) {
  TRY(const auto all, segments(tx));
  std::vector<std::string> out;
  for (const auto& facts : all) out.push_back(segment_name(facts));
  return out;
}

}  // namespace koi::events
