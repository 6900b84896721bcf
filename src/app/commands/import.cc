#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "app/commands/parse.h"
#include "app/rooms.h"
#include "connect/files/import.h"
#include "http/wire.h"

namespace koi::app {

namespace {

namespace files = connect::files;

struct Summary {
  std::string import_id, state, source;
  std::int64_t rows = 0, good = 0, bad = 0, people = 0, orders = 0, events = 0, repeats = 0;
  std::string error_file;
  double seconds = 0;
};
BOOST_DESCRIBE_STRUCT(Summary, (), (import_id, state, source, rows, good, bad, people, orders, events, repeats, error_file, seconds))

struct ImportOptions {
  std::string subject, file, map, source, errors, encoding, delimiter, sheet;
  bool dry_run = false, json = false;
};

/// Bad rows go beside the file unless told otherwise, so that whoever ran the command finds them.
Result<std::string> write_errors(Db& db, files::ImportId import, const std::string& target) {
  TRY(const auto text, db.read([&](Tx& tx) { return files::error_file(tx, import); }));
  std::ofstream out(target, std::ios::binary);
  out << text;
  if (!out) return fail(Errc::unavailable, "store.folder", target);
  return target;
}

Result<Summary> import_file(const Job& job, const ImportOptions& o) {
  const auto began = job.db->clock().now();
  const auto subject = files::parse_subject(o.subject);
  if (!subject) return fail(Errc::invalid, "connect.unknown_subject", o.subject);
  files::StartImport cmd;
  cmd.subject = *subject;
  cmd.file = {job.io.path(o.file), o.encoding, o.delimiter, o.sheet};
  cmd.source = o.source;
  cmd.dry_run = o.dry_run;
  cmd.author = "cli";
  if (!o.map.empty()) { TRY(cmd.map, files::parse_map(o.map)); }
  TRY(const auto import, files::start_import(*job.db, cmd));
  std::error_code ignored;
  Progress bar(job.io, o.file, static_cast<std::int64_t>(std::filesystem::file_size(cmd.file.path, ignored)));
  files::RunOptions run;
  run.stop = job.io.stop;
  run.alone = job.config.alone;
  run.on_progress = [&](const files::Progress& p) { bar.at(static_cast<std::int64_t>(p.bytes_done)); };
  TRY(files::run_import(*job.db, import, run));
  bar.finish();
  // Stages and sums are part of what an import promises.
  TRY(events::drain(*job.db, consumers(), job.config.alone ? events::Pace::whole : events::Pace::gentle));
  TRY(const auto view, job.db->read([&](Tx& tx) { return files::find_import(tx, import); }));
  Summary s{to_text(import), view.state, view.source, view.rows_done, view.good, view.bad, view.people_made, view.orders_made,
            view.events_made, view.repeats, {}, static_cast<double>((job.db->clock().now() - began).count()) / 1000};
  if (view.bad > 0) { TRY(s.error_file, write_errors(*job.db, import, o.errors.empty() ? cmd.file.path + ".errors.csv" : job.io.path(o.errors))); }
  TRY(job.db->write([&](Tx& tx) {
    return store::audit(tx, {.author = {"cli", 0, "koipond"}, .action = "import.write", .subject = s.import_id});
  }));
  return s;
}

}  // namespace

int run_import(Job& job) {
  CLI::App options(job.io.chinese ? "导入客户、订单或事件文件 (CSV / XLSX)" : "Import a file of customers, orders or events (CSV, XLSX)", "koipond import");
  ImportOptions o;
  options.add_option("subject", o.subject, "customers, orders or events")->required()->check(CLI::IsMember({"customers", "orders", "events"}));
  options.add_option("file", o.file, "the file")->required();
  options.add_option("--map", o.map, "FIELD=COLUMN,...; remembered for this header");
  options.add_option("--source", o.source, "names order numbers and buyers (the file's name)");
  options.add_option("--errors", o.errors, "where bad rows go (FILE.errors.csv)");
  options.add_option("--encoding", o.encoding, "utf-8, gb18030, utf-16 (detected)");
  options.add_option("--delimiter", o.delimiter, "one character or 'tab' (detected)");
  options.add_option("--sheet", o.sheet, "sheet of a workbook (the first)");
  options.add_flag("--dry-run", o.dry_run, "count and judge, change nothing");
  options.add_flag("--json", o.json, "print JSON");
  if (const auto code = parse_options(options, job)) return *code;
  const auto done = import_file(job, o);
  if (!done) return job.io.fail(done.error(), o.json);
  if (o.json) job.io.line(http::json_of(*done));
  else
    job.io.line(fmt::format("{} {}: {} rows, {} good, {} bad; {} people, {} orders, {} events in {:.1f} s{}", done->import_id, done->state, done->rows,
                            done->good, done->bad, done->people, done->orders, done->events, done->seconds,
                            done->error_file.empty() ? "" : " → " + done->error_file));
  if (job.io.stopped()) return kInterrupted;
  if (done->state == "failed") return kFailed;
  return done->bad > 0 ? kPartial : kOk;
}

}  // namespace koi::app
