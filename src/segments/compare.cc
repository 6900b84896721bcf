#include "segments/compare.h"

#include <re2/re2.h>

#include <boost/json/parse.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>

#include "base/text.h"
#include "people/pinyin.h"

namespace koi::segments {
namespace {

constexpr std::size_t kPatternsKept = 64;

/// A pattern made ready once a thread; bounded, because patterns come from outside.
const RE2& pattern_of(const std::string& text) {
  thread_local boost::unordered_flat_map<std::string, std::unique_ptr<RE2>> ready;
  if (const auto known = ready.find(text); known != ready.end()) return *known->second;
  if (ready.size() >= kPatternsKept) ready.clear();
  return *ready.emplace(text, std::make_unique<RE2>(text, RE2::Quiet)).first->second;
}

bool is_time(const Value& v) { return std::holds_alternative<LocalDay>(v) || std::holds_alternative<Instant>(v); }

bool is_under(std::string_view path, std::string_view top) {
  return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

/// A tag answers to its whole name, and to the part behind the group.
bool is_called(std::string_view member, std::string_view asked, bool tags) {
  if (member == asked) return true;
  return tags && member.size() > asked.size() && member.ends_with(asked) && member[member.size() - asked.size() - 1] == '/';
}

bool text_holds(Op op, std::string_view text, const std::string& other) {
  switch (op) {
    case Op::contains: return text.find(other) != text.npos;
    case Op::not_contains: return text.find(other) == text.npos;
    case Op::starts: return text.starts_with(other);
    case Op::ends: return text.ends_with(other);
    case Op::under: return is_under(text, other);
    default: return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern_of(other));  // matches
  }
}

bool time_holds(Op op, const Known& k, const Value& v, const Moment& m) {
  const auto at = instant_of(k, m);
  if (!at) return false;
  switch (op) {
    case Op::before: return *at < begin_of(v, m);
    case Op::after: return *at >= end_of(v, m);
    case Op::in_last: return *at > m.now - length_of(std::get<Duration>(v)) && *at <= m.now;
    case Op::in_next: return *at > m.now && *at <= m.now + length_of(std::get<Duration>(v));
    case Op::older: return *at <= m.now - length_of(std::get<Duration>(v));
    case Op::ahead: return *at > m.now + length_of(std::get<Duration>(v));
    case Op::during: {
      const auto period = period_of(std::get<Calendar>(v), m);
      return *at >= period.from && *at < period.to;
    }
    default: break;
  }
  const auto* day = std::get_if<LocalDay>(&k);  // anniversary
  const auto today = m.zone.day_of(m.now);
  const auto next = next_anniversary(day != nullptr ? *day : m.zone.day_of(*at), today);
  return next - today <= std::chrono::floor<std::chrono::days>(length_of(std::get<Duration>(v)));
}

bool between(const Known& k, const std::vector<Value>& values, const Moment& m) {
  if (is_time(values[0]) && is_time(values[1])) {
    const auto at = instant_of(k, m);
    return at && *at >= begin_of(values[0], m) && *at < begin_of(values[1], m);
  }
  const auto low = compare_values(k, values[0], m), high = compare_values(k, values[1], m);
  return low && high && *low >= 0 && *high <= 0;
}

bool path_or_text_holds(const Known& k, Op op, const std::vector<Value>& values) {
  const auto& other = std::get<std::string>(values[0]);
  if (const auto* set = std::get_if<Texts>(&k); set != nullptr && op == Op::under)
    return std::ranges::any_of(*set, [&](std::string_view one) { return one.size() > other.size() && is_under(one, other); });
  const auto* text = std::get_if<std::string_view>(&k);
  return text != nullptr && text_holds(op, *text, other);
}

bool holds(const Known& k, Op op, const std::vector<Value>& values, bool tags, const Moment& m) {
  const auto to_first = [&] { return compare_values(k, values[0], m); };
  const auto has = [&](const Value& v) { return has_member(k, v, tags, m); };
  std::optional<int> order;
  switch (op) {
    case Op::is_set: return true;
    case Op::is_missing: return false;
    case Op::eq: return (order = to_first()) && *order == 0;
    case Op::ne: return (order = to_first()) && *order != 0;
    case Op::lt: return (order = to_first()) && *order < 0;
    case Op::le: return (order = to_first()) && *order <= 0;
    case Op::gt: return (order = to_first()) && *order > 0;
    case Op::ge: return (order = to_first()) && *order >= 0;
    case Op::between: return between(k, values, m);
    case Op::in: return std::ranges::any_of(values, [&](const Value& v) { return compare_values(k, v, m) == 0; });
    case Op::not_in: return std::ranges::all_of(values, [&](const Value& v) { return compare_values(k, v, m).value_or(0) != 0; });
    case Op::has_any: return is_list(k) && std::ranges::any_of(values, has);
    case Op::has_all: return is_list(k) && std::ranges::all_of(values, has);
    case Op::has_none: return is_list(k) && std::ranges::none_of(values, has);
    case Op::contains:
    case Op::not_contains:
    case Op::starts:
    case Op::ends:
    case Op::matches:
    case Op::under: return path_or_text_holds(k, op, values);
    default: return time_holds(op, k, values[0], m);  // top and bottom are asked by the caller
  }
}

std::vector<Value> folded(const std::vector<Value>& values) {
  auto out = values;
  for (auto& v : out)
    if (auto* text = std::get_if<std::string>(&v)) *text = fold(*text);
  return out;
}

/// Any usual reading satisfies, a negated operator must be satisfied by all of them.
bool pinyin_holds(std::string_view text, const Compare& c, const Moment& m) {
  const auto readings = people::readings(text);
  if (readings.empty()) return c.op == Op::is_set;
  const auto values = folded(c.values);
  const auto one = [&](const people::Reading& r) {
    const bool joined = holds(Known(std::string_view(r.joined)), c.op, values, false, m);
    const bool negated = c.op == Op::ne || c.op == Op::not_in || c.op == Op::not_contains;
    if (joined != negated) return joined;
    return holds(Known(std::string_view(r.initials)), c.op, values, false, m);
  };
  const bool negated = c.op == Op::ne || c.op == Op::not_in || c.op == Op::not_contains;
  return negated ? std::ranges::all_of(readings, one) : std::ranges::any_of(readings, one);
}

/// What a lens that makes a number sees; nothing when it sees nothing there.
std::optional<Known> measured(Lens lens, const Known& k, const Moment& m) {
  const auto* text = std::get_if<std::string_view>(&k);
  if (lens == Lens::length) return text ? std::optional<Known>(whole(static_cast<std::int64_t>(count_chars(*text)))) : std::nullopt;
  if (lens == Lens::depth) {
    if (text == nullptr) return {};
    return whole(text->empty() ? 0 : 1 + std::ranges::count(*text, '/'));
  }
  if (lens == Lens::size) {
    if (const auto* set = std::get_if<Texts>(&k)) return whole(static_cast<std::int64_t>(set->size()));
    if (const auto* list = std::get_if<List>(&k)) return whole(static_cast<std::int64_t>(list->size()));
    return {};
  }
  const auto at = instant_of(k, m);
  if (!at) return {};
  const auto* day = std::get_if<LocalDay>(&k);
  if (lens == Lens::weekday)
    return whole(static_cast<std::int64_t>(std::chrono::weekday{day != nullptr ? *day : m.zone.day_of(*at)}.iso_encoding()));
  if (day != nullptr) return {};
  const auto wall = m.zone.wall(*at);
  return whole(std::chrono::floor<std::chrono::hours>(wall - std::chrono::floor<std::chrono::days>(wall)).count());
}

}  // namespace

std::optional<int> compare_values(const Known& k, const Value& v, const Moment& m) {
  if (is_time(v)) {
    const auto at = instant_of(k, m);
    if (!at) return {};
    return *at < begin_of(v, m) ? -1 : *at >= end_of(v, m) ? 1 : 0;
  }
  if (const auto* n = std::get_if<Ratio>(&k)) {
    if (const auto* decimal = std::get_if<Decimal>(&v)) return order_of(*n, {decimal->micros, 1});
    if (const auto* money = std::get_if<Money>(&v)) return order_of(*n, whole(money->fen.v));
  } else if (const auto* length = std::get_if<Length>(&k)) {
    if (const auto* other = std::get_if<Duration>(&v)) return order_of(length->ms, {length_of(*other).count(), 1});
  } else if (const auto* text = std::get_if<std::string_view>(&k)) {
    if (const auto* other = std::get_if<std::string>(&v)) return text->compare(*other);
  } else if (const auto* yes = std::get_if<bool>(&k)) {
    if (const auto* other = std::get_if<bool>(&v)) return static_cast<int>(*yes) - static_cast<int>(*other);
  }
  return {};
}

bool compare_holds(const Compare& c, const std::optional<Known>& k, bool tags, const Moment& m) {
  const bool asks_missing = c.op == Op::is_missing;
  if (!k) return asks_missing;
  const auto* text = std::get_if<std::string_view>(&*k);
  switch (c.lens) {
    case Lens::plain:
    case Lens::zscore: return holds(*k, c.op, c.values, tags, m);
    case Lens::pinyin: return text != nullptr ? pinyin_holds(*text, c, m) : asks_missing;
    case Lens::folded: {
      if (text == nullptr) return asks_missing;
      const auto plain = fold(*text);
      return holds(Known(std::string_view(plain)), c.op, folded(c.values), tags, m);
    }
    default: break;
  }
  const auto seen = measured(c.lens, *k, m);
  return seen ? holds(*seen, c.op, c.values, tags, m) : asks_missing;
}

bool Bound::operator()(__int128 value) const {
  switch (op) {
    case Op::eq: return value == micros;
    case Op::ne: return value != micros;
    case Op::lt: return value < micros;
    case Op::le: return value <= micros;
    case Op::gt: return value > micros;
    default: return value >= micros;
  }
}

std::optional<Bound> bound_of(const Compare& c) {
  if (c.lens != Lens::plain || c.op < Op::eq || c.op > Op::ge) return {};
  if (const auto* decimal = std::get_if<Decimal>(&c.values[0])) return Bound{c.op, decimal->micros};
  if (const auto* money = std::get_if<Money>(&c.values[0])) return Bound{c.op, whole(money->fen.v).over};
  return {};
}

boost::json::value member_of(const List& list, std::size_t i) {
  const auto word = list.word(i);
  if (list.plain()) return boost::json::value(boost::json::string_view(word.data(), word.size()));
  boost::system::error_code wrong;
  auto out = boost::json::parse(boost::json::string_view(word.data(), word.size()), wrong);
  return wrong ? boost::json::value() : out;
}

std::optional<Known> known_of(const boost::json::value& v) {
  if (v.is_string()) return std::string_view(v.get_string().data(), v.get_string().size());
  if (v.is_bool()) return v.get_bool();
  if (v.is_int64()) return whole(v.get_int64());
  if (v.is_double()) return ratio_of(v.get_double());
  return {};
}

std::optional<Known> member_property(const boost::json::value& member, std::string_view path) {
  if (!member.is_object()) return {};
  const auto dot = path.find('.');
  const auto* found = member.get_object().if_contains(boost::json::string_view(path.data(), std::min(dot, path.size())));
  if (found == nullptr) return {};
  return dot == path.npos ? known_of(*found) : member_property(*found, path.substr(dot + 1));
}

bool has_member(const Known& k, const Value& v, bool tags, const Moment& m) {
  const auto* asked = std::get_if<std::string>(&v);
  if (const auto* set = std::get_if<Texts>(&k))
    return asked != nullptr && std::ranges::any_of(*set, [&](std::string_view member) { return is_called(member, *asked, tags); });
  const auto& list = std::get<List>(k);
  bool found = false;
  if (list.plain()) {
    for (std::size_t i = 0; i < list.size() && !found; ++i) found = compare_values(Known(list.word(i)), v, m) == 0;
    return found;
  }
  each_member(list, [&](const boost::json::value& member) {
    const auto known = known_of(member);
    found = known && compare_values(*known, v, m) == 0;
    return !found;
  });
  return found;
}

LocalDay next_anniversary(LocalDay date, LocalDay today) {
  using namespace std::chrono;
  const year_month_day born{date};
  for (auto year = year_month_day{today}.year();; ++year) {
    auto day = year_month_day{year, born.month(), born.day()};
    if (!day.ok()) day = year / born.month() / last;
    if (local_days{day} >= today) return local_days{day};
  }
}

}  // namespace koi::segments
