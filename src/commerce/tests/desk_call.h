/// A request without a server: handlers run at once on the world's store. For the API tests of this room and of insight.
#pragma once
#include <map>

#include "http/http.h"
#include "tests/support/world.h"

namespace koi::testing {

class DeskCall final : public http::Call {
 public:
  DeskCall(Db& db, Scope scope, std::string body = {}) : db_(db) {
    actor_.kind = http::Actor::Kind::user;
    actor_.permissions = {"*"};
    actor_.scope = std::move(scope);
    request_.body = std::move(body);
  }
  DeskCall& with(std::string name, std::string value) {
    request_.query.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  DeskCall& at(std::string name, std::string value) {
    path_[std::move(name)] = std::move(value);
    return *this;
  }
  /// The body of the reply, or "code: detail" of the problem.
  std::string send(std::span<const Route> routes, std::string_view method, std::string_view path) {
    for (const auto& route : routes) {
      if (route.method != method || route.path != path) continue;
      route_ = &route;
      auto answer = route.handler(*this);
      if (!answer) return answer.error().code + ": " + answer.error().detail;
      return answer->now ? answer->now->body : reply_;
    }
    return "no such route";
  }

  const http::Request& request() const override { return request_; }
  const http::Actor& actor() const override { return actor_; }
  const Route& route() const override { return *route_; }
  Db& db() override { return db_; }
  std::string_view path_text(std::string_view name) const override {
    const auto at = path_.find(name);
    return at == path_.end() ? std::string_view() : at->second;
  }
  Answer write(ShardKey shard, std::function<Result<Reply>(Tx&)> fn) override {
    return keep(db_.write([&](Tx& tx) { return fn(tx); }, shard));
  }
  Answer read(std::function<Result<Reply>(Tx&)> fn) override {
    return keep(db_.read([&](Tx& tx) { return fn(tx); }));
  }
  http::Finish later() override {
    return [this](Result<Reply> r) { keep(std::move(r)); };
  }
  void audit_subject(std::string, std::string) override {}

 private:
  Answer keep(Result<Reply> r) {
    reply_ = r ? r->body : r.error().code + ": " + r.error().detail;
    return Answer::Later{};
  }
  Db& db_;
  http::Request request_;
  http::Actor actor_;
  const Route* route_ = nullptr;
  std::map<std::string, std::string, std::less<>> path_;
  std::string reply_;
};

}  // namespace koi::testing
