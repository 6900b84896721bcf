// Mini programs: sign-in, phone, session, links.
#include <boost/json.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/fans.h"
#include "connect/wechat/login.h"
#include "events/events.h"
#include "people/people.h"
#include "store/rows.h"

namespace koi::connect::wechat {

struct MiniRow { std::string openid; PersonId person; store::Blob sealed; };
BOOST_DESCRIBE_STRUCT(MiniRow, (), (openid, person, sealed))

namespace {

namespace json = boost::json;

constexpr std::string_view kForget = "DELETE FROM wechat_mini_session WHERE expires_at < $1";
constexpr std::string_view kOpen =
    "INSERT INTO wechat_mini_session (token, app, openid, origin_id, person_id, sealed, created_at, expires_at) VALUES ($1, $2, $3, $4, $4, $5, $6, $7)";
constexpr std::string_view kFind = "SELECT openid, person_id, sealed FROM wechat_mini_session WHERE token = $1 AND app = $2 AND expires_at >= $3";
constexpr std::string_view kClose = "DELETE FROM wechat_mini_session WHERE token = $1";
constexpr std::size_t kCodeMax = 512;
constexpr std::int64_t kLinkDaysMax = 30;

std::string hashed(std::string_view secret) { return hex(sha256(secret)); }
std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

Result<> check_code(std::string_view code) { return code.empty() || code.size() > kCodeMax ? fail(Errc::invalid, "connect.wechat_code") : Result<>{}; }

/// "13800001000" of "86" is a phone in one spelling.
std::string whole_phone(const json::object& info) {
  const auto country = text_of(info, "countryCode"), pure = text_of(info, "purePhoneNumber");
  if (pure.empty()) return text_of(info, "phoneNumber");
  return country.empty() || country == "86" ? pure : "+" + country + pure;
}

}  // namespace

Result<MiniLogin> mini_login(Desk& desk, std::string_view app, std::string_view code, std::string_view scene) {
  TRY(check_code(code));
  TRY(const auto host, desk.host(app, "mini"));
  TRY(const auto answer, host->get_open("/sns/jscode2session", {{"appid", std::string(app)}, {"secret", host->account().secrets.secret},
                                                               {"js_code", std::string(code)}, {"grant_type", "authorization_code"}}));
  const Fan fan{std::string(app), text_of(answer, "openid"), text_of(answer, "unionid")};
  const auto session_key = text_of(answer, "session_key");
  if (fan.openid.empty() || session_key.empty()) return fail(Errc::unavailable, "connect.wechat_busy", "no session");
  return desk.db().write([&](Tx& tx) -> Result<MiniLogin> {
    TRY(const auto person, know_fan(tx, fan, "mini:" + fan.app + " login"));
    TRY(tx.exec(kForget, tx.now()));
    const auto token = base64url(tx.rng().bytes(32));
    TRY(tx.exec(kOpen, hashed(token), app, fan.openid, person, store::Blob{seal(desk.seal_key(), session_key)}, tx.now(), tx.now() + std::chrono::days(kMiniSessionDays)));
    json::object props{{"app_id", fan.app}};
    if (!scene.empty()) {
      props["scene"] = take_chars(scene, 128);
      TRY(const auto known, code_by_scene(tx, app, scene));
      if (known) props["channel"] = known->channel, props["code_id"] = known->code ? to_text(known->code) : to_text(known->id);
    }
    TRY(events::append(tx, {.kind = "mini_program_opened", .person = person, .props = json::serialize(props)}));
    return MiniLogin{token, person, !fan.unionid.empty()};
  });
}

Result<MiniSession> mini_session(Tx& tx, std::string_view app, std::string_view token, std::string_view seal_key) {
  TRY(const auto row, tx.maybe<MiniRow>(kFind, hashed(token), app, tx.now()));
  if (!row) return fail(Errc::unauthenticated, "connect.mini_session");
  const auto key = unseal(seal_key, row->sealed.bytes);
  if (!key) return fail(Errc::internal, "connect.seal_key");
  return MiniSession{std::string(app), row->openid, *key, row->person};
}

Result<MiniPhone> mini_phone(Desk& desk, std::string_view app, std::string_view token, std::string_view code) {
  TRY(check_code(code));
  TRY(const auto session, desk.db().read([&](Tx& tx) { return mini_session(tx, app, token, desk.seal_key()); }));
  TRY(const auto host, desk.host(app, "mini"));
  // With the openid the platform refuses a code of somebody else's button.
  TRY(const auto answer, host->post("/wxa/business/getuserphonenumber", {{"code", code}, {"openid", session.openid}}));
  const auto* info = answer.if_contains("phone_info");
  if (info == nullptr || !info->is_object()) return fail(Errc::unavailable, "connect.wechat_busy", "no phone_info");
  const auto* mark = info->get_object().if_contains("watermark");
  if (mark == nullptr || !mark->is_object() || text_of(mark->get_object(), "appid") != app) return fail(Errc::unauthenticated, "connect.mini_appid");
  const auto phone = whole_phone(info->get_object());
  return desk.db().write([&](Tx& tx) -> Result<MiniPhone> {
    const people::Ident idents[] = {{"wx_openid:" + std::string(app), session.openid}, {"phone_e164", phone}};
    TRY(const auto who, people::resolve(tx, idents, "mini:" + std::string(app) + " phone"));
    return MiniPhone{who.person, phone};
  });
}

Result<bool> mini_check(Desk& desk, std::string_view app, std::string_view token) {
  TRY(const auto session, desk.db().read([&](Tx& tx) { return mini_session(tx, app, token, desk.seal_key()); }));
  TRY(const auto host, desk.host(app, "mini"));
  const auto answer = host->get("/wxa/checksession", {{"openid", session.openid}, {"signature", hex(hmac_sha256(session.session_key, ""))}, {"sig_method", "hmac_sha256"}});
  if (answer) return true;
  if (answer.error().kind == Errc::unavailable || answer.error().kind == Errc::throttled) return std::unexpected(answer.error());
  TRY(desk.db().write([&](Tx& tx) { return tx.exec(kClose, hashed(token)); }));
  return false;
}

Result<std::string> mini_link(Desk& desk, std::string_view app, const MiniLink& link) {
  TRY(const auto host, desk.host(app, "mini"));
  const auto days = std::clamp<std::int64_t>(link.days, 1, kLinkDaysMax);
  if (link.kind == "short") {
    const auto page = link.query.empty() ? link.page : link.page + "?" + link.query;
    TRY(const auto answer, host->post("/wxa/genwxashortlink", {{"page_url", page}, {"page_title", link.title}, {"is_permanent", false}}));
    return text_of(answer, "link");
  }
  if (link.kind == "link") {
    TRY(const auto answer, host->post("/wxa/generate_urllink", {{"path", link.page}, {"query", link.query}, {"expire_type", 1}, {"expire_interval", days}}));
    return text_of(answer, "url_link");
  }
  if (link.kind != "scheme") return fail(Errc::invalid, "connect.link_kind", link.kind, "/kind");
  TRY(const auto answer, host->post("/wxa/generatescheme", {{"jump_wxa", json::object{{"path", link.page}, {"query", link.query}}},
                                                            {"is_expire", true}, {"expire_type", 1}, {"expire_interval", days}}));
  return text_of(answer, "openlink");
}

}  // namespace koi::connect::wechat
