/// Tags and their groups: definitions, and who holds what. Giving and taking is in profile.h.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "people/profile.h"

namespace koi::people {

struct TagTag { static constexpr std::string_view prefix = "tag"; };
using TagId = Id<TagTag>;
struct TagGroupTag { static constexpr std::string_view prefix = "tgr"; };
using TagGroupId = Id<TagGroupTag>;

struct TagGroup {
  TagGroupId id{};
  std::string name{};
  bool exclusive = false;  // a person holds at most one of the group
  std::string color{};
  std::int64_t position = 0, ver = 1;
  std::optional<Instant> archived_at{};
};
BOOST_DESCRIBE_STRUCT(TagGroup, (), (id, name, exclusive, color, position, ver, archived_at))
struct Tag {
  TagId id{};
  TagGroupId group_id{};
  std::string group{}, name{}, color{};
  std::int64_t people = 0;  // holders; two merged people who both hold it count twice
  std::optional<Instant> last_used_at{}, archived_at{};
  std::int64_t ver = 1;
};
BOOST_DESCRIBE_STRUCT(Tag, (), (id, group_id, group, name, color, people, last_used_at, archived_at, ver))

inline constexpr std::size_t kTagNameMax = 40;   // characters
inline constexpr int kTagsMax = 5000, kTagGroupsMax = 200;

/// invalid "people.tag_name" (empty, too long, with '/'), conflict "people.tag_exists", "people.tag_limit".
Result<TagGroup> create_tag_group(Tx& tx, const TagGroup& group);
Result<Tag> create_tag(Tx& tx, const Tag& tag);
/// Edits name, colour, position, exclusive (groups), group (tags), archived; `ver` must be the stored one:
/// precondition "people.stale". not_found "people.no_tag", "people.no_tag_group".
Result<TagGroup> update_tag_group(Tx& tx, const TagGroup& group);
Result<Tag> update_tag(Tx& tx, const Tag& tag);
/// A tag nobody holds is removed; a held one is conflict "people.tag_in_use" (archive it instead).
Result<> delete_tag(Tx& tx, TagId tag);
Result<> delete_tag_group(Tx& tx, TagGroupId group);
Result<std::vector<TagGroup>> tag_groups(Tx& tx);
Result<std::vector<Tag>> tags(Tx& tx);
Result<Tag> tag_by_id(Tx& tx, TagId tag);
Result<TagGroup> tag_group_by_id(Tx& tx, TagGroupId group);

/// One assignment of a person.
struct Held {
  TagId tag;
  std::string group, name, color, source, by_whom, why;
  Instant at;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(Held, (), (tag, group, name, color, source, by_whom, why, at, expires_at))
Result<std::vector<Held>> tags_of(Tx& tx, PersonId root);
struct HeldName { PersonId person; TagId tag; std::string name, color; };
BOOST_DESCRIBE_STRUCT(HeldName, (), (person, tag, name, color))
/// Tags of one page of people, for lists.
Result<std::vector<HeldName>> tag_names_of(Tx& tx, std::span<const PersonId> roots);

/// One row given or taken, as the bulk job keeps it for its undo.
struct TagChange {
  PersonId origin;
  TagId tag;
  std::string source, by_whom, why;
  bool given = false;
  Instant at;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(TagChange, (), (origin, tag, source, by_whom, why, given, at, expires_at))
struct GiveTag { PersonId root; TagId tag; std::string source, by_whom, why; std::optional<Instant> expires_at; };
/// The changes made: nothing when the source gave it already; others of an exclusive group go.
Result<std::vector<TagChange>> give_tag(Tx& tx, const GiveTag& cmd);
/// Takes the tag from a person, whoever gave it; a `source` limits to its own.
Result<std::vector<TagChange>> take_tag(Tx& tx, PersonId root, TagId tag, std::string_view source, std::string_view why);
/// Turns changes back that still stand as they were left.
Result<> undo_change(Tx& tx, const TagChange& change);

/// Takes off at most `limit` tags whose time is over.
Result<std::size_t> sweep_tags(Tx& tx, int limit);

}  // namespace koi::people
