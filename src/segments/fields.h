/// What a person has besides attributes: the facts a rule may ask for by name, with their types and labels.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "segments/rule.h"

namespace koi::segments {

/// The type of what is compared. set: texts, each once; list, object: of an event; any: not declared, the operand decides.
enum class Type : std::uint8_t { any, text, number, money, boolean, date, time, duration, set, list, object };
std::string_view type_name(Type type, bool zh);
Said type_said(Type type);

struct Fact {
  std::string_view name;
  Type type;
  std::string_view zh, en;  // with {0} and {1} for the arguments
  std::size_t args_min = 0, args_max = 0;
};
/// stage, channel, store, staff (who owns the person, "stf_…"), staff.name, staff.store (the place as a path of names,
/// "华东/上海/静安店"), created_at, first_seen_at, last_seen_at, member_no, orders, paid, refunded, first_paid_at,
/// last_paid_at, inviter ("cus_…"), tags ("group/name", and found by "name" too; expired ones are gone), friends (staff
/// with an active relation), groups (chats joined), relation.state([staff]) (states of the relations with that member
/// of staff, or with any), relation.days([staff]) (whole days since the active relation began; of any: the longest),
/// referrals(depth) (people brought, 1: directly, 2: and whom they brought), has_id(ns), reachable(channel, purpose),
/// consent(channel, purpose) ("granted", "withdrawn"; missing when never asked).
/// Sets and numbers here are empty or 0, never missing, but relation.days.
std::span<const Fact> facts();
const Fact* find_fact(std::string_view name);
std::vector<std::string_view> fact_names();

}  // namespace koi::segments
