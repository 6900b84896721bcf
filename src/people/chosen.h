/// Rows of the people list for ids at hand: what stands behind a number is listed in one request.
#pragma once
#include <span>

#include "people/list.h"

namespace koi::people {

inline constexpr std::size_t kChosenMax = 100;
/// In the order asked, each root once; ids that are nobody's or outside the scope are left out, merged ones lead to
/// their root. invalid "people.too_many_ids".
Result<std::vector<ListRow>> chosen_people(Tx& tx, const Scope& scope, std::span<const PersonId> ids);

}  // namespace koi::people
