/// Every live segment as it is kept up: its rule with all it names, in an order in which each stands behind those it asks.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "segments/needs.h"
#include "segments/segments.h"

namespace koi::segments {

struct LiveSegment {
  SegmentId id{};
  std::string name{};
  std::int64_t version = 0;
  std::string tag{};          // "": none, also where the rule asks for that tag itself
  Rule rule{};                // rules of asked segments stand in it; its InSegment and InList leaves name keys of `Sets`
  Needs needs{};
  std::vector<std::size_t> asks{};  // live segments it names, by place
  std::int64_t meaning = 0;   // changes whenever what the rule means may have
};

/// People a rule names that change by no event of theirs: fixed segments and lists, as nodes.
struct NodeSet {
  SegmentId fixed{};
  std::int64_t list = 0;
  std::string stamp{};  // another one: other people
};

struct LiveBook {
  std::int64_t stamp = 0;  // of every definition it was made of
  std::vector<LiveSegment> live;
  std::map<std::string, NodeSet> sets;           // by key
  std::map<std::string, std::size_t> place_of;   // of live ones, by key
};

/// A number that changes with any definition a live rule can depend on; cheap.
Result<std::int64_t> stamp_of_definitions(Tx& tx);
/// Rules that cannot be read, and those in a circle, are left out.
Result<LiveBook> read_live_book(Tx& tx, std::int64_t stamp);

}  // namespace koi::segments
