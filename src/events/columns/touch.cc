#include "events/columns/touch.h"

#include <boost/container/small_vector.hpp>

#include "base/types.h"
#include "events/columns/recent.h"

namespace koi::events::columns {

namespace {

struct Crediting {
  struct Binding;
  struct Seen {
    const Binding* binding;
    std::uint32_t row, second;
    std::int64_t at() const { return binding->part->at(row); }
  };
  /// earned: the touch that earned last, and its group: the conversions after it are often the same touch's.
  struct State { boost::container::small_vector<Seen, 3> touches; std::size_t head, earned; std::uint32_t earned_group, group; bool wanted; };  // group: of the person
  enum Role : std::uint8_t { is_touch = 1, is_conversion = 2 };
  struct Binding { const Part* part; Wanted wanted; std::vector<std::uint8_t> role; Test touch_test, conversion_test; Groups::Bound group; };
  struct Tally { double conversions = 0; std::int64_t fen = 0; };
  static constexpr auto kNone = SIZE_MAX;

  Crediting(const TouchQuestion& question, Groups& g)
      : q(&question), groups(&g), from_s(question.from_ms / 1000), to_s(question.to_ms / 1000), lookback_s(question.lookback_ms / 1000) {}

  void reset(State& s, Ordinal o) const {
    s.touches.clear();
    s.head = 0;
    s.earned = kNone;
    s.group = groups->of_person(o);
    s.wanted = false;
  }
  Binding bind(const Part& part) const {
    auto kinds = q->touch.kinds;
    kinds.insert(kinds.end(), q->conversion.kinds.begin(), q->conversion.kinds.end());
    const auto touch = codes_of(part, q->touch.kinds), conversion = codes_of(part, q->conversion.kinds);
    std::vector<std::uint8_t> role(part.kinds().size());
    for (std::size_t code = 0; code < role.size(); ++code) role[code] = static_cast<std::uint8_t>((touch[code] ? is_touch : 0) | (conversion[code] ? is_conversion : 0));
    return {&part, Wanted(part, kinds), std::move(role), Test(q->touch.where, part, q->source_of), Test(q->conversion.where, part, q->source_of),
            groups->bind(part, q->source_of)};
  }
  bool row(State& s, const Binding& b, std::uint32_t row) {
    const auto second = std::int64_t{b.part->seconds()[row]};
    if (second > to_s) return true;
    const auto role = b.role[b.part->kind_code(row)];
    if ((role & is_touch) != 0 && b.touch_test(row)) {
      s.touches.emplace_back(&b, row, static_cast<std::uint32_t>(second));
      if (s.touches.size() == 1 && !groups->by_person()) groups->fetch(b.group, row);
    }
    if ((role & is_conversion) == 0 || !b.conversion_test(row)) return false;
    if (const Seen here{&b, row, static_cast<std::uint32_t>(second)}; is_asked_for(here)) convert(s, here);
    return false;
  }
  /// Thousandths are read only at the edges, here and below: they lie far from everything else.
  bool is_asked_for(const Seen& conversion) const {
    const auto second = std::int64_t{conversion.second};
    if (second != from_s && second != to_s) return second > from_s && second < to_s;
    const auto at = conversion.at();
    return at >= q->from_ms && at < q->to_ms;
  }
  bool too_early(const Seen& touch, const Seen& conversion) const {
    const auto between = std::int64_t{conversion.second} - touch.second;
    if (between < lookback_s || between > lookback_s + 1) return between > lookback_s;
    return conversion.at() - touch.at() > q->lookback_ms;
  }
  void convert(State& s, const Seen& conversion) {
    const auto fen = conversion.binding->part->amount(conversion.row);
    while (s.head < s.touches.size() && too_early(s.touches[s.head], conversion)) ++s.head;
    if (s.head == s.touches.size()) {
      untouched.conversions += 1;
      untouched.fen += fen;
      s.wanted = s.wanted || (q->collect && q->untouched);
    } else if (q->credit == Credit::linear) {
      const auto n = s.touches.size() - s.head;
      const auto parts = split(Fen{fen}, std::vector<std::int64_t>(n, 1));
      for (std::size_t i = 0; i < n; ++i) earn(s, s.head + i, 1.0 / static_cast<double>(n), parts[i].v);
    } else {
      earn(s, q->credit == Credit::first ? s.head : s.touches.size() - 1, 1, fen);
    }
  }
  void earn(State& s, std::size_t touch, double conversions, std::int64_t fen) {
    if (s.earned != touch) {
      s.earned = touch;
      s.earned_group = groups->by_person() ? s.group : groups->of(s.touches[touch].binding->group, s.touches[touch].row);
    }
    give(s.earned_group, conversions, fen);
    s.wanted = s.wanted || (q->collect && !q->untouched && (!q->group || groups->names()[s.earned_group] == *q->group));
  }
  void give(std::uint32_t group, double conversions, std::int64_t fen) {
    if (group >= tallies.size()) tallies.resize(std::size_t{group} + 1);
    tallies[group].conversions += conversions;
    tallies[group].fen += fen;
  }
  void person(Ordinal o, State& s) {
    if (s.wanted) in.add(o);
  }
  void absorb(Crediting&& other) {
    for (std::uint32_t g = 0; g < other.tallies.size(); ++g) give(g, other.tallies[g].conversions, other.tallies[g].fen);
    untouched.conversions += other.untouched.conversions;
    untouched.fen += other.untouched.fen;
    in |= other.in;
  }

  const TouchQuestion* q;
  Groups* groups;
  std::int64_t from_s, to_s, lookback_s;
  std::vector<Tally> tallies = {};
  Tally untouched = {};
  People in = {};
};

}  // namespace

TouchAnswer touch(const View& view, const ScanOptions& given, const TouchQuestion& q) {
  auto options = given;
  options.to_ms = q.to_ms;
  options.from_ms = q.from_ms == INT64_MIN ? INT64_MIN : q.from_ms - q.lookback_ms;
  // Most people convert seldom, and the touches of those who did not are nobody's.
  const auto converted = recent(view, q.conversion.kinds, q.from_ms, q.to_ms).possible();
  options.likely = &converted;
  Groups groups(q.by);
  auto found = scan(view, options, Crediting(q, groups));
  TouchAnswer out{{}, std::move(found.in)};
  for (std::uint32_t g = 0; g < found.tallies.size(); ++g)
    if (found.tallies[g].conversions > 0) out.groups.push_back({groups.names()[g], false, found.tallies[g].conversions, found.tallies[g].fen});
  std::ranges::stable_sort(out.groups, std::greater{}, &TouchGroup::conversions);
  out.groups.push_back({{}, true, found.untouched.conversions, found.untouched.fen});
  return out;
}

}  // namespace koi::events::columns
