/// The oracle's view of one event after another, found by trying every choice.
#pragma once
#include "segments/tests/plain_events.h"

namespace koi::segments::plain {

/// All have the property, and all the same.
inline bool share(const std::vector<const Event*>& events, const std::vector<std::string>& paths) {
  return std::ranges::all_of(paths, [&](const std::string& path) {
    const auto first = property_of({events[0], nullptr}, path);
    return first && std::ranges::all_of(events, [&](const Event* e) {
      const auto other = property_of({e, nullptr}, path);
      return other && same_datum(*first, *other);
    });
  });
}

/// Tries every choice of events for the steps, one after the other.
class Search {
 public:
  Search(const Past& past, const Sequence& s, const Moment& m) : past_(past), s_(s), m_(m), in_(places_in(past, s.window, m)) {}
  bool found() { return choose(0, 0, {}); }

 private:
  using Chosen = std::vector<std::size_t>;
  bool whole(const Chosen& chosen) const {
    std::vector<const Event*> events;
    for (const auto i : chosen) events.push_back(&past_[i]);
    return share(events, s_.same);
  }
  /// The next event for step `n`, of which `have` are chosen.
  bool choose(std::size_t n, std::int64_t have, const Chosen& chosen) {
    if (n == s_.steps.size()) return whole(chosen);
    const auto& step = s_.steps[n];
    if (have == step.times) return fits(n, chosen) && choose(n + 1, 0, chosen);
    for (const auto i : in_) {
      if (!may_follow(i, have, chosen) || !is_selected(past_[i], step.kind, step.where, m_)) continue;
      auto more = chosen;
      more.push_back(i);
      if (choose(n, have + 1, more)) return true;
    }
    return false;
  }
  bool may_follow(std::size_t i, std::int64_t have, const Chosen& chosen) const {
    if (chosen.empty()) return true;
    if (s_.order == Order::strict) return i == chosen.back() + 1;
    if (s_.order == Order::ordered) return i > chosen.back();
    if (have > 0) return i > chosen.back() && std::ranges::find(chosen, i) == chosen.end();
    return std::ranges::find(chosen, i) == chosen.end();
  }
  /// What a whole step must keep to: its time, and what may not lie between.
  bool fits(std::size_t n, const Chosen& chosen) const {
    const auto& step = s_.steps[n];
    const auto times = static_cast<std::size_t>(step.times);
    const auto end = chosen.back();
    const auto before = chosen.size() == times ? chosen.front() : chosen[chosen.size() - times - 1];
    if (step.within && past_[end].at - past_[before].at > length_of(*step.within)) return false;
    for (const auto& unless : step.unless)
      for (auto i = before + 1; i < end; ++i)
        if (is_selected(past_[i], unless.kind, unless.where, m_)) return false;
    return true;
  }

  const Past& past_;
  const Sequence& s_;
  const Moment& m_;
  std::vector<std::size_t> in_;
};

inline bool without(const Past& past, const Without& w, const Moment& m) {
  for (const auto i : places_in(past, w.did.window, m)) {
    if (!is_selected(past[i], w.did.kind, w.did.where, m)) continue;
    const auto end = past[i].at + length_of(w.length);
    if (end > m.now) continue;  // there is time left
    bool answered = false;
    for (auto j = i + 1; j < past.size(); ++j)
      if (past[j].at <= end && is_selected(past[j], w.missing.kind, w.missing.where, m) && share({&past[i], &past[j]}, w.same)) answered = true;
    if (!answered) return true;
  }
  return false;
}

}  // namespace koi::segments::plain
