/// Inside the room: how a definition travels, and what its hours mean.
#pragma once
#include <boost/describe.hpp>

#include "entry/entry.h"

namespace koi::entry {

BOOST_DESCRIBE_ENUM(CodeKind, staff, store)
BOOST_DESCRIBE_ENUM(CodeMode, page, direct)
BOOST_DESCRIBE_ENUM(AssignRule, round_robin, weighted, least_loaded, random, nearest)
BOOST_DESCRIBE_ENUM(AcceptRule, always, hours, manual)
BOOST_DESCRIBE_ENUM(CodeState, active, paused, deleted)
BOOST_DESCRIBE_STRUCT(Hours, (), (days, slots))
BOOST_DESCRIBE_STRUCT(Vacation, (), (from, to))
BOOST_DESCRIBE_STRUCT(Schedule, (), (week, holidays, vacations))
BOOST_DESCRIBE_STRUCT(Member, (), (staff, unit, weight, daily_cap, lifetime_cap, round_cap, schedule))
BOOST_DESCRIBE_STRUCT(BackupLevel, (), (members))
BOOST_DESCRIBE_STRUCT(Fallback, (), (group_url, form_url, text, phone))
BOOST_DESCRIBE_STRUCT(WelcomePart, (), (kind, title, desc, url, picture, appid, page, media))
BOOST_DESCRIBE_STRUCT(Welcome, (), (text, parts))
BOOST_DESCRIBE_STRUCT(WelcomeSlot, (), (hours, text, parts))
BOOST_DESCRIBE_STRUCT(WelcomeSet, (), (slots, text, parts, staff_first))
BOOST_DESCRIBE_STRUCT(StoreMember, (), (unit, members))
BOOST_DESCRIBE_STRUCT(CodeSpec, (), (name, folder, channel, note, kind, mode, members, stores, radius_km, out_of_range, assign,
                                     sticky_owner, accept, accept_hours, exclusive, backup, fallback, tags, remark, description,
                                     stage, welcome, daily_cap, lifetime_cap, hold_minutes, alarm_after_scans, cost_day_fen,
                                     cost_total_fen, acquisition))

/// Every member of `T` may be absent: what the schema of a body says.
std::string spec_schema();

inline constexpr int kDayMinutes = 24 * 60, kWeekMinutes = 7 * kDayMinutes;

/// A moment on the merchant's wall.
struct Moment { LocalDay day{}; std::int64_t day_number = 0; int hour = 0, minute_of_week = 0; };
Moment moment_of(const Zone& zone, Instant at);

/// Hours as stretches of the week in minutes from Monday 00:00, in order, joined.
class WeekPlan {
 public:
  /// invalid "entry.weekday", "entry.slot", "entry.slots_overlap" with the place under `pointer`.
  static Result<WeekPlan> of(std::span<const Hours> hours, std::string_view pointer);
  static WeekPlan always() { return WeekPlan({{0, kWeekMinutes}}); }
  bool covers(int minute_of_week) const;
  /// The stretches that neither covers.
  static std::vector<std::pair<int, int>> gaps(std::span<const WeekPlan> plans);

 private:
  explicit WeekPlan(std::vector<std::pair<int, int>> spans) : spans_(std::move(spans)) {}
  std::vector<std::pair<int, int>> spans_;
};

/// A schedule ready for use.
struct Duty {
  WeekPlan week = WeekPlan::always();
  std::vector<LocalDay> holidays;
  std::vector<Vacation> vacations;
  bool on(const Moment& moment) const;
};
Result<Duty> duty_of(const Schedule& schedule, std::string_view pointer);

/// `{word}` of a template filled in; words that `values` does not have stay as they are.
std::string fill_in(std::string_view text, std::span<const std::pair<std::string_view, std::string_view>> values);
/// invalid "entry.variable" with the nearest that is known.
Result<> check_variables(std::string_view text, std::span<const std::string_view> known, std::string_view pointer);

}  // namespace koi::entry
