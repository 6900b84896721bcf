/// One person's row as the 360 page reads it.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>

#include "people/people.h"

namespace koi::people {

struct PersonRow {
  PersonId id;
  Instant created_at, first_seen_at, last_seen_at;
  std::optional<StaffId> owner_staff_id;
  std::string unit_path;
  std::optional<PersonId> inviter_id;
  std::optional<std::string> first_touch, channel, store, member_no;
  std::string stage;
  std::optional<Instant> stage_since;
  std::string stage_reason;
  std::optional<Instant> next_stage_at, acquired_at, retained_at, converted_at, repurchased_at, referred_at;
  std::int64_t orders = 0;
  Fen paid_fen, refunded_fen;
  std::optional<Instant> first_paid_at, last_paid_at, erased_at;
};
BOOST_DESCRIBE_STRUCT(PersonRow, (), (id, created_at, first_seen_at, last_seen_at, owner_staff_id, unit_path, inviter_id,
                                      first_touch, channel, store, member_no, stage, stage_since, stage_reason, next_stage_at,
                                      acquired_at, retained_at, converted_at, repurchased_at, referred_at, orders, paid_fen,
                                      refunded_fen, first_paid_at, last_paid_at, erased_at))
/// not_found "people.not_found" outside the scope.
Result<PersonRow> person_row(Tx& tx, const Scope& scope, PersonId person);

struct CreatePerson {
  std::vector<Ident> identifiers;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<std::string> tags;
  std::optional<std::string> channel, store;
};
struct CreatedPerson { PersonId id; bool created = false; };
/// By hand: identifiers lead to the person or make one, attributes and tags are set. Somebody the caller's reach does
/// not cover is not touched: conflict "people.exists_elsewhere". A new person belongs to whoever made it.
Result<CreatedPerson> create_person(Tx& tx, const Scope& scope, std::string_view source, const CreatePerson& cmd);

}  // namespace koi::people
