/// RFC 4180 and its looser relatives: quotes may hold newlines, "" is a quote, lines end in LF, CRLF or CR.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "connect/files/rows.h"
#include "connect/files/text_source.h"

namespace koi::connect::files {
namespace {

constexpr std::string_view kDelimiters = ",\t;|\x01^";

/// The delimiter that splits the first lines most evenly. Quoted stretches do not count.
char guess_delimiter(std::string_view head) {
  char best = ',';
  double best_score = 0;
  for (const char candidate : kDelimiters) {
    std::array<int, 20> counts{};
    std::size_t lines = 0;
    bool quoted = false;
    for (const char c : head) {
      if (c == '"') quoted = !quoted;
      else if (quoted) continue;
      else if (c == candidate) ++counts[lines];
      else if (c == '\n' && ++lines == counts.size()) break;
    }
    const auto used = std::max<std::size_t>(1, lines);
    const int first = counts[0];
    if (first == 0) continue;
    const auto same = std::count(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(used), first);
    const double score = static_cast<double>(same) / static_cast<double>(used) * (first >= 2 ? 2.0 : 1.0) + 0.01 * first;
    if (score > best_score) { best_score = score; best = candidate; }
  }
  return best;
}

class CsvReader final : public RowReader {
 public:
  explicit CsvReader(std::unique_ptr<TextSource> source) : source_(std::move(source)) {}

  Result<> begin(const OpenRows& how, FileShape& shape) {
    TRY(fill());
    std::string_view head(window_.data(), std::min<std::size_t>(window_.size(), 64 << 10));
    // Excel's own hint: "sep=;" on the first line.
    if (head.size() > 5 && lower_ascii(head.substr(0, 4)) == "sep=") {
      delimiter_ = head[4];
      at_ = std::min(head.find('\n'), head.size() - 1) + 1;
      ++line_;
    } else {
      delimiter_ = guess_delimiter(head);
    }
    if (!how.delimiter.empty() && how.delimiter != "auto") {
      if (how.delimiter == "tab" || how.delimiter == "\\t") delimiter_ = '\t';
      else if (how.delimiter.size() == 1 && how.delimiter != "\"" && how.delimiter != "\n") delimiter_ = how.delimiter[0];
      else return fail(Errc::invalid, "connect.bad_delimiter", how.delimiter);
    }
    shape.format = "csv";
    shape.encoding = encoding_name(source_->encoding());
    shape.delimiter = std::string(1, delimiter_);
    return {};
  }

  Result<bool> next(Row& row) override {
    for (;;) {
      row.fault = RowFault::none;
      row.fault_column = 0;
      row.line = line_;
      TRY(const bool got, read_row(row));
      if (!got) return false;
      const bool blank = row.fault == RowFault::none &&
                         (row.cells.empty() || (row.cells.size() == 1 && trim(row.cells[0]).empty()));
      if (!blank) return true;
    }
  }
  std::uint64_t bytes_read() const override {
    const auto read = source_->bytes_read();
    const auto ahead = source_->encoding() == Encoding::utf8 ? window_.size() - at_ : 0;
    return ended_ && at_ == window_.size() ? source_->bytes_total() : read > ahead ? read - ahead : 0;
  }
  std::uint64_t bytes_total() const override { return source_->bytes_total(); }

 private:
  struct Piece { std::size_t from, size; bool owned; };  // a cell in the window, or unescaped in spare_

  /// Drops what was read and appends the next piece; positions in the window move by the drop.
  Result<> fill() {
    window_.erase(0, at_);
    at_ = 0;
    TRY(const auto piece, source_->more());
    if (piece.empty()) ended_ = true;
    window_.append(piece);
    return {};
  }

  Result<bool> read_row(Row& row) {
    for (;;) {
      if (at_ == window_.size() && ended_) return false;
      const auto verdict = scan();
      if (verdict == Scan::whole) { finish(row); return true; }
      if (ended_ || window_.size() - at_ > kRowMax) { take_one_line(row); return true; }
      TRY(fill());
    }
  }

  enum class Scan : std::uint8_t { whole, more };

  /// Finds the row that starts at at_; pieces_ and end_ describe it when it is whole.
  Scan scan() {
    pieces_.clear();
    spare_.clear();
    newlines_ = 0;
    std::size_t i = at_;
    const std::size_t size = window_.size();
    const char* w = window_.data();
    for (;;) {
      if (i < size && w[i] == '"') {
        if (!scan_quoted(i)) return Scan::more;
      } else {
        const std::size_t from = i;
        while (i < size && w[i] != delimiter_ && w[i] != '\n' && w[i] != '\r') ++i;
        pieces_.push_back({from, i - from, false});
      }
      if (i == size) {
        if (!ended_) return Scan::more;
        end_ = i;
        return Scan::whole;
      }
      if (w[i] == delimiter_) { ++i; if (i == size && !ended_) return Scan::more; continue; }
      if (w[i] == '\r') {
        if (i + 1 == size && !ended_) return Scan::more;
        if (i + 1 < size && w[i + 1] == '\n') ++i;
      }
      ++newlines_;
      end_ = i + 1;
      return Scan::whole;
    }
  }

  /// A cell that opens with a quote, from window_[i]. Text after the closing quote is kept as it stands.
  bool scan_quoted(std::size_t& i) {
    const std::size_t size = window_.size();
    const char* w = window_.data();
    const std::size_t from = spare_.size();
    std::size_t at = i + 1;
    for (;;) {
      const auto* close = at < size ? static_cast<const char*>(std::memchr(w + at, '"', size - at)) : nullptr;
      if (close == nullptr) return false;
      const auto stop = static_cast<std::size_t>(close - w);
      newlines_ += std::count(w + at, w + stop, '\n');
      spare_.append(w + at, stop - at);
      if (stop + 1 == size && !ended_) return false;
      if (stop + 1 < size && w[stop + 1] == '"') { spare_.push_back('"'); at = stop + 2; continue; }
      at = stop + 1;
      break;
    }
    while (at < size && w[at] != delimiter_ && w[at] != '\n' && w[at] != '\r') spare_.push_back(w[at++]);
    if (at == size && !ended_) return false;
    pieces_.push_back({from, spare_.size() - from, true});
    i = at;
    return true;
  }

  void finish(Row& row) {
    row.cells.clear();
    for (const auto& p : pieces_) {
      const auto& home = p.owned ? spare_ : window_;
      row.cells.emplace_back(home.data() + p.from, p.size);
      if (p.size > kCellMax && row.fault == RowFault::none) {
        row.fault = RowFault::cell_too_long;
        row.fault_column = static_cast<int>(row.cells.size());
      }
    }
    const std::string_view whole(window_.data() + at_, end_ - at_);
    if (row.fault == RowFault::none) judge(row, whole);
    at_ = end_;
    line_ += newlines_;
  }

  void judge(Row& row, std::string_view whole) const {
    if (row.cells.size() > kColumnsMax) row.fault = RowFault::too_many_columns;
    else if (std::memchr(whole.data(), 0, whole.size()) != nullptr) row.fault = RowFault::nul_byte;
    // A converted file cannot be broken UTF-8; what did not convert stands as U+FFFD.
    else if (source_->encoding() == Encoding::utf8 ? !valid_utf8(whole) : whole.find("\xEF\xBF\xBD") != whole.npos) {
      row.fault = RowFault::bad_text;
    }
  }

  /// The quote that opened was never closed: only this line is lost, the next one starts afresh.
  void take_one_line(Row& row) {
    const auto stop = window_.find('\n', at_);
    end_ = stop == std::string::npos ? window_.size() : stop + 1;
    row.cells.assign(1, std::string_view(window_.data() + at_, std::min<std::size_t>(end_ - at_, 200)));
    row.fault = RowFault::open_quote;
    at_ = end_;
    ++line_;
  }

  std::unique_ptr<TextSource> source_;
  std::string window_, spare_;
  std::vector<Piece> pieces_;
  std::size_t at_ = 0, end_ = 0;
  std::int64_t line_ = 1, newlines_ = 0;
  char delimiter_ = ',';
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<RowReader>> open_csv(const OpenRows& how, FileShape& shape) {
  TRY(auto source, TextSource::open(how.path, how.encoding));
  auto reader = std::make_unique<CsvReader>(std::move(source));
  TRY(reader->begin(how, shape));
  return reader;
}

Result<std::unique_ptr<RowReader>> open_rows(const OpenRows& how, FileShape& shape) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(how.path.c_str(), "rb"), std::fclose);
  if (!file) return fail(Errc::not_found, "connect.file_missing", how.path);
  std::array<char, 8> head{};
  const auto n = std::fread(head.data(), 1, head.size(), file.get());
  const std::string_view magic(head.data(), n);
  if (magic.starts_with("PK\x03\x04") || magic.starts_with("PK\x05\x06")) return open_xlsx(how, shape);
  if (magic.starts_with("\xD0\xCF\x11\xE0")) return fail(Errc::unsupported, "connect.xls_old");
  return open_csv(how, shape);
}

}  // namespace koi::connect::files
