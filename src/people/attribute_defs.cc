#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <mutex>

#include "base/text.h"
#include "people/attributes.h"
#include "store/rows.h"

namespace koi::people {

namespace {

struct DefRow {
  AttributeId id;
  std::string key, type, zh, en, options, rule;
  bool sensitive = false;
  std::string trust;
  bool builtin = false;
  std::int64_t ver = 1;
};
BOOST_DESCRIBE_STRUCT(DefRow, (), (id, key, type, zh, en, options, rule, sensitive, trust, builtin, ver))

#define KOI_DEF_COLUMNS "SELECT id, key, type, zh, en, options, rule, sensitive, trust, builtin, ver FROM attribute_def "
constexpr std::string_view kAll = KOI_DEF_COLUMNS "WHERE archived_at IS NULL ORDER BY id";
constexpr std::string_view kOne = KOI_DEF_COLUMNS "WHERE id = $1 AND archived_at IS NULL";
constexpr std::string_view kArchived = "SELECT id FROM attribute_def WHERE key = $1";
constexpr std::string_view kInsert =
    "INSERT INTO attribute_def (id, key, type, zh, en, options, rule, sensitive, trust, created_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (key) DO NOTHING";
constexpr std::string_view kChange =
    "UPDATE attribute_def SET zh = $3, en = $4, options = $5, rule = $6, trust = $7, ver = ver + 1 "
    "WHERE id = $1 AND ver = $2 AND archived_at IS NULL";
constexpr std::string_view kArchive =
    "UPDATE attribute_def SET archived_at = $3, ver = ver + 1 WHERE id = $1 AND ver = $2 AND builtin = 0 AND archived_at IS NULL";
constexpr std::string_view kHolders = "SELECT DISTINCT person_id FROM attribute_value WHERE attribute_id = $1";
constexpr std::string_view kHide = "DELETE FROM person_attribute WHERE attribute_id = $1";
#undef KOI_DEF_COLUMNS

constexpr std::size_t kDefsMax = 500, kKeyMax = 60, kLabelMax = 60, kOptionsMax = 200, kOptionMax = 100;
constexpr std::array<std::string_view, 6> kTypes = {"text", "number", "money", "date", "enum", "multi"};
constexpr std::array<std::string_view, 7> kRules = {"newest", "most_trusted", "longest", "first", "max", "min", "union"};

std::string list_text(const std::vector<std::string>& list) {
  boost::json::array out;
  for (const auto& item : list) out.emplace_back(item);
  return boost::json::serialize(out);
}
std::vector<std::string> text_list(std::string_view text) {
  std::vector<std::string> out;
  const auto list = boost::json::parse(text);
  for (const auto& item : list.as_array()) out.emplace_back(item.as_string());
  return out;
}
AttributeDef def_of(DefRow&& row) {
  return {.id = row.id, .key = std::move(row.key), .type = std::move(row.type), .zh = std::move(row.zh),
          .en = std::move(row.en), .options = text_list(row.options), .rule = std::move(row.rule),
          .sensitive = row.sensitive, .trust = text_list(row.trust), .builtin = row.builtin, .ver = row.ver};
}

std::unexpected<Error> bad(std::string_view field, std::string_view why) {
  return fail(Errc::invalid, "people.bad_attribute", std::string(why), "/" + std::string(field));
}

bool good_key(std::string_view key) {
  return !key.empty() && key.size() <= kKeyMax && key[0] >= 'a' && key[0] <= 'z' &&
         key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

Result<> check_lists(const AttributeDef& def) {
  if (def.options.size() > kOptionsMax || def.trust.size() > kOptionsMax) return bad("options", "more than 200 options");
  for (const auto& option : def.options)
    if (trim(option).empty() || option.size() > kOptionMax || !valid_utf8(option) ||
        std::ranges::count(def.options, option) > 1)
      return bad("options", "empty, too long or twice: " + option);
  for (const auto& kind : def.trust)
    if (!good_key(kind)) return bad("trust", "not a source kind: " + kind);
  return {};
}

Result<> check_def(const AttributeDef& def) {
  if (!good_key(def.key)) return bad("key", "a to z, 0 to 9 and _, a letter first, at most 60");
  if (std::ranges::find(kTypes, def.type) == kTypes.end()) return bad("type", "no such type: " + def.type);
  if (std::ranges::find(kRules, def.rule) == kRules.end()) return bad("rule", "no such rule: " + def.rule);
  if (def.rule == "union" && def.type != "multi") return bad("rule", "union is for multi");
  if (trim(def.zh).empty() || count_chars(def.zh) > kLabelMax || !valid_utf8(def.zh)) return bad("zh", "1 to 60 characters");
  if (trim(def.en).empty() || count_chars(def.en) > kLabelMax || !valid_utf8(def.en)) return bad("en", "1 to 60 characters");
  if (!def.options.empty() && def.type != "enum" && def.type != "multi") return bad("options", "only enum and multi have options");
  if (def.type == "enum" && def.options.empty()) return bad("options", "an enum needs options");
  return check_lists(def);
}

class Cache {
 public:
  Defs get() { const std::scoped_lock lock(mutex_); return defs_; }
  void set(Defs defs) { const std::scoped_lock lock(mutex_); defs_ = std::move(defs); }

 private:
  std::mutex mutex_;
  Defs defs_;
};
Cache& cache_of(Tx& tx) {
  static const char kSlot = 0;
  return tx.shared<Cache>(&kSlot, [] { return std::make_shared<Cache>(); });
}
/// Now, for this operation; after commit, for readers who saw the old rows meanwhile; and when it is undone.
void forget_defs(Tx& tx) {
  const auto forget = [&cache = cache_of(tx)] { cache.set({}); };
  forget();
  tx.after_commit(forget);
  tx.on_rollback(forget);
}

}  // namespace

Result<Defs> attribute_defs(Tx& tx) {
  auto& cache = cache_of(tx);
  const bool may_keep = tx.kind() == store::Kind::sqlite;  // elsewhere other processes define too
  if (may_keep)
    if (auto kept = cache.get()) return kept;
  auto all = std::make_shared<std::vector<AttributeDef>>();
  TRY(tx.each<DefRow>(kAll, [&](DefRow&& row) -> Result<> { all->push_back(def_of(std::move(row))); return {}; }));
  Defs out = std::move(all);
  if (may_keep) cache.set(out);
  return out;
}

const AttributeDef* find_def(const Defs& defs, std::string_view key) {
  const auto at = std::ranges::find(*defs, key, &AttributeDef::key);
  return at == defs->end() ? nullptr : &*at;
}

Result<AttributeDef> find_attribute(Tx& tx, AttributeId id) {
  TRY(auto row, tx.maybe<DefRow>(kOne, id));
  if (!row) return fail(Errc::not_found, "people.unknown_attribute");
  return def_of(std::move(*row));
}

Result<AttributeDef> define_attribute(Tx& tx, const AttributeDef& def) {
  TRY(check_def(def));
  TRY(const auto defs, attribute_defs(tx));
  if (defs->size() >= kDefsMax) return fail(Errc::exhausted, "people.too_many_attributes");
  auto made = def;
  made.id = tx.next_id<AttributeId>();
  made.ver = 1;
  made.builtin = false;
  TRY(const auto done, tx.exec(kInsert, made.id, made.key, made.type, trim(made.zh), trim(made.en), list_text(made.options),
                               made.rule, made.sensitive, list_text(made.trust), tx.now()));
  if (done == 0) {
    TRY(const auto taken, tx.maybe<AttributeId>(kArchived, made.key));
    return fail(Errc::conflict, "people.attribute_exists", made.key, taken ? to_text(*taken) : "");
  }
  forget_defs(tx);
  return made;
}

Result<AttributeDef> change_attribute(Tx& tx, const AttributeDef& def) {
  TRY(auto old, find_attribute(tx, def.id));
  auto changed = old;
  changed.zh = def.zh;
  changed.en = def.en;
  changed.options = def.options;
  changed.rule = def.rule;
  changed.trust = def.trust;
  TRY(check_def(changed));
  if (old.builtin && changed.options != old.options) return fail(Errc::invalid, "people.builtin_attribute", old.key);
  TRY(const auto done, tx.exec(kChange, def.id, def.ver, trim(changed.zh), trim(changed.en), list_text(changed.options),
                               changed.rule, list_text(changed.trust)));
  if (done == 0) return fail(Errc::precondition, "people.stale");
  forget_defs(tx);
  changed.ver = def.ver + 1;
  if (changed.rule != old.rule || changed.trust != old.trust) {
    TRY(auto holders, tx.all<PersonId>(kHolders, def.id));
    for (const auto root : holders) { TRY(rebuild_attribute(tx, root, changed)); }
  }
  return changed;
}

Result<> archive_attribute(Tx& tx, AttributeId id, std::int64_t ver) {
  TRY(const auto old, find_attribute(tx, id));
  if (old.builtin) return fail(Errc::invalid, "people.builtin_attribute", old.key);
  TRY(const auto done, tx.exec(kArchive, id, ver, tx.now()));
  if (done == 0) return fail(Errc::precondition, "people.stale");
  TRY(tx.exec(kHide, id));
  forget_defs(tx);
  return {};
}

}  // namespace koi::people
