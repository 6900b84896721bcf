#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "app/commands/parse.h"
#include "app/local.h"
#include "app/rooms.h"
#include "base/crypto.h"
#include "base/text.h"

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

Result<> back_up(Db& db, const Config& config, const fs::path& target) {
  std::error_code ec;
  if (fs::exists(target) && !fs::is_empty(target, ec)) return fail(Errc::conflict, "backup.not_empty", target.string());
  fs::create_directories(target, ec);
  if (ec) return fail(Errc::unavailable, "store.folder", target.string());
  TRY(db.copy_to(target.string()));
  // Keys travel with the data here; a second copy of them elsewhere is the owner's decision.
  if (fs::exists(config.data + "/keys")) fs::copy(config.data + "/keys", target / "keys", fs::copy_options::recursive, ec);
  if (ec) return fail(Errc::unavailable, "store.folder", ec.message());
  std::ofstream(target / "MANIFEST") << manifest_of(target);
  return {};
}

Result<> restore(const fs::path& from, const fs::path& to) {
  std::error_code ec;
  if (!fs::exists(from / "MANIFEST")) return fail(Errc::not_found, "backup.no_manifest", from.string());
  if (read_file(from / "MANIFEST") != manifest_of(from)) return fail(Errc::invalid, "backup.damaged", from.string());
  if (fs::exists(to / "koipond.db")) return fail(Errc::conflict, "backup.not_empty", to.string());
  fs::create_directories(to, ec);
  for (const auto& entry : fs::directory_iterator(from))
    if (entry.path().filename() != "MANIFEST") fs::copy(entry.path(), to / entry.path().filename(), fs::copy_options::recursive, ec);
  if (ec) return fail(Errc::unavailable, "store.folder", ec.message());
  return {};
}

}  // namespace

int run_backup(Job& job) {
  CLI::App options(job.io.chinese ? "在线备份" : "Copy the data folder while it works", "koipond backup");
  std::string target;
  options.add_option("dir", target, "an empty folder")->required();
  if (const auto code = parse_options(options, job)) return *code;
  target = job.io.path(target);
  if (const auto done = back_up(*job.db, job.config, target); !done) return job.io.fail(done.error());
  job.io.line(target);
  return kOk;
}

int run_restore(const Config& config, const Io& io, const std::vector<std::string>& args) {
  CLI::App options(io.chinese ? "从备份恢复到空目录" : "Restore a backup into an empty data folder", "koipond restore");
  std::string from;
  options.add_option("dir", from, "a folder written by koipond backup")->required();
  const Job job{nullptr, config, io, args};
  if (const auto code = parse_options(options, job)) return *code;
  if (const auto done = restore(io.path(from), config.data); !done) return io.fail(done.error());
  auto db = open_store(config);  // proves that it opens and brings its schema forward
  if (!db) return io.fail(db.error());
  io.line(config.data);
  return kOk;
}

}  // namespace koi::app
