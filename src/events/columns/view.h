/// What one question reads: parts of the log, oldest first, and who is who. Immutable; holds its parts while it lives.
#pragma once
#include "events/columns/part.h"
#include "events/columns/roster.h"

namespace koi::events::columns {

inline constexpr Ordinal kBlock = 2048;  // people a scan works on at a time: their states stay in the cache

/// Where people's rows are in a part.
struct Places {
  std::vector<Ordinal> of;           // the ordinal of each place in who(); kNobody: nobody's, or out of order
  std::vector<std::uint32_t> block;  // the first place of each block of ordinals, one more at the end
};
struct Shelved {
  PartPtr part;
  std::shared_ptr<const Places> places;
};

struct View {
  std::vector<Shelved> parts;
  std::shared_ptr<const Roster> roster;
  Ordinal people = 0;                    // ordinals of this view are below
  std::shared_ptr<const Ties> ties;
  std::shared_ptr<const People> erased;  // nodes of people who were erased
  /// Nodes whose rows cannot be taken part after part: of people of several nodes, and those who have a row in a part
  /// that is older than one in a part before it.
  std::shared_ptr<const People> woven;
  std::shared_ptr<const People> late = std::make_shared<const People>();  // nodes whose ordinals are out of order: their places are looked for
  std::int64_t last = 0;                 // the log up to here

  std::uint64_t events() const {
    std::uint64_t n = 0;
    for (const auto& shelved : parts) n += shelved.part->rows();
    return n;
  }
  Ordinal root(Ordinal node) const {
    const auto at = ties->root_of.find(node);
    return at == ties->root_of.end() ? node : at->second;
  }
  /// Roots of people who were not erased.
  People everyone() const;
};
using ViewPtr = std::shared_ptr<const View>;

}  // namespace koi::events::columns
