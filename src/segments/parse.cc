#include <fmt/format.h>

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "segments/parser.h"

namespace koi::segments {
namespace {

constexpr int kNestingMax = 48;  // brackets and negations inside one another, before anything is known of their meaning

}  // namespace

Result<Parsed> parse_rule(std::string_view source) {
  TRY(auto tokens, tokens_of(source));
  return Parser(source, std::move(tokens)).rule();
}

Result<Parsed> Parser::rule() {
  Parsed out;
  TRY(out.rule.root, expression());
  if (now().kind != Mark::end) return wrong({"and, or, or the end", "and、or 或结尾"}, {"and", "or"});
  out.leaves = std::move(leaves_);
  return out;
}

std::unexpected<Error> Parser::wrong(const Said& expected, const std::vector<std::string_view>& near) const {
  const auto suggestion = now().kind == Mark::word ? nearest(now().text, near) : std::string_view{};
  return refuse(source_, now().from, now().to, expected, suggestion);
}

Result<> Parser::need_sign(std::string_view sign) {
  if (!take_sign(sign)) return wrong(say("\"{}\"", "\"{}\"", sign));
  return {};
}

Result<> Parser::need_word(std::string_view word) {
  if (!take_word(word)) return wrong(say("\"{}\"", "\"{}\"", word), {word});
  return {};
}

Result<std::string> Parser::text() {
  if (now().kind != Mark::text) return wrong({"a text in quotation marks", "引号中的文本"});
  auto out = now().text;
  skip();
  return out;
}

Result<std::int64_t> Parser::whole_number() {
  const auto read = now().kind == Mark::number ? parse_int(now().text) : std::nullopt;
  if (!read) return wrong({"a whole number", "整数"});
  skip();
  return *read;
}

Clause Parser::joined(Group::Kind kind, Clauses of) {
  if (of.size() == 1) return std::move(of[0]);
  return Clause{Group{kind, std::move(of)}};
}

Result<Clause> Parser::expression() {
  Clauses any;
  do {
    TRY(auto all, terms());
    any.push_back(joined(Group::all, std::move(all)));
  } while (take_word("or"));
  return joined(Group::any, std::move(any));
}

Result<Clauses> Parser::terms() {
  Clauses out;
  do {
    TRY(auto one, term());
    out.push_back(std::move(one));
  } while (take_word("and"));
  return out;
}

/// Conditions as a list: `a and b` are two, `a or b` is one group of two.
Result<Clauses> Parser::conditions() {
  TRY(auto first, terms());
  if (!is_word("or")) return first;
  Clauses any{joined(Group::all, std::move(first))};
  while (take_word("or")) {
    TRY(auto more, terms());
    any.push_back(joined(Group::all, std::move(more)));
  }
  return Clauses{Clause{Group{Group::any, std::move(any)}}};
}

Result<Clause> Parser::term() {
  if (nesting_ >= kNestingMax) return refuse(source_, now().from, now().to, {"at most 16 levels", "不超过 16 层"}, {}, "segments.too_deep");
  ++nesting_;
  auto out = bare_term();
  --nesting_;
  return out;
}

Result<Clause> Parser::bare_term() {
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

Result<Clause> Parser::group(Group::Kind kind) {
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

Result<Clause> Parser::leaf() {
  if (is_word("did") && is_sign("(", 1)) return did();
  if (is_word("no")) return nothing_for();
  if (is_word("seq")) return sequence();
  if (is_word("any") || is_word("every")) return element();
  if (is_word("in") && (is_word("segment", 1) || is_word("list", 1))) return member();
  if (is_word("bucket") && is_sign("(", 1)) return bucket();
  return comparison();
}

}  // namespace koi::segments
