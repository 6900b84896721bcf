// Making and changing short links.
#include "entry/links.h"

#include <algorithm>
#include <set>

#include "base/say.h"
#include "base/text.h"
#include "entry/definition.h"
#include "store/rows.h"

namespace koi::entry {

struct StoredLink {
  LinkId id;
  std::string slug;
  DoorState state = DoorState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  std::string spec;
  std::int64_t clicks = 0, bots = 0, asked = 0, turned = 0;
};
BOOST_DESCRIBE_STRUCT(StoredLink, (), (id, slug, state, ver, created_at, updated_at, spec, clicks, bots, asked, turned))

namespace {

#define KOI_LINK_COLUMNS                                                                                                          \
  "SELECT l.id, l.slug, l.state, l.ver, l.created_at, l.updated_at, l.spec, t.clicks, t.bots, t.asked, t.turned FROM entry_link l " \
  "JOIN entry_link_turn t ON t.link_id = l.id "
constexpr std::string_view kFind = KOI_LINK_COLUMNS "WHERE l.id = $1";
constexpr std::string_view kByKey = KOI_LINK_COLUMNS "WHERE l.repeat_key = $1";
constexpr std::string_view kList =
    KOI_LINK_COLUMNS "WHERE ($1 = '' AND l.state <> 'deleted' OR l.state = $1) AND ($2 = '' OR l.folder = $2) "
    "AND ($3 = '' OR LOWER(l.name) LIKE $3 ESCAPE '\\' OR l.slug = $4) AND (l.id < $5 OR $5 = 0) ORDER BY l.id DESC LIMIT $6";
constexpr std::string_view kSlugTaken = "SELECT id FROM entry_link WHERE slug = $1";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM entry_link WHERE state <> 'deleted'";
constexpr std::string_view kAdd =
    "INSERT INTO entry_link (id, slug, name, folder, channel, state, spec, repeat_key, ver, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, 1, $8, $8)";
constexpr std::string_view kAddTurn = "INSERT INTO entry_link_turn (link_id, cap, clicks, bots, asked, turned) VALUES ($1, $2, 0, 0, 0, 0)";
constexpr std::string_view kEdit =
    "UPDATE entry_link SET name = $2, folder = $3, channel = $4, spec = $5, ver = ver + 1, updated_at = $6 WHERE id = $1 AND ver = $7 AND state <> 'deleted'";
constexpr std::string_view kSetCap = "UPDATE entry_link_turn SET cap = $2 WHERE link_id = $1";
constexpr std::string_view kSetState = "UPDATE entry_link SET state = $2, ver = ver + 1, updated_at = $3 WHERE id = $1 AND state <> 'deleted' AND state <> $2";
constexpr std::string_view kDays =
    "SELECT day, target, clicks, visitors, bots, asked, turned FROM entry_link_day WHERE link_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, target LIMIT 20000";
constexpr std::string_view kCodeThere = "SELECT id FROM entry_code WHERE slug = $1 AND state <> 'deleted'";
constexpr std::string_view kPageThere = "SELECT id FROM entry_page WHERE slug = $1 AND state <> 'deleted'";
constexpr std::string_view kFormThere = "SELECT id FROM entry_form WHERE slug = $1 AND state <> 'deleted'";

constexpr std::int64_t kLinksMax = 200'000, kWeightMax = 1000, kCapMax = 1'000'000'000, kCostMax = 1'000'000'000'00;
constexpr std::size_t kNameMax = 60, kTextMax = 500, kTargetsMax = 20, kConditionsMax = 50, kKeyMax = 16, kUtmMax = 100;
constexpr int kDaysMax = 366;

Result<Link> link_of(StoredLink&& row) {
  TRY(auto spec, read_link(row.spec));
  return Link{row.id, std::move(row.slug), row.state, row.ver, row.created_at, row.updated_at, std::move(spec), {row.clicks, row.bots, row.asked, row.turned}};
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= kKeyMax &&
         std::ranges::all_of(key, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

/// Trimmed, and every target with a key.
LinkSpec settled(LinkSpec spec) {
  spec.name = trim(spec.name);
  spec.folder = trim(spec.folder);
  spec.channel = trim(spec.channel);
  std::set<std::string> keys;
  for (const auto& t : spec.targets) keys.insert(t.key);
  for (std::size_t n = 1; auto& t : spec.targets) {
    if (!t.key.empty()) continue;
    do t.key = "t" + std::to_string(n++);
    while (!keys.insert(t.key).second);
  }
  return spec;
}

Result<> check_target(Tx& tx, const LinkTarget& t, const std::string& at) {
  if (!is_key(t.key)) return refuse("entry.target_key", say("a key is 1 to {} of a-z, 0-9, - and _", "标识为 1 至 {} 位小写字母、数字、- 或 _", kKeyMax), at + "/key");
  TRY(check_text(t.name, 0, kNameMax, at + "/name"));
  if (t.weight < 0 || t.weight > kWeightMax) return refuse("entry.weight", say("a weight is 0 to {}", "权重为 0 至 {}", kWeightMax), at + "/weight");
  if (t.kind == TargetKind::url) {
    TRY(check_address(t.to, at + "/to"));
  } else {
    const auto there = t.kind == TargetKind::code ? kCodeThere : t.kind == TargetKind::page ? kPageThere : kFormThere;
    TRY(const auto found, tx.maybe<std::int64_t>(there, t.to));
    if (!found) return refuse("entry.no_door", say("nothing has the short address \"{}\"", "没有短码为“{}”的内容", t.to), at + "/to");
  }
  if (t.regions.size() > kConditionsMax) return refuse("entry.limit", say("at most {}", "最多 {} 个", kConditionsMax), at + "/regions");
  for (std::size_t i = 0; i < t.regions.size(); ++i) TRY(check_text(t.regions[i], 1, kNameMax, at + "/regions/" + std::to_string(i)));
  for (std::size_t i = 0; i < t.agents.size(); ++i) {
    if (std::ranges::find(kAgentClasses, t.agents[i]) != std::end(kAgentClasses)) continue;
    const auto meant = nearest(t.agents[i], {std::begin(kAgentClasses), std::end(kAgentClasses)});
    return refuse("entry.agent", meant.empty() ? say("\"{}\" is no kind of browser", "没有浏览器类型“{}”", t.agents[i])
                                               : say("\"{}\" is no kind of browser; did you mean {}?", "没有浏览器类型“{}”,是否指 {}?", t.agents[i], meant),
                  at + "/agents/" + std::to_string(i));
  }
  TRY(WeekPlan::of(t.hours, at + "/hours"));
  return {};
}

}  // namespace

Result<LinkSpec> read_link(std::string_view json) {
  TRY(auto spec, read_definition<LinkSpec>(json));
  return settled(std::move(spec));
}
std::string link_schema() { return definition_schema<LinkSpec>(); }

Result<> check_link(Tx& tx, const LinkSpec& spec) {
  const auto name = count_chars(trim(spec.name));
  if (name == 0 || name > kNameMax || !valid_utf8(spec.name)) return refuse("entry.name", say("a name has 1 to {} characters", "名称为 1 至 {} 个字", kNameMax), "/name");
  for (const auto& [text, place] : {std::pair(&spec.folder, "/folder"), {&spec.channel, "/channel"}}) TRY(check_text(*text, 0, kNameMax, place));
  for (const auto& [text, place] : {std::pair(&spec.note, "/note"), {&spec.fallback_text, "/fallback_text"}}) TRY(check_text(*text, 0, kTextMax, place));
  for (const auto& [text, place] : {std::pair(&spec.utm.source, "/utm/source"), {&spec.utm.medium, "/utm/medium"}, {&spec.utm.campaign, "/utm/campaign"},
                                    {&spec.utm.term, "/utm/term"}, {&spec.utm.content, "/utm/content"}})
    TRY(check_text(*text, 0, kUtmMax, place));
  if (!spec.fallback_url.empty()) TRY(check_address(spec.fallback_url, "/fallback_url"));
  if (spec.click_cap < 0 || spec.click_cap > kCapMax) return refuse("entry.limit", say("0 to {}", "应为 0 至 {}", kCapMax), "/click_cap");
  if (spec.cost_total_fen < 0 || spec.cost_total_fen > kCostMax) return refuse("entry.limit", say("0 to {}", "应为 0 至 {}", kCostMax), "/cost_total_fen");
  if (spec.starts_at && spec.ends_at && *spec.ends_at <= *spec.starts_at) return refuse("entry.times", say("it ends before it begins", "结束时间不晚于开始时间"), "/ends_at");
  if (spec.targets.empty() || spec.targets.size() > kTargetsMax) return refuse("entry.no_target", say("1 to {} targets", "目标为 1 至 {} 个", kTargetsMax), "/targets");
  std::set<std::string_view> keys;
  std::int64_t weight = 0;
  for (std::size_t i = 0; i < spec.targets.size(); ++i) {
    const auto at = "/targets/" + std::to_string(i);
    TRY(check_target(tx, spec.targets[i], at));
    if (!keys.insert(spec.targets[i].key).second) return refuse("entry.target_key", say("two targets are called {}", "有两个目标都叫 {}", spec.targets[i].key), at + "/key");
    weight += spec.targets[i].weight;
  }
  if (weight == 0) return refuse("entry.weight", say("some target has a weight above 0", "至少一个目标的权重大于 0"), "/targets");
  return {};
}

Result<Link> create_link(Tx& tx, const CreateLink& cmd) {
  const auto spec = settled(cmd.spec);
  const auto text = http::json_of(spec);
  if (!cmd.key.empty()) {
    TRY(auto had, tx.maybe<StoredLink>(kByKey, cmd.key));
    if (had) {
      if (had->spec != text && had->ver == 1) return fail(Errc::conflict, "entry.key_reused", cmd.key);
      return link_of(std::move(*had));
    }
  }
  TRY(check_link(tx, spec));
  TRY(const auto count, tx.one<std::int64_t>(kCount));
  if (count >= kLinksMax) return fail(Errc::exhausted, "entry.link_limit", std::to_string(kLinksMax));
  TRY(const auto slug, free_slug(tx, kSlugTaken, cmd.slug));
  const auto id = tx.next_id<LinkId>();
  TRY(tx.exec(kAdd, id, slug, spec.name, spec.folder, spec.channel, text, cmd.key.empty() ? std::nullopt : std::optional(cmd.key), tx.now()));
  TRY(tx.exec(kAddTurn, id, spec.click_cap));
  return find_link(tx, id);
}

Result<Link> edit_link(Tx& tx, const EditLink& cmd) {
  TRY(const auto had, find_link(tx, cmd.link));
  if (had.state == DoorState::deleted) return fail(Errc::conflict, "entry.door_deleted");
  if (cmd.ver && *cmd.ver != had.ver) return fail(Errc::precondition, "http.stale", std::to_string(had.ver));
  const auto spec = settled(cmd.spec);
  TRY(check_link(tx, spec));
  TRY(const auto changed, tx.exec(kEdit, cmd.link, spec.name, spec.folder, spec.channel, http::json_of(spec), tx.now(), had.ver));
  if (changed == 0) return fail(Errc::precondition, "http.stale");
  TRY(tx.exec(kSetCap, cmd.link, spec.click_cap));
  return find_link(tx, cmd.link);
}

Result<Link> set_link_state(Tx& tx, LinkId link, DoorState state) {
  TRY(const auto had, find_link(tx, link));
  if (had.state == state) return had;
  if (had.state == DoorState::deleted) return fail(Errc::conflict, "entry.door_deleted");
  TRY(tx.exec(kSetState, link, enum_text(state), tx.now()));
  return find_link(tx, link);
}

Result<Link> find_link(Tx& tx, LinkId link) {
  TRY(auto row, tx.maybe<StoredLink>(kFind, link));
  if (!row) return fail(Errc::not_found, "entry.no_link", to_text(link));
  return link_of(std::move(*row));
}

Result<std::vector<Link>> list_links(Tx& tx, const DoorFilter& f) {
  std::vector<Link> out;
  TRY(tx.each<StoredLink>(
      kList,
      [&](StoredLink&& row) -> Result<> {
        TRY(auto link, link_of(std::move(row)));
        out.push_back(std::move(link));
        return {};
      },
      f.state, f.folder, like_pattern(f.q), trim(f.q), f.before, f.limit));
  return out;
}

Result<std::vector<LinkDay>> link_days(Tx& tx, LinkId link, LocalDay from, LocalDay to) {
  if (to < from) return refuse("entry.days", say("the last day lies before the first", "结束日早于开始日"), "/to");
  if (to - from >= std::chrono::days{kDaysMax}) return refuse("entry.days", say("at most {} days", "最多 {} 天", kDaysMax), "/from");
  TRY(find_link(tx, link));
  std::vector<LinkDay> out;
  const auto first = from.time_since_epoch().count(), last = to.time_since_epoch().count();
  const store::Param params[] = {link, first, last};
  TRY(tx.each_raw(kDays, params, [&](const store::Statement& s) -> Result<> {
    out.push_back({LocalDay{std::chrono::days{s.integer(0)}}, std::string(s.text(1)), s.integer(2), s.integer(3), s.integer(4), s.integer(5), s.integer(6)});
    return {};
  }));
  return out;
}

}  // namespace koi::entry
