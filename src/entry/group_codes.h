/// How they come into groups: one printed code in front of an unlimited pool of groups, who is shown which, and a seat for
/// everybody who is shown one.
/// Owns entry_group_code, entry_group_turn, entry_group_entry, entry_group_link, entry_group_seat, entry_group_join, entry_group_day,
/// entry_group_image, entry_join_way, group_chat. Appends code_scanned, group_joined, group_left.
/// Source: features.md §3 群活码, §9b Group codes; wechat-ecosystem.md §1.8.
#pragma once
#include "entry/entry.h"

namespace koi::entry {

struct GroupCodeTag { static constexpr std::string_view prefix = "gcd"; };
using GroupCodeId = Id<GroupCodeTag>;
struct GroupEntryTag { static constexpr std::string_view prefix = "gen"; };
using GroupEntryId = Id<GroupEntryTag>;
struct GroupImageTag { static constexpr std::string_view prefix = "gim"; };
using GroupImageId = Id<GroupImageTag>;
struct GroupTag { static constexpr std::string_view prefix = "grp"; };
using GroupId = Id<GroupTag>;

// ---- what a group code is ----------------------------------------------------------------------------------------

/// join: a join way of the platform, made by a connector; image: a picture somebody uploads again every seven days.
enum class GroupEntryKind : std::uint8_t { join, image };
/// Which entry is asked first. fill: in order; store, category: the visitor's, after asking which.
enum class GroupRule : std::uint8_t { fill, weight, round_robin, store, category };
enum class GroupAudience : std::uint8_t { everyone, newcomers, customers };
/// What somebody meets who is in a group of the code already.
enum class Rejoin : std::uint8_t { page, same };

struct GroupEntry {
  std::optional<GroupEntryId> id;  // absent: a new one
  std::string name;
  GroupEntryKind kind = GroupEntryKind::image;
  bool on = true;
  std::int64_t weight = 1;
  std::int64_t cap = 0;            // people in groups through this entry; 0: none given
  std::string category;
  std::optional<UnitId> store;
  std::vector<std::string> tags;   // only for people who hold one of them ("group/name" or "name")
  GroupAudience audience = GroupAudience::everyone;
  /// Chat ids of the platform. join: 1 to 200 in order, of which the platform's way holds the first five with room; image: the one
  /// the picture leads to, when it is known: then members are counted, else everybody who was shown it.
  std::vector<std::string> chats;
  bool auto_create = true;         // join: the platform makes the next group when all are full
  std::string room_base_name;      // at most 40 characters
  std::int64_t room_base_id = 1;
  std::optional<GroupImageId> image;  // put here by uploads
};
/// What answers when no entry can: a live code of staff first, then an address, then words and a phone number.
struct GroupFallback { std::optional<CodeId> code; std::string url, text, phone; };

/// The definition, kept as JSON text; what is absent has the value given here.
struct GroupSpec {
  std::string name, folder, channel, note;
  std::optional<UnitId> unit;      // whose it is; none: everybody's who sees all
  GroupRule rule = GroupRule::fill;
  std::vector<GroupEntry> entries;
  std::int64_t group_cap = 200;    // members of a group before the next is shown
  std::int64_t code_cap = 0;       // people in groups through this code; 0: none given
  std::int64_t hold_minutes = 15;  // how long a shown seat is kept
  Rejoin rejoin = Rejoin::page;
  std::string title, guide, rejoin_text;  // words of the page
  GroupFallback fallback;
};

struct GroupCode {
  GroupCodeId id;
  std::string slug;
  CodeState state = CodeState::active;
  std::int64_t ver = 0;
  Instant created_at{}, updated_at{};
  GroupSpec spec;
};
struct SavedGroupCode { GroupCode code; std::vector<Advice> advice; };

inline constexpr std::size_t kGroupsInWay = 5, kRoomNameMax = 40, kGroupImageMax = 2 << 20;

/// Codes of http/wire.h.
Result<GroupSpec> read_group_spec(std::string_view json);
std::string group_spec_text(const GroupSpec& spec);

// ---- making and changing -----------------------------------------------------------------------------------------

struct CreateGroupCode {
  GroupSpec spec;
  std::string slug;  // "": eight characters nobody guesses
  std::string key;   // repeat key; "": none
};
/// invalid with the place: "entry.name", "entry.limit", "entry.url", "entry.tag", "entry.weight", "entry.rule", "entry.slug",
/// "entry.unknown_unit", "entry.group_entry", "entry.group_chats", "entry.group_room", "entry.group_image", "entry.no_code";
/// conflict "entry.slug_taken", "entry.key_reused"; forbidden "entry.out_of_reach"; exhausted "entry.code_limit".
/// What is allowed and probably not meant comes back as advice.
Result<SavedGroupCode> create_group_code(Tx& tx, const Scope& scope, const CreateGroupCode& cmd);
struct EditGroupCode { GroupCodeId code; std::optional<std::int64_t> ver; GroupSpec spec; };
/// precondition "http.stale". Posters keep their address; seats of entries that are gone run out.
Result<SavedGroupCode> edit_group_code(Tx& tx, const Scope& scope, const EditGroupCode& cmd);
/// What is paused or deleted goes on answering with the fallback. conflict "entry.deleted".
Result<GroupCode> set_group_code_state(Tx& tx, const Scope& scope, GroupCodeId code, CodeState state);
/// The same pool under another address; pictures are copied.
Result<SavedGroupCode> clone_group_code(Tx& tx, const Scope& scope, GroupCodeId code, std::string_view name, std::string_view key);
/// not_found "entry.no_code", also outside the scope.
Result<GroupCode> find_group_code(Tx& tx, const Scope& scope, GroupCodeId code);
struct GroupCodeFilter {
  std::string q, folder, channel, state;  // state "": not deleted
  GroupCodeId before;                      // newest first; 0: from the newest
  int limit = 50;
};
Result<std::vector<GroupCode>> list_group_codes(Tx& tx, const Scope& scope, const GroupCodeFilter& filter);
inline ShardKey shard_of(GroupCodeId code) { return {static_cast<std::uint64_t>(code.v)}; }

// ---- pictures ----------------------------------------------------------------------------------------------------

struct GroupImage {
  GroupImageId id;
  GroupCodeId code;
  GroupEntryId entry;
  std::string type;  // image/png, image/jpeg
  std::int64_t size = 0;
  Instant uploaded_at{}, expires_at{};
};
struct PutGroupImage {
  GroupCodeId code;
  GroupImageId instead;               // 0: a new entry at the end of the pool
  std::string_view bytes;
  std::string name;                   // of a new entry
  std::optional<Instant> expires_at;  // none: in seven days
};
/// A PNG or JPEG of at most 2 MB, as its first bytes say. invalid "entry.group_image", "entry.group_image_time"; too_large
/// "entry.group_image_size"; not_found "entry.no_image"; exhausted "entry.group_image_limit". The definition's ver moves.
Result<GroupImage> put_group_image(Tx& tx, const Scope& scope, const PutGroupImage& cmd);
/// Its entry goes with it. not_found "entry.no_image".
Result<> drop_group_image(Tx& tx, const Scope& scope, GroupCodeId code, GroupImageId image);
Result<std::vector<GroupImage>> group_images(Tx& tx, const Scope& scope, GroupCodeId code);
struct GroupImageBytes { std::string type, bytes; };
Result<GroupImageBytes> group_image_bytes(Tx& tx, const Scope& scope, GroupCodeId code, GroupImageId image);

// ---- a scan ------------------------------------------------------------------------------------------------------

struct GroupScan {
  GroupCodeId code;
  std::string visitor;  // the browser's own id, "" when there is none
  PersonId person;      // when it is known who scans
  std::string scene = "page";
  std::map<std::string, std::string> touch;
  UnitId store;
  std::string category;
  bool again = false;   // is in already, and asks to see the group's code all the same
};
/// What a visitor may choose from.
struct GroupChoice { std::string name; UnitId store; std::string category; };
struct GroupShown {
  GroupCodeId code;
  std::string kind;          // group, member (in already), pick, code (a staff code), url, text
  GroupEntryId entry;
  GroupEntryKind entry_kind = GroupEntryKind::join;
  GroupImageId image;
  std::string name, qr_url;  // group, member: what it is called; the platform's picture of a join way
  std::string code_slug;     // code
  std::string url, phone;
  Said words, reason;        // reason: why this one, read by people
  bool again = false;        // no second seat
  Instant hold_until{};
  std::optional<Instant> good_until;  // an image's end
  std::vector<GroupChoice> choices;
};
/// Which group the visitor is shown. Always answers; takes a seat for hold_minutes. Appends code_scanned. not_found
/// "entry.no_code". On the Writer, on shard_of(code).
Result<GroupShown> show_group(Tx& tx, const GroupScan& scan);
/// What the next `visitors` (1-100) strangers would be shown; nothing stays of it. On the Writer. invalid "entry.preview_size".
Result<std::vector<GroupShown>> preview_groups(Tx& tx, const GroupScan& scan, int visitors);

// ---- how it stands -----------------------------------------------------------------------------------------------

struct GroupStand {
  GroupId id;
  std::string chat_id, name, owner, state;
  std::int64_t people = 0;  // counted by the platform, and who came and went since
  bool extra = false;       // made by the platform
};
struct GroupEntryStand {
  GroupEntryId id;
  bool ready = false;                // there is something to show
  std::string qr_url, error;         // join
  bool auto_stopped = false;         // join: the platform refuses to make groups for it
  std::optional<Instant> expires_at; // image
  std::int64_t held = 0, joined = 0;
  std::optional<std::int64_t> left;  // seats; nothing: no end
  std::vector<GroupStand> groups;
};
Result<std::vector<GroupEntryStand>> group_stands(Tx& tx, const GroupCode& code);

/// From a scan to a member who stayed. A line's people are those whom the code brought first in the period.
struct GroupFunnel {
  std::int64_t joins = 0, quits = 0;
  std::int64_t week = 0, stayed = 0;  // who came seven days ago or longer; and of them, who stayed that long
};
struct GroupLine { GroupId group; std::string chat_id, name; GroupEntryId entry; GroupFunnel sums; };
struct GroupEntryLine { GroupEntryId entry; std::string name; std::int64_t scans = 0, visitors = 0; GroupFunnel sums; };
struct GroupDayLine { LocalDay day{}; std::int64_t scans = 0, visitors = 0, joins = 0, quits = 0; };
struct GroupStats {
  std::int64_t scans = 0, visitors = 0, unserved = 0;
  GroupFunnel sums;
  std::vector<GroupEntryLine> entries;
  std::vector<GroupLine> groups;
  std::vector<GroupDayLine> days;
};
/// Days [from, to] in the merchant's zone. invalid "entry.period" (1-366 days).
Result<GroupStats> group_stats(Tx& tx, const Scope& scope, GroupCodeId code, LocalDay from, LocalDay to);
/// A line of a list: the last 30 days, and what is ready to be shown.
struct GroupCodeSums { std::int64_t scans = 0, visitors = 0, unserved = 0, joins = 0, quits = 0, week = 0, stayed = 0; };
struct GroupBrief {
  std::int64_t ready = 0, alarms = 0;
  std::optional<Instant> first_image_end;
  GroupCodeSums sums;
};
Result<GroupBrief> group_brief(Tx& tx, const GroupCode& code);
/// Open alarms first, newest first: group_dismissed, group_owner_left, group_image_expiring, group_image_expired, group_full,
/// join_failed, group_auto_stopped. Closed by close_alarm.
Result<std::vector<Alarm>> group_alarms(Tx& tx, const Scope& scope, GroupCodeId code, int limit);
/// Groups by name or chat id, for whoever picks some.
Result<std::vector<GroupStand>> list_group_chats(Tx& tx, std::string_view q, GroupId after, int limit);

// ---- furniture ---------------------------------------------------------------------------------------------------

/// What time alone brings about: pictures that end, seats past their days, groups the platform may make again. For a timer.
Result<> keep_group_time(Db& db);
std::span<const Route> group_code_routes();

}  // namespace koi::entry
