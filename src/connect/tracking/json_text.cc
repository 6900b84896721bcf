/// Values of a parsed document as text again, and times.
#include <charconv>
#include <cmath>

#include "connect/tracking/envelope.h"

namespace koi::connect::tracking {
namespace {

constexpr std::int64_t kEarliestMs = 946'684'800'000, kLatestMs = 4'102'444'800'000;  // 2000 to 2100

template <class N>
void append_number(std::string& out, N n) {
  char text[40];
  const auto made = std::to_chars(text, text + sizeof text, n);
  out.append(text, made.ptr);
}

bool digits(std::string_view s, std::size_t at, std::size_t n, int& value) {
  value = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    if (s[i] < '0' || s[i] > '9') return false;
    value = value * 10 + (s[i] - '0');
  }
  return true;
}

/// "2026-11-22T08:30:00.123Z", the form SDKs write; anything else goes the long way.
bool read_usual(std::string_view s, Instant& out) {
  if (s.size() != 24 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != '.' || s[23] != 'Z') return false;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, sec = 0, ms = 0;
  if (!digits(s, 0, 4, y) || !digits(s, 5, 2, mo) || !digits(s, 8, 2, d) || !digits(s, 11, 2, h) || !digits(s, 14, 2, mi) ||
      !digits(s, 17, 2, sec) || !digits(s, 20, 3, ms)) return false;
  const std::chrono::year_month_day ymd{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(mo)},
                                        std::chrono::day{static_cast<unsigned>(d)}};
  if (!ymd.ok() || h > 23 || mi > 59 || sec > 59) return false;
  out = std::chrono::sys_days{ymd} + std::chrono::hours{h} + std::chrono::minutes{mi} + std::chrono::seconds{sec} + Millis{ms};
  return true;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(from, i - from));
    from = i + 1;
    if (c == '"' || c == '\\') { out.push_back('\\'); out.push_back(c); }
    else if (c == '\n') out.append("\\n");
    else { out.append("\\u00"); out.push_back(kHex[(c >> 4) & 15]); out.push_back(kHex[c & 15]); }
  }
  out.append(text.substr(from));
  out.push_back('"');
}

void append_json(std::string& out, dom::element value) {
  switch (value.type()) {
    case dom::element_type::OBJECT: {
      out.push_back('{');
      bool first = true;
      for (const auto& [key, inner] : dom::object(value)) {
        if (!std::exchange(first, false)) out.push_back(',');
        append_json_string(out, key);
        out.push_back(':');
        append_json(out, inner);
      }
      out.push_back('}');
      break;
    }
    case dom::element_type::ARRAY: {
      out.push_back('[');
      bool first = true;
      for (const auto inner : dom::array(value)) {
        if (!std::exchange(first, false)) out.push_back(',');
        append_json(out, inner);
      }
      out.push_back(']');
      break;
    }
    case dom::element_type::STRING: append_json_string(out, std::string_view(value)); break;
    case dom::element_type::INT64: append_number(out, std::int64_t(value)); break;
    case dom::element_type::UINT64: append_number(out, std::uint64_t(value)); break;
    case dom::element_type::DOUBLE: append_number(out, double(value)); break;
    case dom::element_type::BOOL: out.append(bool(value) ? "true" : "false"); break;
    case dom::element_type::NULL_VALUE: out.append("null"); break;
  }
}

bool read_time(dom::element value, Instant& out) {
  if (value.is_string()) {
    const std::string_view text(value);
    if (!read_usual(text, out)) {
      const auto parsed = parse_rfc3339(text);
      if (!parsed) return false;
      out = *parsed;
    }
  } else if (value.is_number()) {
    const double n = value.is_double() ? double(value) : value.is_int64() ? static_cast<double>(std::int64_t(value)) : 1e300;
    if (!(n > 0 && n < 1e14)) return false;
    out = from_ms(static_cast<std::int64_t>(n < 1e11 ? n * 1000 : n));
  } else {
    return false;
  }
  return to_ms(out) >= kEarliestMs && to_ms(out) < kLatestMs;
}

}  // namespace koi::connect::tracking
