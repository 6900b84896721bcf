#include "insight/dashboards.h"

#include "base/text.h"
#include "store/rows.h"

namespace koi::insight {
namespace {

#define KOI_DASHBOARD_COLUMNS \
  "SELECT id, owner_kind, owner_id, owner_name, name, shared, ver, created_at, updated_at FROM dashboard "
constexpr std::string_view kList =
    KOI_DASHBOARD_COLUMNS "WHERE ((owner_kind = $1 AND owner_id = $2) OR (shared = 1 AND $3 = 0)) "
    "AND ($4 = '' OR LOWER(name) LIKE $4 ESCAPE '\\') AND (id < $5 OR $5 = 0) ORDER BY id DESC LIMIT $6";
constexpr std::string_view kVisible = KOI_DASHBOARD_COLUMNS "WHERE id = $1 AND ((owner_kind = $2 AND owner_id = $3) OR shared = 1)";
constexpr std::string_view kTiles = "SELECT chart_id, x, y, w, h FROM dashboard_tile WHERE dashboard_id = $1 ORDER BY y, x";
constexpr std::string_view kCountOwn = "SELECT COUNT(*) FROM dashboard WHERE owner_kind = $1 AND owner_id = $2";
constexpr std::string_view kTaken = "SELECT id FROM dashboard WHERE owner_kind = $1 AND owner_id = $2 AND name = $3 AND id <> $4";
constexpr std::string_view kAdd =
    "INSERT INTO dashboard (id, owner_kind, owner_id, owner_name, name, shared, ver, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7) ON CONFLICT DO NOTHING";
constexpr std::string_view kEdit =
    "UPDATE dashboard SET name = $3, shared = $4, updated_at = $5, ver = ver + 1 WHERE id = $1 AND ver = $2";
constexpr std::string_view kDropTiles = "DELETE FROM dashboard_tile WHERE dashboard_id = $1";
constexpr std::string_view kAddTile = "INSERT INTO dashboard_tile (dashboard_id, chart_id, x, y, w, h) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kDrop = "DELETE FROM dashboard WHERE id = $1";

struct TileRow { ChartId chart_id; std::int64_t x = 0, y = 0, w = 0, h = 0; };
BOOST_DESCRIBE_STRUCT(TileRow, (), (chart_id, x, y, w, h))

Result<std::string> dashboard_name(Tx& tx, std::string_view given, std::string_view kind, std::int64_t owner, DashboardId self) {
  const auto name = trim(given);
  if (name.empty() || !valid_utf8(name) || count_chars(name) > kChartNameMax) return fail(Errc::invalid, "insight.dashboard_name", {}, "/name");
  TRY(const auto taken, tx.maybe<DashboardId>(kTaken, kind, owner, name, self.v));
  if (taken) return fail(Errc::conflict, "insight.dashboard_exists", std::string(name), "/name");
  return std::string(name);
}

bool inside(const Tile& t) {
  return t.w >= kTileWidthMin && t.w <= kGridColumns && t.h >= kTileHeightMin && t.h <= kTileHeightMax && t.x >= 0 && t.x <= kGridColumns - t.w &&
         t.y >= 0 && t.y <= kGridRows - t.h;
}
bool overlap(const Tile& a, const Tile& b) { return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h; }

Result<> check_tiles(const std::vector<Tile>& tiles) {
  const auto at = [](std::size_t i) { return "/tiles/" + std::to_string(i); };
  if (tiles.size() > kTilesMax) return fail(Errc::invalid, "insight.tile_count", {}, "/tiles");
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    if (!inside(tiles[i])) return fail(Errc::invalid, "insight.tile_place", {}, at(i));
    for (std::size_t j = 0; j < i; ++j) {
      if (tiles[i].chart == tiles[j].chart) return fail(Errc::invalid, "insight.tile_twice", to_text(tiles[i].chart), at(i));
      if (overlap(tiles[i], tiles[j])) return fail(Errc::invalid, "insight.tile_overlap", {}, at(i));
    }
  }
  return {};
}

/// Charts that were there stay, even when they are shared no more.
Result<> check_charts(Tx& tx, const store::Author& who, const std::vector<Tile>& tiles, const std::vector<Tile>& had) {
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    if (std::ranges::find(had, tiles[i].chart, &Tile::chart) != had.end()) continue;
    auto seen = chart(tx, who, tiles[i].chart);
    if (seen) continue;
    seen.error().pointer = "/tiles/" + std::to_string(i) + "/chart";
    return std::unexpected(std::move(seen.error()));
  }
  return {};
}

Result<> put_tiles(Tx& tx, DashboardId id, const std::vector<Tile>& tiles) {
  TRY(tx.exec(kDropTiles, id));
  for (const auto& t : tiles) { TRY(tx.exec(kAddTile, id, t.chart, t.x, t.y, t.w, t.h)); }
  return {};
}

Result<Dashboard> with_tiles(Tx& tx, DashboardRow row) {
  Dashboard out{std::move(row), {}};
  TRY(const auto tiles, tx.all<TileRow>(kTiles, out.id));
  for (const auto& t : tiles) out.tiles.push_back({t.chart_id, t.x, t.y, t.w, t.h});
  return out;
}

Result<Dashboard> own_dashboard(Tx& tx, const Hand& hand, DashboardId id) {
  TRY(auto found, dashboard(tx, hand.who, id));
  if (!may_change(hand, found.owner_kind, found.owner_id)) return fail(Errc::forbidden, "insight.not_yours", found.owner_name);
  return found;
}

}  // namespace

Result<std::vector<Dashboard>> dashboards(Tx& tx, const store::Author& who, const DashboardList& list) {
  TRY(auto rows, tx.all<DashboardRow>(kList, who.kind, who.id, list.mine ? 1 : 0, like_text(list.q), list.after.v, list.limit));
  std::vector<Dashboard> out;
  for (auto& row : rows) {
    TRY(auto one, with_tiles(tx, std::move(row)));
    out.push_back(std::move(one));
  }
  return out;
}

Result<Dashboard> dashboard(Tx& tx, const store::Author& who, DashboardId id) {
  TRY(auto found, tx.maybe<DashboardRow>(kVisible, id, who.kind, who.id));
  if (!found) return fail(Errc::not_found, "insight.no_dashboard", to_text(id));
  return with_tiles(tx, std::move(*found));
}

Result<std::vector<Chart>> charts_on(Tx& tx, const store::Author& who, const Dashboard& dashboard) {
  std::vector<Chart> out;
  for (const auto& tile : dashboard.tiles) {
    auto seen = chart(tx, who, tile.chart);
    if (seen) out.push_back(std::move(*seen));
    else if (seen.error().kind != Errc::not_found) return std::unexpected(std::move(seen.error()));
  }
  return out;
}

Result<Dashboard> create_dashboard(Tx& tx, const store::Author& who, const DashboardIn& in) {
  TRY(const auto name, dashboard_name(tx, in.name, who.kind, who.id, {}));
  TRY(check_tiles(in.tiles));
  TRY(check_charts(tx, who, in.tiles, {}));
  TRY(const auto count, tx.one<std::int64_t>(kCountOwn, who.kind, who.id));
  if (count >= kDashboardsMax) return fail(Errc::exhausted, "insight.dashboard_limit", std::to_string(kDashboardsMax));
  const auto id = tx.next_id<DashboardId>();
  TRY(const auto made, tx.exec(kAdd, id, who.kind, who.id, who.name, name, in.shared, tx.now()));
  if (made == 0) return fail(Errc::conflict, "insight.dashboard_exists", name, "/name");
  TRY(put_tiles(tx, id, in.tiles));
  return dashboard(tx, who, id);
}

Result<Dashboard> update_dashboard(Tx& tx, const Hand& hand, DashboardId id, const DashboardChange& change) {
  TRY(auto now, own_dashboard(tx, hand, id));
  const auto ver = change.ver.value_or(now.ver);
  if (ver != now.ver) return fail(Errc::precondition, "insight.stale");
  if (change.name) { TRY(now.name, dashboard_name(tx, *change.name, now.owner_kind, now.owner_id, id)); }
  now.shared = change.shared.value_or(now.shared);
  if (change.tiles) {
    TRY(check_tiles(*change.tiles));
    TRY(check_charts(tx, hand.who, *change.tiles, now.tiles));
  }
  TRY(const auto done, tx.exec(kEdit, id, ver, now.name, now.shared, tx.now()));
  if (done == 0) return fail(Errc::precondition, "insight.stale");
  if (change.tiles) { TRY(put_tiles(tx, id, *change.tiles)); }
  DashboardRow row = now;
  row.ver = ver + 1;
  row.updated_at = tx.now();
  return with_tiles(tx, std::move(row));
}

Result<> delete_dashboard(Tx& tx, const Hand& hand, DashboardId id) {
  TRY(own_dashboard(tx, hand, id));
  TRY(tx.exec(kDropTiles, id));
  TRY(tx.exec(kDrop, id));
  return {};
}

}  // namespace koi::insight
