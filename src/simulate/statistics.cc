/// What staff did, by the day.
#include <algorithm>

#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr Seconds kDay = 86'400;

Told behaviour(Ask& ask) {
  const auto userids = texts(ask.body, "userid");
  const auto parties = numbers(ask.body, "partyid");
  if (userids.empty() && parties.empty()) return refuse(40063, "userid or partyid");
  if (userids.size() + parties.size() > 100) return refuse(40035);
  const auto start = ask.number("start_time"), end = ask.number("end_time");
  if (start <= 0 || end < start || end - start > 30 * kDay || start < ask.now - 181 * kDay || World::day_of(end) > World::day_of(ask.now)) return refuse(41052);
  auto staff = ask.corp().staff_of(parties);
  for (const auto d : parties)
    if (!ask.corp().department(d)) return refuse(60123);
  for (const auto& id : userids) {
    TRY(const auto no, staff_in(ask, id));
    if (std::ranges::find(staff, no) == staff.end()) staff.push_back(no);
  }
  json::array out;
  for (auto day = World::day_of(start); day <= World::day_of(end); ++day) {
    DayFigures sum;
    for (const auto no : staff) {
      const auto at = ask.books().days.find({no, day});
      if (at == ask.books().days.end()) continue;
      const auto& d = at->second;
      sum.chats += d.chats, sum.messages += d.messages, sum.replied += d.replied, sum.negative += d.negative;
      sum.applied += d.applied, sum.added += d.added, sum.reply_seconds += d.reply_seconds;
    }
    json::object row{{"stat_time", World::start_of(day)}, {"chat_cnt", sum.chats}, {"message_cnt", sum.messages}};
    if (sum.chats > 0) row["reply_percentage"] = std::min(100.0, 100.0 * sum.replied / sum.chats);
    if (sum.replied > 0) row["avg_reply_time"] = sum.reply_seconds / 60 / sum.replied;
    row["negative_feedback_cnt"] = sum.negative;
    row["new_apply_cnt"] = sum.applied;
    row["new_contact_cnt"] = sum.added;
    out.push_back(std::move(row));
  }
  return json::object{{"behavior_data", std::move(out)}};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/get_user_behavior_data", behaviour}};
}  // namespace

std::span<const PlatformCall> statistic_calls() { return kCalls; }

}  // namespace koi::simulate
