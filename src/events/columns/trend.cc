#include "events/columns/trend.h"

#include <boost/unordered/unordered_flat_map.hpp>

namespace koi::events::columns {

namespace {

struct Trending {
  /// A person's groups and the period each was last seen in.
  struct State { std::vector<std::pair<std::uint32_t, std::uint32_t>> seen; std::uint32_t group; bool wanted; };
  struct Binding { const Part* part; Wanted wanted; Test test; Groups::Bound group; std::vector<const Column*> columns; };
  struct Tally {
    std::vector<TrendPoint> points;
    TrendPoint total;
    boost::unordered_flat_map<double, std::uint64_t> spread;
  };

  // Not merged: a person's periods only rise.
  Trending(const TrendQuestion& question, Groups& g) : q(&question), groups(&g) {}
  void reset(State& s, Ordinal o) const {
    s.seen.clear();
    s.group = groups->of_person(o);
    s.wanted = false;
  }
  Binding bind(const Part& part) const {
    Binding b{&part, Wanted(part, q->what.kinds), Test(q->what.where, part, q->source_of), groups->bind(part, q->source_of), {}};
    for (const auto& column : part.columns())
      if (column.name() == q->property && column.numeric()) b.columns.push_back(&column);
    return b;
  }
  bool row(State& s, const Binding& b, std::uint32_t row) {
    const auto period = q->periods.of(b.part->seconds()[row]);
    if (period == Periods::outside() || !b.test(row)) return false;
    const auto group = groups->by_person() ? s.group : groups->of(b.group, row);
    const auto seen = std::ranges::find(s.seen, group, &std::pair<std::uint32_t, std::uint32_t>::first);
    auto& tally = tally_of(group);
    auto& point = tally.points[period];
    if (seen == s.seen.end()) {
      s.seen.emplace_back(group, period);
      ++tally.total.people;
      ++point.people;
    } else if (std::exchange(seen->second, period) != period) {
      ++point.people;
    }
    ++point.events;
    for (const auto* column : b.columns) {
      const auto cell = column->cell(row);
      if (cell == Column::kNone) continue;
      ++point.valued;
      if (column->type() == ValueType::decimal) point.decimals += column->decimal(cell);
      else point.sum += column->number(cell);
      if (q->spread) ++tally.spread[column->as_double(cell)];
    }
    if (q->collect && (q->period == TrendQuestion::kEvery || q->period == period) && (q->every_group || groups->names()[group] == q->group))
      s.wanted = true;
    return false;
  }
  void person(Ordinal o, State& s) {
    if (s.wanted) in.add(o);
  }
  Tally& tally_of(std::uint32_t group) {
    if (group >= tallies.size()) tallies.resize(std::size_t{group} + 1);
    auto& tally = tallies[group];
    if (tally.points.empty()) tally.points.resize(q->periods.size());
    return tally;
  }
  static void add(TrendPoint& to, const TrendPoint& from) {
    to.events += from.events;
    to.people += from.people;
    to.valued += from.valued;
    to.sum += from.sum;
    to.decimals += from.decimals;
  }
  void absorb(Trending&& other) {
    for (std::uint32_t g = 0; g < other.tallies.size(); ++g) {
      auto& from = other.tallies[g];
      if (from.points.empty()) continue;
      auto& to = tally_of(g);
      for (std::size_t i = 0; i < to.points.size(); ++i) add(to.points[i], from.points[i]);
      add(to.total, from.total);
      for (const auto& [value, n] : from.spread) to.spread[value] += n;
    }
    in |= other.in;
  }

  const TrendQuestion* q;
  Groups* groups;
  std::vector<Tally> tallies;
  People in;
};

}  // namespace

TrendAnswer trend(const View& view, const ScanOptions& given, const TrendQuestion& q) {
  auto options = given;
  options.from_ms = to_ms(q.periods.start(0));
  options.to_ms = to_ms(q.periods.start(q.periods.size()));
  Groups groups(q.by);
  auto found = scan(view, options, Trending(q, groups));
  TrendAnswer out{{}, std::move(found.in)};
  for (std::uint32_t g = 0; g < found.tallies.size(); ++g) {
    auto& tally = found.tallies[g];
    if (tally.points.empty()) continue;
    const auto people = tally.total.people;
    for (const auto& point : tally.points) Trending::add(tally.total, point);
    tally.total.people = people;  // of all periods together, each once
    out.groups.push_back({groups.names()[g], std::move(tally.points), tally.total, {tally.spread.begin(), tally.spread.end()}});
  }
  std::ranges::stable_sort(out.groups, std::greater{}, [](const TrendGroup& group) { return group.total.events; });
  return out;
}

}  // namespace koi::events::columns
