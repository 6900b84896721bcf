/// Rows of the log as they came, columns beside columns, until they are sorted into a part.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>

#include "events/columns/part.h"
#include "events/log.h"

namespace koi::events::columns {

/// Every scalar of an event's props becomes a column: "code_id", "touch.channel"; a list of scalars is a list of texts, a
/// list of objects a list a field: "lines.sku_id". Objects are entered three deep. A list whose texts do not tell it whole
/// (objects, numbers, an empty one) is kept beside that as it came, for conditions on a member as a whole.
inline constexpr std::size_t kTextBytesMax = 512;   // longer texts are kept by their beginning
inline constexpr std::size_t kElementsMax = 64;     // of one list
inline constexpr std::size_t kMembersMax = 256;     // of one list as it came
inline constexpr std::size_t kMemberBytesMax = 2048;  // a longer member stands as null
inline constexpr std::size_t kColumnsMax = 1000;    // of one part; what comes later is not kept

/// One column as it grows; reads like Column.
class Cells {
 public:
  Cells(std::string name, ValueType type) : name_(std::move(name)), type_(type) {}
  std::string_view name() const { return name_; }
  ValueType type() const { return type_; }
  std::size_t cells() const { return rows_.size(); }
  struct Range { std::int64_t low, high; };
  const Range& head() const { return range_; }
  const std::deque<std::string>& words() const { return words_; }

  template <class F>
  void each(std::uint32_t begin, std::uint32_t end, F&& fn) const {
    for (auto row = begin; row < end; ++row)
      if (place_[row] != Column::kNone) fn(row, place_[row]);
  }
  std::int64_t number(std::uint32_t cell) const { return numbers_[cell]; }
  std::uint32_t code(std::uint32_t cell) const { return codes_[cell]; }
  double decimal(std::uint32_t cell) const { return std::bit_cast<double>(numbers_[cell]); }
  std::span<const std::uint32_t> list(std::uint32_t cell) const {
    return std::span(codes_).subspan(starts_[cell], starts_[cell + 1] - starts_[cell]);
  }

 private:
  friend class Rows;
  std::uint32_t word(std::string_view text);
  void add_number(std::uint32_t row, std::int64_t value);
  void add_decimal(std::uint32_t row, double value);
  void add_text(std::uint32_t row, std::string_view text);
  /// Begins the list of this row when it has none; the row must be the newest.
  void open_list(std::uint32_t row);
  void add_element(std::uint32_t row, std::string_view text);
  void settle(std::uint32_t rows);

  std::string name_;
  ValueType type_;
  std::vector<std::uint32_t> rows_, codes_, starts_{0}, place_;
  std::vector<std::int64_t> numbers_;
  Range range_{INT64_MAX, INT64_MIN};
  std::deque<std::string> words_;
  boost::unordered_flat_map<std::string_view, std::uint32_t> codes_of_;
};

class Rows {
 public:
  explicit Rows(std::int64_t after) { cover_.after = cover_.last = after; }
  void add(const RawRow& row);
  std::uint32_t rows() const { return static_cast<std::uint32_t>(node_.size()); }
  const Cover& cover() const { return cover_; }
  /// These rows as a part in memory. The same rows can go on growing.
  Result<PartPtr> to_part();

  // What PartWriter reads.
  std::span<const std::int64_t> kinds() const { return kinds_; }
  std::uint32_t kind_code(std::uint32_t row) const { return kind_[row]; }
  const std::uint32_t* seconds() const { return seconds_.data(); }
  std::uint32_t millis(std::uint32_t row) const { return millis_[row]; }
  bool has_millis() const { return has_millis_; }
  std::int64_t source(std::uint32_t row) const { return source_[row]; }
  std::span<const std::int64_t> sources() const { return sources_; }
  const std::deque<Cells>& columns() const { return columns_; }
  std::int64_t amount(std::uint32_t row) const { return amount_[row]; }

 private:
  void add_props(std::uint32_t row, std::string_view props);
  template <class Value>
  void add_value(std::uint32_t row, std::string_view name, Value value, int depth);
  template <class List>
  void add_list(std::uint32_t row, std::string_view name, List list, int depth);
  template <class List>
  void add_members(std::uint32_t row, std::string_view name, List list);
  Cells* cells_for(std::string_view name, ValueType type);

  Cover cover_;
  std::vector<std::int64_t> node_, source_, amount_, kinds_, sources_;
  std::vector<std::uint32_t> kind_, seconds_;
  std::vector<std::uint16_t> millis_;
  bool has_millis_ = false;
  std::deque<Cells> columns_;
  boost::unordered_flat_map<std::string_view, Cells*> by_name_[6];  // by type; the names are the cells'
};

/// A claimed time as it is kept: outside 1970 to 2106 it is noise and counts as the nearest one.
std::int64_t kept_time(std::int64_t at_ms);
/// A fingerprint of a log row.
std::uint64_t mark_of(const RawRow& row);

}  // namespace koi::events::columns
