// Tasks and recipients of a mass send, page by page.
#include "connect/wecom/mass/rows.h"

namespace koi::connect::wecom {

BOOST_DESCRIBE_STRUCT(MassTask, (), (id, userid, staff, state, error, total, sent, lost, full, failed, made_at, confirmed_at, reminded_at))
BOOST_DESCRIBE_STRUCT(MassTarget, (), (id, person, group, staff, state, at))

namespace {

constexpr std::string_view kTasks =
    "SELECT id, userid, staff_id, state, error, total, sent, lost, full_up, failed, made_at, confirmed_at, reminded_at FROM connect_wecom_mass_task "
    "WHERE mass_id = $1 AND ($2 = '' OR state = $2 OR ($2 = 'open' AND state = 'made' AND confirmed_at IS NULL)) AND id > $3 ORDER BY id LIMIT $4";
// Of people whom the scope covers ($6 everybody, $7 a member of staff's own, $8 a place's), and of groups.
constexpr std::string_view kTargets =
    "SELECT r.id, r.person_id, COALESCE(c.name, ''), COALESCE(t.staff_id, 0), r.state, r.at FROM connect_wecom_mass_target r LEFT JOIN connect_wecom_mass_task t ON t.id = r.task_id "
    "LEFT JOIN connect_wecom_chat c ON c.id = r.chat LEFT JOIN person p ON p.id = r.person_id "
    "WHERE r.mass_id = $1 AND ($2 = '' OR r.state = $2) AND ($3 = 0 OR r.task_id = $3) AND r.id > $4 AND (r.person_id IS NULL OR $6 = 1 OR (CAST($7 AS BIGINT) <> 0 AND p.owner_staff_id = $7) OR "
    "(CAST($8 AS TEXT) <> '' AND substr(p.unit_path, 1, length(CAST($8 AS TEXT))) = $8)) ORDER BY r.id LIMIT $5";

}  // namespace

Result<std::vector<MassTask>> mass_tasks(Tx& tx, const Scope& scope, MassId id, std::string_view state, MassTaskId after, int limit) {
  TRY(find_mass(tx, scope, id));
  return tx.all<MassTask>(kTasks, id, state, after.v, limit);
}

Result<std::vector<MassTarget>> mass_targets(Tx& tx, const Scope& scope, const FindTargets& find) {
  TRY(find_mass(tx, scope, find.mass));
  const bool own = scope.reach() == Reach::own;
  return tx.all<MassTarget>(kTargets, find.mass, find.state, find.task.v, find.after.v, find.limit, scope.unlimited(), own ? scope.staff().v : 0, own ? std::string() : scope.unit_path());
}

}  // namespace koi::connect::wecom
