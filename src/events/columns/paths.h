/// Which ways people take: what they do after an event, or before it, up to six steps.
#pragma once
#include <array>

#include "events/columns/funnel.h"

namespace koi::events::columns {

inline constexpr std::size_t kPathDepth = 6;

struct PathsQuestion {
  Step anchor;
  bool backwards = false;                  // what leads to the anchor, instead of what follows it
  std::size_t depth = 4;                   // steps beside the anchor, at most kPathDepth
  std::int64_t window_ms = 0;              // from the anchor
  std::vector<std::int64_t> kinds = {};    // what counts as a step; empty: everything
  std::vector<std::int64_t> but = {};      // and what does not
  bool every = false;                      // each occurrence of the anchor; else a person's first
  bool repeats = false;                    // the same step twice in a row is two steps
  std::int64_t from_ms = INT64_MIN, to_ms = INT64_MAX;  // anchors
  std::function<std::string(std::int64_t)> source_of = {};
};
/// Steps from the anchor outwards, as kinds; shorter when nothing more came.
struct Path {
  std::vector<std::int64_t> steps;
  std::uint64_t times = 0;
  friend bool operator==(const Path&, const Path&) = default;
};
struct PathsAnswer {
  std::uint64_t anchors = 0;
  std::vector<Path> paths;  // most frequent first, all of them
  People in;
};
/// `through`: collect the people of paths that begin so (empty: nobody is collected).
PathsAnswer paths(const View& view, const ScanOptions& options, const PathsQuestion& question, std::span<const std::int64_t> through = {});

}  // namespace koi::events::columns
