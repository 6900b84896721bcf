#include "segments/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace koi::segments {
namespace {

using Words = std::span<const std::string_view>;

// In the order of the enums.
constexpr std::string_view kOps[] = {
    "is set", "is missing", "=", "!=", "<", "<=", ">", ">=", "between", "in", "not in", "contains", "not contains",
    "starts with", "ends with", "matches", "has any", "has all", "has none", "under", "before", "after", "in last",
    "in next", "older than", "ahead by", "is", "anniversary in next", "in top", "in bottom"};
constexpr std::string_view kFns[] = {"count", "count_distinct", "sum",     "avg",    "min",    "max",      "first",
                                     "last",  "most_frequent",  "recency", "tenure", "streak", "interval", "trend"};
constexpr std::string_view kLenses[] = {"", "length", "size", "depth", "folded", "pinyin", "weekday", "hour", "zscore"};
constexpr std::string_view kSpans[] = {"today",      "yesterday",  "this week", "last week",
                                       "this month", "last month", "this year", "last year"};
constexpr std::string_view kUnits[] = {"s", "m", "h", "d", "w", "mo"};
constexpr std::string_view kOrders[] = {"ordered", "strict", "any"};
constexpr std::string_view kReserved[] = {
    "and",    "or",      "not",     "all",    "any",   "none",  "every", "everyone", "nobody", "in",    "is",   "has",
    "where",  "within",  "between", "since",  "last",  "next",  "this",  "today",    "yesterday", "ago", "same", "times",
    "did",    "without", "after",   "before", "seq",   "no",    "for",   "event",    "bucket", "segment", "list", "true",
    "false",  "set",     "missing", "under",  "older", "ahead", "contains", "starts", "ends",  "matches", "changed",
    "from",   "to",      "with",    "than",   "by",    "top",   "bottom", "anniversary"};

template <class E>
std::optional<E> find_word(Words words, std::string_view word) {
  const auto at = std::ranges::find(words, word);
  if (at == words.end() || word.empty()) return {};
  return static_cast<E>(at - words.begin());
}
template <class E>
std::string_view nth(Words words, E e) { return words[static_cast<std::size_t>(e)]; }

template <class... Ts>
bool is_one_of(const Value& v) { return (std::holds_alternative<Ts>(v) || ...); }

}  // namespace

std::string_view word_of(Op op) { return nth(kOps, op); }
std::string_view word_of(Fn fn) { return nth(kFns, fn); }
std::string_view word_of(Lens lens) { return nth(kLenses, lens); }
std::string_view word_of(Span span) { return nth(kSpans, span); }
std::string_view word_of(Unit unit) { return nth(kUnits, unit); }
std::string_view word_of(Order order) { return nth(kOrders, order); }
std::optional<Op> op_of(std::string_view word) { return find_word<Op>(kOps, word); }
std::optional<Fn> fn_of(std::string_view word) { return find_word<Fn>(kFns, word); }
std::optional<Lens> lens_of(std::string_view word) { return find_word<Lens>(kLenses, word); }
std::optional<Span> span_of(std::string_view word) { return find_word<Span>(kSpans, word); }
std::optional<Unit> unit_of(std::string_view word) { return find_word<Unit>(kUnits, word); }
std::optional<Order> order_of(std::string_view word) { return find_word<Order>(kOrders, word); }
Words op_words() { return kOps; }
Words fn_words() { return kFns; }

bool reserved(std::string_view word) {
  return std::ranges::find(kReserved, word) != std::end(kReserved) || fn_of(word) || lens_of(word);
}

Operands operands_of(Op op) {
  switch (op) {
    case Op::is_set:
    case Op::is_missing: return Operands::none;
    case Op::between: return Operands::two;
    case Op::in:
    case Op::not_in:
    case Op::has_any:
    case Op::has_all:
    case Op::has_none: return Operands::some;
    case Op::contains:
    case Op::not_contains:
    case Op::starts:
    case Op::ends:
    case Op::matches:
    case Op::under: return Operands::text;
    case Op::before:
    case Op::after: return Operands::day;
    case Op::in_last:
    case Op::in_next:
    case Op::older:
    case Op::ahead:
    case Op::anniversary: return Operands::duration;
    case Op::during: return Operands::calendar;
    case Op::top:
    case Op::bottom: return Operands::percent;
    default: return Operands::one;
  }
}

bool well_formed(Op op, const std::vector<Value>& values) {
  const auto plain = [](const Value& v) { return !std::holds_alternative<Calendar>(v); };
  const auto one = [&](auto fits) { return values.size() == 1 && fits(values[0]); };
  switch (operands_of(op)) {
    case Operands::none: return values.empty();
    case Operands::one: return one(plain);
    case Operands::text: return one(is_one_of<std::string>);
    case Operands::two: return values.size() == 2 && std::ranges::all_of(values, plain);
    case Operands::some: return !values.empty() && values.size() <= kListMax && std::ranges::all_of(values, plain);
    case Operands::day: return one(is_one_of<LocalDay, Instant>);
    case Operands::duration: return one(is_one_of<Duration>);
    case Operands::calendar: return one(is_one_of<Calendar>);
    case Operands::percent: return one(is_one_of<Decimal>);
  }
  return false;
}

std::string text_of(Decimal d) {
  const auto whole = d.micros / kMicros, rest = std::abs(d.micros % kMicros);
  auto out = fmt::format("{}{}", d.micros < 0 && whole == 0 ? "-" : "", whole);
  if (rest == 0) return out;
  out += fmt::format(".{:06}", rest);
  out.erase(out.find_last_not_of('0') + 1);
  return out;
}

std::string text_of(Money m) {
  if (!m.in_yuan) return fmt::format("{}分", m.fen.v);
  return fmt::format("{}{}.{:02}元", m.fen.v < 0 ? "-" : "", std::abs(m.fen.v / 100), std::abs(m.fen.v % 100));
}

std::string text_of(Duration d) { return fmt::format("{}{}", d.count, word_of(d.unit)); }

std::optional<Decimal> decimal_of(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus) text.remove_prefix(1);
  const auto dot = text.find('.');
  const auto whole = text.substr(0, dot);
  const auto rest = dot == std::string_view::npos ? std::string_view{} : text.substr(dot + 1);
  const auto digits = [](std::string_view s) { return s.find_first_not_of("0123456789") == std::string_view::npos; };
  if (whole.empty() || whole.size() > 13 || rest.size() > 6 || !digits(whole) || !digits(rest)) return {};
  if (dot != std::string_view::npos && rest.empty()) return {};
  auto padded = std::string(rest);
  padded.resize(6, '0');
  const auto units = *parse_int(whole);
  if (units > kMicrosMax / kMicros) return {};
  const auto micros = units * kMicros + *parse_int(padded);
  if (micros > kMicrosMax) return {};
  return Decimal{minus ? -micros : micros};
}

std::optional<Money> money_of(std::string_view number, bool in_yuan) {
  const auto read = decimal_of(number);
  const auto step = in_yuan ? kMicros / 100 : kMicros;
  if (!read || read->micros % step != 0) return {};
  return Money{Fen{read->micros / step}, in_yuan};
}

std::optional<Duration> duration_of(std::string_view text) {
  const auto split = text.find_first_not_of("0123456789");
  if (split == 0 || split == std::string_view::npos || split > 12) return {};
  const auto unit = unit_of(text.substr(split));
  const auto count = parse_int(text.substr(0, split));
  if (!unit || !count || *count > kDurationMax * 86'400) return {};
  const Duration out{*count, *unit};
  if (length_of(out) > std::chrono::days(kDurationMax)) return {};
  return out;
}

}  // namespace koi::segments
