// By recursive descent, one function a phrase. Printing is its mirror: print.cc.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "segments/fields.h"
#include "segments/text.h"
#include "segments/tokens.h"
#include "segments/words.h"

namespace koi::segments {
namespace {

constexpr int kNestingMax = 48;  // brackets and negations inside one another, before anything is known of their meaning

class Parser {
 public:
  Parser(std::string_view source, std::vector<Token> tokens) : source_(source), tokens_(std::move(tokens)) {}

  Result<Parsed> rule() {
    Parsed out;
    TRY(out.rule.root, expression());
    if (now().kind != Mark::end) return wrong("and, or, or the end", {"and", "or"});
    out.leaves = std::move(leaves_);
    return out;
  }

 private:
  // ---- tokens ----
  const Token& now() const { return tokens_[at_]; }
  const Token& ahead(std::size_t n) const { return tokens_[std::min(at_ + n, tokens_.size() - 1)]; }
  void skip() { if (at_ + 1 < tokens_.size()) ++at_; }
  bool is_word(std::string_view word, std::size_t n = 0) const { return ahead(n).kind == Mark::word && ahead(n).text == word; }
  bool is_sign(std::string_view sign, std::size_t n = 0) const { return ahead(n).kind == Mark::sign && ahead(n).text == sign; }
  bool take_word(std::string_view word) { return is_word(word) && (skip(), true); }
  bool take_sign(std::string_view sign) { return is_sign(sign) && (skip(), true); }
  std::unexpected<Error> wrong(std::string_view expected, const std::vector<std::string_view>& near = {}) const {
    const auto suggestion = now().kind == Mark::word ? nearest(now().text, near) : std::string_view{};
    return refuse(source_, now().from, now().to, expected, suggestion);
  }
  Result<> need_sign(std::string_view sign) {
    if (!take_sign(sign)) return wrong(fmt::format("\"{}\"", sign));
    return {};
  }
  Result<> need_word(std::string_view word) {
    if (!take_word(word)) return wrong(fmt::format("\"{}\"", word), {word});
    return {};
  }
  template <class T>
  Result<T> need_value(std::string_view expected) {
    if (now().kind != Mark::value || !std::holds_alternative<T>(now().value)) return wrong(expected);
    auto out = std::get<T>(now().value);
    skip();
    return out;
  }
  Result<Duration> duration() { return need_value<Duration>("a length of time, like 30d, 24h or 15m"); }
  Result<std::string> text() {
    if (now().kind != Mark::text) return wrong("a text in quotation marks");
    auto out = now().text;
    skip();
    return out;
  }
  Result<std::int64_t> whole_number() {
    const auto read = now().kind == Mark::number ? parse_int(now().text) : std::nullopt;
    if (!read) return wrong("a whole number");
    skip();
    return *read;
  }
  std::size_t open_leaf() { leaves_.push_back({now().from, now().from}); return leaves_.size() - 1; }
  void close_leaf(std::size_t leaf) { leaves_[leaf].to = tokens_[at_ - 1].to; }

  // ---- groups ----
  static Clause joined(Group::Kind kind, Clauses of) {
    if (of.size() == 1) return std::move(of[0]);
    return Clause{Group{kind, std::move(of)}};
  }
  Result<Clause> expression() {
    Clauses any;
    do {
      TRY(auto all, terms());
      any.push_back(joined(Group::all, std::move(all)));
    } while (take_word("or"));
    return joined(Group::any, std::move(any));
  }
  Result<Clauses> terms() {
    Clauses out;
    do {
      TRY(auto one, term());
      out.push_back(std::move(one));
    } while (take_word("and"));
    return out;
  }
  /// Conditions as a list: `a and b` are two, `a or b` is one group of two.
  Result<Clauses> conditions() {
    TRY(auto first, terms());
    if (!is_word("or")) return first;
    Clauses any{joined(Group::all, std::move(first))};
    while (take_word("or")) {
      TRY(auto more, terms());
      any.push_back(joined(Group::all, std::move(more)));
    }
    return Clauses{Clause{Group{Group::any, std::move(any)}}};
  }
  Result<Clause> term() {
    if (nesting_ >= kNestingMax) return refuse(source_, now().from, now().to, "at most 16 levels", {}, "segments.too_deep");
    ++nesting_;
    auto out = bare_term();
    --nesting_;
    return out;
  }
  Result<Clause> bare_term() {
    if (take_sign("(")) {
      TRY(auto inner, expression());
      TRY(need_sign(")"));
      return inner;
    }
    if (is_word("not")) {
      skip();
      TRY(auto inner, term());
      Clauses of;
      of.push_back(std::move(inner));
      return Clause{Group{Group::none, std::move(of)}};
    }
    if (take_word("everyone")) return Clause{Group{Group::all, {}}};
    if (take_word("nobody")) return Clause{Group{Group::any, {}}};
    for (const auto& [word, kind] : {std::pair{"all", Group::all}, {"any", Group::any}, {"none", Group::none}})
      if (is_word(word) && is_sign("(", 1)) return group(kind);
    const auto leaf = open_leaf();
    auto out = this->leaf();
    if (out) close_leaf(leaf);
    return out;
  }
  Result<Clause> group(Group::Kind kind) {
    skip();
    skip();
    Clauses of;
    while (!is_sign(")")) {
      if (!of.empty()) TRY(need_sign(","));
      TRY(auto one, expression());
      of.push_back(std::move(one));
    }
    TRY(need_sign(")"));
    return Clause{Group{kind, std::move(of)}};
  }

  // ---- leaves ----
  Result<Clause> leaf() {
    if (is_word("did") && is_sign("(", 1)) return did();
    if (is_word("no")) return nothing_for();
    if (is_word("seq")) return sequence();
    if (is_word("any") || is_word("every")) return element();
    if (is_word("in") && (is_word("segment", 1) || is_word("list", 1))) return member();
    if (is_word("bucket") && is_sign("(", 1)) return bucket();
    return comparison();
  }

  Result<Clause> did() {
    skip();
    skip();
    TRY(auto events, this->events());
    if (!take_word("without")) {
      TRY(need_sign(")"));
      return Clause{Did{std::move(events)}};
    }
    Without out{std::move(events), {}, {}, {}};
    TRY(out.missing, selection());
    TRY(need_word("within"));
    TRY(out.length, duration());
    TRY(need_word("after"));
    if (take_sign(",")) { TRY(out.same, same()); }
    TRY(need_sign(")"));
    return Clause{std::move(out)};
  }
  /// `no order_paid for 30d` says `not did(order_paid within last 30d)`.
  Result<Clause> nothing_for() {
    skip();
    Events events;
    if (is_word("event") && is_word("for", 1)) { skip(); events.kind = "*"; }
    else { TRY(events, selection()); }
    TRY(need_word("for"));
    TRY(const auto length, duration());
    events.window = Last{length};
    return Clause{Group{Group::none, {Clause{Did{std::move(events)}}}}};
  }
  Result<std::vector<std::string>> same() {
    TRY(need_word("same"));
    std::vector<std::string> out;
    do {
      TRY(auto path, name());
      out.push_back(std::move(path));
    } while (take_sign(","));
    return out;
  }

  Result<Clause> sequence() {
    skip();
    Sequence out;
    for (const auto order : {Order::ordered, Order::strict, Order::any})
      if (take_word(word_of(order))) { out.order = order; break; }
    TRY(need_sign("("));
    for (;;) {
      TRY(auto step, this->step());
      out.steps.push_back(std::move(step));
      if (is_sign(",") && is_word("same", 1)) {
        skip();
        TRY(out.same, same());
        break;
      }
      if (!take_sign(out.order == Order::any ? "," : "->")) break;
    }
    if (!is_sign(")")) return wrong(out.order == Order::any ? "\",\" or \")\"" : "\"->\", \", same\" or \")\"");
    skip();
    TRY(out.window, window());
    return Clause{std::move(out)};
  }
  Result<Step> step() {
    TRY(auto events, selection());
    Step out{.kind = std::move(events.kind), .where = std::move(events.where)};
    if (now().kind == Mark::number && is_word("times", 1)) {
      TRY(out.times, whole_number());
      skip();
    }
    if (take_word("within")) { TRY(out.within, duration()); }
    while (take_word("not")) {
      TRY(auto unless, selection());
      TRY(need_word("between"));
      out.unless.push_back(std::move(unless));
    }
    return out;
  }

  Result<Clause> element() {
    Element out;
    out.each = is_word("every");
    skip();
    TRY(out.list, name());
    TRY(need_word("where"));
    TRY(out.where, bracketed());
    return Clause{std::move(out)};
  }
  Result<Clauses> bracketed() {
    TRY(need_sign("("));
    TRY(auto out, conditions());
    TRY(need_sign(")"));
    return out;
  }
  Result<Clause> member() {
    skip();
    const bool segment = is_word("segment");
    skip();
    TRY(auto name, text());
    if (segment) return Clause{InSegment{std::move(name)}};
    return Clause{InList{std::move(name)}};
  }
  Result<Clause> bucket() {
    skip();
    skip();
    Bucket out;
    TRY(out.seed, text());
    TRY(need_sign(","));
    TRY(out.from, whole_number());
    TRY(need_sign(","));
    TRY(out.to, whole_number());
    TRY(need_sign(")"));
    return Clause{std::move(out)};
  }

  // ---- events ----
  Result<std::string> kind() {
    if (take_sign("*")) return std::string("*");
    return one_name("the kind of event");
  }
  Result<Events> selection() {
    Events out;
    TRY(out.kind, kind());
    if (take_word("where")) { TRY(out.where, conditions()); }
    return out;
  }
  Result<Events> events() {
    TRY(auto out, selection());
    TRY(out.window, window());
    return out;
  }
  Result<Window> window() {
    if (take_word("since")) {
      Since out;
      TRY(out.kind, kind());
      if (take_word("where")) { TRY(out.where, bracketed()); }  // else an `and` behind it would belong to it
      return out;
    }
    if (take_word("between")) return between();
    // "within 24h" belongs to what stands around the events.
    if (!is_word("within") || ahead(1).kind == Mark::value) return Lifetime{};
    skip();
    if (is_word("last") && ahead(1).kind == Mark::value) {
      skip();
      TRY(const auto length, duration());
      return Last{length};
    }
    TRY(auto calendar, this->calendar());
    return calendar;
  }
  Result<Window> between() {
    const auto from = now().value;
    if (now().kind != Mark::value || std::holds_alternative<Money>(from)) return wrong("a date, an instant or a length of time");
    skip();
    TRY(need_word("and"));
    if (const auto* first = std::get_if<Duration>(&from)) {
      TRY(const auto second, duration());
      TRY(need_word("ago"));
      return Ago{*first, second};
    }
    TRY(auto to, day_or_instant());
    return Between{from, std::move(to)};
  }
  Result<Value> day_or_instant() {
    const bool fits = now().kind == Mark::value &&
                      (std::holds_alternative<LocalDay>(now().value) || std::holds_alternative<Instant>(now().value));
    if (!fits) return wrong("a date like 2026-01-31, or an instant");
    auto out = now().value;
    skip();
    return out;
  }
  std::optional<Span> span_here() const {
    if (now().kind != Mark::word) return {};
    if (const auto one = span_of(now().text)) return one;
    return ahead(1).kind == Mark::word ? span_of(now().text + " " + ahead(1).text) : std::nullopt;
  }
  Result<Calendar> calendar() {
    const auto span = span_here();
    if (!span) return wrong("last 30d, today, yesterday, this week, last month, this year");
    if (!span_of(now().text)) skip();
    skip();
    Calendar out{*span, {}};
    if (is_word("in") && ahead(1).kind == Mark::text) {
      skip();
      TRY(out.zone, text());
    }
    return out;
  }

  // ---- comparisons ----
  Result<std::string> one_name(std::string_view what) {
    const bool fits = now().kind == Mark::quoted || (now().kind == Mark::word && !reserved(now().text));
    if (!fits) return wrong(fmt::format("{}{}", what, now().kind == Mark::word ? " (in backticks when it is a word of the language)" : ""));
    auto out = now().text;
    skip();
    return out;
  }
  /// A name in backticks is whole; a plain one goes on behind each dot.
  Result<std::string> name(bool open = false) {
    if (now().kind == Mark::quoted) return one_name("a name");
    if (!open && now().kind == Mark::word && reserved(now().text) && !is_sign(".", 1)) {
      // A lens or an aggregate without brackets is an ordinary name.
      if (!lens_of(now().text) && !fn_of(now().text)) return one_name("a name");
    }
    if (now().kind != Mark::word) return wrong("a name");
    auto out = now().text;
    skip();
    while (is_sign(".") && ahead(1).kind == Mark::word) {
      skip();
      out += "." + now().text;
      skip();
    }
    return out;
  }

  Result<Clause> comparison() {
    Compare out;
    bool called = false;
    if (now().kind == Mark::word && is_sign("(", 1) && lens_of(now().text)) {
      out.lens = *lens_of(now().text);
      skip();
      skip();
      TRY(out.subject, subject(called));
      TRY(need_sign(")"));
      called = false;
    } else {
      TRY(out.subject, subject(called));
      if (is_word("changed") && !called && std::holds_alternative<Field>(out.subject)) return changed(std::get<Field>(out.subject).name);
    }
    TRY(predicate(out, called));
    return Clause{std::move(out)};
  }
  Result<Subject> subject(bool& called) {
    if (now().kind == Mark::word && is_sign("(", 1) && fn_of(now().text)) return aggregate();
    Field out;
    TRY(out.name, name());
    if (!take_sign("(")) return out;
    called = true;
    while (!is_sign(")")) {
      if (!out.args.empty()) TRY(need_sign(","));
      if (now().kind != Mark::text && now().kind != Mark::number) return wrong("a text or a number");
      out.args.push_back(now().text);
      skip();
    }
    skip();
    return out;
  }
  Result<Subject> aggregate() {
    Aggregate out{.fn = *fn_of(now().text)};
    skip();
    skip();
    TRY(out.events.kind, kind());
    if (take_sign(".")) { TRY(out.property, name(true)); }
    if (take_word("where")) { TRY(out.events.where, conditions()); }
    TRY(out.events.window, window());
    TRY(need_sign(")"));
    return out;
  }
  Result<Clause> changed(std::string attribute) {
    skip();
    Changed out{.attribute = std::move(attribute)};
    if (take_word("from")) { TRY(out.from, value()); }
    if (take_word("to")) { TRY(out.to, value()); }
    TRY(out.window, window());
    return Clause{std::move(out)};
  }

  Result<Value> value() {
    const auto& token = now();
    Value out;
    if (token.kind == Mark::text) out = token.text;
    else if (token.kind == Mark::value) out = token.value;
    else if (is_word("true") || is_word("false")) out = is_word("true");
    else if (token.kind == Mark::number) {
      const auto read = decimal_of(token.text);
      if (!read) return wrong("a number with at most six decimals, at most 9000000000000");
      out = *read;
    } else return wrong(R"(a value: "text", 12.5, 50元, 30d, 2026-01-31, true)");
    skip();
    return out;
  }
  Result<std::vector<Value>> list() {
    TRY(need_sign("("));
    std::vector<Value> out;
    do {
      if (out.size() == kListMax) return wrong("at most 500 values");
      TRY(auto one, value());
      out.push_back(std::move(one));
    } while (take_sign(","));
    TRY(need_sign(")"));
    return out;
  }

  /// The longest spelling of an operator that stands here, at most three words.
  std::optional<Op> operator_here(std::size_t& length) const {
    if (now().kind == Mark::sign) { length = 1; return op_of(now().text); }
    for (length = 3; length > 0; --length) {
      std::string words;
      for (std::size_t i = 0; i < length && ahead(i).kind == Mark::word; ++i) words += (i > 0 ? " " : "") + ahead(i).text;
      const auto op = op_of(words);
      if (op && static_cast<std::size_t>(std::ranges::count(words, ' ')) + 1 == length) return op;
    }
    return {};
  }
  Result<> predicate(Compare& out, bool called) {
    std::size_t length = 0;
    const auto op = operator_here(length);
    if (!op) {
      if (called && !is_word("is")) {  // has_id("x") alone
        out.values.emplace_back(true);
        return {};
      }
      return wrong("a comparison: =, !=, <, in, is set, contains, has any, in last …",
                   {"in", "is", "has", "not", "contains", "matches", "under", "before", "after", "between", "starts", "ends", "older"});
    }
    out.op = *op;
    for (; length > 0; --length) skip();
    if (*op == Op::during && (is_word("true") || is_word("false"))) out.op = Op::eq;  // "is true"
    return operands(out);
  }
  Result<> operands(Compare& out) {
    switch (operands_of(out.op)) {
      case Operands::none: return {};
      case Operands::some: { TRY(out.values, list()); return {}; }
      case Operands::calendar: { TRY(auto calendar, this->calendar()); out.values.emplace_back(std::move(calendar)); return {}; }
      case Operands::duration: { TRY(const auto length, duration()); out.values.emplace_back(length); return {}; }
      case Operands::text: { TRY(auto text, this->text()); out.values.emplace_back(std::move(text)); return {}; }
      case Operands::day: { TRY(auto day, day_or_instant()); out.values.push_back(std::move(day)); return {}; }
      case Operands::percent: {
        const auto read = now().kind == Mark::percent ? decimal_of(now().text) : std::nullopt;
        if (!read) return wrong("a share, like 10%");
        skip();
        out.values.emplace_back(*read);
        return {};
      }
      case Operands::two: {
        TRY(auto low, value());
        out.values.push_back(std::move(low));
        TRY(need_word("and"));
        break;
      }
      case Operands::one: break;
    }
    TRY(auto last, value());
    out.values.push_back(std::move(last));
    return {};
  }

  std::string_view source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  std::vector<Stretch> leaves_;
};

}  // namespace

Result<Parsed> parse_rule(std::string_view source) {
  TRY(auto tokens, tokens_of(source));
  return Parser(source, std::move(tokens)).rule();
}

}  // namespace koi::segments
