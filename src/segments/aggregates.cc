// One value made of many events.
#include "segments/past.h"

namespace koi::segments {
namespace {

struct Added { __int128 sum = 0; std::int64_t counted = 0; };

Added add_up(const Past& past, const Events& events, const std::string& property) {
  Added out;
  past.each(events, [&](std::size_t place) {
    if (property.empty()) {
      ++out.counted;
      return true;
    }
    const auto value = past.property(place, property);
    if (const auto* n = value ? std::get_if<Ratio>(&*value) : nullptr) {
      out.sum += n->over;
      ++out.counted;
    }
    return true;
  });
  return out;
}

std::vector<Known> values_of(const Past& past, const Aggregate& a) {
  std::vector<Known> out;
  past.each(a.events, [&](std::size_t place) {
    if (auto value = past.property(place, a.property)) out.push_back(*value);
    return true;
  });
  return out;
}

/// The least or greatest of numbers or of times, whichever comes first; texts count when they are times.
std::optional<Known> extreme(const Past& past, const Aggregate& a) {
  std::optional<Known> best;
  past.each(a.events, [&](std::size_t place) {
    auto value = past.property(place, a.property);
    if (value && std::holds_alternative<std::string_view>(*value)) {
      const auto at = instant_of(*value, past.moment());
      value = at ? std::optional<Known>(*at) : std::nullopt;
    }
    if (!value || (!std::holds_alternative<Ratio>(*value) && !std::holds_alternative<Instant>(*value))) return true;
    if (best && best->index() != value->index()) return true;
    if (!best || (a.fn == Fn::max ? stands_before(*best, *value) : stands_before(*value, *best))) best = value;
    return true;
  });
  return best;
}

std::optional<Known> at_an_end(const Past& past, const Aggregate& a) {
  std::optional<Known> out;
  past.each(a.events, [&](std::size_t place) {
    if (auto value = past.property(place, a.property)) out = value;
    return a.fn == Fn::last || !out;
  });
  return out;
}

std::int64_t count_distinct(std::vector<Known> values) {
  // No two lists are the same.
  const auto lists = std::erase_if(values, is_list);
  std::ranges::sort(values, stands_before);
  const auto twice = std::ranges::unique(values, same_value);
  return static_cast<std::int64_t>(lists + values.size() - twice.size());
}

std::optional<Known> most_frequent(const std::vector<Known>& values) {
  std::vector<std::size_t> order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return stands_before(values[a], values[b]); });
  std::size_t most = 0;
  std::optional<std::size_t> best;
  for (std::size_t begin = 0; begin < order.size();) {
    auto end = begin + 1;
    while (end < order.size() && same_value(values[order[begin]], values[order[end]])) ++end;
    // A list is not even the same as itself; its own place counts for a tie among such only.
    const auto times = is_list(values[order[begin]]) ? 0 : end - begin;
    const auto latest = order[end - 1];
    if (!best || times > most || (times == most && latest > *best)) {
      best = latest;
      most = times;
    }
    begin = end;
  }
  return best ? std::optional(values[*best]) : std::nullopt;
}

std::int64_t streak(const Past& past, const Events& events) {
  std::int64_t best = 0, run = 0;
  LocalDay before{};
  past.each(events, [&](std::size_t place) {
    const auto day = past.moment().zone.day_of(past.at(place).at);
    if (run > 0 && day == before) return true;
    run = run > 0 && day == before + std::chrono::days(1) ? run + 1 : 1;
    best = std::max(best, run);
    before = day;
    return true;
  });
  return best;
}

std::optional<Known> interval(const Past& past, const Events& events) {
  std::vector<std::int64_t> gaps;
  std::optional<Instant> before;
  past.each(events, [&](std::size_t place) {
    const auto at = past.at(place).at;
    if (before) gaps.push_back((at - *before).count());
    before = at;
    return true;
  });
  if (gaps.empty()) return {};
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::ranges::nth_element(gaps, middle);
  if (gaps.size() % 2 == 1) return Length{{*middle, 1}};
  return Length{{static_cast<__int128>(*std::max_element(gaps.begin(), middle)) + *middle, 2}};
}

std::optional<Known> trend(const Past& past, const Aggregate& a) {
  const auto length = std::get<Last>(a.events.window).length;
  auto earlier = a.events;
  earlier.window = Ago{{2 * length.count, length.unit}, length};
  const auto measure = [&](const Events& of) {
    const auto added = add_up(past, of, a.property);
    return a.property.empty() ? static_cast<__int128>(added.counted) : added.sum;
  };
  auto now = measure(a.events), before = measure(earlier);
  if (before == 0) return {};
  if (before < 0) {
    now = -now;
    before = -before;
  }
  return Ratio{now * kMicros, static_cast<std::int64_t>(before)};
}

std::optional<Known> since_end(const Past& past, const Aggregate& a) {
  std::optional<Instant> at;
  past.each(a.events, [&](std::size_t place) {
    at = past.at(place).at;
    return a.fn == Fn::recency;
  });
  return at ? std::optional<Known>(Length{{(past.moment().now - *at).count(), 1}}) : std::nullopt;
}

}  // namespace

std::optional<Known> Past::aggregate(const Aggregate& a) const {
  switch (a.fn) {
    case Fn::count: return whole(add_up(*this, a.events, "").counted);
    case Fn::count_distinct: return whole(count_distinct(values_of(*this, a)));
    case Fn::sum: return Ratio{add_up(*this, a.events, a.property).sum, 1};
    case Fn::avg: {
      const auto added = add_up(*this, a.events, a.property);
      return added.counted == 0 ? std::nullopt : std::optional<Known>(Ratio{added.sum, added.counted});
    }
    case Fn::min:
    case Fn::max: return extreme(*this, a);
    case Fn::first:
    case Fn::last: return at_an_end(*this, a);
    case Fn::most_frequent: return most_frequent(values_of(*this, a));
    case Fn::recency:
    case Fn::tenure: return since_end(*this, a);
    case Fn::streak: return whole(streak(*this, a.events));
    case Fn::interval: return interval(*this, a.events);
    case Fn::trend: return trend(*this, a);
  }
  return {};
}

}  // namespace koi::segments
