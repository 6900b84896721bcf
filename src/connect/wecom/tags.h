/// The corp's tag library and ours, three ways: what the platform shows, what we have, what both agreed on last. One side's change
/// goes over to the other; where both changed the same, the rule of the corp says whose word stands, and the log keeps both.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "events/events.h"
#include "people/tags.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

/// One look: pulls groups and tags, settles what differs, pushes our changes and the groups that are wanted there. What the
/// platform refuses (a tag of its console, a full library) stands as the tag's error and is tried again with the next look.
/// Repeat-safe: a push whose answer was lost is found by its name.
struct TagsDone { int pulled = 0, pushed = 0, archived = 0, conflicts = 0, refused = 0; };
Result<TagsDone> settle_tags(Db& db, Platform& platform, const std::string& corp);
/// Our group's tags are wanted at the platform too; they go with the next look. not_found "people.no_tag_group".
Result<> want_tag_group(Tx& tx, std::string_view corp, people::TagGroupId group);

struct TagConflict {
  std::int64_t id = 0;
  std::string what /* group tag */, platform_id;
  std::int64_t our_id = 0;
  std::string agreed, platform_says, we_say, winner /* platform ours */;
  Instant at;
};
/// Newest first, before `before` (0: all).
Result<std::vector<TagConflict>> tag_conflicts(Tx& tx, std::string_view corp, std::int64_t before, int limit);

/// A turn on the log: tags given and taken here become marks for the platform, unless it has them so already.
Result<std::size_t> turn_marks(Tx& tx, events::Pace pace);
/// Sends what is due, at most `limit` friendships; how many. Refusals for a friendship that is no more drop the mark.
Result<int> send_marks(Db& db, Platform& platform, const std::string& corp, int limit);

}  // namespace koi::connect::wecom
