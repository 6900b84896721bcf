#include "people/key_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>

#include "base/crypto.h"
#include "base/pages.h"
#include "base/text.h"
#include "people/master.h"

namespace koi::people {

namespace {

constexpr std::string_view kName = "koipond keys 1\n";
constexpr std::size_t kNameBytes = 32;
constexpr std::int64_t kChunk = 2048;
constexpr int kExitIo = 74;

off_t place_of(std::int64_t slot) { return static_cast<off_t>(slot) * static_cast<off_t>(KeyFile::kBoxBytes); }

/// After a failed sync nobody knows what is on the disk: restart and look (as the store does).
void sync_or_die(int fd) {
  if (::fdatasync(fd) == 0) return;
  fmt::print(stderr, "{{\"level\":\"fatal\",\"msg\":\"fsync of the keystore failed\"}}\n");
  std::_Exit(kExitIo);
}

Result<> write_at(int fd, std::int64_t slot, std::string_view bytes) {
  for (off_t at = place_of(slot); !bytes.empty();) {
    const auto n = ::pwrite(fd, bytes.data(), bytes.size(), at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(Errc::unavailable, errno == ENOSPC ? "store.full" : "store.io", "keys/persons");
    at += n;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

bool is_zero(std::string_view box) { return box.find_first_not_of('\0') == std::string_view::npos; }

}  // namespace

Result<> KeyFile::create(const std::string& path, std::string_view blind_box) {
  CHECK(blind_box.size() == kBoxBytes);
  std::string head(kName);
  head += hex(random_bytes(kNameBytes / 2));
  head.resize(kBoxBytes, '\n');
  return write_key_file(path, head + std::string(blind_box));
}

Result<std::unique_ptr<KeyFile>> KeyFile::open(std::string path) {
  ::unlink((path + ".next").c_str());
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return fail(Errc::unavailable, "people.no_keystore", path);
  struct stat file {};
  std::string head(kName.size() + kNameBytes, '\0');
  const bool ours = ::fstat(fd, &file) == 0 && ::pread(fd, head.data(), head.size(), 0) == static_cast<ssize_t>(head.size()) &&
                    head.starts_with(kName) && file.st_size >= place_of(kFirstSlot);
  if (!ours) {
    ::close(fd);
    return fail(Errc::unavailable, "people.bad_keystore", path);
  }
  // A torn last box was never handed out: the next block is written over it.
  return std::unique_ptr<KeyFile>(new KeyFile(std::move(path), head.substr(kName.size()), fd, file.st_size / static_cast<off_t>(kBoxBytes)));
}

KeyFile::~KeyFile() { ::close(fd_); }

std::int64_t KeyFile::slots() const {
  const std::shared_lock lock(mutex_);
  return count_;
}

Result<std::optional<std::string>> KeyFile::read(std::int64_t slot) const {
  const std::shared_lock lock(mutex_);
  if (slot < 1 || slot >= count_) return fail(Errc::unavailable, "people.no_key_slot", std::to_string(slot));
  std::string box(kBoxBytes, '\0');
  if (::pread(fd_, box.data(), box.size(), place_of(slot)) != static_cast<ssize_t>(kBoxBytes))
    return fail(Errc::unavailable, "store.io", "keys/persons");
  if (is_zero(box)) return std::nullopt;
  return box;
}

Result<std::int64_t> KeyFile::append(std::span<const std::string> boxes) {
  std::string bytes;
  for (const auto& box : boxes) {
    CHECK(box.size() == kBoxBytes);
    bytes += box;
  }
  const std::unique_lock lock(mutex_);
  const auto first = count_;
  TRY(write_at(fd_, first, bytes));
  sync_or_die(fd_);
  count_ += static_cast<std::int64_t>(boxes.size());
  return first;
}

Result<> KeyFile::destroy(std::span<const std::int64_t> slots) {
  const std::string zeros(kBoxBytes, '\0');
  const std::unique_lock lock(mutex_);
  bool any = false;
  for (const auto slot : slots) {
    if (slot < kFirstSlot || slot >= count_) continue;
    TRY(write_at(fd_, slot, zeros));
    if (draft_ >= 0 && slot < copied_) { TRY(write_at(draft_, slot, zeros)); }
    any = true;
  }
  if (any) sync_or_die(fd_);
  return {};
}

Result<> KeyFile::copy_chunk(int to, std::int64_t from, std::int64_t end,
                             const std::function<Result<std::string>(std::string_view)>& fn) {
  std::string bytes(static_cast<std::size_t>(end - from) * kBoxBytes, '\0');
  if (::pread(fd_, bytes.data(), bytes.size(), place_of(from)) != static_cast<ssize_t>(bytes.size()))
    return fail(Errc::unavailable, "store.io", "keys/persons");
  for (std::int64_t slot = std::max<std::int64_t>(from, 1); slot < end; ++slot) {
    const auto at = static_cast<std::size_t>(slot - from) * kBoxBytes;
    const auto box = std::string_view(bytes).substr(at, kBoxBytes);
    if (is_zero(box)) continue;
    TRY(const auto fresh, fn(box));
    CHECK(fresh.size() == kBoxBytes);
    bytes.replace(at, kBoxBytes, fresh);
  }
  return write_at(to, from, bytes);
}

Result<> KeyFile::rewrite(const std::function<Result<std::string>(std::string_view)>& fn) {
  const auto draft = path_ + ".next";
  const int to = ::open(draft.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (to < 0) return fail(Errc::unavailable, "store.io", draft);
  const auto give_up = [&](Error&& why) -> Result<> {
    const std::unique_lock lock(mutex_);
    draft_ = -1;
    ::close(to);
    ::unlink(draft.c_str());
    return std::unexpected(std::move(why));
  };
  {
    const std::unique_lock lock(mutex_);
    draft_ = to;
    copied_ = 0;
  }
  for (;;) {
    Result<> copied;
    {
      const std::unique_lock lock(mutex_);
      const auto end = std::min(count_, copied_ + kChunk);
      copied = copy_chunk(to, copied_, end, fn);
      if (copied && end == count_) {  // nothing can be added while we hold the lock: the draft takes the place
        sync_or_die(to);
        if (::rename(draft.c_str(), path_.c_str()) == 0) {
          (void)sync_names(std::filesystem::path(path_).parent_path());
          ::close(fd_);
          fd_ = to;
          draft_ = -1;
          return {};
        }
        copied = fail(Errc::unavailable, "store.io", draft);
      }
      copied_ = end;
    }
    if (!copied) return give_up(std::move(copied).error());
  }
}

}  // namespace koi::people
