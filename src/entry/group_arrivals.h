/// What the platform says happened in groups, in whatever order and however often it says so.
#pragma once
#include "entry/group_codes.h"

namespace koi::entry {

struct GroupArrival {
  std::string chat_id;
  PersonId person;
  std::string state;   // of a join way, "" when it came with none
  int join_scene = 0;  // the platform's number
  Instant at{};        // 0: tx.now()
};
struct GroupArrived {
  GroupId group;
  GroupCodeId code;    // 0: no code of ours brought them
  GroupEntryId entry;
  bool first = false;  // the first word of this person in this group through the code
  bool over_cap = false;
};
/// The relation, the seat that was kept, and who brought them. Appends group_joined. Repeat-safe by (chat, person, at); an unknown
/// state or chat: relation only.
Result<GroupArrived> group_arrive(Tx& tx, const GroupArrival& arrival);

/// A look at a group code that was answered elsewhere and is told later: the sums of its day, and the event. Appends code_scanned.
struct GroupLook {
  GroupCodeId code;
  GroupEntryId entry;   // what was shown
  PersonId person;
  std::string visitor;
  bool first = true;    // of this visitor
  Instant at{};
};
Result<> group_looked(Tx& tx, const GroupLook& look);

struct GroupDeparture { std::string chat_id; PersonId person; bool removed = false /* by the owner */; Instant at{}; };
/// Frees the seat. Appends group_left. Repeat-safe, also before the arrival is told.
Result<> group_depart(Tx& tx, const GroupDeparture& departure);

/// What the platform shows of a group; what is absent is not known this time. The newest word by `at` stands, a dismissed group
/// stays dismissed. `members` counts everybody in it, staff too.
struct GroupChange {
  std::string chat_id;
  std::optional<std::int64_t> members;
  std::optional<std::string> name, owner;
  bool dismissed = false;
  std::optional<bool> ownerless;  // the owner has left the company
  Instant at{};
};
Result<GroupId> group_changed(Tx& tx, const GroupChange& change);
/// The platform let nobody more into the group, whatever the count says; the next count lifts it.
Result<> group_filled(Tx& tx, std::string_view chat_id, Instant at);
/// The number of a group; made when it is new.
Result<GroupId> group_of_chat(Tx& tx, std::string_view chat_id);
/// The chat's own shard: operations on one group meet on its row and its codes' rows whichever writer they run on.
ShardKey shard_of_chat(std::string_view chat_id);

}  // namespace koi::entry
