#include "events/columns/retention.h"

#include <array>
#include <bit>

namespace koi::events::columns {

namespace {

/// Periods as bits.
template <std::size_t W>
struct Bits {
  std::array<std::uint64_t, W> words;
  void clear() { words.fill(0); }
  /// One word stays in a register.
  void add(std::uint32_t i) { words[W == 1 ? 0 : i / 64] |= 1ULL << i % 64; }
  bool has(std::uint32_t i) const { return i / 64 < W && (words[i / 64] >> i % 64 & 1) != 0; }
  /// The 64 periods from i on.
  std::uint64_t from(std::uint32_t i) const {
    const auto w = i / 64, bit = i % 64;
    if (w >= W) return 0;
    return words[w] >> bit | (bit != 0 && w + 1 < W ? words[w + 1] << (64 - bit) : 0);
  }
  std::uint32_t first() const {
    for (std::uint32_t w = 0; w < W; ++w)
      if (words[w] != 0) return w * 64 + static_cast<std::uint32_t>(std::countr_zero(words[w]));
    return UINT32_MAX;
  }
};

using Cohorts = std::vector<RetentionAnswer::Cohort>;

Cohorts no_cohorts(const RetentionQuestion& q) {
  Cohorts out(q.cohorts);
  for (auto& cohort : out) cohort.back.resize(q.columns + 1);
  return out;
}

/// How an answer is broken down. Which groups are large enough to be counted cell by cell is found by a scan of its own: cells
/// of all groups would be too many to keep.
struct Parting {
  Groups* groups = nullptr;
  bool sizing = false;               // people by group only
  std::vector<std::uint32_t> parts;  // by group: the place among the parts, from 1; 0: none
};

template <std::size_t W>
struct Counting {
  const RetentionQuestion* q;
  const Parting* parting;
  RetentionAnswer answer;
  std::vector<std::uint64_t> sizes;  // people by group

  Counting(const RetentionQuestion& question, const Parting& how) : q(&question), parting(&how) {
    answer.cohorts = no_cohorts(question);
    for (const auto part : how.parts)
      if (part != 0) answer.parts.push_back({{}, no_cohorts(question)});
  }
  void count(Ordinal o, std::uint32_t group, std::uint32_t cohort, const Bits<W>& back) {
    if (cohort >= q->cohorts) return;
    if (parting->sizing) {
      if (group >= sizes.size()) sizes.resize(std::size_t{group} + 1);
      ++sizes[group];
      return;
    }
    const bool in = tally(answer.cohorts[cohort], cohort, back);
    if (in && (!q->group || parting->groups->names()[group] == *q->group)) answer.in.add(o);
    if (group < parting->parts.size() && parting->parts[group] != 0) tally(answer.parts[parting->parts[group] - 1].cohorts[cohort], cohort, back);
  }
  /// Whether it was in the cell whose people are collected.
  bool tally(RetentionAnswer::Cohort& row, std::uint32_t cohort, const Bits<W>& back) const {
    ++row.people;
    bool in = false;
    const auto came_back = [&](std::uint32_t k) {
      ++row.back[k];
      in = in || (q->cell && q->cell->first == cohort && q->cell->second == k);
    };
    if (q->rolling) {
      bool later = false;
      for (auto k = q->columns + 1; cohort + k < q->periods.size(); ++k) later = later || back.has(cohort + k);
      for (auto k = q->columns + 1; k-- > 0;)
        if (later = later || back.has(cohort + k); later) came_back(k);
      return in;
    }
    for (std::uint32_t k = 0; k <= q->columns; k += 64) {
      auto seen = back.from(cohort + k);
      if (q->columns - k < 63) seen &= (2ULL << (q->columns - k)) - 1;
      for (; seen != 0; seen &= seen - 1) came_back(k + static_cast<std::uint32_t>(std::countr_zero(seen)));
    }
    return in;
  }
  void add(Cohorts& to, const Cohorts& from) const {
    for (std::size_t c = 0; c < to.size(); ++c) {
      to[c].people += from[c].people;
      for (std::size_t k = 0; k <= q->columns; ++k) to[c].back[k] += from[c].back[k];
    }
  }
  void absorb(Counting&& other) {
    add(answer.cohorts, other.answer.cohorts);
    for (std::size_t i = 0; i < answer.parts.size(); ++i) add(answer.parts[i].cohorts, other.answer.parts[i].cohorts);
    if (sizes.size() < other.sizes.size()) sizes.resize(other.sizes.size());
    for (std::size_t g = 0; g < other.sizes.size(); ++g) sizes[g] += other.sizes[g];
    answer.in |= other.answer.in;
  }
};

/// One behaviour: the periods it was seen in say everything.
template <std::size_t W>
struct Same : Counting<W> {
  struct State { Bits<W> seen; bool early; };
  struct Binding { const Part* part; Wanted wanted; std::vector<const Lane*> lanes; Test test; };
  static constexpr bool kOrdered = false;
  using Counting<W>::Counting;
  using Counting<W>::q;
  using Counting<W>::parting;

  void reset(State& s, Ordinal) const {
    s.seen.clear();
    s.early = false;
  }
  Binding bind(const Part& part) const {
    Test test(q->first.where, part, q->source_of);
    const auto& kinds = q->first.kinds;
    const auto* lane = kinds.size() == 1 && test.always() ? part.lane(kinds[0]) : nullptr;
    const std::vector<std::int64_t> none{-1};
    Wanted wanted(part, lane != nullptr || test.never() ? none : kinds);
    std::vector<const Lane*> lanes;
    if (lane != nullptr) lanes.push_back(lane);
    return {&part, std::move(wanted), std::move(lanes), std::move(test)};
  }
  void see(State& s, std::uint32_t second) const {
    const auto period = q->periods.of(second);
    if (period != Periods::outside()) s.seen.add(period);
    else if (from_ms(std::int64_t{second} * 1000) < q->periods.start(0)) s.early = true;
  }
  bool row(State& s, const Binding& b, std::uint32_t row) const {
    if (b.test(row)) see(s, b.part->seconds()[row]);
    return false;
  }
  void lane(State& s, const Binding& b, std::size_t, std::uint32_t from, std::uint32_t to) const {
    auto seen = s;
    for (const auto second : b.lanes[0]->seconds.subspan(from, to - from)) see(seen, second);
    s = seen;
  }
  void person(Ordinal o, State& s) {
    if (q->ever && s.early) return;
    this->count(o, parting->groups->of_person(o), s.seen.first(), s.seen);
  }
  void absorb(Same&& other) { Counting<W>::absorb(std::move(other)); }
};

/// Two behaviours: only what comes after the first counts.
template <std::size_t W>
struct Two : Counting<W> {
  struct State { Bits<W> back; std::uint32_t cohort, group; bool begun; };
  struct Binding { const Part* part; Wanted wanted; std::vector<bool> first, back; Test first_test, back_test; Groups::Bound group; };
  static constexpr bool kOrdered = true;
  using Counting<W>::Counting;
  using Counting<W>::q;
  using Counting<W>::parting;

  void reset(State& s, Ordinal o) const {
    s.back.clear();
    s.begun = false;
    s.cohort = UINT32_MAX;
    s.group = parting->groups->of_person(o);
  }
  Binding bind(const Part& part) const {
    auto kinds = q->first.kinds;
    kinds.insert(kinds.end(), q->back.kinds.begin(), q->back.kinds.end());
    return {&part, Wanted(part, kinds), codes_of(part, q->first.kinds), codes_of(part, q->back.kinds), Test(q->first.where, part, q->source_of), Test(q->back.where, part, q->source_of),
            parting->groups->bind(part, q->source_of)};
  }
  bool row(State& s, const Binding& b, std::uint32_t row) const {
    const auto code = b.part->kind_code(row);
    const auto period = q->periods.of(b.part->seconds()[row]);
    const bool inside = period != Periods::outside();
    if (!s.begun && b.first[code] && (inside || q->ever) && b.first_test(row)) {
      s.begun = true;
      s.cohort = period;
      if (!parting->groups->by_person()) s.group = parting->groups->of(b.group, row);
    }
    if (s.begun && inside && b.back[code] && b.back_test(row)) s.back.add(period);
    return false;
  }
  void person(Ordinal o, State& s) { this->count(o, s.group, s.cohort, s.back); }
  void absorb(Two&& other) { Counting<W>::absorb(std::move(other)); }
};

template <std::size_t W>
Counting<W> counted(const View& view, const ScanOptions& options, const RetentionQuestion& q, const Parting& parting) {
  // What a cohort began with is known only in the order of time.
  if (q.same && q.by.property.empty()) return scan(view, options, Same<W>(q, parting));
  return scan(view, options, Two<W>(q, parting));
}

template <std::size_t W>
RetentionAnswer answer(const View& view, const ScanOptions& options, const RetentionQuestion& q) {
  Groups groups(q.by);
  Parting parting{.groups = &groups, .sizing = false, .parts = {}};
  if (q.by.empty()) return counted<W>(view, options, q, parting).answer;
  parting.sizing = true;
  const auto sizes = counted<W>(view, options, q, parting).sizes;
  std::vector<std::uint32_t> order;
  for (std::uint32_t g = 0; g < sizes.size(); ++g)
    if (sizes[g] > 0) order.push_back(g);
  std::ranges::stable_sort(order, std::greater{}, [&](std::uint32_t g) { return sizes[g]; });
  const auto shown = std::min(order.size(), q.parts);
  parting.sizing = false;
  parting.parts.resize(sizes.size());
  for (std::uint32_t i = 0; i < shown; ++i) parting.parts[order[i]] = i + 1;
  auto out = counted<W>(view, options, q, parting).answer;
  for (std::uint32_t i = 0; i < shown; ++i) out.parts[i].value = groups.names()[order[i]];
  out.more_parts = order.size() - shown;
  return out;
}

}  // namespace

RetentionAnswer retention(const View& view, const ScanOptions& given, const RetentionQuestion& q) {
  auto options = given;
  options.to_ms = to_ms(q.periods.start(q.periods.size()));
  if (!q.ever) options.from_ms = to_ms(q.periods.start(0));
  return q.periods.size() <= 64 ? answer<1>(view, options, q) : answer<Periods::kMax / 64>(view, options, q);
}

}  // namespace koi::events::columns
