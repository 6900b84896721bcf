/// Who: a person and the identifiers that lead to one. Merge with evidence, unmerge exactly.
/// A person is a tree of nodes: every row keeps the node it was born on (origin_id) and the root it belongs to now
/// (person_id). Merging hangs one tree under another and re-points person_id; unmerging cuts it off again.
/// Owns person, identifier, person_redirect, merge_case, vault. Source: model.md §9.3.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::people {

/// One identifier as it came in: namespace ("phone_e164", "wx_openid:wx123", "order_buyer:cdnow") and raw value.
struct Ident {
  std::string ns, value;
  bool asserted = true;  // asserted links and merges; observed only links
};

/// A namespace's rules (defaults: model.md §9.3; longest matching prefix before ':' wins).
struct Namespace {
  std::string name;
  int max_ever = 1;   // values of this namespace one person may hold
  int priority = 5;   // 1 strongest; <= 2 never merged by a weak one (>= 9)
  bool normalise_phone = false;
};

struct Resolved {
  PersonId person;            // the root
  bool created = false, merged = false;
  std::int64_t conflict = 0;  // merge_case opened because rules forbid joining
};

/// The person these identifiers lead to; creates one when none is known, links new identifiers, merges two persons
/// when an asserted identifier proves them one, or opens a merge_case. `evidence` says where it came from
/// ("import:12:line 7", "event:…"). Order of identifiers does not matter. Blocked values (empty, all zeros, "null",
/// eleven equal digits) are skipped; invalid "people.no_identifier" when none is left.
/// Repeat-safe: the same identifiers lead to the same person.
Result<Resolved> resolve(Tx& tx, std::span<const Ident> idents, std::string_view evidence);
/// Lookup only.
Result<std::optional<PersonId>> find(Tx& tx, const Ident& ident);
/// The root of a node; the same id when it was never merged.
Result<PersonId> root_of(Tx& tx, PersonId node);
/// All nodes under a root, itself first.
Result<std::vector<PersonId>> nodes_of(Tx& tx, PersonId root);

struct Merge { PersonId into, from; std::string evidence; std::int64_t by_user = 0; };
/// Hangs `from` under `into`. Repeat-safe. not_found, conflict "people.two_unionids" (never automatic; forced by hand
/// only with by_user), throttled "people.merge_cap" (20 a day).
Result<PersonId> merge(Tx& tx, const Merge& cmd);
/// Cuts `node` (with all that was merged into it earlier) off again. conflict "people.not_merged".
Result<> unmerge(Tx& tx, PersonId node, std::string_view evidence, std::int64_t by_user);

/// Tables whose rows follow a person: they have person_id and origin_id columns. Each room registers its own;
/// merge and unmerge re-point them all.
void follow(std::string_view table);
std::vector<std::string> followers();

}  // namespace koi::people
