/// Saved views of the people list: a name, filters, columns, an order. One's own, or shared with everybody.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "people/people.h"
#include "store/trail.h"

namespace koi::people {

struct ViewTag { static constexpr std::string_view prefix = "viw"; };
using ViewId = Id<ViewTag>;

struct View {
  ViewId id;
  std::string owner_kind;
  std::int64_t owner_id = 0;
  std::string name;
  bool shared = false;
  std::string filter, columns, sort;  // JSON object, JSON list, name of an order
  std::int64_t position = 0, ver = 1;
};
BOOST_DESCRIBE_STRUCT(View, (), (id, owner_kind, owner_id, name, shared, filter, columns, sort, position, ver))
inline constexpr int kViewsMax = 100;  // a user

/// One's own and the shared ones.
Result<std::vector<View>> views(Tx& tx, const store::Author& who);
/// invalid "people.view_name"; conflict "people.view_exists"; exhausted "people.view_limit".
Result<View> create_view(Tx& tx, const store::Author& who, const View& view);
/// Only one's own. not_found "people.no_view"; precondition "people.stale".
Result<View> update_view(Tx& tx, const store::Author& who, const View& view);
Result<> delete_view(Tx& tx, const store::Author& who, ViewId id);

}  // namespace koi::people
