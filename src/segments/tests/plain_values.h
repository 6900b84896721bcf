/// The oracle's comparisons. One operator a case, nothing shared between them that could hide a mistake.
#pragma once
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/text.h"
#include "people/pinyin.h"
#include "segments/rule.h"
#include "segments/tests/history.h"

namespace koi::segments::plain {

/// What a comparison is made in: the moment and whose calendar.
struct Moment { Instant now; Zone zone; };

inline Zone zone_named(const std::string& name) { return Zone::find(name).value_or(Zone::utc()); }

inline bool less(const Number& a, const Number& b) { return a.over * b.under < b.over * a.under; }

struct Range { Instant from, to; };  // [from, to)
inline Range range_of(const Calendar& c, const Moment& m) {
  using namespace std::chrono;
  const auto zone = c.zone.empty() ? m.zone : zone_named(c.zone);
  const auto today = zone.day_of(m.now);
  const year_month_day date{today};
  const auto monday = today - (weekday{today} - Monday);
  const auto first = [&](year_month ym) { return zone.start_of(LocalDay{local_days{ym / 1}}); };
  const year_month month = date.year() / date.month();
  switch (c.span) {
    case Span::today: return {zone.start_of(today), zone.start_of(today + days(1))};
    case Span::yesterday: return {zone.start_of(today - days(1)), zone.start_of(today)};
    case Span::this_week: return {zone.start_of(monday), zone.start_of(monday + days(7))};
    case Span::last_week: return {zone.start_of(monday - days(7)), zone.start_of(monday)};
    case Span::this_month: return {first(month), first(month + months(1))};
    case Span::last_month: return {first(month - months(1)), first(month)};
    case Span::this_year: return {first(date.year() / January), first((date.year() + years(1)) / January)};
    case Span::last_year: return {first((date.year() - years(1)) / January), first(date.year() / January)};
  }
  return {};
}

/// The instant of a date is its beginning; properties say times as RFC 3339 or in milliseconds.
inline std::optional<Instant> instant_of(const Datum& d, const Moment& m) {
  if (const auto* at = std::get_if<Instant>(&d)) return *at;
  if (const auto* day = std::get_if<LocalDay>(&d)) return m.zone.start_of(*day);
  if (const auto* text = std::get_if<std::string>(&d)) return parse_rfc3339(*text);
  const auto* n = std::get_if<Number>(&d);
  if (n == nullptr || n->under != 1 || n->over % 1'000'000 != 0) return {};
  return from_ms(static_cast<std::int64_t>(n->over / 1'000'000));
}
inline Instant begin_of(const Value& v, const Moment& m) {
  const auto* day = std::get_if<LocalDay>(&v);
  return day != nullptr ? m.zone.start_of(*day) : std::get<Instant>(v);
}
inline Instant end_of(const Value& v, const Moment& m) {
  const auto* day = std::get_if<LocalDay>(&v);
  return day != nullptr ? m.zone.start_of(*day + std::chrono::days(1)) : std::get<Instant>(v) + Millis(1);
}
inline bool is_time(const Value& v) { return std::holds_alternative<LocalDay>(v) || std::holds_alternative<Instant>(v); }

/// Below 0, 0, above 0; nothing when the two cannot be compared, which counts as missing.
inline std::optional<int> compare(const Datum& d, const Value& v, const Moment& m) {
  const auto by = [](const Number& a, const Number& b) { return less(a, b) ? -1 : less(b, a) ? 1 : 0; };
  if (is_time(v)) {
    const auto at = instant_of(d, m);
    if (!at) return {};
    return *at < begin_of(v, m) ? -1 : *at >= end_of(v, m) ? 1 : 0;
  }
  if (const auto* n = std::get_if<Number>(&d)) {
    if (const auto* decimal = std::get_if<Decimal>(&v)) return by(*n, {decimal->micros, 1});
    if (const auto* money = std::get_if<Money>(&v)) return by(*n, number(money->fen.v));
    return {};
  }
  if (const auto* length = std::get_if<Length>(&d)) {
    const auto* other = std::get_if<Duration>(&v);
    if (other == nullptr) return {};
    return by(length->ms, {length_of(*other).count(), 1});
  }
  if (const auto* text = std::get_if<std::string>(&d)) {
    const auto* other = std::get_if<std::string>(&v);
    if (other == nullptr) return {};
    return text->compare(*other);
  }
  if (const auto* yes = std::get_if<bool>(&d)) {
    const auto* other = std::get_if<bool>(&v);
    if (other == nullptr) return {};
    return static_cast<int>(*yes) - static_cast<int>(*other);
  }
  return {};
}

/// A value of a property as it stands in the log; null is missing.
inline std::optional<Datum> datum_of(const boost::json::value& v) {
  if (v.is_string()) return std::string(v.get_string());
  if (v.is_bool()) return v.get_bool();
  if (v.is_int64()) return number(v.get_int64());
  if (v.is_double()) return Number{std::llround(v.get_double() * 1e6), 1};
  if (v.is_array()) return v.get_array();
  return {};
}

/// A tag answers to its whole name, and to the part behind the group.
inline bool is_called(const std::string& member, const std::string& asked, bool tags) {
  return member == asked || (tags && member.ends_with("/" + asked));
}
inline bool has_member(const Datum& d, const Value& v, bool tags, const Moment& m) {
  if (const auto* members = std::get_if<Members>(&d)) {
    const auto* asked = std::get_if<std::string>(&v);
    return asked != nullptr && std::ranges::any_of(*members, [&](const auto& member) { return is_called(member, *asked, tags); });
  }
  for (const auto& one : std::get<boost::json::array>(d)) {
    const auto member = datum_of(one);
    if (member && compare(*member, v, m) == 0) return true;
  }
  return false;
}

inline bool under(const std::string& path, const std::string& top) { return path == top || path.starts_with(top + "/"); }

/// The next time a date comes around, today included; 29 February comes on the 28th in other years.
inline LocalDay next_anniversary(LocalDay date, LocalDay today) {
  using namespace std::chrono;
  const year_month_day born{date};
  for (auto y = year_month_day{today}.year();; ++y) {
    auto day = year_month_day{y, born.month(), born.day()};
    if (!day.ok()) day = y / born.month() / last;
    if (local_days{day} >= today) return local_days{day};
  }
}

/// Everybody who has the number, the highest first, cut behind the share's last one; ties with it are in.
inline bool in_best(const Number& mine, std::vector<std::int64_t> everybody, std::int64_t share_micros, bool top) {
  if (everybody.empty()) return false;
  std::ranges::sort(everybody);
  if (top) std::ranges::reverse(everybody);
  const auto n = static_cast<__int128>(everybody.size());
  auto count = (n * share_micros + 99'999'999) / 100'000'000;  // rounded up
  count = std::clamp<__int128>(count, 1, n);
  const Number last{everybody[static_cast<std::size_t>(count - 1)], 1};
  return top ? !less(mine, last) : !less(last, mine);
}

inline bool text_holds(Op op, const std::string& text, const std::string& other) {
  switch (op) {
    case Op::contains: return text.find(other) != std::string::npos;
    case Op::not_contains: return text.find(other) == std::string::npos;
    case Op::starts: return text.starts_with(other);
    case Op::ends: return text.ends_with(other);
    case Op::under: return under(text, other);
    default: return RE2::PartialMatch(text, RE2(other));  // matches
  }
}

inline bool time_holds(Op op, const Datum& d, const Value& v, const Moment& m) {
  const auto at = instant_of(d, m);
  if (!at) return false;
  const auto length = [&] { return length_of(std::get<Duration>(v)); };
  switch (op) {
    case Op::before: return *at < begin_of(v, m);
    case Op::after: return *at >= end_of(v, m);
    case Op::in_last: return *at > m.now - length() && *at <= m.now;
    case Op::in_next: return *at > m.now && *at <= m.now + length();
    case Op::older: return *at <= m.now - length();
    case Op::ahead: return *at > m.now + length();
    case Op::during: {
      const auto range = range_of(std::get<Calendar>(v), m);
      return *at >= range.from && *at < range.to;
    }
    default: {  // anniversary
      const auto* day = std::get_if<LocalDay>(&d);
      const auto today = m.zone.day_of(m.now);
      const auto next = next_anniversary(day != nullptr ? *day : m.zone.day_of(*at), today);
      return next - today <= std::chrono::floor<std::chrono::days>(length());
    }
  }
}

/// `values` fit `op` (well_formed). A value that cannot be compared makes the answer false, whatever the operator.
inline bool holds(const Datum& d, Op op, const std::vector<Value>& values, bool tags, const Moment& m) {
  const auto order = [&](std::size_t i) { return compare(d, values[i], m); };
  const bool collection = std::holds_alternative<Members>(d) || std::holds_alternative<boost::json::array>(d);
  switch (op) {
    case Op::is_set: return true;
    case Op::is_missing: return false;
    case Op::eq: return order(0) && *order(0) == 0;
    case Op::ne: return order(0) && *order(0) != 0;
    case Op::lt: return order(0) && *order(0) < 0;
    case Op::le: return order(0) && *order(0) <= 0;
    case Op::gt: return order(0) && *order(0) > 0;
    case Op::ge: return order(0) && *order(0) >= 0;
    case Op::between:
      if (is_time(values[0]) && is_time(values[1])) {
        const auto at = instant_of(d, m);
        return at && *at >= begin_of(values[0], m) && *at < begin_of(values[1], m);
      }
      return order(0) && order(1) && *order(0) >= 0 && *order(1) <= 0;
    case Op::in: return std::ranges::any_of(values, [&](const Value& v) { return compare(d, v, m) == 0; });
    case Op::not_in:
      return std::ranges::all_of(values, [&](const Value& v) { const auto c = compare(d, v, m); return c && *c != 0; });
    case Op::has_any: return collection && std::ranges::any_of(values, [&](const Value& v) { return has_member(d, v, tags, m); });
    case Op::has_all: return collection && std::ranges::all_of(values, [&](const Value& v) { return has_member(d, v, tags, m); });
    case Op::has_none: return collection && std::ranges::none_of(values, [&](const Value& v) { return has_member(d, v, tags, m); });
    case Op::contains:
    case Op::not_contains:
    case Op::starts:
    case Op::ends:
    case Op::matches:
    case Op::under:
      if (const auto* members = std::get_if<Members>(&d); members != nullptr && op == Op::under)
        return std::ranges::any_of(*members, [&](const auto& one) { return one.starts_with(std::get<std::string>(values[0]) + "/"); });
      return std::holds_alternative<std::string>(d) && text_holds(op, std::get<std::string>(d), std::get<std::string>(values[0]));
    default: return time_holds(op, d, values[0], m);  // top and bottom are asked by the caller, who knows everybody
  }
}

// ---- lenses --------------------------------------------------------------------------------------------------------

inline std::vector<Value> folded_values(std::vector<Value> values) {
  for (auto& v : values)
    if (auto* text = std::get_if<std::string>(&v)) *text = fold(*text);
  return values;
}

/// True when any reading satisfies, a negated operator when all of them do.
inline bool pinyin_holds(const std::string& text, Op op, const std::vector<Value>& values, const Moment& m) {
  const bool negated = op == Op::ne || op == Op::not_in || op == Op::not_contains;
  std::vector<std::string> spellings;
  for (const auto& reading : people::readings(text)) {
    spellings.push_back(reading.joined);
    spellings.push_back(reading.initials);
  }
  if (spellings.empty()) return op == Op::is_set;
  const auto one = [&](const std::string& s) { return holds(s, op, folded_values(values), false, m); };
  return negated ? std::ranges::all_of(spellings, one) : std::ranges::any_of(spellings, one);
}

/// What the lens sees; nothing when it sees nothing there.
inline std::optional<Datum> seen_through(Lens lens, const Datum& d, const Moment& m) {
  const auto* text = std::get_if<std::string>(&d);
  switch (lens) {
    case Lens::length: return text ? std::optional<Datum>(number(static_cast<std::int64_t>(count_chars(*text)))) : std::nullopt;
    case Lens::depth:
      if (text == nullptr) return {};
      return number(text->empty() ? 0 : 1 + std::ranges::count(*text, '/'));
    case Lens::size:
      if (const auto* members = std::get_if<Members>(&d)) return number(static_cast<std::int64_t>(members->size()));
      if (const auto* list = std::get_if<boost::json::array>(&d)) return number(static_cast<std::int64_t>(list->size()));
      return {};
    case Lens::folded: return text ? std::optional<Datum>(fold(*text)) : std::nullopt;
    case Lens::weekday: {
      const auto at = instant_of(d, m);
      if (!at) return {};
      const auto* day = std::get_if<LocalDay>(&d);
      return number(static_cast<std::int64_t>(std::chrono::weekday{day != nullptr ? *day : m.zone.day_of(*at)}.iso_encoding()));
    }
    case Lens::hour: {
      const auto at = instant_of(d, m);
      if (!at || std::holds_alternative<LocalDay>(d)) return {};
      const auto wall = m.zone.wall(*at);
      return number(std::chrono::floor<std::chrono::hours>(wall - std::chrono::floor<std::chrono::days>(wall)).count());
    }
    default: return d;
  }
}

/// Deviations from the mean of everybody, to six decimals; nothing when all are equal.
inline std::optional<Datum> zscore(const Number& mine, const std::vector<std::int64_t>& everybody) {
  if (everybody.empty()) return {};
  double sum = 0, squares = 0;
  for (const auto one : everybody) sum += static_cast<double>(one);
  const double mean = sum / static_cast<double>(everybody.size());
  for (const auto one : everybody) squares += (static_cast<double>(one) - mean) * (static_cast<double>(one) - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(everybody.size()));
  if (!(deviation > 0)) return {};
  const double value = static_cast<double>(mine.over) / static_cast<double>(mine.under);
  return Number{std::llround((value - mean) / deviation * 1e6), 1};
}

}  // namespace koi::segments::plain
