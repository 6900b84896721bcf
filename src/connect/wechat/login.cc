#include "connect/wechat/login.h"

#include <boost/json.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/fans.h"
#include "events/events.h"
#include "http/wire.h"
#include "people/people.h"
#include "store/rows.h"

namespace koi::connect::wechat {

BOOST_DESCRIBE_STRUCT(Login, (), (app, visitor, back))

namespace {

namespace json = boost::json;

constexpr std::string_view kStart =
    "INSERT INTO wechat_login (state, app, browser, visitor, back, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kForgetLogins = "DELETE FROM wechat_login WHERE expires_at < $1";
constexpr std::string_view kForgetVisits = "DELETE FROM wechat_visit WHERE expires_at < $1";
constexpr std::string_view kTake = "DELETE FROM wechat_login WHERE state = $1 AND browser = $2 AND expires_at >= $3 RETURNING app, visitor, back";
constexpr std::string_view kVisit = "INSERT INTO wechat_visit (ticket, app, origin_id, person_id, browser, expires_at) VALUES ($1, $2, $3, $3, $4, $5)";
constexpr std::string_view kVisitor = "SELECT person_id FROM wechat_visit WHERE ticket = $1 AND browser = $2 AND expires_at >= $3";
constexpr std::string_view kAuthorize = "https://open.weixin.qq.com/connect/oauth2/authorize";
constexpr std::size_t kBackMax = 1000, kCodeMax = 512;

std::string hashed(std::string_view secret) { return hex(sha256(secret)); }

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}
bool is_one(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_int64() && value->get_int64() == 1;
}

/// A path here, and nowhere else.
bool good_back(std::string_view back) {
  return back.starts_with('/') && !back.starts_with("//") && back.size() <= kBackMax && back.find_first_of("\\\r\n\t #") == back.npos;
}

}  // namespace

Result<std::string> start_login(Tx& tx, const StartLogin& cmd) {
  if (!good_back(cmd.back)) return fail(Errc::invalid, "connect.login_back", cmd.back, "/back");
  TRY(tx.exec(kForgetLogins, tx.now()));
  const auto state = base64url(tx.rng().bytes(24));
  TRY(tx.exec(kStart, hashed(state), cmd.app, hashed(cmd.browser), take_chars(cmd.visitor, 128), cmd.back, tx.now() + std::chrono::minutes(kLoginMinutes)));
  // In the platform's order: some of its clients mind.
  return std::string(kAuthorize) + query_text({{"appid", cmd.app}, {"redirect_uri", cmd.redirect_url}, {"response_type", "code"},
                                               {"scope", cmd.profile ? "snsapi_userinfo" : "snsapi_base"}, {"state", state}}) + "#wechat_redirect";
}

Result<Login> take_login(Tx& tx, std::string_view state, std::string_view browser) {
  TRY(auto login, tx.maybe<Login>(kTake, hashed(state), hashed(browser), tx.now()));
  if (!login) return fail(Errc::unauthenticated, "connect.login_state");
  return std::move(*login);
}

Result<CameBack> finish_login(Desk& desk, const Login& login, std::string_view code, std::string_view browser) {
  if (code.empty() || code.size() > kCodeMax) return fail(Errc::invalid, "connect.wechat_code");
  TRY(const auto host, desk.host(login.app, "oa"));
  TRY(const auto answer, host->get_open("/sns/oauth2/access_token", {{"appid", login.app}, {"secret", host->account().secrets.secret},
                                                                    {"code", std::string(code)}, {"grant_type", "authorization_code"}}));
  if (is_one(answer, "is_snapshotuser")) return CameBack{};
  const Fan fan{login.app, text_of(answer, "openid"), text_of(answer, "unionid")};
  if (fan.openid.empty()) return fail(Errc::unavailable, "connect.wechat_busy", "no openid");
  return desk.db().write([&](Tx& tx) -> Result<CameBack> {
    TRY(const auto person, know_fan(tx, fan, "oa:" + fan.app + " login"));
    TRY(tx.exec(kForgetVisits, tx.now()));
    const auto ticket = base64url(tx.rng().bytes(24));
    TRY(tx.exec(kVisit, hashed(ticket), login.app, person, hashed(browser), tx.now() + std::chrono::minutes(kVisitMinutes)));
    return CameBack{person, ticket};
  });
}

Result<std::optional<PersonId>> visitor_of(Tx& tx, std::string_view ticket, std::string_view browser) {
  return tx.maybe<PersonId>(kVisitor, hashed(ticket), hashed(browser), tx.now());
}

}  // namespace koi::connect::wechat
