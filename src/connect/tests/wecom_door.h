/// Pushes as the platform would send them, sealed by the simulator's own hand, and the door they come to, without a server.
#pragma once
#include <map>

#include "connect/outgoing/client.h"
#include "connect/seal_key.h"
#include "connect/tests/wecom_box.h"
#include "connect/wecom/callback.h"
#include "connect/wecom/desk.h"
#include "connect/wecom/inbox.h"
#include "simulate/seal.h"

namespace koi::connect::wecom::testing {

inline constexpr std::string_view kDoorToken = "QDG6eK", kDoorAes = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

/// A network that nobody answers on.
struct NoNetwork final : Outgoing {
  void send(OutRequest, std::function<void(Result<OutReply>)> done) override { done(fail(Errc::unavailable, "connect.unreachable")); }
};

/// One request at the door.
class DoorCall final : public http::Call {
 public:
  DoorCall(Db& db, std::string corp, const std::string& query, std::string body) : db_(db), corp_(std::move(corp)) {
    request_.path = "/callback/wecom/" + corp_;
    request_.target = request_.path + (query.empty() ? "" : "?" + query);
    request_.body = std::move(body);
  }
  Result<Reply> send(std::string_view method) {
    for (const auto& route : callback_routes()) {
      if (route.method != method) continue;
      route_ = &route;
      auto answer = route.handler(*this);
      if (!answer) return std::unexpected(answer.error());
      return answer->now ? Result<Reply>(*answer->now) : std::move(*reply_);
    }
    return fail(Errc::not_found, "no such route");
  }
  const http::Request& request() const override { return request_; }
  const http::Actor& actor() const override { return actor_; }
  const Route& route() const override { return *route_; }
  Db& db() override { return db_; }
  std::string_view path_text(std::string_view) const override { return corp_; }
  Answer write(ShardKey shard, std::function<Result<Reply>(Tx&)> fn) override {
    reply_ = db_.write([&](Tx& tx) { return fn(tx); }, shard);
    return Answer::Later{};
  }
  Answer read(std::function<Result<Reply>(Tx&)> fn) override {
    reply_ = db_.read([&](Tx& tx) { return fn(tx); });
    return Answer::Later{};
  }
  http::Finish later() override { std::abort(); }
  void audit_subject(std::string, std::string) override {}

 private:
  Db& db_;
  std::string corp_;
  http::Request request_;
  http::Actor actor_;
  const Route* route_ = nullptr;
  std::optional<Result<Reply>> reply_;
};

struct SealedPush { std::string query, body; };

/// What the platform would make of it at `at`; members may be spoilt before it is put together.
struct PushMaker {
  std::string corp, token{kDoorToken}, aes{kDoorAes};
  std::string timestamp, nonce = "263014780", encrypt, signature;

  PushMaker& at(Instant t) {
    timestamp = std::to_string(to_ms(t) / 1000);
    return *this;
  }
  PushMaker& words(std::string_view xml, std::string_view receiver) {
    encrypt = simulate::seal_text(*simulate::aes_key_of(aes), receiver, xml, "0123456789abcdef");
    return *this;
  }
  PushMaker& words(std::string_view xml) { return words(xml, corp); }
  PushMaker& sign() {
    signature = simulate::signature_of(token, timestamp, nonce, encrypt);
    return *this;
  }
  std::string query() const { return "msg_signature=" + signature + "&timestamp=" + timestamp + "&nonce=" + nonce; }
  std::string body() const { return "<xml><ToUserName><![CDATA[" + corp + "]]></ToUserName><Encrypt><![CDATA[" + encrypt + "]]></Encrypt><AgentID></AgentID></xml>"; }
  SealedPush made() const { return {query(), body()}; }
};

using PushFields = std::vector<std::pair<std::string_view, std::string>>;
inline std::string push_xml(std::string_view corp, std::int64_t created, std::string_view event, std::string_view change, const PushFields& fields) {
  const auto data = [](std::string_view name, std::string_view text) { return "<" + std::string(name) + "><![CDATA[" + std::string(text) + "]]></" + std::string(name) + ">"; };
  auto out = "<xml>" + data("ToUserName", corp) + "<FromUserName><![CDATA[sys]]></FromUserName><CreateTime>" + std::to_string(created) + "</CreateTime>" + data("MsgType", "event") +
             data("Event", event) + data("ChangeType", change);
  for (const auto& [name, value] : fields) out += data(name, value);
  return out + "</xml>";
}

/// A connected corp, staff and all, with a desk whose threads rest: tests turn the wheels.
struct DoorWorld : SyncWorld {
  explicit DoorWorld(simulate::Options shape = corp_shape(4, 6, 1)) : SyncWorld(std::move(shape)) {
    set_seal_key(std::string(32, 'k'));
    connect();
    desk = std::make_unique<Desk>(db(), network);
  }
  void connect(bool disabled = false) {
    const auto put = w.write([&](Tx& tx) {
      return put_corp(tx, {.corp_id = corp, .name = "锦鲤", .base_url = "http://127.0.0.1:1", .secret = "s", .token = std::string(kDoorToken), .aes_key = std::string(kDoorAes),
                           .agent_id = 1, .disabled = disabled}, std::string(32, 'k'));
    });
    EXPECT_EQ(outcome(put), "ok");
    if (desk) corp_changed(db(), corp);
  }
  PushMaker maker() { return PushMaker{.corp = corp}.at(w.clock().now()); }
  std::int64_t seconds() { return to_ms(w.clock().now()) / 1000; }
  std::string add_xml(std::string_view external, std::string_view change = "add_external_contact", const PushFields& more = {}) {
    PushFields fields{{"UserID", sim.user(0)}, {"ExternalUserID", std::string(external)}};
    fields.insert(fields.end(), more.begin(), more.end());
    return push_xml(corp, seconds(), "change_external_contact", change, fields);
  }
  Result<Reply> post(const SealedPush& push, std::string_view to = {}) { return DoorCall(db(), to.empty() ? corp : std::string(to), push.query, push.body).send("POST"); }
  /// All that is due.
  void work() {
    for (int i = 0; i < 1000; ++i) {
      const auto n = work_inbox(db(), 200);
      EXPECT_EQ(outcome(n), "ok") << (n ? "" : n.error().detail);
      if (!n || *n == 0) return;
    }
  }

  NoNetwork network;
  std::unique_ptr<Desk> desk;
};

}  // namespace koi::connect::wecom::testing
