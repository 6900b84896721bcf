#include "events/columns/retention.h"

#include <immintrin.h>

#include <array>
#include <bit>
#include <cstring>
#include <utility>

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
  /// Every period up to the last.
  Bits filled() const {
    Bits out{};
    for (auto w = W; w-- > 0;)
      if (w + 1 < W && out.words[w + 1] != 0) out.words[w] = ~0ULL;
      else if (words[w] != 0) out.words[w] = ~0ULL >> std::countl_zero(words[w]);
    return out;
  }
};

using Cohorts = std::vector<RetentionAnswer::Cohort>;

/// People by cohort, and how often each column's bit was set among them: a byte each, eight to a word, poured out before one
/// can run over.
class Counts {
 public:
  explicit Counts(const RetentionQuestion& q) : words_((q.columns + 8) / 8), bytes_(q.cohorts * words_), filled_(q.cohorts), total_(q.cohorts) {
    for (auto& cohort : total_) cohort.back.resize(q.columns + 1);
  }
  /// Columns are the bits from `cohort` on.
  template <std::size_t W>
  void add(std::uint32_t cohort, const Bits<W>& seen) {
    auto* bytes = &bytes_[cohort * words_];
    for (std::uint32_t word = 0; word < words_; word += 8) {
      auto bits = seen.from(cohort + word * 8);
      for (auto w = word; w < std::min(word + 8, words_); ++w, bits >>= 8) bytes[w] += spread(bits & 0xFF);
    }
    if (++filled_[cohort] == 255) pour(cohort);
  }
  void absorb(Counts&& other) {
    other.settle();
    for (std::size_t c = 0; c < total_.size(); ++c) {
      total_[c].people += other.total_[c].people;
      for (std::size_t k = 0; k < total_[c].back.size(); ++k) total_[c].back[k] += other.total_[c].back[k];
    }
  }
  Cohorts take() {
    settle();
    return std::move(total_);
  }

 private:
  /// Bit i as byte i, 0 or 1.
  static std::uint64_t spread(std::uint64_t eight) {
    constexpr std::uint64_t kEach = 0x0101010101010101;
    const auto apart = eight * kEach & 0x8040201008040201;
    return (apart + 0x7F * kEach) >> 7 & kEach;
  }
  void pour(std::size_t cohort) {
    auto& to = total_[cohort];
    to.people += std::exchange(filled_[cohort], 0);
    auto* bytes = &bytes_[cohort * words_];
    for (std::size_t k = 0; k < to.back.size(); ++k) to.back[k] += bytes[k / 8] >> k % 8 * 8 & 0xFF;
    std::fill_n(bytes, words_, 0);
  }
  void settle() {
    for (std::size_t c = 0; c < total_.size(); ++c) pour(c);
  }

  std::uint32_t words_;
  std::vector<std::uint64_t> bytes_;
  std::vector<std::uint8_t> filled_;
  Cohorts total_;
};

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
  std::vector<Counts> counts;        // of everybody, then of each part
  std::vector<std::uint64_t> sizes;  // people by group
  People in;

  Counting(const RetentionQuestion& question, const Parting& how) : q(&question), parting(&how) {
    const auto parts = std::ranges::count_if(how.parts, [](std::uint32_t part) { return part != 0; });
    counts.assign(1 + static_cast<std::size_t>(parts), Counts(question));
    plain_ = !how.sizing && parts == 0 && !question.rolling && !question.cell;
  }
  [[gnu::always_inline]] void count(Ordinal o, std::uint32_t group, std::uint32_t cohort, const Bits<W>& seen) {
    if (cohort >= q->cohorts) return;
    if (plain_) return counts[0].add(cohort, seen);
    if (parting->sizing) {
      if (group >= sizes.size()) sizes.resize(std::size_t{group} + 1);
      ++sizes[group];
      return;
    }
    const auto back = q->rolling ? seen.filled() : seen;
    counts[0].add(cohort, back);
    if (q->cell && q->cell->first == cohort && back.has(cohort + q->cell->second) && (!q->group || parting->groups->names()[group] == *q->group)) in.add(o);
    if (group < parting->parts.size() && parting->parts[group] != 0) counts[parting->parts[group]].add(cohort, back);
  }
  void absorb(Counting&& other) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i].absorb(std::move(other.counts[i]));
    if (sizes.size() < other.sizes.size()) sizes.resize(other.sizes.size());
    for (std::size_t g = 0; g < other.sizes.size(); ++g) sizes[g] += other.sizes[g];
    in |= other.in;
  }
  RetentionAnswer answer() {
    RetentionAnswer out{.cohorts = counts[0].take(), .parts = {}, .more_parts = 0, .in = std::move(in)};
    for (std::size_t i = 1; i < counts.size(); ++i) out.parts.push_back({{}, counts[i].take()});
    return out;
  }

 private:
  bool plain_;  // only everybody is counted
};

/// Calls fn(j, periods as bits) for each of a lane's people; period_of[i] is the period of the i-th of their rows, with seven
/// bytes to spare.
template <class F>
__attribute__((target("avx2"))) void each_set_avx2(const Lane& lane, Run people, const std::uint8_t* period_of, F& fn) {
  const auto one = _mm256_set1_epi64x(1);
  const auto begin = lane.start[people.begin];
  for (auto j = people.begin; j < people.end; ++j) {
    auto sets = _mm256_setzero_si256();
    for (auto i = lane.start[j] - begin, end = lane.start[j + 1] - begin; i < end; i += 8) {
      std::uint64_t eight;
      std::memcpy(&eight, period_of + i, 8);
      if (end - i < 8) eight |= ~0ULL << (end - i) * 8;  // no byte, no bit
      const auto low = _mm256_cvtepu8_epi64(_mm_cvtsi64_si128(static_cast<std::int64_t>(eight)));
      const auto high = _mm256_cvtepu8_epi64(_mm_cvtsi64_si128(static_cast<std::int64_t>(eight >> 32)));
      sets = _mm256_or_si256(sets, _mm256_or_si256(_mm256_sllv_epi64(one, low), _mm256_sllv_epi64(one, high)));
    }
    const auto half = _mm_or_si128(_mm256_castsi256_si128(sets), _mm256_extracti128_si256(sets, 1));
    fn(j, static_cast<std::uint64_t>(_mm_cvtsi128_si64(half)) | static_cast<std::uint64_t>(_mm_extract_epi64(half, 1)));
  }
}
template <class F>
void each_set(const Lane& lane, Run people, const std::uint8_t* period_of, F&& fn) {
  if (cpu() == Cpu::avx2) return each_set_avx2(lane, people, period_of, fn);
  const auto begin = lane.start[people.begin];
  for (auto j = people.begin; j < people.end; ++j) {
    std::uint64_t set = 0;
    for (auto i = lane.start[j] - begin; i < lane.start[j + 1] - begin; ++i)
      if (period_of[i] != Periods::kNoByte) set |= 1ULL << period_of[i];
    fn(j, set);
  }
}

/// One behaviour: the periods it was seen in say everything.
template <std::size_t W>
struct Same : Counting<W> {
  struct State { Bits<W> seen; bool early; };
  struct Binding { const Part* part; Wanted wanted; std::vector<const Lane*> lanes; Test test; };
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
    for (const auto second : b.lanes[0]->seconds.subspan(from, to - from)) see(s, second);
  }
  void stretch(std::span<State> states, const Binding& b, std::size_t, Run people, std::span<const Ordinal> of) {
    const auto& lane = *b.lanes[0];
    const auto begin = lane.start[people.begin], rows = lane.start[people.end] - begin;
    if constexpr (W == 1) {
      if (period_of_.size() < rows + 8) period_of_.resize(rows + 8);
      q->periods.of(lane.seconds.subspan(begin, rows), period_of_.data());
      const auto started = to_ms(q->periods.start(0)) / 1000;
      each_set(lane, people, period_of_.data(), [&](std::uint32_t j, std::uint64_t set) {
        const auto o = of[lane.who[j]];
        if (o == kNobody) return;
        auto& s = states[o % kBlock];
        s.seen.words[0] |= set;
        s.early |= lane.seconds[lane.start[j]] < started;
      });
    } else {
      for (auto j = people.begin; j < people.end; ++j)
        if (const auto o = of[lane.who[j]]; o != kNobody) this->lane(states[o % kBlock], b, 0, lane.start[j], lane.start[j + 1]);
    }
  }
  void merge(State& into, const State& from) const {
    for (std::size_t w = 0; w < W; ++w) into.seen.words[w] |= from.seen.words[w];
    into.early |= from.early;
  }
  void person(Ordinal o, State& s) {
    if (q->ever && s.early) return;
    this->count(o, parting->groups->of_person(o), s.seen.first(), s.seen);
  }
  void absorb(Same&& other) { Counting<W>::absorb(std::move(other)); }

 private:
  std::vector<std::uint8_t> period_of_;
};

/// Two behaviours: only what comes after the first counts.
template <std::size_t W>
struct Two : Counting<W> {
  struct State { Bits<W> back; std::uint32_t cohort, group; bool begun; };
  struct Binding { const Part* part; Wanted wanted; std::vector<bool> first, back; Test first_test, back_test; Groups::Bound group; };
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
  if (q.by.empty()) return counted<W>(view, options, q, parting).answer();
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
  auto out = counted<W>(view, options, q, parting).answer();
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
