// Which questions somebody meets, and what an answer may be. Pure.
#include <algorithm>
#include <set>

#include "base/say.h"
#include "base/text.h"
#include "entry/forms.h"

namespace koi::entry {
namespace {

constexpr std::size_t kNowhere = static_cast<std::size_t>(-1), kTextMax = 2000;

/// Questions by number; past the last one is the end.
class Map {
 public:
  explicit Map(const FormSpec& spec) : spec_(spec) {
    for (std::size_t i = 0; i < spec.questions.size(); ++i) places_.emplace(spec.questions[i].key, i);
  }
  std::size_t end() const { return spec_.questions.size(); }
  /// Where `go` of question `from` leads; kNowhere: nowhere.
  std::size_t target(std::size_t from, std::string_view go) const {
    if (go.empty()) return from + 1;
    if (go == kFormEnd) return end();
    const auto at = places_.find(go);
    return at == places_.end() ? kNowhere : at->second;
  }
  std::size_t after(std::size_t from, const std::vector<std::string>* given) const {
    const auto& q = spec_.questions[from];
    if (q.kind == QuestionKind::single && given != nullptr && given->size() == 1) {
      const auto option = std::ranges::find(q.options, given->front(), &FormOption::key);
      if (option != q.options.end() && !option->go.empty()) return target(from, option->go);
    }
    return target(from, q.go);
  }
  /// Every question that may follow.
  std::set<std::size_t> ways(std::size_t from) const {
    const auto& q = spec_.questions[from];
    std::set<std::size_t> out;
    const bool jumps = q.kind == QuestionKind::single && std::ranges::any_of(q.options, [](const auto& o) { return !o.go.empty(); });
    if (jumps)
      for (const auto& o : q.options) out.insert(o.go.empty() ? target(from, q.go) : target(from, o.go));
    if (!jumps || !q.required) out.insert(target(from, q.go));
    return out;
  }

 private:
  const FormSpec& spec_;
  std::map<std::string_view, std::size_t> places_;
};

enum class Mark : std::uint8_t { none, open, done };

/// Depth first; a way back to a question still open is a loop.
Result<> visit(const Map& map, const FormSpec& spec, std::size_t at, std::vector<Mark>& marks) {
  marks[at] = Mark::open;
  for (const auto next : map.ways(at)) {
    if (next >= map.end()) continue;
    if (marks[next] == Mark::open)
      return refuse("entry.form_loop", say("from \"{}\" the way leads back to \"{}\"", "从“{}”会回到“{}”,形成循环", spec.questions[at].title, spec.questions[next].title), "/questions/" + std::to_string(at));
    if (marks[next] == Mark::none) TRY(visit(map, spec, next, marks));
  }
  marks[at] = Mark::done;
  return {};
}

bool is_day(std::string_view text) { return text.size() == 10 && parse_day(text).has_value(); }

std::string digits_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c >= '0' && c <= '9') || (c == '+' && out.empty())) out += c;
    else if (c != ' ' && c != '-' && c != '(' && c != ')') return {};
  }
  return out;
}

}  // namespace

Result<> check_jumps(const FormSpec& spec) {
  const Map map(spec);
  for (std::size_t i = 0; i < spec.questions.size(); ++i) {
    const auto& q = spec.questions[i];
    const auto at = "/questions/" + std::to_string(i);
    if (map.target(i, q.go) == kNowhere) return refuse("entry.jump", say("no question is called \"{}\"", "没有标识为“{}”的题目", q.go), at + "/go");
    for (std::size_t o = 0; o < q.options.size(); ++o) {
      const auto& go = q.options[o].go;
      const auto place = at + "/options/" + std::to_string(o) + "/go";
      if (!go.empty() && q.kind != QuestionKind::single) return refuse("entry.jump", say("only a single choice leads to other questions", "只有单选题可以跳转"), place);
      if (map.target(i, go) == kNowhere) return refuse("entry.jump", say("no question is called \"{}\"", "没有标识为“{}”的题目", go), place);
    }
  }
  std::vector<Mark> marks(spec.questions.size(), Mark::none);
  if (!spec.questions.empty()) TRY(visit(map, spec, 0, marks));
  const auto lost = std::ranges::find(marks, Mark::none);
  if (lost == marks.end()) return {};
  const auto at = static_cast<std::size_t>(lost - marks.begin());
  return refuse("entry.form_unreachable", say("no way leads to \"{}\"", "没有路径能到达“{}”", spec.questions[at].title), "/questions/" + std::to_string(at));
}

Walk walk_form(const FormSpec& spec, const Answers& answers, const std::vector<std::string>* shown) {
  const Map map(spec);
  Walk out;
  for (std::size_t at = 0; at != kNowhere;) {
    if (at >= map.end()) return out.done = true, out;
    if (out.path.size() >= spec.questions.size()) return out;  // a loop, which nothing saved has
    const auto& q = spec.questions[at];
    if (shown != nullptr && std::ranges::find(*shown, q.key) == shown->end()) return out.next = &q, out;
    out.path.push_back(&q);
    const auto given = answers.find(q.key);
    at = map.after(at, given == answers.end() ? nullptr : &given->second);
  }
  return out;
}

bool one_page(const FormSpec& spec) {
  return std::ranges::none_of(spec.questions, [](const FormQuestion& q) { return !q.go.empty() || std::ranges::any_of(q.options, [](const FormOption& o) { return !o.go.empty(); }); });
}

Result<std::vector<std::string>> judge_answer(const FormQuestion& q, std::vector<std::string> given) {
  const auto wrong = [&](std::string_view code, Said said) { return refuse(code, std::move(said), q.key); };
  for (auto& value : given) value = trim(value);
  std::erase_if(given, [](const std::string& value) { return value.empty(); });
  if (given.empty()) {
    if (q.required) return wrong("entry.answer_required", say("please answer this", "请填写此题"));
    return given;
  }
  if (q.kind != QuestionKind::multi && given.size() > 1) return wrong("entry.answer_choice", say("one answer only", "只能有一个答案"));
  const auto& one = given.front();
  switch (q.kind) {
    case QuestionKind::single:
    case QuestionKind::multi: {
      std::ranges::sort(given);
      const auto twice = std::ranges::unique(given);
      given.erase(twice.begin(), twice.end());
      for (const auto& value : given)
        if (std::ranges::find(q.options, value, &FormOption::key) == q.options.end()) return wrong("entry.answer_choice", say("please choose from the list", "请从选项中选择"));
      const auto n = static_cast<std::int64_t>(given.size());
      if (q.kind == QuestionKind::multi && ((q.min > 0 && n < q.min) || (q.max > 0 && n > q.max)))
        return wrong("entry.answer_count", q.max > 0 ? say("choose {} to {}", "请选择 {} 至 {} 项", std::max<std::int64_t>(q.min, 1), q.max) : say("choose at least {}", "请至少选择 {} 项", q.min));
      return given;
    }
    case QuestionKind::text: {
      const auto n = static_cast<std::int64_t>(count_chars(one)), high = q.max > 0 ? q.max : static_cast<std::int64_t>(kTextMax);
      if (!valid_utf8(one) || n > high || n < q.min) return wrong("entry.answer_text", say("{} to {} characters", "请填写 {} 至 {} 个字", std::max<std::int64_t>(q.min, 1), high));
      const bool control = std::ranges::any_of(one, [](char c) { return (c >= 0 && c < ' ' && c != '\n' && c != '\r' && c != '\t') || c == '\x7f'; });
      if (control) return wrong("entry.answer_text", say("please use plain text", "请填写普通文字"));
      return given;
    }
    case QuestionKind::rating: {
      const auto stars = parse_int(one);
      const auto high = q.max > 0 ? q.max : kStarsUsual;
      if (!stars || *stars < 1 || *stars > high) return wrong("entry.answer_rating", say("1 to {}", "请选择 1 至 {}", high));
      return std::vector{std::to_string(*stars)};
    }
    case QuestionKind::phone: {
      const auto number = digits_of(one);
      const bool mainland = number.size() == 11 && number.starts_with('1') && number[1] >= '3';
      const bool abroad = number.starts_with('+') && number.size() >= 8 && number.size() <= 16;
      if (!mainland && !abroad) return wrong("entry.answer_phone", say("please check the number", "请检查手机号"));
      return std::vector{number};
    }
    case QuestionKind::date:
      if (!is_day(one)) return wrong("entry.answer_date", say("write the day as 2026-01-31", "日期写作 2026-01-31"));
      return given;
    case QuestionKind::upload:
      if (!parse_id(UploadTag::prefix, one)) return wrong("entry.answer_upload", say("please upload the file again", "请重新上传文件"));
      return given;
  }
  return given;
}

std::int64_t score_of(const FormSpec& spec, const Answers& answers) {
  std::int64_t sum = 0;
  for (const auto* q : walk_form(spec, answers).path) {
    const auto given = answers.find(q->key);
    if (given == answers.end()) continue;
    for (const auto& key : given->second)
      if (const auto option = std::ranges::find(q->options, key, &FormOption::key); option != q->options.end()) sum += option->score;
  }
  return sum;
}

const ScoreBand* band_of(const FormSpec& spec, std::int64_t score) {
  const auto at = std::ranges::find_if(spec.bands, [&](const ScoreBand& b) { return b.from <= score && score <= b.to; });
  return at == spec.bands.end() ? nullptr : &*at;
}

}  // namespace koi::entry
