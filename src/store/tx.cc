#include "store/driver.h"

namespace koi {

namespace {
constexpr int kDeepest = 8;
constexpr std::string_view kSavepoint[kDeepest] = {"SAVEPOINT s0", "SAVEPOINT s1", "SAVEPOINT s2", "SAVEPOINT s3",
                                                   "SAVEPOINT s4", "SAVEPOINT s5", "SAVEPOINT s6", "SAVEPOINT s7"};
constexpr std::string_view kRelease[kDeepest] = {
    "RELEASE SAVEPOINT s0", "RELEASE SAVEPOINT s1", "RELEASE SAVEPOINT s2", "RELEASE SAVEPOINT s3",
    "RELEASE SAVEPOINT s4", "RELEASE SAVEPOINT s5", "RELEASE SAVEPOINT s6", "RELEASE SAVEPOINT s7"};
constexpr std::string_view kRollBack[kDeepest] = {
    "ROLLBACK TO SAVEPOINT s0", "ROLLBACK TO SAVEPOINT s1", "ROLLBACK TO SAVEPOINT s2", "ROLLBACK TO SAVEPOINT s3",
    "ROLLBACK TO SAVEPOINT s4", "ROLLBACK TO SAVEPOINT s5", "ROLLBACK TO SAVEPOINT s6", "ROLLBACK TO SAVEPOINT s7"};
constexpr std::string_view kMoveMark =
    "INSERT INTO id_mark (writer, mark) VALUES ($1, $2) ON CONFLICT (writer) DO UPDATE SET mark = excluded.mark";
constexpr std::int64_t kEpochMs = 1'577'836'800'000;  // 2020-01-01
}  // namespace

std::int64_t IdMaker::next(Instant now) {
  const std::scoped_lock lock(mutex_);
  last_ = std::max(last_ + 1, ((to_ms(now) - kEpochMs) << 22) | node_);
  return last_;
}

void IdMaker::start_above(std::int64_t mark) {
  const std::scoped_lock lock(mutex_);
  last_ = std::max(last_, mark);
  marked_ = true;
}

namespace store {
std::shared_ptr<void>& Shared::slot(const void* key) {
  const std::scoped_lock lock(mutex_);
  return slots_[key];
}
}  // namespace store

Tx::Tx(store::Connection& connection, store::Shared& shared, Clock& clock, Rng& rng, IdMaker& ids)
    : connection_(connection), shared_(shared), clock_(clock), rng_(rng), ids_(ids), now_(clock.now()) {}

std::int64_t Tx::next_number() {
  const auto id = ids_.next(now_);
  if (writes_ && id > mark_ && ids_.marked()) move_mark(id);
  return id;
}

/// The mark moves in the transaction that uses the id: one stands only where the other does.
void Tx::move_mark(std::int64_t id) {
  if (writer_ < 0) writer_ = ids_.writer(kind() == store::Kind::postgres);
  on_rollback([this, before = mark_] { mark_ = before; });
  mark_ = id + IdMaker::kStep;
  (void)exec(kMoveMark, writer_, mark_);  // a store that cannot keep this keeps nothing of the transaction
}

void Tx::refresh_now() { now_ = clock_.now(); }

Result<store::Statement*> Tx::start(std::string_view sql, std::span<const store::Param> params) {
  TRY(auto* s, connection_.prepare(sql));
  if (auto bound = s->bind(params); !bound) {
    s->reset();
    return std::unexpected(std::move(bound).error());
  }
  return s;
}

Result<> Tx::finish(store::Statement& s) {
  for (;;) {  // INSERT … RETURNING must run to its end
    TRY(const bool more, s.step());
    if (!more) return {};
  }
}

Result<std::int64_t> Tx::run(std::string_view sql, std::span<const store::Param> params) {
  TRY(auto* s, start(sql, params));
  store::Use use(*s);
  TRY(finish(*s));
  return s->changes();
}

Result<> Tx::each_raw(std::string_view sql, std::span<const store::Param> params,
                      const std::function<Result<>(const store::Statement&)>& fn) {
  TRY(auto* s, start(sql, params));
  store::Use use(*s);
  for (;;) {
    TRY(const bool row, s->step());
    if (!row) return {};
    TRY(fn(*s));
  }
}

Result<> Tx::begin(bool write) {
  const bool pg = kind() == store::Kind::postgres;
  marks_.clear();
  writes_ = write;
  refresh_now();
  TRY(exec(write ? (pg ? "BEGIN" : "BEGIN IMMEDIATE") : (pg ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN")));
  return {};
}

Result<> Tx::commit() {
  CHECK(marks_.empty());
  TRY(exec("COMMIT"));
  on_rollback_.clear();
  return {};
}

void Tx::abandon() {
  (void)exec("ROLLBACK");  // a transaction the store already ended has nothing to roll back
  marks_.clear();
  after_commit_.clear();
  while (!on_rollback_.empty()) {
    auto undo = std::move(on_rollback_.back());
    on_rollback_.pop_back();
    undo();
  }
}

Result<> Tx::savepoint() {
  CHECK(marks_.size() < kDeepest);
  TRY(exec(kSavepoint[marks_.size()]));
  marks_.push_back({after_commit_.size(), on_rollback_.size()});
  return {};
}

Result<> Tx::release() {
  CHECK(!marks_.empty());
  TRY(exec(kRelease[marks_.size() - 1]));
  marks_.pop_back();
  return {};
}

Result<> Tx::roll_back() {
  CHECK(!marks_.empty());
  const auto mark = marks_.back();
  TRY(exec(kRollBack[marks_.size() - 1]));
  TRY(exec(kRelease[marks_.size() - 1]));
  marks_.pop_back();
  after_commit_.resize(mark.after_commit);
  while (on_rollback_.size() > mark.on_rollback) {
    auto undo = std::move(on_rollback_.back());
    on_rollback_.pop_back();
    undo();
  }
  return {};
}

}  // namespace koi
