#include "connect/wechat/fans.h"

#include "people/people.h"
#include "store/rows.h"

namespace koi::connect::wechat {
namespace {

constexpr std::string_view kKnow =
    "INSERT INTO wechat_fan (app, openid, origin_id, person_id, follows, told_at, unionid) VALUES ($1, $2, $3, $3, 0, 0, $4) "
    "ON CONFLICT (app, openid) DO UPDATE SET unionid = CASE WHEN $4 = 1 THEN 1 ELSE wechat_fan.unionid END";
constexpr std::string_view kOpenid =
    "SELECT openid FROM wechat_fan WHERE person_id = $1 AND app = $2 ORDER BY follows DESC, told_at DESC, openid LIMIT 1";
constexpr std::string_view kForgetSent =
    "UPDATE wechat_sent SET openid = '' WHERE EXISTS (SELECT 1 FROM wechat_fan f WHERE f.person_id = $1 AND f.app = wechat_sent.app AND f.openid = wechat_sent.openid)";
constexpr std::string_view kForgetFans = "DELETE FROM wechat_fan WHERE person_id = $1";
constexpr std::string_view kForgetSessions = "DELETE FROM wechat_mini_session WHERE person_id = $1";
constexpr std::string_view kForgetVisits = "DELETE FROM wechat_visit WHERE person_id = $1";
constexpr std::size_t kOpenidMax = 128;

Result<> forget(Tx& tx, PersonId root, std::span<const PersonId>) {
  TRY(tx.exec(kForgetSent, root));
  TRY(tx.exec(kForgetFans, root));
  TRY(tx.exec(kForgetSessions, root));
  TRY(tx.exec(kForgetVisits, root));
  return {};
}

[[maybe_unused]] const bool kFollows =
    people::follow("wechat_fan") && people::follow("wechat_code_reach") && people::follow("wechat_mini_session") && people::follow("wechat_visit") && people::on_erase(forget);

}  // namespace

Result<PersonId> know_fan(Tx& tx, const Fan& fan, std::string_view evidence) {
  if (fan.openid.empty() || fan.openid.size() > kOpenidMax) return fail(Errc::invalid, "people.no_identifier", "openid");
  std::vector<people::Ident> idents{{"wx_openid:" + fan.app, fan.openid}};
  if (!fan.unionid.empty()) idents.push_back({"wx_unionid", fan.unionid});
  TRY(const auto who, people::resolve(tx, idents, evidence));
  TRY(tx.exec(kKnow, fan.app, fan.openid, who.person, !fan.unionid.empty()));
  return who.person;
}

Result<std::optional<std::string>> openid_of(Tx& tx, PersonId person, std::string_view app) {
  TRY(const auto root, people::root_of(tx, person));
  return tx.maybe<std::string>(kOpenid, root, app);
}

}  // namespace koi::connect::wechat
