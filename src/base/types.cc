#include "base/types.h"

#include <algorithm>
#include <numeric>

#include "base/result.h"
#include "base/text.h"

namespace koi {

namespace {
constexpr std::string_view kCrockford = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kIdDigits = 13;  // 13 x 5 bits hold 64
}  // namespace

std::string id_text(std::string_view prefix, std::int64_t v) {
  std::string out(prefix);
  out += '_';
  const auto u = static_cast<std::uint64_t>(v);
  for (std::size_t i = 0; i < kIdDigits; ++i) out += kCrockford[(u >> (5 * (kIdDigits - 1 - i))) & 31];
  return out;
}

std::optional<std::int64_t> parse_id(std::string_view prefix, std::string_view text) {
  if (text.size() != prefix.size() + 1 + kIdDigits || !text.starts_with(prefix) || text[prefix.size()] != '_') return {};
  std::uint64_t u = 0;
  for (const char c : text.substr(prefix.size() + 1)) {
    const auto digit = kCrockford.find(c);
    if (digit == std::string_view::npos) return {};
    u = (u << 5) | digit;
  }
  return static_cast<std::int64_t>(u);
}

std::vector<Fen> split(Fen total, std::span<const std::int64_t> weights) {
  const auto sum = std::accumulate(weights.begin(), weights.end(), std::int64_t{0});
  CHECK(sum > 0);
  std::vector<Fen> parts;
  std::vector<std::pair<std::int64_t, std::size_t>> rest;  // remainder, place
  std::int64_t given = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    CHECK(weights[i] >= 0);
    const auto exact = static_cast<__int128>(total.v) * weights[i];
    const auto part = static_cast<std::int64_t>(exact / sum);
    rest.emplace_back(static_cast<std::int64_t>(exact % sum), i);
    parts.push_back({part});
    given += part;
  }
  const std::int64_t step = total.v < 0 ? -1 : 1;
  std::stable_sort(rest.begin(), rest.end(), [&](const auto& a, const auto& b) {
    return step > 0 ? a.first > b.first : a.first < b.first;
  });
  for (std::size_t i = 0; given != total.v; ++i, given += step) parts[rest[i].second].v += step;
  return parts;
}

Fen parse_money(std::string_view text, MoneyFault& fault) {
  const auto no = [&](MoneyFault why) { fault = why; return Fen{}; };
  const std::string folded = fold(text);
  std::string_view s = folded;
  bool negative = false;
  if (s.starts_with('(') && s.ends_with(')') && s.size() > 2) { negative = true; s = s.substr(1, s.size() - 2); }
  const auto strip = [&](std::string_view mark) { if (s.starts_with(mark)) s = trim(s.substr(mark.size())); };
  if (s.starts_with('-')) { negative = true; s = trim(s.substr(1)); }
  for (const auto mark : {"¥", "￥", "cny", "rmb", "$", "£", "€"}) strip(mark);
  if (s.starts_with('-')) { negative = true; s = trim(s.substr(1)); }
  if (s.ends_with("元")) s = trim(s.substr(0, s.size() - std::string_view("元").size()));
  if (s.empty()) return no(MoneyFault::empty);
  std::int64_t whole = 0, cents = 0;
  std::size_t i = 0, digits = 0, since_comma = 0;
  bool comma = false;
  for (; i < s.size() && s[i] != '.'; ++i) {
    if (s[i] == ',') {
      if (digits == 0 || digits > 3 * (comma ? 1000 : 1) || (comma && since_comma != 3)) return no(MoneyFault::not_a_number);
      comma = true;
      since_comma = 0;
      continue;
    }
    if (s[i] < '0' || s[i] > '9') return no(MoneyFault::not_a_number);
    whole = whole * 10 + (s[i] - '0');
    ++digits;
    ++since_comma;
    if (whole > 90'000'000'000'000) return no(MoneyFault::out_of_range);
  }
  if (comma && since_comma != 3) return no(MoneyFault::not_a_number);
  std::size_t decimals = 0;
  if (i < s.size()) {
    for (++i; i < s.size(); ++i, ++decimals) {
      if (s[i] < '0' || s[i] > '9') return no(MoneyFault::not_a_number);
      if (decimals < 2) cents = cents * 10 + (s[i] - '0');
      else if (s[i] != '0') return no(MoneyFault::too_precise);
    }
  }
  if (digits + decimals == 0) return no(MoneyFault::not_a_number);
  if (decimals == 1) cents *= 10;
  fault = MoneyFault::none;
  const auto fen = whole * 100 + cents;
  return {negative ? -fen : fen};
}

}  // namespace koi
