// Every clause names the instants at which it may change; the earliest is the answer. Windows over events change when one of
// the kind enters or leaves, whatever its conditions: a little too early costs one more look, too late costs the truth.
#include "segments/flip.h"

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
void note_anniversary(const Compare& c, const std::optional<Known>& k, Earliest& out) {
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
void note_operator(const Compare& c, const std::optional<Known>& k, Earliest& out) {
  const auto& m = out.moment();
  if (c.op == Op::during) {
    const auto& calendar = std::get<Calendar>(c.values[0]);
    const auto mine = k ? instant_of(*k, m) : std::nullopt;
    const bool over = !k || (mine && *mine < period_of(calendar, m).from);  // stretches of the calendar only move on
    return over ? void() : out.at(next_period(calendar, m));
  }
  if (c.op == Op::anniversary) return note_anniversary(c, k, out);
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

/// Whether a condition on events does, or one on the members of their lists.
bool any_looks_at_clock(const Clauses& where) {
  return std::ranges::any_of(where, [](const Clause& c) {
    if (const auto* group = std::get_if<Group>(&c.is)) return any_looks_at_clock(group->of);
    if (const auto* element = std::get_if<Element>(&c.is)) return any_looks_at_clock(element->where);
    const auto* compare = std::get_if<Compare>(&c.is);
    return compare != nullptr && looks_at_clock(*compare);
  });
}

/// Conditions on events that look at the clock: each event and each member of its lists may change.
void note_conditions(const Clauses& where, const std::string& kind, const std::optional<std::string>& list, const Past& past, Earliest& out);

void note_condition(const Clause& c, const std::string& kind, const std::optional<std::string>& list, const Past& past, Earliest& out) {
  if (const auto* group = std::get_if<Group>(&c.is)) return note_conditions(group->of, kind, list, past, out);
  if (const auto* element = std::get_if<Element>(&c.is)) return note_conditions(element->where, kind, element->list, past, out);
  const auto* compare = std::get_if<Compare>(&c.is);
  if (compare == nullptr || !looks_at_clock(*compare)) return;
  const auto& field = std::get<Field>(compare->subject);
  for (const auto place : past.deeds().of(kind)) {
    if (place >= past.end()) return;
    const auto known = past.property(place, list ? *list : field.name);
    if (!list) note_operator(*compare, known, out);
    const auto* members = list && known ? std::get_if<List>(&*known) : nullptr;
    if (members == nullptr) continue;
    each_member(*members, [&](const boost::json::value& member) {
      note_operator(*compare, field.name == "it" ? known_of(member) : member_property(member, field.name), out);
      return true;
    });
  }
}

void note_conditions(const Clauses& where, const std::string& kind, const std::optional<std::string>& list, const Past& past, Earliest& out) {
  for (const auto& c : where) note_condition(c, kind, list, past, out);
}

/// The first event of those places that is still to pass each edge. The longest edge comes first, so that a step never goes back.
void note_edges(std::span<const Millis> edges, std::span<const std::uint32_t> of, const Past& past, Earliest& out) {
  auto next = of.begin();
  for (const auto length : edges) {
    while (next != of.end() && past.at(*next).at <= out.moment().now - length) ++next;
    if (next == of.end()) return;
    out.at(past.at(*next).at + length);
  }
}

/// Stretches of the calendar only move on: what lies before this one is in none that comes.
void note_period(const Calendar& calendar, std::span<const std::uint32_t> of, const Past& past, Earliest& out) {
  if (!of.empty() && past.at(of.back()).at >= period_of(calendar, out.moment()).from) out.at(next_period(calendar, out.moment()));
}

bool grows(const Aggregate& a) { return a.fn == Fn::recency || a.fn == Fn::tenure; }

/// Lengths of time that grow with the clock meet the operands at known instants.
void note_growing(const Compare& c, const std::optional<Known>& known, Earliest& out) {
  const auto* length = known ? std::get_if<Length>(&*known) : nullptr;
  if (length == nullptr) return;
  const auto since = out.moment().now - Millis(static_cast<std::int64_t>(length->ms.over));
  for (const auto& value : c.values)
    if (const auto* operand = std::get_if<Duration>(&value)) {
      out.at(since + length_of(*operand));
      out.at(since + length_of(*operand) + kNext);
    }
}

void note_aggregate(const Compare& c, const Past& past, Earliest& out) {
  const auto& a = std::get<Aggregate>(c.subject);
  const auto known = past.aggregate(a);
  if (grows(a)) note_growing(c, known, out);
  if (looks_at_clock(c)) note_operator(c, known, out);
}

void note_changed(const Changed& c, const Facts& facts, Earliest& out) {
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

void note_facts(const Clause& c, const Facts& facts, Earliest& out) {
  if (const auto* group = std::get_if<Group>(&c.is))
    for (const auto& inner : group->of) note_facts(inner, facts, out);
  if (const auto* changed = std::get_if<Changed>(&c.is)) note_changed(*changed, facts, out);
  const auto* compare = std::get_if<Compare>(&c.is);
  const auto* field = compare == nullptr ? nullptr : std::get_if<Field>(&compare->subject);
  if (field == nullptr) return;
  out.at(facts.changes_at(*field, out.moment().now));
  if (looks_at_clock(*compare)) note_operator(*compare, facts.of(*field), out);
}

}  // namespace

void Flips::add(const Rule& rule) { add_clause(rule.root); }

void Flips::add_clause(const Clause& c) {
  if (const auto* group = std::get_if<Group>(&c.is))
    for (const auto& inner : group->of) add_clause(inner);
  if (const auto* did = std::get_if<Did>(&c.is)) add_events(did->events);
  if (const auto* without = std::get_if<Without>(&c.is)) {
    add_events(without->did);
    add_conditions(without->missing.where, without->missing.kind);
    add_edge(without->did.kind, length_of(without->length));
  }
  if (const auto* sequence = std::get_if<Sequence>(&c.is))
    for (const auto& step : sequence->steps) {
      add_window(sequence->window, step.kind);
      add_conditions(step.where, step.kind);
      for (const auto& unless : step.unless) add_conditions(unless.where, unless.kind);
    }
  const auto* compare = std::get_if<Compare>(&c.is);
  const auto* aggregate = compare == nullptr ? nullptr : std::get_if<Aggregate>(&compare->subject);
  if (aggregate == nullptr) return;
  add_events(aggregate->events);
  if (aggregate->fn == Fn::trend) add_edge(aggregate->events.kind, 2 * length_of(std::get<Last>(aggregate->events.window).length));
  if (grows(*aggregate) || looks_at_clock(*compare)) aggregates_.push_back(compare);
}

void Flips::add_events(const Events& events) {
  add_window(events.window, events.kind);
  add_conditions(events.where, events.kind);
}

void Flips::add_window(const Window& window, const std::string& kind) {
  if (const auto* last = std::get_if<Last>(&window)) add_edge(kind, length_of(last->length));
  if (const auto* since = std::get_if<Since>(&window)) add_conditions(since->where, since->kind);
  if (const auto* calendar = std::get_if<Calendar>(&window)) {
    auto& periods = of(kind).periods;
    if (std::ranges::find(periods, *calendar) == periods.end()) periods.push_back(*calendar);
  }
  const auto* ago = std::get_if<Ago>(&window);
  if (ago == nullptr) return;
  add_edge(kind, length_of(ago->from));
  add_edge(kind, length_of(ago->to));
}

void Flips::add_conditions(const Clauses& where, const std::string& kind) {
  if (any_looks_at_clock(where)) conditions_.push_back({&where, &kind});
}

void Flips::add_edge(const std::string& kind, Millis length) {
  auto& edges = of(kind).edges;
  const auto at = std::ranges::lower_bound(edges, length, std::ranges::greater());
  if (at == edges.end() || *at != length) edges.insert(at, length);
}

Flips::Kind& Flips::of(const std::string& kind) {
  const auto known = std::ranges::find(kinds_, kind, &Kind::kind);
  return known != kinds_.end() ? *known : kinds_.emplace_back(Kind{.kind = kind, .edges = {}, .periods = {}});
}

Instant Flips::next(const Past& past) const {
  Earliest out(past.moment());
  if (past.end() < past.deeds().all().size()) out.at(past.at(past.end()).at);  // dated ahead
  for (const auto& kind : kinds_) {
    const auto of = past.deeds().of(kind.kind);
    note_edges(kind.edges, of, past, out);
    for (const auto& calendar : kind.periods) note_period(calendar, of, past, out);
  }
  for (const auto& conditions : conditions_) note_conditions(*conditions.where, *conditions.kind, {}, past, out);
  for (const auto* compare : aggregates_) note_aggregate(*compare, past, out);
  return out.best();
}

Instant next_flip_of_facts(const Rule& rule, const Facts& facts, const Moment& m) {
  Earliest out(m);
  note_facts(rule.root, facts, out);
  return out.best();
}

Instant next_flip(const Rule& rule, const Facts& facts, const Deeds& deeds, const Moment& m) {
  if (facts.erased()) return Instant::max();
  Flips of_deeds;
  of_deeds.add(rule);
  return std::min(of_deeds.next(Past(deeds, m)), next_flip_of_facts(rule, facts, m));
}

}  // namespace koi::segments
