/// What a page of ours says to WeCom to use the JS-SDK: in the chat sidebar and in the workbench.
#pragma once
#include <string>
#include <string_view>

#include "base/ports.h"
#include "base/result.h"

namespace koi::connect::wecom {

struct PageSignature {
  std::int64_t timestamp = 0;  // seconds
  std::string nonce, signature;
};
/// The address that is signed: the page's own, without "#…". Nobody else's page is signed for. invalid "connect.page_url" (no http(s)
/// address, beyond 2,048 bytes, or characters an address bar never shows); forbidden "connect.page_elsewhere" (not of
/// `public_url`'s scheme, host and port); conflict "connect.no_public_url".
Result<std::string> page_to_sign(std::string_view url, std::string_view public_url);
PageSignature sign_page(std::string_view ticket, std::string_view url, Instant now, Rng& rng);

}  // namespace koi::connect::wecom
