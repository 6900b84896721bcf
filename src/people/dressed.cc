#include "people/dressed.h"

#include <algorithm>

#include "people/api.h"
#include "people/attributes.h"
#include "people/vault.h"

namespace koi::people {

Result<std::vector<RowOut>> dressed(Tx& tx, std::vector<ListRow> rows, const std::vector<std::string>& columns) {
  std::vector<PersonId> people;
  std::vector<StaffId> owners;
  for (const auto& row : rows) {
    people.push_back(row.id);
    if (row.owner_staff_id) owners.push_back(*row.owner_staff_id);
  }
  TRY(const auto shown, cards(tx, people));
  TRY(const auto staff, staff_by_id(tx, owners));
  TRY(const auto held, tag_names_of(tx, people));
  std::vector<RowOut> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    RowOut row;
    static_cast<ListRow&>(row) = std::move(rows[i]);
    row.name = shown[i].name;
    row.phone = shown[i].phone;
    if (row.owner_staff_id)
      if (const auto face = staff.find(*row.owner_staff_id); face != staff.end()) row.owner_name = face->second.name;
    for (const auto& tag : held)
      if (tag.person == row.id) row.tags.push_back({tag.tag, tag.name, tag.color});
    if (!columns.empty()) {
      TRY(auto attributes, attributes_of(tx, row.id));
      for (auto& a : attributes)
        if (std::ranges::find(columns, a.key) != columns.end()) row.attributes.emplace(a.key, std::move(a.value));
    }
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace koi::people
