#include "connect/files/values.h"

#include <array>
#include <cmath>

#include "base/text.h"
#include "people/identity.h"

namespace koi::connect::files {
namespace {

constexpr std::array<FaultText, 23> kTexts{{
    {"", "", ""},
    {"connect.row_missing", "这一列不能为空", "This column must not be empty"},
    {"connect.row_money", "金额无法识别", "Not an amount of money"},
    {"connect.row_money_precise", "金额最多两位小数", "Money has at most two decimals"},
    {"connect.row_money_range", "金额超出范围", "Amount out of range"},
    {"connect.row_number", "数字无法识别", "Not a number"},
    {"connect.row_quantity", "数量必须是整数", "Quantity must be a whole number"},
    {"connect.row_date", "日期无法识别,建议写成 2026-11-22 08:30", "Not a date; write it as 2026-11-22 08:30"},
    {"connect.row_date_impossible", "日历上没有这一天或这一时刻", "No such day or time on the calendar"},
    {"connect.row_date_range", "日期须在 1900 至 2100 年之间", "Dates must lie between 1900 and 2100"},
    {"connect.row_phone_scientific", "手机号已被表格软件变成科学计数法,末尾数字已丢失:请把该列设为“文本”后重新填写导出",
     "The spreadsheet turned this phone into scientific notation and lost its last digits: format the column as text and export again"},
    {"connect.row_phone", "手机号无法识别:应为 11 位手机号、带区号的固话,或以 + 开头的国际号码",
     "Not a phone number: 11 digits of a mobile, a land line with its area code, or an international number with +"},
    {"connect.row_email", "邮箱无法识别", "Not an e-mail address"},
    {"connect.row_status", "订单状态无法识别", "Unknown order status"},
    {"connect.row_choice", "不在可选值之内", "Not one of the choices"},
    {"connect.row_text_long", "文字太长", "Text is too long"},
    {"connect.row_text", "这一行不是有效的文字(编码错误)", "This row is not valid text (encoding)"},
    {"connect.row_nul", "这一行含有空字符(NUL)", "This row holds a NUL character"},
    {"connect.row_cell_long", "单元格超过 1 MiB", "A cell is longer than 1 MiB"},
    {"connect.row_columns", "列数比表头多", "More columns than the header"},
    {"connect.row_quote", "引号没有闭合", "A quote is never closed"},
    {"connect.row_no_person", "没有能认出顾客的列(手机号、会员号、买家号)", "Nothing identifies the customer (phone, member no., buyer)"},
    {"connect.row_refused", "系统没有接受这一行", "The row was refused"},
}};

/// Full-width digits, signs and separators as their ASCII twins; anything else is kept.
std::string narrow(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t i = 0; i < s.size();) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c == 0xEF && i + 2 < s.size()) {
      const unsigned code = 0xF000u | (static_cast<unsigned>(s[i + 1] & 0x3F) << 6) | static_cast<unsigned>(s[i + 2] & 0x3F);
      if (code >= 0xFF01 && code <= 0xFF5E) { out.push_back(static_cast<char>(code - 0xFF01 + '!')); i += 3; continue; }
    }
    if (s.substr(i).starts_with("\xE3\x80\x80") || s.substr(i).starts_with("\xC2\xA0")) {  // wide and hard spaces
      out.push_back(' ');
      i += c == 0xE3 ? 3 : 2;
      continue;
    }
    out.push_back(s[i++]);
  }
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool plain_ascii(std::string_view s) {
  for (const char c : s) if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

/// Cuts currency signs and words off both ends.
std::string_view without_currency(std::string_view s) {
  constexpr std::string_view marks[] = {"\xC2\xA5", "\xEF\xBF\xA5", "元", "圆", "$", "\xE2\x82\xAC", "\xC2\xA3", "CNY", "RMB", "USD", "rmb", "cny"};
  for (bool again = true; again;) {
    again = false;
    s = trim(s);
    for (const auto m : marks) {
      if (s.starts_with(m)) { s.remove_prefix(m.size()); again = true; }
      if (s.ends_with(m)) { s.remove_suffix(m.size()); again = true; }
    }
  }
  return s;
}

/// "1,234,567": groups of three, the first one to three digits.
bool grouped_well(std::string_view whole) {
  const auto first = whole.find(',');
  if (first == whole.npos) return true;
  if (first == 0 || first > 3) return false;
  for (std::size_t i = first; i < whole.size(); i += 4) {
    if (whole[i] != ',' || i + 4 > whole.size()) return false;
    for (std::size_t k = i + 1; k < i + 4; ++k) if (!is_digit(whole[k])) return false;
  }
  return true;
}

/// Digits and one point, no sign.
Fault unsigned_decimal(std::string_view s, std::int64_t& micros) {
  const auto point = s.find('.');
  const auto whole = s.substr(0, point);
  const auto part = point == s.npos ? std::string_view{} : s.substr(point + 1);
  if (whole.empty() && part.empty()) return Fault::number_unreadable;
  if (!grouped_well(whole)) return Fault::number_unreadable;
  std::int64_t value = 0;
  for (const char c : whole) {
    if (c == ',') continue;
    if (!is_digit(c)) return Fault::number_unreadable;
    value = value * 10 + (c - '0');
    if (value > 9'000'000'000'000) return Fault::money_out_of_range;
  }
  std::int64_t scale = 1'000'000;
  value *= scale;
  for (const char c : part) {
    if (!is_digit(c)) return Fault::number_unreadable;
    scale /= 10;
    if (scale == 0 && c != '0') return Fault::money_too_precise;
    value += (c - '0') * scale;
  }
  micros = value;
  return Fault::none;
}

}  // namespace

const FaultText& fault_text(Fault fault) { return kTexts[static_cast<std::size_t>(fault)]; }

Fault read_decimal(std::string_view text, std::int64_t& micros) {
  std::string narrowed;
  if (!plain_ascii(text)) { narrowed = narrow(text); text = narrowed; }
  text = trim(text);
  bool negative = false;
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') {  // the accountants' minus
    negative = true;
    text = text.substr(1, text.size() - 2);
  }
  const auto take_sign = [&] {
    if (text.empty() || (text.front() != '-' && text.front() != '+')) return;
    if (text.front() == '-') negative = !negative;
    text.remove_prefix(1);
  };
  if (text.empty()) return Fault::missing;
  if (!is_digit(text.front()) || !is_digit(text.back())) {
    const auto before = text.size();
    take_sign();
    const bool signed_first = text.size() != before;
    text = without_currency(text);
    if (!signed_first) take_sign();
    text = trim(text);
  }
  if (text.empty()) return Fault::missing;
  std::int64_t value = 0;
  if (const auto fault = unsigned_decimal(text, value); fault != Fault::none) return fault;
  micros = negative ? -value : value;
  return Fault::none;
}

Fault read_money(std::string_view text, Fen& value) {
  std::int64_t micros = 0;
  const auto fault = read_decimal(text, micros);
  if (fault == Fault::number_unreadable) return Fault::money_unreadable;
  if (fault != Fault::none) return fault;
  if (micros % 10'000 != 0) return Fault::money_too_precise;
  value.v = micros / 10'000;
  return Fault::none;
}

Fault read_quantity(std::string_view text, std::int64_t& value) {
  std::int64_t micros = 0;
  const auto fault = read_decimal(text, micros);
  if (fault == Fault::missing) return fault;
  if (fault != Fault::none || micros % 1'000'000 != 0) return Fault::quantity_unreadable;
  value = micros / 1'000'000;
  return value > 1'000'000'000 || value < -1'000'000'000 ? Fault::quantity_unreadable : Fault::none;
}

Fault read_phone(std::string_view text, std::string& value) {
  const auto narrowed = narrow(text);
  auto s = trim(narrowed);
  if (s.empty()) return Fault::missing;
  if (s.front() == '\'') s.remove_prefix(1);  // Excel's mark for text
  const auto e = s.find_first_of("eE");
  if (e != s.npos && parse_double(s)) return Fault::phone_scientific;
  if (s.ends_with(".0")) s.remove_suffix(2);  // a number column saved by a spreadsheet
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (is_digit(s[i])) out.push_back(s[i]);
    else if (s[i] == '+' && out.empty()) out.push_back('+');
    else if (s[i] != ' ' && s[i] != '-' && s[i] != '(' && s[i] != ')') return Fault::phone_unreadable;
  }
  if (out.starts_with("00")) out = "+" + out.substr(2);
  // A number typed to be left alone stays as it was said, and identifies nobody.
  if (const auto number = people::normalise_phone(out); !number && number.error().code != "people.blocked_value")
    return Fault::phone_unreadable;
  value = std::move(out);
  return Fault::none;
}

Fault read_email(std::string_view text, std::string& value) {
  const auto s = trim(text);
  if (s.empty()) return Fault::missing;
  const auto at = s.find('@');
  if (at == 0 || at == s.npos || s.find('@', at + 1) != s.npos || s.size() > 254) return Fault::email_unreadable;
  const auto host = s.substr(at + 1);
  if (host.find('.') == host.npos || host.front() == '.' || host.back() == '.') return Fault::email_unreadable;
  if (s.find_first_of(" \t,;<>\"") != s.npos) return Fault::email_unreadable;
  value = lower_ascii(s);
  return Fault::none;
}

}  // namespace koi::connect::files
