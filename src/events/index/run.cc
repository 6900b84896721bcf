#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <system_error>

#include "base/crypto.h"
#include "events/index/runs.h"

namespace koi::events {

namespace {
constexpr std::size_t kBlock = 128;        // records a fence stands for: 3 KiB
constexpr std::size_t kLineWords = 8;      // a filter line is one cache line
constexpr std::size_t kBitsPerRecord = 12; // with 6 probes: about 1 % of absent keys pass
constexpr std::size_t kProbes = 6;
constexpr std::size_t kBufferMax = 1 << 20;
constexpr std::uint64_t kMagic = 0x316e75722e696f6bULL;  // "koi.run1"

struct Header {
  std::uint64_t magic, count;
  std::int64_t from, to;
  std::uint64_t mark, filter_lines, meta_sum, header_sum;
};

std::uint64_t sum_of(const void* data, std::size_t bytes) {
  return hash64({static_cast<const char*>(data), bytes});
}
std::uint64_t sum_of_header(const Header& h) { return sum_of(&h, offsetof(Header, header_sum)); }
std::size_t blocks_for(std::size_t count) { return (count + kBlock - 1) / kBlock; }
std::size_t lines_for(std::size_t count) { return std::max<std::size_t>(1, count * kBitsPerRecord / 512); }

/// Person ids are close together; a filter wants them spread.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}
std::size_t line_of(std::uint64_t h, std::size_t lines) {
  return static_cast<std::size_t>((static_cast<unsigned __int128>(h) * lines) >> 64);
}
/// Calls fn(word, bit) for each probe of a key inside its line.
template <class F>
bool each_probe(std::uint64_t h, F&& fn) {
  auto bits = h * 0x9E3779B97F4A7C15ULL;
  for (std::size_t i = 0; i < kProbes; ++i, bits >>= 9)
    if (!fn((bits >> 6) & 7, 1ULL << (bits & 63))) return false;
  return true;
}

std::unexpected<Error> damaged(const std::filesystem::path& file, std::string_view what) {
  return fail(Errc::unavailable, "events.index_damaged", file.filename().string() + ": " + std::string(what));
}
std::unexpected<Error> io_failed(const std::filesystem::path& file) {
  return fail(Errc::internal, "events.index_io",
              file.filename().string() + ": " + std::error_code(errno, std::generic_category()).message());
}
}  // namespace

struct Run::Fence {
  Record first;
  std::uint64_t sum;
};

Result<std::shared_ptr<const Run>> Run::open(const std::filesystem::path& file) {
  std::shared_ptr<Run> run(new Run);
  run->file_ = file;
  run->pages_ = Pages(file);
  if (!run->pages_.opened()) return io_failed(file);
  const auto bytes = run->pages_.bytes();
  if (bytes.empty()) return damaged(file, "empty or unreadable");
  Header h{};
  if (bytes.size() < sizeof h) return damaged(file, "cut");
  std::memcpy(&h, bytes.data(), sizeof h);
  if (h.magic != kMagic || h.header_sum != sum_of_header(h)) return damaged(file, "header");
  const auto blocks = blocks_for(h.count);
  const auto fences_at = sizeof h + h.count * sizeof(Record);
  const auto filter_at = fences_at + blocks * sizeof(Fence);
  if (bytes.size() != filter_at + h.filter_lines * kLineWords * 8) return damaged(file, "length");
  if (h.meta_sum != sum_of(bytes.data() + fences_at, bytes.size() - fences_at)) return damaged(file, "fences");

  run->pages_.at_random();
  run->cover_ = {h.from, h.to, h.mark};
  run->count_ = h.count;
  run->filter_lines_ = h.filter_lines;
  run->records_ = {reinterpret_cast<const Record*>(bytes.data() + sizeof h), h.count};
  run->fences_ = {reinterpret_cast<const Fence*>(bytes.data() + fences_at), blocks};
  run->filter_ = reinterpret_cast<const std::uint64_t*>(bytes.data() + filter_at);
  run->checked_ = std::vector<std::atomic<std::uint8_t>>(blocks);
  return run;
}

bool Run::may_hold(std::uint64_t key) const {
  const auto h = mixed(key);
  const auto* line = filter_ + line_of(h, filter_lines_) * kLineWords;
  return each_probe(h, [&](std::uint64_t word, std::uint64_t bit) { return (line[word] & bit) != 0; });
}

Result<> Run::check_block(std::size_t block) const {
  if (checked_[block].load(std::memory_order_relaxed) != 0) return {};
  const auto part = records_.subspan(block * kBlock, std::min(kBlock, count_ - block * kBlock));
  if (sum_of(part.data(), part.size_bytes()) != fences_[block].sum) {
    std::error_code ec;
    std::filesystem::remove(file_, ec);  // the next start rebuilds it from the log
    return damaged(file_, "block " + std::to_string(block));
  }
  checked_[block].store(1, std::memory_order_relaxed);
  return {};
}

Result<std::size_t> Run::lower_bound(const Record& bound) const {
  // The block before the first fence not below the bound is the only one it can start in.
  const auto fence = std::ranges::lower_bound(fences_, bound, {}, &Fence::first);
  if (fence == fences_.begin()) return std::size_t{0};
  const auto block = static_cast<std::size_t>(fence - fences_.begin()) - 1;
  TRY(check_block(block));
  const auto part = records_.subspan(block * kBlock, std::min(kBlock, count_ - block * kBlock));
  return block * kBlock + static_cast<std::size_t>(std::ranges::lower_bound(part, bound) - part.begin());
}

Result<Record> Run::at(std::size_t position) const {
  TRY(check_block(position / kBlock));
  return records_[position];
}

Result<> Run::verify() const {
  for (std::size_t block = 0; block < fences_.size(); ++block) TRY(check_block(block));
  return {};
}

RunWriter::RunWriter(std::filesystem::path file, Cover cover, std::size_t count)
    : file_(std::move(file)), draft_(file_.string() + ".draft"), cover_(cover), count_(count),
      filter_lines_(lines_for(count)) {
  fd_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  failed_ = fd_ < 0;
  block_.reserve(kBlock);
  filter_.assign(filter_lines_ * kLineWords, 0);
  const Header empty{};
  put(&empty, sizeof empty);
}

RunWriter::~RunWriter() {
  if (fd_ >= 0) ::close(fd_);
}

void RunWriter::put(const void* data, std::size_t bytes) {
  buffer_.append(static_cast<const char*>(data), bytes);
  if (buffer_.size() < kBufferMax) return;
  failed_ = failed_ || ::write(fd_, buffer_.data(), buffer_.size()) != static_cast<ssize_t>(buffer_.size());
  buffer_.clear();
}

void RunWriter::add(const Record& record) {
  block_.push_back(record);
  ++added_;
  const auto h = mixed(record.key);
  auto* line = filter_.data() + line_of(h, filter_lines_) * kLineWords;
  each_probe(h, [&](std::uint64_t word, std::uint64_t bit) { line[word] |= bit; return true; });
  if (block_.size() == kBlock) end_block();
}

void RunWriter::end_block() {
  if (block_.empty()) return;
  const auto& first = block_.front();
  const auto bytes = block_.size() * sizeof(Record);
  fences_.insert(fences_.end(), {first.key, first.second, first.third, sum_of(block_.data(), bytes)});
  put(block_.data(), bytes);
  block_.clear();
}

Result<std::shared_ptr<const Run>> RunWriter::finish() {
  CHECK(added_ == count_);
  end_block();
  std::string meta(reinterpret_cast<const char*>(fences_.data()), fences_.size() * 8);
  meta.append(reinterpret_cast<const char*>(filter_.data()), filter_.size() * 8);
  put(meta.data(), meta.size());
  Header h{kMagic, count_, cover_.from, cover_.to, cover_.mark, filter_lines_, sum_of(meta.data(), meta.size()), 0};
  h.header_sum = sum_of_header(h);
  failed_ = failed_ || ::write(fd_, buffer_.data(), buffer_.size()) != static_cast<ssize_t>(buffer_.size());
  failed_ = failed_ || ::pwrite(fd_, &h, sizeof h, 0) != static_cast<ssize_t>(sizeof h);
  // Not synced: after a power cut the checksums tell, and the log rebuilds it.
  if (failed_ || ::rename(draft_.c_str(), file_.c_str()) != 0) return io_failed(file_);
  return Run::open(file_);
}

}  // namespace koi::events
