#include "people/flow.h"

#include <algorithm>

#include "store/rows.h"

namespace koi::people {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kStages = static_cast<std::int64_t>(kStageNames.size());

constexpr std::string_view kHistory = "SELECT at, from_stage, to_stage, seconds_in FROM stage_history WHERE person_id = $1";
constexpr std::string_view kForget = "DELETE FROM stage_history WHERE person_id = $1";
constexpr std::string_view kCount =
    "INSERT INTO stage_flow (hour, from_stage, to_stage, writer, moves, seconds_in) VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT (hour, from_stage, to_stage, writer) DO UPDATE SET moves = stage_flow.moves + excluded.moves,"
    " seconds_in = stage_flow.seconds_in + excluded.seconds_in";

constexpr std::string_view kFlow =
    "SELECT from_stage, to_stage, CAST(SUM(moves) AS BIGINT), CAST(SUM(seconds_in) AS BIGINT) / CAST(SUM(moves) AS BIGINT)"
    " FROM stage_flow WHERE hour >= $1 AND hour < $2 GROUP BY from_stage, to_stage HAVING SUM(moves) > 0"
    " ORDER BY from_stage, to_stage";
// Of some people: theirs are read. CROSS JOIN keeps SQLite's planner at the people first.
#define KOI_FLOW_OF                                                                                                  \
  "SELECT h.from_stage, h.to_stage, COUNT(*), CAST(SUM(h.seconds_in) AS BIGINT) / COUNT(*) FROM person p"            \
  " CROSS JOIN stage_history h WHERE h.person_id = p.id AND h.at >= $1 AND h.at < $2 AND "
#define KOI_FLOW_TAIL " GROUP BY h.from_stage, h.to_stage ORDER BY h.from_stage, h.to_stage"
constexpr std::string_view kFlowOfOwner = KOI_FLOW_OF "p.owner_staff_id = $3" KOI_FLOW_TAIL;
constexpr std::string_view kFlowUnder = KOI_FLOW_OF "SUBSTR(p.unit_path, 1, LENGTH(CAST($3 AS TEXT))) = $3" KOI_FLOW_TAIL;

constexpr std::string_view kUncounted =
    "SELECT COUNT(*) FROM (SELECT hour FROM (SELECT hour, from_stage, to_stage, moves, seconds_in FROM stage_flow UNION ALL"
    " SELECT at / 3600000, from_stage, to_stage, -1, -seconds_in FROM stage_history) both_ways"
    " GROUP BY hour, from_stage, to_stage HAVING SUM(moves) <> 0 OR SUM(seconds_in) <> 0) apart";

struct PastRow { Instant at; std::string from, to; std::int64_t seconds; };
BOOST_DESCRIBE_STRUCT(PastRow, (), (at, from, to, seconds))

}  // namespace

FlowChange::Sum& FlowChange::sum_of(const Move& move) {
  const auto pair = static_cast<std::int64_t>(move.from) * kStages + static_cast<std::int64_t>(move.to);
  return sums_[to_ms(move.at) / kHourMs * kStages * kStages + pair];
}

Result<> FlowChange::forget(Tx& tx, PersonId node) {
  TRY(tx.each<PastRow>(kHistory, [&](PastRow&& row) -> Result<> {
    auto& sum = sum_of({.at = row.at, .from = parse_stage(row.from).value_or(Stage::prospect),
                        .to = parse_stage(row.to).value_or(Stage::prospect), .reason = {}});
    --sum.moves;
    sum.seconds -= row.seconds;
    return {};
  }, node));
  TRY(tx.exec(kForget, node));
  return {};
}

Result<> FlowChange::write(Tx& tx) {
  std::vector<std::pair<std::int64_t, Sum>> changes;
  for (const auto& entry : sums_)
    if (entry.second.moves != 0 || entry.second.seconds != 0) changes.push_back(entry);
  std::ranges::sort(changes, {}, [](const auto& change) { return change.first; });
  for (const auto& [key, sum] : changes) {
    const auto pair = key % (kStages * kStages);
    TRY(tx.exec(kCount, key / (kStages * kStages), kStageNames[static_cast<std::size_t>(pair / kStages)],
                kStageNames[static_cast<std::size_t>(pair % kStages)], tx.writer(), sum.moves, sum.seconds));
  }
  sums_.clear();
  return {};
}

Result<> forget_stages(Tx& tx, PersonId node) {
  FlowChange flow;
  TRY(flow.forget(tx, node));
  return flow.write(tx);
}

Result<std::int64_t> uncounted_moves(Tx& tx) { return tx.one<std::int64_t>(kUncounted); }

Result<std::vector<Flow>> stage_flow(Tx& tx, const Scope& scope, Instant from, Instant to) {
  const auto first = std::chrono::floor<std::chrono::hours>(from), end = std::chrono::ceil<std::chrono::hours>(to);
  if (scope.unlimited()) return tx.all<Flow>(kFlow, to_ms(first) / kHourMs, to_ms(end) / kHourMs);
  if (scope.reach() == Reach::own) return tx.all<Flow>(kFlowOfOwner, Instant{first}, Instant{end}, scope.staff());
  if (scope.unit_path().empty()) return std::vector<Flow>{};
  return tx.all<Flow>(kFlowUnder, Instant{first}, Instant{end}, scope.unit_path());
}

}  // namespace koi::people
