#include "segments/conditions.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/text.h"
#include "events/events.h"
#include "segments/text.h"
#include "segments/words.h"

namespace koi::segments {

namespace {

namespace columns = events::columns;
using columns::Where;
using Texts = std::vector<std::string>;

std::unexpected<Error> not_in_columns(std::string_view what) {
  return fail(Errc::invalid, "segments.not_in_columns", std::string(what));
}

/// Names of what an event has beside its properties.
std::string column_of(std::string_view name) {
  if (name == "amount") return std::string(columns::kAmount);
  if (name == "source") return std::string(columns::kSource);
  if (name == "at") return std::string(columns::kTime);
  return std::string(name);
}

std::optional<double> number_in(const Value& value) {
  if (const auto* d = std::get_if<Decimal>(&value)) return static_cast<double>(d->micros) / static_cast<double>(kMicros);
  if (const auto* m = std::get_if<Money>(&value)) return static_cast<double>(m->fen.v);
  if (const auto* t = std::get_if<Instant>(&value)) return static_cast<double>(to_ms(*t));
  return std::nullopt;
}

struct Operands {
  std::vector<double> numbers;
  Texts texts;
  std::vector<bool> truths;
};
Operands operands_in(const Compare& c) {
  Operands out;
  for (const auto& value : c.values) {
    if (const auto number = number_in(value)) out.numbers.push_back(*number);
    if (const auto* text = std::get_if<std::string>(&value)) out.texts.push_back(c.lens == Lens::folded ? fold(*text) : *text);
    if (const auto* truth = std::get_if<bool>(&value)) out.truths.push_back(*truth);
  }
  return out;
}

template <class T>
bool among(const std::vector<T>& list, const T& value) { return std::ranges::find(list, value) != list.end(); }

/// How numbers compare; nothing when the operator asks something else.
std::function<bool(double)> number_test(Op op, const std::vector<double>& n) {
  if (n.empty()) return {};
  const auto first = n[0];
  switch (op) {
    case Op::eq: return [first](double v) { return v == first; };
    case Op::ne: return [first](double v) { return v != first; };
    case Op::lt: case Op::before: return [first](double v) { return v < first; };
    case Op::le: return [first](double v) { return v <= first; };
    case Op::gt: case Op::after: return [first](double v) { return v > first; };
    case Op::ge: return [first](double v) { return v >= first; };
    case Op::in: case Op::has_any: return [n](double v) { return among(n, v); };
    case Op::not_in: case Op::has_none: return [n](double v) { return !among(n, v); };
    case Op::between:
      if (n.size() != 2) return {};
      return [n](double v) { return v >= n[0] && v <= n[1]; };
    default: return {};
  }
}

std::function<bool(std::string_view)> text_test(Op op, const Texts& t) {
  if (t.empty()) return {};
  switch (op) {
    case Op::eq: return [a = t[0]](std::string_view v) { return v == a; };
    case Op::ne: return [a = t[0]](std::string_view v) { return v != a; };
    case Op::in: case Op::has_any: return [t](std::string_view v) { return among(t, std::string(v)); };
    case Op::not_in: case Op::has_none: return [t](std::string_view v) { return !among(t, std::string(v)); };
    case Op::contains: return [a = t[0]](std::string_view v) { return v.find(a) != v.npos; };
    case Op::not_contains: return [a = t[0]](std::string_view v) { return v.find(a) == v.npos; };
    case Op::starts: return [a = t[0]](std::string_view v) { return v.starts_with(a); };
    case Op::ends: return [a = t[0]](std::string_view v) { return v.ends_with(a); };
    case Op::matches: return [re = std::make_shared<RE2>(t[0], RE2::Quiet)](std::string_view v) { return RE2::PartialMatch(re2::StringPiece(v.data(), v.size()), *re); };
    default: return {};
  }
}

/// The same question put to one element of a list; "none of them" is then said of the whole.
Op of_element(Op op, bool& none) {
  none = op == Op::ne || op == Op::not_in || op == Op::not_contains || op == Op::has_none;
  if (op == Op::ne) return Op::eq;
  if (op == Op::not_in || op == Op::has_none) return Op::has_any;
  return op == Op::not_contains ? Op::contains : op;
}

Result<Where> compare_of(const Compare& c) {
  const auto* field = std::get_if<Field>(&c.subject);
  if (field == nullptr) return not_in_columns("an aggregate inside a condition");
  Where one{.join = Where::Join::test, .property = column_of(field->name)};
  if (c.op == Op::is_set || c.op == Op::is_missing) {
    one.join = c.op == Op::is_set ? Where::Join::set : Where::Join::missing;
    return one;
  }
  const auto o = operands_in(c);
  if (c.lens == Lens::length) {
    one.text = [test = number_test(c.op, o.numbers)](std::string_view v) { return test && test(static_cast<double>(count_chars(v))); };
    return one;
  }
  if (c.lens != Lens::plain && c.lens != Lens::folded) return not_in_columns(word_of(c.lens));
  if (c.op == Op::has_all) {
    Where all{.join = Where::Join::all};
    for (const auto& text : o.texts) all.parts.push_back({.join = Where::Join::test, .property = one.property, .text = text_test(Op::eq, {text})});
    return all;
  }
  one.number = number_test(c.op, o.numbers);
  one.text = text_test(c.op, o.texts);
  if (o.truths.size() == 1 && (c.op == Op::eq || c.op == Op::ne)) one.truth = [want = o.truths[0] == (c.op == Op::eq)](bool v) { return v == want; };
  if (one.text && c.lens == Lens::folded) one.text = [test = one.text](std::string_view v) { return test(fold(v)); };
  if (!one.number && !one.text && !one.truth) return not_in_columns(word_of(c.op));
  // A list asks its elements; a plain text of the same name answers for itself.
  bool none = false;
  const auto inner = of_element(c.op, none);
  if (!none || !one.text) return one;
  Where of_list{.join = Where::Join::test, .property = one.property, .text = text_test(inner, o.texts), .no_element = true};
  of_list.only_lists = true;
  one.no_lists = true;
  return Where{.join = Where::Join::any, .parts = {std::move(one), std::move(of_list)}};
}

Result<Where> condition_of(const Clause& clause) {
  if (const auto* c = std::get_if<Compare>(&clause.is)) return compare_of(*c);
  const auto* group = std::get_if<Group>(&clause.is);
  if (group == nullptr) return not_in_columns("any … where");
  Where out{.join = group->kind == Group::all ? Where::Join::all : group->kind == Group::any ? Where::Join::any : Where::Join::none};
  for (const auto& inner : group->of) {
    TRY(auto part, condition_of(inner));
    out.parts.push_back(std::move(part));
  }
  return out;
}

Result<columns::Step> unknown_kind(Tx& tx, const std::string& name) {
  TRY(const auto kinds, events::kinds(tx));
  std::vector<std::string_view> names;
  for (const auto& kind : kinds) names.push_back(kind.name);
  const auto near = nearest(name, names);
  return fail(Errc::not_found, "segments.unknown_name", name + (near.empty() ? "" : ", did you mean " + std::string(near)));
}

}  // namespace

Result<Where> where_of(const Clauses& conditions) {
  Where out;
  for (const auto& clause : conditions) {
    TRY(auto part, condition_of(clause));
    out.parts.push_back(std::move(part));
  }
  return out;
}

Result<columns::Step> step_of(Tx& tx, std::string_view text) {
  TRY(const auto parsed, parse_rule("did(" + std::string(text) + ")"));
  const auto* did = std::get_if<Did>(&parsed.rule.root.is);
  if (did == nullptr || !std::holds_alternative<Lifetime>(did->events.window))
    return fail(Errc::invalid, "segments.bad_step", std::string(text));
  columns::Step step;
  if (did->events.kind != "*") {
    TRY(const auto known, events::find_kind(tx, did->events.kind));
    if (!known) return unknown_kind(tx, did->events.kind);
    step.kinds = {known->id};
  }
  TRY(step.where, where_of(did->events.where));
  return step;
}

}  // namespace koi::segments
