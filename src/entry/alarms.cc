#include "entry/alarms.h"

#include "entry/spec.h"
#include "store/rows.h"

namespace koi::entry {

struct AlarmRow {
  AlarmId id;
  CodeId code;
  StaffId staff;
  std::string kind, detail;
  std::int64_t times = 0;
  Instant opened_at, last_at;
  std::optional<Instant> closed_at;
};
BOOST_DESCRIBE_STRUCT(AlarmRow, (), (id, code, staff, kind, detail, times, opened_at, last_at, closed_at))

namespace {

constexpr std::string_view kRaise =
    "INSERT INTO entry_alarm (id, code_id, staff_id, kind, detail, times, opened_at, last_at) VALUES ($1, $2, $3, $4, $5, 1, $6, $6) "
    "ON CONFLICT (code_id, staff_id, kind) WHERE closed_at IS NULL DO UPDATE SET times = entry_alarm.times + 1, last_at = excluded.last_at, detail = excluded.detail";
constexpr std::string_view kRaisedSince = "SELECT id FROM entry_alarm WHERE code_id = $1 AND staff_id = $2 AND kind = $3 AND opened_at >= $4 LIMIT 1";
constexpr std::string_view kSettle = "UPDATE entry_alarm SET closed_at = $4 WHERE code_id = $1 AND staff_id = $2 AND kind = $3 AND closed_at IS NULL";
constexpr std::string_view kClose = "UPDATE entry_alarm SET closed_at = COALESCE(closed_at, $5) WHERE id = $4 AND " KOI_ENTRY_SEEN("entry_alarm.code_id");
constexpr std::string_view kList =
    "SELECT id, code_id, staff_id, kind, detail, times, opened_at, last_at, closed_at FROM entry_alarm WHERE " KOI_ENTRY_SEEN("entry_alarm.code_id")
    " AND ($4 = 0 OR closed_at IS NULL) AND (id < $5 OR $5 = 0) AND NOT EXISTS (SELECT 1 FROM entry_group_code g WHERE g.id = entry_alarm.code_id) "
    "ORDER BY id DESC LIMIT $6";

}  // namespace

Seen seen_by(const Scope& scope) {
  // Nobody in particular (-1) sees nothing of their own.
  const auto own = scope.staff() ? scope.staff().v : -1;
  return {scope.unlimited() ? 1 : 0, scope.reach() == Reach::own ? own : 0, scope.unit_path()};
}

Result<> raise_alarm(Tx& tx, const RaiseAlarm& a) {
  TRY(tx.exec(kRaise, tx.next_id<AlarmId>(), a.code, a.staff.v, a.kind, a.detail, tx.now()));
  return {};
}

Result<> raise_alarm_once(Tx& tx, const RaiseAlarm& a, Instant since) {
  TRY(const auto had, tx.maybe<AlarmId>(kRaisedSince, a.code, a.staff.v, a.kind, since));
  return had ? Result<>{} : raise_alarm(tx, a);
}

Result<> settle_alarm(Tx& tx, CodeId code, StaffId staff, std::string_view kind) {
  TRY(tx.exec(kSettle, code, staff.v, kind, tx.now()));
  return {};
}

Result<std::vector<Alarm>> list_alarms(Tx& tx, const Scope& scope, bool open_only, AlarmId before, int limit) {
  const auto s = seen_by(scope);
  std::vector<Alarm> out;
  TRY(tx.each<AlarmRow>(
      kList,
      [&](AlarmRow&& r) -> Result<> {
        out.push_back({r.id, r.code, r.staff ? std::optional(r.staff) : std::nullopt, std::move(r.kind), std::move(r.detail), r.times, r.opened_at, r.last_at, r.closed_at});
        return {};
      },
      s.all, s.staff, s.path, open_only ? 1 : 0, before.v, limit));
  return out;
}

Result<> close_alarm(Tx& tx, const Scope& scope, AlarmId alarm) {
  const auto s = seen_by(scope);
  TRY(const auto closed, tx.exec(kClose, s.all, s.staff, s.path, alarm, tx.now()));
  return closed == 0 ? fail(Errc::not_found, "entry.no_alarm", to_text(alarm)) : Result<>{};
}

}  // namespace koi::entry
