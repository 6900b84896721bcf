#include "events/columns/tally.h"
#include "events/columns/window.h"

namespace koi::events::columns {

namespace {

constexpr std::size_t kQuestionsMax = 4;

/// No more is remembered of a person than two numbers a question.
template <std::size_t N>
struct LaneSums {
  struct Of { std::uint64_t sum = 0; std::uint32_t count = 0; };  // a sum nobody asks for may run over
  struct State { std::array<Of, N> of; };
  struct Binding {
    Wanted wanted;  // nothing
    std::vector<const Lane*> lanes;
    std::array<const Lane*, N> lane_of;
  };

  void reset(State& s, Ordinal) const { s = {}; }
  Binding bind(const Part& part) const {
    const std::vector<std::int64_t> none{-1};
    Binding out{Wanted(part, none), {}, {}};
    for (std::size_t q = 0; q < of.size(); ++q) {
      if (part.head().max_at < of[q].from_ms || part.head().min_at >= of[q].to_ms) continue;
      const auto* lane = out.lane_of[q] = part.lane(of[q].what.kinds[0]);
      if (lane != nullptr && std::ranges::find(out.lanes, lane) == out.lanes.end()) out.lanes.push_back(lane);
    }
    return out;
  }
  /// Whoever is asked about or not: a test of each would cost more than their numbers.
  bool stretch(std::span<State> states, const Binding& b, std::size_t which, Run people, std::span<const Ordinal> of_place, const People&) {
    const auto& lane = *b.lanes[which];
    for (std::size_t q = 0; q < of.size(); ++q) {
      if (b.lane_of[q] != &lane) continue;
      window.mark(lane, {lane.start[people.begin], lane.start[people.end]}, of[q].from_ms, of[q].to_ms);
      window.each(lane, people, [&](std::uint32_t j, std::uint32_t i) {
        const auto o = of_place[lane.who[j]];
        auto& to = states[o == kNobody ? kBlock : o % kBlock].of[q];
        to.sum += static_cast<std::uint64_t>(lane.fen(i));
        ++to.count;
      });
    }
    return true;
  }
  void lane(State& s, const Binding& b, std::size_t which, std::uint32_t from, std::uint32_t to) const {
    const auto& lane = *b.lanes[which];
    for (std::size_t q = 0; q < of.size(); ++q)
      for (auto i = from; i < to && b.lane_of[q] == &lane; ++i) {
        if (lane.at(i) < of[q].from_ms || lane.at(i) >= of[q].to_ms) continue;
        s.of[q].sum += static_cast<std::uint64_t>(lane.fen(i));
        ++s.of[q].count;
      }
  }
  bool row(State&, const Binding&, std::uint32_t) const { return true; }  // none is wanted
  void merge(State& into, const State& from) const {
    for (std::size_t q = 0; q < N; ++q) {
      into.of[q].sum += from.of[q].sum;
      into.of[q].count += from.of[q].count;
    }
  }
  static bool holds(const SumWithin& test, const State& s) {
    const auto& sum = s.of[test.of];
    const auto value = test.counts ? std::int64_t{sum.count} : static_cast<std::int64_t>(sum.sum);
    return ((value >= test.least) & (value <= test.most)) != test.outside;
  }
  void person(Ordinal o, const State& s) {
    for (std::size_t i = 0; i < within.size(); ++i)
      if (holds(within[i], s)) in[i].add(o);
  }
  void persons(Ordinal first, std::uint64_t bits, const State* states) {
    for (std::size_t i = 0; i < within.size(); ++i) {
      const auto test = within[i];
      std::uint64_t found = 0;
      for (auto left = bits; left != 0; left &= left - 1) found |= std::uint64_t{holds(test, states[std::countr_zero(left)])} << std::countr_zero(left);
      in[i].set_word(first / 64, found);
    }
  }
  void absorb(LaneSums&& other) {
    for (std::size_t i = 0; i < in.size(); ++i) in[i] |= other.in[i];
  }

  std::span<const TallyOf> of;
  std::span<const SumWithin> within;
  std::vector<People> in;
  Window window = {};
};

}  // namespace

std::optional<std::vector<People>> people_within(const View& view, const ScanOptions& given, std::span<const TallyOf> of, std::span<const SumWithin> within) {
  if (of.size() > kQuestionsMax || !std::ranges::all_of(of, [&](const TallyOf& one) { return stands_alone(view, one); })) return {};
  const auto options = in_time_of(given, of);
  const std::vector<People> nobody(within.size(), People(view.people));
  if (of.size() == 1) return scan(view, options, LaneSums<1>{of, within, nobody}).in;
  return scan(view, options, LaneSums<kQuestionsMax>{of, within, nobody}).in;
}

}  // namespace koi::events::columns
