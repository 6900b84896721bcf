#include "segments/conditions.h"

#include "base/say.h"
#include "base/text.h"
#include "events/events.h"
#include "segments/check.h"
#include "segments/compare.h"
#include "segments/past.h"
#include "segments/text.h"

namespace koi::segments {

namespace {

namespace columns = events::columns;
using columns::Column;
using columns::Where;
using Join = Where::Join;

std::unexpected<Error> not_in_columns(Said what) {
  return fail(Errc::invalid, "segments.not_in_columns", std::move(what));
}

/// A comparison and when it is asked, for as long as somebody asks.
struct Asked {
  Compare compare;
  Moment moment;
  bool operator()(const std::optional<Known>& k) const { return compare_holds(compare, k, false, moment); }
};

Where where_of_compare(const Compare& c, const Field& field, const Moment& m) {
  const auto holds = std::make_shared<const Asked>(c, m);
  Where out{.join = Join::test, .property = column_of(field.name)};
  out.text = [holds](std::string_view v) { return (*holds)(Known(v)); };
  out.truth = [holds](bool v) { return (*holds)(Known(v)); };
  out.decimal = [holds](double v) { return (*holds)(Known(ratio_of(v))); };
  out.list = [holds](const Column& column, std::uint32_t cell) { return (*holds)(Known(List{&column, cell})); };
  if (field.name == "at") out.whole = [holds](std::int64_t v) { return (*holds)(Known(from_ms(v))); };
  else if (const auto bound = bound_of(c)) out.whole = [bound = *bound](std::int64_t v) { return bound(whole(v).over); };
  else out.whole = [holds](std::int64_t v) { return (*holds)(Known(whole(v))); };
  // An event that carries no amount has one of 0.
  const auto absent = field.name == "amount" ? std::optional<Known>(whole(0)) : std::nullopt;
  if (!(*holds)(absent)) return out;
  Where missing{.join = Join::missing, .property = out.property};
  return {.join = Join::any, .parts = {std::move(out), std::move(missing)}};
}

Where where_of_element(const Element& element, const Moment& m) {
  struct AskedOfList { Element element; Moment moment; };
  const auto asked = std::make_shared<const AskedOfList>(element, m);
  Where out{.join = Join::test, .property = column_of(element.list)};
  out.list = [asked](const Column& column, std::uint32_t cell) { return element_holds(asked->element, List{&column, cell}, asked->moment); };
  return out;
}

Result<Where> where_of_clause(const Clause& clause, const Moment& m) {
  if (const auto* c = std::get_if<Compare>(&clause.is)) {
    const auto* field = std::get_if<Field>(&c->subject);
    if (field == nullptr) return not_in_columns({"an aggregate inside a condition", "条件里不能再有统计"});
    return where_of_compare(*c, *field, m);
  }
  if (const auto* element = std::get_if<Element>(&clause.is)) return where_of_element(*element, m);
  const auto* group = std::get_if<Group>(&clause.is);
  if (group == nullptr) return not_in_columns({"a clause about a person inside a condition", "条件里不能询问客户"});
  TRY(auto out, where_of(group->of, m));
  out.join = group->kind == Group::all ? Join::all : group->kind == Group::any ? Join::any : Join::none;
  return out;
}

Result<columns::Step> unknown_kind(Tx& tx, const std::string& name) {
  TRY(const auto kinds, events::kinds(tx));
  std::vector<std::string_view> names;
  for (const auto& kind : kinds) names.push_back(kind.name);
  const auto near = nearest(name, names);
  if (near.empty()) return fail(Errc::not_found, "segments.unknown_name", name);
  return fail(Errc::not_found, "segments.unknown_name", say("{}, did you mean {}", "{}，是不是想写 {}", name, near));
}

}  // namespace

std::string column_of(std::string_view path) {
  if (path == "amount") return std::string(columns::kAmount);
  if (path == "source") return std::string(columns::kSource);
  if (path == "at") return std::string(columns::kTime);
  return std::string(path);
}

Result<Where> where_of(const Clauses& conditions, const Moment& m) {
  Where out;
  for (const auto& clause : conditions) {
    TRY(auto part, where_of_clause(clause, m));
    out.parts.push_back(std::move(part));
  }
  return out;
}

Result<columns::Step> step_of(Tx& tx, std::string_view text, const Moment& m) {
  const auto source = "did(" + std::string(text) + ")";
  TRY(const auto parsed, parse_rule(source));
  const auto* did = std::get_if<Did>(&parsed.rule.root.is);
  if (did == nullptr || !std::holds_alternative<Lifetime>(did->events.window))
    return fail(Errc::invalid, "segments.bad_step", std::string(text));
  columns::Step step;
  Vocabulary words;
  if (const auto& kind = did->events.kind; kind != "*") {
    TRY(const auto known, events::find_kind(tx, kind));
    if (!known) return unknown_kind(tx, kind);
    step.kinds = {known->id};
    words.events.push_back({kind, known->zh, known->en});
  }
  TRY(require_sound(parsed, source, words));
  TRY(step.where, where_of(did->events.where, m));
  return step;
}

}  // namespace koi::segments
