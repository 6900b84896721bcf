#include "connect/wecom/sync_desk.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "connect/wecom/albums/albums.h"
#include "connect/wecom/figures/figures.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/rules/rules.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/tags.h"
#include "connect/wecom/ways.h"

namespace koi::connect::wecom {

namespace {

constexpr auto kTick = std::chrono::seconds(1), kRestMax = std::chrono::seconds(60);
constexpr int kMarksRound = 200, kPruneBatch = 500;

std::mutex desks_mutex;
std::map<const Db*, std::function<void()>> desks;

using Steady = std::chrono::steady_clock;

/// A corp whose platform does not answer is asked more and more seldom.
struct Rest {
  Steady::time_point until{};
  std::chrono::seconds wait{1};
  bool over() const { return Steady::now() >= until; }
  void well() { *this = {}; }
  void ill() {
    until = Steady::now() + wait;
    wait = std::min(kRestMax, wait * 2);
  }
};

}  // namespace

struct SyncDesk::State {
  State(Db& d, Means m) : db(d), means(std::move(m)) {}

  void start() {
    {
      const std::scoped_lock lock(desks_mutex);
      desks[&db] = [this] { wake(); };
    }
    ways = std::jthread([this] { run("wecom desk", looked[0], [this] { tend(); }); });
    walks = std::jthread([this] { run("wecom walks", looked[1], [this] { walk(); }); });
  }
  void stop() {
    {
      const std::scoped_lock lock(desks_mutex);
      desks.erase(&db);
    }
    {
      const std::scoped_lock lock(mutex);
      stopping = true;
    }
    ready.notify_all();
    ways = {};
    walks = {};
  }
  void wake() {
    {
      const std::scoped_lock lock(mutex);
      ++calls;
    }
    ready.notify_all();
  }

  void settle() {
    std::unique_lock lock(mutex);
    const auto mine = ++calls;
    ready.notify_all();
    ready.wait(lock, [&] { return stopping || (looked[0] >= mine && looked[1] >= mine); });
  }

  template <class F>
  void run(const char* name, std::uint64_t& done, F&& turn) {
    name_thread(name);
    std::unique_lock lock(mutex);
    while (!stopping) {
      const auto seen = calls;
      lock.unlock();
      turn();
      lock.lock();
      done = seen;
      ready.notify_all();
      ready.wait_for(lock, kTick, [&] { return stopping || calls != seen; });
    }
  }

  void note(const Error& e) {
    const std::scoped_lock lock(mutex);
    ++figures.failures;
    figures.parked = e.code;
  }
  void well(std::uint64_t Figures::*what, std::uint64_t n) {
    const std::scoped_lock lock(mutex);
    figures.*what += n;
    figures.parked.clear();
  }

  std::vector<std::string> corps() {
    auto all = db.read([&](Tx& tx) { return means.corps(tx); });
    if (!all) note(all.error());
    return all.value_or(std::vector<std::string>{});
  }

  /// What is wanted at the platform.
  void tend() {
    const auto all = corps();
    for (const auto& corp : all) {
      if (stopping || !way_rests[corp].over()) continue;
      auto done = tend_one(corp, all.size() == 1);
      if (done) way_rests[corp].well();
      else note(done.error()), way_rests[corp].ill();
    }
  }
  Result<> tend_one(const std::string& corp, bool only) {
    TRY(const auto platform, means.platform(corp));
    TRY(const auto made, make_ways(db, *platform, corp, only));
    TRY(const auto joins, make_joins(db, *platform, corp, only));
    TRY(const auto marks, send_marks(db, *platform, corp, kMarksRound));
    TRY(read_figures(db, *platform, corp));
    TRY(tend_rules(db, *platform, corp));
    TRY(tend_albums(db, *platform, corp));
    well(&Figures::ways_made, static_cast<std::uint64_t>(made.made + made.changed + joins.made + joins.changed));
    well(&Figures::marks_sent, static_cast<std::uint64_t>(marks));
    return {};
  }

  /// The walk that is on, or due by the clock.
  void walk() {
    for (const auto& corp : corps()) {
      if (stopping || !walk_rests[corp].over()) continue;
      auto done = walk_one(corp);
      if (done) walk_rests[corp].well();
      else note(done.error()), walk_rests[corp].ill();
    }
    (void)db.write([](Tx& tx) { return prune_diffs(tx, kPruneBatch); });
  }
  Result<> walk_one(const std::string& corp) {
    TRY(auto run, db.read([&](Tx& tx) { return open_run(tx, corp); }));
    if (!run) {
      TRY(run, db.write([&](Tx& tx) { return begin_daily(tx, corp); }, shard_of_corp(corp)));
    }
    if (!run) return {};
    TRY(const auto platform, means.platform(corp));
    TRY(carry_on(db, *platform, run->id, {.lanes = 4, .go_on = [this] { return !stopping; }}));
    well(&Figures::walks_done, 1);
    return {};
  }

  Db& db;
  const Means means;
  mutable std::mutex mutex;
  std::condition_variable ready;
  std::atomic<bool> stopping = false;
  std::uint64_t calls = 1, looked[2] = {};  // how far each thread has looked
  Figures figures;
  std::map<std::string, Rest> way_rests, walk_rests;  // each of its own thread
  std::jthread ways, walks;
};

SyncDesk::SyncDesk(Db& db, Means means) : state_(std::make_unique<State>(db, std::move(means))) {}
SyncDesk::~SyncDesk() { stop(); }
void SyncDesk::start() { state_->start(); }
void SyncDesk::stop() { state_->stop(); }
void SyncDesk::wake(Db& db) {
  const std::scoped_lock lock(desks_mutex);
  if (const auto at = desks.find(&db); at != desks.end()) at->second();
}
void SyncDesk::settle() { state_->settle(); }
SyncDesk::Figures SyncDesk::figures() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->figures;
}

}  // namespace koi::connect::wecom
