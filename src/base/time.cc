#include <date/tz.h>
#include <fmt/format.h>

#include "base/text.h"
#include "base/types.h"

namespace koi {

using std::chrono::floor;

namespace {

/// Digits [at, at + n) of s as a number; -1 when one is not a digit.
int number_at(std::string_view s, std::size_t at, std::size_t n) {
  if (at + n > s.size()) return -1;
  int out = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    if (s[i] < '0' || s[i] > '9') return -1;
    out = out * 10 + (s[i] - '0');
  }
  return out;
}

const date::time_zone* zone_of(const void* p) { return static_cast<const date::time_zone*>(p); }

}  // namespace

std::string to_rfc3339(Instant t) {
  const auto day = floor<std::chrono::days>(t);
  const std::chrono::year_month_day ymd{day};
  const auto ms = (t - day).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()), ms / 3'600'000,
                     ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

std::optional<LocalDay> parse_day(std::string_view s) {
  if (s.size() != 10 || s[4] != '-' || s[7] != '-') return {};
  const int y = number_at(s, 0, 4), m = number_at(s, 5, 2), d = number_at(s, 8, 2);
  if (y < 0 || m < 0 || d < 0) return {};
  const std::chrono::year_month_day ymd{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(m)},
                                        std::chrono::day{static_cast<unsigned>(d)}};
  if (!ymd.ok()) return {};
  return LocalDay{ymd};
}

std::string day_text(LocalDay day) {
  const std::chrono::year_month_day ymd{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                     static_cast<unsigned>(ymd.day()));
}

std::optional<Instant> parse_rfc3339(std::string_view s) {
  if (s.size() < 20 || (s[10] != 'T' && s[10] != 't' && s[10] != ' ')) return {};
  const auto day = parse_day(s.substr(0, 10));
  const int h = number_at(s, 11, 2), m = number_at(s, 14, 2), sec = number_at(s, 17, 2);
  if (!day || s[13] != ':' || s[16] != ':' || h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60) return {};
  std::size_t i = 19;
  std::int64_t ms = 0;
  if (s[i] == '.') {
    std::int64_t scale = 100;
    const auto first = ++i;
    for (; i < s.size() && s[i] >= '0' && s[i] <= '9'; ++i, scale /= 10) ms += (s[i] - '0') * scale;
    if (i == first) return {};
  }
  if (i >= s.size()) return {};
  int offset = 0;  // minutes
  if (s[i] == 'Z' || s[i] == 'z') {
    if (i + 1 != s.size()) return {};
  } else {
    const int oh = number_at(s, i + 1, 2), om = number_at(s, i + 4, 2);
    if ((s[i] != '+' && s[i] != '-') || s.size() != i + 6 || s[i + 3] != ':' || oh < 0 || oh > 23 || om < 0 || om > 59)
      return {};
    offset = (s[i] == '-' ? -1 : 1) * (oh * 60 + om);
  }
  const auto days = day->time_since_epoch();
  return Instant{days} + std::chrono::hours{h} + std::chrono::minutes{m - offset} + std::chrono::seconds{sec} + Millis{ms};
}

std::optional<Zone> Zone::find(std::string_view name) {
  if (name == "UTC") return utc();
  try {
    const auto* found = date::locate_zone(std::string(name));
    Zone zone;
    zone.zone_ = found;
    zone.name_ = found->name();
    return zone;
  } catch (const std::exception&) {
    return {};
  }
}

Zone Zone::utc() {
  Zone zone;
  zone.name_ = "UTC";
  return zone;
}

std::chrono::local_time<Millis> Zone::wall(Instant t) const {
  if (zone_ == nullptr) return std::chrono::local_time<Millis>{t.time_since_epoch()};
  const auto local = zone_of(zone_)->to_local(date::sys_time<Millis>{t.time_since_epoch()});
  return std::chrono::local_time<Millis>{local.time_since_epoch()};
}

LocalDay Zone::day_of(Instant t) const { return floor<std::chrono::days>(wall(t)); }

Instant Zone::at(std::chrono::local_time<Millis> w) const {
  if (zone_ == nullptr) return Instant{w.time_since_epoch()};
  const date::local_time<Millis> local{w.time_since_epoch()};
  const auto info = zone_of(zone_)->get_info(local);
  if (info.result == date::local_info::nonexistent)
    return Instant{std::chrono::duration_cast<Millis>(info.first.end.time_since_epoch())};
  return Instant{w.time_since_epoch() - std::chrono::duration_cast<Millis>(info.first.offset)};
}

Instant Zone::start_of(LocalDay day) const { return at(std::chrono::local_time<Millis>{day.time_since_epoch()}); }

}  // namespace koi
