/// A simulated corp without a server: calls go straight to the platform and the control API, the clock stands still until
/// it is moved.
#pragma once
#include <gtest/gtest.h>

#include "simulate/control.h"
#include "simulate/platform.h"

namespace koi::simulate::box {

constexpr std::int64_t kStart = 1'735'700'000;  // Unix seconds

/// One request and what it was answered, now or later.
class PlainCall final : public http::Call {
 public:
  explicit PlainCall(http::Request request) : request_(std::move(request)) {}
  const http::Request& request() const override { return request_; }
  const http::Actor& actor() const override { return actor_; }
  const http::Route& route() const override { return route_; }
  Db& db() override { std::abort(); }
  std::string_view path_text(std::string_view) const override { return {}; }
  http::Answer write(ShardKey, std::function<Result<http::Reply>(Tx&)>) override { std::abort(); }
  http::Answer read(std::function<Result<http::Reply>(Tx&)>) override { std::abort(); }
  http::Finish later() override {
    return [held = held](Result<http::Reply> reply) {
      const std::scoped_lock lock(held->mutex);
      held->reply = std::move(reply);
      held->came.notify_all();
    };
  }
  void audit_subject(std::string, std::string) override {}

  struct Held {
    std::mutex mutex;
    std::condition_variable came;
    std::optional<Result<http::Reply>> reply;
    bool wait(std::chrono::milliseconds patience) {
      std::unique_lock lock(mutex);
      return came.wait_for(lock, patience, [&] { return reply.has_value(); });
    }
  };
  std::shared_ptr<Held> held = std::make_shared<Held>();

 private:
  http::Request request_;
  http::Actor actor_;
  http::Route route_{};
};

inline Options shape(Options o = {}) {
  o.start_ms = kStart * 1000;
  o.speed = 0;
  if (o.token.empty()) o.token = "QDG6eK";
  if (o.aes_key.empty()) o.aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
  return o;
}

struct Box {
  explicit Box(Options o = {}) : world(shape(std::move(o))) { token = login("app"); }

  std::string login(std::string_view app) {
    for (const auto& a : world.gate.apps())
      if (a.name == app) return text(ask("GET", "gettoken", {}, {{"corpid", world.corp.id}, {"corpsecret", a.secret}}), "access_token");
    return {};
  }
  void renew() {
    const App* app = nullptr;
    if (world.gate.check(token, world.now(), app) != 0) token = login("app");
  }
  http::Request request(std::string_view method, std::string path, std::string body, std::vector<std::pair<std::string, std::string>> query) {
    http::Request r;
    r.method = method, r.path = std::move(path), r.body = std::move(body), r.query = std::move(query);
    return r;
  }
  /// The reply of any platform call; an empty object when it is held back.
  json::object ask(std::string_view method, std::string_view path, const json::object& body = {}, std::vector<std::pair<std::string, std::string>> query = {}) {
    PlainCall call(request(method, "/cgi-bin/" + std::string(path), body.empty() ? "" : json::serialize(body), std::move(query)));
    auto answer = answer_platform(world, call);
    held = call.held;
    return answer.now ? json::parse(answer.now->body).get_object() : json::object{};
  }
  /// With a token of the app that lives, as customer contact calls are made.
  json::object post(std::string_view path, const json::object& body) {
    renew();
    return ask("POST", "externalcontact/" + std::string(path), body, {{"access_token", token}});
  }
  json::object get(std::string_view path, std::vector<std::pair<std::string, std::string>> query = {}) {
    renew();
    query.emplace_back("access_token", token);
    return ask("GET", path, {}, std::move(query));
  }
  std::int64_t code(std::string_view path, const json::object& body) { return number(post(path, body), "errcode", -99); }
  /// The control API: its reply, or {"code": …} of the refusal.
  json::object sim(std::string_view path, const json::object& body = {}, std::string_view method = "POST", std::vector<std::pair<std::string, std::string>> query = {}) {
    PlainCall call(request(method, "/sim/" + std::string(path), json::serialize(body), std::move(query)));
    auto answer = answer_control(world, call);
    held = call.held;
    if (!answer) return {{"code", answer.error().code}};
    return answer->now ? json::parse(answer->now->body).get_object() : json::object{};
  }
  std::string refusal(std::string_view path, const json::object& body) { return text(sim(path, body), "code"); }
  void advance(std::int64_t seconds) { sim("clock/advance", {{"seconds", seconds}}); }
  std::string customer(std::string_view name = "测试") { return text(sim("customers", {{"name", name}}), "external_userid"); }
  std::string way(const json::object& more = {}) {
    json::object body{{"type", 2}, {"scene", 2}, {"user", json::array{user(0), user(1)}}};
    for (const auto& [key, value] : more) body[key] = value;
    return text(post("add_contact_way", body), "config_id");
  }
  /// Friends through a search: no code, no state.
  std::string friend_of(std::string_view userid) {
    const auto id = customer();
    sim("customer/add", {{"external_userid", id}, {"userid", userid}});
    return id;
  }
  std::string user(StaffNo no) const { return world.corp.staff[no].userid; }
  /// "event.change" of what was told after `seq`.
  std::vector<std::string> told(std::int64_t after = 0) const {
    std::vector<std::string> out;
    for (const auto& h : world.told)
      if (h.seq > after) out.push_back(h.event.change.empty() ? h.event.event : h.event.change);
    return out;
  }
  std::string told_field(std::string_view name) const {
    if (world.told.empty()) return {};
    for (const auto& f : world.told.back().event.fields)
      if (f.name == name) return f.value;
    return {};
  }

  World world;
  std::string token;
  std::shared_ptr<PlainCall::Held> held;
};

}  // namespace koi::simulate::box
