/// Parts into one: neighbours in the log become one larger part, its rows in the order they would have had if they had
/// come together.
#pragma once
#include "events/columns/part.h"

namespace koi::events::columns {

/// Parts oldest first, each beginning where the one before ends.
Result<PartPtr> weave(ImageWriter& out, std::span<const PartPtr> parts);

}  // namespace koi::events::columns
