/// Inside the room: raising and closing alarms.
#pragma once
#include "entry/entry.h"

namespace koi::entry {

struct RaiseAlarm { CodeId code; StaffId staff; std::string_view kind; std::string detail; };
/// One open alarm of a kind for each (code, guide): a second cause counts it up.
Result<> raise_alarm(Tx& tx, const RaiseAlarm& alarm);
/// Unless it was raised since `since`, by now closed or not: for causes that stay.
Result<> raise_alarm_once(Tx& tx, const RaiseAlarm& alarm, Instant since);
/// The cause is gone: closes what is open.
Result<> settle_alarm(Tx& tx, CodeId code, StaffId staff, std::string_view kind);

/// "EXISTS (...)" over entry_code_reach r for a code whose id is `id` (a column), for reading: somebody of the scope stands in it. Takes
/// $1 unlimited, $2 own staff, $3 path.
#define KOI_ENTRY_SEEN(id)                                                                                                       \
  "($1 = 1 OR EXISTS (SELECT 1 FROM entry_code_reach r WHERE r.code_id = " id                                                   \
  " AND CASE WHEN CAST($2 AS BIGINT) <> 0 THEN r.staff_id = $2 OR (r.staff_id = 0 AND $3 <> '' AND substr($3, 1, length(r.unit_path)) = r.unit_path)" \
  " ELSE $3 <> '' AND (substr(r.unit_path, 1, length($3)) = $3 OR (r.staff_id = 0 AND substr($3, 1, length(r.unit_path)) = r.unit_path)) END))"

/// The three parameters of KOI_ENTRY_SEEN.
struct Seen { std::int64_t all = 0, staff = 0; std::string path; };
Seen seen_by(const Scope& scope);

}  // namespace koi::entry
