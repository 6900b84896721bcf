// Every clause names the instants at which it may change; the earliest is the answer. Windows over events change when one of
// the kind enters or leaves, whatever its conditions: a little too early costs one more look, too late costs the truth.
#include "segments/flip.h"

#include "segments/past.h"

namespace koi::segments {
namespace {

/// The earliest instant after now of all it is told.
class Earliest {
 public:
  explicit Earliest(const Moment& m) : m_(m) {}
  void at(Instant t) { if (t > m_.now) best_ = std::min(best_, t); }
  const Moment& moment() const { return m_; }
  Instant best() const { return best_; }

 private:
  const Moment& m_;
  Instant best_ = Instant::max();
};

constexpr Millis kNext{1};

/// The day the next one comes into reach, and the day after it.
void add_anniversary(const Compare& c, const std::optional<Known>& k, Earliest& out) {
  const auto& m = out.moment();
  const auto* day = k ? std::get_if<LocalDay>(&*k) : nullptr;
  const auto date = day != nullptr ? std::optional(*day) : std::nullopt;
  if (!date) return k ? out.at(m.zone.start_of(m.zone.day_of(m.now) + std::chrono::days(1))) : void();
  const auto next = next_anniversary(*date, m.zone.day_of(m.now));
  const auto reach = std::chrono::floor<std::chrono::days>(length_of(std::get<Duration>(c.values[0])));
  out.at(m.zone.start_of(next - reach));
  out.at(m.zone.start_of(next + std::chrono::days(1)));
}

/// When an operator that looks at the clock may change on a value that stands still.
void add_operator(const Compare& c, const std::optional<Known>& k, Earliest& out) {
  const auto& m = out.moment();
  if (c.op == Op::during) {
    const auto& calendar = std::get<Calendar>(c.values[0]);
    const auto mine = k ? instant_of(*k, m) : std::nullopt;
    const bool over = !k || (mine && *mine < period_of(calendar, m).from);  // stretches of the calendar only move on
    return over ? void() : out.at(next_period(calendar, m));
  }
  if (c.op == Op::anniversary) return add_anniversary(c, k, out);
  const bool clock = c.op == Op::in_last || c.op == Op::in_next || c.op == Op::older || c.op == Op::ahead;
  const auto at = clock && k ? instant_of(*k, m) : std::nullopt;
  if (!at) return;
  const auto length = length_of(std::get<Duration>(c.values[0]));
  out.at(*at);
  out.at(*at + length);
  out.at(*at - length);
}

bool looks_at_clock(const Compare& c) {
  return c.op == Op::in_last || c.op == Op::in_next || c.op == Op::older || c.op == Op::ahead || c.op == Op::during || c.op == Op::anniversary;
}

/// Conditions on events that look at the clock: each event and each member of its lists may change.
void add_conditions(const Clauses& where, const std::string& kind, const std::optional<std::string>& list, const Past& past, Earliest& out);

void add_condition(const Clause& c, const std::string& kind, const std::optional<std::string>& list, const Past& past, Earliest& out) {
  if (const auto* group = std::get_if<Group>(&c.is)) return add_conditions(group->of, kind, list, past, out);
  if (const auto* element = std::get_if<Element>(&c.is)) return add_conditions(element->where, kind, element->list, past, out);
  const auto* compare = std::get_if<Compare>(&c.is);
  if (compare == nullptr || !looks_at_clock(*compare)) return;
  const auto& field = std::get<Field>(compare->subject);
  for (const auto place : past.deeds().of(kind)) {
    if (place >= past.end()) return;
    const auto known = past.property(place, list ? *list : field.name);
    if (!list) add_operator(*compare, known, out);
    const auto* members = list && known ? std::get_if<List>(&*known) : nullptr;
    if (members == nullptr) continue;
    each_member(*members, [&](const boost::json::value& member) {
      add_operator(*compare, field.name == "it" ? known_of(member) : member_property(member, field.name), out);
      return true;
    });
  }
}

void add_conditions(const Clauses& where, const std::string& kind, const std::optional<std::string>& list, const Past& past, Earliest& out) {
  for (const auto& c : where) add_condition(c, kind, list, past, out);
}

/// The first event of the kind that is still to pass an edge `length` behind now.
void add_edge(const std::string& kind, Millis length, const Past& past, Earliest& out) {
  const auto of = past.deeds().of(kind);
  const auto edge = out.moment().now - length;
  const auto first = std::ranges::partition_point(of, [&](std::uint32_t place) { return past.at(place).at <= edge; });
  if (first != of.end()) out.at(past.at(*first).at + length);
}

/// Stretches of the calendar only move on: what lies before this one is in none that comes.
void add_period(const Calendar& calendar, const std::string& kind, const Past& past, Earliest& out) {
  const auto of = past.deeds().of(kind);
  if (!of.empty() && past.at(of.back()).at >= period_of(calendar, out.moment()).from) out.at(next_period(calendar, out.moment()));
}

void add_window(const Window& window, const std::string& kind, const Past& past, Earliest& out) {
  if (const auto* last = std::get_if<Last>(&window)) add_edge(kind, length_of(last->length), past, out);
  if (const auto* calendar = std::get_if<Calendar>(&window)) add_period(*calendar, kind, past, out);
  if (const auto* since = std::get_if<Since>(&window)) add_conditions(since->where, since->kind, {}, past, out);
  const auto* ago = std::get_if<Ago>(&window);
  if (ago == nullptr) return;
  add_edge(kind, length_of(ago->from), past, out);
  add_edge(kind, length_of(ago->to), past, out);
}

void add_events(const Events& events, const Past& past, Earliest& out) {
  add_window(events.window, events.kind, past, out);
  add_conditions(events.where, events.kind, {}, past, out);
}

/// Lengths of time that grow with the clock meet the operands at known instants.
void add_growing(const Compare& c, const Aggregate& a, const Past& past, Earliest& out) {
  const auto known = past.aggregate(a);
  const auto* length = known ? std::get_if<Length>(&*known) : nullptr;
  if (length == nullptr) return;
  const auto since = out.moment().now - Millis(static_cast<std::int64_t>(length->ms.over));
  for (const auto& value : c.values)
    if (const auto* operand = std::get_if<Duration>(&value)) {
      out.at(since + length_of(*operand));
      out.at(since + length_of(*operand) + kNext);
    }
}

void add_compare(const Compare& c, const Facts& facts, const Past& past, Earliest& out) {
  if (const auto* field = std::get_if<Field>(&c.subject)) {
    out.at(facts.changes_at(*field, out.moment().now));
    if (looks_at_clock(c)) add_operator(c, facts.of(*field), out);
    return;
  }
  const auto& a = std::get<Aggregate>(c.subject);
  add_events(a.events, past, out);
  if (a.fn == Fn::trend) add_edge(a.events.kind, 2 * length_of(std::get<Last>(a.events.window).length), past, out);
  if (a.fn == Fn::recency || a.fn == Fn::tenure) add_growing(c, a, past, out);
  if (looks_at_clock(c)) add_operator(c, past.aggregate(a), out);
}

void add_without(const Without& w, const Past& past, Earliest& out) {
  add_events(w.did, past, out);
  add_conditions(w.missing.where, w.missing.kind, {}, past, out);
  add_edge(w.did.kind, length_of(w.length), past, out);
}

void add_sequence(const Sequence& s, const Past& past, Earliest& out) {
  for (const auto& step : s.steps) {
    add_window(s.window, step.kind, past, out);
    add_conditions(step.where, step.kind, {}, past, out);
    for (const auto& unless : step.unless) add_conditions(unless.where, unless.kind, {}, past, out);
  }
}

void add_changed(const Changed& c, const Facts& facts, Earliest& out) {
  if (const auto* calendar = std::get_if<Calendar>(&c.window)) return out.at(next_period(*calendar, out.moment()));
  const auto* last = std::get_if<Last>(&c.window);
  const auto* ago = std::get_if<Ago>(&c.window);
  for (const auto& change : facts.changes(c.attribute)) {
    out.at(change.at);
    if (last != nullptr) out.at(change.at + length_of(last->length));
    if (ago == nullptr) continue;
    out.at(change.at + length_of(ago->from));
    out.at(change.at + length_of(ago->to));
  }
}

void add_clause(const Clause& c, const Facts& facts, const Past& past, Earliest& out) {
  if (const auto* group = std::get_if<Group>(&c.is))
    for (const auto& inner : group->of) add_clause(inner, facts, past, out);
  else if (const auto* compare = std::get_if<Compare>(&c.is)) add_compare(*compare, facts, past, out);
  else if (const auto* did = std::get_if<Did>(&c.is)) add_events(did->events, past, out);
  else if (const auto* without = std::get_if<Without>(&c.is)) add_without(*without, past, out);
  else if (const auto* sequence = std::get_if<Sequence>(&c.is)) add_sequence(*sequence, past, out);
  else if (const auto* changed = std::get_if<Changed>(&c.is)) add_changed(*changed, facts, out);
}

}  // namespace

Instant next_flip(const Rule& rule, const Facts& facts, const Deeds& deeds, const Moment& m) {
  Earliest out(m);
  if (facts.erased()) return out.best();
  const Past past(deeds, m);
  if (past.end() < deeds.all().size()) out.at(past.at(past.end()).at);  // dated ahead
  add_clause(rule.root, facts, past, out);
  return out.best();
}

}  // namespace koi::segments
