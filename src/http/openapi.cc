/// The interface as OpenAPI 3.1, from the same table that routes the requests.
#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/text.h"
#include "http/http.h"

namespace koi::http {

namespace json = boost::json;

namespace {

bool has(const Route& r, unsigned flag) { return (r.flags & flag) != 0; }
bool mutates(const Route& r) { return r.method != "GET"; }
json::string_view sv(std::string_view s) { return {s.data(), s.size()}; }

/// "coupon-batches" as "CouponBatches".
std::string camel(std::string_view words) {
  std::string out;
  bool up = true;
  for (const char c : words) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
    if (letter || digit) out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    up = !letter && !digit;
  }
  return out;
}

std::vector<std::string> names_in(std::string_view path) {
  std::vector<std::string> out;
  for (auto open = path.find('{'); open != path.npos; open = path.find('{', open + 1))
    out.emplace_back(path.substr(open + 1, path.find('}', open) - open - 1));
  return out;
}

/// The room-like first word of a path: "people" of /v1/people/{person}.
std::string_view tag_of(std::string_view path) {
  if (path.starts_with("/v1/")) path.remove_prefix(3);
  path.remove_prefix(1);
  const auto word = path.substr(0, path.find_first_of("/{:"));
  return word.empty() || word.find('.') != word.npos || word.ends_with("z") || word == "metrics" || word == "version"
             ? "system"
             : word;
}

json::value schema_from(SchemaFn fn) {
  const auto text = fn();
  return json::parse(text);
}

/// A query parameter cannot be null: {"anyOf": [X, null]} is X.
json::value without_null(const json::value& schema) {
  const auto* any = schema.as_object().if_contains("anyOf");
  return any ? any->as_array().front() : schema;
}

json::array parameters(const Route& r) {
  json::array out;
  for (const auto& name : names_in(r.path))
    out.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  if (r.query) {
    const auto schema = schema_from(r.query);
    std::set<std::string> required;
    if (const auto* list = schema.as_object().if_contains("required"))
      for (const auto& name : list->as_array()) required.emplace(name.as_string());
    for (const auto& [name, shape] : schema.at("properties").as_object()) {
      const auto plain = without_null(shape);
      const auto* type = plain.as_object().if_contains("type");
      const bool list = type && *type == "array";
      out.push_back({{"name", name},
                     {"in", "query"},
                     {"required", !list && required.contains(std::string(name))},
                     {"schema", plain}});
    }
  }
  if (has(r, kIfMatch))
    out.push_back({{"name", "If-Match"}, {"in", "header"}, {"required", true}, {"schema", {{"type", "string"}}}});
  if (mutates(r) && !has(r, kPublic))
    out.push_back({{"name", "Idempotency-Key"},
                   {"in", "header"},
                   {"required", false},
                   {"schema", {{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}}});
  return out;
}

json::object body_of(const Route& r) {
  json::object content;
  if (r.body) content["application/json"] = {{"schema", schema_from(r.body)}};
  if (has(r, kUpload)) content["application/octet-stream"] = {{"schema", {{"type", "string"}, {"format", "binary"}}}};
  return {{"required", true}, {"content", std::move(content)}};
}

json::object responses(const Route& r) {
  json::object out;
  if (r.reply) {
    const json::value fine{{"description", "OK"},
                           {"content", {{"application/json", {{"schema", schema_from(r.reply)}}}}}};
    out["200"] = fine;
    if (r.method == "POST") out["201"] = fine;
  } else if (!r.media.empty()) {
    json::object content;
    content[sv(r.media)] = {{"schema", {{"type", "string"}}}};
    out["200"] = {{"description", "OK"}, {"content", content}};
    if (r.media == "text/html") {
      out["default"] = {{"description", "A page that says what is wrong"}, {"content", content}};
      return out;
    }
  } else {
    out[mutates(r) ? "204" : "200"] = {{"description", "OK"}};
  }
  out["default"] = {{"$ref", "#/components/responses/Problem"}};
  return out;
}

json::array security(const Route& r) {
  if (has(r, kPublic)) return {};
  if (has(r, kWriteKey)) return {json::object{{"writeKey", json::array{}}}};
  return {json::object{{"session", json::array{}}}, json::object{{"bearer", json::array{}}}};
}

json::object operation(const Route& r) {
  json::object out{{"operationId", operation_id(r)},
                   {"summary", sv(r.zh)},
                   {"x-summary-en", sv(r.en)},
                   {"tags", json::array{r.media == "text/html" ? json::string_view("pages") : sv(tag_of(r.path))}},
                   {"x-permission", sv(r.permission)},
                   {"x-login", has(r, kLogin)},
                   {"x-audit", mutates(r) && !has(r, kNoAudit)},
                   {"x-idempotent", mutates(r) && !has(r, kPublic)},
                   {"security", security(r)}};
  if (auto list = parameters(r); !list.empty()) out["parameters"] = std::move(list);
  if (r.body || has(r, kUpload)) out["requestBody"] = body_of(r);
  out["responses"] = responses(r);
  return out;
}

json::object components() {
  static constexpr std::string_view kText = R"~({
    "securitySchemes": {
      "session": {"type": "apiKey", "in": "cookie", "name": "__Host-koipond", "description": "Mutations also carry X-Koipond-Csrf."},
      "bearer": {"type": "http", "scheme": "bearer"},
      "writeKey": {"type": "http", "scheme": "basic", "description": "The write key as user name, an empty password."}},
    "schemas": {"Problem": {"type": "object",
      "required": ["type", "title", "status", "code", "detail", "instance", "request_id", "retryable", "errors", "params"],
      "properties": {"type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"},
        "code": {"type": "string"}, "detail": {"type": "string"}, "instance": {"type": "string"},
        "request_id": {"type": "string"}, "retryable": {"type": "boolean"},
        "errors": {"type": "array", "items": {"type": "object", "required": ["pointer", "code", "detail"], "properties": {
          "pointer": {"type": "string"}, "code": {"type": "string"}, "detail": {"type": "string"}}}},
        "params": {"type": "object", "additionalProperties": {"type": "string"}}}}},
    "responses": {"Problem": {"description": "A refusal (RFC 9457)",
      "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}}})~";
  return json::parse(sv(kText)).as_object();
}

}  // namespace

std::string operation_id(const Route& route) {
  std::string out = lower_ascii(route.method);
  if (!route.path.starts_with("/v1/")) out += "Server";  // /metrics is not /v1/metrics
  for (auto part : split_text(route.path.substr(1), '/')) {
    if (part == "v1") continue;
    if (part.starts_with('{')) {
      const auto close = part.find('}');
      out += "By" + camel(part.substr(1, close - 1));
      part = part.substr(close + 1);
    }
    out += camel(part);
  }
  return out;
}

std::string openapi(std::span<const std::span<const Route>> tables) {
  json::object paths;
  for (const auto table : tables) {
    for (const auto& route : table) {
      auto& path = paths[sv(route.path)];
      if (!path.is_object()) path.emplace_object();
      path.as_object()[lower_ascii(route.method)] = operation(route);
    }
  }
  const json::object document{
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Koipond 锦鲤池"},
        {"version", "1"},
        {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}},
        {"description",
         "Ids are prefixed texts, money is whole fen (*_fen), times are RFC 3339 in UTC, lists page by cursor."}}},
      {"servers", {json::object{{"url", "/"}}}},
      {"paths", std::move(paths)},
      {"components", components()}};
  return json::serialize(document);
}

}  // namespace koi::http
