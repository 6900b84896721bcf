/// Dashboards: charts side by side, as somebody arranged them. Whose they are and who may see them is as with charts.
#pragma once
#include "insight/charts.h"

namespace koi::insight {

struct DashboardTag { static constexpr std::string_view prefix = "dsh"; };
using DashboardId = Id<DashboardTag>;

/// In a grid of kGridColumns; rows go on downwards. Tiles do not lie on each other, and a chart has one.
struct Tile { ChartId chart; std::int64_t x = 0, y = 0, w = 6, h = 4; };
BOOST_DESCRIBE_STRUCT(Tile, (), (chart, x, y, w, h))
inline constexpr std::int64_t kGridColumns = 12, kGridRows = 400, kTileWidthMin = 3, kTileHeightMin = 2, kTileHeightMax = 12;
inline constexpr std::size_t kTilesMax = 24;
inline constexpr int kDashboardsMax = 50;  // an owner

struct DashboardRow {
  DashboardId id;
  std::string owner_kind{};
  std::int64_t owner_id = 0;
  std::string owner_name{}, name{};
  bool shared = false;
  std::int64_t ver = 1;
  Instant created_at{}, updated_at{};
};
BOOST_DESCRIBE_STRUCT(DashboardRow, (), (id, owner_kind, owner_id, owner_name, name, shared, ver, created_at, updated_at))
struct Dashboard : DashboardRow { std::vector<Tile> tiles; };

struct DashboardList { std::string q{}; bool mine = false; DashboardId after{}; int limit = 50; };
/// One's own and the shared ones, newest first.
Result<std::vector<Dashboard>> dashboards(Tx& tx, const store::Author& who, const DashboardList& list);
/// not_found "insight.no_dashboard" unless it may be seen.
Result<Dashboard> dashboard(Tx& tx, const store::Author& who, DashboardId id);
/// The charts on it that whoever looks may see, in the order of the tiles.
Result<std::vector<Chart>> charts_on(Tx& tx, const store::Author& who, const Dashboard& dashboard);

struct DashboardIn { std::string name{}; bool shared = false; std::vector<Tile> tiles{}; };
/// invalid "insight.dashboard_name", "insight.tile_count", "insight.tile_place", "insight.tile_overlap", "insight.tile_twice";
/// conflict "insight.dashboard_exists"; exhausted "insight.dashboard_limit"; not_found "insight.no_chart" for a chart that may not
/// be seen and did not stand there before.
Result<Dashboard> create_dashboard(Tx& tx, const store::Author& who, const DashboardIn& in);
struct DashboardChange {
  std::optional<std::string> name{};
  std::optional<bool> shared{};
  std::optional<std::vector<Tile>> tiles{};
  std::optional<std::int64_t> ver{};  // the one that was looked at
};
/// forbidden "insight.not_yours"; precondition "insight.stale"; codes of create_dashboard and dashboard.
Result<Dashboard> update_dashboard(Tx& tx, const Hand& hand, DashboardId id, const DashboardChange& change);
Result<> delete_dashboard(Tx& tx, const Hand& hand, DashboardId id);

}  // namespace koi::insight
