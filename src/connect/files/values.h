/// One cell as a value: money, number, instant, phone. Each refusal has a code, and advice people can act on.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace koi::connect::files {

enum class Fault : std::uint8_t {
  none, missing, money_unreadable, money_too_precise, money_out_of_range, number_unreadable, quantity_unreadable,
  date_unreadable, date_impossible, date_out_of_range, phone_scientific, phone_unreadable, email_unreadable,
  status_unknown, choice_unknown, text_too_long, row_unreadable, nul_byte, cell_too_long, too_many_columns,
  open_quote, no_identifier, refused
};
struct FaultText { std::string_view code, zh, en; };
const FaultText& fault_text(Fault fault);

/// A decimal number with grouping ("1,234.5"), a currency sign or word, brackets for negative, full-width digits;
/// in millionths, exactly. `value` is untouched on a fault.
Fault read_decimal(std::string_view text, std::int64_t& micros);
/// As read_decimal, in fen; more than two decimals (other than zeros) is refused.
Fault read_money(std::string_view text, Fen& value);
Fault read_quantity(std::string_view text, std::int64_t& value);
/// Digits with an optional plus, ready for normalising; "1.38E+10" is refused with advice.
Fault read_phone(std::string_view text, std::string& value);
Fault read_email(std::string_view text, std::string& value);

/// Which number comes first in "1/2/2026".
enum class DayOrder : std::uint8_t { month_first, day_first };
/// The order that the samples prove; month_first when they leave it open.
DayOrder guess_day_order(const std::vector<std::string>& samples);

/// Reads instants in a zone. Keeps the last day's offset, since rows of one file lie close together.
class WhenReader {
 public:
  WhenReader(Zone zone, DayOrder order) : zone_(zone), order_(order) {}
  /// ISO dates and times, 2026/1/2, 20260102, 2026年1月2日, 2-Jan-2026, am/pm and 上午/下午, Excel serials, Unix seconds
  /// and milliseconds. Years 1900-2100; 1900-02-29 does not exist, also as Excel's serial 60.
  Fault read(std::string_view text, Instant& value);
  /// A calendar day alone, for birthdays: "2026-11-22".
  Fault read_day(std::string_view text, std::string& value) const;

 private:
  Instant at(std::chrono::local_time<Millis> wall);
  Zone zone_;
  DayOrder order_;
  LocalDay day_{};
  std::optional<Millis> offset_;
};

/// An Excel serial as a wall-clock reading; nothing for what never was (serial 60, negatives, beyond 9999).
std::optional<std::chrono::local_time<Millis>> excel_wall(double serial, bool date1904);

}  // namespace koi::connect::files
