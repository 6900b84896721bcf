#include "team/handover.h"

#include <algorithm>

#include "people/people.h"
#include "store/rows.h"
#include "team/handover_draft.h"

namespace koi::team {

BOOST_DESCRIBE_STRUCT(HandoverRow, (), (id, from_staff, from_name, mode, rule, greeting, state, error, author, daily_max, attempts_max, started_at, ended_at,
                                        total, planned, asked, waiting, moved, refused, full, failed, cancelled, next_at, ver))
BOOST_DESCRIBE_STRUCT(ReceiverProgress, (), (staff, name, total, moved, no))
BOOST_DESCRIBE_STRUCT(HandoverItem, (), (id, kind, name, via, state, error, person, to, to_name, attempts, try_at, asked_at, ended_at))
struct HandoverHead { HandoverId id; StaffId from_staff; std::string unit_path, state; };
BOOST_DESCRIBE_STRUCT(HandoverHead, (), (id, from_staff, unit_path, state))

namespace {

[[maybe_unused]] const bool kFollows = people::follow("handover_item");

constexpr std::string_view kByKey = "SELECT id FROM handover WHERE request_key = $1";
constexpr std::string_view kInsert =
    "INSERT INTO handover (id, request_key, from_staff, unit_path, mode, rule, same_unit, greeting, daily_max, attempts_max, state, error, author, started_at, ver) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'running', '', $11, $12, 1)";
constexpr std::string_view kInsertReceiver = "INSERT INTO handover_receiver (handover_id, place, staff_id, capacity) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kInsertItem =
    "INSERT INTO handover_item (id, handover_id, kind, from_staff, person_id, origin_id, group_id, name, via, to_staff, state, is_open, attempts, tried, try_at, "
    "ended_at, error) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, 0, '', $12, $13, $14)";
constexpr std::string_view kHead = "SELECT id, from_staff, unit_path, state FROM handover WHERE id = $1";
#define KOI_COUNT(state) "(SELECT COUNT(*) FROM handover_item i WHERE i.handover_id = h.id AND i.state = '" state "'), "
#define KOI_ROW                                                                                                                             \
  "SELECT h.id, h.from_staff, s.name, h.mode, h.rule, h.greeting, h.state, h.error, h.author, h.daily_max, h.attempts_max, h.started_at, "   \
  "h.ended_at, (SELECT COUNT(*) FROM handover_item i WHERE i.handover_id = h.id), " KOI_COUNT("planned") KOI_COUNT("asked")                  \
  KOI_COUNT("waiting") KOI_COUNT("moved") KOI_COUNT("refused") KOI_COUNT("full") KOI_COUNT("failed") KOI_COUNT("cancelled")                  \
  "(SELECT MIN(i.try_at) FROM handover_item i WHERE i.handover_id = h.id AND i.state = 'planned'), h.ver "                                   \
  "FROM handover h JOIN staff s ON s.id = h.from_staff "
constexpr std::string_view kRow = KOI_ROW "WHERE h.id = $1";
constexpr std::string_view kList =
    KOI_ROW "WHERE (CAST($1 AS BIGINT) = 0 OR h.id < CAST($1 AS BIGINT)) AND ($2 = '' OR h.state = $2) AND substr(h.unit_path, 1, length($3)) = $3 "
            "AND (CAST($4 AS BIGINT) = 0 OR h.from_staff = CAST($4 AS BIGINT)) ORDER BY h.id DESC LIMIT $5";
#undef KOI_ROW
#undef KOI_COUNT
constexpr std::string_view kReceivers =
    "SELECT s.id, s.name, COUNT(i.id), CAST(COALESCE(SUM(CASE WHEN i.state = 'moved' THEN 1 ELSE 0 END), 0) AS BIGINT), "
    "(SELECT COUNT(*) FROM handover_item t WHERE t.handover_id = $1 AND t.tried LIKE '%,' || CAST(s.id AS TEXT) || ',%') "
    "FROM handover_receiver r JOIN staff s ON s.id = r.staff_id LEFT JOIN handover_item i ON i.handover_id = r.handover_id AND i.to_staff = r.staff_id "
    "WHERE r.handover_id = $1 GROUP BY s.id, s.name, r.place ORDER BY r.place LIMIT 200";
constexpr std::string_view kItems =
    "SELECT i.id, i.kind, i.name, i.via, i.state, i.error, i.person_id, i.to_staff, COALESCE(s.name, ''), i.attempts, i.try_at, i.asked_at, i.ended_at "
    "FROM handover_item i LEFT JOIN staff s ON s.id = i.to_staff WHERE i.handover_id = $1 AND i.id > $2 AND ($3 = '' OR i.state = $3) AND ($4 = '' OR i.kind = $4) "
    "AND (CAST($5 AS BIGINT) = 0 OR i.to_staff = CAST($5 AS BIGINT)) ORDER BY i.id LIMIT $6";
constexpr std::string_view kSwitch = "UPDATE handover SET state = $2, error = '', ver = ver + 1 WHERE id = $1 AND state = $3";
constexpr std::string_view kCancel = "UPDATE handover SET state = 'cancelled', ended_at = $2, ver = ver + 1 WHERE id = $1 AND state IN ('running', 'paused')";
constexpr std::string_view kCancelItems = "UPDATE handover_item SET state = 'cancelled', is_open = 0, ended_at = $2 WHERE handover_id = $1 AND state = 'planned'";
constexpr std::string_view kSettled =
    "UPDATE handover SET state = 'done', ended_at = $2, ver = ver + 1 WHERE id = $1 AND state = 'running' AND NOT EXISTS "
    "(SELECT 1 FROM handover_item WHERE handover_id = $1 AND is_open = 1)";
constexpr std::string_view kRestart = "UPDATE handover SET state = 'running', ended_at = NULL, error = '', ver = ver + 1 WHERE id = $1";
constexpr std::string_view kServing =
    "SELECT i.to_staff FROM handover_item i JOIN staff s ON s.id = i.from_staff JOIN person p ON p.id = i.person_id WHERE i.person_id = $1 AND i.is_open = 1 "
    "AND i.state IN ('asked', 'waiting') AND s.state = 'left' AND p.owner_staff_id = i.from_staff ORDER BY i.id DESC LIMIT 1";
constexpr std::string_view kOwner = "SELECT owner_staff_id FROM person WHERE id = $1";

std::int64_t days_up(std::int64_t n, std::int64_t a_day) { return (n + a_day - 1) / a_day; }

Result<HandoverHead> head_of(Tx& tx, const Scope& scope, HandoverId id) {
  TRY(const auto head, tx.maybe<HandoverHead>(kHead, id));
  if (!head || !scope.covers(head->from_staff, head->unit_path)) return fail(Errc::not_found, "team.no_handover");
  return *head;
}

Result<> add_item(Tx& tx, HandoverId h, const Draft& d, std::string_view mode, const DraftPerson& p) {
  const bool placed = p.to >= 0;
  const auto due = p.friends ? free_at(mode, p.moved, p.first_moved) : std::nullopt;
  const auto to = placed ? d.takers[static_cast<std::size_t>(p.to)].staff.v : 0;
  TRY(tx.exec(kInsertItem, tx.next_number(), h, "person", d.from.id, p.id, nullptr, "", p.friends ? "wecom" : "house", to, placed ? "planned" : "failed", placed ? 1 : 0,
              due.value_or(tx.now()), placed ? std::nullopt : std::optional(tx.now()), placed ? (due ? "team.handover_twice" : "") : "team.handover_no_room"));
  return {};
}
Result<> add_item(Tx& tx, HandoverId h, const Draft& d, std::string_view mode, const DraftGroup& g) {
  const auto due = free_at(mode, g.moved, g.first_moved);
  TRY(tx.exec(kInsertItem, tx.next_number(), h, "group", d.from.id, nullptr, g.id, g.name, "wecom", d.takers[static_cast<std::size_t>(g.to)].staff.v, "planned", 1,
              due.value_or(tx.now()), nullptr, due ? "team.handover_twice" : ""));
  return {};
}

}  // namespace

Result<HandoverPreview> preview_handover(Tx& tx, const Scope& scope, const HandoverSpec& spec) {
  TRY(const auto d, draft_handover(tx, scope, spec));
  HandoverPreview out;
  out.people = static_cast<std::int64_t>(d.people.size());
  out.groups = static_cast<std::int64_t>(d.groups.size());
  const auto limited = [&](std::int64_t& count, std::int64_t moved, Instant first) {
    const auto until = free_at(spec.mode, moved, first);
    if (!until) return;
    ++count;
    out.limited_until = std::max(out.limited_until.value_or(*until), *until);
  };
  for (const auto& p : d.people) {
    out.house += p.friends ? 0 : 1;
    out.unplaced += p.to < 0 ? 1 : 0;
    limited(out.limited, p.moved, p.first_moved);
  }
  for (const auto& g : d.groups) limited(out.limited_groups, g.moved, g.first_moved);
  for (std::size_t i = 0; i < d.takers.size(); ++i) {
    const auto& t = d.takers[i];
    const auto days = days_up(t.gets, spec.daily_max);
    out.receivers.push_back({t.staff, d.receivers[i].name, d.receivers[i].unit_name, t.has, t.gets, d.groups_of[i], t.capacity, days});
    out.days = std::max(out.days, days);
  }
  if (out.people > out.house) ++out.days;  // the last ones may refuse for a day
  out.days = std::max(out.days, days_up(out.groups, kHandoverLimits.groups_a_day));
  if (out.limited_until) out.days = std::max<std::int64_t>(out.days, 1 + (*out.limited_until - tx.now()) / std::chrono::days(1) + 1);
  return out;
}

Result<HandoverId> start_handover(Tx& tx, const Scope& scope, const HandoverSpec& spec, std::string_view author, std::string_view key) {
  const auto request_key = key.empty() ? std::nullopt : std::optional(std::string(key));
  if (request_key) {
    TRY(const auto had, tx.maybe<HandoverId>(kByKey, *request_key));
    if (had) return *had;
  }
  TRY(const auto d, draft_handover(tx, scope, spec));
  const auto id = tx.next_id<HandoverId>();
  TRY(tx.exec(kInsert, id, request_key, d.from.id, d.from.unit_path, spec.mode, spec.rule, spec.same_unit ? 1 : 0, spec.greeting, spec.daily_max, spec.attempts_max,
              author, tx.now()));
  for (std::size_t i = 0; i < d.takers.size(); ++i) TRY(tx.exec(kInsertReceiver, id, i, d.takers[i].staff, d.takers[i].capacity));
  for (const auto& p : d.people) TRY(add_item(tx, id, d, spec.mode, p));
  for (const auto& g : d.groups) TRY(add_item(tx, id, d, spec.mode, g));
  TRY(tx.exec(kSettled, id, tx.now()));  // nobody had room at all
  return id;
}

Result<HandoverRow> find_handover(Tx& tx, const Scope& scope, HandoverId id) {
  TRY(head_of(tx, scope, id));
  return tx.one<HandoverRow>(kRow, id);
}

Result<std::vector<HandoverRow>> list_handovers(Tx& tx, const Scope& scope, std::string_view state, std::int64_t before, int limit) {
  if (!scope.unlimited() && scope.reach() != Reach::own && scope.unit_path().empty()) return std::vector<HandoverRow>{};
  const bool own = scope.reach() == Reach::own;
  return tx.all<HandoverRow>(kList, before, state, scope.unlimited() || own ? std::string() : scope.unit_path(), own ? scope.staff().v : 0, limit);
}

Result<std::vector<ReceiverProgress>> handover_receivers(Tx& tx, HandoverId id) { return tx.all<ReceiverProgress>(kReceivers, id); }

Result<std::vector<HandoverItem>> handover_items(Tx& tx, const FindItems& f) {
  return tx.all<HandoverItem>(kItems, f.handover, f.after, f.state, f.kind, f.to.v, f.limit);
}

Result<> pause_handover(Tx& tx, const Scope& scope, HandoverId id) {
  TRY(const auto head, head_of(tx, scope, id));
  if (head.state == "paused") return {};
  TRY(const auto n, tx.exec(kSwitch, id, "paused", "running"));
  return n == 0 ? fail(Errc::conflict, "team.handover_over") : Result<>{};
}

Result<> resume_handover(Tx& tx, const Scope& scope, HandoverId id) {
  TRY(const auto head, head_of(tx, scope, id));
  if (head.state == "running") return {};
  TRY(const auto n, tx.exec(kSwitch, id, "running", "paused"));
  if (n == 0) return fail(Errc::conflict, "team.handover_over");
  TRY(tx.exec(kSettled, id, tx.now()));  // the last item may have ended meanwhile
  return {};
}

Result<> cancel_handover(Tx& tx, const Scope& scope, HandoverId id) {
  TRY(const auto head, head_of(tx, scope, id));
  if (head.state == "cancelled") return {};
  TRY(const auto n, tx.exec(kCancel, id, tx.now()));
  if (n == 0) return fail(Errc::conflict, "team.handover_over");
  TRY(tx.exec(kCancelItems, id, tx.now()));
  return {};
}

Result<std::int64_t> retry_handover(Tx& tx, const Scope& scope, HandoverId id) {
  TRY(const auto head, head_of(tx, scope, id));
  if (head.state == "cancelled") return fail(Errc::conflict, "team.handover_over");
  TRY(const auto n, plan_anew(tx, id));
  if (n > 0 && head.state == "done") TRY(tx.exec(kRestart, id));
  return n;
}

Result<std::optional<StaffId>> serving_staff(Tx& tx, PersonId person) {
  TRY(const auto root, people::root_of(tx, person));
  TRY(const auto next, tx.maybe<StaffId>(kServing, root));
  if (next) return *next;
  TRY(const auto owner, tx.maybe<std::optional<StaffId>>(kOwner, root));
  return owner.value_or(std::nullopt);
}

}  // namespace koi::team
