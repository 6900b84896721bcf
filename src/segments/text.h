/// A rule as text: one line or many, made to be read in a diff. Grammar: docs/guides/segment-language.md.
/// parse_rule(print_rule(r))->rule == r for every rule whose operands fit their operators.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "segments/rule.h"

namespace koi::segments {

/// The bytes [from, to) of the source.
struct Stretch {
  std::size_t from = 0, to = 0;
  friend bool operator==(const Stretch&, const Stretch&) = default;
};
struct Parsed {
  Rule rule;
  std::vector<Stretch> leaves;  // where each clause but groups stands, in the order of their beginnings (check.h counts so)
};
/// Any bytes are safe. The first refusal ends it: malformed "segments.syntax", "segments.too_long", "segments.too_deep",
/// with "line:column" in pointer and line, column, from, to, expected, found, suggestion in params.
Result<Parsed> parse_rule(std::string_view source);

/// Broken into lines where it is longer than one.
std::string print_rule(const Rule& rule);
/// On one line.
std::string print_clause(const Clause& clause);
std::string print_subject(const Subject& subject);
std::string print_value(const Value& value);
std::string print_window(const Window& window);

}  // namespace koi::segments
