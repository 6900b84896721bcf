/// Inside the room: a definition as a JSON text. What is absent is filled in from the defaults, so that an old text and a short one
/// read alike; what is unknown is refused with a suggestion. For .cc files.
#pragma once
#include <boost/json.hpp>

#include "http/wire.h"

namespace koi::entry {

namespace defining {

namespace json = boost::json;

template <class T>
void complete(json::value& value, const T& usual);

template <class M>
void complete_member(json::object& object, std::string_view name, const M& usual) {
  auto* found = object.if_contains(name);
  if (found == nullptr) {
    object[name] = json::parse(http::json_of(usual));
    return;
  }
  if constexpr (http::wire::is_vector<M>) {
    using Item = typename M::value_type;
    if constexpr (boost::describe::has_describe_members<Item>::value) {
      if (!found->is_array()) return;
      for (auto& item : found->get_array()) complete(item, Item{});
    }
  } else if constexpr (boost::describe::has_describe_members<M>::value) {
    complete(*found, usual);
  }
}

/// What is not an object is left to the reader, who says so with its place.
template <class T>
void complete(json::value& value, const T& usual) {
  if (!value.is_object()) return;
  auto& object = value.get_object();
  boost::mp11::mp_for_each<http::wire::Members<T>>([&](auto d) {
    // A unit that is missing is missing: there is no usual one.
    if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(usual.*d.pointer)>, UnitId>) complete_member(object, d.name, usual.*d.pointer);
  });
}

/// Every member of the schema may be absent.
inline void loosen(json::value& value) {
  if (value.is_array()) {
    for (auto& item : value.get_array()) loosen(item);
    return;
  }
  if (!value.is_object()) return;
  auto& object = value.get_object();
  const auto* type = object.if_contains("type");
  if (type != nullptr && type->is_string() && type->get_string() == "object") object.erase("required");
  for (auto& member : object) loosen(member.value());
}

}  // namespace defining

/// Codes of http/wire.h.
template <class T>
Result<T> read_definition(std::string_view text) {
  boost::system::error_code bad;
  auto value = boost::json::parse(text, bad);
  if (bad) return http::parse_json<T>(text);  // says where
  defining::complete(value, T{});
  return http::parse_json<T>(boost::json::serialize(value));
}

/// What the schema of a body says of it.
template <class T>
std::string definition_schema() {
  auto value = boost::json::parse(http::schema_of<T>());
  defining::loosen(value);
  return boost::json::serialize(value);
}

}  // namespace koi::entry
