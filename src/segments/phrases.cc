#include <fmt/format.h>

#include "segments/sentence.h"
#include "segments/words.h"

namespace koi::segments::phrase {
namespace {

// In the order of the enums; {0} is the subject, {1} and {2} the operands.
constexpr Both kOps[] = {{"{0}已有", "{0} is known"},
                         {"{0}缺失", "{0} is missing"},
                         {"{0}为{1}", "{0} is {1}"},
                         {"{0}不为{1}", "{0} is not {1}"},
                         {"{0}<{1}", "{0} is below {1}"},
                         {"{0}≤{1}", "{0} is at most {1}"},
                         {"{0}>{1}", "{0} is above {1}"},
                         {"{0}≥{1}", "{0} is at least {1}"},
                         {"{0}在{1}到{2}之间", "{0} is between {1} and {2}"},
                         {"{0}为{1}", "{0} is {1}"},
                         {"{0}不为{1}", "{0} is none of {1}"},
                         {"{0}包含{1}", "{0} contains {1}"},
                         {"{0}不包含{1}", "{0} does not contain {1}"},
                         {"{0}以{1}开头", "{0} starts with {1}"},
                         {"{0}以{1}结尾", "{0} ends with {1}"},
                         {"{0}符合模式{1}", "{0} matches {1}"},
                         {"{0}含有{1}", "{0} include {1}"},
                         {"{0}含有全部的{1}", "{0} include all of {1}"},
                         {"{0}不含{1}", "{0} include none of {1}"},
                         {"{0}属于{1}", "{0} is under {1}"},
                         {"{0}早于{1}", "{0} is before {1}"},
                         {"{0}晚于{1}", "{0} is after {1}"},
                         {"{0}在近{1}内", "{0} is in the last {1}"},
                         {"{0}在未来{1}内", "{0} is in the next {1}"},
                         {"{0}在{1}以前", "{0} is more than {1} ago"},
                         {"{0}在{1}以后", "{0} is more than {1} ahead"},
                         {"{0}在{1}", "{0} is {1}"},
                         {"{0}的周年日在未来{1}内", "the anniversary of {0} is in the next {1}"},
                         {"{0}排在前{1}%", "{0} is in the top {1}%"},
                         {"{0}排在后{1}%", "{0} is in the bottom {1}%"}};
// {0} the window, {1} the events, {2} the property.
constexpr Both kFns[] = {{"{0}{1}的次数", "the count of {1}{0}"},
                         {"{0}{1}的不同{2}数", "the number of different {2} of {1}{0}"},
                         {"{0}{1}的{2}合计", "the total {2} of {1}{0}"},
                         {"{0}{1}的平均{2}", "the average {2} of {1}{0}"},
                         {"{0}{1}的最小{2}", "the least {2} of {1}{0}"},
                         {"{0}{1}的最大{2}", "the greatest {2} of {1}{0}"},
                         {"{0}首次{1}的{2}", "the {2} of the first {1}{0}"},
                         {"{0}最近一次{1}的{2}", "the {2} of the latest {1}{0}"},
                         {"{0}{1}最常见的{2}", "the most frequent {2} of {1}{0}"},
                         {"{0}距上次{1}的时长", "the time since the latest {1}{0}"},
                         {"{0}距首次{1}的时长", "the time since the first {1}{0}"},
                         {"{0}连续{1}的天数", "the days in a row with {1}{0}"},
                         {"{0}{1}的间隔中位数", "the median interval of {1}{0}"},
                         {"{0}{1}{2}与前一周期之比", "the ratio of {1}{2}{0} to the period before"}};
constexpr Both kLenses[] = {{"{0}", "{0}"}, {"{0}的长度", "the length of {0}"}, {"{0}的个数", "the number of {0}"},
                            {"{0}的层级", "the depth of {0}"}, {"{0}（不分全半角与大小写）", "{0} (in any width and case)"},
                            {"{0}的拼音", "the pinyin of {0}"}, {"{0}的星期", "the weekday of {0}"},
                            {"{0}的钟点", "the hour of {0}"}, {"{0}的标准分", "the z-score of {0}"}};
constexpr Both kSpans[] = {{"今天", "today"}, {"昨天", "yesterday"}, {"本周", "this week"}, {"上周", "last week"},
                           {"本月", "this month"}, {"上月", "last month"}, {"今年", "this year"}, {"去年", "last year"}};
constexpr Both kUnits[] = {{"秒", "second"}, {"分钟", "minute"}, {"小时", "hour"}, {"天", "day"}, {"周", "week"}, {"个月", "month"}};

struct Said { std::string_view word, zh, en; };
constexpr Said kSaid[] = {{"wecom", "企微", "WeCom"}, {"mp", "公众号", "the official account"}, {"mini", "小程序", "the mini program"},
                          {"sms", "短信", "SMS"}, {"phone", "电话", "phone"}, {"mail", "邮件", "mail"},
                          {"marketing", "营销", "marketing"}, {"service", "服务", "service"}, {"analytics", "分析", "analytics"},
                          {"prospect", "潜客", "prospect"}, {"new", "新客", "new"}, {"active", "活跃", "active"},
                          {"dormant", "沉睡", "dormant"}, {"lost", "流失", "lost"}, {"granted", "已授权", "granted"},
                          {"withdrawn", "已撤回", "withdrawn"}, {"deleted_by_customer", "被客户删除", "deleted by the customer"},
                          {"deleted_by_staff", "被员工删除", "deleted by staff"}, {"transferred", "已转接", "transferred"}};

struct ValueSaid {
  Tongue t;
  std::string operator()(Decimal v) const { return text_of(v); }
  std::string operator()(Money v) const { return text_of(v); }
  std::string operator()(const std::string& v) const {
    if (const auto word = said(v, t)) return *word;
    return t == Tongue::zh ? fmt::format("“{}”", v) : fmt::format("\"{}\"", v);
  }
  std::string operator()(bool v) const { return t == Tongue::zh ? (v ? "是" : "否") : (v ? "true" : "false"); }
  std::string operator()(LocalDay v) const { return day_text(v); }
  std::string operator()(Instant v) const { return to_rfc3339(v); }
  std::string operator()(Duration v) const { return of(v, t); }
  std::string operator()(const Calendar& v) const {
    const auto word = of(v.span).in(t);
    return v.zone.empty() ? std::string(word) : fmt::format(fmt::runtime(t == Tongue::zh ? "{}（{}）" : "{} ({})"), word, v.zone);
  }
};

}  // namespace

Both of(Op op) { return kOps[static_cast<std::size_t>(op)]; }
Both of(Fn fn) { return kFns[static_cast<std::size_t>(fn)]; }
Both of(Lens lens) { return kLenses[static_cast<std::size_t>(lens)]; }
Both of(Span span) { return kSpans[static_cast<std::size_t>(span)]; }

std::string of(Duration d, Tongue t) {
  const auto unit = kUnits[static_cast<std::size_t>(d.unit)].in(t);
  if (t == Tongue::zh) return fmt::format("{}{}", d.count, unit);
  return fmt::format("{} {}{}", d.count, unit, d.count == 1 ? "" : "s");
}

std::string of(const Value& v, Tongue t) { return std::visit(ValueSaid{t}, v); }

std::string of(const std::vector<Value>& values, Tongue t) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool last = i + 1 == values.size();
    if (i > 0) out += last ? (t == Tongue::zh ? "或" : " or ") : (t == Tongue::zh ? "、" : ", ");
    out += of(values[i], t);
  }
  return out;
}

std::optional<std::string> said(std::string_view word, Tongue t) {
  for (const auto& known : kSaid)
    if (known.word == word) return std::string(t == Tongue::zh ? known.zh : known.en);
  return {};
}

std::string fill(std::string_view pattern, const std::vector<std::string>& texts) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') { out += pattern[i]; continue; }
    const auto n = static_cast<std::size_t>(pattern[i + 1] - '0');
    if (n < texts.size()) out += texts[n];
    i += 2;
  }
  return out;
}

}  // namespace koi::segments::phrase
