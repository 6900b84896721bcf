/// A fresh store with links, pages and forms, and calls of their routes without a socket.
#pragma once
#include <future>
#include <thread>

#include "entry/forms.h"
#include "entry/links.h"
#include "entry/pages.h"
#include "entry/tests/entry_world.h"
#include "http/url.h"
#include "people/tags.h"
#include "segments/segments.h"

namespace koi::entry::testing {

inline constexpr std::string_view kPhone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
inline constexpr std::string_view kWechat =
    "Mozilla/5.0 (Linux; Android 14; V2309A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.50";

/// A call that is answered by the real Writer.
class DoorCall final : public Call {
 public:
  DoorCall(Db& db, const Route& route, std::map<std::string, std::string, std::less<>> parts, http::Request request, http::Actor actor)
      : db_(db), route_(route), parts_(std::move(parts)), request_(std::move(request)), actor_(std::move(actor)) {}
  const http::Request& request() const override { return request_; }
  const http::Actor& actor() const override { return actor_; }
  const Route& route() const override { return route_; }
  Db& db() override { return db_; }
  std::string_view path_text(std::string_view name) const override {
    const auto at = parts_.find(name);
    return at == parts_.end() ? std::string_view{} : at->second;
  }
  Answer write(ShardKey key, std::function<Result<Reply>(Tx&)> fn) override {
    done_.set_value(db_.write([&](Tx& tx) { return fn(tx); }, key));
    return Answer::Later{};
  }
  Answer read(std::function<Result<Reply>(Tx&)> fn) override {
    done_.set_value(db_.read([&](Tx& tx) { return fn(tx); }));
    return Answer::Later{};
  }
  http::Finish later() override {
    return [this](Result<Reply> reply) { done_.set_value(std::move(reply)); };
  }
  void audit_subject(std::string, std::string) override {}
  Result<Reply> answer() {
    const auto handled = route_.handler(*this);
    if (!handled) return std::unexpected(handled.error());
    if (handled->now) return *handled->now;
    return done_.get_future().get();
  }

 private:
  Db& db_;
  const Route& route_;
  std::map<std::string, std::string, std::less<>> parts_;
  http::Request request_;
  http::Actor actor_;
  std::promise<Result<Reply>> done_;
};

class DoorWorld : public koi::testing::World {
 public:
  explicit DoorWorld(std::uint64_t seed = 1) : World({store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), schema()}, seed) {
    set_now_ms(kMonday);
    EXPECT_TRUE(write([](Tx& tx) { return events::install_catalogue(tx); }));
  }

  void pass(std::int64_t ms) { clock().advance(Millis{ms}); }

  static LinkSpec to(std::string url) {
    LinkSpec spec;
    spec.name = "夏日促销";
    spec.channel = "短信";
    spec.targets.emplace_back().to = std::move(url);
    return spec;
  }
  Link link(const LinkSpec& spec, std::string slug = {}) {
    const auto got = write([&](Tx& tx) { return create_link(tx, {spec, slug, {}}); });
    EXPECT_TRUE(got) << got.error().code << " " << got.error().pointer << " " << got.error().detail;
    return got.value_or(Link{});
  }
  static Caller by(std::string visitor, std::string_view agent = kPhone) {
    Caller out;
    out.visitor = std::move(visitor);
    out.agent = agent;
    out.remote = "203.0.113.9";
    return out;
  }
  Result<Landing> click(std::string_view slug, const Caller& caller) {
    return db().write([&](Tx& tx) { return follow_link(tx, slug, caller); }, shard_of_slug(slug));
  }
  /// Where it leads, or "ask", or why not.
  std::string where(std::string_view slug, const Caller& caller) {
    const auto got = click(slug, caller);
    if (!got) return got.error().code;
    switch (got->kind) {
      case Landing::Kind::go: return got->address;
      case Landing::Kind::ask: return "ask";
      case Landing::Kind::away: return got->why;
      case Landing::Kind::unknown: return "unknown";
    }
    return {};
  }
  LinkCounts counts(LinkId id) {
    const auto got = read([&](Tx& tx) { return find_link(tx, id); });
    return got ? got->counts : LinkCounts{};
  }
  std::int64_t events_of(std::string_view kind) {
    const auto got = read([&](Tx& tx) { return events::count_kinds(tx); });
    for (const auto& k : got.value_or(std::vector<events::KindCount>{}))
      if (k.kind == kind) return k.events;
    return 0;
  }
  /// The props of the newest event.
  std::string last_props() {
    return read([](Tx& tx) -> Result<std::string> {
             TRY(const auto end, events::end_of_log(tx));
             TRY(const auto newest, events::after(tx, end - 1, 1));
             return newest.empty() ? std::string() : newest.back().kind + " " + newest.back().props;
           }).value_or("");
  }

  static FormSpec asks() {
    FormSpec spec;
    spec.name = "口味调研";
    spec.title = "您喜欢哪种口味?";
    return spec;
  }
  static FormQuestion choice(std::string key, std::vector<std::string> labels, bool many = false) {
    FormQuestion q;
    q.key = std::move(key);
    q.kind = many ? QuestionKind::multi : QuestionKind::single;
    q.title = "题目 " + q.key;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      auto& o = q.options.emplace_back();
      o.key = std::string(1, static_cast<char>('a' + i));
      o.label = labels[i];
    }
    return q;
  }
  static FormQuestion ask(std::string key, QuestionKind kind, bool required = true) {
    FormQuestion q;
    q.key = std::move(key);
    q.kind = kind;
    q.title = "题目 " + q.key;
    q.required = required;
    return q;
  }
  Form form(const FormSpec& spec, std::string slug = {}) {
    const auto got = write([&](Tx& tx) { return create_form(tx, {spec, slug, {}}); });
    EXPECT_TRUE(got) << got.error().code << " " << got.error().pointer << " " << got.error().detail;
    return got.value_or(Form{});
  }
  Result<Submitted> submit(FormId form, const std::string& visitor, Answers answers, std::string repeat = {}, bool consent = false) {
    const SubmitForm cmd{form, std::move(answers), repeat.empty() ? visitor + "-page" : std::move(repeat), by(visitor), consent, 7};
    return db().write([&](Tx& tx) { return submit_form(tx, cmd); }, shard_of(form));
  }
  std::string tags(PersonId person) {
    const auto got = read([&](Tx& tx) -> Result<std::string> {
      TRY(const auto root, people::root_of(tx, person));
      TRY(auto held, people::tags_of(tx, root));
      std::vector<std::string> names;
      for (const auto& t : held) names.push_back(t.group.empty() ? t.name : t.group + "/" + t.name);
      std::ranges::sort(names);
      std::string out;
      for (const auto& n : names) out += (out.empty() ? "" : " ") + n;
      return out;
    });
    return got ? *got : got.error().code;
  }

  // Routes. `pattern` as it stands in the table; parts are the path's in order.
  std::string cookie;  // the browser's own, kept between calls
  std::string agent{kPhone};
  std::string language = "zh-CN";
  Scope scope = Scope::everything("test");
  Reply last;

  std::string call(std::string_view method, std::string_view pattern, std::vector<std::string> parts = {}, std::string body = {}, std::string_view query = {}, std::string if_match = {}) {
    const auto all = door_routes();
    const auto route = std::ranges::find_if(all, [&](const Route& r) { return r.method == method && r.path == pattern; });
    if (route == all.end()) return "no route";
    http::Request request;
    request.method = std::string(method);
    request.body = std::move(body);
    request.remote = "203.0.113.9";
    request.headers["host"] = "shop.example";
    request.headers["user-agent"] = agent;
    request.headers["accept-language"] = language;
    if (!cookie.empty()) request.headers["cookie"] = "koi_visitor=" + cookie;
    if (!if_match.empty()) request.headers["if-match"] = if_match;
    request.query = http::parse_query_string(query).value_or(std::vector<std::pair<std::string, std::string>>{});
    std::map<std::string, std::string, std::less<>> named;
    std::size_t next = 0, from = 0;
    for (std::size_t at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1)) {
      const auto close = pattern.find('}', at);
      request.path += std::string(pattern.substr(from, at - from)) + parts[next];
      named[std::string(pattern.substr(at + 1, close - at - 1))] = parts[next++];
      from = close + 1;
    }
    request.path += pattern.substr(from);
    http::Actor actor;
    actor.kind = http::Actor::Kind::user;
    actor.id = 1;
    actor.name = "小王";
    actor.scope = scope;
    DoorCall c(db(), *route, std::move(named), std::move(request), std::move(actor));
    auto got = c.answer();
    if (!got) {
      last = {};
      return got.error().code + (got.error().pointer.empty() ? "" : " " + got.error().pointer);
    }
    last = std::move(*got);
    if (const auto set = header("Set-Cookie"); set.starts_with("koi_visitor=")) cookie = set.substr(12, 21);
    return std::to_string(last.status);
  }
  std::string header(std::string_view name) const {
    for (const auto& [n, value] : last.headers)
      if (n == name) return value;
    return {};
  }
  bool shows(std::string_view text) const { return last.body.find(text) != std::string::npos; }
  /// The value of a hidden field on the page.
  std::string field(std::string_view name) const {
    const auto at = last.body.find("name=\"" + std::string(name) + "\" value=\"");
    if (at == std::string::npos) return {};
    const auto from = last.body.find("value=\"", at) + 7;
    return last.body.substr(from, last.body.find('"', from) - from);
  }
};

}  // namespace koi::entry::testing
