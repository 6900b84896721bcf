// Rows of the log with any props, on their way into columns: what comes out is sound, says the props' scalars again, and is
// the same whether the rows were sorted together or in two parts that were woven. A line is an event: kind, person and time a
// byte each, then props.
#include <simdjson.h>

#include <map>

#include "events/columns/rows.h"
#include "events/columns/weave.h"

namespace {

namespace columns = koi::events::columns;
using columns::ValueType;

constexpr std::size_t kRowsMax = 200;

std::vector<koi::events::RawRow> rows_of(std::string_view input) {
  std::vector<koi::events::RawRow> out;
  while (!input.empty() && out.size() < kRowsMax) {
    const auto end = std::min(input.find('\n'), input.size());
    const auto line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    if (line.size() < 3) continue;
    koi::events::RawRow row;
    row.seq = static_cast<std::int64_t>(out.size()) + 1;
    row.kind = 1 + static_cast<unsigned char>(line[0]) % 8;
    row.person = {1 + static_cast<unsigned char>(line[1]) % 16};
    row.at = row.received_at = 1'767'542'400'000 + static_cast<unsigned char>(line[2]) * std::int64_t{60'500};
    row.amount_fen = line[2] % 3 == 0 ? line[2] : 0;
    row.source = static_cast<unsigned char>(line[1]) % 3;
    row.props = line.substr(3);
    out.push_back(row);
  }
  return out;
}

columns::PartPtr part_of(std::span<const koi::events::RawRow> rows, std::int64_t after) {
  columns::Rows made(after);
  for (const auto& row : rows) made.add(row);
  const auto part = made.to_part();
  CHECK(part && (*part)->verify());
  return *part;
}

/// A cell as text, whatever the part's codes are.
std::string text_of(const columns::Column& column, std::uint32_t cell) {
  if (column.type() == ValueType::text) return std::string(column.words()[column.code(cell)]);
  if (column.type() == ValueType::decimal) return std::to_string(std::bit_cast<std::uint64_t>(column.decimal(cell)));
  if (column.numeric()) return std::to_string(column.number(cell));
  std::string out;
  for (const auto code : column.list(cell)) out.append(column.words()[code]).push_back('\0');
  return out;
}

/// Everything a row says.
using Said = std::map<std::pair<std::string, ValueType>, std::string>;
std::vector<Said> said_by(const columns::Part& part) {
  std::vector<Said> out(part.rows());
  for (const auto& column : part.columns())
    column.each(0, part.rows(), [&](std::uint32_t row, std::uint32_t cell) { out[row][{std::string(column.name()), column.type()}] = text_of(column, cell); });
  for (std::uint32_t row = 0; row < part.rows(); ++row)
    out[row][{"", ValueType::integer}] = std::to_string(part.kind(row)) + " " + std::to_string(part.at(row)) + " " + std::to_string(part.source(row));
  return out;
}

/// Scalars at the top of the props stand in the row; of a key that stands twice one of them does.
void expect_scalars(const koi::events::RawRow& row) {
  simdjson::dom::parser parser;
  const simdjson::padded_string text(row.props);
  simdjson::dom::object object;
  if (row.props.size() <= 2 || parser.parse(text).get(object)) return;
  const auto part = part_of(std::span(&row, 1), row.seq - 1);
  std::map<std::string_view, int> times;
  for (const auto& [key, value] : object) ++times[key];
  for (const auto& [key, value] : object) {
    std::int64_t number = 0;
    if (key.starts_with('$') || times[key] > 1 || part->columns().size() >= columns::kColumnsMax) continue;
    if (value.is_int64() && !value.get(number)) {
      const auto* column = part->column(key, ValueType::integer);
      CHECK(column != nullptr && column->number(column->cell(0)) == number);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto rows = rows_of({reinterpret_cast<const char*>(data), size});
  if (rows.empty()) return 0;
  for (const auto& row : rows) expect_scalars(row);
  const auto whole = part_of(rows, 0);
  const auto half = rows.size() / 2;
  if (half == 0 || whole->columns().size() >= columns::kColumnsMax) return 0;
  const columns::PartPtr halves[] = {part_of(std::span(rows).first(half), 0), part_of(std::span(rows).subspan(half), static_cast<std::int64_t>(half))};
  columns::ImageWriter out;
  const auto woven = columns::weave(out, halves);
  CHECK(woven && (*woven)->verify());
  CHECK(std::ranges::equal((*woven)->who(), whole->who()));
  CHECK(said_by(**woven) == said_by(*whole));
  return 0;
}
