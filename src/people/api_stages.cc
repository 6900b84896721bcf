// Life stages on the wire: their rules, what other rules would do, and the moves people made.
#include "http/wire.h"
#include "people/api.h"
#include "people/stages.h"

namespace koi::people {

struct RulesIn { std::int64_t retain_days, new_days, active_days, dormant_days; };
BOOST_DESCRIBE_STRUCT(RulesIn, (), (retain_days, new_days, active_days, dormant_days))
struct StageChange { std::string stage; std::int64_t now, then; };
BOOST_DESCRIBE_STRUCT(StageChange, (), (stage, now, then))
struct DryRunOut { std::vector<StageChange> data; Instant as_of; };
BOOST_DESCRIBE_STRUCT(DryRunOut, (), (data, as_of))
struct FlowQuery { std::optional<Instant> from, to; };
BOOST_DESCRIBE_STRUCT(FlowQuery, (), (from, to))
struct FlowOut { Instant from, to; std::vector<Flow> data; Instant as_of; };
BOOST_DESCRIBE_STRUCT(FlowOut, (), (from, to, data, as_of))

namespace {

constexpr std::chrono::days kFlowDays{30}, kFlowDaysMax{400};

StageRules rules_of(const RulesIn& in, std::int64_t version) {
  return {version, in.retain_days, in.new_days, in.active_days, in.dormant_days};
}

Result<Answer> get_rules(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(const auto rules, stage_rules(tx));
    return http::with_etag(http::ok(rules), rules.version);
  });
}

Result<Answer> put_rules(Call& call) {
  TRY(const auto body, call.body<RulesIn>());
  TRY(const auto version, http::if_match(call));
  return call.write(ShardKey{}, [body, version, who = call.actor().author()](Tx& tx) -> Result<Reply> {
    TRY(const auto now, stage_rules(tx));
    TRY(const auto next, set_stage_rules(tx, rules_of(body, version.value_or(now.version)), who.kind + ":" + std::to_string(who.id)));
    return http::with_etag(http::ok(next), next.version);
  });
}

Result<Answer> dry_run(Call& call) {
  TRY(const auto body, call.body<RulesIn>());
  return call.read([body](Tx& tx) -> Result<Reply> {
    TRY(const auto rules, stage_rules(tx));
    TRY(const auto now, count_stages(tx, rules));
    TRY(const auto then, count_stages(tx, rules_of(body, rules.version)));
    DryRunOut out{{}, tx.now()};
    for (std::size_t i = 0; i < kStageNames.size(); ++i) out.data.push_back({std::string(kStageNames[i]), now[i], then[i]});
    return http::ok(out);
  });
}

Result<Answer> get_flow(Call& call) {
  TRY(const auto query, call.query<FlowQuery>());
  return call.read([scope = call.scope(), query](Tx& tx) -> Result<Reply> {
    FlowOut out;
    out.to = query.to.value_or(tx.now());
    out.from = query.from.value_or(out.to - kFlowDays);
    if (out.from >= out.to || out.to - out.from > kFlowDaysMax) return fail(Errc::invalid, "people.flow_period", "1 to 400 days", "/from");
    TRY(out.data, stage_flow(tx, scope, out.from, out.to));
    out.from = std::chrono::floor<std::chrono::hours>(out.from);  // what was counted
    out.to = std::chrono::ceil<std::chrono::hours>(out.to);
    out.as_of = tx.now();
    return http::ok(out);
  });
}

using http::None;
using http::route;
constexpr Route kStageRoutes[] = {
    route<None, None, StageRules>("GET", "/v1/stage-rules", "stage.read", get_rules, "生命周期规则", "Life-stage rules"),
    route<None, RulesIn, StageRules>("PUT", "/v1/stage-rules", "stage.write", put_rules, "修改生命周期规则",
                                     "Change the life-stage rules", http::kIfMatch),
    route<None, RulesIn, DryRunOut>("POST", "/v1/stage-rules/dry-run", "stage.read", dry_run, "试算生命周期规则",
                                    "Count people under other rules", http::kNoAudit),
    route<FlowQuery, None, FlowOut>("GET", "/v1/stages/flow", "stage.read", get_flow, "阶段流转", "Moves between stages"),
};

}  // namespace

std::span<const Route> stage_routes() { return kStageRoutes; }

}  // namespace koi::people
