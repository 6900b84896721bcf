#include "connect/wechat/messages.h"

#include <boost/json.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/fans.h"
#include "http/wire.h"
#include "people/people.h"
#include "store/rows.h"

namespace koi::connect::wechat {

struct SentRow { std::string key, state, msgid, error, content; Instant asked_at; };
BOOST_DESCRIBE_STRUCT(SentRow, (), (key, state, msgid, error, content, asked_at))
BOOST_DESCRIBE_STRUCT(Sent, (), (key, state, msgid, error))
struct MessageBody {
  std::string key, kind;
  std::optional<PersonId> person_id;
  std::optional<std::string> openid, template_id, url, page, mini_app, text;
  std::optional<std::map<std::string, std::string>> data;
};
BOOST_DESCRIBE_STRUCT(MessageBody, (), (key, kind, person_id, openid, template_id, url, page, mini_app, text, data))

namespace {

namespace json = boost::json;

constexpr std::string_view kFind = "SELECT key, state, msgid, error, content, asked_at FROM wechat_sent WHERE key = $1";
constexpr std::string_view kAsk =
    "INSERT INTO wechat_sent (key, app, kind, openid, content, state, asked_at) VALUES ($1, $2, $3, $4, $5, 'asked', $6) ON CONFLICT (key) DO NOTHING";
constexpr std::string_view kEnd = "UPDATE wechat_sent SET state = $2, msgid = $3, error = $4, ended_at = $5 WHERE key = $1 AND state IN ('asked', 'unknown')";
constexpr std::string_view kDelivered =
    "UPDATE wechat_sent SET state = $3, error = $4, ended_at = $5 WHERE app = $1 AND msgid = $2 AND state IN ('sent', 'asked', 'unknown')";
constexpr auto kSameMessage = std::chrono::minutes(10);  // the platform remembers client_msg_id this long
constexpr std::size_t kKeyMax = 100, kDataMax = 40;

/// What the platform wants to hear.
json::object body_of(const Message& m) {
  json::object out{{"touser", m.openid}};
  if (m.kind == "custom") {
    out["msgtype"] = "text";
    out["text"] = json::object{{"content", m.text}};
    return out;
  }
  out["template_id"] = m.template_id;
  json::object data;
  for (const auto& [name, value] : m.data) data[name] = json::object{{"value", value}};
  out["data"] = std::move(data);
  if (m.kind == "subscribe") {
    if (!m.page.empty()) out["page"] = m.page;
    return out;
  }
  if (!m.url.empty()) out["url"] = m.url;
  if (!m.mini_app.empty()) out["miniprogram"] = json::object{{"appid", m.mini_app}, {"pagepath", m.page}};
  out["client_msg_id"] = hex(hash128(m.key));
  return out;
}

std::string_view path_of(const Message& m) {
  if (m.kind == "custom") return "/cgi-bin/message/custom/send";
  return m.kind == "template" ? "/cgi-bin/message/template/send" : "/cgi-bin/message/subscribe/send";
}

Result<> check(const Message& m) {
  const bool known = m.kind == "template" || m.kind == "custom" || m.kind == "subscribe";
  if (!known) return fail(Errc::invalid, "connect.message_kind", m.kind, "/kind");
  if (m.key.empty() || m.key.size() > kKeyMax) return fail(Errc::invalid, "connect.message_empty", "key", "/key");
  if (m.openid.empty()) return fail(Errc::invalid, "connect.message_empty", "openid", "/openid");
  if (m.kind == "custom" ? m.text.empty() : m.template_id.empty()) return fail(Errc::invalid, "connect.message_empty", m.kind);
  if (m.data.size() > kDataMax) return fail(Errc::invalid, "connect.message_empty", "data", "/data");
  return {};
}

Result<Sent> end(Desk& desk, const std::string& key, const Result<json::object>& answer) {
  Sent out{key, "sent", {}, {}};
  if (answer) {
    if (const auto* id = answer->if_contains("msgid"); id != nullptr) out.msgid = id->is_string() ? std::string(id->get_string()) : json::serialize(*id);
  } else {
    out.state = answer.error().code == "connect.wechat_unknown" ? "unknown" : "failed";
    out.error = answer.error().code;
  }
  TRY(desk.db().write([&](Tx& tx) { return tx.exec(kEnd, key, out.state, out.msgid, out.error, tx.now()); }));
  return out;
}

}  // namespace

Result<std::optional<Sent>> find_sent(Tx& tx, std::string_view key) {
  TRY(auto row, tx.maybe<SentRow>(kFind, key));
  if (!row) return std::nullopt;
  return Sent{std::move(row->key), std::move(row->state), std::move(row->msgid), std::move(row->error)};
}

Result<Sent> send_message(Desk& desk, const Message& m) {
  TRY(check(m));
  TRY(const auto host, desk.host(m.app));
  const auto body = body_of(m);
  const auto content = hex(hash128(m.app + " " + m.kind + " " + json::serialize(body)));
  struct Known { bool fresh = false; SentRow row; };
  TRY(const auto known, desk.db().write([&](Tx& tx) -> Result<Known> {
    TRY(const auto made, tx.exec(kAsk, m.key, m.app, m.kind, m.openid, content, tx.now()));
    TRY(auto row, tx.one<SentRow>(kFind, m.key));
    return Known{made > 0, std::move(row)};
  }));
  const auto& row = known.row;
  if (row.content != content) return fail(Errc::conflict, "connect.message_differs", m.key);
  // The same template under the same client_msg_id is one message: asking again finds out what happened.
  const bool open = row.state == "asked" || row.state == "unknown";
  const bool again = open && m.kind == "template" && desk.db().clock().now() - row.asked_at < kSameMessage;
  if (!known.fresh && !again) return Sent{row.key, row.state == "asked" ? "unknown" : row.state, row.msgid, row.error};
  return end(desk, m.key, host->post(path_of(m), body));
}

Result<> note_delivery(Tx& tx, std::string_view app, std::string_view msgid, std::string_view status) {
  if (msgid.empty()) return {};
  const bool good = status == "success";
  TRY(tx.exec(kDelivered, app, msgid, good ? "delivered" : "failed", good ? std::string_view() : "connect.wechat_refused", tx.now()));
  return {};
}

namespace {

Result<Answer> post_message(Call& call) {
  TRY(const auto in, call.body<MessageBody>());
  const std::string app(call.path_text("app"));
  return at_desk(call, [in, app, scope = call.scope()](Desk& desk) -> Result<Reply> {
    Message m{in.key, app, in.kind, in.openid.value_or(""), in.template_id.value_or(""), in.url.value_or(""), in.page.value_or(""), in.mini_app.value_or(""), {}, in.text.value_or("")};
    if (in.data) m.data.assign(in.data->begin(), in.data->end());
    if (in.person_id) {
      TRY(const auto openid, desk.db().read([&](Tx& tx) -> Result<std::optional<std::string>> {
        TRY(const auto person, people::visible(tx, scope, *in.person_id));
        return openid_of(tx, person, app);
      }));
      if (!openid) return fail(Errc::conflict, "connect.wechat_not_follower");
      m.openid = *openid;
    }
    TRY(const auto sent, send_message(desk, m));
    return http::ok(sent);
  }, "wechat:" + app + ":" + in.key);
}

Result<Answer> get_message(Call& call) {
  return call.read([key = std::string(call.path_text("key"))](Tx& tx) -> Result<Reply> {
    TRY(const auto sent, find_sent(tx, key));
    if (!sent) return fail(Errc::not_found, "connect.no_message", key);
    return http::ok(*sent);
  });
}

using http::None;
constexpr Route kRoutes[] = {
    http::route<None, MessageBody, Sent>("POST", "/v1/channels/wechat/{app}/messages", "channel.send", post_message, "发送模板、客服或订阅消息",
                                         "Send a template, customer-service or subscription message"),
    http::route<None, None, Sent>("GET", "/v1/channels/wechat/{app}/messages/{key}", "channel.read", get_message, "消息发送结果", "What became of a message"),
};

}  // namespace

std::span<const Route> message_routes() { return kRoutes; }

}  // namespace koi::connect::wechat
