// What was counted, by whom the scope covers. A range is a few hundred days of a few thousand members at most: sums are made as
// they are asked for.
#include "connect/wecom/figures/figures.h"
#include "store/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct FigureSumRow {
  std::int64_t requests = 0, friends = 0, chats = 0, messages = 0, lost = 0, bps_chats = 0, bps_of = 0, minute_chats = 0, minutes_of = 0;
};
struct FigureStaffRow {
  StaffId staff;
  std::string name, unit_name, state;
  std::int64_t days = 0;
  std::int64_t requests = 0, friends = 0, chats = 0, messages = 0, lost = 0, bps_chats = 0, bps_of = 0, minute_chats = 0, minutes_of = 0;
};
struct FigureStaffDayRow {
  StaffId staff;
  std::string name, unit_name;
  std::int64_t day = 0;
  std::int64_t requests = 0, friends = 0, chats = 0, messages = 0, lost = 0, bps_chats = 0, bps_of = 0, minute_chats = 0, minutes_of = 0;
};
struct FigureDayRow {
  std::int64_t day = 0;
  std::int64_t requests = 0, friends = 0, chats = 0, messages = 0, lost = 0, bps_chats = 0, bps_of = 0, minute_chats = 0, minutes_of = 0;
};
#define KOI_SUMS requests, friends, chats, messages, lost, bps_chats, bps_of, minute_chats, minutes_of
BOOST_DESCRIBE_STRUCT(FigureSumRow, (), (KOI_SUMS))
BOOST_DESCRIBE_STRUCT(FigureStaffRow, (), (staff, name, unit_name, state, days, KOI_SUMS))
BOOST_DESCRIBE_STRUCT(FigureStaffDayRow, (), (staff, name, unit_name, day, KOI_SUMS))
BOOST_DESCRIBE_STRUCT(FigureDayRow, (), (day, KOI_SUMS))
BOOST_DESCRIBE_STRUCT(OwnerFigures, (), (staff, name, unit_name, new_groups, new_members, messages, groups_total, groups_active, members_total))
struct FigureStandRow { std::string corp_id, name, error, detail; std::int64_t done_on = 0; Instant try_at; std::int64_t refused = 0, days = 0, walks = 0; };
BOOST_DESCRIBE_STRUCT(FigureStandRow, (), (corp_id, name, error, detail, done_on, try_at, refused, days, walks))
BOOST_DESCRIBE_STRUCT(FiguresRefused, (), (staff, name, what, error, detail))

namespace {

// Weights of a share are chats of days that have one.
#define KOI_SUM(what) "CAST(COALESCE(SUM(" what "), 0) AS BIGINT)"
#define KOI_FIGURE_SUMS                                                                                                                      \
  KOI_SUM("f.requests") ", " KOI_SUM("f.friends") ", " KOI_SUM("f.chats") ", " KOI_SUM("f.messages") ", " KOI_SUM("f.lost") ", "             \
  KOI_SUM("CASE WHEN f.reply_bps IS NOT NULL THEN f.chats ELSE 0 END") ", " KOI_SUM("f.reply_bps * f.chats") ", "                            \
  KOI_SUM("CASE WHEN f.reply_minutes IS NOT NULL THEN f.chats ELSE 0 END") ", " KOI_SUM("f.reply_minutes * f.chats")
#define KOI_OF(table)                                                                                                                        \
  " FROM " table " f JOIN connect_wecom_staff s ON s.corp_id = f.corp_id AND s.userid = f.userid JOIN staff m ON m.id = s.staff_id "          \
  "LEFT JOIN org_unit u ON u.id = m.unit_id "
// $3 and $4: one member of staff (the scope's, the asker's) or 0; $5 and $6: at or below a place (likewise) or "".
#define KOI_REACHED                                                                                                                          \
  "(CAST($3 AS BIGINT) = 0 OR m.id = $3) AND (CAST($4 AS BIGINT) = 0 OR m.id = $4) "                                                         \
  "AND (CAST($5 AS TEXT) = '' OR substr(u.path, 1, length($5)) = $5) AND (CAST($6 AS TEXT) = '' OR substr(u.path, 1, length($6)) = $6) "
#define KOI_WHERE "WHERE f.day >= $1 AND f.day <= $2 AND " KOI_REACHED

constexpr std::string_view kAll = "SELECT " KOI_FIGURE_SUMS KOI_OF("connect_wecom_figure") KOI_WHERE;
constexpr std::string_view kByStaff =
    "SELECT m.id, m.name, COALESCE(u.name, ''), m.state, COUNT(DISTINCT f.day), " KOI_FIGURE_SUMS KOI_OF("connect_wecom_figure") KOI_WHERE
    "GROUP BY m.id, m.name, u.name, m.state ORDER BY SUM(f.friends) DESC, SUM(f.chats) DESC, m.id LIMIT $7";
constexpr std::string_view kByDay = "SELECT f.day, " KOI_FIGURE_SUMS KOI_OF("connect_wecom_figure") KOI_WHERE "GROUP BY f.day ORDER BY f.day";
constexpr std::string_view kStaffDays =
    "SELECT m.id, m.name, COALESCE(u.name, ''), f.day, " KOI_FIGURE_SUMS KOI_OF("connect_wecom_figure") KOI_WHERE
    "GROUP BY m.id, m.name, u.name, f.day ORDER BY f.day, m.name, m.id LIMIT $7";
constexpr std::string_view kOwners =
    "SELECT m.id, m.name, COALESCE(u.name, ''), " KOI_SUM("f.new_groups") ", " KOI_SUM("f.new_members") ", " KOI_SUM("f.messages") ", "
    KOI_SUM("CASE WHEN l.day = f.day THEN f.groups_total ELSE 0 END") ", " KOI_SUM("CASE WHEN l.day = f.day THEN f.groups_active ELSE 0 END") ", "
    KOI_SUM("CASE WHEN l.day = f.day THEN f.members_total ELSE 0 END") KOI_OF("connect_wecom_group_figure")
    "JOIN (SELECT corp_id, userid, MAX(day) AS day FROM connect_wecom_group_figure WHERE day >= $1 AND day <= $2 GROUP BY corp_id, userid) l "
    "ON l.corp_id = f.corp_id AND l.userid = f.userid " KOI_WHERE "GROUP BY m.id, m.name, u.name ORDER BY SUM(f.new_members) DESC, m.id LIMIT $7";
constexpr std::string_view kLooks =
    "SELECT c.corp_id, c.name, COALESCE(k.error, ''), COALESCE(k.detail, ''), COALESCE(k.done_on, 0), COALESCE(k.try_at, 0), "
    "(SELECT COUNT(*) FROM connect_wecom_figure_read r WHERE r.corp_id = c.corp_id AND r.error <> ''), "
    "(SELECT COUNT(DISTINCT f.day) FROM connect_wecom_figure f WHERE f.corp_id = c.corp_id), "
    "(SELECT COUNT(*) FROM connect_sync_run w WHERE w.corp_id = c.corp_id AND w.state = 'done') "
    "FROM connect_corp c LEFT JOIN connect_wecom_figure_look k ON k.corp_id = c.corp_id WHERE c.disabled = 0 ORDER BY c.created_at, c.corp_id LIMIT 100";
constexpr std::string_view kRefused =
    "SELECT m.id, m.name, f.what, f.error, f.detail" KOI_OF("connect_wecom_figure_read") "WHERE f.error <> '' AND f.read_on >= $1 AND f.read_on <= $2 AND " KOI_REACHED
    "ORDER BY m.name, m.id, f.what LIMIT $7";

std::int64_t number_of(LocalDay day) { return day.time_since_epoch().count(); }
LocalDay day_of_number(std::int64_t day) { return LocalDay{std::chrono::days{day}}; }

template <class Row>
FigureSums sum_of(const Row& r) {
  FigureSums out{r.requests, r.friends, r.chats, r.messages, r.lost, {}, {}};
  if (r.bps_chats > 0) out.reply_bps = (r.bps_of + r.bps_chats / 2) / r.bps_chats;
  if (r.minute_chats > 0) out.reply_minutes = (r.minutes_of + r.minute_chats / 2) / r.minute_chats;
  return out;
}

/// $3 to $6, or nobody.
struct Reached { std::int64_t own = 0, asked = 0; std::string below, unit; };
Result<std::optional<Reached>> reached(Tx& tx, const Scope& scope, StaffId staff, UnitId unit) {
  Reached out{.own = 0, .asked = staff.v, .below = {}, .unit = {}};
  if (scope.reach() == Reach::own) {
    if (!scope.staff()) return std::nullopt;
    out.own = scope.staff().v;
  } else if (!scope.unlimited()) {
    if (scope.unit_path().empty()) return std::nullopt;
    out.below = scope.unit_path();
  }
  if (unit) {
    TRY(const auto place, team::find_unit(tx, Scope::everything("a filter: rows are scoped below"), unit));
    out.unit = place.path;
  }
  return out;
}

/// Calls ask(from, until, own, asked, below, unit) when there is anybody to be asked about.
template <class T, class F>
Result<T> over(Tx& tx, const Scope& scope, const FindFigures& f, F&& ask) {
  if (f.until < f.from || number_of(f.until) - number_of(f.from) >= kFigureDaysMax) return fail(Errc::invalid, "connect.figure_days", std::to_string(kFigureDaysMax), "/until");
  TRY(const auto r, reached(tx, scope, f.staff, f.unit));
  if (!r) return T{};
  return ask(number_of(f.from), number_of(f.until), *r);
}

}  // namespace

Result<std::vector<StaffFigures>> staff_figures(Tx& tx, const Scope& scope, const FindFigures& f) {
  return over<std::vector<StaffFigures>>(tx, scope, f, [&](std::int64_t from, std::int64_t until, const Reached& r) -> Result<std::vector<StaffFigures>> {
    std::vector<StaffFigures> out;
    TRY(tx.each<FigureStaffRow>(kByStaff, [&](FigureStaffRow&& row) -> Result<> {
      out.push_back({row.staff, row.name, row.unit_name, row.state, row.days, sum_of(row)});
      return {};
    }, from, until, r.own, r.asked, r.below, r.unit, f.limit));
    return out;
  });
}

Result<std::vector<DayFigures>> figures_by_day(Tx& tx, const Scope& scope, const FindFigures& f) {
  return over<std::vector<DayFigures>>(tx, scope, f, [&](std::int64_t from, std::int64_t until, const Reached& r) -> Result<std::vector<DayFigures>> {
    std::vector<DayFigures> out;
    TRY(tx.each<FigureDayRow>(kByDay, [&](FigureDayRow&& row) -> Result<> {
      out.push_back({day_of_number(row.day), sum_of(row)});
      return {};
    }, from, until, r.own, r.asked, r.below, r.unit));
    return out;
  });
}

Result<FigureSums> figures_in_all(Tx& tx, const Scope& scope, const FindFigures& f) {
  return over<FigureSums>(tx, scope, f, [&](std::int64_t from, std::int64_t until, const Reached& r) -> Result<FigureSums> {
    TRY(const auto row, tx.one<FigureSumRow>(kAll, from, until, r.own, r.asked, r.below, r.unit));
    return sum_of(row);
  });
}

Result<std::vector<StaffDay>> staff_days(Tx& tx, const Scope& scope, const FindFigures& f) {
  return over<std::vector<StaffDay>>(tx, scope, f, [&](std::int64_t from, std::int64_t until, const Reached& r) -> Result<std::vector<StaffDay>> {
    std::vector<StaffDay> out;
    TRY(tx.each<FigureStaffDayRow>(kStaffDays, [&](FigureStaffDayRow&& row) -> Result<> {
      out.push_back({row.staff, row.name, row.unit_name, day_of_number(row.day), sum_of(row)});
      return {};
    }, from, until, r.own, r.asked, r.below, r.unit, f.limit));
    return out;
  });
}

Result<std::vector<OwnerFigures>> owner_figures(Tx& tx, const Scope& scope, const FindFigures& f) {
  return over<std::vector<OwnerFigures>>(tx, scope, f, [&](std::int64_t from, std::int64_t until, const Reached& r) {
    return tx.all<OwnerFigures>(kOwners, from, until, r.own, r.asked, r.below, r.unit, f.limit);
  });
}

Result<std::vector<FiguresLook>> figures_looks(Tx& tx) {
  const auto today = number_of(platform_day(tx.now()));
  std::vector<FiguresLook> out;
  TRY(tx.each<FigureStandRow>(kLooks, [&](FigureStandRow&& row) -> Result<> {
    FiguresLook look{row.corp_id, row.name, "reading", row.error, row.detail, {}, row.try_at, row.refused, row.days};
    if (row.done_on > 0) look.done_on = day_of_number(row.done_on);
    if (row.walks == 0) look.state = "waiting";
    else if (!row.error.empty()) look.state = row.error == "connect.wecom_refused" ? "refused" : "later";
    else if (row.done_on >= today - 1) look.state = "well";
    out.push_back(std::move(look));
    return {};
  }));
  return out;
}

Result<std::vector<FiguresRefused>> figures_refused(Tx& tx, const Scope& scope, int limit) {
  TRY(const auto r, reached(tx, scope, {}, {}));
  if (!r) return std::vector<FiguresRefused>{};
  const auto today = number_of(platform_day(tx.now()));
  return tx.all<FiguresRefused>(kRefused, today - 1, today, r->own, r->asked, r->below, r->unit, limit);
}

}  // namespace koi::connect::wecom
