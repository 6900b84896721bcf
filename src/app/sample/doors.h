/// Doors of the sample merchant besides its codes: a form that asks before a launch, the page of the launch, the link of its message.
/// Private to app/sample/.
#pragma once
#include "store/store.h"

namespace koi::app {

/// Once; the same definitions again are the same doors.
Result<> open_doors(Tx& tx);

}  // namespace koi::app
