#include "entry/form_draw.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "entry/shell.h"

namespace koi::entry {
namespace {

class Sheet {
 public:
  Sheet(const FormSpec& spec, const FormSheet& sheet, const FormLook& look) : spec_(spec), sheet_(sheet), look_(look) {}

  std::string draw() const {
    const bool first = sheet_.shown.empty();
    std::string out = "<h1>" + html(spec_.title) + "</h1>";
    if (first) out += opening();
    if (!sheet_.current.empty() && spec_.questions.size() > 1)
      out += fmt::format("<progress max=\"{}\" value=\"{}\" aria-label=\"{}\"></progress>", spec_.questions.size(), sheet_.shown.size(), in({"Progress", "进度"}));
    if (!sheet_.wrong.empty()) out += "<p class=\"notice bad\" role=\"alert\">" + in({"Some answers need a look", "请检查标出的题目"}) + "</p>";
    out += fmt::format("<form method=\"post\" action=\"/f/{}{}\" class=\"rows\">", html(look_.slug), look_.query.empty() ? "" : "?" + html(look_.query));
    out += hidden();
    for (const auto& q : spec_.questions)
      if (sheet_.current.empty() || q.key == sheet_.current) out += question(q);
    if (!spec_.consent.text.empty()) out += consent();
    return out + trap() + actions() + "</form>";
  }

 private:
  std::string in(Said said) const { return look_.language == "en" ? std::move(said.en) : std::move(said.zh); }

  std::string opening() const {
    std::string out;
    if (const auto url = safe_address(spec_.picture); !url.empty()) out += fmt::format("<img class=\"wide\" src=\"{}\" alt=\"\">", html(url));
    for (const auto line : split_text(spec_.intro, '\n'))
      if (!trim(line).empty()) out += "<p class=\"lead\">" + html(trim(line)) + "</p>";
    return out;
  }

  static std::string hidden_field(std::string_view name, std::string_view value) {
    return fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">", html(name), html(value));
  }
  /// What was given on earlier pages goes along, in the page itself: the house keeps nothing of who never sends it.
  std::string hidden() const {
    auto out = hidden_field(kFieldKey, sheet_.repeat_key) + hidden_field(kFieldStart, std::to_string(to_ms(sheet_.started)));
    if (sheet_.current.empty()) return out;
    std::string shown;
    for (const auto& key : sheet_.shown) {
      shown += (shown.empty() ? "" : ",") + key;
      if (const auto given = sheet_.answers.find(key); given != sheet_.answers.end())
        for (const auto& value : given->second) out += hidden_field(std::string(kFieldPrefix) + key, value);
    }
    return out + hidden_field(kFieldShown, shown) + hidden_field(kFieldCurrent, sheet_.current);
  }

  bool chosen(const FormQuestion& q, std::string_view value) const {
    const auto given = sheet_.answers.find(q.key);
    return given != sheet_.answers.end() && std::ranges::find(given->second, value) != given->second.end();
  }
  std::string value_of(const FormQuestion& q) const {
    const auto given = sheet_.answers.find(q.key);
    return given == sheet_.answers.end() || given->second.empty() ? std::string() : given->second.front();
  }
  std::string wrong(const FormQuestion& q) const {
    const auto at = sheet_.wrong.find(q.key);
    return at == sheet_.wrong.end() ? std::string() : fmt::format("<p class=\"wrong\" id=\"w_{}\">{}</p>", q.key, html(at->second));
  }
  std::string marks(const FormQuestion& q) const {
    std::string out = q.required && q.kind != QuestionKind::multi ? " required" : "";
    if (sheet_.wrong.contains(q.key)) out += fmt::format(" aria-invalid=\"true\" aria-describedby=\"w_{}\"", q.key);
    return out;
  }
  std::string heading(const FormQuestion& q) const {
    auto out = html(q.title);
    if (!q.required) out += " <span class=\"small\">" + in({"(optional)", "(选填)"}) + "</span>";
    return out;
  }
  std::string note(const FormQuestion& q) const { return q.note.empty() ? std::string() : "<p class=\"small\">" + html(q.note) + "</p>"; }

  std::string choice(const FormQuestion& q, std::string_view kind, std::string_view value, const std::string& label) const {
    return fmt::format("<label class=\"choice\"><input type=\"{}\" name=\"{}{}\" value=\"{}\"{}{}><span>{}</span></label>", kind, kFieldPrefix, q.key, html(value),
                       chosen(q, value) ? " checked" : "", kind == "radio" && q.required ? " required" : "", label);
  }
  std::string group(const FormQuestion& q, const std::string& inside) const { return fmt::format("<fieldset><legend>{}</legend>{}{}{}</fieldset>", heading(q), note(q), inside, wrong(q)); }
  std::string field(const FormQuestion& q, const std::string& inside) const {
    return fmt::format("<label class=\"field\"><span>{}</span>{}{}</label>{}", heading(q), note(q), inside, wrong(q));
  }
  std::string input(const FormQuestion& q, std::string_view type, std::string_view more) const {
    return fmt::format("<input type=\"{}\" name=\"{}{}\" value=\"{}\"{}{}>", type, kFieldPrefix, q.key, html(value_of(q)), more, marks(q));
  }

  std::string question(const FormQuestion& q) const {
    switch (q.kind) {
      case QuestionKind::single:
      case QuestionKind::multi: {
        std::string all;
        for (const auto& o : q.options) all += choice(q, q.kind == QuestionKind::single ? "radio" : "checkbox", o.key, html(o.label));
        return group(q, all);
      }
      case QuestionKind::rating: {
        std::string all;
        for (std::int64_t n = 1; n <= (q.max > 0 ? q.max : kStarsUsual); ++n) all += choice(q, "radio", std::to_string(n), std::to_string(n));
        return group(q, "<div class=\"rating\">" + all + "</div>");
      }
      case QuestionKind::text: {
        const auto limit = q.max > 0 ? fmt::format(" maxlength=\"{}\"", q.max) : std::string();
        if (q.max > 0 && q.max <= 40) return field(q, input(q, "text", limit));
        return field(q, fmt::format("<textarea name=\"{}{}\"{}{}>{}</textarea>", kFieldPrefix, q.key, limit, marks(q), html(value_of(q))));
      }
      case QuestionKind::phone: return phone(q);
      case QuestionKind::date: return field(q, input(q, "date", ""));
      case QuestionKind::upload: return upload(q);
    }
    return {};
  }

  /// With a code to prove it: the button sends the page for one, and everything else that was filled in stays.
  std::string phone(const FormQuestion& q) const {
    const auto number = input(q, "tel", " autocomplete=\"tel\" inputmode=\"tel\" maxlength=\"20\"");
    if (!q.verify || !sheet_.texts) return field(q, number);
    if (sheet_.proved.contains(q.key)) return field(q, number + "<p class=\"notice good\">" + in({"This number is verified", "手机号已验证"}) + "</p>");
    const auto sent = sheet_.sent.contains(q.key) ? "<p class=\"notice good\" role=\"status\">" + in({"A code is on its way", "验证码已发送"}) + "</p>" : std::string();
    return field(q, number) + fmt::format("<div class=\"proof\"><input type=\"text\" name=\"{}{}\" inputmode=\"numeric\" autocomplete=\"one-time-code\" maxlength=\"6\" aria-label=\"{}\" placeholder=\"{}\">"
                                          "<button class=\"plain\" name=\"{}\" value=\"{}\" formnovalidate>{}</button></div>{}",
                                          kCodePrefix, q.key, html(in({"Code from the text message", "短信验证码"})), html(in({"6 digits", "6 位验证码"})), kFieldSend, q.key,
                                          html(in({"Send code", "获取验证码"})), sent);
  }

  /// The script sends the file ahead and puts its id into the field.
  std::string upload(const FormQuestion& q) const {
    const bool image = q.types.empty() || std::ranges::find(q.types, "image") != q.types.end(), pdf = q.types.empty() || std::ranges::find(q.types, "pdf") != q.types.end();
    const auto accept = std::string(image ? "image/jpeg,image/png,image/webp" : "") + (image && pdf ? "," : "") + (pdf ? "application/pdf" : "");
    const auto there = value_of(q).empty() ? std::string() : "<p class=\"notice good\">" + in({"The file is here", "文件已上传"}) + "</p>";
    return field(q, fmt::format("{}<input type=\"file\" data-question=\"{}\" data-max=\"{}\" accept=\"{}\"{}><input type=\"hidden\" name=\"{}{}\" value=\"{}\"><noscript><p class=\"small\">{}</p></noscript>"
                                "<p class=\"small\" role=\"status\"></p>",
                                there, q.key, (q.max_kb > 0 ? q.max_kb : kUploadMaxKb) * 1024, accept, sheet_.wrong.contains(q.key) ? " aria-invalid=\"true\"" : "", kFieldPrefix, q.key, html(value_of(q)),
                                in({"To send a file, please allow scripts in your browser.", "上传文件需要浏览器启用脚本。"})));
  }

  /// On every page of a form that asks step by step: hidden once it was ticked.
  std::string consent() const {
    if (!sheet_.current.empty() && !sheet_.shown.empty()) return sheet_.consent ? hidden_field(kFieldConsent, "1") : std::string();
    return fmt::format("<label class=\"choice\"><input type=\"checkbox\" name=\"{}\" value=\"1\"{}><span>{}</span></label>", kFieldConsent, sheet_.consent ? " checked" : "", html(spec_.consent.text));
  }
  /// A field no person sees; programs fill it in.
  static std::string trap() { return fmt::format("<div class=\"honey\" aria-hidden=\"true\"><label>Website<input type=\"text\" name=\"{}\" tabindex=\"-1\" autocomplete=\"off\"></label></div>", kFieldTrap); }

  std::string actions() const {
    const auto label = spec_.button.empty() || !last() ? in(last() ? Said{"Send", "提交"} : Said{"Next", "下一题"}) : spec_.button;
    if (sheet_.current.empty() || sheet_.shown.empty()) return fmt::format("<button>{}</button>", html(label));
    // Enter presses the first button there is.
    return fmt::format("<div class=\"actions\"><button>{}</button><button class=\"plain\" name=\"{}\" value=\"1\" formnovalidate>{}</button></div>", html(label), kFieldBack, html(in({"Back", "上一题"})));
  }
  /// Whether nothing can follow this page.
  bool last() const {
    if (sheet_.current.empty()) return true;
    const auto at = std::ranges::find(spec_.questions, sheet_.current, &FormQuestion::key);
    if (at == spec_.questions.end()) return true;
    const auto ends = [&](std::string_view go) { return go == kFormEnd || (go.empty() && (at->go == kFormEnd || (at->go.empty() && std::next(at) == spec_.questions.end()))); };
    return at->kind == QuestionKind::single ? std::ranges::all_of(at->options, [&](const auto& o) { return ends(o.go); }) : ends("");
  }

  const FormSpec& spec_;
  const FormSheet& sheet_;
  const FormLook& look_;
};

}  // namespace

std::string draw_form(const FormSpec& spec, const FormSheet& sheet, const FormLook& look) { return Sheet(spec, sheet, look).draw(); }

std::string draw_done(const FormSpec& spec, std::int64_t score, const std::string& address, std::string_view language) {
  const auto in = [&](std::string_view en, std::string_view zh) { return std::string(language == "en" ? en : zh); };
  const auto* band = band_of(spec, score);
  auto out = "<section class=\"card center\"><h1>" + html(spec.done_title.empty() ? in("Thank you", "提交成功") : spec.done_title) + "</h1>";
  if (band != nullptr && !band->title.empty()) out += "<h2>" + html(band->title) + "</h2>";
  if (band != nullptr && !band->text.empty()) out += "<p class=\"lead\">" + html(band->text) + "</p>";
  out += "<p class=\"lead\">" + html(spec.done_text.empty() ? in("We have your answers.", "我们已收到您的回答。") : spec.done_text) + "</p>";
  if (const auto url = safe_address(address); !url.empty()) out += fmt::format("<a class=\"button\" href=\"{}\">{}</a>", html(url), html(spec.done_label.empty() ? in("Go on", "继续") : spec.done_label));
  return out + "</section>";
}

}  // namespace koi::entry
