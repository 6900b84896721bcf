#include "segments/tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "segments/words.h"

namespace koi::segments {
namespace {

struct Twin { std::string_view wide, plain; };
// What an input method writes for our marks. Full-width ASCII (U+FF01 to U+FF5E) is folded by its number.
constexpr Twin kTwins[] = {{"“", "\""}, {"”", "\""}, {"„", "\""}, {"「", "\""}, {"」", "\""}, {"『", "\""}, {"』", "\""},
                           {"、", ","}, {"。", "."}, {"≥", ">="}, {"≤", "<="}, {"≠", "!="}, {"→", "->"}, {"−", "-"},
                           {"—", "-"},  {"￥", "¥"}, {"¥", "¥"}, {"　", " "}};
// How people write units beside the language's own; 分 alone is money.
constexpr Twin kUnitTwins[] = {{"秒", "s"}, {"分钟", "m"}, {"小时", "h"}, {"天", "d"}, {"周", "w"}, {"个月", "mo"}, {"月", "mo"}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// One character of the source, as it counts.
struct Sign {
  std::string_view plain;  // its half-width twin, or itself
  std::size_t size = 1;    // bytes of the source
  bool foreign = false;    // not ASCII: a letter of a name
};

constexpr char kAscii[] =
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

Sign sign_at(std::string_view s, std::size_t at) {
  const auto lead = static_cast<unsigned char>(s[at]);
  if (lead < 0x80) return {s.substr(at, 1), 1, false};
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  const auto whole = s.substr(at, size);
  for (const auto& twin : kTwins)
    if (twin.wide == whole) return {twin.plain, size, false};
  if (size == 3 && lead == 0xEF) {  // U+FF01 to U+FF5E
    const auto code = ((lead & 0x0F) << 12) | ((static_cast<unsigned char>(s[at + 1]) & 0x3F) << 6) |
                      (static_cast<unsigned char>(s[at + 2]) & 0x3F);
    if (code >= 0xFF01 && code <= 0xFF5E) return {std::string_view(kAscii).substr(static_cast<std::size_t>(code - 0xFF00), 1), size, false};
  }
  return {whole, size, true};
}

class Lexer {
 public:
  explicit Lexer(std::string_view source) : s_(source) {}

  Result<std::vector<Token>> all() {
    std::vector<Token> out;
    for (;;) {
      skip_space();
      if (at_ >= s_.size()) break;
      TRY(auto token, next());
      out.push_back(std::move(token));
    }
    out.push_back({.kind = Mark::end, .from = s_.size(), .to = s_.size()});
    return out;
  }

 private:
  Sign sign() const { return at_ < s_.size() ? sign_at(s_, at_) : Sign{"", 0, false}; }
  Sign sign_after(const Sign& first) const {
    return at_ + first.size < s_.size() ? sign_at(s_, at_ + first.size) : Sign{"", 0, false};
  }
  void skip_space() {
    for (auto c = sign(); c.size > 0 && (c.plain == " " || c.plain == "\n" || c.plain == "\t" || c.plain == "\r"); c = sign()) at_ += c.size;
  }
  Token made(Mark kind, std::size_t from, std::string text, Value value = {}) const {
    return {.kind = kind, .text = std::move(text), .value = std::move(value), .from = from, .to = at_};
  }

  Result<Token> next() {
    const auto c = sign();
    const char first = c.plain.empty() ? '\0' : c.plain[0];
    if (c.plain == "\"") return text(c);
    if (c.plain == "`" && c.size == 1) return quoted();
    if (c.foreign || is_letter(first)) return word();
    if (is_digit(first)) return number();
    if (c.plain == "¥") return yuan();
    if (c.plain == "-" && !sign_after(c).plain.empty() && is_digit(sign_after(c).plain[0])) return number();
    return mark();
  }

  Result<Token> word() {
    const auto from = at_;
    std::string out;
    for (auto c = sign(); c.size > 0 && (c.foreign || is_letter(c.plain[0]) || is_digit(c.plain[0])); c = sign()) {
      out += c.plain;
      at_ += c.size;
    }
    return made(Mark::word, from, std::move(out));
  }

  Result<Token> quoted() {
    const auto from = at_;
    std::string out;
    at_ += sign().size;
    for (;;) {
      const auto c = sign();
      if (c.size == 0) return refuse(s_, from, s_.size(), {"a closing backtick", "右反引号"});
      at_ += c.size;
      if (c.plain != "`" || c.size != 1) { out += s_.substr(at_ - c.size, c.size); continue; }
      if (at_ >= s_.size() || s_[at_] != '`') break;
      out += '`';
      ++at_;
    }
    if (out.empty()) return refuse(s_, from, at_, {"a name between the backticks", "反引号之间的名称"});
    return made(Mark::quoted, from, std::move(out));
  }

  /// Between the marks the text is as it is, but for escapes. What opens with a Chinese mark ends with any of them, and
  /// what opens with a plain one ends with a plain one only.
  Result<Token> text(const Sign& opening) {
    const auto from = at_;
    const bool plain = opening.size == 1;
    std::string out;
    at_ += opening.size;
    for (;;) {
      const auto c = sign();
      if (c.size == 0) return refuse(s_, from, s_.size(), {"a closing quotation mark", "右引号"});
      at_ += c.size;
      if (c.plain == "\"" && (c.size == 1) == plain) break;
      if (c.size == 1 && c.plain == "\\") { TRY(escape(out)); continue; }
      out += s_.substr(at_ - c.size, c.size);
    }
    return made(Mark::text, from, std::move(out));
  }

  Result<> escape(std::string& out) {
    const auto from = at_ - 1;
    const char c = at_ < s_.size() ? s_[at_++] : '\0';
    switch (c) {
      case 'n': out += '\n'; return {};
      case 't': out += '\t'; return {};
      case 'r': out += '\r'; return {};
      case '"':
      case '\\': out += c; return {};
      case 'x': {
        const auto byte = at_ + 2 <= s_.size() ? unhex(s_.substr(at_, 2)) : std::nullopt;
        if (byte && static_cast<unsigned char>((*byte)[0]) < 0x80) { out += *byte; at_ += 2; return {}; }
        return refuse(s_, from, at_, {"two hexadecimal digits below 80", "小于 80 的两位十六进制数"});
      }
      default: return refuse(s_, from, at_, {R"(an escape: \" \\ \n \t \r \x09)", R"(转义，如 \" \\ \n \t \r \x09)"}, R"(\\)");
    }
  }

  std::string digits() {
    std::string out;
    for (auto c = sign(); c.size > 0 && is_digit(c.plain[0]); c = sign()) { out += c.plain; at_ += c.size; }
    return out;
  }
  /// A day or an instant begins here: four digits, "-", two digits, "-", two digits.
  bool day_ahead() const {
    if (at_ + 10 > s_.size()) return false;
    const auto shape = s_.substr(at_, 10);
    for (std::size_t i = 0; i < 10; ++i)
      if (i == 4 || i == 7 ? shape[i] != '-' : !is_digit(shape[i])) return false;
    return true;
  }

  Result<Token> day() {
    const auto from = at_;
    at_ += 10;
    if (at_ < s_.size() && s_[at_] == 'T') {
      at_ = std::min(s_.find_first_not_of("0123456789T:.+-Z", at_), s_.size());
      const auto instant = parse_rfc3339(s_.substr(from, at_ - from));
      if (!instant) return refuse(s_, from, at_, {"an instant that exists, 2026-01-31T08:00:00+08:00", "真实存在的时刻，如 2026-01-31T08:00:00+08:00"});
      return made(Mark::value, from, {}, *instant);
    }
    const auto read = parse_day(s_.substr(from, 10));
    if (!read) return refuse(s_, from, at_, {"a date that exists, 2026-01-31", "真实存在的日期，如 2026-01-31"});
    return made(Mark::value, from, {}, *read);
  }

  Result<Token> number() {
    if (day_ahead()) return day();
    const auto from = at_;
    std::string out;
    if (sign().plain == "-") { out += '-'; at_ += sign().size; }
    out += digits();
    if (sign().plain == "." && !sign_after(sign()).plain.empty() && is_digit(sign_after(sign()).plain[0])) {
      at_ += sign().size;
      out += '.' + digits();
    }
    return with_unit(from, std::move(out));
  }

  Result<Token> with_unit(std::size_t from, std::string digits) {
    if (sign().plain == "%") { at_ += sign().size; return made(Mark::percent, from, std::move(digits)); }
    const auto unit_from = at_;
    std::string unit;
    for (auto c = sign(); c.size > 0 && (c.foreign || is_letter(c.plain[0])); c = sign()) { unit += c.plain; at_ += c.size; }
    if (unit.empty()) return made(Mark::number, from, std::move(digits));
    if (unit == "元" || unit == "分") {
      const auto money = money_of(digits, unit == "元");
      if (!money) return refuse(s_, from, at_, unit == "元" ? Said{"yuan with at most two decimals", "最多两位小数的元"} : Said{"whole fen", "整数分"});
      return made(Mark::value, from, {}, *money);
    }
    for (const auto& twin : kUnitTwins)
      if (twin.wide == unit) unit = twin.plain;
    if (!unit_of(unit)) return refuse(s_, unit_from, at_, {"a unit: s m h d w mo, 元 分, %", "单位：s m h d w mo、元 分、%"}, nearest(unit, {"元", "分", "d", "h", "mo"}));
    const auto duration = duration_of(digits + unit);
    if (!duration) return refuse(s_, from, at_, {"a whole length of time, at most 100 years", "整数时长，不超过 100 年"});
    return made(Mark::value, from, {}, *duration);
  }

  Result<Token> yuan() {
    const auto from = at_;
    at_ += sign().size;
    auto token = number();
    if (!token || token->kind != Mark::number) return refuse(s_, from, at_, {"an amount behind ¥", "¥ 后面的金额"}, "¥50.00");
    const auto money = money_of(token->text, true);
    if (!money) return refuse(s_, from, at_, {"yuan with at most two decimals", "最多两位小数的元"});
    return made(Mark::value, from, {}, *money);
  }

  Result<Token> mark() {
    const auto from = at_;
    auto c = sign();
    at_ += c.size;
    std::string out(c.plain);
    const auto second = sign();
    for (const std::string_view two : {"->", "!=", "<=", ">=", "==", "<>"})
      if (out.size() == 1 && second.plain.size() == 1 && out[0] == two[0] && second.plain[0] == two[1]) {
        at_ += second.size;
        return made(Mark::sign, from, two == "==" ? "=" : two == "<>" ? "!=" : std::string(two));
      }
    if (out.size() == 1 && std::string_view("(),.=<>*").find(out[0]) == std::string_view::npos)
      return refuse(s_, from, at_, {"a name, a value or a comparison", "名称、值或比较"});
    return made(Mark::sign, from, std::move(out));
  }

  std::string_view s_;
  std::size_t at_ = 0;
};

bool plain_step(std::string_view name) {
  if (name.empty() || is_digit(name[0])) return false;
  for (std::size_t at = 0; at < name.size();) {
    const auto c = sign_at(name, at);
    if (c.size != c.plain.size() || !(c.foreign || is_letter(c.plain[0]) || is_digit(c.plain[0]))) return false;
    at += c.size;
  }
  return true;
}
std::string in_backticks(std::string_view name) {
  std::string out = "`";
  for (const char c : name) out += c == '`' ? std::string("``") : std::string(1, c);
  return out + "`";
}

}  // namespace

LineColumn place_of(std::string_view source, std::size_t byte) {
  const auto before = source.substr(0, std::min(byte, source.size()));
  const auto line_at = before.rfind('\n');
  const auto line = line_at == std::string_view::npos ? before : before.substr(line_at + 1);
  return {1 + static_cast<std::size_t>(std::ranges::count(before, '\n')), 1 + count_chars(line)};
}

std::unexpected<Error> refuse(std::string_view source, std::size_t from, std::size_t to, const Said& expected,
                              std::string_view suggestion, std::string_view code) {
  const auto at = place_of(source, from);
  to = std::min(std::max(to, from), source.size());
  const auto found = from >= source.size() ? Said{"the end", "结尾"} : say("{0}", "{0}", take_chars(source.substr(from, to - from), 40));
  auto detail = say("line {}, column {}: expected {}, found {}", "第 {} 行第 {} 列：这里应当是{}，写的却是 {}", at.line, at.column, expected, found);
  if (!suggestion.empty()) detail = say("{}; did you mean {}", "{}；是不是想写 {}", detail, suggestion);
  Error out{Errc::malformed, std::string(code), std::move(detail.en), fmt::format("{}:{}", at.line, at.column), {}, std::move(detail.zh)};
  out.params = {{"line", std::to_string(at.line)}, {"column", std::to_string(at.column)}, {"from", std::to_string(from)},
                {"to", std::to_string(to)},        {"expected", expected.en},             {"found", found.en},
                {"suggestion", std::string(suggestion)}};
  return std::unexpected(std::move(out));
}

Result<std::vector<Token>> tokens_of(std::string_view source) {
  if (source.size() > kTextMax)
    return refuse(source, kTextMax, kTextMax, {"at most 65536 bytes", "不超过 65536 字节的文本"}, {}, "segments.too_long");
  if (!valid_utf8(source)) {
    std::size_t good = 0;  // the longest beginning that is whole; halving would do, but a rule is short
    while (good < source.size() && !valid_utf8(source.substr(0, source.size() - good))) ++good;
    Error out{Errc::malformed, "segments.syntax", "the text is not UTF-8", "", {}, "文本不是 UTF-8 编码"};
    const auto at = place_of(source, source.size() - good);
    out.pointer = fmt::format("{}:{}", at.line, at.column);
    return std::unexpected(std::move(out));
  }
  return Lexer(source).all();
}

std::string step_text(std::string_view name) { return plain_step(name) && !reserved(name) ? std::string(name) : in_backticks(name); }

std::string name_text(std::string_view name) {
  const auto steps = split_text(name, '.');
  const bool plain = std::ranges::all_of(steps, plain_step) && !reserved(steps[0]);
  return plain ? std::string(name) : in_backticks(name);
}

std::string quoted_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += fmt::format("\\{}", c);
    else if (c == '\n') out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out + "\"";
}

}  // namespace koi::segments
