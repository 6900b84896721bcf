#include "http/statics.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/crypto.h"
#include "base/text.h"

namespace koi::http {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kTotalMax = 64 << 20;
constexpr std::string_view kNonceMark = "__CSP_NONCE__";
constexpr std::string_view kIndex = "/index.html";

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
};
std::string_view type_of(std::string_view path) {
  for (const auto& [ending, type] : kTypes)
    if (path.ends_with(ending)) return type;
  return "application/octet-stream";
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool accepts(const Request& request, std::string_view encoding) {
  const auto* list = request.headers.get("accept-encoding");
  if (!list) return false;
  for (const auto part : split_text(*list, ','))
    if (trim(part.substr(0, part.find(';'))) == encoding && part.find("q=0") == part.npos) return true;
  return false;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

Statics::Statics(const std::string& dir) {
  std::error_code why;
  if (dir.empty() || !fs::is_directory(dir, why)) return;
  std::uintmax_t total = 0;
  for (const auto& entry : fs::recursive_directory_iterator(dir, why)) {
    if (!entry.is_regular_file(why) || entry.is_symlink(why)) continue;
    total += entry.file_size(why);
    if (total > kTotalMax) break;
    auto name = "/" + fs::relative(entry.path(), dir, why).generic_string();
    auto text = read_file(entry.path());
    if (name.ends_with(".br")) {
      files_[name.substr(0, name.size() - 3)].br = std::move(text);
    } else if (name.ends_with(".gz")) {
      files_[name.substr(0, name.size() - 3)].gz = std::move(text);
    } else {
      auto& f = files_[name];
      f.type = type_of(name);
      f.etag = "\"" + hex(hash128(text)).substr(0, 20) + "\"";
      f.plain = std::move(text);
    }
  }
  std::erase_if(files_, [](const auto& item) { return item.second.etag.empty(); });  // a .gz without its file
}

std::optional<Reply> Statics::find(const Request& request, bool secure) const {
  if (files_.empty()) return std::nullopt;
  std::string_view path = request.path;
  if (path == kIndex || path == "/") return page(secure);
  if (const auto it = files_.find(path); it != files_.end()) return file(request, it->second);
  // A page address of the console has no file ending; a missing script must not turn into a page.
  const auto last = path.substr(path.rfind('/') + 1);
  for (const auto machine : {"/v1/", "/hooks/", "/callback/", "/assets/"})
    if (path.starts_with(machine)) return std::nullopt;
  if (path == "/v1" || last.find('.') != last.npos || !files_.contains(kIndex)) return std::nullopt;
  return page(secure);
}

/// index.html under a Content-Security-Policy of its own: the mark __CSP_NONCE__ becomes this reply's nonce (antd and
/// Vite read it from <meta name="csp-nonce">, which is added when the file has none).
Reply Statics::page(bool secure) const {
  const auto it = files_.find(kIndex);
  if (it == files_.end()) return problem({Errc::not_found, "http.no_route", {}, {}, {}}, {}, "zh-CN", kIndex);
  const auto nonce = base64url(random_bytes(16));
  Reply out{200, it->second.plain, it->second.type, {}};
  if (out.body.find("name=\"csp-nonce\"") == out.body.npos) {
    const auto head = out.body.find("<head>");
    if (head != out.body.npos)
      out.body.insert(head + 6, "<meta name=\"csp-nonce\" content=\"" + std::string(kNonceMark) + "\">");
  }
  replace_all(out.body, kNonceMark, nonce);
  std::string csp =
      "default-src 'none'; script-src 'self' 'nonce-" + nonce + "'; style-src 'self' 'nonce-" + nonce + "'";
  csp += "; style-src-attr 'unsafe-inline'";  // chart tooltips set style attributes; no selector or url is reachable so
  csp +=
      "; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self' "
      "blob:";
  csp += "; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";
  if (secure) csp += "; upgrade-insecure-requests";
  out.headers.emplace_back("Content-Security-Policy", std::move(csp));
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

Reply Statics::file(const Request& request, const File& f) const {
  Reply out{200, {}, f.type, {}};
  out.headers.emplace_back("ETag", f.etag);
  const bool hashed = request.path.starts_with("/assets/");
  out.headers.emplace_back("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  out.headers.emplace_back("Vary", "Accept-Encoding");
  if (const auto* had = request.headers.get("if-none-match"); had && had->find(f.etag) != had->npos) {
    out.status = 304;
    return out;
  }
  const bool br = !f.br.empty() && accepts(request, "br"), gz = !br && !f.gz.empty() && accepts(request, "gzip");
  out.body = br ? f.br : gz ? f.gz : f.plain;
  if (br || gz) out.headers.emplace_back("Content-Encoding", br ? "br" : "gzip");
  return out;
}

}  // namespace koi::http
