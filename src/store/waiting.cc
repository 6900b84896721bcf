#include "store/waiting.h"

#include <algorithm>
#include <cctype>

namespace koi::store {

namespace {

/// "($1, $2, $2)" for the row with that many parameters before it.
void append_tuple(std::string& out, std::string_view tuple, std::size_t before) {
  for (std::size_t i = 0; i < tuple.size();) {
    if (tuple[i] != '$') {
      out += tuple[i++];
      continue;
    }
    std::size_t number = 0;
    for (++i; i < tuple.size() && std::isdigit(static_cast<unsigned char>(tuple[i])) != 0; ++i)
      number = number * 10 + static_cast<std::size_t>(tuple[i] - '0');
    out += '$' + std::to_string(before + number);
  }
}

}  // namespace

WaitingRows::Table& WaitingRows::table(std::string_view insert, std::size_t columns) {
  for (auto& table : tables_)
    if (table->key == insert.data()) return *table;
  constexpr std::string_view kInsert = "INSERT INTO ", kValues = "VALUES ";
  const auto open = insert.find(kValues) + kValues.size(), close = insert.find(')', open) + 1;
  CHECK(insert.starts_with(kInsert) && open < close && insert[open] == '(');
  auto made = std::make_unique<Table>();
  made->key = insert.data();
  // OR FAIL, since an error here undoes the whole commit: a statement that could have to undo itself opens a journal of
  // its own, and SQLite walks all of the operation's journal to close that.
  made->head = "INSERT OR FAIL INTO " + std::string(insert.substr(kInsert.size(), open - kInsert.size()));
  made->tuple = insert.substr(open, close - open);
  made->tail = insert.substr(close);
  made->columns = columns;
  tables_.push_back(std::move(made));
  return *tables_.back();
}

void WaitingRows::add(std::string_view insert, std::span<const Param> row) {
  auto& to = table(insert, row.size());
  for (auto param : row) {
    if (param.type == Param::Type::text || param.type == Param::Type::blob) param.bytes = arena_.keep(param.bytes);
    to.params.push_back(param);
  }
  to.places.push_back(count_++);
}

void WaitingRows::cut(std::size_t keep) {
  for (auto& table : tables_) {
    while (!table->places.empty() && table->places.back() >= keep) table->places.pop_back();
    table->params.resize(table->places.size() * table->columns);
  }
  count_ = std::min(count_, keep);
}

void WaitingRows::clear() {
  for (auto& table : tables_) {
    table->places.clear();
    table->params.clear();
    table->written = 0;
  }
  arena_.clear();
  count_ = 0;
}

const std::string& WaitingRows::text(Table& table, int size) {
  auto& text = table.texts[static_cast<std::size_t>(size)];
  if (text.empty()) {
    text = table.head;
    for (std::size_t row = 0; row < std::size_t{1} << size; ++row) {
      if (row > 0) text += ", ";
      append_tuple(text, table.tuple, row * table.columns);
    }
    text += table.tail;
  }
  return text;
}

Result<> WaitingRows::write(Connection& connection, Table& table, std::size_t upto) {
  const auto end = static_cast<std::size_t>(std::ranges::lower_bound(table.places, upto) - table.places.begin());
  for (int size = kSizes - 1; size >= 0; --size) {
    const auto rows = std::size_t{1} << size;
    while (end - table.written >= rows) {
      TRY(auto* statement, connection.prepare(text(table, size)));
      const Use use(*statement);
      TRY(statement->bind(std::span(table.params).subspan(table.written * table.columns, rows * table.columns)));
      TRY(statement->step());
      table.written += rows;
    }
  }
  return {};
}

Result<> WaitingRows::write(Connection& connection, std::size_t upto) {
  for (auto& table : tables_)
    if (table->written < table->places.size()) { TRY(write(connection, *table, upto)); }
  return {};
}

}  // namespace koi::store
