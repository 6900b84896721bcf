#include "entry/door_api.h"

#include <fmt/format.h>

#include "base/say.h"
#include "base/text.h"
#include "entry/known.h"
#include "entry/visit.h"

namespace koi::entry {
namespace {

constexpr int kDaysUsual = 30;
/// Programs that fetch and say so; a browser never has these words.
constexpr std::string_view kPrograms[] = {"curl/", "wget/", "python-", "aiohttp", "go-http-client", "java/", "okhttp", "headless", "axios/", "node-fetch", "libwww", "httpclient", "postman"};

bool is_machine(const http::Request& request) {
  if (only_looks(request)) return true;
  const auto agent = lower_ascii(request.header("user-agent"));
  return agent.empty() || std::ranges::any_of(kPrograms, [&](std::string_view word) { return agent.find(word) != agent.npos; });
}

}  // namespace

Caller caller_of(const http::Request& request) {
  return {visitor_of(request), touch_of(request), request.header("user-agent"), request.remote, is_machine(request)};
}

Reply plain_page(std::string_view language, int status, Said title, Said words, std::string_view url, Said label) {
  const auto in = [&](const Said& said) -> const std::string& { return language == "en" ? said.en : said.zh; };
  Page page;
  page.language = language;
  page.status = status;
  page.title = in(title);
  page.body = fmt::format("<section class=\"card center\"><h1>{}</h1><p class=\"lead\">{}</p>", html(page.title), html(in(words)));
  if (const auto safe = safe_address(url); !safe.empty()) page.body += fmt::format("<a class=\"button\" href=\"{}\">{}</a>", html(safe), html(in(label)));
  page.body += "</section>";
  return page_reply(page);
}

Reply no_such_page(std::string_view language) {
  return plain_page(language, 404, {"There is nothing here", "页面不存在"}, {"The address may be incomplete. Open it again from where you found it.", "网址可能不完整,请从原处重新打开。"});
}

Reply busy_page(std::string_view language) {
  auto reply = plain_page(language, 503, {"One moment, please", "请稍候"}, {"Too many people at once. Please try again in a few seconds.", "访问人数较多,请几秒后重试。"});
  reply.headers.emplace_back("Retry-After", "3");
  return reply;
}

void give_visitor(Tx& tx, Caller& caller) {
  if (caller.visitor.empty() && !caller.machine) caller.visitor = new_visitor(tx);
}

void keep_if_fresh(Reply& reply, const Caller& caller, bool fresh, const http::Request& request) {
  if (fresh && !caller.visitor.empty()) keep_visitor(reply, caller.visitor, site_of(request).starts_with("https://"));
}

Result<DoorFilter> filter_of(const DoorListQuery& query, int& limit) {
  TRY(limit, http::page_limit(query.limit));
  DoorFilter out{query.q.value_or(""), query.folder.value_or(""), query.state.value_or(""), 0, limit + 1};
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    out.before = place[0];
  }
  return out;
}

Result<std::pair<LocalDay, LocalDay>> days_of(Tx& tx, const DoorStatsQuery& query) {
  TRY(const auto zone, merchant_zone(tx));
  const auto to = query.to.value_or(zone.day_of(tx.now()));
  return std::pair(query.from.value_or(to - std::chrono::days{kDaysUsual - 1}), to);
}

std::string body_with(const std::string& definition, std::string_view more, std::string_view required) {
  return fmt::format(R"({{"type":"object","additionalProperties":false,"required":[{}],"properties":{{"spec":{}{}}}}})", required, definition, more);
}
std::string new_body(const std::string& definition) {
  return body_with(definition, R"(,"slug":{"anyOf":[{"type":"string"},{"type":"null"}]},"key":{"anyOf":[{"type":"string"},{"type":"null"}]})", R"("spec")");
}
std::string edit_body(const std::string& definition) { return body_with(definition, "", R"("spec")"); }

}  // namespace koi::entry
