// What a browser opens: GET /s/SLUG leads on, GET /h5/p/SLUG is a landing page, /h5/p/SLUG/go/KEY a click in it. One Writer operation
// each; where a click leads comes from the definition, never from the request.
#include <fmt/format.h>

#include "base/say.h"
#include "base/text.h"
#include "entry/door_api.h"
#include "entry/links.h"
#include "entry/pages.h"
#include "entry/visit.h"

namespace koi::entry {
namespace {

Reply lead_to(std::string_view address) {
  Reply out{302, {}, "text/plain", {}};
  out.headers.emplace_back("Location", address);
  out.headers.emplace_back("Cache-Control", "no-store");
  out.headers.emplace_back("Referrer-Policy", "strict-origin-when-cross-origin");
  return out;
}

/// The address as it is opened again: of this site, with what it carried.
std::string again(const http::Request& request) {
  const auto query = query_without(request, {});
  return site_of(request) + request.path + (query.empty() ? "" : "?" + query);
}

Reply ask_for_browser(const http::Request& request) {
  const bool english = request.language() == "en";
  const auto in = [&](std::string_view en, std::string_view zh) { return html(english ? en : zh); };
  Page page;
  page.language = request.language();
  page.title = english ? "Open in the browser" : "请在浏览器中打开";
  page.body = fmt::format(
      "<section class=\"card\"><h1>{}</h1><ol class=\"steps\"><li>{}</li><li>{}</li></ol><p class=\"small\">{}</p><p class=\"notice\">{}</p></section>", html(page.title),
      in("Tap ··· at the top right", "点击右上角 ···"), in("Choose \"Open in browser\"", "选择“在浏览器打开”"), in("Or copy this address into a browser:", "也可复制以下网址到浏览器打开:"), html(again(request)));
  return page_reply(page);
}

Reply draw_away(std::string_view language, std::string_view why, std::string_view words, std::string_view url) {
  Said title{"This is over", "活动已结束"}, usual{"What this address showed is no longer available.", "该链接已失效,感谢您的关注。"};
  if (why == "soon") title = {"Not yet", "尚未开始"}, usual = {"Please come back a little later.", "请稍后再来。"};
  else if (why == "full") title = {"All taken", "名额已满"}, usual = {"Everything has been given away. Thank you for coming.", "名额已全部用完,感谢您的参与。"};
  else if (why == "paused" || why == "nowhere") title = {"Not available at the moment", "暂不可用"}, usual = {"Please come back a little later.", "请稍后再来。"};
  if (!trim(words).empty()) usual = {std::string(words), std::string(words)};
  return plain_page(language, why == "deleted" ? 410 : 200, std::move(title), std::move(usual), url, {"Go on", "继续访问"});
}

Result<Answer> get_link(Call& call) {
  const auto slug = std::string(call.path_text("slug"));
  return on_writer<Landing>(
      call, shard_of_slug(slug), caller_of(call.request()), [slug](Tx& tx, const Caller& caller) { return follow_link(tx, slug, caller); },
      [&call](Landing& landing) {
        switch (landing.kind) {
          case Landing::Kind::go: return lead_to(landing.address);
          case Landing::Kind::ask: return ask_for_browser(call.request());
          case Landing::Kind::away: return draw_away(call.request().language(), landing.why, landing.words, landing.address);
          case Landing::Kind::unknown: break;
        }
        return no_such_page(call.request().language());
      });
}

Reply draw_view(const http::Request& request, std::string_view slug, const PageView& view) {
  const auto language = request.language();
  if (view.kind == PageView::Kind::unknown) return no_such_page(language);
  if (view.kind == PageView::Kind::away) {
    const auto* spec = view.page ? &view.page->spec : nullptr;
    return draw_away(language, view.why, spec != nullptr && view.why == "over" ? spec->ended_text : "", spec != nullptr ? spec->ended_url : "");
  }
  const auto& spec = view.page->spec;
  const auto query = query_without(request, {});
  Page page;
  page.language = language;
  page.title = spec.title;
  page.description = spec.description;
  page.picture = spec.picture;
  page.body = draw_page(spec, {slug, query, site_of(request), language, view.now});
  if (page.body.find("class=\"countdown\"") != page.body.npos) {
    page.script = "page.js";
    page.data = fmt::format(R"({{"now":{},"days":"{}"}})", to_ms(view.now), language == "en" ? "d" : "天");
  }
  return page_reply(page);
}

Result<Answer> get_page_view(Call& call) {
  const auto slug = std::string(call.path_text("slug"));
  return on_writer<PageView>(
      call, shard_of_slug(slug), caller_of(call.request()), [slug](Tx& tx, const Caller& caller) { return view_page(tx, slug, caller); },
      [&call, slug](PageView& view) { return draw_view(call.request(), slug, view); });
}

Result<Answer> get_page_click(Call& call) {
  const auto slug = std::string(call.path_text("slug")), block = std::string(call.path_text("block"));
  return on_writer<std::string>(
      call, shard_of_slug(slug), caller_of(call.request()), [slug, block](Tx& tx, const Caller& caller) { return click_block(tx, slug, block, caller); },
      [&call](std::string& address) { return address.empty() ? no_such_page(call.request().language()) : lead_to(address); });
}

using http::None;
using http::of_media;
using http::route;
constexpr Route kRoutes[] = {
    of_media(route<None, None, None>("GET", "/s/{slug}", "", get_link, "短链跳转", "Where a short link leads", http::kPublic), "text/html"),
    of_media(route<None, None, None>("GET", "/h5/p/{slug}", "", get_page_view, "落地页", "A landing page", http::kPublic), "text/html"),
    of_media(route<None, None, None>("GET", "/h5/p/{slug}/go/{block}", "", get_page_click, "落地页上的点击", "A click on a landing page", http::kPublic), "text/html"),
};

}  // namespace

std::span<const Route> door_page_routes() { return kRoutes; }

}  // namespace koi::entry
