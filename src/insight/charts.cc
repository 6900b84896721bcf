#include "insight/charts.h"

#include "base/text.h"
#include "insight/behaviour.h"
#include "segments/use.h"
#include "store/rows.h"

namespace koi::insight {
namespace {

#define KOI_CHART_COLUMNS \
  "SELECT id, owner_kind, owner_id, owner_name, name, kind, spec, look, shared, ver, created_at, updated_at FROM saved_chart "
constexpr std::string_view kList =
    KOI_CHART_COLUMNS "WHERE ((owner_kind = $1 AND owner_id = $2) OR (shared = 1 AND $3 = 0)) AND ($4 = '' OR kind = $4) "
    "AND ($5 = '' OR LOWER(name) LIKE $5 ESCAPE '\\') AND (id < $6 OR $6 = 0) ORDER BY id DESC LIMIT $7";
// What stands on somebody's shared dashboard is shown there.
constexpr std::string_view kVisible =
    KOI_CHART_COLUMNS "WHERE id = $1 AND ((owner_kind = $2 AND owner_id = $3) OR shared = 1 OR EXISTS ("
    "SELECT 1 FROM dashboard_tile t JOIN dashboard d ON d.id = t.dashboard_id WHERE t.chart_id = saved_chart.id AND d.shared = 1 "
    "AND d.owner_kind = saved_chart.owner_kind AND d.owner_id = saved_chart.owner_id))";
constexpr std::string_view kCountOwn = "SELECT COUNT(*) FROM saved_chart WHERE owner_kind = $1 AND owner_id = $2";
constexpr std::string_view kTaken = "SELECT id FROM saved_chart WHERE owner_kind = $1 AND owner_id = $2 AND name = $3 AND id <> $4";
constexpr std::string_view kAdd =
    "INSERT INTO saved_chart (id, owner_kind, owner_id, owner_name, name, kind, spec, look, shared, ver, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10) ON CONFLICT DO NOTHING";
constexpr std::string_view kEdit =
    "UPDATE saved_chart SET name = $3, spec = $4, look = $5, shared = $6, updated_at = $7, ver = ver + 1 WHERE id = $1 AND ver = $2";
constexpr std::string_view kUse = "SELECT COUNT(*) FROM dashboard_tile WHERE chart_id = $1";
// Who has such a dashboard open must not write the tile back.
constexpr std::string_view kTouchDashboards =
    "UPDATE dashboard SET ver = ver + 1 WHERE id IN (SELECT dashboard_id FROM dashboard_tile WHERE chart_id = $1)";
constexpr std::string_view kDropTiles = "DELETE FROM dashboard_tile WHERE chart_id = $1";
constexpr std::string_view kDrop = "DELETE FROM saved_chart WHERE id = $1";

constexpr std::string_view kNarrowed = KOI_CHART_COLUMNS "WHERE spec LIKE '%\"segment\"%' ORDER BY id LIMIT $1";
constexpr int kNarrowedMax = 2000;

template <class Spec, auto check>
Result<> checked(Tx& tx, std::string_view text) {
  TRY(const auto spec, http::parse_json<Spec>(text));
  return check(tx, spec);
}
using Check = Result<> (*)(Tx&, std::string_view);
struct Kind { std::string_view name; Check check; };
constexpr Kind kKinds[] = {{"funnel", checked<FunnelSpec, check_funnel>},       {"retention", checked<RetentionSpec, check_retention>},
                           {"paths", checked<PathsSpec, check_paths>},          {"activity", checked<ActivitySpec, check_activity>},
                           {"attribution", checked<AttributionSpec, check_attribution>}, {"rfm", checked<TilesSpec, check_tiles>}};

Result<std::string> chart_name(Tx& tx, std::string_view given, std::string_view kind, std::int64_t owner, ChartId self) {
  const auto name = trim(given);
  if (name.empty() || !valid_utf8(name) || count_chars(name) > kChartNameMax) return fail(Errc::invalid, "insight.chart_name", {}, "/name");
  TRY(const auto taken, tx.maybe<ChartId>(kTaken, kind, owner, name, self.v));
  if (taken) return fail(Errc::conflict, "insight.chart_exists", std::string(name), "/name");
  return std::string(name);
}

Result<std::string> look_text(const Look& look) {
  bool sound = look.size() <= kLookMax;
  for (const auto& [key, value] : look)
    sound = sound && valid_utf8(key) && valid_utf8(value) && count_chars(key) <= kLookTextMax && count_chars(value) <= kLookTextMax;
  if (!sound) return fail(Errc::invalid, "insight.chart_view", {}, "/look");
  return http::json_of(look);
}

Result<Chart> own_chart(Tx& tx, const Hand& hand, ChartId id) {
  TRY(auto found, chart(tx, hand.who, id));
  if (!may_change(hand, found.owner_kind, found.owner_id)) return fail(Errc::forbidden, "insight.not_yours", found.owner_name);
  return found;
}

/// What of ours stands on a segment: charts that ask about its people.
Result<std::vector<segments::Use>> charts_asking_about(Tx& tx, const segments::Segment& segment) {
  std::vector<segments::Use> out;
  TRY(const auto all, tx.all<Chart>(kNarrowed, kNarrowedMax));
  using Members = std::map<std::string, http::Json>;
  const auto id = http::json_of(to_text(segment.id)), name = http::json_of(segment.name);
  for (const auto& c : all) {
    TRY(const auto members, http::parse_json<Members>(c.spec));
    const auto at = members.find("segment");
    if (at != members.end() && (at->second.text == id || at->second.text == name)) out.push_back({"chart", to_text(c.id), c.name});
  }
  return out;
}
const bool kUsersAreKnown = segments::know_users(charts_asking_about);

}  // namespace

std::string like_text(std::string_view q) {
  if (trim(q).empty()) return {};
  std::string out = "%";
  for (const char c : lower_ascii(trim(q))) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

bool may_change(const Hand& hand, std::string_view owner_kind, std::int64_t owner_id) {
  return hand.all || owner_kind == "system" || (owner_kind == hand.who.kind && owner_id == hand.who.id);
}

Result<> check_chart(Tx& tx, std::string_view kind, std::string_view spec) {
  const auto* known = std::ranges::find(kKinds, kind, &Kind::name);
  if (known == std::end(kKinds)) return fail(Errc::invalid, "insight.chart_kind", std::string(kind), "/kind");
  if (spec.size() > kSpecMax) return fail(Errc::invalid, "insight.spec_too_long", {}, "/spec");
  auto sound = known->check(tx, spec);
  if (!sound) sound.error().pointer = "/spec" + sound.error().pointer;
  return sound;
}

Result<std::vector<Chart>> charts(Tx& tx, const store::Author& who, const ChartList& list) {
  return tx.all<Chart>(kList, who.kind, who.id, list.mine ? 1 : 0, list.kind, like_text(list.q), list.after.v, list.limit);
}

Result<Chart> chart(Tx& tx, const store::Author& who, ChartId id) {
  TRY(auto found, tx.maybe<Chart>(kVisible, id, who.kind, who.id));
  if (!found) return fail(Errc::not_found, "insight.no_chart", to_text(id));
  return std::move(*found);
}

Result<std::int64_t> chart_use(Tx& tx, ChartId id) { return tx.one<std::int64_t>(kUse, id); }

Result<Chart> create_chart(Tx& tx, const store::Author& who, const ChartIn& in) {
  TRY(const auto name, chart_name(tx, in.name, who.kind, who.id, {}));
  TRY(const auto look, look_text(in.look));
  TRY(check_chart(tx, in.kind, in.spec));
  TRY(const auto count, tx.one<std::int64_t>(kCountOwn, who.kind, who.id));
  if (count >= kChartsMax) return fail(Errc::exhausted, "insight.chart_limit", std::to_string(kChartsMax));
  const auto id = tx.next_id<ChartId>();
  TRY(const auto made, tx.exec(kAdd, id, who.kind, who.id, who.name, name, in.kind, in.spec, look, in.shared, tx.now()));
  if (made == 0) return fail(Errc::conflict, "insight.chart_exists", name, "/name");
  return chart(tx, who, id);
}

Result<Chart> update_chart(Tx& tx, const Hand& hand, ChartId id, const ChartChange& change) {
  TRY(auto now, own_chart(tx, hand, id));
  const auto ver = change.ver.value_or(now.ver);
  if (ver != now.ver) return fail(Errc::precondition, "insight.stale");
  if (change.name) { TRY(now.name, chart_name(tx, *change.name, now.owner_kind, now.owner_id, id)); }
  if (change.spec) {
    TRY(check_chart(tx, now.kind, *change.spec));
    now.spec = *change.spec;
  }
  if (change.look) { TRY(now.look, look_text(*change.look)); }
  now.shared = change.shared.value_or(now.shared);
  TRY(const auto done, tx.exec(kEdit, id, ver, now.name, now.spec, now.look, now.shared, tx.now()));
  if (done == 0) return fail(Errc::precondition, "insight.stale");
  now.ver = ver + 1;
  now.updated_at = tx.now();
  return now;
}

Result<> delete_chart(Tx& tx, const Hand& hand, ChartId id) {
  TRY(own_chart(tx, hand, id));
  TRY(tx.exec(kTouchDashboards, id));
  TRY(tx.exec(kDropTiles, id));
  TRY(tx.exec(kDrop, id));
  return {};
}

}  // namespace koi::insight
