#include "segments/tallies.h"

#include "events/columns/recent.h"
#include "segments/conditions.h"

namespace koi::segments {
namespace {

namespace columns = events::columns;

constexpr std::int64_t kExactMax = 9'000'000'000'000;  // a million such numbers fit into a sum

template <class F>
bool any_column(const Record& record, std::string_view name, F&& fn) {
  for (const auto& shelved : record.view().parts)
    for (const auto& column : shelved.part->columns())
      if (column.name() == name && fn(column)) return true;
  return false;
}

/// Numbers that pass through a double and add up without loss.
bool exact_numbers(const Record& record, std::string_view name) {
  return !any_column(record, name, [](const columns::Column& c) {
    return c.type() == columns::ValueType::integer && (c.head().low < -kExactMax || c.head().high > kExactMax);
  });
}

std::vector<std::int64_t> kinds_of(const std::string& kind, const Record& record) {
  if (kind != "*") return {record.kind(kind)};
  std::vector<std::int64_t> out;
  for (const auto& shelved : record.view().parts)
    for (const auto one : shelved.part->kinds())
      if (record.is_deed(one) && std::ranges::find(out, one) == out.end()) out.push_back(one);
  if (out.empty()) out.push_back(-1);
  return out;
}

/// [from, to) in milliseconds; what is dated after now does not exist yet.
bool add_window(const Window& window, const Moment& m, columns::TallyOf& out) {
  const auto set = [&](Instant from, Instant to) {
    out.from_ms = to_ms(from);
    out.to_ms = std::min(to_ms(to), to_ms(m.now) + 1);
    return true;
  };
  constexpr Millis kNext{1};
  if (const auto* last = std::get_if<Last>(&window)) return set(m.now - length_of(last->length) + kNext, m.now + kNext);
  if (const auto* ago = std::get_if<Ago>(&window))
    return set(m.now - length_of(ago->from) + kNext, m.now - length_of(ago->to) + kNext);
  if (const auto* between = std::get_if<Between>(&window)) return set(begin_of(between->from, m), begin_of(between->to, m));
  out.to_ms = to_ms(m.now) + 1;
  const auto* calendar = std::get_if<Calendar>(&window);
  if (calendar == nullptr) return std::holds_alternative<Lifetime>(window);
  const auto period = period_of(*calendar, m);
  return set(period.from, period.to);
}

bool can_sum(const Aggregate& a, const Record& record) {
  const auto is_text = [](const columns::Column& c) { return c.type() == columns::ValueType::text && c.cells() > 0; };
  switch (a.fn) {
    case Fn::count:
    case Fn::recency:
    case Fn::tenure: return true;
    case Fn::first:
    case Fn::last: return a.property == "at";
    case Fn::sum:
    case Fn::avg: return a.property != "at" && a.property != "source" && exact_numbers(record, column_of(a.property));
    case Fn::min:
    case Fn::max:  // texts may be times
      if (a.property == "at") return true;
      return a.property != "source" && exact_numbers(record, column_of(a.property)) && !any_column(record, a.property, is_text);
    default: return false;
  }
}

std::optional<Known> value_of(const Aggregate& a, const columns::Sum& sum, const Moment& m) {
  const bool amount = a.property == "amount";  // an event that carries none has one of 0
  const auto counted = amount ? sum.count : sum.valued;
  const auto total = whole(sum.sum).over + sum.micros;
  const auto extreme = [&](double best, auto pick) -> std::optional<Known> {
    if (counted == 0) return {};
    return ratio_of(sum.valued == 0 ? 0 : counted > sum.valued ? pick(best, 0.0) : best);
  };
  if (a.fn == Fn::count) return whole(sum.count);
  if (a.fn == Fn::sum) return Ratio{total, 1};
  if (sum.count == 0) return {};
  const auto first = from_ms(sum.first_at), last = from_ms(sum.last_at);
  switch (a.fn) {
    case Fn::avg: return counted == 0 ? std::nullopt : std::optional<Known>(Ratio{total, counted});
    case Fn::recency: return Length{{(m.now - last).count(), 1}};
    case Fn::tenure: return Length{{(m.now - first).count(), 1}};
    case Fn::first: return first;
    case Fn::last: return last;
    case Fn::min: return a.property == "at" ? first : extreme(sum.least, [](double x, double y) { return std::min(x, y); });
    case Fn::max: return a.property == "at" ? last : extreme(sum.most, [](double x, double y) { return std::max(x, y); });
    default: return {};
  }
}

}  // namespace

std::optional<columns::TallyOf> tally_of(const Clause& leaf, const Record& record, const Moment& m) {
  const Events* events = nullptr;
  columns::TallyOf out;
  out.times = false;
  if (const auto* did = std::get_if<Did>(&leaf.is)) events = &did->events;
  if (const auto* compare = std::get_if<Compare>(&leaf.is))
    if (const auto* a = std::get_if<Aggregate>(&compare->subject); a != nullptr && can_sum(*a, record)) {
      events = &a->events;
      out.times = a->fn == Fn::recency || a->fn == Fn::tenure || a->property == "at";
      if (!a->property.empty()) out.property = column_of(a->property);
    }
  if (events == nullptr || !add_window(events->window, m, out)) return {};
  auto where = where_of(events->where, m);
  if (!where) return {};
  out.what = {.kinds = kinds_of(events->kind, record), .where = std::move(*where)};
  return out;
}

SumTest::SumTest(const Clause& leaf, const Moment& m) : leaf_(&leaf), m_(&m) {
  const auto* compare = std::get_if<Compare>(&leaf.is);
  if (compare == nullptr) {  // did: at least one
    bound_ = Bound{Op::gt, 0};
    return;
  }
  const auto fn = std::get<Aggregate>(compare->subject).fn;
  if (fn != Fn::count && fn != Fn::sum) return;
  counts_ = fn == Fn::count;
  bound_ = bound_of(*compare);
}

bool SumTest::operator()(const columns::Sum& sum) const {
  if (bound_) return (*bound_)(counts_ ? whole(sum.count).over : whole(sum.sum).over + sum.micros);
  const auto& compare = std::get<Compare>(leaf_->is);
  return compare_holds(compare, value_of(std::get<Aggregate>(compare.subject), sum, *m_), false, *m_);
}

std::optional<columns::SumWithin> SumTest::within(std::size_t of) const {
  if (!bound_) return {};
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min(), kMost = std::numeric_limits<std::int64_t>::max();
  const auto one = whole(1).over;
  const auto down = bound_->micros / one - (bound_->micros % one < 0 ? 1 : 0), up = down + (bound_->micros % one != 0 ? 1 : 0);
  const auto near = [](__int128 v) { return static_cast<std::int64_t>(std::clamp<__int128>(v, kLeast, kMost)); };
  switch (bound_->op) {
    case Op::eq: return columns::SumWithin{of, counts_, near(up), near(down), false};
    case Op::ne: return columns::SumWithin{of, counts_, near(up), near(down), true};
    case Op::lt: return columns::SumWithin{of, counts_, kLeast, near(up - 1), false};
    case Op::le: return columns::SumWithin{of, counts_, kLeast, near(down), false};
    case Op::gt: return columns::SumWithin{of, counts_, near(down + 1), kMost, false};
    default: return columns::SumWithin{of, counts_, near(up), kMost, false};
  }
}

std::vector<columns::People> people_by_sums(const Record& record, const columns::People& among, std::span<const columns::TallyOf> of,
                                            std::span<const AskedSum> asked) {
  std::vector<columns::SumWithin> within;
  for (const auto& one : asked)
    if (const auto bounds = one.test.within(one.sum)) within.push_back(*bounds);
  if (within.size() == asked.size())
    if (auto in = columns::people_within(record.view(), {.only = &among}, of, within)) return std::move(*in);
  std::vector<columns::People> in;  // first as if nobody did anything: the scan names only those who may have
  for (const auto& one : asked) in.push_back(one.test(columns::Sum()) ? among : columns::People(record.view().people));
  columns::tally(record.view(), {.only = &among}, of, record.sources(), [&](columns::Ordinal o, std::span<const columns::Sum> sums) {
    for (std::size_t i = 0; i < in.size(); ++i)
      if (asked[i].test(sums[asked[i].sum])) in[i].add(o);
      else in[i].remove(o);
  });
  return in;
}

std::optional<columns::People> people_by_last_times(const Clause& leaf, const Record& record, const Moment& m, const columns::People& among,
                                                    std::uint64_t& read) {
  if (!std::holds_alternative<Did>(leaf.is)) return {};
  const auto of = tally_of(leaf, record, m);
  if (!of || !of->what.where.empty()) return {};
  auto [in, open] = columns::recent(record.view(), of->what.kinds, of->from_ms, of->to_ms);
  auto unsure = open;  // without the other nodes of a person, which are looked at with them
  unsure &= among;
  in &= among;
  read += unsure.count();
  columns::tally(record.view(), {.only = &unsure, .likely = &open}, {&*of, 1}, record.sources(), [&](columns::Ordinal o, std::span<const columns::Sum> sums) {
    if (sums[0].count > 0) in.add(o);
  });
  return std::move(in);
}

}  // namespace koi::segments
