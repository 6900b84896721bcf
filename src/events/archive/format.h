/// What the writer and the reader of a segment must agree on.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/crypto.h"
#include "base/result.h"

namespace koi::events::segment {

inline constexpr std::uint64_t kMagic = 0x316765732e696f6bULL;  // "koi.seg1"
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kBlockRowsMax = 4096;

struct Header {
  std::uint64_t magic;
  std::uint32_t version, block_rows;
  std::int64_t first_seq;
  std::uint64_t dictionary_bytes;
};
struct BlockHead { std::uint32_t noise_bytes, text_bytes; };  // text_bytes before compression
struct Footer {
  std::uint64_t rows, blocks, index_at;
  std::uint64_t sum;  // of header, dictionary, index and the footer's first words
  std::uint64_t magic;
};

template <class T>
std::string_view bytes_of(const T& value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

/// The checksum a file has outside its blocks.
inline std::uint64_t frame_sum(std::string_view head, std::string_view index, const Footer& footer) {
  const std::uint64_t parts[] = {hash64(head), hash64(index), hash64(bytes_of(footer).substr(0, offsetof(Footer, sum)))};
  return hash64(bytes_of(parts));
}

}  // namespace koi::events::segment
