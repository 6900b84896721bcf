#include "events/columns/funnel.h"

#include <bit>
#include <cmath>

namespace koi::events::columns {

namespace {

using Mask = std::uint16_t;  // a bit a step

/// Which steps a kind of this part may be, and the tests that decide.
struct StepBinding {
  StepBinding(const Part& of, const FunnelQuestion& question, bool everything) : part(&of), wanted(of, everything ? std::vector<std::int64_t>{} : kinds_of(question)) {
    steps.resize(of.kinds().size());
    never.resize(of.kinds().size());
    const auto add = [&](std::vector<Mask>& to, std::size_t bit, const Step& step, std::vector<Test>& tests) {
      tests.emplace_back(step.where, of, question.source_of);
      if (tests.back().never()) return;
      for (const auto kind : step.kinds)
        if (const auto code = of.code_of(kind)) to[*code] = static_cast<Mask>(to[*code] | 1U << bit);
    };
    for (std::size_t i = 0; i < question.steps.size(); ++i) add(steps, i, question.steps[i], step_tests);
    for (std::size_t i = 0; i < question.never.size(); ++i) add(never, i, question.never[i].step, never_tests);
  }
  static std::vector<std::int64_t> kinds_of(const FunnelQuestion& question) {
    std::vector<std::int64_t> out;
    for (const auto& step : question.steps) out.insert(out.end(), step.kinds.begin(), step.kinds.end());
    for (const auto& one : question.never) out.insert(out.end(), one.step.kinds.begin(), one.step.kinds.end());
    return out;
  }
  static Mask tested(Mask mask, const std::vector<Test>& tests, std::uint32_t row) {
    for (auto bits = mask; bits != 0; bits = static_cast<Mask>(bits & (bits - 1))) {
      const auto i = static_cast<std::size_t>(std::countr_zero(bits));
      if (!tests[i].always() && !tests[i](row)) mask = static_cast<Mask>(mask & ~(1U << i));
    }
    return mask;
  }
  Mask steps_at(std::uint32_t row) const { return tested(steps[part->kind_code(row)], step_tests, row); }
  Mask never_at(std::uint32_t row) const { return tested(never[part->kind_code(row)], never_tests, row); }

  const Part* part;
  Wanted wanted;
  std::vector<Mask> steps, never;  // by code
  std::vector<Test> step_tests, never_tests;
  Groups::Bound group;
};

/// `reached` counts people by the furthest step, 0 first.
FunnelAnswer from_levels(const std::vector<std::uint64_t>& reached, Times convert, People through) {
  FunnelGroup all{.value = {}, .reached = std::vector<std::uint64_t>(reached.size() - 1), .convert = std::move(convert)};
  std::uint64_t beyond = 0;
  for (auto level = all.reached.size(); level > 0; --level) all.reached[level - 1] = beyond += reached[level];
  return {{std::move(all)}, std::move(through)};
}

/// People through an ordered funnel: of each length, the latest start a way of that length can have had. A later start is
/// never worse, so one number a length is all there is to remember.
template <std::size_t N>
struct Ordered {
  struct Start { const Part* part; std::uint32_t row, second; };
  struct State { Start start[N]; std::uint8_t level; };
  using Binding = StepBinding;
  static constexpr bool kOrdered = true;

  Ordered(const FunnelQuestion& q, FunnelPeople p) : question(&q), people(p), steps(q.steps.size()), reached(q.steps.size() + 1), convert(q.window_ms) {
    window_s = q.window_ms / 1000;
    for (const auto& step : q.steps) plain = plain && step.where.empty();
    plain = plain && q.from_ms == INT64_MIN && q.to_ms == INT64_MAX;
  }
  void reset(State& s, Ordinal) const {
    s.level = 0;
    for (auto& one : s.start) one.part = nullptr;
  }
  Binding bind(const Part& part) const { return {part, *question, false}; }

  bool row(State& s, const Binding& b, std::uint32_t row) {
    if (s.level == steps) return true;
    auto mask = b.steps[b.part->kind_code(row)];
    if (!plain) {
      mask = StepBinding::tested(mask, b.step_tests, row);
      if ((mask & 1) != 0 && !starts(*b.part, row)) mask = static_cast<Mask>(mask & ~1U);
    }
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
        convert.add(b.part->at(row) - from.part->at(from.row));
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
  void person(Ordinal o, State& s) {
    ++reached[s.level];
    if (people.at != 0 && (people.dropped ? s.level == people.at : s.level >= people.at)) through.add(o);
  }
  void absorb(Ordered&& other) {
    for (std::size_t i = 0; i < reached.size(); ++i) reached[i] += other.reached[i];
    convert.absorb(other.convert);
    through |= other.through;
  }
  FunnelAnswer answer() { return from_levels(reached, std::move(convert), std::move(through)); }

  const FunnelQuestion* question;
  FunnelPeople people;
  std::size_t steps;
  bool plain = true;
  std::int64_t window_s = 0;
  std::vector<std::uint64_t> reached;  // people by the furthest step
  Times convert;
  People through;
};

/// The same for plain steps, each kind one step, without a branch that data decides: of a way of each length the second and
/// the row it began with. What never began is so long ago that no window holds it.
template <std::size_t N>
struct Straight {
  struct State { std::uint32_t second[N + 1]; std::uint64_t where[N + 1]; };  // where: part, row
  struct Binding { const Part* part; Wanted wanted; std::uint64_t number; std::vector<std::uint8_t> step; };
  static constexpr bool kOrdered = true;
  static constexpr std::int64_t kWindowMax = std::int64_t{20} * 365 * 86'400'000;
  static bool may(const FunnelQuestion& q) {
    std::vector<std::int64_t> kinds;
    for (const auto& step : q.steps) {
      if (!step.where.empty()) return false;
      kinds.insert(kinds.end(), step.kinds.begin(), step.kinds.end());
    }
    std::ranges::sort(kinds);
    return std::ranges::adjacent_find(kinds) == kinds.end() && q.from_ms == INT64_MIN && q.to_ms == INT64_MAX && q.window_ms <= kWindowMax;
  }

  Straight(const View& v, const FunnelQuestion& q, FunnelPeople p)
      : view(&v), question(&q), people(p), steps(q.steps.size()), reached(steps + 1), window_s(static_cast<std::uint32_t>(q.window_ms / 1000)), convert(q.window_ms) {}
  void reset(State& s, Ordinal) const { std::ranges::fill(s.second, 0); }
  Binding bind(const Part& part) const {
    std::vector<std::int64_t> kinds;
    for (const auto& step : question->steps) kinds.insert(kinds.end(), step.kinds.begin(), step.kinds.end());
    Binding b{&part, Wanted(part, kinds), 0, std::vector<std::uint8_t>(part.kinds().size())};
    for (std::uint8_t i = 0; i < steps; ++i)
      for (const auto kind : question->steps[i].kinds)
        if (const auto code = part.code_of(kind)) b.step[*code] = static_cast<std::uint8_t>(i + 1);
    while (view->parts[b.number].part.get() != &part) ++b.number;
    return b;
  }
  bool row(State& s, const Binding& b, std::uint32_t row) {
    if (s.second[steps] != 0) return true;
    const auto k = b.step[b.part->kind_code(row)];
    const auto second = b.part->seconds()[row];
    s.second[0] = second;
    s.where[0] = b.number << 32 | row;
    const auto from = s.second[k - 1];
    const auto where = s.where[k - 1];
    const auto passed = second - from;
    bool in = passed < window_s;
    if (passed - window_s <= 1) [[unlikely]] in = exact(s, k, b, row);
    s.second[k] = in ? from : s.second[k];
    s.where[k] = in ? where : s.where[k];
    if (s.second[steps] == 0) return false;
    convert.add(b.part->at(row) - began(s.where[steps]));
    return true;
  }
  std::int64_t began(std::uint64_t where) const { return view->parts[where >> 32].part->at(static_cast<std::uint32_t>(where)); }
  [[gnu::noinline]] bool exact(const State& s, std::size_t k, const Binding& b, std::uint32_t row) const {
    return s.second[k - 1] != 0 && b.part->at(row) - began(s.where[k - 1]) <= question->window_ms;
  }
  void person(Ordinal o, State& s) {
    std::size_t level = 0;
    for (std::size_t k = 1; k <= steps; ++k) level = s.second[k] != 0 ? k : level;
    ++reached[level];
    if (people.at != 0 && (people.dropped ? level == people.at : level >= people.at)) through.add(o);
  }
  void absorb(Straight&& other) {
    for (std::size_t i = 0; i < reached.size(); ++i) reached[i] += other.reached[i];
    convert.absorb(other.convert);
    through |= other.through;
  }
  FunnelAnswer answer() { return from_levels(reached, std::move(convert), std::move(through)); }

  const View* view;
  const FunnelQuestion* question;
  FunnelPeople people;
  std::size_t steps;
  std::vector<std::uint64_t> reached;
  std::uint32_t window_s;
  Times convert;
  People through;
};

/// What one person did that matters to the funnel, in order.
struct Hit {
  std::int64_t at;
  std::uint64_t key;    // of `same`
  std::uint32_t group;
  Mask steps, never;
  bool gap;             // something else came right before it
};

/// The furthest step one way gets to, and when it is there.
struct Way { std::size_t level = 0; std::int64_t end = 0; std::size_t last = 0; };

/// Which steps of a way have been taken, over all choices of events for them.
class Taken {
 public:
  Taken(const FunnelQuestion& q, const Hit& first) : q_(q) {
    if (q.order != Order::any) alive_ = 1;  // bit k: step k + 1 was the last one taken
    else for (auto bits = first.steps; bits != 0; bits = static_cast<Mask>(bits & (bits - 1))) sets_.push_back(static_cast<Mask>(bits & -bits));
  }
  /// What must not come: false when every choice ends here.
  bool forbid(const Hit& hit) {
    for (std::size_t n = 0; n < q_.never.size(); ++n) {
      if ((hit.never >> n & 1) == 0) continue;
      if (q_.never[n].after == 0 || q_.order != Order::ordered) return false;
      alive_ = static_cast<Mask>(alive_ & ~(1U << (q_.never[n].after - 1)));
    }
    return q_.order != Order::ordered || alive_ != 0;
  }
  /// Whether the hit was a step of some choice.
  bool step(const Hit& hit) {
    if (q_.order == Order::any) return fill(hit);
    const auto next = static_cast<Mask>(alive_ << 1 & hit.steps);
    if (next == 0) return false;
    alive_ = q_.order == Order::strict ? next : static_cast<Mask>(alive_ | next);
    return true;
  }
  std::size_t level() const {
    if (q_.order != Order::any) return static_cast<std::size_t>(16 - std::countl_zero(alive_));
    std::size_t most = 0;
    for (const auto set : sets_) most = std::max(most, static_cast<std::size_t>(std::popcount(set)));
    return most;
  }

 private:
  bool fill(const Hit& hit) {
    const auto before = sets_;
    for (const auto set : before)
      for (auto bits = static_cast<Mask>(hit.steps & ~set); bits != 0; bits = static_cast<Mask>(bits & (bits - 1)))
        sets_.push_back(static_cast<Mask>(set | (bits & -bits)));
    std::ranges::sort(sets_);
    sets_.erase(std::unique(sets_.begin(), sets_.end()), sets_.end());
    return sets_.size() > before.size();
  }
  const FunnelQuestion& q_;
  Mask alive_ = 0;
  std::vector<Mask> sets_;  // steps in any order: sets that can be filled
};

/// The furthest any way gets that starts at hits[from].
Way follow(std::span<const Hit> hits, std::size_t from, const FunnelQuestion& q) {
  const auto& first = hits[from];
  Way way{1, first.at, from};
  Taken taken(q, first);
  for (auto i = from + 1; i < hits.size() && way.level < q.steps.size(); ++i) {
    const auto& hit = hits[i];
    const bool strict = q.order == Order::strict, other = !q.same.empty() && hit.key != first.key;
    if (hit.at - first.at > q.window_ms || (strict && (hit.gap || other)) || !taken.forbid(hit)) break;
    if (other) continue;
    if (!taken.step(hit) && strict) break;
    if (taken.level() > way.level) way = {taken.level(), hit.at, i};
  }
  return way;
}

/// Everything else a funnel may ask: the hits of a person are gathered and followed from every start.
struct Gathered {
  struct State { std::vector<Hit> hits; bool gap; };
  using Binding = StepBinding;
  static constexpr bool kOrdered = true;
  struct Tally { std::vector<std::uint64_t> reached; Times convert; };

  Gathered(const FunnelQuestion& q, FunnelPeople p, Groups& g) : question(&q), people(p), groups(&g) {}
  void reset(State& s, Ordinal) const {
    s.hits.clear();
    s.gap = false;
  }
  Binding bind(const Part& part) const {
    Binding b(part, *question, question->order == Order::strict);
    b.group = groups->bind(part, question->source_of);
    return b;
  }
  bool row(State& s, const Binding& b, std::uint32_t row) {
    const auto steps = b.steps_at(row), never = b.never_at(row);
    if (steps == 0 && never == 0) {
      s.gap = true;
      return false;
    }
    s.hits.push_back({b.part->at(row), key(*b.part, row), groups->of(b.group, row), steps, never, std::exchange(s.gap, false)});
    return false;
  }
  /// A value as one number; without a value, one of its own, so that it is the same as nothing.
  std::uint64_t key(const Part& part, std::uint32_t row) {
    if (question->same.empty()) return 0;
    for (const auto& column : part.columns()) {
      if (column.name() != question->same) continue;
      const auto cell = column.cell(row);
      if (cell == Column::kNone) continue;
      if (column.type() == ValueType::text) return std::hash<std::string_view>{}(column.words()[column.code(cell)]) | 1;
      if (column.numeric()) return std::hash<double>{}(column.as_double(cell)) << 1;
    }
    return ++none_ << 32;
  }
  void person(Ordinal o, State& s) {
    if (s.hits.empty()) return;
    best_.clear();
    for (std::size_t i = 0; i < s.hits.size(); ++i) {
      const bool first = question->order == Order::any ? s.hits[i].steps != 0 : (s.hits[i].steps & 1) != 0;
      if (!first || s.hits[i].at < question->from_ms || s.hits[i].at >= question->to_ms) continue;
      const auto way = follow(s.hits, i, *question);
      const auto group = groups->by_person() ? groups->of_person(o) : s.hits[i].group;
      if (question->occurrences) {
        count(group, way.level, way.level == question->steps.size() ? way.end - s.hits[i].at : -1);
        if (way.level == question->steps.size()) i = way.last;
      } else {
        keep(group, way, s.hits[i].at);
      }
    }
    std::size_t furthest = 0;
    for (const auto& b : best_) {
      count(b.group, b.level, b.level == question->steps.size() ? b.end - b.start : -1);
      furthest = std::max(furthest, b.level);
    }
    if (people.at != 0 && (people.dropped ? furthest == people.at : furthest >= people.at)) through.add(o);
  }
  void absorb(Gathered&& other) {
    if (tallies.size() < other.tallies.size()) tallies.resize(other.tallies.size(), {{}, Times(question->window_ms)});
    for (std::size_t g = 0; g < other.tallies.size(); ++g) {
      auto& from = other.tallies[g];
      tallies[g].reached.resize(question->steps.size());
      for (std::size_t i = 0; i < from.reached.size(); ++i) tallies[g].reached[i] += from.reached[i];
      if (from.reached.empty()) continue;
      tallies[g].convert.absorb(from.convert);
    }
    through |= other.through;
  }
  FunnelAnswer answer() {
    FunnelAnswer out{{}, std::move(through)};
    for (std::uint32_t g = 0; g < tallies.size(); ++g) {
      if (tallies[g].reached.empty() || tallies[g].reached[0] == 0) continue;
      out.groups.push_back({groups->names()[g], std::move(tallies[g].reached), std::move(tallies[g].convert)});
    }
    std::ranges::stable_sort(out.groups, std::greater{}, [](const FunnelGroup& g) { return g.reached[0]; });
    if (out.groups.empty()) out.groups.push_back({{}, std::vector<std::uint64_t>(question->steps.size()), Times(question->window_ms)});
    return out;
  }

  const FunnelQuestion* question;
  FunnelPeople people;
  Groups* groups;
  std::vector<Tally> tallies;
  People through;

 private:
  /// A person's best way of one group: the furthest; of those that convert, the first to be there, by its latest start.
  struct Best { std::uint32_t group; std::size_t level; std::int64_t start, end; };
  void keep(std::uint32_t group, const Way& way, std::int64_t start) {
    const auto at = std::ranges::find(best_, group, &Best::group);
    if (at == best_.end()) best_.push_back({group, way.level, start, way.end});
    else if (way.level > at->level || (way.level == at->level && way.end <= at->end)) *at = {group, way.level, start, way.end};
  }
  void count(std::uint32_t group, std::size_t level, std::int64_t convert) {
    if (group >= tallies.size()) tallies.resize(std::size_t{group} + 1, {{}, Times(question->window_ms)});
    auto& tally = tallies[group];
    tally.reached.resize(question->steps.size());
    for (std::size_t i = 0; i < level; ++i) ++tally.reached[i];
    if (convert >= 0) tally.convert.add(convert);
  }
  std::vector<Best> best_;
  std::uint64_t none_ = 0;
};

ScanOptions bounded(ScanOptions options, const FunnelQuestion& q) {
  options.from_ms = q.from_ms;
  if (q.to_ms < INT64_MAX - q.window_ms - 1) options.to_ms = q.to_ms + q.window_ms + 1;
  return options;
}

template <std::size_t N>
FunnelAnswer ordered(const View& view, const ScanOptions& options, const FunnelQuestion& q, FunnelPeople people) {
  return scan(view, options, Ordered<N>(q, people)).answer();
}

}  // namespace

Times::Times(std::int64_t window_ms) {
  constexpr std::int64_t kSeconds[] = {1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 300, 3600};
  for (const auto s : kSeconds)
    if (unit_ms_ = s * 1000; window_ms / unit_ms_ < 1 << 20) break;
}

void Times::absorb(const Times& other) {
  if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
}

std::optional<std::int64_t> Times::quantile(double share) const {
  if (count_ == 0) return std::nullopt;
  const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  std::size_t at = 0;
  while ((seen += counts_[at]) < rank) ++at;
  return static_cast<std::int64_t>(at) * unit_ms_;
}

std::uint64_t Times::between(std::int64_t from, std::int64_t to) const {
  std::uint64_t n = 0;
  for (auto at = static_cast<std::size_t>(from / unit_ms_); at < counts_.size() && static_cast<std::int64_t>(at) * unit_ms_ < to; ++at) n += counts_[at];
  return n;
}

bool operator==(const Times& a, const Times& b) {
  const auto longest = std::max(a.counts_.size(), b.counts_.size());
  for (std::size_t i = 0; i < longest; ++i)
    if ((i < a.counts_.size() ? a.counts_[i] : 0) != (i < b.counts_.size() ? b.counts_[i] : 0)) return false;
  return a.unit_ms_ == b.unit_ms_;
}

FunnelAnswer funnel(const View& view, const ScanOptions& given, const FunnelQuestion& q, FunnelPeople people) {
  CHECK(q.steps.size() >= 2 && q.steps.size() <= 10);
  const auto options = bounded(given, q);
  const bool plain = q.order == Order::ordered && q.same.empty() && q.never.empty() && !q.occurrences && q.by.empty();
  if (!plain) {
    Groups groups(q.by);
    return scan(view, options, Gathered(q, people, groups)).answer();
  }
  const bool four = q.steps.size() <= 4;
  if (Straight<4>::may(q)) {
    return four ? scan(view, options, Straight<4>(view, q, people)).answer() : scan(view, options, Straight<10>(view, q, people)).answer();
  }
  return four ? ordered<4>(view, options, q, people) : ordered<10>(view, options, q, people);
}

}  // namespace koi::events::columns
