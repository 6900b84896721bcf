// Hours of weekdays on the merchant's wall clock.
#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "entry/spec.h"

namespace koi::entry {
namespace {

std::optional<int> minute_of(std::string_view clock) {
  const auto parts = split_text(clock, ':');
  if (parts.size() != 2 || parts[0].size() != 2 || parts[1].size() != 2) return {};
  const auto hour = parse_int(parts[0]), minute = parse_int(parts[1]);
  if (!hour || !minute || *hour < 0 || *minute < 0 || *minute > 59 || *hour > 24 || (*hour == 24 && *minute != 0)) return {};
  return static_cast<int>(*hour * 60 + *minute);
}

struct Slot { int from = 0, to = 0; };  // to > from; past midnight when above kDayMinutes
Result<Slot> slot_of(std::string_view text, const std::string& pointer) {
  const auto parts = split_text(trim(text), '-');
  const auto from = parts.size() == 2 ? minute_of(trim(parts[0])) : std::nullopt, to = parts.size() == 2 ? minute_of(trim(parts[1])) : std::nullopt;
  if (!from || !to || *from == *to || *from == kDayMinutes)
    return fail(Errc::invalid, "entry.slot", say("\"{}\": write hours as 09:00-18:00", "“{}”:时段写作 09:00-18:00", text), pointer);
  return Slot{*from, *to > *from ? *to : *to + kDayMinutes};
}

/// One more stretch, cut where the week ends.
void put(std::vector<std::pair<int, int>>& spans, int from, int to) {
  if (to <= kWeekMinutes) return void(spans.emplace_back(from, to));
  spans.emplace_back(from, kWeekMinutes);
  spans.emplace_back(0, to - kWeekMinutes);
}

void join(std::vector<std::pair<int, int>>& spans) {
  std::ranges::sort(spans);
  std::vector<std::pair<int, int>> out;
  for (const auto& span : spans) {
    if (!out.empty() && span.first <= out.back().second) out.back().second = std::max(out.back().second, span.second);
    else out.push_back(span);
  }
  spans = std::move(out);
}

}  // namespace

Result<WeekPlan> WeekPlan::of(std::span<const Hours> hours, std::string_view pointer) {
  if (hours.empty()) return always();
  std::vector<std::pair<int, int>> spans;
  for (std::size_t i = 0; i < hours.size(); ++i) {
    const auto place = std::string(pointer) + "/" + std::to_string(i);
    auto days = hours[i].days;
    if (days.empty()) days = {1, 2, 3, 4, 5, 6, 7};
    auto slots = hours[i].slots;
    if (slots.empty()) slots = {"00:00-24:00"};
    for (std::size_t s = 0; s < slots.size(); ++s) {
      const auto at = place + "/slots/" + std::to_string(s);
      TRY(const auto slot, slot_of(slots[s], at));
      for (const auto day : days) {
        if (day < 1 || day > 7)
          return fail(Errc::invalid, "entry.weekday", say("{}: weekdays are 1 (Monday) to 7", "{}:星期为 1(周一)至 7", day), place + "/days");
        const auto base = static_cast<int>(day - 1) * kDayMinutes;
        std::vector<std::pair<int, int>> mine;
        put(mine, base + slot.from, base + slot.to);
        for (const auto& [from, to] : mine)
          for (const auto& [had_from, had_to] : spans)
            if (from < had_to && had_from < to)
              return fail(Errc::invalid, "entry.slots_overlap", say("\"{}\" meets another slot of weekday {}", "“{}”与周{}的另一时段重叠", slots[s], day), at);
        spans.insert(spans.end(), mine.begin(), mine.end());
      }
    }
  }
  join(spans);
  return WeekPlan(std::move(spans));
}

bool WeekPlan::covers(int minute) const {
  if (spans_.size() == 1 && spans_.front() == std::pair(0, kWeekMinutes)) return true;  // as most are
  const auto after = std::ranges::upper_bound(spans_, minute, {}, [](const auto& span) { return span.first; });
  return after != spans_.begin() && minute < std::prev(after)->second;
}

std::vector<std::pair<int, int>> WeekPlan::gaps(std::span<const WeekPlan> plans) {
  std::vector<std::pair<int, int>> all, out;
  for (const auto& plan : plans) all.insert(all.end(), plan.spans_.begin(), plan.spans_.end());
  join(all);
  int at = 0;
  for (const auto& [from, to] : all) {
    if (from > at) out.emplace_back(at, from);
    at = to;
  }
  if (at < kWeekMinutes) out.emplace_back(at, kWeekMinutes);
  return out;
}

Moment moment_of(const Zone& zone, Instant at) {
  const auto wall = zone.wall(at);
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  const auto minute = static_cast<int>(std::chrono::floor<std::chrono::minutes>(wall - day).count());
  const auto weekday = static_cast<int>(std::chrono::weekday{day}.iso_encoding()) - 1;
  return {day, day.time_since_epoch().count(), minute / 60, weekday * kDayMinutes + minute};
}

bool Duty::on(const Moment& moment) const {
  if (!week.covers(moment.minute_of_week) || std::ranges::find(holidays, moment.day) != holidays.end()) return false;
  return std::ranges::none_of(vacations, [&](const Vacation& v) { return v.from <= moment.day && moment.day <= v.to; });
}

Result<Duty> duty_of(const Schedule& schedule, std::string_view pointer) {
  Duty out;
  TRY(out.week, WeekPlan::of(schedule.week, std::string(pointer) + "/week"));
  for (std::size_t i = 0; i < schedule.vacations.size(); ++i)
    if (schedule.vacations[i].to < schedule.vacations[i].from)
      return fail(Errc::invalid, "entry.vacation", say("it ends before it begins", "结束日早于开始日"), std::string(pointer) + "/vacations/" + std::to_string(i));
  out.holidays = schedule.holidays;
  out.vacations = schedule.vacations;
  return out;
}

std::string fill_in(std::string_view text, std::span<const std::pair<std::string_view, std::string_view>> values) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('{');
    out += text.substr(0, open);
    if (open == text.npos) break;
    text.remove_prefix(open);
    const auto close = text.find('}');
    const auto word = close == text.npos ? std::string_view() : text.substr(1, close - 1);
    const auto found = std::ranges::find(values, word, [](const auto& v) { return v.first; });
    if (word.empty() || found == values.end()) {
      out += '{';
      text.remove_prefix(1);
    } else {
      out += found->second;
      text.remove_prefix(close + 1);
    }
  }
  return out;
}

Result<> check_variables(std::string_view text, std::span<const std::string_view> known, std::string_view pointer) {
  for (auto open = text.find('{'); open != text.npos; open = text.find('{', open + 1)) {
    const auto close = text.find('}', open);
    if (close == text.npos) return {};
    const auto word = text.substr(open + 1, close - open - 1);
    if (std::ranges::find(known, word) != known.end()) continue;
    const auto meant = nearest(word, {known.begin(), known.end()});
    std::string all;
    for (const auto k : known) all += (all.empty() ? "{" : " {") + std::string(k) + "}";
    return fail(Errc::invalid, "entry.variable",
                meant.empty() ? say("{{{}}} is none of {}", "{{{}}} 不在可用变量 {} 之中", word, all)
                              : say("there is no {{{}}}; did you mean {{{}}}?", "没有变量 {{{}}},是否指 {{{}}}?", word, meant),
                std::string(pointer));
  }
  return {};
}

}  // namespace koi::entry
