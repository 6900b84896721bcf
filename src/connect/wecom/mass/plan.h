/// Inside mass/: the planning of audiences.
#pragma once
#include "store/store.h"

namespace koi::connect::wecom {

/// A page of the send that waits longest to be planned; false when none does.
Result<bool> plan_a_page(Tx& tx);

}  // namespace koi::connect::wecom
