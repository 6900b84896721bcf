#include "connect/wecom/moments/moments.h"

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "connect/wecom/media/media.h"
#include "connect/wecom/moments/rows.h"
#include "entry/definition.h"
#include "http/wire.h"
#include "people/people.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct MomentSums { std::int64_t guides = 0, published = 0, reach = 0, likes = 0, comments = 0; };
BOOST_DESCRIBE_STRUCT(MomentSums, (), (guides, published, reach, likes, comments))
BOOST_DESCRIBE_STRUCT(MomentGuide, (), (userid, staff, published_at, reach, likes, comments))
BOOST_DESCRIBE_STRUCT(MomentWord, (), (id, person, staff, kind, at))

namespace {

constexpr std::string_view kCorp = "SELECT COUNT(*) FROM connect_corp WHERE corp_id = $1";
constexpr std::string_view kAdd =
    "INSERT INTO connect_wecom_moment (id, corp_id, name, state, spec, author, staff_id, unit_path, error, jobid, moment_id, wish, look_at, ver, created_at, updated_at) "
    "VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, '', '', '', '', 0, 1, $8, $8)";
constexpr std::string_view kOne = KOI_MOMENT "WHERE m.id = $1";
// $1 the state, $2 the last one before, $3 a limit, $4 unlimited, $5 staff, $6 the place.
constexpr std::string_view kList =
    KOI_MOMENT "WHERE ($1 = '' OR m.state = $1) AND ($2 = 0 OR m.id < $2) AND ($4 = 1 OR (CAST($5 AS BIGINT) <> 0 AND m.staff_id = $5) OR "
               "(CAST($6 AS TEXT) <> '' AND substr(m.unit_path, 1, length(CAST($6 AS TEXT))) = $6)) ORDER BY m.id DESC LIMIT $3";
constexpr std::string_view kEdit = "UPDATE connect_wecom_moment SET name = $2, spec = $3, error = '', ver = ver + 1, updated_at = $4 WHERE id = $1";
constexpr std::string_view kStart = "UPDATE connect_wecom_moment SET state = 'sending', start_at = $2, look_at = $2, error = '', ver = ver + 1, updated_at = $3 WHERE id = $1";
constexpr std::string_view kBack = "UPDATE connect_wecom_moment SET state = 'draft', start_at = NULL, ver = ver + 1, updated_at = $2 WHERE id = $1";
constexpr std::string_view kCancel = "UPDATE connect_wecom_moment SET state = 'cancelled', wish = CASE WHEN state = 'sending' THEN '' ELSE 'cancel' END, ended_at = $2, look_at = $2, ver = ver + 1, updated_at = $2 WHERE id = $1";
constexpr std::string_view kLookNow = "UPDATE connect_wecom_moment SET look_at = 0 WHERE id = $1 AND state IN ('asked', 'sent')";
constexpr std::string_view kDrop = "DELETE FROM connect_wecom_moment WHERE id = $1";
constexpr std::string_view kSums =
    "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN published_at IS NULL THEN 0 ELSE 1 END), 0) AS BIGINT), CAST(COALESCE(SUM(reach), 0) AS BIGINT), CAST(COALESCE(SUM(likes), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(comments), 0) AS BIGINT) FROM connect_wecom_moment_guide WHERE moment = $1";
constexpr std::string_view kGuides =
    "SELECT userid, staff_id, published_at, reach, likes, comments FROM connect_wecom_moment_guide WHERE moment = $1 "
    "ORDER BY CASE WHEN published_at IS NULL THEN 1 ELSE 0 END, likes + comments DESC, userid LIMIT 1000";
// $4 everybody, $5 a member of staff's own, $6 a place's.
constexpr std::string_view kWords =
    "SELECT w.id, w.person_id, COALESCE(g.staff_id, 0), w.kind, w.at FROM connect_wecom_moment_word w JOIN person p ON p.id = w.person_id "
    "LEFT JOIN connect_wecom_moment_guide g ON g.moment = w.moment AND g.userid = w.userid "
    "WHERE w.moment = $1 AND ($2 = 0 OR w.id < $2) AND ($4 = 1 OR (CAST($5 AS BIGINT) <> 0 AND p.owner_staff_id = $5) OR "
    "(CAST($6 AS TEXT) <> '' AND substr(p.unit_path, 1, length(CAST($6 AS TEXT))) = $6)) ORDER BY w.id DESC LIMIT $3";
constexpr std::string_view kForget = "UPDATE connect_wecom_moment_word SET external_userid = '' WHERE origin_id = $1";
constexpr std::string_view kCarriers = "SELECT COUNT(*) FROM connect_wecom_moment WHERE state IN ('draft', 'sending', 'asked') AND spec LIKE $1";
constexpr std::string_view kUserid = "SELECT userid FROM connect_wecom_staff WHERE corp_id = $1 AND staff_id = $2 AND gone_at IS NULL";
constexpr std::string_view kTagId = "SELECT tag_id FROM connect_wecom_tag WHERE corp_id = $1 AND our_tag = $2";

constexpr std::size_t kNameMax = 60, kTitleMax = 128, kUrlMax = 2048;

[[maybe_unused]] const bool kFollows = people::follow("connect_wecom_moment_word");
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

Result<> check_parts(Tx& tx, const MomentSpec& s) {
  const auto wrong = [](std::size_t at, Said why) { return fail(Errc::invalid, "connect.moment_part", std::move(why), "/parts/" + std::to_string(at)); };
  for (std::size_t i = 0; i < s.parts.size(); ++i) {
    const auto& p = s.parts[i];
    if (p.kind != "image" && p.kind != "video" && p.kind != "link") return wrong(i, say("pictures, one video or one link", "仅支持图片、一个视频或一个链接"));
    if (p.kind != s.parts[0].kind) return wrong(i, say("pictures, a video and a link do not go together", "图片、视频与链接不能混用"));
    if (i >= (p.kind == "image" ? kMomentPictures : 1)) return wrong(i, say("at most {}", "最多 {} 个", p.kind == "image" ? kMomentPictures : 1));
    if (p.kind == "link" && (p.title.empty() || p.url.empty() || p.title.size() > kTitleMax || p.url.size() > kUrlMax)) return wrong(i, say("a link needs a title (at most 128 bytes) and an address", "链接需要标题(不超过 128 字节)与地址"));
    const auto id = parse_id(MediaTag::prefix, p.media);
    if (!id) return wrong(i, say("a picture or film from here is needed", "请选择已上传的素材"));
    TRY(const auto media, find_media(tx, MediaId{*id}));
    if (media.kind != (p.kind == "video" ? "video" : "image")) return wrong(i, say("{} is no {}", "{} 不是 {}", media.name, p.kind));
  }
  return {};
}

Result<> check_spec(Tx& tx, const Scope& scope, std::string_view corp, const MomentSpec& s) {
  if (s.name.empty() || count_chars(s.name) > kNameMax) return fail(Errc::invalid, "connect.moment_name", say("1 to {} characters", "1 至 {} 个字", kNameMax), "/name");
  if (s.text.empty() && s.parts.empty()) return fail(Errc::invalid, "connect.moment_empty", {}, "/text");
  if (count_chars(s.text) > kMomentText) return fail(Errc::invalid, "connect.moment_text", say("at most {} characters", "最多 {} 个字", kMomentText), "/text");
  TRY(check_parts(tx, s));
  if (s.staff.empty() && !scope.unlimited()) return fail(Errc::forbidden, "connect.moment_staff", {}, "/staff");
  for (const auto id : s.staff) {
    TRY(team::find_staff(tx, scope, id));
    TRY(const auto userid, tx.maybe<std::string>(kUserid, corp, id));
    if (!userid) return fail(Errc::invalid, "connect.moment_staff", to_text(id), "/staff");
  }
  for (const auto id : s.tags) {
    TRY(const auto tag, tx.maybe<std::string>(kTagId, corp, id.v));
    if (!tag) return fail(Errc::invalid, "connect.moment_tag", to_text(id), "/tags");
  }
  return {};
}

Result<Moment> whole(Tx& tx, const MomentRow& row) {
  Moment out{row.id, row.corp_id, row.state, row.author, row.error, {}, 0, 0, 0, 0, 0, row.start_at, row.made_at, row.ended_at, row.ver, row.created_at, row.updated_at};
  TRY(out.spec, read_moment_spec(row.spec));
  TRY(const auto sums, tx.one<MomentSums>(kSums, row.id));
  out.guides = sums.guides, out.published = sums.published, out.reach = sums.reach, out.likes = sums.likes, out.comments = sums.comments;
  return out;
}
Result<MomentRow> row_of(Tx& tx, const Scope& scope, MomentId id) {
  TRY(auto row, tx.maybe<MomentRow>(kOne, id));
  if (!row || !scope.covers(row->staff_id, row->unit_path)) return fail(Errc::not_found, "connect.no_moment", to_text(id));
  return std::move(*row);
}
std::unexpected<Error> not_now(const MomentRow& row) { return fail(Errc::conflict, "connect.mass_state", row.state); }

}  // namespace

Result<MomentSpec> read_moment_spec(std::string_view json) { return entry::read_definition<MomentSpec>(json); }

Result<std::vector<std::string>> userids_of(Tx& tx, std::string_view corp, const std::vector<StaffId>& staff) {
  std::vector<std::string> out;
  for (const auto id : staff) {
    TRY(auto userid, tx.maybe<std::string>(kUserid, corp, id));
    if (userid) out.push_back(std::move(*userid));
  }
  return out;
}
Result<std::vector<std::string>> tag_ids_of(Tx& tx, std::string_view corp, const std::vector<people::TagId>& tags) {
  std::vector<std::string> out;
  for (const auto id : tags) {
    TRY(auto tag, tx.maybe<std::string>(kTagId, corp, id.v));
    if (tag) out.push_back(std::move(*tag));
  }
  return out;
}

Result<Moment> create_moment(Tx& tx, const Scope& scope, const NewMoment& cmd) {
  TRY(const auto corps, tx.one<std::int64_t>(kCorp, cmd.corp_id));
  if (corps == 0) return fail(Errc::not_found, "connect.no_corp", cmd.corp_id, "/corp_id");
  TRY(check_spec(tx, scope, cmd.corp_id, cmd.spec));
  const auto id = tx.next_id<MomentId>();
  TRY(tx.exec(kAdd, id, cmd.corp_id, cmd.spec.name, http::json_of(cmd.spec), cmd.author, scope.staff().v, scope.unit_path(), tx.now()));
  return find_moment(tx, scope, id);
}

Result<Moment> edit_moment(Tx& tx, const Scope& scope, MomentId id, const MomentSpec& spec) {
  TRY(const auto row, row_of(tx, scope, id));
  if (row.state != "draft") return not_now(row);
  TRY(check_spec(tx, scope, row.corp_id, spec));
  TRY(tx.exec(kEdit, id, spec.name, http::json_of(spec), tx.now()));
  return find_moment(tx, scope, id);
}

Result<Moment> find_moment(Tx& tx, const Scope& scope, MomentId id) {
  TRY(const auto row, row_of(tx, scope, id));
  return whole(tx, row);
}

Result<std::vector<Moment>> list_moments(Tx& tx, const Scope& scope, std::string_view state, MomentId before, int limit) {
  TRY(const auto rows, tx.all<MomentRow>(kList, state, before.v, limit, scope.unlimited(), scope.staff().v, scope.reach() == Reach::own ? std::string() : scope.unit_path()));
  std::vector<Moment> out;
  for (const auto& row : rows) {
    TRY(auto one, whole(tx, row));
    out.push_back(std::move(one));
  }
  return out;
}

Result<Moment> start_moment(Tx& tx, const Scope& scope, MomentId id, std::optional<Instant> at) {
  TRY(const auto row, row_of(tx, scope, id));
  if (row.state != "draft") return not_now(row);
  TRY(tx.exec(kStart, id, std::max(at.value_or(Instant{}), tx.now() + kTakeBack), tx.now()));
  return find_moment(tx, scope, id);
}

Result<Moment> stop_moment(Tx& tx, const Scope& scope, MomentId id) {
  TRY(const auto row, row_of(tx, scope, id));
  if (row.state != "sending" && row.state != "asked" && row.state != "sent") return not_now(row);
  const bool begun = row.state != "sending" || (row.start_at && tx.now() >= *row.start_at);
  TRY(tx.exec(begun ? kCancel : kBack, id, tx.now()));
  return find_moment(tx, scope, id);
}

Result<Moment> refresh_moment(Tx& tx, const Scope& scope, MomentId id) {
  TRY(row_of(tx, scope, id));
  TRY(tx.exec(kLookNow, id));
  return find_moment(tx, scope, id);
}

Result<> drop_moment(Tx& tx, const Scope& scope, MomentId id) {
  TRY(const auto row, row_of(tx, scope, id));
  if (row.state != "draft") return not_now(row);
  TRY(tx.exec(kDrop, id));
  return {};
}

Result<std::vector<MomentGuide>> moment_guides(Tx& tx, const Scope& scope, MomentId id) {
  TRY(row_of(tx, scope, id));
  return tx.all<MomentGuide>(kGuides, id);
}
Result<std::vector<MomentWord>> moment_words(Tx& tx, const Scope& scope, MomentId id, std::int64_t before, int limit) {
  TRY(row_of(tx, scope, id));
  const bool own = scope.reach() == Reach::own;
  return tx.all<MomentWord>(kWords, id, before, limit, scope.unlimited(), own ? scope.staff().v : 0, own ? std::string() : scope.unit_path());
}

}  // namespace koi::connect::wecom
