// The doors a customer's page or mini program comes to: nobody is signed in here.
#include "base/crypto.h"
#include "base/text.h"
#include "connect/seal_key.h"
#include "connect/wechat/account.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/login.h"
#include "entry/visit.h"
#include "http/wire.h"

namespace koi::connect::wechat {

struct MiniLoginBody { std::string code; std::optional<std::string> scene; };
BOOST_DESCRIBE_STRUCT(MiniLoginBody, (), (code, scene))
struct MiniLoginView { std::string token; std::int64_t days = kMiniSessionDays; bool unionid = false; };
BOOST_DESCRIBE_STRUCT(MiniLoginView, (), (token, days, unionid))
struct MiniPhoneBody { std::string token, code; };
BOOST_DESCRIBE_STRUCT(MiniPhoneBody, (), (token, code))
struct MiniPhoneView { std::string phone; };
BOOST_DESCRIBE_STRUCT(MiniPhoneView, (), (phone))
struct MiniTokenBody { std::string token; };
BOOST_DESCRIBE_STRUCT(MiniTokenBody, (), (token))
struct MiniAliveView { bool alive = false; };
BOOST_DESCRIBE_STRUCT(MiniAliveView, (), (alive))
struct LinkBody { std::string kind, page; std::optional<std::string> query, title; std::optional<std::int64_t> days; };
BOOST_DESCRIBE_STRUCT(LinkBody, (), (kind, page, query, title, days))
struct LinkView { std::string url; };
BOOST_DESCRIBE_STRUCT(LinkView, (), (url))

namespace {

constexpr std::string_view kCookie = "koi_wx";

std::string cookie(const http::Request& request) {
  const auto all = request.header("cookie");
  for (const auto part : split_text(all, ';')) {
    const auto one = trim(part);
    if (one.starts_with(kCookie) && one.substr(kCookie.size()).starts_with("=")) return std::string(one.substr(kCookie.size() + 1));
  }
  return {};
}

Reply redirect(std::string to, std::string set_cookie = {}) {
  Reply out{302, {}, "text/plain; charset=utf-8", {{"Location", std::move(to)}, {"Cache-Control", "no-store"}}};
  if (!set_cookie.empty()) out.headers.emplace_back("Set-Cookie", std::move(set_cookie));
  return out;
}

/// GET /wechat/{app}/login?back=/path: off to the platform.
Result<Answer> get_login(Call& call) {
  const auto& request = call.request();
  const std::string app(call.path_text("app"));
  TRY(const auto key, seal_key(call.db()));
  auto browser = cookie(request);
  const bool fresh = browser.size() < 20;
  if (fresh) browser = base64url(random_bytes(24));
  StartLogin cmd{app, browser, request.query_value("back"), entry::visitor_of(request), entry::site_of(request) + "/wechat/" + app + "/back", request.query_value("scope") == "profile"};
  return call.write(shard_of(app), [app, key, cmd, fresh](Tx& tx) -> Result<Reply> {
    TRY(const auto account, find_account(tx, app, key));
    if (account.kind != "oa") return fail(Errc::conflict, "connect.channel_kind", account.kind);
    TRY(auto url, start_login(tx, cmd));
    return redirect(std::move(url), fresh ? std::string(kCookie) + "=" + cmd.browser + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400" : std::string());
  });
}

/// GET /wechat/{app}/back?code=&state=: back from the platform, on to where the page wanted to go.
Result<Answer> get_back(Call& call) {
  const auto& request = call.request();
  const auto browser = cookie(request), state = request.query_value("state"), code = request.query_value("code");
  if (browser.empty() || state.empty()) return fail(Errc::unauthenticated, "connect.login_state");
  return at_desk(call, [app = std::string(call.path_text("app")), browser, state, code](Desk& desk) -> Result<Reply> {
    // Taken before the code is used: a state that was used is gone whatever comes of it.
    TRY(const auto login, desk.db().write([&](Tx& tx) { return take_login(tx, state, browser); }));
    if (login.app != app) return fail(Errc::unauthenticated, "connect.login_state");
    // The visitor may say no; the page is shown all the same.
    if (code.empty()) return redirect(login.back);
    TRY(const auto came, finish_login(desk, login, code, browser));
    if (came.ticket.empty()) return redirect(login.back);
    return redirect(login.back + (login.back.contains('?') ? "&wx=" : "?wx=") + came.ticket);
  });
}

Result<Answer> post_mini_login(Call& call) {
  TRY(const auto in, call.body<MiniLoginBody>());
  return at_desk(call, [app = std::string(call.path_text("app")), in](Desk& desk) -> Result<Reply> {
    TRY(const auto made, mini_login(desk, app, in.code, in.scene.value_or("")));
    return http::ok(MiniLoginView{made.token, kMiniSessionDays, made.unionid});
  });
}

Result<Answer> post_mini_phone(Call& call) {
  TRY(const auto in, call.body<MiniPhoneBody>());
  return at_desk(call, [app = std::string(call.path_text("app")), in](Desk& desk) -> Result<Reply> {
    TRY(const auto found, mini_phone(desk, app, in.token, in.code));
    return http::ok(MiniPhoneView{found.phone});
  });
}

Result<Answer> post_mini_check(Call& call) {
  TRY(const auto in, call.body<MiniTokenBody>());
  return at_desk(call, [app = std::string(call.path_text("app")), in](Desk& desk) -> Result<Reply> {
    TRY(const bool alive, mini_check(desk, app, in.token));
    return http::ok(MiniAliveView{alive});
  });
}

Result<Answer> post_link(Call& call) {
  TRY(const auto in, call.body<LinkBody>());
  const std::string app(call.path_text("app"));
  return at_desk(call, [app, in](Desk& desk) -> Result<Reply> {
    TRY(auto url, mini_link(desk, app, {in.kind, in.page, in.query.value_or(""), in.title.value_or(""), in.days.value_or(30)}));
    return http::created(LinkView{std::move(url)});
  }, "wechat:" + app + ":link");
}

using http::None;
constexpr unsigned kDoor = http::kPublic | http::kNoCsrf | http::kNoAudit;
constexpr Route kRoutes[] = {
    {"GET", "/wechat/{app}/login", "", get_login, "微信网页授权", "Sign-in of a page inside WeChat", nullptr, nullptr, nullptr, http::kPublic, "text/plain"},
    {"GET", "/wechat/{app}/back", "", get_back, "微信网页授权返回", "Back from the platform's sign-in", nullptr, nullptr, nullptr, http::kPublic, "text/plain"},
    http::route<None, MiniLoginBody, MiniLoginView>("POST", "/mini/{app}/login", "", post_mini_login, "小程序登录", "Sign-in of a mini program's user", kDoor),
    http::route<None, MiniPhoneBody, MiniPhoneView>("POST", "/mini/{app}/phone", "", post_mini_phone, "小程序获取手机号", "The phone of a mini program's user", kDoor),
    http::route<None, MiniTokenBody, MiniAliveView>("POST", "/mini/{app}/check", "", post_mini_check, "小程序登录态是否有效", "Whether a mini program's session still holds", kDoor),
    http::route<None, LinkBody, LinkView>("POST", "/v1/channels/wechat/{app}/links", "channel.send", post_link, "生成小程序链接", "Make a link into a mini program"),
};

}  // namespace

std::span<const Route> login_routes() { return kRoutes; }

}  // namespace koi::connect::wechat
