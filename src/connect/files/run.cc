/// A run: one thread reads and judges rows, the Writer applies the batches, two of them in flight.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "connect/files/job.h"
#include "http/wire.h"

namespace koi::connect::files {

BOOST_DESCRIBE_STRUCT(Tally, (), (rows, good, bad, orders, people, amount_fen, first_at, last_at))

namespace {

/// Rows of one operation, and operations on their way. Beside a server's other work an operation is short, so that
/// nobody waits long behind it; alone, many share a commit, and pages that rows all over a file touch are written once.
struct Stride { std::int64_t rows; std::size_t in_flight; };
constexpr Stride kAlone{64000, 2}, kAmongOthers{250, 2};
constexpr int kBusyTries = 600;  // of 50 ms: a Writer that is full for half a minute fails the run, which can resume

constexpr std::string_view kFinish =
    "UPDATE import_job SET state = $2, ended_at = $3, byte_at = bytes_total, tally = $4 WHERE id = $1 AND state = $5";
constexpr std::string_view kFail =
    "UPDATE import_job SET state = 'failed', ended_at = $2, error_code = $3, error_detail = $4 WHERE id = $1 AND state = $5";

/// Batches on their way through the Writer, answered in order.
class Pipeline {
 public:
  Pipeline(Db& db, const Job& job, bool dry, std::size_t in_flight)
      : db_(db), job_(job), dry_(dry), in_flight_(in_flight) {}
  ~Pipeline() { wait(0); }

  /// Hands a batch over, after waiting for room. An earlier batch's refusal is mended here, row by row.
  Result<> push(Batch batch) {
    wait(in_flight_ - 1);
    TRY(settle());
    auto flight = std::make_shared<Flight>();
    flight->batch = std::move(batch);
    flights_.push_back(flight);
    return send(flight, false);
  }
  Result<> drain() {
    wait(0);
    return settle();
  }
  const Done& total() const { return total_; }

 private:
  struct Flight {
    Batch batch;
    Done done;
    std::optional<Result<>> answer;
  };

  Result<> send(const std::shared_ptr<Flight>& flight, bool careful) {
    for (int tries = 0;; ++tries) {
      {
        std::lock_guard lock(mutex_);
        ++waiting_;
      }
      auto queued = db_.writer().submit(
          ShardKey{static_cast<std::uint64_t>(job_.id.v)},
          [this, flight, careful](Tx& tx) -> Result<> {
            const auto lines = flight->batch.errors.size();
            auto done = dry_ ? check_batch(tx, job_, flight->batch) : apply_batch(tx, job_, flight->batch, careful);
            if (!done) { flight->batch.errors.resize(lines); return std::unexpected(done.error()); }
            flight->done = *done;
            return {};
          },
          [this, flight](Result<> answer) {
            std::lock_guard lock(mutex_);
            flight->answer = std::move(answer);
            --waiting_;
            landed_.notify_all();
          });
      if (queued) return {};
      {
        std::lock_guard lock(mutex_);
        --waiting_;
      }
      if (queued.error().code != "store.busy" || tries == kBusyTries) { flight->answer = queued; return queued; }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  void wait(std::size_t at_most) {
    std::unique_lock lock(mutex_);
    landed_.wait(lock, [&] { return waiting_ <= at_most; });
  }

  /// Takes landed batches off the front. After a refusal those behind it fell too (the job stands before them): all
  /// are sent again, one by one, the refused one with a savepoint a row.
  Result<> settle() {
    for (;;) {
      std::shared_ptr<Flight> front;
      {
        std::lock_guard lock(mutex_);
        if (flights_.empty() || !flights_.front()->answer) return {};
        front = flights_.front();
      }
      if (!*front->answer) {
        wait(0);
        for (const auto& flight : flights_) {
          if (flight->answer && *flight->answer) continue;
          const auto& error = flight->answer->error();
          if (error.kind == Errc::internal || error.kind == Errc::unavailable || error.code.starts_with("store.")) return *flight->answer;
          if (error.code == "connect.import_moved" && flight == front) return *flight->answer;
          flight->answer.reset();
          TRY(send(flight, true));
          wait(0);
          if (!*flight->answer) return *flight->answer;
        }
      }
      add(front->done);
      flights_.pop_front();
    }
  }

  void add(const Done& d) {
    total_.good += d.good;
    total_.bad += d.bad;
  }

  Db& db_;
  const Job& job_;
  bool dry_;
  std::size_t in_flight_;
  Done total_;
  std::mutex mutex_;
  std::condition_variable landed_;
  std::size_t waiting_ = 0;
  std::deque<std::shared_ptr<Flight>> flights_;
};

/// The order of day and month that this file proves.
DayOrder day_order(const Columns& columns, const Head& head) {
  std::vector<std::string> samples;
  for (const auto& row : head.samples) {
    for (const auto f : {Field::at, Field::birthday}) {
      const auto at = columns.at(f);
      if (at >= 0 && static_cast<std::size_t>(at) < row.size()) samples.push_back(row[static_cast<std::size_t>(at)]);
    }
  }
  return guess_day_order(samples);
}

class Run {
 public:
  Run(Db& db, const Job& job, const RunOptions& options) : db_(db), job_(job), options_(options), dry_(job.state == "checking"),
        stride_(options.alone ? kAlone : kAmongOthers) {}

  Result<Progress> go(Zone zone) {
    FileShape shape;
    TRY(const auto head, read_head(rows_of(job_)));
    TRY(reader_, open_rows(rows_of(job_), shape));
    TRY(const auto header, http::parse_json<std::vector<std::string>>(job_.header));
    if (head.header != header) return fail(Errc::conflict, "connect.file_changed");
    TRY(const auto map, http::parse_json<std::vector<MapItem>>(job_.map));
    TRY(auto columns, bind_map(*parse_subject(job_.subject), map, header));
    const auto order = day_order(columns, head);
    Preparer preparer(std::move(columns), job_.source, zone, order);
    Row row;
    TRY(reader_->next(row));  // the header
    TRY(skip_done(preparer, row));
    return batches(preparer, row);
  }

 private:
  /// Rows that are in already are judged again, without effect, so that repetitions count on from where they were.
  Result<> skip_done(Preparer& preparer, Row& row) {
    while (preparer.row_number() < job_.row_at) {
      auto batch = preparer.begin_batch();
      while (batch.rows < stride_.rows && preparer.row_number() < job_.row_at) {
        TRY(const bool more, reader_->next(row));
        if (!more) return fail(Errc::conflict, "connect.file_changed");
        preparer.add(row, batch);
      }
    }
    return {};
  }

  Result<Progress> batches(Preparer& preparer, Row& row) {
    const auto started = std::chrono::steady_clock::now();
    Pipeline pipeline(db_, job_, dry_, stride_.in_flight);
    bool more = true;
    for (std::int64_t n = 0; more; ++n) {
      if ((options_.stop != nullptr && *options_.stop) || (options_.batches_max > 0 && n == options_.batches_max)) break;
      auto batch = preparer.begin_batch();
      while (batch.rows < stride_.rows && batch.text.size() + batch.errors.size() < kBatchBytes) {
        TRY(more, reader_->next(row));
        if (!more) break;
        if (preparer.row_number() >= kRowsMax) return fail(Errc::too_large, "connect.too_many_rows");
        preparer.add(row, batch);
      }
      batch.bytes = reader_->bytes_read();
      const bool any = batch.rows > 0;
      if (any) { TRY(pipeline.push(std::move(batch))); }
      if (any && options_.on_progress) options_.on_progress(progress(preparer, pipeline, started));
    }
    TRY(pipeline.drain());
    if (!more) {
      TRY(db_.write([&](Tx& tx) -> Result<std::int64_t> {
        return tx.exec(kFinish, job_.id, dry_ ? "ready" : "done", tx.now(), http::json_of(preparer.tally()), job_.state);
      }, shard()));
    }
    return progress(preparer, pipeline, started);
  }

  ShardKey shard() const { return {static_cast<std::uint64_t>(job_.id.v)}; }

  Progress progress(const Preparer& preparer, const Pipeline& pipeline, std::chrono::steady_clock::time_point started) const {
    Progress p;
    p.state = job_.state;
    p.rows_done = preparer.row_number();
    p.good = pipeline.total().good;
    p.bad = pipeline.total().bad;
    p.bytes_done = reader_->bytes_read();
    p.bytes_total = reader_->bytes_total();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    if (took.count() > 0) p.rows_per_second = static_cast<double>(p.rows_done - job_.row_at) / took.count();
    return p;
  }

  Db& db_;
  const Job& job_;
  const RunOptions& options_;
  bool dry_;
  const Stride stride_;
  std::unique_ptr<RowReader> reader_;
};

}  // namespace

Result<Progress> run_import(Db& db, ImportId import, const RunOptions& options) {
  TRY(const auto job, db.read([&](Tx& tx) { return load_job(tx, import); }));
  if (job.state != "running" && job.state != "checking") return fail(Errc::conflict, "connect.import_state", job.state);
  TRY(const auto zone, db.read([](Tx& tx) { return merchant_zone(tx); }));
  auto progress = Run(db, job, options).go(zone);
  if (!progress && progress.error().code != "connect.import_moved") {
    // The job says why; it can be started again where it stands.
    const auto& e = progress.error();
    TRY(db.write([&](Tx& tx) { return tx.exec(kFail, import, tx.now(), e.code, e.detail, job.state); },
                 ShardKey{static_cast<std::uint64_t>(import.v)}));
    return progress;
  }
  // Paused, cancelled or taken over by another process: that is no failure of this run.
  if (!progress) progress = Progress{};
  TRY(const auto view, db.read([&](Tx& tx) { return find_import(tx, import); }));
  progress->state = view.state;
  progress->good = view.good;
  progress->bad = view.bad;
  progress->rows_done = view.rows_done;
  return progress;
}

}  // namespace koi::connect::files
