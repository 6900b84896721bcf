#include <boost/json.hpp>

#include "events/events.h"
#include "people/attributes.h"
#include "people/identity.h"
#include "people/keystore.h"
#include "people/known.h"

namespace koi::people {

namespace {
// One node at a time: its key first, without which everything else it had is noise.
constexpr std::string_view kDrop[] = {
    "DELETE FROM identifier WHERE person_id = $1",       "DELETE FROM identifier_past WHERE person_id = $1",
    "DELETE FROM attribute_value WHERE person_id = $1",  "DELETE FROM attribute_history WHERE person_id = $1",
    "DELETE FROM person_attribute WHERE person_id = $1", "UPDATE reveal SET reason = '' WHERE person_id = $1",
};
constexpr std::string_view kScrub =
    "UPDATE person SET member_no = NULL, first_touch = NULL, erased_at = $2, ver = ver + 1 WHERE id = $1 AND erased_at IS NULL";
constexpr std::string_view kScrubCases =
    "UPDATE merge_case SET evidence = '', note = '', state = CASE WHEN state = 'open' THEN 'dismissed' ELSE state END "
    "WHERE person_a = $1 OR person_b = $1";
}  // namespace

Result<> erase(Tx& tx, PersonId person) {
  TRY(const auto root, root_of(tx, person));
  TRY(const auto nodes, nodes_of(tx, root));
  TRY(auto* keystore, Keystore::of(tx));
  bool fresh = false;
  for (const auto node : nodes) {
    TRY(keystore->destroy_key(tx, node));
    TRY(tx.exec(kScrubCases, node));
    TRY(const auto scrubbed, tx.exec(kScrub, node, tx.now()));
    fresh = fresh || (node == root && scrubbed > 0);
  }
  for (const auto sql : kDrop) { TRY(tx.exec(sql, root)); }
  for (const auto eraser : erasers()) { TRY(eraser(tx, root, nodes)); }
  if (auto* known = Known::of(tx)) known->forget_all();
  if (fresh) { TRY(events::append(tx, {.kind = "data_erased", .person = root})); }
  return {};
}

}  // namespace koi::people
