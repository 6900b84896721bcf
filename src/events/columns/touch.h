/// Which touch earned a conversion: the first, the last, or all in equal parts, within so long before it.
#pragma once
#include "events/columns/funnel.h"

namespace koi::events::columns {

enum class Credit : std::uint8_t { first, last, linear };

struct TouchQuestion {
  Step touch, conversion;
  By by;                            // a property of the touch
  std::int64_t lookback_ms = 0;     // [conversion - lookback, conversion]
  Credit credit = Credit::first;
  std::int64_t from_ms = INT64_MIN, to_ms = INT64_MAX;  // conversions in [from, to)
  std::function<std::string(std::int64_t)> source_of = {};
};
struct TouchGroup {
  std::string value;
  bool untouched = false;           // conversions no touch came before
  double conversions = 0;
  std::int64_t fen = 0;             // split to the fen
};
std::vector<TouchGroup> touch(const View& view, const ScanOptions& options, const TouchQuestion& question);

}  // namespace koi::events::columns
