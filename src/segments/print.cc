// The mirror of parse.cc: one function a phrase.
#include <fmt/format.h>

#include "base/text.h"
#include "segments/fields.h"
#include "segments/text.h"
#include "segments/tokens.h"
#include "segments/words.h"

namespace koi::segments {
namespace {

constexpr std::size_t kLineMax = 100;

std::string clause_text(const Clause& clause);

/// Whether a group reads as `a and b` or `a or b`; others carry their word in front.
bool joins(const Group& g) { return g.kind != Group::none && g.of.size() >= 2; }
bool joins(const Clause& c) {
  const auto* group = std::get_if<Group>(&c.is);
  return group != nullptr && joins(*group);
}
std::string guarded(const Clause& c) { return joins(c) ? "(" + clause_text(c) + ")" : clause_text(c); }

template <class Items, class Text>
std::string list_text(const Items& items, std::string_view between, Text text) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += between;
    out += text(item);
  }
  return out;
}
std::string conditions_text(const Clauses& where) { return list_text(where, " and ", guarded); }

std::string group_text(const Group& g) {
  if (joins(g)) return list_text(g.of, g.kind == Group::all ? " and " : " or ", guarded);
  if (g.kind == Group::none && g.of.size() == 1) return "not " + guarded(g.of[0]);
  if (g.of.empty() && g.kind != Group::none) return g.kind == Group::all ? "everyone" : "nobody";
  const std::string_view word = g.kind == Group::all ? "all" : g.kind == Group::any ? "any" : "none";
  return fmt::format("{}({})", word, list_text(g.of, ", ", clause_text));
}

// ---- values --------------------------------------------------------------------------------------------------------

std::string calendar_text(const Calendar& c) {
  return c.zone.empty() ? std::string(word_of(c.span)) : fmt::format("{} in {}", word_of(c.span), quoted_text(c.zone));
}

struct ValueText {
  std::string operator()(Decimal v) const { return text_of(v); }
  std::string operator()(Money v) const { return text_of(v); }
  std::string operator()(const std::string& v) const { return quoted_text(v); }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(LocalDay v) const { return day_text(v); }
  std::string operator()(Instant v) const { return to_rfc3339(v); }
  std::string operator()(Duration v) const { return text_of(v); }
  std::string operator()(const Calendar& v) const { return calendar_text(v); }
};

// ---- events --------------------------------------------------------------------------------------------------------

std::string kind_text(const std::string& kind) { return kind == "*" ? kind : step_text(kind); }

std::string selection_text(const std::string& kind, const Clauses& where) {
  return where.empty() ? kind_text(kind) : kind_text(kind) + " where " + conditions_text(where);
}

struct WindowText {
  std::string operator()(const Lifetime&) const { return ""; }
  std::string operator()(const Last& w) const { return " within last " + text_of(w.length); }
  std::string operator()(const Ago& w) const { return fmt::format(" between {} and {} ago", text_of(w.from), text_of(w.to)); }
  std::string operator()(const Calendar& w) const { return " within " + calendar_text(w); }
  std::string operator()(const Between& w) const { return fmt::format(" between {} and {}", print_value(w.from), print_value(w.to)); }
  std::string operator()(const Since& w) const {
    return " since " + kind_text(w.kind) + (w.where.empty() ? "" : " where (" + conditions_text(w.where) + ")");
  }
};

std::string events_text(const Events& e, std::string_view property = {}) {
  auto out = kind_text(e.kind);
  if (!property.empty()) out += "." + name_text(property);
  if (!e.where.empty()) out += " where " + conditions_text(e.where);
  return out + print_window(e.window);
}

std::string same_text(const std::vector<std::string>& same) {
  return same.empty() ? "" : ", same " + list_text(same, ", ", name_text);
}

std::string step_of(const Step& s) {
  auto out = selection_text(s.kind, s.where);
  if (s.times != 1) out += fmt::format(" {} times", s.times);
  if (s.within) out += " within " + text_of(*s.within);
  for (const auto& unless : s.unless) out += fmt::format(" not {} between", selection_text(unless.kind, unless.where));
  return out;
}

// ---- clauses -------------------------------------------------------------------------------------------------------

std::string argument_text(const std::string& arg) {
  const bool number = !arg.empty() && arg.size() <= 9 && arg.find_first_not_of("0123456789") == std::string::npos;
  return number ? arg : quoted_text(arg);
}

struct SubjectText {
  std::string operator()(const Field& f) const {
    return f.args.empty() ? name_text(f.name) : fmt::format("{}({})", name_text(f.name), list_text(f.args, ", ", argument_text));
  }
  std::string operator()(const Aggregate& a) const { return fmt::format("{}({})", word_of(a.fn), events_text(a.events, a.property)); }
};

std::string compare_text(const Compare& c) {
  auto out = print_subject(c.subject);
  if (c.lens != Lens::plain) out = fmt::format("{}({})", word_of(c.lens), out);
  const bool yes_or_no = c.op == Op::eq && c.values.size() == 1 && std::holds_alternative<bool>(c.values[0]);
  const auto* field = std::get_if<Field>(&c.subject);
  const bool called = field != nullptr && !field->args.empty() && c.lens == Lens::plain;
  if (yes_or_no && called && std::get<bool>(c.values[0])) return out;
  out += fmt::format(" {}", yes_or_no ? "is" : word_of(c.op));
  switch (operands_of(c.op)) {
    case Operands::none: return out;
    case Operands::some: return out + " (" + list_text(c.values, ", ", print_value) + ")";
    case Operands::percent: return out + " " + list_text(c.values, " and ", print_value) + "%";
    default: return out + " " + list_text(c.values, " and ", print_value);
  }
}

struct ClauseText {
  std::string operator()(const Group& g) const { return group_text(g); }
  std::string operator()(const Compare& c) const { return compare_text(c); }
  std::string operator()(const Did& d) const { return fmt::format("did({})", events_text(d.events)); }
  std::string operator()(const Without& w) const {
    return fmt::format("did({} without {} within {} after{})", events_text(w.did), selection_text(w.missing.kind, w.missing.where),
                       text_of(w.length), same_text(w.same));
  }
  std::string operator()(const Sequence& s) const {
    const auto order = s.order == Order::ordered ? std::string() : fmt::format(" {} ", word_of(s.order));
    const auto steps = list_text(s.steps, s.order == Order::any ? ", " : " -> ", step_of);
    return fmt::format("seq{}({}{}){}", order, steps, same_text(s.same), print_window(s.window));
  }
  std::string operator()(const Element& e) const {
    return fmt::format("{} {} where ({})", e.each ? "every" : "any", name_text(e.list), conditions_text(e.where));
  }
  std::string operator()(const Changed& c) const {
    auto out = name_text(c.attribute) + " changed";
    if (c.from) out += " from " + print_value(*c.from);
    if (c.to) out += " to " + print_value(*c.to);
    return out + print_window(c.window);
  }
  std::string operator()(const InSegment& s) const { return "in segment " + quoted_text(s.segment); }
  std::string operator()(const InList& l) const { return "in list " + quoted_text(l.list); }
  std::string operator()(const Bucket& b) const { return fmt::format("bucket({}, {}, {})", quoted_text(b.seed), b.from, b.to); }
};
std::string clause_text(const Clause& clause) { return std::visit(ClauseText{}, clause.is); }

/// One child a line, `and` in front of every further one; a group inside stands in brackets of its own lines.
void write_lines(const Clause& clause, std::size_t indent, std::string& out) {
  const auto flat = clause_text(clause);
  if (indent + count_chars(flat) <= kLineMax || !joins(clause)) { out += flat; return; }
  const auto& group = std::get<Group>(clause.is);
  const std::string margin(indent, ' ');
  for (std::size_t i = 0; i < group.of.size(); ++i) {
    if (i > 0) out += "\n" + margin + (group.kind == Group::all ? "and " : "or ");
    if (!joins(group.of[i])) { out += clause_text(group.of[i]); continue; }
    out += "(\n" + margin + "  ";
    write_lines(group.of[i], indent + 2, out);
    out += "\n" + margin + ")";
  }
}

}  // namespace

std::string print_clause(const Clause& clause) { return clause_text(clause); }
std::string print_subject(const Subject& subject) { return std::visit(SubjectText{}, subject); }
std::string print_value(const Value& value) { return std::visit(ValueText{}, value); }
std::string print_window(const Window& window) { return std::visit(WindowText{}, window); }

std::string print_rule(const Rule& rule) {
  std::string out;
  write_lines(rule.root, 0, out);
  return out;
}

}  // namespace koi::segments
