/// PostgreSQL behind the driver face, through libpq. Parameters travel as text (bytes as binary), so that the store
/// infers their types.
#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>

#include "base/text.h"
#include "store/driver.h"

namespace koi::store {

namespace {

constexpr Oid kByteaOid = 17;

struct ClearResult { void operator()(PGresult* r) const { PQclear(r); } };
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

Error error_of(PGconn* conn, const PGresult* result) {
  const char* state_text = result != nullptr ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : nullptr;
  const std::string_view state = state_text != nullptr ? state_text : "";
  const std::string text = result != nullptr && state_text != nullptr ? PQresultErrorMessage(result) : PQerrorMessage(conn);
  if (state == "23505") return {Errc::conflict, "store.unique", text, {}, {}};
  if (state == "23514") return {Errc::invalid, "store.check", text, {}, {}};
  if (state == "23503") return {Errc::invalid, "store.foreign", text, {}, {}};
  if (state == "23502") return {Errc::invalid, "store.not_null", text, {}, {}};
  if (state == "40P01" || state == "40001" || state == "55P03") return {Errc::unavailable, "store.busy", text, {}, {}};
  if (state == "53100") return {Errc::unavailable, "store.full", text, {}, {}};
  if (state.empty() || state.starts_with("08") || state.starts_with("57P"))
    return {Errc::unavailable, "store.connection", text, {}, {}};
  return {Errc::internal, "store.sql", text, {}, {}};
}

class PgStatement final : public Statement {
 public:
  PgStatement(PGconn* conn, std::string name) : conn_(conn), name_(std::move(name)) {}

  Result<> bind(std::span<const Param> params) override {
    const auto n = params.size();
    texts_.resize(n);
    values_.resize(n);
    lengths_.resize(n);
    formats_.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
      const Param& p = params[i];
      formats_[i] = 0;
      switch (p.type) {
        case Param::Type::null: values_[i] = nullptr; continue;
        case Param::Type::integer: texts_[i] = std::to_string(p.integer); break;
        case Param::Type::real: texts_[i] = fmt::format("{}", p.real); break;
        case Param::Type::text: texts_[i] = p.bytes; break;
        case Param::Type::blob: texts_[i] = p.bytes; formats_[i] = 1; break;
      }
      values_[i] = texts_[i].c_str();
      lengths_[i] = static_cast<int>(texts_[i].size());
      if (p.type == Param::Type::text && texts_[i].find('\0') != std::string::npos)
        return fail(Errc::invalid, "store.nul_in_text");
    }
    row_ = -1;
    return {};
  }
  Result<bool> step() override {
    if (row_ < 0) {
      result_.reset(PQexecPrepared(conn_, name_.c_str(), static_cast<int>(values_.size()), values_.data(), lengths_.data(),
                                   formats_.data(), 0));
      const auto status = PQresultStatus(result_.get());
      if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return std::unexpected(error_of(conn_, result_.get()));
    }
    ++row_;
    return row_ < PQntuples(result_.get());
  }
  void reset() override {
    result_.reset();
    bytes_.clear();
  }
  int columns() const override { return PQnfields(result_.get()); }
  bool is_null(int i) const override { return PQgetisnull(result_.get(), row_, i) != 0; }
  std::int64_t integer(int i) const override {
    const auto t = raw(i);
    if (t == "t") return 1;
    std::int64_t v = 0;
    std::from_chars(t.data(), t.data() + t.size(), v);
    return v;
  }
  double real(int i) const override { return parse_double(raw(i)).value_or(0); }
  std::string_view text(int i) const override {
    const auto t = raw(i);
    if (PQftype(result_.get(), i) != kByteaOid || !t.starts_with("\\x")) return t;
    bytes_.push_back(std::make_unique<std::string>(unhex(t.substr(2)).value_or("")));
    return *bytes_.back();
  }
  std::int64_t changes() const override { return parse_int(PQcmdTuples(result_.get())).value_or(0); }

 private:
  std::string_view raw(int i) const {
    return {PQgetvalue(result_.get(), row_, i), static_cast<std::size_t>(PQgetlength(result_.get(), row_, i))};
  }
  PGconn* conn_;
  std::string name_;
  ResultPtr result_;
  int row_ = -1;
  std::vector<std::string> texts_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
  mutable std::vector<std::unique_ptr<std::string>> bytes_;  // decoded bytea of this run
};

class PgConnection final : public Connection {
 public:
  explicit PgConnection(PGconn* conn) : conn_(conn), cache_([this](std::string_view sql) { return make(sql); }) {}
  ~PgConnection() override {
    cache_.clear();
    PQfinish(conn_);
  }
  Kind kind() const override { return Kind::postgres; }
  Result<> script(std::string_view sql) override {
    const ResultPtr r(PQexec(conn_, std::string(sql).c_str()));
    const auto status = PQresultStatus(r.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) return {};
    return std::unexpected(error_of(conn_, r.get()));
  }
  Result<Statement*> prepare(std::string_view sql) override {
    if (PQstatus(conn_) != CONNECTION_OK) {  // the server restarted: statements died with the session
      cache_.clear();
      PQreset(conn_);
    }
    return cache_.get(sql);
  }

 private:
  Result<std::unique_ptr<Statement>> make(std::string_view sql) {
    auto name = "k" + std::to_string(++made_);
    const ResultPtr r(PQprepare(conn_, name.c_str(), std::string(sql).c_str(), 0, nullptr));
    if (PQresultStatus(r.get()) != PGRES_COMMAND_OK) {
      auto error = error_of(conn_, r.get());
      error.detail += " in: " + std::string(sql.substr(0, 200));
      return std::unexpected(std::move(error));
    }
    return std::make_unique<PgStatement>(conn_, std::move(name));
  }
  PGconn* conn_;
  std::uint64_t made_ = 0;
  StatementCache cache_;
};

class PgDriver final : public Driver {
 public:
  explicit PgDriver(std::string address) : address_(std::move(address)) {}
  Kind kind() const override { return Kind::postgres; }
  Result<std::unique_ptr<Connection>> open_writer() override { return open(); }
  Result<std::unique_ptr<Connection>> open_reader() override { return open(); }
  Result<> after_commit(Connection&, std::size_t) override { return {}; }
  Result<> copy_to(const std::string&) override {
    return fail(Errc::unsupported, "store.copy_unsupported", "PostgreSQL is backed up with pg_dump");
  }
  std::string spell(std::string_view migration) const override { return own_lines(migration, "--pg:", "--sqlite:"); }

 private:
  Result<std::unique_ptr<Connection>> open() {
    PGconn* conn = PQconnectdb(address_.c_str());
    auto made = std::make_unique<PgConnection>(conn);
    if (PQstatus(conn) != CONNECTION_OK) return std::unexpected(error_of(conn, nullptr));
    PQsetNoticeProcessor(conn, [](void*, const char*) {}, nullptr);
    TRY(made->script("SET client_min_messages = warning; SET timezone = 'UTC'"));
    return made;
  }
  std::string address_;
};

}  // namespace

Result<std::unique_ptr<Driver>> postgres_driver(const Options& options) {
  return std::make_unique<PgDriver>(options.address);
}

}  // namespace koi::store
