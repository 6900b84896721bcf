/// What conversions earned, group by group, while a scan counts them; and whose they are, when that is asked.
#pragma once
#include "events/columns/groups.h"
#include "events/columns/touch.h"

namespace koi::events::columns {

class Credits {
 public:
  Credits(const TouchQuestion& question, const Groups& groups) : q_(&question), groups_(&groups) {}
  void earn(Ordinal person, std::uint32_t group, double conversions, std::int64_t fen) {
    give(group, conversions, fen);
    if (q_->collect && !q_->untouched && (!q_->group || groups_->names()[group] == *q_->group)) in_.add(person);
  }
  void earn_untouched(Ordinal person, std::int64_t fen) {
    untouched_.conversions += 1;
    untouched_.fen += fen;
    if (q_->collect && q_->untouched) in_.add(person);
  }
  void absorb(const Credits& other);
  TouchAnswer answer() &&;

 private:
  struct Tally { double conversions = 0; std::int64_t fen = 0; };
  void give(std::uint32_t group, double conversions, std::int64_t fen) {
    if (group >= tallies_.size()) tallies_.resize(std::size_t{group} + 1);
    tallies_[group].conversions += conversions;
    tallies_[group].fen += fen;
  }

  const TouchQuestion* q_;
  const Groups* groups_;
  std::vector<Tally> tallies_;
  Tally untouched_;
  People in_;
};

/// Times of a question with seconds alone, which stand near; thousandths are read at the edges only.
struct TouchTimes {
  explicit TouchTimes(const TouchQuestion& q)
      : from_ms(q.from_ms), to_ms(q.to_ms), lookback_ms(q.lookback_ms), from_s(q.from_ms / 1000), to_s(q.to_ms / 1000), lookback_s(q.lookback_ms / 1000) {}
  /// Whether a conversion is asked about.
  template <class At>
  bool asks_for(std::int64_t second, At&& at) const {
    if (second != from_s && second != to_s) return second > from_s && second < to_s;
    const auto ms = at();
    return ms >= from_ms && ms < to_ms;
  }
  /// Whether a touch came too long before a conversion.
  template <class TouchAt, class ConversionAt>
  bool too_early(std::int64_t touch_s, std::int64_t conversion_s, TouchAt&& touch_at, ConversionAt&& conversion_at) const {
    const auto between = conversion_s - touch_s;
    if (between < lookback_s || between > lookback_s + 1) return between > lookback_s;
    return conversion_at() - touch_at() > lookback_ms;
  }
  std::int64_t from_ms, to_ms, lookback_ms, from_s, to_s, lookback_s;
};

/// First touches only, of a kind that stands alone: begins from the conversions and stops at the touch. Nothing: another way
/// must answer.
std::optional<Credits> first_touches(const View& view, const ScanOptions& options, const TouchQuestion& question, Groups& groups);

}  // namespace koi::events::columns
