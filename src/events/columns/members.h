/// Who is one person with whom: a small table of functions that people/ fills in at static initialisation.
#pragma once
#include <functional>

#include "base/result.h"
#include "base/types.h"

namespace koi { class Tx; }

namespace koi::events {

/// A node, the root it belongs to now (itself when it is one), and whether that person was erased.
struct Member { PersonId node, root; bool erased = false; };
struct Members {
  /// At most `limit` nodes after `from`, ascending.
  Result<> (*after)(Tx& tx, PersonId from, int limit, const std::function<void(const Member&)>& fn) = nullptr;
  /// All nodes of the person this node belongs to.
  Result<> (*of)(Tx& tx, PersonId node, const std::function<void(const Member&)>& fn) = nullptr;
};
bool know_members(Members members);
/// Until somebody fills it in, every person of the log is one node.
const Members& members();

}  // namespace koi::events
