#include "connect/wechat/desk.h"
#include "connect/wechat/fans.h"
#include "connect/seal_key.h"
#include "http/wire.h"

namespace koi::connect::wechat {

struct CodeBody {
  std::string name;
  std::optional<std::string> channel, state, scene, page;
  std::optional<entry::CodeId> code_id;
  std::optional<bool> permanent;
  std::optional<std::int64_t> days;
};
BOOST_DESCRIBE_STRUCT(CodeBody, (), (name, channel, state, scene, page, code_id, permanent, days))
struct CodeView {
  ChannelCodeId id;
  std::string app, scene, name, channel;
  std::optional<entry::CodeId> code_id;
  std::string state, page;
  bool permanent = false;
  std::string url, picture_url;
  std::optional<Instant> expires_at, made_at;
  std::int64_t scans = 0, follows = 0;
  Instant created_at{};
  std::string error;
};
BOOST_DESCRIBE_STRUCT(CodeView, (), (id, app, scene, name, channel, code_id, state, page, permanent, url, picture_url, expires_at, made_at, scans, follows, created_at, error))
struct CodeQuery { std::optional<std::int64_t> limit; std::optional<std::string> after; };
BOOST_DESCRIBE_STRUCT(CodeQuery, (), (limit, after))
BOOST_DESCRIBE_STRUCT(Walk, (), (app, state, error, seen, started_at, ended_at))

namespace {

CodeView view_of(const ChannelCode& c) {
  auto picture = url_of_picture(c);
  if (picture.empty() && c.made_at) picture = "/v1/channels/wechat-codes/" + to_text(c.id) + "/picture";
  return {c.id, c.app, c.scene, c.name, c.channel, c.code ? std::optional(c.code) : std::nullopt, c.state, c.page, c.permanent, c.url, picture,
          c.expires_at, c.made_at, c.scans, c.follows, c.created_at, c.error};
}

Result<Answer> get_codes(Call& call) {
  TRY(const auto in, call.query<CodeQuery>());
  TRY(const int limit, http::page_limit(in.limit));
  std::int64_t before = 0;
  if (in.after) {
    TRY(const auto place, http::decode_cursor(*in.after, 1));
    before = place.front();
  }
  return call.read([app = std::string(call.path_text("app")), limit, before](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, list_channel_codes(tx, app, ChannelCodeId{before}, limit));
    http::Page<CodeView> page;
    for (const auto& row : rows) page.data.push_back(view_of(row));
    if (static_cast<int>(rows.size()) == limit) page.next = http::encode_cursor({rows.back().id.v});
    page.as_of = tx.now();
    return http::ok(page);
  });
}

Result<Answer> post_code(Call& call) {
  TRY(const auto in, call.body<CodeBody>());
  const std::string app(call.path_text("app"));
  return at_desk(call, [in, app, scope = call.scope()](Desk& desk) -> Result<Reply> {
    TRY(const auto host, desk.host(app));
    NewCode cmd{app, in.name, in.channel.value_or(""), in.code_id.value_or(entry::CodeId{}), in.state.value_or(""), in.scene.value_or(""),
                in.permanent.value_or(false), in.days.value_or(30), in.page.value_or("")};
    TRY(const auto added, desk.db().write([&](Tx& tx) { return add_code(tx, scope, host->account().kind, cmd); }));
    // One the platform would not make yet stands in the list with its error, and can be made later.
    TRY(const auto made, make_code(desk, added.id));
    return http::created(view_of(made));
  }, "wechat:" + app + ":code");
}

Result<Answer> post_make(Call& call) {
  TRY(const auto id, call.path<ChannelCodeId>("code"));
  return at_desk(call, [id](Desk& desk) -> Result<Reply> {
    TRY(const auto made, make_code(desk, id));
    return http::ok(view_of(made));
  }, to_text(id));
}

Result<Answer> get_picture(Call& call) {
  TRY(const auto id, call.path<ChannelCodeId>("code"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto code, find_channel_code(tx, id));
    TRY(auto picture, picture_of(tx, id));
    if (picture.empty()) return fail(Errc::not_found, "connect.no_code", code.error);
    const bool png = picture.starts_with("\x89PNG");
    return Reply{200, std::move(picture), png ? "image/png" : "image/jpeg", {}};
  });
}

Result<Answer> post_walk(Call& call) {
  const std::string app(call.path_text("app"));
  TRY(const auto key, seal_key(call.db()));
  call.audit_subject("wechat:" + app + ":followers");
  return call.write(shard_of(app), [app, key, &db = call.db()](Tx& tx) -> Result<Reply> {
    TRY(const auto account, find_account(tx, app, key));
    if (account.kind != "oa") return fail(Errc::conflict, "connect.channel_kind", account.kind);
    TRY(const auto walk, start_walk(tx, app));
    // It begins now, not at the desk's next look.
    tx.after_commit([&db] {
      if (const auto desk = desk_of(db)) (void)(*desk)->post([at = *desk] { walk_fans(*at); });
    });
    return http::accepted(walk);
  });
}

Result<Answer> get_walk(Call& call) {
  return call.read([app = std::string(call.path_text("app"))](Tx& tx) -> Result<Reply> {
    TRY(const auto walk, find_walk(tx, app));
    if (!walk) return fail(Errc::not_found, "connect.no_walk", app);
    return http::ok(*walk);
  });
}

using http::None;
constexpr Route kRoutes[] = {
    http::route<CodeQuery, None, http::Page<CodeView>>("GET", "/v1/channels/wechat/{app}/codes", "channel.read", get_codes, "带参数二维码与小程序码", "Parametric codes of a channel"),
    http::route<None, CodeBody, CodeView>("POST", "/v1/channels/wechat/{app}/codes", "channel.send", post_code, "新建带参数二维码或小程序码", "Make a parametric code"),
    http::route<None, None, CodeView>("POST", "/v1/channels/wechat-codes/{code}/make", "channel.send", post_make, "再次向平台申请这个码", "Ask the platform for a code again"),
    http::of_media(http::route<None, None, None>("GET", "/v1/channels/wechat-codes/{code}/picture", "channel.read", get_picture, "小程序码图片", "Picture of a mini program's code"), "image/png"),
    http::route<None, None, Walk>("POST", "/v1/channels/wechat/{app}/followers/sync", "channel.write", post_walk, "同步全部粉丝与 unionid", "Go through all followers and their unionid"),
    http::route<None, None, Walk>("GET", "/v1/channels/wechat/{app}/followers/sync", "channel.read", get_walk, "粉丝同步进度", "How far the followers are gone through"),
};

}  // namespace

std::span<const Route> fan_routes() { return kRoutes; }

}  // namespace koi::connect::wechat
