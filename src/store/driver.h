/// What a store driver offers to Db; private to store/.
#pragma once
#include <atomic>
#include <functional>
#include <memory>

#include "store/store.h"

namespace koi {

/// Time-ordered 64-bit ids: milliseconds since 2020, then a random 10-bit node per open store, then a counter. They rise
/// also when the clock stands or goes back, and over restarts: each writer keeps a mark in the store that is ahead of
/// its ids, moved in steps of kStep so that it costs nothing.
class IdMaker {
 public:
  static constexpr std::int64_t kStep = std::int64_t{10'000} << 22;  // ten seconds of ids
  explicit IdMaker(Rng& rng) : node_(static_cast<std::int64_t>(rng.below(1024)) << 12) {}
  std::int64_t next(Instant now);
  /// From now on ids are above `mark` and writers keep marks of their own.
  void start_above(std::int64_t mark);
  bool marked() const { return marked_; }
  /// The row a new writer keeps its mark in; on a store that others write too it is told apart by the node.
  std::int64_t writer(bool shared) { return (shared ? node_ : 0) + writers_++; }

 private:
  std::mutex mutex_;
  std::int64_t node_, last_ = 0;
  std::atomic<std::int64_t> writers_{0};
  std::atomic<bool> marked_{false};
};

namespace store {

/// A reusable set of prepared statements of one connection, keyed by text.
class StatementCache {
 public:
  using Make = std::function<Result<std::unique_ptr<Statement>>(std::string_view)>;
  explicit StatementCache(Make make) : make_(std::move(make)) {}
  Result<Statement*> get(std::string_view sql);
  void clear() { by_address_.clear(); by_text_.clear(); }

 private:
  struct Entry { std::string sql; std::vector<std::unique_ptr<Statement>> statements; };
  static constexpr std::size_t kMax = 600;  // texts built at run time (filters) must not pile up
  Result<Statement*> free_one(Entry& entry);
  Make make_;
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> by_text_;
  std::map<const char*, Entry*> by_address_;
};

class Driver {
 public:
  virtual ~Driver() = default;
  virtual Kind kind() const = 0;
  virtual Result<std::unique_ptr<Connection>> open_writer() = 0;
  virtual Result<std::unique_ptr<Connection>> open_reader() = 0;
  /// Called on a writer's thread after each commit: checkpoints and the like.
  virtual Result<> after_commit(Connection& writer, std::size_t waiting) = 0;
  virtual std::uint64_t log_bytes() const { return 0; }
  virtual std::uint64_t checkpoint_us() const { return 0; }
  virtual Result<> copy_to(const std::string& dir) = 0;
  /// The schema text of a migration in this store's spelling.
  virtual std::string spell(std::string_view migration) const = 0;
  virtual void closing(Connection& writer) { (void)writer; }
};

Result<std::unique_ptr<Driver>> sqlite_driver(const Options& options);
Result<std::unique_ptr<Driver>> postgres_driver(const Options& options);

/// Statements of a script, split at ';' outside quotes and comments.
std::vector<std::string> statements_of(std::string_view script);
/// Resolves "--sqlite:" / "--pg:" lines: keeps the text of `mine`, drops the other's.
std::string own_lines(std::string_view script, std::string_view mine, std::string_view other);
Result<> apply_migrations(Db& db, Driver& driver, std::span<const Migration> steps);

/// The Writer over one or more driver connections.
std::unique_ptr<Writer> start_writer(Driver& driver, std::vector<std::unique_ptr<Connection>> connections,
                                     const Options& options, Shared& shared, Clock& clock, Rng& rng, IdMaker& ids,
                                     std::function<void()> committed, Db::Figures& figures, std::mutex& figures_mutex);
void stop_writer(Writer& writer);

}  // namespace store
}  // namespace koi
