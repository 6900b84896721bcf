/// Rows of people as lists show them: the name and phone masked, the owner's name, tags, and attributes asked for.
#pragma once
#include <map>

#include "people/list.h"

namespace koi::people {

struct TagChip { TagId tag; std::string name, color; };
BOOST_DESCRIBE_STRUCT(TagChip, (), (tag, name, color))
struct RowOut : ListRow {
  std::string name, phone, owner_name;  // masked
  std::vector<TagChip> tags;
  std::map<std::string, std::string> attributes;
};
BOOST_DESCRIBE_STRUCT(RowOut, (ListRow), (name, phone, owner_name, tags, attributes))
/// In the order of the rows; `columns` are keys of attributes. The caller has checked the scope of the rows.
Result<std::vector<RowOut>> dressed(Tx& tx, std::vector<ListRow> rows, const std::vector<std::string>& columns = {});

}  // namespace koi::people
