#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zdict.h>
#include <zstd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "events/archive/format.h"
#include "events/archive/segment.h"

namespace koi::events {

namespace {

using namespace segment;

constexpr int kLevel = 3;
constexpr std::size_t kSampleBytes = 4 << 20;      // what a dictionary is trained on
constexpr std::size_t kSampleMax = 64 << 10;       // of one block: a few huge events say little about the rest
constexpr std::size_t kDictionaryBytes = 16 << 10;
constexpr std::size_t kBufferBytes = 1 << 20;
constexpr int kExitIo = 74;

std::unexpected<Error> io_failed(const std::filesystem::path& file) {
  return fail(Errc::unavailable, "events.log_io",
              fmt::format("{}: {}", file.string(), std::error_code(errno, std::generic_category()).message()));
}

struct FreeContext { void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); } };
ZSTD_CCtx* context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> mine(ZSTD_createCCtx());
  return mine.get();
}

/// Whoever cannot sync cannot know what is on the disk: never retried, the process ends and recovers (RELIABILITY).
[[noreturn]] void end_unsynced() {
  fmt::print(stderr, "{{\"level\":\"fatal\",\"msg\":\"fsync failed\"}}\n");
  std::_Exit(kExitIo);
}

}  // namespace

Result<> sync_folder(const std::filesystem::path& folder) {
  const auto synced = sync_names(folder);
  if (synced == NamesSynced::not_opened) return io_failed(folder);
  if (synced == NamesSynced::not_synced) end_unsynced();
  return {};
}

SegmentWriter::SegmentWriter(std::filesystem::path folder, Seq first, std::size_t block_rows)
    : folder_(std::move(folder)), draft_(folder_ / fmt::format("{}.draft", first)), first_(first), block_rows_(block_rows) {
  CHECK(block_rows > 0 && block_rows <= kBlockRowsMax);
  fd_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

SegmentWriter::~SegmentWriter() {
  if (fd_ >= 0) {  // given up: on a full disk its room is wanted
    ::close(fd_);
    ::unlink(draft_.c_str());
  }
  ZSTD_freeCDict(dictionary_);
}

Result<> SegmentWriter::add(const RawRow& row) {
  if (fd_ < 0) return io_failed(draft_);
  if (row.seq != first_ + count_)
    return fail(Errc::internal, "events.log_damaged", fmt::format("event {} is missing from the log", first_ + count_));
  ++count_;
  texts_.emplace_back(row.props);
  rows_.push_back(row);
  if (rows_.size() == block_rows_) end_block();
  return waiting_bytes_ < kSampleBytes ? Result<>{} : flush();
}

void SegmentWriter::end_block() {
  for (std::size_t i = 0; i < rows_.size(); ++i) rows_[i].props = texts_[i];
  waiting_.push_back(pack_rows(rows_));
  waiting_bytes_ += waiting_.back().text.size();
  rows_.clear();
  texts_.clear();
}

/// Blocks are small, so that one row costs little to read; what they have in common is said once, ahead of all.
Result<> SegmentWriter::train() {
  std::string samples, dictionary(kDictionaryBytes, '\0');
  std::vector<std::size_t> sizes;
  for (const auto& packed : waiting_) {
    sizes.push_back(std::min(packed.text.size(), kSampleMax));
    samples += packed.text.substr(0, sizes.back());
  }
  const auto bytes = ZDICT_trainFromBuffer(dictionary.data(), dictionary.size(), samples.data(), sizes.data(),
                                           static_cast<unsigned>(sizes.size()));
  dictionary.resize(ZDICT_isError(bytes) != 0 ? 0 : bytes);  // too few rows to learn from: none
  dictionary_ = dictionary.empty() ? nullptr : ZSTD_createCDict(dictionary.data(), dictionary.size(), kLevel);
  const Header header{kMagic, kVersion, static_cast<std::uint32_t>(block_rows_), first_, dictionary.size()};
  head_ = std::string(bytes_of(header)) + dictionary;
  trained_ = true;
  return write(head_);
}

/// Compresses what waits, and writes it.
Result<> SegmentWriter::flush() {
  if (!trained_) TRY(train());
  for (const auto& packed : waiting_) TRY(write_block(packed));
  waiting_.clear();
  waiting_bytes_ = 0;
  return {};
}

Result<> SegmentWriter::write_block(const PackedRows& packed) {
  const auto& text = packed.text;
  std::string frame(ZSTD_compressBound(text.size()), '\0');
  const auto size =
      dictionary_ != nullptr
          ? ZSTD_compress_usingCDict(context(), frame.data(), frame.size(), text.data(), text.size(), dictionary_)
          : ZSTD_compressCCtx(context(), frame.data(), frame.size(), text.data(), text.size(), kLevel);
  CHECK(ZSTD_isError(size) == 0);
  const BlockHead head{static_cast<std::uint32_t>(packed.noise.size()), static_cast<std::uint32_t>(text.size())};
  std::string stored(bytes_of(head));
  stored.append(packed.noise).append(frame, 0, size);
  TRY(write(stored));
  const std::uint64_t fence[] = {hash64(stored), written_};
  index_ += bytes_of(fence);
  return {};
}

Result<> SegmentWriter::write(std::string_view bytes) {
  buffer_ += bytes;
  written_ += bytes.size();
  if (buffer_.size() < kBufferBytes && !bytes.empty()) return {};
  for (std::string_view rest = buffer_; !rest.empty();) {
    const auto n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return io_failed(draft_);
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  buffer_.clear();
  return {};
}

/// Synced before it gets its name, and the name before anybody relies on it.
Result<> SegmentWriter::sync_and_name(const std::filesystem::path& file) {
  if (::fsync(fd_) != 0) end_unsynced();
  ::close(std::exchange(fd_, -1));
  if (::rename(draft_.c_str(), file.c_str()) != 0) return io_failed(file);
  return sync_folder(folder_);
}

Result<std::shared_ptr<const Segment>> SegmentWriter::finish() {
  CHECK(count_ > 0);
  if (!rows_.empty()) end_block();
  TRY(flush());
  Footer footer{static_cast<std::uint64_t>(count_), index_.size() / 16, written_, 0, kMagic};
  footer.sum = frame_sum(head_, index_, footer);
  TRY(write(index_));
  TRY(write(bytes_of(footer)));
  TRY(write({}));
  const SegmentFacts facts{.first_seq = first_, .last_seq = first_ + count_ - 1};
  TRY(sync_and_name(folder_ / segment_name(facts)));
  TRY(auto segment, Segment::open(folder_ / segment_name(facts)));
  TRY(segment->verify());
  return segment;
}

}  // namespace koi::events
