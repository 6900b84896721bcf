/// Where somebody came from: the first code that led to them, by the platform's time, whatever came to us first.
#pragma once
#include "base/result.h"
#include "base/types.h"
#include "store/store.h"

namespace koi::entry {

/// Looks at everything that led to this person through a code and writes the first of it down (people::set_origin). A channel that
/// was known before (a form, an import) stays. Repeat-safe, and the same in any order.
Result<> note_origin(Tx& tx, PersonId root);

}  // namespace koi::entry
