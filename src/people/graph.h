/// How a person came to be one: nodes, the identifiers on them, the merges between them and what was undone.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "people/people.h"

namespace koi::people {

struct GraphNode { PersonId id; Instant created_at; std::string channel; };
/// `value` is masked where the namespace is sensitive; past ones have revoked_at and why.
struct GraphIdentifier {
  PersonId node;
  std::string ns, value;
  bool verified = false;
  std::int64_t priority = 0;
  Instant first_at, last_at;
  std::string evidence;
  std::optional<Instant> revoked_at;
  std::string revoked_why;
};
/// A merge: `node` hangs under `parent`. Standing while revoked_at is empty.
struct GraphEdge {
  PersonId node, parent;
  Instant at;
  std::string evidence;
  std::int64_t by_user = 0;  // 0: by rule
  std::optional<Instant> revoked_at;
  std::int64_t revoked_by = 0;
  std::string revoked_why;
};
BOOST_DESCRIBE_STRUCT(GraphNode, (), (id, created_at, channel))
BOOST_DESCRIBE_STRUCT(GraphIdentifier, (), (node, ns, value, verified, priority, first_at, last_at, evidence, revoked_at, revoked_why))
BOOST_DESCRIBE_STRUCT(GraphEdge, (), (node, parent, at, evidence, by_user, revoked_at, revoked_by, revoked_why))

struct IdentityGraph {
  PersonId person;
  std::vector<GraphNode> nodes;               // the root first
  std::vector<GraphIdentifier> identifiers;   // strongest first
  std::vector<GraphEdge> edges;               // standing, oldest first
  std::vector<GraphEdge> undone;              // newest first
  std::vector<GraphIdentifier> past;          // newest first
};
BOOST_DESCRIBE_STRUCT(IdentityGraph, (), (person, nodes, identifiers, edges, undone, past))

/// At most 500 of each. not_found "people.not_found" outside the scope.
Result<IdentityGraph> identity_graph(Tx& tx, const Scope& scope, PersonId person);

}  // namespace koi::people
