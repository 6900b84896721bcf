#include "events/columns/tally.h"

#include <bit>
#include <cmath>
#include <map>

namespace koi::events::columns {

namespace {

struct Tallying {
  struct State { std::vector<Sum> sums; };
  /// What one question needs of one part.
  struct Bound { std::vector<bool> codes; Test test; std::vector<const Column*> columns; const Lane* lane; };
  struct Binding {
    const Part* part;
    Wanted wanted;
    std::vector<const Lane*> lanes;
    std::vector<Bound> of;
  };
  static constexpr bool kOrdered = false;

  void reset(State& s, Ordinal) const {
    if (s.sums.size() != of.size()) s.sums.resize(of.size());
    for (auto& sum : s.sums)
      if (sum.count != 0) sum = {};
  }

  Binding bind(const Part& part) const {
    std::vector<std::int64_t> kinds;
    std::vector<Bound> bounds;
    std::vector<const Lane*> lanes;
    for (const auto& one : of) {
      Bound bound{std::vector<bool>(part.kinds().size()), Test(one.what.where, part, *source_of), {}, nullptr};
      const bool idle = bound.test.never() || part.head().max_at < one.from_ms || part.head().min_at >= one.to_ms;
      if (!idle && one.what.kinds.size() == 1 && bound.test.always() && one.property == kAmount) bound.lane = part.lane(one.what.kinds[0]);
      if (bound.lane != nullptr) {
        if (std::ranges::find(lanes, bound.lane) == lanes.end()) lanes.push_back(bound.lane);
      } else if (!idle) {
        kinds.insert(kinds.end(), one.what.kinds.begin(), one.what.kinds.end());
        bound.codes = codes_of(part, one.what.kinds);
        for (const auto& column : part.columns())
          if (column.name() == one.property && column.numeric()) bound.columns.push_back(&column);
      }
      bounds.push_back(std::move(bound));
    }
    if (kinds.empty()) kinds.push_back(-1);  // none: no kind has this number
    return {&part, Wanted(part, kinds), std::move(lanes), std::move(bounds)};
  }

  static void count(Sum& sum, std::int64_t at) {
    ++sum.count;
    sum.first_at = std::min(sum.first_at, at);
    sum.last_at = std::max(sum.last_at, at);
  }
  static void value(Sum& sum, double v) {
    sum.least = sum.valued == 0 ? v : std::min(sum.least, v);
    sum.most = sum.valued == 0 ? v : std::max(sum.most, v);
    ++sum.valued;
  }

  bool row(State& s, const Binding& b, std::uint32_t row) const {
    const auto code = b.part->kind_code(row);
    const auto at = b.part->at(row);
    for (std::size_t i = 0; i < of.size(); ++i) {
      const auto& bound = b.of[i];
      if (!bound.codes[code] || at < of[i].from_ms || at >= of[i].to_ms || !bound.test(row)) continue;
      auto& sum = s.sums[i];
      count(sum, at);
      for (const auto* column : bound.columns) {
        const auto cell = column->cell(row);
        if (cell == Column::kNone) continue;
        value(sum, column->as_double(cell));
        if (column->type() == ValueType::decimal) sum.micros += std::llround(column->decimal(cell) * 1e6);
        else sum.sum += column->number(cell);
      }
    }
    return false;
  }
  bool lane(State& s, const Binding& b, std::size_t which, std::uint32_t i) const {
    const auto& lane = *b.lanes[which];
    const auto at = lane.at(i);
    for (std::size_t q = 0; q < of.size(); ++q) {
      if (b.of[q].lane != &lane || at < of[q].from_ms || at >= of[q].to_ms) continue;
      auto& sum = s.sums[q];
      count(sum, at);
      const auto fen = lane.fen(i);
      if (fen == 0) continue;  // an event of no amount carries none
      value(sum, static_cast<double>(fen));
      sum.sum += fen;
    }
    return false;
  }
  void person(Ordinal o, State& s) const { (*fn)(o, s.sums); }
  void absorb(Tallying&&) {}

  std::span<const TallyOf> of;
  const SourceNames* source_of;
  const TallyFn* fn;
};

/// Values at which a person leaves group j for group j + 1: the ones at the ranks where groups end. Counted by their leading
/// bits first, so that only the few values beside a bound have to be put in order.
template <class T>
std::vector<T> bounds_of(const std::vector<T>& values, int tiles) {
  constexpr std::uint64_t kBins = 1 << 16;
  const auto [low, high] = std::ranges::minmax(values);
  const auto range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  const auto shift = range < kBins ? 0 : static_cast<int>(std::bit_width(range / kBins));
  const auto bin = [low = low, shift](T v) { return (static_cast<std::uint64_t>(v) - static_cast<std::uint64_t>(low)) >> shift; };
  std::vector<std::uint32_t> counts(kBins);
  for (const auto v : values) ++counts[bin(v)];
  struct Bound { std::uint64_t bin; std::size_t rank; };  // the rank inside the bin
  std::vector<Bound> bounds;
  std::map<std::uint64_t, std::vector<T>> beside;
  std::size_t before = 0;
  std::uint64_t at = 0;
  for (int j = 1; j < tiles; ++j) {
    const auto ends = (static_cast<std::size_t>(j) * values.size() + static_cast<std::size_t>(tiles) - 1) / static_cast<std::size_t>(tiles);
    const auto rank = std::max<std::size_t>(ends, 1) - 1;
    while (before + counts[at] <= rank) before += counts[at++];
    bounds.push_back({at, rank - before});
    beside[at].reserve(counts[at]);
  }
  std::vector<std::vector<T>*> wanted(kBins);
  for (auto& [which, list] : beside) wanted[which] = &list;
  for (const auto v : values)
    if (auto* list = wanted[bin(v)]) list->push_back(v);
  std::vector<T> out;
  for (const auto& [which, rank] : bounds) {
    auto& list = beside[which];
    std::ranges::nth_element(list, list.begin() + static_cast<std::ptrdiff_t>(rank));
    out.push_back(list[rank]);
  }
  return out;
}

template <class T>
int group_of(const std::vector<T>& bounds, T value) {
  int group = 1;
  for (const auto& bound : bounds) group += value > bound ? 1 : 0;
  return group;
}

}  // namespace

void tally(const View& view, const ScanOptions& given, std::span<const TallyOf> of,
           const SourceNames& source_of, const TallyFn& fn) {
  auto options = given;
  std::int64_t from = INT64_MAX, to = INT64_MIN;
  for (const auto& one : of) {
    from = std::min(from, one.from_ms);
    to = std::max(to, one.to_ms);
  }
  options.from_ms = std::max(options.from_ms, from);
  options.to_ms = std::min(options.to_ms, to);
  scan(view, options, Tallying{of, &source_of, &fn});
}

RfmAnswer rfm(const View& view, const ScanOptions& options, const RfmQuestion& question) {
  struct One { std::int64_t last, fen; std::uint32_t count; };
  std::vector<One> people(view.people);
  tally(view, options, std::span(&question.of, 1), question.source_of, [&](Ordinal o, std::span<const Sum> sums) {
    people[o] = {sums[0].last_at, sums[0].sum, sums[0].count};
  });
  std::vector<std::int64_t> last, fen;
  std::vector<std::uint32_t> count;
  const auto buyers = static_cast<std::size_t>(std::ranges::count_if(people, [](const One& one) { return one.count > 0; }));
  last.reserve(buyers);
  count.reserve(buyers);
  fen.reserve(buyers);
  for (const auto& one : people) {
    if (one.count == 0) continue;
    last.push_back(one.last);
    count.push_back(one.count);
    fen.push_back(one.fen);
  }
  RfmAnswer answer{.people = last.size(), .cells = {}, .in = {}};
  if (last.empty()) return answer;
  std::vector<std::int64_t> r, m;
  std::vector<std::uint32_t> f;
  {
    std::jthread beside([&] { r = bounds_of(last, question.tiles); });
    m = bounds_of(fen, question.tiles);
    f = bounds_of(count, question.tiles);
  }
  const auto tiles = static_cast<std::size_t>(question.tiles);
  std::vector<RfmCell> cells(tiles * tiles * tiles);
  for (Ordinal o = 0; o < people.size(); ++o) {
    const auto& one = people[o];
    if (one.count == 0) continue;
    const RfmCell at{group_of(r, one.last), group_of(f, one.count), group_of(m, one.fen), 0, 0};
    auto& cell = cells[(static_cast<std::size_t>(at.r - 1) * tiles + static_cast<std::size_t>(at.f - 1)) * tiles + static_cast<std::size_t>(at.m - 1)];
    cell.r = at.r;
    cell.f = at.f;
    cell.m = at.m;
    ++cell.people;
    cell.fen += one.fen;
    const auto& want = question.cell;
    if (want && (want->r == 0 || want->r == at.r) && (want->f == 0 || want->f == at.f) && (want->m == 0 || want->m == at.m)) answer.in.add(o);
  }
  for (const auto& cell : cells)
    if (cell.people > 0) answer.cells.push_back(cell);
  return answer;
}

}  // namespace koi::events::columns
