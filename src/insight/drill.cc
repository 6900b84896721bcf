#include "insight/drill.h"

#include <algorithm>
#include <memory>
#include <mutex>

#include "insight/facts.h"
#include "insight/rfm_setting.h"
#include "store/rows.h"

namespace koi::insight {
namespace {

// $1..$3 scope, $4 the last id of the page before, $5 rows, then the metric's own. Ids come in order.
#define KOI_DRILL_HEAD "SELECT p.id FROM person p WHERE p.merged_into IS NULL AND p.id > $4 AND " KOI_INSIGHT_SCOPE("p")
#define KOI_DRILL_TAIL " ORDER BY p.id LIMIT $5"
#define KOI_CONNECTED \
  " AND EXISTS (SELECT 1 FROM relation r WHERE r.person_id = p.id AND r.state IN ('active', 'joined'))"

constexpr std::string_view kConnected = KOI_DRILL_HEAD KOI_CONNECTED KOI_DRILL_TAIL;
constexpr std::string_view kReachable = KOI_DRILL_HEAD KOI_CONNECTED
    " AND EXISTS (SELECT 1 FROM reachability c WHERE c.person_id = p.id AND c.purpose = 'marketing')" KOI_DRILL_TAIL;
constexpr std::string_view kWeeklyLoss = KOI_DRILL_HEAD
    " AND (EXISTS (SELECT 1 FROM relation r WHERE r.person_id = p.id AND r.at > $6 AND r.at <= $7"
    "   AND r.state IN ('deleted_by_customer', 'deleted_by_staff', 'left'))"
    " OR EXISTS (SELECT 1 FROM consent_entry c WHERE c.person_id = p.id AND c.purpose = 'marketing' AND c.granted = 0"
    "   AND c.at > $6 AND c.at <= $7))" KOI_DRILL_TAIL;
constexpr std::string_view kReferrers = KOI_DRILL_HEAD
    " AND EXISTS (SELECT 1 FROM person q WHERE q.inviter_id = p.id AND q.merged_into IS NULL)" KOI_DRILL_TAIL;
constexpr std::string_view kNew = KOI_DRILL_HEAD
    " AND p.first_seen_at > $6 AND p.first_seen_at <= $7 AND (CAST($8 AS BIGINT) = 0 OR COALESCE(p.channel, '') = $9)" KOI_DRILL_TAIL;
constexpr std::string_view kInvited = KOI_DRILL_HEAD
    " AND p.first_seen_at > $6 AND p.first_seen_at <= $7 AND p.inviter_id IS NOT NULL" KOI_DRILL_TAIL;
constexpr std::string_view kBuyers = KOI_DRILL_HEAD
    " AND EXISTS (SELECT 1 FROM shop_order o WHERE o.person_id = p.id AND o.counts = 1 AND o.ordered_at > $6"
    "   AND o.ordered_at <= $7)" KOI_DRILL_TAIL;
// A cohort's month: those who bought in the month looked at and whose first purchase was in the cohort's.
constexpr std::string_view kCohort = KOI_DRILL_HEAD
    " AND p.id IN (SELECT o.person_id FROM shop_order o WHERE o.ordered_at >= $8 AND o.ordered_at < $9 AND o.counts = 1)"
    " AND (SELECT MIN(v.first_at) FROM customer_value v WHERE v.person_id = p.id) >= $6"
    " AND (SELECT MIN(v.first_at) FROM customer_value v WHERE v.person_id = p.id) < $7" KOI_DRILL_TAIL;

Result<std::vector<PersonId>> drill_cohort(Tx& tx, const ScopeParams& in, const Drill& d) {
  if (!d.month || d.offset < 0 || d.offset > 600) return fail(Errc::invalid, "insight.bad_spec", {}, "/month");
  TRY(const auto zone, merchant_zone(tx));
  const int looked_at = *d.month + static_cast<int>(d.offset);
  return tx.all<PersonId>(kCohort, in.unlimited, in.staff, in.path, d.after.v, d.limit, month_start(zone, *d.month),
                          month_start(zone, *d.month + 1), month_start(zone, looked_at), month_start(zone, looked_at + 1));
}

/// One scoring of everybody, by person id.
struct Scoring {
  std::string key;
  Instant as_of{}, made{};
  std::vector<Scored> people;
};
constexpr Millis kScoringLife{300'000};
constexpr std::size_t kScoringsMax = 2;  // of a million people, 48 MB each
struct Scorings {
  std::mutex mutex;
  std::vector<std::shared_ptr<const Scoring>> kept;
};

Result<std::shared_ptr<const Scoring>> scoring_of(Tx& tx, const Scope& scope, const RfmSpec& spec) {
  static const int kKey = 0;
  auto& all = tx.shared<Scorings>(&kKey, [] { return std::make_shared<Scorings>(); });
  const auto key = ScopeParams(scope).key() + http::json_of(spec);
  {
    const std::scoped_lock lock(all.mutex);
    std::erase_if(all.kept, [&](const auto& s) { return tx.now() - s->made >= kScoringLife; });
    for (const auto& s : all.kept)
      if (s->key == key) return s;
  }
  TRY(const auto rule, rfm_rule(spec));
  TRY(const auto sales, load_sales(tx, scope));
  auto made = std::make_shared<Scoring>();
  made->key = key;
  made->made = tx.now();
  made->as_of = spec.as_of.value_or(tx.now());
  made->people = score_buyers(sales, rule, to_ms(made->as_of));
  const std::scoped_lock lock(all.mutex);
  if (all.kept.size() >= kScoringsMax) all.kept.erase(all.kept.begin());
  all.kept.push_back(made);
  return made;
}

}  // namespace

Result<std::vector<PersonId>> drill(Tx& tx, const Scope& scope, const Drill& d) {
  const ScopeParams in(scope);
  const auto now = to_ms(tx.now());
  const auto window = [&](std::int64_t days) {
    return std::pair{d.from ? to_ms(*d.from) - 1 : now - days * kDayMs, d.to ? to_ms(*d.to) - 1 : now};
  };
  const auto run = [&](std::string_view sql, const auto&... more) {
    return tx.all<PersonId>(sql, in.unlimited, in.staff, in.path, d.after.v, d.limit, more...);
  };
  if (d.metric == "ownership.connected") return run(kConnected);
  if (d.metric == "ownership.reachable_connected" || d.metric == "ownership.reachable") return run(kReachable);
  if (d.metric == "ownership.weekly_loss") return run(kWeeklyLoss, now - 7 * kDayMs, now);
  if (d.metric == "referral.referrer_share") return run(kReferrers);
  if (d.metric == "referral.invited_share") return run(kInvited, now - 30 * kDayMs, now);
  if (d.metric == "value.active_people") return run(kBuyers, now - 365 * kDayMs, now);
  if (d.metric == "cohort.retention") return drill_cohort(tx, in, d);
  const auto [from, to] = window(30);
  if (d.metric == "sales.buyers") return run(kBuyers, from, to);
  if (d.metric == "growth.new") return run(kNew, from, to, d.channel.has_value(), d.channel.value_or(""));
  return fail(Errc::not_found, "insight.no_drill", d.metric);
}

Result<RfmPage> rfm_people(Tx& tx, const Scope& scope, const RfmPeople& cmd) {
  TRY(const auto spec, rfm_in_force(tx, cmd.spec));
  TRY(const auto rule, rfm_rule(spec));
  int cell = -1, tier = -1;
  if (cmd.cell) {
    const auto n = cmd.cell->size() == 3 ? std::optional(*cmd.cell) : std::nullopt;
    if (!n || !std::ranges::all_of(*n, [](char c) { return c >= '1' && c <= '5'; }))
      return fail(Errc::invalid, "insight.bad_spec", *cmd.cell, "/cell");
    cell = ((*n)[0] - '1') * 25 + ((*n)[1] - '1') * 5 + ((*n)[2] - '1');
  }
  if (cmd.tier) {
    const auto at = std::ranges::find(kTiers, *cmd.tier, &Tier::name);
    if (at == kTiers.end()) return fail(Errc::invalid, "insight.bad_spec", *cmd.tier, "/tier");
    tier = static_cast<int>(at - kTiers.begin());
  }
  TRY(const auto scoring, scoring_of(tx, scope, spec));
  RfmPage out{scoring->as_of, rule.high, {}};
  auto at = std::ranges::upper_bound(scoring->people, cmd.after.v, {}, &Scored::person);
  for (; at != scoring->people.end() && out.rows.size() < static_cast<std::size_t>(cmd.limit); ++at) {
    if ((cell < 0 || at->cell() == cell) && (tier < 0 || at->tier(rule.high) == tier)) out.rows.push_back(*at);
  }
  return out;
}

}  // namespace koi::insight
