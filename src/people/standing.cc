#include "people/standing.h"

#include <algorithm>
#include <boost/json.hpp>

#include "store/rows.h"

namespace koi::people {
namespace {

struct StandingRow {
  std::optional<std::int64_t> merged_into;
  std::string stage;
  std::optional<Instant> since;
  std::string reason;
  std::optional<Instant> next_at, acquired_at, retained_at, converted_at, repurchased_at;
  Instant last_seen;
  std::int64_t orders;
  Fen paid, refunded;
  std::optional<Instant> first_paid_at, last_paid_at;
};
BOOST_DESCRIBE_STRUCT(StandingRow, (), (merged_into, stage, since, reason, next_at, acquired_at, retained_at, converted_at,
                                        repurchased_at, last_seen, orders, paid, refunded, first_paid_at, last_paid_at))
constexpr std::string_view kLoad =
    "SELECT merged_into, stage, stage_since, stage_reason, next_stage_at, acquired_at, retained_at, converted_at, "
    "repurchased_at, last_seen_at, orders, paid_fen, refunded_fen, first_paid_at, last_paid_at FROM person WHERE id = $1";
// Three widths of one write, and all of them together: an index is touched only when its column is named.
constexpr std::string_view kSaveSeen =
    "UPDATE person SET acquired_at = $2, retained_at = $3, refunded_fen = $4, "
    "last_seen_at = CASE WHEN last_seen_at < $5 THEN CAST($5 AS BIGINT) ELSE last_seen_at END WHERE id = $1";
constexpr std::string_view kSaveSums =
    "UPDATE person SET orders = $2, paid_fen = $3, first_paid_at = $4, last_paid_at = $5, converted_at = $6, "
    "repurchased_at = $7, next_stage_at = $8 WHERE id = $1";
constexpr std::string_view kSaveStage =
    "UPDATE person SET stage = $2, stage_since = $3, stage_reason = $4, next_stage_at = $5 WHERE id = $1";
constexpr std::string_view kSaveAll =
    "UPDATE person SET acquired_at = $2, retained_at = $3, refunded_fen = $4, "
    "last_seen_at = CASE WHEN last_seen_at < $5 THEN CAST($5 AS BIGINT) ELSE last_seen_at END, orders = $6, paid_fen = $7, "
    "first_paid_at = $8, last_paid_at = $9, converted_at = $10, repurchased_at = $11, stage = $12, stage_since = $13, "
    "stage_reason = $14, next_stage_at = $15 WHERE id = $1";
constexpr std::string_view kAddMove =
    "INSERT INTO stage_history (person_id, at, event_seq, from_stage, to_stage, reason, seconds_in) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7)";
constexpr std::string_view kRestMerged =
    "UPDATE person SET next_stage_at = NULL WHERE merged_into = $1 AND next_stage_at IS NOT NULL";
constexpr std::string_view kReferredAt =
    "UPDATE person SET referred_at = (SELECT MIN(e.at) FROM invite_edge e JOIN person n ON n.id = e.inviter_node "
    "WHERE n.id = $1 OR n.merged_into = $1) WHERE id = $1";
constexpr std::string_view kDue =
    "SELECT id FROM person WHERE next_stage_at <= $1 AND next_stage_at IS NOT NULL ORDER BY next_stage_at LIMIT $2";
constexpr std::string_view kRestOne = "UPDATE person SET next_stage_at = NULL WHERE id = $1";
constexpr std::string_view kWalk = "SELECT version, after_id FROM stage_refold ORDER BY version DESC LIMIT 1";
constexpr std::string_view kWalkNext =
    "SELECT id FROM person WHERE id > $1 AND merged_into IS NULL ORDER BY id LIMIT $2";
constexpr std::string_view kWalkOn = "UPDATE stage_refold SET after_id = $2 WHERE version = $1";
constexpr std::string_view kWalkEnd = "DELETE FROM stage_refold WHERE version <= $1";

/// Moves that no event of the person made: whoever follows the log learns of them by this one.
Result<> tell_stage(Tx& tx, PersonId root, const Standing& before, const Standing& after) {
  if (before.stage == after.stage) return {};
  const auto props = boost::json::serialize(boost::json::object{
      {"from", stage_name(before.stage)}, {"to", stage_name(after.stage)}, {"reason", after.reason}});
  TRY(events::append(tx, {.kind = "stage_changed", .person = root, .at = after.since.value_or(tx.now()), .props = props}));
  return {};
}

constexpr int kLogPage = 1000;  // events a read of one person's past

struct Kind { std::string_view name; Weight weight; };
// Seen: signs of life that are rare enough to be worth a write. Page and product views, messages delivered and the
// like come by the million and are left to the timeline.
constexpr Kind kKinds[] = {
    {"order_paid", Weight::paid},          {"refund_done", Weight::refunded},   {"friend_added", Weight::seen},
    {"follow_subscribed", Weight::seen},   {"group_joined", Weight::seen},      {"form_submitted", Weight::seen},
    {"phone_bound", Weight::seen},         {"member_registered", Weight::seen}, {"message_received_from_customer", Weight::seen},
    {"content_shared", Weight::seen},      {"survey_answered", Weight::seen},   {"checkin_done", Weight::seen},
    {"coupon_redeemed", Weight::seen},     {"review_posted", Weight::seen},
};

Weight weight_named(std::string_view kind) {
  const auto* found = std::ranges::find(kKinds, kind, &Kind::name);
  return found == std::end(kKinds) ? Weight::none : found->weight;
}

bool same_sums(const Standing& a, const Standing& b) {
  return a.orders == b.orders && a.paid == b.paid && a.first_paid_at == b.first_paid_at &&
         a.last_paid_at == b.last_paid_at && a.converted_at == b.converted_at && a.repurchased_at == b.repurchased_at;
}
bool same_stage(const Standing& a, const Standing& b) {
  return a.stage == b.stage && a.since == b.since && a.reason == b.reason;
}
bool same_seen(const Standing& a, const Standing& b) {
  return a.acquired_at == b.acquired_at && a.retained_at == b.retained_at && a.refunded == b.refunded &&
         (!b.last_seen || (a.last_seen && *a.last_seen >= *b.last_seen));
}

// Not followers: what is folded belongs to the root and is made anew.
[[maybe_unused]] const bool kFolds = on_refold(refold_stages);

/// All beats of a tree in the log up to `upto`, in order of their time.
Result<std::vector<Beat>> past_beats(Tx& tx, std::span<const PersonId> nodes, events::Seq upto) {
  TRY(const auto watched, watched_kinds(tx));
  std::vector<Beat> beats;
  if (watched.names.empty()) return beats;
  events::TimelineQuery query{.people = nodes, .kinds = watched.names, .limit = kLogPage};
  for (;;) {
    TRY(const auto page, events::timeline(tx, query));
    for (const auto& e : page)
      if (e.seq <= upto) beats.push_back({e.at, e.seq, weight_named(e.kind), {e.amount_fen}});
    if (page.size() < static_cast<std::size_t>(kLogPage)) break;
    query.before_at = page.back().at;
    query.before_seq = page.back().seq;
  }
  std::ranges::sort(beats, {}, [](const Beat& b) { return std::pair(b.at, b.seq); });
  return beats;
}

}  // namespace

Weight Watched::weight(std::int64_t kind) const {
  const auto found = std::ranges::find(ids, kind);
  return found == ids.end() ? Weight::none : weights[static_cast<std::size_t>(found - ids.begin())];
}

Result<Watched> watched_kinds(Tx& tx) {
  Watched out;
  for (const auto& kind : kKinds) {
    TRY(auto known, events::find_kind(tx, kind.name));
    if (!known) continue;
    out.ids.push_back(known->id);
    out.names.push_back(known->name);
    out.weights.push_back(kind.weight);
  }
  return out;
}

Result<std::optional<Loaded>> load_standing(Tx& tx, PersonId person) {
  TRY(auto row, tx.maybe<StandingRow>(kLoad, person));
  if (row && row->merged_into) {
    person = PersonId{*row->merged_into};
    TRY(row, tx.maybe<StandingRow>(kLoad, person));
  }
  if (!row) return std::nullopt;
  Standing s{.stage = parse_stage(row->stage).value_or(Stage::prospect), .since = row->since,
             .reason = std::move(row->reason), .next_at = row->next_at, .acquired_at = row->acquired_at,
             .retained_at = row->retained_at, .converted_at = row->converted_at, .repurchased_at = row->repurchased_at,
             .last_seen = row->last_seen, .orders = row->orders, .paid = row->paid, .refunded = row->refunded,
             .first_paid_at = row->first_paid_at, .last_paid_at = row->last_paid_at};
  return Loaded{std::move(s), person};
}

Result<> save_standing(Tx& tx, PersonId root, const Standing& before, const Standing& after, std::span<const Move> moves,
                       FlowChange& flow) {
  const bool seen = !same_seen(before, after), sums = !same_sums(before, after);
  const bool stage = !same_stage(before, after) || (!sums && before.next_at != after.next_at);
  const auto last_seen = after.last_seen.value_or(Instant{});
  if (sums && stage) {
    TRY(tx.exec(kSaveAll, root, after.acquired_at, after.retained_at, after.refunded, last_seen, after.orders, after.paid,
                after.first_paid_at, after.last_paid_at, after.converted_at, after.repurchased_at, stage_name(after.stage),
                after.since, after.reason, after.next_at));
  } else {
    if (seen) { TRY(tx.exec(kSaveSeen, root, after.acquired_at, after.retained_at, after.refunded, last_seen)); }
    if (sums) {
      TRY(tx.exec(kSaveSums, root, after.orders, after.paid, after.first_paid_at, after.last_paid_at, after.converted_at,
                  after.repurchased_at, after.next_at));
    }
    if (stage) { TRY(tx.exec(kSaveStage, root, stage_name(after.stage), after.since, after.reason, after.next_at)); }
  }
  for (const auto& m : moves) {
    TRY(tx.append(kAddMove, root, m.at, m.seq, stage_name(m.from), stage_name(m.to), m.reason, m.seconds_in));
    flow.add(m);
  }
  return {};
}

Result<> fold_in(Tx& tx, PersonId root, const StageRules& rules, std::span<const Beat> beats, events::Seq upto, FlowChange& flow) {
  TRY(auto loaded, load_standing(tx, root));
  if (!loaded) return {};  // an event about somebody this store does not know
  auto after = loaded->standing;
  std::vector<Move> moves;
  for (const auto& beat : beats) {
    if (!in_order(after, beat)) return refold_upto(tx, root, rules, upto, flow);
    take(after, rules, beat, moves);
  }
  advance(after, rules, tx.now(), moves);  // what is due already would only be a second write
  return save_standing(tx, root, loaded->standing, after, moves, flow);
}

Result<> refold_upto(Tx& tx, PersonId root, const StageRules& rules, events::Seq upto, FlowChange& flow) {
  TRY(auto loaded, load_standing(tx, root));
  if (!loaded || loaded->root != root) return {};
  TRY(const auto nodes, nodes_of(tx, root));
  TRY(const auto beats, past_beats(tx, nodes, upto));
  Standing after;
  std::vector<Move> moves;
  for (const auto& beat : beats) take(after, rules, beat, moves);
  advance(after, rules, tx.now(), moves);
  for (const auto node : nodes) { TRY(flow.forget(tx, node)); }
  if (nodes.size() > 1) { TRY(tx.exec(kRestMerged, root)); }
  TRY(save_standing(tx, root, loaded->standing, after, moves, flow));
  TRY(tx.exec(kReferredAt, root));
  return {};
}

Result<> refold_stages(Tx& tx, PersonId root) {
  TRY(const auto rules, stage_rules(tx));
  TRY(const auto upto, events::cursor(tx, kStageConsumer));
  FlowChange flow;
  TRY(refold_upto(tx, root, rules, upto, flow));
  return flow.write(tx);
}

Result<std::size_t> sweep_stages(Tx& tx, int limit) {
  TRY(const auto due, tx.all<PersonId>(kDue, tx.now(), limit));
  if (due.empty()) return std::size_t{0};
  TRY(const auto rules, stage_rules(tx));
  FlowChange flow;
  for (const auto person : due) {
    TRY(auto loaded, load_standing(tx, person));
    if (!loaded || loaded->root != person) {  // merged away since: its root has the standing
      TRY(tx.exec(kRestOne, person));
      continue;
    }
    auto after = loaded->standing;
    std::vector<Move> moves;
    advance(after, rules, tx.now(), moves);
    TRY(save_standing(tx, person, loaded->standing, after, moves, flow));
    TRY(tell_stage(tx, person, loaded->standing, after));
  }
  TRY(flow.write(tx));
  return due.size();
}

namespace {
struct Walk { std::int64_t version, after_id; };
BOOST_DESCRIBE_STRUCT(Walk, (), (version, after_id))
}  // namespace

Result<std::size_t> walk_refold(Tx& tx, int limit) {
  TRY(const auto walk, tx.maybe<Walk>(kWalk));
  if (!walk) return std::size_t{0};
  TRY(const auto people, tx.all<PersonId>(kWalkNext, walk->after_id, limit));
  if (people.empty()) {
    TRY(tx.exec(kWalkEnd, walk->version));
    return std::size_t{0};
  }
  TRY(const auto rules, stage_rules(tx));
  TRY(const auto upto, events::cursor(tx, kStageConsumer));
  FlowChange flow;
  for (const auto person : people) {
    TRY(const auto before, load_standing(tx, person));
    TRY(refold_upto(tx, person, rules, upto, flow));
    TRY(const auto after, load_standing(tx, person));
    if (before && after) { TRY(tell_stage(tx, person, before->standing, after->standing)); }
  }
  TRY(flow.write(tx));
  TRY(tx.exec(kWalkOn, walk->version, people.back()));
  return people.size();
}

}  // namespace koi::people
