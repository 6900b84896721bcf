#include "base/pages.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace koi {

namespace {
constexpr std::size_t kPage = 4096, kFirstRoom = 1 << 16;
std::size_t whole_pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }
}  // namespace

Pages::Pages(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  opened_ = true;
  const auto size = ::lseek(fd, 0, SEEK_END);
  void* data = size > 0 ? ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  ::close(fd);
  if (data == MAP_FAILED) return;
  data_ = static_cast<std::byte*>(data);
  size_ = room_ = static_cast<std::size_t>(size);
}

Pages::~Pages() {
  if (data_ != nullptr) ::munmap(data_, room_);
}

void Pages::swap(Pages& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(room_, other.room_);
  std::swap(opened_, other.opened_);
}

void Pages::at_random() const {
  if (data_ != nullptr) (void)::madvise(data_, room_, MADV_RANDOM);
}

void Pages::resize(std::size_t room) {
  void* data = data_ == nullptr ? ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                : ::mremap(data_, room_, room, MREMAP_MAYMOVE);
  if (data == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<std::byte*>(data);
  room_ = room;
}

void Pages::put(const void* data, std::size_t bytes) {
  if (bytes == 0) return;
  if (room_ - size_ < bytes) resize(std::max({kFirstRoom, room_ * 2, whole_pages(size_ + bytes)}));
  std::memcpy(data_ + size_, data, bytes);
  size_ += bytes;
}

void Pages::trim() {
  if (data_ != nullptr && whole_pages(size_) < room_ && size_ > 0) resize(whole_pages(size_));
}

NamesSynced sync_names(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return NamesSynced::not_opened;
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced ? NamesSynced::yes : NamesSynced::not_synced;
}

}  // namespace koi
