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
  per_second_ = (std::uint64_t{size()} << 32) / static_cast<std::uint64_t>(starts_.back() - starts_.front());
}

}  // namespace koi::events::columns
