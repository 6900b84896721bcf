#include "entry/visit.h"

#include <algorithm>
#include <mutex>

#include "base/text.h"

namespace koi::entry {
namespace {

constexpr std::string_view kCookie = "koi_visitor";
constexpr std::size_t kVisitorBytes = 6, kVisitorChars = 21, kTouchText = 200;

/// Names under which advertising platforms send their click along, and whose they are.
struct ClickName { std::string_view name, platform; };
constexpr ClickName kClicks[] = {{"gdt_vid", "tencent"}, {"qz_gdt", "tencent"},     {"wx_traceid", "wechat"}, {"bd_vid", "baidu"},
                                 {"clickid", "ocean"},   {"click_id", ""},          {"ksclickid", "kuaishou"}, {"ks_callback", "kuaishou"},
                                 {"xhs_clickid", "xiaohongshu"}, {"track_id", "bilibili"}, {"gclid", "google"}, {"msclkid", "bing"}};

std::mutex site_mutex;
std::string site_given;

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

std::string visitor_of(const http::Request& request) {
  const auto* header = request.headers.get("cookie");
  if (header == nullptr) return {};
  for (const auto part : split_text(*header, ';')) {
    const auto pair = trim(part);
    if (!pair.starts_with(kCookie) || pair.substr(kCookie.size(), 1) != "=") continue;
    const auto value = pair.substr(kCookie.size() + 1);
    if (value.size() == kVisitorChars && std::ranges::all_of(value, plain)) return std::string(value);
  }
  return {};
}

/// Thirteen digits in order of time, so that rows of new visitors stand side by side, and eight nobody guesses.
std::string new_visitor(Tx& tx) { return id_text({}, tx.next_number()).substr(1) + base64url(tx.rng().bytes(kVisitorBytes)); }

void keep_visitor(Reply& reply, std::string_view visitor, bool secure) {
  reply.headers.emplace_back("Set-Cookie", std::string(kCookie) + "=" + std::string(visitor) + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=34560000" + (secure ? "; Secure" : ""));
}

std::map<std::string, std::string> touch_of(const http::Request& request) {
  std::map<std::string, std::string> out;
  const auto put = [&](std::string_view name, std::string_view value) {
    if (!value.empty() && value.size() <= kTouchText && valid_utf8(value)) out.try_emplace(std::string(name), value);
  };
  for (const auto& [name, value] : request.query) {
    for (const auto known : {"utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"})
      if (name == known) put(name, value);
    const auto* click = std::ranges::find(kClicks, name, &ClickName::name);
    if (click == std::end(kClicks)) continue;
    put("click_id", value);
    put("public_platform", click->platform);
  }
  return out;
}

std::string site_of(const http::Request& request) {
  {
    const std::scoped_lock lock(site_mutex);
    if (!site_given.empty()) return site_given;
  }
  const auto host = request.header("host");
  return host.empty() ? std::string() : "http://" + host;
}

void set_site(std::string address) {
  while (address.ends_with('/')) address.pop_back();
  const std::scoped_lock lock(site_mutex);
  site_given = std::move(address);
}

std::string percent_encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (plain(c) || c == '.' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string query_without(const http::Request& request, std::initializer_list<std::string_view> names) {
  std::string out;
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(names, name) != names.end()) continue;
    out += (out.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  }
  return out;
}

bool only_looks(const http::Request& request) {
  if (request.method == "HEAD") return true;
  for (const auto name : {"sec-purpose", "purpose", "x-moz"})
    if (const auto* value = request.headers.get(name); value != nullptr && value->find("prefetch") != value->npos) return true;
  const auto agent = lower_ascii(request.header("user-agent"));
  for (const auto word : {"bot", "spider", "crawler", "preview", "facebookexternalhit", "slurp"})
    if (agent.find(word) != agent.npos) return true;
  return false;
}

}  // namespace koi::entry
