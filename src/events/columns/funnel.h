/// How many people get through a row of steps, and how long it takes them. Source: model.md §11, interfaces.md.
#pragma once
#include "events/columns/groups.h"
#include "events/columns/scan.h"
#include "events/columns/times.h"
#include "events/columns/where.h"

namespace koi::events::columns {

struct Step {
  std::vector<std::int64_t> kinds;  // any of them
  Where where = {};
};

/// ordered: other events may come between. strict: nothing at all comes between. any: the steps in whatever order.
enum class Order : std::uint8_t { ordered, strict, any };

struct FunnelQuestion {
  std::vector<Step> steps;      // 2 to 10
  std::int64_t window_ms = 0;   // from the first step to the last, the end included
  Order order = Order::ordered;
  std::string same = {};        // a property all steps of one way must share: "order_id", "touch.code_id"
  /// An event that must not come between step `after` (counted from 1) and the next; 0: anywhere inside.
  struct Never { Step step; std::size_t after = 0; };
  std::vector<Never> never = {};
  bool occurrences = false;     // count ways, not people
  std::int64_t from_ms = INT64_MIN, to_ms = INT64_MAX;  // first steps in [from, to)
  By by = {};                   // broken down by a property of the first step's event, or by person
  SourceNames source_of = {};
};

struct FunnelGroup {
  std::string value;                                // of `by`; empty without it
  std::vector<std::uint64_t> reached;               // people (or ways) that came to each step or beyond
  Times convert;                                    // of those who came to the end: from the first step to the last
};
struct FunnelAnswer {
  std::vector<FunnelGroup> groups;                  // by people at the first step
  People through;                                   // those who came to `people_at`
};

/// `at` (from 1): collect the people who reached this step, and with `dropped` only those who came no further; 0: nobody is
/// collected. `group`: those of one group of `by`. Where ways are counted, people of whom one way did so.
struct FunnelPeople { std::size_t at = 0; bool dropped = false; std::optional<std::string> group = {}; };
FunnelAnswer funnel(const View& view, const ScanOptions& options, const FunnelQuestion& question, FunnelPeople people = {});

}  // namespace koi::events::columns
