/// One person's past as naive lists: what the oracle (plain.h) reads and random_rules.h makes up. Everything that
/// changes carries its time, so that the same history can be asked as of any instant.
#pragma once
#include <boost/json.hpp>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "base/types.h"

namespace koi::segments::plain {

/// A number as a fraction, so that averages and ratios compare exactly; under > 0. Numbers are in millionths, money
/// is fen as a number.
struct Number {
  __int128 over = 0;
  std::int64_t under = 1;
};
struct Length { Number ms; };
using Members = std::set<std::string>;
/// What a fact or property is at a moment. Missing is std::nullopt around it.
using Datum = std::variant<Number, std::string, bool, LocalDay, Instant, Length, Members, boost::json::array>;

inline Number number(std::int64_t whole) { return {static_cast<__int128>(whole) * 1'000'000, 1}; }

/// An event as the log has it; a repeat of (source, id) is there twice and counts once, as of the lower position.
struct Event {
  std::string kind;
  Instant at{};
  std::int64_t node = 0, position = 0;
  std::int64_t amount_fen = 0;
  std::string source = {}, id = {};
  boost::json::object props = {};
};

struct AttributeNews { std::string key; std::optional<Datum> value; Instant at{}; };  // nothing: cleared
struct TagHeld { std::string name; Instant at{}; std::optional<Instant> expires = {}; };  // "group/name" or "name"
struct RelationNews { std::string staff, state; Instant at{}; };
struct GroupNews { std::string group; bool joined = true; Instant at{}; };
struct ConsentNews { std::string channel, purpose; bool granted = true; Instant at{}; };

struct History {
  PersonId person{1};
  std::string zone = "Asia/Shanghai";  // the customer's
  bool erased = false;
  std::map<std::string, Datum> facts = {};  // the columns of the person's row by the names of fields.h; absent: missing
  std::vector<AttributeNews> attributes = {};
  std::vector<Event> events = {};
  std::vector<TagHeld> tags = {};
  std::vector<RelationNews> relations = {};
  std::vector<GroupNews> groups = {};
  std::vector<ConsentNews> consents = {};
  Members ids = {};                                          // namespaces, "wx_openid:wx1"
  std::set<std::pair<std::string, std::string>> reachable = {};  // channel, purpose
  Members segments = {}, lists = {};
  std::int64_t referred = 0, referred_by_them = 0;           // people brought, and brought by those
  std::map<std::string, std::vector<std::int64_t>> everybody = {};  // a number of everybody (millionths, or fen * 1e6), as of the last refresh
};

}  // namespace koi::segments::plain
