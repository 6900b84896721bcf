/// The many ways a date is written.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "connect/files/values.h"

namespace koi::connect::files {
namespace {

using namespace std::chrono;

constexpr int kYearMin = 1900, kYearMax = 2100;
constexpr std::int64_t kEnd = 4'133'980'800'000;  // the year after kYearMax begins, ms since 1970
bool digit(char c) { return c >= '0' && c <= '9'; }

struct Fields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0;
  std::optional<int> offset_minutes;  // of the zone, when the text says one
};

/// A cursor over the text; each reader takes what it knows and says whether it did.
struct Scan {
  std::string_view rest;
  void skip_spaces() { while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1); }
  bool take(std::string_view token) {
    if (!rest.starts_with(token)) return false;
    rest.remove_prefix(token.size());
    return true;
  }
  /// A run of digits of at most `most`; -1 when there is none. `width` tells how many.
  int number(int most, int& width) {
    int value = 0;
    width = 0;
    while (!rest.empty() && digit(rest.front()) && width < most) {
      value = value * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
      ++width;
    }
    return width == 0 ? -1 : value;
  }
  int month_name() {
    constexpr std::array<std::string_view, 12> names{"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
    std::size_t n = 0;
    while (n < rest.size() && ((rest[n] | 0x20) >= 'a' && (rest[n] | 0x20) <= 'z')) ++n;
    if (n < 3) return 0;
    const auto word = lower_ascii(rest.substr(0, 3));
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (word != names[i]) continue;
      rest.remove_prefix(n);
      return static_cast<int>(i) + 1;
    }
    return 0;
  }
  bool separator() { return take("-") || take("/") || take(".") || take(" "); }
};

int full_year(int year, int width) { return width == 2 ? year + (year < 70 ? 2000 : 1900) : year; }

/// The date part. False: not a date we know.
bool read_date(Scan& s, DayOrder order, Fields& f) {
  int width = 0;
  if (const int month = s.month_name(); month != 0) {  // Jan 2, 2026
    f.month = month;
    s.separator();
    f.day = s.number(2, width);
    s.take(",");
    s.skip_spaces();
    const int year = s.number(4, width);
    f.year = full_year(year, width);
    return f.day > 0 && year >= 0;
  }
  const int first = s.number(8, width);
  if (first < 0) return false;
  if (width == 8) { f.year = first / 10000; f.month = first / 100 % 100; f.day = first % 100; return true; }
  if (width > 4 || width == 3) return false;
  if (width == 4) {
    f.year = first;
    if (!s.take("年") && !s.separator()) return false;
    f.month = s.number(2, width);
    if (!s.take("月") && !s.separator()) return false;
    f.day = s.number(2, width);
    if (!s.take("日")) s.take("号");
    return f.month >= 0 && f.day >= 0;
  }
  if (!s.separator()) return false;
  if (const int month = s.month_name(); month != 0) {  // 2-Jan-2026
    f.day = first;
    f.month = month;
    s.take(",");
    if (!s.separator()) return false;
  } else {
    const int second = s.number(2, width);
    if (second < 0 || !s.separator()) return false;
    f.month = order == DayOrder::month_first ? first : second;
    f.day = order == DayOrder::month_first ? second : first;
  }
  const int year = s.number(4, width);
  f.year = full_year(year, width);
  return year >= 0 && width != 1 && width != 3;
}

bool read_offset(Scan& s, Fields& f) {
  if (s.take("Z") || s.take("z") || s.take("UTC") || s.take("GMT")) { f.offset_minutes = 0; return s.rest.empty(); }
  const bool minus = s.rest.starts_with("-");
  if (!minus && !s.rest.starts_with("+")) return false;
  s.rest.remove_prefix(1);
  int width = 0;
  int value = s.number(4, width);
  if (width == 4) value = value / 100 * 60 + value % 100;
  else if (width == 2) {
    value *= 60;
    if (s.take(":")) { const int m = s.number(2, width); if (m < 0) return false; value += m; }
  } else return false;
  f.offset_minutes = minus ? -value : value;
  return s.rest.empty();
}

bool afternoon_word(Scan& s, int& half) {
  if (s.take("上午") || s.take("AM") || s.take("am")) { half = 1; return true; }
  if (s.take("下午") || s.take("晚上") || s.take("PM") || s.take("pm")) { half = 2; return true; }
  return false;
}

/// The time part, when there is one. False: something is left that is no time.
bool read_time(Scan& s, Fields& f) {
  s.skip_spaces();
  if (s.rest.empty()) return true;
  if (s.take("T")) s.skip_spaces();
  if (s.take(",")) s.skip_spaces();
  int half = 0, width = 0;
  if (afternoon_word(s, half)) s.skip_spaces();
  const bool packed = s.rest.size() >= 6 && digit(s.rest[0]) && digit(s.rest[1]) && digit(s.rest[2]) &&
                      digit(s.rest[3]) && digit(s.rest[4]) && digit(s.rest[5]);
  f.hour = s.number(2, width);
  if (f.hour < 0) return false;
  if (packed || s.take(":") || s.take("时") || s.take("点")) {
    f.minute = s.number(2, width);
    if (f.minute < 0) { if (!s.rest.empty()) return false; f.minute = 0; }  // "8时"
    if (packed || s.take(":") || (s.take("分") && !s.rest.empty() && digit(s.rest.front()))) {
      f.second = s.number(2, width);
      if (f.second < 0) return false;
      s.take("秒");
    }
    if (s.take(".") || s.take(",")) {
      const int part = s.number(3, width);
      if (part < 0) return false;
      f.ms = width == 1 ? part * 100 : width == 2 ? part * 10 : part;
      while (!s.rest.empty() && digit(s.rest.front())) s.rest.remove_prefix(1);
    }
  } else if (half == 0) {
    return false;
  }
  s.skip_spaces();
  if (half == 0 && afternoon_word(s, half)) s.skip_spaces();
  if (half != 0) {
    if (f.hour > 12 && half == 1) return false;
    if (half == 2 && f.hour < 12) f.hour += 12;
    else if (half == 1 && f.hour == 12) f.hour = 0;
  }
  return s.rest.empty() || read_offset(s, f);
}

Fault wall_of(const Fields& f, local_time<Millis>& wall) {
  const year_month_day ymd{year{f.year}, month{static_cast<unsigned>(f.month)}, day{static_cast<unsigned>(f.day)}};
  if (!ymd.ok() || f.hour > 23 || f.minute > 59 || f.second > 59) return Fault::date_impossible;
  if (f.year < kYearMin || f.year > kYearMax) return Fault::date_out_of_range;
  wall = local_days{ymd} + hours{f.hour} + minutes{f.minute} + seconds{f.second} + Millis{f.ms};
  return Fault::none;
}

bool all_of_number(std::string_view s) {
  bool point = false;
  for (const char c : s) {
    if (c == '.' && !point) point = true;
    else if (!digit(c)) return false;
  }
  return !s.empty();
}

}  // namespace

std::optional<local_time<Millis>> excel_wall(double serial, bool date1904) {
  if (!(serial >= 0) || serial >= 2'958'466) return std::nullopt;
  const auto ms = static_cast<std::int64_t>(std::llround(serial * 86'400'000.0));
  if (date1904) return local_days{year{1904} / 1 / 1} + Millis{ms};
  // Excel believes in 1900-02-29 (serial 60); days before it are off by one.
  if (serial >= 60 && serial < 61) return std::nullopt;
  const auto base = serial < 60 ? local_days{year{1899} / 12 / 31} : local_days{year{1899} / 12 / 30};
  return base + Millis{ms};
}

Instant WhenReader::at(local_time<Millis> wall) {
  const auto day = floor<days>(wall);
  if (!offset_ || day != day_) {
    const auto start = zone_.at(local_time<Millis>{day});
    const auto end = zone_.at(local_time<Millis>{day + days{1}});
    day_ = day;
    offset_.reset();
    if (end - start == days{1}) offset_ = local_time<Millis>{day}.time_since_epoch() - start.time_since_epoch();
    if (!offset_) return zone_.at(wall);  // the clocks change on this day
  }
  return Instant{wall.time_since_epoch() - *offset_};
}

Fault WhenReader::read(std::string_view text, Instant& value) {
  const auto s = trim(text);
  if (s.empty()) return Fault::missing;
  if (all_of_number(s)) {
    const auto whole = s.substr(0, s.find('.'));
    const auto number = parse_double(s);
    if (!number) return Fault::date_unreadable;
    if (whole.size() == 13 || whole.size() == 10) {  // since 1970, in ms or s
      const auto ms = whole.size() == 13 ? *parse_int(whole) : static_cast<std::int64_t>(*number * 1000);
      if (ms >= kEnd) return Fault::date_out_of_range;
      value = from_ms(ms);
      return Fault::none;
    }
    if (whole.size() <= 6 && std::count(s.begin(), s.end(), '.') <= 1) {
      const auto wall = excel_wall(*number, false);
      if (!wall) return Fault::date_impossible;
      value = at(*wall);
      return Fault::none;
    }
  }
  Scan scan{s};
  Fields f;
  std::string compact;
  if (s.size() == 14 && all_of_number(s) && s.find('.') == s.npos) {  // 20260102083000
    compact = std::string(s.substr(0, 8)) + " " + std::string(s.substr(8));
    scan.rest = compact;
  }
  if (!read_date(scan, order_, f) || !read_time(scan, f)) return Fault::date_unreadable;
  local_time<Millis> wall;
  if (const auto fault = wall_of(f, wall); fault != Fault::none) return fault;
  value = f.offset_minutes ? Instant{wall.time_since_epoch() - minutes{*f.offset_minutes}} : at(wall);
  return Fault::none;
}

Fault WhenReader::read_day(std::string_view text, std::string& value) const {
  const auto s = trim(text);
  if (s.empty()) return Fault::missing;
  Fields f;
  Scan scan{s};
  local_time<Millis> wall;
  if (all_of_number(s) && s.size() <= 6) {
    const auto serial = excel_wall(*parse_double(s), false);
    if (!serial) return Fault::date_impossible;
    wall = *serial;
  } else {
    if (!read_date(scan, order_, f) || !read_time(scan, f)) return Fault::date_unreadable;
    if (const auto fault = wall_of(f, wall); fault != Fault::none) return fault;
  }
  value = day_text(floor<days>(wall));
  return Fault::none;
}

DayOrder guess_day_order(const std::vector<std::string>& samples) {
  for (const auto& sample : samples) {
    Scan s{trim(sample)};
    int width = 0;
    const int first = s.number(4, width);
    if (first < 0 || width > 2 || !s.separator()) continue;
    const int second = s.number(4, width);
    if (second < 0 || width > 2) continue;
    if (first > 12 && second <= 12) return DayOrder::day_first;
  }
  return DayOrder::month_first;
}

}  // namespace koi::connect::files
