/// One sheet of a workbook as rows: the sheet part is inflated and parsed piece by piece.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <deque>

#include "base/text.h"
#include "connect/files/values.h"
#include "connect/files/xlsx_parts.h"

namespace koi::connect::files {
namespace {

constexpr std::size_t kPieceBytes = 64 << 10;

/// "BC12" -> 54 (zero-based); -1 when it is not a reference.
int column_of(std::string_view reference) {
  int column = 0;
  for (const char c : reference) {
    if (c >= '0' && c <= '9') break;
    if (c < 'A' || c > 'Z' || column > 20000) return -1;
    column = column * 26 + (c - 'A' + 1);
  }
  return column - 1;
}

/// A number as people wrote it: "1.3812345678E10" becomes digits again while a double still holds them exactly.
void append_number(std::string& out, std::string_view raw) {
  if (raw.find_first_of("eE") == raw.npos) { out.append(raw); return; }
  const auto v = parse_double(raw);
  if (!v || std::fabs(*v) >= 1e15) { out.append(raw); return; }
  char buffer[64];
  const auto made = std::to_chars(buffer, buffer + sizeof buffer, *v, std::chars_format::fixed);
  out.append(buffer, made.ptr);
}

class XlsxReader final : public RowReader {
 public:
  XlsxReader(std::unique_ptr<Archive> archive, Workbook book, std::vector<NumberKind> styles, SharedStrings shared)
      : archive_(std::move(archive)), book_(std::move(book)), styles_(std::move(styles)), shared_(std::move(shared)),
        xml_({.start = [this](std::string_view n, const char** a) { start(n, a); },
              .end = [this](std::string_view n) { end(n); },
              .text = [this](std::string_view t) { text(t); }}),
        buffer_(kPieceBytes) {}

  Result<> begin(const std::string& sheet) {
    const Sheet* chosen = &book_.sheets.front();
    if (!sheet.empty()) {
      chosen = nullptr;
      for (const auto& s : book_.sheets) if (s.name == sheet) chosen = &s;
      if (chosen == nullptr) return fail(Errc::not_found, "connect.no_such_sheet", sheet);
    }
    TRY(entry_, archive_->entry(chosen->part));
    return {};
  }

  Result<bool> next(Row& row) override {
    while (ready_.empty() && !ended_) {
      TRY(const auto n, archive_->read(entry_, buffer_.data(), buffer_.size()));
      read_ += n;
      TRY(xml_.feed(buffer_.data(), n, n == 0));
      ended_ = n == 0;
    }
    if (ready_.empty()) return false;
    current_ = std::move(ready_.front());
    ready_.pop_front();
    waiting_ -= current_.block.size();
    row.line = current_.line;
    row.fault = current_.fault;
    row.fault_column = current_.fault_column;
    row.cells.clear();
    std::size_t from = 0;
    for (const auto stop : current_.ends) {
      row.cells.emplace_back(current_.block.data() + from, stop - from);
      from = stop;
    }
    return true;
  }
  // Inflated bytes of the sheet, against an estimate that is only known at the end: progress goes by stored size.
  std::uint64_t bytes_read() const override { return ended_ ? archive_->stored() : std::min(archive_->stored(), read_ / 8); }
  std::uint64_t bytes_total() const override { return archive_->stored(); }

 private:
  struct Made {
    std::string block;
    std::vector<std::size_t> ends;
    std::int64_t line = 0;
    RowFault fault = RowFault::none;
    int fault_column = 0;
  };

  void start(std::string_view name, const char** a) {
    if (name == "row") {
      const auto r = parse_int(attribute(a, "r"));
      making_ = {};
      making_.line = r ? *r : last_line_ + 1;
      last_line_ = making_.line;
    } else if (name == "c") {
      const int at = column_of(attribute(a, "r"));
      column_ = at >= 0 ? at : static_cast<int>(making_.ends.size());
      type_ = attribute(a, "t");
      const auto s = parse_int(attribute(a, "s"));
      style_ = s && *s >= 0 && static_cast<std::size_t>(*s) < styles_.size() ? styles_[static_cast<std::size_t>(*s)]
                                                                              : NumberKind::number;
      value_.clear();
    } else if (name == "v" || name == "t") {
      taking_ = true;
    } else if (name == "rPh") {
      phonetic_ = true;
    }
  }

  void text(std::string_view t) {
    if (!taking_ || phonetic_) return;
    if (value_.size() + t.size() > kCellMax) fault(RowFault::cell_too_long);
    else value_.append(t);
  }

  void end(std::string_view name) {
    if (name == "v" || name == "t") taking_ = false;
    else if (name == "rPh") phonetic_ = false;
    else if (name == "c") end_cell();
    else if (name == "row" && (!making_.block.empty() || making_.fault != RowFault::none)) {
      waiting_ += making_.block.size();
      ready_.push_back(std::move(making_));
    }
  }

  void fault(RowFault what) {
    if (making_.fault != RowFault::none) return;
    making_.fault = what;
    making_.fault_column = column_ + 1;
  }

  void end_cell() {
    if (column_ >= static_cast<int>(kColumnsMax)) { fault(RowFault::too_many_columns); return; }
    const auto column = static_cast<std::size_t>(column_);
    if (column < making_.ends.size()) return;  // a reference that runs backwards: keep what came first
    making_.ends.resize(column, making_.block.size());
    if (making_.block.size() + value_.size() > kRowMax) fault(RowFault::cell_too_long);
    else append_cell();
    making_.ends.push_back(making_.block.size());
  }

  void append_cell() {
    auto& out = making_.block;
    if (type_ == "s") {
      const auto i = parse_int(value_);
      const auto shared = i && *i >= 0 ? shared_.at(static_cast<std::size_t>(*i)) : std::string_view{};
      // A tiny cell may name a long text again and again: the rows of one piece share a budget.
      if (shared.size() > kCellMax || waiting_ + out.size() + shared.size() > kRowMax) fault(RowFault::cell_too_long);
      else out.append(shared);
    } else if (type_ == "b") {
      out.append(value_ == "1" ? "true" : "false");
    } else if (type_.empty() || type_ == "n") {
      const auto number = style_ == NumberKind::number ? std::nullopt : parse_double(value_);
      if (number) out.append(serial_text(*number, book_.date1904, style_));
      else append_number(out, value_);
    } else {
      out.append(value_);  // str, inlineStr, e, d
    }
  }

  static std::string serial_text(double serial, bool date1904, NumberKind kind) {
    const auto wall = excel_wall(serial, date1904);
    if (!wall) return std::to_string(serial);  // refused later by whoever reads a date
    const auto day = std::chrono::floor<std::chrono::days>(*wall);
    const std::chrono::year_month_day ymd{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(*wall - day)};
    char text[40];
    const int n = kind == NumberKind::time && serial < 1
        ? std::snprintf(text, sizeof text, "%02d:%02d:%02d", static_cast<int>(clock.hours().count()),
                        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()))
        : std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(ymd.year()),
                        static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                        static_cast<int>(clock.seconds().count()));
    std::string out(text, static_cast<std::size_t>(n));
    if (kind == NumberKind::date && out.ends_with(" 00:00:00")) out.resize(10);
    return out;
  }

  std::unique_ptr<Archive> archive_;
  Workbook book_;
  std::vector<NumberKind> styles_;
  SharedStrings shared_;
  Xml xml_;
  Entry entry_;
  std::vector<char> buffer_;
  std::deque<Made> ready_;
  Made making_, current_;
  std::string type_, value_;
  NumberKind style_ = NumberKind::number;
  int column_ = 0;
  std::int64_t last_line_ = 0;
  bool taking_ = false, phonetic_ = false, ended_ = false;
  std::uint64_t read_ = 0;
  std::size_t waiting_ = 0;  // bytes of the rows in ready_
};

}  // namespace

Result<std::unique_ptr<RowReader>> open_xlsx(const OpenRows& how, FileShape& shape) {
  TRY(auto archive, Archive::open(how.path));
  if (!archive->has("xl/workbook.xml")) return fail(Errc::unsupported, "connect.xlsx_broken", "not a workbook");
  TRY(auto book, read_workbook(*archive));
  TRY(auto styles, read_styles(*archive));
  TRY(auto shared, read_shared(*archive));
  shape.format = "xlsx";
  shape.encoding = "utf-8";
  shape.delimiter.clear();
  for (const auto& s : book.sheets) shape.sheets.push_back(s.name);
  auto reader = std::make_unique<XlsxReader>(std::move(archive), std::move(book), std::move(styles), std::move(shared));
  TRY(reader->begin(how.sheet));
  return reader;
}

}  // namespace koi::connect::files
