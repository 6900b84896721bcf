// Where each fact stands in the tables of people, as one statement over everybody or over one root.
#include <boost/json/parse.hpp>

#include "people/attributes.h"
#include "people/profile.h"
#include "segments/fact_column.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

using Kind = FactColumn::Kind;
using store::Statement;

struct PersonFact { std::string_view name, column; Kind kind; };
constexpr PersonFact kPersonFacts[] = {
    {"stage", "p.stage", Kind::text}, {"channel", "p.channel", Kind::text}, {"store", "p.store", Kind::text},
    {"created_at", "p.created_at", Kind::time}, {"first_seen_at", "p.first_seen_at", Kind::time}, {"last_seen_at", "p.last_seen_at", Kind::time},
    {"member_no", "p.member_no", Kind::text}, {"orders", "p.orders", Kind::whole}, {"paid", "p.paid_fen", Kind::whole},
    {"refunded", "p.refunded_fen", Kind::whole}, {"first_paid_at", "p.first_paid_at", Kind::time}, {"last_paid_at", "p.last_paid_at", Kind::time}};

// Each gives the root first. What limits it to one root is added behind.
constexpr std::string_view kOwner = "SELECT p.id, p.owner_staff_id FROM person p WHERE p.merged_into IS NULL AND p.owner_staff_id IS NOT NULL";
constexpr std::string_view kInviter =
    "SELECT p.id, COALESCE(q.merged_into, q.id) FROM person p JOIN person q ON q.id = p.inviter_id WHERE p.merged_into IS NULL";
constexpr std::string_view kTags =
    "SELECT a.person_id, COALESCE(g.name, ''), t.name, a.expires_at FROM tag_assignment a JOIN tag t ON t.id = a.tag_id "
    "LEFT JOIN tag_group g ON g.id = t.group_id WHERE (a.expires_at IS NULL OR a.expires_at > $1)";
constexpr std::string_view kRelations =
    "SELECT r.person_id, r.other, r.state, r.at FROM relation r WHERE r.kind = $1";
constexpr std::string_view kIds = "SELECT i.person_id, 1 FROM identifier i WHERE (i.ns = $1 OR (i.ns > $2 AND i.ns < $3))";
constexpr std::string_view kReachable = "SELECT r.person_id, 1 FROM reachability r WHERE r.channel = $1 AND r.purpose = $2";
constexpr std::string_view kConsent = "SELECT c.person_id, c.granted FROM consent_now c WHERE c.channel = $1 AND c.purpose = $2";
constexpr std::string_view kAttribute = "SELECT a.person_id, a.value, a.number FROM person_attribute a WHERE a.attribute_id = $1";
// Whom a root's people brought counts for the root above them as well.
constexpr std::string_view kBrought =
    "SELECT COALESCE(q.merged_into, q.id), p.id FROM person q JOIN person p ON p.inviter_id = q.id WHERE p.merged_into IS NULL";
constexpr std::string_view kBroughtByThem =
    "SELECT COALESCE(q.merged_into, q.id), p.id FROM person q JOIN person r ON r.inviter_id = q.id "
    "JOIN person i ON (i.id = r.id OR i.merged_into = r.id) JOIN person p ON p.inviter_id = i.id "
    "WHERE r.merged_into IS NULL AND p.merged_into IS NULL";
constexpr std::string_view kAnybody = "SELECT p.id, 1 FROM person p WHERE p.merged_into IS NULL";

constexpr std::size_t kTogether = 64;  // people a statement
constexpr std::string_view kSaid =
    "SELECT person_id, value, at FROM (SELECT person_id, value, COALESCE(since, at) AS at, attribute_id FROM attribute_history UNION ALL "
    "SELECT person_id, value, COALESCE(since, at) AS at, attribute_id FROM attribute_value) s WHERE attribute_id = $1";

class Reading {
 public:
  Reading(Tx& tx, const FactScope& scope) : tx_(tx), scope_(scope) {}

  /// fn(slot, row) for each row of people asked about; `root` is the column that names the root, or says through
  /// `node_root` beside it which root a node has. People of one statement are all there before the next one's.
  Result<> each(std::string_view sql, std::string_view root, std::vector<store::Param> params, std::string_view order, auto&& fn,
                std::string_view node_root = {}) {
    const auto read = [&](std::span<const PersonId> people, std::size_t width) -> Result<> {
      auto all = params;
      auto text = std::string(sql) + among(people, width, root, node_root, all) + std::string(order);
      return tx_.each_raw(text, all, [&](const Statement& row) -> Result<> {
        if (const auto slot = scope_.slot_of(row.integer(0))) fn(*slot, row);
        return {};
      });
    };
    if (scope_.one) return read(std::span(&scope_.one, 1), 1);
    for (std::size_t i = 0; i < scope_.some.size(); i += kTogether) TRY(read(scope_.some.subspan(i, std::min(kTogether, scope_.some.size() - i)), kTogether));
    return scope_.some.empty() ? read({}, 0) : Result<>{};
  }
  FactColumn column(Kind kind) const { return FactColumn(kind, scope_.slots); }
  Tx& tx() { return tx_; }

 private:
  /// " AND root IN ($2, $3, …)": always as wide, so that the statement is prepared once; the last one fills what is left.
  static std::string among(std::span<const PersonId> people, std::size_t width, std::string_view root, std::string_view node_root,
                           std::vector<store::Param>& params) {
    if (width == 0) return {};
    std::string list;
    for (std::size_t i = 0; i < width; ++i) {
      params.emplace_back(people[std::min(i, people.size() - 1)].v);
      list += (i == 0 ? "$" : ", $") + std::to_string(params.size());
    }
    const auto in = [&](std::string_view column) { return std::string(column) + " IN (" + list + ")"; };
    return node_root.empty() ? " AND " + in(root) : " AND (" + in(root) + " OR " + in(node_root) + ")";
  }
  Tx& tx_;
  const FactScope& scope_;
};

Result<FactColumn> person_fact(Reading& in, const PersonFact& fact) {
  auto out = in.column(fact.kind);
  const auto sql = "SELECT p.id, " + std::string(fact.column) + " FROM person p WHERE p.merged_into IS NULL";
  TRY(in.each(sql, "p.id", {}, "", [&](std::uint32_t slot, const Statement& row) {
    if (row.is_null(1)) return;
    if (fact.kind == Kind::text) out.put(slot, row.text(1));
    else out.put(slot, row.integer(1));
  }));
  return out;
}

Result<FactColumn> staff_fact(Reading& in, const Field& field) {
  auto out = in.column(Kind::text);
  std::vector<std::pair<std::uint32_t, StaffId>> owners;
  TRY(in.each(kOwner, "p.id", {}, "", [&](std::uint32_t slot, const Statement& row) { owners.push_back({slot, {row.integer(1)}}); }));
  std::vector<StaffId> staff;
  for (const auto& [slot, owner] : owners) staff.push_back(owner);
  std::ranges::sort(staff);
  const auto twice = std::ranges::unique(staff);
  staff.erase(twice.begin(), twice.end());
  std::vector<people::StaffFace> faces;
  if (const auto ask = people::staff_faces(); ask != nullptr && field.name != "staff") { TRY(faces, ask(in.tx(), staff)); }
  for (const auto& [slot, owner] : owners) {
    if (field.name == "staff") { out.put(slot, to_text(owner)); continue; }
    const auto face = std::ranges::find(faces, owner, &people::StaffFace::id);
    if (face == faces.end()) continue;
    const auto& said = field.name == "staff.name" ? face->name : face->place;
    if (!said.empty()) out.put(slot, said);  // who stands nowhere has no place
  }
  return out;
}

Result<FactColumn> inviter(Reading& in) {
  auto out = in.column(Kind::text);
  TRY(in.each(kInviter, "p.id", {}, "", [&](std::uint32_t slot, const Statement& row) { out.put(slot, to_text(PersonId{row.integer(1)})); }));
  return out;
}

Result<FactColumn> tags(Reading& in, Instant now) {
  auto out = in.column(Kind::set);
  TRY(in.each(kTags, "a.person_id", {now}, "", [&](std::uint32_t slot, const Statement& row) {
    const std::string group(row.text(1)), name(row.text(2));
    out.add(slot, group.empty() ? name : group + "/" + name);
    if (!row.is_null(3)) out.changes(slot, from_ms(row.integer(3)));
  }));
  out.settle();
  return out;
}

/// friends, groups and relation.*: the last state with each member of staff or chat.
Result<FactColumn> relations(Reading& in, const Field& field, Instant now) {
  const bool days = field.name == "relation.days", groups = field.name == "groups", states = field.name == "relation.state";
  auto out = in.column(days ? Kind::whole : Kind::set);
  struct Edge { std::uint32_t slot = 0; std::int64_t other = 0; std::string state; Instant at; };
  std::optional<Edge> edge;
  const auto take = [&] {
    const auto other = groups ? std::to_string(edge->other) : to_text(StaffId{edge->other});
    if (!field.args.empty() && field.args[0] != other) return;
    if (states) return out.add(edge->slot, edge->state);
    if (edge->state != (groups ? "joined" : "active")) return;
    if (!days) return out.add(edge->slot, other);
    const auto whole_days = std::chrono::floor<std::chrono::days>(now - edge->at).count();
    out.put(edge->slot, std::max<std::int64_t>(whole_days, out.number(edge->slot).value_or(0)));
    out.changes(edge->slot, next_day_since(edge->at, now));
  };
  // A person of several nodes may have met the same one on each of them: the newest stands.
  TRY(in.each(kRelations, "r.person_id", {groups ? "group" : "staff"}, " ORDER BY r.person_id, r.other, r.at, r.origin_id",
              [&](std::uint32_t slot, const Statement& row) {
    if (edge && (edge->slot != slot || edge->other != row.integer(1))) take();
    edge = Edge{slot, row.integer(1), std::string(row.text(2)), from_ms(row.integer(3))};
  }));
  if (edge) take();
  out.settle();
  return out;
}

Result<FactColumn> referrals(Reading& in, const Field& field) {
  auto out = in.column(Kind::whole);
  out.fill(0);
  const auto count = [&](std::uint32_t slot, const Statement&) { out.put(slot, *out.number(slot) + 1); };
  TRY(in.each(kBrought, "q.id", {}, "", count, "q.merged_into"));
  if (field.args[0] == "2") TRY(in.each(kBroughtByThem, "q.id", {}, "", count, "q.merged_into"));
  return out;
}

Result<FactColumn> identity(Reading& in, const Field& field) {
  const bool consent = field.name == "consent", id = field.name == "has_id";
  auto out = in.column(consent ? Kind::text : Kind::truth);
  if (!consent) out.fill(0);
  const auto low = field.args[0] + ":", high = field.args[0] + ";";  // "wx_openid" is every "wx_openid:…"
  std::vector<store::Param> params{field.args[0], id ? low : field.args[1]};
  if (id) params.emplace_back(high);
  TRY(in.each(id ? kIds : consent ? kConsent : kReachable, id ? "i.person_id" : consent ? "c.person_id" : "r.person_id", params, "",
              [&](std::uint32_t slot, const Statement& row) {
    if (consent) out.put(slot, row.integer(1) != 0 ? "granted" : "withdrawn");
    else out.put(slot, 1);
  }));
  return out;
}

Result<FactColumn> attribute(Reading& in, std::string_view key) {
  TRY(const auto defs, people::attribute_defs(in.tx()));
  const auto* def = people::find_def(defs, key);
  if (def == nullptr || def->sensitive) return in.column(Kind::text);  // nobody has it; what is sealed is not asked
  const auto kind = def->type == "number" ? Kind::micros : def->type == "money" ? Kind::whole : def->type == "date" ? Kind::day
                    : def->type == "multi" ? Kind::set : Kind::text;
  auto out = in.column(kind);
  TRY(in.each(kAttribute, "a.person_id", {def->id}, "", [&](std::uint32_t slot, const Statement& row) {
    if (kind == Kind::text) return out.put(slot, row.text(1));
    // Columns of a row: root, text, number.
    if (kind != Kind::set) return row.is_null(2) ? void() : out.put(slot, row.integer(2));
    boost::system::error_code wrong;
    const auto list = boost::json::parse(boost::json::string_view(row.text(1).data(), row.text(1).size()), wrong);
    if (wrong || !list.is_array()) return;
    for (const auto& one : list.get_array())
      if (one.is_string()) out.add(slot, std::string_view(one.get_string().data(), one.get_string().size()));
  }));
  out.settle(true);
  return out;
}

}  // namespace

Result<FactColumn> read_roots(Tx& tx, const FactScope& scope) {
  Reading in(tx, scope);
  auto out = in.column(Kind::truth);
  TRY(in.each(kAnybody, "p.id", {}, "", [&](std::uint32_t slot, const Statement&) { out.put(slot, 1); }));
  return out;
}

Result<FactColumn> read_fact(Tx& tx, const Field& field, const FactScope& scope, Instant now) {
  Reading in(tx, scope);
  if (const auto key = attribute_key(field)) return attribute(in, *key);
  const auto& name = field.name;
  if (name.starts_with("staff")) return staff_fact(in, field);
  if (name == "inviter") return inviter(in);
  if (name == "tags") return tags(in, now);
  if (name == "friends" || name == "groups" || name.starts_with("relation.")) return relations(in, field, now);
  if (name == "referrals") return referrals(in, field);
  if (name == "has_id" || name == "reachable" || name == "consent") return identity(in, field);
  const auto fact = std::ranges::find(kPersonFacts, std::string_view(name), &PersonFact::name);
  CHECK(fact != std::end(kPersonFacts));
  return person_fact(in, *fact);
}

Result<std::vector<ChangeRow>> read_changes(Tx& tx, const std::string& key, const FactScope& scope) {
  std::vector<ChangeRow> out;
  TRY(const auto defs, people::attribute_defs(tx));
  const auto* def = people::find_def(defs, key);
  if (def == nullptr || def->sensitive) return out;
  std::optional<ChangeRow> last;
  TRY(Reading(tx, scope).each(kSaid, "person_id", {def->id}, " ORDER BY person_id, at, value", [&](std::uint32_t slot, const Statement& row) {
    const bool had = last && last->slot == slot;
    ChangeRow now{slot, had ? last->after : "", std::string(row.text(1)), from_ms(row.integer(2))};
    if (now.before != now.after) out.push_back(now);
    last = std::move(now);
  }));
  return out;
}

}  // namespace koi::segments
