#include "segments/live.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <condition_variable>
#include <thread>

#include "segments/live_engine.h"

namespace koi::segments {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto kPoll = 250ms;            // somebody's time may come by a jump of the clock, and on PostgreSQL others commit unheard
constexpr auto kGather = 100ms;          // commits in between are looked at together
constexpr auto kFirstPause = 1s, kLongestPause = 60s;
constexpr auto kStandBy = 10s;           // another process keeps membership
constexpr auto kLookAnyway = 15s;        // the daily check, and whatever nobody told
constexpr int kNice = 5;
constexpr int kTurnsMax = 100'000;

double cpu_of_thread() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

}  // namespace

Result<bool> LiveEngine::turn() {
  const std::scoped_lock lock(mutex_);
  Plan plan;
  auto done = db_->read([&](Tx& tx) { return look(tx, plan); });
  if (done && !plan.nothing) {
    done = write(plan);
    if (!done) forget();  // what is in memory may be ahead of the tables
  }
  {
    const std::scoped_lock figures_lock(figures_mutex_);
    ++figures_.turns;
    figures_.segments = book_.live.size();
    figures_.lag_seconds = plan.events.empty() || !done ? 0 : std::max(0.0, static_cast<double>((plan.now - plan.events.front().received_at).count()) / 1000);
  }
  if (!done) return std::unexpected(std::move(done).error());
  return !plan.nothing;
}

Result<> LiveEngine::settle() {
  {
    const std::scoped_lock lock(mutex_);
    settling_ = true;
  }
  Result<> out = fail(Errc::internal, "segments.unsettled");
  for (int i = 0; i < kTurnsMax; ++i) {
    auto more = turn();
    if (more && *more) continue;
    if (!more && more.error().code == "segments.live_elsewhere") continue;
    out = more ? Result<>{} : std::unexpected(std::move(more).error());
    break;
  }
  const std::scoped_lock lock(mutex_);
  settling_ = false;
  return out;
}

LiveFigures LiveEngine::figures() const {
  const std::scoped_lock lock(figures_mutex_);
  return figures_;
}

Result<> settle_live(Db& db) { return LiveEngine::of(db).settle(); }

struct Live::State {
  explicit State(Db& d) : db(d), engine(LiveEngine::of(d)) {}

  void run(std::stop_token stop) {
    name_thread("koi-segments");
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // of this thread alone
    auto looked = Steady::now();
    for (auto pause = Steady::duration{}; !stop.stop_requested();) {
      wait(stop, pause, looked);
      looked = Steady::now();
      pause = take_turns(stop, pause);
    }
  }

  /// Until there was a commit, somebody's time has come, or it is long enough since the last look.
  void wait(std::stop_token stop, Steady::duration pause, Steady::time_point looked) {
    std::unique_lock lock(mutex);
    if (pause > 0s) wake.wait_for(lock, stop, pause, [] { return false; });
    const auto look_at = looked + (db.kind() == store::Kind::postgres ? Steady::duration(1s) : Steady::duration(kLookAnyway));
    while (!stop.stop_requested() && !woken && Steady::now() < look_at) {
      const auto left = engine.next_time() - db.clock().now();
      if (left <= Millis(0)) break;
      wake.wait_for(lock, stop, std::min<Millis>(left, kPoll), [&] { return woken; });  // never is too long for a Steady::duration
    }
    woken = false;
  }

  /// How long to wait before the next: nothing when all went well.
  Steady::duration take_turns(std::stop_token stop, Steady::duration pause) {
    while (!stop.stop_requested()) {
      const auto began = Steady::now();
      const auto more = engine.turn();
      std::unique_lock lock(mutex);
      cpu = cpu_of_thread();
      if (!more && more.error().code == "segments.live_elsewhere") return kStandBy;
      if (!more) {
        ++failures;
        parked = more.error().code;
        return std::clamp<Steady::duration>(pause * 2, kFirstPause, kLongestPause);
      }
      parked.clear();
      if (!*more) return {};
      // A turn costs a look at everything new: a few a second are enough.
      const auto rest = kGather - (Steady::now() - began);
      if (rest > 0s && !engine.hurries() && engine.next_time() > db.clock().now()) wake.wait_for(lock, stop, rest, [] { return false; });
    }
    return {};
  }

  Db& db;
  LiveEngine& engine;
  mutable std::mutex mutex;
  std::condition_variable_any wake;
  bool woken = true;
  std::uint64_t failures = 0;
  double cpu = 0;
  std::string parked;
  std::jthread thread;
};

Live::Live(Db& db) : state_(std::make_shared<State>(db)) {
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

Live::~Live() { stop(); }

void Live::start() {
  if (!state_->thread.joinable()) state_->thread = std::jthread([state = state_.get()](std::stop_token stop) { state->run(stop); });
}

void Live::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

LiveFigures Live::figures() const {
  auto out = state_->engine.figures();
  const std::scoped_lock lock(state_->mutex);
  out.failures = state_->failures;
  out.cpu_seconds = state_->cpu;
  out.parked = state_->parked;
  return out;
}

}  // namespace koi::segments
