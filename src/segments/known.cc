#include "segments/known.h"

#include <cmath>
#include <utility>

namespace koi::segments {
namespace {

using namespace std::chrono;

Zone zone_of(const Calendar& c, const Moment& m) {
  if (c.zone.empty() || c.zone == m.zone.name()) return m.zone;
  return Zone::find(c.zone).value_or(Zone::utc());
}

/// The first day of a span's period, and of the one after it.
std::pair<LocalDay, LocalDay> days_of(Span span, LocalDay today) {
  const year_month_day date{today};
  const auto first = [](year_month ym) { return LocalDay{local_days{ym / 1}}; };
  const auto month = date.year() / date.month();
  const auto monday = today - (weekday{today} - Monday);
  switch (span) {
    case Span::today:
    case Span::yesterday: return {today, today + days(1)};
    case Span::this_week:
    case Span::last_week: return {monday, monday + days(7)};
    case Span::this_month:
    case Span::last_month: return {first(month), first(month + months(1))};
    case Span::this_year:
    case Span::last_year: return {first(date.year() / January), first((date.year() + years(1)) / January)};
  }
  std::unreachable();
}

bool is_past(Span span) {
  return span == Span::yesterday || span == Span::last_week || span == Span::last_month || span == Span::last_year;
}

}  // namespace

Ratio ratio_of(double value) {
  if (value == std::trunc(value) && std::abs(value) < 9e18) return whole(static_cast<std::int64_t>(value));
  return {static_cast<__int128>(std::llround(std::fmod(value, 1.0) * 1e6)) + whole(static_cast<std::int64_t>(value)).over, 1};
}

int order_of(const Ratio& a, const Ratio& b) {
  const auto left = a.over * b.under, right = b.over * a.under;
  return left < right ? -1 : right < left ? 1 : 0;
}

bool stands_before(const Known& a, const Known& b) {
  if (a.index() != b.index()) return a.index() < b.index();
  if (const auto* n = std::get_if<Ratio>(&a)) return order_of(*n, std::get<Ratio>(b)) < 0;
  if (const auto* text = std::get_if<std::string_view>(&a)) return *text < std::get<std::string_view>(b);
  if (const auto* yes = std::get_if<bool>(&a)) return *yes < std::get<bool>(b);
  if (const auto* day = std::get_if<LocalDay>(&a)) return *day < std::get<LocalDay>(b);
  if (const auto* at = std::get_if<Instant>(&a)) return *at < std::get<Instant>(b);
  if (const auto* length = std::get_if<Length>(&a)) return order_of(length->ms, std::get<Length>(b).ms) < 0;
  return false;
}

bool same_value(const Known& a, const Known& b) {
  return !is_list(a) && !is_list(b) && !stands_before(a, b) && !stands_before(b, a);
}

Period period_of(const Calendar& c, const Moment& m) {
  const auto zone = zone_of(c, m);
  auto [from, to] = days_of(c.span, zone.day_of(m.now));
  if (is_past(c.span)) {
    to = from;
    from = days_of(c.span, from - days(1)).first;
  }
  return {zone.start_of(from), zone.start_of(to)};
}

Instant next_period(const Calendar& c, const Moment& m) {
  const auto zone = zone_of(c, m);
  return zone.start_of(days_of(c.span, zone.day_of(m.now)).second);
}

Instant begin_of(const Value& v, const Moment& m) {
  const auto* day = std::get_if<LocalDay>(&v);
  return day != nullptr ? m.zone.start_of(*day) : std::get<Instant>(v);
}

Instant end_of(const Value& v, const Moment& m) {
  const auto* day = std::get_if<LocalDay>(&v);
  return day != nullptr ? m.zone.start_of(*day + days(1)) : std::get<Instant>(v) + Millis(1);
}

std::optional<Instant> instant_of(const Known& k, const Moment& m) {
  if (const auto* at = std::get_if<Instant>(&k)) return *at;
  if (const auto* day = std::get_if<LocalDay>(&k)) return m.zone.start_of(*day);
  if (const auto* text = std::get_if<std::string_view>(&k)) return parse_rfc3339(*text);
  const auto* n = std::get_if<Ratio>(&k);
  if (n == nullptr || n->under != 1 || n->over % kMicros != 0) return {};
  return from_ms(static_cast<std::int64_t>(n->over / kMicros));
}

}  // namespace koi::segments
