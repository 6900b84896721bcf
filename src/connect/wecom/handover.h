/// Handovers of team, asked of the platform: transfer_customer and its kin, what became of them, and what pushes say.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;
using PlatformOf = std::function<Result<std::shared_ptr<Platform>>(const std::string& corp)>;

/// One round: items that only we need to know of, at most `calls_max` calls of what is due, and looks at what was asked. How many
/// items and calls it had in hand. A process killed anywhere takes up what it left: an item is asked before the platform is, and
/// what became of one whose answer was lost is looked up before it is asked for again. Passes up what is nobody's fault.
Result<int> work_handovers(Db& db, const PlatformOf& platform, int calls_max);

}  // namespace koi::connect::wecom
