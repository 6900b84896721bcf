// The public page of a group code, whole without script, and the pictures on it.
#include "entry/group_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "entry/shell.h"
#include "entry/visit.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::entry {

struct PageCode { GroupCodeId id; std::string name, secret, spec; };
BOOST_DESCRIBE_STRUCT(PageCode, (), (id, name, secret, spec))
struct PageImage { std::string type; store::Blob bytes; Instant expires_at; };
BOOST_DESCRIBE_STRUCT(PageImage, (), (type, bytes, expires_at))

namespace {

constexpr std::string_view kBySlug = "SELECT id, name, secret, spec FROM entry_group_code WHERE slug = $1";
constexpr std::string_view kImage = "SELECT type, bytes, expires_at FROM entry_group_image WHERE code_id = $1 AND id = $2 AND size > 0";
constexpr auto kLook = std::chrono::minutes(10);     // how long an address of a picture is good
constexpr auto kMargin = std::chrono::seconds(20);   // the page asks for itself again this long before
constexpr auto kLeast = std::chrono::seconds(5);
constexpr std::size_t kSlugMax = 32, kWordMax = 200;

std::string signature_of(std::string_view secret, std::string_view slug, GroupImageId image, std::int64_t until) {
  return base64url(hmac_sha256(secret, fmt::format("{}/{}/{}", slug, image.v, until))).substr(0, 22);
}

bool english(std::string_view language) { return language == "en"; }
std::string said(const Said& words, std::string_view language) { return html(english(language) ? words.en : words.zh); }

/// A query word of the visitor's: text as it is, cut.
std::string word(const http::Request& request, std::string_view name) {
  auto value = request.query_value(name);
  return value.size() > kWordMax || !valid_utf8(value) ? std::string() : value;
}

/// One page at work.
class Sheet {
 public:
  Sheet(const PageCode& code, const GroupSpec& spec, std::string_view slug, std::string_view language, std::string_view query, Instant now)
      : code_(code), spec_(spec), slug_(slug), language_(language), query_(query), now_(now) {}

  Reply of(const GroupShown& shown) {
    page_.language = language_;
    page_.title = spec_.title.empty() ? code_.name : spec_.title;
    if (shown.kind == "group") group(shown);
    else if (shown.kind == "member") member(shown);
    else if (shown.kind == "pick") pick(shown);
    else if (shown.kind == "code") return away("/c/" + shown.code_slug + (query_.empty() ? "" : "?") + std::string(query_));
    else if (shown.kind == "url" && safe_address(shown.url) == shown.url) return away(shown.url);
    else words(shown);
    page_.body = fmt::format("<div class=\"card center\"><h1>{}</h1>{}</div>", html(page_.title), page_.body);
    auto reply = page_reply(page_);
    if (again_) reply.headers.emplace_back("Refresh", std::to_string(std::chrono::ceil<std::chrono::seconds>(*again_).count()));
    return reply;
  }

 private:
  /// This page again, with what the address carries on.
  std::string here(std::string_view more) const { return "/g/" + std::string(slug_) + "?" + std::string(query_) + (query_.empty() ? "" : "&") + std::string(more); }

  static Reply away(std::string to) {
    Reply out{303, {}, {}, {}};
    out.headers.emplace_back("Location", std::move(to));
    out.headers.emplace_back("Cache-Control", "no-store");
    return out;
  }

  void line(std::string_view style, const Said& words) { page_.body += fmt::format("<p class=\"{}\">{}</p>", style, said(words, language_)); }

  void group(const GroupShown& shown) {
    auto until = now_ + kLook;
    if (shown.good_until) until = std::min(until, *shown.good_until);
    std::string source(safe_address(shown.qr_url));
    if (shown.image) source = image_address(code_.secret, slug_, shown.image, until);
    if (!shown.name.empty()) page_.body += fmt::format("<p class=\"lead\">{}</p>", html(shown.name));
    page_.body += fmt::format("<figure class=\"code\"><img src=\"{}\" alt=\"{}\" width=\"240\" height=\"240\"></figure>", html(source),
                              said({"The group's code", "入群二维码"}, language_));
    if (spec_.guide.empty()) line("lead", {"Press the code and hold to join the group", "长按识别二维码,加入群聊"});
    else page_.body += fmt::format("<p class=\"lead\">{}</p>", html(spec_.guide));
    // Before the picture's end, with or without script.
    again_ = std::max<Millis>(kLeast, std::chrono::duration_cast<Millis>(until - now_) - kMargin);
    page_.script = "group.js";
    page_.data = fmt::format("{{\"refresh_ms\":{}}}", again_->count());
  }

  void member(const GroupShown& shown) {
    if (!shown.name.empty()) page_.body += fmt::format("<p class=\"lead\">{}</p>", html(shown.name));
    line("notice good", shown.words);
    page_.body += fmt::format("<p class=\"small\"><a href=\"{}\">{}</a></p>", html(here("again=1")), said({"I cannot find it: show the code", "找不到群?查看二维码"}, language_));
  }

  void pick(const GroupShown& shown) {
    line("lead", shown.words);
    page_.body += "<div class=\"rows\">";
    for (const auto& c : shown.choices) {
      const auto query = c.store ? "store=" + to_text(c.store) : "category=" + percent_encoded(c.category);
      page_.body += fmt::format("<a class=\"row\" href=\"{}\"><span>{}</span><span aria-hidden=\"true\">›</span></a>", html(here(query)), html(c.name));
    }
    page_.body += "</div>";
  }

  void words(const GroupShown& shown) {
    line("lead", shown.words);
    if (shown.phone.empty()) return;
    page_.body += fmt::format("<a class=\"button\" href=\"tel:{}\">{}</a>", percent_encoded(shown.phone), html(shown.phone));
  }

  const PageCode& code_;
  const GroupSpec& spec_;
  const std::string_view slug_, language_, query_;
  const Instant now_;
  Page page_;
  std::optional<Millis> again_;
};

Result<PageCode> code_at(Tx& tx, std::string_view slug) {
  if (slug.size() > kSlugMax) return fail(Errc::not_found, "entry.no_code");
  TRY(auto row, tx.maybe<PageCode>(kBySlug, slug));
  if (!row) return fail(Errc::not_found, "entry.no_code");
  return std::move(*row);
}

Reply no_such_page(std::string_view language) {
  Page page;
  page.language = language;
  page.title = english(language) ? "There is no such code" : "没有这个二维码";
  page.status = 404;
  page.body = fmt::format("<div class=\"card center\"><h1>{}</h1><p class=\"lead\">{}</p></div>", html(page.title),
                          said({"Please ask whoever gave it to you for a new one.", "请联系提供二维码的商家获取新的二维码。"}, language));
  return page_reply(page);
}

/// One look at a page, on its way through the Writer.
struct Look {
  std::string slug, language, query;
  GroupScan scan;
  bool fresh = false, secure = false;
  Reply reply;
};

std::shared_ptr<Look> look_of(Call& call) {
  const auto& request = call.request();
  auto look = std::make_shared<Look>();
  look->slug = std::string(call.path_text("slug"));
  look->language = english(request.language()) ? "en" : "zh-CN";
  look->query = query_without(request, {"store", "category", "again"});
  look->secure = site_of(request).starts_with("https://");
  auto& scan = look->scan;
  scan.visitor = visitor_of(request);
  look->fresh = scan.visitor.empty();
  scan.touch = touch_of(request);
  scan.category = word(request, "category");
  scan.again = word(request, "again") == "1";
  if (const auto store = parse_id(UnitTag::prefix, word(request, "store"))) scan.store = UnitId{*store};
  return look;
}

Result<> show(Tx& tx, Look& look) {
  const auto code = code_at(tx, look.slug);
  if (!code) {
    if (code.error().kind != Errc::not_found) return std::unexpected(code.error());
    look.reply = no_such_page(look.language);
    return {};
  }
  TRY(const auto spec, read_group_spec(code->spec));
  look.scan.code = code->id;
  if (look.scan.visitor.empty()) look.scan.visitor = new_visitor(tx);
  TRY(const auto shown, show_group(tx, look.scan));
  look.reply = Sheet(*code, spec, look.slug, look.language, look.query, tx.now()).of(shown);
  if (look.fresh) keep_visitor(look.reply, look.scan.visitor, look.secure);
  return {};
}

/// The store cannot write at the moment; the page asks again by itself.
Reply busy_page(std::string_view language) {
  Page page;
  page.language = language;
  page.title = english(language) ? "One moment" : "请稍候";
  page.status = 503;
  page.body = fmt::format("<div class=\"card center\"><h1>{}</h1><p class=\"lead\">{}</p></div>", html(page.title),
                          said({"Many are joining right now. This page tries again by itself.", "正在排队入群,页面会自动重试。"}, language));
  auto reply = page_reply(page);
  reply.headers.emplace_back("Retry-After", "3");
  reply.headers.emplace_back("Refresh", "3");
  return reply;
}

/// Whoever only looks sees a page and takes no seat.
Reply still_page(std::string_view language) {
  Page page;
  page.language = language;
  page.title = english(language) ? "Join our group" : "加入社群";
  page.body = "<h1>" + html(page.title) + "</h1>";
  return page_reply(page);
}

Result<Answer> get_page(Call& call) {
  auto look = look_of(call);
  if (only_looks(call.request())) return still_page(look->language);
  auto finish = call.later();
  const auto queued = call.db().writer().submit(
      ShardKey{hash64(look->slug)}, [look](Tx& tx) { return show(tx, *look); },
      [look, finish](Result<> ended) { finish(ended ? std::move(look->reply) : busy_page(look->language)); });
  if (!queued) finish(busy_page(look->language));
  return Answer::Later{};
}

/// Whoever has the page has its pictures, for as long as they are good; the address leads nowhere after that.
Result<Answer> get_image(Call& call) {
  TRY(const auto id, call.path<GroupImageId>("image"));
  const auto until = parse_int(call.request().query_value("until"));
  const std::string slug(call.path_text("slug")), sig = call.request().query_value("sig");
  return call.read([id, until, slug, sig](Tx& tx) -> Result<Reply> {
    TRY(const auto code, code_at(tx, slug));
    if (!until || !equal_constant_time(sig, signature_of(code.secret, slug, id, *until))) return fail(Errc::not_found, "entry.no_image");
    TRY(auto image, tx.maybe<PageImage>(kImage, code.id, id));
    if (!image || tx.now() >= from_ms(*until) || tx.now() >= image->expires_at) return fail(Errc::not_found, "entry.no_image");
    Reply out{200, std::move(image->bytes.bytes), image->type, {}};
    out.headers.emplace_back("Cache-Control", "private, max-age=" + std::to_string(std::chrono::floor<std::chrono::seconds>(from_ms(*until) - tx.now()).count()));
    out.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
    return out;
  });
}

using http::None;
using http::of_media;
using http::route;
constexpr Route kRoutes[] = {
    of_media(route<None, None, None>("GET", "/g/{slug}", "", get_page, "群活码页面", "The page of a group code", http::kPublic), "text/html"),
    of_media(route<None, None, None>("GET", "/g/{slug}/image/{image}", "", get_image, "入群二维码图片", "A group's picture", http::kPublic), "image/png"),
};

}  // namespace

std::string image_address(std::string_view secret, std::string_view slug, GroupImageId image, Instant until) {
  const auto ms = to_ms(until);
  return fmt::format("/g/{}/image/{}?until={}&sig={}", slug, to_text(image), ms, signature_of(secret, slug, image, ms));
}

std::span<const Route> group_page_routes() { return kRoutes; }

}  // namespace koi::entry
