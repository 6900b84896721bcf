#include <condition_variable>
#include <deque>
#include <thread>

#include "store/driver.h"

namespace koi::store {

namespace {

struct Job {
  WriteFn fn;
  DoneFn done;
  Result<> result;
};

/// One connection, one queue, one thread: takes what waits, commits once, answers all.
class Lane {
 public:
  Lane(Driver& driver, std::unique_ptr<Connection> connection, const Options& options, Shared& shared, Clock& clock,
       Rng& rng, IdMaker& ids, std::function<void()> committed, Db::Figures& figures, std::mutex& figures_mutex)
      : driver_(driver), connection_(std::move(connection)), tx_(*connection_, shared, clock, rng, ids),
        queue_max_(options.queue_max), batch_max_(options.batch_max), batch_time_(options.batch_time), committed_(std::move(committed)),
        figures_(figures), figures_mutex_(figures_mutex), thread_([this] { run(); }) {}

  Result<> submit(WriteFn fn, DoneFn done) {
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_) return fail(Errc::unavailable, "store.closing");
      if (queue_.size() >= queue_max_) return fail(Errc::unavailable, "store.busy");
      queue_.push_back({std::move(fn), std::move(done), {}});
    }
    wake_.notify_one();
    return {};
  }
  std::size_t waiting() const {
    const std::scoped_lock lock(mutex_);
    return queue_.size();
  }
  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void run() {
    name_thread("koi-writer");
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) break;
      }
      turn();
    }
    driver_.closing(*connection_);
  }

  /// One transaction: a lone job never waits for company, and company that arrives meanwhile rides along.
  void turn() {
    const auto start = std::chrono::steady_clock::now();
    batch_.clear();
    auto begun = tx_.begin(true);
    while (batch_.size() < batch_max_) {
      auto job = take();
      if (!job) break;
      job->result = begun ? run_one(*job) : std::unexpected(begun.error());
      batch_.push_back(std::move(*job));
      if (std::chrono::steady_clock::now() - start > batch_time_) break;
    }
    Result<> ended = begun;
    if (begun && broken_) ended = fail(Errc::unavailable, "store.rolled_back");
    if (ended) ended = tx_.commit();
    if (!ended) tx_.abandon();
    broken_ = false;
    settle(ended, start);
  }

  std::optional<Job> take() {
    const std::scoped_lock lock(mutex_);
    if (queue_.empty()) return {};
    Job job = std::move(queue_.front());
    queue_.pop_front();
    return job;
  }

  Result<> run_one(Job& job) {
    if (broken_) return fail(Errc::unavailable, "store.rolled_back");
    tx_.refresh_now();
    auto saved = tx_.savepoint();
    if (!saved) return breaks(std::move(saved));
    Result<> result;
    try {
      result = job.fn(tx_);
    } catch (const std::bad_alloc&) {
      result = fail(Errc::unavailable, "store.no_memory");
    } catch (const std::exception& e) {
      result = fail(Errc::internal, "store.exception", e.what());
    }
    auto ended = result ? tx_.release() : tx_.roll_back();
    if (!ended) return breaks(std::move(ended));
    return result;
  }

  /// The store ended the transaction under us (disk full, lost connection): the whole batch is undone.
  Result<> breaks(Result<> why) {
    broken_ = true;
    return why;
  }

  void settle(const Result<>& ended, std::chrono::steady_clock::time_point start) {
    if (ended) {
      for (auto& hook : tx_.take_after_commit()) hook();
    }
    std::uint64_t failed = 0;
    for (auto& job : batch_) {
      if (!ended) job.result = std::unexpected(ended.error());
      if (!job.result) ++failed;
      if (job.done) job.done(std::move(job.result));
    }
    {
      const std::scoped_lock lock(figures_mutex_);
      ++figures_.commits;
      figures_.operations += batch_.size();
      figures_.failed += failed;
      figures_.commit_us += static_cast<std::uint64_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count());
    }
    batch_.clear();
    if (ended) committed_();
    (void)driver_.after_commit(*connection_, waiting());
  }

  Driver& driver_;
  std::unique_ptr<Connection> connection_;
  Tx tx_;
  const std::size_t queue_max_, batch_max_;
  const Millis batch_time_;
  std::function<void()> committed_;
  Db::Figures& figures_;
  std::mutex& figures_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> queue_;
  std::vector<Job> batch_;
  bool stopping_ = false, broken_ = false;
  std::thread thread_;  // last: it starts when everything else stands
};

class Lanes final : public Writer {
 public:
  std::vector<std::unique_ptr<Lane>> lanes;
  Result<> submit(ShardKey key, WriteFn fn, DoneFn done) override {
    auto spread = key.v * 0x9E3779B97F4A7C15ULL;
    return lanes[(spread >> 32) % lanes.size()]->submit(std::move(fn), std::move(done));
  }
  std::size_t waiting() const override {
    std::size_t n = 0;
    for (const auto& lane : lanes) n += lane->waiting();
    return n;
  }
};

}  // namespace

std::unique_ptr<Writer> start_writer(Driver& driver, std::vector<std::unique_ptr<Connection>> connections,
                                     const Options& options, Shared& shared, Clock& clock, Rng& rng, IdMaker& ids,
                                     std::function<void()> committed, Db::Figures& figures, std::mutex& figures_mutex) {
  auto writer = std::make_unique<Lanes>();
  for (auto& connection : connections)
    writer->lanes.push_back(std::make_unique<Lane>(driver, std::move(connection), options, shared, clock, rng, ids,
                                                   committed, figures, figures_mutex));
  return writer;
}

void stop_writer(Writer& writer) {
  for (auto& lane : static_cast<Lanes&>(writer).lanes) lane->stop();
}

}  // namespace koi::store
