#include "connect/wecom/side/js_sign.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/crypto/callback.h"

namespace koi::connect::wecom {

namespace {

constexpr std::size_t kUrlMax = 2048, kNonceBytes = 8;

/// "https://host:port" of an address; "" when it has none.
std::string_view site_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return {};
  return url.substr(0, std::min(url.size(), url.find_first_of("/?#", scheme + 3)));
}

bool is_shown(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '\\'; }

}  // namespace

Result<std::string> page_to_sign(std::string_view url, std::string_view public_url) {
  const auto ours = lower_ascii(site_of(public_url)), site = lower_ascii(site_of(url));
  if (ours.empty()) return fail(Errc::conflict, "connect.no_public_url");
  const bool is_page = site.starts_with("https://") || site.starts_with("http://");
  if (!is_page || url.size() > kUrlMax || !std::ranges::all_of(url, is_shown)) return fail(Errc::invalid, "connect.page_url");
  if (site != ours) return fail(Errc::forbidden, "connect.page_elsewhere", site);
  return std::string(url.substr(0, url.find('#')));
}

PageSignature sign_page(std::string_view ticket, std::string_view url, Instant now, Rng& rng) {
  PageSignature out{to_ms(now) / 1000, hex(rng.bytes(kNonceBytes)), {}};
  out.signature = crypto::jsapi_signature(ticket, out.nonce, std::to_string(out.timestamp), url);
  return out;
}

}  // namespace koi::connect::wecom
