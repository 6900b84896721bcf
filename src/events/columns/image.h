/// The bytes of one part: named sections, each aligned to a cache line and checksummed, and their table at the end. The
/// same bytes stand in memory or in a file, so that what reads one reads the other.
#pragma once
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/pages.h"
#include "base/result.h"

namespace koi::events::columns {

/// What a section holds; `which` of its key is the number of a column or lane, or the code of a kind.
enum class What : std::uint32_t {
  head, who, start, kinds, kind, seconds, millis, sources, source,
  column, present, ranks, values, words, letters, elements,
  lane, lane_who, lane_start, lane_first, lane_seconds, lane_millis, lane_amount,
  recent, recent_who,
};
struct SectionKey {
  What what;
  std::uint32_t which = 0;
  friend bool operator==(const SectionKey&, const SectionKey&) = default;
};

class Image {
 public:
  /// Maps a file. unavailable "events.columns_damaged" when it is cut, foreign or its table is wrong; sections are
  /// checked by verify() only, so that opening takes no time.
  static Result<std::shared_ptr<const Image>> open(const std::filesystem::path& file);
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;

  template <class T>
  std::span<const T> section(SectionKey key) const {
    const auto bytes = find(key);
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
  std::size_t size() const { return pages_.bytes().size(); }
  std::size_t sections() const { return table_.size(); }
  /// Empty when it stands in memory only.
  const std::filesystem::path& file() const { return file_; }
  /// Reads every section against its checksum; "events.columns_damaged" names the first bad one.
  Result<> verify() const;

 private:
  friend class ImageWriter;
  struct Section { SectionKey key; std::uint64_t at, bytes, sum; };
  Image() = default;
  Result<> read_table();
  std::span<const std::byte> find(SectionKey key) const;

  std::filesystem::path file_;
  Pages pages_;
  std::vector<Section> table_;
};

/// Writes the sections of one image one after the other: into memory, or into a draft beside the file it becomes.
class ImageWriter {
 public:
  ImageWriter();
  explicit ImageWriter(std::filesystem::path file);
  ~ImageWriter();
  ImageWriter(const ImageWriter&) = delete;
  ImageWriter& operator=(const ImageWriter&) = delete;

  void begin(SectionKey key);
  void put(const void* data, std::size_t bytes) {
    const auto* from = static_cast<const std::byte*>(data);
    while (bytes > 0) {
      const auto some = std::min(bytes, kBuffer - filled_);
      std::memcpy(buffer_.data() + filled_, from, some);
      filled_ += some;
      from += some;
      bytes -= some;
      if (filled_ == kBuffer) flush();
    }
  }
  template <class T>
    requires std::is_trivially_copyable_v<T>
  void put(const T& value) {
    if (kBuffer - filled_ >= sizeof value) {
      std::memcpy(buffer_.data() + filled_, &value, sizeof value);
      filled_ += sizeof value;
      if (filled_ == kBuffer) flush();
    } else {
      put(&value, sizeof value);
    }
  }
  template <class T>
  void put_all(std::span<const T> values) { put(values.data(), values.size_bytes()); }
  void end();
  template <class T>
  void whole(SectionKey key, std::span<const T> values) {
    begin(key);
    put_all(values);
    end();
  }
  /// Writes the table; a file is synced and renamed. internal "events.columns_io".
  Result<std::shared_ptr<const Image>> finish();

 private:
  static constexpr std::size_t kBuffer = 1 << 16;  // also the stretch a checksum is taken of
  friend class Image;
  void flush();
  void write(const void* data, std::size_t bytes);
  void align();

  std::filesystem::path file_, draft_;
  int fd_ = -1;
  bool failed_ = false;
  Pages memory_;
  std::vector<std::byte> buffer_;
  std::size_t filled_ = 0, written_ = 0, unsynced_ = 0;
  Image::Section now_{};
  std::vector<Image::Section> table_;
};

}  // namespace koi::events::columns
