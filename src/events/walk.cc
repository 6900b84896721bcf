/// Questions that read the whole log, wherever its rows stand.
#include <fmt/format.h>

#include <boost/describe.hpp>
#include <map>

#include "events/log.h"
#include "store/rows.h"

namespace koi::events {

namespace {

constexpr std::size_t kPage = 8192;
constexpr std::string_view kTable =
    "SELECT COALESCE(MIN(seq), 0) AS oldest, COALESCE(MAX(seq), 0) AS newest, COUNT(*) AS rows FROM event";

struct Table { Seq oldest, newest; std::int64_t rows; };
BOOST_DESCRIBE_STRUCT(Table, (), (oldest, newest, rows))

std::unexpected<Error> damaged(std::string what) {
  return fail(Errc::unavailable, "events.log_damaged", std::move(what));
}

}  // namespace

Result<> verify_log(Tx& tx) {
  if (tx.kind() == store::Kind::postgres) return {};  // numbers have holes there, and no row leaves the table
  auto& archive = Log::of(tx).archive();
  TRY(const auto through, archive.through(tx));
  TRY(archive.verify(tx));
  TRY(const auto table, tx.one<Table>(kTable));
  if (through == 0 && table.rows == 0) return {};
  if (table.oldest > through + 1) return damaged(fmt::format("event {} is missing from the log", through + 1));
  if (table.newest <= through)
    return damaged(fmt::format("the files go on to event {}, the table ends at {}", through, table.newest));
  if (table.newest - table.oldest + 1 != table.rows)
    return damaged(fmt::format("{} events between {} and {}", table.rows, table.oldest, table.newest));
  return {};
}

Result<std::vector<KindCount>> count_kinds(Tx& tx) {
  std::map<std::int64_t, std::int64_t> counts;
  for (Seq from = 0;;) {
    TRY(const auto last, each_row(tx, from, kPage, [&](const RawRow& row) -> Result<> {
      ++counts[row.kind];
      return {};
    }));
    if (last == from) break;
    from = last;
  }
  TRY(const auto book, Log::of(tx).reload(tx));
  std::vector<KindCount> out;
  for (const auto& [id, events] : counts) {
    const auto* kind = book->kind(id);
    if (kind == nullptr) return fail(Errc::internal, "events.unknown_kind", std::to_string(id));
    out.push_back({kind->name, events});
  }
  return out;
}

}  // namespace koi::events
