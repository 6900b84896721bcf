#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "events/events.h"

namespace koi::events {

namespace {
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;
constexpr auto kLookEvery = 250ms;  // at most, and only when something was committed
constexpr auto kFirstPause = 1s, kLongestPause = 60s;
// The writer and the processor belong to whoever waits for an answer: of every step's time this many go to others. A log
// that grows as fast as it can is archived afterwards.
constexpr int kRestShare = 4;
constexpr auto kShortestRest = 5ms, kLongestRest = 40ms;
constexpr int kNice = 5;
}  // namespace

struct Archiver::State {
  State(Db& d, ArchiveShape s) : db(d), shape(s) {}
  void run(std::stop_token stop);
  bool step();
  void look();
  void archive(std::stop_token stop);
  void rest(std::stop_token stop, Steady::duration time);

  Db& db;
  const ArchiveShape shape;
  std::atomic<bool> committed = true;
  std::mutex mutex;
  std::condition_variable_any wake;
  Figures figures;
  Steady::duration pause{};
  Steady::time_point looked_at{};
  std::uint64_t asked = 0, answered = 0;  // calls of settle()
  std::condition_variable settled;
  std::jthread thread;
};

Archiver::Archiver(Db& db, ArchiveShape shape) : state_(std::make_shared<State>(db, shape)) {
  db.on_commit([weak = std::weak_ptr(state_)] {
    if (const auto state = weak.lock()) state->committed.store(true, std::memory_order_relaxed);
  });
}

Archiver::~Archiver() { stop(); }

void Archiver::start() {
  if (!state_->thread.joinable())
    state_->thread = std::jthread([state = state_.get()](std::stop_token stop) { state->run(stop); });
}

void Archiver::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

void Archiver::settle() {
  std::unique_lock lock(state_->mutex);
  if (!state_->thread.joinable()) return;
  const auto mine = ++state_->asked;
  state_->wake.notify_all();
  state_->settled.wait(lock, [&] { return state_->answered >= mine; });
}

Archiver::Figures Archiver::figures() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->figures;
}

void Archiver::State::rest(std::stop_token stop, Steady::duration time) {
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, time, [&] { return asked > answered; });  // whoever waits for us hurries us
}

void Archiver::State::run(std::stop_token stop) {
  name_thread("koi-archive");
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // of this thread alone
  const auto answer = [&](std::uint64_t up_to) {
    const std::scoped_lock lock(mutex);
    answered = up_to;
    settled.notify_all();
  };
  for (; !stop.stop_requested(); rest(stop, std::max<Steady::duration>(kLookEvery, pause))) {
    const auto before = [&] { const std::scoped_lock lock(mutex); return asked; }();
    if (committed.exchange(false)) archive(stop);
    answer(before);
  }
  answer(UINT64_MAX);
}

void Archiver::State::archive(std::stop_token stop) {
  for (bool more = true; more && !stop.stop_requested();) {
    const auto start = Steady::now();
    more = step();
    if (Steady::now() - looked_at > kLookEvery) look();
    rest(stop, std::clamp<Steady::duration>(kRestShare * (Steady::now() - start), kShortestRest, kLongestRest));
  }
  look();
}

void Archiver::State::look() {
  looked_at = Steady::now();
  const auto seen = db.read(log_figures);
  const std::scoped_lock lock(mutex);
  if (seen) figures.log = *seen;
}

/// Whether there is more to do. After a failure the work is left as it stands, for later.
bool Archiver::State::step() {
  const auto done = archive_step(db, shape);
  const std::scoped_lock lock(mutex);
  ++figures.steps;
  figures.parked = done ? std::string() : done.error().code;
  if (done) {
    pause = {};
    return *done;
  }
  ++figures.failures;
  pause = std::clamp<Steady::duration>(pause * 2, kFirstPause, kLongestPause);
  committed = true;
  return false;
}

}  // namespace koi::events
