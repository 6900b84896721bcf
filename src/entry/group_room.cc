#include "entry/group_room.h"

#include <algorithm>
#include <set>

#include "entry/alarms.h"
#include "entry/group_arrivals.h"
#include "store/rows.h"

namespace koi::entry {

BOOST_DESCRIBE_STRUCT(LinkedChat, (), (group, chat_id, name, owner, state, people, extra, filled))

namespace {

constexpr std::string_view kCountScan =
    "INSERT INTO entry_group_day (code_id, day, entry_id, scans, visitors) VALUES ($1, $2, $3, 1, $4) ON CONFLICT (code_id, day, entry_id) DO UPDATE SET "
    "scans = entry_group_day.scans + 1, visitors = entry_group_day.visitors + excluded.visitors";
// A member is counted once: by the platform up to counted_at, by what we heard after it.
constexpr std::string_view kChats =
    "SELECT l.group_id, c.chat_id, c.name, c.owner, c.state, c.members "
    "+ (SELECT COUNT(*) FROM entry_group_join j WHERE j.group_id = l.group_id AND j.joined_at > c.counted_at AND j.joined_at > j.left_at) "
    "- (SELECT COUNT(*) FROM entry_group_join j WHERE j.group_id = l.group_id AND j.left_at > c.counted_at AND j.joined_at <= c.counted_at), "
    "l.extra, CASE WHEN c.filled_at > c.counted_at THEN 1 ELSE 0 END "
    "FROM entry_group_link l JOIN group_chat c ON c.id = l.group_id WHERE l.entry_id = $1 AND l.extra < 2 ORDER BY l.place, l.group_id LIMIT 2000";
constexpr std::string_view kShared =
    "SELECT DISTINCT a.group_id FROM entry_group_link a JOIN entry_group_link b ON b.group_id = a.group_id WHERE a.entry_id = $1 AND b.code_id <> a.code_id "
    "ORDER BY a.group_id LIMIT 2000";
constexpr std::string_view kTakeChat = "UPDATE group_chat SET filled_at = filled_at WHERE id = $1";
// Whoever holds a seat of an entry beside may end in the same group.
constexpr std::string_view kHeldBeside =
    "SELECT COUNT(*) FROM entry_group_seat s WHERE s.state = 'held' AND s.expires_at > $2 AND s.entry_id IN "
    "(SELECT b.entry_id FROM entry_group_link a JOIN entry_group_link b ON b.group_id = a.group_id WHERE a.entry_id = $1)";
constexpr std::string_view kShownImage = "SELECT COUNT(*) FROM entry_group_seat WHERE image_id = $1 AND image_id <> 0";
constexpr std::string_view kHeldEntry = "SELECT COUNT(*) FROM entry_group_seat WHERE state = 'held' AND entry_id = $1 AND expires_at > $2";
constexpr std::string_view kJoinedEntry = "SELECT COUNT(*) FROM entry_group_join WHERE code_id = $1 AND entry_id = $2 AND joined_at > left_at";
constexpr std::string_view kHeldCode = "SELECT COUNT(*) FROM entry_group_seat WHERE state = 'held' AND code_id = $1 AND expires_at > $2";
constexpr std::string_view kJoinedCode = "SELECT COUNT(*) FROM entry_group_join WHERE code_id = $1 AND joined_at > left_at";
constexpr std::string_view kCodesOf = "SELECT DISTINCT code_id FROM entry_group_link WHERE group_id = $1 AND extra < 2 ORDER BY code_id LIMIT 1000";
constexpr std::string_view kAddEntry =
    "INSERT INTO entry_group_entry (id, code_id, dropped, day, day_shown) VALUES ($1, $2, 0, 0, 0) ON CONFLICT (id) DO UPDATE SET dropped = 0";
constexpr std::string_view kEntries = "SELECT id FROM entry_group_entry WHERE code_id = $1 AND dropped = 0 ORDER BY id LIMIT 1000";
constexpr std::string_view kDropEntry = "UPDATE entry_group_entry SET dropped = 1 WHERE id = $1";
constexpr std::string_view kTakeOut = "UPDATE entry_group_link SET extra = 2 WHERE entry_id = $1 AND extra = 0";
constexpr std::string_view kLink =
    "INSERT INTO entry_group_link (entry_id, group_id, code_id, kind, place, extra) VALUES ($1, $2, $3, $4, $5, 0) "
    "ON CONFLICT (entry_id, group_id) DO UPDATE SET place = excluded.place, extra = 0";
constexpr std::string_view kLinkExtra =
    "INSERT INTO entry_group_link (entry_id, group_id, code_id, kind, place, extra) VALUES ($1, $2, $3, 'join', "
    "(SELECT COALESCE(MAX(place), 0) + 1 FROM entry_group_link WHERE entry_id = $1), 1) ON CONFLICT (entry_id, group_id) DO NOTHING";
constexpr std::string_view kDropJoin =
    "UPDATE entry_join_way SET wanted = 0, want_ver = want_ver + 1, try_at = $2 WHERE entry_id = $1 AND wanted = 1";

/// A picture whose group nobody named: whoever was shown it counts as in it.
bool is_blind(const KnownEntry& known) { return known.entry.kind == GroupEntryKind::image && known.entry.chats.empty(); }

}  // namespace

Result<std::vector<LinkedChat>> chats_of(Tx& tx, GroupEntryId entry) {
  TRY(auto out, tx.all<LinkedChat>(kChats, entry));
  for (auto& chat : out) chat.people = std::max<std::int64_t>(0, chat.people);
  return out;
}

std::vector<LinkedChat> window_of(std::span<const LinkedChat> chats, std::int64_t cap) {
  std::vector<LinkedChat> out;
  for (const auto& chat : chats)
    if (chat.fits(cap) && out.size() < kGroupsInWay) out.push_back(chat);
  if (!out.empty()) return out;
  for (const auto& chat : chats)
    if (chat.state == "open") out.assign(1, chat);
  return out;
}

bool is_ready(const KnownEntry& known, Instant now) {
  if (known.entry.kind == GroupEntryKind::join) return !known.qr_url.empty();
  return known.image_until && *known.image_until > now;
}

Result<std::optional<std::int64_t>> room_of(Tx& tx, const KnownGroupCode& code, const KnownEntry& known) {
  TRY(const auto shared, tx.all<std::int64_t>(kShared, known.id));
  for (const auto group : shared) TRY(tx.exec(kTakeChat, group));
  return seats_left_of(tx, code, known);
}

Result<std::optional<std::int64_t>> seats_left_of(Tx& tx, const KnownGroupCode& code, const KnownEntry& known) {
  std::optional<std::int64_t> room;
  if (is_blind(known)) {
    TRY(const auto shown, tx.one<std::int64_t>(kShownImage, known.entry.image ? known.entry.image->v : 0));
    room = code.code.spec.group_cap - shown;
  } else {
    TRY(const auto chats, chats_of(tx, known.id));
    const auto window = window_of(chats, code.code.spec.group_cap);
    const bool makes_more = known.entry.kind == GroupEntryKind::join && known.entry.auto_create && known.auto_off_until <= tx.now();
    if (window.empty()) return std::optional<std::int64_t>(0);
    if (!makes_more) {
      TRY(const auto held, tx.one<std::int64_t>(kHeldBeside, known.id, tx.now()));
      room = -held;
      for (const auto& chat : window)
        if (!chat.filled) *room += std::max<std::int64_t>(0, code.code.spec.group_cap - chat.people);
    }
  }
  if (known.entry.cap > 0) {
    TRY(const auto people, people_of(tx, code.code.id, known.id));
    const auto left = known.entry.cap - people.held - people.joined;
    room = room ? std::min(*room, left) : left;
  }
  if (room) room = std::max<std::int64_t>(0, *room);
  return room;
}

Result<EntryPeople> people_of(Tx& tx, GroupCodeId code, GroupEntryId entry) {
  EntryPeople out;
  TRY(out.held, tx.one<std::int64_t>(kHeldEntry, entry, tx.now()));
  TRY(out.joined, tx.one<std::int64_t>(kJoinedEntry, code, entry));
  return out;
}

Result<> count_group_scan(Tx& tx, GroupCodeId code, std::int64_t day, GroupEntryId entry, bool first) {
  TRY(tx.exec(kCountScan, code, day, entry.v, first ? 1 : 0));
  return {};
}

Result<std::int64_t> taken_of(Tx& tx, GroupCodeId code) {
  TRY(const auto held, tx.one<std::int64_t>(kHeldCode, code, tx.now()));
  TRY(const auto joined, tx.one<std::int64_t>(kJoinedCode, code));
  return held + joined;
}

Result<std::vector<GroupCodeId>> codes_of_group(Tx& tx, GroupId group) { return tx.all<GroupCodeId>(kCodesOf, group); }

Result<> write_links(Tx& tx, const GroupCode& code) {
  std::set<GroupEntryId> named;
  for (const auto& e : code.spec.entries) {
    CHECK(e.id.has_value());
    named.insert(*e.id);
    TRY(tx.exec(kAddEntry, *e.id, code.id));
    TRY(tx.exec(kTakeOut, *e.id));
    for (std::size_t i = 0; i < e.chats.size(); ++i) {
      TRY(const auto group, group_of_chat(tx, e.chats[i]));
      TRY(tx.exec(kLink, *e.id, group, code.id, enum_text(e.kind), i));
    }
  }
  TRY(const auto standing, tx.all<GroupEntryId>(kEntries, code.id));
  const auto later = tx.now() + std::chrono::minutes(code.spec.hold_minutes);
  for (const auto id : standing) {
    if (named.contains(id) && code.state != CodeState::deleted) continue;
    if (!named.contains(id)) TRY(tx.exec(kDropEntry, id));
    TRY(tx.exec(kDropJoin, id, later));
  }
  TRY(group_code_changed(tx, code.id));
  if (code.state == CodeState::deleted) return {};
  TRY(const auto known, take_group_turn(tx, code.id));
  for (const auto& e : known->entries) TRY(want_join(tx, *known, e));
  return {};
}

Result<> link_extra(Tx& tx, GroupCodeId code, GroupEntryId entry, GroupId group) {
  TRY(tx.exec(kLinkExtra, entry, group, code));
  return {};
}

Result<> tend_group(Tx& tx, GroupId group) {
  TRY(const auto codes, codes_of_group(tx, group));
  for (const auto code : codes) {
    TRY(const auto known, take_group_turn(tx, code));
    if (known->code.state == CodeState::deleted) continue;
    for (const auto& e : known->entries) {
      if (e.entry.kind != GroupEntryKind::join) continue;
      TRY(want_join(tx, *known, e));
    }
  }
  return {};
}

}  // namespace koi::entry
