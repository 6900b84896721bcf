// One event after another. Found in one walk a step: of all ways to end a step at an event, the one whose step before ended
// last is the best, because it has the least between and the least time gone.
#include <map>

#include "segments/past.h"

namespace koi::segments {
namespace {

using Spots = std::vector<std::uint32_t>;  // places in a person's past, ascending

struct KnownBefore {
  bool operator()(const std::vector<Known>& a, const std::vector<Known>& b) const {
    return std::ranges::lexicographical_compare(a, b, stands_before);
  }
};

/// The places of each step's events; one set for each shared value when properties must be the same.
class Candidates {
 public:
  Candidates(const Past& past, const Sequence& s) : past_(past), s_(s), in_(past.in(s.window)) {
    for (std::size_t i = 0; i < s.steps.size(); ++i)
      past.each(s.steps[i].kind, s.steps[i].where, in_, [&](std::uint32_t place) {
        add(i, place);
        return true;
      });
  }
  /// fn(steps' places) -> bool (true: found).
  template <class F>
  bool any(F&& fn) const {
    return std::ranges::any_of(sets_, [&](const auto& set) { return fn(set.second); });
  }

 private:
  void add(std::size_t step, std::uint32_t place) {
    std::vector<Known> key;
    for (const auto& path : s_.same) {
      auto value = past_.property(place, path);
      if (!value || is_list(*value)) return;
      key.push_back(*value);
    }
    auto& set = sets_[std::move(key)];
    set.resize(s_.steps.size());
    set[step].push_back(place);
  }
  const Past& past_;
  const Sequence& s_;
  Past::Places in_;
  std::map<std::vector<Known>, std::vector<Spots>, KnownBefore> sets_;
};

/// Places no step may reach across.
Spots walls_of(const Past& past, const Step& step) {
  Spots out;
  for (const auto& unless : step.unless)
    past.each(unless.kind, unless.where, {0, past.end()}, [&](std::uint32_t place) {
      out.push_back(place);
      return true;
    });
  std::ranges::sort(out);
  return out;
}

bool in_reach(const Past& past, const Step& step, const Spots& walls, std::uint32_t before, std::uint32_t end) {
  if (step.within && past.at(end).at - past.at(before).at > length_of(*step.within)) return false;
  const auto wall = std::ranges::upper_bound(walls, before);
  return wall == walls.end() || *wall >= end;
}

/// The places at which the steps so far can have come to their end.
Spots ends_of(const Past& past, const Step& step, const Spots& walls, const Spots& candidates, const Spots* ends_before) {
  const auto times = static_cast<std::size_t>(step.times);
  Spots out;
  std::size_t ended = 0;  // ends of the step before that lie before the first of these `times`
  for (std::size_t i = times - 1; i < candidates.size(); ++i) {
    const auto first = candidates[i + 1 - times], end = candidates[i];
    auto before = first;
    if (ends_before != nullptr) {
      while (ended < ends_before->size() && (*ends_before)[ended] < first) ++ended;
      if (ended == 0) continue;
      before = (*ends_before)[ended - 1];
    }
    if (in_reach(past, step, walls, before, end)) out.push_back(end);
  }
  return out;
}

bool in_order(const Past& past, const Sequence& s, const std::vector<Spots>& walls, const std::vector<Spots>& candidates) {
  Spots ends;
  for (std::size_t i = 0; i < s.steps.size(); ++i) {
    auto next = ends_of(past, s.steps[i], walls[i], candidates[i], i == 0 ? nullptr : &ends);
    ends = std::move(next);
    if (ends.empty()) return false;
  }
  return true;
}

/// The steps' events side by side in the past, nothing between them.
bool in_a_row(const Past& past, const Sequence& s, const std::vector<Spots>& walls, const std::vector<Spots>& candidates) {
  const auto has = [](const Spots& spots, std::uint32_t place) { return std::ranges::binary_search(spots, place); };
  const auto from = [&](std::uint32_t start) {
    auto at = start;
    for (std::size_t i = 0; i < s.steps.size(); ++i) {
      const auto before = i == 0 ? start : at - 1;
      for (std::int64_t n = 0; n < s.steps[i].times; ++n, ++at)
        if (!has(candidates[i], at)) return false;
      if (!in_reach(past, s.steps[i], walls[i], before, at - 1)) return false;
    }
    return true;
  };
  return std::ranges::any_of(candidates[0], from);
}

/// Each step its own events, in whatever order: for every choice of steps there are as many events as they need (Hall).
bool in_any_order(const Sequence& s, const std::vector<Spots>& candidates) {
  std::map<std::uint32_t, unsigned> steps_of;  // of a place, as bits
  for (std::size_t i = 0; i < candidates.size(); ++i)
    for (const auto place : candidates[i]) steps_of[place] |= 1U << i;
  std::map<unsigned, std::int64_t> alike;
  for (const auto& [place, steps] : steps_of) ++alike[steps];
  for (unsigned choice = 1; choice < 1U << s.steps.size(); ++choice) {
    std::int64_t need = 0, have = 0;
    for (std::size_t i = 0; i < s.steps.size(); ++i)
      if ((choice >> i & 1) != 0) need += s.steps[i].times;
    for (const auto& [steps, count] : alike)
      if ((steps & choice) != 0) have += count;
    if (have < need) return false;
  }
  return true;
}

}  // namespace

bool Past::found(const Sequence& s) const {
  const Candidates candidates(*this, s);
  std::vector<Spots> walls;
  for (const auto& step : s.steps) walls.push_back(walls_of(*this, step));
  return candidates.any([&](const std::vector<Spots>& of) {
    if (s.order == Order::any) return in_any_order(s, of);
    return s.order == Order::strict ? in_a_row(*this, s, walls, of) : in_order(*this, s, walls, of);
  });
}

}  // namespace koi::segments
