// Saved charts and dashboards on the wire.
#include "http/wire.h"
#include "insight/dashboards.h"

namespace koi::insight {
namespace {

struct ChartOut {
  ChartId id;
  std::string name, kind;
  http::Json spec, look;
  bool shared, mine, may_change;
  std::string owner;
  std::int64_t dashboards, ver;  // on how many it stands
  Instant created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(ChartOut, (), (id, name, kind, spec, look, shared, mine, may_change, owner, dashboards, ver, created_at, updated_at))
struct DashboardOut {
  DashboardId id;
  std::string name;
  bool shared, mine, may_change;
  std::string owner;
  std::vector<Tile> tiles;
  std::int64_t ver;
  Instant created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(DashboardOut, (), (id, name, shared, mine, may_change, owner, tiles, ver, created_at, updated_at))
/// With the charts its tiles show. A tile whose chart is not among them shows one that is shared no longer.
struct DashboardShown {
  DashboardId id;
  std::string name;
  bool shared, mine, may_change;
  std::string owner;
  std::vector<Tile> tiles;
  std::int64_t ver;
  Instant created_at, updated_at;
  std::vector<ChartOut> charts;
};
BOOST_DESCRIBE_STRUCT(DashboardShown, (), (id, name, shared, mine, may_change, owner, tiles, ver, created_at, updated_at, charts))

struct ChartBody {
  std::string name, kind;
  http::Json spec;
  std::optional<Look> look;
  std::optional<bool> shared;
};
BOOST_DESCRIBE_STRUCT(ChartBody, (), (name, kind, spec, look, shared))
struct ChartPatch {
  std::optional<std::string> name;
  std::optional<http::Json> spec;
  std::optional<Look> look;
  std::optional<bool> shared;
};
BOOST_DESCRIBE_STRUCT(ChartPatch, (), (name, spec, look, shared))
struct DashboardBody {
  std::string name;
  std::optional<bool> shared;
  std::optional<std::vector<Tile>> tiles;
};
BOOST_DESCRIBE_STRUCT(DashboardBody, (), (name, shared, tiles))
struct DashboardPatch {
  std::optional<std::string> name;
  std::optional<bool> shared;
  std::optional<std::vector<Tile>> tiles;
};
BOOST_DESCRIBE_STRUCT(DashboardPatch, (), (name, shared, tiles))
struct ChartQuery {
  std::optional<std::string> q, kind, after;
  std::optional<bool> mine;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(ChartQuery, (), (q, kind, mine, after, limit))
struct DashboardQuery {
  std::optional<std::string> q, after;
  std::optional<bool> mine;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(DashboardQuery, (), (q, mine, after, limit))

Hand hand_of(const Call& call) { return {call.actor().author(), call.actor().may("chart.manage")}; }

Result<ChartOut> chart_out(Tx& tx, const Chart& c, const Hand& hand) {
  TRY(const auto use, chart_use(tx, c.id));
  const bool mine = c.owner_kind == hand.who.kind && c.owner_id == hand.who.id;
  return ChartOut{c.id, c.name, c.kind, {c.spec}, {c.look}, c.shared, mine, may_change(hand, c.owner_kind, c.owner_id), c.owner_name,
                  use, c.ver, c.created_at, c.updated_at};
}
DashboardOut dashboard_out(const Dashboard& d, const Hand& hand) {
  const bool mine = d.owner_kind == hand.who.kind && d.owner_id == hand.who.id;
  return {d.id, d.name, d.shared, mine, may_change(hand, d.owner_kind, d.owner_id), d.owner_name, d.tiles, d.ver, d.created_at, d.updated_at};
}
Result<DashboardShown> dashboard_shown(Tx& tx, const Dashboard& d, const Hand& hand) {
  auto o = dashboard_out(d, hand);
  DashboardShown out{o.id, o.name, o.shared, o.mine, o.may_change, o.owner, std::move(o.tiles), o.ver, o.created_at, o.updated_at, {}};
  TRY(const auto charts, charts_on(tx, hand.who, d));
  for (const auto& c : charts) {
    TRY(auto one, chart_out(tx, c, hand));
    out.charts.push_back(std::move(one));
  }
  return out;
}

using SpecMembers = std::map<std::string, http::Json>;
/// Whoever may not see segments may not keep a question about one either.
Result<> may_keep(const Call& call, const http::Json& spec) {
  if (call.actor().may("segment.read")) return {};
  TRY(const auto members, http::parse_json<SpecMembers>(spec.text));
  for (const auto* name : {"segment", "among"})
    if (const auto at = members.find(name); at != members.end() && at->second.text != "null") return fail(Errc::forbidden, "insight.segment_forbidden", "segment.read", "/spec/" + std::string(name));
  return {};
}

template <class I>
Result<I> place(const std::optional<std::string>& after) {
  if (!after) return I{};
  TRY(const auto at, http::decode_cursor(*after, 1));
  return I{at[0]};
}

Result<Answer> get_charts(Call& call) {
  TRY(const auto q, call.query<ChartQuery>());
  TRY(const auto after, place<ChartId>(q.after));
  TRY(const auto limit, http::page_limit(q.limit));
  const ChartList list{q.q.value_or(""), q.kind.value_or(""), q.mine.value_or(false), after, limit};
  return call.read([hand = hand_of(call), list](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, charts(tx, hand.who, list));
    http::Page<ChartOut> page{.data = {}, .next = {}, .as_of = tx.now()};
    for (const auto& c : rows) {
      TRY(auto one, chart_out(tx, c, hand));
      page.data.push_back(std::move(one));
    }
    if (static_cast<int>(rows.size()) == list.limit) page.next = http::encode_cursor({rows.back().id.v});
    return http::ok(page);
  });
}

Result<Answer> post_chart(Call& call) {
  TRY(auto body, call.body<ChartBody>());
  TRY(may_keep(call, body.spec));
  ChartIn in{body.name, body.kind, body.spec.text, body.look.value_or(Look{}), body.shared.value_or(false)};
  return call.write(ShardKey{}, [hand = hand_of(call), in = std::move(in)](Tx& tx) -> Result<Reply> {
    TRY(const auto made, create_chart(tx, hand.who, in));
    TRY(const auto out, chart_out(tx, made, hand));
    return http::with_etag(http::created(out), made.ver);
  });
}

Result<Answer> get_chart(Call& call) {
  TRY(const auto id, call.path<ChartId>("chart"));
  return call.read([hand = hand_of(call), id](Tx& tx) -> Result<Reply> {
    TRY(const auto found, chart(tx, hand.who, id));
    TRY(const auto out, chart_out(tx, found, hand));
    return http::with_etag(http::ok(out), found.ver);
  });
}

Result<Answer> patch_chart(Call& call) {
  TRY(const auto id, call.path<ChartId>("chart"));
  TRY(auto body, call.body<ChartPatch>());
  if (body.spec) { TRY(may_keep(call, *body.spec)); }
  TRY(const auto ver, http::if_match(call));
  call.audit_subject(to_text(id));
  ChartChange change{body.name, {}, body.look, body.shared, ver};
  if (body.spec) change.spec = body.spec->text;
  return call.write(id, [hand = hand_of(call), id, change = std::move(change)](Tx& tx) -> Result<Reply> {
    TRY(const auto changed, update_chart(tx, hand, id, change));
    TRY(const auto out, chart_out(tx, changed, hand));
    return http::with_etag(http::ok(out), changed.ver);
  });
}

Result<Answer> drop_chart(Call& call) {
  TRY(const auto id, call.path<ChartId>("chart"));
  call.audit_subject(to_text(id));
  return call.write(id, [hand = hand_of(call), id](Tx& tx) -> Result<Reply> {
    TRY(delete_chart(tx, hand, id));
    return http::no_content();
  });
}

Result<Answer> get_dashboards(Call& call) {
  TRY(const auto q, call.query<DashboardQuery>());
  TRY(const auto after, place<DashboardId>(q.after));
  TRY(const auto limit, http::page_limit(q.limit));
  const DashboardList list{q.q.value_or(""), q.mine.value_or(false), after, limit};
  return call.read([hand = hand_of(call), list](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, dashboards(tx, hand.who, list));
    http::Page<DashboardOut> page{.data = {}, .next = {}, .as_of = tx.now()};
    for (const auto& d : rows) page.data.push_back(dashboard_out(d, hand));
    if (static_cast<int>(rows.size()) == list.limit) page.next = http::encode_cursor({rows.back().id.v});
    return http::ok(page);
  });
}

Result<Answer> post_dashboard(Call& call) {
  TRY(auto body, call.body<DashboardBody>());
  DashboardIn in{body.name, body.shared.value_or(false), body.tiles.value_or(std::vector<Tile>{})};
  return call.write(ShardKey{}, [hand = hand_of(call), in = std::move(in)](Tx& tx) -> Result<Reply> {
    TRY(const auto made, create_dashboard(tx, hand.who, in));
    TRY(const auto out, dashboard_shown(tx, made, hand));
    return http::with_etag(http::created(out), made.ver);
  });
}

Result<Answer> get_dashboard(Call& call) {
  TRY(const auto id, call.path<DashboardId>("dashboard"));
  return call.read([hand = hand_of(call), id](Tx& tx) -> Result<Reply> {
    TRY(const auto found, dashboard(tx, hand.who, id));
    TRY(const auto out, dashboard_shown(tx, found, hand));
    return http::with_etag(http::ok(out), found.ver);
  });
}

Result<Answer> patch_dashboard(Call& call) {
  TRY(const auto id, call.path<DashboardId>("dashboard"));
  TRY(auto body, call.body<DashboardPatch>());
  TRY(const auto ver, http::if_match(call));
  call.audit_subject(to_text(id));
  return call.write(id, [hand = hand_of(call), id, change = DashboardChange{body.name, body.shared, body.tiles, ver}](Tx& tx) -> Result<Reply> {
    TRY(const auto changed, update_dashboard(tx, hand, id, change));
    TRY(const auto out, dashboard_shown(tx, changed, hand));
    return http::with_etag(http::ok(out), changed.ver);
  });
}

Result<Answer> drop_dashboard(Call& call) {
  TRY(const auto id, call.path<DashboardId>("dashboard"));
  call.audit_subject(to_text(id));
  return call.write(id, [hand = hand_of(call), id](Tx& tx) -> Result<Reply> {
    TRY(delete_dashboard(tx, hand, id));
    return http::no_content();
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<ChartQuery, None, http::Page<ChartOut>>("GET", "/v1/charts", "chart.read", get_charts, "已存图表", "List saved charts"),
    route<None, ChartBody, ChartOut>("POST", "/v1/charts", "chart.write", post_chart, "保存图表", "Save a chart"),
    route<None, None, ChartOut>("GET", "/v1/charts/{chart}", "chart.read", get_chart, "图表", "A saved chart"),
    route<None, ChartPatch, ChartOut>("PATCH", "/v1/charts/{chart}", "chart.write", patch_chart, "修改图表", "Change a saved chart", http::kIfMatch),
    route<None, None, None>("DELETE", "/v1/charts/{chart}", "chart.write", drop_chart, "删除图表", "Delete a saved chart"),
    route<DashboardQuery, None, http::Page<DashboardOut>>("GET", "/v1/dashboards", "chart.read", get_dashboards, "看板列表", "List dashboards"),
    route<None, DashboardBody, DashboardShown>("POST", "/v1/dashboards", "chart.write", post_dashboard, "新建看板", "Make a dashboard"),
    route<None, None, DashboardShown>("GET", "/v1/dashboards/{dashboard}", "chart.read", get_dashboard, "看板", "A dashboard with its charts"),
    route<None, DashboardPatch, DashboardShown>("PATCH", "/v1/dashboards/{dashboard}", "chart.write", patch_dashboard, "修改看板",
                                                "Change a dashboard", http::kIfMatch),
    route<None, None, None>("DELETE", "/v1/dashboards/{dashboard}", "chart.write", drop_dashboard, "删除看板", "Delete a dashboard"),
};

}  // namespace

std::span<const http::Route> chart_routes() { return kRoutes; }

}  // namespace koi::insight
