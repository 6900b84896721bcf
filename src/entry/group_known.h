/// Inside the room: group codes as scans need them, in memory; `rev` of entry_group_turn says when that is out of date.
#pragma once
#include <memory>

#include "entry/group_spec.h"

namespace koi::entry {

struct KnownEntry {
  GroupEntryId id;
  GroupEntry entry;
  std::string qr_url;                  // of a join way the platform has made
  Instant auto_off_until{};            // of a join way: the platform makes no groups till then
  std::optional<Instant> image_until;  // of a picture
};
struct KnownGroupCode {
  GroupCode code;
  std::int64_t rev = 0;
  std::vector<KnownEntry> entries;
  const KnownEntry* entry_of(GroupEntryId id) const;
};
using KnownGroup = std::shared_ptr<const KnownGroupCode>;

/// The code as of `rev`, from the turn row of this transaction. not_found "entry.no_code".
Result<KnownGroup> known_group(Tx& tx, GroupCodeId code, std::int64_t rev);
/// Takes the turn row, so that whatever counts seats of the code waits for this transaction.
Result<KnownGroup> take_group_turn(Tx& tx, GroupCodeId code);
/// Whether the caller may change the code: all of it is within reach, and it was not deleted (conflict "entry.deleted").
Result<GroupCode> own_group_code(Tx& tx, const Scope& scope, GroupCodeId code);
/// A checked definition takes the place of what stands; ver moves. precondition "http.stale".
Result<GroupCode> write_group_spec(Tx& tx, const GroupCode& had, GroupSpec spec);
/// What is shown changed: rev moves, memory forgets.
Result<> group_code_changed(Tx& tx, GroupCodeId code);

/// Days since 1970 and the day itself on the merchant's wall.
Result<Moment> merchant_moment(Tx& tx, Instant at);

}  // namespace koi::entry
