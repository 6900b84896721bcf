#include <algorithm>
#include <condition_variable>
#include <deque>
#include <future>
#include <thread>

#include "store/driver.h"

namespace koi {

namespace store {
namespace {

constexpr std::string_view kHighestMark = "SELECT COALESCE(MAX(mark), 0) FROM id_mark";
constexpr std::size_t kReadQueueMax = 2048;
constexpr int kSpareReaders = 3;  // for callers that read on their own thread: jobs, imports, the CLI

/// Read-only connections, lent one at a time.
class ReaderPool {
 public:
  ReaderPool(Driver& driver, int max) : driver_(driver), max_(max) {}
  Result<std::unique_ptr<Connection>> take() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [&] { return !free_.empty() || open_ < max_; });
    if (!free_.empty()) {
      auto out = std::move(free_.back());
      free_.pop_back();
      return out;
    }
    ++open_;
    lock.unlock();
    auto made = driver_.open_reader();
    if (!made) {
      const std::scoped_lock again(mutex_);
      --open_;
    }
    return made;
  }
  void give_back(std::unique_ptr<Connection> connection) {
    {
      const std::scoped_lock lock(mutex_);
      free_.push_back(std::move(connection));
    }
    freed_.notify_one();
  }
  void clear() {
    const std::scoped_lock lock(mutex_);
    open_ -= static_cast<int>(free_.size());
    free_.clear();
  }

 private:
  Driver& driver_;
  const int max_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> free_;
  int open_ = 0;
};

struct ReadJob { std::function<Result<>(Tx&)> fn; DoneFn done; };

class OpenDb final : public Db {
 public:
  OpenDb(Options options, std::unique_ptr<Driver> driver)
      : options_(std::move(options)), driver_(std::move(driver)), clock_(options_.clock ? *options_.clock : system_clock()),
        rng_(options_.seed != 0 ? Rng(options_.seed) : Rng()), ids_(rng_),
        shared_(driver_->kind() == Kind::sqlite ? options_.address : options_.data_dir),
        readers_(*driver_, options_.readers + kSpareReaders) {}
  ~OpenDb() override { close(); }

  Result<> start() {
    std::vector<std::unique_ptr<Connection>> connections;
    const int n = driver_->kind() == Kind::sqlite ? 1 : std::max(1, options_.writers);
    for (int i = 0; i < n; ++i) {
      TRY(auto connection, driver_->open_writer());
      connections.push_back(std::move(connection));
    }
    writer_ = start_writer(*driver_, std::move(connections), options_, shared_, clock_, rng_, ids_,
                           [this] { committed(); }, figures_, figures_mutex_);
    for (int i = 0; i < options_.readers; ++i) read_threads_.emplace_back([this] { serve_reads(); });
    return {};
  }

  Result<> migrate(std::span<const Migration> steps) override {
    TRY(apply_migrations(*this, *driver_, steps));
    if (std::ranges::none_of(steps, [](const Migration& s) { return s.room == "store"; })) return {};
    TRY(const auto mark, read([](Tx& tx) { return tx.one<std::int64_t>(kHighestMark); }));
    ids_.start_above(mark);
    return {};
  }
  Writer& writer() override { return *writer_; }
  Kind kind() const override { return driver_->kind(); }
  Clock& clock() override { return clock_; }
  Shared& shared() override { return shared_; }

  Result<> read_raw(const std::function<Result<>(Tx&)>& fn) override {
    TRY(auto connection, readers_.take());
    Result<> result;
    {
      Tx tx(*connection, shared_, clock_, rng_, ids_);
      result = tx.begin(false);
      if (result) {
        try {
          result = fn(tx);
        } catch (const std::exception& e) {
          result = fail(Errc::internal, "store.exception", e.what());
        }
        tx.abandon();
      }
    }
    readers_.give_back(std::move(connection));
    return result;
  }
  Result<> read_later(std::function<Result<>(Tx&)> fn, DoneFn done) override {
    {
      const std::scoped_lock lock(read_mutex_);
      if (closing_) return fail(Errc::unavailable, "store.closing");
      if (read_queue_.size() >= kReadQueueMax) return fail(Errc::unavailable, "store.busy");
      read_queue_.push_back({std::move(fn), std::move(done)});
    }
    read_wake_.notify_one();
    return {};
  }
  void on_commit(std::function<void()> fn) override {
    const std::scoped_lock lock(listeners_mutex_);
    listeners_.push_back(std::move(fn));
  }
  Result<> copy_to(const std::string& dir) override { return driver_->copy_to(dir); }
  Figures figures() const override {
    const std::scoped_lock lock(figures_mutex_);
    auto out = figures_;
    out.checkpoint_us = driver_->checkpoint_us();
    out.wal_bytes = driver_->log_bytes();
    return out;
  }
  void close() override {
    {
      const std::scoped_lock lock(read_mutex_);
      if (closing_) return;
      closing_ = true;
    }
    read_wake_.notify_all();
    for (auto& thread : read_threads_) thread.join();
    readers_.clear();  // the writer closes last
    if (writer_) stop_writer(*writer_);
  }

 private:
  void serve_reads() {
    name_thread("koi-reader");
    for (;;) {
      ReadJob job;
      {
        std::unique_lock lock(read_mutex_);
        read_wake_.wait(lock, [&] { return closing_ || !read_queue_.empty(); });
        if (read_queue_.empty()) return;
        job = std::move(read_queue_.front());
        read_queue_.pop_front();
      }
      auto result = read_raw(job.fn);
      job.done(std::move(result));
    }
  }
  void committed() {
    const std::scoped_lock lock(listeners_mutex_);
    for (const auto& listener : listeners_) listener();
  }

  Options options_;
  std::unique_ptr<Driver> driver_;
  Clock& clock_;
  Rng rng_;
  IdMaker ids_;
  Shared shared_;
  ReaderPool readers_;
  Figures figures_;
  mutable std::mutex figures_mutex_;
  std::unique_ptr<Writer> writer_;
  std::mutex read_mutex_, listeners_mutex_;
  std::condition_variable read_wake_;
  std::deque<ReadJob> read_queue_;
  std::vector<std::thread> read_threads_;
  std::vector<std::function<void()>> listeners_;
  bool closing_ = false;
};

}  // namespace
}  // namespace store

Result<std::unique_ptr<Db>> Db::open(store::Options options) {
  const bool pg = options.address.starts_with("postgres://") || options.address.starts_with("postgresql://") ||
                  options.address.find("host=") != std::string::npos;
  TRY(auto driver, pg ? store::postgres_driver(options) : store::sqlite_driver(options));
  auto db = std::make_unique<store::OpenDb>(std::move(options), std::move(driver));
  TRY(db->start());
  return db;
}

Result<> Db::write_raw(ShardKey key, WriteFn fn) {
  std::promise<Result<>> promise;
  auto answered = promise.get_future();
  TRY(writer().submit(key, std::move(fn), [&](Result<> result) { promise.set_value(std::move(result)); }));
  return answered.get();
}

}  // namespace koi
