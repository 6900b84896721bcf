/// Who: a person and the identifiers that lead to one. Merge with evidence, unmerge exactly.
/// A person is a tree of nodes: every row keeps the node it was born on (origin_id) and the root it belongs to now
/// (person_id). Merging hangs one tree under another and re-points person_id; unmerging cuts it off again.
/// Owns person, person_redirect, identifier, merge_case, person_key, the keystore, attributes. Appends identity_linked,
/// identity_unlinked, data_erased. Source: model.md §9.3.
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

/// 128 bits of an identifier under a key of this process, for the cache of those seen lately.
struct Print {
  std::uint64_t a = 0, b = 0;
  explicit operator bool() const { return (a | b) != 0; }
  friend bool operator==(const Print&, const Print&) = default;
};
/// One identifier as it came in: namespace ("phone_e164", "wx_openid:wx123", "order_buyer:cdnow") and raw value.
struct Ident {
  std::string ns, value;
  bool asserted = true;  // asserted links and merges; observed only links
  Print print = {};      // print_of(*this) from whoever had time for it; zero: computed when needed
};
Print print_of(const Ident& ident);

/// A namespace's rules (defaults: model.md §9.3; the part before ':' names the rules, the whole name is the limit's
/// unit). Known: member_no, wx_unionid, wecom_external_userid:CORP, wx_openid:APP, user_id:SOURCE, phone_e164, email,
/// pos_member_no:SYSTEM, order_buyer:SHOP, device:SOURCE, anon:SOURCE. Others: 5 ever, priority 5.
struct Namespace {
  std::string_view name;
  int max_ever = 5;   // values of this namespace one person may hold
  int priority = 5;   // 1 strongest; two people who both hold <= 2 are never merged by a weak one (>= 9)
  int max_week = 0;   // 0: none; at most so many new ones in seven days
  bool sensitive = false;  // kept as a blind index, clear value sealed
};
Namespace namespace_of(std::string_view ns);

struct Resolved {
  PersonId person;            // the root
  bool created = false, merged = false;
  std::int64_t conflict = 0;  // merge_case opened because rules forbid joining
};

/// The person these identifiers lead to; creates one when none is known, links new identifiers, merges two persons
/// when an asserted identifier proves them one, or opens a merge_case. `evidence` says where it came from
/// ("import:12:line 7", "event:…"). Order of identifiers does not matter. Blocked values (empty, all zeros, "null",
/// eleven equal digits), unreadable phones and shared devices are skipped; invalid "people.no_identifier" when none
/// is left, with the reason of the first. Repeat-safe: the same identifiers lead to the same person. On the Writer only.
Result<Resolved> resolve(Tx& tx, std::span<const Ident> idents, std::string_view evidence);
/// These will be resolved soon: their prints' places in the cache are fetched meanwhile. No effect otherwise.
void expect(Tx& tx, std::span<const Ident> idents);
/// Lookup only; on a snapshot or the Writer.
Result<std::optional<PersonId>> find(Tx& tx, const Ident& ident);
/// The root of a node; the same id when it was never merged. not_found "people.not_found".
Result<PersonId> root_of(Tx& tx, PersonId node);
/// All nodes under a root, itself first.
Result<std::vector<PersonId>> nodes_of(Tx& tx, PersonId root);
/// not_found "people.not_found" unless the person exists and the scope covers its root; the root.
Result<PersonId> visible(Tx& tx, const Scope& scope, PersonId person);

/// A value of a namespace that never identifies anybody ("blocked") or a device many share ("shared"): it links
/// nobody from now on, and links it made are taken off. invalid "people.bad_rule".
Result<> rule_out(Tx& tx, const Ident& ident, std::string_view rule);

struct Merge { PersonId into, from; std::string evidence; std::int64_t by_user = 0; };
/// Hangs `from` under `into`; the root. Repeat-safe. not_found, conflict "people.two_unionids" (or another
/// namespace's limit, "people.namespace_limit"; forced by hand only with by_user), throttled "people.merge_cap"
/// (20 a day), conflict "people.erased".
Result<PersonId> merge(Tx& tx, const Merge& cmd);
/// Cuts `node` (with all that was merged into it earlier) off again. conflict "people.not_merged".
Result<> unmerge(Tx& tx, PersonId node, std::string_view evidence, std::int64_t by_user);

/// Destroys the person's keys, identifiers, attributes and search tokens; events and orders keep the random id.
/// Appends data_erased. Repeat-safe. not_found.
Result<> erase(Tx& tx, PersonId person);

/// PostgreSQL: moves rows that were written for a node while another writer merged it, once all such writers have ended.
/// How many; 0 on SQLite, which has one writer. For a timer (keep_time does).
Result<std::int64_t> move_late_rows(Db& db);

/// At start, before anybody reads: keys whose owners are gone are destroyed, also those an older copy of the keystore
/// brought back. How many. Safe to kill and repeat.
Result<std::int64_t> settle_keys(Db& db);
/// Seals every key anew under a new master key while the server works; one that was interrupted is taken up again.
/// How many keys. invalid "people.master_in_environment", conflict "people.rotating".
Result<std::int64_t> rotate_master_key(Db& db);
/// What is wrong with the keystore, at most 20 lines (`koipond verify`).
Result<std::vector<std::string>> verify_keys(Tx& tx);

// Small tables that later files and later rooms fill in, at static initialisation or from app. Repeats are harmless.

/// A table whose rows follow a person: columns person_id (the root now, indexed) and origin_id (the node it was born
/// on). Rows are written with both equal to the root of that moment. Uniqueness stands on origin_id, never on
/// person_id: two nodes may hold the same tag. merge and unmerge re-point them all.
/// Returns true, so that `const bool kFollows = people::follow("consent");` registers.
bool follow(std::string_view table);
std::vector<std::string> followers();
/// Rows of followers that do not stand on the root of the node they were born on: always 0 (`koipond verify`).
Result<std::int64_t> orphans(Tx& tx);

/// Opens what finds identifiers, which the first look would do else.
Result<> open_links(Tx& tx);
/// Identifiers that looking for them does not find: always 0 (`koipond verify`). internal "events.index_damaged".
Result<std::int64_t> lost_links(Tx& tx);

/// Recomputes from followers what a root's row sums up (orders, stage); runs after merge and unmerge, per root.
using Refold = Result<> (*)(Tx& tx, PersonId root);
bool on_refold(Refold fn);

/// Clear text came to a node, or went (""): field "name", "phone". Runs in the operation that writes it, so that
/// search keeps its tokens without reading the vault. `first`: the node is its own root and nobody told of the field before.
using Indexer = Result<> (*)(Tx& tx, PersonId node, std::string_view field, std::string_view clear, bool first);
bool on_clear_text(Indexer fn);

/// A person is being erased: drop whatever identifies somebody.
using Eraser = Result<> (*)(Tx& tx, PersonId root, std::span<const PersonId> nodes);
bool on_erase(Eraser fn);

}  // namespace koi::people
