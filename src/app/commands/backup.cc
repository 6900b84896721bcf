#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "app/commands/parse.h"
#include "app/local.h"
#include "app/rooms.h"
#include "base/crypto.h"
#include "base/text.h"
#include "events/events.h"

namespace koi::app {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t kChunk = 1 << 20;

/// SHA-256 over the hashes of the file's pieces, so that memory stays small.
std::string file_digest(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string chunk(kChunk, '\0'), hashes;
  while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0)
    hashes += sha256({chunk.data(), static_cast<std::size_t>(in.gcount())});
  return hex(sha256(hashes));
}

/// "digest  name" lines over everything in the backup but the manifest itself.
std::string manifest_of(const fs::path& dir) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(dir))
    if (entry.is_regular_file() && entry.path().filename() != "MANIFEST")
      lines.push_back(file_digest(entry.path()) + "  " + fs::relative(entry.path(), dir).string());
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<> make_empty(const fs::path& dir) {
  std::error_code ec;
  if (fs::exists(dir) && !fs::is_empty(dir, ec)) return fail(Errc::conflict, "backup.not_empty", dir.string());
  fs::create_directories(dir, ec);
  if (ec) return fail(Errc::unavailable, "store.folder", dir.string());
  return {};
}

/// The files of the log that the copied store names, and no others: the running one may have sealed more since. They never
/// change, so a second name for the same bytes does where the disk is the same.
Result<> copy_log(const fs::path& data, const fs::path& target) {
  store::Options options;
  options.address = target.string();
  options.readers = 0;
  std::vector<std::string> files;
  {
    TRY(auto copy, Db::open(options));
    TRY(files, copy->read(events::archive_files));
  }
  std::error_code ec;
  fs::remove(target / "koipond.lock", ec);
  if (!files.empty()) fs::create_directories(target / "log", ec);
  for (const auto& name : files) {
    std::error_code apart;
    fs::create_hard_link(data / "log" / name, target / "log" / name, apart);
    if (apart) fs::copy_file(data / "log" / name, target / "log" / name, ec);
    if (ec) return fail(Errc::unavailable, "store.folder", name + ": " + ec.message());
  }
  return {};
}

/// The store first, its keys after it: a key the copy of the store needs is in the copy of the keys, and one that was
/// destroyed in between is in neither. With `keys` of its own the store's copy alone names nobody.
Result<> back_up(Db& db, const Config& config, const fs::path& target, const fs::path& keys) {
  TRY(make_empty(target));
  if (!keys.empty()) { TRY(make_empty(keys)); }
  std::error_code ec;
  // Checkpoints before the store: none may speak of rows the copy does not have.
  if (fs::exists(config.data + "/audit")) fs::copy(config.data + "/audit", target / "audit", fs::copy_options::recursive, ec);
  if (ec) return fail(Errc::unavailable, "store.folder", ec.message());
  TRY(db.copy_to(target.string()));
  if (db.kind() == store::Kind::sqlite) TRY(copy_log(config.data, target));
  const auto to = keys.empty() ? target / "keys" : keys / "keys";
  if (fs::exists(config.data + "/keys")) fs::copy(config.data + "/keys", to, fs::copy_options::recursive, ec);
  if (ec) return fail(Errc::unavailable, "store.folder", ec.message());
  std::ofstream(target / "MANIFEST") << manifest_of(target);
  if (!keys.empty()) std::ofstream(keys / "MANIFEST") << manifest_of(keys);
  return {};
}

Result<> copy_in(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  if (!fs::exists(from / "MANIFEST")) return fail(Errc::not_found, "backup.no_manifest", from.string());
  if (read_file(from / "MANIFEST") != manifest_of(from)) return fail(Errc::invalid, "backup.damaged", from.string());
  for (const auto& entry : fs::directory_iterator(from))
    if (entry.path().filename() != "MANIFEST") fs::copy(entry.path(), to / entry.path().filename(), fs::copy_options::recursive, ec);
  if (ec) return fail(Errc::unavailable, "store.folder", ec.message());
  return {};
}

struct RestoreFrom { std::string store, keys, erased; };

Result<> restore(const RestoreFrom& from, const fs::path& to) {
  std::error_code ec;
  if (fs::exists(to / "koipond.db")) return fail(Errc::conflict, "backup.not_empty", to.string());
  fs::create_directories(to, ec);
  TRY(copy_in(from.store, to));
  if (!from.keys.empty()) {
    fs::remove_all(to / "keys", ec);
    TRY(copy_in(from.keys, to));
  }
  if (from.erased.empty()) return {};
  if (!fs::exists(from.erased)) return fail(Errc::not_found, "backup.no_manifest", from.erased);
  // Added, not put in place: the backup's own list may name keys this one does not.
  std::ofstream(to / "keys" / "erased", std::ios::app) << read_file(from.erased);
  return {};
}

}  // namespace

int run_backup(Job& job) {
  CLI::App options(job.io.chinese ? "在线备份" : "Copy the data folder while it works", "koipond backup");
  std::string target, keys;
  options.add_option("dir", target, "an empty folder")->required();
  options.add_option("--keys", keys, "an empty folder for the keys, kept apart from the data (and for a week at most)");
  if (const auto code = parse_options(options, job)) return *code;
  target = job.io.path(target);
  if (!keys.empty()) keys = job.io.path(keys);
  if (const auto done = back_up(*job.db, job.config, target, keys); !done) return job.io.fail(done.error());
  job.io.line(target);
  return kOk;
}

int run_restore(const Config& config, const Io& io, const std::vector<std::string>& args) {
  CLI::App options(io.chinese ? "从备份恢复到空目录" : "Restore a backup into an empty data folder", "koipond restore");
  RestoreFrom from;
  options.add_option("dir", from.store, "a folder written by koipond backup")->required();
  options.add_option("--keys", from.keys, "the folder its keys were written to");
  options.add_option("--erased", from.erased, "the newest keys/erased: people erased after the backup are erased again");
  const Job job{nullptr, config, io, args};
  if (const auto code = parse_options(options, job)) return *code;
  for (auto* path : {&from.store, &from.keys, &from.erased})
    if (!path->empty()) *path = io.path(*path);
  if (const auto done = restore(from, config.data); !done) return io.fail(done.error());
  auto db = open_store(config);  // proves that it opens, brings its schema forward and buries destroyed keys
  if (!db) return io.fail(db.error());
  io.line(config.data);
  return kOk;
}

}  // namespace koi::app
