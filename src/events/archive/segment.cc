#include "events/archive/segment.h"

#include <fmt/format.h>
#include <zstd.h>

#include <cstring>

#include "events/archive/format.h"

namespace koi::events {

namespace {

using namespace segment;

std::unexpected<Error> damaged(const std::filesystem::path& file, std::string_view what) {
  return fail(Errc::unavailable, "events.log_damaged", fmt::format("{}: {}", file.filename().string(), what));
}

struct FreeContext { void operator()(ZSTD_DCtx* c) const { ZSTD_freeDCtx(c); } };
ZSTD_DCtx* context() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> mine(ZSTD_createDCtx());
  return mine.get();
}

template <class T>
T take(std::string_view bytes, std::size_t at) {
  T out;
  std::memcpy(&out, bytes.data() + at, sizeof out);
  return out;
}

}  // namespace

std::string segment_name(const SegmentFacts& facts) { return fmt::format("{}-{}.seg", facts.first_seq, facts.last_seq); }

Result<std::shared_ptr<const Segment>> Segment::open(const std::filesystem::path& file) {
  std::shared_ptr<Segment> segment(new Segment);
  segment->file_ = file;
  segment->pages_ = Pages(file);
  if (!segment->pages_.opened()) return damaged(file, "missing");
  const auto bytes = segment->pages_.bytes();
  if (bytes.empty()) return damaged(file, "empty or unreadable");
  segment->pages_.at_random();
  segment->bytes_ = {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  TRY(segment->read_frame());
  return segment;
}

/// Everything but the blocks: lengths that fit each other, and the checksum over all of it.
Result<> Segment::read_frame() {
  if (bytes_.size() < sizeof(Header) + sizeof(Footer)) return damaged(file_, "cut");
  const auto header = take<Header>(bytes_, 0);
  const auto footer_at = bytes_.size() - sizeof(Footer);
  const auto footer = take<Footer>(bytes_, footer_at);
  if (header.magic != kMagic || header.version != kVersion) return damaged(file_, "header");
  if (footer.magic != kMagic) return damaged(file_, "footer");
  const auto space = bytes_.size() - sizeof(Header) - sizeof(Footer);
  if (header.dictionary_bytes > space || footer.blocks > space / sizeof(Fence) ||
      footer.index_at != footer_at - footer.blocks * sizeof(Fence) ||
      footer.index_at < sizeof(Header) + header.dictionary_bytes)
    return damaged(file_, "length");
  blocks_at_ = sizeof(Header) + header.dictionary_bytes;
  index_at_ = footer.index_at;
  blocks_ = footer.blocks;
  block_rows_ = header.block_rows;
  const auto sum = frame_sum(bytes_.substr(0, blocks_at_), bytes_.substr(index_at_, footer_at - index_at_), footer);
  if (sum != footer.sum) return damaged(file_, "index");
  const bool whole = block_rows_ > 0 && block_rows_ <= kBlockRowsMax && footer.rows > 0 &&
                     blocks_ == (footer.rows + block_rows_ - 1) / block_rows_ && fence(blocks_ - 1).end == index_at_;
  if (!whole) return damaged(file_, "index");
  dictionary_bytes_ = bytes_.substr(sizeof(Header), header.dictionary_bytes);
  const auto rows = static_cast<std::int64_t>(footer.rows);
  facts_ = {header.first_seq, header.first_seq + rows - 1, rows, static_cast<std::int64_t>(bytes_.size()),
            static_cast<std::int64_t>(footer.sum)};
  return {};
}

Segment::~Segment() { ZSTD_freeDDict(dictionary_); }

Segment::Fence Segment::fence(std::size_t block) const { return take<Fence>(bytes_, index_at_ + block * sizeof(Fence)); }

const ZSTD_DDict_s* Segment::dictionary() const {
  std::call_once(dictionary_made_, [&] {
    if (!dictionary_bytes_.empty()) dictionary_ = ZSTD_createDDict(dictionary_bytes_.data(), dictionary_bytes_.size());
  });
  return dictionary_;
}

Result<std::shared_ptr<const Block>> Segment::block(std::size_t number) const {
  const auto bad = [&] { return damaged(file_, fmt::format("block {}", number)); };
  CHECK(number < blocks_);
  const auto [sum, end] = fence(number);
  const auto start = number == 0 ? blocks_at_ : fence(number - 1).end;
  if (start > end || end > index_at_ || end - start < sizeof(BlockHead)) return bad();
  const auto stored = bytes_.substr(start, end - start);
  if (hash64(stored) != sum) return bad();
  const auto head = take<BlockHead>(stored, 0);
  if (head.noise_bytes > stored.size() - sizeof head) return bad();
  const auto frame = stored.substr(sizeof head + head.noise_bytes);
  auto block = std::make_shared<Block>();
  block->packed.noise = stored.substr(sizeof head, head.noise_bytes);
  block->packed.text.resize(head.text_bytes);
  const auto got = ZSTD_decompress_usingDDict(context(), block->packed.text.data(), head.text_bytes, frame.data(),
                                              frame.size(), dictionary());
  if (ZSTD_isError(got) || got != head.text_bytes) return bad();
  const auto before = number * block_rows_;
  const auto count = std::min(block_rows_, static_cast<std::size_t>(facts_.rows) - before);
  auto rows = unpack_rows(block->packed, facts_.first_seq + static_cast<Seq>(before), count);
  if (!rows) return bad();
  block->rows = std::move(*rows);
  return block;
}

Result<> Segment::verify() const {
  for (std::size_t number = 0; number < blocks_; ++number) TRY(block(number));
  return {};
}

}  // namespace koi::events
