/// How each C++ type travels: Wire<T> reads JSON and query text, writes JSON, and describes itself as JSON Schema.
/// The walkers that need no template stand in shape.cc. Rooms include http/wire.h.
#pragma once
#include <array>
#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <limits>

#include "http/http.h"

namespace boost::json {
class value;
}

namespace koi::http {

/// No query, no body, or no described reply.
struct None {};

/// Any JSON, passed through as text.
struct Json {
  std::string text = "null";
  friend bool operator==(const Json&, const Json&) = default;
};

namespace wire {

using Value = boost::json::value;

/// Where and why reading stopped; parents put their part in front of the pointer.
struct Fault {
  std::string code, detail, pointer;
};

/// One member of a described struct with what the untyped walkers need.
struct Field {
  std::string_view name;
  bool optional = false, repeated = false;
  bool (*read)(const Value&, void* object, Fault&) = nullptr;
  bool (*read_text)(std::string_view, void* object, Fault&) = nullptr;
  void (*write)(const void* object, std::string& out) = nullptr;
  void (*schema)(std::string& out, bool reply) = nullptr;
};

bool wrong_type(Fault& fault, std::string_view wanted);
bool read_integer(const Value& v, std::int64_t low, std::int64_t high, std::int64_t& out, Fault& fault);
bool read_number(const Value& v, double& out, Fault& fault);
bool read_boolean(const Value& v, bool& out, Fault& fault);
bool read_string(const Value& v, std::string& out, Fault& fault);
bool read_view(const Value& v, std::string_view wanted, std::string_view& out, Fault& fault);
bool read_any(const Value& v, std::string& out, Fault& fault);
bool is_null(const Value& v);
bool read_array(const Value& v, void* list, bool (*push)(const Value&, void*, Fault&), Fault& fault);
bool read_map(const Value& v, void* map, bool (*put)(std::string_view, const Value&, void*, Fault&), Fault& fault);
bool read_object(const Value& v, std::span<const Field> fields, void* object, Fault& fault);

bool integer_from_text(std::string_view text, std::int64_t low, std::int64_t high, std::int64_t& out, Fault& fault);
bool number_from_text(std::string_view text, double& out, Fault& fault);
bool boolean_from_text(std::string_view text, bool& out, Fault& fault);
bool string_from_text(std::string_view text, std::string& out, Fault& fault);

void write_integer(std::int64_t v, std::string& out);
void write_number(double v, std::string& out);
void write_string(std::string_view v, std::string& out);
void write_object(std::span<const Field> fields, const void* object, std::string& out);

void schema_object(std::span<const Field> fields, std::string& out, bool reply);
void schema_enum(std::span<const std::string_view> names, std::string& out);
void schema_id(std::string_view prefix, std::string& out);
void schema_nullable(void (*inner)(std::string&, bool), std::string& out, bool reply);

/// Parses a whole text and hands its root to `read`.
Result<> parse(std::string_view text, bool (*read)(const Value&, void*, Fault&), void* out);
Result<> parse_query(std::span<const std::pair<std::string, std::string>> query, std::span<const Field> fields,
                     void* out);

/// How one C++ type travels: read, read_text (query strings), write, schema. Specialise for a new scalar.
template <class T>
struct Wire;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
concept FromText = requires(std::string_view text, T& out, Fault& fault) {
  { Wire<T>::read_text(text, out, fault) } -> std::same_as<bool>;
};

template <>
struct Wire<bool> {
  static bool read(const Value& v, bool& out, Fault& f) { return read_boolean(v, out, f); }
  static bool read_text(std::string_view t, bool& out, Fault& f) { return boolean_from_text(t, out, f); }
  static void write(bool v, std::string& out) { out += v ? "true" : "false"; }
  static void schema(std::string& out, bool) { out += R"({"type":"boolean"})"; }
};

template <class I>
  requires(std::is_integral_v<I> && !std::is_same_v<I, bool>)
struct Wire<I> {
  static constexpr std::int64_t kLow =
      std::is_unsigned_v<I> ? 0 : static_cast<std::int64_t>(std::numeric_limits<I>::min());
  static constexpr std::int64_t kHigh = sizeof(I) == 8 ? std::numeric_limits<std::int64_t>::max()
                                                       : static_cast<std::int64_t>(std::numeric_limits<I>::max());
  static bool read(const Value& v, I& out, Fault& f) {
    std::int64_t n = 0;
    if (!read_integer(v, kLow, kHigh, n, f)) return false;
    out = static_cast<I>(n);
    return true;
  }
  static bool read_text(std::string_view t, I& out, Fault& f) {
    std::int64_t n = 0;
    if (!integer_from_text(t, kLow, kHigh, n, f)) return false;
    out = static_cast<I>(n);
    return true;
  }
  static void write(I v, std::string& out) { write_integer(static_cast<std::int64_t>(v), out); }
  static void schema(std::string& out, bool) { out += R"({"type":"integer","format":"int64"})"; }
};

template <>
struct Wire<double> {
  static bool read(const Value& v, double& out, Fault& f) { return read_number(v, out, f); }
  static bool read_text(std::string_view t, double& out, Fault& f) { return number_from_text(t, out, f); }
  static void write(double v, std::string& out) { write_number(v, out); }
  static void schema(std::string& out, bool) { out += R"({"type":"number"})"; }
};

template <>
struct Wire<std::string> {
  static bool read(const Value& v, std::string& out, Fault& f) { return read_string(v, out, f); }
  static bool read_text(std::string_view t, std::string& out, Fault& f) { return string_from_text(t, out, f); }
  static void write(const std::string& v, std::string& out) { write_string(v, out); }
  static void schema(std::string& out, bool) { out += R"({"type":"string"})"; }
};
/// Only on the way out.
template <>
struct Wire<std::string_view> {
  static void write(std::string_view v, std::string& out) { write_string(v, out); }
  static void schema(std::string& out, bool) { out += R"({"type":"string"})"; }
};

template <>
struct Wire<Json> {
  static bool read(const Value& v, Json& out, Fault& f) { return read_any(v, out.text, f); }
  static void write(const Json& v, std::string& out) { out += v.text.empty() ? "null" : v.text; }
  static void schema(std::string& out, bool) { out += "{}"; }
};

/// Scalars that travel as text share one reader: from_text does the work for bodies and query strings.
template <class T, class Self>
struct TextWire {
  static bool read(const Value& v, T& out, Fault& f) {
    std::string_view text;
    return read_view(v, Self::wanted(), text, f) && Self::read_text(text, out, f);
  }
};

template <class Tag>
struct Wire<Id<Tag>> : TextWire<Id<Tag>, Wire<Id<Tag>>> {
  static std::string wanted() { return "an id \"" + std::string(Tag::prefix) + "_…\""; }
  static bool read_text(std::string_view t, Id<Tag>& out, Fault& f) {
    const auto number = parse_id(Tag::prefix, t);
    if (!number) return wrong_type(f, wanted());
    out.v = *number;
    return true;
  }
  static void write(Id<Tag> v, std::string& out) { v ? write_string(to_text(v), out) : void(out += "null"); }
  static void schema(std::string& out, bool) { schema_id(Tag::prefix, out); }
};

template <>
struct Wire<Instant> : TextWire<Instant, Wire<Instant>> {
  static std::string_view wanted() { return "an RFC 3339 time"; }
  static bool read_text(std::string_view t, Instant& out, Fault& f);
  static void write(Instant v, std::string& out) { write_string(to_rfc3339(v), out); }
  static void schema(std::string& out, bool) { out += R"({"type":"string","format":"date-time"})"; }
};

template <>
struct Wire<LocalDay> : TextWire<LocalDay, Wire<LocalDay>> {
  static std::string_view wanted() { return "a day \"2026-11-22\""; }
  static bool read_text(std::string_view t, LocalDay& out, Fault& f);
  static void write(LocalDay v, std::string& out) { write_string(day_text(v), out); }
  static void schema(std::string& out, bool) { out += R"({"type":"string","format":"date"})"; }
};

/// Fen and Bps: whole numbers with a meaning.
template <class N>
  requires(std::is_same_v<N, Fen> || std::is_same_v<N, Bps>)
struct Wire<N> {
  static bool read(const Value& v, N& out, Fault& f) { return Wire<std::int64_t>::read(v, out.v, f); }
  static bool read_text(std::string_view t, N& out, Fault& f) { return Wire<std::int64_t>::read_text(t, out.v, f); }
  static void write(N v, std::string& out) { write_integer(v.v, out); }
  static void schema(std::string& out, bool reply) { Wire<std::int64_t>::schema(out, reply); }
};

template <class E>
constexpr auto enum_names() {
  return []<class... D>(boost::mp11::mp_list<D...>) {
    return std::array<std::string_view, sizeof...(D)>{D::name...};
  }(boost::mp11::mp_rename<boost::describe::describe_enumerators<E>, boost::mp11::mp_list>{});
}
template <class E>
constexpr auto enum_values() {
  return []<class... D>(boost::mp11::mp_list<D...>) {
    return std::array<E, sizeof...(D)>{D::value...};
  }(boost::mp11::mp_rename<boost::describe::describe_enumerators<E>, boost::mp11::mp_list>{});
}
/// The name of an enumerator on the wire: `none_` is "none".
constexpr std::string_view wire_name(std::string_view name) {
  return name.ends_with('_') ? name.substr(0, name.size() - 1) : name;
}
bool find_name(std::string_view text, std::span<const std::string_view> names, std::size_t& index, Fault& fault);

template <class E>
  requires(std::is_enum_v<E> && boost::describe::has_describe_enumerators<E>::value)
struct Wire<E> : TextWire<E, Wire<E>> {
  static constexpr auto kNames = enum_names<E>();
  static constexpr auto kValues = enum_values<E>();
  static std::string_view wanted() { return "a text"; }
  static bool read_text(std::string_view t, E& out, Fault& f) {
    std::size_t index = 0;
    if (!find_name(t, kNames, index, f)) return false;
    out = kValues[index];
    return true;
  }
  static void write(E v, std::string& out) {
    for (std::size_t i = 0; i < kValues.size(); ++i)
      if (kValues[i] == v) return write_string(wire_name(kNames[i]), out);
    out += "null";
  }
  static void schema(std::string& out, bool) { schema_enum(kNames, out); }
};

template <class T>
struct Wire<std::optional<T>> {
  static bool read(const Value& v, std::optional<T>& out, Fault& f) {
    if (!is_optional<T> && is_null(v)) return out.reset(), true;
    return Wire<T>::read(v, out.emplace(), f);
  }
  static bool read_text(std::string_view t, std::optional<T>& out, Fault& f)
    requires FromText<T>
  {
    return Wire<T>::read_text(t, out.emplace(), f);
  }
  static void write(const std::optional<T>& v, std::string& out) {
    if (v) return Wire<T>::write(*v, out);
    out += "null";
  }
  static void schema(std::string& out, bool reply) { schema_nullable(&Wire<T>::schema, out, reply); }
};

template <class T>
struct Wire<std::vector<T>> {
  static bool read(const Value& v, std::vector<T>& out, Fault& f) {
    out.clear();
    return read_array(
        v, &out,
        [](const Value& item, void* list, Fault& fault) {
          T one{};
          if (!Wire<T>::read(item, one, fault)) return false;
          static_cast<std::vector<T>*>(list)->push_back(std::move(one));
          return true;
        },
        f);
  }
  /// One more value of a repeated query parameter.
  static bool read_text(std::string_view t, std::vector<T>& out, Fault& f)
    requires FromText<T>
  {
    T one{};
    if (!Wire<T>::read_text(t, one, f)) return false;
    out.push_back(std::move(one));
    return true;
  }
  static void write(const std::vector<T>& v, std::string& out) {
    out += '[';
    for (bool first = true; const auto& item : v) {
      if (!std::exchange(first, false)) out += ',';
      Wire<T>::write(item, out);
    }
    out += ']';
  }
  static void schema(std::string& out, bool reply) {
    out += R"({"type":"array","items":)";
    Wire<T>::schema(out, reply);
    out += '}';
  }
};

template <class T, class Less>
struct Wire<std::map<std::string, T, Less>> {
  using Map = std::map<std::string, T, Less>;
  static bool read(const Value& v, Map& out, Fault& f) {
    out.clear();
    return read_map(
        v, &out,
        [](std::string_view name, const Value& item, void* map, Fault& fault) {
          return Wire<T>::read(item, (*static_cast<Map*>(map))[std::string(name)], fault);
        },
        f);
  }
  static void write(const Map& v, std::string& out) {
    out += '{';
    for (bool first = true; const auto& [name, item] : v) {
      if (!std::exchange(first, false)) out += ',';
      write_string(name, out);
      out += ':';
      Wire<T>::write(item, out);
    }
    out += '}';
  }
  static void schema(std::string& out, bool reply) {
    out += R"({"type":"object","additionalProperties":)";
    Wire<T>::schema(out, reply);
    out += '}';
  }
};

template <class T>
using Members = boost::mp11::mp_rename<
    boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>,
    boost::mp11::mp_list>;

template <class T, class D>
Field field() {
  using M = std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>;
  Field out;
  out.name = wire_name(D::name);
  out.optional = is_optional<M>;
  out.repeated = is_vector<M>;
  out.write = [](const void* o, std::string& text) { Wire<M>::write(static_cast<const T*>(o)->*D::pointer, text); };
  out.schema = &Wire<M>::schema;
  if constexpr (requires(const Value& v, M& m, Fault& f) { Wire<M>::read(v, m, f); }) {
    out.read = [](const Value& v, void* o, Fault& f) { return Wire<M>::read(v, static_cast<T*>(o)->*D::pointer, f); };
  }
  if constexpr (FromText<M>) {
    out.read_text = [](std::string_view t, void* o, Fault& f) {
      return Wire<M>::read_text(t, static_cast<T*>(o)->*D::pointer, f);
    };
  }
  return out;
}

template <class T>
std::span<const Field> fields_of() {
  static const auto kFields = []<class... D>(boost::mp11::mp_list<D...>) {
    return std::array<Field, sizeof...(D)>{field<T, D>()...};
  }(Members<T>{});
  return kFields;
}

template <class T>
  requires(boost::describe::has_describe_members<T>::value)
struct Wire<T> {
  static bool read(const Value& v, T& out, Fault& f) { return read_object(v, fields_of<T>(), &out, f); }
  static void write(const T& v, std::string& out) { write_object(fields_of<T>(), &v, out); }
  static void schema(std::string& out, bool reply) { schema_object(fields_of<T>(), out, reply); }
};

template <>
struct Wire<None> {
  static void write(const None&, std::string& out) { out += "{}"; }
  static void schema(std::string& out, bool) { out += R"({"type":"object"})"; }
};

}  // namespace wire

}  // namespace koi::http
