/// Inside the room: what short links, landing pages and forms share. A door is an address that somebody opens in a browser.
#pragma once
#include <boost/describe.hpp>
#include <map>

#include "entry/entry.h"
#include "people/people.h"

namespace koi::entry {

enum class DoorState : std::uint8_t { active, paused, deleted };
BOOST_DESCRIBE_ENUM(DoorState, active, paused, deleted)

/// Who opens a door, as far as the request says.
struct Caller {
  std::string visitor;                       // the browser's own id; "" when it has none yet
  std::map<std::string, std::string> touch;  // utm_*, click_id, public_platform
  std::string agent;                         // User-Agent
  std::string remote;                        // address
  bool machine = false;                      // a link reader, a crawler, a browser that loads ahead
};

/// What a list of doors selects, newest first.
struct DoorFilter { std::string q, folder, state; /* "": not deleted */ std::int64_t before = 0; int limit = 50; };

/// Operations on one door belong together.
inline ShardKey shard_of_slug(std::string_view slug) { return {std::hash<std::string_view>{}(slug)}; }

/// A slug nobody has: the given one, or eight letters. `taken` is "SELECT id FROM … WHERE slug = $1".
/// invalid "entry.slug", conflict "entry.slug_taken".
Result<std::string> free_slug(Tx& tx, std::string_view taken, std::string_view given);

/// An address a merchant may write: http(s) with a host, or of this site ("/c/…"); printable ASCII, no back-stroke, no user. "" is
/// left to the caller. invalid "entry.url".
Result<> check_address(std::string_view url, std::string_view pointer);
/// Trimmed text of `low` to `high` characters without control characters (line breaks pass). invalid "entry.limit".
Result<> check_text(std::string_view text, std::size_t low, std::size_t high, std::string_view pointer);
std::unexpected<Error> refuse(std::string_view code, Said said, std::string pointer);

/// The name a browser's id has among identifiers.
people::Ident visitor_ident(std::string_view visitor);
/// Whose browser it is, when that is known; 0 otherwise.
Result<PersonId> person_behind(Tx& tx, std::string_view visitor);

/// `url` with the values added that its query does not have yet.
std::string with_query(std::string_view url, const std::map<std::string, std::string>& values);
/// "gdt_vid" of what touch_of names "click_id": the name under which a click id goes on.
std::map<std::string, std::string> carried(const std::map<std::string, std::string>& touch);

/// The JSON text of an event's props: the given ones, then what the caller brought.
std::string door_props(std::initializer_list<std::pair<std::string_view, std::string_view>> own, const Caller& caller);

/// What the caller's browser is, in classes a definition names: wechat, wecom, qq, alipay, douyin, weibo, xiaohongshu, ios, android,
/// mobile, desktop.
std::vector<std::string_view> agent_classes(std::string_view agent);
inline constexpr std::string_view kAgentClasses[] = {"wechat", "wecom", "qq", "alipay", "douyin", "weibo", "xiaohongshu", "ios", "android", "mobile", "desktop"};
bool has_class(std::string_view agent, std::string_view one);

/// Whether this browser opens the door for the first time on this day of the merchant's.
Result<bool> first_today(Tx& tx, std::int64_t door, std::int64_t day, std::string_view visitor);
/// Forgets the browsers of days that are over, at most `limit`.
Result<std::int64_t> sweep_seen(Tx& tx, int limit);

/// For LIKE … ESCAPE '\': "" when there is nothing to look for.
std::string like_pattern(std::string_view q);

}  // namespace koi::entry
