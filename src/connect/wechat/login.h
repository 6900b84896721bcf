/// A page inside WeChat learns who looks at it; a mini program signs its user in. Owns wechat_login, wechat_visit, wechat_mini_session.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wechat {

class Desk;

// ---- pages ---------------------------------------------------------------------------------------------------------

constexpr std::int64_t kLoginMinutes = 10, kVisitMinutes = 10;

/// Where a page sends its browser. `browser` is a secret of that browser (a cookie); `back` a path on this server, where the
/// browser comes out with "?wx=TICKET". invalid "connect.login_back".
struct StartLogin { std::string app, browser, back, visitor, redirect_url; bool profile = false; };
Result<std::string> start_login(Tx& tx, const StartLogin& cmd);

struct Login { std::string app, visitor, back; };
/// The way back: once, from the same browser, within ten minutes. unauthenticated "connect.login_state".
Result<Login> take_login(Tx& tx, std::string_view state, std::string_view browser);
/// Exchanges the code, knows the person, and gives the ticket. A virtual visitor of a snapshot page is nobody: no ticket. Blocking.
/// Codes of Host; invalid "connect.wechat_code" (used, or not the platform's).
struct CameBack { PersonId person; std::string ticket; };
Result<CameBack> finish_login(Desk& desk, const Login& login, std::string_view code, std::string_view browser);
/// Who holds the ticket: within ten minutes, and only the browser it was given to. nullopt: nobody.
Result<std::optional<PersonId>> visitor_of(Tx& tx, std::string_view ticket, std::string_view browser);

// ---- mini programs -------------------------------------------------------------------------------------------------

constexpr std::int64_t kMiniSessionDays = 3;

struct MiniLogin { std::string token; PersonId person; bool unionid = false; };
/// jscode2session; the session key stays here. Appends mini_program_opened. Blocking. Codes of Host.
Result<MiniLogin> mini_login(Desk& desk, std::string_view app, std::string_view code, std::string_view scene);
/// The phone behind a code of the phone button, linked to the session's person. Blocking. unauthenticated "connect.mini_session".
struct MiniPhone { PersonId person; std::string phone; };
Result<MiniPhone> mini_phone(Desk& desk, std::string_view app, std::string_view token, std::string_view code);
/// Whether the platform still holds the session for good; a dead one is forgotten. Blocking.
Result<bool> mini_check(Desk& desk, std::string_view app, std::string_view token);
struct MiniSession { std::string app, openid, session_key; PersonId person; };
/// unauthenticated "connect.mini_session".
Result<MiniSession> mini_session(Tx& tx, std::string_view app, std::string_view token, std::string_view seal_key);

/// Links into a mini program. kind: link (any browser), scheme (weixin://), short (inside WeChat; `page` with its query, `title`).
/// invalid "connect.link_kind". Blocking.
struct MiniLink { std::string kind, page, query, title; std::int64_t days = 30; };
Result<std::string> mini_link(Desk& desk, std::string_view app, const MiniLink& link);

std::span<const http::Route> login_routes();

}  // namespace koi::connect::wechat
