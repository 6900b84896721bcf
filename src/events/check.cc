#include <simdjson.h>

#include <algorithm>
#include <bitset>
#include <cstring>

#include "base/crypto.h"
#include "base/types.h"
#include "events/log.h"
#include "store/rows.h"

namespace koi::events {

namespace {

namespace json = simdjson::ondemand;
constexpr std::size_t kPropsMax = 64;

bool is_time(json::value& value, json::json_type type) {
  if (type == json::json_type::number) return !value.get_int64().error();
  std::string_view text;
  return type == json::json_type::string && !value.get_string().get(text) && parse_rfc3339(text).has_value();
}

bool fits(PropType wanted, json::value& value, json::json_type type) {
  switch (wanted) {
    case PropType::text: return type == json::json_type::string;
    case PropType::integer:
    case PropType::money: return type == json::json_type::number && !value.get_int64().error();
    case PropType::boolean: return type == json::json_type::boolean;
    case PropType::number: return type == json::json_type::number && !value.get_double().error();
    case PropType::time: return is_time(value, type);
    case PropType::list: return type == json::json_type::array;
    case PropType::object: return type == json::json_type::object;
  }
  return false;
}

PropFault schema_fault(std::string_view prop, std::string detail) {
  return {"events.schema", prop.empty() ? "/properties" : "/properties/" + std::string(prop), std::move(detail)};
}

/// The text with the room behind it that the parser wants; reused, so that no event pays for an allocation.
simdjson::padded_string_view padded(std::string_view text) {
  thread_local std::string buffer;
  buffer.assign(text);
  buffer.append(simdjson::SIMDJSON_PADDING, ' ');
  return simdjson::padded_string_view(buffer.data(), text.size(), buffer.capacity());
}

/// Reads every declared prop once, marking those seen in `there`.
PropFault check_fields(const KindDef& kind, json::object& object, std::bitset<kPropsMax>& there) {
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key)) return schema_fault({}, "not JSON");
    const auto prop = std::ranges::find(kind.props, key, &PropDef::name);
    if (prop == kind.props.end()) continue;
    json::value value;
    json::json_type type{};
    if (field.value().get(value) || value.type().get(type)) return schema_fault({}, "not JSON");
    if (type == json::json_type::null && !prop->required) continue;
    if (!fits(prop->type, value, type)) return schema_fault(prop->name, "expected " + std::string(enum_text(prop->type)));
    there.set(static_cast<std::size_t>(prop - kind.props.begin()));
  }
  return {};
}

}  // namespace

PropFault check_props(const KindDef& kind, std::string_view props) {
  thread_local json::parser parser;
  json::document document;
  json::object object;
  if (parser.iterate(padded(props)).get(document) || document.get_object().get(object))
    return schema_fault({}, "expected object");
  std::bitset<kPropsMax> there;
  if (auto fault = check_fields(kind, object, there); !fault.code.empty()) return fault;
  for (std::size_t i = 0; i < kind.props.size(); ++i)
    if (kind.props[i].required && !there[i]) return schema_fault(kind.props[i].name, "missing");
  return {};
}

IdHash hash_text(std::string_view text) {
  const auto bytes = hash128(text);
  IdHash out;
  std::memcpy(&out.hi, bytes.data(), 8);
  std::memcpy(&out.lo, bytes.data() + 8, 8);
  return out;
}

IdHash hash_id(std::string_view source, std::string_view id) {
  if (id.empty()) return {};
  thread_local std::string text;
  text.assign(source).append(1, '\0').append(id);
  return hash_text(text);
}

}  // namespace koi::events
