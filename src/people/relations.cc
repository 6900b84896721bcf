#include "people/relations.h"

#include <boost/json.hpp>

#include <algorithm>

#include "events/events.h"
#include "store/rows.h"

namespace koi::people {
namespace {

constexpr std::string_view kAddHistory =
    "INSERT INTO relation_history (origin_id, kind, other, at, state, person_id, via) VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT DO NOTHING";
constexpr std::string_view kFirstHistory =
    "INSERT INTO relation_history (origin_id, kind, other, at, state, person_id, via) VALUES ($1, $2, $3, $4, $5, $1, $6)";
constexpr std::string_view kPutFirst =
    "INSERT INTO relation (origin_id, kind, other, person_id, state, channel, via, first_at, at) VALUES ($1, $2, $3, $1, $4, $5, $6, $7, $7)";
// A state that is older than the one that stands only moves first_at. What the outside tells comes in any order, so nothing here
// may ask which word came first: at one instant a parting is the later word, and who brought them is the earliest that says so.
#define KOI_LAST_WORD(state) "CASE " state " WHEN 'active' THEN 0 WHEN 'joined' THEN 0 WHEN 'deleted_by_customer' THEN 1 WHEN 'left' THEN 1 WHEN 'deleted_by_staff' THEN 2 ELSE 3 END"
constexpr std::string_view kPut =
    "INSERT INTO relation (origin_id, kind, other, person_id, state, channel, via, first_at, at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (origin_id, kind, other) DO UPDATE SET "
    "state = CASE WHEN excluded.at > relation.at OR (excluded.at = relation.at AND " KOI_LAST_WORD("excluded.state") " >= " KOI_LAST_WORD("relation.state") ") "
    "THEN excluded.state ELSE relation.state END, "
    "channel = CASE WHEN excluded.channel <> '' AND excluded.at >= relation.at THEN excluded.channel ELSE relation.channel END, "
    "via = COALESCE((SELECT h.via FROM relation_history h WHERE h.origin_id = $1 AND h.kind = $2 AND h.other = $3 AND h.via <> '' ORDER BY h.at, h.state LIMIT 1), relation.via), "
    "first_at = CASE WHEN excluded.at < relation.first_at THEN excluded.at ELSE relation.first_at END, "
    "at = CASE WHEN excluded.at >= relation.at THEN excluded.at ELSE relation.at END";
// +: a person has few edges, a member of staff may have many thousands; SQLite would as soon walk those.
constexpr std::string_view kStanding =
    "SELECT origin_id, first_at FROM relation WHERE person_id = $1 AND kind = $2 AND +other = $3 ORDER BY first_at, origin_id LIMIT 1";
constexpr std::string_view kEdgesOf =
    "SELECT kind, other, state, channel, via, first_at, at FROM relation WHERE person_id = $1 "
    "ORDER BY kind DESC, at DESC, other LIMIT 500";
constexpr std::string_view kOwner = "SELECT owner_staff_id, unit_path, borrowed FROM person WHERE id = $1";
constexpr std::string_view kOwn =
    "UPDATE person SET owner_staff_id = $2, unit_path = $3, borrowed = borrowed - (borrowed & 1) WHERE id = $1";
constexpr std::string_view kAddOwner =
    "INSERT INTO owner_history (id, person_id, origin_id, owner_staff_id, unit_path, at) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kOwnersOf =
    "SELECT owner_staff_id, unit_path, at FROM owner_history WHERE person_id = $1 ORDER BY at DESC, id DESC LIMIT $2";
constexpr std::string_view kInviterOf = "SELECT inviter_id FROM person WHERE id = $1";
// Up the chain from the would-be inviter, root by root; UNION ends it even if a merge had closed a ring.
constexpr std::string_view kAbove =
    "WITH RECURSIVE up (id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT COALESCE(i.merged_into, i.id) FROM up "
    "JOIN person p ON p.id = up.id JOIN person i ON i.id = p.inviter_id) SELECT COUNT(*) FROM up WHERE id = $2";
constexpr std::string_view kInvite =
    "UPDATE person SET inviter_id = $2, borrowed = borrowed - (borrowed & 2) WHERE id = $1";
constexpr std::string_view kAddEdge =
    "INSERT INTO invite_edge (origin_id, person_id, inviter_node, at) VALUES ($1, $1, $2, $3) "
    "ON CONFLICT (origin_id) DO UPDATE SET inviter_node = excluded.inviter_node, at = excluded.at";
constexpr std::string_view kReferred =
    "UPDATE person SET referred_at = $2 WHERE id = $1 AND (referred_at IS NULL OR referred_at > $2)";
constexpr std::string_view kInvited =
    "SELECT COUNT(*) FROM person c JOIN person i ON i.id = c.inviter_id "
    "WHERE c.inviter_id IN (SELECT id FROM person WHERE id = $1 OR merged_into = $1) AND c.merged_into IS NULL";

[[maybe_unused]] const bool kFollow = follow("relation") && follow("relation_history") && follow("owner_history") &&
                                      follow("invite_edge");

/// What a state of an edge is as an event.
std::string_view event_of(std::string_view state) {
  if (state == "active") return "friend_added";
  if (state == "deleted_by_customer") return "friend_deleted_by_customer";
  if (state == "deleted_by_staff") return "friend_deleted_by_staff";
  if (state == "joined") return "group_joined";
  if (state == "left") return "group_left";
  return "friend_transferred";
}

bool state_fits(std::string_view kind, std::string_view state) {
  if (kind == "group") return state == "joined" || state == "left";
  return state == "active" || state == "deleted_by_customer" || state == "deleted_by_staff" || state == "transferred";
}

Result<> tell_relation(Tx& tx, PersonId root, const Relation& cmd, Instant at, Instant first_at) {
  const auto kind = event_of(cmd.state);
  boost::json::object props;
  if (cmd.kind == "staff") {
    props = {{"staff_id", to_text(StaffId{cmd.other})}, {"state", cmd.via}, {"add_way", cmd.channel}, {"welcome_sent", false}};
    if (cmd.state != "active")
      props = {{"staff_id", to_text(StaffId{cmd.other})},
               {"days_since_add", std::max<std::int64_t>(0, (at - first_at) / std::chrono::days(1))},
               {"last_touch_id", cmd.via}};
  } else {
    props = {{"group_id", std::to_string(cmd.other)}, {"join_way", cmd.via}, {"kicked_by", ""}};
  }
  if (!cmd.props.empty()) {
    const auto more = boost::json::parse(cmd.props);
    for (const auto& [key, value] : more.as_object()) props[key] = value;
  }
  const auto text = boost::json::serialize(props);
  events::Event event;
  event.kind = kind;
  event.person = root;
  event.subject = cmd.other;
  event.at = at;
  event.props = text;
  TRY(events::append(tx, event));
  return {};
}

StaffFaces& known_staff() {
  static StaffFaces fn = [](Tx&, std::span<const StaffId>) -> Result<std::vector<StaffFace>> { return std::vector<StaffFace>{}; };
  return fn;
}
ThingName& known_things() {
  static ThingName fn = nullptr;
  return fn;
}
StaffEdits& known_edits() {
  static StaffEdits fn = nullptr;
  return fn;
}

struct StandingRow { PersonId origin; Instant first_at; };
BOOST_DESCRIBE_STRUCT(StandingRow, (), (origin, first_at))
struct OwnerRow { std::optional<std::int64_t> owner; std::string unit_path; std::int64_t borrowed; };
BOOST_DESCRIBE_STRUCT(OwnerRow, (), (owner, unit_path, borrowed))

}  // namespace

Result<> relate(Tx& tx, const Relation& cmd) {
  if (cmd.kind != "staff" && cmd.kind != "group") return fail(Errc::invalid, "people.relation_kind", cmd.kind);
  if (!state_fits(cmd.kind, cmd.state)) return fail(Errc::invalid, "people.relation_state", cmd.state);
  const auto at = cmd.at == Instant{} ? tx.now() : cmd.at;
  if (cmd.newborn) {
    TRY(tx.append(kFirstHistory, cmd.person, cmd.kind, cmd.other, at, cmd.state, cmd.via));
    TRY(tx.append(kPutFirst, cmd.person, cmd.kind, cmd.other, cmd.state, cmd.channel, cmd.via, at));
    return tell_relation(tx, cmd.person, cmd, at, at);
  }
  TRY(const auto root, root_of(tx, cmd.person));
  // An edge that a merged node brought along goes on; a second one would say two things about one friendship.
  TRY(const auto old, tx.maybe<StandingRow>(kStanding, root, cmd.kind, cmd.other));
  const auto origin = old ? old->origin : root;
  TRY(const auto added, tx.exec(kAddHistory, origin, cmd.kind, cmd.other, at, cmd.state, root, cmd.via));
  if (added == 0) return {};
  TRY(tx.exec(kPut, origin, cmd.kind, cmd.other, root, cmd.state, cmd.channel, cmd.via, at));
  return tell_relation(tx, root, cmd, at, old ? std::min(old->first_at, at) : at);
}

Result<> assign_owner(Tx& tx, PersonId person, StaffId owner, std::string_view unit_path) {
  TRY(const auto root, root_of(tx, person));
  TRY(const auto had, tx.one<OwnerRow>(kOwner, root));
  if (had.owner.value_or(0) == owner.v && had.unit_path == unit_path && (had.borrowed & 1) == 0) return {};
  TRY(tx.exec(kOwn, root, owner, unit_path));
  TRY(tx.exec(kAddOwner, tx.next_number(), root, root, owner, unit_path, tx.now()));
  const auto props = boost::json::serialize(boost::json::object{
      {"staff_id", owner ? to_text(owner) : ""}, {"before", had.owner ? to_text(StaffId{*had.owner}) : ""}});
  TRY(events::append(tx, {.kind = "owner_changed", .person = root, .subject = owner.v, .props = props}));
  return {};
}

Result<> set_inviter(Tx& tx, PersonId person, PersonId inviter, Instant at) {
  TRY(const auto child, root_of(tx, person));
  TRY(const auto parent, root_of(tx, inviter));
  if (at == Instant{}) at = tx.now();
  TRY(const auto had, tx.one<std::optional<std::int64_t>>(kInviterOf, child));
  if (had) {
    TRY(const auto standing, root_of(tx, PersonId{*had}));
    if (standing == parent) return {};
    return fail(Errc::conflict, "people.has_inviter", to_text(standing));
  }
  TRY(const auto ring, tx.one<std::int64_t>(kAbove, parent, child));
  if (ring != 0) return fail(Errc::conflict, "people.inviter_cycle");
  TRY(tx.exec(kInvite, child, parent));
  TRY(tx.exec(kAddEdge, child, parent, at));
  TRY(tx.exec(kReferred, parent, at));
  const auto props = boost::json::serialize(boost::json::object{
      {"parent_person", to_text(parent)}, {"share_id", ""}, {"rule_v", 1}, {"verdict", "bound"}, {"risk", 0}});
  events::Event event;
  event.kind = "referral_bound";
  event.person = child;
  event.subject = parent.v;
  event.at = at;
  event.props = props;
  TRY(events::append(tx, event));
  return {};
}

bool know_staff(StaffFaces fn, StaffEdits edits) {
  known_staff() = fn;
  known_edits() = edits;
  return true;
}
bool know_things(ThingName fn) {
  known_things() = fn;
  return true;
}
Result<std::string> thing_name(Tx& tx, std::string_view thing) {
  return known_things() == nullptr || thing.empty() ? Result<std::string>() : known_things()(tx, thing);
}
StaffFaces staff_faces() { return known_staff(); }
Result<std::int64_t> staff_edits(Tx& tx) { return known_edits() == nullptr ? Result<std::int64_t>(0) : known_edits()(tx); }

Result<std::vector<Edge>> edges_of(Tx& tx, PersonId root) { return tx.all<Edge>(kEdgesOf, root); }
Result<std::vector<OwnerPast>> owners_of(Tx& tx, PersonId root, int limit) { return tx.all<OwnerPast>(kOwnersOf, root, limit); }
Result<std::int64_t> invited_by(Tx& tx, PersonId root) { return tx.one<std::int64_t>(kInvited, root); }

}  // namespace koi::people
