/// Rows into commands, on the import thread: everything that needs no store is judged here.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>

#include "commerce/commerce.h"
#include "connect/files/mapping.h"
#include "connect/files/rows.h"
#include "connect/files/values.h"
#include "people/people.h"

namespace koi::connect::files {

constexpr std::size_t kBatchBytes = 4 << 20;       // and their text
constexpr std::int64_t kRowsMax = 5'000'000;       // rows of one file

/// Where a command came from, for its error line.
struct Origin { std::int64_t line; std::uint32_t from, size; };  // the row's text in Batch::text, cells parted by 0x1F

struct Profile {
  std::vector<people::Ident> idents;
  std::vector<std::pair<std::string, std::string>> attributes;
};
struct OrderItem {
  Profile buyer;
  commerce::OrderIn order;
  std::vector<Origin> rows;
};
struct CustomerItem {
  Profile who;
  std::vector<std::string> tags;
  std::optional<people::Ident> inviter;
  std::string store, owner;
  std::optional<bool> consent;
  Instant at{};
  Origin row;
};
struct EventItem {
  Profile who;
  std::string kind, id, props;
  Instant at{};
  std::int64_t amount_fen = 0;
  Origin row;
};

/// What one transaction applies.
struct Batch {
  std::int64_t first_row = 0, rows = 0, bad = 0;  // row numbers count data rows from 0
  std::uint64_t bytes = 0;                        // of the file, read up to the end of this batch
  std::size_t columns = 0;                        // of the file's header
  std::vector<OrderItem> orders;
  std::vector<CustomerItem> customers;
  std::vector<EventItem> events;
  std::vector<std::pair<std::string, std::string>> attributes;  // custom ones: key, label
  std::string text, errors;  // errors: lines of the error file
  std::vector<std::string_view> cells(const Origin& o) const;
};

/// One line of the error file: the original cells, then _line,_column,_value,_reason. Cells that a spreadsheet would
/// run as a formula get an apostrophe.
void append_error(std::string& csv, std::size_t columns, std::span<const std::string_view> cells, std::int64_t line,
                  std::string_view column, std::string_view value, std::string_view reason);
std::string error_header(std::span<const std::string> header);
void append_csv_cell(std::string& csv, std::string_view text);

/// What a file amounts to, for the preview and the dry run.
struct Tally {
  std::int64_t rows = 0, good = 0, bad = 0, orders = 0, people = 0, amount_fen = 0;
  Instant first_at{}, last_at{};
};

/// Judges rows one after the other. Repeat keys come from content and count repetitions, so the same file, or a
/// corrected or longer export of it, gives the same keys: nothing comes in twice.
class Preparer {
 public:
  Preparer(Columns columns, std::string source, Zone zone, DayOrder order);
  /// Adds one row; a bad one only adds to the error lines.
  void add(const Row& row, Batch& batch);
  /// Starts a new batch at the next row.
  Batch begin_batch();
  const Columns& columns() const { return columns_; }
  const Tally& tally() const { return tally_; }
  std::int64_t row_number() const { return next_row_; }

 private:
  struct Bad { Fault fault = Fault::none; int column = -1; };
  void head_of(const Row& row, Instant at, std::string_view status, commerce::OrderIn& order) const;
  void add_order(const Row& row, Batch& batch, Bad& bad);
  void add_customer(const Row& row, Batch& batch, Bad& bad);
  void add_event(const Row& row, Batch& batch, Bad& bad);
  std::string_view cell(const Row& row, Field f) const;
  void fail_at(Bad& bad, Fault fault, Field f) const;
  bool read_profile(const Row& row, Profile& out, Bad& bad);
  Instant read_at(const Row& row, Bad& bad, bool required);
  Origin keep(const Row& row, Batch& batch) const;
  std::string content_key(const Row& row);
  std::uint32_t occurrence(std::uint64_t hash) { return ++seen_[hash]; }
  void count(const Profile& who, Instant at, std::int64_t fen);

  Columns columns_;
  std::string source_, buyer_ns_;
  WhenReader when_;
  Tally tally_;
  std::int64_t next_row_ = 0;
  boost::unordered_flat_map<std::uint64_t, std::uint32_t> seen_;
  boost::unordered_flat_map<std::uint64_t, std::uint8_t> people_;
  boost::unordered_flat_map<std::string, std::size_t> open_orders_;  // order_no -> place in the batch
  std::string scratch_;
};

}  // namespace koi::connect::files
