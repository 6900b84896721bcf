// The page behind a poster: GET /c/SLUG shows whom the visitor meets. One Writer operation a scan; whatever goes wrong, a page
// that helps on.
#include <fmt/format.h>

#include "base/say.h"
#include "base/text.h"
#include "entry/code_api.h"
#include "entry/known.h"
#include "entry/shell.h"
#include "entry/visit.h"
#include "http/url.h"

namespace koi::entry {
namespace {

/// One look at a page, between its steps.
struct Visit {
  std::string slug, query;  // the address and what it carries on
  std::string language;
  ScanCommand scan;
  bool fresh = false;   // the browser has no id yet
  bool secure = false;
  bool english() const { return language == "en"; }
  std::string_view in(const Said& said) const { return english() ? std::string_view(said.en) : std::string_view(said.zh); }
};

std::string in_words(const Visit& v, const Said& said) { return html(v.in(said)); }
std::string address(const Visit& v, std::string_view more = {}) {
  auto out = "/c/" + v.slug;
  char next = '?';
  for (const auto part : {std::string_view(v.query), more}) {
    if (part.empty()) continue;
    out += next;
    out += part;
    next = '&';
  }
  return out;
}

bool is_picture(std::string_view url) {
  const auto path = lower_ascii(url.substr(0, url.find_first_of("?#")));
  return path.ends_with(".png") || path.ends_with(".jpg") || path.ends_with(".jpeg") || path.ends_with(".webp");
}

std::string code_picture(const Visit& v, std::string_view url) {
  return fmt::format("<div class=\"code\"><img src=\"{}\" alt=\"{}\" width=\"240\" height=\"240\"></div><p class=\"lead\">{}</p>", html(safe_address(url)),
                     in_words(v, {"QR code", "二维码"}), in_words(v, {"Press and hold the code to add us on WeCom", "长按识别二维码,添加企业微信"}));
}

std::string phone_line(const Visit& v, std::string_view phone) {
  if (phone.empty()) return {};
  std::string digits;
  for (const char c : phone)
    if ((c >= '0' && c <= '9') || c == '+') digits += c;
  return fmt::format("<a class=\"button plain\" href=\"tel:{}\">{}</a>", html(digits), html(std::string(v.in({"Call ", "拨打 "})) + std::string(phone)));
}

std::string again_line(const Visit& v) {
  return fmt::format("<a class=\"button plain\" href=\"{}\">{}</a>", html(address(v)), in_words(v, {"Try again", "再试一次"}));
}

/// A guide, or the code the platform leads on itself.
void draw_guide(const Visit& v, const Assigned& a, Page& page) {
  const auto name = a.guide_name.empty() ? Said{"Your store guide", "您的专属导购"} : Said{a.guide_name, a.guide_name};
  page.title = std::string(v.in(name));
  page.body = "<section class=\"card center\"><h1>" + html(page.title) + "</h1>";
  if (!a.store_name.empty()) page.body += "<p class=\"lead\">" + html(a.store_name) + "</p>";
  page.body += code_picture(v, a.qr_url) + "</section>";
}

/// Nobody can: the group, the form, or words and a phone number.
void draw_fallback(const Visit& v, const Assigned& a, Page& page) {
  page.title = std::string(v.in({"Hello", "您好"}));
  page.body = "<section class=\"card center\"><h1>" + html(page.title) + "</h1><p class=\"lead\">" + in_words(v, a.words) + "</p>";
  const auto url = safe_address(a.qr_url);
  if (a.kind == "group" && is_picture(url)) page.body += code_picture(v, url);
  else if (!url.empty())
    page.body += fmt::format("<a class=\"button\" href=\"{}\">{}</a>", html(url),
                             in_words(v, a.kind == "group" ? Said{"Join the group", "加入社群"} : Said{"Leave us a line", "留下联系方式"}));
  page.body += phone_line(v, a.phone);
  if (url.empty()) page.body += again_line(v);
  page.body += "</section>";
}

std::string distance(const Visit& v, const StoreChoice& s) {
  if (!s.km) return {};
  const auto far = *s.km < 1 ? fmt::format("{:.0f} m", *s.km * 1000) : fmt::format("{:.1f} km", *s.km);
  return s.open ? far : far + std::string(v.in({", closed now", ",已打烊"}));
}

/// Which store? By position when there is script and the visitor agrees, by hand always.
void draw_stores(const Visit& v, const Assigned& a, Page& page) {
  page.title = std::string(v.in({"Choose a store", "请选择门店"}));
  page.body = "<h1>" + html(page.title) + "</h1>";
  if (v.scan.place) page.body += "<p class=\"notice\">" + in_words(v, a.words) + "</p>";
  if (!v.scan.place)
    page.body += fmt::format(
        "<form id=\"where\" method=\"post\" action=\"{}\" hidden><input type=\"hidden\" name=\"lat\"><input type=\"hidden\" name=\"lng\"><button>{}</button></form>"
        "<p id=\"where-said\" class=\"notice\" role=\"status\" hidden></p>",
        html(address(v)), in_words(v, {"Find the store nearest to me", "查找离我最近的门店"}));
  page.body += "<ul class=\"rows\">";
  for (const auto& s : a.stores) {
    auto note = distance(v, s);
    if (note.empty() && !s.open) note = v.in({"closed now", "已打烊"});
    page.body += fmt::format("<li><a class=\"row\" href=\"{}\"><span>{}{}</span><span class=\"small\">{}</span></a></li>",
                             html(address(v, "store=" + to_text(s.unit))), html(s.name),
                             s.address.empty() ? "" : "<br><span class=\"small\">" + html(s.address) + "</span>", html(note));
  }
  page.body += "</ul>";
  if (v.scan.place) return;
  page.script = "code.js";
  page.data = v.english() ? R"({"denied":"Your position stays with you. Please choose a store below.","failed":"Your position could not be found. Please choose a store below."})"
                          : R"({"denied":"未获得位置授权,请在下方选择门店。","failed":"暂时无法定位,请在下方选择门店。"})";
}

Reply draw(const Visit& v, const Assigned& a) {
  Page page;
  page.language = v.english() ? "en" : "zh-CN";
  if (a.kind == "guide" || a.kind == "code") draw_guide(v, a, page);
  else if (a.kind == "pick") draw_stores(v, a, page);
  else draw_fallback(v, a, page);
  auto reply = page_reply(page);
  if (v.fresh && !v.scan.visitor.empty()) keep_visitor(reply, v.scan.visitor, v.secure);
  return reply;
}

/// No code stands behind this address.
Reply draw_unknown(const Visit& v) {
  Page page;
  page.language = v.english() ? "en" : "zh-CN";
  page.status = 404;
  page.title = std::string(v.in({"This code does not work", "二维码无效"}));
  page.body = "<section class=\"card center\"><h1>" + html(page.title) + "</h1><p class=\"lead\">" +
              in_words(v, {"The address may be incomplete. Scan the code on the poster again, or ask our staff.", "网址可能不完整。请重新扫描海报上的二维码,或咨询店员。"}) + "</p></section>";
  return page_reply(page);
}

/// The store cannot write at the moment: what memory knows of the code still helps.
Reply draw_busy(Db& db, const Visit& v) {
  Assigned a;
  if (const auto known = code_in_memory(db, v.scan.code)) answer_without(known->code.spec, a);
  else answer_without(CodeSpec{}, a);
  auto reply = draw(v, a);
  reply.status = 503;
  reply.headers.emplace_back("Retry-After", "3");
  return reply;
}

/// Queues the scan; the page leaves when it is durable.
void meet(Db& db, http::Finish finish, std::shared_ptr<Visit> v) {
  auto met = std::make_shared<std::optional<Assigned>>();
  const auto shard = shard_of(v->scan.code);
  auto queued = db.writer().submit(
      shard,
      [v, met](Tx& tx) -> Result<> {
        if (v->scan.visitor.empty()) {
          v->scan.visitor = new_visitor(tx);
          v->scan.new_visitor = true;
        }
        TRY(*met, assign(tx, v->scan));
        return {};
      },
      [&db, v, met, finish](Result<> ended) {
        if (ended) finish(draw(*v, **met));
        else finish(ended.error().kind == Errc::not_found ? draw_unknown(*v) : draw_busy(db, *v));
      });
  if (!queued) finish(draw_busy(db, *v));
}

Result<Answer> show(Call& call, std::shared_ptr<Visit> v) {
  auto& db = call.db();
  if (const auto id = slug_in_memory(db, v->slug)) {
    v->scan.code = *id;
    meet(db, call.later(), std::move(v));
    return Answer::Later{};
  }
  auto finish = call.later();
  auto queued = db.read_later(
      [v](Tx& tx) -> Result<> {
        TRY(const auto id, code_of_slug(tx, v->slug));
        v->scan.code = id.value_or(CodeId{});
        return {};
      },
      [&db, v, finish](Result<> ended) {
        if (!ended) finish(draw_busy(db, *v));
        else if (!v->scan.code) finish(draw_unknown(*v));
        else meet(db, finish, v);
      });
  if (!queued) finish(draw_busy(db, *v));
  return Answer::Later{};
}

std::shared_ptr<Visit> visit_of(Call& call) {
  const auto& request = call.request();
  auto v = std::make_shared<Visit>();
  v->slug = std::string(call.path_text("slug"));
  v->language = std::string(request.language());
  v->query = query_without(request, {"store", "lat", "lng"});
  v->secure = site_of(request).starts_with("https://");
  v->scan.visitor = visitor_of(request);
  v->fresh = v->scan.visitor.empty();
  v->scan.touch = touch_of(request);
  if (const auto store = parse_id(UnitTag::prefix, request.query_value("store"))) v->scan.picked_store = UnitId{*store};
  return v;
}

Result<Answer> get_page(Call& call) {
  if (!only_looks(call.request())) return show(call, visit_of(call));
  Page page;
  page.title = call.request().language() == "en" ? "Add our store guide" : "添加专属导购";
  page.body = "<h1>" + page.title + "</h1>";
  return page_reply(page);
}

/// Where the visitor stands, from the page's form. What is no position is as if it were not given.
Result<Answer> post_page(Call& call) {
  auto v = visit_of(call);
  if (const auto fields = http::parse_query_string(call.request().body)) {
    std::optional<double> lat, lng;
    for (const auto& [name, value] : *fields) {
      if (name == "lat") lat = parse_double(value);
      if (name == "lng") lng = parse_double(value);
    }
    if (lat && lng && *lat >= -90 && *lat <= 90 && *lng >= -180 && *lng <= 180) v->scan.place = Place{*lat, *lng};
  }
  return show(call, std::move(v));
}

using http::None;
using http::of_media;
using http::route;
constexpr unsigned kOpen = http::kPublic | http::kNoCsrf | http::kNoAudit;
constexpr Route kRoutes[] = {
    of_media(route<None, None, None>("GET", "/c/{slug}", "", get_page, "活码落地页", "The page of a live code", http::kPublic), "text/html"),
    of_media(route<None, None, None>("POST", "/c/{slug}", "", post_page, "按位置查找门店", "The page of a live code, from where the visitor stands", kOpen), "text/html"),
};

}  // namespace

std::span<const Route> code_page_routes() { return kRoutes; }

}  // namespace koi::entry
