/// A file as a stream of UTF-8, whatever it was written in: UTF-8, UTF-16 or GB18030 (GBK), plain or gzip.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace koi::connect::files {

enum class Encoding : std::uint8_t { utf8, utf16le, utf16be, gb18030 };
std::string_view encoding_name(Encoding e);
/// What the first bytes look like; `bom` is how many of them are a byte order mark.
Encoding detect_encoding(std::string_view sample, std::size_t& bom);

/// Reads forward in bounded pieces. Not thread-safe.
class TextSource {
 public:
  /// not_found "connect.file_missing"; the encoding is detected unless one is forced.
  static Result<std::unique_ptr<TextSource>> open(const std::string& path, std::string_view forced_encoding = {});
  virtual ~TextSource() = default;
  /// The next piece of UTF-8, valid until the next call; empty at the end. too_large "connect.bomb" when a
  /// compressed file grows beyond measure; malformed "connect.file_broken" when it cannot be read on.
  virtual Result<std::string_view> more() = 0;
  virtual Encoding encoding() const = 0;
  virtual std::uint64_t bytes_read() const = 0;   // of the file as it lies on disk
  virtual std::uint64_t bytes_total() const = 0;
};

constexpr std::uint64_t kInflatedMax = std::uint64_t{1} << 30;  // of one uploaded file
constexpr std::uint64_t kRatioMax = 200;                        // inflated : stored, beyond the first 8 MiB
constexpr std::uint64_t kRatioFloor = 8 << 20;

}  // namespace koi::connect::files
