#include <boost/container/small_vector.hpp>

#include "events/columns/scan.h"
#include "events/columns/tally.h"
#include "events/columns/touch_credits.h"
#include "events/columns/window.h"

namespace koi::events::columns {

namespace {

/// Conversions come from the lane, before the rows; the walk then begins where the first of them looks back to, and ends when
/// each has its touch or was met itself.
struct FirstTouching {
  struct Binding;
  struct Conversion {
    const Lane* lane;
    std::uint32_t row, second;
    std::int64_t fen;
    std::int64_t at() const { return lane->at(row); }
  };
  /// Of `conversions`, in order: the first `settled` are, the first `met` were walked past.
  struct State { boost::container::small_vector<Conversion, 4> conversions; std::uint32_t settled = 0, met = 0; Ordinal who = kNobody; };
  struct Binding {
    const Part* part;
    Wanted wanted;
    std::vector<const Lane*> lanes;
    std::uint32_t conversion;
    std::vector<bool> touches;
    Test test;
    Groups::Bound group;
  };
  /// The group of a touch is read later: what it says lies far away, and is fetched meanwhile.
  struct Earned { const Binding* binding; std::uint32_t row; Ordinal who; std::uint32_t conversions; std::int64_t fen; };

  FirstTouching(const TouchQuestion& question, Groups& g) : q(&question), groups(&g), times(question), credits(question, g) {}

  void reset(State& s, Ordinal o) const {
    s.conversions.clear();
    s.settled = s.met = 0;
    s.who = o;
  }
  Binding bind(const Part& part) const {
    auto kinds = q->touch.kinds;
    const auto kind = q->conversion.kinds[0];
    kinds.push_back(kind);
    std::vector<const Lane*> lanes;
    if (const auto* lane = part.lane(kind)) lanes.push_back(lane);
    return {&part, Wanted(part, kinds), std::move(lanes), part.code_of(kind).value_or(UINT32_MAX), codes_of(part, q->touch.kinds),
            Test(q->touch.where, part, q->source_of), groups->bind(part, q->source_of)};
  }

  bool stretch(std::span<State> states, const Binding& b, std::size_t which, Run people, std::span<const Ordinal> of_place, const People& asked) {
    const auto& lane = *b.lanes[which];
    window.mark(lane, {lane.start[people.begin], lane.start[people.end]}, q->from_ms, q->to_ms);
    window.each(lane, people, [&](std::uint32_t j, std::uint32_t i) {
      const auto o = of_place[lane.who[j]];
      if (asked.has(o)) states[o % kBlock].conversions.push_back({&lane, i, lane.seconds[i], lane.fen(i)});
    });
    return true;
  }
  /// Of one person: from several parts and nodes, whose times may cross.
  void lane(State& s, const Binding& b, std::size_t which, std::uint32_t from, std::uint32_t to) const {
    const auto& lane = *b.lanes[which];
    const auto had = static_cast<std::ptrdiff_t>(s.conversions.size());
    for (auto i = from; i < to; ++i)
      if (times.asks_for(lane.seconds[i], [&] { return lane.at(i); })) s.conversions.push_back({&lane, i, lane.seconds[i], lane.fen(i)});
    std::inplace_merge(s.conversions.begin(), s.conversions.begin() + had, s.conversions.end(),
                       [](const Conversion& one, const Conversion& two) { return one.at() < two.at(); });
  }

  bool done(const State& s) const { return s.settled == s.conversions.size(); }
  std::uint32_t first_second(const State& s) const {
    return static_cast<std::uint32_t>(std::max<std::int64_t>(0, s.conversions[s.settled].second - times.lookback_s - 1));
  }

  bool row(State& s, const Binding& b, std::uint32_t row) {
    if (done(s)) return true;
    const auto code = b.part->kind_code(row);
    const auto second = b.part->seconds()[row];
    if (b.touches[code] && b.test(row)) touched(s, b, row, second);
    if (code == b.conversion && times.asks_for(second, [&] { return b.part->at(row); }) && ++s.met > s.settled)
      credits.earn_untouched(s.who, s.conversions[s.settled++].fen);
    return done(s);
  }
  void touched(State& s, const Binding& b, std::uint32_t row, std::uint32_t second) {
    Earned earned{&b, row, s.who, 0, 0};
    for (; !done(s); ++s.settled, ++earned.conversions) {
      const auto& conversion = s.conversions[s.settled];
      if (times.too_early(second, conversion.second, [&] { return b.part->at(row); }, [&] { return conversion.at(); })) break;
      earned.fen += conversion.fen;
    }
    if (earned.conversions == 0) return;
    if (!groups->by_person()) groups->fetch(b.group, row);
    waiting.push_back(earned);
    if (waiting.size() == kWaiting) finish();
  }
  void finish() {
    for (const auto& one : waiting)
      credits.earn(one.who, groups->by_person() ? groups->of_person(one.who) : groups->of(one.binding->group, one.row), one.conversions, one.fen);
    waiting.clear();
  }

  void person(Ordinal, State&) const {}
  void absorb(FirstTouching&& other) { credits.absorb(other.credits); }

  static constexpr std::size_t kWaiting = 64;
  const TouchQuestion* q;
  Groups* groups;
  TouchTimes times;
  Credits credits;
  std::vector<Earned> waiting = {};
  Window window = {};
};

}  // namespace

std::optional<Credits> first_touches(const View& view, const ScanOptions& options, const TouchQuestion& q, Groups& groups) {
  if (q.credit != Credit::first || !stands_alone(view, {.what = q.conversion})) return {};
  return scan(view, options, FirstTouching(q, groups)).credits;
}

}  // namespace koi::events::columns
