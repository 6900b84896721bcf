/// 客户联系统计: what the platform counted of each member of staff and each owner of groups, day by day, kept here because the
/// platform keeps half a year of it only. Owns connect_wecom_figure, connect_wecom_group_figure, connect_wecom_figure_read and
/// connect_wecom_figure_look. Days are the platform's, of China Standard Time whatever the merchant's zone is.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "http/http.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

/// Yesterday is counted by then; the platform's clock.
inline constexpr int kFiguresHour = 8;
/// How far back the first read goes.
inline constexpr int kFiguresBack = 30;

/// `kept`: days that were new; `corrected`: days that were other than before; `refused`: those the platform would not tell about.
struct FiguresRead { int asked = 0, kept = 0, corrected = 0, refused = 0; };
/// One round, of a few members of staff or owners at most: who has not been asked about today is, from the last day we have (read
/// again: it may have been corrected) to yesterday, or for kFiguresBack days when we have none. Nothing before kFiguresHour, before
/// the first walk is done, or while it is put off. Who is refused is tried again tomorrow; when the app has no right to these
/// figures at all that stands in the corp's look and is tried again in an hour, and what is nobody's fault in ten minutes: neither
/// is an error here. The same read twice changes nothing; a kill costs the answer in hand. Not from the Writer's thread.
Result<FiguresRead> read_figures(Db& db, Platform& platform, const std::string& corp);

/// Days, both included, and whom.
struct FindFigures { LocalDay from{}, until{}; StaffId staff; UnitId unit; int limit = 500; };
inline constexpr int kFigureDaysMax = 366;

/// Sums over days. Shares and averages cannot be summed: both are weighted by the chats of their days, days without any left out.
struct FigureSums {
  std::int64_t requests = 0, friends = 0, chats = 0, messages = 0, lost = 0;
  std::optional<std::int64_t> reply_bps, reply_minutes;
};
struct StaffFigures { StaffId staff; std::string name, unit_name, state; std::int64_t days = 0; FigureSums sum; };
struct DayFigures { LocalDay day{}; FigureSums sum; };
/// Most new customers first; of staff the scope covers. invalid "connect.figure_days" (the range is upside down or longer than
/// kFigureDaysMax); not_found "team.no_unit".
Result<std::vector<StaffFigures>> staff_figures(Tx& tx, const Scope& scope, const FindFigures& find);
Result<std::vector<DayFigures>> figures_by_day(Tx& tx, const Scope& scope, const FindFigures& find);
Result<FigureSums> figures_in_all(Tx& tx, const Scope& scope, const FindFigures& find);
/// A row for each member of staff and day, by day and name.
struct StaffDay { StaffId staff; std::string name, unit_name; LocalDay day{}; FigureSums sum; };
Result<std::vector<StaffDay>> staff_days(Tx& tx, const Scope& scope, const FindFigures& find);

/// Of an owner of groups: sums over days, and how it stood on the last of them.
struct OwnerFigures {
  StaffId staff;
  std::string name, unit_name;
  std::int64_t new_groups = 0, new_members = 0, messages = 0, groups_total = 0, groups_active = 0, members_total = 0;
};
Result<std::vector<OwnerFigures>> owner_figures(Tx& tx, const Scope& scope, const FindFigures& find);

/// How a corp stands: waiting (for the first walk, or for the morning), reading, well, refused, later.
struct FiguresLook { std::string corp_id, name, state, error, detail; std::optional<LocalDay> done_on; Instant try_at; std::int64_t refused = 0, days = 0; };
Result<std::vector<FiguresLook>> figures_looks(Tx& tx);
/// Whom the platform would not tell about when it was last asked; of staff the scope covers.
struct FiguresRefused { StaffId staff; std::string name, what, error, detail; };
Result<std::vector<FiguresRefused>> figures_refused(Tx& tx, const Scope& scope, int limit);

LocalDay platform_day(Instant t);
std::span<const http::Route> figure_routes();

}  // namespace koi::connect::wecom
