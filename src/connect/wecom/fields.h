/// Inside wecom/: members of the platform's JSON, which may be absent, null or of another type than the notes say.
#pragma once
#include <boost/json.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "base/types.h"

namespace koi::connect::wecom {
namespace json = boost::json;

inline std::string text_in(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v && v->is_string() ? std::string(v->get_string()) : std::string();
}
/// Numbers also as text, which some replies have.
inline std::int64_t number_in(const json::object& o, std::string_view key, std::int64_t otherwise = 0) {
  const auto* v = o.if_contains(key);
  if (v == nullptr) return otherwise;
  if (v->is_int64()) return v->get_int64();
  if (v->is_uint64()) return static_cast<std::int64_t>(v->get_uint64());
  if (v->is_string()) return parse_int(v->get_string()).value_or(otherwise);
  return otherwise;
}
inline const json::array& array_in(const json::object& o, std::string_view key) {
  static const json::array none;
  const auto* v = o.if_contains(key);
  return v && v->is_array() ? v->get_array() : none;
}
inline const json::object& object_in(const json::object& o, std::string_view key) {
  static const json::object none;
  const auto* v = o.if_contains(key);
  return v && v->is_object() ? v->get_object() : none;
}
inline std::vector<std::string> texts_in(const json::object& o, std::string_view key) {
  std::vector<std::string> out;
  for (const auto& v : array_in(o, key))
    if (v.is_string()) out.emplace_back(v.get_string());
  return out;
}
/// Unix seconds.
inline Instant time_in(const json::object& o, std::string_view key) { return from_ms(number_in(o, key) * 1000); }

template <class Range, class V, class Of = std::identity>
bool holds(const Range& range, const V& value, Of of = {}) { return std::ranges::find(range, value, of) != std::ranges::end(range); }

}  // namespace koi::connect::wecom
