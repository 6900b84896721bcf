#include "people/cases.h"

#include "people/identity.h"
#include "store/rows.h"

namespace koi::people {

namespace {

constexpr std::string_view kOpen =
    "INSERT INTO merge_case (id, person_a, person_b, reason, ns, evidence, opened_at) VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT (person_a, person_b, reason) DO UPDATE SET seen = merge_case.seen + 1, "
    "state = CASE WHEN merge_case.state = 'merged' THEN 'open' ELSE merge_case.state END RETURNING id";
// Nodes of either tree: a case keeps the nodes it was opened on, whatever they were merged into since.
#define KOI_IN_TREE(column, root) column " IN (SELECT id FROM person WHERE id = " root " OR merged_into = " root ")"
constexpr std::string_view kApart =
    "SELECT id FROM merge_case WHERE state = 'dismissed' AND ("
    "(" KOI_IN_TREE("person_a", "$1") " AND " KOI_IN_TREE("person_b", "$2") ") OR "
    "(" KOI_IN_TREE("person_a", "$2") " AND " KOI_IN_TREE("person_b", "$1") ")) ORDER BY id LIMIT 1";
constexpr std::string_view kHoldApart =
    "INSERT INTO merge_case (id, person_a, person_b, reason, ns, evidence, state, opened_at, closed_at, closed_by, note) "
    "VALUES ($1, $2, $3, 'unmerged', '', $4, 'dismissed', $5, $5, $6, $4) ON CONFLICT (person_a, person_b, reason) "
    "DO UPDATE SET state = 'dismissed', closed_at = $5, closed_by = $6, note = $4";
constexpr std::string_view kCloseWithin =
    "UPDATE merge_case SET state = 'merged', closed_at = $2, closed_by = $3 WHERE state <> 'merged' AND person_b <> 0 "
    "AND " KOI_IN_TREE("person_a", "$1") " AND " KOI_IN_TREE("person_b", "$1");
#undef KOI_IN_TREE

#define KOI_CASE_COLUMNS                                                                                      \
  "m.id, COALESCE(a.merged_into, a.id), COALESCE(b.merged_into, b.id), m.reason, m.ns, m.evidence, m.state, " \
  "m.seen, m.opened_at, m.closed_at, m.closed_by, m.note FROM merge_case m JOIN person a ON a.id = m.person_a " \
  "LEFT JOIN person b ON b.id = m.person_b "
constexpr std::string_view kOne = "SELECT " KOI_CASE_COLUMNS "WHERE m.id = $1";
constexpr std::string_view kPage =
    "SELECT " KOI_CASE_COLUMNS "WHERE m.state = $1 AND m.id < $2 ORDER BY m.id DESC LIMIT $3";
#undef KOI_CASE_COLUMNS
constexpr std::string_view kDismiss =
    "UPDATE merge_case SET state = 'dismissed', closed_at = $2, closed_by = $3, note = $4 WHERE id = $1 AND state = 'open'";

constexpr int kPageMax = 200;

struct Pair { PersonId low, high; };
Pair ordered(PersonId a, PersonId b) {
  if (!b) return {a, b};
  return {std::min(a, b), std::max(a, b)};
}

}  // namespace

Result<std::int64_t> open_case(Tx& tx, const CaseKey& key) {
  const auto [a, b] = ordered(key.a, key.b);
  return tx.one<std::int64_t>(kOpen, tx.next_number(), a, b.v, key.reason, key.ns, key.evidence, tx.now());
}

Result<std::optional<std::int64_t>> held_apart(Tx& tx, PersonId a, PersonId b) {
  return tx.maybe<std::int64_t>(kApart, a, b);
}

Result<> hold_apart(Tx& tx, PersonId a, PersonId b, std::int64_t by_user, std::string_view note) {
  const auto [low, high] = ordered(a, b);
  TRY(tx.exec(kHoldApart, tx.next_number(), low, high, note, tx.now(), by_user));
  return {};
}

Result<> close_cases_within(Tx& tx, PersonId root, std::int64_t by_user) {
  TRY(tx.exec(kCloseWithin, root, tx.now(), by_user));
  return {};
}

Result<MergeCase> find_case(Tx& tx, CaseId id) {
  TRY(auto row, tx.maybe<MergeCase>(kOne, id));
  if (!row) return fail(Errc::not_found, "people.no_case");
  return std::move(*row);
}

Result<std::vector<MergeCase>> case_page(Tx& tx, const CaseQuery& query) {
  const auto before = query.before ? query.before.v : INT64_MAX;
  return tx.all<MergeCase>(kPage, enum_text(query.state), before, std::clamp(query.limit, 1, kPageMax));
}

Result<PersonId> merge_by_case(Tx& tx, CaseId id, PersonId keep, std::int64_t by_user) {
  TRY(const auto found, find_case(tx, id));
  if (found.state != CaseState::open) return fail(Errc::conflict, "people.case_closed");
  if (!found.b) return fail(Errc::invalid, "people.case_of_one");
  if (keep && keep != found.a && keep != *found.b) return fail(Errc::invalid, "people.not_in_case");
  const auto into = keep ? keep : found.a;
  return merge(tx, {.into = into, .from = into == found.a ? *found.b : found.a,
                    .evidence = "case:" + std::to_string(id.v), .by_user = by_user});
}

Result<> dismiss_case(Tx& tx, CaseId id, std::string_view note, std::int64_t by_user) {
  TRY(const auto done, tx.exec(kDismiss, id, tx.now(), by_user, note));
  if (done > 0) return {};
  TRY(const auto found, find_case(tx, id));
  if (found.state == CaseState::dismissed) return {};
  return fail(Errc::conflict, "people.case_closed");
}

}  // namespace koi::people
