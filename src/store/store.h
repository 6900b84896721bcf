/// Keeping things: transactions, row mapping, migrations, and the Writer that commits many operations at once.
/// One SQL text runs on SQLite and PostgreSQL: $1 parameters, BIGINT / TEXT / DOUBLE PRECISION / BYTEA columns,
/// ON CONFLICT, RETURNING, CAST(SUM(..) AS BIGINT). A migration line that starts with "--sqlite:" or "--pg:" runs
/// on that store only.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "base/types.h"

namespace koi {

namespace store {

enum class Kind : std::uint8_t { sqlite, postgres };

/// Bytes that are not text.
struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

/// One value bound to a statement; text and bytes are borrowed until the call returns.
struct Param {
  enum class Type : std::uint8_t { null, integer, real, text, blob } type = Type::null;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view bytes;

  Param() = default;
  Param(std::nullptr_t) {}
  Param(std::nullopt_t) {}
  Param(bool v) : type(Type::integer), integer(v ? 1 : 0) {}
  template <class I>
    requires(std::is_integral_v<I> && !std::is_same_v<I, bool>)
  Param(I v) : type(Type::integer), integer(static_cast<std::int64_t>(v)) {}
  Param(double v) : type(Type::real), real(v) {}
  Param(std::string_view v) : type(Type::text), bytes(v) {}
  Param(const std::string& v) : type(Type::text), bytes(v) {}
  Param(const char* v) : type(Type::text), bytes(v) {}
  Param(const Blob& v) : type(Type::blob), bytes(v.bytes) {}
  template <class Tag>
  Param(Id<Tag> id) : type(id.v == 0 ? Type::null : Type::integer), integer(id.v) {}  // id 0 is NULL
  Param(Instant t) : type(Type::integer), integer(to_ms(t)) {}
  Param(Fen f) : type(Type::integer), integer(f.v) {}
  Param(Bps b) : type(Type::integer), integer(b.v) {}
  template <class T>
  Param(const std::optional<T>& v) {
    if (v) *this = Param(*v);
  }
};

/// A prepared statement at work. Text and bytes live until the next step or reset.
class Statement {
 public:
  virtual ~Statement() = default;
  virtual Result<> bind(std::span<const Param> params) = 0;
  virtual Result<bool> step() = 0;  // true: a row stands ready
  virtual void reset() = 0;
  virtual int columns() const = 0;
  virtual bool is_null(int i) const = 0;
  virtual std::int64_t integer(int i) const = 0;
  virtual double real(int i) const = 0;
  virtual std::string_view text(int i) const = 0;  // also bytes
  virtual std::int64_t changes() const = 0;        // rows touched by the last step

  bool busy = false;
};

/// One connection of a driver. Not thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Kind kind() const = 0;
  virtual Result<> script(std::string_view sql) = 0;  // several statements, no parameters
  /// A cached statement for this text (the text's address is the key when it is a constant), or a spare one when
  /// that is in use.
  virtual Result<Statement*> prepare(std::string_view sql) = 0;
};

/// Reads the current row into a T; specialised for scalars here and for described structs in store/rows.h.
template <class T>
struct ReadRow;

template <>
struct ReadRow<std::int64_t> { static std::int64_t read(const Statement& s) { return s.integer(0); } };
template <>
struct ReadRow<double> { static double read(const Statement& s) { return s.real(0); } };
template <>
struct ReadRow<std::string> { static std::string read(const Statement& s) { return std::string(s.text(0)); } };
template <class Tag>
struct ReadRow<Id<Tag>> { static Id<Tag> read(const Statement& s) { return {s.integer(0)}; } };

/// Ends one use of a statement.
class Use {
 public:
  explicit Use(Statement& s) : s_(s) { s_.busy = true; }
  ~Use() { s_.reset(); s_.busy = false; }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  Statement& s_;
};

}  // namespace store

class IdMaker;

namespace store {
class WaitingRows;
/// What every transaction of one Db shares in memory: derived indexes and caches of the rooms, never truth.
class Shared {
 public:
  explicit Shared(std::string data_dir) : data_dir_(std::move(data_dir)) {}
  /// The folder for derived files; empty when the store has none.
  const std::string& data_dir() const { return data_dir_; }
  std::shared_ptr<void>& slot(const void* key);
  std::recursive_mutex& mutex() { return mutex_; }

 private:
  std::string data_dir_;
  std::recursive_mutex mutex_;
  std::map<const void*, std::shared_ptr<void>> slots_;
};
}  // namespace store

/// A unit of work. Whoever opened it ends it: a value commits, an error rolls back.
class Tx {
 public:
  Tx(store::Connection& connection, store::Shared& shared, Clock& clock, Rng& rng, IdMaker& ids);
  ~Tx();
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;

  /// The instant of this operation; it stands still while the operation runs.
  Instant now() const { return now_; }
  Rng& rng() { return rng_; }
  template <class I>
  I next_id() { return I{next_number()}; }
  std::int64_t next_number();
  /// This writer's number: it alone changes the rows that carry it.
  std::int64_t writer();
  store::Kind kind() const { return connection_.kind(); }
  /// The folder of this store, for derived files and key files; empty when it has none (PostgreSQL without one).
  const std::string& data_dir() const { return shared_.data_dir(); }
  /// One slot per Db and key (the address of a static), the same for every Tx. Fill it through shared() instead when
  /// readers and the writer may both be first.
  std::shared_ptr<void>& slot(const void* key) { return shared_.slot(key); }
  /// The T of this Db under `key`, made once by make() -> std::shared_ptr<T>.
  template <class T, class Make>
  T& shared(const void* key, Make&& make) {
    const std::scoped_lock lock(shared_.mutex());
    auto& slot = shared_.slot(key);
    if (!slot) slot = make();
    return *static_cast<T*>(slot.get());
  }

  /// Runs a statement; the number of rows it touched.
  template <class... A>
  Result<std::int64_t> exec(std::string_view sql, const A&... args) {
    const std::array<store::Param, sizeof...(A)> params{store::Param(args)...};
    return run(sql, params);
  }
  /// One row of a table that only grows: "INSERT INTO t (a, b) VALUES ($1, $2)", a constant that returns nothing. SQLite
  /// keeps such rows and writes many at once, before the next statement of this transaction or its end; so an error
  /// of a row is an error of the whole commit, and no foreign key may join two of these tables.
  template <class... A>
  Result<> append(std::string_view insert, const A&... args) {
    const std::array<store::Param, sizeof...(A)> params{store::Param(args)...};
    return append_row(insert, params);
  }
  /// The first row, if any. Works for INSERT/UPDATE … RETURNING too.
  template <class T, class... A>
  Result<std::optional<T>> maybe(std::string_view sql, const A&... args) {
    const std::array<store::Param, sizeof...(A)> params{store::Param(args)...};
    TRY(auto* s, start(sql, params));
    store::Use use(*s);
    TRY(const bool row, s->step());
    std::optional<T> out;
    if (row) {
      out = store::ReadRow<T>::read(*s);
      TRY(finish(*s));
    }
    return out;
  }
  /// The first row; not_found "store.no_row" when there is none.
  template <class T, class... A>
  Result<T> one(std::string_view sql, const A&... args) {
    TRY(auto row, maybe<T>(sql, args...));
    if (!row) return fail(Errc::not_found, "store.no_row", std::string(sql.substr(0, 80)));
    return std::move(*row);
  }
  template <class T, class... A>
  Result<std::vector<T>> all(std::string_view sql, const A&... args) {
    std::vector<T> out;
    TRY(each<T>(sql, [&](T&& row) -> Result<> { out.push_back(std::move(row)); return {}; }, args...));
    return out;
  }
  /// Calls fn(T&&) -> Result<> for each row, streaming; an error stops and is passed up.
  template <class T, class F, class... A>
  Result<> each(std::string_view sql, F&& fn, const A&... args) {
    const std::array<store::Param, sizeof...(A)> params{store::Param(args)...};
    TRY(auto* s, start(sql, params));
    store::Use use(*s);
    for (;;) {
      TRY(const bool row, s->step());
      if (!row) return {};
      TRY(fn(store::ReadRow<T>::read(*s)));
    }
  }
  /// As each, with the raw statement (columns by number): for hot loops and for column lists built at run time.
  Result<> each_raw(std::string_view sql, std::span<const store::Param> params,
                    const std::function<Result<>(const store::Statement&)>& fn);
  Result<std::int64_t> run(std::string_view sql, std::span<const store::Param> params);

  /// Runs fn() -> Result<T> in a savepoint: its error undoes what it did, and only that.
  template <class F>
  auto nested(F&& fn) -> std::invoke_result_t<F> {
    using R = std::invoke_result_t<F>;
    if (auto ok = savepoint(); !ok) return R(std::unexpect, std::move(ok).error());
    R result = fn();
    auto ended = result ? release() : roll_back();
    if (!ended) return R(std::unexpect, std::move(ended).error());
    return result;
  }

  /// Runs after the transaction is durable (never when it rolls back): wake-ups and caches, not effects.
  void after_commit(std::function<void()> fn) { after_commit_.push_back(std::move(fn)); }
  /// Runs when this operation is undone: to drop what it put into a cache. Runs in reverse order.
  void on_rollback(std::function<void()> fn) { on_rollback_.push_back(std::move(fn)); }

  store::Connection& connection() { return connection_; }

  // For the owner of the transaction (Writer, Db).
  Result<> begin(bool write);
  Result<> commit();
  void abandon();
  Result<> savepoint();
  Result<> release();
  Result<> roll_back();
  void refresh_now();
  std::vector<std::function<void()>> take_after_commit() { return std::exchange(after_commit_, {}); }

 private:
  Result<store::Statement*> start(std::string_view sql, std::span<const store::Param> params);
  Result<> finish(store::Statement& s);
  Result<> append_row(std::string_view insert, std::span<const store::Param> row);
  Result<> settle();
  Result<> settle_now();
  Result<> write_waiting(std::size_t count);
  Result<> tell_savepoint();
  Result<> undo_told();
  Result<> begin_now();
  Result<> plain(std::string_view sql);
  void undo_from(std::size_t first);
  void move_mark(std::int64_t id);

  store::Connection& connection_;
  store::Shared& shared_;
  Clock& clock_;
  Rng& rng_;
  IdMaker& ids_;
  Instant now_;
  bool writes_ = false;
  std::int64_t writer_ = -1, mark_ = 0;  // see IdMaker
  /// A savepoint; the store hears of it when the first statement comes.
  struct Mark { std::size_t after_commit, on_rollback, waiting; };
  std::vector<Mark> marks_;
  std::size_t told_ = 0;  // marks the store knows
  bool fresh_ = false;    // nothing was said since BEGIN
  bool whole_ = false;    // the outermost mark is the transaction's own begin: undoing it is undoing all
  std::unique_ptr<store::WaitingRows> waiting_;
  bool lost_ = false;     // a waiting row could not be written: nothing of this transaction may stay
  std::vector<std::function<void()>> after_commit_, on_rollback_;
};

namespace store {

/// One forward step of a room's schema. `room` and `number` name it for ever.
struct Migration { std::string_view room; int number; std::string_view name, sql; };

struct Options {
  /// A data folder (SQLite lives in DIR/koipond.db) or "postgres://…".
  std::string address;
  std::string data_dir;          // folder for derived files on PostgreSQL; SQLite uses its own folder
  int readers = 2;
  int writers = 1;               // PostgreSQL only; SQLite has exactly one
  std::size_t queue_max = 8192;  // operations waiting; more are refused with 503
  std::size_t batch_max = 1024;  // operations a commit
  Millis batch_time{2};          // how long a commit gathers them; a process that is alone can wait for its own answers
  Clock* clock = nullptr;        // system clock when absent
  std::uint64_t seed = 0;        // 0: system randomness
  bool weak_sync = false;        // planted defect N1, honoured in test builds only
};

}  // namespace store

using WriteFn = std::move_only_function<Result<>(Tx&)>;
using DoneFn = std::move_only_function<void(Result<>)>;

/// What serialises an operation: on PostgreSQL equal keys meet on one writer. SQLite ignores it.
struct ShardKey { std::uint64_t v = 0; };

/// Takes operations from any thread, runs each in a savepoint of one shared transaction, commits once, then answers
/// all. `done` runs on the writer thread after the commit is durable (or with the operation's error).
class Writer {
 public:
  virtual ~Writer() = default;
  /// unavailable "store.busy" when the queue is full, "store.closing" while stopping, "store.read_only" on a full disk.
  virtual Result<> submit(ShardKey key, WriteFn fn, DoneFn done) = 0;
  virtual std::size_t waiting() const = 0;
};

/// An open store: one Writer, a few read-only snapshot connections.
class Db {
 public:
  /// Opens (and creates) the store; refuses a folder another process holds: conflict "store.locked".
  static Result<std::unique_ptr<Db>> open(store::Options options);
  virtual ~Db() = default;

  /// Brings the schema forward; each migration in its own transaction, safe to kill and re-run.
  /// conflict "store.schema_newer" when the store was written by a newer program.
  virtual Result<> migrate(std::span<const store::Migration> steps) = 0;
  virtual Writer& writer() = 0;
  virtual store::Kind kind() const = 0;
  virtual Clock& clock() = 0;
  virtual store::Shared& shared() = 0;

  /// Runs fn on a read-only snapshot, on the caller's thread, waiting for a free reader.
  virtual Result<> read_raw(const std::function<Result<>(Tx&)>& fn) = 0;
  /// Queues fn for a reader thread; `done` runs there. unavailable "store.busy" when that queue is full.
  virtual Result<> read_later(std::function<Result<>(Tx&)> fn, DoneFn done) = 0;

  /// fn(Tx&) -> Result<T> on a snapshot.
  template <class F>
  auto read(F&& fn) -> std::invoke_result_t<F, Tx&> {
    using R = std::invoke_result_t<F, Tx&>;
    std::optional<R> out;
    auto ran = read_raw([&](Tx& tx) -> Result<> { out.emplace(fn(tx)); return {}; });
    if (!ran) return R(std::unexpect, std::move(ran).error());
    return std::move(*out);
  }
  /// fn(Tx&) -> Result<T> through the Writer; waits until it is durable. Not from the writer thread itself.
  template <class F>
  auto write(F&& fn, ShardKey key = {}) -> std::invoke_result_t<F, Tx&> {
    using R = std::invoke_result_t<F, Tx&>;
    std::optional<R> out;
    auto ran = write_raw(key, [&](Tx& tx) -> Result<> {
      out.emplace(fn(tx));
      if (!*out) return std::unexpected(out->error());
      return {};
    });
    if (!ran) return R(std::unexpect, std::move(ran).error());
    return std::move(*out);
  }
  Result<> write_raw(ShardKey key, WriteFn fn);

  /// Called on the writer thread after each commit that wrote something.
  virtual void on_commit(std::function<void()> fn) = 0;
  /// A consistent copy of the store into `dir` while it works (SQLite only; unsupported elsewhere).
  virtual Result<> copy_to(const std::string& dir) = 0;
  /// Figures for /metrics: batches, operations, commit and checkpoint time, WAL bytes.
  struct Figures { std::uint64_t commits = 0, operations = 0, failed = 0, commit_us = 0, checkpoint_us = 0, wal_bytes = 0; };
  virtual Figures figures() const = 0;
  /// Finishes queued work, then closes. Idempotent.
  virtual void close() = 0;
};

}  // namespace koi
