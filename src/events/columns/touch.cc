#include "events/columns/touch.h"

#include "base/types.h"

namespace koi::events::columns {

namespace {

struct Crediting {
  struct Binding;
  struct Seen { const Binding* binding; std::uint32_t row, second; };  // its group is asked for when it earns something
  struct State { std::vector<Seen> touches; std::size_t head; std::uint32_t group; bool wanted; };  // group: of the person
  struct Binding { const Part* part; Wanted wanted; std::vector<bool> touch, conversion; Test touch_test, conversion_test; Groups::Bound group; };
  struct Tally { double conversions = 0; std::int64_t fen = 0; };

  void reset(State& s, Ordinal o) const {
    s.touches.clear();
    s.head = 0;
    s.group = groups->of_person(o);
    s.wanted = false;
  }
  Binding bind(const Part& part) const {
    auto kinds = q->touch.kinds;
    kinds.insert(kinds.end(), q->conversion.kinds.begin(), q->conversion.kinds.end());
    return {&part, Wanted(part, kinds), codes_of(part, q->touch.kinds), codes_of(part, q->conversion.kinds), Test(q->touch.where, part, q->source_of),
            Test(q->conversion.where, part, q->source_of), groups->bind(part, q->source_of)};
  }
  bool row(State& s, const Binding& b, std::uint32_t row) {
    const auto second = std::int64_t{b.part->seconds()[row]};
    if (second < earliest_s) return false;
    if (second > latest_s) return true;
    const auto code = b.part->kind_code(row);
    if (b.touch[code] && b.touch_test(row)) s.touches.push_back({&b, row, static_cast<std::uint32_t>(second)});
    if (!b.conversion[code] || !b.conversion_test(row)) return false;
    const auto at = b.part->at(row);
    if (at >= q->from_ms && at < q->to_ms) convert(s, at, b.part->amount(row));
    return false;
  }
  /// Thousandths are read only at the edge.
  static bool before(const Seen& seen, std::int64_t edge_ms) {
    const auto second = std::int64_t{seen.second}, edge = edge_ms / 1000;
    return second != edge ? second < edge : seen.binding->part->at(seen.row) < edge_ms;
  }
  void convert(State& s, std::int64_t at, std::int64_t fen) {
    while (s.head < s.touches.size() && before(s.touches[s.head], at - q->lookback_ms)) ++s.head;
    if (s.head == s.touches.size()) {
      untouched.conversions += 1;
      untouched.fen += fen;
      s.wanted = s.wanted || (q->collect && q->untouched);
    } else if (q->credit == Credit::linear) {
      const auto n = s.touches.size() - s.head;
      const auto parts = split(Fen{fen}, std::vector<std::int64_t>(n, 1));
      for (std::size_t i = 0; i < n; ++i) earn(s, s.touches[s.head + i], 1.0 / static_cast<double>(n), parts[i].v);
    } else {
      earn(s, q->credit == Credit::first ? s.touches[s.head] : s.touches.back(), 1, fen);
    }
  }
  void earn(State& s, const Seen& seen, double conversions, std::int64_t fen) {
    const auto group = groups->by_person() ? s.group : groups->of(seen.binding->group, seen.row);
    give(group, conversions, fen);
    s.wanted = s.wanted || (q->collect && !q->untouched && (!q->group || groups->names()[group] == *q->group));
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
  std::int64_t earliest_s, latest_s;
  std::vector<Tally> tallies = {};
  Tally untouched = {};
  People in = {};
};

}  // namespace

TouchAnswer touch(const View& view, const ScanOptions& given, const TouchQuestion& q) {
  auto options = given;
  options.to_ms = q.to_ms;
  options.from_ms = q.from_ms == INT64_MIN ? INT64_MIN : q.from_ms - q.lookback_ms;
  const auto earliest = options.from_ms == INT64_MIN ? 0 : options.from_ms / 1000 - 1;
  Groups groups(q.by);
  auto found = scan(view, options, Crediting{.q = &q, .groups = &groups, .earliest_s = earliest, .latest_s = q.to_ms / 1000});
  TouchAnswer out{{}, std::move(found.in)};
  for (std::uint32_t g = 0; g < found.tallies.size(); ++g)
    if (found.tallies[g].conversions > 0) out.groups.push_back({groups.names()[g], false, found.tallies[g].conversions, found.tallies[g].fen});
  std::ranges::stable_sort(out.groups, std::greater{}, &TouchGroup::conversions);
  out.groups.push_back({{}, true, found.untouched.conversions, found.untouched.fen});
  return out;
}

}  // namespace koi::events::columns
