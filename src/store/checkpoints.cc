#include "store/checkpoints.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/crypto.h"
#include "base/text.h"

namespace koi::store {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t kSeedBytes = 32;

/// Each names the one before, so that none can be taken out of the middle.
std::string message_of(const Checkpoint& point, std::int64_t at_ms, std::string_view previous) {
  return fmt::format("koipond audit 1\n{}\n{}\n{}\n{}", point.seq, point.hash, at_ms, previous);
}

Result<> write_whole(int fd, std::string_view bytes, const std::string& path) {
  const bool kept = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
  ::close(fd);
  if (!kept) return fail(Errc::unavailable, "store.io", path);
  return {};
}

}  // namespace

Checkpoints* Checkpoints::of(Tx& tx) {
  if (tx.data_dir().empty()) return nullptr;
  static const char kHere = 0;
  return &tx.shared<Checkpoints>(&kHere, [&] { return std::make_shared<Checkpoints>(tx.data_dir()); });
}

Checkpoints::Checkpoints(const std::string& data_dir)
    : file_(data_dir + "/audit/checkpoints"), key_(data_dir + "/keys/audit") {}

Result<std::string> Checkpoints::key(bool make) const {
  if (make && !fs::exists(key_)) {
    std::error_code failed;
    fs::create_directories(fs::path(key_).parent_path(), failed);
    ::chmod(fs::path(key_).parent_path().c_str(), 0700);
    const auto draft = key_ + ".draft";
    const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return fail(Errc::unavailable, "store.io", draft);
    TRY(write_whole(fd, random_bytes(kSeedBytes), draft));
    if (::rename(draft.c_str(), key_.c_str()) != 0) return fail(Errc::unavailable, "store.io", key_);
  }
  std::ifstream in(key_, std::ios::binary);
  std::string seed{std::istreambuf_iterator<char>(in), {}};
  if (seed.size() != kSeedBytes) return fail(Errc::unavailable, "store.audit_key", key_);
  return seed;
}

/// A last line without its end was never acknowledged to anybody.
Result<std::vector<Checkpoints::Line>> Checkpoints::lines() const {
  std::vector<Line> out;
  std::ifstream in(file_, std::ios::binary);
  for (std::string text; std::getline(in, text) && !in.eof();) {
    const auto fields = split_text(text, '\t');
    if (fields.size() != 4) return fail(Errc::invalid, "store.checkpoints", fmt::format("line {} cannot be read", out.size() + 1));
    const auto seq = parse_int(fields[0]), at = parse_int(fields[1]);
    const auto signature = unhex(fields[3]);
    if (!seq || !at || !signature) return fail(Errc::invalid, "store.checkpoints", fmt::format("line {} cannot be read", out.size() + 1));
    out.push_back({{*seq, std::string(fields[2])}, *at, *signature});
  }
  return out;
}

Result<> Checkpoints::append(const Line& line) {
  std::error_code failed;
  fs::create_directories(fs::path(file_).parent_path(), failed);
  const int fd = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::unavailable, "store.io", file_);
  return write_whole(fd, fmt::format("{}\t{}\t{}\t{}\n", line.point.seq, line.at_ms, line.point.hash, hex(line.signature)), file_);
}

Result<> Checkpoints::keep(const Checkpoint& head, Instant at, bool now_due) {
  const std::scoped_lock lock(mutex_);
  if (!loaded_) {
    auto known = lines();
    if (!known) return std::unexpected(std::move(known).error());
    if (!known->empty()) last_ = known->back();
    if (fs::exists(file_)) {  // a torn last line gives way
      std::ifstream in(file_, std::ios::binary);
      const std::string whole{std::istreambuf_iterator<char>(in), {}};
      std::error_code failed;
      if (!whole.empty() && whole.back() != '\n') fs::resize_file(file_, whole.rfind('\n') + 1, failed);
    }
    loaded_ = true;
  }
  if (head.seq <= last_.point.seq) return {};
  if (!now_due && head.seq - last_.point.seq < kCheckpointRows && to_ms(at) - last_.at_ms < kCheckpointMs) return {};
  TRY(const auto seed, key(true));
  Line line{head, to_ms(at), {}};
  line.signature = sign(seed, message_of(head, line.at_ms, last_.signature));
  TRY(append(line));
  last_ = std::move(line);
  return {};
}

Result<Checkpoints::Kept> Checkpoints::read() const {
  Kept out;
  if (!fs::exists(key_)) {
    if (fs::exists(file_)) out.fault = "the key of the checkpoints is gone";
    return out;
  }
  const auto all = lines();
  if (!all) {
    out.fault = all.error().detail;
    return out;
  }
  if (all->empty()) {
    out.fault = "the checkpoints are gone";
    return out;
  }
  TRY(const auto seed, key(false));
  const auto open = public_half(seed);
  std::string previous;
  for (const auto& line : *all) {
    if (out.fault.empty() && !signed_by(open, message_of(line.point, line.at_ms, previous), line.signature))
      out.fault = fmt::format("the checkpoint at {} is not ours", line.point.seq);
    previous = line.signature;
    out.all.push_back(line.point);
  }
  return out;
}

}  // namespace koi::store
