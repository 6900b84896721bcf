// Tags and groups as definitions.
#include "base/text.h"
#include "people/tags.h"
#include "store/rows.h"

namespace koi::people {
namespace {

#define KOI_GROUP_COLUMNS "SELECT id, name, exclusive, color, position, ver, archived_at FROM tag_group "
constexpr std::string_view kGroups = KOI_GROUP_COLUMNS "ORDER BY position, name LIMIT 500";
constexpr std::string_view kGroup = KOI_GROUP_COLUMNS "WHERE id = $1";
constexpr std::string_view kAddGroup =
    "INSERT INTO tag_group (id, name, exclusive, color, position, ver, created_at) VALUES ($1, $2, $3, $4, $5, 1, $6) "
    "ON CONFLICT DO NOTHING";
constexpr std::string_view kGroupNameTaken = "SELECT id FROM tag_group WHERE name = $1 AND id <> $2";
constexpr std::string_view kEditGroup =
    "UPDATE tag_group SET name = $3, exclusive = $4, color = $5, position = $6, archived_at = $7, ver = ver + 1 "
    "WHERE id = $1 AND ver = $2";
constexpr std::string_view kGroupsCount = "SELECT COUNT(*) FROM tag_group";
constexpr std::string_view kTagsInGroup = "SELECT COUNT(*) FROM tag WHERE group_id = $1";
constexpr std::string_view kDropGroup = "DELETE FROM tag_group WHERE id = $1";

#define KOI_TAG_COLUMNS                                                                              \
  "SELECT t.id, t.group_id, COALESCE(g.name, ''), t.name, t.color, t.people, t.last_used_at, "       \
  "t.archived_at, t.ver FROM tag t LEFT JOIN tag_group g ON g.id = t.group_id "
constexpr std::string_view kTags = KOI_TAG_COLUMNS "ORDER BY COALESCE(g.position, 1000000), COALESCE(g.name, ''), t.name LIMIT 5000";
constexpr std::string_view kTag = KOI_TAG_COLUMNS "WHERE t.id = $1";
constexpr std::string_view kAddTag =
    "INSERT INTO tag (id, group_id, name, color, ver, created_at) VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT DO NOTHING";
constexpr std::string_view kTagNameTaken = "SELECT id FROM tag WHERE group_id = $1 AND name = $2 AND id <> $3";
constexpr std::string_view kEditTag =
    "UPDATE tag SET group_id = $3, name = $4, color = $5, archived_at = $6, ver = ver + 1 WHERE id = $1 AND ver = $2";
constexpr std::string_view kTagsCount = "SELECT COUNT(*) FROM tag";
constexpr std::string_view kHolders = "SELECT COUNT(*) FROM (SELECT 1 FROM tag_assignment WHERE tag_id = $1 LIMIT 1) h";
constexpr std::string_view kDropTag = "DELETE FROM tag WHERE id = $1";

Result<std::string> good_name(std::string_view given) {
  const auto name = trim(given);
  const auto bad = name.empty() || !valid_utf8(name) || count_chars(name) > kTagNameMax ||
                   name.find_first_of("/\n\r\t") != std::string_view::npos;
  if (bad) return fail(Errc::invalid, "people.tag_name", std::string(name), "/name");
  return std::string(name);
}

/// A group id of 0 is a place of its own, and NULL would never be unique.
std::int64_t place(TagGroupId group) { return group.v; }

}  // namespace

Result<std::vector<TagGroup>> tag_groups(Tx& tx) { return tx.all<TagGroup>(kGroups); }
Result<std::vector<Tag>> tags(Tx& tx) { return tx.all<Tag>(kTags); }

Result<Tag> tag_by_id(Tx& tx, TagId id) {
  TRY(auto tag, tx.maybe<Tag>(kTag, id));
  if (!tag) return fail(Errc::not_found, "people.no_tag", to_text(id));
  return std::move(*tag);
}

Result<TagGroup> tag_group_by_id(Tx& tx, TagGroupId id) {
  TRY(auto group, tx.maybe<TagGroup>(kGroup, id));
  if (!group) return fail(Errc::not_found, "people.no_tag_group", to_text(id));
  return std::move(*group);
}

Result<TagGroup> create_tag_group(Tx& tx, const TagGroup& group) {
  TRY(const auto name, good_name(group.name));
  TRY(const auto count, tx.one<std::int64_t>(kGroupsCount));
  if (count >= kTagGroupsMax) return fail(Errc::invalid, "people.tag_limit", "200 groups");
  const auto id = tx.next_id<TagGroupId>();
  TRY(const auto made, tx.exec(kAddGroup, id, name, group.exclusive, group.color, group.position, tx.now()));
  if (made == 0) return fail(Errc::conflict, "people.tag_exists", name, "/name");
  return tag_group_by_id(tx, id);
}

Result<Tag> create_tag(Tx& tx, const Tag& tag) {
  TRY(const auto name, good_name(tag.name));
  if (tag.group_id) { TRY(tag_group_by_id(tx, tag.group_id)); }
  TRY(const auto count, tx.one<std::int64_t>(kTagsCount));
  if (count >= kTagsMax) return fail(Errc::invalid, "people.tag_limit", "5000 tags");
  const auto id = tx.next_id<TagId>();
  TRY(const auto made, tx.exec(kAddTag, id, place(tag.group_id), name, tag.color, tx.now()));
  if (made == 0) return fail(Errc::conflict, "people.tag_exists", name, "/name");
  return tag_by_id(tx, id);
}

Result<TagGroup> update_tag_group(Tx& tx, const TagGroup& group) {
  TRY(const auto name, good_name(group.name));
  TRY(tag_group_by_id(tx, group.id));
  TRY(const auto taken, tx.maybe<TagGroupId>(kGroupNameTaken, name, group.id));
  if (taken) return fail(Errc::conflict, "people.tag_exists", name, "/name");
  TRY(const auto done, tx.exec(kEditGroup, group.id, group.ver, name, group.exclusive, group.color, group.position, group.archived_at));
  if (done == 0) return fail(Errc::precondition, "people.stale");
  return tag_group_by_id(tx, group.id);
}

Result<Tag> update_tag(Tx& tx, const Tag& tag) {
  TRY(const auto name, good_name(tag.name));
  TRY(tag_by_id(tx, tag.id));
  if (tag.group_id) { TRY(tag_group_by_id(tx, tag.group_id)); }
  TRY(const auto taken, tx.maybe<TagId>(kTagNameTaken, place(tag.group_id), name, tag.id));
  if (taken) return fail(Errc::conflict, "people.tag_exists", name, "/name");
  TRY(const auto done, tx.exec(kEditTag, tag.id, tag.ver, place(tag.group_id), name, tag.color, tag.archived_at));
  if (done == 0) return fail(Errc::precondition, "people.stale");
  return tag_by_id(tx, tag.id);
}

Result<> delete_tag(Tx& tx, TagId id) {
  TRY(const auto tag, tag_by_id(tx, id));
  TRY(const auto held, tx.one<std::int64_t>(kHolders, id));
  if (held != 0) return fail(Errc::conflict, "people.tag_in_use", tag.name);
  TRY(tx.exec(kDropTag, id));
  return {};
}

Result<> delete_tag_group(Tx& tx, TagGroupId id) {
  TRY(const auto group, tag_group_by_id(tx, id));
  TRY(const auto used, tx.one<std::int64_t>(kTagsInGroup, id));
  if (used != 0) return fail(Errc::conflict, "people.tag_in_use", group.name);
  TRY(tx.exec(kDropGroup, id));
  return {};
}

}  // namespace koi::people
