/// Inside the room: reading and writing what stages.cc folds.
#pragma once
#include <span>
#include <vector>

#include "people/flow.h"
#include "people/stages.h"

namespace koi::people {

inline constexpr std::string_view kStageConsumer = "people.stages";

/// The kinds that matter to the fold, with their numbers in this store's catalogue.
struct Watched {
  std::vector<std::int64_t> ids;
  std::vector<std::string> names;
  std::vector<Weight> weights;
  Weight weight(std::int64_t kind) const;
};
Result<Watched> watched_kinds(Tx& tx);

/// A root's standing as its row has it; nothing when there is no such row, `moved_to` when it was merged away.
struct Loaded { Standing standing; PersonId root; };
Result<std::optional<Loaded>> load_standing(Tx& tx, PersonId person);
/// Writes what changed from `before`, and the new moves; `flow` counts them.
Result<> save_standing(Tx& tx, PersonId root, const Standing& before, const Standing& after, std::span<const Move> moves,
                       FlowChange& flow);

/// Folds new beats (in order of time) of one root; begins again from the log when one of them came late.
Result<> fold_in(Tx& tx, PersonId root, const StageRules& rules, std::span<const Beat> beats, events::Seq upto, FlowChange& flow);
/// Folds a root from the log, events up to `upto` only.
Result<> refold_upto(Tx& tx, PersonId root, const StageRules& rules, events::Seq upto, FlowChange& flow);

/// One step of the walk over everybody after the rules changed; how many people it took.
Result<std::size_t> walk_refold(Tx& tx, int limit);

/// Puts a line into the log so that consumers get their turns after this commit: work has begun that no event is about.
Result<> wake_consumers(Tx& tx);

}  // namespace koi::people
