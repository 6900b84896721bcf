/// Which touch earned a conversion: the first, the last, or all in equal parts, within so long before it.
#pragma once
#include "events/columns/funnel.h"

namespace koi::events::columns {

enum class Credit : std::uint8_t { first, last, linear };

struct TouchQuestion {
  Step touch, conversion;
  By by;                            // a property of the touch, or something known of the person
  std::int64_t lookback_ms = 0;     // [conversion - lookback, conversion]
  Credit credit = Credit::first;
  std::int64_t from_ms = INT64_MIN, to_ms = INT64_MAX;  // conversions in [from, to)
  SourceNames source_of = {};
  /// Collect the people whose conversions a group earned (nothing: any group), or with `untouched` those no touch came before.
  bool collect = false, untouched = false;
  std::optional<std::string> group = {};
};
struct TouchGroup {
  std::string value;
  bool untouched = false;           // conversions no touch came before
  double conversions = 0;
  std::int64_t fen = 0;             // split to the fen
};
struct TouchAnswer { std::vector<TouchGroup> groups; People in; };
TouchAnswer touch(const View& view, const ScanOptions& options, const TouchQuestion& question);

}  // namespace koi::events::columns
