/// What is made from the route table and the code files: the router, OpenAPI, the problem titles; and the console's
/// files.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "http/log.h"
#include "http/router.h"
#include "http/statics.h"
#include "http/tests/lab.h"
#include "http/work.h"

namespace koi::http {

namespace json = boost::json;

namespace table_cases {

Result<Answer> nothing(Call&) { return no_content(); }
constexpr Route line(std::string_view method, std::string_view path) {
  return route<None, None, None>(method, path, "a.b", nothing, "中", "en");
}
constexpr Route kShapes[] = {
    line("GET", "/v1/people"),
    line("POST", "/v1/people"),
    line("GET", "/v1/people/{person}"),
    line("GET", "/v1/people/search"),
    line("POST", "/v1/people/{person}:publish"),
    line("GET", "/v1/people/{person}/tags/{tag}"),
    line("POST", "/v1/people/{person}"),
    line("GET", "/v1/coupon-batches/{batch}/issue"),
};

std::string routed(const Router& router, std::string_view method, std::string_view path) {
  std::string allow;
  const auto match = router.find(method, path, allow);
  if (!match.route) return allow.empty() ? "none" : "allow " + allow;
  std::string out(match.route->path);
  for (std::size_t i = 0; i < match.values.size(); ++i) out += " " + (*match.names)[i] + "=" + match.values[i];
  return out;
}

std::string source_folder() {
  for (std::filesystem::path at = std::filesystem::path(__FILE__).parent_path(); at.has_relative_path();
       at = at.parent_path())
    if (std::filesystem::exists(at / "CMakeLists.txt")) return (at / "src").string();
  return {};
}

struct ConsoleFolder {  // a console of three files
  ConsoleFolder() {
    std::filesystem::create_directories(dir + "/assets");
    write("index.html", "<html><head><script nonce=\"__CSP_NONCE__\"></script></head></html>");
    write("assets/app-1a2b.js", "plain");
    write("assets/app-1a2b.js.br", "brotli");
    write("assets/app-1a2b.js.gz", "gzip");
    write("assets/lonely.css.gz", "nothing to go with it");
  }
  ~ConsoleFolder() { std::filesystem::remove_all(dir); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(dir + "/" + name) << text; }
  std::string dir = std::filesystem::temp_directory_path().string() + "/koi_statics_" + std::to_string(::getpid());
};

}  // namespace table_cases
using namespace table_cases;

TEST(Router, FindsTheLineOfThePath) {
  const Router router({kShapes});
  struct {
    std::string_view method, path, want;
  } const rows[] = {
      {"GET", "/v1/people", "/v1/people"},
      {"HEAD", "/v1/people", "/v1/people"},
      {"GET", "/v1/people/search", "/v1/people/search"},
      {"GET", "/v1/people/cus_1", "/v1/people/{person} person=cus_1"},
      {"GET", "/v1/people/a%2Fb%20c", "/v1/people/{person} person=a/b c"},
      {"POST", "/v1/people/cus_1:publish", "/v1/people/{person}:publish person=cus_1"},
      {"POST", "/v1/people/cus_1:other", "/v1/people/{person} person=cus_1:other"},
      {"POST", "/v1/people/search", "allow GET, HEAD"},
      {"GET", "/v1/people/a/tags/b", "/v1/people/{person}/tags/{tag} person=a tag=b"},
      {"GET", "/v1/people/a%zz", "none"},
      {"GET", "/v1/people/a%00", "none"},
      {"GET", "/v1/people/a%ff", "none"},
      {"GET", "/v1/people/", "none"},
      {"GET", "/v1//people", "none"},
      {"GET", "/v1/people/../people", "none"},
      {"GET", "*", "none"},
      {"GET", "/", "none"},
      {"DELETE", "/v1/people", "allow GET, HEAD, POST"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(routed(router, row.method, row.path), row.want) << row.method << " " << row.path;
}

TEST(Router, RefusesATableThatIsNotDecided) {
  static constexpr Route kTwice[] = {line("GET", "/a/{x}"), line("GET", "/a/{y}")};
  static constexpr Route kOpen[] = {route<None, None, None>("GET", "/a", "", nothing, "中", "en")};
  EXPECT_DEATH(Router({kTwice}), "");
  EXPECT_DEATH(Router({kOpen}), "");
}

TEST(OpenApi, SaysWhatTheTableSays) {
  const std::span<const Route> tables[] = {lab::note_routes(), system_routes()};
  const auto doc = json::parse(openapi(tables));
  EXPECT_EQ(doc.at("openapi"), "3.1.0");
  const auto& post = doc.at_pointer("/paths/~1v1~1notes/post");
  EXPECT_EQ(post.at("operationId"), "postNotes");
  EXPECT_EQ(post.at("summary"), "新增");
  EXPECT_EQ(post.at("x-summary-en"), "Add");
  EXPECT_EQ(post.at("x-permission"), "note.write");
  EXPECT_EQ(post.at("x-audit"), true);
  EXPECT_EQ(post.at_pointer("/requestBody/content/application~1json/schema/required"), json::parse(R"(["text"])"));
  EXPECT_EQ(post.at_pointer("/responses/201/content/application~1json/schema/required"),
            json::parse(R"(["id","text"])"));
  EXPECT_EQ(post.at_pointer("/responses/default/$ref"), "#/components/responses/Problem");
  const auto& list = doc.at_pointer("/paths/~1v1~1notes/get/parameters");
  EXPECT_EQ(json::serialize(list.at(0)),
            R"({"name":"limit","in":"query","required":false,"schema":{"type":"integer","format":"int64"}})");
  const auto& pin = doc.at_pointer("/paths/~1v1~1notes~1{note}:pin/put");
  EXPECT_EQ(pin.at("operationId"), "putNotesByNotePin");
  EXPECT_EQ(pin.at_pointer("/parameters/0/name"), "note");
  EXPECT_EQ(pin.at_pointer("/parameters/1/name"), "If-Match");
  EXPECT_EQ(doc.at_pointer("/paths/~1v1~1track/post/security/0"), json::parse(R"({"writeKey":[]})"));
  EXPECT_EQ(doc.at_pointer("/paths/~1healthz/get/security"), json::array());

  std::set<std::string> ids;
  for (const auto& [path, methods] : doc.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object())
      EXPECT_TRUE(ids.insert(std::string(operation.at("operationId").as_string())).second) << std::string(path);
}

TEST(Problems, SpeakBothLanguages) {
  struct {
    std::string_view accept, title, language;
  } const rows[] = {
      {"", "没有这个接口", "zh-CN"},
      {"zh-CN,zh;q=0.9,en;q=0.8", "没有这个接口", "zh-CN"},
      {"en-US,en;q=0.9,zh;q=0.1", "No such route", "en"},
      {"en;q=0.5, zh;q=0.7", "没有这个接口", "zh-CN"},
      {"fr, en;q=0.3", "No such route", "en"},
      {"en;q=0", "没有这个接口", "zh-CN"},
  };
  for (const auto& row : rows) {
    Request request;
    if (!row.accept.empty()) request.headers.add("accept-language", row.accept);
    const auto reply = problem({Errc::not_found, "http.no_route", "d", {}, {}, "细节"}, "req_1", request.language(), "/x");
    EXPECT_EQ(reply.status, 404);
    EXPECT_EQ(reply.content_type, "application/problem+json");
    EXPECT_NE(reply.body.find("\"title\":\"" + std::string(row.title) + "\""), std::string::npos) << row.accept;
    EXPECT_NE(reply.body.find(row.language == "en" ? "\"detail\":\"d\"" : "\"detail\":\"细节\""), std::string::npos) << reply.body;
    EXPECT_EQ(reply.headers.front().second, row.language);
  }
}

TEST(Problems, CarryPlaceAndValuesButNeverTheInside) {
  Error error{Errc::invalid, "http.wrong_type", "wanted a number", "/lines/0/price_fen", {{"max", "320"}}};
  EXPECT_EQ(
      problem(error, "req_1", "en", "/v1/orders").body,
      R"({"type":"/problems/http.wrong_type","title":"A field has the wrong type","status":422,"code":"http.wrong_type",)"
      R"("detail":"wanted a number","instance":"/v1/orders","request_id":"req_1","retryable":false,)"
      R"("errors":[{"pointer":"/lines/0/price_fen","code":"http.wrong_type","detail":"wanted a number"}],"params":{"max":"320"}})");
  const auto inside = problem({Errc::internal, "room.table_gone", "SELECT secret", "/x", {}}, "req_1", "en", "/").body;
  EXPECT_EQ(inside.find("secret"), std::string::npos);
  EXPECT_EQ(inside.find("table_gone"), std::string::npos);
  const auto missing = problem({Errc::not_found, "store.no_row", "SELECT x FROM y", {}, {}}, "req_1", "en", "/");
  EXPECT_EQ(missing.body.find("SELECT"), std::string::npos);
  const auto busy = problem({Errc::unavailable, "store.busy", {}, {}, {}}, "req_1", "en", "/");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.headers.at(1), (std::pair<std::string, std::string>{"Retry-After", "1"}));
}

TEST(Problems, EveryCodeOfEveryRoomIsListedOnceInTwoLanguages) {
  std::set<std::string> seen;
  for (const auto& entry : std::filesystem::directory_iterator(source_folder())) {
    std::ifstream in(entry.path() / "codes.txt");
    for (std::string text; std::getline(in, text);) {
      if (text.empty() || text.starts_with('#')) continue;
      const auto parts = split_text(text, '\t');
      ASSERT_EQ(parts.size(), 3u) << entry.path() << ": " << text;
      EXPECT_TRUE(seen.insert(std::string(parts[0])).second) << text;
      EXPECT_FALSE(parts[1].empty() || parts[2].empty()) << text;
      EXPECT_TRUE(known_code(parts[0])) << text;
    }
  }
  EXPECT_GE(seen.size(), problem_titles().size());
}

TEST(Problems, ThisRoomSpeaksNoUnknownCode) {
  const std::regex code(R"re("(http\.[a-z_]+)")re");
  for (const auto& entry : std::filesystem::directory_iterator(source_folder() + "/http")) {
    if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::sregex_iterator it(text.begin(), text.end(), code), end; it != end; ++it)
      EXPECT_TRUE(known_code((*it)[1].str())) << entry.path() << ": " << (*it)[1];
  }
  EXPECT_FALSE(known_code("http.unheard_of"));
}

TEST(Statics, ServesTheConsoleWithItsOwnPolicy) {
  const ConsoleFolder folder;
  const Statics statics(folder.dir);
  Request request;
  request.path = "/people/cus_1";
  const auto page = statics.find(request, false), again = statics.find(request, false);
  ASSERT_TRUE(page && again);
  EXPECT_NE(page->body, again->body);  // a nonce for each
  EXPECT_EQ(page->body.find("__CSP_NONCE__"), std::string::npos);
  EXPECT_NE(page->body.find("<meta name=\"csp-nonce\" content=\""), std::string::npos);
  EXPECT_NE(page->headers[0].second.find("script-src 'self' 'nonce-"), std::string::npos);

  request.path = "/assets/app-1a2b.js";
  EXPECT_EQ(statics.find(request, false)->body, "plain");
  request.headers.add("accept-encoding", "gzip");
  EXPECT_EQ(statics.find(request, false)->body, "gzip");
  request.headers["accept-encoding"] = "gzip, br";
  const auto best = *statics.find(request, false);
  EXPECT_EQ(best.body, "brotli");
  EXPECT_EQ(best.content_type, "text/javascript; charset=utf-8");
  EXPECT_EQ(best.headers[1].second, "public, max-age=31536000, immutable");
  request.headers.add("if-none-match", best.headers[0].second);
  EXPECT_EQ(statics.find(request, false)->status, 304);
  for (const auto* gone :
       {"/assets/other.js", "/assets/lonely.css", "/v1/people", "/../index.html.x", "/favicon.ico", "/hooks/x"}) {
    request.path = gone;
    EXPECT_FALSE(statics.find(request, false)) << gone;
  }
  EXPECT_TRUE(Statics("/nowhere/at/all").empty());
}

TEST(Log, CannotBeForged) {
  LogLine made("info", "request");
  made.text("route", "a\"\n{\"level\":\"error\"}\x01").number("status", 200).millis("ms", 1.25);
  const auto line = std::move(made).finish();
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  const auto parsed = json::parse(line);
  EXPECT_EQ(parsed.at("level"), "info");
  EXPECT_EQ(parsed.at("ms"), 1.25);
}

}  // namespace koi::http
