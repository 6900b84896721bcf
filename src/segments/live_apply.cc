// Writing what a turn decided: a few small transactions, the cursor in the last. Said twice it changes nothing, so that a
// turn cut off in the middle is taken again.
#include <fmt/format.h>

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
constexpr std::size_t kWakesTogether = 32;
std::string put_wakes(std::size_t count) {
  std::string values;
  for (std::size_t i = 0; i < count; ++i) values += fmt::format("{}(${}, ${})", i == 0 ? "" : ", ", 2 * i + 1, 2 * i + 2);
  return "INSERT INTO segment_wake (person_id, at) VALUES " + values + " ON CONFLICT (person_id) DO UPDATE SET at = excluded.at";
}
const std::string kPutWake = put_wakes(1), kPutWakes = put_wakes(kWakesTogether);
constexpr std::string_view kDropWake = "DELETE FROM segment_wake WHERE person_id = $1";
constexpr std::string_view kBegin =
    "INSERT INTO segment_state (segment_id, version, size, refill, meaning) VALUES ($1, 0, 0, 2, $2) "
    "ON CONFLICT (segment_id) DO UPDATE SET refill = 2, walked = 0, meaning = $2";
constexpr std::string_view kWalked = "UPDATE segment_state SET walked = $2 WHERE segment_id = $1";
// What was asked for since the last look stays asked for.
constexpr std::string_view kFilled =
    "UPDATE segment_state SET version = $2, meaning = $3, filled_at = $4, size = $5, walked = 0, "
    "refill = CASE WHEN refill = 2 THEN 0 ELSE refill END WHERE segment_id = $1";
constexpr std::string_view kChecked = "UPDATE segment_state SET filled_at = $2 WHERE segment_id = $1";
constexpr std::string_view kAgain = "UPDATE segment_state SET refill = 1 WHERE segment_id = $1";

}  // namespace

Result<> LiveEngine::write(Plan& plan) {
  std::size_t moves = 0, wakes = 0;
  dropped_.clear();
  order_moves(plan);
  for (bool last = false; !last;) {
    const auto moves_to = moves_together(plan, moves);
    const auto wakes_to = moves_to == plan.moves.size() ? std::min(plan.wakes.size(), wakes + shape_.rows) : wakes;
    last = moves_to == plan.moves.size() && wakes_to == plan.wakes.size();
    if (!plan.looks_only) {
      auto written = db_->write([&](Tx& tx) {
        return apply(tx, plan, std::span(plan.moves).subspan(moves, moves_to - moves), std::span(plan.wakes).subspan(wakes, wakes_to - wakes), last);
      }, ShardKey{kLiveShard});
      if (!written) return written;
      ++turn_;
      remember_recent();
      remember_told();
    }
    remember(plan, moves, moves_to, wakes, wakes_to);
    moves = moves_to;
    wakes = wakes_to;
  }
  remember_end(plan);
  return fold(plan.moves.size());
}

/// By segment and person: a segment's moves go into as few transactions as they can, and each reads and writes its bits once.
void LiveEngine::order_moves(Plan& plan) const {
  std::ranges::stable_sort(plan.moves, {}, &Move::segment);
  const auto who = [this](const Move& m) { return person(m.who); };
  for (std::size_t i = 0; i < plan.moves.size();) {
    const auto mine = std::ranges::equal_range(std::span(plan.moves).subspan(i), plan.moves[i].segment, {}, &Move::segment);
    if (!std::ranges::is_sorted(mine, {}, who)) std::ranges::stable_sort(mine, {}, who);
    i += mine.size();
  }
}

/// Where a transaction ends that begins at `from`: telling costs as much as some rows, and silent moves cost their rows alone.
std::size_t LiveEngine::moves_together(const Plan& plan, std::size_t from) const {
  std::size_t told = 0, rows = 0;
  std::pair<std::uint32_t, std::int64_t> row{0, -1};
  for (auto i = from; i < plan.moves.size(); ++i) {
    const auto& move = plan.moves[i];
    const std::pair mine(move.segment, person(move.who).v / kChunkPeople);
    rows += std::exchange(row, mine) != mine;
    told += !move.silent;
    if (i > from && (told > shape_.moves || rows > shape_.rows)) return i;
  }
  return plan.moves.size();
}

/// Of two processes one finds that the other wrote.
Result<> LiveEngine::take_turn(Tx& tx, std::int64_t met) {
  TRY(const auto mine, tx.exec(kTake, turn_, met));
  return mine == 0 ? Result<>(fail(Errc::conflict, "segments.live_elsewhere")) : Result<>{};
}

Result<> LiveEngine::apply(Tx& tx, Plan& plan, std::span<const Move> moves, std::span<const Wake> wakes, bool last) {
  TRY(take_turn(tx, last ? plan.met : met_));
  TRY(const auto now, tx.all<NowRow>(kLive));
  for (std::size_t i = 0; i < book_.live.size(); ++i) {
    const auto at = std::ranges::lower_bound(now, book_.live[i].id, {}, &NowRow::id);
    if (at == now.end() || at->id != book_.live[i].id || at->version != book_.live[i].version) dropped_.insert(i);
  }
  adding_.clear();
  telling_.clear();
  TRY(apply_moves(tx, plan, moves));
  if (!adding_.empty()) { TRY(added_at_, add_recent(tx, adding_)); }
  TRY(apply_wakes(tx, wakes));
  for (const auto i : plan.dependants) TRY(tx.exec(kAgain, book_.live[i].id));  // before the last: a turn may be cut off
  if (!last) return {};
  TRY(write_states(tx, plan));
  if (plan.upto != cursor_) TRY(events::move_cursor(tx, "segments.live", cursor_, plan.upto));
  return {};
}

Result<> LiveEngine::apply_moves(Tx& tx, const Plan& plan, std::span<const Move> moves) {
  for (std::size_t i = 0; i < moves.size();) {
    const auto segment = moves[i].segment;
    const auto& in = kept_[segment].in;
    SizeChange size{.segment = book_.live[segment].id, .day = zone_.day_of(tx.now()), .size = static_cast<std::int64_t>(in.count())};
    const auto first = i;
    for (; i < moves.size() && moves[i].segment == segment; ++i) {
      if (in.has(moves[i].who) != moves[i].in) size.size += moves[i].in ? 1 : -1;
      if (!moves[i].silent) ++(moves[i].in ? size.entered : size.left);
    }
    if (dropped_.contains(segment)) continue;
    TRY(write_moves(tx, moves.subspan(first, i - first)));
    TRY(note_size(tx, size));
    for (auto k = first; k < i; ++k) {
      if (moves[k].silent) continue;
      TRY(tell(tx, moves[k], plan.causes[moves[k].cause]));
      if (!book_.live[segment].tag.empty()) TRY(change_tag(tx, moves[k]));
    }
  }
  return {};
}

/// Many a statement and the last few one by one, so that two texts are all there are to prepare.
Result<> LiveEngine::apply_wakes(Tx& tx, std::span<const Wake> wakes) {
  std::vector<store::Param> put;
  for (const auto& wake : wakes) {
    if (wake.at == kNever) {
      TRY(tx.exec(kDropWake, person(wake.who)));
      continue;
    }
    put.emplace_back(person(wake.who));
    put.emplace_back(wake.at);
  }
  for (auto left = std::span(put); !left.empty();) {
    const auto some = left.first(left.size() >= 2 * kWakesTogether ? 2 * kWakesTogether : 2);
    TRY(tx.run(some.size() == 2 ? kPutWake : kPutWakes, some));
    left = left.subspan(some.size());
  }
  return {};
}

Result<> LiveEngine::tell(Tx& tx, const Move& move, const Cause& cause) {
  const auto& segment = book_.live[move.segment];
  boost::json::object props{{"segment", to_text(segment.id)}, {"name", segment.name}, {"version", segment.version}, {"reason", cause.reason}};
  if (cause.seq != 0) props["event_seq"] = cause.seq;
  props["late"] = cause.late;
  const auto text = boost::json::serialize(props);
  TRY(const auto seq, events::append(tx, {.kind = move.in ? kMoves[0] : kMoves[1], .person = person(move.who), .subject = segment.id.v, .props = text}));
  telling_.push_back(seq);
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
  for (const auto i : plan.begun)
    if (!dropped_.contains(i)) TRY(tx.exec(kBegin, book_.live[i].id, book_.live[i].meaning));
  if (plan.walk_through) return write_filled(tx, plan);
  const auto to = plan.walk_end == 0 ? 0 : person(plan.walk_end - 1).v;
  for (const auto i : plan.walked) TRY(tx.exec(kWalked, book_.live[i].id, to));
  if (plan.ends_check && check_ && !dropped_.contains(check_->segment)) TRY(tx.exec(kChecked, book_.live[check_->segment].id, plan.now));
  return {};
}

/// Everybody was judged. Sizes are those after this transaction, whose moves are not remembered yet.
Result<> LiveEngine::write_filled(Tx& tx, const Plan& plan) {
  std::vector<std::int64_t> sizes;
  for (const auto& kept : kept_) sizes.push_back(static_cast<std::int64_t>(kept.in.count()));
  for (const auto& move : plan.moves)
    if (kept_[move.segment].in.has(move.who) != move.in) sizes[move.segment] += move.in ? 1 : -1;
  for (const auto i : plan.walked) {
    const auto& segment = book_.live[i];
    if (!dropped_.contains(i)) TRY(tx.exec(kFilled, segment.id, segment.version, segment.meaning, plan.now, sizes[i]));
  }
  return {};
}

}  // namespace koi::segments
