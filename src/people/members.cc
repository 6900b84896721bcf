// What the columns need to know of people: which nodes are one person.
#include <boost/describe.hpp>

#include "people/identity.h"
#include "store/rows.h"

namespace koi::people {

namespace {

struct MemberRow { PersonId id, root; std::int64_t erased = 0; };
BOOST_DESCRIBE_STRUCT(MemberRow, (), (id, root, erased))

constexpr std::string_view kAfter =
    "SELECT id, COALESCE(merged_into, id) AS root, CASE WHEN erased_at IS NULL THEN 0 ELSE 1 END AS erased FROM person "
    "WHERE id > $1 ORDER BY id LIMIT $2";
constexpr std::string_view kOf =
    "SELECT id, COALESCE(merged_into, id) AS root, CASE WHEN erased_at IS NULL THEN 0 ELSE 1 END AS erased FROM person "
    "WHERE id = $1 OR merged_into = $1 ORDER BY id";
constexpr std::string_view kRoot = "SELECT COALESCE(merged_into, id) FROM person WHERE id = $1";

using Tell = std::function<void(const events::Member&)>;

Result<> members_after(Tx& tx, PersonId from, int limit, const Tell& fn) {
  return tx.each<MemberRow>(kAfter, [&](MemberRow&& row) -> Result<> {
    fn({row.id, row.root, row.erased != 0});
    return {};
  }, from.v, limit);
}

Result<> members_of(Tx& tx, PersonId node, const Tell& fn) {
  TRY(const auto root, tx.maybe<PersonId>(kRoot, node));
  if (!root) {  // taken back with the import that made them
    fn({node, node, true});
    return {};
  }
  return tx.each<MemberRow>(kOf, [&](MemberRow&& row) -> Result<> {
    fn({row.id, row.root, row.erased != 0});
    return {};
  }, *root);
}

}  // namespace

const events::Members kMembers{members_after, members_of};

}  // namespace koi::people
