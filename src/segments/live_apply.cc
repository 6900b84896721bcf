// Writing what a turn decided: a few small transactions, the cursor in the last. Said twice it changes nothing, so that a
// turn cut off in the middle is taken again.
#include <boost/json.hpp>

#include "people/profile.h"
#include "people/tags.h"
#include "segments/live_engine.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

struct NowRow { SegmentId id; std::int64_t version = 0; };
BOOST_DESCRIBE_STRUCT(NowRow, (), (id, version))

constexpr std::string_view kTake = "UPDATE segment_turn SET turn = turn + 1, met = CASE WHEN met < $2 THEN CAST($2 AS BIGINT) ELSE met END WHERE id = 1 AND turn = $1";
constexpr std::string_view kLive = "SELECT id, version FROM segment WHERE mode = 'live' AND archived_at IS NULL ORDER BY id";
constexpr std::string_view kPutWake =
    "INSERT INTO segment_wake (person_id, at) VALUES ($1, $2) ON CONFLICT (person_id) DO UPDATE SET at = $2";
constexpr std::string_view kDropWake = "DELETE FROM segment_wake WHERE person_id = $1";
constexpr std::string_view kBegin =
    "INSERT INTO segment_state (segment_id, version, size, refill) VALUES ($1, 0, 0, 3) ON CONFLICT (segment_id) DO UPDATE SET refill = 3";
// What was asked for since the look began stays asked for.
constexpr std::string_view kFilled =
    "UPDATE segment_state SET version = $2, meaning = $3, filled_at = $4, size = $5, walked = 0, "
    "refill = CASE WHEN refill = 3 THEN CAST($6 AS BIGINT) ELSE refill END WHERE segment_id = $1";
constexpr std::string_view kChecked = "UPDATE segment_state SET filled_at = $2 WHERE segment_id = $1";
constexpr std::string_view kWalked =
    "UPDATE segment_state SET walked = $2, refill = CASE WHEN refill = 2 THEN CAST($3 AS BIGINT) ELSE refill END WHERE segment_id = $1";
constexpr std::string_view kAgain = "UPDATE segment_state SET refill = 1 WHERE segment_id = $1 AND refill <> 3";

constexpr ShardKey kShard{0x5365676d656e7473ULL};  // one writer of PostgreSQL for all of it

}  // namespace

Result<> LiveEngine::write(Plan& plan) {
  std::size_t moves = 0, wakes = 0;
  dropped_.clear();
  // A segment's moves go into as few transactions as they can: each reads and writes its bits once.
  std::ranges::stable_sort(plan.moves, {}, [this](const Move& m) { return std::pair(m.segment, person(m.who)); });
  for (bool last = false; !last;) {
    const auto moves_to = std::min(plan.moves.size(), moves + (fill_ && fill_->silent ? shape_.wakes : shape_.moves));
    const auto wakes_to = moves_to == plan.moves.size() ? std::min(plan.wakes.size(), wakes + shape_.wakes) : wakes;
    last = moves_to == plan.moves.size() && wakes_to == plan.wakes.size();
    if (!plan.looks_only) {
      auto written = db_->write([&](Tx& tx) {
        return apply(tx, plan, std::span(plan.moves).subspan(moves, moves_to - moves), std::span(plan.wakes).subspan(wakes, wakes_to - wakes), last);
      }, kShard);
      if (!written) return written;
      ++turn_;
    }
    remember(plan, moves, moves_to, wakes, wakes_to);
    moves = moves_to;
    wakes = wakes_to;
  }
  remember_end(plan);
  return {};
}

Result<> LiveEngine::apply(Tx& tx, Plan& plan, std::span<const Move> moves, std::span<const Wake> wakes, bool last) {
  TRY(const auto mine, tx.exec(kTake, turn_, last ? plan.met : met_));
  if (mine == 0) return fail(Errc::conflict, "segments.live_elsewhere");
  TRY(const auto now, tx.all<NowRow>(kLive));
  for (std::size_t i = 0; i < book_.live.size(); ++i) {
    const auto at = std::ranges::lower_bound(now, book_.live[i].id, {}, &NowRow::id);
    if (at == now.end() || at->id != book_.live[i].id || at->version != book_.live[i].version) dropped_.insert(i);
  }
  TRY(apply_moves(tx, moves));
  for (const auto& wake : wakes) {
    TRY(wake.at == kNever ? tx.exec(kDropWake, person(wake.who)) : tx.exec(kPutWake, person(wake.who), wake.at));
  }
  for (const auto i : plan.dependants) TRY(tx.exec(kAgain, book_.live[i].id));  // before the last: a turn may be cut off
  if (!last) return {};
  TRY(write_states(tx, plan));
  if (plan.upto != cursor_) TRY(events::move_cursor(tx, "segments.live", cursor_, plan.upto));
  return {};
}

Result<> LiveEngine::apply_moves(Tx& tx, std::span<const Move> moves) {
  for (std::size_t i = 0; i < moves.size();) {
    const auto segment = moves[i].segment;
    std::vector<KeptChange> changes;
    const auto& in = kept_[segment].in;
    SizeChange size{.segment = book_.live[segment].id, .day = zone_.day_of(tx.now()), .size = static_cast<std::int64_t>(in.count())};
    const auto first = i;
    for (; i < moves.size() && moves[i].segment == segment; ++i) {
      changes.push_back({person(moves[i].who), moves[i].in});
      if (in.has(moves[i].who) != moves[i].in) size.size += moves[i].in ? 1 : -1;
      if (!moves[i].silent) ++(moves[i].in ? size.entered : size.left);
    }
    if (dropped_.contains(segment)) continue;
    TRY(change_kept(tx, size.segment, changes));
    TRY(note_size(tx, size));
    for (auto k = first; k < i; ++k) {
      if (moves[k].silent) continue;
      TRY(tell(tx, moves[k]));
      if (!book_.live[segment].tag.empty()) TRY(change_tag(tx, moves[k]));
    }
  }
  return {};
}

Result<> LiveEngine::tell(Tx& tx, const Move& move) {
  const auto& segment = book_.live[move.segment];
  boost::json::object props{{"segment", to_text(segment.id)}, {"name", segment.name}, {"version", segment.version}, {"reason", move.cause.reason}};
  if (move.cause.seq != 0) props["event_seq"] = move.cause.seq;
  props["late"] = move.cause.late;
  const auto text = boost::json::serialize(props);
  TRY(events::append(tx, {.kind = move.in ? kMoves[0] : kMoves[1], .person = person(move.who), .subject = segment.id.v, .props = text}));
  return {};
}

/// Given by the rule, taken by the rule: what somebody gave by hand stays, and so does what another segment gives.
Result<> LiveEngine::change_tag(Tx& tx, const Move& move) {
  const auto& segment = book_.live[move.segment];
  const auto who = person(move.who);
  const auto source = [](SegmentId id) { return "rule:" + std::to_string(id.v); };
  if (view_->root(move.who) != move.who) return {};  // tags went with the merge
  auto done = tx.nested([&]() -> Result<> {
    if (move.in)
      return people::tag_person(tx, {.person = who, .tags = {segment.tag}, .source = source(segment.id), .expires = {}, .create = true, .why = segment.name});
    std::vector<std::string> givers;
    for (std::size_t i = 0; i < book_.live.size(); ++i) {
      if (book_.live[i].tag != segment.tag) continue;
      if (i != move.segment && kept_[i].in.has(move.who)) return {};
      givers.push_back(std::to_string(book_.live[i].id.v));
    }
    TRY(const auto held, people::tags_of(tx, who));
    const bool ours = std::ranges::any_of(held, [&](const people::Held& h) {
      const auto name = h.group.empty() ? h.name : h.group + "/" + h.name;
      return (name == segment.tag || h.name == segment.tag) && h.source == "rule" && std::ranges::find(givers, h.by_whom) != givers.end();
    });
    return ours ? people::untag_person(tx, who, segment.tag, source(segment.id)) : Result<>{};
  });
  // A tag that was archived, or is gone, stops nobody from being in.
  const bool refused = !done && (done.error().kind == Errc::conflict || done.error().kind == Errc::not_found || done.error().kind == Errc::invalid);
  return refused ? Result<>{} : done;
}

Result<> LiveEngine::write_states(Tx& tx, const Plan& plan) {
  if (plan.begin_fill) TRY(tx.exec(kBegin, book_.live[*plan.begin_fill].id));
  for (const auto i : plan.walked) {
    const bool through = plan.walk_end >= view_->people;
    const auto to = plan.walk_end == 0 ? 0 : person(plan.walk_end - 1).v;
    TRY(tx.exec(kWalked, book_.live[i].id, to, through ? 0 : 2));
  }
  if (!plan.ends_fill || !fill_ || dropped_.contains(fill_->segment)) return {};
  const auto& segment = book_.live[fill_->segment];
  if (fill_->check) {
    TRY(tx.exec(kChecked, segment.id, plan.now));
    return {};
  }
  auto after = kept_[fill_->segment].in;  // the last slice stands in the moves
  for (const auto& move : plan.moves) move.in ? after.add(move.who) : after.remove(move.who);
  TRY(tx.exec(kFilled, segment.id, segment.version, segment.meaning, plan.now, after.count(), segment.needs.by_time ? 2 : 0));
  return {};
}

}  // namespace koi::segments
