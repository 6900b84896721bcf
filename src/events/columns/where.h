/// Conditions on one event: its properties, amount, source. What scans filter by; a rule language compiles into it.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "events/columns/part.h"

namespace koi::events::columns {

/// Comparisons of one property. On a missing value every one is false, also the negated ones; `missing` alone is true.
/// Of a list, `is`, `contains` and the like ask whether any element does.
enum class Op : std::uint8_t {
  set, missing, is, is_not, in, not_in, less, at_most, more, at_least, between, contains, not_contains, starts, ends,
};
using Value = std::variant<std::string, double, bool>;

struct Where {
  enum class Join : std::uint8_t { one, all, any, none } join = Join::all;  // `all` of nothing is true
  std::string property = {};     // "channel", "touch.code_id", "$amount" (fen), "$source"
  Op op = Op::set;
  std::vector<Value> values = {};  // between: two, both included
  std::vector<Where> parts = {};
  bool empty() const { return join == Join::all && parts.empty(); }
};

/// A Where made ready for one part.
class Test {
 public:
  /// `source_of` names a source by its number, for "$source".
  Test(const Where& where, const Part& part, const std::function<std::string(std::int64_t)>& source_of);
  bool always() const { return nodes_.empty(); }
  /// No row of this part can pass.
  bool never() const { return never_; }
  bool operator()(std::uint32_t row) const { return nodes_.empty() || passes(0, row); }

 private:
  /// One column's answer: by code for texts and lists, by comparison for numbers.
  struct Leaf {
    const Column* column = nullptr;
    std::vector<bool> codes;
    Op op = Op::set;
    std::vector<double> numbers;
  };
  struct Node {
    Where::Join join;
    Op op = Op::set;
    std::vector<Leaf> leaves;       // join one: a column for each type the name carries; any of them
    std::vector<bool> sources;      // "$source": by place in Part::sources()
    bool of_source = false;
    std::vector<std::size_t> parts;
  };
  std::size_t add(const Where& where, const Part& part, const std::function<std::string(std::int64_t)>& source_of);
  void add_leaf(Node& node, const Where& where, const Column& column) const;
  bool passes(std::size_t node, std::uint32_t row) const;
  bool leaf_passes(const Leaf& leaf, std::uint32_t row) const;

  const Part* part_;
  std::vector<Node> nodes_;
  bool never_ = false;
};

/// Whether a text passes; for tests and for what stands in no column.
bool text_passes(std::string_view text, Op op, std::span<const Value> values);
bool number_passes(double number, Op op, std::span<const double> numbers);

}  // namespace koi::events::columns
