// The fold itself: pure, no store. A beat is an event that matters; between two beats only time moves a person.
#include "people/stages.h"

#include <algorithm>

namespace koi::people {
namespace {

Instant after_days(Instant t, std::int64_t days) { return t + std::chrono::days(days); }

void set_next(Standing& s, const StageRules& r) {
  switch (s.stage) {
    case Stage::new_: s.next_at = after_days(*s.first_paid_at, r.new_days); break;
    case Stage::active: s.next_at = after_days(*s.last_paid_at, r.active_days); break;
    case Stage::dormant: s.next_at = after_days(*s.last_paid_at, r.dormant_days); break;
    case Stage::prospect:
    case Stage::lost: s.next_at.reset(); break;
  }
}

void move_to(Standing& s, const StageRules& r, Move m, std::vector<Move>& moves) {
  const auto began = s.since ? s.since : s.acquired_at;
  m.from = s.stage;
  m.seconds_in = began ? std::max<std::int64_t>(0, (m.at - *began) / std::chrono::seconds(1)) : 0;
  s.stage = m.to;
  s.since = m.at;
  s.reason = std::string(m.reason) + (m.seq != 0 ? ":" + std::to_string(m.seq) : "");
  set_next(s, r);
  moves.push_back(m);
}

void be_seen(Standing& s, const StageRules& r, Instant at) {
  if (!s.acquired_at) s.acquired_at = at;
  if (at >= after_days(*s.acquired_at, r.retain_days) && (!s.retained_at || at < *s.retained_at)) s.retained_at = at;
  // To the day, so that a lively person costs one write a day.
  const Instant day = std::chrono::floor<std::chrono::days>(at);
  if (!s.last_seen || *s.last_seen < day) s.last_seen = day;
}

void pay(Standing& s, const StageRules& r, const Beat& b, std::vector<Move>& moves) {
  ++s.orders;
  s.paid.v += b.amount.v;
  s.last_paid_at = b.at;
  if (!s.first_paid_at) s.first_paid_at = s.converted_at = b.at;
  else if (!s.repurchased_at) s.repurchased_at = b.at;
  switch (s.stage) {
    case Stage::prospect: return move_to(s, r, {b.at, b.seq, {}, Stage::new_, "first_order"}, moves);
    case Stage::new_: return move_to(s, r, {b.at, b.seq, {}, Stage::active, "repurchased"}, moves);
    case Stage::active: return set_next(s, r);
    case Stage::dormant:
    case Stage::lost: return move_to(s, r, {b.at, b.seq, {}, Stage::active, "returned"}, moves);
  }
}

}  // namespace

std::optional<Stage> parse_stage(std::string_view text) {
  const auto* at = std::ranges::find(kStageNames, text);
  if (at == kStageNames.end()) return std::nullopt;
  return static_cast<Stage>(at - kStageNames.begin());
}

bool in_order(const Standing& s, const Beat& b) {
  if (b.weight == Weight::refunded) return true;           // a sum does not ask when
  if (s.acquired_at && b.at < *s.acquired_at) return false;  // the path begins earlier than we thought
  if (b.weight == Weight::seen) return true;
  // A move by time may have been made already past this purchase; a pending one is made by `advance` on the way.
  return (!s.since || b.at >= *s.since) && (!s.last_paid_at || b.at >= *s.last_paid_at);
}

void advance(Standing& s, const StageRules& r, Instant now, std::vector<Move>& moves) {
  while (s.next_at && *s.next_at <= now) {
    const auto at = *s.next_at;
    if (s.stage == Stage::new_) move_to(s, r, {at, 0, {}, Stage::active, "settled"}, moves);
    else if (s.stage == Stage::active) move_to(s, r, {at, 0, {}, Stage::dormant, "silent"}, moves);
    else move_to(s, r, {at, 0, {}, Stage::lost, "gone"}, moves);
  }
}

void take(Standing& s, const StageRules& r, const Beat& b, std::vector<Move>& moves) {
  if (b.weight == Weight::refunded) {
    s.refunded.v += b.amount.v;
    return;
  }
  be_seen(s, r, b.at);
  if (b.weight != Weight::paid) return;
  advance(s, r, b.at, moves);
  pay(s, r, b, moves);
}

Stage stage_at(const Standing& s, const StageRules& r, Instant now) {
  if (s.orders == 0) return Stage::prospect;
  if (now >= after_days(*s.last_paid_at, r.dormant_days)) return Stage::lost;
  if (now >= after_days(*s.last_paid_at, r.active_days)) return Stage::dormant;
  return s.orders == 1 && now < after_days(*s.first_paid_at, r.new_days) ? Stage::new_ : Stage::active;
}

}  // namespace koi::people
