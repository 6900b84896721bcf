/// One person's deeds up to a moment, as rules select and sum them. For evaluators in this room.
#pragma once
#include <algorithm>

#include "segments/compare.h"
#include "segments/deeds.h"

namespace koi::segments {

class Past {
 public:
  Past(const Deeds& deeds, const Moment& m) : deeds_(&deeds), m_(&m), end_(deeds.until(m.now)) {}

  /// Every window is a stretch of places in deeds().all(), because they stand by time.
  struct Places { std::size_t begin = 0, end = 0; };
  Places in(const Window& window) const;
  bool fits(std::size_t place, const Clauses& where) const;
  /// Calls fn(place) -> bool (false: enough) for each such event in the places, in order.
  template <class F>
  void each(const std::string& kind, const Clauses& where, Places places, F&& fn) const;
  template <class F>
  void each(const Events& events, F&& fn) const { each(events.kind, events.where, in(events.window), fn); }
  std::vector<std::uint32_t> places_of(const Events& events) const;

  std::optional<Known> aggregate(const Aggregate& a) const;
  /// The first event nothing came after as it should have; nothing when there is none.
  std::optional<std::size_t> unanswered(const Without& w) const;
  bool found(const Sequence& s) const;

  const Deed& at(std::size_t place) const { return deeds_->all()[place]; }
  std::optional<Known> property(std::size_t place, const std::string& path) const { return deeds_->property(at(place), path); }
  const Deeds& deeds() const { return *deeds_; }
  const Moment& moment() const { return *m_; }
  std::size_t end() const { return end_; }

 private:
  /// The first place that is not before the instant, and none that is not yet.
  std::size_t from(Instant at) const;
  std::optional<std::size_t> last_of(const Since& since) const;
  bool condition(const Clause& c, std::size_t place) const;
  bool answered(const Without& w, std::size_t place) const;

  const Deeds* deeds_;
  const Moment* m_;
  std::size_t end_;
};

/// Whether some or each member of a list is as asked.
bool element_holds(const Element& element, const List& list, const Moment& m);

template <class F>
void Past::each(const std::string& kind, const Clauses& where, Places places, F&& fn) const {
  const auto of = deeds_->of(kind);
  for (auto at = std::ranges::lower_bound(of, places.begin); at != of.end() && *at < places.end; ++at)
    if (fits(*at, where) && !fn(*at)) return;
}

}  // namespace koi::segments
