#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include "events/columns/columns.h"
#include "events/columns/shelf.h"

namespace koi::events::columns {

namespace {

using namespace std::chrono_literals;
constexpr auto kPause = 250ms;              // commits in between are taken in together
constexpr auto kAfterError = 10s;           // a full disk, say
constexpr int kNice = 5;                    // whoever waits for an answer goes first
constexpr std::uint64_t kTurnRows = 65'536;  // taken in before somebody else may ask

}  // namespace

Result<> open(Db& db, std::uint64_t seal_rows) {
  ShelfShape shape;
  shape.seal_rows = seal_rows;
  shape.chunk_rows = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(seal_rows / 4, 1, shape.chunk_rows));
  return db.read([&](Tx& tx) -> Result<> {
    Shelf::open(tx, shape);
    return {};
  });
}

Result<ViewPtr> view(Tx& tx) { return Shelf::of(tx).view(tx); }
Result<> verify(Tx& tx) { return Shelf::of(tx).verify(tx); }
Result<Figures> figures(Tx& tx) { return Shelf::of(tx).figures(); }

namespace {

/// Lives as long as the store; files are worked on without holding a reader.
Result<Shelf*> shelf_of(Db& db) {
  return db.read([](Tx& tx) -> Result<Shelf*> { return &Shelf::of(tx); });
}

/// Takes in rows, turn by turn, and does the work on files that comes of them: beside the reading while the end of the log is
/// far.
class Turns {
 public:
  Turns(Db& db, Shelf& shelf, std::stop_token stop = {}) : db_(db), shelf_(shelf), stop_(std::move(stop)) {}
  /// How many rows.
  Result<std::uint64_t> take() {
    TRY(const auto taken, db_.read([&](Tx& tx) { return shelf_.catch_up(tx, kTurnRows); }));
    if (taken == kTurnRows) {
      TRY(begin_work());
    } else {
      TRY(end_work());
      TRY(work(shelf_, stop_));
    }
    return taken;
  }

 private:
  static Result<> work(Shelf& shelf, const std::stop_token& stop) {
    for (bool more = true; more && !stop.stop_requested();) {
      TRY(more, shelf.work());
    }
    return {};
  }
  Result<> begin_work() {
    const bool busy = work_.valid() && work_.wait_for(0s) != std::future_status::ready;
    if (busy && !shelf_.crowded()) return {};
    TRY(end_work());
    work_ = std::async(std::launch::async, [shelf = &shelf_, stop = stop_] { return work(*shelf, stop); });
    return {};
  }
  Result<> end_work() { return work_.valid() ? work_.get() : Result<>(); }

  Db& db_;
  Shelf& shelf_;
  std::stop_token stop_;
  std::future<Result<>> work_;
};

}  // namespace

Result<> settle(Db& db) {
  TRY(auto* shelf, shelf_of(db));
  Turns turns(db, *shelf);
  for (std::uint64_t taken = kTurnRows; taken > 0;) {
    TRY(taken, turns.take());
  }
  return {};
}

struct Keeper::Inside {
  explicit Inside(Db& d) : db(d) {}

  void run(std::stop_token stop) {
    name_thread("koi-columns");
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // of this thread alone
    const auto shelf = shelf_of(db);
    if (!shelf) return;
    (void)db.read([&](Tx& tx) { return (*shelf)->catch_up(tx, 1); });  // opens the files
    (void)(*shelf)->check_files();
    Turns turns(db, **shelf, stop);
    while (!stop.stop_requested()) {
      const bool good = turn(**shelf, turns, stop);
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, good ? std::chrono::milliseconds(kPause) : std::chrono::milliseconds(kAfterError), [] { return false; });
      wake.wait(lock, stop, [&] { return std::exchange(woken, false); });
    }
    (void)(*shelf)->put_away();  // else it is read from the log again
  }
  bool turn(Shelf& shelf, Turns& turns, const std::stop_token& stop) {
    for (std::uint64_t taken = kTurnRows; taken == kTurnRows && !stop.stop_requested();) {
      const auto got = turns.take();
      note(shelf);
      if (!got) return false;
      taken = *got;
    }
    return true;
  }

  void note(Shelf& shelf) {
    const auto now = shelf.figures();
    const std::scoped_lock lock(mutex);
    figures = now;
  }

  Db& db;
  Figures figures;
  std::mutex mutex;
  std::condition_variable_any wake;
  bool woken = true;
  std::jthread thread;
};

Keeper::Keeper(Db& db) : inside_(std::make_shared<Inside>(db)) {
  db.on_commit([weak = std::weak_ptr(inside_)] {
    const auto inside = weak.lock();
    if (!inside) return;
    {
      const std::scoped_lock lock(inside->mutex);
      inside->woken = true;
    }
    inside->wake.notify_one();
  });
}

Keeper::~Keeper() { stop(); }

void Keeper::start() {
  if (!inside_->thread.joinable()) inside_->thread = std::jthread([inside = inside_.get()](std::stop_token stop) { inside->run(stop); });
}

void Keeper::stop() {
  if (!inside_->thread.joinable()) return;
  inside_->thread.request_stop();
  inside_->thread.join();
}

Figures Keeper::figures() const {
  const std::scoped_lock lock(inside_->mutex);
  return inside_->figures;
}

}  // namespace koi::events::columns
