/// The third part of random_rules.h: what happens to people on the edges of one clause's times, to the millisecond. Little
/// else happens to them, so that one comparison drawn wrongly at such an edge changes the answer.
#pragma once
#include "segments/tests/plain_events.h"
#include "segments/tests/random_rules.h"

namespace koi::segments {

struct RandomRules::Telling {
  RandomRules& dice;
  plain::History& h;
  plain::Moment m;

  void tell(const Clause& c) {
    if (const auto* group = std::get_if<Group>(&c.is)) return group->of.empty() ? void() : tell(group->of[dice.below(group->of.size())]);
    if (const auto* did = std::get_if<Did>(&c.is)) return some(did->events, {});
    if (const auto* without = std::get_if<Without>(&c.is)) return promise(*without);
    if (const auto* sequence = std::get_if<Sequence>(&c.is)) return walk(*sequence);
    const auto* compare = std::get_if<Compare>(&c.is);
    if (const auto* aggregate = compare == nullptr ? nullptr : std::get_if<Aggregate>(&compare->subject)) some(aggregate->events, compare->values);
  }

 private:
  Millis hair() { return Millis(static_cast<std::int64_t>(dice.below(3)) - 1); }
  template <class Items>
  auto pick(const Items& items) { return items[dice.below(std::size(items))]; }

  /// The first and the last instant inside a window, and those just outside.
  std::vector<Instant> edges(const Window& w) {
    constexpr Millis kNext{1};
    std::vector<Instant> out;
    const auto behind = [&](Duration d) { out.insert(out.end(), {m.now - length_of(d), m.now - length_of(d) + kNext}); };
    const auto span = [&](Instant from, Instant to) { out.insert(out.end(), {from - kNext, from, to - kNext, to}); };
    if (const auto* last = std::get_if<Last>(&w)) behind(last->length);
    if (const auto* ago = std::get_if<Ago>(&w)) { behind(ago->from); behind(ago->to); }
    if (const auto* calendar = std::get_if<Calendar>(&w)) { const auto range = plain::range_of(*calendar, m); span(range.from, range.to); }
    if (const auto* between = std::get_if<Between>(&w)) span(plain::begin_of(between->from, m), plain::begin_of(between->to, m));
    // Mostly the window's own; a whole life has none.
    if (out.empty() || dice.chance(25)) out.insert(out.end(), {m.now, m.now + hair(), m.now - length_of(dice.length())});
    return out;
  }
  /// Lengths that conditions and operands name: what they ask of a time turns there.
  void add_lengths(const std::vector<Value>& values, std::vector<Instant>& out) {
    for (const auto& value : values)
      if (const auto* length = std::get_if<Duration>(&value)) out.push_back(m.now - length_of(*length) + hair());
  }
  void add_lengths(const Clauses& where, std::vector<Instant>& out) {
    for (const auto& c : where) {
      if (const auto* group = std::get_if<Group>(&c.is)) add_lengths(group->of, out);
      if (const auto* compare = std::get_if<Compare>(&c.is)) add_lengths(compare->values, out);
    }
  }

  /// An event of the kind that fits, where trying finds one.
  plain::Event drawn(const std::string& kind, const Clauses& where, Instant at) {
    const auto& words = vocabulary().events;
    plain::Event out;
    for (int tries = 0; tries < 60; ++tries) {
      const auto known = std::ranges::find(words, kind, &EventWord::name);
      out = dice.event_of(known == words.end() ? pick(words) : *known, at, m.now, h);
      out.id.clear();
      out.node = dice.chance(85) ? 0 : out.node;
      if (plain::is_selected(out, kind, where, m)) break;
    }
    return out;
  }
  /// It happens after all that has been told so far.
  void add(plain::Event e) {
    e.position = static_cast<std::int64_t>(h.events.size());
    h.events.push_back(std::move(e));
  }
  /// As the other one where the rule wants it so.
  void share(plain::Event& mine, const plain::Event& other, const std::vector<std::string>& same) {
    for (const auto& path : same) {
      if (dice.chance(15)) continue;
      if (path == "source") mine.source = other.source;
      const auto touch = other.props.find("touch");
      if (path == "touch.code_id" && touch != other.props.end()) mine.props["touch"] = touch->value();
    }
  }

  void some(const Events& events, const std::vector<Value>& values) {
    auto places = edges(events.window);
    add_lengths(values, places);
    add_lengths(events.where, places);
    const auto* since = std::get_if<Since>(&events.window);
    auto n = dice.chance(50) ? 1 : 2 + dice.below(2);  // one alone is seen best
    if (since != nullptr) {
      const auto from = pick(places);
      const bool first = dice.chance(50);
      const auto after = drawn(events.kind, events.where, from + (dice.chance(60) ? Millis(0) : hair()));
      if (first) add(drawn(since->kind, since->where, from));
      add(after);
      if (!first) add(drawn(since->kind, since->where, from));
      n = dice.below(2);
    }
    for (; n > 0; --n) add(drawn(events.kind, events.where, pick(places)));
  }

  /// The time is just over, or just not; the answer comes with the event, in the last moment or too late.
  void promise(const Without& w) {
    const auto length = length_of(w.length);
    const auto at = dice.chance(65) ? m.now - length - (dice.chance(60) ? Millis(0) : hair()) : pick(edges(w.did.window));
    const auto began = drawn(w.did.kind, w.did.where, at);
    const auto late = pick(std::array{Millis(0), Millis(0), Millis(1), length - Millis(1), length, length, length, length + Millis(1)});
    auto answer = drawn(w.missing.kind, w.missing.where, at + late);
    share(answer, began, w.same);
    const auto order = dice.below(10);
    if (order < 2) add(answer);
    add(began);
    if (order >= 2 && order < 7) add(answer);
  }

  /// Step after step, each just in time or just too late; now and then something in between, or at the same instant.
  void walk(const Sequence& s) {
    struct Told { Millis after; plain::Event event; };
    std::vector<Told> told;
    Millis at{0};
    const auto put = [&](const std::string& kind, const Clauses& where, Millis after) {
      auto event = drawn(kind, where, m.now);
      if (!told.empty()) share(event, told.front().event, s.same);
      told.push_back({after, std::move(event)});
    };
    for (const auto& step : s.steps) {
      const auto gap = step.within ? pick(std::array{length_of(*step.within), length_of(*step.within), length_of(*step.within) + Millis(1), hair() + Millis(1)})
                                   : pick(std::array{Millis(0), Millis(0), Millis(1), Millis(3'600'000)});
      const bool first = told.empty();
      const auto before = at;
      for (std::int64_t n = 1; n <= step.times; ++n) {
        if (n == step.times && (!first || step.times > 1)) at = before + gap;
        if (n == step.times && !step.unless.empty() && dice.chance(60))
          put(step.unless[0].kind, step.unless[0].where, dice.chance(50) ? before : at);
        put(step.kind, step.where, n == step.times ? at : before);
      }
      if (!step.unless.empty() && dice.chance(20)) put(step.unless[0].kind, step.unless[0].where, at);
      if (dice.chance(8)) put("*", {}, at);
    }
    if (told.size() > 1 && dice.chance(25)) std::swap(told[dice.below(told.size())].event, told[dice.below(told.size())].event);
    // It ends now, or the whole of it begins or ends at an edge of the window.
    const auto edge = dice.chance(60) ? m.now : pick(edges(s.window));
    const auto begin = edge < m.now && dice.chance(50) ? edge : std::min(edge, m.now) - at;
    for (auto& one : told) {
      one.event.at = begin + one.after;
      add(std::move(one.event));
    }
  }
};

inline void RandomRules::add_story(plain::History& h, const Clause& clause, Instant now) {
  Telling{*this, h, {now, plain::zone_named(h.zone)}}.tell(clause);
}

}  // namespace koi::segments
