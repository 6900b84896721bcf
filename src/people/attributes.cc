#include "people/attributes.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.h"
#include "events/events.h"
#include "people/identity.h"
#include "people/profile.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::people {

namespace {

struct HadRow {
  std::string value;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(HadRow, (), (value, at))
struct SaysRow {
  std::string value;
  Instant at, since;
};
BOOST_DESCRIBE_STRUCT(SaysRow, (), (value, at, since))
struct ShownRow {
  AttributeId id;
  std::string value;
  PersonId origin;
  std::string source;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(ShownRow, (), (id, value, origin, source, at))
struct PastRow {
  AttributeId id;
  std::string value;
  PersonId origin;
  std::string source;
  Instant at;
  std::optional<Instant> replaced_at;
};
BOOST_DESCRIBE_STRUCT(PastRow, (), (id, value, origin, source, at, replaced_at))
struct BoxRow {
  std::string value;
  store::Blob box;
};
BOOST_DESCRIBE_STRUCT(BoxRow, (), (value, box))

constexpr std::string_view kHad =
    "SELECT value, at, COALESCE(since, at) FROM attribute_value WHERE origin_id = $1 AND attribute_id = $2 AND source = $3";
constexpr std::string_view kSay =
    "INSERT INTO attribute_value (origin_id, attribute_id, source, person_id, value, at, since) VALUES ($1, $2, $3, $1, $4, $5, $6) "
    "ON CONFLICT (origin_id, attribute_id, source) DO UPDATE SET value = $4, at = $5, since = $6";
constexpr std::string_view kSayFirst =
    "INSERT INTO attribute_value (origin_id, attribute_id, source, person_id, value, at, since) VALUES ($1, $2, $3, $1, $4, $5, $5)";
constexpr std::string_view kShowFirst =
    "INSERT INTO person_attribute (person_id, attribute_id, value, number, origin_id, source, at) VALUES ($1, $2, $3, $4, $1, $5, $6)";
constexpr std::string_view kRemember =
    "INSERT INTO attribute_history (id, origin_id, person_id, attribute_id, source, value, at, replaced_at, since) "
    "VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kSaidThen =
    "SELECT value, at FROM attribute_history WHERE person_id = $1 AND attribute_id = $2 AND origin_id = $1 AND source = $3 AND at = $4";
constexpr std::string_view kShown =
    "SELECT attribute_id, value, origin_id, source, at FROM person_attribute WHERE person_id = $1 ORDER BY attribute_id";
constexpr std::string_view kPast =
    "SELECT attribute_id, value, origin_id, source, at, replaced_at FROM attribute_history WHERE person_id = $1 "
    "UNION ALL SELECT attribute_id, value, origin_id, source, at, CAST(NULL AS BIGINT) FROM attribute_value WHERE person_id = $1 "
    "ORDER BY at DESC, attribute_id LIMIT $2";
constexpr std::string_view kNodeSays =
    "SELECT value, at FROM attribute_value WHERE origin_id = $1 AND attribute_id = $2 AND value <> '' "
    "ORDER BY at DESC, source LIMIT 1";
constexpr std::string_view kNodePhone =
    "SELECT value, box FROM identifier WHERE person_id = $1 AND origin_id = $2 AND ns = 'phone_e164' "
    "ORDER BY verified DESC, first_at DESC LIMIT 1";

constexpr std::size_t kSourceMax = 100;
constexpr int kHistoryMax = 500;

/// What the node says newest, in clear; empty when nothing.
Result<std::string> node_says(Tx& tx, const Defs& defs, PersonId node, std::string_view key) {
  const auto* def = find_def(defs, key);
  TRY(const auto row, tx.maybe<HadRow>(kNodeSays, node, def->id));
  if (!row) return std::string();
  return clear_value(tx, *def, node, row->value);
}

Result<const AttributeDef*> known_def(Tx& tx, Defs& defs, std::string_view key, bool define) {
  if (const auto* def = find_def(defs, key)) return def;
  if (!define) return fail(Errc::invalid, "people.unknown_attribute", std::string(key), "/" + std::string(key));
  TRY(define_attribute(tx, {.key = std::string(key), .zh = std::string(key), .en = std::string(key)}));
  TRY(defs, attribute_defs(tx));
  return find_def(defs, key);
}

/// What a statement was to what the source says: nothing new, the same as later, something it said before, another value.
enum class Said : std::uint8_t { nothing, again, before, anew };

/// One value of one source on one node.
Result<Said> say(Tx& tx, PersonId node, const AttributeDef& def, const SetAttributes& cmd, std::string_view raw) {
  TRY(const auto value, canonical_value(def, raw));
  const auto at = cmd.at == Instant{} ? tx.now() : cmd.at;
  TRY(const auto had, tx.maybe<SaysRow>(kHad, node, def.id, cmd.source));
  if (!had && value.text.empty()) return Said::nothing;
  auto since = at;
  if (had) {
    TRY(const auto old, clear_value(tx, def, node, had->value));
    if (old == value.text && had->at >= at) return Said::nothing;
    if (at < had->at) {  // news that is older than what is known: history, not change
      TRY(const auto then, tx.all<HadRow>(kSaidThen, node, def.id, cmd.source, at));
      for (const auto& row : then) {
        TRY(const auto known, clear_value(tx, def, node, row.value));
        if (known == value.text) return Said::nothing;
      }
      TRY(const auto kept, kept_value(tx, def, node, value.text));
      TRY(tx.exec(kRemember, tx.next_number(), node, def.id, cmd.source, kept, at, had->at, at));
      return Said::before;
    }
    if (old == value.text) since = had->since;
    else TRY(tx.exec(kRemember, tx.next_number(), node, def.id, cmd.source, had->value, had->at, at, had->since));
  }
  TRY(const auto kept, kept_value(tx, def, node, value.text));
  TRY(tx.exec(kSay, node, def.id, cmd.source, kept, at, since));
  return since == at ? Said::anew : Said::again;
}

/// Everything one source says of somebody of whom nobody said anything: rows that need no look at what was there.
Result<> say_first(Tx& tx, PersonId node, Defs& defs, const SetAttributes& cmd) {
  const auto at = cmd.at == Instant{} ? tx.now() : cmd.at;
  std::vector<std::string> news;
  std::vector<std::pair<std::string, std::string>> told;
  bool keyless = true;
  for (const auto& [key, raw] : cmd.values) {
    TRY(const auto* def, known_def(tx, defs, key, cmd.define_unknown));
    TRY(auto value, canonical_value(*def, raw));
    if (value.text.empty()) continue;
    TRY(const auto kept, kept_value(tx, *def, node, value.text, keyless));
    keyless = keyless && !def->sensitive;
    TRY(tx.append(kSayFirst, node, def->id, cmd.source, kept, at));
    TRY(tx.append(kShowFirst, node, def->id, kept, def->sensitive ? std::nullopt : number_of(*def, value.text), cmd.source, at));
    news.push_back(def->key);
    if (def->id == kName || def->id == kPhone) told.emplace_back(def->key, std::move(value.text));
  }
  if (!news.empty()) TRY(tell_attributes(tx, node, news, cmd.source));
  for (const auto& [key, clear] : told) TRY(tell_clear_text(tx, node, key, clear, true));
  return {};
}

/// Defs that are gone (archived) are not shown.
const AttributeDef* def_of(const Defs& defs, AttributeId id) {
  const auto at = std::ranges::find(*defs, id, &AttributeDef::id);
  return at == defs->end() ? nullptr : &*at;
}

Result<std::string> shown_text(Tx& tx, const AttributeDef& def, PersonId origin, std::string_view kept) {
  TRY(auto clear, clear_value(tx, def, origin, kept));
  return def.sensitive ? mask(def.key, clear) : clear;
}

}  // namespace

Result<std::string> kept_value(Tx& tx, const AttributeDef& def, PersonId node, std::string_view canonical, bool newborn) {
  if (!def.sensitive || canonical.empty()) return std::string(canonical);
  TRY(const auto box, seal_for(tx, node, canonical, newborn));
  return base64(box.bytes);
}

Result<std::string> clear_value(Tx& tx, const AttributeDef& def, PersonId node, std::string_view kept) {
  if (!def.sensitive || kept.empty()) return std::string(kept);
  const auto box = unbase64(kept);
  if (!box) return fail(Errc::internal, "people.broken_box", def.key);
  TRY(auto clear, open_for(tx, node, {*box}));
  return std::move(clear).value_or("");
}

Result<> set_attributes(Tx& tx, const SetAttributes& cmd) {
  if (cmd.source.empty() || cmd.source.size() > kSourceMax) return fail(Errc::invalid, "people.bad_source", cmd.source);
  TRY(auto defs, attribute_defs(tx));
  if (cmd.newborn) return say_first(tx, cmd.person, defs, cmd);
  TRY(const auto root, root_of(tx, cmd.person));
  std::vector<std::string> news;
  for (const auto& [key, raw] : cmd.values) {
    TRY(const auto* def, known_def(tx, defs, key, cmd.define_unknown));
    TRY(const auto said, say(tx, root, *def, cmd, raw));
    bool shows = false;
    if (said == Said::again || said == Said::anew) { TRY(shows, rebuild_attribute(tx, root, *def)); }
    // Also what is not shown is past: "changed within" asks for it.
    if (said == Said::anew || said == Said::before || (shows && !def->sensitive)) news.push_back(def->key);
    const bool told = said == Said::again || said == Said::anew;
    if (told && (def->id == kName || def->id == kPhone)) { TRY(retell(tx, root, def->key)); }
  }
  return news.empty() ? Result<>{} : tell_attributes(tx, root, news, cmd.source);
}

Result<> tell_attributes(Tx& tx, PersonId root, const std::vector<std::string>& keys, std::string_view source) {
  boost::json::array list;
  for (const auto& key : keys) list.emplace_back(key);
  const auto props = boost::json::serialize(boost::json::object{{"keys", list}, {"source", source}});
  TRY(events::append(tx, {.kind = "attribute_changed", .person = root, .props = props}));
  return {};
}

Result<> retell(Tx& tx, PersonId node, std::string_view field) {
  TRY(const auto defs, attribute_defs(tx));
  TRY(auto clear, node_says(tx, defs, node, field));
  if (clear.empty() && field == "phone") {
    TRY(const auto root, root_of(tx, node));
    TRY(const auto link, tx.maybe<BoxRow>(kNodePhone, root, node));
    if (link) {
      TRY(auto opened, open_for(tx, node, link->box));
      clear = std::move(opened).value_or("");
    }
  }
  return tell_clear_text(tx, node, field, clear);
}

Result<std::vector<AttributeNow>> attributes_of(Tx& tx, PersonId root) {
  TRY(const auto defs, attribute_defs(tx));
  TRY(const auto rows, tx.all<ShownRow>(kShown, root));
  std::vector<AttributeNow> out;
  for (const auto& row : rows) {
    const auto* def = def_of(defs, row.id);
    if (def == nullptr) continue;
    TRY(auto text, shown_text(tx, *def, row.origin, row.value));
    out.push_back({row.id, def->key, std::move(text), row.source, row.at});
  }
  return out;
}

Result<std::vector<AttributePast>> attribute_history(Tx& tx, PersonId root, int limit) {
  TRY(const auto defs, attribute_defs(tx));
  TRY(const auto rows, tx.all<PastRow>(kPast, root, std::clamp(limit, 1, kHistoryMax)));
  std::vector<AttributePast> out;
  for (const auto& row : rows) {
    const auto* def = def_of(defs, row.id);
    if (def == nullptr) continue;
    TRY(auto text, shown_text(tx, *def, row.origin, row.value));
    out.push_back({def->key, std::move(text), row.source, row.at, row.replaced_at});
  }
  return out;
}

}  // namespace koi::people
