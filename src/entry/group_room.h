/// Inside the room: who is in the groups of an entry, and how many more fit in.
#pragma once
#include "entry/group_known.h"

namespace koi::entry {

/// The alarms of group codes stand beside those of live codes.
inline CodeId alarm_code(GroupCodeId code) { return CodeId{code.v}; }

struct LinkedChat {
  GroupId group;
  std::string chat_id, name, owner, state;
  std::int64_t people = 0;  // counted by the platform, and who came and went since
  std::int64_t extra = 0;   // 0 named, 1 made by the platform
  bool filled = false;      // the platform let nobody more in
  bool fits(std::int64_t cap) const { return state == "open" && !filled && people < cap; }
};
/// In order, without those that were taken out.
Result<std::vector<LinkedChat>> chats_of(Tx& tx, GroupEntryId entry);
/// What the platform's way should lead to: the first five with room; when none has, the last that lives. Empty: all are gone.
std::vector<LinkedChat> window_of(std::span<const LinkedChat> chats, std::int64_t cap);

/// Whether there is something to show.
bool is_ready(const KnownEntry& known, Instant now);
/// Seats left; nothing: no end. For reading: nobody is kept from taking them.
Result<std::optional<std::int64_t>> seats_left_of(Tx& tx, const KnownGroupCode& code, const KnownEntry& known);
/// The same for whoever takes one: the caller holds the code's turn, groups that other codes lead to are taken here.
Result<std::optional<std::int64_t>> room_of(Tx& tx, const KnownGroupCode& code, const KnownEntry& known);
struct EntryPeople { std::int64_t held = 0, joined = 0; };
Result<EntryPeople> people_of(Tx& tx, GroupCodeId code, GroupEntryId entry);
/// One more scan in the sums of a day.
Result<> count_group_scan(Tx& tx, GroupCodeId code, std::int64_t day, GroupEntryId entry, bool first);
/// Held and in groups, through the whole code.
Result<std::int64_t> taken_of(Tx& tx, GroupCodeId code);

/// The codes that lead to a group, in order of ids.
Result<std::vector<GroupCodeId>> codes_of_group(Tx& tx, GroupId group);
/// Links of the definition's entries as it says now, entries that are gone dropped, join ways wanted.
Result<> write_links(Tx& tx, const GroupCode& code);
/// One more group of an entry, when it is new.
Result<> link_extra(Tx& tx, GroupCodeId code, GroupEntryId entry, GroupId group);

/// The platform should have a way for the entry's window; nothing when it has. Raises no alarm.
Result<> want_join(Tx& tx, const KnownGroupCode& code, const KnownEntry& known);
/// After the people or the state of a group changed: the ways of every entry that leads to it.
Result<> tend_group(Tx& tx, GroupId group);

}  // namespace koi::entry
