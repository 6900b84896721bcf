#include "store/driver.h"
#include "store/waiting.h"

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
    : connection_(connection), shared_(shared), clock_(clock), rng_(rng), ids_(ids), now_(clock.now()),
      waiting_(std::make_unique<store::WaitingRows>()) {}

Tx::~Tx() = default;

std::int64_t Tx::next_number() {
  const auto id = ids_.next(now_);
  if (writes_ && id > mark_ && ids_.marked()) move_mark(id);
  return id;
}

std::int64_t Tx::writer() {
  if (writer_ < 0) writer_ = ids_.writer(kind() == store::Kind::postgres);
  return writer_;
}

/// The mark moves in the transaction that uses the id: one stands only where the other does.
void Tx::move_mark(std::int64_t id) {
  on_rollback([this, before = mark_] { mark_ = before; });
  mark_ = id + IdMaker::kStep;
  (void)exec(kMoveMark, writer(), mark_);  // a store that cannot keep this keeps nothing of the transaction
}

void Tx::refresh_now() { now_ = clock_.now(); }

/// Waiting rows and savepoints in the order they came, so that what follows finds the store as if they had not waited.
Result<> Tx::settle() {
  if (lost_) return fail(Errc::unavailable, "store.rolled_back");
  if (waiting_->empty() && told_ == marks_.size()) return {};
  auto done = settle_now();
  lost_ = !done;
  return done;
}

Result<> Tx::settle_now() {
  for (; told_ < marks_.size(); ++told_) {
    TRY(write_waiting(marks_[told_].waiting));
    TRY(tell_savepoint());
  }
  TRY(write_waiting(waiting_->count()));
  waiting_->clear();
  for (auto& mark : marks_) mark.waiting = 0;
  return {};
}

Result<> Tx::write_waiting(std::size_t count) {
  if (count > 0) fresh_ = false;
  return waiting_->write(connection_, count);
}

/// Whoever comes first needs no savepoint: what precedes it is nothing. It spares a long operation the copy of every
/// page it changes, and a lone one two statements.
Result<> Tx::tell_savepoint() {
  if (told_ == 0) {
    whole_ = fresh_;
    if (whole_) return {};
  }
  return plain(kSavepoint[told_]);
}

Result<> Tx::append_row(std::string_view insert, std::span<const store::Param> row) {
  if (kind() == store::Kind::postgres) {
    TRY(run(insert, row));
    return {};
  }
  waiting_->add(insert, row);
  return waiting_->crowded() ? settle() : Result<>{};
}

/// A statement that ends or marks the transaction itself.
Result<> Tx::plain(std::string_view sql) {
  TRY(auto* s, connection_.prepare(sql));
  const store::Use use(*s);
  TRY(s->bind({}));
  return finish(*s);
}

Result<store::Statement*> Tx::start(std::string_view sql, std::span<const store::Param> params) {
  TRY(settle());
  fresh_ = false;
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
  marks_.clear();
  told_ = 0;
  waiting_->clear();
  lost_ = false;
  writes_ = write;
  refresh_now();
  return begin_now();
}

Result<> Tx::begin_now() {
  const bool pg = kind() == store::Kind::postgres;
  fresh_ = true;
  if (writes_) return plain(pg ? "BEGIN" : "BEGIN IMMEDIATE");
  return plain(pg ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN");
}

Result<> Tx::commit() {
  CHECK(marks_.empty());
  TRY(settle());
  TRY(plain("COMMIT"));
  on_rollback_.clear();
  return {};
}

void Tx::abandon() {
  (void)plain("ROLLBACK");  // a transaction the store already ended has nothing to roll back
  marks_.clear();
  waiting_->clear();
  after_commit_.clear();
  undo_from(0);
}

Result<> Tx::savepoint() {
  CHECK(marks_.size() < kDeepest);
  marks_.push_back({after_commit_.size(), on_rollback_.size(), waiting_->count()});
  return {};
}

Result<> Tx::release() {
  CHECK(!marks_.empty());
  if (lost_) return fail(Errc::unavailable, "store.rolled_back");
  if (told_ == marks_.size()) {
    if (!(whole_ && told_ == 1)) { TRY(plain(kRelease[told_ - 1])); }
    --told_;
  }
  marks_.pop_back();
  return {};
}

Result<> Tx::roll_back() {
  CHECK(!marks_.empty());
  if (lost_) return fail(Errc::unavailable, "store.rolled_back");
  const auto mark = marks_.back();
  waiting_->cut(mark.waiting);
  if (told_ == marks_.size()) {
    TRY(undo_told());
    --told_;
  }
  marks_.pop_back();
  after_commit_.resize(mark.after_commit);
  undo_from(mark.on_rollback);
  return {};
}

/// Undoes what the store heard since the innermost mark.
Result<> Tx::undo_told() {
  if (whole_ && told_ == 1) {
    TRY(plain("ROLLBACK"));
    return begin_now();
  }
  TRY(plain(kRollBack[told_ - 1]));
  return plain(kRelease[told_ - 1]);
}

/// What operations put into caches goes out again, newest first.
void Tx::undo_from(std::size_t first) {
  while (on_rollback_.size() > first) {
    auto undo = std::move(on_rollback_.back());
    on_rollback_.pop_back();
    undo();
  }
}

}  // namespace koi
