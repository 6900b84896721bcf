/// Circles that would never come to rest: a live segment gives a tag, somebody else's rule looks at it, and so on around.
#pragma once
#include "segments/segments.h"

namespace koi::segments {

/// Whether a rule looks at this tag ("group/name"): by its name, its group, or at tags as such.
bool asks_for_tag(const Clause& clause, std::string_view tag);

/// One segment as it is going to be.
struct Draft {
  SegmentId id{};  // 0: a new one
  const std::string& name;
  Mode mode = Mode::asked;
  const std::string& tag;
  const Rule& rule;
};
/// The way from the draft around to itself over names of segments and at least one tag, "a > #group/t > b > #group/u > a":
/// each looks at what stands behind it, a tag is given by the live segment behind it. "": there is none. A rule that looks
/// at its own segment's tag is no circle: it gives none (live_book.h).
Result<std::string> tag_circle(Tx& tx, const Draft& draft);
/// invalid "segments.tag_cycle", the circle as detail.
Result<> free_of_tag_circles(Tx& tx, const Draft& draft);

}  // namespace koi::segments
