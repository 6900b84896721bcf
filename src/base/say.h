/// Sentences for people, in both languages where they are written, so that neither is forgotten:
///   say("there is no {} \"{}\"", "没有{} \"{}\"", what, name)
/// A value stands in both as it is; a Said stands in each in its own language.
#pragma once
#include <fmt/format.h>

#include "base/result.h"

namespace koi {
namespace saying {

template <class A>
struct As { using type = A; };
template <>
struct As<Said> { using type = std::string; };
template <class... A>
using Format = fmt::format_string<const typename As<A>::type&...>;

template <class A>
const A& en(const A& value) { return value; }
template <class A>
const A& zh(const A& value) { return value; }
inline const std::string& en(const Said& said) { return said.en; }
inline const std::string& zh(const Said& said) { return said.zh; }

}  // namespace saying

/// Both sentences take all the values; {0}, {1} where their order differs. Checked when compiled.
template <class... A>
Said say(saying::Format<A...> en, saying::Format<A...> zh, const A&... values) {
  return {fmt::format(en, saying::en(values)...), fmt::format(zh, saying::zh(values)...)};
}

}  // namespace koi
