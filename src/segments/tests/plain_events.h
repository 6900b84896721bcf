/// The oracle's view of events: which count, windows, conditions, aggregates. Scans everything each time.
#pragma once
#include "segments/tests/plain_values.h"

namespace koi::segments::plain {

/// All that holds inside a condition: an event, or a member of a list of one.
struct Bag {
  const Event* event = nullptr;
  const boost::json::value* element = nullptr;
};

inline std::optional<Datum> below(const boost::json::object& object, std::string_view path) {
  const auto dot = path.find('.');
  const auto* found = object.if_contains(path.substr(0, dot));
  if (found == nullptr) return {};
  if (dot == std::string_view::npos) return datum_of(*found);
  return found->is_object() ? below(found->get_object(), path.substr(dot + 1)) : std::nullopt;
}

inline std::optional<Datum> property_of(const Bag& bag, const std::string& path) {
  if (bag.element != nullptr) {
    if (path == "it") return datum_of(*bag.element);
    return bag.element->is_object() ? below(bag.element->get_object(), path) : std::nullopt;
  }
  if (path == "amount") return number(bag.event->amount_fen);
  if (path == "source") return bag.event->source;
  if (path == "at") return bag.event->at;
  return below(bag.event->props, path);
}

inline bool condition(const Clause& c, const Bag& bag, const Moment& m);
inline bool conditions(const Clauses& where, const Bag& bag, const Moment& m) {
  return std::ranges::all_of(where, [&](const Clause& c) { return condition(c, bag, m); });
}

/// One comparison on what a name leads to.
inline bool compared(const Compare& c, const std::optional<Datum>& d, bool tags, const Moment& m) {
  if (c.op == Op::is_missing && c.lens == Lens::plain) return !d;
  if (!d) return c.op == Op::is_missing;
  if (c.lens == Lens::pinyin) {
    const auto* text = std::get_if<std::string>(&*d);
    return text != nullptr ? pinyin_holds(*text, c.op, c.values, m) : c.op == Op::is_missing;
  }
  const auto seen = seen_through(c.lens, *d, m);
  if (!seen) return c.op == Op::is_missing;
  return holds(*seen, c.op, c.lens == Lens::folded ? folded_values(c.values) : c.values, tags, m);
}

inline bool condition(const Clause& c, const Bag& bag, const Moment& m) {
  if (const auto* group = std::get_if<Group>(&c.is)) {
    const auto one = [&](const Clause& inner) { return condition(inner, bag, m); };
    if (group->kind == Group::all) return std::ranges::all_of(group->of, one);
    return std::ranges::any_of(group->of, one) == (group->kind == Group::any);
  }
  if (const auto* element = std::get_if<Element>(&c.is)) {
    const auto list = property_of(bag, element->list);
    if (!list || !std::holds_alternative<boost::json::array>(*list)) return false;
    const auto& members = std::get<boost::json::array>(*list);
    const auto one = [&](const boost::json::value& v) { return conditions(element->where, {nullptr, &v}, m); };
    return element->each ? std::ranges::all_of(members, one) : std::ranges::any_of(members, one);
  }
  const auto& compare = std::get<Compare>(c.is);
  return compared(compare, property_of(bag, std::get<Field>(compare.subject).name), false, m);
}

// ---- which events --------------------------------------------------------------------------------------------------

using Past = std::vector<Event>;

/// What a person did until now, in order: (at, node, position); a repeated id counts once, as it came first.
inline Past past_of(const History& h, const Moment& m) {
  Past out;
  for (const auto& event : h.events) {
    const bool repeat = !event.id.empty() && std::ranges::any_of(h.events, [&](const Event& other) {
      return other.source == event.source && other.id == event.id && other.position < event.position;
    });
    if (!repeat && event.at <= m.now) out.push_back(event);
  }
  std::ranges::stable_sort(out, {}, [](const Event& e) { return std::tuple(e.at, e.node, e.position); });
  return out;
}

inline bool is_selected(const Event& e, const std::string& kind, const Clauses& where, const Moment& m) {
  return (kind == "*" || e.kind == kind) && conditions(where, {&e, nullptr}, m);
}

/// Places in `past` that lie in the window.
inline std::vector<std::size_t> places_in(const Past& past, const Window& w, const Moment& m) {
  std::optional<std::size_t> since;
  if (const auto* s = std::get_if<Since>(&w))
    for (std::size_t i = 0; i < past.size(); ++i)
      if (is_selected(past[i], s->kind, s->where, m)) since = i;
  const auto in = [&](std::size_t i) {
    const auto at = past[i].at;
    if (const auto* last = std::get_if<Last>(&w)) return at > m.now - length_of(last->length);
    if (const auto* ago = std::get_if<Ago>(&w)) return at > m.now - length_of(ago->from) && at <= m.now - length_of(ago->to);
    if (const auto* calendar = std::get_if<Calendar>(&w)) {
      const auto range = range_of(*calendar, m);
      return at >= range.from && at < range.to;
    }
    if (const auto* between = std::get_if<Between>(&w)) return at >= begin_of(between->from, m) && at < begin_of(between->to, m);
    if (std::holds_alternative<Since>(w)) return since && i > *since;
    return true;
  };
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < past.size(); ++i)
    if (in(i)) out.push_back(i);
  return out;
}

inline Past events_of(const Past& past, const Events& e, const Moment& m) {
  Past out;
  for (const auto i : places_in(past, e.window, m))
    if (is_selected(past[i], e.kind, e.where, m)) out.push_back(past[i]);
  return out;
}

// ---- aggregates ----------------------------------------------------------------------------------------------------

inline bool same_datum(const Datum& a, const Datum& b) {
  if (a.index() != b.index()) return false;
  if (const auto* n = std::get_if<Number>(&a)) return !less(*n, std::get<Number>(b)) && !less(std::get<Number>(b), *n);
  if (const auto* text = std::get_if<std::string>(&a)) return *text == std::get<std::string>(b);
  if (const auto* yes = std::get_if<bool>(&a)) return *yes == std::get<bool>(b);
  if (const auto* at = std::get_if<Instant>(&a)) return *at == std::get<Instant>(b);
  return false;
}

inline __int128 sum_of(const std::vector<Datum>& values, std::int64_t& counted) {
  __int128 sum = 0;
  counted = 0;
  for (const auto& value : values)
    if (const auto* n = std::get_if<Number>(&value)) { sum += n->over; ++counted; }
  return sum;
}

/// The least or greatest; texts count when they are times.
inline std::optional<Datum> extreme(const std::vector<Datum>& values, bool greatest, const Moment& m) {
  std::optional<Datum> out;
  for (const auto& value : values) {
    Datum one = value;
    if (std::holds_alternative<std::string>(value)) {
      const auto at = instant_of(value, m);
      if (!at) continue;
      one = *at;
    }
    if (!std::holds_alternative<Number>(one) && !std::holds_alternative<Instant>(one)) continue;
    if (out && out->index() != one.index()) continue;
    const auto first = [&] {
      if (const auto* n = std::get_if<Number>(&one)) return greatest ? less(std::get<Number>(*out), *n) : less(*n, std::get<Number>(*out));
      return greatest ? std::get<Instant>(*out) < std::get<Instant>(one) : std::get<Instant>(one) < std::get<Instant>(*out);
    };
    if (!out || first()) out = one;
  }
  return out;
}

inline std::int64_t distinct(const std::vector<Datum>& values) {
  std::vector<Datum> seen;
  for (const auto& value : values)
    if (std::ranges::none_of(seen, [&](const Datum& other) { return same_datum(value, other); })) seen.push_back(value);
  return static_cast<std::int64_t>(seen.size());
}

/// A tie goes to the value seen last.
inline std::optional<Datum> most_frequent(const std::vector<Datum>& values) {
  std::optional<Datum> best;
  std::ptrdiff_t most = 0;
  for (const auto& value : values) {
    const auto times = std::ranges::count_if(values, [&](const Datum& other) { return same_datum(value, other); });
    if (times >= most) { best = value; most = times; }
  }
  return best;
}

inline std::int64_t streak(const Past& events, const Moment& m) {
  std::set<LocalDay> days;
  for (const auto& event : events) days.insert(m.zone.day_of(event.at));
  std::int64_t best = 0;
  for (const auto day : days) {
    std::int64_t run = 0;
    while (days.contains(day + std::chrono::days(run))) ++run;
    best = std::max(best, run);
  }
  return best;
}

inline std::optional<Datum> interval(const Past& events) {
  std::vector<std::int64_t> gaps;
  for (std::size_t i = 1; i < events.size(); ++i) gaps.push_back((events[i].at - events[i - 1].at).count());
  if (gaps.empty()) return {};
  std::ranges::sort(gaps);
  const auto middle = gaps.size() / 2;
  if (gaps.size() % 2 == 1) return Length{{gaps[middle], 1}};
  return Length{{static_cast<__int128>(gaps[middle - 1]) + gaps[middle], 2}};
}

inline std::vector<Datum> values_of(const Past& events, const std::string& property) {
  std::vector<Datum> out;
  for (const auto& event : events)
    if (const auto value = property_of({&event, nullptr}, property)) out.push_back(*value);
  return out;
}

inline std::optional<Datum> trend(const Past& past, const Aggregate& a, const Moment& m) {
  const auto length = std::get<Last>(a.events.window).length;
  auto earlier = a.events;
  earlier.window = Ago{{2 * length.count, length.unit}, length};
  const auto measure = [&](const Events& of) -> __int128 {
    const auto events = events_of(past, of, m);
    std::int64_t counted = 0;
    return a.property.empty() ? static_cast<__int128>(events.size()) : sum_of(values_of(events, a.property), counted);
  };
  auto now = measure(a.events), before = measure(earlier);
  if (before == 0) return {};
  if (before < 0) { now = -now; before = -before; }
  return Number{now * 1'000'000, static_cast<std::int64_t>(before)};
}

inline std::optional<Datum> aggregate_of(const Past& past, const Aggregate& a, const Moment& m) {
  const auto events = events_of(past, a.events, m);
  const auto values = a.property.empty() ? std::vector<Datum>{} : values_of(events, a.property);
  std::int64_t counted = 0;
  switch (a.fn) {
    case Fn::count: return number(static_cast<std::int64_t>(events.size()));
    case Fn::count_distinct: return number(distinct(values));
    case Fn::sum: return Number{sum_of(values, counted), 1};
    case Fn::avg: {
      const auto sum = sum_of(values, counted);
      return counted == 0 ? std::nullopt : std::optional<Datum>(Number{sum, counted});
    }
    case Fn::min: return extreme(values, false, m);
    case Fn::max: return extreme(values, true, m);
    case Fn::first: return values.empty() ? std::nullopt : std::optional(values.front());
    case Fn::last: return values.empty() ? std::nullopt : std::optional(values.back());
    case Fn::most_frequent: return most_frequent(values);
    case Fn::recency: return events.empty() ? std::nullopt : std::optional<Datum>(Length{{(m.now - events.back().at).count(), 1}});
    case Fn::tenure: return events.empty() ? std::nullopt : std::optional<Datum>(Length{{(m.now - events.front().at).count(), 1}});
    case Fn::streak: return number(streak(events, m));
    case Fn::interval: return interval(events);
    case Fn::trend: return trend(past, a, m);
  }
  return {};
}

}  // namespace koi::segments::plain
