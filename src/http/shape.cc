#include "http/shape.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace koi::http::wire {

namespace json = boost::json;

namespace {

std::string_view kind_word(const Value& v) {
  switch (v.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a text";
    case json::kind::array:
      return "a list";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

bool fault_at(Fault& fault, std::string_view code, std::string detail) {
  fault.code = code;
  fault.detail = std::move(detail);
  return false;
}

bool wrong_kind(Fault& fault, std::string_view wanted, const Value& got) {
  return fault_at(fault, "http.wrong_type", "wanted " + std::string(wanted) + ", got " + std::string(kind_word(got)));
}

void put_in_front(Fault& fault, std::string_view part) {
  std::string head = "/";
  for (const char c : part) {  // RFC 6901
    if (c == '~')
      head += "~0";
    else if (c == '/')
      head += "~1";
    else
      head += c;
  }
  fault.pointer.insert(0, head);
}

std::string suggestion(std::string_view word, std::span<const Field> fields) {
  std::vector<std::string_view> known;
  for (const auto& f : fields) known.push_back(f.name);
  const auto near = nearest(word, known);
  return near.empty() ? std::string() : "did you mean \"" + std::string(near) + "\"?";
}

}  // namespace

bool wrong_type(Fault& fault, std::string_view wanted) {
  return fault_at(fault, "http.wrong_type", "wanted " + std::string(wanted));
}

bool is_null(const Value& v) { return v.is_null(); }

bool read_integer(const Value& v, std::int64_t low, std::int64_t high, std::int64_t& out, Fault& fault) {
  if (const auto* i = v.if_int64())
    out = *i;
  else if (v.is_uint64())
    return wrong_type(fault, "a smaller whole number");
  else
    return wrong_kind(fault, "a whole number", v);
  if (out < low || out > high)
    return wrong_type(fault, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  return true;
}

bool read_number(const Value& v, double& out, Fault& fault) {
  if (!v.is_number()) return wrong_kind(fault, "a number", v);
  out = v.to_number<double>();
  return std::isfinite(out) || wrong_type(fault, "a finite number");
}

bool read_boolean(const Value& v, bool& out, Fault& fault) {
  if (!v.is_bool()) return wrong_kind(fault, "true or false", v);
  out = v.get_bool();
  return true;
}

bool read_view(const Value& v, std::string_view wanted, std::string_view& out, Fault& fault) {
  const auto* s = v.if_string();
  if (!s) return wrong_kind(fault, wanted, v);
  out = {s->data(), s->size()};
  return true;
}

bool read_string(const Value& v, std::string& out, Fault& fault) {
  std::string_view text;
  return read_view(v, "a text", text, fault) && string_from_text(text, out, fault);
}

bool read_any(const Value& v, std::string& out, Fault&) {
  out = json::serialize(v);
  return true;
}

bool read_array(const Value& v, void* list, bool (*push)(const Value&, void*, Fault&), Fault& fault) {
  const auto* items = v.if_array();
  if (!items) return wrong_kind(fault, "a list", v);
  for (std::size_t i = 0; i < items->size(); ++i) {
    if (push((*items)[i], list, fault)) continue;
    put_in_front(fault, std::to_string(i));
    return false;
  }
  return true;
}

bool read_map(const Value& v, void* map, bool (*put)(std::string_view, const Value&, void*, Fault&), Fault& fault) {
  const auto* items = v.if_object();
  if (!items) return wrong_kind(fault, "an object", v);
  for (const auto& item : *items) {
    if (put({item.key().data(), item.key().size()}, item.value(), map, fault)) continue;
    put_in_front(fault, {item.key().data(), item.key().size()});
    return false;
  }
  return true;
}

/// The first member that no field takes, before anything else is judged: a misspelt name is also a missing one.
static bool refuse_unknown(const json::object& members, std::span<const Field> fields, Fault& fault) {
  for (const auto& item : members) {
    const std::string_view name{item.key().data(), item.key().size()};
    if (std::ranges::find(fields, name, &Field::name) != fields.end()) continue;
    fault_at(fault, "http.unknown_field", suggestion(name, fields));
    put_in_front(fault, name);
    return false;
  }
  return true;
}

bool read_object(const Value& v, std::span<const Field> fields, void* object, Fault& fault) {
  const auto* members = v.if_object();
  if (!members) return wrong_kind(fault, "an object", v);
  if (!refuse_unknown(*members, fields, fault)) return false;
  for (const auto& f : fields) {
    const auto* item = members->if_contains({f.name.data(), f.name.size()});
    if (!item && f.optional) continue;
    const bool fine = item && f.read
                          ? f.read(*item, object, fault)
                          : fault_at(fault, "http.missing_field", "\"" + std::string(f.name) + "\" is required");
    if (fine) continue;
    put_in_front(fault, f.name);
    return false;
  }
  return true;
}

bool integer_from_text(std::string_view text, std::int64_t low, std::int64_t high, std::int64_t& out, Fault& fault) {
  const auto number = parse_int(text);
  if (!number) return wrong_type(fault, "a whole number");
  if (*number < low || *number > high)
    return wrong_type(fault, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  out = *number;
  return true;
}

bool number_from_text(std::string_view text, double& out, Fault& fault) {
  const auto number = parse_double(text);
  if (!number || !std::isfinite(*number)) return wrong_type(fault, "a number");
  out = *number;
  return true;
}

bool boolean_from_text(std::string_view text, bool& out, Fault& fault) {
  if (text != "true" && text != "false" && text != "1" && text != "0") return wrong_type(fault, "true or false");
  out = text == "true" || text == "1";
  return true;
}

/// PostgreSQL's TEXT cannot hold a zero byte, so no text with one may come in.
bool string_from_text(std::string_view text, std::string& out, Fault& fault) {
  if (text.find('\0') != text.npos) return fault_at(fault, "http.bad_text", "a text may not hold a zero byte");
  if (!valid_utf8(text)) return fault_at(fault, "http.bad_text", "a text must be UTF-8");
  out.assign(text);
  return true;
}

bool Wire<Instant>::read_text(std::string_view t, Instant& out, Fault& f) {
  const auto at = parse_rfc3339(t);
  if (!at) return wrong_type(f, wanted());
  out = *at;
  return true;
}

bool Wire<LocalDay>::read_text(std::string_view t, LocalDay& out, Fault& f) {
  const auto day = parse_day(t);
  if (!day) return wrong_type(f, wanted());
  out = *day;
  return true;
}

bool find_name(std::string_view text, std::span<const std::string_view> names, std::size_t& index, Fault& fault) {
  std::vector<std::string_view> known;
  for (index = 0; index < names.size(); ++index) {
    known.push_back(wire_name(names[index]));
    if (text == known.back()) return true;
  }
  std::string wanted = "one of";
  for (const auto name : known) wanted += " \"" + std::string(name) + "\"";
  const auto near = nearest(text, known);
  if (!near.empty()) wanted += "; did you mean \"" + std::string(near) + "\"?";
  return wrong_type(fault, wanted);
}

void write_integer(std::int64_t v, std::string& out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
  out.append(digits, end);
}

void write_number(double v, std::string& out) {
  if (!std::isfinite(v)) {
    out += "null";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
  out.append(digits, end);
}

void write_string(std::string_view v, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t from = 0;
  for (std::size_t i = 0; i < v.size(); ++i) {
    const auto c = static_cast<unsigned char>(v[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(v, from, i - from);
    from = i + 1;
    out += '\\';
    switch (c) {
      case '"':
        out += '"';
        break;
      case '\\':
        out += '\\';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out += "u00", out += kHex[c >> 4], out += kHex[c & 15];
    }
  }
  out.append(v, from);
  out += '"';
}

void write_object(std::span<const Field> fields, const void* object, std::string& out) {
  out += '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i) out += ',';
    out += '"';
    out += fields[i].name;
    out += "\":";
    fields[i].write(object, out);
  }
  out += '}';
}

void schema_object(std::span<const Field> fields, std::string& out, bool reply) {
  // A shape inside itself (a tree) stays open at the second level: inlined schemas have no name to point at.
  static thread_local std::vector<const Field*> open;
  if (std::ranges::find(open, fields.data()) != open.end()) {
    out += R"({"type":"object"})";
    return;
  }
  open.push_back(fields.data());
  std::string required;
  out += R"({"type":"object","properties":{)";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i) out += ',';
    write_string(fields[i].name, out);
    out += ':';
    fields[i].schema(out, reply);
    if (fields[i].optional && !reply) continue;
    if (!required.empty()) required += ',';
    write_string(fields[i].name, required);
  }
  out += '}';
  if (!required.empty()) out += ",\"required\":[" + required + "]";
  if (!reply) out += ",\"additionalProperties\":false";
  out += '}';
  open.pop_back();
}

void schema_enum(std::span<const std::string_view> names, std::string& out) {
  out += R"({"type":"string","enum":[)";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i) out += ',';
    write_string(wire_name(names[i]), out);
  }
  out += "]}";
}

void schema_id(std::string_view prefix, std::string& out) {
  out += R"({"type":"string","pattern":"^)" + std::string(prefix) + R"(_[0-9a-z]{13}$"})";
}

void schema_nullable(void (*inner)(std::string&, bool), std::string& out, bool reply) {
  std::string plain;
  inner(plain, reply);
  if (plain == "{}" || plain.ends_with(R"(,{"type":"null"}]})"))
    out += plain;
  else
    out += R"({"anyOf":[)" + plain + R"(,{"type":"null"}]})";
}

Result<> parse(std::string_view text, bool (*read)(const Value&, void*, Fault&), void* out) {
  unsigned char buffer[4096];  // most bodies are small: parse them without touching the heap
  json::monotonic_resource memory(buffer);
  json::error_code why;
  const auto root = json::parse({text.data(), text.size()}, why, &memory, {.max_depth = 64});
  if (why) return fail(Errc::malformed, "http.bad_json", why.message());
  Fault fault;
  if (read(root, out, fault)) return {};
  return fail(Errc::invalid, fault.code, std::move(fault.detail), std::move(fault.pointer));
}

Result<> parse_query(std::span<const std::pair<std::string, std::string>> query, std::span<const Field> fields,
                     void* out) {
  std::vector<bool> met(fields.size());
  for (const auto& [name, text] : query) {
    const auto f = std::ranges::find(fields, std::string_view(name), &Field::name);
    if (f == fields.end() || !f->read_text)
      return fail(Errc::malformed, "http.unknown_query", suggestion(name, fields), "?" + name);
    const auto i = static_cast<std::size_t>(f - fields.begin());
    Fault fault{"http.wrong_type", "given twice", {}};
    if ((met[i] && !f->repeated) || !f->read_text(text, out, fault))
      return fail(Errc::malformed, "http.bad_query", std::move(fault.detail), "?" + name);
    met[i] = true;
  }
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (!met[i] && !fields[i].optional && !fields[i].repeated)
      return fail(Errc::malformed, "http.bad_query", "a value is required", "?" + std::string(fields[i].name));
  return {};
}

}  // namespace koi::http::wire
