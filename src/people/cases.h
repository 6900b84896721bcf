/// The queue of people that evidence says are one and a rule says are not. Owns merge_case.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "people/people.h"

namespace koi::people {

struct CaseTag { static constexpr std::string_view prefix = "mca"; };
using CaseId = Id<CaseTag>;

BOOST_DEFINE_ENUM_CLASS(CaseState, open, merged, dismissed)

struct MergeCase {
  CaseId id;
  PersonId a;                 // roots as of now; equal when they have become one
  std::optional<PersonId> b;  // nobody: the case is about one person that grew past a cap
  std::string reason;         // "two_unionids", "namespace_limit", "merge_cap", "identifier_cap", "unmerged"
  std::string ns, evidence;
  CaseState state = CaseState::open;
  std::int64_t seen = 1;
  Instant opened_at;
  std::optional<Instant> closed_at;
  std::optional<std::int64_t> closed_by;
  std::string note;
};
BOOST_DESCRIBE_STRUCT(MergeCase, (), (id, a, b, reason, ns, evidence, state, seen, opened_at, closed_at, closed_by, note))

/// not_found "people.no_case".
Result<MergeCase> find_case(Tx& tx, CaseId id);
struct CaseQuery {
  CaseState state = CaseState::open;
  CaseId before;
  int limit = 50;
};
/// Newest first.
Result<std::vector<MergeCase>> case_page(Tx& tx, const CaseQuery& query);
/// Merges the two (rules that opened the case are overruled by the user). `keep`: whose id stays; nobody: the older.
/// conflict "people.case_closed", invalid "people.case_of_one", "people.not_in_case", and merge's.
Result<PersonId> merge_by_case(Tx& tx, CaseId id, PersonId keep, std::int64_t by_user);
/// They are two (or: the one is fine): never joined by rule from now on. Repeat-safe. conflict "people.case_closed".
Result<> dismiss_case(Tx& tx, CaseId id, std::string_view note, std::int64_t by_user);

}  // namespace koi::people
