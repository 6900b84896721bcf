#include "segments/tallies.h"

#include "segments/compare.h"

namespace koi::segments {
namespace {

namespace columns = events::columns;
using columns::Where;
using Join = Where::Join;

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

std::string column_of(const std::string& path) {
  if (path == "amount") return std::string(columns::kAmount);
  if (path == "source") return std::string(columns::kSource);
  return path == "at" ? std::string(columns::kTime) : path;
}

/// An event that carries no amount has one of 0.
Where of_amount(Where test, const Compare& c, const Moment& m) {
  if (c.op == Op::is_set) return {};
  if (c.op == Op::is_missing) return {.join = Join::none, .parts = {Where{}}};
  if (!compare_holds(c, Known(whole(0)), false, m)) return test;
  return {.join = Join::any, .parts = {std::move(test), {.join = Join::missing, .property = std::string(columns::kAmount)}}};
}

std::optional<Where> where_of_compare(const Compare& c, const Record& record, const Moment& m) {
  const auto* field = std::get_if<Field>(&c.subject);
  if (field == nullptr) return {};
  const bool asks_presence = c.op == Op::is_set || c.op == Op::is_missing;
  const bool asks_lists = c.lens == Lens::size || c.op == Op::has_any || c.op == Op::has_all || c.op == Op::has_none;
  if (asks_lists || (asks_presence && c.lens != Lens::plain) || !exact_numbers(record, field->name)) return {};
  Where out{.join = Join::test, .property = column_of(field->name), .no_lists = true};
  out.text = [&c, &m](std::string_view v) { return compare_holds(c, Known(v), false, m); };
  out.truth = [&c, &m](bool v) { return compare_holds(c, Known(v), false, m); };
  if (field->name == "at") out.number = [&c, &m](double v) { return compare_holds(c, Known(from_ms(static_cast<std::int64_t>(v))), false, m); };
  else out.number = [&c, &m](double v) { return compare_holds(c, Known(ratio_of(v)), false, m); };
  if (field->name == "amount") return of_amount(std::move(out), c, m);
  if (!asks_presence) return out;
  // A list of objects has columns of its members' names, which are no properties.
  const auto is_texts = [](const columns::Column& column) { return column.type() == columns::ValueType::list; };
  if (field->name.find('.') != std::string::npos && any_column(record, field->name, is_texts)) return {};
  return Where{.join = c.op == Op::is_set ? Join::set : Join::missing, .property = out.property};
}

std::optional<Where> where_of_clause(const Clause& clause, const Record& record, const Moment& m) {
  if (const auto* c = std::get_if<Compare>(&clause.is)) return where_of_compare(*c, record, m);
  const auto* group = std::get_if<Group>(&clause.is);
  if (group == nullptr) return {};
  auto out = exact_where(group->of, record, m);
  if (out) out->join = group->kind == Group::all ? Join::all : group->kind == Group::any ? Join::any : Join::none;
  return out;
}

std::vector<std::int64_t> kinds_of(const std::string& kind, const Record& record) {
  if (kind != "*") return {record.kind(kind)};
  std::vector<std::int64_t> out;
  for (const auto& shelved : record.view().parts)
    for (const auto one : shelved.part->kinds())
      if (std::ranges::find(out, one) == out.end()) out.push_back(one);
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

std::optional<Where> exact_where(const Clauses& where, const Record& record, const Moment& m) {
  Where out;
  for (const auto& clause : where) {
    auto part = where_of_clause(clause, record, m);
    if (!part) return {};
    out.parts.push_back(std::move(*part));
  }
  return out;
}

std::optional<columns::TallyOf> tally_of(const Clause& leaf, const Record& record, const Moment& m) {
  const Events* events = nullptr;
  columns::TallyOf out;
  if (const auto* did = std::get_if<Did>(&leaf.is)) events = &did->events;
  if (const auto* compare = std::get_if<Compare>(&leaf.is))
    if (const auto* a = std::get_if<Aggregate>(&compare->subject); a != nullptr && can_sum(*a, record)) {
      events = &a->events;
      if (!a->property.empty()) out.property = column_of(a->property);
    }
  if (events == nullptr || !add_window(events->window, m, out)) return {};
  auto where = exact_where(events->where, record, m);
  if (!where) return {};
  out.what = {.kinds = kinds_of(events->kind, record), .where = std::move(*where)};
  return out;
}

SumTest::SumTest(const Clause& leaf, const Moment& m) : leaf_(&leaf), m_(&m) {
  const auto* compare = std::get_if<Compare>(&leaf.is);
  if (compare == nullptr) {  // did: at least one
    op_ = Op::gt;
    return;
  }
  const auto fn = std::get<Aggregate>(compare->subject).fn;
  const bool order = compare->op >= Op::eq && compare->op <= Op::ge;
  if ((fn != Fn::count && fn != Fn::sum) || compare->lens != Lens::plain || !order) return;
  counts_ = fn == Fn::count;
  const auto* decimal = std::get_if<Decimal>(&compare->values[0]);
  const auto* money = std::get_if<Money>(&compare->values[0]);
  if (decimal == nullptr && money == nullptr) return;
  op_ = compare->op;
  bound_ = decimal != nullptr ? decimal->micros : whole(money->fen.v).over;
}

bool SumTest::operator()(const columns::Sum& sum) const {
  if (!op_) {
    const auto& compare = std::get<Compare>(leaf_->is);
    return compare_holds(compare, value_of(std::get<Aggregate>(compare.subject), sum, *m_), false, *m_);
  }
  const auto value = counts_ ? whole(sum.count).over : whole(sum.sum).over + sum.micros;
  switch (*op_) {
    case Op::eq: return value == bound_;
    case Op::ne: return value != bound_;
    case Op::lt: return value < bound_;
    case Op::le: return value <= bound_;
    case Op::gt: return value > bound_;
    default: return value >= bound_;
  }
}

}  // namespace koi::segments
