#include "events/columns/funnel.h"

#include "events/columns/funnel_gathered.h"
#include "events/columns/funnel_levels.h"

namespace koi::events::columns {

namespace {

ScanOptions bounded(ScanOptions options, const FunnelQuestion& q) {
  options.from_ms = q.from_ms;
  if (q.to_ms < INT64_MAX - q.window_ms - 1) options.to_ms = q.to_ms + q.window_ms + 1;
  return options;
}

}  // namespace

FunnelAnswer funnel(const View& view, const ScanOptions& given, const FunnelQuestion& q, FunnelPeople people) {
  CHECK(q.steps.size() >= 2 && q.steps.size() <= 10);
  const auto options = bounded(given, q);
  if (q.order != Order::ordered || !q.same.empty() || !q.never.empty() || q.occurrences || !q.by.empty() || people.group) return gathered(view, options, q, people);
  return may_go_straight(view, q) ? straight(view, options, q, people) : ordered(view, options, q, people);
}

}  // namespace koi::events::columns
