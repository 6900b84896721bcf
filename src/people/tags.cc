// Giving and taking. Each change is one row, one event and one step of the tag's count.
#include "people/tags.h"

#include <boost/json.hpp>

#include <algorithm>

#include "base/text.h"
#include "events/events.h"
#include "store/rows.h"

namespace koi::people {
namespace {

struct TagRow { TagId id; TagGroupId group; std::string name; bool exclusive, archived; };
BOOST_DESCRIBE_STRUCT(TagRow, (), (id, group, name, exclusive, archived))
#define KOI_TAG_ROW                                                                                        \
  "SELECT t.id, t.group_id, t.name, COALESCE(g.exclusive, 0), CASE WHEN t.archived_at IS NULL THEN 0 ELSE 1 END " \
  "FROM tag t LEFT JOIN tag_group g ON g.id = t.group_id "
constexpr std::string_view kTagById = KOI_TAG_ROW "WHERE t.id = $1";
constexpr std::string_view kTagInGroup = KOI_TAG_ROW "WHERE t.name = $1 AND g.name = $2";
constexpr std::string_view kTagAnywhere = KOI_TAG_ROW "WHERE t.name = $1 ORDER BY t.group_id, t.id LIMIT 1";
constexpr std::string_view kGroupNamed = "SELECT id FROM tag_group WHERE name = $1";
constexpr std::string_view kHeldRows =
    "SELECT origin_id, tag_id, source, by_whom, why, 1, at, expires_at FROM tag_assignment "
    "WHERE person_id = $1 AND tag_id = $2 ORDER BY source, origin_id";
constexpr std::string_view kHeldInGroup =
    "SELECT DISTINCT a.tag_id FROM tag_assignment a JOIN tag t ON t.id = a.tag_id "
    "WHERE a.person_id = $1 AND t.group_id = $2 AND a.tag_id <> $3 ORDER BY a.tag_id";
constexpr std::string_view kGive =
    "INSERT INTO tag_assignment (person_id, origin_id, tag_id, source, by_whom, why, at, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
constexpr std::string_view kExtend =
    "UPDATE tag_assignment SET expires_at = $4 WHERE origin_id = $1 AND tag_id = $2 AND source = $3";
constexpr std::string_view kTake = "DELETE FROM tag_assignment WHERE origin_id = $1 AND tag_id = $2 AND source = $3";
constexpr std::string_view kCountUp = "UPDATE tag SET people = people + 1, last_used_at = $2 WHERE id = $1";
constexpr std::string_view kCountDown = "UPDATE tag SET people = people - 1 WHERE id = $1";
constexpr std::string_view kExpired =
    "SELECT DISTINCT person_id, tag_id FROM (SELECT person_id, tag_id FROM tag_assignment "
    "WHERE expires_at <= $1 AND expires_at IS NOT NULL ORDER BY expires_at LIMIT $2) e";
constexpr std::string_view kExpiredOf =
    "SELECT origin_id, tag_id, source, by_whom, why, 1, at, expires_at FROM tag_assignment "
    "WHERE person_id = $1 AND tag_id = $2 AND expires_at <= $3";
constexpr std::string_view kTagsOf =
    "SELECT t.id, COALESCE(g.name, ''), t.name, t.color, a.source, a.by_whom, a.why, a.at, a.expires_at "
    "FROM tag_assignment a JOIN tag t ON t.id = a.tag_id LEFT JOIN tag_group g ON g.id = t.group_id "
    "WHERE a.person_id = $1 ORDER BY COALESCE(g.position, 1000000), COALESCE(g.name, ''), t.name, a.source LIMIT 500";
constexpr std::string_view kNamesOf =
    "SELECT DISTINCT a.person_id, t.id, t.name, t.color FROM tag_assignment a JOIN tag t ON t.id = a.tag_id "
    "WHERE a.person_id = $1 ORDER BY t.name LIMIT 20";

[[maybe_unused]] const bool kFollows = follow("tag_assignment");

struct Source { std::string kind, by; };
/// "manual:user 7" is kind and author; a source of another sort ("form:3") is a rule's doing.
Source source_of(std::string_view text) {
  const auto colon = text.find(':');
  const auto kind = text.substr(0, colon);
  const auto rest = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  for (const std::string_view known : {"manual", "rule", "import", "model"})
    if (kind == known) return {std::string(kind), std::string(rest)};
  if (kind == "user") return {"manual", std::string(text)};
  return {"rule", std::string(text)};
}

Result<> tell(Tx& tx, PersonId root, const TagRow& tag, std::string_view kind, std::string_view source, std::string_view why) {
  const auto props = boost::json::serialize(boost::json::object{
      {"tag_id", to_text(tag.id)}, {"tag", tag.name}, {"source", source}, {"why", why}});
  events::Event event;
  event.kind = kind;
  event.person = root;
  event.subject = tag.id.v;
  event.props = props;
  TRY(events::append(tx, event));
  return {};
}

Result<TagRow> tag_row(Tx& tx, TagId id) {
  TRY(auto row, tx.maybe<TagRow>(kTagById, id));
  if (!row) return fail(Errc::not_found, "people.no_tag", to_text(id));
  return std::move(*row);
}

Result<std::vector<TagChange>> take_rows(Tx& tx, PersonId root, const TagRow& tag, std::vector<TagChange> rows,
                                         std::string_view why) {
  if (rows.empty()) return rows;
  for (auto& row : rows) {
    TRY(tx.exec(kTake, row.origin, row.tag, row.source));
    row.given = false;
  }
  TRY(const auto left, tx.all<TagChange>(kHeldRows, root, tag.id));
  if (left.empty()) {
    TRY(tx.exec(kCountDown, tag.id));
    TRY(tell(tx, root, tag, "tag_removed", rows.front().source, why));
  }
  return rows;
}

/// "group/name" or "name"; made when `create`.
Result<TagId> tag_named(Tx& tx, std::string_view spelt, bool create) {
  const auto slash = spelt.find('/');
  const auto name = trim(slash == std::string_view::npos ? spelt : spelt.substr(slash + 1));
  const auto group = slash == std::string_view::npos ? std::string_view{} : trim(spelt.substr(0, slash));
  TRY(auto row, group.empty() ? tx.maybe<TagRow>(kTagAnywhere, name) : tx.maybe<TagRow>(kTagInGroup, name, group));
  if (row) return row->id;
  if (!create) return fail(Errc::not_found, "people.no_tag", std::string(spelt));
  Tag made{.name = std::string(name)};
  if (!group.empty()) {
    TRY(auto id, tx.maybe<TagGroupId>(kGroupNamed, group));
    if (!id) {
      TRY(auto fresh, create_tag_group(tx, {.name = std::string(group)}));
      id = fresh.id;
    }
    made.group_id = *id;
  }
  TRY(auto tag, create_tag(tx, made));
  return tag.id;
}

}  // namespace

Result<std::vector<TagChange>> give_tag(Tx& tx, const GiveTag& cmd) {
  TRY(const auto tag, tag_row(tx, cmd.tag));
  if (tag.archived) return fail(Errc::conflict, "people.tag_archived", tag.name);
  TRY(const auto held, tx.all<TagChange>(kHeldRows, cmd.root, cmd.tag));
  std::vector<TagChange> changes;
  const auto same = std::ranges::find(held, cmd.source, &TagChange::source);
  if (same != held.end()) {  // said again: only how long it holds may be new
    if (same->expires_at != cmd.expires_at) {
      TRY(tx.exec(kExtend, same->origin, cmd.tag, cmd.source, cmd.expires_at));
      TRY(tell(tx, cmd.root, tag, "tag_renewed", cmd.source, cmd.why));
    }
    return changes;
  }
  if (tag.exclusive) {
    TRY(const auto others, tx.all<TagId>(kHeldInGroup, cmd.root, tag.group, cmd.tag));
    for (const auto other : others) {
      TRY(auto gone, take_tag(tx, cmd.root, other, {}, "one of its group: " + tag.name));
      changes.insert(changes.end(), gone.begin(), gone.end());
    }
  }
  TRY(tx.exec(kGive, cmd.root, cmd.root, cmd.tag, cmd.source, cmd.by_whom, cmd.why, tx.now(), cmd.expires_at));
  changes.push_back({cmd.root, cmd.tag, cmd.source, cmd.by_whom, cmd.why, true, tx.now(), cmd.expires_at});
  if (held.empty()) {
    TRY(tx.exec(kCountUp, cmd.tag, tx.now()));
    TRY(tell(tx, cmd.root, tag, "tag_added", cmd.source, cmd.why));
  }
  return changes;
}

Result<std::vector<TagChange>> take_tag(Tx& tx, PersonId root, TagId id, std::string_view source, std::string_view why) {
  TRY(const auto tag, tag_row(tx, id));
  TRY(auto rows, tx.all<TagChange>(kHeldRows, root, id));
  if (!source.empty()) std::erase_if(rows, [&](const TagChange& r) { return r.source != source; });
  return take_rows(tx, root, tag, std::move(rows), why);
}

Result<> undo_change(Tx& tx, const TagChange& change) {
  TRY(const auto tag, tag_row(tx, change.tag));
  TRY(const auto root, root_of(tx, change.origin));
  TRY(const auto held, tx.all<TagChange>(kHeldRows, root, change.tag));
  const auto stands = std::ranges::find_if(held, [&](const TagChange& h) {
    return h.origin == change.origin && h.source == change.source;
  });
  if (change.given) {
    if (stands == held.end() || stands->at != change.at) return {};  // taken or given anew since: not ours any more
    TRY(take_rows(tx, root, tag, {*stands}, "undo"));
    return {};
  }
  if (stands != held.end()) return {};
  TRY(tx.exec(kGive, root, change.origin, change.tag, change.source, change.by_whom, change.why, change.at, change.expires_at));
  if (held.empty()) {
    TRY(tx.exec(kCountUp, change.tag, tx.now()));
    TRY(tell(tx, root, tag, "tag_added", change.source, "undo"));
  }
  return {};
}

Result<> tag_person(Tx& tx, const TagPerson& cmd) {
  TRY(const auto root, root_of(tx, cmd.person));
  const auto [kind, by] = source_of(cmd.source);
  for (const auto& spelt : cmd.tags) {
    if (trim(spelt).empty()) continue;
    TRY(const auto tag, tag_named(tx, spelt, cmd.create));
    TRY(give_tag(tx, {root, tag, kind, by, cmd.why, cmd.expires}));
  }
  return {};
}

Result<> untag_person(Tx& tx, PersonId person, std::string_view spelt, std::string_view source) {
  TRY(const auto root, root_of(tx, person));
  TRY(const auto tag, tag_named(tx, spelt, false));
  TRY(take_tag(tx, root, tag, source.empty() ? std::string{} : source_of(source).kind, {}));
  return {};
}

Result<std::vector<Held>> tags_of(Tx& tx, PersonId root) { return tx.all<Held>(kTagsOf, root); }

Result<std::vector<HeldName>> tag_names_of(Tx& tx, std::span<const PersonId> roots) {
  std::vector<HeldName> out;
  for (const auto root : roots) {
    TRY(auto some, tx.all<HeldName>(kNamesOf, root));
    out.insert(out.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return out;
}

Result<std::size_t> sweep_tags(Tx& tx, int limit) {
  struct Due { PersonId person; TagId tag; };
  std::vector<Due> due;
  const std::array<store::Param, 2> params{store::Param(tx.now()), store::Param(limit)};
  TRY(tx.each_raw(kExpired, params, [&](const store::Statement& s) -> Result<> {
    due.push_back({{s.integer(0)}, {s.integer(1)}});
    return {};
  }));
  for (const auto& d : due) {
    TRY(const auto tag, tag_row(tx, d.tag));
    TRY(auto rows, tx.all<TagChange>(kExpiredOf, d.person, d.tag, tx.now()));
    TRY(take_rows(tx, d.person, tag, std::move(rows), "expired"));
  }
  return due.size();
}

}  // namespace koi::people
