/// Private to store/: rows of growing tables that wait to be written many at a time. SQLite opens a table and all its
/// indexes anew for each statement, so that a row alone costs up to three times a row among thirty-two.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "store/store.h"

namespace koi::store {

class WaitingRows {
 public:
  /// A row of "INSERT INTO … VALUES ($1, …)[ ON CONFLICT …]"; the statement's text is a constant.
  void add(std::string_view insert, std::span<const Param> row);
  /// Rows so far: what cut() and write() count in.
  std::size_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  bool crowded() const { return count_ >= kMost; }
  /// Forgets the rows behind the first `keep`.
  void cut(std::size_t keep);
  /// Writes the rows among the first `upto` that still wait.
  Result<> write(Connection& connection, std::size_t upto);
  /// Everything was written.
  void clear();

 private:
  static constexpr std::size_t kMost = 256;
  static constexpr int kSizes = 6;  // statements of 1, 2, 4 … 32 rows
  struct Table {
    const char* key = nullptr;  // the insert's address
    std::string head, tuple, tail;
    std::size_t columns = 0, written = 0;
    std::vector<std::size_t> places;  // of each row among all
    std::vector<Param> params;        // row after row; texts are in the arena
    std::array<std::string, kSizes> texts;
  };
  Table& table(std::string_view insert, std::size_t columns);
  static const std::string& text(Table& table, int size);
  static Result<> write(Connection& connection, Table& table, std::size_t upto);

  std::vector<std::unique_ptr<Table>> tables_;  // in the order of their first row ever
  Arena arena_;
  std::size_t count_ = 0;
};

}  // namespace koi::store
