/// Rows of cells out of a file: CSV in any encoding and with any delimiter, or a sheet of an XLSX workbook.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace koi::connect::files {

constexpr std::size_t kCellMax = 1 << 20;    // bytes of one cell
constexpr std::size_t kRowMax = 16 << 20;    // bytes of one row; beyond it a quote was never closed
constexpr std::size_t kColumnsMax = 1024;
constexpr std::size_t kSharedMax = 256 << 20;  // bytes of an XLSX's shared strings
constexpr int kEntriesMax = 2000;              // files inside an XLSX

/// What is wrong with a row as such.
enum class RowFault : std::uint8_t { none, bad_text, nul_byte, cell_too_long, too_many_columns, open_quote };

/// One row; cells are borrowed until the next call. Date cells of a workbook arrive as "2026-11-22 08:30:00".
struct Row {
  std::vector<std::string_view> cells;
  std::int64_t line = 0;  // where it starts in the file, from 1
  RowFault fault = RowFault::none;
  int fault_column = 0;
};

/// Reads forward, bounded memory. Blank rows are skipped.
class RowReader {
 public:
  virtual ~RowReader() = default;
  virtual Result<bool> next(Row& row) = 0;  // false: the end
  virtual std::uint64_t bytes_read() const = 0;
  virtual std::uint64_t bytes_total() const = 0;
};

struct OpenRows {
  std::string path;
  std::string encoding;   // "" or "auto": detected
  std::string delimiter;  // "" or "auto": detected; "tab"
  std::string sheet;      // "": the first
};
/// What a file turned out to be.
struct FileShape {
  std::string format;  // "csv", "xlsx"
  std::string encoding, delimiter;
  std::vector<std::string> sheets;
};
/// Opens either format by its first bytes, not by its name. unsupported "connect.xls_old", "connect.xlsx_locked";
/// malformed "connect.xlsx_broken"; too_large "connect.bomb"; not_found "connect.no_such_sheet".
Result<std::unique_ptr<RowReader>> open_rows(const OpenRows& how, FileShape& shape);

// The two formats, for open_rows.
Result<std::unique_ptr<RowReader>> open_csv(const OpenRows& how, FileShape& shape);
Result<std::unique_ptr<RowReader>> open_xlsx(const OpenRows& how, FileShape& shape);

}  // namespace koi::connect::files
