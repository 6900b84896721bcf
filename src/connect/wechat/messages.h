/// Messages through an account: template (oa), customer service (oa, mini; within 48 h of what the person did), subscription (mini).
/// Owns wechat_sent.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wechat {

class Desk;

struct Message {
  std::string key;   // the sender's: one message for a key
  std::string app, kind /* template custom subscribe */, openid;
  std::string template_id, url, page, mini_app;  // template: url, or a page of mini_app; subscribe: page
  std::vector<std::pair<std::string, std::string>> data;
  std::string text;  // custom
};
struct Sent { std::string key, state /* sent failed unknown delivered */, msgid, error; };
/// Sends unless the key is known; then what became of it. A message whose answer was lost is "unknown": a template is asked for
/// again under the same key for ten minutes, which the platform counts once; the others are not sent twice. Blocking.
/// conflict "connect.message_differs" (same key, other content); invalid "connect.message_kind", "connect.message_empty". What
/// the platform refuses is a state with its code, not an error.
Result<Sent> send_message(Desk& desk, const Message& message);
/// Tells what the platform said about a template's delivery later.
Result<> note_delivery(Tx& tx, std::string_view app, std::string_view msgid, std::string_view status);
Result<std::optional<Sent>> find_sent(Tx& tx, std::string_view key);

std::span<const http::Route> message_routes();

}  // namespace koi::connect::wechat
