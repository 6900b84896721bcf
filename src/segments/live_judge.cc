// Judging: each person once a turn, for every segment that asks; and the earliest instant at which time alone may matter.
#include "segments/judge.h"
#include "segments/live_engine.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

std::int64_t earlier(std::int64_t mine, Instant flip) { return flip == Instant::max() ? mine : std::min(mine, to_ms(flip)); }

}  // namespace

/// Of the person being judged: what was decided just now, else what stands.
bool LiveEngine::is_member(const Clause& leaf) const {
  const auto& nodes = view_->ties->nodes_of;
  const auto* in = std::get_if<InSegment>(&leaf.is);
  const auto& key = in != nullptr ? in->segment : std::get<InList>(leaf.is).list;
  if (const auto live = in == nullptr ? book_.place_of.end() : book_.place_of.find(key); live != book_.place_of.end()) {
    const auto decided = verdicts_[live->second];
    return decided >= 0 ? decided != 0 : kept_[live->second].in.has(judged_);
  }
  const auto set = sets_.find(key);
  if (set == sets_.end()) return false;
  const auto tied = nodes.find(judged_);
  if (tied == nodes.end()) return set->second.second.has(judged_);
  return std::ranges::any_of(tied->second, [&](Ordinal node) { return set->second.second.has(node); });
}

/// Each fact of those people somebody asks it of. A segment that asks another may have to look when that one changes.
Result<> LiveEngine::read_facts(Tx& tx, FactsOfSome& facts, std::span<const PersonId> people, std::span<const Places> asked, Instant now) {
  std::vector<PersonId> of;
  const auto those = [&](const Places& readers) -> std::span<const PersonId> {
    of.clear();
    for (std::size_t i = 0; i < people.size(); ++i)
      if (asked[i].meets(readers)) of.push_back(people[i]);
    return of;
  };
  for (const auto& field : fields_) TRY(facts.read(tx, field, those(by_field_.at(key_of(field))), now));
  for (const auto& [attribute, readers] : by_changed_) TRY(facts.read_changes(tx, attribute, those(readers)));
  return {};
}

LiveEngine::Cause LiveEngine::cause_of(const Plan& plan, const Looked& one, std::size_t segment) const {
  if (one.tie != Tie::none) return {.reason = one.tie == Tie::merge ? "merge" : "unmerge"};
  const events::Stored *last = nullptr, *mine = nullptr;
  for (const auto number : one.because) {
    last = &plan.events[number];
    const auto kind = by_kind_.find(last->kind);
    if ((kind == by_kind_.end() ? every_ : kind->second).has(segment)) mine = last;
  }
  if (mine != nullptr) last = mine;
  if (last != nullptr && (mine != nullptr || !one.due)) {
    if (last->kind == "identity_linked" && last->subject != 0) return {.reason = "merge"};
    if (last->kind == "identity_unlinked" && last->subject != 0) return {.reason = "unmerge"};
    return {.reason = "event:" + last->kind, .seq = last->seq, .late = last->late};
  }
  return {.reason = one.due ? "time" : "event:person_created"};
}

/// Why somebody's move is told of; nothing when it is not: the first fill of a segment tells nobody. Segments that ask one that
/// is filled follow it.
std::optional<LiveEngine::Cause> LiveEngine::told_of(const Plan& plan, const Looked& one, std::size_t segment) const {
  if (!one.walked) return cause_of(plan, one, segment);
  const auto version = kept_[segment].state.version;
  if (version == 0) return {};
  return Cause{.reason = one.asked.has(segment) && version != book_.live[segment].version ? "rule_changed" : "filled"};
}

void LiveEngine::add_move(Plan& plan, std::size_t segment, Ordinal who, bool in, std::optional<Cause> told) const {
  plan.moves.push_back({.segment = static_cast<std::uint32_t>(segment), .who = who, .cause = static_cast<std::uint32_t>(plan.causes.size()), .in = in, .silent = !told});
  if (told) plan.causes.push_back(std::move(*told));
}

/// A node that is no person any more leaves: by a merge with an event, erased without.
void LiveEngine::leave_all(Plan& plan, const Looked& one) {
  for (std::size_t i = 0; i < kept_.size(); ++i)
    if (kept_[i].in.has(one.who)) add_move(plan, i, one.who, false, view_->erased->has(one.who) ? std::nullopt : std::optional(Cause{.reason = "merge"}));
  if (wake_[one.who] != kNever) plan.wakes.push_back({one.who, kNever});
}

/// Whether what this person is there is kept up. Of a segment that is being filled it is of those its walk has passed, and of
/// those it passes now.
bool LiveEngine::stands(std::size_t segment, const Looked& one) const {
  if (one.walked && one.asked.has(segment)) return true;
  return !waits(segment) && !(kept_[segment].walk && one.who >= *kept_[segment].walk);
}

void LiveEngine::judge_one(Plan& plan, const Looked& one, const Facts& facts, const Past& past) {
  judged_ = one.who;
  std::ranges::fill(verdicts_, std::int8_t{-1});
  auto asked = one.asked;
  auto flip = asked.meets(timed_) ? earlier(kNever, flips_.next(past)) : kNever;
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (!asked.has(i) || !stands(i, one)) continue;
    const auto& rule = book_.live[i].rule;
    const bool is = judge(rule, facts, past);
    verdicts_[i] = is ? 1 : 0;
    if (is != kept_[i].in.has(one.who)) {
      add_move(plan, i, one.who, is, told_of(plan, one, i));
      asked |= behind_[i];
    }
    if (book_.live[i].needs.facts_by_time) flip = earlier(flip, next_flip_of_facts(rule, facts, past.moment()));
  }
  const auto had = wake_[one.who];
  const auto wake = one.due || one.fresh ? flip : std::min(had, flip);
  if (wake != had) plan.wakes.push_back({one.who, wake});
}

Result<> LiveEngine::judge_people(Tx& tx, Plan& plan) {
  if (plan.people.empty()) return {};
  std::vector<const Looked*> judged;
  for (const auto& one : plan.people) {
    if (view_->root(one.who) != one.who || view_->erased->has(one.who)) leave_all(plan, one);
    else judged.push_back(&one);
  }
  std::ranges::sort(judged, {}, [&](const Looked* one) { return person(one->who); });
  std::vector<PersonId> people;
  std::vector<Places> asked;
  for (const auto* one : judged) {
    people.push_back(person(one->who));
    asked.push_back(one->asked);
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (one->asked.has(i)) asked.back() |= behind_[i];
  }
  const Moment m{plan.now, zone_};
  FactsOfSome facts(people, [this](const Clause& leaf) { return is_member(leaf); },
                    [this](const Field& field) -> const Spread* {
                      for (const auto& kept : kept_) {
                        if (!kept.spreads) continue;
                        if (const auto at = kept.spreads->find(key_of(field)); at != kept.spreads->end()) return &at->second;
                      }
                      return nullptr;
                    });
  TRY(read_facts(tx, facts, people, asked, plan.now));
  verdicts_.resize(kept_.size());
  Deeds deeds(record(tx));
  for (std::uint32_t slot = 0; slot < judged.size(); ++slot) {
    deeds.read(judged[slot]->who);
    judge_one(plan, *judged[slot], facts.at(slot), Past(deeds, m));
  }
  const std::scoped_lock lock(figures_mutex_);
  figures_.looked += judged.size();
  return {};
}

}  // namespace koi::segments
