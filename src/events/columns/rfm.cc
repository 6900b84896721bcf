#include <bit>
#include <map>

#include "events/columns/tally.h"

namespace koi::events::columns {

namespace {

struct Buyer { std::int64_t last = INT64_MIN, fen = 0; std::uint32_t count = 0; Ordinal who = 0; };
using Lists = std::vector<std::vector<Buyer>>;  // one a thread

/// When last, how often, how much: of everybody who did it at all.
struct Buying {
  using State = Buyer;
  struct Binding {
    const Part* part;
    Wanted wanted;
    std::vector<const Lane*> lanes;
    Test test;
    std::vector<const Column*> columns;
  };

  void reset(State& s, Ordinal o) const { s = {.who = o}; }
  Binding bind(const Part& part) const {
    Test test(of->what.where, part, *source_of);
    const bool alone = of->what.kinds.size() == 1 && test.always() && of->property == kAmount;
    const auto* lane = alone ? part.lane(of->what.kinds[0]) : nullptr;
    static const std::vector<std::int64_t> kNone{-1};
    Binding b{&part, Wanted(part, lane != nullptr || test.never() ? kNone : of->what.kinds), {}, std::move(test), {}};
    if (lane != nullptr) b.lanes.push_back(lane);
    for (const auto& column : part.columns())
      if (column.name() == of->property && column.numeric() && column.type() != ValueType::decimal) b.columns.push_back(&column);
    return b;
  }
  void count(State& s, std::int64_t at, std::int64_t fen) const {
    if (at < of->from_ms || at >= of->to_ms) return;
    ++s.count;
    s.last = std::max(s.last, at);
    s.fen += fen;
  }
  bool row(State& s, const Binding& b, std::uint32_t row) const {
    if (!b.test(row)) return false;
    std::int64_t fen = 0;
    for (const auto* column : b.columns)
      if (const auto cell = column->cell(row); cell != Column::kNone) fen += column->number(cell);
    count(s, b.part->at(row), fen);
    return false;
  }
  void lane(State& s, const Binding& b, std::size_t, std::uint32_t from, std::uint32_t to) const {
    const auto& lane = *b.lanes[0];
    auto sum = s;
    for (auto i = from; i < to; ++i) count(sum, lane.at(i), lane.fen(i));
    s = sum;
  }
  void merge(State& into, const State& from) const {
    into.count += from.count;
    into.last = std::max(into.last, from.last);
    into.fen += from.fen;
  }
  void person(Ordinal, const State& s) {
    if (s.count > 0) lists[0].push_back(s);
  }
  void absorb(Buying&& other) { std::ranges::move(other.lists, std::back_inserter(lists)); }

  const TallyOf* of;
  const SourceNames* source_of;
  Lists lists = Lists(1);
};

/// Values at which a person leaves group j for group j + 1: the ones at the ranks where groups end. Counted by their leading
/// bits first, so that only the few values beside a bound have to be put in order.
template <class Value>
std::vector<std::int64_t> bounds_of(const Lists& lists, std::size_t people, int tiles, Value value) {
  constexpr std::uint64_t kBins = 1 << 16;
  const auto each = [&](auto&& fn) {
    for (const auto& list : lists)
      for (const auto& one : list) fn(static_cast<std::int64_t>(value(one)));
  };
  auto low = INT64_MAX, high = INT64_MIN;
  each([&](std::int64_t v) { low = std::min(low, v), high = std::max(high, v); });
  const auto range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  const auto shift = range < kBins ? 0 : static_cast<int>(std::bit_width(range / kBins));
  const auto bin = [=](std::int64_t v) { return (static_cast<std::uint64_t>(v) - static_cast<std::uint64_t>(low)) >> shift; };
  std::vector<std::uint32_t> counts(kBins);
  each([&](std::int64_t v) { ++counts[bin(v)]; });
  struct Bound { std::uint64_t bin; std::size_t rank; };  // the rank inside the bin
  std::vector<Bound> bounds;
  std::map<std::uint64_t, std::vector<std::int64_t>> beside;
  std::size_t before = 0;
  std::uint64_t at = 0;
  for (int j = 1; j < tiles; ++j) {
    const auto ends = (static_cast<std::size_t>(j) * people + static_cast<std::size_t>(tiles) - 1) / static_cast<std::size_t>(tiles);
    const auto rank = std::max<std::size_t>(ends, 1) - 1;
    while (before + counts[at] <= rank) before += counts[at++];
    bounds.push_back({at, rank - before});
    beside[at].reserve(counts[at]);
  }
  std::vector<std::vector<std::int64_t>*> wanted(kBins);
  for (auto& [which, list] : beside) wanted[which] = &list;
  each([&](std::int64_t v) { if (auto* list = wanted[bin(v)]) list->push_back(v); });
  std::vector<std::int64_t> out;
  for (const auto& [which, rank] : bounds) {
    auto& list = beside[which];
    std::ranges::nth_element(list, list.begin() + static_cast<std::ptrdiff_t>(rank));
    out.push_back(list[rank]);
  }
  return out;
}

int group_of(const std::vector<std::int64_t>& bounds, std::int64_t value) {
  int group = 1;
  for (const auto bound : bounds) group += value > bound ? 1 : 0;
  return group;
}

struct Bounds { std::vector<std::int64_t> r, f, m; };

/// The cells of some people, all of them in order; those of the cell asked for.
struct Cells {
  Cells(const RfmQuestion& question, const Bounds& b) : q(&question), bounds(&b), tiles(static_cast<std::size_t>(question.tiles)), cells(tiles * tiles * tiles) {}
  void add(const std::vector<Buyer>& buyers) {
    for (const auto& one : buyers) {
      const RfmCell at{group_of(bounds->r, one.last), group_of(bounds->f, one.count), group_of(bounds->m, one.fen), 0, 0};
      auto& cell = cells[(static_cast<std::size_t>(at.r - 1) * tiles + static_cast<std::size_t>(at.f - 1)) * tiles + static_cast<std::size_t>(at.m - 1)];
      cell = {at.r, at.f, at.m, cell.people + 1, cell.fen + one.fen};
      const auto& want = q->cell;
      if (want && (want->r == 0 || want->r == at.r) && (want->f == 0 || want->f == at.f) && (want->m == 0 || want->m == at.m)) in.add(one.who);
    }
  }
  void absorb(const Cells& other) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto& more = other.cells[i];
      if (more.people > 0) cells[i] = {more.r, more.f, more.m, cells[i].people + more.people, cells[i].fen + more.fen};
    }
    in |= other.in;
  }

  const RfmQuestion* q;
  const Bounds* bounds;
  std::size_t tiles;
  std::vector<RfmCell> cells;
  People in;
};

Bounds find_bounds(const Lists& lists, std::size_t people, int tiles) {
  Bounds out;
  std::jthread beside([&] { out.r = bounds_of(lists, people, tiles, [](const Buyer& one) { return one.last; }); });
  out.m = bounds_of(lists, people, tiles, [](const Buyer& one) { return one.fen; });
  out.f = bounds_of(lists, people, tiles, [](const Buyer& one) { return one.count; });
  beside.join();
  return out;
}

}  // namespace

RfmAnswer rfm(const View& view, const ScanOptions& given, const RfmQuestion& question) {
  auto options = given;
  options.from_ms = std::max(options.from_ms, question.of.from_ms);
  options.to_ms = std::min(options.to_ms, question.of.to_ms);
  const auto lists = scan(view, options, Buying{.of = &question.of, .source_of = &question.source_of}).lists;
  RfmAnswer answer;
  for (const auto& list : lists) answer.people += list.size();
  if (answer.people == 0) return answer;
  const auto bounds = find_bounds(lists, answer.people, question.tiles);
  std::vector<Cells> found(lists.size(), Cells(question, bounds));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < lists.size(); ++i) threads.emplace_back([&, i] { found[i].add(lists[i]); });
    found[0].add(lists[0]);
  }
  for (std::size_t i = 1; i < found.size(); ++i) found[0].absorb(found[i]);
  for (const auto& cell : found[0].cells)
    if (cell.people > 0) answer.cells.push_back(cell);
  answer.in = std::move(found[0].in);
  return answer;
}

}  // namespace koi::events::columns
