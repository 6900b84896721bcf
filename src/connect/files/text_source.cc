#include "connect/files/text_source.h"

#include <sys/stat.h>
#include <unicode/ucnv.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace koi::connect::files {
namespace {

constexpr std::size_t kPiece = 256 << 10;
constexpr std::size_t kSample = 1 << 20;

struct CloseGz { void operator()(gzFile f) const { gzclose(f); } };
struct CloseConverter { void operator()(UConverter* c) const { ucnv_close(c); } };
using Gz = std::unique_ptr<gzFile_s, CloseGz>;
using Converter = std::unique_ptr<UConverter, CloseConverter>;

const char* icu_name(Encoding e) {
  switch (e) {
    case Encoding::utf16le: return "UTF-16LE";
    case Encoding::utf16be: return "UTF-16BE";
    case Encoding::gb18030: return "gb18030";
    case Encoding::utf8: break;
  }
  return "UTF-8";
}

/// Whether the whole sample is GB18030 (a character cut off at its end is forgiven).
bool reads_as_gb18030(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    const auto a = static_cast<unsigned char>(s[i]);
    if (a < 0x80) { ++i; continue; }
    if (a == 0x80 || a == 0xFF) return false;
    if (i + 1 >= s.size()) return true;
    const auto b = static_cast<unsigned char>(s[i + 1]);
    if (b >= 0x30 && b <= 0x39) {
      if (i + 3 >= s.size()) return true;
      const auto c = static_cast<unsigned char>(s[i + 2]), d = static_cast<unsigned char>(s[i + 3]);
      if (c < 0x81 || c > 0xFE || d < 0x30 || d > 0x39) return false;
      i += 4;
    } else {
      if (b < 0x40 || b == 0x7F || b == 0xFF) return false;
      i += 2;
    }
  }
  return true;
}

/// Counts good and broken multi-byte sequences read as UTF-8.
struct Utf8Count { std::size_t good = 0, broken = 0; };
Utf8Count count_utf8(std::string_view s) {
  Utf8Count n;
  for (std::size_t i = 0; i < s.size();) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c < 0x80) { ++i; continue; }
    const std::size_t len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (i + len > s.size()) return n;  // cut off by the sample
    if (c >= 0xC2 && c <= 0xF4 && valid_utf8(s.substr(i, len))) { ++n.good; i += len; }
    else { ++n.broken; ++i; }
  }
  return n;
}

class FileSource final : public TextSource {
 public:
  FileSource(Gz file, std::uint64_t total) : file_(std::move(file)), total_(total) {}

  Result<> begin(std::string_view forced) {
    raw_.resize(kSample);
    TRY(raw_size_, pull(raw_.data(), raw_.size()));
    std::size_t bom = 0;
    encoding_ = detect_encoding({raw_.data(), raw_size_}, bom);
    if (!forced.empty() && forced != "auto") {
      const auto want = lower_ascii(forced);
      if (want == "utf-8" || want == "utf8") encoding_ = Encoding::utf8;
      else if (want == "gbk" || want == "gb18030" || want == "gb2312") encoding_ = Encoding::gb18030;
      else if (want == "utf-16le" || want == "utf-16") encoding_ = Encoding::utf16le;
      else if (want == "utf-16be") encoding_ = Encoding::utf16be;
      else return fail(Errc::invalid, "connect.unknown_encoding", std::string(forced));
    }
    raw_at_ = bom;
    if (encoding_ != Encoding::utf8) {
      UErrorCode status = U_ZERO_ERROR;
      from_.reset(ucnv_open(icu_name(encoding_), &status));
      to_.reset(ucnv_open("UTF-8", &status));
      if (U_FAILURE(status)) return fail(Errc::unsupported, "connect.unknown_encoding", icu_name(encoding_));
      pivot_.resize(8192);
      pivot_from_ = pivot_to_ = pivot_.data();
    }
    return {};
  }

  Result<std::string_view> more() override {
    if (raw_at_ == raw_size_ && !ended_) {
      TRY(raw_size_, pull(raw_.data(), kPiece));
      raw_at_ = 0;
    }
    if (encoding_ == Encoding::utf8) {
      const std::string_view piece(raw_.data() + raw_at_, raw_size_ - raw_at_);
      raw_at_ = raw_size_;
      return piece;
    }
    return convert();
  }

  Encoding encoding() const override { return encoding_; }
  std::uint64_t bytes_read() const override {
    const auto at = gzoffset(file_.get());
    return at < 0 ? total_ : std::min(static_cast<std::uint64_t>(at), total_);
  }
  std::uint64_t bytes_total() const override { return total_; }

 private:
  Result<std::size_t> pull(char* to, std::size_t room) {
    const int n = gzread(file_.get(), to, static_cast<unsigned>(room));
    if (n < 0) return fail(Errc::malformed, "connect.file_broken");
    if (n == 0) {
      int code = Z_OK;
      gzerror(file_.get(), &code);
      if (code != Z_OK && code != Z_STREAM_END) return fail(Errc::malformed, "connect.file_broken");
      ended_ = true;
    }
    inflated_ += static_cast<std::uint64_t>(n);
    // A plain file is as long as it is; only a compressed one can be a bomb.
    if (gzdirect(file_.get()) == 0 && inflated_ > kRatioFloor &&
        (inflated_ > kInflatedMax || inflated_ > total_ * kRatioMax)) {
      return fail(Errc::too_large, "connect.bomb");
    }
    return static_cast<std::size_t>(n);
  }

  Result<std::string_view> convert() {
    out_.resize(kPiece);
    for (;;) {
      const char* in = raw_.data() + raw_at_;
      char* out = out_.data();
      UErrorCode status = U_ZERO_ERROR;
      ucnv_convertEx(to_.get(), from_.get(), &out, out_.data() + out_.size(), &in, raw_.data() + raw_size_,
                     pivot_.data(), &pivot_from_, &pivot_to_, pivot_.data() + pivot_.size(), false, ended_, &status);
      raw_at_ = static_cast<std::size_t>(in - raw_.data());
      if (U_FAILURE(status) && status != U_BUFFER_OVERFLOW_ERROR) {
        if (ended_) return std::string_view{};  // half a character at the very end
        return fail(Errc::malformed, "connect.file_broken");
      }
      const auto made = static_cast<std::size_t>(out - out_.data());
      if (made > 0 || ended_) return std::string_view(out_.data(), made);
      TRY(raw_size_, pull(raw_.data(), kPiece));
      raw_at_ = 0;
    }
  }

  Gz file_;
  std::uint64_t total_, inflated_ = 0;
  Encoding encoding_ = Encoding::utf8;
  std::string raw_, out_;
  std::size_t raw_at_ = 0, raw_size_ = 0;
  bool ended_ = false;
  Converter from_, to_;
  std::vector<UChar> pivot_;
  UChar *pivot_from_ = nullptr, *pivot_to_ = nullptr;
};

}  // namespace

std::string_view encoding_name(Encoding e) {
  constexpr std::array<std::string_view, 4> names{"utf-8", "utf-16le", "utf-16be", "gb18030"};
  return names[static_cast<std::size_t>(e)];
}

Encoding detect_encoding(std::string_view sample, std::size_t& bom) {
  bom = 0;
  if (sample.starts_with("\xEF\xBB\xBF")) { bom = 3; return Encoding::utf8; }
  if (sample.starts_with("\xFF\xFE")) { bom = 2; return Encoding::utf16le; }
  if (sample.starts_with("\xFE\xFF")) { bom = 2; return Encoding::utf16be; }
  std::size_t even = 0, odd = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(sample.size(), 4096); ++i) {
    if (sample[i] == 0) ++(i % 2 == 0 ? even : odd);
  }
  // UTF-16 without a mark: the ASCII separators leave zeros on one side only.
  const auto looked = std::min<std::size_t>(sample.size(), 4096);
  if (odd > looked / 10 && even == 0) return Encoding::utf16le;
  if (even > looked / 10 && odd == 0) return Encoding::utf16be;
  const auto n = count_utf8(sample);
  if (n.broken == 0 || n.good > 4 * n.broken) return Encoding::utf8;  // a stray bad byte is a bad row, not a code page
  return reads_as_gb18030(sample) ? Encoding::gb18030 : Encoding::utf8;
}

Result<std::unique_ptr<TextSource>> TextSource::open(const std::string& path, std::string_view forced_encoding) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(Errc::not_found, "connect.file_missing", path);
  }
  Gz file(gzopen(path.c_str(), "rb"));
  if (!file) return fail(Errc::not_found, "connect.file_missing", path);
  gzbuffer(file.get(), kPiece);
  auto source = std::make_unique<FileSource>(std::move(file), static_cast<std::uint64_t>(info.st_size));
  TRY(source->begin(forced_encoding));
  return source;
}

}  // namespace koi::connect::files
