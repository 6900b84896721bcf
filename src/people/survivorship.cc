#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <set>
#include <tuple>

#include "base/text.h"
#include "people/attributes.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::people {

namespace {

struct SaidRow {
  PersonId origin;
  std::string source, value;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(SaidRow, (), (origin, source, value, at))

constexpr std::string_view kSaid =
    "SELECT origin_id, source, value, at FROM attribute_value WHERE person_id = $1 AND attribute_id = $2 AND value <> ''";
constexpr std::string_view kHeld = "SELECT DISTINCT attribute_id FROM attribute_value WHERE person_id = $1";
constexpr std::string_view kShow =
    "INSERT INTO person_attribute (person_id, attribute_id, value, number, origin_id, source, at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (person_id, attribute_id) "
    "DO UPDATE SET value = $3, number = $4, origin_id = $5, source = $6, at = $7";
constexpr std::string_view kShows = "SELECT value FROM person_attribute WHERE person_id = $1 AND attribute_id = $2";
constexpr std::string_view kHide = "DELETE FROM person_attribute WHERE person_id = $1 AND attribute_id = $2";
constexpr std::string_view kHideAll = "DELETE FROM person_attribute WHERE person_id = $1";

constexpr std::array<std::string_view, 6> kTrust = {"user", "form", "wecom", "identify", "import", "shop"};

/// One thing said, in clear where the rule has to look into it.
struct Said {
  SaidRow row;
  std::string clear;
  std::optional<std::int64_t> number;
};

std::size_t distrust(const AttributeDef& def, std::string_view source) {
  const auto kind = source.substr(0, source.find(':'));
  if (!def.trust.empty())
    return static_cast<std::size_t>(std::ranges::find(def.trust, kind) - def.trust.begin());
  return static_cast<std::size_t>(std::ranges::find(kTrust, kind) - kTrust.begin());
}

/// Whether `a` is shown before `b`. Ends in the node and the source, so that no order of arrival decides.
bool before(const AttributeDef& def, const Said& a, const Said& b) {
  const auto newer = std::tuple(a.row.at, a.row.origin, b.row.source) > std::tuple(b.row.at, b.row.origin, a.row.source);
  if (def.rule == "first") return std::tie(a.row.at, a.row.origin, a.row.source) < std::tie(b.row.at, b.row.origin, b.row.source);
  if (def.rule == "most_trusted") {
    const auto mine = distrust(def, a.row.source), theirs = distrust(def, b.row.source);
    return mine != theirs ? mine < theirs : newer;
  }
  if (def.rule == "longest") {
    const auto mine = count_chars(a.clear), theirs = count_chars(b.clear);
    return mine != theirs ? mine > theirs : newer;
  }
  if (def.rule == "max" || def.rule == "min") {
    const auto mine = std::tie(a.number, a.clear), theirs = std::tie(b.number, b.clear);
    if (mine != theirs) return def.rule == "max" ? mine > theirs : mine < theirs;
  }
  return newer;
}

bool looks_inside(const AttributeDef& def) {
  return def.rule == "longest" || def.rule == "max" || def.rule == "min" || def.rule == "union" || !def.sensitive;
}

Result<std::vector<Said>> everything_said(Tx& tx, PersonId root, const AttributeDef& def) {
  TRY(auto rows, tx.all<SaidRow>(kSaid, root, def.id));
  std::vector<Said> out;
  for (auto& row : rows) {
    Said said{.row = std::move(row), .clear = {}, .number = {}};
    if (looks_inside(def)) {
      TRY(said.clear, clear_value(tx, def, said.row.origin, said.row.value));
      said.number = number_of(def, said.clear);
    }
    out.push_back(std::move(said));
  }
  return out;
}

std::string united(const std::vector<Said>& all) {
  std::set<std::string, std::less<>> items;
  for (const auto& said : all) {
    const auto said_list = boost::json::parse(said.clear);
    for (const auto& item : said_list.as_array()) items.emplace(item.as_string());
  }
  boost::json::array list;
  for (const auto& item : items) list.emplace_back(item);
  return boost::json::serialize(list);
}

}  // namespace

Result<bool> rebuild_attribute(Tx& tx, PersonId root, const AttributeDef& def) {
  TRY(auto all, everything_said(tx, root, def));
  if (all.empty()) {
    TRY(const auto hidden, tx.exec(kHide, root, def.id));
    return hidden > 0;
  }
  TRY(const auto showed, tx.maybe<std::string>(kShows, root, def.id));
  auto& best = *std::ranges::min_element(all, [&](const Said& a, const Said& b) { return before(def, a, b); });
  if (def.rule == "union" && all.size() > 1) {
    best.clear = united(all);
    TRY(best.row.value, kept_value(tx, def, best.row.origin, best.clear));
  }
  const auto number = def.sensitive ? std::optional<std::int64_t>() : best.number;
  TRY(tx.exec(kShow, root, def.id, best.row.value, number, best.row.origin, best.row.source, best.row.at));
  return showed != best.row.value;
}

Result<> rebuild_attributes(Tx& tx, PersonId root) {
  TRY(tx.exec(kHideAll, root));
  TRY(const auto held, tx.all<AttributeId>(kHeld, root));
  if (held.empty()) return {};
  TRY(const auto defs, attribute_defs(tx));
  for (const auto& def : *defs)
    if (std::ranges::find(held, def.id) != held.end()) { TRY(rebuild_attribute(tx, root, def)); }
  return {};
}

Result<> clear_attributes(Tx& tx, PersonId root) {
  TRY(tx.exec(kHideAll, root));
  return {};
}

}  // namespace koi::people
