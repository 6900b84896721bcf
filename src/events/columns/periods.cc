#include "events/columns/periods.h"

namespace koi::events::columns {

namespace {
using namespace std::chrono;
}

LocalDay period_start(Unit unit, LocalDay day) {
  if (unit == Unit::week) return day - (weekday{day} - Monday);
  if (unit == Unit::day) return day;
  const year_month_day date{day};
  return LocalDay{date.year() / date.month() / 1};
}

LocalDay next_period(Unit unit, LocalDay start) {
  if (unit == Unit::week) return start + days{7};
  if (unit == Unit::day) return start + days{1};
  const year_month_day date{start};
  return LocalDay{(date.year() / date.month() + months{1}) / 1};
}

Periods::Periods(const Zone& zone, Unit unit, Instant from, Instant to) {
  auto day = period_start(unit, zone.day_of(from));
  do {
    starts_.push_back(to_ms(zone.start_of(day)) / 1000);
    day = next_period(unit, day);
  } while (zone.start_of(day) < to && starts_.size() < kMax);
  starts_.push_back(to_ms(zone.start_of(day)) / 1000);
  const auto on_quarter = [&](std::int64_t start) { return (start - starts_.front()) % kQuarter == 0; };
  if (!std::ranges::all_of(starts_, on_quarter) || starts_.back() - starts_.front() > kQuartersMax * kQuarter) return;
  for (std::uint32_t i = 0; i < size(); ++i)
    quarters_.insert(quarters_.end(), static_cast<std::size_t>((starts_[i + 1] - starts_[i]) / kQuarter), static_cast<std::uint16_t>(i));
}

std::uint32_t Periods::sought(std::uint32_t second) const {
  return static_cast<std::uint32_t>(std::ranges::upper_bound(starts_, std::int64_t{second}) - starts_.begin() - 1);
}

}  // namespace koi::events::columns
