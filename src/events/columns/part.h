/// A part: the immutable columns of one stretch of the log, clustered by person and sorted by time inside a person; equal
/// times stand in the order of the log. Row numbers count from 0 inside a part.
#pragma once
#include <algorithm>
#include <bit>
#include <optional>
#include <string_view>

#include "events/columns/image.h"

namespace koi::events::columns {

/// The log positions (after, last] a part holds, and a fingerprint of the last row, so that a part left over from another
/// log (a restored backup) shows.
struct Cover {
  std::int64_t after = 0, last = 0;
  std::uint64_t mark = 0;
  friend bool operator==(const Cover&, const Cover&) = default;
};

inline constexpr std::uint32_t kVersion = 5;  // a file of another one is made again from the log

/// Time in 255 numbered steps of 2^shift seconds; the first and the last reach to the ends of time.
struct Steps {
  std::uint32_t shift = 12;
  std::int32_t before = 0;  // step 1 is the one after so many
  std::uint8_t of(std::uint32_t second) const {
    return static_cast<std::uint8_t>(std::clamp<std::int64_t>(std::int64_t{second >> shift} - before, 1, 255));
  }
};

struct Head {
  std::uint32_t version = kVersion, kind_width = 1, source_width = 1, spare = 0;
  std::uint64_t rows = 0, people = 0, columns = 0, lanes = 0;
  Cover cover{};
  std::int64_t min_at = 0, max_at = 0;
  Steps steps{};
};

/// Texts of a column, sorted; a code is a place in it.
class Words {
 public:
  Words() = default;
  Words(std::span<const std::uint32_t> starts, const char* letters) : starts_(starts), letters_(letters) {}
  std::uint32_t size() const { return starts_.empty() ? 0 : static_cast<std::uint32_t>(starts_.size() - 1); }
  std::string_view operator[](std::uint32_t code) const {
    return {letters_ + starts_[code], starts_[code + 1] - starts_[code]};
  }
  std::optional<std::uint32_t> find(std::string_view text) const;
  /// Whether they lie one after the other in so many letters, in order.
  bool sound(std::size_t letters) const;

 private:
  std::span<const std::uint32_t> starts_;
  const char* letters_ = nullptr;
};

/// What a property's values are in this part. A name that carries several types has a column for each.
/// json: a list as it came, member by member, each the code of its JSON text (rows.h says which lists are kept so).
enum class ValueType : std::uint32_t { integer, decimal, text, boolean, list, json };
enum class Spread : std::uint32_t { every, some, few };  // every row has a value; a bit a row; the rows that have one

struct ColumnHead {
  ValueType type = ValueType::integer;
  Spread spread = Spread::every;
  std::uint32_t width = 1;  // bytes a value takes
  std::uint32_t name_bytes = 0;
  std::uint64_t cells = 0;
  std::int64_t low = 0, high = 0;  // of integers, which count from low
};

class Column {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  std::string_view name() const { return name_; }
  ValueType type() const { return head_.type; }
  std::uint64_t cells() const { return head_.cells; }
  const ColumnHead& head() const { return head_; }
  const Words& words() const { return words_; }

  /// The cell of a row, kNone when the row has none.
  std::uint32_t cell(std::uint32_t row) const {
    if (head_.spread == Spread::every) return row;
    if (head_.spread == Spread::few) return search(row);
    const auto word = bits_[row / 64];
    const auto bit = row % 64;
    if ((word >> bit & 1) == 0) return kNone;
    return ranks_[row / 64] + static_cast<std::uint32_t>(std::popcount(word & ((1ULL << bit) - 1)));
  }
  /// Calls fn(row, cell) for each value in rows [begin, end), in order.
  template <class F>
  void each(std::uint32_t begin, std::uint32_t end, F&& fn) const;

  /// An integer, a boolean as 0 or 1, or the code of a text.
  std::int64_t number(std::uint32_t cell) const { return static_cast<std::int64_t>(static_cast<std::uint64_t>(head_.low) + raw(cell)); }
  std::uint32_t code(std::uint32_t cell) const { return static_cast<std::uint32_t>(raw(cell)); }
  void fetch(std::uint32_t cell) const { __builtin_prefetch(values_ + std::size_t{cell} * head_.width); }
  double decimal(std::uint32_t cell) const { return reinterpret_cast<const double*>(values_)[cell]; }
  /// Codes of a list's elements, or of its members as JSON.
  std::span<const std::uint32_t> list(std::uint32_t cell) const {
    const auto* starts = reinterpret_cast<const std::uint32_t*>(values_);
    return elements_.subspan(starts[cell], starts[cell + 1] - starts[cell]);
  }
  /// A value that can be compared as a number; lists and texts have none.
  bool numeric() const { return head_.type < ValueType::text || head_.type == ValueType::boolean; }
  double as_double(std::uint32_t cell) const {
    return head_.type == ValueType::decimal ? decimal(cell) : static_cast<double>(number(cell));
  }

 private:
  friend class Part;
  std::uint64_t raw(std::uint32_t cell) const {
    switch (head_.width) {
      case 1: return static_cast<std::uint8_t>(values_[cell]);
      case 2: return reinterpret_cast<const std::uint16_t*>(values_)[cell];
      case 4: return reinterpret_cast<const std::uint32_t*>(values_)[cell];
      default: return reinterpret_cast<const std::uint64_t*>(values_)[cell];
    }
  }
  std::uint32_t search(std::uint32_t row) const;
  bool has_right_lengths(std::uint64_t rows, std::size_t bits, std::size_t ranks, std::size_t values) const;
  bool sound(std::uint64_t rows) const;
  bool presence_sound(std::uint64_t rows) const;
  bool lists_sound() const;

  ColumnHead head_;
  std::string_view name_;
  const std::uint64_t* bits_ = nullptr;
  const std::uint32_t* ranks_ = nullptr;    // cells before each 64 rows
  std::span<const std::uint32_t> rows_;     // Spread::few
  const std::byte* values_ = nullptr;
  std::span<const std::uint32_t> elements_;
  Words words_;
  std::size_t letters_ = 0;
};

/// The rows of one kind alone: questions about what people paid read a twentieth of the bytes.
struct Lane {
  std::int64_t kind = 0;
  std::span<const std::uint32_t> who;      // places in Part::who(), ascending
  std::span<const std::uint32_t> start;    // who.size() + 1
  std::span<const std::uint64_t> first;    // a bit a row: whether it is the first of a person
  std::span<const std::uint32_t> seconds;
  std::span<const std::uint16_t> millis;   // empty: all 0
  std::span<const std::int64_t> amount;    // empty when all fit into `small`
  std::span<const std::uint32_t> small;
  std::int64_t fen(std::uint32_t i) const { return amount.empty() ? small[i] : amount[i]; }
  std::int64_t at(std::uint32_t i) const { return std::int64_t{seconds[i]} * 1000 + (millis.empty() ? 0 : millis[i]); }
  /// A row that will be looked at soon: it lies far from the others.
  void fetch(std::uint32_t i) const {
    __builtin_prefetch(seconds.data() + i);
    __builtin_prefetch(amount.empty() ? static_cast<const void*>(small.data() + i) : amount.data() + i);
  }
};
struct LaneHead {
  std::int64_t kind = 0;
  std::uint64_t people = 0, rows = 0, amount_width = 4;
};

/// In which step (Steps) each person last did one kind, 0: never. Who did something lately is known without their rows.
struct Recent {
  std::span<const std::uint32_t> who;   // places, ascending, of those who ever did; empty: `when` is of every place
  std::span<const std::uint8_t> when;
};

class Part {
 public:
  /// unavailable "events.columns_damaged" when sections are missing or not as long as they should be, or the stretches
  /// of people are no stretches; what else stands in them is read by verify() only.
  static Result<std::shared_ptr<const Part>> open(std::shared_ptr<const Image> image);
  /// Reads every section against its checksum, and every number that is a place or a code against what it points at: a part
  /// that passes can be asked anything. "events.columns_damaged" names the first that is wrong.
  Result<> verify() const;

  const Head& head() const { return head_; }
  const Cover& cover() const { return head_.cover; }
  std::uint32_t rows() const { return static_cast<std::uint32_t>(head_.rows); }
  const Image& image() const { return *image_; }

  /// Nodes, ascending; rows of who()[i] are [start()[i], start()[i + 1]).
  std::span<const std::int64_t> who() const { return who_; }
  std::span<const std::uint32_t> start() const { return start_; }
  /// Codes of one byte (wide() false) or two, places in kinds().
  std::span<const std::int64_t> kinds() const { return kinds_; }
  bool wide() const { return head_.kind_width == 2; }
  const std::uint8_t* kind8() const { return kind8_; }
  const std::uint16_t* kind16() const { return kind16_; }
  std::uint32_t kind_code(std::uint32_t row) const { return wide() ? kind16_[row] : kind8_[row]; }
  std::int64_t kind(std::uint32_t row) const { return kinds_[kind_code(row)]; }
  /// Absent: no row of this part is of that kind.
  std::optional<std::uint32_t> code_of(std::int64_t kind) const;

  /// Since 1970, UTC: all of seconds() and the thousandths of millis().
  const std::uint32_t* seconds() const { return seconds_; }
  bool has_millis() const { return millis_ != nullptr; }
  std::uint32_t millis(std::uint32_t row) const { return millis_ == nullptr ? 0 : millis_[row]; }
  std::int64_t at(std::uint32_t row) const { return std::int64_t{seconds_[row]} * 1000 + millis(row); }
  /// The first row of [begin, end) that is not before the instant (ms).
  std::uint32_t lower(std::uint32_t begin, std::uint32_t end, std::int64_t at_ms) const;

  std::int64_t source(std::uint32_t row) const {
    if (source8_ == nullptr && source16_ == nullptr) return sources_.empty() ? 0 : sources_[0];
    return sources_[source16_ != nullptr ? source16_[row] : source8_[row]];
  }
  std::span<const std::int64_t> sources() const { return sources_; }

  std::span<const Column> columns() const { return columns_; }
  const Column* column(std::string_view name, ValueType type) const;
  /// Whole fen; 0 when the event carries none.
  std::int64_t amount(std::uint32_t row) const {
    if (amount_ == nullptr) return 0;
    const auto cell = amount_->cell(row);
    return cell == Column::kNone ? 0 : amount_->number(cell);
  }
  std::span<const Lane> lanes() const { return lanes_; }
  const Lane* lane(std::int64_t kind) const;
  /// Of a kind that code_of() knows.
  const Recent& recent(std::uint32_t code) const { return recent_[code]; }

 private:
  Part() = default;
  Result<> read_columns();
  Result<> read_column(std::uint32_t number);
  Result<> read_lanes();
  Result<> read_recent();
  bool people_sound() const;
  bool rows_sound() const;
  bool lane_sound(const Lane& lane) const;
  bool recent_sound(const Recent& recent) const;

  std::shared_ptr<const Image> image_;
  Head head_;
  std::span<const std::int64_t> who_, kinds_, sources_;
  std::span<const std::uint32_t> start_;
  const std::uint8_t *kind8_ = nullptr, *source8_ = nullptr;
  const std::uint16_t *kind16_ = nullptr, *source16_ = nullptr, *millis_ = nullptr;
  const std::uint32_t* seconds_ = nullptr;
  std::vector<Column> columns_;
  const Column* amount_ = nullptr;
  std::vector<Lane> lanes_;
  std::vector<Recent> recent_;  // by code of the kind
};
using PartPtr = std::shared_ptr<const Part>;

// The columns an event may have beside its properties, which cannot be called so.
inline constexpr std::string_view kAmount = "$amount", kSubject = "$subject";

template <class F>
void Column::each(std::uint32_t begin, std::uint32_t end, F&& fn) const {
  if (head_.spread == Spread::every) {
    for (auto row = begin; row < end; ++row) fn(row, row);
  } else if (head_.spread == Spread::few) {
    for (auto at = std::ranges::lower_bound(rows_, begin); at != rows_.end() && *at < end; ++at)
      fn(*at, static_cast<std::uint32_t>(at - rows_.begin()));
  } else {
    for (auto word = begin / 64; word * 64 < end; ++word) {
      auto bits = bits_[word];
      if (word == begin / 64) bits &= ~0ULL << begin % 64;
      if (end - word * 64 < 64) bits &= (1ULL << (end - word * 64)) - 1;
      for (; bits != 0; bits &= bits - 1) {
        const auto row = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
        fn(row, cell(row));
      }
    }
  }
}

}  // namespace koi::events::columns
