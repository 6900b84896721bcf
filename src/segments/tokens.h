/// The text of a rule cut into words, for the parser and the printer.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "segments/rule.h"

namespace koi::segments {

inline constexpr std::size_t kTextMax = 64 << 10;  // bytes of a rule as text

enum class Mark : std::uint8_t { end, word, quoted, text, number, percent, value, sign };
struct Token {
  Mark kind = Mark::end;
  std::string text = {};   // the word, the name in backticks, the text's content, the digits, the sign
  Value value = {};        // of value: Money, Duration, LocalDay, Instant
  std::size_t from = 0, to = 0;  // bytes of the source
};

/// The tokens with one `end` behind them. Full-width letters and punctuation count as their half-width twins, Chinese
/// quotation marks as quotes. malformed "segments.syntax", "segments.too_long".
Result<std::vector<Token>> tokens_of(std::string_view source);

/// The place of a byte as people count: from 1, characters not bytes.
struct LineColumn { std::size_t line = 1, column = 1; };
LineColumn place_of(std::string_view source, std::size_t byte);
/// A refusal of the text [from, to): where, what was expected, what stood there, and a suggestion where one is near.
/// params: line, column, from, to, expected, found, suggestion.
std::unexpected<Error> refuse(std::string_view source, std::size_t from, std::size_t to, const Said& expected,
                              std::string_view suggestion = {}, std::string_view code = "segments.syntax");

/// A name as it is written: plain when it may be, else in backticks; a dotted path is plain when its steps are.
std::string name_text(std::string_view name);
/// The same for one step, where a dot is part of the name.
std::string step_text(std::string_view name);
/// A text in quotes, with escapes.
std::string quoted_text(std::string_view text);

}  // namespace koi::segments
