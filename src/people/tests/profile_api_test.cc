// The routes of this room through their handlers, without a socket: what they show, to whom, and what they refuse.
#include <boost/json.hpp>

#include <algorithm>

#include "http/wire.h"
#include "people/profile.h"
#include "people/tests/pond.h"

namespace koi::people {
namespace {

/// A call that is answered on the spot.
class ProfileCall final : public Call {
 public:
  ProfileCall(Pond& w, const Route& route, std::map<std::string, std::string, std::less<>> parts, http::Request request, http::Actor actor)
      : w_(w), route_(route), parts_(std::move(parts)), request_(std::move(request)), actor_(std::move(actor)) {
    actor_.kind = http::Actor::Kind::user;
    actor_.id = 1;
    actor_.staff = StaffId{5};
  }
  const http::Request& request() const override { return request_; }
  const http::Actor& actor() const override { return actor_; }
  const Route& route() const override { return route_; }
  Db& db() override { return w_.db(); }
  std::string_view path_text(std::string_view name) const override {
    const auto at = parts_.find(name);
    return at == parts_.end() ? std::string_view{} : at->second;
  }
  Answer write(ShardKey, std::function<Result<Reply>(Tx&)> fn) override { return keep(w_.write([&](Tx& tx) { return fn(tx); })); }
  Answer read(std::function<Result<Reply>(Tx&)> fn) override { return keep(w_.read([&](Tx& tx) { return fn(tx); })); }
  http::Finish later() override { return [](Result<Reply>) {}; }
  void audit_subject(std::string, std::string) override {}
  Result<Reply> answer = fail(Errc::internal, "test.unanswered");

 private:
  Answer keep(Result<Reply> got) {
    answer = std::move(got);
    return Answer::Later{};
  }
  Pond& w_;
  const Route& route_;
  std::map<std::string, std::string, std::less<>> parts_;
  http::Request request_;
  http::Actor actor_;
};

class ProfileApi : public Pond {
 public:
  Scope scope = Scope::everything("test");
  std::set<std::string, std::less<>> permissions = {};  // beyond the route's own
  std::string etag;

  /// "status body" or the code of the refusal; `parts` are the path's in order.
  std::string call(std::string_view method, std::string_view pattern, std::vector<std::string> parts = {}, std::string body = {},
                   std::vector<std::pair<std::string, std::string>> query = {}, std::string if_match = {}) {
    const auto all = profile_routes();
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
    ProfileCall c(*this, *route, named, std::move(request), {.permissions = permissions, .scope = scope});
    const auto handled = route->handler(c);
    if (!handled) return handled.error().code;
    if (!c.answer) return c.answer.error().code;
    etag.clear();
    for (const auto& [name, value] : c.answer->headers)
      if (name == "ETag") etag = value;
    last = c.answer->body;
    return std::to_string(c.answer->status);
  }
  boost::json::value json() const { return boost::json::parse(last); }
  std::string text(std::string_view pointer) const {
    const auto all = json();
    boost::system::error_code ec;
    const auto* v = all.find_pointer(pointer, ec);
    return v == nullptr ? "absent" : boost::json::serialize(*v);
  }
  std::string last;
};

TEST(ProfileApi, CreatesShowsAndListsAPersonMasked) {
  ProfileApi w;
  ASSERT_EQ(w.call("POST", "/v1/tags", {}, R"({"name":"茶友","color":"red"})"), "201") << w.last;
  const auto tag = w.json().at("id").as_string();
  ASSERT_EQ(w.call("POST", "/v1/people", {}, R"({"identifiers":[{"ns":"phone_e164","value":"13812345678"}],
      "attributes":{"name":"张伟","city":"杭州"},"tags":["茶友"],"channel":"wecom"})"), "201") << w.last;
  const std::string id(w.json().at("id").as_string());
  ASSERT_EQ(w.call("GET", "/v1/people/{person}", {id}), "200");
  EXPECT_EQ(w.text("/phone"), R"("138****5678")");
  EXPECT_EQ(w.text("/name"), R"("张*")");
  EXPECT_EQ(w.text("/stage"), R"("prospect")");
  EXPECT_EQ(w.text("/tags/0/name"), R"("茶友")");
  EXPECT_EQ(w.last.find("13812345678"), std::string::npos);
  const auto first = w.etag;
  w.pass_days(1);
  ASSERT_EQ(w.call("GET", "/v1/people/{person}", {id}), "200");
  EXPECT_EQ(w.etag, first) << "time alone changes no tag";
  ASSERT_EQ(w.call("PATCH", "/v1/people/{person}", {id}, R"({"attributes":{"city":"苏州"}})"), "200") << w.last;
  ASSERT_EQ(w.call("GET", "/v1/people/{person}", {id}), "200");
  EXPECT_NE(w.etag, first);

  struct { std::vector<std::pair<std::string, std::string>> query; std::size_t found; } const rows[] = {
      {{}, 1}, {{{"q", "zhangwei"}}, 1}, {{{"q", "5678"}}, 1}, {{{"q", "wang"}}, 0}, {{{"stage", "new"}}, 0},
      {{{"stage", "prospect"}, {"channel", "wecom"}}, 1}, {{{"tag_any", std::string(tag)}}, 1}, {{{"tag_none", std::string(tag)}}, 0},
      {{{"attribute", "city"}, {"value", "苏州"}}, 1}, {{{"attribute", "city"}, {"value", "杭州"}}, 0},
      {{{"columns", "city"}, {"sort", "paid"}}, 1},
  };
  for (const auto& row : rows) {
    ASSERT_EQ(w.call("GET", "/v1/people", {}, {}, row.query), "200") << w.last;
    EXPECT_EQ(w.json().at("data").as_array().size(), row.found) << (row.query.empty() ? "" : row.query[0].second);
  }
  EXPECT_EQ(w.text("/data/0/attributes/city"), R"("苏州")");
  EXPECT_EQ(w.text("/data/0/tags/0/name"), R"("茶友")");
  EXPECT_EQ(w.call("GET", "/v1/people", {}, {}, {{"stage", "newest"}}).substr(0, 5), "http.");
  EXPECT_EQ(w.call("GET", "/v1/people", {}, {}, {{"attribute", "phone"}, {"value", "1"}}), "people.filter_attribute");
  EXPECT_EQ(w.call("GET", "/v1/people/count"), "200");
  EXPECT_EQ(w.text("/count"), "1");
}

TEST(ProfileApi, KeepsEverybodyInsideTheirReach) {
  ProfileApi w;
  const auto mine = w.person({{"wx_openid:x", "mine"}}), other = w.person({{"wx_openid:x", "other"}});
  ASSERT_TRUE(w.write([&](Tx& tx) { return assign_owner(tx, mine, StaffId{5}, "/1/2/"); }));
  w.scope = Scope::of(Reach::own, StaffId{5}, "/1/2/");
  const auto o = to_text(other), m = to_text(mine);
  struct { const char *method, *path, *body; } const rows[] = {
      {"GET", "/v1/people/{person}", ""},
      {"PATCH", "/v1/people/{person}", R"({"attributes":{"city":"x"}})"},
      {"POST", "/v1/people/{person}/tags", R"({"tags":[]})"},
      {"GET", "/v1/people/{person}/consent", ""},
      {"POST", "/v1/people/{person}/consent", R"({"channel":"sms","purpose":"marketing","granted":true})"},
      {"PUT", "/v1/people/{person}/owner", R"({})"},
      {"GET", "/v1/people/{person}/timeline", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(w.call(row.method, row.path, {o}, row.body), "people.not_found") << row.path;
    if (std::string_view(row.method) == "PUT") continue;
    EXPECT_EQ(w.call(row.method, row.path, {m}, row.body), "200") << row.path << w.last;
  }
  EXPECT_EQ(w.call("PUT", "/v1/people/{person}/owner", {m}, R"({"owner_staff_id":null,"unit_path":"/9/"})"), "people.owner_outside");
  EXPECT_EQ(w.call("POST", "/v1/people", {}, R"({"identifiers":[{"ns":"wx_openid:x","value":"other"}]})"), "people.exists_elsewhere");
  EXPECT_EQ(w.call("POST", "/v1/people", {}, R"({"identifiers":[{"ns":"wx_openid:x","value":"fresh"}]})"), "201");
  ASSERT_EQ(w.call("GET", "/v1/people"), "200");
  EXPECT_EQ(w.json().at("data").as_array().size(), 2u);
}

TEST(ProfileApi, GuardsDefinitionsAgainstLostUpdates) {
  ProfileApi w;
  ASSERT_EQ(w.call("POST", "/v1/tag-groups", {}, R"({"name":"等级","exclusive":true})"), "201");
  const std::string group(w.json().at("id").as_string());
  ASSERT_EQ(w.call("POST", "/v1/tags", {}, R"({"name":"金","group_id":")" + group + R"("})"), "201") << w.last;
  const std::string tag(w.json().at("id").as_string());
  const auto before = w.etag;
  ASSERT_EQ(w.call("PATCH", "/v1/tags/{tag}", {tag}, R"({"name":"黄金"})", {}, before), "200");
  EXPECT_EQ(w.call("PATCH", "/v1/tags/{tag}", {tag}, R"({"name":"白金"})", {}, before), "people.stale");
  ASSERT_EQ(w.call("PATCH", "/v1/tags/{tag}", {tag}, R"({"group_id":null})", {}, w.etag), "200") << w.last;
  EXPECT_EQ(w.text("/group_id"), "null");
  EXPECT_EQ(w.call("DELETE", "/v1/tag-groups/{group}", {group}), "204");
  EXPECT_EQ(w.call("DELETE", "/v1/tags/{tag}", {tag}), "204");

  ASSERT_EQ(w.call("GET", "/v1/stage-rules"), "200");
  const auto rules = w.etag;
  const std::string body = R"({"retain_days":7,"new_days":20,"active_days":60,"dormant_days":120})";
  ASSERT_EQ(w.call("POST", "/v1/stage-rules/dry-run", {}, body), "200") << w.last;
  ASSERT_EQ(w.call("PUT", "/v1/stage-rules", {}, body, {}, rules), "200") << w.last;
  EXPECT_EQ(w.call("PUT", "/v1/stage-rules", {}, body, {}, rules), "people.stale");
  EXPECT_EQ(w.call("GET", "/v1/stages/flow"), "200");

  ASSERT_EQ(w.call("POST", "/v1/people/views", {}, R"({"name":"沉睡的","filter":{"stage":["dormant"]},"columns":["phone"]})"), "201") << w.last;
  const std::string view(w.json().at("id").as_string());
  ASSERT_EQ(w.call("GET", "/v1/people/views"), "200");
  EXPECT_EQ(w.text("/data/0/filter/stage/0"), R"("dormant")");
  EXPECT_EQ(w.text("/data/0/mine"), "true");
  EXPECT_EQ(w.call("DELETE", "/v1/people/views/{view}", {view}), "204");
}

TEST(ProfileApi, ListsIdentifierRulesPageByPageAndLiftsOne) {
  ProfileApi w;
  const auto till = [](const char* name) { return std::string(R"({"ns":"device:pos","rule":"shared","value":"till-)") + name + "\"}"; };
  for (const char* name : {"a1", "b2", "c3"}) EXPECT_EQ(w.call("POST", "/v1/identifier-rules", {}, till(name)), "201");
  EXPECT_EQ(w.text("/taken_from"), "null");
  EXPECT_EQ(w.call("POST", "/v1/identifier-rules", {}, R"({"ns":"device:pos","rule":"odd","value":"x1"})"), "people.bad_rule");
  EXPECT_EQ(w.call("GET", "/v1/identifier-rules", {}, {}, {{"limit", "2"}}), "200");
  EXPECT_EQ(w.text("/data/0/shown"), "\"till-c3\"");
  EXPECT_EQ(w.text("/data/2"), "absent");
  const std::string after(w.json().at("next").as_string()), id(w.json().at("data").at(0).at("id").as_string());
  EXPECT_EQ(w.call("GET", "/v1/identifier-rules", {}, {}, {{"limit", "2"}, {"after", after}}), "200");
  EXPECT_EQ(w.text("/data/0/shown"), "\"till-a1\"");
  EXPECT_EQ(w.text("/next"), "null");
  EXPECT_EQ(w.call("DELETE", "/v1/identifier-rules/{rule}", {id}), "204");
  EXPECT_EQ(w.call("DELETE", "/v1/identifier-rules/{rule}", {id}), "people.no_rule");
}

TEST(ProfileApi, ListsPeopleByTheirIdsInOneRequest) {
  ProfileApi w;
  const auto a = to_text(w.person({{"member_no", "A1"}})), b = to_text(w.person({{"member_no", "B2"}}));
  EXPECT_EQ(w.call("GET", "/v1/people", {}, {}, {{"ids", b}, {"ids", a}}), "200");
  EXPECT_EQ(w.text("/data/0/id"), '"' + b + '"');
  EXPECT_EQ(w.text("/data/1/member_no"), "\"A1\"");
  EXPECT_EQ(w.call("GET", "/v1/people", {}, {}, {{"ids", a}, {"stage", "active"}}), "people.ids_alone");
}

TEST(ProfileApi, NarrowsToASegmentForThoseWhoMaySeeSegments) {
  ProfileApi w;
  w.person({{"member_no", "A1"}});
  ASSERT_EQ(w.call("POST", "/v1/tags", {}, R"({"name":"茶友","color":"red"})"), "201") << w.last;
  const auto bulk = R"({"verb":"add","tag_id":)" + w.text("/id") + R"(,"filter":{"segment":"老客"}})";
  const auto ask = [&](std::string path) { return w.call("GET", path, {}, {}, {{"segment", "老客"}}); };
  for (const auto* path : {"/v1/people", "/v1/people/count"}) EXPECT_EQ(ask(path), "people.filter_segment");
  EXPECT_EQ(w.call("POST", "/v1/people/bulk-tag", {}, bulk), "people.filter_segment");
  w.permissions = {"segment.read"};
  EXPECT_EQ(ask("/v1/people"), "200");
  EXPECT_EQ(w.text("/data/0"), "absent") << "without the room of segments nobody is kept in any";
  EXPECT_EQ(ask("/v1/people/count"), "200");
  EXPECT_EQ(w.call("POST", "/v1/people/bulk-tag", {}, bulk).substr(0, 1), "2") << w.last;
}

}  // namespace
}  // namespace koi::people
