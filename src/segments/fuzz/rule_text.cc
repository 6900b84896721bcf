// Rules as text and as JSON: what is read is written so that it is read again, the same, by either face.
#include "segments/json.h"
#include "segments/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace segments = koi::segments;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto rule = segments::rule_of_json(text)) {
    const auto again = segments::parse_rule(segments::print_rule(*rule));
    if (again) CHECK(again->rule == *rule);
  }
  const auto parsed = segments::parse_rule(text);
  if (!parsed) {
    CHECK(parsed.error().kind == koi::Errc::malformed);
    return 0;
  }
  for (const auto& leaf : parsed->leaves) CHECK(leaf.from < leaf.to && leaf.to <= size);
  const auto printed = segments::print_rule(parsed->rule);
  const auto again = segments::parse_rule(printed);
  if (again) CHECK(again->rule == parsed->rule);
  else CHECK(again.error().code != "segments.syntax");  // spelt out it may be longer or deeper than may be read
  if (const auto back = segments::rule_of_json(segments::json_of(parsed->rule))) CHECK(*back == parsed->rule);
  return 0;
}
