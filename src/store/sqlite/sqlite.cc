/// SQLite behind the driver face: WAL, synchronous=FULL, one writing connection that also runs every checkpoint;
/// readers are opened read-only and never checkpoint (RELIABILITY: one-writer rule for versions before 3.51.3).
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>

#include "store/driver.h"

namespace koi::store {

namespace {

constexpr int kPageBytes = 8192;                // of a new store; an older one keeps its own
constexpr std::int64_t kCheckpointBytes = 8 << 20; // small and frequent: this much log at most between two
constexpr std::int64_t kGreatLogBytes = 32 << 20, kCommitsTogether = 3;
constexpr std::int64_t kLogBytesMax = 48 << 20; // a reader that pins the log makes it grow; then readers are waited for
constexpr int kWriterCacheKib = 96 * 1024, kReaderCacheKib = 8 * 1024;
constexpr int kExitIo = 74;

Error error_of(sqlite3* db, int code) {
  const std::string text = sqlite3_errmsg(db);
  switch (sqlite3_extended_errcode(db)) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return {Errc::conflict, "store.unique", text, {}, {}};
    case SQLITE_CONSTRAINT_CHECK: return {Errc::invalid, "store.check", text, {}, {}};
    case SQLITE_CONSTRAINT_FOREIGNKEY: return {Errc::invalid, "store.foreign", text, {}, {}};
    case SQLITE_CONSTRAINT_NOTNULL: return {Errc::invalid, "store.not_null", text, {}, {}};
    default: break;
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {Errc::unavailable, "store.busy", text, {}, {}};
    case SQLITE_FULL: return {Errc::unavailable, "store.full", text, {}, {}};
    case SQLITE_NOMEM: return {Errc::unavailable, "store.no_memory", text, {}, {}};
    case SQLITE_IOERR: return {Errc::unavailable, "store.io", text, {}, {}};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {Errc::internal, "store.corrupt", text, {}, {}};
    default: return {Errc::internal, "store.sql", text, {}, {}};
  }
}

class SqliteStatement final : public Statement {
 public:
  SqliteStatement(sqlite3* db, sqlite3_stmt* stmt) : db_(db), stmt_(stmt) {
    const int n = sqlite3_bind_parameter_count(stmt);
    for (int i = 1; i <= n; ++i) {
      const char* name = sqlite3_bind_parameter_name(stmt, i);
      order_.push_back(name != nullptr ? std::atoi(name + 1) - 1 : i - 1);  // "$3" is the third argument
    }
  }
  ~SqliteStatement() override { sqlite3_finalize(stmt_); }

  Result<> bind(std::span<const Param> params) override {
    for (std::size_t i = 0; i < order_.size(); ++i) {
      CHECK(order_[i] >= 0 && static_cast<std::size_t>(order_[i]) < params.size());
      const Param& p = params[static_cast<std::size_t>(order_[i])];
      const int at = static_cast<int>(i) + 1;
      int rc = SQLITE_OK;
      switch (p.type) {
        case Param::Type::null: rc = sqlite3_bind_null(stmt_, at); break;
        case Param::Type::integer: rc = sqlite3_bind_int64(stmt_, at, p.integer); break;
        case Param::Type::real: rc = sqlite3_bind_double(stmt_, at, p.real); break;
        case Param::Type::text:
          rc = sqlite3_bind_text64(stmt_, at, p.bytes.data() != nullptr ? p.bytes.data() : "", p.bytes.size(),
                                   SQLITE_STATIC, SQLITE_UTF8);
          break;
        case Param::Type::blob:
          rc = sqlite3_bind_blob64(stmt_, at, p.bytes.data() != nullptr ? p.bytes.data() : "", p.bytes.size(), SQLITE_STATIC);
          break;
      }
      if (rc != SQLITE_OK) return std::unexpected(error_of(db_, rc));
    }
    return {};
  }
  Result<bool> step() override {
    const int rc = sqlite3_step(stmt_);
    if (rc == SQLITE_ROW) return true;
    if (rc == SQLITE_DONE) return false;
    if (const int whole = sqlite3_extended_errcode(db_); whole == SQLITE_IOERR_FSYNC || whole == SQLITE_IOERR_DIR_FSYNC) {
      // After a failed sync nobody knows what is on the disk: never retry on the same descriptor, restart and recover.
      fmt::print(stderr, "{{\"level\":\"fatal\",\"msg\":\"fsync failed\"}}\n");
      std::_Exit(kExitIo);
    }
    return std::unexpected(error_of(db_, rc));
  }
  void reset() override { sqlite3_reset(stmt_); }
  int columns() const override { return sqlite3_column_count(stmt_); }
  bool is_null(int i) const override { return sqlite3_column_type(stmt_, i) == SQLITE_NULL; }
  std::int64_t integer(int i) const override { return sqlite3_column_int64(stmt_, i); }
  double real(int i) const override { return sqlite3_column_double(stmt_, i); }
  std::string_view text(int i) const override {
    const auto* p = static_cast<const char*>(sqlite3_column_blob(stmt_, i));
    if (sqlite3_column_type(stmt_, i) != SQLITE_BLOB) p = reinterpret_cast<const char*>(sqlite3_column_text(stmt_, i));
    if (p == nullptr) return {};
    return {p, static_cast<std::size_t>(sqlite3_column_bytes(stmt_, i))};
  }
  std::int64_t changes() const override { return sqlite3_changes64(db_); }

 private:
  sqlite3* db_;
  sqlite3_stmt* stmt_;
  std::vector<int> order_;
};

class SqliteConnection final : public Connection {
 public:
  explicit SqliteConnection(sqlite3* db)
      : db_(db), cache_([this](std::string_view sql) { return make(sql); }) {}
  ~SqliteConnection() override {
    cache_.clear();
    sqlite3_close_v2(db_);
  }
  Kind kind() const override { return Kind::sqlite; }
  Result<> script(std::string_view sql) override {
    const int rc = sqlite3_exec(db_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK) return std::unexpected(error_of(db_, rc));
    return {};
  }
  Result<Statement*> prepare(std::string_view sql) override { return cache_.get(sql); }
  sqlite3* handle() { return db_; }
  std::int64_t log_pages = 0, page_bytes = 0, log_bytes_before = 0;

 private:
  Result<std::unique_ptr<Statement>> make(std::string_view sql) {
    sqlite3_stmt* stmt = nullptr;
    const int rc = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
    if (rc != SQLITE_OK) {
      auto error = error_of(db_, rc);
      error.detail += " in: " + std::string(sql.substr(0, 200));
      return std::unexpected(std::move(error));
    }
    return std::make_unique<SqliteStatement>(db_, stmt);
  }
  sqlite3* db_;
  StatementCache cache_;
};

Result<std::int64_t> page_bytes(SqliteConnection& connection) {
  TRY(auto* asked, connection.prepare("PRAGMA page_size"));
  const Use use(*asked);
  TRY(asked->step());
  return asked->integer(0);
}

int count_log_pages(void* connection, sqlite3*, const char*, int pages) {
  static_cast<SqliteConnection*>(connection)->log_pages = pages;
  return SQLITE_OK;
}

class SqliteDriver final : public Driver {
 public:
  SqliteDriver(std::string path, int lock, bool weak) : path_(std::move(path)), lock_(lock), weak_sync_(weak) {}
  ~SqliteDriver() override { ::close(lock_); }
  Kind kind() const override { return Kind::sqlite; }

  Result<std::unique_ptr<Connection>> open_writer() override {
    TRY(auto made, open(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, kWriterCacheKib));
    TRY(made->script(fmt::format("PRAGMA page_size={}; PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;"
                     "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;", kPageBytes)));
    TRY(made->page_bytes, page_bytes(*made));
    TRY(made->script(weak_sync_ ? "PRAGMA synchronous=NORMAL" : "PRAGMA synchronous=FULL"));
    sqlite3_wal_hook(made->handle(), count_log_pages, made.get());
    return made;
  }
  Result<std::unique_ptr<Connection>> open_reader() override {
    TRY(auto made, open(SQLITE_OPEN_READONLY, kReaderCacheKib));
    TRY(made->script("PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY;"));
    return made;
  }
  Result<> after_commit(Connection& writer, std::size_t) override {
    auto& connection = static_cast<SqliteConnection&>(writer);
    const auto log_bytes = connection.log_pages * connection.page_bytes;
    // A few great commits wait for each other: most of their pages are the same, and go home once.
    const auto commit_bytes = log_bytes - std::exchange(connection.log_bytes_before, log_bytes);
    if (log_bytes < std::clamp(kCommitsTogether * commit_bytes, kCheckpointBytes, kGreatLogBytes)) return {};
    const auto start = std::chrono::steady_clock::now();
    const bool crowded = log_bytes > kLogBytesMax;
    int in_log = 0, done = 0;
    sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, crowded ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE,
                              &in_log, &done);
    if (in_log == done) connection.log_pages = connection.log_bytes_before = 0;
    log_bytes_ = static_cast<std::uint64_t>(std::max(in_log, 0) * connection.page_bytes);
    checkpoint_us_ += static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count());
    return {};
  }
  std::uint64_t log_bytes() const override { return log_bytes_; }
  std::uint64_t checkpoint_us() const override { return checkpoint_us_; }

  Result<> copy_to(const std::string& dir) override {
    TRY(auto source, open(SQLITE_OPEN_READONLY, kReaderCacheKib));
    sqlite3* target = nullptr;
    const auto file = dir + "/koipond.db";
    int rc = sqlite3_open_v2(file.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    if (rc == SQLITE_OK) {
      // One step copies one snapshot; a log reader does not hold the writer up.
      if (auto* copy = sqlite3_backup_init(target, "main", source->handle(), "main"); copy != nullptr) {
        sqlite3_backup_step(copy, -1);
        rc = sqlite3_backup_finish(copy);
      } else {
        rc = sqlite3_errcode(target);
      }
    }
    Result<> result;
    if (rc != SQLITE_OK) result = std::unexpected(error_of(target, rc));
    sqlite3_close_v2(target);
    if (result) ::chmod(file.c_str(), 0600);
    return result;
  }
  std::string spell(std::string_view migration) const override;
  void closing(Connection& writer) override {
    sqlite3_wal_checkpoint_v2(static_cast<SqliteConnection&>(writer).handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  }

 private:
  Result<std::unique_ptr<SqliteConnection>> open(int flags, int cache_kib) const {
    sqlite3* db = nullptr;
    const int rc = sqlite3_open_v2(path_.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    auto made = std::make_unique<SqliteConnection>(db);
    if (rc != SQLITE_OK) return std::unexpected(error_of(db, rc));
    sqlite3_busy_timeout(db, 2000);
    TRY(made->script(fmt::format("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA cache_size=-{}", cache_kib)));
    return made;
  }
  std::string path_;
  int lock_;
  bool weak_sync_;
  std::atomic<std::uint64_t> log_bytes_{0}, checkpoint_us_{0};
};

bool word_at(std::string_view s, std::size_t at, std::string_view word) {
  const auto part_of_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  if (s.substr(at, word.size()) != word) return false;
  if (at > 0 && part_of_word(s[at - 1])) return false;
  return at + word.size() >= s.size() || !part_of_word(s[at + word.size()]);
}

std::string spell_types(std::string_view s) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"BIGINT", "INTEGER"}, {"DOUBLE PRECISION", "REAL"}, {"BYTEA", "BLOB"}};
  std::string out;
  for (std::size_t i = 0; i < s.size();) {
    bool replaced = false;
    for (const auto& [from, to] : kTypes) {
      if (!word_at(s, i, from)) continue;
      out += to;
      i += from.size();
      replaced = true;
      break;
    }
    if (!replaced) out += s[i++];
  }
  return out;
}

/// STRICT on every table; options after the last bracket ("WITHOUT ROWID") are kept.
std::string spell_table(std::string statement) {
  const auto close = statement.rfind(')');
  if (close == std::string::npos) return statement;
  const std::string options(statement.substr(close + 1));
  const auto first = options.find_first_not_of(" \n\t\r");
  statement.resize(close + 1);
  statement += " STRICT";
  if (first != std::string::npos) statement += "," + options;
  return statement;
}

std::string SqliteDriver::spell(std::string_view migration) const {
  std::string out;
  for (const auto& statement : statements_of(own_lines(migration, "--sqlite:", "--pg:"))) {
    auto text = spell_types(statement);
    const auto start = text.find_first_not_of(" \n\t\r");
    if (start != std::string::npos && text.compare(start, 13, "CREATE TABLE ") == 0) text = spell_table(std::move(text));
    out += text + ";\n";
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Driver>> sqlite_driver(const Options& options) {
  static const int configured = [] {
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // its counters are one lock that every thread would share
    return sqlite3_initialize();
  }();
  CHECK(configured == SQLITE_OK);
  std::error_code ec;
  std::filesystem::create_directories(options.address, ec);
  if (ec) return fail(Errc::unavailable, "store.folder", ec.message());
  ::chmod(options.address.c_str(), 0700);
  const auto lock_file = options.address + "/koipond.lock";
  const int lock = ::open(lock_file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock < 0) return fail(Errc::unavailable, "store.folder", lock_file);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock);
    return fail(Errc::conflict, "store.locked", options.address);
  }
  const auto path = options.address + "/koipond.db";
  if (const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600); fd >= 0) ::close(fd);
  return std::make_unique<SqliteDriver>(path, lock, options.weak_sync);
}

}  // namespace koi::store
