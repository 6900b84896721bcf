#include "http/wire.h"
#include "store/trail.h"
#include "team/api.h"
#include "team/setup.h"

namespace koi::team {

struct StatusReply {
  bool needed = false;
  std::string merchant, zone;
};
BOOST_DESCRIBE_STRUCT(StatusReply, (), (needed, merchant, zone))
struct SetupBody {
  std::string token, login, password;
  std::optional<std::string> display_name;
  std::string merchant, zone, industry;
};
BOOST_DESCRIBE_STRUCT(SetupBody, (), (token, login, password, display_name, merchant, zone, industry))
struct InviteBody {
  std::string token, password;
};
BOOST_DESCRIBE_STRUCT(InviteBody, (), (token, password))

namespace {

Result<Answer> get_status(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    StatusReply out;
    TRY(out.needed, needs_setup(tx));
    TRY(auto merchant, store::setting(tx, "merchant.name"));
    TRY(auto zone, store::setting(tx, "merchant.zone"));
    out.merchant = merchant.value_or("");
    out.zone = zone.value_or("");
    return http::ok(out);
  });
}

/// The link is looked at before a hash is spent on it.
Result<> check_link(Tx& tx, std::string_view token, std::string_view purpose) {
  TRY(const auto link, find_link(tx, token));
  if (!link || link->purpose != purpose) return fail(Errc::unauthenticated, "auth.bad_link");
  return {};
}

/// Signs the new user in on the browser that held the link.
Result<Reply> welcome(Tx& tx, UserId user, const http::Request& request, bool secure) {
  TRY(const auto opened, open_session(tx, {user, request.remote, request.header("user-agent"), {}, false}));
  TRY(const auto session, find_session(tx, opened.token));
  if (!session) return fail(Errc::unauthenticated, "auth.session_ended");
  TRY(const auto me, me_of(tx, *session));
  auto reply = http::ok(me);
  give_cookies(reply, secure, opened);
  return reply;
}

/// What a link leads to: hash the password, then let `use` make the user of it.
Result<Answer> take_up(Call& call, std::string token, std::string_view purpose, std::string password,
                       std::function<Result<UserId>(Tx&, const std::string& hash)> use) {
  TRY(const auto desk, desk_of(call.db()));
  auto hash = std::make_shared<std::string>();
  auto work = std::make_shared<SlowWork>();
  work->before = [token, purpose](Tx& tx) { return check_link(tx, token, purpose); };
  work->slow = [hash, password = std::move(password)]() -> Result<> {
    *hash = hash_password(password);
    return {};
  };
  work->after = [hash, purpose, use = std::move(use), request = call.request(),
                 secure = desk->options.secure_cookies](Tx& tx) -> Result<Reply> {
    TRY(const auto user, use(tx, *hash));
    TRY(const auto who, find_user(tx, user));
    TRY(note(tx, {"user", user.v, who.display_name}, purpose == "admin" ? "team.setup" : "team.joined", to_text(user),
             request.request_id));
    return welcome(tx, user, request, secure);
  };
  return run_slowly(call, *desk, std::move(work));
}

Result<Answer> post_setup(Call& call) {
  TRY(const auto body, call.body<SetupBody>());
  CompleteSetup setup{body.token, body.login,   body.display_name.value_or(""), {}, body.merchant,
                      body.zone,  body.industry};
  TRY(check_setup(setup));
  const std::string own[] = {body.login, body.merchant};
  TRY(check_password(body.password, own));
  return take_up(call, body.token, "admin", body.password, [setup](Tx& tx, const std::string& hash) {
    auto complete = setup;
    complete.password_hash = hash;
    return complete_setup(tx, complete);
  });
}

Result<Answer> post_accept(Call& call) {
  TRY(const auto body, call.body<InviteBody>());
  TRY(check_password(body.password));
  return take_up(call, body.token, "member", body.password,
                 [token = body.token](Tx& tx, const std::string& hash) { return accept_invite(tx, token, hash); });
}

using http::kNoAudit, http::kNoCsrf, http::kPublic, http::None, http::route;
constexpr Route kSetupRoutes[] = {
    route<None, None, StatusReply>("GET", "/v1/setup/status", "", get_status, "是否需要初始化", "Is a first run needed",
                                   kPublic),
    route<None, SetupBody, Me>("POST", "/v1/setup", "", post_setup, "首次初始化", "First run",
                               kPublic | kNoCsrf | kNoAudit),
    route<None, InviteBody, Me>("POST", "/v1/invites/accept", "", post_accept, "接受邀请并设置密码",
                                "Take up an invitation", kPublic | kNoCsrf | kNoAudit),
};

}  // namespace

std::span<const Route> setup_routes() { return kSetupRoutes; }

}  // namespace koi::team
