#include "segments/judge.h"

#include <cmath>

#include "segments/compare.h"
#include "segments/past.h"

namespace koi::segments {
namespace {

/// Deviations from the mean of everybody, to six decimals.
std::optional<Known> zscore(const Ratio& mine, const Spread& everybody) {
  if (!(everybody.deviation > 0)) return {};
  const auto value = static_cast<double>(mine.over) / static_cast<double>(mine.under);
  return Ratio{std::llround((value - everybody.mean) / everybody.deviation * 1e6), 1};
}

bool changed(const Changed& c, const Facts& facts, const Past& past) {
  const auto& m = past.moment();
  // The window of a change that has happened: the same stretch of time an event's would be.
  const auto inside = [&](Instant at) {
    if (const auto* last = std::get_if<Last>(&c.window)) return at > m.now - length_of(last->length);
    if (const auto* ago = std::get_if<Ago>(&c.window)) return at > m.now - length_of(ago->from) && at <= m.now - length_of(ago->to);
    if (const auto* between = std::get_if<Between>(&c.window)) return at >= begin_of(between->from, m) && at < begin_of(between->to, m);
    const auto* calendar = std::get_if<Calendar>(&c.window);
    if (calendar == nullptr) return true;
    const auto period = period_of(*calendar, m);
    return at >= period.from && at < period.to;
  };
  const auto was = [&](const std::optional<Value>& wanted, const std::optional<Known>& had) {
    if (!wanted || !had) return !wanted;
    return is_list(*had) ? has_member(*had, *wanted, false, m) : compare_values(*had, *wanted, m) == 0;
  };
  return std::ranges::any_of(facts.changes(c.attribute), [&](const Change& change) {
    return change.at <= m.now && inside(change.at) && was(c.from, change.before) && was(c.to, change.after);
  });
}

}  // namespace

Spread Spread::of(std::vector<std::int64_t> numbers) {
  Spread out;
  std::ranges::sort(numbers);
  out.sorted = std::move(numbers);
  const auto n = static_cast<double>(out.sorted.size());
  if (out.sorted.empty()) return out;
  for (const auto one : out.sorted) out.mean += static_cast<double>(one);
  out.mean /= n;
  double squares = 0;
  for (const auto one : out.sorted) squares += (static_cast<double>(one) - out.mean) * (static_cast<double>(one) - out.mean);
  out.deviation = std::sqrt(squares / n);
  return out;
}

bool ranks(const Compare& c, const Ratio& mine, const Spread& everybody) {
  const bool share = c.op == Op::top || c.op == Op::bottom;
  if (c.lens == Lens::zscore && !share) return compare_holds(c, zscore(mine, everybody), false, {});
  if (c.lens == Lens::zscore && !zscore(mine, everybody)) return false;  // deviations rank as their numbers do
  const auto n = static_cast<__int128>(everybody.sorted.size());
  if (n == 0) return false;
  const auto percent = static_cast<__int128>(std::get<Decimal>(c.values[0]).micros);
  const auto count = static_cast<std::size_t>(std::clamp<__int128>((n * percent + 100 * kMicros - 1) / (100 * kMicros), 1, n));
  const bool top = c.op == Op::top;
  const Ratio last{everybody.sorted[top ? everybody.sorted.size() - count : count - 1], 1};
  return top ? order_of(mine, last) >= 0 : order_of(mine, last) <= 0;
}

bool fact_holds(const Compare& c, const Facts& facts, const Moment& m) {
  const auto& field = std::get<Field>(c.subject);
  const auto known = facts.of(field);
  if (c.lens != Lens::zscore && c.op != Op::top && c.op != Op::bottom) return compare_holds(c, known, field.name == "tags", m);
  const auto* mine = known ? std::get_if<Ratio>(&*known) : nullptr;
  const auto* everybody = facts.spread(field);
  if (mine == nullptr || everybody == nullptr) return c.op == Op::is_missing;
  return ranks(c, *mine, *everybody);
}

bool clause_holds(const Clause& c, const Facts& facts, const Past& past, const Moment& m) {
  if (const auto* group = std::get_if<Group>(&c.is)) {
    const auto one = [&](const Clause& inner) { return clause_holds(inner, facts, past, m); };
    if (group->kind == Group::all) return std::ranges::all_of(group->of, one);
    return std::ranges::any_of(group->of, one) == (group->kind == Group::any);
  }
  if (const auto* one = std::get_if<Compare>(&c.is)) {
    const auto* aggregate = std::get_if<Aggregate>(&one->subject);
    return aggregate == nullptr ? fact_holds(*one, facts, m) : compare_holds(*one, past.aggregate(*aggregate), false, m);
  }
  if (const auto* one = std::get_if<Did>(&c.is)) {
    bool did = false;
    past.each(one->events, [&](std::size_t) { return !(did = true); });
    return did;
  }
  if (const auto* one = std::get_if<Without>(&c.is)) return past.unanswered(*one).has_value();
  if (const auto* one = std::get_if<Sequence>(&c.is)) return past.found(*one);
  if (const auto* one = std::get_if<Changed>(&c.is)) return changed(*one, facts, past);
  if (const auto* one = std::get_if<InSegment>(&c.is)) return facts.in_segment(one->segment);
  if (const auto* one = std::get_if<InList>(&c.is)) return facts.in_list(one->list);
  const auto* bucket = std::get_if<Bucket>(&c.is);
  if (bucket == nullptr) return false;  // an Element stands inside events only
  const auto mine = bucket_of(bucket->seed, facts.person());
  return mine >= bucket->from && mine < bucket->to;
}

bool judge(const Rule& rule, const Facts& facts, const Past& past) {
  return !facts.erased() && clause_holds(rule.root, facts, past, past.moment());
}

bool judge(const Rule& rule, const Facts& facts, const Deeds& deeds, const Moment& m) {
  return judge(rule, facts, Past(deeds, m));
}

}  // namespace koi::segments
