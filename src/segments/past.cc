#include "segments/past.h"

#include "segments/compare.h"

namespace koi::segments {
namespace {

bool member_condition(const Clause& c, const boost::json::value& member, const Moment& m) {
  if (const auto* group = std::get_if<Group>(&c.is)) {
    const auto one = [&](const Clause& inner) { return member_condition(inner, member, m); };
    if (group->kind == Group::all) return std::ranges::all_of(group->of, one);
    return std::ranges::any_of(group->of, one) == (group->kind == Group::any);
  }
  const auto* compare = std::get_if<Compare>(&c.is);
  const auto* field = compare == nullptr ? nullptr : std::get_if<Field>(&compare->subject);
  if (field == nullptr) return false;  // refused by check.h
  return compare_holds(*compare, field->name == "it" ? known_of(member) : member_property(member, field->name), false, m);
}

bool member_fits(const boost::json::value& member, const Clauses& where, const Moment& m) {
  return std::ranges::all_of(where, [&](const Clause& c) { return member_condition(c, member, m); });
}

}  // namespace

bool element_holds(const Element& element, const List& list, const Moment& m) {
  // One that fits settles "any", one that does not settles "every".
  bool settled = false;
  each_member(list, [&](const boost::json::value& member) {
    settled = member_fits(member, element.where, m) != element.each;
    return !settled;
  });
  return settled != element.each;
}

std::size_t Past::from(Instant at) const {
  const auto all = deeds_->all();
  const auto found = std::ranges::lower_bound(all, at, {}, &Deed::at) - all.begin();
  return std::min(static_cast<std::size_t>(found), end_);
}

std::optional<std::size_t> Past::last_of(const Since& since) const {
  const auto of = deeds_->of(since.kind);
  for (auto at = std::ranges::lower_bound(of, end_); at != of.begin();)
    if (fits(*--at, since.where)) return *at;
  return {};
}

Past::Places Past::in(const Window& window) const {
  constexpr Millis kNext{1};  // rolling windows begin behind their edge
  if (const auto* last = std::get_if<Last>(&window)) return {from(m_->now - length_of(last->length) + kNext), end_};
  if (const auto* ago = std::get_if<Ago>(&window))
    return {from(m_->now - length_of(ago->from) + kNext), from(m_->now - length_of(ago->to) + kNext)};
  if (const auto* calendar = std::get_if<Calendar>(&window)) {
    const auto period = period_of(*calendar, *m_);
    return {from(period.from), from(period.to)};
  }
  if (const auto* between = std::get_if<Between>(&window)) return {from(begin_of(between->from, *m_)), from(begin_of(between->to, *m_))};
  const auto* since = std::get_if<Since>(&window);
  if (since == nullptr) return {0, end_};
  const auto last = last_of(*since);
  return last ? Places{*last + 1, end_} : Places{};
}

bool Past::fits(std::size_t place, const Clauses& where) const {
  return std::ranges::all_of(where, [&](const Clause& c) { return condition(c, place); });
}

bool Past::condition(const Clause& c, std::size_t place) const {
  if (const auto* compare = std::get_if<Compare>(&c.is)) {
    const auto* field = std::get_if<Field>(&compare->subject);
    return field != nullptr && compare_holds(*compare, property(place, field->name), false, *m_);
  }
  if (const auto* group = std::get_if<Group>(&c.is)) {
    const auto one = [&](const Clause& inner) { return condition(inner, place); };
    if (group->kind == Group::all) return std::ranges::all_of(group->of, one);
    return std::ranges::any_of(group->of, one) == (group->kind == Group::any);
  }
  const auto* element = std::get_if<Element>(&c.is);
  if (element == nullptr) return false;  // refused by check.h
  const auto known = property(place, element->list);
  const auto* list = known ? std::get_if<List>(&*known) : nullptr;
  return list != nullptr && element_holds(*element, *list, *m_);
}

std::vector<std::uint32_t> Past::places_of(const Events& events) const {
  std::vector<std::uint32_t> out;
  each(events, [&](std::uint32_t place) { out.push_back(place); return true; });
  return out;
}

std::optional<std::size_t> Past::unanswered(const Without& w) const {
  const auto length = length_of(w.length);
  std::optional<std::size_t> out;
  each(w.did, [&](std::size_t place) {
    if (at(place).at + length > m_->now) return false;  // there is time left, and for all that come later
    if (!answered(w, place)) out = place;
    return !out;
  });
  return out;
}

bool Past::answered(const Without& w, std::size_t place) const {
  const auto end = at(place).at + length_of(w.length);
  const auto shared = [&](const std::string& path, std::size_t other) {
    const auto mine = property(place, path), theirs = property(other, path);
    return mine && theirs && same_value(*mine, *theirs);
  };
  bool out = false;
  each(w.missing.kind, w.missing.where, {place + 1, end_}, [&](std::size_t other) {
    if (at(other).at > end) return false;
    out = std::ranges::all_of(w.same, [&](const std::string& path) { return shared(path, other); });
    return !out;
  });
  return out;
}

}  // namespace koi::segments
