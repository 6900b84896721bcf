/// How a name sounds, the way people type it: "张伟" is "zhangwei" and "zw", "吕布" is "lvbu" or "lubu",
/// "单雄信" is "shanxiongxin" (a surname has its own reading) or "danxiongxin".
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace koi::people {

struct Reading {
  std::string joined;    // lower-case letters and digits, no spaces
  std::string initials;  // the first letter of each syllable or word
  friend auto operator<=>(const Reading&, const Reading&) = default;
};
/// Every usual way to type a name; at most kReadingsMax, the likeliest first. Latin words read as themselves.
inline constexpr std::size_t kReadingsMax = 4;
std::vector<Reading> readings(std::string_view name);

/// The code points of a text; a broken byte is dropped.
std::u32string code_points(std::string_view text);
std::string to_utf8(std::u32string_view text);
bool is_han(char32_t c);

}  // namespace koi::people
