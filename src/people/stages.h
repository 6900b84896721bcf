/// Life stages 潜客 prospect → 新客 new → 活跃 active → 沉睡 dormant → 流失 lost, and the path 拉新 → 留存 → 转化 → 复购 → 推荐.
/// A stage is a fold of a person's events in order of their time: the same events give the same stages, reasons and
/// times in stage whatever order they arrive in. Owns stage_rule, stage_history, stage_flow and the folded columns of person.
#pragma once
#include <array>
#include <boost/describe.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/events.h"
#include "people/people.h"

namespace koi::people {

enum class Stage : std::uint8_t { prospect, new_, active, dormant, lost };
inline constexpr std::array<std::string_view, 5> kStageNames = {"prospect", "new", "active", "dormant", "lost"};
inline std::string_view stage_name(Stage s) { return kStageNames[static_cast<std::size_t>(s)]; }
std::optional<Stage> parse_stage(std::string_view text);

/// Days that separate the stages; 0 < new < active < dormant, 0 < retain, each at most kRuleDaysMax.
struct StageRules {
  std::int64_t version = 1, retain_days = 7, new_days = 30, active_days = 90, dormant_days = 180;
};
BOOST_DESCRIBE_STRUCT(StageRules, (), (version, retain_days, new_days, active_days, dormant_days))
inline constexpr std::int64_t kRuleDaysMax = 3650;

/// What a person's events add up to so far.
struct Standing {
  Stage stage = Stage::prospect;
  std::optional<Instant> since;    // of the last move; nothing while none was made
  std::string reason;              // "first_order:4711": code and event seq
  std::optional<Instant> next_at;  // when time alone moves it
  std::optional<Instant> acquired_at, retained_at, converted_at, repurchased_at, last_seen;
  std::int64_t orders = 0;
  Fen paid, refunded;
  std::optional<Instant> first_paid_at, last_paid_at;
};

/// One move. Reasons: "first_order", "repurchased", "returned", and by time alone "settled" (new is over),
/// "silent" (active is over), "gone" (dormant is over).
struct Move {
  Instant at;
  events::Seq seq = 0;  // 0: time alone
  Stage from, to;
  std::string_view reason;
  std::int64_t seconds_in = 0;
};

/// What an event is to the fold.
enum class Weight : std::uint8_t { none, seen, paid, refunded };
struct Beat {
  Instant at;
  events::Seq seq = 0;
  Weight weight = Weight::none;
  Fen amount;
};

/// Whether the fold may go on from `standing` with this beat, or must begin again because it came late.
bool in_order(const Standing& standing, const Beat& beat);
/// Takes one beat; time-only moves before it are made first. Beats come in order of (at, seq).
void take(Standing& standing, const StageRules& rules, const Beat& beat, std::vector<Move>& moves);
/// Makes the time-only moves due at or before `now`.
void advance(Standing& standing, const StageRules& rules, Instant now, std::vector<Move>& moves);
/// The stage at `now` from the sums alone: what the dry run counts with. Equal to the fold's.
Stage stage_at(const Standing& standing, const StageRules& rules, Instant now);

Result<StageRules> stage_rules(Tx& tx);
/// Writes a new version and starts the walk that refolds everybody. invalid "people.stage_rules";
/// precondition "people.stale" unless rules.version is the newest.
Result<StageRules> set_stage_rules(Tx& tx, const StageRules& rules, std::string_view by_whom);
/// People per stage under these rules as of now, nothing changed.
Result<std::array<std::int64_t, 5>> count_stages(Tx& tx, const StageRules& rules);

/// Recomputes a root's stage, path, sums and history from the log, up to what the consumer has read.
Result<> refold_stages(Tx& tx, PersonId root);
/// Makes the moves that only time makes, at most `limit` people; how many it moved.
Result<std::size_t> sweep_stages(Tx& tx, int limit);
/// A turn on the log, then (when it is drained) sweeps and the walk after a change of rules.
Result<std::size_t> turn_stages(Tx& tx, events::Pace pace);

/// Drops the history of a node that goes for good.
Result<> forget_stages(Tx& tx, PersonId node);

/// A person's moves, newest first.
struct PastMove { Instant at; events::Seq event_seq = 0; std::string from_stage, to_stage, reason; std::int64_t seconds_in = 0; };
BOOST_DESCRIBE_STRUCT(PastMove, (), (at, event_seq, from_stage, to_stage, reason, seconds_in))
Result<std::vector<PastMove>> past_moves(Tx& tx, PersonId root, int limit);

struct Flow { std::string from_stage, to_stage; std::int64_t moves = 0, seconds_in = 0; };
BOOST_DESCRIBE_STRUCT(Flow, (), (from_stage, to_stage, moves, seconds_in))
/// Moves between two times, both taken outwards to a whole hour, by pair of stages, of the people in the scope;
/// seconds_in is the mean.
Result<std::vector<Flow>> stage_flow(Tx& tx, const Scope& scope, Instant from, Instant to);
/// Hours and pairs of stages whose count is not that of the histories; 0 in a sound store.
Result<std::int64_t> uncounted_moves(Tx& tx);

}  // namespace koi::people
