// Looking at everybody: when a segment is new, its rule or what it is made of changed, and once a day to be sure. A fill walks
// over people, some a turn, and judges each for all segments that are being filled; a check asks people_of for one.
#include "segments/live_engine.h"
#include "segments/people.h"

namespace koi::segments {
namespace {

constexpr auto kCheckEvery = std::chrono::hours(24), kCheckAgain = std::chrono::hours(1);

}  // namespace

/// Whether everybody is to be looked at for it and its walk has not begun.
bool LiveEngine::waits(std::size_t i) const {
  const auto& [state, in, walk, walk_version, spreads, checked] = kept_[i];
  const auto& segment = book_.live[i];
  if (state.meaning != segment.meaning || (segment.needs.ranked && !spreads)) return true;
  return walk ? state.refill != kWalking || walk_version != segment.version : state.refill != 0 || state.version != segment.version;
}

bool LiveEngine::any_waits() const {
  for (std::size_t i = 0; i < kept_.size(); ++i)
    if (waits(i)) return true;
  return false;
}

std::optional<std::size_t> LiveEngine::next_check(Instant now) const {
  for (std::size_t i = 0; i < kept_.size(); ++i)
    if (kept_[i].checked + kCheckEvery <= now) return i;
  return {};
}

Result<> LiveEngine::plan_background(Tx& tx, Plan& plan) {
  if (check_) {
    plan_slice(plan);
    return {};
  }
  if (any_waits()) return plan_begin(tx, plan);
  if (std::ranges::any_of(kept_, [](const Kept& k) { return k.walk.has_value(); })) return plan_walk(tx, plan);
  const auto next = next_check(plan.now);
  CHECK(next.has_value());
  return plan_check(tx, plan, *next);
}

/// Says so before anybody is looked at, so that what is asked for meanwhile is seen afterwards. All that wait walk together.
Result<> LiveEngine::plan_begin(Tx& tx, Plan& plan) {
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (!waits(i)) continue;
    plan.begun.push_back(i);
    if (!book_.live[i].needs.ranked) continue;
    const auto table = stored_facts(tx, *view_);
    TRY(table->load(book_.live[i].rule, {plan.now, zone_}));
    take_spreads(i, *table);
  }
  return {};
}

/// Everybody's numbers, as they are until the next refresh.
void LiveEngine::take_spreads(std::size_t i, FactTable& table) {
  auto& spreads = kept_[i].spreads.emplace();
  if (view_->people == 0) return;
  const auto& anybody = table.at(0);
  for (const auto& field : book_.live[i].needs.fields) {
    const auto* spread = anybody.spread(field);
    spreads.emplace(key_of(field), spread == nullptr ? Spread{} : *spread);
  }
}

/// Some people more, for every segment that is as far as the one behind all.
Result<> LiveEngine::plan_walk(Tx& tx, Plan& plan) {
  auto from = events::columns::kNobody;
  for (const auto& kept : kept_) from = std::min(from, kept.walk.value_or(from));
  plan.walk_end = std::min<Ordinal>(view_->people, from + static_cast<Ordinal>(shape_.walk));
  Places walking(kept_.size());
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (kept_[i].walk == from) {
      walking.add(i);
      plan.walked.push_back(i);
    } else if (kept_[i].walk) {
      plan.walk_end = std::min(plan.walk_end, *kept_[i].walk);  // from there on together
    }
  }
  plan.walk_through = plan.walk_end >= view_->people;
  for (auto o = from; o < plan.walk_end; ++o) plan.people.push_back({.who = o, .asked = walking, .because = {}, .walked = true});
  return judge_people(tx, plan);
}

/// Compares a segment with everybody its rule selects.
Result<> LiveEngine::plan_check(Tx& tx, Plan& plan, std::size_t next) {
  const auto& segment = book_.live[next];
  auto& kept = kept_[next];
  const auto roots = roots_of_sets();
  const auto table = stored_facts(tx, *view_, member_sets(roots));
  TRY(auto pending, people_of(segment.rule, record(tx), *table, {plan.now, zone_}));
  if (segment.needs.ranked) take_spreads(next, *table);
  auto gone = kept.in;
  gone -= pending;
  pending -= kept.in;
  pending |= gone;  // what is to be turned
  TRY(const bool settled, leave_out_unsettled(tx, plan, pending));
  if (!settled) {
    kept.checked = plan.now - kCheckEvery + kCheckAgain;
    plan.looks_only = true;
    return {};
  }
  const auto wrong = segment.needs.ranked ? 0 : pending.count();  // ranks were refreshed
  check_ = Check{.segment = next, .pending = std::move(pending), .cause = {.reason = segment.needs.ranked ? "filled" : "correction"}};
  if (check_->pending.count() > 0)
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (behind_[next].has(i) && kept_[i].state.version != 0) plan.dependants.push_back(i);
  plan_slice(plan);
  const std::scoped_lock lock(figures_mutex_);
  ++figures_.fills;
  figures_.corrections += wrong;
  return {};
}

/// Fixed segments and lists as people: who belongs to them follows their trees.
std::map<std::string, People> LiveEngine::roots_of_sets() const {
  std::map<std::string, People> out;
  for (const auto& [key, set] : sets_) {
    auto& mine = out.emplace(key, People(view_->people)).first->second;
    set.second.each([&](Ordinal node) { mine.add(view_->root(node)); });
  }
  return out;
}

/// Borrows the roots.
MemberSets LiveEngine::member_sets(const std::map<std::string, People>& roots) const {
  return [this, &roots](const Clause& leaf) -> const People* {
    const auto* in = std::get_if<InSegment>(&leaf.is);
    const auto& key = in != nullptr ? in->segment : std::get<InList>(leaf.is).list;
    if (const auto live = in == nullptr ? book_.place_of.end() : book_.place_of.find(key); live != book_.place_of.end()) return &kept_[live->second].in;
    const auto set = roots.find(key);
    return set == roots.end() ? nullptr : &set->second;
  };
}

/// Differences of people the log still has news of, or whose time has come, are no mistakes. False: too much is on its way.
Result<bool> LiveEngine::leave_out_unsettled(Tx& tx, Plan& plan, People& pending) {
  if (pending.count() == 0) return true;
  if (next_time_.load() <= to_ms(plan.now)) return false;
  TRY(const auto coming, events::after(tx, at_, shape_.events));
  if (coming.size() == static_cast<std::size_t>(shape_.events)) return false;
  for (const auto& event : coming) {
    if (event.subject != 0 && (event.kind.starts_with("identity_") || event.kind == "referral_bound")) return false;
    const auto o = event.person ? view_->roster->find(event.person.v) : events::columns::kNobody;
    if (o < view_->people) pending.remove(view_->root(o));
  }
  for (auto o = met_to_; o < view_->people; ++o) pending.remove(o);
  // Bits of nodes that are no people any more leave with the event of their merge, which is through.
  return true;
}

/// The next people whose bits are turned.
void LiveEngine::plan_slice(Plan& plan) {
  const auto& in = kept_[check_->segment].in;
  const auto left = check_->pending.count();
  check_->pending.each([&](Ordinal o) {
    if (plan.moves.size() >= shape_.rows) return;
    add_move(plan, check_->segment, o, !in.has(o), view_->erased->has(o) ? std::nullopt : std::optional(check_->cause));
  });
  plan.ends_check = plan.moves.size() == left;
}

}  // namespace koi::segments
