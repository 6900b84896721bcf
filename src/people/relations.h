/// Edges of a person as readers inside the room see them. Making and ending them is in profile.h.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "people/profile.h"

namespace koi::people {

struct Edge {
  std::string kind;
  std::int64_t other = 0;
  std::string state, channel, via;
  Instant first_at, at;
};
BOOST_DESCRIBE_STRUCT(Edge, (), (kind, other, state, channel, via, first_at, at))
Result<std::vector<Edge>> edges_of(Tx& tx, PersonId root);

struct OwnerPast { std::optional<StaffId> owner; std::string unit_path; Instant at; };
BOOST_DESCRIBE_STRUCT(OwnerPast, (), (owner, unit_path, at))
Result<std::vector<OwnerPast>> owners_of(Tx& tx, PersonId root, int limit);

/// How many people a person brought.
Result<std::int64_t> invited_by(Tx& tx, PersonId root);

}  // namespace koi::people
