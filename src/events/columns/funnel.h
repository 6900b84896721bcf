/// How many people get through a row of steps, and how long it takes them. Source: model.md §11, interfaces.md.
#pragma once
#include "events/columns/groups.h"
#include "events/columns/scan.h"
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

/// How long people took, counted by the second; in windows beyond twelve days by a few seconds that divide a minute, so that
/// there are never more than a million counts.
class Times {
 public:
  explicit Times(std::int64_t window_ms = 0);
  void add(std::int64_t ms) {
    const auto at = static_cast<std::size_t>(ms / unit_ms_);
    if (at >= counts_.size()) counts_.resize(at + 1 + at / 2);
    ++counts_[at];
    ++count_;
  }
  void absorb(const Times& other);
  std::uint64_t count() const { return count_; }
  /// The time that a share of them (0 to 1) did not need longer than, to the unit; nothing when there is nobody.
  std::optional<std::int64_t> quantile(double share) const;
  /// How many took [from, to) ms, both whole units.
  std::uint64_t between(std::int64_t from_ms, std::int64_t to_ms) const;
  friend bool operator==(const Times& a, const Times& b);

 private:
  std::int64_t unit_ms_ = 1000;
  std::uint64_t count_ = 0;
  std::vector<std::uint32_t> counts_;
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

/// `people_at` (from 1): collect the people who reached this step, and with `dropped` only those who came no further;
/// 0: nobody is collected.
struct FunnelPeople { std::size_t at = 0; bool dropped = false; };
FunnelAnswer funnel(const View& view, const ScanOptions& options, const FunnelQuestion& question, FunnelPeople people = {});

}  // namespace koi::events::columns
