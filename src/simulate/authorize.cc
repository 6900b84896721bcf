/// The platform's pages a browser is sent to: OAuth inside the client, and the code that is scanned on a desktop. Here whoever develops
/// chooses who stands there.
#include "simulate/authorize.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace koi::simulate {

namespace {

constexpr Seconds kCodeLife = 300;
constexpr std::size_t kShown = 200, kStateMax = 128;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  return out;
}

std::string in_query(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '~') out += c;
    else out += "%" + hex(std::string_view(&c, 1));
  }
  return out;
}

/// Scheme "://" host[:port] of the address; "" when it is none.
std::string host_of(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return {};
  const auto from = url.find("://") + 3;
  return std::string(url.substr(from, std::min(url.size(), url.find_first_of("/?#", from)) - from));
}

http::Reply sheet(int status, std::string body) {
  return {status,
          "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>企业微信登录(模拟)</title>"
          "<link rel=\"icon\" href=\"data:,\"><style>body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1d2b3a}main{max-width:420px;margin:8vh auto;background:#fff;"
          "border-radius:12px;padding:24px;box-shadow:0 2px 16px #0001}h1{font-size:20px;margin:0 0 4px}p{margin:0 0 16px;color:#5b6b7b}ul{list-style:none;margin:0;padding:0;max-height:60vh;"
          "overflow:auto}a{display:flex;justify-content:space-between;gap:12px;padding:12px;border-radius:8px;color:inherit;text-decoration:none}a:hover,a:focus{background:#eef3fb}"
          "small{color:#5b6b7b}</style></head><body><main>" + std::move(body) + "</main></body></html>",
          "text/html; charset=utf-8",
          {{"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"}, {"Cache-Control", "no-store"}}};
}

http::Reply refused(std::string_view zh, std::string_view en) { return sheet(400, fmt::format("<h1>{}</h1><p>{}</p>", escaped(zh), escaped(en))); }

/// Why the platform would not show its page; "" when it would.
std::pair<std::string_view, std::string_view> why_not(World& world, const http::Request& request, bool scan) {
  const auto state = request.query_value("state"), host = host_of(request.query_value("redirect_uri")), agent = request.query_value("agentid");
  if (request.query_value("appid") != world.corp.id) return {"appid 参数错误", "appid: no such corp"};
  const bool known = std::ranges::any_of(world.gate.apps(), [&](const App& app) { return app.agent == agent; });
  if ((scan || !agent.empty()) && !known) return {"agentid 参数错误", "agentid: no such app"};
  if (scan && request.query_value("login_type") != "CorpApp") return {"login_type 参数错误", "login_type: CorpApp"};
  if (!scan && (request.query_value("response_type") != "code" || !request.query_value("scope").starts_with("snsapi_"))) return {"scope 参数错误", "response_type: code, scope: snsapi_…"};
  if (host.empty() || (!world.books.login_domain.empty() && host != world.books.login_domain))
    return {"redirect_uri 与应用配置的可信域名不一致", "redirect_uri: not the app's trusted domain"};
  const auto odd = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; };
  if (state.size() > kStateMax || std::ranges::any_of(state, odd)) return {"state 参数错误", "state: at most 128 letters and digits"};
  return {};
}

/// The code in hand, back to where the page came from.
http::Reply chosen(World& world, const http::Request& request, const Staff& who) {
  const auto code = world.fresh("", 43);
  world.books.logins[code] = {who.userid, {}, {}, world.now() + kCodeLife, false};
  const auto to = request.query_value("redirect_uri");
  return {302, "", "text/plain", {{"Location", to + (to.contains('?') ? "&" : "?") + "code=" + code + "&state=" + in_query(request.query_value("state"))}, {"Cache-Control", "no-store"}}};
}

}  // namespace

http::Reply authorize_page(World& world, const http::Request& request, bool scan) {
  const std::scoped_lock lock(world.mutex);
  if (const auto [zh, en] = why_not(world, request, scan); !zh.empty()) return refused(zh, en);
  const auto& staff = world.corp.staff;
  if (const auto userid = request.query_value("userid"); !userid.empty()) {
    const auto no = world.corp.staff_no(userid);
    if (no == kNobody || !staff[no].works()) return refused("成员不存在或已停用", "no such member");
    return chosen(world, request, staff[no]);
  }
  std::string rows;
  const auto here = request.target;
  for (std::size_t n = 0, shown = 0; n < staff.size() && shown < kShown; ++n) {
    if (!staff[n].works()) continue;
    ++shown;
    rows += fmt::format("<li><a href=\"{}&amp;userid={}\"><span>{}</span><small>{}</small></a></li>", escaped(here), escaped(in_query(staff[n].userid)), escaped(staff[n].name), escaped(staff[n].userid));
  }
  return sheet(200, fmt::format("<h1>{}</h1><p>{}</p><ul>{}</ul>", scan ? "谁来扫码？ Who scans?" : "谁在企业微信里？ Who is in WeCom?", "模拟器：选择一位成员登录。 Simulator: choose who signs in.", rows));
}

}  // namespace koi::simulate
