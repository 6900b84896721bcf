// Turns of this room on the log. Each is bounded, and moves its effects and its cursor in one transaction.
#include <algorithm>
#include <map>

#include "people/bulk.h"
#include "people/profile.h"
#include "people/standing.h"

namespace koi::people {
namespace {

constexpr int kEventsTurn = 512, kEventsWhole = 128 * 1024;  // relevant events a turn
constexpr int kSweepTurn = 500;    // people
constexpr int kWalkTurn = 200;     // people
constexpr std::string_view kWorkBegan = "people_work_began";

Result<std::size_t> turn_tags(Tx& tx, events::Pace) { return sweep_tags(tx, kSweepTurn); }

/// Beats of one person side by side and in order of time, so that each person is read and written once a turn.
Result<std::map<PersonId, std::vector<Beat>>> by_person(Tx& tx, std::span<const events::Brief> batch, const Watched& watched) {
  std::map<PersonId, PersonId> roots;
  std::map<PersonId, std::vector<Beat>> out;
  for (const auto& e : batch) {
    if (!e.person) continue;
    const auto [known, fresh] = roots.try_emplace(e.person);
    if (fresh) {
      // An event may be about somebody whose row never came: nobody to fold it for.
      if (auto root = root_of(tx, e.person)) known->second = *root;
      else if (root.error().kind != Errc::not_found) return std::unexpected(std::move(root).error());
    }
    if (known->second) out[known->second].push_back({e.at, e.seq, watched.weight(e.kind), {e.amount_fen}});
  }
  for (auto& [person, beats] : out) std::ranges::sort(beats, {}, [](const Beat& b) { return std::pair(b.at, b.seq); });
  return out;
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
    TRY(const auto rules, stage_rules(tx));
    TRY(const auto people, by_person(tx, batch, watched));
    for (const auto& [person, beats] : people) {
      TRY(fold_in(tx, person, rules, beats, last));
    }
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

Result<> keep_time(Db& db) { return events::drain(db, consumers(), events::Pace::gentle); }

std::span<const events::Consumer> consumers() {
  static constexpr events::Consumer kConsumers[] = {
      {kStageConsumer, turn_stages}, {"people.tags", turn_tags}, {"people.bulk", turn_bulk}};
  return kConsumers;
}

}  // namespace koi::people
