/// Inside the room: what codes brought, what they cost, and who is on duty for them.
#pragma once
#include "entry/outcomes.h"
#include "entry/spec.h"

namespace koi::entry {

inline constexpr int kReportDaysMax = 366, kReportDaysUsual = 30;

struct ReportQuery { CodeId code; std::optional<LocalDay> from, to; /* in the merchant's zone, both included; none: the last 30 days */ };
struct DaySums { LocalDay day{}; Sums sums; };
struct HourSums { std::int64_t hour = 0; Sums sums; };
struct StaffSums { StaffId staff; /* 0: nobody could be given */ std::string name; Sums sums; };
/// A funnel: scans by when they were, all else by when the friend came, so that a late order is counted where its friend is.
struct CodeReport {
  LocalDay from{}, to{};
  Sums total;
  std::int64_t replied_24h = 0, lost_7d = 0;
  std::int64_t cost_fen = 0;  // what each day cost, and what was paid once when the code was made in these days
  std::vector<DaySums> days;  // every day of the range
  std::vector<HourSums> hours;
  std::vector<StaffSums> staff;
  bool whole = true;  // false: only the lines of staff inside the caller's scope
};
/// not_found "entry.no_code"; invalid "entry.days" (to before from, more than 366 days).
Result<CodeReport> report_code(Tx& tx, const Scope& scope, const ReportQuery& query);

/// The same for a page of codes over the last 30 days: sums of what the caller sees, and the cost of codes that are theirs
/// altogether. The codes must be of the caller's scope; one query for all sums.
struct CodeSums { Sums sums; std::int64_t cost_fen = 0; };
Result<std::map<CodeId, CodeSums>> sum_codes(Tx& tx, const Scope& scope, std::span<const Code> codes);

struct LoadQuery { CodeId code; /* 0: all that are active */ std::optional<LocalDay> day; };
struct SeatLoad {
  CodeId code;
  std::string code_name, store;
  std::int64_t level = 0, weight = 1;
  bool online = true;     // not switched off for this code
  bool ready = true;      // has a code of their own to be shown
  bool on_duty_now = false;
  std::vector<std::int64_t> minutes;  // on duty in each hour of the day
  std::int64_t shown = 0, friends = 0;
  std::int64_t daily_cap = 0, daily_used = 0, lifetime_cap = 0, lifetime_used = 0;  // caps 0: none; used: held or taken
};
struct GuideLoad {
  StaffId staff;
  std::string name;
  bool active = true;
  bool online = true;  // not switched off altogether
  bool on_duty_now = false;
  std::vector<std::int64_t> minutes;  // on duty for any of the codes
  std::int64_t shown = 0, friends = 0;
  std::vector<SeatLoad> seats;
};
struct CodeLoad {
  LocalDay day{};
  std::vector<std::int64_t> on_duty;  // guides at the middle of each hour
  std::vector<GuideLoad> guides;
  bool more = false;  // there are more codes than were looked at
};
inline constexpr int kLoadCodesMax = 200;
/// Who is on duty when, and how full they are. Only guides inside the scope. not_found "entry.no_code".
Result<CodeLoad> load_codes(Tx& tx, const Scope& scope, const LoadQuery& query);

}  // namespace koi::entry
