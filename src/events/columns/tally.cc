#include "events/columns/tally.h"

#include <boost/container/small_vector.hpp>
#include <cmath>

#include "events/columns/recent.h"
#include "events/columns/window.h"

namespace koi::events::columns {

namespace {

struct Tallying {
  struct State { boost::container::small_vector<Sum, 1> sums; };
  /// What one question needs of one part.
  struct Bound { std::vector<bool> codes; Test test; std::vector<const Column*> columns; const Lane* lane; };
  struct Binding {
    const Part* part;
    Wanted wanted;
    std::vector<const Lane*> lanes;
    std::vector<Bound> of;
  };

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
  /// Thousandths lie far from everything else.
  static void count(Sum& sum, const TallyOf& of, const Lane& lane, std::uint32_t i) {
    if (of.times) count(sum, lane.at(i));
    else ++sum.count;
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
  void lane(State& s, const Binding& b, std::size_t which, std::uint32_t from, std::uint32_t to) const {
    const auto& lane = *b.lanes[which];
    for (std::size_t q = 0; q < of.size(); ++q)
      if (b.of[q].lane == &lane) s.sums[q] = add(s.sums[q], lane, from, to, of[q]);
  }
  /// Of all rows of the block those in the window are marked first.
  bool stretch(std::span<State> states, const Binding& b, std::size_t which, Run people, std::span<const Ordinal> of_place, const People& asked) {
    const auto& lane = *b.lanes[which];
    for (std::size_t q = 0; q < of.size(); ++q)
      if (b.of[q].lane == &lane && of[q].times) return false;
    const Run rows{lane.start[people.begin], lane.start[people.end]};
    for (std::size_t q = 0; q < of.size(); ++q) {
      if (b.of[q].lane != &lane) continue;
      window.mark(lane, rows, of[q].from_ms, of[q].to_ms);
      window.each(lane, people, [&](std::uint32_t j, std::uint32_t i) {
        const auto o = of_place[lane.who[j]];
        if (!asked.has(o)) return;
        auto& sum = states[o % kBlock].sums[q];
        ++sum.count;
        add_fen(sum, lane.fen(i));
      });
    }
    return true;
  }
  static void add_fen(Sum& sum, std::int64_t fen) {
    if (fen == 0) return;  // an event of no amount carries none
    value(sum, static_cast<double>(fen));
    sum.sum += fen;
  }
  /// Of rows in order of time, from the newest back: windows usually end now, and most rows are before them.
  static Sum add(Sum sum, const Lane& lane, std::uint32_t from, std::uint32_t to, const TallyOf& of) {
    const auto first_s = of.from_ms / 1000, end_s = of.to_ms / 1000;
    for (auto i = to; i-- > from && lane.seconds[i] >= first_s;) {
      const bool at_edge = lane.seconds[i] == first_s || lane.seconds[i] >= end_s;
      if (at_edge && (lane.at(i) < of.from_ms || lane.at(i) >= of.to_ms)) continue;
      count(sum, of, lane, i);
      add_fen(sum, lane.fen(i));
    }
    return sum;
  }
  void merge(State& into, const State& from) const {
    for (std::size_t i = 0; i < of.size(); ++i) add(into.sums[i], from.sums[i]);
  }
  static void add(Sum& to, const Sum& from) {
    if (from.valued > 0) {
      to.least = to.valued == 0 ? from.least : std::min(to.least, from.least);
      to.most = to.valued == 0 ? from.most : std::max(to.most, from.most);
    }
    to.count += from.count;
    to.valued += from.valued;
    to.sum += from.sum;
    to.micros += from.micros;
    to.first_at = std::min(to.first_at, from.first_at);
    to.last_at = std::max(to.last_at, from.last_at);
  }
  void person(Ordinal o, State& s) const { (*fn)(o, s.sums); }
  void absorb(Tallying&&) {}

  std::span<const TallyOf> of;
  const SourceNames* source_of;
  const TallyFn* fn;
  Window window = {};
};

}  // namespace

bool stands_alone(const View& view, const TallyOf& of) {
  if (of.what.kinds.size() != 1 || !of.what.where.empty() || of.property != kAmount) return false;
  const auto kind = of.what.kinds[0];
  return std::ranges::all_of(view.parts, [&](const Shelved& shelved) { return shelved.part->lane(kind) != nullptr || !shelved.part->code_of(kind); });
}

ScanOptions in_time_of(ScanOptions options, std::span<const TallyOf> of) {
  std::int64_t from = INT64_MAX, to = INT64_MIN;
  for (const auto& one : of) {
    from = std::min(from, one.from_ms);
    to = std::max(to, one.to_ms);
  }
  options.from_ms = std::max(options.from_ms, from);
  options.to_ms = std::min(options.to_ms, to);
  return options;
}

void tally(const View& view, const ScanOptions& given, std::span<const TallyOf> of,
           const SourceNames& source_of, const TallyFn& fn) {
  auto options = in_time_of(given, of);
  People likely;
  for (const auto& one : of)
    if (given.likely == nullptr) likely |= recent(view, one.what.kinds, one.from_ms, one.to_ms).possible();
  if (given.likely == nullptr) options.likely = &likely;
  auto only = given.only == nullptr ? view.everyone() : *given.only;
  only &= *options.likely;
  options.only = &only;
  scan(view, options, Tallying{of, &source_of, &fn});
}

}  // namespace koi::events::columns
