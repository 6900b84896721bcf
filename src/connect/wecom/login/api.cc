// The door staff come in by with WeCom: off to the platform, back with a code, and the setting of a corp.
#include <fmt/format.h>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/seal_key.h"
#include "connect/wecom/desk.h"
#include "connect/wecom/login/login.h"
#include "connect/wecom/sync.h"
#include "entry/shell.h"
#include "entry/visit.h"
#include "http/wire.h"
#include "team/desk.h"
#include "team/vouched.h"

namespace koi::connect::wecom {

struct LoginWayOut { std::string corp_id, name, url; };
BOOST_DESCRIBE_STRUCT(LoginWayOut, (), (corp_id, name, url))
struct LoginWayList { std::vector<LoginWayOut> data; };
BOOST_DESCRIBE_STRUCT(LoginWayList, (), (data))
struct StaffLoginBody { bool enabled = false; };
BOOST_DESCRIBE_STRUCT(StaffLoginBody, (), (enabled))
/// `domain` is what the platform must be told: trusted domain of the app, and callback domain of its web login.
struct StaffLoginOut { bool enabled = false; std::int64_t ver = 0; std::string url, domain; };
BOOST_DESCRIBE_STRUCT(StaffLoginOut, (), (enabled, ver, url, domain))

namespace {

constexpr std::size_t kBrowserBytes = 24, kBrowserLeast = 20, kCodeMax = 512;
constexpr std::string_view kClient = "wxwork";  // in the user agent of WeCom's browser

std::string_view browser_cookie(bool secure) { return secure ? "__Host-koipond_wecom" : "koipond_wecom"; }
bool secure_site(const http::Request& request) { return entry::site_of(request).starts_with("https://"); }

Reply away(std::string to) { return {302, {}, "text/plain; charset=utf-8", {{"Location", std::move(to)}, {"Cache-Control", "no-store"}}}; }

std::string door_of(std::string_view corp) { return "/wecom/" + std::string(corp) + "/login"; }

/// "host:port" of an address.
std::string host_of(std::string_view url) {
  const auto at = url.find("://");
  return at == url.npos ? std::string() : std::string(url.substr(at + 3, url.find('/', at + 3) - at - 3));
}

/// Why somebody stays outside, and what to do about it, for whoever looks at it in a browser; a problem for a program.
class Outside {
 public:
  explicit Outside(const http::Request& request, std::string corp)
      : english_(request.language() == "en"), page_(request.header("accept").contains("text/html")), corp_(std::move(corp)) {}

  Result<Reply> say(Error error) const {
    if (!page_) return std::unexpected(std::move(error));
    entry::Page page;
    page.language = english_ ? "en" : "zh-CN";
    page.title = english_ ? "WeCom sign-in" : "企业微信登录";
    page.status = http::status_of(error.kind);
    const auto again = error.code == "connect.login_unlinked" || error.code == "auth.disabled" ? std::string("/login") : door_of(corp_);
    page.body = fmt::format("<div class=\"card center\"><h1>{}</h1><p class=\"lead\">{}</p>{}<p><a class=\"button\" href=\"{}\">{}</a></p>{}</div>", entry::html(page.title),
                            entry::html(http::problem_title(error, page.language)), who(error), entry::html(again), word(again == "/login" ? kBack : kAgain),
                            again == "/login" ? std::string() : fmt::format("<p class=\"small\"><a href=\"/login\">{}</a></p>", word(kBack)));
    return entry::page_reply(page);
  }

 private:
  struct Word { std::string_view en, zh; };
  static constexpr Word kBack{"Sign in with a password", "用账号密码登录"}, kAgain{"Try again", "重新登录"};
  std::string_view word(const Word& w) const { return english_ ? w.en : w.zh; }
  /// The userid, so that it can be told to an administrator.
  std::string who(const Error& error) const {
    if (error.code != "connect.login_unlinked") return {};
    return fmt::format("<p>{} <span class=\"code\">{}</span></p>", english_ ? "Your userid:" : "您的企业微信账号：", entry::html(error.detail));
  }
  bool english_, page_;
  std::string corp_;
};

/// GET /wecom/{corp}/login?to=/path: off to the platform.
Result<Answer> get_login(Call& call) {
  const auto& request = call.request();
  const std::string id(call.path_text("corp"));
  TRY(const auto key, seal_key(call.db()));
  const bool secure = secure_site(request);
  auto browser = team::cookie(request, browser_cookie(secure));
  const bool fresh = browser.size() < kBrowserLeast;
  if (fresh) browser = base64url(random_bytes(kBrowserBytes));
  const auto to = request.query_value("to");
  StartLogin cmd{browser, to.empty() ? "/" : to, entry::site_of(request) + "/wecom/" + id + "/back", std::string(request.language()), request.header("user-agent").contains(kClient)};
  const Outside outside(request, id);
  return call.write(shard_of_corp(id), [=](Tx& tx) -> Result<Reply> {
    const auto corp = find_corp(tx, id, key);
    auto url = corp ? start_login(tx, *corp, cmd) : Result<std::string>(std::unexpected(corp.error()));
    if (!url) return outside.say(url.error());
    auto reply = away(std::move(*url));
    if (fresh)
      reply.headers.emplace_back("Set-Cookie", std::string(browser_cookie(secure)) + "=" + cmd.browser + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400" + (secure ? "; Secure" : ""));
    return reply;
  });
}

/// Somebody on their way back, between the steps.
struct Coming {
  Db& db;
  std::string corp, code, state, browser, back, userid;
  team::Browser from;
  team::Claim claim;
  Outside outside;
  http::Finish finish;

  void refuse(Error error) const { finish(outside.say(std::move(error))); }
};
using ComingPtr = std::shared_ptr<Coming>;

/// Whoever guesses at this door fills the bucket of their address, as at the other one.
Result<> claim(Tx& tx, Coming& c) {
  TRY(c.claim, team::claim_attempt(tx, {"wecom of " + c.browser, c.from.ip, {}}));
  return {};
}

/// The platform said who it is. A refusal is a value: its audit row stays.
Result<std::expected<team::LetIn, Error>> let_in(Tx& tx, const Coming& c) {
  const auto setting = login_setting(tx, c.corp);  // it may have been switched off meanwhile
  if (setting && !setting->enabled) return fail(Errc::conflict, "connect.login_off", c.corp);
  TRY(const auto staff, linked_staff(tx, c.corp, c.userid));
  TRY(auto in, team::sign_in_vouched(tx, {staff.value_or(StaffId{}), "wecom:" + c.corp, c.from}));
  if (in || in.error().code == "auth.no_account") TRY(team::honour_claim(tx, c.claim));
  if (!in && in.error().code == "auth.no_account") in = std::unexpected(Error{Errc::forbidden, "connect.login_unlinked", c.userid, {}, {}});
  return in;
}

void came(const ComingPtr& c, const Result<boost::json::object>& reply) {
  auto userid = userid_of(reply);
  if (!userid) {
    const auto kind = userid.error().kind;
    if (kind != Errc::unavailable && kind != Errc::throttled) return c->refuse(std::move(userid).error());
    // Nobody's fault, so it is no attempt.
    auto freed = c->db.writer().submit(team::kSignInShard, [c](Tx& tx) { return team::honour_claim(tx, c->claim); }, [c, why = userid.error()](Result<>) { c->refuse(why); });
    if (!freed) c->refuse(std::move(freed).error());
    return;
  }
  c->userid = std::move(*userid);
  auto in = std::make_shared<std::optional<std::expected<team::LetIn, Error>>>();
  auto queued = c->db.writer().submit(
      team::kSignInShard,
      [c, in](Tx& tx) -> Result<> {
        TRY(*in, let_in(tx, *c));
        return {};
      },
      [c, in](Result<> done) {
        if (!done) return c->refuse(std::move(done).error());
        if (!**in) return c->refuse((*in)->error());
        const auto& open = ***in;
        // Through the login page, whose router knows the console's own pages and nothing else.
        auto page = away("/login?" + std::string(open.session ? "by" : "code") + "=wecom&to=" + entry::percent_encoded(c->back));
        if (auto given = team::give_way(c->db, page, open); !given) return c->refuse(std::move(given).error());
        c->finish(std::move(page));
      });
  if (!queued) c->refuse(std::move(queued).error());
}

/// GET /wecom/{corp}/back?code=&state=: back from the platform.
Result<Answer> get_back(Call& call) {
  const auto& request = call.request();
  const std::string id(call.path_text("corp"));
  const Outside outside(request, id);
  auto from = team::browser_of(call.db(), request);
  if (!from) return std::unexpected(from.error());
  const auto code = request.query_value("code"), state = request.query_value("state");
  auto c = std::make_shared<Coming>(Coming{call.db(), id, code, state, team::cookie(request, browser_cookie(secure_site(request))), {}, {}, std::move(*from), {}, outside, call.later()});
  if (c->browser.empty() || state.empty() || code.empty() || code.size() > kCodeMax) {
    const bool ours = !c->browser.empty() && !state.empty();
    c->refuse({ours ? Errc::invalid : Errc::unauthenticated, ours ? "connect.login_code" : "connect.login_state", {}, {}, {}});
    return Answer::Later{};
  }
  const auto at = at_desk(call.db(), [c](const std::string&) {
    // Taken before the code is used: a state that was used is gone whatever comes of it. What was claimed stays claimed.
    auto claimed = c->db.write([&](Tx& tx) { return claim(tx, *c); }, team::kSignInShard);
    if (!claimed) return c->refuse(std::move(claimed).error());
    auto back = c->db.write([&](Tx& tx) { return take_login(tx, c->corp, c->state, c->browser); }, team::kSignInShard);
    if (!back) return c->refuse(std::move(back).error());
    c->back = std::move(*back);
    const auto platform = platform_of(c->db, c->corp);
    if (!platform) return c->refuse(platform.error());
    (*platform)->send("GET", "auth/getuserinfo", {{"code", c->code}}, {}, [c](Result<boost::json::object> reply) { came(c, reply); });
  });
  if (!at) c->refuse(at.error());
  return Answer::Later{};
}

Result<Answer> get_ways(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(const auto ways, login_ways(tx));
    LoginWayList out;
    for (const auto& w : ways) out.data.push_back({w.corp_id, w.name, door_of(w.corp_id)});
    return http::ok(out);
  });
}

StaffLoginOut shown(const LoginSetting& s, const std::string& corp, const std::string& site) { return {s.enabled, s.ver, site + door_of(corp), host_of(site)}; }

Result<Answer> get_setting(Call& call) {
  return call.read([corp = std::string(call.path_text("corp")), site = entry::site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(const auto s, login_setting(tx, corp));
    return http::with_etag(http::ok(shown(s, corp, site)), s.ver);
  });
}

Result<Answer> put_setting(Call& call) {
  TRY(const auto body, call.body<StaffLoginBody>());
  const std::string corp(call.path_text("corp"));
  call.audit_subject("wecom:" + corp, body.enabled ? R"({"login":true})" : R"({"login":false})");
  return call.write(shard_of_corp(corp), [&call, corp, body](Tx& tx) -> Result<Reply> {
    TRY(const auto before, login_setting(tx, corp));
    TRY(http::check_match(call, before.ver));
    TRY(const auto s, put_login(tx, corp, body.enabled));
    return http::with_etag(http::ok(shown(s, corp, entry::site_of(call.request()))), s.ver);
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<None, None, LoginWayList>("GET", "/v1/login/ways", "", get_ways, "可用的登录方式", "Ways to sign in beside a password", http::kPublic),
    {"GET", "/wecom/{corp}/login", "", get_login, "企业微信登录", "Sign-in of staff by WeCom", nullptr, nullptr, nullptr, http::kPublic, "text/html"},
    {"GET", "/wecom/{corp}/back", "", get_back, "企业微信登录返回", "Back from WeCom's sign-in", nullptr, nullptr, nullptr, http::kPublic, "text/html"},
    route<None, None, StaffLoginOut>("GET", "/v1/channels/wecom/{corp}/login", "channel.read", get_setting, "企业微信登录设置", "Whether staff may sign in by WeCom"),
    route<None, StaffLoginBody, StaffLoginOut>("PUT", "/v1/channels/wecom/{corp}/login", "channel.write", put_setting, "开启或关闭企业微信登录", "Let staff sign in by WeCom, or not"),
};

}  // namespace

std::span<const Route> login_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
