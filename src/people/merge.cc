#include <boost/json.hpp>

#include "events/events.h"
#include "people/attributes.h"
#include "people/identity.h"
#include "people/known.h"
#include "store/rows.h"

namespace koi::people {

namespace {

struct EdgeRow {
  std::int64_t id = 0;
  PersonId parent;
};
BOOST_DESCRIBE_STRUCT(EdgeRow, (), (id, parent))

[[maybe_unused]] const bool kColumnsKnow = events::know_members(kMembers);
constexpr std::string_view kErased = "SELECT COUNT(*) FROM person WHERE id IN ($1, $2) AND erased_at IS NOT NULL";
// Takes a root's row before anything is read of it: of two merges that meet, one waits.
constexpr std::string_view kTake = "UPDATE person SET ver = ver + 1 WHERE id = $1 AND merged_into IS NULL";
constexpr std::string_view kHang =
    "INSERT INTO person_redirect (id, node, parent, at, evidence, by_user) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kPointAll = "UPDATE person SET merged_into = $2 WHERE id = $1 OR merged_into = $1";
// See late_rows.cc.
constexpr std::string_view kWatch =
    "INSERT INTO merge_watch (node) VALUES ($1) ON CONFLICT (node) DO UPDATE SET seen_at = NULL";
constexpr std::string_view kEdge = "SELECT id, parent FROM person_redirect WHERE node = $1 AND revoked_at IS NULL";
constexpr std::string_view kCut =
    "UPDATE person_redirect SET revoked_at = $2, revoked_by = $3, revoked_why = $4 WHERE id = $1";
constexpr std::string_view kSubtree =
    "WITH RECURSIVE tree (node) AS (SELECT CAST($1 AS BIGINT) UNION SELECT r.node FROM person_redirect r "
    "JOIN tree ON r.parent = tree.node WHERE r.revoked_at IS NULL) SELECT node FROM tree";
constexpr std::string_view kPointOne = "UPDATE person SET merged_into = $2 WHERE id = $1";
constexpr std::string_view kMergesSince =
    "SELECT COUNT(*) FROM person_redirect WHERE at > $2 AND parent IN "
    "(SELECT id FROM person WHERE id = $1 OR merged_into = $1)";

/// Both rows, lower id first so that two merges cannot wait for each other in a ring.
Result<> take_roots(Tx& tx, PersonId a, PersonId b) {
  for (const auto root : {std::min(a, b), std::max(a, b)}) {
    TRY(const bool taken, take_root(tx, root));
    if (!taken) return fail(Errc::conflict, "people.raced", to_text(root));
  }
  return {};
}

std::string merge_props(PersonId from, std::string_view evidence, std::int64_t by_user) {
  return boost::json::serialize(
      boost::json::object{{"kind", "merge"}, {"node", to_text(from)}, {"evidence", evidence}, {"by_user", by_user}});
}

}  // namespace

Result<bool> take_root(Tx& tx, PersonId root) {
  TRY(const auto rows, tx.exec(kTake, root));
  return rows > 0;
}

Obstacle limit_between(const Holdings& a, const Holdings& b) {
  for (const auto& [ns, count] : b.count) {
    const auto mine = a.of(ns);
    const auto rules = namespace_of(ns);
    if (mine == 0 || mine + count <= rules.max_ever) continue;
    return {rules.name == "wx_unionid" ? "two_unionids" : "namespace_limit", ns};
  }
  if (a.total + b.total > kIdentifiersMax) return {"identifier_cap", {}};
  return {};
}

Result<bool> merged_too_often(Tx& tx, PersonId a, PersonId b) {
  const auto since = tx.now() - std::chrono::hours(24);
  TRY(const auto mine, tx.one<std::int64_t>(kMergesSince, a, since));
  TRY(const auto theirs, tx.one<std::int64_t>(kMergesSince, b, since));
  return mine + theirs >= kMergesADay;
}

Result<> settle(Tx& tx, PersonId root) {
  TRY(lend(tx, root));
  TRY(rebuild_attributes(tx, root));
  for (const auto refold : refolds()) { TRY(refold(tx, root)); }
  return {};
}

Result<> join(Tx& tx, PersonId into, PersonId from, std::string_view evidence, std::int64_t by_user) {
  TRY(take_roots(tx, into, from));
  TRY(tx.exec(kHang, tx.next_number(), from, into, tx.now(), evidence, by_user));
  TRY(tx.exec(kPointAll, from, into));
  TRY(repoint(tx, from, into, {}));
  if (tx.kind() == store::Kind::postgres) { TRY(tx.exec(kWatch, from)); }
  if (auto* known = Known::of(tx)) known->moved(tx, from, into);
  TRY(close_cases_within(tx, into, by_user));
  TRY(clear_attributes(tx, from));
  TRY(settle(tx, into));
  const auto props = merge_props(from, evidence, by_user);
  TRY(events::append(tx, {.kind = "identity_linked", .person = into, .subject = from.v, .props = props}));
  return {};
}

Result<PersonId> merge(Tx& tx, const Merge& cmd) {
  TRY(const auto into, root_of(tx, cmd.into));
  TRY(const auto from, root_of(tx, cmd.from));
  if (into == from) return into;
  TRY(const auto erased, tx.one<std::int64_t>(kErased, into, from));
  if (erased > 0) return fail(Errc::conflict, "people.erased");
  if (cmd.by_user == 0) {
    TRY(const auto mine, holdings(tx, into));
    TRY(const auto theirs, holdings(tx, from));
    if (const auto why = limit_between(mine, theirs); !why.reason.empty())
      return fail(Errc::conflict, "people." + std::string(why.reason), why.ns);
    TRY(const auto apart, held_apart(tx, into, from));
    if (apart) return fail(Errc::conflict, "people.held_apart");
  }
  TRY(const bool often, merged_too_often(tx, into, from));
  if (often) return fail(Errc::throttled, "people.merge_cap");
  TRY(join(tx, into, from, cmd.evidence, cmd.by_user));
  return into;
}

Result<> unmerge(Tx& tx, PersonId node, std::string_view evidence, std::int64_t by_user) {
  TRY(const auto root, root_of(tx, node));
  TRY(const auto edge, tx.maybe<EdgeRow>(kEdge, node));
  if (!edge) return fail(Errc::conflict, "people.not_merged");
  TRY(const auto taken, tx.exec(kTake, root));
  if (taken == 0) return fail(Errc::conflict, "people.raced", to_text(root));
  TRY(const auto tree, tx.all<PersonId>(kSubtree, node));
  TRY(tx.exec(kCut, edge->id, tx.now(), by_user, evidence));
  for (const auto part : tree) {
    TRY(tx.exec(kPointOne, part, part == node ? PersonId{} : node));
  }
  TRY(repoint(tx, root, node, node));
  if (auto* known = Known::of(tx)) known->forget_all();
  if (by_user != 0) { TRY(hold_apart(tx, edge->parent, node, by_user, evidence)); }
  TRY(settle(tx, root));
  TRY(settle(tx, node));
  const auto props = merge_props(node, evidence, by_user);
  TRY(events::append(tx, {.kind = "identity_unlinked", .person = root, .subject = node.v, .props = props}));
  return {};
}

}  // namespace koi::people
