#include "segments/sentence.h"

#include <fmt/format.h>

#include "segments/words.h"

namespace koi::segments {
namespace {

/// Speaks one tongue about one merchant; a function a phrase, as the printer does.
class Speaker {
 public:
  Speaker(const Vocabulary& words, Tongue tongue) : words_(words), t_(tongue) {}

  std::string clause(const Clause& c) const {
    return std::visit([this](const auto& one) { return say(one); }, c.is);
  }

 private:
  std::string pick(std::string_view zh, std::string_view en) const { return std::string(t_ == Tongue::zh ? zh : en); }
  std::string fill(phrase::Both pattern, const std::vector<std::string>& texts) const { return phrase::fill(pattern.in(t_), texts); }

  // ---- groups ----
  static bool joins(const Clause& c) {
    const auto* group = std::get_if<Group>(&c.is);
    return group != nullptr && group->of.size() >= 2;
  }
  std::string guarded(const Clause& c) const { return joins(c) ? pick("（", "(") + clause(c) + pick("）", ")") : clause(c); }
  std::string joined(const Clauses& of, std::string_view word) const {
    std::string out;
    for (const auto& one : of) out += (out.empty() ? "" : std::string(word)) + guarded(one);
    return out;
  }
  std::string say(const Group& g) const {
    if (g.kind == Group::none) return negated(g.of);
    if (g.of.empty()) return g.kind == Group::all ? pick("所有客户", "everyone") : pick("没有任何客户", "nobody");
    return joined(g.of, g.kind == Group::all ? pick("，且", ", and ") : pick("，或", ", or "));
  }
  std::string negated(const Clauses& of) const {
    if (of.empty()) return pick("所有客户", "everyone");
    if (of.size() > 1) return pick("以下都不成立：", "none of these: ") + pick("（", "(") + joined(of, pick("，或", ", or ")) + pick("）", ")");
    if (const auto* did = std::get_if<Did>(&of[0].is)) return happened(did->events, false);
    if (const auto* in = std::get_if<InSegment>(&of[0].is)) return fmt::format(fmt::runtime(pick("不在人群“{}”中", "is not in segment \"{}\"")), in->segment);
    if (const auto* in = std::get_if<InList>(&of[0].is)) return fmt::format(fmt::runtime(pick("不在名单“{}”中", "is not in list \"{}\"")), in->list);
    return pick("并非", "not ") + (joins(of[0]) ? guarded(of[0]) : pick("（", "(") + clause(of[0]) + pick("）", ")"));
  }

  // ---- names ----
  std::string kind(const std::string& name) const {
    if (name == "*") return pick("任何行为", "event");
    const auto* known = find_event(words_, name);
    const auto label = known == nullptr ? "" : pick(known->zh, known->en);
    return label.empty() ? name : label;
  }
  std::string field(const Field& f, bool property) const {
    if (property) return said_property(f.name);
    std::vector<std::string> args;
    for (const auto& arg : f.args) args.push_back(phrase::said(arg, t_).value_or(arg));
    if (const auto* fact = find_fact(f.name)) return phrase::fill(pick(fact->zh, fact->en), args);
    const auto key = f.name.starts_with("attr.") ? f.name.substr(5) : f.name;
    const auto* known = find_attribute(words_, key);
    const auto label = known == nullptr ? "" : pick(known->zh, known->en);
    return label.empty() ? key : label;
  }
  std::string said_property(const std::string& path) const {
    if (path == "amount") return pick("金额", "amount");
    if (path == "source") return pick("来源", "source");
    if (path == "at") return pick("时间", "time");
    if (path == "it") return pick("其值", "it");
    return path;
  }

  // ---- events ----
  std::string conditions(const Clauses& where) const {
    if (where.empty()) return {};
    const Speaker inside(words_, t_, true);
    return pick("（", " (") + inside.joined(where, pick("，且", ", and ")) + pick("）", ")");
  }
  std::string events(const std::string& name, const Clauses& where) const { return kind(name) + conditions(where); }
  std::string window(const Window& w) const {
    if (const auto* last = std::get_if<Last>(&w)) return fmt::format(fmt::runtime(pick("近{}", " in the last {}")), phrase::of(last->length, t_));
    if (const auto* ago = std::get_if<Ago>(&w)) return fmt::format(fmt::runtime(pick("{}前到{}前", " between {} and {} ago")), phrase::of(ago->from, t_), phrase::of(ago->to, t_));
    if (const auto* calendar = std::get_if<Calendar>(&w)) return pick("", " ") + phrase::of(Value(*calendar), t_);
    if (const auto* between = std::get_if<Between>(&w)) return fmt::format(fmt::runtime(pick("{}至{}（不含）", " from {} until {}")), phrase::of(between->from, t_), phrase::of(between->to, t_));
    if (const auto* since = std::get_if<Since>(&w)) return fmt::format(fmt::runtime(pick("自上次{}以来", " since the latest {}")), events(since->kind, since->where));
    return {};
  }
  std::string happened(const Events& e, bool did) const {
    if (t_ == Tongue::zh) return window(e.window) + (did ? "有过" : "没有") + events(e.kind, e.where);
    return (did ? "has " : "has no ") + events(e.kind, e.where) + window(e.window);
  }
  std::string same(const std::vector<std::string>& paths) const {
    std::string out;
    for (const auto& path : paths) out += (out.empty() ? "" : pick("、", ", ")) + said_property(path);
    return out.empty() ? out : pick("，同一", ", of the same ") + out;
  }
  std::string aggregate(const Aggregate& a) const {
    const auto gap = a.fn == Fn::trend ? pick("", " ") : "";  // where the property may be left out
    const auto property = a.property.empty() ? "" : gap + said_property(a.property);
    return fill(phrase::of(a.fn), {window(a.events.window), events(a.events.kind, a.events.where), property});
  }

  // ---- leaves ----
  std::string say(const Compare& c) const {
    const auto* f = std::get_if<Field>(&c.subject);
    const auto* a = std::get_if<Aggregate>(&c.subject);
    if (a != nullptr && a->fn == Fn::count && c.lens == Lens::plain && c.values.size() == 1) return times(*a, c);
    const auto subject = fill(phrase::of(c.lens), {f != nullptr ? field(*f, inside_) : aggregate(*a)});
    const bool fact = f != nullptr && !inside_ && find_fact(f->name) != nullptr && find_fact(f->name)->type == Type::boolean;
    if (fact && c.op == Op::eq) return std::get_if<bool>(&c.values[0]) != nullptr && std::get<bool>(c.values[0]) ? subject : pick("并非", "not: ") + subject;
    if (operands_of(c.op) == Operands::some) return fill(phrase::of(c.op), {subject, phrase::of(c.values, t_)});
    std::vector<std::string> texts{subject};
    for (const auto& value : c.values) texts.push_back(phrase::of(value, t_));
    return fill(phrase::of(c.op), texts);
  }
  /// "近30天支付订单≥2次" reads better than a count that is at least two.
  std::string times(const Aggregate& a, const Compare& c) const {
    const auto what = events(a.events.kind, a.events.where), number = phrase::of(c.values[0], t_);
    if (t_ == Tongue::zh) return fill(phrase::of(c.op), {window(a.events.window) + what, number}) + "次";
    return fill(phrase::of(c.op), {"the count of " + what + window(a.events.window), number});
  }
  std::string say(const Did& d) const { return happened(d.events, true); }
  std::string say(const Without& w) const {
    const auto length = phrase::of(w.length, t_), missing = events(w.missing.kind, w.missing.where);
    if (t_ == Tongue::zh) return happened(w.did, true) + "，之后" + length + "内没有" + missing + same(w.same);
    return happened(w.did, true) + " and no " + missing + " within " + length + " after it" + same(w.same);
  }
  std::string say(const Sequence& s) const {
    constexpr phrase::Both kOrders[] = {{"{0}依次{1}{2}", "in turn {1}{2}{0}"}, {"{0}紧接着依次{1}{2}", "in turn with nothing between {1}{2}{0}"},
                                        {"{0}不分先后{1}{2}", "in any order {1}{2}{0}"}};
    std::string steps;
    for (const auto& step : s.steps) steps += (steps.empty() ? "" : s.order == Order::any ? pick("、", ", ") : " → ") + say(step);
    return fill(kOrders[static_cast<std::size_t>(s.order)], {window(s.window), steps, same(s.same)});
  }
  std::string say(const Step& s) const {
    auto out = events(s.kind, s.where);
    if (s.times != 1) out += fmt::format(fmt::runtime(pick("{}次", " {} times")), s.times);
    if (s.within) out += fmt::format(fmt::runtime(pick("（{}内）", " within {}")), phrase::of(*s.within, t_));
    for (const auto& unless : s.unless) out += fmt::format(fmt::runtime(pick("（其间没有{}）", " without {} between")), events(unless.kind, unless.where));
    return out;
  }
  std::string say(const Element& e) const {
    const Speaker inside(words_, t_, true);
    const auto conditions = inside.joined(e.where, pick("，且", ", and "));
    return fmt::format(fmt::runtime(e.each ? pick("每个{}都满足（{}）", "every one of {} has ({})") : pick("有{}满足（{}）", "one of {} has ({})")), said_property(e.list), conditions);
  }
  std::string say(const Changed& c) const {
    auto out = t_ == Tongue::zh ? window(c.window) + field({c.attribute}, false) : field({c.attribute}, false);
    if (c.from) out += pick("从", " from ") + phrase::of(*c.from, t_);
    out += c.from || c.to ? pick("变", "") : pick("有变化", " changed");
    if (c.to) out += pick("为", " to ") + phrase::of(*c.to, t_);
    if (c.from && !c.to) out += pick("了", "");
    if (c.from || c.to) out += pick("", " changed");
    return t_ == Tongue::zh ? out : out + window(c.window);
  }
  std::string say(const InSegment& s) const { return fmt::format(fmt::runtime(pick("在人群“{}”中", "is in segment \"{}\"")), s.segment); }
  std::string say(const InList& l) const { return fmt::format(fmt::runtime(pick("在名单“{}”中", "is in list \"{}\"")), l.list); }
  std::string say(const Bucket& b) const {
    return fmt::format(fmt::runtime(pick("随机桶“{}”的第{}至{}（共1000，不含尾）", "is in buckets {1} to {2} of 1000 of \"{0}\"")), b.seed, b.from, b.to);
  }

  Speaker(const Vocabulary& words, Tongue tongue, bool inside) : words_(words), t_(tongue), inside_(inside) {}
  const Vocabulary& words_;
  Tongue t_;
  bool inside_ = false;  // of an event: names are properties
};

}  // namespace

std::string sentence_of(const Clause& clause, const Vocabulary& vocabulary, Tongue tongue) {
  return Speaker(vocabulary, tongue).clause(clause);
}
std::string sentence_of(const Rule& rule, const Vocabulary& vocabulary, Tongue tongue) {
  return sentence_of(rule.root, vocabulary, tongue);
}

}  // namespace koi::segments
