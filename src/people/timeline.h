/// Everything that happened to a person, all its nodes in one line, newest first. The events are the log's own;
/// what is here is whom to ask for and how to say it.
#pragma once
#include <string>
#include <vector>

#include "events/events.h"
#include "people/people.h"

namespace koi::people {

struct TimelineItem {
  events::Seq seq = 0;
  std::string kind, group, zh, en;
  Instant at, received_at;
  std::int64_t subject = 0;
  std::string source;
  std::int64_t amount_fen = 0;
  std::string props;
  bool late = false;
};
struct TimelineAsk {
  PersonId person;
  std::vector<std::string> groups;  // acquisition, commerce, …; empty: all
  Instant before_at{Millis::max()};
  events::Seq before_seq = 0;
  int limit = 50;
};
/// not_found "people.not_found" outside the scope; invalid "people.timeline_group".
Result<std::vector<TimelineItem>> person_timeline(Tx& tx, const Scope& scope, const TimelineAsk& ask);

}  // namespace koi::people
