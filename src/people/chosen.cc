#include "people/chosen.h"

#include <algorithm>

#include "store/rows.h"

namespace koi::people {
namespace {

const std::string kRow = std::string(kListColumns) + "FROM person p WHERE p.id = $1";

}  // namespace

Result<std::vector<ListRow>> chosen_people(Tx& tx, const Scope& scope, std::span<const PersonId> ids) {
  if (ids.size() > kChosenMax) return fail(Errc::invalid, "people.too_many_ids", {}, "/ids");
  std::vector<ListRow> out;
  for (const auto id : ids) {
    const auto root = visible(tx, scope, id);
    if (!root && root.error().kind == Errc::not_found) continue;
    if (!root) return std::unexpected(root.error());
    if (std::ranges::find(out, *root, &ListRow::id) != out.end()) continue;
    TRY(auto row, tx.one<ListRow>(kRow, *root));
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace koi::people
