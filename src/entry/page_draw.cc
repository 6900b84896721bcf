// A landing page as HTML. What a merchant wrote is text, never markup; where a click leads is asked of the server, so that it is counted.
#include <fmt/format.h>

#include "base/say.h"
#include "base/text.h"
#include "entry/pages.h"
#include "entry/picture.h"
#include "entry/shell.h"

namespace koi::entry {
namespace {

constexpr std::int64_t kCodePixels = 400;

class Drawing {
 public:
  explicit Drawing(const PageLook& look) : look_(look) {}

  std::string block(const PageBlock& b) const {
    switch (b.kind) {
      case BlockKind::text: return "<section class=\"block\">" + heading(b) + words(b.text) + "</section>";
      case BlockKind::image: return linked(b, picture(b));
      case BlockKind::button: return fmt::format("<section class=\"block center\">{}{}</section>", words(b.text), anchor(b, "button", html(b.label)));
      case BlockKind::code: return code(b);
      case BlockKind::form: return card(b, b.label.empty() ? in({"Fill it in", "填写表单"}) : b.label);
      case BlockKind::video: return linked(b, "<span class=\"video\">" + picture(b) + "<span class=\"play\" aria-hidden=\"true\">▶</span></span>" + heading(b));
      case BlockKind::countdown: return countdown(b);
      case BlockKind::product: return product(b);
    }
    return {};
  }

 private:
  std::string in(Said said) const { return look_.language == "en" ? std::move(said.en) : std::move(said.zh); }

  static std::string heading(const PageBlock& b) { return trim(b.title).empty() ? std::string() : "<h2>" + html(b.title) + "</h2>"; }
  /// Paragraphs where the merchant left lines empty, breaks where a line ended.
  static std::string words(std::string_view text) {
    std::string out, paragraph;
    const auto end = [&] {
      if (!paragraph.empty()) out += "<p>" + paragraph + "</p>";
      paragraph.clear();
    };
    for (const auto line : split_text(text, '\n')) {
      if (trim(line).empty()) {
        end();
        continue;
      }
      paragraph += (paragraph.empty() ? "" : "<br>") + html(trim(line));
    }
    end();
    return out;
  }
  static std::string picture(const PageBlock& b) {
    const auto url = safe_address(b.image);
    return url.empty() ? std::string() : fmt::format("<img class=\"wide\" src=\"{}\" alt=\"{}\">", html(url), html(b.alt));
  }
  std::string anchor(const PageBlock& b, std::string_view look, const std::string& inside) const {
    if (look_.slug.empty()) return fmt::format("<span class=\"{}\">{}</span>", look, inside);
    return fmt::format("<a class=\"{}\" href=\"/h5/p/{}/go/{}{}\">{}</a>", look, html(look_.slug), html(b.key), look_.query.empty() ? "" : "?" + html(look_.query), inside);
  }
  std::string linked(const PageBlock& b, const std::string& inside) const {
    return "<section class=\"block\">" + (block_address(b).empty() ? inside : anchor(b, "cover", inside)) + "</section>";
  }
  std::string card(const PageBlock& b, const std::string& label) const {
    return "<section class=\"card center\">" + heading(b) + words(b.text) + anchor(b, "button", html(label)) + "</section>";
  }
  /// The code itself for who reads this elsewhere, and its page for who reads it on the phone.
  std::string code(const PageBlock& b) const {
    std::string image;
    if (auto png = qr_png({std::string(look_.site) + "/c/" + b.to, kCodePixels, {}}))
      image = fmt::format("<div class=\"code\"><img src=\"data:image/png;base64,{}\" alt=\"{}\" width=\"240\" height=\"240\"></div>", base64(*png), html(in({"QR code", "二维码"})));
    return "<section class=\"card center\">" + heading(b) + words(b.text) + image + anchor(b, "button", html(b.label.empty() ? in({"Add us", "添加好友"}) : b.label)) + "</section>";
  }
  std::string left(Instant until) const {
    const auto minutes = std::chrono::floor<std::chrono::minutes>(until - look_.now).count();
    const auto days = minutes / (24 * 60), hours = minutes / 60 % 24;
    return in(say("{} d {} h {} min left", "还剩 {} 天 {} 小时 {} 分", days, hours, minutes % 60));
  }
  std::string countdown(const PageBlock& b) const {
    const bool over = look_.now >= *b.until;
    const auto after = b.after.empty() ? in({"It is over", "活动已结束"}) : b.after;
    if (over) return "<section class=\"block center\">" + heading(b) + "<p class=\"notice\">" + html(after) + "</p></section>";
    return fmt::format("<section class=\"block center\">{}<p class=\"countdown\"><time datetime=\"{}\" data-after=\"{}\">{}</time></p>{}</section>", heading(b), to_rfc3339(*b.until),
                       html(after), html(left(*b.until)), words(b.text));
  }
  static std::string money(std::int64_t fen) {
    auto out = fmt::format("{}.{:02}", fen / 100, fen % 100);
    if (out.ends_with(".00")) out.resize(out.size() - 3);
    return "¥" + out;
  }
  std::string product(const PageBlock& b) const {
    auto price = "<strong class=\"price\">" + money(b.price_fen) + "</strong>";
    if (b.was_fen > b.price_fen) price += " <s class=\"small\">" + money(b.was_fen) + "</s>";
    auto out = "<section class=\"card product\">" + picture(b) + heading(b) + words(b.text) + "<p>" + price + "</p>";
    if (!b.url.empty()) out += anchor(b, "button", html(b.label.empty() ? in({"Buy", "立即购买"}) : b.label));
    return out + "</section>";
  }

  const PageLook& look_;
};

}  // namespace

std::string draw_page(const PageSpec& spec, const PageLook& look) {
  const Drawing drawing(look);
  auto out = "<h1>" + html(spec.title) + "</h1>";
  for (const auto& block : spec.blocks) out += drawing.block(block);
  return out;
}

}  // namespace koi::entry
