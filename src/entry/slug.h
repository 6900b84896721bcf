/// Inside the room: short addresses on posters, and the text of a search.
#pragma once
#include <string>
#include <string_view>

#include "store/store.h"

namespace koi::entry {

/// As somebody wishes it, or ("") eight letters nobody guesses. `taken` is "SELECT id FROM … WHERE slug = $1". invalid "entry.slug",
/// conflict "entry.slug_taken".
Result<std::string> slug_for(Tx& tx, std::string_view wished, std::string_view taken);

/// For LIKE … ESCAPE '\': what contains q, whatever its case; "" for nothing.
std::string like_text(std::string_view q);

}  // namespace koi::entry
