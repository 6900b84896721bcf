// The identity routes through their handlers, without a socket.
#include <algorithm>
#include <boost/json.hpp>
#include <future>

#include "http/wire.h"
#include "people/profile.h"
#include "people/tests/pond.h"

namespace koi::people {
namespace {

class IdentityCall final : public Call {
 public:
  IdentityCall(Pond& w, const Route& route, std::map<std::string, std::string, std::less<>> parts, http::Request request, Scope scope)
      : w_(w), route_(route), parts_(std::move(parts)), request_(std::move(request)) {
    actor_.kind = http::Actor::Kind::user;
    actor_.id = 7;
    actor_.scope = std::move(scope);
  }
  const http::Request& request() const override { return request_; }
  const http::Actor& actor() const override { return actor_; }
  const Route& route() const override { return route_; }
  Db& db() override { return w_.db(); }
  std::string_view path_text(std::string_view name) const override { return parts_.find(name)->second; }
  Answer write(ShardKey, std::function<Result<Reply>(Tx&)> fn) override { return keep(w_.write([&](Tx& tx) { return fn(tx); })); }
  Answer read(std::function<Result<Reply>(Tx&)> fn) override { return keep(w_.read([&](Tx& tx) { return fn(tx); })); }
  http::Finish later() override { return [this](Result<Reply> got) { answer.set_value(std::move(got)); }; }
  void audit_subject(std::string, std::string) override {}
  std::promise<Result<Reply>> answer;

 private:
  Answer keep(Result<Reply> got) {
    answer.set_value(std::move(got));
    return Answer::Later{};
  }
  Pond& w_;
  const Route& route_;
  std::map<std::string, std::string, std::less<>> parts_;
  http::Request request_;
  http::Actor actor_;
};

struct IdentityApi : Pond {
  Scope scope = Scope::everything("test");
  std::string last, etag;

  /// The status, or the code of the refusal; `part` stands for the one {…} of the pattern.
  std::string call(std::string_view method, std::string_view pattern, std::string part = {}, std::string body = {},
                   std::vector<std::pair<std::string, std::string>> query = {}, std::string if_match = {}) {
    const auto all = identity_routes();
    const auto route = std::ranges::find_if(all, [&](const Route& r) { return r.method == method && r.path == pattern; });
    if (route == all.end()) return "no route";
    http::Request request;
    request.method = std::string(method);
    request.body = std::move(body);
    request.query = std::move(query);
    if (!if_match.empty()) request.headers["if-match"] = if_match;
    std::map<std::string, std::string, std::less<>> named;
    if (const auto at = pattern.find('{'); at != std::string_view::npos)
      named[std::string(pattern.substr(at + 1, pattern.find('}') - at - 1))] = part;
    IdentityCall c(*this, *route, named, std::move(request), scope);
    if (const auto handled = route->handler(c); !handled) return handled.error().code;
    const auto reply = c.answer.get_future().get();
    if (!reply) return reply.error().code;
    last = reply->body;
    for (const auto& [name, value] : reply->headers)
      if (name == "ETag") etag = value;
    return std::to_string(reply->status);
  }
  std::string text(std::string_view pointer) const {
    const auto all = boost::json::parse(last);
    boost::system::error_code ec;
    const auto* v = all.find_pointer(pointer, ec);
    if (v == nullptr) return "absent";
    return v->is_string() ? std::string(v->as_string()) : boost::json::serialize(*v);
  }
};

struct IdentityCaseApi : IdentityApi {
  PersonId a = person({{"wx_unionid", "u1"}, {"phone_e164", "13812345678"}});
  PersonId b = resolve({{"wx_unionid", "u2"}, {"phone_e164", "13812345678"}}, "form:3").value().person;
  std::string open_case() {
    EXPECT_EQ(call("GET", "/v1/merge-cases"), "200");
    return text("/data/0/id");
  }
};

TEST(IdentityApi, ACaseShowsBothPeopleMaskedAndIsMergedOnce) {
  IdentityCaseApi w;
  const auto id = w.open_case();
  ASSERT_EQ(w.call("GET", "/v1/merge-cases/{case}", id), "200");
  EXPECT_EQ(w.text("/merge_case/reason"), "two_unionids");
  EXPECT_EQ(w.text("/merge_case/evidence"), "form:3");
  EXPECT_EQ(w.text("/a/id"), to_text(w.a));
  EXPECT_EQ(w.text("/a/phone"), "138****5678");
  EXPECT_EQ(w.text("/b/id"), to_text(w.b));
  EXPECT_EQ(w.last.find("13812345678"), std::string::npos);

  ASSERT_EQ(w.call("POST", "/v1/merge-cases/{case}/merge", id, R"({"keep":")" + to_text(w.b) + R"("})"), "200");
  EXPECT_EQ(w.text("/person"), to_text(w.b));
  EXPECT_EQ(w.call("POST", "/v1/merge-cases/{case}/merge", id, "{}"), "people.case_closed");
  ASSERT_EQ(w.call("GET", "/v1/people/{person}/identity", to_text(w.a)), "200");
  EXPECT_EQ(w.text("/person"), to_text(w.b));
  EXPECT_EQ(w.text("/edges/0/by_user"), "7");

  ASSERT_EQ(w.call("POST", "/v1/people/{person}/unmerge", to_text(w.b), R"({"node":")" + to_text(w.a) + R"(","reason":"twins"})"), "200");
  EXPECT_EQ(w.root(w.a), w.a);
  EXPECT_EQ(w.call("POST", "/v1/people/{person}/unmerge", to_text(w.b), R"({"node":")" + to_text(w.a) + R"(","reason":"again"})"),
            "people.not_merged");
  EXPECT_EQ(w.call("POST", "/v1/people/{person}/merge", to_text(w.a), R"({"from":")" + to_text(w.b) + R"(","reason":"sure"})"), "200");
}

TEST(IdentityApi, ACaseCanBeDismissed) {
  IdentityCaseApi w;
  const auto id = w.open_case();
  EXPECT_EQ(w.call("POST", "/v1/merge-cases/{case}/dismiss", id, R"({"note":"twins"})"), "200");
  EXPECT_EQ(w.text("/state"), "dismissed");
  EXPECT_EQ(w.call("GET", "/v1/merge-cases"), "200");
  EXPECT_EQ(w.text("/data"), "[]");
  EXPECT_EQ(w.call("GET", "/v1/merge-cases", {}, {}, {{"state", "dismissed"}, {"limit", "1"}}), "200");
  EXPECT_EQ(w.text("/data/0/id"), id);
}

TEST(IdentityApi, NobodyReachesPeopleOutsideTheirScope) {
  IdentityCaseApi w;
  const auto id = w.open_case(), p = to_text(w.a);
  w.scope = Scope::of(Reach::own, StaffId{5}, "/1/");
  struct { const char *method, *path; std::string part, body; } const rows[] = {
      {"GET", "/v1/merge-cases/{case}", id, ""},
      {"POST", "/v1/merge-cases/{case}/merge", id, "{}"},
      {"POST", "/v1/merge-cases/{case}/dismiss", id, "{}"},
      {"GET", "/v1/people/{person}/identity", p, ""},
      {"POST", "/v1/people/{person}/merge", p, R"({"from":")" + to_text(w.b) + R"(","reason":"x"})"},
      {"POST", "/v1/people/{person}/unmerge", p, R"({"node":")" + p + R"(","reason":"x"})"},
      {"POST", "/v1/people/{person}/reveal", p, R"({"field":"phone","reason":"x"})"},
      {"DELETE", "/v1/people/{person}", p, ""},
  };
  for (const auto& row : rows) {
    const auto got = w.call(row.method, row.path, row.part, row.body);
    EXPECT_TRUE(got == "people.not_found" || got == "people.no_case") << row.method << " " << row.path << " " << got;
  }
  EXPECT_EQ(w.call("GET", "/v1/merge-cases"), "200");
  EXPECT_EQ(w.text("/data"), "[]");
}

TEST(IdentityApi, RevealAndErase) {
  IdentityApi w;
  const auto p = to_text(w.person({{"phone_e164", "13812345678"}}));
  EXPECT_EQ(w.call("POST", "/v1/people/{person}/reveal", p, R"({"field":"phone","reason":""})"), "people.no_reason");
  ASSERT_EQ(w.call("POST", "/v1/people/{person}/reveal", p, R"({"field":"phone","reason":"call back"})"), "200");
  EXPECT_EQ(w.text("/value"), "+8613812345678");
  EXPECT_EQ(w.call("DELETE", "/v1/people/{person}", p), "204");
  EXPECT_EQ(w.call("POST", "/v1/people/{person}/reveal", p, R"({"field":"phone","reason":"call back"})"), "people.nothing_to_reveal");
  EXPECT_EQ(w.call("DELETE", "/v1/people/{person}", to_text(PersonId{5})), "people.not_found");
}

TEST(IdentityApi, AttributesAreEditedWithTheVersionInHand) {
  IdentityApi w;
  ASSERT_EQ(w.call("POST", "/v1/attributes", {}, R"({"key":"tea","type":"enum","zh":"茶","en":"Tea","options":["green"]})"), "201");
  const auto id = w.text("/id"), first = w.etag;
  EXPECT_EQ(w.call("POST", "/v1/attributes", {}, R"({"key":"tea","type":"text","zh":"茶","en":"Tea"})"), "people.attribute_exists");
  EXPECT_EQ(w.call("PATCH", "/v1/attributes/{attribute}", id, R"({"options":["green","black"]})", {}, first), "200");
  EXPECT_EQ(w.text("/options/1"), "black");
  EXPECT_EQ(w.call("PATCH", "/v1/attributes/{attribute}", id, R"({"zh":"茶叶"})", {}, first), "people.stale");
  EXPECT_EQ(w.call("GET", "/v1/attributes/{attribute}", id), "200");
  EXPECT_EQ(w.call("DELETE", "/v1/attributes/{attribute}", id, {}, {}, w.etag), "204");
  EXPECT_EQ(w.call("GET", "/v1/attributes/{attribute}", id), "people.unknown_attribute");
  EXPECT_EQ(w.call("GET", "/v1/attributes"), "200");
  EXPECT_EQ(w.text("/data/0/key"), "name");
}

}  // namespace
}  // namespace koi::people
