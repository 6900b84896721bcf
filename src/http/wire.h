/// Shapes on the wire: described structs from JSON bodies and query strings, to JSON replies and to JSON Schema.
/// For api.cc files. How each type travels stands in shape.h.
///
///   struct Body { PersonId person_id; std::optional<std::string> note; };
///   BOOST_DESCRIBE_STRUCT(Body, (), (person_id, note))
///
/// Strict both ways: a field that is not optional is required, an unknown field is refused with a suggestion, a number
/// is not a text. Optional fields may be absent or null; std::optional<std::optional<T>> tells the two apart (PATCH).
/// A trailing underscore of a member is not on the wire (`default_` is "default").
/// Codes: malformed "http.bad_json"; invalid "http.missing_field", "http.wrong_type", "http.unknown_field",
/// "http.bad_text"; query strings: malformed "http.bad_query", "http.unknown_query"; cursors: "http.bad_cursor".
#pragma once
#include "http/shape.h"

namespace koi::http {

/// A page of a list: rows, where to go on, and the instant the numbers are true of.
template <class T>
struct Page {
  std::vector<T> data;
  std::optional<std::string> next;
  Instant as_of{};
  BOOST_DESCRIBE_CLASS(Page, (), (data, next, as_of), (), ())
};

/// The JSON text of a described value.
template <class T>
std::string json_of(const T& value) {
  std::string out;
  wire::Wire<T>::write(value, out);
  return out;
}
template <class T>
Result<T> parse_json(std::string_view text) {
  T out{};
  TRY(wire::parse(
      text,
      [](const wire::Value& v, void* to, wire::Fault& f) { return wire::Wire<T>::read(v, *static_cast<T*>(to), f); },
      &out));
  return out;
}

/// The JSON Schema (2020-12) of a body or query; of a reply, where every field is always there.
template <class T>
std::string schema_of() {
  std::string out;
  wire::Wire<T>::schema(out, false);
  return out;
}
template <class T>
std::string reply_schema_of() {
  std::string out;
  wire::Wire<T>::schema(out, true);
  return out;
}

template <class T>
Reply ok(const T& value) {
  return {200, json_of(value), "application/json", {}};
}
template <class T>
Reply created(const T& value) {
  return {201, json_of(value), "application/json", {}};
}
/// Taken on: the work goes on after the reply.
template <class T>
Reply accepted(const T& value) {
  return {202, json_of(value), "application/json", {}};
}
inline Reply no_content() { return {204, {}, {}, {}}; }

/// One line of a route table, schemas from the types.
template <class Query, class Body, class ReplyT>
constexpr Route route(std::string_view method, std::string_view path, std::string_view permission, Handler handler,
                      std::string_view zh, std::string_view en, unsigned flags = kNone) {
  Route out{method, path, permission, handler, zh, en};
  if constexpr (!std::is_same_v<Query, None>) out.query = &schema_of<Query>;
  if constexpr (!std::is_same_v<Body, None>) out.body = &schema_of<Body>;
  if constexpr (!std::is_same_v<ReplyT, None>) out.reply = &reply_schema_of<ReplyT>;
  out.flags = flags;
  return out;
}

/// The same line for what is answered in other shapes than JSON.
constexpr Route of_media(Route line, std::string_view media) {
  line.media = media;
  return line;
}

/// `?limit=&after=` of a list: 1–200 rows, 50 when absent; "http.bad_query" outside.
Result<int> page_limit(const std::optional<std::int64_t>& limit, int usual = 50);
/// A place in a list as opaque text; what comes back must have `size` numbers, else malformed "http.bad_cursor".
std::string encode_cursor(const std::vector<std::int64_t>& place);
Result<std::vector<std::int64_t>> decode_cursor(std::string_view text, std::size_t size);

/// Adds the strong ETag of a definition's version.
Reply with_etag(Reply reply, std::int64_t version);
/// The version the caller edits, from If-Match; nothing for "*" or no header. malformed "http.bad_if_match".
Result<std::optional<std::int64_t>> if_match(const Call& call);
/// precondition "http.stale" unless If-Match (when sent) names `version`. Call it inside the write.
Result<> check_match(const Call& call, std::int64_t version);

template <class T>
Result<T> Call::body() const {
  return parse_json<T>(request().body);
}
template <class T>
Result<T> Call::query() const {
  T out{};
  TRY(wire::parse_query(request().query, wire::fields_of<T>(), &out));
  return out;
}

}  // namespace koi::http
