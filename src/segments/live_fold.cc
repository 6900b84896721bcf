// Bits of one person in a segment lie among thousands of others: turned one by one, each has a page of the store written anew. So
// moves that are told of stand in segment_recent first, a few bytes each, and go into the chunks many at a time, in the order of
// the table. Cut off in the middle it is done again: the last of them is what stands either way.
#include "segments/live_engine.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

constexpr std::string_view kThere = "SELECT id FROM segment ORDER BY id";

}  // namespace

Result<> LiveEngine::load_recent(Tx& tx) {
  recent_.clear();
  return each_recent(tx, [&](std::int64_t at, const RecentMove& move) { recent_[{move.segment, move.person}] = {move.in, at}; });
}

/// Of one segment, ascending. What a fill turns goes into the chunks at once, except where something recent would hide it.
Result<> LiveEngine::write_moves(Tx& tx, std::span<const Move> moves) {
  const auto segment = book_.live[moves.front().segment].id;
  std::vector<KeptChange> changes;
  for (const auto& move : moves) {
    const auto who = person(move.who);
    if (move.silent && !recent_.contains({segment, who})) changes.push_back({who, move.in});
    else adding_.push_back({segment, who, move.in});
  }
  return change_kept(tx, segment, changes);
}

/// What the transaction added is there now.
void LiveEngine::remember_recent() {
  for (const auto& move : adding_) recent_[{move.segment, move.person}] = {move.in, added_at_};
  adding_.clear();
}

/// Some moves more than this turn made, so that the chunks come behind no further.
Result<> LiveEngine::fold(std::size_t written) {
  if (!fold_ && !recent_.empty() && recent_.size() >= shape_.recent) {
    fold_.emplace();
    for (const auto& [place, recent] : recent_) {
      fold_->moves.push_back({place.first, place.second, recent.in});
      fold_->upto = std::max(fold_->upto, recent.at);
    }
  }
  for (auto left = shape_.rows + written; fold_ && left > 0;) {
    const auto from = fold_->done, to = std::min(fold_->moves.size(), from + std::min(left, shape_.rows));
    TRY(db_->write([&](Tx& tx) { return fold_some(tx, from, to); }, ShardKey{kLiveShard}));
    ++turn_;
    left -= to - from;
    fold_->done = to;
    if (to < fold_->moves.size()) continue;
    std::erase_if(recent_, [&](const auto& one) { return one.second.at <= fold_->upto; });
    fold_.reset();
  }
  return {};
}

Result<> LiveEngine::fold_some(Tx& tx, std::size_t from, std::size_t to) {
  TRY(take_turn(tx, met_));
  TRY(const auto there, tx.all<SegmentId>(kThere));
  const auto moves = std::span(fold_->moves).subspan(from, to - from);
  for (std::size_t i = 0; i < moves.size();) {
    const auto segment = moves[i].segment;
    std::vector<KeptChange> changes;
    for (; i < moves.size() && moves[i].segment == segment; ++i) changes.push_back({moves[i].person, moves[i].in});
    if (std::ranges::binary_search(there, segment)) TRY(change_kept(tx, segment, changes));
  }
  return to == fold_->moves.size() ? drop_recent(tx, fold_->upto) : Result<>{};
}

}  // namespace koi::segments
