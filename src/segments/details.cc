#include "segments/details.h"

#include <optional>
#include <vector>

#include "segments/fields.h"

namespace koi::segments {
namespace {

struct Said { std::string_view en, zh; };

// {} is a piece: a name or a value as it is, or one of kPieces. In order: the first that fits is it.
constexpr Said kSentences[] = {
    {"{}; did you mean {}", "{}；是不是想写 {}"},
    {"{}, did you mean {}", "{}；是不是想写 {}"},
    {"line {}, column {}: expected {}, found {}", "第 {} 行第 {} 列：这里应当是{}，写的却是 {}"},
    {"the text is not UTF-8", "文本不是 UTF-8 编码"},
    {"there is no {} \"{}\"", "没有{} \"{}\""},
    {"{} clauses over events, at most {}: keep some of them as a segment of their own", "行为条件有 {} 个，最多 {} 个：可把一部分另存为人群再引用"},
    {"{} clauses, at most {}", "条件有 {} 个，最多 {} 个"},
    {"more than {} levels", "嵌套超过 {} 层"},
    {"an empty group", "条件组是空的"},
    {"members of a list are asked inside `where` of an event", "列表中的成员要在行为的 where 里询问"},
    {"{} is no list but {}", "{} 不是列表，而是{}"},
    {"inside `where` only the event's own properties are compared", "where 里只能比较该行为自己的属性"},
    {"{}() does not fit {}", "{}() 不能用于{}"},
    {"{} does not fit {}", "{} 不能用于{}"},
    {"a rank among everybody is known of facts and attributes only", "全体排名只能用于客户属性，不能用于统计或行为属性"},
    {"{} takes other operands", "{} 后面的值写得不对"},
    {"{} takes {} to {} arguments", "{} 需要 {} 至 {} 个参数"},
    {"{} takes no property", "{} 不需要属性"},
    {"{} needs a property", "{} 需要指定属性"},
    {"{} has nothing below it: ask `any {} where (…)`", "{} 没有下级：请写 any {} where (…)"},
    {"{} has nothing below it", "{} 没有下级"},
    {"this is a plain number, not an amount of money", "这里是普通数字，不是金额"},
    {"{} of what? Money says its unit", "{} 什么？金额要写明单位"},
    {"money says its unit", "金额要写明单位"},
    {"{} is compared with {}", "{}不能与 {} 比较"},
    {"an anniversary is whole days ahead", "周年日只能提前整天数"},
    {"a share is above 0% and at most 100%", "比例要大于 0%，不超过 100%"},
    {"longer than 500 bytes", "超过 500 字节"},
    {"a change has no window since an event", "属性变化不能以某个行为为起点"},
    {"a bucket is [from, to) within 0 and 1000", "分桶写成 [起, 止)，在 0 到 1000 之内"},
    {"{} is no deed of a person: ask who is in the segment", "{} 不是客户的行为：请直接询问谁在人群中"},
    {"{} happens {} times a year to one person: this window reads {} events, at most {}", "{} 每人每年约 {} 次：这个时间窗要读 {} 个事件，最多 {} 个"},
    {"a trend compares a rolling window", "趋势要比较滚动的时间窗"},
    {"a length of time is above zero", "时长要大于零"},
    {"there is no time zone \"{}\"", "没有时区 \"{}\""},
    {"the earlier edge comes first", "较早的时间写在前面"},
    {"the window is empty: from comes before to", "时间窗是空的：起点要早于终点"},
    {"what is missing has no window of its own", "“没有发生”的行为不能另写时间窗"},
    {"a step happens 1 to {} times", "一步可发生 1 至 {} 次"},
    {"the first step comes after nothing", "第一步之前没有别的步骤"},
    {"steps in any order have nothing before them: write the window behind the brackets", "不分先后的步骤没有前一步：时间窗写在括号后面"},
    {"what lies between has no window of its own", "中间不应发生的行为不能另写时间窗"},
    {"nothing lies before the first step", "第一步之前不能再有排除的行为"},
    {"a sequence has two to {} events in at most {} steps", "序列应有 2 至 {} 个行为，最多 {} 步"},
    {"more than 256 KB", "超过 256 KB"},
    {"only people of a live segment carry its tag", "只有实时人群能打标签"},
    {"write it as group/name", "请写成 组/名"},
    {"a fixed segment is a snapshot of another", "固定人群要从已有人群生成"}};

// What was expected, what does not exist, and types, which come from fields.h.
constexpr Said kPieces[] = {
    {"the end", "结尾"}, {"a closing backtick", "右反引号"}, {"a name between the backticks", "反引号之间的名称"},
    {"a closing quotation mark", "右引号"}, {"two hexadecimal digits below 80", "小于 80 的两位十六进制数"},
    {"an instant that exists, 2026-01-31T08:00:00+08:00", "真实存在的时刻，如 2026-01-31T08:00:00+08:00"},
    {"a date that exists, 2026-01-31", "真实存在的日期，如 2026-01-31"}, {"yuan with at most two decimals", "最多两位小数的元"},
    {"whole fen", "整数分"}, {"a unit: s m h d w mo, 元 分, %", "单位：s m h d w mo、元 分、%"},
    {"a whole length of time, at most 100 years", "整数时长，不超过 100 年"}, {"an amount behind ¥", "¥ 后面的金额"},
    {"a name, a value or a comparison", "名称、值或比较"}, {"at most 65536 bytes", "不超过 65536 字节的文本"}, {"at most 16 levels", "不超过 16 层"},
    {"and, or, or the end", "and、or 或结尾"}, {"a text in quotation marks", "引号中的文本"}, {"a whole number", "整数"},
    {"a date, an instant or a length of time", "日期、时刻或时长"}, {"a date like 2026-01-31, or an instant", "日期（如 2026-01-31）或时刻"},
    {"last 30d, today, yesterday, this week, last month, this year", "时间窗，如 last 30d、today、yesterday、this week、last month、this year"},
    {"a name (in backticks when it is a word of the language)", "名称（与语言的词相同时放在反引号里）"}, {"a name", "名称"},
    {"the kind of event (in backticks when it is a word of the language)", "行为名称（与语言的词相同时放在反引号里）"}, {"the kind of event", "行为名称"},
    {"a text or a number", "文本或数字"}, {"a number with at most six decimals, at most 9000000000000", "最多六位小数、不超过 9000000000000 的数字"},
    {R"(a value: "text", 12.5, 50元, 30d, 2026-01-31, true)", R"(值，如 "文本"、12.5、50元、30d、2026-01-31、true)"}, {"at most 500 values", "不超过 500 个值"},
    {"a comparison: =, !=, <, in, is set, contains, has any, in last …", "比较，如 =、!=、<、in、is set、contains、has any、in last …"},
    {"a share, like 10%", "比例，如 10%"}, {"a length of time, like 30d, 24h or 15m", "时长，如 30d、24h、15m"},
    {"kind of event", "行为"}, {"fact or attribute", "属性"}, {"attribute", "属性"}, {"segment", "人群"}, {"list", "名单"}, {"tag", "标签"},
    {"tag group", "标签组"}, {"stage", "阶段"}, {"channel", "渠道"}, {"store", "门店"}, {"staff", "员工"}, {"friends", "员工"}, {"purpose", "目的"},
    {"depth", "层级"}, {"consent", "授权状态"}, {"relation.state", "关系状态"}};

/// The pieces of `text` when it is this sentence.
std::optional<std::vector<std::string_view>> pieces_of(std::string_view text, std::string_view sentence) {
  std::vector<std::string_view> out;
  auto hole = sentence.find("{}");
  if (!text.starts_with(sentence.substr(0, hole))) return {};
  if (hole == std::string_view::npos) return text == sentence ? std::optional(out) : std::nullopt;
  text.remove_prefix(hole);
  for (;;) {
    sentence.remove_prefix(hole + 2);
    hole = sentence.find("{}");
    const auto behind = sentence.substr(0, hole);
    if (hole == std::string_view::npos) {  // the last piece reaches as far as it can
      if (!text.ends_with(behind)) return {};
      out.push_back(text.substr(0, text.size() - behind.size()));
      return out;
    }
    const auto at = text.find(behind);
    if (at == std::string_view::npos) return {};
    out.push_back(text.substr(0, at));
    text.remove_prefix(at + behind.size());
  }
}

std::string zh_of(std::string_view text, int depth);

std::string piece_in_zh(std::string_view piece, int depth) {
  for (const auto& one : kPieces)
    if (one.en == piece) return std::string(one.zh);
  for (auto type = 0; type <= static_cast<int>(Type::object); ++type)
    if (type_name(static_cast<Type>(type), false) == piece) return std::string(type_name(static_cast<Type>(type), true));
  if (const auto of = pieces_of(piece, "property of {}")) return std::string((*of)[0]) + " 的属性";
  return depth > 0 ? zh_of(piece, depth - 1) : std::string(piece);
}

std::string zh_of(std::string_view text, int depth) {
  for (const auto& one : kSentences) {
    const auto pieces = pieces_of(text, one.en);
    if (!pieces) continue;
    std::string out;
    auto rest = one.zh;
    for (const auto piece : *pieces) {
      const auto hole = rest.find("{}");
      const bool quoted = hole > 0 && rest[hole - 1] == '"';  // somebody's own name
      out.append(rest.substr(0, hole)).append(quoted ? std::string(piece) : piece_in_zh(piece, depth));
      rest.remove_prefix(hole + 2);
    }
    return out.append(rest);
  }
  return std::string(text);
}

}  // namespace

std::string detail_in(std::string_view detail, std::string_view language) { return language == "en" ? std::string(detail) : zh_of(detail, 1); }

}  // namespace koi::segments
