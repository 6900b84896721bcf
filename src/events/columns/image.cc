#include "events/columns/image.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/crypto.h"

namespace koi::events::columns {

namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kSectionsMax = 100'000;
constexpr std::size_t kSyncEvery = 8 << 20;  // small syncs, so that commits beside them do not wait for a large one
constexpr std::uint64_t kMagic = 0x31736c6f632e696bULL;  // "ki.cols1"

struct Trailer { std::uint64_t table_at, sections, table_sum, magic; };

std::uint64_t sum_of(const void* data, std::size_t bytes) { return hash64({static_cast<const char*>(data), bytes}); }
/// Sums of stretches chained, so that a section can be summed while it is written.
std::uint64_t chained(std::uint64_t before, const void* data, std::size_t bytes) {
  const std::uint64_t both[] = {before, sum_of(data, bytes)};
  return sum_of(both, sizeof both);
}

std::unexpected<Error> damaged(const std::filesystem::path& file, const std::string& what) {
  return fail(Errc::unavailable, "events.columns_damaged", file.filename().string() + ": " + what);
}
std::unexpected<Error> io_failed(const std::filesystem::path& file) {
  return fail(Errc::internal, "events.columns_io",
              file.filename().string() + ": " + std::error_code(errno, std::generic_category()).message());
}

}  // namespace

Result<std::shared_ptr<const Image>> Image::open(const std::filesystem::path& file) {
  std::shared_ptr<Image> image(new Image);
  image->file_ = file;
  image->pages_ = Pages(file);
  if (!image->pages_.opened()) return io_failed(file);
  if (image->size() == 0) return damaged(file, "empty or unreadable");
  TRY(image->read_table());
  return image;
}

Result<> Image::read_table() {
  Trailer t{};
  const auto bytes = pages_.bytes();
  if (bytes.size() < sizeof t) return damaged(file_, "cut");
  std::memcpy(&t, bytes.data() + bytes.size() - sizeof t, sizeof t);
  const auto table_bytes = t.sections * sizeof(Section);
  if (t.magic != kMagic || t.sections > kSectionsMax || t.table_at > bytes.size() || t.table_at + table_bytes + sizeof t != bytes.size())
    return damaged(file_, "no table");
  if (sum_of(bytes.data() + t.table_at, table_bytes) != t.table_sum) return damaged(file_, "table");
  table_.resize(t.sections);
  std::memcpy(table_.data(), bytes.data() + t.table_at, table_bytes);
  for (const auto& section : table_)
    if (section.at % kLine != 0 || section.at > t.table_at || section.bytes > t.table_at - section.at) return damaged(file_, "table");
  return {};
}

std::span<const std::byte> Image::find(SectionKey key) const {
  const auto found = std::ranges::find(table_, key, &Section::key);
  if (found == table_.end()) return {};
  return pages_.bytes().subspan(found->at, found->bytes);
}

Result<> Image::verify() const {
  if (file_.empty()) return {};
  for (const auto& section : table_) {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < section.bytes; at += ImageWriter::kBuffer)
      sum = chained(sum, pages_.bytes().data() + section.at + at, std::min(ImageWriter::kBuffer, section.bytes - at));
    if (sum != section.sum)
      return damaged(file_, "section " + std::to_string(static_cast<std::uint32_t>(section.key.what)) + "/" + std::to_string(section.key.which));
  }
  return {};
}

ImageWriter::ImageWriter() : buffer_(kBuffer) {}

ImageWriter::ImageWriter(std::filesystem::path file) : file_(std::move(file)), draft_(file_.string() + ".draft"), buffer_(kBuffer) {
  fd_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  failed_ = fd_ < 0;
}

ImageWriter::~ImageWriter() {
  if (fd_ < 0) return;
  ::close(fd_);
  std::error_code ec;
  std::filesystem::remove(draft_, ec);  // nothing is left of one that was given up; a finished one has its name
}

void ImageWriter::write(const void* data, std::size_t bytes) {
  written_ += bytes;
  if (file_.empty()) return memory_.put(data, bytes);
  failed_ = failed_ || ::write(fd_, data, bytes) != static_cast<ssize_t>(bytes);
  unsynced_ += bytes;
  if (unsynced_ < kSyncEvery) return;
  failed_ = failed_ || ::fdatasync(fd_) != 0;
  unsynced_ = 0;
}

void ImageWriter::flush() {
  if (filled_ == 0) return;
  if (!file_.empty()) now_.sum = chained(now_.sum, buffer_.data(), filled_);
  now_.bytes += filled_;
  write(buffer_.data(), filled_);
  filled_ = 0;
}

void ImageWriter::align() {
  static constexpr std::array<std::byte, kLine> kZeros{};
  if (const auto odd = written_ % kLine; odd != 0) write(kZeros.data(), kLine - odd);
}

void ImageWriter::begin(SectionKey key) {
  align();
  now_ = {key, written_, 0, 0};
}

void ImageWriter::end() {
  flush();
  table_.push_back(now_);
}

Result<std::shared_ptr<const Image>> ImageWriter::finish() {
  align();
  const auto table_bytes = table_.size() * sizeof(Image::Section);
  const Trailer t{written_, table_.size(), sum_of(table_.data(), table_bytes), kMagic};
  write(table_.data(), table_bytes);
  write(&t, sizeof t);
  if (!file_.empty()) {
    failed_ = failed_ || ::fdatasync(fd_) != 0;
    if (failed_ || ::rename(draft_.c_str(), file_.c_str()) != 0) return io_failed(file_);
    (void)sync_names(file_.parent_path());  // a name that is lost is a part made again
    return Image::open(file_);
  }
  memory_.trim();
  std::shared_ptr<Image> image(new Image);
  image->pages_ = std::move(memory_);
  image->table_ = std::move(table_);
  return image;
}

}  // namespace koi::events::columns
