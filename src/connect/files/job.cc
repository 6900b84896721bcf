#include "connect/files/job.h"

#include <filesystem>

#include "base/text.h"
#include "http/wire.h"

namespace koi::connect::files {

BOOST_DESCRIBE_STRUCT(ImportView, (),
                      (id, subject, source, file_name, state, format, encoding, delimiter, sheet, dry, rows_done,
                       bytes_done, bytes_total, good, bad, orders_made, orders_changed, people_made, events_made, repeats,
                       tally, error_code, error_detail, author, created_at, started_at, ended_at))

namespace {

constexpr std::size_t kSamples = 100;
constexpr std::int64_t kErrorFileMax = 20 << 20;

constexpr std::string_view kLoad =
    "SELECT id, subject, source, file_name, path, owned, bytes_total, encoding, delimiter, sheet, header, map, state, "
    "row_at FROM import_job WHERE id = $1";
constexpr std::string_view kView =
    "SELECT id, subject, source, file_name, state, format, encoding, delimiter, sheet, dry, row_at, byte_at, bytes_total, "
    "good, bad, orders_made, orders_changed, people_made, events_made, repeats, tally, error_code, error_detail, author, "
    "created_at, started_at, ended_at FROM import_job WHERE id = $1";
constexpr std::string_view kList =
    "SELECT id, subject, source, file_name, state, format, encoding, delimiter, sheet, dry, row_at, byte_at, bytes_total, "
    "good, bad, orders_made, orders_changed, people_made, events_made, repeats, tally, error_code, error_detail, author, "
    "created_at, started_at, ended_at FROM import_job WHERE id < $1 ORDER BY id DESC LIMIT $2";
constexpr std::string_view kInsert =
    "INSERT INTO import_job (id, subject, source, file_name, path, owned, bytes_total, format, encoding, delimiter, "
    "sheet, header, map, state, author, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'ready', $14, $15)";
constexpr std::string_view kSetMap =
    "UPDATE import_job SET map = $2, source = $3 WHERE id = $1 AND (state = 'ready' OR (state = 'failed' AND row_at = 0))";
constexpr std::string_view kRemember =
    "INSERT INTO import_map (signature, map, used_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (signature) DO UPDATE SET map = excluded.map, used_at = excluded.used_at";
constexpr std::string_view kRemembered = "SELECT map FROM import_map WHERE signature = $1";
constexpr std::string_view kDropErrors = "DELETE FROM import_error WHERE import_id = $1";
constexpr std::string_view kBeginDry =
    "UPDATE import_job SET state = 'checking', dry = 1, row_at = 0, byte_at = 0, good = 0, bad = 0, tally = '{}', "
    "error_code = '', error_detail = '', started_at = $2, ended_at = NULL WHERE id = $1 AND state IN ('ready', 'checking')";
constexpr std::string_view kBeginFresh =
    "UPDATE import_job SET state = 'running', dry = 0, row_at = 0, byte_at = 0, good = 0, bad = 0, error_code = '', "
    "error_detail = '', started_at = $2, ended_at = NULL WHERE id = $1 AND state = 'ready'";
constexpr std::string_view kBeginAgain =
    "UPDATE import_job SET state = 'running', error_code = '', error_detail = '', ended_at = NULL "
    "WHERE id = $1 AND state IN ('paused', 'failed', 'cancelled') AND dry = 0";
constexpr std::string_view kSetState = "UPDATE import_job SET state = $2 WHERE id = $1 AND state IN ('running', 'checking')";
constexpr std::string_view kCancel =
    "UPDATE import_job SET state = 'cancelled', ended_at = $2 WHERE id = $1 AND state IN ('ready', 'running', 'checking', 'paused', 'uploading')";
constexpr std::string_view kUndo =
    "UPDATE import_job SET state = 'undoing' WHERE id = $1 AND dry = 0 AND state IN ('done', 'failed', 'cancelled', 'paused', 'undoing')";
constexpr std::string_view kErrors = "SELECT csv FROM import_error WHERE import_id = $1 ORDER BY first_row";

Result<> in_wrong_state(Tx& tx, ImportId import) {
  TRY(const auto job, load_job(tx, import));
  return fail(Errc::conflict, "connect.import_state", job.state);
}

}  // namespace

bool good_source(std::string_view s) {
  if (s.empty() || s.size() > 64) return false;
  return s.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == s.npos;
}

std::string source_of(std::string_view file_name) {
  std::string out;
  for (const char c : lower_ascii(file_name.substr(0, file_name.find('.')))) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') out.push_back(c);
    else if (static_cast<unsigned char>(c) < 0x80 && !out.empty() && out.back() != '_') out.push_back('_');
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out.empty() ? "import" : out.substr(0, 64);
}

Result<Job> load_job(Tx& tx, ImportId import) {
  TRY(auto job, tx.maybe<Job>(kLoad, import));
  if (!job) return fail(Errc::not_found, "connect.no_import");
  return std::move(*job);
}

OpenRows rows_of(const Job& job) { return {job.path, job.encoding, job.delimiter, job.sheet}; }
std::string effect_source(ImportId import) { return "import:" + to_text(import); }

Result<Zone> merchant_zone(Tx& tx) {
  TRY(const auto name, store::setting(tx, "merchant.zone"));
  if (const auto zone = Zone::find(name.value_or("Asia/Shanghai"))) return *zone;
  return Zone::utc();
}

Result<Head> read_head(const OpenRows& file) {
  Head head;
  TRY(auto rows, open_rows(file, head.shape));
  Row row;
  TRY(const bool any, rows->next(row));
  if (!any || row.fault != RowFault::none) return fail(Errc::invalid, "connect.empty_file");
  for (const auto cell : row.cells) head.header.emplace_back(take_chars(trim(cell), 200));
  while (!head.header.empty() && head.header.back().empty()) head.header.pop_back();
  if (head.header.empty()) return fail(Errc::invalid, "connect.empty_file");
  while (head.samples.size() < kSamples) {
    TRY(const bool more, rows->next(row));
    if (!more) break;
    if (row.fault != RowFault::none) continue;
    auto& sample = head.samples.emplace_back();
    for (const auto cell : row.cells) sample.emplace_back(take_chars(cell, 200));
  }
  return head;
}

Result<std::vector<MapItem>> propose_map(Tx& tx, Subject subject, const Head& head) {
  TRY(const auto known, tx.maybe<std::string>(kRemembered, header_signature(subject, head.header)));
  if (known) return http::parse_json<std::vector<MapItem>>(*known);
  return guess_map(subject, head.header, head.samples);
}

Result<ImportId> start_import(Db& db, const StartImport& cmd) {
  TRY(const auto head, read_head(cmd.file));
  const std::filesystem::path path(cmd.file.path);
  const auto file_name = cmd.file_name.empty() ? path.filename().string() : cmd.file_name;
  const auto source = cmd.source.empty() ? source_of(file_name) : cmd.source;
  if (!good_source(source)) return fail(Errc::invalid, "connect.bad_source", source);
  std::error_code ignored;
  const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(path, ignored));
  const auto absolute = std::filesystem::absolute(path, ignored).string();
  return db.write([&](Tx& tx) -> Result<ImportId> {
    auto map = cmd.map;
    if (map.empty()) { TRY(map, propose_map(tx, cmd.subject, head)); }
    const bool given = !cmd.map.empty() || !cmd.owned;  // an upload may be mapped later, on the preview page
    if (given) { TRY(bind_map(cmd.subject, map, head.header)); }
    const auto id = tx.next_id<ImportId>();
    TRY(tx.exec(kInsert, id, subject_text(cmd.subject), source, file_name, absolute, cmd.owned, bytes, head.shape.format,
                head.shape.encoding, head.shape.delimiter, cmd.file.sheet, http::json_of(head.header), http::json_of(map),
                cmd.author, tx.now()));
    if (!cmd.owned) { TRY(begin_import(tx, id, cmd.dry_run)); }
    return id;
  });
}

Result<> set_map(Tx& tx, ImportId import, std::span<const MapItem> map, std::string_view source) {
  TRY(const auto job, load_job(tx, import));
  TRY(const auto header, http::parse_json<std::vector<std::string>>(job.header));
  TRY(bind_map(*parse_subject(job.subject), map, header));
  if (!source.empty() && !good_source(source)) return fail(Errc::invalid, "connect.bad_source", std::string(source));
  const std::vector<MapItem> kept(map.begin(), map.end());
  TRY(const auto set, tx.exec(kSetMap, import, http::json_of(kept), source.empty() ? std::string_view(job.source) : source));
  if (set == 0) return in_wrong_state(tx, import);
  return {};
}

Result<> begin_import(Tx& tx, ImportId import, bool dry_run) {
  TRY(const auto job, load_job(tx, import));
  TRY(const auto header, http::parse_json<std::vector<std::string>>(job.header));
  TRY(const auto map, http::parse_json<std::vector<MapItem>>(job.map));
  const auto subject = *parse_subject(job.subject);
  TRY(bind_map(subject, map, header));
  if (job.state == "running" && !dry_run) return {};
  TRY(auto begun, tx.exec(dry_run ? kBeginDry : kBeginFresh, import, tx.now()));
  if (begun > 0) { TRY(tx.exec(kDropErrors, import)); }
  if (begun == 0 && !dry_run) { TRY(begun, tx.exec(kBeginAgain, import)); }
  if (begun == 0) return in_wrong_state(tx, import);
  if (!dry_run) { TRY(tx.exec(kRemember, header_signature(subject, header), job.map, tx.now())); }
  return {};
}

Result<> pause_import(Tx& tx, ImportId import) {
  TRY(const auto job, load_job(tx, import));
  // A dry run has nothing to go on with: pausing it ends it.
  TRY(const auto set, tx.exec(kSetState, import, job.state == "checking" ? "ready" : "paused"));
  if (set == 0 && job.state != "paused") return in_wrong_state(tx, import);
  return {};
}

Result<> cancel_import(Tx& tx, ImportId import) {
  TRY(const auto set, tx.exec(kCancel, import, tx.now()));
  return set == 0 ? in_wrong_state(tx, import) : Result<>{};
}

Result<> undo_import(Tx& tx, ImportId import) {
  TRY(const auto set, tx.exec(kUndo, import));
  return set == 0 ? in_wrong_state(tx, import) : Result<>{};
}

Result<ImportView> find_import(Tx& tx, ImportId import) {
  TRY(auto view, tx.maybe<ImportView>(kView, import));
  if (!view) return fail(Errc::not_found, "connect.no_import");
  return std::move(*view);
}

Result<std::vector<ImportView>> list_imports(Tx& tx, ImportId before, int limit) {
  return tx.all<ImportView>(kList, before ? before.v : std::numeric_limits<std::int64_t>::max(), limit);
}

Result<std::string> error_file(Tx& tx, ImportId import) {
  TRY(const auto job, load_job(tx, import));
  TRY(const auto header, http::parse_json<std::vector<std::string>>(job.header));
  auto out = error_header(header);
  bool cut = false;
  TRY(tx.each<std::string>(kErrors, [&](std::string&& csv) -> Result<> {
    if (static_cast<std::int64_t>(out.size() + csv.size()) > kErrorFileMax) cut = true;
    else if (!cut) out += csv;
    return {};
  }, import));
  if (cut) append_error(out, header.size(), {}, 0, {}, {}, "错误太多,只列出前 20 MiB / too many errors, the first 20 MiB are listed");
  return out;
}

std::string pack_ids(std::span<const std::int64_t> ids) {
  std::string out;
  out.reserve(ids.size() * 8);
  for (const auto id : ids) for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(static_cast<std::uint64_t>(id) >> (8 * i)));
  return out;
}

std::vector<std::int64_t> unpack_ids(std::string_view bytes) {
  std::vector<std::int64_t> out;
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t v = 0;
    for (std::size_t i = 8; i-- > 0;) v = v << 8 | static_cast<unsigned char>(bytes[at + i]);
    out.push_back(static_cast<std::int64_t>(v));
  }
  return out;
}

}  // namespace koi::connect::files
