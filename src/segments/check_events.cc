#include <fmt/format.h>

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "segments/checker.h"
#include "segments/deeds.h"
#include "segments/words.h"

namespace koi::segments {
namespace {

constexpr std::int64_t kDaysAYear = 365;

/// How far a window reaches back, at most, in days; nothing: for ever.
std::optional<std::int64_t> days_of(const Window& w) {
  const auto days = [](Millis length) { return std::chrono::ceil<std::chrono::days>(length).count(); };
  if (const auto* last = std::get_if<Last>(&w)) return days(length_of(last->length));
  if (const auto* ago = std::get_if<Ago>(&w)) return days(length_of(ago->from) - length_of(ago->to));
  if (const auto* calendar = std::get_if<Calendar>(&w)) {
    constexpr std::int64_t kDays[] = {1, 1, 7, 7, 31, 31, 366, 366};
    return kDays[static_cast<std::size_t>(calendar->span)];
  }
  const auto* between = std::get_if<Between>(&w);
  if (between == nullptr) return {};
  const auto ms = [](const Value& v) {
    if (const auto* day = std::get_if<LocalDay>(&v)) return day->time_since_epoch().count() * 86'400'000LL;
    return static_cast<long long>(to_ms(std::get<Instant>(v)));
  };
  return days(Millis{ms(between->to) - ms(between->from)});
}

}  // namespace

const EventWord* Checker::event(const std::string& kind) {
  if (kind == "*") return nullptr;
  if (std::ranges::find(kMoves, kind) != std::end(kMoves)) {
    complain("segments.misplaced", say("{} is no deed of a person: ask who is in the segment", "{} 不是客户的行为：请直接询问谁在人群中", kind), "in segment \"…\"");
    return nullptr;
  }
  const auto* known = find_event(words_, kind);
  if (known != nullptr) return known;
  std::vector<std::string_view> names;
  for (const auto& word : words_.events) names.push_back(word.name);
  unknown({"kind of event", "行为"}, kind, names);
  return nullptr;
}

void Checker::events(const Events& e) {
  ++event_clauses_;
  const auto* known = event(e.kind);
  clauses(e.where, "where", {Among::event, known});
  spend(e.kind, e.window);
  const Step into(*this, "window");
  window(e.window);
}

void Checker::spend(const std::string& kind, const Window& w) {
  const auto* known = find_event(words_, kind);
  if (known == nullptr || known->per_person_year <= 0) return;
  const auto days = days_of(w).value_or(budget_.lifetime_years * kDaysAYear);
  const auto read = known->per_person_year * days / kDaysAYear;
  if (read <= budget_.events_read) return;
  const auto afford = std::max<std::int64_t>(1, budget_.events_read * kDaysAYear / known->per_person_year);
  complain("segments.budget", say("{} happens {} times a year to one person: this window reads {} events, at most {}", "{} 每人每年约 {} 次：这个时间窗要读 {} 个事件，最多 {} 个", kind,
                                          known->per_person_year, read, budget_.events_read),
           fmt::format("within last {}d", afford));
}

std::optional<Type> Checker::aggregate(const Aggregate& a) {
  const auto* known = find_event(words_, a.events.kind);
  events(a.events);
  if (known == nullptr && a.events.kind != "*") return {};  // said already
  const auto wants = wants_of(a.fn);
  if (wants == Wants::property && a.property.empty()) {
    complain("segments.bad_value", say("{} needs a property", "{} 需要指定属性", word_of(a.fn)), fmt::format("{}({}.amount)", word_of(a.fn), a.events.kind));
    return {};
  }
  if (wants == Wants::nothing && !a.property.empty()) {
    complain("segments.bad_value", say("{} takes no property", "{} 不需要属性", word_of(a.fn)));
    return {};
  }
  if (a.fn == Fn::trend && !std::holds_alternative<Last>(a.events.window)) complain("segments.bad_window", {"a trend compares a rolling window", "趋势要比较滚动的时间窗"}, "within last 30d");
  auto type = Type::any;
  if (!a.property.empty()) {
    const auto found = property(known, a.property, known == nullptr);
    if (!found) return {};
    type = *found;
  }
  const auto out = aggregate_type(a.fn, type);
  if (!out) complain("segments.type", say("{} does not fit {}", "{} 不能用于{}", word_of(a.fn), type_said(type)));
  return out;
}

// ---- windows -------------------------------------------------------------------------------------------------------

void Checker::duration(Duration d) {
  if (d.count <= 0) complain("segments.bad_window", {"a length of time is above zero", "时长要大于零"});
}

void Checker::zone(const Calendar& c) {
  if (!c.zone.empty() && !Zone::find(c.zone)) complain("segments.bad_window", say("there is no time zone \"{}\"", "没有时区 \"{}\"", c.zone), "Asia/Shanghai");
}

void Checker::window(const Window& w) {
  if (const auto* last = std::get_if<Last>(&w)) return duration(last->length);
  if (const auto* ago = std::get_if<Ago>(&w)) {
    duration(ago->from);
    if (length_of(ago->from) <= length_of(ago->to))
      complain("segments.bad_window", {"the earlier edge comes first", "较早的时间写在前面"}, fmt::format("between {} and {} ago", text_of(ago->to), text_of(ago->from)));
    return;
  }
  if (const auto* calendar = std::get_if<Calendar>(&w)) return zone(*calendar);
  if (std::holds_alternative<Between>(w)) {
    if (days_of(w).value_or(0) <= 0) complain("segments.bad_window", {"the window is empty: from comes before to", "时间窗是空的：起点要早于终点"});
    return;
  }
  if (const auto* since = std::get_if<Since>(&w)) {
    const Step into(*this, "since");
    clauses(since->where, "where", {Among::event, event(since->kind)});
  }
}

// ---- more than one event -------------------------------------------------------------------------------------------

void Checker::same(const std::vector<std::string>& paths, const std::vector<std::string>& kinds) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const Step into(*this, "same", i);
    for (const auto& kind : kinds)
      if (const auto* known = find_event(words_, kind)) property(known, paths[i], false);
  }
}

void Checker::without(const Without& w) {
  {
    const Step into(*this, "did");
    events(w.did);
  }
  {
    const Step into(*this, "without");
    ++event_clauses_;
    clauses(w.missing.where, "where", {Among::event, event(w.missing.kind)});
    if (!std::holds_alternative<Lifetime>(w.missing.window)) complain("segments.bad_window", {"what is missing has no window of its own", "“没有发生”的行为不能另写时间窗"});
  }
  const Step into(*this, "after");
  duration(w.length);
  same(w.same, {w.did.kind, w.missing.kind});
}

void Checker::step(const koi::segments::Step& s, Order order, bool first) {
  ++event_clauses_;
  clauses(s.where, "where", {Among::event, event(s.kind)});
  if (s.times < 1 || s.times > kTimesMax) complain("segments.bad_sequence", say("a step happens 1 to {} times", "一步可发生 1 至 {} 次", kTimesMax));
  if (s.within) duration(*s.within);
  if (s.within && first && s.times == 1) complain("segments.bad_sequence", {"the first step comes after nothing", "第一步之前没有别的步骤"});
  if (order == Order::any && (s.within || !s.unless.empty())) complain("segments.bad_sequence", {"steps in any order have nothing before them: write the window behind the brackets", "不分先后的步骤没有前一步：时间窗写在括号后面"});
  for (std::size_t i = 0; i < s.unless.size(); ++i) {
    const Step into(*this, "unless", i);
    clauses(s.unless[i].where, "where", {Among::event, event(s.unless[i].kind)});
    if (!std::holds_alternative<Lifetime>(s.unless[i].window)) complain("segments.bad_window", {"what lies between has no window of its own", "中间不应发生的行为不能另写时间窗"});
    if (first && s.times == 1) complain("segments.bad_sequence", {"nothing lies before the first step", "第一步之前不能再有排除的行为"});
  }
}

void Checker::sequence(const Sequence& s) {
  std::vector<std::string> kinds;
  std::int64_t events = 0;
  for (std::size_t i = 0; i < s.steps.size(); ++i) {
    const Step into(*this, "seq", i);
    step(s.steps[i], s.order, i == 0);
    spend(s.steps[i].kind, s.window);
    kinds.push_back(s.steps[i].kind);
    events += s.steps[i].times;
  }
  if (events < 2 || s.steps.size() > kStepsMax || events > kTimesMax)
    complain("segments.bad_sequence", say("a sequence has two to {} events in at most {} steps", "序列应有 2 至 {} 个行为，最多 {} 步", kTimesMax, kStepsMax));
  same(s.same, kinds);
  const Step into(*this, "window");
  window(s.window);
}

}  // namespace koi::segments
