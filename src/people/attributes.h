/// What is said about a person, by whom: definitions, values by node and source with history, and the one value a
/// root shows. Owns attribute_def, attribute_value, attribute_history, person_attribute. set_attributes is in profile.h.
#pragma once
#include <boost/describe.hpp>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "people/people.h"

namespace koi::people {

struct AttributeTag { static constexpr std::string_view prefix = "att"; };
using AttributeId = Id<AttributeTag>;

// The built-in ones, by their place in schema 0006.
inline constexpr AttributeId kName{1}, kPhone{2}, kEmail{3}, kBirthday{4}, kGender{5}, kCity{6}, kRemark{7};

struct AttributeDef {
  AttributeId id{};
  std::string key{};
  std::string type = "text";   // text, number, money, date, enum, multi
  std::string zh{}, en{};
  std::vector<std::string> options{};  // for enum and multi; none: any
  std::string rule = "newest";  // newest, most_trusted, longest, first, max, min, union
  bool sensitive = false;       // sealed and masked
  std::vector<std::string> trust{};  // source kinds, most trusted first; none: user, form, wecom, identify, import, shop
  bool builtin = false;
  std::int64_t ver = 1;
};

using Defs = std::shared_ptr<const std::vector<AttributeDef>>;
/// All that are not archived, built-in first. Cached per store on SQLite.
Result<Defs> attribute_defs(Tx& tx);
/// not_found "people.unknown_attribute".
Result<AttributeDef> find_attribute(Tx& tx, AttributeId id);
const AttributeDef* find_def(const Defs& defs, std::string_view key);

/// invalid "people.bad_attribute" (with the field in pointer), conflict "people.attribute_exists", exhausted
/// "people.too_many_attributes" (500).
Result<AttributeDef> define_attribute(Tx& tx, const AttributeDef& def);
/// Labels, options, rule and trust; key, type and sensitivity stay. All roots that hold it are recomputed.
/// precondition "people.stale" unless def.ver is the newest; invalid "people.builtin_attribute" for a built-in's options.
Result<AttributeDef> change_attribute(Tx& tx, const AttributeDef& def);
/// No longer set, shown or filtered by; values stay. invalid "people.builtin_attribute".
Result<> archive_attribute(Tx& tx, AttributeId id, std::int64_t ver);

/// A text as it came, in the form that is kept, and its place in order. invalid "people.attribute_type" with the key
/// in pointer and the reason in detail.
struct Canonical {
  std::string text;
  std::optional<std::int64_t> number;  // fen, days since 1970, or a number times 1,000,000
};
Result<Canonical> canonical_value(const AttributeDef& def, std::string_view raw);

std::optional<std::int64_t> number_of(const AttributeDef& def, std::string_view canonical);
/// A canonical text as it is stored on a node (sealed and in base64 when sensitive; `newborn` as for seal_for), and back; "" when
/// the key is gone.
Result<std::string> kept_value(Tx& tx, const AttributeDef& def, PersonId node, std::string_view canonical, bool newborn = false);
Result<std::string> clear_value(Tx& tx, const AttributeDef& def, PersonId node, std::string_view kept);

/// What a root shows for one attribute; sensitive values masked unless asked otherwise.
struct AttributeNow {
  AttributeId id;
  std::string key, value, source;
  Instant at;
};
Result<std::vector<AttributeNow>> attributes_of(Tx& tx, PersonId root);
/// What every source says now and said before, newest first, at most `limit`; sensitive values masked.
struct AttributePast {
  std::string key, value, source;
  Instant at;
  std::optional<Instant> replaced_at;
};
Result<std::vector<AttributePast>> attribute_history(Tx& tx, PersonId root, int limit);

/// Appends attribute_changed: which keys, and who said so; never a value.
Result<> tell_attributes(Tx& tx, PersonId root, const std::vector<std::string>& keys, std::string_view source);

/// Recomputes what a root shows: of one attribute, or of all. Whether the one shows another value than before.
Result<bool> rebuild_attribute(Tx& tx, PersonId root, const AttributeDef& def);
Result<> rebuild_attributes(Tx& tx, PersonId root);
/// A root that became a node shows nothing.
Result<> clear_attributes(Tx& tx, PersonId root);

BOOST_DESCRIBE_STRUCT(AttributeDef, (), (id, key, type, zh, en, options, rule, sensitive, trust, builtin, ver))
BOOST_DESCRIBE_STRUCT(AttributeNow, (), (id, key, value, source, at))
BOOST_DESCRIBE_STRUCT(AttributePast, (), (key, value, source, at, replaced_at))

}  // namespace koi::people
