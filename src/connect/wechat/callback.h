/// Judging what comes in at a channel's callback address.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "connect/crypto/callback.h"
#include "connect/wechat/account.h"
#include "http/http.h"

namespace koi::connect::wechat {

/// A push that was believed: its text, the key it was sealed with (empty: it was not), and what to remember it by.
struct Opened { std::string text; crypto::CallbackKey key; std::string seal; };
/// unauthenticated "connect.callback_expired" (300 s away or more), "connect.callback_signature" (also a bare push where seals are
/// asked for), "connect.callback_receiver"; malformed "connect.callback_cipher", "connect.callback_xml".
Result<Opened> open_push(const Account& account, const crypto::CallbackQuery& query, std::string_view body, Instant now);
Result<> check_age(std::string_view timestamp, Instant now);

std::span<const http::Route> callback_routes();

}  // namespace koi::connect::wechat
