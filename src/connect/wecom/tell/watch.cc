#include "connect/wecom/tell/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "connect/seal_key.h"
#include "connect/wecom/archive/setting.h"
#include "connect/wecom/callback.h"
#include "connect/wecom/login/login.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/tell/tell.h"
#include "entry/visit.h"
#include "http/http.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct WatchRow { bool codes = true, connection = true; Instant since; std::int64_t ver = 0; };
BOOST_DESCRIBE_STRUCT(WatchRow, (), (codes, connection, since, ver))
struct AlarmLine { std::int64_t id = 0; std::string kind, detail, name; };
BOOST_DESCRIBE_STRUCT(AlarmLine, (), (id, kind, detail, name))

namespace {

constexpr std::string_view kFind = "SELECT codes, connection, since, ver FROM connect_wecom_watch WHERE corp_id = $1";
constexpr std::string_view kStaff = "SELECT staff_id FROM connect_wecom_watcher WHERE corp_id = $1 ORDER BY staff_id";
constexpr std::string_view kPut =
    "INSERT INTO connect_wecom_watch (corp_id, codes, connection, since, ver) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (corp_id) DO UPDATE SET codes = $2, connection = $3, since = $4, ver = $5";
constexpr std::string_view kDropStaff = "DELETE FROM connect_wecom_watcher WHERE corp_id = $1";
constexpr std::string_view kAddStaff = "INSERT INTO connect_wecom_watcher (corp_id, staff_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
constexpr std::string_view kAgent = "SELECT agent_id FROM connect_corp WHERE corp_id = $1";
// Open, and not told. A short one that was closed again is nobody's worry.
constexpr std::string_view kAlarms =
    "SELECT a.id, a.kind, a.detail, COALESCE(c.name, g.name, '') FROM entry_alarm a LEFT JOIN entry_code c ON c.id = a.code_id "
    "LEFT JOIN entry_group_code g ON g.id = a.code_id WHERE a.closed_at IS NULL AND a.opened_at >= $2 AND NOT EXISTS "
    "(SELECT 1 FROM connect_wecom_told t WHERE t.corp_id = $1 AND t.kind = 'alarm' AND t.ref = a.id) ORDER BY a.id LIMIT 500";
constexpr std::string_view kTold = "SELECT COUNT(*) FROM connect_wecom_told WHERE corp_id = $1 AND kind = $2 AND ref = $3";
constexpr std::string_view kTell = "INSERT INTO connect_wecom_told (corp_id, kind, ref, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

constexpr std::size_t kLines = 5, kLineMax = 80;  // of a card; bytes of a line
constexpr std::int64_t kDayMs = 86'400'000, kChinaMs = 8 * 3'600'000;

/// An alarm in the words of the console.
std::string_view words_of(std::string_view kind) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"cap_reached", "名额已满"},          {"guide_abnormal", "导购账号异常"},     {"guide_inactive", "导购已停用"},           {"nobody_on_duty", "没有导购在班"},
      {"scans_without_add", "多次扫码无人添加"}, {"way_failed", "企业微信二维码生成失败"}, {"group_auto_stopped", "自动建群已停止"}, {"group_dismissed", "群已解散"},
      {"group_full", "所有群已满"},         {"group_image_expired", "群二维码已过期"}, {"group_image_expiring", "群二维码即将过期"}, {"group_owner_left", "群主已离职"},
      {"join_failed", "入群配置未生成"},     {"link_balance", "获客链接额度不足"},  {"link_deleted", "获客链接在后台被删除"},  {"link_unavailable", "获客链接无可用员工"}};
  const auto at = std::ranges::find(kWords, kind, [](const auto& w) { return w.first; });
  return at == std::end(kWords) ? kind : at->second;
}

/// A message about to be told, and what it tells of.
struct Trouble { std::string kind; std::vector<std::int64_t> refs; std::string title, body, path; };

Result<bool> told(Tx& tx, const std::string& corp, std::string_view kind, std::int64_t ref) {
  TRY(const auto n, tx.one<std::int64_t>(kTold, corp, kind, ref));
  return n > 0;
}

Result<std::optional<Trouble>> code_trouble(Tx& tx, const std::string& corp, Instant since) {
  TRY(const auto alarms, tx.all<AlarmLine>(kAlarms, corp, since));
  if (alarms.empty()) return std::nullopt;
  Trouble t{"alarm", {}, fmt::format("活码提醒：{} 条待处理", alarms.size()), {}, "/codes"};
  for (std::size_t i = 0; i < alarms.size(); ++i) {
    t.refs.push_back(alarms[i].id);
    if (i < kLines) t.body += (i > 0 ? "\n" : "") + cut_bytes(fmt::format("{}：{}", alarms[i].name, words_of(alarms[i].kind)), kLineMax);
  }
  if (alarms.size() > kLines) t.body += fmt::format("\n另有 {} 条", alarms.size() - kLines);
  return t;
}

Result<std::vector<Trouble>> connection_troubles(Tx& tx, const std::string& corp, Instant since, const std::string& key) {
  std::vector<Trouble> out;
  const auto path = "/connections/" + corp;
  const auto day = (to_ms(tx.now()) + kChinaMs) / kDayMs;
  const auto add = [&](std::string kind, std::int64_t ref, std::string title, std::string body, std::string tab) -> Result<> {
    TRY(const bool done, told(tx, corp, kind, ref));
    if (!done) out.push_back({std::move(kind), {ref}, std::move(title), std::move(body), path + tab});
    return {};
  };
  TRY(const auto run, latest_run(tx, corp));
  if (run && run->state == "failed" && run->ended_at && *run->ended_at >= since)
    TRY(add("sync", run->id.v, "企业微信同步失败", "通讯录与客户同步没有完成：" + http::problem_title({Errc::unavailable, run->error, {}, {}, {}}, "zh-CN"), "?tab=sync"));
  TRY(const auto health, health_of(tx, corp));
  if (health.failed > 0) TRY(add("pushes", day, "企业微信推送处理失败", fmt::format("有 {} 条推送未能处理，可在推送记录中重放。", health.failed), "?tab=pushes"));
  TRY(const auto archive, find_archive(tx, corp, key));
  if (archive && archive->enabled && archive->state == "error")
    TRY(add("archive", day, "会话存档无法拉取", http::problem_title({Errc::unavailable, archive->error, {}, {}, {}}, "zh-CN"), "?tab=archive"));
  return out;
}

Result<std::vector<Trouble>> troubles(Tx& tx, const std::string& corp, const Watch& watch, const std::string& key) {
  std::vector<Trouble> out;
  if (watch.codes) {
    TRY(auto codes, code_trouble(tx, corp, watch.since));
    if (codes) out.push_back(std::move(*codes));
  }
  if (watch.connection) {
    TRY(auto more, connection_troubles(tx, corp, watch.since, key));
    std::ranges::move(more, std::back_inserter(out));
  }
  return out;
}

/// Through the door of sign-in by WeCom where it is open, so that whoever reads it is in.
Result<std::string> link_to(Tx& tx, const std::string& corp, const std::string& site, const std::string& path) {
  if (site.empty()) return std::string();
  TRY(const auto login, login_setting(tx, corp));
  return login.enabled ? site + "/wecom/" + corp + "/login?to=" + entry::percent_encoded(path) : site + path;
}

Result<> tell(Tx& tx, const std::string& corp, const Trouble& t, const std::vector<std::string>& userids, const std::string& site) {
  TRY(const auto url, link_to(tx, corp, site, t.path));
  TRY(tell_staff(tx, {corp, fmt::format("{}:{}", t.kind, t.refs.back()), t.title, cut_bytes(t.body, kCardBodyMax), url, userids, "watch"}));
  for (const auto ref : t.refs) TRY(tx.exec(kTell, corp, t.kind, ref, tx.now()));
  return {};
}

}  // namespace

Result<Watch> find_watch(Tx& tx, std::string_view corp_id) {
  Watch out;
  TRY(const auto row, tx.maybe<WatchRow>(kFind, corp_id));
  if (row) out.codes = row->codes, out.connection = row->connection, out.since = row->since, out.ver = row->ver;
  TRY(out.staff, tx.all<StaffId>(kStaff, corp_id));
  return out;
}

Result<Watch> put_watch(Tx& tx, const PutWatch& cmd) {
  TRY(const auto agent, tx.maybe<std::int64_t>(kAgent, cmd.corp_id));
  if (!agent) return fail(Errc::not_found, "connect.no_corp", cmd.corp_id);
  if (!cmd.staff.empty() && *agent == 0) return fail(Errc::conflict, "connect.no_agent", cmd.corp_id);
  if (cmd.staff.size() > kWatchersMax) return fail(Errc::invalid, "connect.unknown_staff", "at most 50", "/staff");
  TRY(const auto before, find_watch(tx, cmd.corp_id));
  for (const auto id : cmd.staff) {
    TRY(const auto userid, userid_of_staff(tx, cmd.corp_id, id));
    // Who watched already may have left the corp since: that is no reason to refuse the others.
    if (userid.empty() && std::ranges::find(before.staff, id) == before.staff.end()) return fail(Errc::invalid, "connect.unknown_staff", to_text(id), "/staff");
  }
  TRY(tx.exec(kDropStaff, cmd.corp_id));
  for (const auto id : cmd.staff) TRY(tx.exec(kAddStaff, cmd.corp_id, id));
  const auto since = before.staff.empty() ? tx.now() : before.since;
  TRY(tx.exec(kPut, cmd.corp_id, cmd.codes, cmd.connection, since, before.ver + 1));
  return find_watch(tx, cmd.corp_id);
}

Result<int> tell_troubles(Db& db, const std::string& corp_id, const std::string& site) {
  TRY(const auto key, seal_key(db));
  const auto look = [&](Tx& tx) -> Result<std::vector<Trouble>> {
    TRY(const auto watch, find_watch(tx, corp_id));
    if (watch.staff.empty()) return std::vector<Trouble>{};
    return troubles(tx, corp_id, watch, key);
  };
  TRY(const auto some, db.read(look));  // hardly ever: the Writer is asked only then
  if (some.empty()) return 0;
  return db.write([&](Tx& tx) -> Result<int> {
    TRY(const auto watch, find_watch(tx, corp_id));
    std::vector<std::string> userids;
    for (const auto id : watch.staff) {
      TRY(auto userid, userid_of_staff(tx, corp_id, id));
      if (!userid.empty()) userids.push_back(std::move(userid));
    }
    if (userids.empty()) return 0;
    TRY(const auto all, look(tx));
    for (const auto& t : all) TRY(tell(tx, corp_id, t, userids, site));
    return static_cast<int>(all.size());
  }, shard_of_corp(corp_id));
}

}  // namespace koi::connect::wecom
