/// One call of the platform API at work, and how its parameters are read: leniently, as the platform reads them. For the
/// .cc files of the calls.
#pragma once
#include <boost/json.hpp>
#include <expected>
#include <optional>
#include <span>

#include "http/http.h"
#include "simulate/world.h"

namespace koi::simulate {

namespace json = boost::json;

struct Refusal { int code = 0; std::string hint; };
/// The fields of a good reply besides errcode and errmsg.
using Told = std::expected<json::object, Refusal>;
inline std::unexpected<Refusal> refuse(int code, std::string hint = {}) { return std::unexpected(Refusal{code, std::move(hint)}); }

std::string text_of(const json::value& v);
std::string text(const json::object& from, std::string_view key);
std::int64_t number(const json::object& from, std::string_view key, std::int64_t otherwise = 0);
bool flag(const json::object& from, std::string_view key, bool otherwise);
std::vector<std::string> texts(const json::object& from, std::string_view key);
std::vector<std::int64_t> numbers(const json::object& from, std::string_view key);
const json::object& object(const json::object& from, std::string_view key);   // empty when absent
const json::array& array(const json::object& from, std::string_view key);
inline bool has(const json::object& from, std::string_view key) { return from.if_contains(key) != nullptr; }
json::array list_of(const std::vector<std::string>& values);
json::array list_of(const std::vector<std::int64_t>& values);

struct Ask {
  World& world;
  const App& app;
  const http::Request& request;
  const json::object& body;
  Seconds now;
  std::optional<http::Reply> whole;   // a reply that is no JSON object, or one written for speed

  std::string text(std::string_view key) const { return simulate::text(body, key); }
  std::string query(std::string_view key) const { return request.query_value(key); }
  std::int64_t number(std::string_view key, std::int64_t otherwise = 0) const { return simulate::number(body, key, otherwise); }
  Corp& corp() const { return world.corp; }
  Books& books() const { return world.books; }
};

struct PlatformCall {
  std::string_view method, path;      // path without /cgi-bin/
  Told (*run)(Ask&);
  bool open = false;                  // needs no token
  bool sync = false;                  // the contact-sync secret may call it
};

/// limit and cursor of a list; 40058 outside [1, max] or for a cursor that is none of ours.
struct PageAsked { std::size_t limit = 0; std::uint64_t from = 0; };
std::expected<PageAsked, Refusal> page_of(const Ask& ask, std::int64_t usual, std::int64_t max);
std::string cursor_of(std::uint64_t from);
std::optional<std::uint64_t> read_cursor(std::string_view cursor);

/// errmsg of a code.
std::string_view words_of(int errcode);
/// "…", escaped.
void put_text(std::string& out, std::string_view text);

/// The staff member named in `key`; 40003 when unknown.
std::expected<StaffNo, Refusal> staff_in(const Ask& ask, const std::string& userid);
/// The relation; 40003, 40096, 84061.
std::expected<Relation*, Refusal> relation_in(const Ask& ask, const std::string& userid, const std::string& external);
/// Attachments of a message: count, kinds, lengths, media that live. 41064, 41065, 40058, 40007.
std::expected<void, Refusal> check_attachments(const Ask& ask, const json::array& list, std::size_t max);
/// A media id that may be used now: uploaded, not older than 3 days, for this use.
bool media_lives(const Ask& ask, const std::string& media_id, std::string_view use = "");

std::span<const PlatformCall> token_calls();
std::span<const PlatformCall> directory_calls();
std::span<const PlatformCall> contact_calls();
std::span<const PlatformCall> way_calls();
std::span<const PlatformCall> welcome_calls();
std::span<const PlatformCall> tag_calls();
std::span<const PlatformCall> group_calls();
std::span<const PlatformCall> join_way_calls();
std::span<const PlatformCall> mass_calls();
std::span<const PlatformCall> moment_calls();
std::span<const PlatformCall> transfer_calls();
std::span<const PlatformCall> group_transfer_calls();
std::span<const PlatformCall> intercept_calls();
std::span<const PlatformCall> archive_calls();
std::span<const PlatformCall> album_calls();
std::span<const PlatformCall> acquisition_calls();
std::span<const PlatformCall> statistic_calls();
std::span<const PlatformCall> message_calls();
std::span<const PlatformCall> media_calls();
std::span<const PlatformCall> identity_calls();

}  // namespace koi::simulate

