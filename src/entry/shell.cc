#include "entry/shell.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "base/crypto.h"
#include "base/text.h"

namespace koi::entry {
namespace {

constexpr std::string_view kStyle = "h5.css";

/// 'sha256-…' of what stands between the tags, made once for each asset.
const std::string& fingerprint(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::string, std::less<>> known;
  const std::scoped_lock lock(mutex);
  if (const auto it = known.find(name); it != known.end()) return it->second;
  return known.emplace(name, "'sha256-" + base64(sha256(asset(name))) + "'").first->second;
}

std::string policy(const Page& page) {
  std::string out = "default-src 'none'; script-src ";
  out += page.script.empty() ? std::string_view("'none'") : std::string_view(fingerprint(page.script));
  out += "; style-src ";
  out += fingerprint(kStyle);
  return out += "; img-src 'self' https: http: data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
}

/// A "</script>" inside the data must not end it.
std::string inert(std::string_view json) {
  std::string out;
  for (const char c : json)
    if (c == '<') out += "\\u003c";
    else out += c;
  return out;
}

std::string share_lines(const Page& page) {
  auto out = fmt::format("<meta property=\"og:title\" content=\"{}\">", html(page.title));
  if (!page.description.empty())
    out += fmt::format("<meta name=\"description\" content=\"{0}\"><meta property=\"og:description\" content=\"{0}\">", html(page.description));
  if (const auto picture = safe_address(page.picture); !picture.empty())
    out += fmt::format("<meta property=\"og:image\" content=\"{}\">", html(picture));
  return out;
}

}  // namespace

std::string html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
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

std::string_view safe_address(std::string_view url) {
  const bool ours = url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\");
  if (ours || url.starts_with("https://") || url.starts_with("http://")) return url;
  return {};
}

Reply page_reply(const Page& page) {
  Reply out{page.status, {}, "text/html; charset=utf-8", {}};
  out.body = fmt::format(
      "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1, "
      "viewport-fit=cover\"><meta name=\"color-scheme\" content=\"light dark\"><meta name=\"format-detection\" content=\"telephone=no\">"
      "<link rel=\"icon\" href=\"/koi.svg\"><title>{}</title>{}<style>{}</style></head><body><main>{}</main>",
      html(page.language), html(page.title), share_lines(page), asset(kStyle), page.body);
  if (!page.script.empty())
    out.body += fmt::format("<script id=\"data\" type=\"application/json\">{}</script><script>{}</script>", inert(page.data), asset(page.script));
  out.body += "</body></html>";
  out.headers.emplace_back("Content-Security-Policy", policy(page));
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

}  // namespace koi::entry
