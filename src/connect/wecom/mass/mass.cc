#include "connect/wecom/mass/mass.h"

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "connect/wecom/mass/rows.h"
#include "connect/wecom/media/media.h"
#include "entry/definition.h"
#include "http/wire.h"
#include "people/people.h"

namespace koi::connect::wecom {

struct Sums { std::int64_t tasks = 0, confirmed = 0, refused = 0, total = 0, sent = 0, lost = 0, full = 0, failed = 0; };
BOOST_DESCRIBE_STRUCT(Sums, (), (tasks, confirmed, refused, total, sent, lost, full, failed))

namespace {

constexpr std::string_view kCorp = "SELECT COUNT(*) FROM connect_corp WHERE corp_id = $1";
constexpr std::string_view kAdd =
    "INSERT INTO connect_wecom_mass (id, corp_id, kind, name, state, spec, author, reach, staff_id, unit_path, error, place, found, friendless, unasked, capped, ver, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, '', 0, 0, 0, 0, 0, 1, $10, $10)";
constexpr std::string_view kOne = KOI_MASS "WHERE m.id = $1";
// $1 the state, $2 the last one before, $3 a limit, $4 unlimited, $5 staff, $6 the place.
constexpr std::string_view kList =
    KOI_MASS "WHERE ($1 = '' OR m.state = $1) AND ($2 = 0 OR m.id < $2) AND ($4 = 1 OR (CAST($5 AS BIGINT) <> 0 AND m.staff_id = $5) OR "
             "(CAST($6 AS TEXT) <> '' AND substr(m.unit_path, 1, length(CAST($6 AS TEXT))) = $6)) ORDER BY m.id DESC LIMIT $3";
constexpr std::string_view kEdit = "UPDATE connect_wecom_mass SET name = $2, spec = $3, state = 'draft', error = '', ver = ver + 1, updated_at = $4 WHERE id = $1";
constexpr std::string_view kPlan =
    "UPDATE connect_wecom_mass SET state = 'planning', error = '', place = 0, found = 0, friendless = 0, unasked = 0, capped = 0, planned_at = NULL, ver = ver + 1, updated_at = $2 WHERE id = $1";
constexpr std::string_view kStart = "UPDATE connect_wecom_mass SET state = 'sending', start_at = $2, ver = ver + 1, updated_at = $3 WHERE id = $1";
constexpr std::string_view kBack = "UPDATE connect_wecom_mass SET state = 'ready', start_at = NULL, ver = ver + 1, updated_at = $2 WHERE id = $1";
constexpr std::string_view kCancel = "UPDATE connect_wecom_mass SET state = 'cancelled', ended_at = $2, ver = ver + 1, updated_at = $2 WHERE id = $1";
constexpr std::string_view kCancelTasks = "UPDATE connect_wecom_mass_task SET state = 'cancelled' WHERE mass_id = $1 AND state = 'planned'";
constexpr std::string_view kCancelTargets = "UPDATE connect_wecom_mass_target SET state = 'cancelled', at = $2 WHERE mass_id = $1 AND state = 'planned'";
constexpr std::string_view kWishCancel = "UPDATE connect_wecom_mass_task SET wish = 'cancel', look_at = $2 WHERE mass_id = $1 AND state IN ('asked', 'made')";
constexpr std::string_view kWishRemind =
    "UPDATE connect_wecom_mass_task SET wish = 'remind', error = '' WHERE mass_id = $1 AND ($2 = 0 OR id = $2) AND state = 'made' AND confirmed_at IS NULL AND wish = ''";
constexpr std::string_view kLookNow = "UPDATE connect_wecom_mass_task SET look_at = 0 WHERE mass_id = $1 AND state = 'made'";
constexpr std::string_view kDrop = "DELETE FROM connect_wecom_mass WHERE id = $1";
constexpr std::string_view kDropTasks = "DELETE FROM connect_wecom_mass_task WHERE mass_id = $1";
constexpr std::string_view kDropTargets = "DELETE FROM connect_wecom_mass_target WHERE mass_id = $1";
constexpr std::string_view kForget = "UPDATE connect_wecom_mass_target SET name = '' WHERE origin_id = $1";
constexpr std::string_view kSums =
    "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN confirmed_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN state = 'refused' THEN 1 ELSE 0 END), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(total), 0) AS BIGINT), CAST(COALESCE(SUM(sent), 0) AS BIGINT), CAST(COALESCE(SUM(lost), 0) AS BIGINT), CAST(COALESCE(SUM(full_up), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(failed), 0) AS BIGINT) FROM connect_wecom_mass_task WHERE mass_id = $1";
constexpr std::string_view kCarriers = "SELECT COUNT(*) FROM connect_wecom_mass WHERE state NOT IN ('done', 'cancelled') AND spec LIKE $1";

constexpr std::size_t kNameMax = 60, kTitleLink = 128, kTitleMini = 64, kDesc = 512, kUrl = 2048;

[[maybe_unused]] const bool kFollows = people::follow("connect_wecom_mass_target");

Result<> forget(Tx& tx, PersonId, std::span<const PersonId> nodes) {
  for (const auto node : nodes) TRY(tx.exec(kForget, node));
  return {};
}
[[maybe_unused]] const bool kErases = people::on_erase(forget);

Result<bool> carries(Tx& tx, std::string_view media) {
  TRY(const auto n, tx.one<std::int64_t>(kCarriers, "%\"" + std::string(media) + "\"%"));
  return n > 0;
}
[[maybe_unused]] const bool kCarries = know_media_user(carries);

std::unexpected<Error> wrong(std::string code, Said why, std::string pointer) { return fail(Errc::invalid, std::move(code), std::move(why), std::move(pointer)); }

/// What the platform would refuse of one attachment. Source: its page on add_msg_template.
Result<> check_part(Tx& tx, const entry::WelcomePart& p, const std::string& place) {
  const bool link = p.kind == "link", mini = p.kind == "miniprogram", image = p.kind == "image";
  if (!link && !mini && !image && p.kind != "video" && p.kind != "file")
    return wrong("connect.mass_part", say("image, link, miniprogram, video or file", "应为图片、链接、小程序、视频或文件"), place + "/kind");
  const auto long_of = [&](std::string_view text, std::size_t max, std::string_view member) -> Result<> {
    if (text.size() <= max) return {};
    return wrong("connect.mass_part", say("{} bytes, at most {}; a Chinese character is 3", "{} 字节,最多 {} 字节;一个汉字 3 字节", text.size(), max), place + "/" + std::string(member));
  };
  const std::string_view missing = (link || mini) && p.title.empty() ? "title" : link && p.url.empty() ? "url" : mini && p.appid.empty() ? "appid" : mini && p.page.empty() ? "page"
                                   : image && p.media.empty() && p.picture.empty() ? "media" : !link && !image && p.media.empty() ? "media" : "";
  if (!missing.empty()) return wrong("connect.mass_part", say("a {} needs {}", "{} 需要 {}", p.kind, missing), place + "/" + std::string(missing));
  TRY(long_of(p.title, mini ? kTitleMini : kTitleLink, "title"));
  TRY(long_of(p.desc, kDesc, "desc"));
  TRY(long_of(p.url, kUrl, "url"));
  TRY(long_of(p.picture, kUrl, "picture"));
  if (p.media.empty()) return {};
  const auto id = parse_id(MediaTag::prefix, p.media);
  if (!id) return fail(Errc::not_found, "connect.no_media", p.media, place + "/media");
  TRY(const auto media, find_media(tx, MediaId{*id}));
  if (media.kind == (mini ? "image" : p.kind)) return {};
  return wrong("connect.mass_part", say("{} is no {}", "{} 不是 {}", media.name, mini ? "image" : p.kind), place + "/media");
}

Result<> check_spec(Tx& tx, const Scope& scope, std::string_view kind, const MassSpec& s) {
  if (s.name.empty() || count_chars(s.name) > kNameMax) return wrong("connect.mass_name", say("1 to {} characters", "1 至 {} 个字", kNameMax), "/name");
  if (s.text.empty() && s.parts.empty()) return fail(Errc::invalid, "connect.mass_empty", {}, "/text");
  if (s.text.size() > kMassText)
    return wrong("connect.mass_text", say("{} bytes, at most {}; a Chinese character is 3", "{} 字节,最多 {} 字节;一个汉字 3 字节", s.text.size(), kMassText), "/text");
  for (const std::string_view word : {"{nick}", "{guide}", "{store}"})
    if (s.text.find(word) != s.text.npos) return wrong("connect.mass_variable", say("{} would be sent as it stands", "{} 会原样发出", word), "/text");
  if (s.parts.size() > kMassParts) return wrong("connect.mass_part", say("{} attachments, at most {}", "{} 个附件,最多 {} 个", s.parts.size(), kMassParts), "/parts");
  for (std::size_t i = 0; i < s.parts.size(); ++i) TRY(check_part(tx, s.parts[i], "/parts/" + std::to_string(i)));
  if (s.consent != "not_refused" && s.consent != "granted") return fail(Errc::invalid, "connect.mass_consent", {}, "/consent");
  if (kind == "person") TRY(people::select_people(tx, scope, s.audience, 0, 1));
  return {};
}

Result<Mass> whole(Tx& tx, const MassRow& row) {
  Mass out;
  out.id = row.id, out.corp_id = row.corp_id, out.kind = row.kind, out.state = row.state, out.author = row.author, out.error = row.error;
  TRY(out.spec, read_mass_spec(row.spec));
  out.found = row.found, out.friendless = row.friendless, out.unasked = row.unasked, out.capped = row.capped;
  out.planned_at = row.planned_at, out.start_at = row.start_at, out.ended_at = row.ended_at;
  out.ver = row.ver, out.created_at = row.created_at, out.updated_at = row.updated_at;
  TRY(const auto sums, tx.one<Sums>(kSums, row.id));
  out.tasks = sums.tasks, out.confirmed = sums.confirmed, out.refused = sums.refused;
  out.total = sums.total, out.sent = sums.sent, out.lost = sums.lost, out.full = sums.full, out.failed = sums.failed;
  return out;
}

Result<MassRow> row_of(Tx& tx, const Scope& scope, MassId id) {
  TRY(auto row, tx.maybe<MassRow>(kOne, id));
  if (!row || !scope.covers(row->staff_id, row->unit_path)) return fail(Errc::not_found, "connect.no_mass", to_text(id));
  return std::move(*row);
}
std::unexpected<Error> not_now(const MassRow& row) { return fail(Errc::conflict, "connect.mass_state", row.state); }
bool is(const MassRow& row, std::initializer_list<std::string_view> states) { return std::ranges::find(states, row.state) != states.end(); }

std::string_view reach_name(Reach r) {
  constexpr std::string_view kNames[] = {"own", "team", "store", "region", "all"};
  return kNames[static_cast<std::size_t>(r)];
}

}  // namespace

Result<MassSpec> read_mass_spec(std::string_view json) { return entry::read_definition<MassSpec>(json); }

Result<Scope> scope_of(const MassRow& row) {
  if (row.reach == "all") return Scope::everything("the author's own reach, kept with the send");
  for (const auto r : {Reach::own, Reach::team, Reach::store, Reach::region})
    if (reach_name(r) == row.reach) return Scope::of(r, row.staff_id, row.unit_path);
  return fail(Errc::internal, "connect.mass_reach", row.reach);
}

Result<Mass> create_mass(Tx& tx, const Scope& scope, const NewMass& cmd) {
  TRY(const auto corps, tx.one<std::int64_t>(kCorp, cmd.corp_id));
  if (corps == 0) return fail(Errc::not_found, "connect.no_corp", cmd.corp_id, "/corp_id");
  if (cmd.kind != "person" && cmd.kind != "group") return fail(Errc::invalid, "connect.mass_kind", {}, "/kind");
  TRY(check_spec(tx, scope, cmd.kind, cmd.spec));
  const auto id = tx.next_id<MassId>();
  TRY(tx.exec(kAdd, id, cmd.corp_id, cmd.kind, cmd.spec.name, http::json_of(cmd.spec), cmd.author, reach_name(scope.reach()), scope.staff().v, scope.unit_path(), tx.now()));
  return find_mass(tx, scope, id);
}

Result<Mass> edit_mass(Tx& tx, const Scope& scope, MassId id, const MassSpec& spec) {
  TRY(const auto row, row_of(tx, scope, id));
  if (!is(row, {"draft", "ready"})) return not_now(row);
  TRY(const auto reach, scope_of(row));
  TRY(check_spec(tx, reach, row.kind, spec));
  TRY(tx.exec(kEdit, id, spec.name, http::json_of(spec), tx.now()));
  return find_mass(tx, scope, id);
}

Result<Mass> find_mass(Tx& tx, const Scope& scope, MassId id) {
  TRY(const auto row, row_of(tx, scope, id));
  return whole(tx, row);
}

Result<std::vector<Mass>> list_mass(Tx& tx, const Scope& scope, std::string_view state, MassId before, int limit) {
  TRY(const auto rows, tx.all<MassRow>(kList, state, before.v, limit, scope.unlimited(), scope.staff().v, scope.reach() == Reach::own ? std::string() : scope.unit_path()));
  std::vector<Mass> out;
  for (const auto& row : rows) {
    TRY(auto one, whole(tx, row));
    out.push_back(std::move(one));
  }
  return out;
}

Result<Mass> plan_mass(Tx& tx, const Scope& scope, MassId id) {
  TRY(const auto row, row_of(tx, scope, id));
  if (!is(row, {"draft", "ready"})) return not_now(row);
  TRY(tx.exec(kPlan, id, tx.now()));
  return find_mass(tx, scope, id);
}

Result<Mass> start_mass(Tx& tx, const Scope& scope, MassId id, std::optional<Instant> at) {
  TRY(const auto row, row_of(tx, scope, id));
  if (row.state != "ready") return not_now(row);
  if (!row.planned_at || tx.now() - *row.planned_at > kPlanLife) return fail(Errc::conflict, "connect.mass_stale");
  TRY(const auto sums, tx.one<Sums>(kSums, id));
  if (sums.total == 0) return fail(Errc::conflict, "connect.mass_nobody");
  TRY(tx.exec(kStart, id, std::max(at.value_or(Instant{}), tx.now() + kTakeBack), tx.now()));
  return find_mass(tx, scope, id);
}

Result<Mass> stop_mass(Tx& tx, const Scope& scope, MassId id) {
  TRY(const auto row, row_of(tx, scope, id));
  if (!is(row, {"sending", "sent"})) return not_now(row);
  if (row.state == "sending" && row.start_at && tx.now() < *row.start_at) {
    TRY(tx.exec(kBack, id, tx.now()));
    return find_mass(tx, scope, id);
  }
  TRY(tx.exec(kCancel, id, tx.now()));
  TRY(tx.exec(kCancelTasks, id));
  TRY(tx.exec(kCancelTargets, id, tx.now()));
  TRY(tx.exec(kWishCancel, id, tx.now()));
  return find_mass(tx, scope, id);
}

Result<std::int64_t> remind_mass(Tx& tx, const Scope& scope, MassId id, MassTaskId task) {
  TRY(const auto row, row_of(tx, scope, id));
  if (row.state != "sent" && row.state != "sending") return not_now(row);
  return tx.exec(kWishRemind, id, task.v);
}

Result<Mass> refresh_mass(Tx& tx, const Scope& scope, MassId id) {
  TRY(const auto row, row_of(tx, scope, id));
  TRY(tx.exec(kLookNow, id));
  return find_mass(tx, scope, id);
}

Result<> drop_mass(Tx& tx, const Scope& scope, MassId id) {
  TRY(const auto row, row_of(tx, scope, id));
  if (!is(row, {"draft", "ready"})) return not_now(row);
  TRY(tx.exec(kDropTargets, id));
  TRY(tx.exec(kDropTasks, id));
  TRY(tx.exec(kDrop, id));
  return {};
}

}  // namespace koi::connect::wecom
