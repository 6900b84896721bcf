#include "events/columns/touch.h"

#include <boost/container/small_vector.hpp>

#include "events/columns/recent.h"
#include "events/columns/touch_credits.h"

namespace koi::events::columns {

namespace {

struct Crediting {
  struct Binding;
  struct Seen {
    const Binding* binding;
    std::uint32_t row, second;
    std::int64_t at() const { return binding->part->at(row); }
  };
  /// earned: the touch that earned last, and its group: the conversions after it are often the same touch's.
  struct State { boost::container::small_vector<Seen, 3> touches; std::size_t head, earned; std::uint32_t earned_group; Ordinal who; };
  enum Role : std::uint8_t { is_touch = 1, is_conversion = 2 };
  struct Binding { const Part* part; Wanted wanted; std::vector<std::uint8_t> role; Test touch_test, conversion_test; Groups::Bound group; };
  static constexpr auto kNone = SIZE_MAX;

  Crediting(const TouchQuestion& question, Groups& g) : q(&question), groups(&g), times(question), credits(question, g) {}

  void reset(State& s, Ordinal o) const {
    s.touches.clear();
    s.head = 0;
    s.earned = kNone;
    s.who = o;
  }
  Binding bind(const Part& part) const {
    auto kinds = q->touch.kinds;
    kinds.insert(kinds.end(), q->conversion.kinds.begin(), q->conversion.kinds.end());
    const auto touch = codes_of(part, q->touch.kinds), conversion = codes_of(part, q->conversion.kinds);
    std::vector<std::uint8_t> role(part.kinds().size());
    for (std::size_t code = 0; code < role.size(); ++code) role[code] = static_cast<std::uint8_t>((touch[code] ? is_touch : 0) | (conversion[code] ? is_conversion : 0));
    return {&part, Wanted(part, kinds), std::move(role), Test(q->touch.where, part, q->source_of), Test(q->conversion.where, part, q->source_of),
            groups->bind(part, q->source_of)};
  }
  bool row(State& s, const Binding& b, std::uint32_t row) {
    const Seen here{&b, row, b.part->seconds()[row]};
    if (here.second > times.to_s) return true;
    const auto role = b.role[b.part->kind_code(row)];
    if ((role & is_touch) != 0 && b.touch_test(row)) {
      s.touches.push_back(here);
      if (s.touches.size() == 1 && !groups->by_person()) groups->fetch(b.group, row);
    }
    if ((role & is_conversion) != 0 && b.conversion_test(row) && times.asks_for(here.second, [&] { return here.at(); })) convert(s, here);
    return false;
  }
  bool too_early(const Seen& touch, const Seen& conversion) const {
    return times.too_early(touch.second, conversion.second, [&] { return touch.at(); }, [&] { return conversion.at(); });
  }
  void convert(State& s, const Seen& conversion) {
    const auto fen = conversion.binding->part->amount(conversion.row);
    while (s.head < s.touches.size() && too_early(s.touches[s.head], conversion)) ++s.head;
    if (s.head == s.touches.size()) {
      credits.earn_untouched(s.who, fen);
    } else if (q->credit == Credit::linear) {
      const auto n = s.touches.size() - s.head;
      const auto parts = split(Fen{fen}, std::vector<std::int64_t>(n, 1));
      for (std::size_t i = 0; i < n; ++i) earn(s, s.head + i, 1.0 / static_cast<double>(n), parts[i].v);
    } else {
      earn(s, q->credit == Credit::first ? s.head : s.touches.size() - 1, 1, fen);
    }
  }
  void earn(State& s, std::size_t touch, double conversions, std::int64_t fen) {
    if (s.earned != touch) {
      s.earned = touch;
      s.earned_group = groups->by_person() ? groups->of_person(s.who) : groups->of(s.touches[touch].binding->group, s.touches[touch].row);
    }
    credits.earn(s.who, s.earned_group, conversions, fen);
  }
  void person(Ordinal, State&) const {}
  void absorb(Crediting&& other) { credits.absorb(other.credits); }

  const TouchQuestion* q;
  Groups* groups;
  TouchTimes times;
  Credits credits;
};

}  // namespace

void Credits::absorb(const Credits& other) {
  for (std::uint32_t g = 0; g < other.tallies_.size(); ++g) give(g, other.tallies_[g].conversions, other.tallies_[g].fen);
  untouched_.conversions += other.untouched_.conversions;
  untouched_.fen += other.untouched_.fen;
  in_ |= other.in_;
}

TouchAnswer Credits::answer() && {
  TouchAnswer out{{}, std::move(in_)};
  for (std::uint32_t g = 0; g < tallies_.size(); ++g)
    if (tallies_[g].conversions > 0) out.groups.push_back({groups_->names()[g], false, tallies_[g].conversions, tallies_[g].fen});
  std::ranges::stable_sort(out.groups, std::greater{}, &TouchGroup::conversions);
  out.groups.push_back({{}, true, untouched_.conversions, untouched_.fen});
  return out;
}

TouchAnswer touch(const View& view, const ScanOptions& given, const TouchQuestion& q) {
  auto options = given;
  options.to_ms = q.to_ms;
  options.from_ms = q.from_ms == INT64_MIN ? INT64_MIN : q.from_ms - q.lookback_ms;
  // Most people convert seldom, and the touches of those who did not are nobody's.
  const auto converted = recent(view, q.conversion.kinds, q.from_ms, q.to_ms).possible();
  options.likely = &converted;
  Groups groups(q.by);
  if (auto first = first_touches(view, options, q, groups)) return std::move(*first).answer();
  return std::move(scan(view, options, Crediting(q, groups)).credits).answer();
}

}  // namespace koi::events::columns
