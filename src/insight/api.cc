#include "http/wire.h"
#include "insight/board.h"
#include "insight/drill.h"
#include "insight/rfm_setting.h"
#include "insight/source_map.h"

namespace koi::insight {
namespace {

struct FreshQuery { std::optional<bool> fresh; };
BOOST_DESCRIBE_STRUCT(FreshQuery, (), (fresh))
struct RfmQuery : RfmSpec { std::optional<bool> fresh; };
BOOST_DESCRIBE_STRUCT(RfmQuery, (RfmSpec), (fresh))
struct AsOfQuery : AsOfSpec { std::optional<bool> fresh; };
BOOST_DESCRIBE_STRUCT(AsOfQuery, (AsOfSpec), (fresh))
struct SeriesQuery : SeriesSpec { std::optional<bool> fresh; };
BOOST_DESCRIBE_STRUCT(SeriesQuery, (SeriesSpec), (fresh))
struct RfmPeopleQuery : RfmSpec {
  std::optional<std::string> cell, tier, after;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(RfmPeopleQuery, (RfmSpec), (cell, tier, after, limit))

/// Every answer goes through the board; only its question differs.
Result<Answer> reply(Call& call, Question question, bool fresh) {
  return call.read([scope = call.scope(), question = std::move(question), fresh](Tx& tx) -> Result<Reply> {
    TRY(const auto body, serve(tx, scope, question, fresh));
    return Reply{200, *body, "application/json", {}};
  });
}

Result<Answer> get_home(Call& call) {
  TRY(const auto q, call.query<FreshQuery>());
  return reply(call, {"home", "{}"}, q.fresh.value_or(false));
}
Result<Answer> get_triangle(Call& call) {
  TRY(const auto q, call.query<FreshQuery>());
  return reply(call, {"triangle", "{}"}, q.fresh.value_or(false));
}
Result<Answer> get_rfm(Call& call) {
  TRY(const auto q, call.query<RfmQuery>());
  const RfmSpec& spec = q;
  TRY(rfm_rule(spec));
  return reply(call, {"rfm", http::json_of(spec)}, q.fresh.value_or(false));
}
Result<Answer> get_cohorts(Call& call) {
  TRY(const auto q, call.query<AsOfQuery>());
  const AsOfSpec& spec = q;
  return reply(call, {"cohorts", http::json_of(spec)}, q.fresh.value_or(false));
}
Result<Answer> get_intervals(Call& call) {
  TRY(const auto q, call.query<AsOfQuery>());
  const AsOfSpec& spec = q;
  return reply(call, {"intervals", http::json_of(spec)}, q.fresh.value_or(false));
}
Result<Answer> get_growth(Call& call) {
  TRY(const auto q, call.query<SeriesQuery>());
  const SeriesSpec& spec = q;
  return reply(call, {"growth", http::json_of(spec)}, q.fresh.value_or(false));
}
Result<Answer> get_trend(Call& call) {
  TRY(const auto q, call.query<SeriesQuery>());
  const SeriesSpec& spec = q;
  return reply(call, {"trend", http::json_of(spec)}, q.fresh.value_or(false));
}

Result<Answer> get_source_map(Call& call) {
  TRY(const auto q, call.query<FreshQuery>());
  return reply(call, {"source-map", "{}"}, q.fresh.value_or(false));
}

struct RfmPerson {
  PersonId person_id;
  int r = 0, f = 0, m = 0;
  std::string_view tier;
  std::int64_t orders = 0;
  Fen net_fen;
  Instant last_at{};
};
BOOST_DESCRIBE_STRUCT(RfmPerson, (), (person_id, r, f, m, tier, orders, net_fen, last_at))

Result<PersonId> place(const std::optional<std::string>& after) {
  if (!after) return PersonId{};
  TRY(const auto at, http::decode_cursor(*after, 1));
  return PersonId{at[0]};
}

Result<Answer> get_rfm_people(Call& call) {
  TRY(const auto q, call.query<RfmPeopleQuery>());
  RfmPeople cmd{.spec = q, .cell = q.cell, .tier = q.tier, .after = {}, .limit = 50};
  TRY(rfm_rule(cmd.spec));
  TRY(cmd.after, place(q.after));
  TRY(cmd.limit, http::page_limit(q.limit));
  return call.read([scope = call.scope(), cmd = std::move(cmd)](Tx& tx) -> Result<Reply> {
    TRY(const auto found, rfm_people(tx, scope, cmd));
    http::Page<RfmPerson> page;
    for (const auto& p : found.rows)
      page.data.push_back({PersonId{p.person}, p.r, p.f, p.m, kTiers[static_cast<std::size_t>(p.tier(found.high))].name, p.orders,
                           Fen{p.net}, from_ms(p.last_at)});
    if (static_cast<int>(page.data.size()) == cmd.limit) page.next = http::encode_cursor({page.data.back().person_id.v});
    page.as_of = found.as_of;
    return http::ok(page);
  });
}

constexpr int kSettingsShown = 50;
struct RfmSettings { RfmSetting current; std::vector<RfmSetting> history; };
BOOST_DESCRIBE_STRUCT(RfmSettings, (), (current, history))
struct RfmSettingIn {
  std::string method;
  std::optional<std::string> r_days, f_orders, m_fen, note;
  std::optional<std::int64_t> high;
};
BOOST_DESCRIBE_STRUCT(RfmSettingIn, (), (method, r_days, f_orders, m_fen, high, note))

Result<Answer> get_rfm_setting(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    RfmSettings out;
    TRY(out.current, rfm_setting(tx));
    TRY(out.history, rfm_settings(tx, kSettingsShown));
    return http::with_etag(http::ok(out), out.current.version);
  });
}

Result<Answer> put_rfm_setting(Call& call) {
  TRY(const auto body, call.body<RfmSettingIn>());
  TRY(const auto ver, http::if_match(call));
  const RfmSetting wanted{.version = 0, .method = body.method, .r_days = body.r_days, .f_orders = body.f_orders,
                          .m_fen = body.m_fen, .high = body.high.value_or(4), .note = body.note.value_or(""), .at = {}};
  call.audit_subject("rfm", http::json_of(RfmSpec{.as_of = {}, .method = body.method, .r_days = body.r_days,
                                                  .f_orders = body.f_orders, .m_fen = body.m_fen, .high = wanted.high}));
  return call.write(ShardKey{}, [who = call.actor().author(), ver, wanted](Tx& tx) -> Result<Reply> {
    TRY(const auto now, rfm_setting(tx));
    TRY(const auto saved, save_rfm_setting(tx, who, ver.value_or(now.version), wanted));
    return http::with_etag(http::ok(saved), saved.version);
  });
}

struct DrillQuery {
  std::string metric;
  std::optional<std::string> month, channel, after;
  std::optional<std::int64_t> offset, limit;
  std::optional<Instant> from, to;
};
BOOST_DESCRIBE_STRUCT(DrillQuery, (), (metric, month, channel, after, offset, limit, from, to))
struct DrillRow { PersonId person_id; };
BOOST_DESCRIBE_STRUCT(DrillRow, (), (person_id))

Result<Answer> get_drill(Call& call) {
  TRY(const auto q, call.query<DrillQuery>());
  Drill cmd{.metric = q.metric, .after = {}, .limit = 50, .month = {}, .offset = q.offset.value_or(0), .channel = q.channel,
            .from = q.from, .to = q.to};
  if (q.month) {
    cmd.month = parse_month(*q.month);
    if (!cmd.month) return fail(Errc::invalid, "insight.bad_spec", *q.month, "/month");
  }
  TRY(cmd.after, place(q.after));
  TRY(cmd.limit, http::page_limit(q.limit));
  return call.read([scope = call.scope(), cmd = std::move(cmd)](Tx& tx) -> Result<Reply> {
    TRY(const auto ids, drill(tx, scope, cmd));
    http::Page<DrillRow> page;
    for (const auto id : ids) page.data.push_back({id});
    if (static_cast<int>(ids.size()) == cmd.limit) page.next = http::encode_cursor({ids.back().v});
    page.as_of = tx.now();
    return http::ok(page);
  });
}

struct MetricRow {
  std::string_view name, zh, en, unit, grain, formula, filters, definition_zh, definition_en;
  int version = 1;
};
BOOST_DESCRIBE_STRUCT(MetricRow, (), (name, zh, en, unit, grain, formula, filters, definition_zh, definition_en, version))
struct MetricList { std::vector<MetricRow> data; };
BOOST_DESCRIBE_STRUCT(MetricList, (), (data))

Result<Answer> get_metrics(Call&) {
  MetricList out;
  for (const auto& m : metrics())
    out.data.push_back({m.name, m.zh, m.en, m.unit, m.grain, m.formula, m.filters, m.definition_zh, m.definition_en, m.version});
  return http::ok(out);
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<FreshQuery, None, Home>("GET", "/v1/insight/home", "insight.read", get_home, "首页看板", "Home dashboard"),
    route<FreshQuery, None, Triangle>("GET", "/v1/insight/triangle", "insight.read", get_triangle, "私域三角", "Private-domain triangle"),
    route<RfmQuery, None, Rfm>("GET", "/v1/insight/rfm", "insight.read", get_rfm, "RFM 分层与迁移", "RFM grid and movement"),
    route<RfmPeopleQuery, None, http::Page<RfmPerson>>("GET", "/v1/insight/rfm/people", "insight.read", get_rfm_people,
                                                       "RFM 格内客户", "People of an RFM cell or tier"),
    route<None, None, RfmSettings>("GET", "/v1/insight/rfm/setting", "insight.read", get_rfm_setting, "RFM 分档规则",
                                   "How RFM scores are cut"),
    route<None, RfmSettingIn, RfmSetting>("PUT", "/v1/insight/rfm/setting", "insight.write", put_rfm_setting, "修改 RFM 分档规则",
                                          "Change how RFM scores are cut", http::kIfMatch),
    route<AsOfQuery, None, Cohorts>("GET", "/v1/insight/cohorts", "insight.read", get_cohorts, "月度分组留存与成交", "Monthly cohorts"),
    route<AsOfQuery, None, IntervalsReply>("GET", "/v1/insight/intervals", "insight.read", get_intervals, "复购间隔", "Repurchase intervals"),
    route<SeriesQuery, None, Growth>("GET", "/v1/insight/growth", "insight.read", get_growth, "客户增长与流失", "Growth by source"),
    route<SeriesQuery, None, Trend>("GET", "/v1/insight/trend", "insight.read", get_trend, "成交趋势", "Sales over time"),
    route<FreshQuery, None, SourceMap>("GET", "/v1/insight/source-map", "insight.read", get_source_map, "路径与池", "Path and pools"),
    route<DrillQuery, None, http::Page<DrillRow>>("GET", "/v1/insight/drill", "insight.read", get_drill, "指标背后的客户",
                                                  "People behind a number"),
    route<None, None, MetricList>("GET", "/v1/metrics", "insight.read", get_metrics, "指标定义", "Metric definitions"),
};

}  // namespace

std::span<const http::Route> routes() { return kRoutes; }

}  // namespace koi::insight
