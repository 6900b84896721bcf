/// Staff sign in to the console by WeCom: in its own browser by OAuth, on a desktop by a code they scan. Owns connect_wecom_login,
/// connect_wecom_login_state. Who they are here is the link between a userid and a member of staff that the directory keeps; nobody is
/// made by signing in.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/wecom/corp.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wecom {

inline constexpr Millis kLoginLife{10 * 60'000};

struct LoginSetting { bool enabled = false; std::int64_t ver = 0; };
Result<LoginSetting> login_setting(Tx& tx, std::string_view corp_id);
/// not_found "connect.no_corp"; conflict "connect.no_agent" when it is to be on and the corp has no AgentId.
Result<LoginSetting> put_login(Tx& tx, std::string_view corp_id, bool enabled);

/// Corps whose staff may sign in now: connected, with an AgentId, switched on.
struct LoginWay { std::string corp_id, name; };
Result<std::vector<LoginWay>> login_ways(Tx& tx);

struct StartLogin {
  std::string browser;      // a secret of the browser that asks, from its cookie
  std::string back;         // a path of the console
  std::string redirect_url; // of this server, where the platform sends the browser with code and state
  std::string language;     // "zh-CN", "en"
  bool inside = false;      // in WeCom's own browser
};
/// Where the browser goes. invalid "connect.login_back"; conflict "connect.login_off", "connect.no_agent".
Result<std::string> start_login(Tx& tx, const Corp& corp, const StartLogin& cmd);
/// The way back: once, within ten minutes, from the same browser and for the same corp. unauthenticated "connect.login_state".
Result<std::string> take_login(Tx& tx, std::string_view corp_id, std::string_view state, std::string_view browser);

/// The userid in the platform's answer to a code, in either spelling. forbidden "connect.login_outsider" for somebody who does not work
/// there; invalid "connect.login_code" for a code that was used, is over or is none.
Result<std::string> userid_of(const Result<boost::json::object>& reply);
/// Whom the directory ties to this userid; before it was ever walked, whom somebody here tied by hand when no other corp could be meant.
Result<std::optional<StaffId>> linked_staff(Tx& tx, std::string_view corp_id, std::string_view userid);

/// A path, and nothing that leads elsewhere.
bool is_console_path(std::string_view path);

std::span<const http::Route> login_routes();

}  // namespace koi::connect::wecom
