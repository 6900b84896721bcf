#include "segments/checker.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "segments/words.h"

namespace koi::segments {
namespace {

constexpr std::string_view kChannelNames[] = {"wecom", "mp", "mini", "sms", "phone", "mail"};
constexpr std::string_view kPurposes[] = {"marketing", "service", "analytics"};
constexpr std::string_view kConsents[] = {"granted", "withdrawn"};
constexpr std::string_view kRelationStates[] = {"active", "deleted_by_customer", "deleted_by_staff", "transferred"};
constexpr std::string_view kDepths[] = {"1", "2"};
constexpr std::size_t kPatternMax = 500;

using Names = std::vector<std::string_view>;
template <class Items>
Names names_of(const Items& items) { return Names(std::begin(items), std::end(items)); }
template <class Items>
Names names_of(const Items& items, auto member) {
  Names out;
  for (const auto& item : items) out.push_back(item.*member);
  return out;
}
bool holds(const Names& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

/// Operators whose operands are members or equal values, so that a closed list of them can be judged.
bool names_values(Op op) {
  return op == Op::eq || op == Op::ne || op == Op::in || op == Op::not_in || op == Op::has_any || op == Op::has_all || op == Op::has_none;
}

/// What RE2 finds wrong, with the place it names.
Said pattern_said(const RE2& compiled) {
  const auto zh = [&]() -> std::string_view {
    switch (compiled.error_code()) {
      case RE2::ErrorBadEscape: return "转义写法不对";
      case RE2::ErrorBadCharClass:
      case RE2::ErrorBadCharRange: return "字符集合写法不对";
      case RE2::ErrorMissingBracket: return "缺少 ]";
      case RE2::ErrorMissingParen: return "缺少 )";
      case RE2::ErrorUnexpectedParen: return "多了 )";
      case RE2::ErrorTrailingBackslash: return "末尾多了反斜线";
      case RE2::ErrorRepeatArgument:
      case RE2::ErrorRepeatSize:
      case RE2::ErrorRepeatOp: return "重复次数写法不对";
      case RE2::ErrorBadPerlOp: return "不支持这种写法";
      case RE2::ErrorPatternTooLarge: return "正则表达式太大";
      default: return "正则表达式不正确";
    }
  };
  const auto& at = compiled.error_arg();
  return at.empty() ? Said{compiled.error(), std::string(zh())} : Said{compiled.error(), fmt::format("{}：{}", zh(), at)};
}

}  // namespace

void Checker::complain(std::string_view code, Said detail, std::string_view suggestion) {
  if (problems_.size() >= kProblemsMax) return;
  problems_.push_back({std::string(code), std::move(detail.en), pointer_, leaf_, std::string(suggestion), std::move(detail.zh)});
}

void Checker::unknown(const Said& what, std::string_view name, const Names& known) {
  complain("segments.unknown_name", say("there is no {} \"{}\"", "没有{} \"{}\"", what, name), nearest(name, known));
}

void Checker::rule(const Rule& rule, std::string_view self) {
  clause(rule.root, {});
  if (leaves_ > kClausesMax) complain("segments.too_big", say("{} clauses, at most {}", "条件有 {} 个，最多 {} 个", leaves_, kClausesMax));
  if (event_clauses_ > budget_.event_clauses)
    complain("segments.budget", say("{} clauses over events, at most {}: keep some of them as a segment of their own", "行为条件有 {} 个，最多 {} 个：可把一部分另存为人群再引用",
                                            event_clauses_, budget_.event_clauses));
  const auto cycle = cycle_through(rule, self, words_);
  if (!cycle.empty()) complain("segments.cycle", say("{0}", "{0}", cycle));
}

void Checker::clauses(const Clauses& of, std::string_view member, Among among) {
  for (std::size_t i = 0; i < of.size(); ++i) {
    const Step into(*this, member, i);
    clause(of[i], among);
  }
}

void Checker::clause(const Clause& c, Among among) {
  if (++depth_ > static_cast<std::size_t>(kDepthMax) && !too_deep_) {
    too_deep_ = true;
    complain("segments.too_deep", say("more than {} levels", "嵌套超过 {} 层", kDepthMax));
  }
  if (const auto* group = std::get_if<Group>(&c.is)) {
    constexpr std::string_view kKinds[] = {"all", "any", "none"};
    if (group->of.empty() && among.place != Among::person) complain("segments.bad_value", {"an empty group", "条件组是空的"});
    clauses(group->of, kKinds[group->kind], among);
  } else {
    const auto outer = std::exchange(leaf_, leaves_++);
    leaf(c, among);
    leaf_ = outer;
  }
  --depth_;
}

void Checker::leaf(const Clause& c, Among among) {
  if (const auto* one = std::get_if<Compare>(&c.is)) return compare(*one, among);
  if (const auto* one = std::get_if<Element>(&c.is)) {
    if (among.place != Among::event) return complain("segments.misplaced", {"members of a list are asked inside `where` of an event", "列表中的成员要在行为的 where 里询问"});
    const auto type = property(among.kind, one->list, among.kind == nullptr);
    if (type && *type != Type::list && *type != Type::any) complain("segments.type", say("{} is no list but {}", "{} 不是列表，而是{}", one->list, type_said(*type)));
    return clauses(one->where, "where", {Among::element, nullptr});
  }
  if (among.place != Among::person) return complain("segments.misplaced", {"inside `where` only the event's own properties are compared", "where 里只能比较该行为自己的属性"});
  if (const auto* one = std::get_if<Did>(&c.is)) { const Step into(*this, "did"); return events(one->events); }
  if (const auto* one = std::get_if<Without>(&c.is)) return without(*one);
  if (const auto* one = std::get_if<Sequence>(&c.is)) return sequence(*one);
  if (const auto* one = std::get_if<Changed>(&c.is)) return changed(*one);
  if (const auto* one = std::get_if<InSegment>(&c.is)) return in_segment(*one);
  if (const auto* one = std::get_if<InList>(&c.is)) return in_list(*one);
  if (const auto* one = std::get_if<Bucket>(&c.is)) return bucket(*one);
}

// ---- comparisons ---------------------------------------------------------------------------------------------------

void Checker::compare(const Compare& c, Among among) {
  const auto of = subject(c, among);
  if (!of) return;  // said already
  const auto type = through_lens(c.lens, *of);
  const bool ranked = c.lens == Lens::zscore || c.op == Op::top || c.op == Op::bottom;
  if (!type) return complain("segments.type", say("{}() does not fit {}", "{}() 不能用于{}", word_of(c.lens), type_said(*of)));
  if (ranked && (among.place != Among::person || !std::holds_alternative<Field>(c.subject) || !std::get<Field>(c.subject).args.empty()))
    return complain("segments.misplaced", {"a rank among everybody is known of facts and attributes only", "全体排名只能用于客户属性，不能用于统计或行为属性"});
  if (!well_formed(c.op, c.values)) return complain("segments.bad_value", say("\"{}\" takes other operands", "\"{}\" 后面的值写得不对", word_of(c.op)));
  if (!takes(*type, c.op)) return complain("segments.type", say("\"{}\" does not fit {}", "\"{}\" 不能用于{}", word_of(c.op), type_said(*type)));
  operands(c, *type);
  if (names_values(c.op) || c.op == Op::under) member_names(c, among);
}

std::optional<Type> Checker::subject(const Compare& c, Among among) {
  if (const auto* one = std::get_if<Field>(&c.subject)) return field(*one, among);
  if (among.place != Among::person) {
    complain("segments.misplaced", {"inside `where` only the event's own properties are compared", "where 里只能比较该行为自己的属性"});
    return {};
  }
  const Step into(*this, "aggregate");
  return aggregate(std::get<Aggregate>(c.subject));
}

std::optional<Type> Checker::field(const Field& f, Among among) {
  if (among.place == Among::element) return Type::any;
  if (among.place == Among::event) return property(among.kind, f.name, among.kind == nullptr);
  const auto* known = find_fact(f.name);
  if (known != nullptr) return fact(f, *known);
  const auto key = f.name.starts_with("attr.") ? std::string_view(f.name).substr(5) : std::string_view(f.name);
  if (const auto* attribute = find_attribute(words_, key); attribute != nullptr && f.args.empty()) return attribute->type;
  auto near = fact_names();
  for (const auto& attribute : words_.attributes) near.push_back(attribute.key);
  unknown({"fact or attribute", "属性"}, f.name, near);
  return {};
}

std::optional<Type> Checker::fact(const Field& f, const Fact& known) {
  if (f.args.size() < known.args_min || f.args.size() > known.args_max) {
    complain("segments.bad_value", say("{} takes {} to {} arguments", "{} 需要 {} 至 {} 个参数", f.name, known.args_min, known.args_max));
    return {};
  }
  const auto judge = [&](std::size_t i, const Said& what, const Names& names) {
    if (!holds(names, f.args[i])) unknown(what, f.args[i], names);
  };
  if (f.name == "reachable" || f.name == "consent") {
    judge(0, {"channel", "渠道"}, names_of(kChannelNames));
    judge(1, {"purpose", "目的"}, names_of(kPurposes));
  } else if (f.name == "referrals") judge(0, {"depth", "层级"}, names_of(kDepths));
  else if (f.name.starts_with("relation.") && !f.args.empty() && !words_.staff.empty()) judge(0, {"staff", "员工"}, names_of(words_.staff, &StaffWord::id));
  return known.type;
}

std::optional<Type> Checker::property(const EventWord* event, std::string_view path, bool any_event) {
  const auto type = property_type(any_event ? nullptr : event, path);
  if (type) return type;
  const auto first = path.substr(0, path.find('.'));
  const auto declared = std::ranges::find(event->properties, first, &PropertyWord::name);
  if (declared != event->properties.end()) {
    const bool list = declared->type == Type::list;
    const auto nothing = say("{} has nothing below it", "{} 没有下级", first);
    complain("segments.type", list ? say("{}: ask `any {} where (…)`", "{}：请写 any {} where (…)", nothing, first) : nothing);
    return {};
  }
  auto near = names_of(event->properties, &PropertyWord::name);
  near.insert(near.end(), {"amount", "source", "at", "touch"});
  unknown(say("property of {}", "{} 的属性", event->name), path, near);
  return {};
}

void Checker::operands(const Compare& c, Type type) {
  for (std::size_t i = 0; i < c.values.size(); ++i) {
    const Step into(*this, "values", i);
    const auto& value = c.values[i];
    if (operands_of(c.op) == Operands::percent) {  // of people, not of the value
    } else if (mixes_money(type, value)) {
      const auto* number = std::get_if<Decimal>(&value);
      if (number == nullptr) complain("segments.money_unit", {"this is a plain number, not an amount of money", "这里是普通数字，不是金额"});
      else complain("segments.money_unit", say("{} of what? Money says its unit", "{} 什么？金额要写明单位", text_of(*number)),
                    fmt::format("{}元 or {}分", text_of(*number), text_of(*number)));
    } else if (!operand_fits(type, c.op, value)) {
      complain("segments.type", say("{} is compared with {}", "{}不能与 {} 比较", type_said(type), print_value(value)));
    }
    if (const auto* length = std::get_if<Duration>(&value)) duration(*length);
    if (const auto* calendar = std::get_if<Calendar>(&value)) zone(*calendar);
  }
  if (c.op == Op::matches) pattern(std::get<std::string>(c.values[0]));
  if (c.op == Op::anniversary && length_of(std::get<Duration>(c.values[0])) % std::chrono::days(1) != Millis(0))
    complain("segments.bad_value", {"an anniversary is whole days ahead", "周年日只能提前整天数"});
  if (operands_of(c.op) != Operands::percent) return;
  const auto share = std::get<Decimal>(c.values[0]).micros;
  if (share <= 0 || share > 100 * kMicros) complain("segments.bad_value", {"a share is above 0% and at most 100%", "比例要大于 0%，不超过 100%"});
}

/// Operands that must be one of a closed list: tags, stages, options of an attribute …
void Checker::member_names(const Compare& c, Among among) {
  const auto* f = std::get_if<Field>(&c.subject);
  if (f == nullptr || among.place != Among::person || c.lens != Lens::plain) return;
  Names names;
  Said what{f->name, f->name};
  const bool tags = f->name == "tags";
  if (tags && c.op == Op::under) { names = names_of(words_.tag_groups); what = {"tag group", "标签组"}; }
  else if (f->name == "stage") { names = names_of(words_.stages); what.zh = "阶段"; }
  else if (f->name == "channel") { names = names_of(words_.channels); what.zh = "渠道"; }
  else if (f->name == "store") { names = names_of(words_.stores); what.zh = "门店"; }
  else if (f->name == "staff" || f->name == "friends") { names = names_of(words_.staff, &StaffWord::id); what.zh = "员工"; }
  else if (f->name == "consent") { names = names_of(kConsents); what.zh = "授权状态"; }
  else if (f->name == "relation.state") { names = names_of(kRelationStates); what.zh = "关系状态"; }
  else if (const auto* attribute = find_attribute(words_, f->name); attribute != nullptr) names = names_of(attribute->options);
  std::vector<std::string> tag_names;
  if (tags && c.op != Op::under) {
    what = {"tag", "标签"};
    for (const auto& tag : words_.tags) tag_names.push_back(tag.group.empty() ? tag.name : tag.group + "/" + tag.name);
    names = names_of(tag_names);
  }
  if (c.op == Op::under && !tags) return;
  if (names.empty() && !tags) return;
  for (std::size_t i = 0; i < c.values.size(); ++i) {
    const auto* value = std::get_if<std::string>(&c.values[i]);
    const bool tag = tags && c.op != Op::under;
    if (value == nullptr || (tag ? find_tag(words_, *value) != nullptr : holds(names, *value))) continue;
    const Step into(*this, "values", i);
    std::erase(names, *value);  // a tag of two groups is called by its group
    unknown(what, *value, names);
  }
}

void Checker::pattern(const std::string& pattern) {
  if (pattern.size() > kPatternMax) return complain("segments.bad_pattern", {"longer than 500 bytes", "超过 500 字节"});
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 compiled(pattern, options);
  if (!compiled.ok()) complain("segments.bad_pattern", pattern_said(compiled));
}

// ---- the rest ------------------------------------------------------------------------------------------------------

void Checker::changed(const Changed& c) {
  const auto* attribute = find_attribute(words_, c.attribute);
  if (attribute == nullptr) return unknown({"attribute", "属性"}, c.attribute, names_of(words_.attributes, &AttributeWord::key));
  for (const auto& value : {c.from, c.to}) {
    if (!value) continue;
    if (mixes_money(attribute->type, *value)) complain("segments.money_unit", {"money says its unit", "金额要写明单位"}, print_value(*value) + "元");
    else if (!operand_fits(attribute->type, Op::eq, *value)) complain("segments.type", say("{} is compared with {}", "{}不能与 {} 比较", type_said(attribute->type), print_value(*value)));
  }
  const Step into(*this, "window");
  if (std::holds_alternative<Since>(c.window)) return complain("segments.bad_window", {"a change has no window since an event", "属性变化不能以某个行为为起点"});
  window(c.window);
}

void Checker::in_segment(const InSegment& s) {
  if (find_segment(words_, s.segment) == nullptr) unknown({"segment", "人群"}, s.segment, names_of(words_.segments, &SegmentWord::name));
}

void Checker::in_list(const InList& l) {
  if (!holds(names_of(words_.lists), l.list)) unknown({"list", "名单"}, l.list, names_of(words_.lists));
}

void Checker::bucket(const Bucket& b) {
  if (b.from < 0 || b.from >= b.to || b.to > kBuckets) complain("segments.bad_value", {"a bucket is [from, to) within 0 and 1000", "分桶写成 [起, 止)，在 0 到 1000 之内"});
}

}  // namespace koi::segments
