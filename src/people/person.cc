#include "people/person.h"

#include "people/attributes.h"
#include "people/profile.h"
#include "store/rows.h"

namespace koi::people {

BOOST_DESCRIBE_STRUCT(Origin, (), (touch, channel))
namespace {

constexpr std::string_view kPerson =
    "SELECT id, created_at, first_seen_at, last_seen_at, owner_staff_id, unit_path, inviter_id, first_touch, channel, store, "
    "member_no, stage, stage_since, stage_reason, next_stage_at, acquired_at, retained_at, converted_at, repurchased_at, "
    "referred_at, orders, paid_fen, refunded_fen, first_paid_at, last_paid_at, erased_at FROM person WHERE id = $1";
constexpr std::string_view kCameBy =
    "UPDATE person SET channel = COALESCE(channel, $2), store = COALESCE(store, $3) WHERE id = $1 AND "
    "((channel IS NULL AND CAST($2 AS TEXT) IS NOT NULL) OR (store IS NULL AND CAST($3 AS TEXT) IS NOT NULL))";
constexpr std::string_view kOrigin = "SELECT COALESCE(first_touch, ''), COALESCE(channel, '') FROM person WHERE id = $1";
constexpr std::string_view kComeFrom = "UPDATE person SET first_touch = $2, channel = $3, borrowed = borrowed - (borrowed & 4) - (borrowed & 8) WHERE id = $1";

}  // namespace

Result<Origin> origin_of(Tx& tx, PersonId person) {
  TRY(const auto root, root_of(tx, person));
  return tx.one<Origin>(kOrigin, root);
}

Result<> set_origin(Tx& tx, PersonId person, const Origin& origin) {
  TRY(const auto root, root_of(tx, person));
  TRY(const auto had, tx.one<Origin>(kOrigin, root));
  if (had.touch == origin.touch && had.channel == origin.channel) return {};
  const auto text = [](const std::string& s) { return s.empty() ? std::nullopt : std::optional(s); };
  TRY(tx.exec(kComeFrom, root, text(origin.touch), text(origin.channel)));
  return had.channel == origin.channel ? Result<>{} : tell_attributes(tx, root, {"channel"}, origin.touch);
}

Result<PersonRow> person_row(Tx& tx, const Scope& scope, PersonId person) {
  TRY(const auto root, visible(tx, scope, person));
  return tx.one<PersonRow>(kPerson, root);
}

Result<CreatedPerson> create_person(Tx& tx, const Scope& scope, std::string_view source, const CreatePerson& cmd) {
  TRY(const auto found, resolve(tx, cmd.identifiers, source));
  if (found.created && !scope.unlimited()) { TRY(assign_owner(tx, found.person, scope.staff(), scope.unit_path())); }
  if (auto seen = visible(tx, scope, found.person); !seen) {
    if (seen.error().kind != Errc::not_found) return std::unexpected(std::move(seen).error());
    return fail(Errc::conflict, "people.exists_elsewhere");
  }
  if (!cmd.attributes.empty()) {
    TRY(set_attributes(tx, {.person = found.person, .values = cmd.attributes, .source = std::string(source)}));
  }
  if (!cmd.tags.empty()) {
    TRY(tag_person(tx, {.person = found.person, .tags = cmd.tags, .source = "manual:" + std::string(source), .expires = {}, .create = false, .why = {}}));
  }
  if (cmd.channel || cmd.store) {
    TRY(const auto changed, tx.exec(kCameBy, found.person, cmd.channel, cmd.store));
    if (changed > 0 && !found.created) { TRY(tell_attributes(tx, found.person, {"channel", "store"}, source)); }
  }
  return CreatedPerson{found.person, found.created};
}

}  // namespace koi::people
