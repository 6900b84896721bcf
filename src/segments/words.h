/// How the language spells its parts: one table each, for text and JSON alike.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "segments/rule.h"

namespace koi::segments {

std::string_view word_of(Op op);        // "=", "not in", "in last"
std::string_view word_of(Fn fn);        // "count_distinct"
std::string_view word_of(Lens lens);    // "weekday"; plain: ""
std::string_view word_of(Span span);    // "this month"
std::string_view word_of(Unit unit);    // "d"
std::string_view word_of(Order order);  // "strict"
std::optional<Op> op_of(std::string_view word);
std::optional<Fn> fn_of(std::string_view word);
std::optional<Lens> lens_of(std::string_view word);
std::optional<Span> span_of(std::string_view word);
std::optional<Unit> unit_of(std::string_view word);
std::optional<Order> order_of(std::string_view word);
std::span<const std::string_view> op_words();
std::span<const std::string_view> fn_words();

/// Words that are no names by themselves; a name that is one of them stands in backticks.
bool reserved(std::string_view word);

/// What operands an operator takes.
enum class Operands : std::uint8_t { none, one, text, two, some, day, duration, calendar, percent };
Operands operands_of(Op op);
/// Whether the values are as the operator wants them, whatever they are compared with.
bool well_formed(Op op, const std::vector<Value>& values);

/// Values as they are written, and read back: "12.5", "50.00元", "5000分", "30d".
std::string text_of(Decimal d);
std::string text_of(Money m);
std::string text_of(Duration d);
/// Nothing when it is no number of at most six decimals within the range.
std::optional<Decimal> decimal_of(std::string_view text);
/// A number and its unit, "50元", "3000分", "30d"; nothing when it is no amount, or no length, of that unit.
std::optional<Money> money_of(std::string_view number, bool in_yuan);
std::optional<Duration> duration_of(std::string_view text);

}  // namespace koi::segments
