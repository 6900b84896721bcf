#include "events/columns/funnel_gathered.h"

#include <bit>

#include "events/columns/funnel_steps.h"

namespace koi::events::columns {

namespace {

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
    bool wanted = false;
    for (std::size_t i = 0; i < s.hits.size(); ++i) {
      const bool first = question->order == Order::any ? s.hits[i].steps != 0 : (s.hits[i].steps & 1) != 0;
      if (!first || s.hits[i].at < question->from_ms || s.hits[i].at >= question->to_ms) continue;
      const auto way = follow(s.hits, i, *question);
      const auto group = groups->by_person() ? groups->of_person(o) : s.hits[i].group;
      if (question->occurrences) {
        count(group, way.level, way.level == question->steps.size() ? seconds_between(s.hits[i].at, way.end) : -1);
        wanted = wanted || asked(group, way.level);
        if (way.level == question->steps.size()) i = way.last;
      } else {
        keep(group, way, s.hits[i].at);
      }
    }
    std::size_t furthest = 0;
    for (const auto& b : best_) {
      count(b.group, b.level, b.level == question->steps.size() ? seconds_between(b.start, b.end) : -1);
      furthest = std::max(furthest, b.level);
      wanted = wanted || (people.group && asked(b.group, b.level));
    }
    if (wanted || (!people.group && asked(Groups::kMissing, furthest))) through.add(o);
  }
  /// Whether a way of this group that came so far is one of those whose people are collected.
  bool asked(std::uint32_t group, std::size_t level) const {
    if (people.at == 0 || (people.group && groups->names()[group] != *people.group)) return false;
    return people.dropped ? level == people.at : level >= people.at;
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

}  // namespace

FunnelAnswer gathered(const View& view, const ScanOptions& options, const FunnelQuestion& q, FunnelPeople people) {
  Groups groups(q.by);
  return scan(view, options, Gathered(q, people, groups)).answer();
}

}  // namespace koi::events::columns
