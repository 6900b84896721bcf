#include "people/master.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/crypto.h"
#include "base/pages.h"
#include "base/text.h"

namespace koi::people {

namespace {

namespace fs = std::filesystem;

Result<std::string> read_key(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(Errc::unavailable, "people.no_master_key", path);
  std::string out(kKeyBytes + 1, '\0');
  const auto got = ::read(fd, out.data(), out.size());
  ::close(fd);
  if (got != static_cast<ssize_t>(kKeyBytes)) return fail(Errc::unavailable, "people.bad_master_key", path);
  out.resize(kKeyBytes);
  return out;
}

Result<std::optional<std::string>> from_environment(const char* name) {
  const char* given = std::getenv(name);
  if (given == nullptr || *given == '\0') return std::nullopt;
  auto bytes = unhex(given);
  if (!bytes || bytes->size() != kKeyBytes)
    return fail(Errc::unavailable, "people.bad_master_key", std::string(name) + " is not 64 hex digits");
  return std::move(*bytes);
}

std::string master_path(const std::string& data_dir) { return data_dir + "/keys/master"; }
std::string next_path(const std::string& data_dir) { return master_path(data_dir) + ".next"; }
bool exists(const std::string& path) {
  std::error_code failed;
  return fs::exists(path, failed);
}

/// Best effort: a disk that moves data about keeps old blocks for a while.
void overwrite(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  const std::string zeros(kKeyBytes, '\0');
  if (::pwrite(fd, zeros.data(), zeros.size(), 0) > 0) (void)::fsync(fd);
  ::close(fd);
}

}  // namespace

Result<> write_key_file(const std::string& path, std::string_view bytes) {
  std::error_code failed;
  const auto folder = fs::path(path).parent_path();
  fs::create_directories(folder, failed);
  (void)::chmod(folder.c_str(), 0700);
  const auto draft = path + "." + hex(random_bytes(8));
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::unavailable, "people.no_master_key", draft);
  const bool written = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
  ::close(fd);
  const bool linked = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  ::unlink(draft.c_str());
  if (!linked) return fail(Errc::unavailable, "people.no_master_key", path);
  (void)sync_names(fs::path(path).parent_path());
  return {};
}

std::string MasterKeys::seal(std::string_view clear) const { return koi::seal(keys_.front(), clear); }

Result<std::string> MasterKeys::open(std::string_view box) const {
  for (const auto& key : keys_)
    if (auto clear = unseal(key, box)) return std::move(*clear);
  return fail(Errc::unavailable, "people.wrong_master_key");
}

bool MasterKeys::sealed_by_first(std::string_view box) const { return unseal(keys_.front(), box).has_value(); }

Result<MasterKeys> load_master(const std::string& data_dir) {
  TRY(auto given, from_environment("KOIPOND_MASTER_KEY"));
  if (given) {
    std::vector<std::string> keys{std::move(*given)};
    TRY(auto old, from_environment("KOIPOND_MASTER_KEY_OLD"));
    if (old) keys.push_back(std::move(*old));
    return MasterKeys(std::move(keys));
  }
  if (data_dir.empty())
    return fail(Errc::unavailable, "people.no_master_key", "set KOIPOND_MASTER_KEY: the store has no data folder");
  const auto path = master_path(data_dir);
  if (!exists(path)) { TRY(write_key_file(path, random_bytes(kKeyBytes))); }
  TRY(auto key, read_key(path));
  std::vector<std::string> keys{std::move(key)};
  if (exists(next_path(data_dir))) {  // an interrupted rotation: some boxes are sealed by the new one already
    TRY(auto next, read_key(next_path(data_dir)));
    keys.insert(keys.begin(), std::move(next));
  }
  return MasterKeys(std::move(keys));
}

Result<MasterKeys> begin_rotation(const std::string& data_dir) {
  TRY(const auto given, from_environment("KOIPOND_MASTER_KEY"));
  if (!given) {
    TRY(const auto now, load_master(data_dir));
    if (now.size() == 1) { TRY(write_key_file(next_path(data_dir), random_bytes(kKeyBytes))); }
  }
  TRY(auto keys, load_master(data_dir));
  if (keys.size() < 2)
    return fail(Errc::invalid, "people.master_in_environment", "KOIPOND_MASTER_KEY = new, KOIPOND_MASTER_KEY_OLD = old");
  return keys;
}

Result<MasterKeys> end_rotation(const std::string& data_dir) {
  const auto path = master_path(data_dir), next = next_path(data_dir);
  if (exists(next)) {
    const auto old = path + ".old";
    ::unlink(old.c_str());
    if (::link(path.c_str(), old.c_str()) != 0 || ::rename(next.c_str(), path.c_str()) != 0)
      return fail(Errc::unavailable, "people.no_master_key", path);
    (void)sync_names(fs::path(path).parent_path());
    overwrite(old);
    ::unlink(old.c_str());
    (void)sync_names(fs::path(path).parent_path());
  }
  TRY(auto given, from_environment("KOIPOND_MASTER_KEY"));
  if (given) return MasterKeys({std::move(*given)});
  return load_master(data_dir);
}

}  // namespace koi::people
