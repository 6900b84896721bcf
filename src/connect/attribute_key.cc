#include "connect/attribute_key.h"

#include "base/crypto.h"
#include "base/text.h"
#include "people/pinyin.h"

namespace koi::connect {

std::string attribute_key(std::string_view name) {
  constexpr std::size_t kMax = 60;
  std::string spoken;
  bool latin = true;
  for (const char c : name) latin = latin && static_cast<unsigned char>(c) < 0x80;
  if (!latin) {
    const auto ways = people::readings(take_chars(name, 30));
    if (!ways.empty()) spoken = ways.front().joined;
    if (spoken.empty()) spoken = "x" + hex(hash128(name).substr(0, 6));
    name = spoken;
  }
  std::string out;
  for (const char c : lower_ascii(trim(name))) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (word) out.push_back(c);
    else if (!out.empty() && out.back() != '_') out.push_back('_');
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  if (!out.empty() && (out[0] < 'a' || out[0] > 'z')) out.insert(0, "a_");
  return out.substr(0, kMax);
}

}  // namespace koi::connect
