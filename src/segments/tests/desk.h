/// A shop with a few people, and this room's routes through their handlers without a socket.
#pragma once
#include <boost/json.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "events/events.h"
#include "http/wire.h"
#include "people/people.h"
#include "people/profile.h"
#include "segments/segments.h"
#include "tests/support/world.h"

namespace koi::segments::desk {

using koi::testing::outcome;

/// A call that may answer later, from another thread.
class DeskCall final : public Call {
 public:
  DeskCall(Db& db, const Route& route, std::map<std::string, std::string, std::less<>> parts, http::Request request, Scope scope)
      : db_(db), route_(route), parts_(std::move(parts)), request_(std::move(request)) {
    actor_.kind = http::Actor::Kind::user;
    actor_.id = 1;
    actor_.scope = std::move(scope);
  }
  const http::Request& request() const override { return request_; }
  const http::Actor& actor() const override { return actor_; }
  const Route& route() const override { return route_; }
  Db& db() override { return db_; }
  std::string_view path_text(std::string_view name) const override {
    const auto at = parts_.find(name);
    return at == parts_.end() ? std::string_view{} : at->second;
  }
  Answer write(ShardKey key, std::function<Result<Reply>(Tx&)> fn) override {
    auto made = std::make_shared<Result<Reply>>(fail(Errc::internal, "test.unanswered"));
    auto queued = db_.writer().submit(
        key,
        [made, fn = std::move(fn)](Tx& tx) -> Result<> {
          *made = fn(tx);
          return *made ? Result<>{} : std::unexpected(made->error());
        },
        [state = state_, made](Result<> ended) { keep(*state, ended ? *made : std::unexpected(ended.error())); });
    EXPECT_TRUE(queued);
    return Answer::Later{};
  }
  Answer read(std::function<Result<Reply>(Tx&)> fn) override {
    keep(*state_, db_.read([&](Tx& tx) { return fn(tx); }));
    return Answer::Later{};
  }
  http::Finish later() override {
    return [state = state_](Result<Reply> got) { keep(*state, std::move(got)); };
  }
  void audit_subject(std::string, std::string) override {}
  Result<Reply> wait() {
    std::unique_lock lock(state_->mutex);
    state_->there.wait(lock, [&] { return state_->answer.has_value(); });
    return *state_->answer;
  }

 private:
  /// Outlives the call: whoever answers may still be leaving when the answer is read.
  struct State {
    std::mutex mutex;
    std::condition_variable there;
    std::optional<Result<Reply>> answer;
  };
  static void keep(State& state, Result<Reply> got) {
    const std::scoped_lock lock(state.mutex);
    state.answer = std::move(got);
    state.there.notify_all();
  }
  Db& db_;
  const Route& route_;
  std::map<std::string, std::string, std::less<>> parts_;
  http::Request request_;
  http::Actor actor_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// It is Friday, 20 March 2026, noon in Shanghai. tea bought three times for 600元, cup once for 20元, none ever; all three know
/// how they came in. tea is of staff 7.
class Shop : public koi::testing::World {
 public:
  PersonId tea, cup, none;
  Scope scope = Scope::everything("test");
  std::string last, etag;

  Shop() : World({store::schema(), events::schema(), people::schema(), segments::schema()}) {
    clock().set(*parse_rfc3339("2026-03-20T12:00:00+08:00"));
    check(write([](Tx& tx) { return events::install_catalogue(tx); }));
    tea = person("tea");
    cup = person("cup");
    none = person("bare");
    for (const int days : {1, 5, 40}) paid(tea, days, 200'00);
    paid(cup, 10, 20'00);
    check(write([&](Tx& tx) -> Result<> {
      TRY(people::assign_owner(tx, tea, StaffId{7}, "/1/"));
      return people::tag_person(tx, {.person = cup, .tags = {"偏好/奶茶"}, .source = "manual:user 1", .expires = {}, .create = true, .why = {}});
    }));
  }
  template <class T>
  void check(const Result<T>& r) { EXPECT_TRUE(r) << outcome(r) << " " << (r ? "" : r.error().detail); }

  PersonId person(const std::string& no) {
    const people::Ident ident{"order_buyer:shop", no};
    const auto got = write([&](Tx& tx) { return people::resolve(tx, std::span(&ident, 1), "test"); });
    check(got);
    return got ? got->person : PersonId{};
  }
  void paid(PersonId who, int days_ago, std::int64_t fen) {
    check(write([&](Tx& tx) {
      return events::append(tx, {.kind = "order_paid", .person = who, .at = tx.now() - std::chrono::days(days_ago), .props = R"({"order_id":"o"})", .amount_fen = fen});
    }));
  }

  /// "200" or the code of the refusal; `parts` are those of the path in order.
  std::string call(std::string_view method, std::string_view pattern, std::vector<std::string> parts = {}, std::string body = {},
                   std::vector<std::pair<std::string, std::string>> query = {}, std::string if_match = {}) {
    const auto all = routes();
    const auto route = std::ranges::find_if(all, [&](const Route& r) { return r.method == method && r.path == pattern; });
    if (route == all.end()) return "no route";
    http::Request request;
    request.method = std::string(method);
    request.body = std::move(body);
    request.query = std::move(query);
    if (!if_match.empty()) request.headers["if-match"] = if_match;
    std::map<std::string, std::string, std::less<>> named;
    std::size_t next = 0;
    for (std::size_t at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1))
      named[std::string(pattern.substr(at + 1, pattern.find('}', at) - at - 1))] = parts[next++];
    DeskCall c(db(), *route, named, std::move(request), scope);
    const auto handled = route->handler(c);
    if (!handled) return handled.error().code;
    const auto reply = handled->now ? Result<Reply>(*handled->now) : c.wait();
    if (!reply) return reply.error().code;
    etag.clear();
    for (const auto& [name, value] : reply->headers)
      if (name == "ETag") etag = value;
    last = reply->body;
    return std::to_string(reply->status);
  }
  boost::json::value json() const { return boost::json::parse(last); }
  std::string text(std::string_view pointer) const {
    const auto all = json();
    boost::system::error_code ec;
    const auto* v = all.find_pointer(pointer, ec);
    return v == nullptr ? "absent" : v->is_string() ? std::string(v->get_string()) : boost::json::serialize(*v);
  }
  std::string post(std::string_view path, const boost::json::value& body, std::vector<std::string> parts = {}) {
    return call("POST", path, std::move(parts), boost::json::serialize(body));
  }
  /// A new segment's id; the code when it is refused.
  std::string make(const std::string& name, const std::string& text_, const std::string& mode = "asked", const std::string& tag = {}) {
    boost::json::object body{{"name", name}, {"mode", mode}, {"text", text_}};
    if (!tag.empty()) body["tag"] = tag;
    const auto got = post("/v1/segments", body);
    return got == "201" ? text("/id") : got;
  }
  std::string counted(const std::string& rule) {
    const auto got = post("/v1/segments/count", {{"what", {{"text", rule}}}});
    return got == "200" ? text("/count") : got;
  }
};

}  // namespace koi::segments::desk
