/// verify: are the books right? doctor: is the house in order?
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "app/commands/parse.h"
#include "app/rooms.h"
#include "base/text.h"
#include "events/columns/columns.h"
#include "http/wire.h"
#include "ledger/ledger.h"
#include "people/people.h"
#include "people/stages.h"
#include "store/trail.h"

namespace koi::app {

namespace {

struct Finding { std::string check; bool ok = true; std::string detail; };
BOOST_DESCRIBE_STRUCT(Finding, (), (check, ok, detail))
struct Report { bool ok = true; std::vector<Finding> findings; };
BOOST_DESCRIBE_STRUCT(Report, (), (ok, findings))

constexpr std::size_t kShown = 20;
constexpr double kDiskFloor = 0.05;  // free share below which writing is at risk

void note(Report& report, std::string check, bool ok, std::string detail) {
  report.ok = report.ok && ok;
  report.findings.push_back({std::move(check), ok, std::move(detail)});
}

/// Rows that must not exist, one question each.
struct Question { std::string_view check, sql; };
constexpr Question kQuestions[] = {
    {"identifiers point to roots",
     "SELECT COUNT(*) FROM identifier i LEFT JOIN person p ON p.id = i.person_id WHERE p.id IS NULL"},
    {"orders belong to people who exist",
     "SELECT COUNT(*) FROM shop_order o LEFT JOIN person p ON p.id = o.person_id WHERE o.person_id IS NOT NULL AND p.id IS NULL"},
    {"lines belong to orders", "SELECT COUNT(*) FROM order_line l LEFT JOIN shop_order o ON o.id = l.order_id WHERE o.id IS NULL"},
    {"cursors are inside the log",  // whose newest event is always in the table
     "SELECT COUNT(*) FROM log_cursor WHERE seq < 0 OR seq > (SELECT COALESCE(MAX(seq), 0) FROM event)"},
};

/// Where the log's rows stand, in words.
Result<std::string> log_places(Tx& tx) {
  if (tx.kind() == store::Kind::postgres) return std::string();
  TRY(const auto f, events::log_figures(tx));
  return fmt::format("{} in the table, {} in {} files of {} KiB", f.table_rows, f.archived_events, f.segments, f.archived_bytes >> 10);
}

Result<> check_books(Tx& tx, Report& report) {
  TRY(const auto chain, store::verify_audit(tx));
  note(report, "audit chain", chain.intact,
       chain.intact ? fmt::format("{} rows, {} signed checkpoints", chain.rows, chain.checkpoints)
                    : fmt::format("broken at {}: {}", chain.first_bad, chain.fault));
  TRY(const auto wrong, ledger::verify(tx));
  std::string first;
  for (std::size_t i = 0; i < std::min(wrong.size(), kShown); ++i) first += (i == 0 ? "" : "; ") + wrong[i].what;
  note(report, "ledger replay", wrong.empty(), wrong.empty() ? "all balances rebuilt" : first);
  TRY(const auto astray, people::orphans(tx));
  note(report, "rows follow their people", astray == 0, astray == 0 ? "" : fmt::format("{} rows", astray));
  const auto lost = people::lost_links(tx);
  if (!lost) note(report, "identifiers are found", false, lost.error().code + " " + lost.error().detail);
  else note(report, "identifiers are found", *lost == 0, *lost == 0 ? "" : fmt::format("{} are not", *lost));
  TRY(const auto uncounted, people::uncounted_moves(tx));
  note(report, "moves between stages are counted", uncounted == 0, uncounted == 0 ? "" : fmt::format("{} hours", uncounted));
  TRY(const auto keys, people::verify_keys(tx));
  note(report, "people's keys", keys.empty(), keys.empty() ? "" : keys.front());
  const auto log = events::verify_log(tx);
  TRY(const auto places, log_places(tx));
  note(report, "events, each once", log.has_value(), log ? places : log.error().code + " " + log.error().detail);
  const auto indexes = events::verify_indexes(tx);
  note(report, "log indexes", indexes.has_value(), indexes ? "" : indexes.error().code + " " + indexes.error().detail);
  const auto columns = events::columns::verify(tx);
  TRY(const auto kept, events::columns::figures(tx));
  note(report, "columns are what the log says", columns.has_value(),
       columns ? fmt::format("{} events in {} files", kept.file_rows, kept.files) : columns.error().code + " " + columns.error().detail);
  for (const auto& question : kQuestions) {
    TRY(const auto bad, tx.one<std::int64_t>(question.sql));
    note(report, std::string(question.check), bad == 0, bad == 0 ? "" : fmt::format("{} rows", bad));
  }
  return {};
}

int print(const Job& job, const Report& report, bool json) {
  if (json) job.io.line(http::json_of(report));
  else
    for (const auto& f : report.findings) job.io.line(fmt::format("{} {}{}", f.ok ? "✓" : "✗", f.check, f.detail.empty() ? "" : " — " + f.detail));
  return report.ok ? kOk : kFailed;
}

void check_disk(const Job& job, Report& report) {
  struct statvfs disk{};
  if (::statvfs(job.config.data.c_str(), &disk) != 0) return note(report, "data folder", false, job.config.data);
  const double free = static_cast<double>(disk.f_bavail) / static_cast<double>(disk.f_blocks);
  note(report, "free disk", free > kDiskFloor, fmt::format("{:.0f}%", free * 100));
}

/// The keys folder: the owner's alone, and no change of the master key left half done.
void check_keys(const Job& job, Report& report) {
  const auto folder = job.config.data + "/keys";
  struct stat seen{};
  bool closed = true;
  for (const auto* name : {"", "/master", "/persons", "/erased", "/team"})
    if (::stat((folder + name).c_str(), &seen) == 0) closed = closed && (seen.st_mode & 077) == 0;
  note(report, "keys are the owner's alone", closed, folder);
  const bool midway = ::stat((folder + "/master.next").c_str(), &seen) == 0;
  note(report, "master key", !midway, midway ? "koipond key rotate-master was interrupted: run it again" : "");
}

}  // namespace

int run_verify(Job& job) {
  CLI::App options(job.io.chinese ? "核对账本、审计链与数据关系" : "Ledger replay, audit chain, references", "koipond verify");
  bool json = false;
  options.add_flag("--json", json, "print JSON");
  if (const auto code = parse_options(options, job)) return *code;
  Report report;
  const auto done = job.db->read([&](Tx& tx) { return check_books(tx, report); });
  if (!done) return job.io.fail(done.error(), json);
  return print(job, report, json);
}

int run_doctor(Job& job) {
  CLI::App options(job.io.chinese ? "体检" : "Check folder, schema, clock and disk", "koipond doctor");
  bool json = false;
  options.add_flag("--json", json, "print JSON");
  if (const auto code = parse_options(options, job)) return *code;
  Report report;
  check_disk(job, report);
  check_keys(job, report);
  const auto year = to_rfc3339(job.db->clock().now()).substr(0, 4);
  note(report, "clock", year >= "2026" && year < "2100", to_rfc3339(job.db->clock().now()));
  const auto done = job.db->read([&](Tx& tx) -> Result<> {
    TRY(const auto steps, tx.one<std::int64_t>("SELECT COUNT(*) FROM schema_version"));
    note(report, "schema", steps == static_cast<std::int64_t>(schemas().size()), fmt::format("{} steps", steps));
    TRY(const auto behind, tx.one<std::int64_t>("SELECT COALESCE((SELECT MAX(seq) FROM event), 0) - COALESCE((SELECT MIN(seq) FROM log_cursor), 0)"));
    note(report, "consumers", behind < 1'000'000, fmt::format("{} events behind", behind));
    TRY(const auto places, log_places(tx));
    if (!places.empty()) note(report, "log", true, places);
    return {};
  });
  if (!done) note(report, "store", false, done.error().code);
  const auto figures = job.db->figures();
  note(report, "write-ahead log", figures.wal_bytes < (64ULL << 20), fmt::format("{} KiB", figures.wal_bytes >> 10));
  return print(job, report, json);
}

}  // namespace koi::app
