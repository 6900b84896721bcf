/// Brings the platform to what entry wants it to have: contact ways of live codes, join ways of group codes. Nothing is made
/// twice: what was asked for without an answer is looked for at the platform before it is asked for again.
#pragma once
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

struct WaysDone { int made = 0, changed = 0, deleted = 0, failed = 0, waiting = 0 /* for an answer that never came */, adopted = 0 /* found at the platform */; };
/// One round over what is due, a few at once; those of other corps' staff are left to them unless `all`. What the platform refuses is
/// told to entry, with when to try again. Passes up what is nobody's fault (unreachable, over the limit): the rest waits for the
/// next round. Not from the Writer's thread.
Result<WaysDone> make_ways(Db& db, Platform& platform, const std::string& corp, bool all);
Result<WaysDone> make_joins(Db& db, Platform& platform, const std::string& corp, bool all);

}  // namespace koi::connect::wecom
