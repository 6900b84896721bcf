// The public page of a group code, whole without script, and the pictures on it.
#include "entry/group_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/text.h"
#include "entry/shell.h"
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
constexpr std::size_t kSlugMax = 32, kWordMax = 200, kTokenBytes = 16;
constexpr std::string_view kCookie = "koi_visitor";
constexpr std::string_view kYear = "31536000";

struct Seen { std::string visitor; bool fresh = false; };

/// The browser's own id: a cookie of ours, or one that begins now.
Seen visitor_of(const http::Request& request) {
  const auto line = request.header("cookie");
  for (const auto part : split_text(line, ';')) {
    const auto word = trim(part);
    if (!word.starts_with(kCookie) || word.size() <= kCookie.size() + 1 || word[kCookie.size()] != '=') continue;
    const auto value = word.substr(kCookie.size() + 1);
    if (const auto bytes = unbase64(value); bytes && bytes->size() == kTokenBytes && base64url(*bytes) == value) return {std::string(value), false};
  }
  return {base64url(random_bytes(kTokenBytes)), true};
}

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

std::string percent(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

/// One page at work.
class Sheet {
 public:
  Sheet(const PageCode& code, const GroupSpec& spec, std::string_view slug, std::string_view language, Instant now)
      : code_(code), spec_(spec), slug_(slug), language_(language), now_(now) {}

  Reply of(const GroupShown& shown) {
    page_.language = language_;
    page_.title = spec_.title.empty() ? code_.name : spec_.title;
    if (shown.kind == "group") group(shown);
    else if (shown.kind == "member") member(shown);
    else if (shown.kind == "pick") pick(shown);
    else if (shown.kind == "code") return away("/c/" + shown.code_slug);
    else if (shown.kind == "url" && safe_address(shown.url) == shown.url) return away(shown.url);
    else words(shown);
    page_.body = fmt::format("<div class=\"card center\"><h1>{}</h1>{}</div>", html(page_.title), page_.body);
    auto reply = page_reply(page_);
    if (again_) reply.headers.emplace_back("Refresh", std::to_string(std::chrono::ceil<std::chrono::seconds>(*again_).count()));
    return reply;
  }

 private:
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
    page_.body += fmt::format("<p class=\"small\"><a href=\"/g/{}?again=1\">{}</a></p>", html(slug_), said({"I cannot find it: show the code", "找不到群?查看二维码"}, language_));
  }

  void pick(const GroupShown& shown) {
    line("lead", shown.words);
    page_.body += "<div class=\"rows\">";
    for (const auto& c : shown.choices) {
      const auto query = c.store ? "store=" + to_text(c.store) : "category=" + percent(c.category);
      page_.body += fmt::format("<a class=\"row\" href=\"/g/{}?{}\"><span>{}</span><span aria-hidden=\"true\">›</span></a>", html(slug_), html(query), html(c.name));
    }
    page_.body += "</div>";
  }

  void words(const GroupShown& shown) {
    line("lead", shown.words);
    if (shown.phone.empty()) return;
    page_.body += fmt::format("<a class=\"button\" href=\"tel:{}\">{}</a>", percent(shown.phone), html(shown.phone));
  }

  const PageCode& code_;
  const GroupSpec& spec_;
  const std::string_view slug_, language_;
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

Result<Answer> get_page(Call& call) {
  const auto& request = call.request();
  const auto seen = visitor_of(request);
  GroupScan scan{.code = {}, .visitor = seen.visitor, .person = {}, .touch = {}, .store = {}, .category = word(request, "category"), .again = word(request, "again") == "1"};
  if (const auto store = parse_id(UnitTag::prefix, word(request, "store"))) scan.store = UnitId{*store};
  for (const auto& [name, value] : request.query)
    if ((name.starts_with("utm_") || name == "click_id") && valid_utf8(name) && valid_utf8(value)) scan.touch[name] = value;
  const std::string slug(call.path_text("slug")), language(request.language());
  return call.write(ShardKey{hash64(slug)}, [scan, seen, slug, language](Tx& tx) -> Result<Reply> {
    const auto code = code_at(tx, slug);
    if (!code) return code.error().kind == Errc::not_found ? Result<Reply>(no_such_page(language)) : std::unexpected(code.error());
    TRY(const auto spec, read_group_spec(code->spec));
    auto mine = scan;
    mine.code = code->id;
    TRY(const auto shown, show_group(tx, mine));
    auto reply = Sheet(*code, spec, slug, language, tx.now()).of(shown);
    if (seen.fresh) reply.headers.emplace_back("Set-Cookie", fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax", kCookie, seen.visitor, kYear));
    return reply;
  });
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
using http::route;
constexpr Route kRoutes[] = {
    route<None, None, None>("GET", "/g/{slug}", "", get_page, "群活码页面", "The page of a group code", http::kPublic | http::kNoAudit),
    route<None, None, None>("GET", "/g/{slug}/image/{image}", "", get_image, "入群二维码图片", "A group's picture", http::kPublic | http::kNoAudit),
};

}  // namespace

std::string image_address(std::string_view secret, std::string_view slug, GroupImageId image, Instant until) {
  const auto ms = to_ms(until);
  return fmt::format("/g/{}/image/{}?until={}&sig={}", slug, to_text(image), ms, signature_of(secret, slug, image, ms));
}

std::span<const Route> group_page_routes() { return kRoutes; }

}  // namespace koi::entry
