/// Live membership: segments that follow every event and time itself. What changes is an event (segment_entered,
/// segment_left) and, when the segment has a tag, the tag. Why it is made so: docs/decisions/0009.
#pragma once
#include <memory>
#include <string>

#include "store/store.h"

namespace koi::segments {

struct LiveFigures {
  std::uint64_t segments = 0;                       // live ones
  std::uint64_t looked = 0;                         // people judged since the start
  std::uint64_t entered = 0, left = 0;
  std::uint64_t fills = 0;                          // times everybody was looked at for a segment
  std::uint64_t corrections = 0;                    // people the daily check found wrong: 0 in a sound store
  std::uint64_t turns = 0, failures = 0;
  double lag_seconds = 0;                           // age of the oldest event not looked at, as of the last turn
  double cpu_seconds = 0;                           // of the thread
  std::string parked;                               // the code it waits out, empty when well
};

/// Turns until every event that people's consumers have taken in is looked at, nobody's time has come and every live
/// segment is filled. For tests, imports and commands; shares its memory with a Live of the same store.
/// internal "segments.unsettled" when it does not come to rest.
Result<> settle_live(Db& db);

/// A thread beside a server that takes turns after commits and when somebody's time has come. A failed turn is parked
/// and tried again later and later, up to a minute; a store that another process keeps up is only watched.
class Live {
 public:
  explicit Live(Db& db);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;
  void start();
  void stop();  // finishes the turn at work; idempotent
  LiveFigures figures() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace koi::segments
