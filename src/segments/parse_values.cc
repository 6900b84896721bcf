#include <fmt/format.h>

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "segments/parser.h"

namespace koi::segments {

Result<std::string> Parser::one_name(std::string_view en, std::string_view zh) {
  if (now().kind == Mark::word && reserved(now().text))
    return wrong(say("{0} (in backticks when it is a word of the language)", "{1}（与语言的词相同时放在反引号里）", en, zh));
  if (now().kind != Mark::quoted && now().kind != Mark::word) return wrong({std::string(en), std::string(zh)});
  auto out = now().text;
  skip();
  return out;
}

/// A name in backticks is whole; a plain one goes on behind each dot.
Result<std::string> Parser::name(bool open) {
  if (now().kind == Mark::quoted) return one_name("a name", "名称");
  if (!open && now().kind == Mark::word && reserved(now().text) && !is_sign(".", 1)) {
    // A lens or an aggregate without brackets is an ordinary name.
    if (!lens_of(now().text) && !fn_of(now().text)) return one_name("a name", "名称");
  }
  if (now().kind != Mark::word) return wrong({"a name", "名称"});
  auto out = now().text;
  skip();
  while (is_sign(".") && ahead(1).kind == Mark::word) {
    skip();
    out += "." + now().text;
    skip();
  }
  return out;
}

Result<Clause> Parser::comparison() {
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

Result<Subject> Parser::subject(bool& called) {
  if (now().kind == Mark::word && is_sign("(", 1) && fn_of(now().text)) return aggregate();
  Field out;
  TRY(out.name, name());
  if (!take_sign("(")) return out;
  called = true;
  while (!is_sign(")")) {
    if (!out.args.empty()) TRY(need_sign(","));
    if (now().kind != Mark::text && now().kind != Mark::number) return wrong({"a text or a number", "文本或数字"});
    out.args.push_back(now().text);
    skip();
  }
  skip();
  return out;
}

Result<Subject> Parser::aggregate() {
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

Result<Clause> Parser::changed(std::string attribute) {
  skip();
  Changed out{.attribute = std::move(attribute)};
  if (take_word("from")) { TRY(out.from, value()); }
  if (take_word("to")) { TRY(out.to, value()); }
  TRY(out.window, window());
  return Clause{std::move(out)};
}

Result<Value> Parser::value() {
  const auto& token = now();
  Value out;
  if (token.kind == Mark::text) out = token.text;
  else if (token.kind == Mark::value) out = token.value;
  else if (is_word("true") || is_word("false")) out = is_word("true");
  else if (token.kind == Mark::number) {
    const auto read = decimal_of(token.text);
    if (!read) return wrong({"a number with at most six decimals, at most 9000000000000", "最多六位小数、不超过 9000000000000 的数字"});
    out = *read;
  } else return wrong({R"(a value: "text", 12.5, 50元, 30d, 2026-01-31, true)", R"(值，如 "文本"、12.5、50元、30d、2026-01-31、true)"});
  skip();
  return out;
}

Result<std::vector<Value>> Parser::list() {
  TRY(need_sign("("));
  std::vector<Value> out;
  do {
    if (out.size() == kListMax) return wrong({"at most 500 values", "不超过 500 个值"});
    TRY(auto one, value());
    out.push_back(std::move(one));
  } while (take_sign(","));
  TRY(need_sign(")"));
  return out;
}

/// The longest spelling of an operator that stands here, at most three words.
std::optional<Op> Parser::operator_here(std::size_t& length) const {
  if (now().kind == Mark::sign) { length = 1; return op_of(now().text); }
  for (length = 3; length > 0; --length) {
    std::string words;
    for (std::size_t i = 0; i < length && ahead(i).kind == Mark::word; ++i) words += (i > 0 ? " " : "") + ahead(i).text;
    const auto op = op_of(words);
    if (op && static_cast<std::size_t>(std::ranges::count(words, ' ')) + 1 == length) return op;
  }
  return {};
}

Result<> Parser::predicate(Compare& out, bool called) {
  std::size_t length = 0;
  const auto op = operator_here(length);
  if (!op) {
    if (called && !is_word("is")) {  // has_id("x") alone
      out.values.emplace_back(true);
      return {};
    }
    return wrong({"a comparison: =, !=, <, in, is set, contains, has any, in last …", "比较，如 =、!=、<、in、is set、contains、has any、in last …"},
                 {"in", "is", "has", "not", "contains", "matches", "under", "before", "after", "between", "starts", "ends", "older"});
  }
  out.op = *op;
  for (; length > 0; --length) skip();
  if (*op == Op::during && (is_word("true") || is_word("false"))) out.op = Op::eq;  // "is true"
  return operands(out);
}

Result<> Parser::operands(Compare& out) {
  switch (operands_of(out.op)) {
    case Operands::none: return {};
    case Operands::some: { TRY(out.values, list()); return {}; }
    case Operands::calendar: { TRY(auto calendar, this->calendar()); out.values.emplace_back(std::move(calendar)); return {}; }
    case Operands::duration: { TRY(const auto length, duration()); out.values.emplace_back(length); return {}; }
    case Operands::text: { TRY(auto text, this->text()); out.values.emplace_back(std::move(text)); return {}; }
    case Operands::day: { TRY(auto day, day_or_instant()); out.values.push_back(std::move(day)); return {}; }
    case Operands::percent: {
      const auto read = now().kind == Mark::percent ? decimal_of(now().text) : std::nullopt;
      if (!read) return wrong({"a share, like 10%", "比例，如 10%"});
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

}  // namespace koi::segments
