/// Inside the room: what identity.cc, joining.cc, merge.cc and cases.cc say to one another.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "events/columns/members.h"
#include "people/people.h"

namespace koi::people {

/// For the columns of the log: who is one person with whom (members.cc).
extern const events::Members kMembers;

constexpr int kStrong = 2;             // priority <= this names its owner
constexpr int kWeak = 9;               // priority >= this is a device, not a person
constexpr int kMergesADay = 20;        // per person; more is a quarantine case
constexpr int kIdentifiersMax = 200;   // per person; more is a quarantine case
constexpr int kSilentDays = 180;       // a phone's old owner is silent so long: the number was recycled
constexpr std::int64_t kDayMs = 86'400'000;

/// An identifier in canonical form. `stored` is what stands in the table: the value, or its blind index.
struct Normal {
  std::string ns{}, value{}, stored{};
  Namespace rules;
  bool asserted = true;
};
/// "+8613812345678". invalid "people.bad_phone": detail says why (letters, scientific, length, service number …).
Result<std::string> normalise_phone(std::string_view raw);
/// Without the blind index. invalid "people.blocked_value", "people.bad_phone", "people.bad_email",
/// "people.bad_namespace", "people.bad_identifier".
Result<Normal> normalise(const Ident& ident);
/// With it.
Result<Normal> normalise_for(Tx& tx, const Ident& ident);

/// What one person holds, by namespace.
struct Holdings {
  std::map<std::string, int, std::less<>> count;
  int total = 0;
  int best = 99;  // strongest priority held
  Instant last_at{};
  int of(std::string_view ns) const {
    const auto at = count.find(ns);
    return at == count.end() ? 0 : at->second;
  }
};
Result<Holdings> holdings(Tx& tx, PersonId root);

/// Why two people may not be joined; empty reason: they may.
struct Obstacle {
  std::string_view reason;  // "two_unionids", "namespace_limit", "merge_cap", "identifier_cap"
  std::string ns;
};
/// The first namespace whose limit the two together would break.
Obstacle limit_between(const Holdings& a, const Holdings& b);
/// Merges of the last 24 hours in the trees of these two.
Result<bool> merged_too_often(Tx& tx, PersonId a, PersonId b);

/// Keeps a root's row from other writers until the transaction ends; false when it is no root any more.
Result<bool> take_root(Tx& tx, PersonId root);
/// Hangs root `from` under root `into`, no questions asked. Re-points followers, settles both, appends the event.
Result<> join(Tx& tx, PersonId into, PersonId from, std::string_view evidence, std::int64_t by_user);
/// Passes clear text on to whoever registered with on_clear_text.
Result<> tell_clear_text(Tx& tx, PersonId node, std::string_view field, std::string_view clear, bool first = false);
/// Tells what the node's newest "name" or "phone" is now.
Result<> retell(Tx& tx, PersonId node, std::string_view field);
/// Lends a root the facts it lacks from its tree, and takes back what it borrowed before.
Result<> lend(Tx& tx, PersonId root);
/// What was registered.
std::span<const Refold> refolds();
std::span<const Eraser> erasers();
/// Points the rows of all followers from one root to another; `only_under` (0: all) limits to rows born in its tree,
/// whose person rows point to it already. How many rows.
Result<std::int64_t> repoint(Tx& tx, PersonId from, PersonId to, PersonId only_under);

/// Recomputes what a root's row and attributes derive from its tree.
Result<> settle(Tx& tx, PersonId root);

struct CaseKey {
  PersonId a, b;  // b may be nobody
  std::string_view reason, ns, evidence;
};
/// The case of this pair: opened, or the one that stands (its `seen` grows); a dismissed one stays dismissed.
Result<std::int64_t> open_case(Tx& tx, const CaseKey& key);
/// A case some user closed with "they are two", between any nodes of the two trees.
Result<std::optional<std::int64_t>> held_apart(Tx& tx, PersonId a, PersonId b);
/// Writes down that a user said they are two.
Result<> hold_apart(Tx& tx, PersonId a, PersonId b, std::int64_t by_user, std::string_view note);
/// Cases between two trees that became one are answered.
Result<> close_cases_within(Tx& tx, PersonId root, std::int64_t by_user);

}  // namespace koi::people
