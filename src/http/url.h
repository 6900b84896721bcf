/// The two halves of a request target, decoded.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace koi::http {

/// %XX undone (and "+" as a blank when `plus`); nothing for a broken escape, a zero byte, or what is not UTF-8.
std::optional<std::string> percent_decoded(std::string_view text, bool plus);
/// "a=1&b=%20" as pairs in order; nothing when a part cannot be decoded or there are more than 100.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query_string(std::string_view text);

}  // namespace koi::http
