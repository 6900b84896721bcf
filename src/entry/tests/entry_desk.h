/// The routes of this room through their handlers, without a socket.
#pragma once
#include <boost/json.hpp>

#include <condition_variable>

#include "entry/group_codes.h"
#include "entry/tests/entry_world.h"

namespace koi::entry::testing {

class DeskCall final : public Call {
 public:
  DeskCall(Db& db, const Route& route, std::map<std::string, std::string, std::less<>> parts, http::Request request, http::Actor actor)
      : db_(db), route_(route), parts_(std::move(parts)), request_(std::move(request)), actor_(std::move(actor)) {}
  const http::Request& request() const override { return request_; }
  const http::Actor& actor() const override { return actor_; }
  const Route& route() const override { return route_; }
  Db& db() override { return db_; }
  std::string_view path_text(std::string_view name) const override {
    const auto at = parts_.find(name);
    return at == parts_.end() ? std::string_view{} : at->second;
  }
  Answer write(ShardKey shard, std::function<Result<Reply>(Tx&)> fn) override {
    answer(db_.write([&](Tx& tx) { return fn(tx); }, shard));
    return Answer::Later{};
  }
  Answer read(std::function<Result<Reply>(Tx&)> fn) override {
    answer(db_.read([&](Tx& tx) { return fn(tx); }));
    return Answer::Later{};
  }
  http::Finish later() override {
    return [this](Result<Reply> got) { answer(std::move(got)); };
  }
  void audit_subject(std::string, std::string) override {}

  Result<Reply> wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return got_.has_value(); });
    return std::move(*got_);
  }

 private:
  void answer(Result<Reply> got) {
    const std::scoped_lock lock(mutex_);
    got_ = std::move(got);
    done_.notify_all();
  }
  Db& db_;
  const Route& route_;
  std::map<std::string, std::string, std::less<>> parts_;
  http::Request request_;
  http::Actor actor_;
  std::mutex mutex_;
  std::condition_variable done_;
  std::optional<Result<Reply>> got_;
};

struct Ask {
  std::vector<std::string> parts = {};  // of the path, in order
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> query = {}, headers = {};
};

class EntryDesk : public EntryWorld {
 public:
  using EntryWorld::EntryWorld;
  Scope scope = Scope::everything("test");
  Reply last;
  std::string pointer;  // of the refusal

  /// The status, or the code of the refusal.
  std::string call(std::string_view method, std::string_view pattern, const Ask& ask = {}) {
    auto all = std::vector<Route>(code_routes().begin(), code_routes().end());
    all.insert(all.end(), group_code_routes().begin(), group_code_routes().end());
    const auto route = std::ranges::find_if(all, [&](const Route& r) { return r.method == method && r.path == pattern; });
    if (route == all.end()) return "no route";
    http::Request request;
    request.method = std::string(method);
    request.body = ask.body;
    request.query = ask.query;
    request.headers["host"] = "shop.example";
    for (const auto& [name, value] : ask.headers) request.headers[name] = value;
    std::map<std::string, std::string, std::less<>> named;
    std::size_t next = 0;
    for (std::size_t at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1))
      named[std::string(pattern.substr(at + 1, pattern.find('}', at) - at - 1))] = ask.parts.at(next++);
    http::Actor actor;
    actor.kind = http::Actor::Kind::user;
    actor.id = 1;
    actor.scope = scope;
    DeskCall c(db(), *route, named, std::move(request), std::move(actor));
    pointer.clear();
    auto handled = route->handler(c);
    if (!handled) return refusal(handled.error());
    auto got = handled->now ? Result<Reply>(std::move(*handled->now)) : c.wait();
    if (!got) return refusal(got.error());
    last = std::move(*got);
    return std::to_string(last.status);
  }
  boost::json::value json() const { return boost::json::parse(last.body); }
  /// A place in the reply as text.
  std::string text(std::string_view place) const {
    boost::system::error_code none;
    const auto whole = json();
    const auto* at = whole.find_pointer(place, none);
    if (at == nullptr) return "missing";
    return at->is_string() ? std::string(at->get_string()) : boost::json::serialize(*at);
  }
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : last.headers)
      if (key == name) return value;
    return {};
  }

 private:
  std::string refusal(const Error& e) {
    pointer = e.pointer;
    return e.code;
  }
};

}  // namespace koi::entry::testing
