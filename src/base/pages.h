/// Memory by the page: a file as it lies on the disk, or room of one's own that grows without being copied. And the names
/// of files, made to last.
#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <utility>

namespace koi {

class Pages {
 public:
  Pages() = default;
  /// Maps a file to be read, as long as this lives.
  explicit Pages(const std::filesystem::path& file);
  ~Pages();
  Pages(Pages&& other) noexcept { swap(other); }
  Pages& operator=(Pages&& other) noexcept {
    swap(other);
    return *this;
  }
  /// Whether the file could be opened; errno says why not. An empty or unreadable one opens and has no bytes.
  bool opened() const { return opened_; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  /// Tells the system that it need not read ahead.
  void at_random() const;

  /// Appends to room of one's own. Throws std::bad_alloc.
  void put(const void* data, std::size_t bytes);
  /// Gives back what lies behind the last byte.
  void trim();

 private:
  void swap(Pages& other) noexcept;
  void resize(std::size_t room);

  std::byte* data_ = nullptr;
  std::size_t size_ = 0, room_ = 0;
  bool opened_ = false;
};

/// Makes the names in a folder durable. not_opened: errno says why; not_synced: nobody knows what is on the disk.
enum class NamesSynced { yes, not_opened, not_synced };
NamesSynced sync_names(const std::filesystem::path& folder);

}  // namespace koi
