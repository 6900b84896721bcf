// Codes with a scene: of official accounts (parametric QR codes) and of mini programs.
#include <boost/json.hpp>

#include "base/text.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/fans.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::wechat {

BOOST_DESCRIBE_STRUCT(ChannelCode, (), (id, app, scene, name, channel, code, state, page, permanent, ticket, url, expires_at, made_at, scans, follows, created_at, error))

namespace {

namespace json = boost::json;

#define KOI_CODE_COLUMNS "id, app, scene, name, channel, code_id, state, page, permanent, ticket, url, expires_at, made_at, scans, follows, created_at, error"
constexpr std::string_view kFind = "SELECT " KOI_CODE_COLUMNS " FROM wechat_code WHERE id = $1";
constexpr std::string_view kByScene = "SELECT " KOI_CODE_COLUMNS " FROM wechat_code WHERE app = $1 AND scene = $2";
constexpr std::string_view kList = "SELECT " KOI_CODE_COLUMNS " FROM wechat_code WHERE app = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
constexpr std::string_view kAdd =
    "INSERT INTO wechat_code (id, app, scene, name, channel, code_id, state, page, permanent, expires_at, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (app, scene) DO NOTHING";
constexpr std::string_view kMade =
    "UPDATE wechat_code SET ticket = $2, url = $3, picture = $4, expires_at = $5, made_at = $6, error = '' WHERE id = $1 AND made_at IS NULL";
constexpr std::string_view kNotMade = "UPDATE wechat_code SET error = $2 WHERE id = $1 AND made_at IS NULL";
constexpr std::string_view kPicture = "SELECT picture FROM wechat_code WHERE id = $1 AND picture IS NOT NULL";
#undef KOI_CODE_COLUMNS

constexpr std::size_t kOaScene = 64, kMiniScene = 32, kPictureMax = 1 << 20;
constexpr std::string_view kMiniAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$&'()*+,/:;=?@-._~";

bool good_scene(std::string_view kind, std::string_view scene) {
  if (kind == "mini") return scene.size() <= kMiniScene && scene.find_first_not_of(kMiniAlphabet) == scene.npos;
  // The platform puts this in front of what it pushes; one of our own would be lost there.
  return valid_utf8(scene) && count_chars(scene) <= kOaScene && !scene.starts_with("qrscene_");
}

struct PictureRow { store::Blob picture; };
BOOST_DESCRIBE_STRUCT(PictureRow, (), (picture))

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

struct Made { std::string ticket, url, picture; std::optional<Instant> ends; };

Result<Made> ask_for_qr(Host& host, const ChannelCode& code, Instant now) {
  json::object ask{{"action_name", code.permanent ? "QR_LIMIT_STR_SCENE" : "QR_STR_SCENE"},
                   {"action_info", json::object{{"scene", json::object{{"scene_str", code.scene}}}}}};
  if (!code.permanent) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(code.expires_at.value_or(now) - now).count();
    ask["expire_seconds"] = std::max<std::int64_t>(left, 60);
  }
  TRY(const auto answer, host.post("/cgi-bin/qrcode/create", ask));
  Made out{text_of(answer, "ticket"), text_of(answer, "url"), {}, code.expires_at};
  if (out.ticket.empty()) return fail(Errc::unavailable, "connect.wechat_busy", "no ticket");
  if (const auto* lives = answer.if_contains("expire_seconds"); lives != nullptr && lives->is_int64() && !code.permanent)
    out.ends = now + std::chrono::seconds(lives->get_int64());
  return out;
}

Result<Made> ask_for_mini(Host& host, const ChannelCode& code) {
  json::object ask{{"scene", code.scene}, {"check_path", true}};
  if (!code.page.empty()) ask["page"] = code.page;
  TRY(auto reply, host.post_raw("/wxa/getwxacodeunlimit", ask));
  if (reply.body.empty() || reply.body.size() > kPictureMax || reply.body.front() == '{') return fail(Errc::unavailable, "connect.wechat_busy", "no picture");
  return Made{{}, {}, std::move(reply.body), std::nullopt};
}

}  // namespace

Result<ChannelCode> find_channel_code(Tx& tx, ChannelCodeId id) {
  TRY(auto code, tx.maybe<ChannelCode>(kFind, id));
  if (!code) return fail(Errc::not_found, "connect.no_code", to_text(id));
  return std::move(*code);
}

Result<std::optional<ChannelCode>> code_by_scene(Tx& tx, std::string_view app, std::string_view scene) { return tx.maybe<ChannelCode>(kByScene, app, scene); }

Result<std::vector<ChannelCode>> list_channel_codes(Tx& tx, std::string_view app, ChannelCodeId before, int limit) {
  return tx.all<ChannelCode>(kList, app, before ? before.v : INT64_MAX, limit);
}

Result<std::string> picture_of(Tx& tx, ChannelCodeId id) {
  TRY(const auto row, tx.maybe<PictureRow>(kPicture, id));
  return row ? row->picture.bytes : std::string();
}

std::string url_of_picture(const ChannelCode& code) {
  return code.ticket.empty() ? std::string() : "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=" + escaped(code.ticket);
}

Result<ChannelCode> add_code(Tx& tx, const Scope& scope, std::string_view kind, const NewCode& cmd) {
  if (cmd.code) TRY(entry::find_code(tx, scope, cmd.code));
  const auto id = tx.next_id<ChannelCodeId>();
  const bool mini = kind == "mini", permanent = mini || cmd.permanent;
  if (!permanent && (cmd.days < 1 || cmd.days > 30)) return fail(Errc::invalid, "connect.code_days", {}, "/days");
  const auto scene = !cmd.scene.empty() ? cmd.scene : !cmd.state.empty() ? cmd.state : to_text(id);
  if (!good_scene(kind, scene)) return fail(Errc::invalid, "connect.scene", scene, "/scene");
  if (cmd.page.starts_with('/') || cmd.page.contains('?')) return fail(Errc::invalid, "connect.code_page", cmd.page, "/page");
  const auto ends = permanent ? std::nullopt : std::optional(tx.now() + std::chrono::days(cmd.days));
  TRY(const auto made, tx.exec(kAdd, id, cmd.app, scene, take_chars(cmd.name, 100), take_chars(cmd.channel, 100), cmd.code.v, cmd.state, cmd.page, permanent, ends, tx.now()));
  TRY(auto code, tx.one<ChannelCode>(kByScene, cmd.app, scene));
  const bool same = code.code == cmd.code && code.permanent == permanent && code.page == cmd.page && code.channel == take_chars(cmd.channel, 100);
  if (made == 0 && !same) return fail(Errc::conflict, "connect.scene_taken", scene, "/scene");
  return code;
}

Result<ChannelCode> make_code(Desk& desk, ChannelCodeId id) {
  TRY(const auto code, desk.db().read([&](Tx& tx) { return find_channel_code(tx, id); }));
  if (code.made_at) return code;
  TRY(const auto host, desk.host(code.app));
  // A parametric code made twice is the same code; so is a mini program's: asking again is safe.
  auto made = host->account().kind == "mini" ? ask_for_mini(*host, code) : ask_for_qr(*host, code, desk.db().clock().now());
  return desk.db().write([&](Tx& tx) -> Result<ChannelCode> {
    if (made) {
      const auto picture = made->picture.empty() ? std::nullopt : std::optional(store::Blob{made->picture});
      TRY(tx.exec(kMade, id, made->ticket, made->url, picture, made->ends, tx.now()));
    } else {
      TRY(tx.exec(kNotMade, id, made.error().code));
    }
    return find_channel_code(tx, id);
  });
}

}  // namespace koi::connect::wechat
