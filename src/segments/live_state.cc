// What the engine remembers: read from the tables once, changed when a turn is written, dropped when somebody else wrote.
#include "events/columns/columns.h"
#include "events/log.h"
#include "people/standing.h"
#include "segments/live_engine.h"
#include "segments/merchant.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

struct TurnRow { std::int64_t turn = 0, met = 0; };
BOOST_DESCRIBE_STRUCT(TurnRow, (), (turn, met))
struct WakeRow { std::int64_t person = 0, at = 0; };
BOOST_DESCRIBE_STRUCT(WakeRow, (), (person, at))

constexpr std::string_view kTurn = "SELECT turn, met FROM segment_turn WHERE id = 1";
constexpr std::string_view kWakes = "SELECT person_id, at FROM segment_wake";
constexpr std::string_view kListed = "SELECT origin_id FROM person_list_member WHERE list_id = $1";

// On PostgreSQL a younger person may be committed first; see events/columns.
constexpr std::int64_t kSettleIds = std::int64_t{30'000} << 22;

const int kSlot = 0;

}  // namespace

LiveEngine& LiveEngine::of(Db& db) {
  const std::scoped_lock lock(db.shared().mutex());
  auto& slot = db.shared().slot(&kSlot);
  if (!slot) slot = std::make_shared<LiveEngine>(db);
  return *static_cast<LiveEngine*>(slot.get());
}

void LiveEngine::forget() {
  loaded_ = false;
  flips_ = {};
  book_ = {};
  kept_.clear();
  sets_.clear();
  wake_.clear();
  due_ = {};
  check_.reset();
  recent_.clear();
  fold_.reset();
  told_.clear();
  view_.reset();
  record_.reset();
  record_view_ = nullptr;
  next_time_ = kNever;
}

/// The people of this snapshot.
Result<> LiveEngine::see(Tx& tx) {
  TRY(view_, events::columns::view(tx));
  if (wake_.size() < view_->people) wake_.resize(view_->people + view_->people / 8 + 64, kNever);
  return {};
}

Record& LiveEngine::record(Tx& tx) {
  if (record_ && record_view_ == view_.get()) return *record_;
  auto& log = events::Log::of(tx);
  auto book = tx.kind() == store::Kind::sqlite ? log.book(tx) : log.reload(tx);
  if (book) {
    kinds_.clear();
    for (const auto& kind : (*book)->kinds()) kinds_[kind.name] = kind.id;
  }
  const auto names = book ? *book : events::BookPtr{};
  record_.emplace(*view_, kinds_, [names](std::int64_t id) { return names ? std::string(names->source_name(id)) : std::string(); });
  record_view_ = view_.get();
  return *record_;
}

Result<> LiveEngine::refresh(Tx& tx) {
  TRY(const auto row, tx.one<TurnRow>(kTurn));
  if (loaded_ && row.turn != turn_) {
    forget();
    return fail(Errc::conflict, "segments.live_elsewhere");
  }
  turn_ = row.turn;
  TRY(zone_, merchant_zone(tx));
  TRY(const auto stamp, stamp_of_definitions(tx));
  const bool idle = loaded_ && book_.live.empty();
  if (!loaded_ || stamp != book_.stamp) TRY(read_book(tx, stamp));
  TRY(const auto states, kept_states(tx));
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    const auto at = std::ranges::lower_bound(states, book_.live[i].id, {}, &KeptState::id);
    if (at != states.end() && at->id == book_.live[i].id) kept_[i].state = *at;
  }
  if (loaded_ && !idle) return {};
  if (!loaded_) {
    met_ = row.met;
    TRY(at_, events::cursor(tx, "segments.live"));
    cursor_ = at_;
  }
  TRY(load(tx));
  loaded_ = true;
  note_next_time();
  return {};
}

/// Segments that stayed keep their people and how far their walks are; a check of another order of things begins anew.
Result<> LiveEngine::read_book(Tx& tx, std::int64_t stamp) {
  TRY(auto fresh, read_live_book(tx, stamp));
  if (!fresh.live.empty()) TRY(see(tx));  // whoever is named must be known
  std::vector<Kept> kept(fresh.live.size());
  for (std::size_t i = 0; i < fresh.live.size(); ++i) {
    const auto old = std::ranges::find(book_.live, fresh.live[i].id, &LiveSegment::id);
    if (old != book_.live.end()) kept[i] = std::move(kept_[static_cast<std::size_t>(old - book_.live.begin())]);
    else if (loaded_) TRY(load_bits(tx, fresh.live[i].id, kept[i].in));
    kept[i].state.id = fresh.live[i].id;
  }
  kept_ = std::move(kept);
  book_ = std::move(fresh);
  check_.reset();
  bind();
  return load_sets(tx);
}

std::string LiveEngine::key_of(const Field& field) {
  auto out = field.name;
  for (const auto& arg : field.args) out.append(1, '\0').append(arg);
  return out;
}

/// Which segments look at what.
void LiveEngine::bind() {
  const auto size = book_.live.size();
  const Places none(size);
  by_kind_.clear();
  by_field_.clear();
  by_changed_.clear();
  fields_.clear();
  every_ = all_ = timed_ = inviters_ = referrals_ = none;
  behind_.assign(size, none);
  flips_ = {};
  for (std::size_t i = 0; i < size; ++i) {
    const auto& needs = book_.live[i].needs;
    all_.add(i);
    if (needs.every_kind) every_.add(i);
    if (needs.by_time) timed_.add(i);
    flips_.add(book_.live[i].rule);
    if (needs.inviter) inviters_.add(i);
    if (needs.referrals) referrals_.add(i);
    for (const auto& kind : needs.kinds) by_kind_.try_emplace(kind, none).first->second.add(i);
    for (const auto& attribute : needs.changed) by_changed_.try_emplace(attribute, none).first->second.add(i);
    for (const auto& field : needs.fields) {
      const auto [at, is_new] = by_field_.try_emplace(key_of(field), none);
      if (is_new) fields_.push_back(field);
      at->second.add(i);
    }
  }
  for (auto& [kind, places] : by_kind_) places |= every_;
  for (const auto move : kMoves) by_kind_[std::string(move)] = none;
  // Those that ask stand behind: going backwards, all behind them are known.
  for (auto i = size; i-- > 0;)
    for (const auto asked : book_.live[i].asks) {
      behind_[asked].add(i);
      behind_[asked] |= behind_[i];
    }
  for (auto i = size; i-- > 0;)
    for (const auto asked : book_.live[i].asks) behind_[asked] |= behind_[i];
}

/// Fixed segments and lists, as nodes: who belongs to them follows their trees.
Result<> LiveEngine::load_sets(Tx& tx) {
  std::erase_if(sets_, [&](const auto& set) {
    const auto now = book_.sets.find(set.first);
    return now == book_.sets.end() || now->second.stamp != set.second.first;
  });
  for (const auto& [key, set] : book_.sets) {
    if (sets_.contains(key)) continue;
    People nodes(view_->people);
    const auto add = [&](std::int64_t node) {
      if (const auto o = view_->roster->find(node); o != events::columns::kNobody) nodes.add(o);
    };
    if (set.fixed) {
      TRY(each_kept(tx, [&](SegmentId, std::int64_t node) { add(node); }, set.fixed));
    } else {
      TRY(tx.each<std::int64_t>(kListed, [&](std::int64_t node) -> Result<> { add(node); return {}; }, set.list));
    }
    sets_.emplace(key, std::pair(set.stamp, std::move(nodes)));
  }
  return {};
}

Result<> LiveEngine::load_bits(Tx& tx, SegmentId segment, People& in) {
  return each_kept(tx, [&](SegmentId, std::int64_t node) {
    if (const auto o = view_->roster->find(node); o != events::columns::kNobody) in.add(o);
  }, segment);
}

/// Bits, wakes, and how far walks and new people were.
Result<> LiveEngine::load(Tx& tx) {
  if (book_.live.empty()) return {};
  TRY(see(tx));
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    kept_[i].in = People(view_->people);
    kept_[i].checked = kept_[i].state.filled_at.value_or(Instant{});
    TRY(load_bits(tx, book_.live[i].id, kept_[i].in));
  }
  TRY(load_recent(tx));
  TRY(tx.each<WakeRow>(kWakes, [&](WakeRow&& row) -> Result<> {
    const auto o = view_->roster->find(row.person);
    if (o != events::columns::kNobody) set_wake(o, row.at);
    return {};
  }));
  const auto margin = tx.kind() == store::Kind::postgres ? kSettleIds : 0;
  const auto first_after = [&](std::int64_t node) {
    Ordinal o = 0;
    while (o < view_->people && view_->roster->node(o) <= node) ++o;
    return o;
  };
  met_to_ = turn_ == 0 ? view_->people : first_after(met_ - margin);  // the first fills look at everybody who is there
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    if (kept_[i].state.refill != kWalking) continue;  // cut off in the middle: it goes on
    kept_[i].walk = first_after(kept_[i].state.walked - margin);
    kept_[i].walk_version = book_.live[i].version;
  }
  return {};
}

void LiveEngine::set_wake(Ordinal who, std::int64_t at) {
  if (who >= wake_.size()) wake_.resize(who + who / 8 + 64, kNever);
  wake_[who] = at;
  if (at != kNever) due_.push({at, who});
}

void LiveEngine::note_next_time() {
  while (!due_.empty() && wake_[due_.top().second] != due_.top().first) due_.pop();
  next_time_ = due_.empty() ? kNever : due_.top().first;
}

/// What one transaction wrote.
void LiveEngine::remember(Plan& plan, std::size_t moves_from, std::size_t moves_to, std::size_t wakes_from, std::size_t wakes_to) {
  std::uint64_t entered = 0, left = 0;
  for (auto i = moves_from; i < moves_to; ++i) {
    const auto& move = plan.moves[i];
    if (dropped_.contains(move.segment)) continue;
    auto& kept = kept_[move.segment];
    if (move.in) kept.in.add(move.who);
    else kept.in.remove(move.who);
    if (!move.silent) ++(move.in ? entered : left);
    if (check_ && check_->segment == move.segment) check_->pending.remove(move.who);
  }
  for (auto i = wakes_from; i < wakes_to; ++i) set_wake(plan.wakes[i].who, plan.wakes[i].at);
  const std::scoped_lock lock(figures_mutex_);
  figures_.entered += entered;
  figures_.left += left;
}

void LiveEngine::remember_end(Plan& plan) {
  at_ = plan.upto;
  looked_at_ = at_;
  told_.erase(told_.begin(), told_.upper_bound(at_));
  if (!plan.looks_only) cursor_ = at_;
  met_ = std::max(met_, plan.met);
  met_to_ = plan.met_to;
  for (const auto i : plan.begun) {
    kept_[i].walk = 0;
    kept_[i].walk_version = book_.live[i].version;
  }
  for (const auto i : plan.walked) {
    kept_[i].walk = plan.walk_end;
    if (!plan.walk_through) continue;
    kept_[i].walk.reset();
    kept_[i].checked = plan.now;
  }
  if (plan.walk_through) {
    const std::scoped_lock lock(figures_mutex_);
    figures_.fills += plan.walked.size();
  }
  // Whoever was judged now needs no turning from an older look.
  if (check_)
    for (const auto& one : plan.people)
      if (one.asked.has(check_->segment)) check_->pending.remove(one.who);
  if (plan.ends_check && check_) {
    kept_[check_->segment].checked = plan.now;
    check_.reset();
  }
  note_next_time();
}

void LiveEngine::remember_told() {
  for (const auto seq : telling_) {
    if (!told_.empty() && told_.rbegin()->second + 1 == seq) told_.rbegin()->second = seq;
    else told_.emplace(seq, seq);
  }
  telling_.clear();
}

}  // namespace koi::segments
