/// Short links: /s/SLUG leads to one of several places, by weight, browser, region and hour, as often as it may.
/// Owns entry_link, entry_link_turn, entry_link_day, entry_region. Appends ad_clicked (with a click id) and page_viewed.
#pragma once
#include "entry/doors.h"
#include "entry/spec.h"

namespace koi::entry {

struct LinkTag { static constexpr std::string_view prefix = "lnk"; };
using LinkId = Id<LinkTag>;

enum class TargetKind : std::uint8_t { url, code, page, form };
BOOST_DESCRIBE_ENUM(TargetKind, url, code, page, form)

/// One place a link may lead to. Conditions that are empty hold for everybody.
struct LinkTarget {
  std::string key;                   // names it in the sums; given when saved, kept when edited
  std::string name;
  TargetKind kind = TargetKind::url;
  std::string to;                    // an address, or the slug of a code, page or form of this house
  std::int64_t weight = 1;           // 0: rests
  std::vector<std::string> agents;   // any of kAgentClasses
  std::vector<std::string> regions;  // any of these, as the list of regions names them
  std::vector<Hours> hours;          // on the merchant's clock
};
struct LinkUtm { std::string source, medium, campaign, term, content; };
struct LinkSpec {
  std::string name, folder, channel, note;
  std::vector<LinkTarget> targets;
  std::optional<Instant> starts_at, ends_at;  // [start, end)
  std::int64_t click_cap = 0;                 // people, not machines; 0: none
  bool browser_only = false;                  // inside WeChat: a page that says how to open the browser
  bool carry = true;                          // utm_* and click ids go on to the target
  LinkUtm utm;                                // added to the target where neither it nor the visitor brings the name
  std::string fallback_url, fallback_text;    // when it does not lead on
  std::int64_t cost_total_fen = 0;
};
BOOST_DESCRIBE_STRUCT(LinkTarget, (), (key, name, kind, to, weight, agents, regions, hours))
BOOST_DESCRIBE_STRUCT(LinkUtm, (), (source, medium, campaign, term, content))
BOOST_DESCRIBE_STRUCT(LinkSpec, (), (name, folder, channel, note, targets, starts_at, ends_at, click_cap, browser_only, carry, utm, fallback_url, fallback_text, cost_total_fen))

struct LinkCounts { std::int64_t clicks = 0, bots = 0, asked = 0, turned = 0; };
BOOST_DESCRIBE_STRUCT(LinkCounts, (), (clicks, bots, asked, turned))
struct Link {
  LinkId id;
  std::string slug;
  DoorState state = DoorState::active;
  std::int64_t ver = 0;
  Instant created_at{}, updated_at{};
  LinkSpec spec;
  LinkCounts counts;
};

Result<LinkSpec> read_link(std::string_view json);
std::string link_schema();
/// invalid with the place: "entry.name", "entry.no_target", "entry.url", "entry.no_door" (no such code, page or form), "entry.weight",
/// "entry.agent", "entry.slot", "entry.slots_overlap", "entry.weekday", "entry.times", "entry.limit", "entry.target_key".
Result<> check_link(Tx& tx, const LinkSpec& spec);

struct CreateLink { LinkSpec spec; std::string slug, key; };
/// check_link's codes; "entry.slug", "entry.slug_taken", conflict "entry.key_reused", exhausted "entry.link_limit".
Result<Link> create_link(Tx& tx, const CreateLink& cmd);
struct EditLink { LinkId link; std::optional<std::int64_t> ver; LinkSpec spec; };
/// precondition "http.stale"; conflict "entry.door_deleted". A cap below what was clicked stops the link at once.
Result<Link> edit_link(Tx& tx, const EditLink& cmd);
/// Deleted stays deleted, and its address goes on answering with the fallback: conflict "entry.door_deleted".
Result<Link> set_link_state(Tx& tx, LinkId link, DoorState state);
/// not_found "entry.no_link".
Result<Link> find_link(Tx& tx, LinkId link);
Result<std::vector<Link>> list_links(Tx& tx, const DoorFilter& filter);

/// What a click leads to.
struct Landing {
  enum class Kind : std::uint8_t { go, ask, away, unknown } kind = Kind::unknown;
  LinkId link;
  std::string address;  // go: where to; ask: what to open in the browser; away: the fallback, may be ""
  std::string why;      // away: soon, over, full, paused, deleted, nowhere
  std::string words;    // away: the merchant's own
  std::string target;   // key
};
/// One click. A person's counts, against the cap too; a machine's is counted apart, leads to the same place and is no event. On the
/// Writer, on shard_of(slug): the cap is exact there.
Result<Landing> follow_link(Tx& tx, std::string_view slug, const Caller& caller);
/// Which target somebody meets; the same visitor meets the same while the definition stands. nullptr: none. Those whose conditions
/// all hold come first; only when there is none do those without conditions.
const LinkTarget* choose_target(const LinkSpec& spec, LinkId link, std::string_view visitor, std::string_view agent, std::string_view region, const Moment& moment);

struct LinkDay { LocalDay day{}; std::string target; std::int64_t clicks = 0, visitors = 0, bots = 0, asked = 0, turned = 0; };
/// Lines of the days that have any, in order; `from` to `to` included. invalid "entry.days".
Result<std::vector<LinkDay>> link_days(Tx& tx, LinkId link, LocalDay from, LocalDay to);

/// The list of regions: lines "1.2.0.0/16,浙江" or "1.2.0.0-1.2.3.255,浙江". Replaces the list; how many lines. invalid
/// "entry.region_line" with line:column, "entry.region_overlap".
Result<std::int64_t> put_regions(Tx& tx, std::string_view csv);
/// "" when nothing is known of the address.
Result<std::string> region_of(Tx& tx, std::string_view remote);

}  // namespace koi::entry
