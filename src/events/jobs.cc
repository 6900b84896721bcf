#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "events/events.h"

namespace koi::events {

namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kTurnsMax = 64;  // of one consumer before the others get theirs
constexpr auto kFirstPause = 1s, kLongestPause = 60s;
// PostgreSQL shows an event only once every older transaction has ended, and other processes commit unheard.
constexpr auto kPollEvery = 250ms;
constexpr auto kSettleMax = 5s;
constexpr std::string_view kWritten = "SELECT COALESCE(MAX(seq), 0) FROM event";

/// Waits until nothing written before now can hide behind a transaction that is still on its way.
Result<> settle(Db& db) {
  if (db.kind() == store::Kind::sqlite) return {};
  TRY(const auto written, db.read([](Tx& tx) { return tx.one<Seq>(kWritten); }));
  for (const auto start = Steady::now(); Steady::now() - start < kSettleMax; std::this_thread::sleep_for(1ms)) {
    TRY(const auto ready, db.read([](Tx& tx) { return end_of_log(tx); }));
    if (ready >= written) return {};
  }
  return fail(Errc::unavailable, "events.log_held_up", "a transaction of this cluster has been open for long");
}

struct Work {
  Consumer consumer;
  Runner::Figures figures;
  Seq drained_at = -1;  // the end of the log when its last turn found nothing
  Steady::duration pause{};
  Steady::time_point not_before{};
};

}  // namespace

struct Runner::State {
  explicit State(Db& d) : db(d) {}
  void run(std::stop_token stop);
  bool round(std::stop_token stop);
  void give_turns(Work& work, Seq end, std::stop_token stop);
  void park(Work& work, const Error& error);

  Db& db;
  mutable std::mutex mutex;
  std::condition_variable_any wake;
  bool woken = true;
  std::vector<Work> works;
  std::jthread thread;
};

Runner::Runner(Db& db, std::vector<Consumer> consumers) : state_(std::make_shared<State>(db)) {
  for (const auto& consumer : consumers)
    state_->works.push_back({.consumer = consumer, .figures = {.name = std::string(consumer.name), .parked = {}}});
  db.on_commit([weak = std::weak_ptr(state_)] {
    const auto state = weak.lock();
    if (!state) return;
    {
      const std::scoped_lock lock(state->mutex);
      state->woken = true;
    }
    state->wake.notify_one();
  });
}

Runner::~Runner() { stop(); }

void Runner::start() {
  if (!state_->thread.joinable())
    state_->thread = std::jthread([state = state_.get()](std::stop_token stop) { state->run(stop); });
}

void Runner::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

std::vector<Runner::Figures> Runner::figures() const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<Figures> out;
  for (const auto& work : state_->works) out.push_back(work.figures);
  return out;
}

void Runner::State::run(std::stop_token stop) {
  name_thread("koi-consumers");
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, kPollEvery, [&] { return woken; });
      woken = false;
    }
    while (!stop.stop_requested() && round(stop)) {
    }
  }
}

/// One look at the end of the log and turns for whoever is behind it; whether somebody still is.
bool Runner::State::round(std::stop_token stop) {
  const auto end = db.read([](Tx& tx) { return end_of_log(tx); });
  if (!end) return false;
  bool behind = false;
  for (auto& work : works) {
    if (work.drained_at >= *end || Steady::now() < work.not_before) continue;
    give_turns(work, *end, stop);
    behind = behind || (work.drained_at < *end && work.figures.parked.empty());
  }
  return behind;
}

void Runner::State::give_turns(Work& work, Seq end, std::stop_token stop) {
  for (std::size_t i = 0; i < kTurnsMax && !stop.stop_requested(); ++i) {
    const auto turn = db.write([&](Tx& tx) { return work.consumer.turn(tx, Pace::gentle); });
    if (!turn) return park(work, turn.error());
    const std::scoped_lock lock(mutex);
    ++work.figures.turns;
    work.figures.events += *turn;
    work.figures.parked.clear();
    work.pause = {};
    if (*turn > 0) continue;
    work.drained_at = end;
    return;
  }
}

void Runner::State::park(Work& work, const Error& error) {
  const std::scoped_lock lock(mutex);
  // Another process took the turn: its work is done, only not by us.
  if (error.code == "events.cursor_moved") return;
  ++work.figures.failures;
  work.figures.parked = error.code;
  work.pause = std::clamp<Steady::duration>(work.pause * 2, kFirstPause, kLongestPause);
  work.not_before = Steady::now() + work.pause;
}

Result<> drain(Db& db, std::span<const Consumer> consumers, Pace pace) {
  for (bool moved = true; moved;) {
    TRY(settle(db));
    moved = false;
    for (const auto& consumer : consumers) {
      TRY(const auto looked, db.write([&](Tx& tx) { return consumer.turn(tx, pace); }));
      moved = moved || looked > 0;
    }
  }
  return {};
}

}  // namespace koi::events
