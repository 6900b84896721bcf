#include "connect/wecom/login/login.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/walk.h"
#include "entry/visit.h"
#include "store/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

BOOST_DESCRIBE_STRUCT(LoginSetting, (), (enabled, ver))
BOOST_DESCRIBE_STRUCT(LoginWay, (), (corp_id, name))

namespace {

constexpr std::string_view kSetting = "SELECT enabled, ver FROM connect_wecom_login WHERE corp_id = $1";
constexpr std::string_view kPut =
    "INSERT INTO connect_wecom_login (corp_id, enabled, ver) VALUES ($1, $2, $3) ON CONFLICT (corp_id) DO UPDATE SET enabled = $2, ver = $3";
constexpr std::string_view kAgent = "SELECT agent_id FROM connect_corp WHERE corp_id = $1";
constexpr std::string_view kWays =
    "SELECT c.corp_id, c.name FROM connect_corp c JOIN connect_wecom_login l ON l.corp_id = c.corp_id "
    "WHERE c.disabled = 0 AND c.agent_id <> 0 AND l.enabled = 1 ORDER BY c.created_at, c.corp_id LIMIT 20";
constexpr std::string_view kStart = "INSERT INTO connect_wecom_login_state (state, corp_id, browser, back, expires_at) VALUES ($1, $2, $3, $4, $5)";
constexpr std::string_view kTake =
    "DELETE FROM connect_wecom_login_state WHERE state = $1 AND corp_id = $2 AND browser = $3 AND expires_at > $4 RETURNING back";
constexpr std::string_view kForget = "DELETE FROM connect_wecom_login_state WHERE expires_at <= $1";
constexpr std::string_view kElsewhere = "SELECT COUNT(*) FROM connect_wecom_staff WHERE staff_id = $1 AND corp_id <> $2";
constexpr std::string_view kCorps = "SELECT COUNT(*) FROM connect_corp";

constexpr std::string_view kOAuth = "https://open.weixin.qq.com/connect/oauth2/authorize", kScan = "https://login.work.weixin.qq.com/wwlogin/sso/login";
constexpr std::size_t kBackMax = 1000, kStateBytes = 24;

std::string hashed(std::string_view secret) { return hex(sha256(secret)); }

/// The platform's own page; a corp in a simulator has its page there.
std::string page_at(const Corp& corp, std::string_view real) {
  if (!corp.base_url.starts_with("http://")) return std::string(real);
  return corp.base_url + std::string(real.substr(real.find('/', real.find("://") + 3)));
}

}  // namespace

bool is_console_path(std::string_view path) {
  const auto odd = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '\\'; };
  return path.starts_with('/') && !path.starts_with("//") && path.size() <= kBackMax && std::ranges::none_of(path, odd) && valid_utf8(path);
}

Result<LoginSetting> login_setting(Tx& tx, std::string_view corp_id) {
  TRY(const auto row, tx.maybe<LoginSetting>(kSetting, corp_id));
  return row.value_or(LoginSetting{});
}

Result<LoginSetting> put_login(Tx& tx, std::string_view corp_id, bool enabled) {
  TRY(const auto agent, tx.maybe<std::int64_t>(kAgent, corp_id));
  if (!agent) return fail(Errc::not_found, "connect.no_corp", std::string(corp_id));
  if (enabled && *agent == 0) return fail(Errc::conflict, "connect.no_agent", std::string(corp_id));
  TRY(auto setting, login_setting(tx, corp_id));
  setting.enabled = enabled;
  ++setting.ver;
  TRY(tx.exec(kPut, corp_id, setting.enabled, setting.ver));
  return setting;
}

Result<std::vector<LoginWay>> login_ways(Tx& tx) { return tx.all<LoginWay>(kWays); }

Result<std::string> start_login(Tx& tx, const Corp& corp, const StartLogin& cmd) {
  if (!is_console_path(cmd.back)) return fail(Errc::invalid, "connect.login_back", cmd.back, "/back");
  TRY(const auto setting, login_setting(tx, corp.corp_id));
  if (corp.disabled || !setting.enabled) return fail(Errc::conflict, "connect.login_off", corp.corp_id);
  if (corp.agent_id == 0) return fail(Errc::conflict, "connect.no_agent", corp.corp_id);
  TRY(tx.exec(kForget, tx.now()));
  const auto state = hex(tx.rng().bytes(kStateBytes));  // the platform takes letters and digits alone
  TRY(tx.exec(kStart, hashed(state), corp.corp_id, hashed(cmd.browser), cmd.back, tx.now() + kLoginLife));
  const auto agent = std::to_string(corp.agent_id), here = entry::percent_encoded(cmd.redirect_url);
  if (cmd.inside)
    return page_at(corp, kOAuth) + "?appid=" + corp.corp_id + "&redirect_uri=" + here + "&response_type=code&scope=snsapi_base&state=" + state + "&agentid=" + agent + "#wechat_redirect";
  return page_at(corp, kScan) + "?login_type=CorpApp&appid=" + corp.corp_id + "&agentid=" + agent + "&redirect_uri=" + here + "&state=" + state +
         "&lang=" + (cmd.language == "en" ? "en" : "zh");
}

Result<std::string> take_login(Tx& tx, std::string_view corp_id, std::string_view state, std::string_view browser) {
  TRY(auto back, tx.maybe<std::string>(kTake, hashed(state), corp_id, hashed(browser), tx.now()));
  if (!back) return fail(Errc::unauthenticated, "connect.login_state");
  return std::move(*back);
}

Result<std::string> userid_of(const Result<json::object>& reply) {
  if (!reply) {
    const auto& e = reply.error();
    for (const int code : {40029, 42003, 42022})
      if (refused_with(e, code)) return fail(Errc::invalid, "connect.login_code", e.detail);
    return std::unexpected(e);
  }
  for (const auto* name : {"userid", "UserId"})
    if (auto id = text_in(*reply, name); !id.empty()) return id;
  for (const auto* name : {"openid", "OpenId", "external_userid"})
    if (!text_in(*reply, name).empty()) return fail(Errc::forbidden, "connect.login_outsider");
  return fail(Errc::malformed, "connect.wecom_reply", "userid");
}

Result<std::optional<StaffId>> linked_staff(Tx& tx, std::string_view corp_id, std::string_view userid) {
  TRY(const auto known, known_staff_of(tx, corp_id, userid));
  if (known) return known;
  TRY(const auto by_hand, team::staff_by_wecom(tx, userid));
  if (!by_hand) return std::nullopt;
  // The same userid may be somebody else in another corp.
  TRY(const auto corps, tx.one<std::int64_t>(kCorps));
  TRY(const auto elsewhere, tx.one<std::int64_t>(kElsewhere, by_hand->id, corp_id));
  return corps == 1 && elsewhere == 0 ? std::optional(by_hand->id) : std::nullopt;
}

}  // namespace koi::connect::wecom
