#include "base/text.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace koi {

namespace {

/// Length of the valid UTF-8 sequence at s[i], 0 when broken (overlong, surrogate, beyond U+10FFFF, cut).
std::size_t sequence_length(std::string_view s, std::size_t i) {
  const auto at = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char c = at(i);
  const auto tail = [&](std::size_t k) { return k < s.size() && (at(k) & 0xC0) == 0x80; };
  if (c < 0x80) return 1;
  if (c < 0xC2) return 0;
  if (c < 0xE0) return tail(i + 1) ? 2 : 0;
  if (c < 0xF0) {
    if (!tail(i + 1) || !tail(i + 2)) return 0;
    if ((c == 0xE0 && at(i + 1) < 0xA0) || (c == 0xED && at(i + 1) > 0x9F)) return 0;
    return 3;
  }
  if (c > 0xF4 || !tail(i + 1) || !tail(i + 2) || !tail(i + 3)) return 0;
  if ((c == 0xF0 && at(i + 1) < 0x90) || (c == 0xF4 && at(i + 1) > 0x8F)) return 0;
  return 4;
}

bool space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

}  // namespace

bool valid_utf8(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    if (static_cast<unsigned char>(s[i]) < 0x80) { ++i; continue; }
    const auto n = sequence_length(s, i);
    if (n == 0) return false;
    i += n;
  }
  return true;
}

std::string_view trim(std::string_view s) {
  constexpr std::string_view kWide = "\xE3\x80\x80", kNbsp = "\xC2\xA0", kBom = "\xEF\xBB\xBF";
  for (bool again = true; again;) {
    again = false;
    while (!s.empty() && space(s.front())) s.remove_prefix(1);
    while (!s.empty() && space(s.back())) s.remove_suffix(1);
    for (const auto mark : {kWide, kNbsp, kBom}) {
      if (s.starts_with(mark)) { s.remove_prefix(mark.size()); again = true; }
      if (s.ends_with(mark)) { s.remove_suffix(mark.size()); again = true; }
    }
  }
  return s;
}

std::string lower_ascii(std::string_view s) {
  std::string out(s);
  for (char& c : out) if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string fold(std::string_view s) {
  std::string out;
  out.reserve(s.size());
  for (std::size_t i = 0; i < s.size();) {
    const auto n = std::max<std::size_t>(1, sequence_length(s, i));
    if (n == 3) {  // U+FF01..U+FF5E are ASCII 0x21..0x7E made wide, U+3000 is the wide space
      const auto b = [&](std::size_t k) { return static_cast<unsigned>(static_cast<unsigned char>(s[i + k])); };
      const unsigned cp = ((b(0) & 0x0F) << 12) | ((b(1) & 0x3F) << 6) | (b(2) & 0x3F);
      if (cp >= 0xFF01 && cp <= 0xFF5E) { out += static_cast<char>(cp - 0xFEE0); i += n; continue; }
      if (cp == 0x3000) { out += ' '; i += n; continue; }
    }
    out.append(s.substr(i, n));
    i += n;
  }
  return lower_ascii(trim(out));
}

std::vector<std::string_view> split_text(std::string_view s, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto at = s.find(separator);
    out.push_back(s.substr(0, at));
    if (at == std::string_view::npos) return out;
    s.remove_prefix(at + 1);
  }
}

std::size_t count_chars(std::string_view s) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < s.size(); ++n) i += std::max<std::size_t>(1, sequence_length(s, i));
  return n;
}

std::string_view take_chars(std::string_view s, std::size_t n) {
  std::size_t i = 0;
  for (; n > 0 && i < s.size(); --n) i += std::max<std::size_t>(1, sequence_length(s, i));
  return s.substr(0, i);
}

std::optional<std::int64_t> parse_int(std::string_view s) {
  std::int64_t v = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v);
  if (error != std::errc{} || end != s.data() + s.size() || s.empty()) return {};
  return v;
}

std::optional<double> parse_double(std::string_view s) {
  double v = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), v);
  if (error != std::errc{} || end != s.data() + s.size() || s.empty()) return {};
  return v;
}

std::string hex(std::string_view bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  out.pop_back();
  return out;
}

std::optional<std::string> unhex(std::string_view text) {
  std::string out(text.size() / 2, '\0');
  std::size_t length = 0;
  if (text.size() % 2 != 0 || sodium_hex2bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(),
                                             text.size(), nullptr, &length, nullptr) != 0 || length != out.size())
    return {};
  return out;
}

namespace {
std::string encode64(std::string_view bytes, int variant) {
  std::string out(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), variant);
  out.pop_back();
  return out;
}
}  // namespace

std::string base64(std::string_view bytes) { return encode64(bytes, sodium_base64_VARIANT_ORIGINAL); }
std::string base64url(std::string_view bytes) { return encode64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING); }

std::optional<std::string> unbase64(std::string_view text) {
  std::string plain(text);
  while (!plain.empty() && plain.back() == '=') plain.pop_back();
  for (char& c : plain) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  std::string out(plain.size() * 3 / 4 + 3, '\0');
  std::size_t length = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), plain.data(), plain.size(), nullptr,
                        &length, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    return {};
  out.resize(length);
  return out;
}

namespace {
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto up = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      corner = up;
    }
  }
  return row[b.size()];
}
}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t best_distance = 4;
  for (const auto candidate : known) {
    if (candidate.size() > word.size() + 3 || word.size() > candidate.size() + 3) continue;
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance) { best_distance = distance; best = candidate; }
  }
  return best;
}

}  // namespace koi
