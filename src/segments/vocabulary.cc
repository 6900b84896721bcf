#include "segments/vocabulary.h"

#include <algorithm>

#include "events/events.h"
#include "people/attributes.h"
#include "people/stages.h"
#include "people/tags.h"
#include "segments/deeds.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

// From one value to the next through the index: a million people are not looked at to find five channels.
constexpr std::string_view kChannels =
    "WITH RECURSIVE names(name) AS (SELECT MIN(channel) FROM person WHERE channel IS NOT NULL UNION ALL "
    "SELECT (SELECT MIN(channel) FROM person WHERE channel > name) FROM names WHERE name IS NOT NULL) "
    "SELECT name FROM names WHERE name IS NOT NULL LIMIT $1";
constexpr std::string_view kStores =
    "WITH RECURSIVE names(name) AS (SELECT MIN(store) FROM person WHERE store IS NOT NULL UNION ALL "
    "SELECT (SELECT MIN(store) FROM person WHERE store > name) FROM names WHERE name IS NOT NULL) "
    "SELECT name FROM names WHERE name IS NOT NULL LIMIT $1";
constexpr std::string_view kOwners =
    "WITH RECURSIVE names(name) AS (SELECT MIN(owner_staff_id) FROM person WHERE owner_staff_id IS NOT NULL UNION ALL "
    "SELECT (SELECT MIN(owner_staff_id) FROM person WHERE owner_staff_id > name) FROM names WHERE name IS NOT NULL) "
    "SELECT name FROM names WHERE name IS NOT NULL LIMIT $1";

Type type_of_attribute(std::string_view type) {
  if (type == "number") return Type::number;
  if (type == "money") return Type::money;
  if (type == "date") return Type::date;
  if (type == "multi") return Type::set;
  return Type::text;  // text, enum
}

Type type_of_property(events::PropType type) {
  switch (type) {
    case events::PropType::text: return Type::text;
    case events::PropType::integer:
    case events::PropType::number: return Type::number;
    case events::PropType::money: return Type::money;
    case events::PropType::boolean: return Type::boolean;
    case events::PropType::time: return Type::time;
    case events::PropType::list: return Type::list;
    case events::PropType::object: return Type::object;
  }
  return Type::any;
}

Result<> add_people(Tx& tx, Vocabulary& v) {
  TRY(const auto defs, people::attribute_defs(tx));
  for (const auto& def : *defs)
    if (!def.sensitive) v.attributes.push_back({def.key, type_of_attribute(def.type), def.zh, def.en, def.options});
  TRY(const auto groups, people::tag_groups(tx));
  for (const auto& group : groups)
    if (!group.archived_at) v.tag_groups.push_back(group.name);
  TRY(const auto tags, people::tags(tx));
  for (const auto& tag : tags)
    if (!tag.archived_at) v.tags.push_back({tag.group, tag.name});
  v.stages.assign(people::kStageNames.begin(), people::kStageNames.end());
  TRY(v.channels, tx.all<std::string>(kChannels, kNamesMax));
  TRY(v.stores, tx.all<std::string>(kStores, kNamesMax));
  return {};
}

Result<> add_staff(Tx& tx, Vocabulary& v) {
  TRY(const auto ids, tx.all<StaffId>(kOwners, kNamesMax));
  std::vector<people::StaffFace> faces;
  if (const auto ask = people::staff_faces(); ask != nullptr) { TRY(faces, ask(tx, ids)); }
  for (const auto id : ids) {
    const auto face = std::ranges::find(faces, id, &people::StaffFace::id);
    v.staff.push_back({to_text(id), face == faces.end() ? "" : face->name});
  }
  return {};
}

Result<> add_events(Tx& tx, Vocabulary& v) {
  TRY(const auto kinds, events::kinds(tx));
  for (const auto& kind : kinds) {
    if (std::ranges::find(kMoves, kind.name) != std::end(kMoves)) continue;
    EventWord word{kind.name, kind.zh, kind.en};
    for (const auto& prop : kind.props) word.properties.push_back({prop.name, type_of_property(prop.type)});
    v.events.push_back(std::move(word));
  }
  return {};
}

template <class Words>
auto* find_word(const Words& words, std::string_view name, auto member) {
  const auto at = std::ranges::find(words, name, member);
  return at == words.end() ? nullptr : &*at;
}

}  // namespace

const AttributeWord* find_attribute(const Vocabulary& v, std::string_view key) { return find_word(v.attributes, key, &AttributeWord::key); }
const EventWord* find_event(const Vocabulary& v, std::string_view name) { return find_word(v.events, name, &EventWord::name); }
const SegmentWord* find_segment(const Vocabulary& v, std::string_view name) { return find_word(v.segments, name, &SegmentWord::name); }

const TagWord* find_tag(const Vocabulary& v, std::string_view name) {
  const auto whole = std::ranges::find_if(v.tags, [&](const auto& t) { return !t.group.empty() && t.group + "/" + t.name == name; });
  if (whole != v.tags.end()) return &*whole;
  if (std::ranges::count(v.tags, name, &TagWord::name) != 1) return nullptr;
  return find_word(v.tags, name, &TagWord::name);
}

Result<Vocabulary> vocabulary_of(Tx& tx) {
  Vocabulary out;
  TRY(add_people(tx, out));
  TRY(add_staff(tx, out));
  TRY(add_events(tx, out));
  return out;
}

}  // namespace koi::segments
