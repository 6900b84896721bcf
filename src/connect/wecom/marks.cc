// Tags given and taken here, put on and taken off at the platform.
#include <algorithm>
#include <map>
#include <set>

#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/tags.h"
#include "connect/wecom/walk.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct HeldTag { std::string corp_id, tag_id; };
BOOST_DESCRIBE_STRUCT(HeldTag, (), (corp_id, tag_id))
struct FriendTags { std::string corp_id, userid, external_userid; StaffId staff; std::string tags; };
BOOST_DESCRIBE_STRUCT(FriendTags, (), (corp_id, userid, external_userid, staff, tags))
struct MarkRow { std::string userid, external_userid, tag_id; bool wanted = false; std::int64_t tries = 0; };
BOOST_DESCRIBE_STRUCT(MarkRow, (), (userid, external_userid, tag_id, wanted, tries))

namespace {

constexpr std::string_view kConsumer = "connect.marks";
constexpr int kTurn = 256, kTurnWhole = 64 * 1024, kDueMax = 1000;

constexpr std::string_view kHeld =
    "SELECT DISTINCT m.corp_id, m.tag_id FROM tag_assignment a JOIN connect_wecom_tag m ON m.our_tag = a.tag_id WHERE a.person_id = $1 ORDER BY m.corp_id, m.tag_id LIMIT 3000";
// The owner's friendship first, then the oldest.
constexpr std::string_view kFriends =
    "SELECT c.corp_id, c.userid, c.external_userid, c.staff_id, c.tags FROM connect_wecom_contact c JOIN person p ON p.id = c.person_id WHERE c.person_id = $1 "
    "AND c.deleted_at IS NULL ORDER BY CASE WHEN c.staff_id = p.owner_staff_id THEN 0 ELSE 1 END, c.created_at, c.userid LIMIT 200";
constexpr std::string_view kPaired = "SELECT COUNT(*) FROM connect_wecom_tag WHERE corp_id = $1 AND tag_id = $2";
constexpr std::string_view kWant =
    "INSERT INTO connect_wecom_mark (corp_id, userid, external_userid, tag_id, wanted, try_at) VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (corp_id, userid, external_userid, tag_id) DO UPDATE SET wanted = excluded.wanted, tries = CASE WHEN connect_wecom_mark.wanted = excluded.wanted "
    "THEN connect_wecom_mark.tries ELSE 0 END, try_at = CASE WHEN connect_wecom_mark.wanted = excluded.wanted THEN connect_wecom_mark.try_at ELSE excluded.try_at END";
constexpr std::string_view kUnwant = "DELETE FROM connect_wecom_mark WHERE corp_id = $1 AND userid = $2 AND external_userid = $3 AND tag_id = $4";
constexpr std::string_view kPending = "SELECT userid, external_userid, tag_id, wanted, tries FROM connect_wecom_mark WHERE corp_id = $1 AND userid = $2 AND external_userid = $3 LIMIT 3000";
constexpr std::string_view kDue =
    "SELECT userid, external_userid, tag_id, wanted, tries FROM connect_wecom_mark WHERE corp_id = $1 AND try_at <= $2 ORDER BY userid, external_userid, tag_id LIMIT $3";
constexpr std::string_view kDone = "DELETE FROM connect_wecom_mark WHERE corp_id = $1 AND userid = $2 AND external_userid = $3 AND tag_id = $4 AND wanted = $5";
constexpr std::string_view kLater =
    "UPDATE connect_wecom_mark SET tries = tries + 1, try_at = $5, error = $6 WHERE corp_id = $1 AND userid = $2 AND external_userid = $3 AND tag_id = $4";
constexpr std::string_view kTags = "SELECT tags FROM connect_wecom_contact WHERE corp_id = $1 AND userid = $2 AND external_userid = $3 AND deleted_at IS NULL";
constexpr std::string_view kSetTags = "UPDATE connect_wecom_contact SET tags = $4, changed_at = $5 WHERE corp_id = $1 AND userid = $2 AND external_userid = $3";

using TagSet = std::set<std::string, std::less<>>;
TagSet set_of(std::string_view text) {
  TagSet out;
  if (text.empty()) return out;
  for (const auto t : split_text(text, ',')) out.emplace(t);
  return out;
}
std::string text_of(const TagSet& tags) {
  std::string out;
  for (const auto& t : tags) out += (out.empty() ? "" : ",") + t;
  return out;
}

/// What one person holds against what their friendships show: a tag they hold stands on one friendship at least, one they do not
/// hold on none. What was pulled is so already, so nothing comes back as an echo.
Result<> want_marks(Tx& tx, PersonId person) {
  TRY(const auto friends, tx.all<FriendTags>(kFriends, person));
  if (friends.empty()) return {};
  TRY(const auto held_rows, tx.all<HeldTag>(kHeld, person));
  std::map<std::string, TagSet> held;
  for (const auto& h : held_rows) held[h.corp_id].insert(h.tag_id);
  std::map<std::string, TagSet> shown;
  for (const auto& f : friends) {
    const auto tags = set_of(f.tags);
    shown[f.corp_id].insert(tags.begin(), tags.end());
    for (const auto& tag : tags) {
      if (held[f.corp_id].contains(tag)) {
        TRY(tx.exec(kUnwant, f.corp_id, f.userid, f.external_userid, tag));
        continue;
      }
      TRY(const auto paired, tx.one<std::int64_t>(kPaired, f.corp_id, tag));
      if (paired) TRY(tx.exec(kWant, f.corp_id, f.userid, f.external_userid, tag, 0, tx.now()));
    }
  }
  std::set<std::string> done;
  for (const auto& f : friends) {
    TRY(const auto pending, tx.all<MarkRow>(kPending, f.corp_id, f.userid, f.external_userid));
    for (const auto& p : pending)  // given and taken again before it was said
      if (p.wanted && !held[f.corp_id].contains(p.tag_id)) TRY(tx.exec(kUnwant, f.corp_id, f.userid, f.external_userid, p.tag_id));
    if (!done.insert(f.corp_id).second) continue;  // the first friendship of a corp takes what none shows
    for (const auto& tag : held[f.corp_id])
      if (!shown[f.corp_id].contains(tag)) TRY(tx.exec(kWant, f.corp_id, f.userid, f.external_userid, tag, 1, tx.now()));
  }
  return {};
}

bool is_over(const Error& e) {
  for (const int code : {84061, 84074, 40096, 40003, 60111, 46004, 40068})
    if (refused_with(e, code)) return true;
  return false;
}

/// The marks of one friendship, said in one call.
Result<> send(Db& db, Platform& platform, const std::string& corp, const std::vector<MarkRow>& marks) {
  json::array add, drop;
  for (const auto& m : marks) (m.wanted ? add : drop).emplace_back(m.tag_id);
  json::object body{{"userid", marks.front().userid}, {"external_userid", marks.front().external_userid}};
  if (!add.empty()) body["add_tag"] = std::move(add);
  if (!drop.empty()) body["remove_tag"] = std::move(drop);
  const auto reply = platform.ask("externalcontact/mark_tag", std::move(body));
  if (!reply && reply.error().code != "connect.wecom_refused") return std::unexpected(reply.error());
  return db.write([&](Tx& tx) -> Result<> {
    for (const auto& m : marks) {
      if (reply || is_over(reply.error())) {
        TRY(tx.exec(kDone, corp, m.userid, m.external_userid, m.tag_id, m.wanted));
        continue;
      }
      const auto wait = std::chrono::minutes(1LL << std::min<std::int64_t>(m.tries, 10));
      TRY(tx.exec(kLater, corp, m.userid, m.external_userid, m.tag_id, tx.now() + wait, reply.error().detail));
    }
    if (!reply) return {};
    TRY(const auto had, tx.maybe<std::string>(kTags, corp, marks.front().userid, marks.front().external_userid));
    if (!had) return {};
    auto tags = set_of(*had);
    for (const auto& m : marks) {
      if (m.wanted) tags.insert(m.tag_id);
      else tags.erase(m.tag_id);
    }
    TRY(tx.exec(kSetTags, corp, marks.front().userid, marks.front().external_userid, text_of(tags), tx.now()));
    return {};
  }, shard_of_corp(corp));
}

}  // namespace

Result<std::size_t> turn_marks(Tx& tx, events::Pace pace) {
  TRY(const auto from, events::cursor(tx, kConsumer));
  std::vector<std::int64_t> kinds;
  for (const auto* name : {"tag_added", "tag_removed"}) {
    TRY(const auto kind, events::find_kind(tx, name));
    if (kind) kinds.push_back(kind->id);
  }
  events::Seq last = from;
  TRY(const auto batch, events::after_of(tx, from, pace == events::Pace::gentle ? kTurn : kTurnWhole, kinds, last));
  if (last == from) return 0;
  std::set<PersonId> people;
  for (const auto& e : batch) {
    if (!e.person) continue;
    const auto root = people::root_of(tx, e.person);
    if (root) people.insert(*root);
    else if (root.error().kind != Errc::not_found) return std::unexpected(root.error());
  }
  for (const auto person : people) TRY(want_marks(tx, person));
  TRY(events::move_cursor(tx, kConsumer, from, last));
  return static_cast<std::size_t>(last - from);
}

Result<int> send_marks(Db& db, Platform& platform, const std::string& corp, int limit) {
  TRY(const auto due, db.read([&](Tx& tx) { return tx.all<MarkRow>(kDue, corp, tx.now(), kDueMax); }));
  int sent = 0;
  for (auto from = due.begin(); from != due.end() && sent < limit; ++sent) {
    std::vector<MarkRow> one;
    auto at = from;
    for (; at != due.end() && at->userid == from->userid && at->external_userid == from->external_userid; ++at) one.push_back(*at);
    TRY(send(db, platform, corp, one));
    from = at;
  }
  return sent;
}

}  // namespace koi::connect::wecom
