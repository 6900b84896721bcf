#include "app/sample/desk.h"

#include "insight/dashboards.h"
#include "store/trail.h"

namespace koi::app {

namespace {

struct Kept {
  std::string_view name, kind, spec;
  insight::Look look;
  std::optional<insight::Tile> at;  // nothing: on no dashboard
};

std::vector<Kept> kept() {
  return {
      {"小程序成交漏斗", "funnel",
       R"({"steps":["mini_program_opened","product_viewed","cart_added","order_paid"],"window":"1d","days":30})", {}, insight::Tile{{}, 0, 0, 7, 5}},
      {"每周成交金额", "activity", R"({"event":"order_paid","unit":"week","days":180,"compare":true})", {{"show", "sum"}}, insight::Tile{{}, 7, 0, 5, 5}},
      {"首购后的复购", "retention", R"({"first":"order_paid","unit":"month","periods":6,"first_is":"ever"})", {}, insight::Tile{{}, 0, 5, 6, 5}},
      {"成交归功于哪些渠道", "attribution",
       R"({"touch":"mini_program_opened where touch.channel is set","conversion":"order_paid","by":"touch.channel","lookback":"30d","credit":"last","days":90})",
       {{"show", "fen"}}, insight::Tile{{}, 6, 5, 6, 5}},
      {"打开小程序之后", "paths", R"({"anchor":"mini_program_opened","window":"1h","days":30})", {}, insight::Tile{{}, 0, 10, 12, 6}},
      {"活跃客户按渠道看购买", "activity", R"({"event":"order_paid","unit":"week","days":90,"by":"person.channel","among":"stage = \"active\""})",
       {{"show", "people"}}, std::nullopt},
  };
}

}  // namespace

Result<> save_charts(Tx& tx) {
  const store::Author house{"system", 0, "锦鲤茶铺"};
  std::vector<insight::Tile> tiles;
  for (const auto& one : kept()) {
    TRY(const auto made, insight::create_chart(tx, house, {std::string(one.name), std::string(one.kind), std::string(one.spec), one.look, true}));
    if (one.at) tiles.push_back({made.id, one.at->x, one.at->y, one.at->w, one.at->h});
  }
  TRY(insight::create_dashboard(tx, house, {"经营早会", true, tiles}));
  return {};
}

}  // namespace koi::app
