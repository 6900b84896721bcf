/// Conditions on one event: its properties, amount, source, time. What scans filter by; the rule language compiles into it.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "events/columns/part.h"

namespace koi::events::columns {

/// A test of one property says what a text, a whole number, a number with a fraction, a truth or a list must be like; a value
/// of a kind without a test fails, and so does a missing one. Texts are tested once a part, not once an event. A list as it
/// came (ValueType::json) stands before its texts; what lies below such a list is members' and no property.
struct Where {
  enum class Join : std::uint8_t { all, any, none, set, missing, test } join = Join::all;  // `all` of nothing is true
  std::string property = {};      // "channel", "touch.code_id", kAmount (fen), kSource, kTime (ms since 1970)
  std::function<bool(std::string_view)> text = {};
  std::function<bool(std::int64_t)> whole = {};
  std::function<bool(double)> decimal = {};
  std::function<bool(bool)> truth = {};
  std::function<bool(const Column&, std::uint32_t cell)> list = {};
  std::vector<Where> parts = {};  // of all, any, none
  bool empty() const { return join == Join::all && parts.empty(); }
};
inline constexpr std::string_view kSource = "$source", kTime = "$time";

/// Names a source by its number.
using SourceNames = std::function<std::string(std::int64_t)>;

/// A Where made ready for one part.
class Test {
 public:
  Test(const Where& where, const Part& part, const SourceNames& sources);
  bool always() const { return nodes_.empty(); }
  /// No row of this part can pass.
  bool never() const { return never_; }
  bool operator()(std::uint32_t row) const { return nodes_.empty() || passes(0, row); }

 private:
  /// One column's answer: by code for texts, by asking for others.
  struct Leaf { const Column* column; std::vector<bool> codes; };
  struct Node {
    Where where;                    // without its parts
    std::vector<Leaf> leaves;       // a column for each type the name carries; the first that has a value is the value
    std::vector<const Column*> above;  // lists the property would be a member's in
    std::vector<bool> sources;      // kSource: by place in Part::sources()
    std::vector<std::size_t> parts;
  };
  std::size_t add(const Where& where, const Part& part, const SourceNames& sources);
  bool hopeless(const Node& node) const;
  bool passes(std::size_t node, std::uint32_t row) const;
  static bool leaf_passes(const Where& where, const Leaf& leaf, std::uint32_t cell);

  const Part* part_;
  std::vector<Node> nodes_;
  bool never_ = false;
};

}  // namespace koi::events::columns
