/// What a fact or a property is at a moment, when it is anything: missing is an empty std::optional around it. Texts, sets
/// and lists are borrowed from whoever said them.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "events/columns/part.h"
#include "segments/rule.h"

namespace koi::segments {

/// A number as a fraction, so that averages and ratios compare exactly: `over` in millionths (of money: of fen), under > 0.
struct Ratio {
  __int128 over = 0;
  std::int64_t under = 1;
};
struct Length { Ratio ms; };  // a length of time in milliseconds
/// Texts, each once.
using Texts = std::span<const std::string_view>;
/// A list of an event as the columns keep it: members as JSON, or as plain texts.
struct List {
  const events::columns::Column* column = nullptr;
  std::uint32_t cell = 0;
  std::size_t size() const { return column->list(cell).size(); }
  bool plain() const { return column->type() == events::columns::ValueType::list; }
  std::string_view word(std::size_t i) const { return column->words()[column->list(cell)[i]]; }
};
using Known = std::variant<Ratio, std::string_view, bool, LocalDay, Instant, Length, Texts, List>;

inline Ratio whole(std::int64_t n) { return {static_cast<__int128>(n) * kMicros, 1}; }
/// A number of JSON with a fraction, to the millionth.
Ratio ratio_of(double value);
/// Below 0, 0, above 0.
int order_of(const Ratio& a, const Ratio& b);
/// A strict order over everything; values that are the same are neither before nor after one another. A list is the same
/// as nothing, not even itself: ask is_list first.
bool stands_before(const Known& a, const Known& b);
bool same_value(const Known& a, const Known& b);
inline bool is_list(const Known& k) { return std::holds_alternative<List>(k) || std::holds_alternative<Texts>(k); }

/// When a rule is asked, and by whose calendar.
struct Moment {
  Instant now;
  Zone zone = Zone::utc();
};

/// [from, to)
struct Period { Instant from, to; };
Period period_of(const Calendar& calendar, const Moment& m);
/// When the stretch of that calendar becomes another one.
Instant next_period(const Calendar& calendar, const Moment& m);
/// A date's beginning, or the instant; and the instant after it.
Instant begin_of(const Value& v, const Moment& m);
Instant end_of(const Value& v, const Moment& m);

/// The instant a value names: properties say times as RFC 3339 or in milliseconds.
std::optional<Instant> instant_of(const Known& k, const Moment& m);

}  // namespace koi::segments
