#include <algorithm>

#include "http/wire.h"
#include "store/rows.h"
#include "store/trail.h"
#include "team/api.h"
#include "team/second_factor.h"
#include "team/sign_in.h"
#include "team/vouched.h"

namespace koi::team {

struct SessionOut {
  SessionId id;
  Instant created_at, last_seen_at;
  std::string ip, ua;
  bool strong = false, current = false;
};
BOOST_DESCRIBE_STRUCT(SessionOut, (), (id, created_at, last_seen_at, ip, ua, strong, current))
using SessionPage = http::Page<SessionOut>;

struct LoginBody {
  std::string login, password;
  std::optional<std::string> code;
};
BOOST_DESCRIBE_STRUCT(LoginBody, (), (login, password, code))
struct PasswordBody {
  std::string password, new_password;
};
BOOST_DESCRIBE_STRUCT(PasswordBody, (), (password, new_password))
struct CodeBody {
  std::string code;
};
BOOST_DESCRIBE_STRUCT(CodeBody, (), (code))
struct EnrolReply {
  std::string secret, uri;
};
BOOST_DESCRIBE_STRUCT(EnrolReply, (), (secret, uri))
struct RecoveryReply {
  std::vector<std::string> recovery_codes;
};
BOOST_DESCRIBE_STRUCT(RecoveryReply, (), (recovery_codes))

namespace {

constexpr std::size_t kPasswordBytesMax = 1024;  // what a hash is asked for at most

struct MenuLine {
  std::string_view page, permission;
};
constexpr MenuLine kMenu[] = {
    {"home", "insight.read"},      {"people", "person.read"},
    {"tags", "tag.read"},          {"attributes", "attribute.read"},
    {"stages", "stage.read"},      {"identity", "person.merge"},
    {"imports", "import.read"},    {"orders", "order.read"},
    {"triangle", "insight.read"},  {"rfm", "insight.read"},
    {"retention", "insight.read"}, {"ledger", "ledger.read"},
    {"handover", "handover.read"},
    {"org", "org.read"},           {"members", "member.read"},
    {"sources", "source.read"},    {"keys", "key.read"},
    {"events", "schema.read"},     {"audit", "audit.read"},
    {"settings", "settings.read"},
};

struct UnitName {
  UnitId id;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(UnitName, (), (id, name))
constexpr std::string_view kUnitOf =
    "SELECT u.id, u.name FROM staff f JOIN org_unit u ON u.id = f.unit_id WHERE f.id = $1";

void fill_rights(Me& me, const Permissions& may) {
  me.permissions.assign(may.begin(), may.end());
  for (const auto& line : kMenu) {
    if (may.contains(line.permission)) me.menu.emplace_back(line.page);
  }
}

/// The live session of this very request.
Result<LiveSession> this_session(Tx& tx, const std::string& token) {
  TRY(auto session, find_session(tx, token));
  if (!session) return fail(Errc::unauthenticated, "auth.session_ended");
  return *session;
}

Result<std::string> session_token(Call& call) {
  TRY(caller_user(call));
  TRY(const auto desk, desk_of(call.db()));
  return cookie(call.request(), session_cookie(desk->options.secure_cookies));
}

/// Somebody at an unlocked screen guesses as at the door: the same throttle, in a bucket of the member's own.
AttemptFrom own_bucket(std::string_view what, UserId user, const Call& call) {
  return {std::string(what) + " of " + to_text(user), call.request().remote, to_text(user)};
}

Result<Answer> post_login(Call& call) {
  TRY(auto body, call.body<LoginBody>());
  if (body.password.size() > kPasswordBytesMax) body.password.clear();  // fits nobody, and costs one short hash
  TRY(const auto desk, desk_of(call.db()));
  const auto& request = call.request();
  const bool secure = desk->options.secure_cookies;
  struct State {
    SignIn from;
    Asked asked;
    Shown shown;
    std::string password;
  };
  auto state = std::make_shared<State>();
  state->from = {body.login, request.remote, request.header("user-agent"), cookie(request, device_cookie(secure))};
  state->shown = {false, body.code.value_or(""), cookie(request, session_cookie(secure))};
  state->password = std::move(body.password);

  auto work = std::make_shared<SlowWork>();
  work->before = [state](Tx& tx) -> Result<> {
    TRY(state->asked, ask(tx, state->from));
    return {};
  };
  work->slow = [state]() -> Result<> {
    const auto& hash = state->asked.password_hash.empty() ? dummy_hash() : state->asked.password_hash;
    state->shown.password_fits = verify_password(hash, state->password) && state->asked.user;
    return {};
  };
  work->after = [state, secure, key = desk->options.secret_key, w = work.get()](Tx& tx) -> Result<Reply> {
    TRY(auto decision, decide(tx, state->from, state->asked, state->shown, key));
    if (!decision) {
      w->refusal = std::move(decision).error();
      return Reply{};
    }
    TRY(const auto session, this_session(tx, decision->token));
    TRY(const auto me, me_of(tx, session));
    auto reply = http::ok(me);
    give_cookies(reply, secure, *decision);
    return reply;
  };
  return run_slowly(call, *desk, std::move(work));
}

/// The second half of a sign-in by a platform's word. Through the throttle, as after a password.
Result<Answer> post_login_code(Call& call) {
  TRY(const auto body, call.body<CodeBody>());
  TRY(const auto desk, desk_of(call.db()));
  TRY(auto from, browser_of(call.db(), call.request()));
  const bool secure = desk->options.secure_cookies;
  struct State {
    Browser from;
    std::string ticket, code;
    Claim claim;
  };
  auto state = std::make_shared<State>(State{std::move(from), cookie(call.request(), ticket_cookie(secure)), body.code, {}});
  auto work = std::make_shared<SlowWork>();
  work->before = [state](Tx& tx) -> Result<> {
    TRY(const auto who, waiting_for(tx, state->ticket));
    if (!who) return fail(Errc::unauthenticated, "auth.session_ended");
    TRY(const bool known, knows_device(tx, who->user, state->from.device));
    TRY(state->claim, claim_attempt(tx, {who->login, state->from.ip, known ? state->from.device : std::string()}));
    return {};
  };
  work->slow = []() -> Result<> { return {}; };
  work->after = [state, secure, key = desk->options.secret_key, w = work.get()](Tx& tx) -> Result<Reply> {
    TRY(const auto who, waiting_for(tx, state->ticket));
    if (!who) return fail(Errc::unauthenticated, "auth.session_ended");
    TRY(const bool good, take_code(tx, who->user, state->code, key));
    if (!good) {
      TRY(store::audit(tx, {{"user", who->user.v, {}}, "auth.refused", to_text(who->user), "{}", {}}));
      w->refusal = Error{Errc::unauthenticated, "auth.totp_wrong", {}, "/code", {}};
      return Reply{};
    }
    TRY(honour_claim(tx, state->claim));
    TRY(const auto opened, finish_vouched(tx, state->ticket, state->from));
    TRY(const auto session, this_session(tx, opened.token));
    TRY(const auto me, me_of(tx, session));
    auto reply = http::ok(me);
    give_cookies(reply, secure, opened);
    give_ticket(reply, secure, {});
    return reply;
  };
  return run_slowly(call, *desk, std::move(work));
}

Result<Answer> post_logout(Call& call) {
  TRY(const auto token, session_token(call));
  TRY(const auto desk, desk_of(call.db()));
  return call.write(ShardKey{}, [token, secure = desk->options.secure_cookies](Tx& tx) -> Result<Reply> {
    TRY(const auto session, this_session(tx, token));
    TRY(end_session(tx, session.id));
    auto reply = http::no_content();
    take_cookie(reply, secure);
    return reply;
  });
}

Result<Answer> get_me(Call& call) {
  const auto& actor = call.actor();
  if (actor.kind != http::Actor::Kind::user) {
    Me me;
    me.kind = "key";
    me.name = actor.name;
    me.strong = true;
    me.reach = "all";
    fill_rights(me, actor.permissions);
    return Answer(http::ok(me));
  }
  TRY(const auto token, session_token(call));
  return call.read([token](Tx& tx) -> Result<Reply> {
    TRY(const auto session, this_session(tx, token));
    TRY(const auto me, me_of(tx, session));
    return http::ok(me);
  });
}

Result<Answer> post_password(Call& call) {
  TRY(const auto body, call.body<PasswordBody>());
  TRY(const auto token, session_token(call));
  TRY(const auto user, caller_user(call));
  const std::string own[] = {call.actor().name};
  if (auto good = check_password(body.new_password, own); !good) {
    good.error().pointer = "/new_password";
    return std::unexpected(good.error());
  }
  TRY(const auto desk, desk_of(call.db()));
  struct State {
    AttemptFrom from;
    Claim claim;
    std::string old_hash, new_hash;
    bool fits = false;
  };
  auto state = std::make_shared<State>();
  state->from = own_bucket("password", user, call);

  auto work = std::make_shared<SlowWork>();
  work->before = [state, user](Tx& tx) -> Result<> {
    TRY(state->claim, claim_attempt(tx, state->from));
    TRY(state->old_hash, password_hash_of(tx, user));
    return {};
  };
  work->slow = [state, body]() -> Result<> {
    state->fits = body.password.size() <= kPasswordBytesMax && verify_password(state->old_hash, body.password);
    if (state->fits) state->new_hash = hash_password(body.new_password);
    return {};
  };
  work->after = [state, user, token, author = call.actor().author(), id = call.request().request_id,
                 w = work.get()](Tx& tx) -> Result<Reply> {
    TRY(const auto still, password_hash_of(tx, user));
    if (!state->fits || still != state->old_hash) {
      w->refusal = Error{Errc::invalid, "auth.bad_password", {}, "/password", {}};
      return Reply{};
    }
    TRY(honour_claim(tx, state->claim));
    TRY(const auto session, this_session(tx, token));
    TRY(set_password(tx, user, state->new_hash, session.id.v));
    TRY(note(tx, author, "auth.password", to_text(user), id));
    return http::no_content();
  };
  return run_slowly(call, *desk, std::move(work));
}

Result<Answer> post_totp(Call& call) {
  TRY(const auto user, caller_user(call));
  TRY(const auto desk, desk_of(call.db()));
  return call.write(user, [user, key = desk->options.secret_key](Tx& tx) -> Result<Reply> {
    TRY(const auto made, enrol_totp(tx, user, key));
    return http::ok(EnrolReply{made.secret, made.uri});
  });
}

Result<Answer> post_totp_confirm(Call& call) {
  TRY(const auto body, call.body<CodeBody>());
  TRY(const auto user, caller_user(call));
  TRY(const auto token, session_token(call));
  TRY(const auto desk, desk_of(call.db()));
  return call.write(user, [=, key = desk->options.secret_key](Tx& tx) -> Result<Reply> {
    TRY(const auto codes, confirm_totp(tx, user, body.code, key));
    TRY(const auto session, this_session(tx, token));
    TRY(strengthen_session(tx, session.id));
    return http::ok(RecoveryReply{codes});
  });
}

/// Through the throttle, so that a stolen session cannot try a million codes.
Result<Answer> post_totp_disable(Call& call) {
  TRY(const auto body, call.body<CodeBody>());
  TRY(const auto user, caller_user(call));
  TRY(const auto desk, desk_of(call.db()));
  auto claim = std::make_shared<Claim>();
  auto work = std::make_shared<SlowWork>();
  work->before = [claim, from = own_bucket("code", user, call)](Tx& tx) -> Result<> {
    TRY(*claim, claim_attempt(tx, from));
    return {};
  };
  work->slow = []() -> Result<> { return {}; };
  work->after = [=, key = desk->options.secret_key, author = call.actor().author(), id = call.request().request_id,
                 w = work.get()](Tx& tx) -> Result<Reply> {
    TRY(const bool good, take_code(tx, user, body.code, key));
    if (!good) {
      w->refusal = Error{Errc::invalid, "auth.totp_wrong", {}, "/code", {}};
      return Reply{};
    }
    TRY(honour_claim(tx, *claim));
    TRY(reset_totp(tx, user));
    TRY(note(tx, author, "auth.totp_off", to_text(user), id));
    return http::no_content();
  };
  return run_slowly(call, *desk, std::move(work));
}

Result<Answer> get_my_sessions(Call& call) {
  TRY(const auto user, caller_user(call));
  TRY(const auto token, session_token(call));
  return call.read([=](Tx& tx) -> Result<Reply> {
    TRY(const auto mine, this_session(tx, token));
    TRY(const auto rows, sessions_of(tx, user));
    SessionPage page{{}, {}, tx.now()};
    for (const auto& s : rows) {
      page.data.push_back({s.id, s.created_at, s.last_seen_at, s.ip, s.ua, s.strong, s.id == mine.id});
    }
    return http::ok(page);
  });
}

Result<Answer> delete_my_session(Call& call) {
  TRY(const auto user, caller_user(call));
  TRY(const auto id, call.path<SessionId>("session"));
  return call.write(user, [=](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, sessions_of(tx, user));
    if (std::ranges::find(rows, id, &SessionRow::id) == rows.end()) return fail(Errc::not_found, "auth.no_session");
    TRY(end_session(tx, id));
    return http::no_content();
  });
}

using http::kLogin, http::kNoAudit, http::kNoCsrf, http::kPublic, http::kSecret, http::None, http::route;
constexpr Route kAccountRoutes[] = {
    route<None, LoginBody, Me>("POST", "/v1/login", "", post_login, "登录", "Sign in", kPublic | kNoCsrf | kNoAudit),
    route<None, CodeBody, Me>("POST", "/v1/login/code", "", post_login_code, "平台登录后输入动态口令", "Second factor after a platform's word",
                              kPublic | kNoCsrf | kNoAudit),
    route<None, None, None>("POST", "/v1/logout", "", post_logout, "退出登录", "Sign out", kLogin),
    route<None, None, Me>("GET", "/v1/me", "", get_me, "我是谁、能做什么", "Who am I and what may I do", kLogin),
    route<None, PasswordBody, None>("POST", "/v1/me/password", "", post_password, "修改我的密码", "Change my password",
                                    kLogin | kNoAudit),
    route<None, None, EnrolReply>("POST", "/v1/me/totp", "", post_totp, "开始绑定动态口令", "Enrol a second factor",
                                  kLogin | kSecret),
    route<None, CodeBody, RecoveryReply>("POST", "/v1/me/totp/confirm", "", post_totp_confirm, "确认动态口令",
                                         "Confirm the second factor", kLogin | kSecret),
    route<None, CodeBody, None>("POST", "/v1/me/totp/disable", "", post_totp_disable, "关闭动态口令",
                                "Switch the second factor off", kLogin | kNoAudit),
    route<None, None, SessionPage>("GET", "/v1/me/sessions", "", get_my_sessions, "我的登录会话", "My sessions",
                                   kLogin),
    route<None, None, None>("DELETE", "/v1/me/sessions/{session}", "", delete_my_session, "结束一个会话",
                            "End a session", kLogin),
};

}  // namespace

std::span<const Route> account_routes() { return kAccountRoutes; }

Result<Me> me_of(Tx& tx, const LiveSession& s) {
  Me me;
  me.kind = "user";
  me.id = s.user;
  me.name = s.display_name;
  me.login = s.login;
  me.role = s.role;
  me.reach = s.reach;
  me.staff_id = s.staff;
  me.csrf = s.csrf;
  me.totp_on = s.totp_on;
  Role role{};
  CHECK(parse_role(s.role, role));
  TRY(const bool required, totp_required(tx));
  me.strong = s.strong || !required;
  fill_rights(me, permissions_of(role, me.strong));
  std::ranges::set_difference(permissions_of(role), permissions_of(role, me.strong), std::back_inserter(me.locked));
  TRY(const auto unit, tx.maybe<UnitName>(kUnitOf, s.staff));
  if (unit) {
    me.unit_id = unit->id;
    me.unit_name = unit->name;
  }
  return me;
}

Result<> note(Tx& tx, const store::Author& author, std::string_view action, std::string subject,
              const std::string& request_id) {
  return store::audit(tx, {author, std::string(action), std::move(subject), "{}", request_id});
}

Result<UserId> caller_user(const Call& call) {
  if (call.actor().kind != http::Actor::Kind::user) return fail(Errc::forbidden, "auth.users_only");
  return UserId{call.actor().id};
}

}  // namespace koi::team
