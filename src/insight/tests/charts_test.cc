#include "insight/dashboards.h"

#include "insight/tests/pond_world.h"

namespace koi::insight::testing {
namespace {

constexpr std::string_view kFunnel = R"({"steps":["order_created","order_paid"],"window":"7d","days":30})";
const store::Author kAnna{"user", 1, "Anna"}, kBo{"user", 2, "Bo"}, kHouse{"system", 0, "sample"};

struct ChartWorld : PondWorld {
  std::string save(const store::Author& who, const ChartIn& in, ChartId* id = nullptr) {
    const auto made = write([&](Tx& tx) { return create_chart(tx, who, in); });
    if (made && id != nullptr) *id = made->id;
    return made ? "saved" : made.error().code + made.error().pointer;
  }
  ChartId saved(const store::Author& who, const std::string& name, bool shared = false) {
    ChartId id;
    EXPECT_EQ(save(who, {name, "funnel", std::string(kFunnel), {}, shared}, &id), "saved");
    return id;
  }
  std::string seen(const store::Author& who, ChartId id) { return outcome(read([&](Tx& tx) { return chart(tx, who, id); })); }
  std::string names(const store::Author& who, const ChartList& list) {
    std::string out;
    const auto found = read([&](Tx& tx) { return charts(tx, who, list); });
    check(found);
    for (const auto& c : *found) out += c.name + ";";
    return out;
  }
  std::string change(const Hand& hand, ChartId id, const ChartChange& what) {
    return outcome(write([&](Tx& tx) { return update_chart(tx, hand, id, what); }));
  }
  Result<Dashboard> board(const store::Author& who, const DashboardIn& in) {
    return write([&](Tx& tx) { return create_dashboard(tx, who, in); });
  }
  std::string put(const Hand& hand, DashboardId id, const DashboardChange& what) {
    return outcome(write([&](Tx& tx) { return update_dashboard(tx, hand, id, what); }));
  }
};

TEST(SavedCharts, AreRefusedAsTheirQuestionWouldBe) {
  ChartWorld w;
  struct { ChartIn in; std::string want; } const rows[] = {
      {{"复购漏斗", "funnel", std::string(kFunnel), {}, false}, "saved"},
      {{" 复购漏斗 ", "funnel", std::string(kFunnel), {}, false}, "insight.chart_exists/name"},
      {{" ", "funnel", std::string(kFunnel), {}, false}, "insight.chart_name/name"},
      {{std::string(61, 'x'), "funnel", std::string(kFunnel), {}, false}, "insight.chart_name/name"},
      {{"a", "pie", "{}", {}, false}, "insight.chart_kind/kind"},
      {{"a", "funnel", "{}", {}, false}, "http.missing_field/spec/steps"},
      {{"a", "funnel", "[]", {}, false}, "http.wrong_type/spec"},
      {{"a", "funnel", R"({"steps":["order_paid"],"window":"7d"})", {}, false}, "insight.steps_count/spec/steps"},
      {{"a", "funnel", R"({"steps":["order_paid","order_payd"],"window":"7d"})", {}, false}, "segments.unknown_name/spec/steps/1"},
      {{"a", "activity", R"({"event":"order_paid","among":"stage = \"nowhere\""})", {}, false}, "segments.unknown_name/spec/among: 1:1"},
      {{"a", "activity", R"({"event":"order_paid","segment":"nobody"})", {}, false}, "segments.no_segment/spec/segment"},
      {{"a", "activity", R"({"event":")" + std::string(kSpecMax, 'x') + "\"}", {}, false}, "insight.spec_too_long/spec"},
      {{"a", "activity", R"({"event":"order_paid"})", {{"show", std::string(41, 'x')}}, false}, "insight.chart_view/look"},
      {{"a", "activity", R"({"event":"order_paid"})", {{"show", "people"}}, true}, "saved"},
      {{"b", "retention", R"({"first":"order_paid","by":"person.stage"})", {}, false}, "saved"},
      {{"c", "paths", R"({"anchor":"order_paid","window":"1d"})", {}, false}, "saved"},
      {{"d", "attribution", R"({"touch":"order_created","conversion":"order_paid"})", {}, false}, "saved"},
      {{"e", "rfm", R"({"event":"order_paid"})", {}, false}, "saved"},
  };
  for (const auto& row : rows) EXPECT_EQ(w.save(kAnna, row.in), row.want) << row.in.name << " " << row.in.spec.substr(0, 80);
}

TEST(SavedCharts, AreOnesOwnOrShared) {
  ChartWorld w;
  const auto mine = w.saved(kAnna, "mine"), shared = w.saved(kAnna, "Shared 100%", true), house = w.saved(kHouse, "house", true);
  EXPECT_EQ(w.seen(kAnna, mine), "ok");
  EXPECT_EQ(w.seen(kBo, mine), "insight.no_chart");
  EXPECT_EQ(w.seen(kBo, shared), "ok");
  EXPECT_EQ(w.names(kBo, {}), "house;Shared 100%;");
  EXPECT_EQ(w.names(kAnna, {}), "house;Shared 100%;mine;");
  EXPECT_EQ(w.names(kAnna, {.mine = true}), "Shared 100%;mine;");
  EXPECT_EQ(w.names(kAnna, {.q = "shared"}), "Shared 100%;");
  EXPECT_EQ(w.names(kAnna, {.q = "0%"}), "Shared 100%;");
  EXPECT_EQ(w.names(kAnna, {.q = "_"}), "");
  EXPECT_EQ(w.names(kAnna, {.kind = "paths"}), "");
  EXPECT_EQ(w.names(kAnna, {.after = shared}), "mine;");
  EXPECT_EQ(w.change({kBo}, mine, {.name = "x"}), "insight.no_chart");
  EXPECT_EQ(w.change({kBo}, shared, {.name = "x"}), "insight.not_yours");
  EXPECT_EQ(w.change({kBo, true}, shared, {.name = "x"}), "ok");
  EXPECT_EQ(w.change({kBo}, house, {.name = "ours"}), "ok");
}

TEST(SavedCharts, AnEditOfAnOlderVersionIsRefused) {
  ChartWorld w;
  const auto id = w.saved(kAnna, "a");
  w.saved(kAnna, "b");
  EXPECT_EQ(w.change({kAnna}, id, {.name = "c", .ver = 1}), "ok");
  EXPECT_EQ(w.change({kAnna}, id, {.name = "d", .ver = 1}), "insight.stale");
  EXPECT_EQ(w.change({kAnna}, id, {.name = "b", .ver = 2}), "insight.chart_exists");
  EXPECT_EQ(w.change({kAnna}, id, {.spec = "{}", .ver = 2}), "http.missing_field");
  EXPECT_EQ(w.change({kAnna}, id, {.spec = R"({"steps":["order_paid","order_created"],"window":"1d"})", .look = Look{{"show", "people"}}, .shared = true, .ver = 2}), "ok");
  const auto now = w.read([&](Tx& tx) { return chart(tx, kBo, id); });
  w.check(now);
  EXPECT_EQ(now->name + " " + now->look + " " + std::to_string(now->ver), R"(c {"show":"people"} 3)");
}

TEST(Dashboards, TilesStandInsideAndApart) {
  ChartWorld w;
  const auto a = w.saved(kAnna, "a"), b = w.saved(kAnna, "b"), other = w.saved(kBo, "c");
  struct { std::vector<Tile> tiles; std::string want; } const rows[] = {
      {{}, "ok"},
      {{{a, 0, 0, 6, 4}, {b, 6, 0, 6, 4}}, "ok"},
      {{{a, 0, 0, 12, 4}, {b, 0, 4, 3, 2}}, "ok"},
      {{{a, 0, 0, 6, 4}, {b, 5, 3, 6, 4}}, "insight.tile_overlap"},
      {{{a, 0, 0, 6, 4}, {a, 6, 0, 6, 4}}, "insight.tile_twice"},
      {{{a, 7, 0, 6, 4}}, "insight.tile_place"},
      {{{a, -1, 0, 6, 4}}, "insight.tile_place"},
      {{{a, 0, 0, 2, 4}}, "insight.tile_place"},
      {{{a, 0, 0, 6, 13}}, "insight.tile_place"},
      {{{a, 0, 399, 6, 4}}, "insight.tile_place"},
      {{{a, INT64_MAX, 0, INT64_MAX, 4}}, "insight.tile_place"},
      {{{other, 0, 0, 6, 4}}, "insight.no_chart"},
      {{{ChartId{999'999}, 0, 0, 6, 4}}, "insight.no_chart"},
      {std::vector<Tile>(25, Tile{a}), "insight.tile_count"},
  };
  int n = 0;
  for (const auto& row : rows) {
    const auto made = w.board(kAnna, {"board " + std::to_string(++n), false, row.tiles});
    EXPECT_EQ(outcome(made), row.want) << n;
    EXPECT_EQ(made ? made->tiles.size() : row.tiles.size(), row.tiles.size());
  }
}

TEST(Dashboards, SharingOneSharesWhatItShows) {
  ChartWorld w;
  const auto a = w.saved(kAnna, "a"), bo = w.saved(kBo, "bo", true);
  const auto board = w.board(kAnna, {"早会", false, {{a, 0, 0, 6, 4}, {bo, 6, 0, 6, 4}}});
  w.check(board);
  const auto sees = [&](const store::Author& who) { return outcome(w.read([&](Tx& tx) { return dashboard(tx, who, board->id); })); };
  EXPECT_EQ(sees(kBo), "insight.no_dashboard");
  EXPECT_EQ(w.seen(kBo, a), "insight.no_chart");
  EXPECT_EQ(w.put({kAnna}, board->id, {.shared = true, .ver = 1}), "ok");
  EXPECT_EQ(sees(kBo), "ok");
  EXPECT_EQ(w.seen(kBo, a), "ok");
  EXPECT_EQ(w.put({kBo}, board->id, {.name = "x"}), "insight.not_yours");

  // Bo takes his chart back: Anna's dashboard keeps its place, and whoever arranges it is not refused for it.
  EXPECT_EQ(w.change({kBo}, bo, {.shared = false}), "ok");
  const auto shown = w.read([&](Tx& tx) -> Result<std::string> {
    TRY(const auto now, dashboard(tx, kAnna, board->id));
    TRY(const auto charts, charts_on(tx, kAnna, now));
    return std::to_string(now.tiles.size()) + " tiles, " + std::to_string(charts.size()) + " charts";
  });
  EXPECT_EQ(shown.value_or("?"), "2 tiles, 1 charts");
  EXPECT_EQ(w.put({kAnna}, board->id, {.tiles = std::vector<Tile>{{a, 0, 4, 6, 4}, {bo, 6, 0, 6, 4}}, .ver = 2}), "ok");
  EXPECT_EQ(w.put({kAnna}, board->id, {.tiles = std::vector<Tile>{}, .ver = 2}), "insight.stale");
}

TEST(Dashboards, AChartThatGoesTakesItsTileAlong) {
  ChartWorld w;
  const auto a = w.saved(kAnna, "a"), b = w.saved(kAnna, "b");
  const auto board = w.board(kAnna, {"早会", false, {{a, 0, 0, 6, 4}, {b, 6, 0, 6, 4}}});
  w.check(board);
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return delete_chart(tx, {kBo}, a); })), "insight.no_chart");
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return delete_chart(tx, {kAnna}, a); })), "ok");
  const auto now = w.read([&](Tx& tx) { return dashboard(tx, kAnna, board->id); });
  w.check(now);
  ASSERT_EQ(now->tiles.size(), 1u);
  EXPECT_EQ(now->tiles[0].chart, b);
  EXPECT_EQ(now->ver, 2);  // who has it open must look again
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return delete_dashboard(tx, {kAnna}, board->id); })), "ok");
  EXPECT_EQ(w.count("dashboard_tile"), 0);
  EXPECT_EQ(w.seen(kAnna, b), "ok");
}

TEST(Dashboards, AnOwnerHasSoManyAndNoMore) {
  ChartWorld w;
  for (int i = 0; i < kDashboardsMax; ++i) w.check(w.board(kAnna, {"board " + std::to_string(i), false, {}}));
  EXPECT_EQ(outcome(w.board(kAnna, {"one more", false, {}})), "insight.dashboard_limit");
  EXPECT_EQ(outcome(w.board(kBo, {"board 1", false, {}})), "ok");
  EXPECT_EQ(outcome(w.board(kBo, {"board 1", false, {}})), "insight.dashboard_exists");
}

TEST(ChartRoutes, SaveShowChangeAndThrowAway) {
  ChartWorld w;
  const auto send = [&](std::string_view method, std::string_view path, std::string body = {}, std::string id = {}) {
    DeskCall call(w.db(), Scope::everything("test"), std::move(body));
    call.at(path.find("charts") != std::string_view::npos ? "chart" : "dashboard", std::move(id));
    return call.send(chart_routes(), method, path);
  };
  const auto made = send("POST", "/v1/charts", R"({"name":"漏斗","kind":"funnel","spec":)" + std::string(kFunnel) + R"(,"look":{"show":"people"},"shared":true})");
  ASSERT_NE(made.find(R"("id":"cht_)"), std::string::npos) << made;
  const auto id = made.substr(7, made.find('"', 7) - 7);
  EXPECT_NE(made.find(R"("spec":{"steps":["order_created","order_paid"],"window":"7d","days":30},"look":{"show":"people"},"shared":true,"mine":true,"may_change":true)"), std::string::npos) << made;
  EXPECT_NE(send("PATCH", "/v1/charts/{chart}", R"({"name":"新名"})", id).find(R"("name":"新名")"), std::string::npos);
  const auto board = send("POST", "/v1/dashboards", R"({"name":"早会","tiles":[{"chart":")" + id + R"(","x":0,"y":0,"w":6,"h":4}]})");
  EXPECT_NE(board.find(R"("charts":[{"id":")" + id), std::string::npos) << board;
  EXPECT_NE(send("GET", "/v1/charts/{chart}", {}, id).find(R"("dashboards":1)"), std::string::npos);
  EXPECT_EQ(send("DELETE", "/v1/charts/{chart}", {}, id), "");
  EXPECT_EQ(send("GET", "/v1/charts/{chart}", {}, id), "insight.no_chart: " + id);
  EXPECT_NE(send("GET", "/v1/dashboards").find(R"("tiles":[])"), std::string::npos);
}

}  // namespace
}  // namespace koi::insight::testing
