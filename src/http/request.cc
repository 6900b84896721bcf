/// What a request brought and who sent it: lookups on the face's plain structs.
#include <algorithm>

#include "base/text.h"
#include "http/http.h"

namespace koi::http {

bool Actor::may(std::string_view permission) const {
  return permissions.contains("*") || permissions.contains(permission);
}

store::Author Actor::author() const {
  static constexpr std::string_view kKinds[] = {"anonymous", "user", "key", "system"};
  return {std::string(kKinds[static_cast<std::size_t>(kind)]), id, name};
}

const std::string* Headers::get(std::string_view name) const {
  const auto line = std::ranges::find(lines_, name, &Line::first);
  return line == lines_.end() ? nullptr : &line->second;
}

std::string& Headers::operator[](std::string_view name) {
  const auto line = std::ranges::find(lines_, name, &Line::first);
  return line == lines_.end() ? lines_.emplace_back(name, std::string()).second : line->second;
}

void Headers::add(std::string_view name, std::string_view value) {
  if (lines_.empty()) lines_.reserve(8);
  const auto line = std::ranges::find(lines_, name, &Line::first);
  if (line == lines_.end()) {
    lines_.emplace_back(name, value);
    return;
  }
  line->second += name == "cookie" ? "; " : ", ";
  line->second += value;
}

std::string Request::header(std::string_view name) const {
  const auto* value = headers.get(name);
  return value ? *value : std::string();
}

std::string Request::query_value(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return {};
}

std::string_view Request::language() const {
  const auto list = header("accept-language");
  double zh = -1, en = -1;
  for (const auto part : split_text(list, ',')) {
    const auto semicolon = part.find(';');
    const auto tag = lower_ascii(trim(part.substr(0, semicolon)));
    double weight = 1;
    if (semicolon != part.npos) {
      const auto q = part.find("q=", semicolon);
      weight = q == part.npos ? 1 : parse_double(trim(part.substr(q + 2))).value_or(0);
    }
    if (tag == "zh" || tag.starts_with("zh-")) zh = std::max(zh, weight);
    if (tag == "en" || tag.starts_with("en-")) en = std::max(en, weight);
  }
  return en > zh && en > 0 ? "en" : "zh-CN";
}

}  // namespace koi::http
