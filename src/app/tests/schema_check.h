/// Whether a JSON value is what a schema of our OpenAPI says: the part of JSON Schema that http/shape.h writes.
#pragma once
#include <boost/json.hpp>
#include <regex>
#include <string>

namespace koi::app::hostile {

namespace json = boost::json;

inline bool type_fits(std::string_view type, const json::value& v) {
  if (type == "object") return v.is_object();
  if (type == "array") return v.is_array();
  if (type == "string") return v.is_string();
  if (type == "boolean") return v.is_bool();
  if (type == "null") return v.is_null();
  if (type == "integer") return v.is_int64() || v.is_uint64();
  return type == "number" && v.is_number();
}

/// Empty when it fits; else where it does not, and why.
inline std::string misfit(const json::value& schema, const json::value& v, const std::string& at = "") {
  if (!schema.is_object()) return {};
  const auto& s = schema.as_object();
  if (const auto* any = s.if_contains("anyOf")) {
    std::string why;
    for (const auto& one : any->as_array())
      if (why = misfit(one, v, at); why.empty()) return {};
    return why;
  }
  if (const auto* type = s.if_contains("type"); type && !type_fits(std::string_view(type->as_string()), v))
    return at + " is no " + std::string(type->as_string()) + ": " + json::serialize(v).substr(0, 80);
  if (const auto* list = s.if_contains("enum"); list && std::ranges::find(list->as_array(), v) == list->as_array().end())
    return at + " is not listed: " + json::serialize(v).substr(0, 80);
  if (const auto* pattern = s.if_contains("pattern"); pattern && !std::regex_match(std::string(v.as_string()), std::regex(std::string(pattern->as_string()))))
    return at + " has another form: " + json::serialize(v).substr(0, 80);
  if (v.is_object()) {
    if (const auto* needed = s.if_contains("required"))
      for (const auto& name : needed->as_array())
        if (!v.as_object().contains(name.as_string())) return at + " lacks " + std::string(name.as_string());
    const auto* known = s.if_contains("properties");
    const auto* others = s.if_contains("additionalProperties");
    for (const auto& [name, value] : v.as_object()) {
      const auto* shape = known ? known->as_object().if_contains(name) : nullptr;
      if (!shape && known && !others) return at + " has the unknown " + std::string(name);
      if (!shape) shape = others;
      if (!shape) continue;
      if (auto why = misfit(*shape, value, at + "/" + std::string(name)); !why.empty()) return why;
    }
  }
  if (const auto* items = s.if_contains("items"); items && v.is_array())
    for (std::size_t i = 0; i < v.as_array().size(); ++i)
      if (auto why = misfit(*items, v.as_array()[i], at + "/" + std::to_string(i)); !why.empty()) return why;
  return {};
}

}  // namespace koi::app::hostile
