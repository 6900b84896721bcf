// Who is looked at in a turn: whoever something happened to that a live rule reads, whose time has come, and who is new.
#include "people/profile.h"
#include "people/standing.h"
#include "segments/fact_column.h"
#include "segments/live_engine.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

constexpr std::string_view kNewest = "SELECT COALESCE(MAX(id), 0) FROM person";
constexpr std::string_view kInviters =
    "SELECT DISTINCT COALESCE(q.merged_into, q.id) FROM person p JOIN person q ON q.id = p.inviter_id WHERE p.id = $1 OR p.merged_into = $1";
constexpr std::string_view kInvited =
    "SELECT DISTINCT COALESCE(p.merged_into, p.id) FROM person p WHERE p.inviter_id IN "
    "(SELECT id FROM person WHERE id = $1 OR merged_into = $1)";

constexpr events::Seq kQuietly = 5000;  // events nobody cares about before the cursor is moved for them alone

}  // namespace

LiveEngine::Looked& LiveEngine::looked(Plan& plan, Ordinal who) {
  const auto [at, fresh] = plan.place_of.try_emplace(who, static_cast<std::uint32_t>(plan.people.size()));
  if (fresh) plan.people.push_back({.who = who, .asked = Places(book_.live.size())});
  return plan.people[at->second];
}

/// The log after what was looked at, as far as people/ has taken it in.
Result<> LiveEngine::read_log(Tx& tx, Plan& plan) {
  plan.upto = at_;
  TRY(const auto taken_in, events::cursor(tx, people::kStageConsumer));
  if (taken_in <= at_) return {};
  if (book_.live.empty()) {
    plan.upto = taken_in;
    return {};
  }
  while (plan.upto < taken_in && plan.events.size() < static_cast<std::size_t>(shape_.events)) {
    const auto told = told_.upper_bound(plan.upto);
    if (told != told_.end() && told->first == plan.upto + 1) {
      plan.upto = std::min(told->second, taken_in);
      continue;
    }
    const auto before = plan.upto;
    TRY(read_between(tx, plan, told == told_.end() ? taken_in : std::min(taken_in, told->first - 1)));
    if (plan.upto == before) break;
  }
  return {};
}

/// What stands in a stretch of the log, as much as a turn looks at.
Result<> LiveEngine::read_between(Tx& tx, Plan& plan, events::Seq upto) {
  const auto room = static_cast<std::int64_t>(shape_.events) - static_cast<std::int64_t>(plan.events.size());
  const auto limit = static_cast<int>(std::min(room, upto - plan.upto));
  TRY(auto some, events::after(tx, plan.upto, limit));
  const auto beyond = std::ranges::upper_bound(some, upto, {}, &events::Stored::seq);
  // Places nobody's event has are passed as well, where there is no more before the end.
  plan.upto = beyond != some.end() ? upto : some.empty() ? plan.upto : some.back().seq;
  plan.events.insert(plan.events.end(), std::move_iterator(some.begin()), std::move_iterator(beyond));
  return {};
}

Result<> LiveEngine::add_event(Tx& tx, Plan& plan, std::uint32_t number) {
  const auto& event = plan.events[number];
  if (!event.person) return {};
  const auto node = view_->roster->find(event.person.v);
  if (node >= view_->people) return {};
  const bool tie = event.subject != 0 && (event.kind == "identity_linked" || event.kind == "identity_unlinked");
  if (tie || event.kind == "data_erased") {
    const auto other = tie ? view_->roster->find(event.subject) : node;
    for (const auto o : {node, view_->root(node), other, other < view_->people ? view_->root(other) : other}) {
      if (o >= view_->people) continue;
      auto& one = looked(plan, o);
      one.asked |= all_;
      if (tie) one.tie = event.kind == "identity_linked" ? Tie::merge : Tie::unmerge;
      one.because.push_back(number);
    }
  } else {
    const auto kind = by_kind_.find(event.kind);
    const auto& asked = kind == by_kind_.end() ? every_ : kind->second;
    if (asked.any()) {
      auto& one = looked(plan, view_->root(node));
      one.asked |= asked;
      one.because.push_back(number);
    }
  }
  if (!tie && event.kind != "referral_bound") return {};
  TRY(add_relatives(tx, plan, event.person, tie, number));
  if (tie) TRY(add_relatives(tx, plan, {event.subject}, tie, number));
  return {};
}

/// Whom somebody's news are news of: those who brought them, two steps up; when two became one, those they brought.
Result<> LiveEngine::add_relatives(Tx& tx, Plan& plan, PersonId person, bool tied, std::uint32_t event) {
  const auto add = [&](PersonId id, const Places& asked) {
    const auto o = view_->roster->find(id.v);
    if (o >= view_->people || !asked.any()) return;
    auto& one = looked(plan, view_->root(o));
    one.asked |= asked;
    one.because.push_back(event);
  };
  if (referrals_.any()) {
    TRY(const auto root, people::root_of(tx, person));
    std::vector<PersonId> people{root};
    for (int step = 0; step < 2; ++step) {
      std::vector<PersonId> above;
      for (const auto id : people) {
        TRY(const auto some, tx.all<PersonId>(kInviters, id));
        above.insert(above.end(), some.begin(), some.end());
      }
      for (const auto id : above) add(id, referrals_);
      people = std::move(above);
    }
  }
  if (!tied || !inviters_.any()) return {};
  TRY(const auto root, people::root_of(tx, person));
  TRY(const auto below, tx.all<PersonId>(kInvited, root));
  for (const auto id : below) add(id, inviters_);
  return {};
}

/// People nobody looked at yet; one whose row this snapshot does not hold waits for a later one.
Result<> LiveEngine::add_fresh(Tx& tx, Plan& plan) {
  plan.met_to = std::min<Ordinal>(view_->people, met_to_ + static_cast<Ordinal>(shape_.events));
  if (plan.met_to == view_->people) plan.met = std::max(plan.met, plan.newest);
  if (plan.met_to == met_to_) return {};
  std::vector<PersonId> ids;
  for (auto o = met_to_; o < plan.met_to; ++o) ids.push_back(person(o));
  std::ranges::sort(ids);
  boost::unordered_flat_map<std::int64_t, std::uint32_t> slots;
  for (const auto id : ids) slots.emplace(id.v, static_cast<std::uint32_t>(slots.size()));
  const FactScope scope{.slots = static_cast<std::uint32_t>(ids.size()), .slot_of = [&](std::int64_t id) -> std::optional<std::uint32_t> {
    const auto at = slots.find(id);
    return at == slots.end() ? std::nullopt : std::optional(at->second);
  }, .some = ids};
  TRY(const auto roots, read_roots(tx, scope));
  for (auto o = met_to_; o < plan.met_to; ++o) {
    const bool known = roots.number(slots.at(person(o).v)).has_value();
    if (!known && view_->root(o) == o && !view_->erased->has(o)) {
      plan.met_to = o;
      plan.met = met_;
      break;
    }
    if (!known) continue;
    auto& one = looked(plan, o);
    one.asked |= all_;
    one.fresh = true;
  }
  return {};
}

void LiveEngine::add_due(Plan& plan) {
  const auto now = to_ms(plan.now);
  std::vector<Due> taken;
  while (!due_.empty() && due_.top().first <= now && taken.size() < static_cast<std::size_t>(shape_.events)) {
    const auto [at, who] = due_.top();
    due_.pop();
    if (wake_[who] != at || who >= view_->people) continue;
    taken.push_back({at, who});
    auto& one = looked(plan, who);
    one.asked |= timed_;
    one.due = true;
  }
  for (const auto& due : taken) due_.push(due);  // until the turn is written
}

Result<> LiveEngine::add_people(Tx& tx, Plan& plan) {
  for (std::uint32_t i = 0; i < plan.events.size(); ++i) TRY(add_event(tx, plan, i));
  TRY(add_fresh(tx, plan));
  add_due(plan);
  return {};
}

Result<> LiveEngine::look(Tx& tx, Plan& plan) {
  plan.now = tx.now();
  TRY(refresh(tx));
  plan.met = met_;
  plan.met_to = met_to_;
  TRY(read_log(tx, plan));
  TRY(const auto newest, tx.one<std::int64_t>(kNewest));
  plan.newest = newest;
  const bool due = next_time_.load() <= to_ms(plan.now), news = !plan.events.empty() || newest > met_ || due;
  const bool walks = std::ranges::any_of(kept_, [](const Kept& k) { return k.walk.has_value(); });
  const bool checks = check_ || (!news && !walks && next_check(plan.now));  // checks wait for a quiet moment
  const bool background = any_waits() || walks || checks;
  hurries_ = background;
  if (book_.live.empty()) {
    plan.met = newest;
    plan.looks_only = plan.upto - cursor_ < kQuietly && !(settling_ && plan.upto != cursor_);
    plan.nothing = plan.upto == at_ && newest == met_;
    return {};
  }
  const bool moves_cursor = plan.upto - cursor_ >= kQuietly || (settling_ && plan.upto != cursor_);
  if (!news && !background) {
    plan.nothing = plan.upto == at_;
    plan.looks_only = !moves_cursor;
    return {};
  }
  TRY(see(tx));
  plan.nothing = false;
  background_ = background && (!news || !background_);  // in turn, so that neither waits for the other
  if (background_) {
    plan.events.clear();
    plan.upto = at_;
    return plan_background(tx, plan);
  }
  TRY(add_people(tx, plan));
  TRY(judge_people(tx, plan));
  plan.looks_only = plan.moves.empty() && plan.wakes.empty() && plan.met <= met_ && !moves_cursor;
  return {};
}

}  // namespace koi::segments
