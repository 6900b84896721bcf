// The rules of the stages, what they would do, and the moves a person made.
#include "people/standing.h"
#include "store/rows.h"

namespace koi::people {
namespace {

constexpr std::string_view kNewest =
    "SELECT version, retain_days, new_days, active_days, dormant_days FROM stage_rule ORDER BY version DESC LIMIT 1";
constexpr std::string_view kAddVersion =
    "INSERT INTO stage_rule (version, retain_days, new_days, active_days, dormant_days, at, by_whom) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";
constexpr std::string_view kStartWalk = "INSERT INTO stage_refold (version, after_id) VALUES ($1, 0)";
// $1 now, $2 new, $3 active, $4 dormant, the last three in milliseconds: stage_at() in SQL.
constexpr std::string_view kCount =
    "SELECT CASE WHEN orders = 0 THEN 0 WHEN CAST($1 AS BIGINT) >= last_paid_at + CAST($4 AS BIGINT) THEN 4 "
    "WHEN CAST($1 AS BIGINT) >= last_paid_at + CAST($3 AS BIGINT) THEN 3 "
    "WHEN orders = 1 AND CAST($1 AS BIGINT) < first_paid_at + CAST($2 AS BIGINT) THEN 1 ELSE 2 END AS stage_no, "
    "COUNT(*) FROM person WHERE merged_into IS NULL GROUP BY stage_no";
constexpr std::string_view kPast =
    "SELECT at, event_seq, from_stage, to_stage, reason, seconds_in FROM stage_history WHERE person_id = $1 "
    "ORDER BY at DESC, event_seq DESC LIMIT $2";
constexpr std::int64_t kDayMs = 86'400'000;

Result<> check_rules(const StageRules& r) {
  const auto bad = [](std::string_view field, std::string_view why) {
    return fail(Errc::invalid, "people.stage_rules", std::string(why), "/" + std::string(field));
  };
  if (r.retain_days < 1 || r.retain_days > kRuleDaysMax) return bad("retain_days", "1 to 3650 days");
  if (r.new_days < 1) return bad("new_days", "at least one day");
  if (r.active_days <= r.new_days) return bad("active_days", "longer than new_days");
  if (r.dormant_days <= r.active_days) return bad("dormant_days", "longer than active_days");
  if (r.dormant_days > kRuleDaysMax) return bad("dormant_days", "at most 3650 days");
  return {};
}

struct StageCount { std::int64_t stage, people; };
BOOST_DESCRIBE_STRUCT(StageCount, (), (stage, people))

}  // namespace

Result<StageRules> stage_rules(Tx& tx) { return tx.one<StageRules>(kNewest); }

Result<StageRules> set_stage_rules(Tx& tx, const StageRules& rules, std::string_view by_whom) {
  TRY(check_rules(rules));
  TRY(const auto newest, stage_rules(tx));
  if (rules.version != newest.version) return fail(Errc::precondition, "people.stale");
  auto next = rules;
  ++next.version;
  TRY(tx.exec(kAddVersion, next.version, next.retain_days, next.new_days, next.active_days, next.dormant_days, tx.now(),
              by_whom));
  TRY(tx.exec(kStartWalk, next.version));
  TRY(wake_consumers(tx));
  return next;
}

Result<std::array<std::int64_t, 5>> count_stages(Tx& tx, const StageRules& rules) {
  TRY(check_rules(rules));
  std::array<std::int64_t, 5> out{};
  TRY(tx.each<StageCount>(kCount, [&](StageCount&& row) -> Result<> {
    out[static_cast<std::size_t>(row.stage)] = row.people;
    return {};
  }, tx.now(), rules.new_days * kDayMs, rules.active_days * kDayMs, rules.dormant_days * kDayMs));
  return out;
}

Result<std::vector<PastMove>> past_moves(Tx& tx, PersonId root, int limit) {
  return tx.all<PastMove>(kPast, root, limit);
}

}  // namespace koi::people
