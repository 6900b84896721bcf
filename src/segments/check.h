/// Whether a rule means something here: names exist, types fit, it ends, it can be paid for.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "segments/text.h"
#include "segments/vocabulary.h"

namespace koi::segments {

/// One thing that is wrong. Codes (all invalid): segments.unknown_name, segments.type, segments.money_unit,
/// segments.misplaced, segments.bad_window, segments.bad_sequence, segments.bad_value, segments.bad_pattern,
/// segments.cycle, segments.too_deep, segments.too_big, segments.budget.
struct Problem {
  std::string code;
  std::string detail;      // for people, as an Error's; the code's text is in codes.txt
  std::string pointer;     // where in the rule's JSON
  std::size_t leaf = 0;    // which of Parsed::leaves; that is the place in the text
  std::string suggestion;  // what to write instead, "" when nothing is near
  std::string detail_zh = {};
};

/// What evaluation may cost for one person. A clause over events costs what happens to a person in its window.
struct Budget {
  std::size_t event_clauses = 30;
  std::int64_t events_read = 5000;
  std::int64_t lifetime_years = 5;  // what a window without end is taken for
};

/// In the order of the text, at most kProblemsMax. `self` is the name the rule is kept by, for cycles; "" when new.
inline constexpr std::size_t kProblemsMax = 20;
std::vector<Problem> check_rule(const Rule& rule, const Vocabulary& vocabulary, std::string_view self = {}, const Budget& budget = {});
/// The first one as an error; its place in the text ("line:column") when the text is given, else the JSON pointer.
Result<> require_sound(const Rule& rule, const Vocabulary& vocabulary, std::string_view self = {});
Result<> require_sound(const Parsed& parsed, std::string_view source, const Vocabulary& vocabulary, std::string_view self = {});

}  // namespace koi::segments
