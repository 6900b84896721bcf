// Turns of this room on the log. Each is bounded, and moves its effects and its cursor in one transaction.
#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <tuple>

#include "people/bulk.h"
#include "people/keystore.h"
#include "people/profile.h"
#include "people/standing.h"

namespace koi::people {
namespace {

constexpr int kEventsTurn = 512, kEventsWhole = 1024 * 1024;  // relevant events a turn
constexpr int kSweepTurn = 500;    // people
constexpr int kWalkTurn = 200;     // people
constexpr std::string_view kWorkBegan = "people_work_began";

Result<std::size_t> turn_tags(Tx& tx, events::Pace) { return sweep_tags(tx, kSweepTurn); }

struct RootBeat { PersonId root; Beat beat; };

/// Beats of one person side by side and in order of time, so that each person is read and written once a turn.
Result<std::vector<RootBeat>> by_person(Tx& tx, std::span<const events::Brief> batch, const Watched& watched) {
  boost::unordered_flat_map<std::int64_t, PersonId> roots;
  std::vector<RootBeat> out;
  out.reserve(batch.size());
  for (const auto& e : batch) {
    if (!e.person) continue;
    const auto [known, fresh] = roots.try_emplace(e.person.v);
    if (fresh) {
      // An event may be about somebody whose row never came: nobody to fold it for.
      if (auto root = root_of(tx, e.person)) known->second = *root;
      else if (root.error().kind != Errc::not_found) return std::unexpected(std::move(root).error());
    }
    if (known->second) out.push_back({known->second, {e.at, e.seq, watched.weight(e.kind), {e.amount_fen}}});
  }
  std::ranges::sort(out, {}, [](const RootBeat& b) { return std::tuple(b.root.v, b.beat.at, b.beat.seq); });
  return out;
}

Result<> fold_all(Tx& tx, std::span<const RootBeat> beats, events::Seq last) {
  TRY(const auto rules, stage_rules(tx));
  FlowChange flow;
  std::vector<Beat> mine;
  for (auto from = beats.begin(); from != beats.end();) {
    const auto root = from->root;
    mine.clear();
    for (; from != beats.end() && from->root == root; ++from) mine.push_back(from->beat);
    TRY(fold_in(tx, root, rules, mine, last, flow));
  }
  return flow.write(tx);
}

/// What is left to do while the log stands still.
Result<std::size_t> idle_turn(Tx& tx) {
  TRY(const auto moved, sweep_stages(tx, kSweepTurn));
  if (moved != 0) return moved;
  return walk_refold(tx, kWalkTurn);
}

}  // namespace

Result<std::size_t> turn_stages(Tx& tx, events::Pace pace) {
  TRY(const auto from, events::cursor(tx, kStageConsumer));
  TRY(const auto watched, watched_kinds(tx));
  events::Seq last = from;
  TRY(const auto batch, events::after_of(tx, from, pace == events::Pace::gentle ? kEventsTurn : kEventsWhole, watched.ids, last));
  if (last == from) return idle_turn(tx);
  if (!batch.empty()) {
    TRY(const auto beats, by_person(tx, batch, watched));
    TRY(fold_all(tx, beats, last));
  }
  TRY(events::move_cursor(tx, kStageConsumer, from, last));
  return static_cast<std::size_t>(last - from);
}

Result<> wake_consumers(Tx& tx) {
  TRY(const auto known, events::find_kind(tx, kWorkBegan));
  if (!known) {
    TRY(events::define_kind(tx, {.name = std::string(kWorkBegan), .zh = "批量任务开始", .en = "Bulk work began",
                                 .group = "custom", .props = {}}));
  }
  events::Event event;
  event.kind = kWorkBegan;
  TRY(events::append(tx, event));
  return {};
}

Result<> keep_time(Db& db) {
  TRY(Keystore::sweep(db));
  TRY(move_late_rows(db));
  return events::drain(db, consumers(), events::Pace::gentle);
}

Result<std::int64_t> settle_keys(Db& db) { return Keystore::settle(db); }
Result<std::int64_t> rotate_master_key(Db& db) { return Keystore::rotate(db); }
Result<std::vector<std::string>> verify_keys(Tx& tx) { return Keystore::verify(tx); }

std::span<const events::Consumer> consumers() {
  static constexpr events::Consumer kConsumers[] = {
      {kStageConsumer, turn_stages}, {"people.tags", turn_tags}, {"people.bulk", turn_bulk}};
  return kConsumers;
}

}  // namespace koi::people
