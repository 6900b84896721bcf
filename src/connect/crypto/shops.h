/// What shops and content platforms sign their pushes with, over the raw body. Each check compares in constant time, takes no
/// empty secret, and says unauthenticated "connect.hook_signature"; lower case is lower case.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace koi::connect::crypto {

/// The application at the platform: client_id or app_key, and its secret.
struct ShopKey { std::string id, secret; };

/// What Youzan and Doudian want to hear after a push.
constexpr std::string_view kShopTaken = R"({"code":0,"msg":"success"})";

/// Youzan: MD5 of id, text and secret. The text is `msg` as it stands in the body (form "sign"), or the whole body (form
/// "Event-Sign").
std::string youzan_sign(const ShopKey& key, std::string_view text);
Result<> check_youzan_body(const ShopKey& key, std::string_view msg, std::string_view sign);
/// Also unauthenticated "connect.shop_app" when the Client-Id header names another application.
Result<> check_youzan_event(const ShopKey& key, std::string_view client_id, std::string_view event_sign, std::string_view body);

/// The Shopify convention: base64 of HMAC-SHA256.
std::string shop_hmac(std::string_view secret, std::string_view body);
Result<> check_shop_hmac(std::string_view secret, std::string_view body, std::string_view header);

/// Douyin open platform: SHA-1 of secret and body.
std::string douyin_sign(std::string_view secret, std::string_view body);
Result<> check_douyin(std::string_view secret, std::string_view body, std::string_view header);

/// Kuaishou open platform: MD5 of body and secret.
std::string kuaishou_sign(std::string_view secret, std::string_view body);
Result<> check_kuaishou(std::string_view secret, std::string_view body, std::string_view header);

/// Doudian push: MD5 of id, body and secret; also unauthenticated "connect.shop_app" when app-id is another.
std::string doudian_push_sign(const ShopKey& key, std::string_view body);
Result<> check_doudian_push(const ShopKey& key, std::string_view app_id, std::string_view event_sign, std::string_view body);

/// A call to Doudian: HMAC-SHA256, hex. `params` is JSON with sorted keys and no blanks, `timestamp` "yyyy-MM-dd HH:mm:ss".
struct DoudianCall { std::string_view method, params, timestamp, version = "2"; };
std::string doudian_text(const ShopKey& key, const DoudianCall& call);
std::string doudian_sign(const ShopKey& key, const DoudianCall& call);

}  // namespace koi::connect::crypto
