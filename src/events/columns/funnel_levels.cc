#include "events/columns/funnel_levels.h"

#include <array>
#include <bit>

#include "events/columns/funnel_steps.h"

namespace koi::events::columns {

namespace {

/// People by the furthest step, and how long those took who came to the end.
struct Levels {
  Levels(const FunnelQuestion& q, FunnelPeople p)
      : question(&q), people(p), steps(q.steps.size()), reached(steps + 1), convert(q.window_ms) {}
  void count(Ordinal o, std::size_t level) {
    ++reached[level];
    if (people.at != 0 && (people.dropped ? level == people.at : level >= people.at)) through.add(o);
  }
  void absorb(Levels&& other) {
    for (std::size_t i = 0; i < reached.size(); ++i) reached[i] += other.reached[i];
    convert.absorb(other.convert);
    through |= other.through;
  }
  FunnelAnswer answer() {
    FunnelGroup all{.value = {}, .reached = std::vector<std::uint64_t>(steps), .convert = std::move(convert)};
    std::uint64_t beyond = 0;
    for (auto level = steps; level > 0; --level) all.reached[level - 1] = beyond += reached[level];
    return {{std::move(all)}, std::move(through)};
  }

  const FunnelQuestion* question;
  FunnelPeople people;
  std::size_t steps;
  std::vector<std::uint64_t> reached;  // people by the furthest step, 0 first
  Times convert;
  People through;
};

/// People through an ordered funnel: of each length, the latest start a way of that length can have had. A later start is
/// never worse, so one number a length is all there is to remember.
template <std::size_t N>
struct Ordered : Levels {
  struct Start { const Part* part; std::uint32_t row, second; };
  struct State { Start start[N]; std::uint8_t level; };
  using Binding = StepBinding;

  Ordered(const FunnelQuestion& q, FunnelPeople p) : Levels(q, p), window_s(q.window_ms / 1000) {}
  void reset(State& s, Ordinal) const {
    s.level = 0;
    for (auto& one : s.start) one.part = nullptr;
  }
  Binding bind(const Part& part) const { return {part, *question, false}; }

  bool row(State& s, const Binding& b, std::uint32_t row) {
    if (s.level == steps) return true;
    auto mask = b.steps_at(row);
    if ((mask & 1) != 0 && !starts(*b.part, row)) mask = static_cast<Mask>(mask & ~1U);
    const auto second = b.part->seconds()[row];
    // From the last step to the first, so that one event is one step of a way.
    while (mask != 0) {
      const auto k = static_cast<std::size_t>(15 - std::countl_zero(mask));
      mask = static_cast<Mask>(mask & ~(1U << k));
      if (k == 0) {
        s.start[0] = {b.part, row, second};
        s.level = std::max<std::uint8_t>(s.level, 1);
      } else if (const auto& from = s.start[k - 1]; from.part != nullptr && within(from, *b.part, row, second)) {
        s.start[k] = from;
        s.level = std::max(s.level, static_cast<std::uint8_t>(k + 1));
        if (k + 1 < steps) continue;
        convert.add(second - from.second);
        return true;
      }
    }
    return false;
  }
  bool starts(const Part& part, std::uint32_t row) const {
    const auto at = part.at(row);
    return at >= question->from_ms && at < question->to_ms;
  }
  /// Whole seconds decide but for the one at the edge.
  bool within(const Start& from, const Part& part, std::uint32_t row, std::uint32_t second) const {
    const auto passed = std::int64_t{second} - from.second;
    if (passed < window_s) return true;
    if (passed > window_s + 1) return false;
    return part.at(row) - from.part->at(from.row) <= question->window_ms;
  }
  void person(Ordinal o, State& s) { count(o, s.level); }

  std::int64_t window_s;
};

/// The same for plain steps, each kind one step, without a branch that data decides. Of a way of each length, the second it
/// began in and its first row, counted through all parts, in one number; what never began is so long ago that no window holds it.
template <std::size_t N>
struct Straight : Levels {
  struct State { std::uint64_t began[N + 1]; };
  struct Binding {
    const Part* part;
    Wanted wanted;
    std::uint64_t rows_before;
    const std::uint8_t* kinds;  // null when codes have two bytes
    const std::uint32_t* seconds;
    std::vector<std::uint8_t> step;  // by code
  };

  Straight(const View& view, const FunnelQuestion& q, FunnelPeople p) : Levels(q, p), window_s(static_cast<std::uint32_t>(q.window_ms / 1000)) {
    for (const auto& shelved : view.parts) {
      parts.push_back({rows, shelved.part.get()});
      rows += shelved.part->rows();
    }
  }
  void reset(State& s, Ordinal) const { std::ranges::fill(s.began, 0); }
  bool done(const State& s) const { return s.began[steps] != 0; }
  Binding bind(const Part& part) const {
    Binding b{&part, Wanted(part, kinds_of(*question)), 0, part.wide() ? nullptr : part.kind8(), part.seconds(), std::vector<std::uint8_t>(part.kinds().size())};
    for (std::uint8_t i = 0; i < steps; ++i)
      for (const auto kind : question->steps[i].kinds)
        if (const auto code = part.code_of(kind)) b.step[*code] = static_cast<std::uint8_t>(i + 1);
    b.rows_before = std::ranges::find(parts, &part, &Placed::part)->rows_before;
    return b;
  }
  bool row(State& s, const Binding& b, std::uint32_t row) {
    const std::size_t k = b.step[b.kinds != nullptr ? b.kinds[row] : b.part->kind_code(row)];
    const auto second = b.seconds[row];
    s.began[0] = std::uint64_t{second} << 32 | (b.rows_before + row);
    const auto from = s.began[k - 1];
    const auto passed = second - static_cast<std::uint32_t>(from >> 32);
    bool in = passed < window_s;
    if (passed - window_s <= 1) [[unlikely]] in = exact(from, b, row);
    s.began[k] = in ? from : s.began[k];
    if (s.began[steps] == 0) return false;
    took[took_count] = second - static_cast<std::uint32_t>(from >> 32);
    if (++took_count == took.size()) finish();
    return true;
  }
  /// Counted many at a time: each lies somewhere else.
  void finish() {
    for (std::size_t i = 0; i < took_count; ++i) convert.add(took[i]);
    took_count = 0;
  }

  std::int64_t instant(std::uint64_t began) const {
    const auto row = began & UINT32_MAX;
    const auto& in = *(std::ranges::upper_bound(parts, row, {}, &Placed::rows_before) - 1);
    return in.part->at(static_cast<std::uint32_t>(row - in.rows_before));
  }
  [[gnu::noinline]] bool exact(std::uint64_t from, const Binding& b, std::uint32_t row) const {
    return from != 0 && b.part->at(row) - instant(from) <= question->window_ms;
  }
  void person(Ordinal o, State& s) {
    std::size_t level = 0;
    for (std::size_t k = 1; k <= steps; ++k) level = s.began[k] != 0 ? k : level;
    count(o, level);
  }

  struct Placed { std::uint64_t rows_before; const Part* part; };
  std::vector<Placed> parts;
  std::uint64_t rows = 0;
  std::uint32_t window_s;
  std::array<std::uint32_t, 256> took;
  std::size_t took_count = 0;
};

}  // namespace

bool may_go_straight(const View& view, const FunnelQuestion& q) {
  if (view.events() > UINT32_MAX) return false;
  constexpr std::int64_t kWindowMax = std::int64_t{20} * 365 * 86'400'000;
  for (const auto& step : q.steps)
    if (!step.where.empty()) return false;
  auto kinds = kinds_of(q);
  std::ranges::sort(kinds);
  return std::ranges::adjacent_find(kinds) == kinds.end() && q.from_ms == INT64_MIN && q.to_ms == INT64_MAX && q.window_ms <= kWindowMax;
}

FunnelAnswer straight(const View& view, const ScanOptions& options, const FunnelQuestion& q, FunnelPeople people) {
  if (q.steps.size() <= 4) return scan(view, options, Straight<4>(view, q, people)).answer();
  return scan(view, options, Straight<10>(view, q, people)).answer();
}

FunnelAnswer ordered(const View& view, const ScanOptions& options, const FunnelQuestion& q, FunnelPeople people) {
  if (q.steps.size() <= 4) return scan(view, options, Ordered<4>(q, people)).answer();
  return scan(view, options, Ordered<10>(q, people)).answer();
}

}  // namespace koi::events::columns
