/// A rule as a sentence a merchant reads, in Chinese or English: for lists, reviews and "why is this person in".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "segments/vocabulary.h"

namespace koi::segments {

enum class Tongue : std::uint8_t { zh, en };
std::string sentence_of(const Rule& rule, const Vocabulary& vocabulary, Tongue tongue);
std::string sentence_of(const Clause& clause, const Vocabulary& vocabulary, Tongue tongue);

/// The words sentences are made of: one table each, a pattern with {0}, {1} … where something goes in.
namespace phrase {
struct Both {
  std::string_view zh, en;
  std::string_view in(Tongue t) const { return t == Tongue::zh ? zh : en; }
};
Both of(Op op);
Both of(Fn fn);
Both of(Lens lens);
Both of(Span span);
/// "30天", "30 days".
std::string of(Duration d, Tongue t);
std::string of(const Value& v, Tongue t);
/// Several values, the last one joined by a word.
std::string of(const std::vector<Value>& values, Tongue t);
/// A code word of ours ("wecom", "marketing", "prospect", "active") as people say it; nothing when it is none.
std::optional<std::string> said(std::string_view word, Tongue t);
/// `pattern` with its places filled; a place without a text stays empty.
std::string fill(std::string_view pattern, const std::vector<std::string>& texts);
}  // namespace phrase

}  // namespace koi::segments
