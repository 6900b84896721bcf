// 客户联系统计 on the wire.
#include "connect/wecom/figures/figures.h"

#include <fmt/format.h>

#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct FiguresQuery { std::optional<LocalDay> from, until; std::optional<StaffId> staff; std::optional<UnitId> unit; };
BOOST_DESCRIBE_STRUCT(FiguresQuery, (), (from, until, staff, unit))
struct FiguresOut { std::int64_t requests = 0, friends = 0, chats = 0, messages = 0, lost = 0; std::optional<std::int64_t> reply_bps, reply_minutes; };
BOOST_DESCRIBE_STRUCT(FiguresOut, (), (requests, friends, chats, messages, lost, reply_bps, reply_minutes))
struct StaffFiguresOut { StaffId staff_id; std::string staff_name, unit_name, state; std::int64_t days = 0; FiguresOut sum; };
BOOST_DESCRIBE_STRUCT(StaffFiguresOut, (), (staff_id, staff_name, unit_name, state, days, sum))
struct DayFiguresOut { LocalDay day{}; FiguresOut sum; };
BOOST_DESCRIBE_STRUCT(DayFiguresOut, (), (day, sum))
struct OwnerFiguresOut {
  StaffId staff_id;
  std::string staff_name, unit_name;
  std::int64_t new_groups = 0, new_members = 0, messages = 0, groups_total = 0, groups_active = 0, members_total = 0;
};
BOOST_DESCRIBE_STRUCT(OwnerFiguresOut, (), (staff_id, staff_name, unit_name, new_groups, new_members, messages, groups_total, groups_active, members_total))
struct FiguresLookOut { std::string corp_id, name, state, error, detail; std::optional<LocalDay> done_on; std::optional<Instant> try_at; std::int64_t refused = 0, days = 0; };
BOOST_DESCRIBE_STRUCT(FiguresLookOut, (), (corp_id, name, state, error, detail, done_on, try_at, refused, days))
struct FiguresRefusedOut { StaffId staff_id; std::string staff_name, what, error, detail; };
BOOST_DESCRIBE_STRUCT(FiguresRefusedOut, (), (staff_id, staff_name, what, error, detail))
struct FiguresReport {
  LocalDay from{}, until{};
  FiguresOut total;
  std::vector<DayFiguresOut> days;
  std::vector<StaffFiguresOut> data;
  std::vector<OwnerFiguresOut> owners;
  std::vector<FiguresLookOut> corps;
  std::vector<FiguresRefusedOut> refused;
  bool more = false;
};
BOOST_DESCRIBE_STRUCT(FiguresReport, (), (from, until, total, days, data, owners, corps, refused, more))

namespace {

constexpr int kUsualDays = 7, kStaffShown = 500, kRefusedShown = 50, kExportMax = 50'000;

FiguresOut out_of(const FigureSums& f) {
  return {f.requests, f.friends, f.chats, f.messages, f.lost, f.reply_bps, f.reply_minutes};
}

FindFigures find_of(Tx& tx, const FiguresQuery& q, int limit) {
  const auto until = q.until.value_or(platform_day(tx.now()) - std::chrono::days{1});
  return {q.from.value_or(until - std::chrono::days{kUsualDays - 1}), until, q.staff.value_or(StaffId{}), q.unit.value_or(UnitId{}), limit};
}

Result<http::Answer> get_figures(http::Call& call) {
  TRY(const auto q, call.query<FiguresQuery>());
  return call.read([q, scope = call.scope()](Tx& tx) -> Result<http::Reply> {
    const auto find = find_of(tx, q, kStaffShown + 1);
    FiguresReport out{.from = find.from, .until = find.until, .total = {}, .days = {}, .data = {}, .owners = {}, .corps = {}, .refused = {}};
    TRY(const auto total, figures_in_all(tx, scope, find));
    TRY(const auto days, figures_by_day(tx, scope, find));
    TRY(auto staff, staff_figures(tx, scope, find));
    TRY(auto owners, owner_figures(tx, scope, find));
    TRY(const auto looks, figures_looks(tx));
    TRY(const auto refused, figures_refused(tx, scope, kRefusedShown));
    out.more = staff.size() > kStaffShown || owners.size() > kStaffShown;
    staff.resize(std::min<std::size_t>(staff.size(), kStaffShown)), owners.resize(std::min<std::size_t>(owners.size(), kStaffShown));
    out.total = out_of(total);
    for (const auto& d : days) out.days.push_back({d.day, out_of(d.sum)});
    for (auto& s : staff) out.data.push_back({s.staff, std::move(s.name), std::move(s.unit_name), std::move(s.state), s.days, out_of(s.sum)});
    for (auto& o : owners)
      out.owners.push_back({o.staff, std::move(o.name), std::move(o.unit_name), o.new_groups, o.new_members, o.messages, o.groups_total, o.groups_active, o.members_total});
    for (const auto& l : looks)
      out.corps.push_back({l.corp_id, l.name, l.state, l.error, l.detail, l.done_on, l.error.empty() ? std::nullopt : std::optional(l.try_at), l.refused, l.days});
    for (const auto& r : refused) out.refused.push_back({r.staff, r.name, r.what, r.error, r.detail});
    return http::ok(out);
  });
}

/// A cell that a spreadsheet would take for a formula is marked as text.
void cell(std::string& csv, std::string_view text) {
  csv += '"';
  if (!text.empty() && text.find_first_of("=+-@\t\r") == 0) csv += '\'';
  for (const char c : text) csv.append(c == '"' ? 2 : 1, c);
  csv += "\",";
}

Result<std::string> table_of(Tx& tx, const Scope& scope, const FindFigures& find, bool english) {
  TRY(const auto rows, staff_days(tx, scope, find));
  if (rows.size() > kExportMax) return fail(Errc::invalid, "connect.figure_rows", std::to_string(kExportMax));
  std::string csv = "\xEF\xBB\xBF";  // so that spreadsheets read it as UTF-8
  for (const auto head : {english ? "Day" : "日期", english ? "Staff" : "成员", english ? "Place" : "门店", english ? "Requests sent" : "发起申请数", english ? "New customers" : "新增客户数",
                          english ? "Chats" : "聊天总数", english ? "Messages sent" : "发送消息数", english ? "Reply share %" : "已回复聊天占比 %",
                          english ? "Minutes to first reply" : "平均首次回复时长 (分钟)", english ? "Lost or blocked" : "删除或拉黑人数"}) cell(csv, head);
  csv.back() = '\r', csv += '\n';
  for (const auto& r : rows) {
    cell(csv, day_text(r.day)), cell(csv, r.name), cell(csv, r.unit_name);
    csv += fmt::format("{},{},{},{},{},{},{}\r\n", r.sum.requests, r.sum.friends, r.sum.chats, r.sum.messages,
                       r.sum.reply_bps ? fmt::format("{}.{:02}", *r.sum.reply_bps / 100, *r.sum.reply_bps % 100) : "",
                       r.sum.reply_minutes ? std::to_string(*r.sum.reply_minutes) : "", r.sum.lost);
  }
  return csv;
}

Result<http::Answer> post_export(http::Call& call) {
  TRY(const auto q, call.query<FiguresQuery>());
  call.audit_subject("staff_figures");
  return call.write(ShardKey{}, [q, scope = call.scope(), english = call.request().language() == "en"](Tx& tx) -> Result<http::Reply> {
    const auto find = find_of(tx, q, kExportMax + 1);
    TRY(auto csv, table_of(tx, scope, find, english));
    return http::Reply{200, std::move(csv), "text/csv; charset=utf-8", {{"Content-Disposition", "attachment; filename=\"staff-figures-" + day_text(find.from) + "-" + day_text(find.until) + ".csv\""}, {"Cache-Control", "no-store"}}};
  });
}

using http::None;
using http::route;
constexpr http::Route kRoutes[] = {
    route<FiguresQuery, None, FiguresReport>("GET", "/v1/staff-figures", "figure.read", get_figures, "成员客户联系统计", "What staff did in customer contact, by the platform's count"),
    http::of_media(route<FiguresQuery, None, None>("POST", "/v1/staff-figures:export", "figure.export", post_export, "导出成员客户联系统计", "The same as a table, a row for each member of staff and day", http::kSecret), "text/csv"),
};

}  // namespace

std::span<const http::Route> figure_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
