#include "people/graph.h"

#include <algorithm>

#include "people/vault.h"
#include "store/rows.h"

namespace koi::people {

namespace {

struct LinkRow {
  PersonId node;
  std::string ns, value;
  bool verified = false;
  std::int64_t priority = 0;
  Instant first_at, last_at;
  std::string evidence;
  std::optional<Instant> revoked_at;
  std::string revoked_why;
  std::optional<store::Blob> box;
};
BOOST_DESCRIBE_STRUCT(LinkRow, (), (node, ns, value, verified, priority, first_at, last_at, evidence, revoked_at, revoked_why, box))

constexpr std::string_view kNodes =
    "SELECT id, created_at, COALESCE(channel, '') FROM person WHERE id = $1 OR merged_into = $1 "
    "ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END, id LIMIT 500";
constexpr std::string_view kLinks =
    "SELECT origin_id, ns, value, verified, priority, first_at, last_at, evidence, CAST(NULL AS BIGINT), '', box "
    "FROM identifier WHERE person_id = $1 ORDER BY priority, ns, first_at, value LIMIT 500";
constexpr std::string_view kPast =
    "SELECT origin_id, ns, value, 0, 0, first_at, last_at, evidence, revoked_at, revoked_why, box "
    "FROM identifier_past WHERE person_id = $1 ORDER BY revoked_at DESC, id DESC LIMIT 500";
constexpr std::string_view kEdges =
    "SELECT r.node, r.parent, r.at, r.evidence, r.by_user, r.revoked_at, COALESCE(r.revoked_by, 0), COALESCE(r.revoked_why, '') "
    "FROM person_redirect r WHERE r.parent IN (SELECT id FROM person WHERE id = $1 OR merged_into = $1) "
    "ORDER BY r.at, r.id LIMIT 500";

/// What a reader may see of a value: sensitive ones opened and masked, nothing where the key is gone.
Result<std::vector<GraphIdentifier>> shown(Tx& tx, std::string_view sql, PersonId root) {
  TRY(auto rows, tx.all<LinkRow>(sql, root));
  std::vector<GraphIdentifier> out;
  for (auto& row : rows) {
    if (namespace_of(row.ns).sensitive) {
      std::optional<std::string> clear;
      if (row.box) { TRY(clear, open_for(tx, row.node, *row.box)); }
      row.value = mask(row.ns == "email" ? "email" : "phone", clear.value_or(""));
    }
    out.push_back({row.node, std::move(row.ns), std::move(row.value), row.verified, row.priority, row.first_at, row.last_at,
                   std::move(row.evidence), row.revoked_at, std::move(row.revoked_why)});
  }
  return out;
}

}  // namespace

Result<IdentityGraph> identity_graph(Tx& tx, const Scope& scope, PersonId person) {
  IdentityGraph out;
  TRY(out.person, visible(tx, scope, person));
  TRY(out.nodes, tx.all<GraphNode>(kNodes, out.person));
  TRY(out.identifiers, shown(tx, kLinks, out.person));
  TRY(out.past, shown(tx, kPast, out.person));
  TRY(out.edges, tx.all<GraphEdge>(kEdges, out.person));
  std::ranges::copy_if(out.edges, std::back_inserter(out.undone), [](const GraphEdge& e) { return e.revoked_at.has_value(); });
  std::ranges::reverse(out.undone);
  std::erase_if(out.edges, [](const GraphEdge& e) { return e.revoked_at.has_value(); });
  return out;
}

}  // namespace koi::people
