// Looking at everybody: when a segment is new, its rule or what it is made of changed, and once a day to be sure.
#include "segments/live_engine.h"
#include "segments/people.h"

namespace koi::segments {
namespace {

constexpr auto kCheckEvery = std::chrono::hours(24), kCheckAgain = std::chrono::hours(1);

}  // namespace

/// The first that waits, so that whoever asks it comes behind it.
std::optional<std::size_t> LiveEngine::next_fill() const {
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const auto& kept = kept_[i];
    const auto& segment = book_.live[i];
    const bool changed = kept.state.version != segment.version || kept.state.meaning != segment.meaning;
    if (changed || kept.state.refill == 1 || kept.state.refill == 3 || (segment.needs.ranked && kept.spreads.empty())) return i;
  }
  return {};
}

std::optional<std::size_t> LiveEngine::next_check(Instant now) const {
  for (std::size_t i = 0; i < kept_.size(); ++i)
    if (kept_[i].checked + kCheckEvery <= now) return i;
  return {};
}

Result<> LiveEngine::plan_fill(Tx& tx, Plan& plan) {
  if (fill_) {
    plan_slice(plan);
    return {};
  }
  auto next = filling_ ? filling_ : next_fill();
  if (!next) next = next_check(plan.now);
  CHECK(next.has_value());
  const auto& segment = book_.live[*next];
  auto& kept = kept_[*next];
  const bool changed = kept.state.version != segment.version || kept.state.meaning != segment.meaning;
  const bool check = !changed && kept.state.refill != 1 && kept.state.refill != 3 && !(segment.needs.ranked && kept.spreads.empty());
  if (!check && !filling_) {  // said before the look, so that what is asked for meanwhile is seen afterwards
    plan.begin_fill = next;
    return {};
  }
  filling_.reset();
  const Moment m{plan.now, zone_};
  std::map<std::string, People> roots;
  for (const auto& [key, set] : sets_) {
    auto& mine = roots.emplace(key, People(view_->people)).first->second;
    set.second.each([&](Ordinal node) { mine.add(view_->root(node)); });
  }
  const auto table = stored_facts(tx, *view_, [&](const Clause& leaf) -> const People* {
    const auto* in = std::get_if<InSegment>(&leaf.is);
    const auto& key = in != nullptr ? in->segment : std::get<InList>(leaf.is).list;
    if (const auto live = in == nullptr ? book_.place_of.end() : book_.place_of.find(key); live != book_.place_of.end()) return &kept_[live->second].in;
    const auto set = roots.find(key);
    return set == roots.end() ? nullptr : &set->second;
  });
  TRY(auto pending, people_of(segment.rule, record(tx), *table, m));
  if (segment.needs.ranked && view_->people > 0) {
    const auto& anybody = table->at(0);
    kept.spreads.clear();
    for (const auto& field : segment.needs.fields) {
      auto key = field.name;
      for (const auto& arg : field.args) key.append(1, '\0').append(arg);
      const auto* spread = anybody.spread(field);
      kept.spreads.emplace(key, spread == nullptr ? Spread{} : *spread);
    }
  }
  const auto wanted = pending;
  auto gone = kept.in;
  gone -= wanted;
  pending -= kept.in;
  pending |= gone;  // what is to be turned
  if (check) {
    TRY(const bool settled, leave_out_unsettled(tx, plan, pending));
    if (!settled) {
      kept.checked = plan.now - kCheckEvery + kCheckAgain;
      plan.looks_only = true;
      return {};
    }
  }
  const bool refreshed = check && segment.needs.ranked;
  fill_ = Fill{.segment = *next, .pending = std::move(pending),
               .cause = {.reason = kept.state.version != segment.version ? "rule_changed" : check && !refreshed ? "correction" : "filled"},
               .silent = kept.state.version == 0, .check = check};
  {
    const std::scoped_lock lock(figures_mutex_);
    ++figures_.fills;
    if (check && !refreshed) figures_.corrections += fill_->pending.count();
  }
  if (fill_->pending.count() > 0)
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (behind_[*next].has(i) && kept_[i].state.version != 0) plan.dependants.push_back(i);
  plan_slice(plan);
  return {};
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
  const auto& in = kept_[fill_->segment].in;
  std::size_t left = fill_->pending.count();
  fill_->pending.each([&](Ordinal o) {
    if (plan.moves.size() >= shape_.wakes) return;
    plan.moves.push_back({.segment = fill_->segment, .who = o, .in = !in.has(o), .silent = fill_->silent || view_->erased->has(o), .cause = fill_->cause});
  });
  plan.ends_fill = plan.moves.size() == left;
}

}  // namespace koi::segments
