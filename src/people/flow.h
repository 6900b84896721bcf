/// Inside the room: moves between stages counted by the hour, so that a home page need not read a million histories.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>

#include "people/stages.h"

namespace koi::people {

/// What a piece of work changes in the counts: gathered, and written once at its end. Each writer counts in rows of its
/// own (only their sum means something), so that on PostgreSQL two of them never wait for each other.
class FlowChange {
 public:
  void add(const Move& move) { ++sum_of(move).moves, sum_of(move).seconds += move.seconds_in; }
  /// Deletes a node's history and takes its moves out of the counts.
  Result<> forget(Tx& tx, PersonId node);
  Result<> write(Tx& tx);

 private:
  struct Sum { std::int64_t moves = 0, seconds = 0; };
  Sum& sum_of(const Move& move);
  boost::unordered_flat_map<std::int64_t, Sum> sums_;  // by hour, from and to in one number
};

}  // namespace koi::people
