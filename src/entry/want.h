/// Inside the room: what the platform should have, from what a code says.
#pragma once
#include "entry/known.h"

namespace koi::entry {

/// A guide of a page code gets a way of their own; nothing when it is wanted already.
Result<> want_way(Tx& tx, const KnownCode& known, StaffId staff);
/// After a code was made or changed: ways for its guides ahead of the first scan (kAheadMax), none for those who are not members
/// any more once nobody can be looking at theirs.
inline constexpr std::size_t kAheadMax = 200;
Result<> want_ways(Tx& tx, CodeId code);
/// What the hour changes: whom the platform's own code leads to, whether requests are accepted by themselves.
Result<> tend_ways(Tx& tx, const KnownCode& known);

}  // namespace koi::entry
