/// The walk behind parse_rule: recursive descent, one function a phrase. Printing is its mirror, print.cc.
#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "segments/text.h"
#include "segments/tokens.h"
#include "segments/words.h"

namespace koi::segments {

class Parser {
 public:
  Parser(std::string_view source, std::vector<Token> tokens) : source_(source), tokens_(std::move(tokens)) {}
  Result<Parsed> rule();

 private:
  // ---- tokens: now() is the one to read, taken ones lie behind ----
  const Token& now() const { return tokens_[at_]; }
  const Token& ahead(std::size_t n) const { return tokens_[std::min(at_ + n, tokens_.size() - 1)]; }
  void skip() { if (at_ + 1 < tokens_.size()) ++at_; }
  bool is_word(std::string_view word, std::size_t n = 0) const { return ahead(n).kind == Mark::word && ahead(n).text == word; }
  bool is_sign(std::string_view sign, std::size_t n = 0) const { return ahead(n).kind == Mark::sign && ahead(n).text == sign; }
  bool take_word(std::string_view word) { return is_word(word) && (skip(), true); }
  bool take_sign(std::string_view sign) { return is_sign(sign) && (skip(), true); }
  std::unexpected<Error> wrong(const Said& expected, const std::vector<std::string_view>& near = {}) const;
  Result<> need_sign(std::string_view sign);
  Result<> need_word(std::string_view word);
  template <class T>
  Result<T> need_value(std::string_view en, std::string_view zh) {
    if (now().kind != Mark::value || !std::holds_alternative<T>(now().value)) return wrong({std::string(en), std::string(zh)});
    auto out = std::get<T>(now().value);
    skip();
    return out;
  }
  Result<Duration> duration() { return need_value<Duration>("a length of time, like 30d, 24h or 15m", "时长，如 30d、24h、15m"); }
  Result<std::string> text();
  Result<std::int64_t> whole_number();
  std::size_t open_leaf() { leaves_.push_back({now().from, now().from}); return leaves_.size() - 1; }
  void close_leaf(std::size_t leaf) { leaves_[leaf].to = tokens_[at_ - 1].to; }

  // ---- groups (parse.cc) ----
  static Clause joined(Group::Kind kind, Clauses of);
  Result<Clause> expression();
  Result<Clauses> terms();
  Result<Clauses> conditions();
  Result<Clause> term();
  Result<Clause> bare_term();
  Result<Clause> group(Group::Kind kind);
  Result<Clause> leaf();

  // ---- clauses and events (parse_events.cc) ----
  Result<Clause> did();
  Result<Clause> nothing_for();
  Result<std::vector<std::string>> same();
  Result<Clause> sequence();
  Result<Step> step();
  Result<Clause> element();
  Result<Clauses> bracketed();
  Result<Clause> member();
  Result<Clause> bucket();
  Result<std::string> kind();
  Result<Events> selection();
  Result<Events> events();
  Result<Window> window();
  Result<Window> between();
  Result<Value> day_or_instant();
  std::optional<Span> span_here() const;
  Result<Calendar> calendar();

  // ---- comparisons (parse_values.cc) ----
  Result<std::string> one_name(std::string_view en, std::string_view zh);
  Result<std::string> name(bool open = false);  // open: behind a dot, where a word of the language is a name too
  Result<Clause> comparison();
  Result<Subject> subject(bool& called);  // called: it took arguments, so that it may stand as a clause alone
  Result<Subject> aggregate();
  Result<Clause> changed(std::string attribute);
  Result<Value> value();
  Result<std::vector<Value>> list();
  std::optional<Op> operator_here(std::size_t& length) const;
  Result<> predicate(Compare& out, bool called);
  Result<> operands(Compare& out);

  std::string_view source_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  std::vector<Stretch> leaves_;
};

}  // namespace koi::segments
