#include "ledger/book.h"

#include "store/rows.h"

namespace koi::ledger {

namespace {

constexpr events::TailTable kTransfers{
    .from = "SELECT id, kind, debit, credit, 0, key_hi, key_lo FROM transfer WHERE id >= $1 ORDER BY id",
    .one = "SELECT id, kind, debit, credit, 0, key_hi, key_lo FROM transfer WHERE id = $1",
    .last = "SELECT COALESCE(MAX(id), 0) FROM transfer",
    .ids = "transfer-keys",
    .owners = "transfer-accounts"};
constexpr std::string_view kMark = "SELECT transfer_id FROM ledger_mark WHERE id = 1";
constexpr std::string_view kSetMark = "UPDATE ledger_mark SET transfer_id = $1 WHERE id = 1";
constexpr std::string_view kAccount =
    "SELECT id, unit, flags, floor_limit, posted, pending_out, pending_in FROM account WHERE id = $1";
constexpr std::string_view kStand =
    "UPDATE account SET posted = $2, pending_out = $3, pending_in = $4 WHERE id = $1";
constexpr std::string_view kBehind =
    "SELECT t.kind, t.debit, t.credit, t.amount, COALESCE(h.amount, 0) FROM transfer t "
    "LEFT JOIN transfer h ON h.id = t.hold_id WHERE t.id > $1 ORDER BY t.id";
constexpr std::string_view kOneBehind =
    "SELECT t.kind, t.debit, t.credit, t.amount, COALESCE(h.amount, 0) FROM transfer t "
    "LEFT JOIN transfer h ON h.id = t.hold_id WHERE t.id = $1 AND t.id > $2";
constexpr std::size_t kPage = 1000;

int kBookSlot;

Balance balance_of(const AccountState& s) { return {s.posted, s.pending_out, s.pending_in}; }

struct Legs { AccountId debit, credit; Deltas deltas; };
Legs legs_of(const store::Statement& s) {
  return {{s.integer(1)}, {s.integer(2)},
          deltas_of(static_cast<TransferKind>(s.integer(0)), s.integer(3), s.integer(4))};
}

}  // namespace

Book::Book(std::string folder, BookShape shape)
    : shape_(shape), tail_(kTransfers, std::move(folder), shape.index) {}

Result<Book*> Book::of(Tx& tx, BookShape shape) {
  if (tx.kind() == store::Kind::postgres) return nullptr;
  auto& book = tx.shared<Book>(&kBookSlot, [&] {
    return std::shared_ptr<Book>(new Book(tx.data_dir().empty() ? std::string() : tx.data_dir() + "/index", shape));
  });
  if (!book.open_.load(std::memory_order_acquire)) {
    const std::scoped_lock lock(book.opening_);
    if (!book.open_.load(std::memory_order_acquire)) TRY(book.open(tx));
    book.open_.store(true, std::memory_order_release);
  }
  return &book;
}

Result<> Book::open(Tx& tx) {
  TRY(tail_.ready(tx));
  TRY(const auto mark, tx.one<std::int64_t>(kMark));
  TRY(tx.each_raw(kBehind, std::array{store::Param(mark)}, [&](const store::Statement& s) -> Result<> {
    const auto legs = legs_of(s);
    TRY(auto* debit, slot(tx, legs.debit));
    apply(*debit, legs.deltas.from);
    TRY(auto* credit, slot(tx, legs.credit));
    apply(*credit, legs.deltas.to);
    return {};
  }));
  for (auto& [id, slot] : slots_) slot.durable = balance_of(slot.now);
  return {};
}

Result<Book::Slot*> Book::slot(Tx& tx, AccountId account) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = slots_.find(account.v); found != slots_.end()) return &found->second;
  }
  TRY(auto row, tx.maybe<AccountState>(kAccount, account));
  if (!row) return fail(Errc::not_found, "ledger.no_account", to_text(account));
  const std::scoped_lock lock(mutex_);
  auto& slot = slots_[account.v];
  slot.now = std::move(*row);
  slot.durable = balance_of(slot.now);
  return &slot;
}

Result<AccountState> Book::state(Tx& tx, AccountId account) {
  TRY(const auto* found, slot(tx, account));
  return found->now;
}

void Book::apply(Slot& slot, const Delta& delta) {
  slot.now.posted += delta.posted;
  slot.now.pending_out += delta.out;
  slot.now.pending_in += delta.in;
  ++unflushed_;
  if (!std::exchange(slot.dirty, true)) dirty_.push_back(&slot);
}

Result<> Book::change(Tx& tx, AccountId account, const Delta& delta) {
  TRY(auto* found, slot(tx, account));
  writer_ = std::this_thread::get_id();
  apply(*found, delta);
  undo_.push_back({found, delta});
  touched_.push_back(found);
  if (!std::exchange(noting_, true)) {
    tx.after_commit([this] { committed(); });
    tx.on_rollback([this] { undo(); noting_ = false; });
  } else {
    tx.on_rollback([this] { undo(); });
  }
  return {};
}

void Book::undo() {
  const auto [slot, d] = undo_.back();
  undo_.pop_back();
  touched_.pop_back();
  apply(*slot, {-d.posted, -d.out, -d.in});
}

void Book::committed() {
  noting_ = false;
  undo_.clear();
  const std::scoped_lock lock(mutex_);
  for (auto* slot : touched_) slot->durable = balance_of(slot->now);
  touched_.clear();
  if (slots_.size() > shape_.slots_max) std::erase_if(slots_, [](const auto& row) { return !row.second.dirty; });
}

Result<> Book::set_flags(Tx& tx, AccountId account, std::int64_t flags) {
  TRY(auto* found, slot(tx, account));
  tx.on_rollback([this, id = account.v, old = found->now.flags] { slots_.at(id).now.flags = old; });
  found->now.flags = flags;
  return {};
}

void Book::opened(Tx& tx, AccountId account) {
  tx.on_rollback([this, account] {
    const std::scoped_lock lock(mutex_);
    const auto gone = slots_.find(account.v);
    if (gone == slots_.end()) return;
    std::erase(dirty_, &gone->second);
    slots_.erase(gone);
  });
}

Result<> Book::flush_when_due(Tx& tx) {
  if (dirty_.size() < shape_.dirty_max && unflushed_ < shape_.unflushed_max) return {};
  return flush(tx);
}

Result<> Book::flush(Tx& tx) {
  for (const auto* slot : dirty_)
    TRY(tx.exec(kStand, slot->now.id, slot->now.posted, slot->now.pending_out, slot->now.pending_in));
  TRY(tx.exec(kSetMark, tail_.next() - 1));
  for (auto* slot : dirty_) slot->dirty = false;
  // Should this operation be undone, the rows are old again.
  tx.on_rollback([this, had = std::move(dirty_)] {
    for (auto* slot : had)
      if (!std::exchange(slot->dirty, true)) dirty_.push_back(slot);
  });
  dirty_.clear();
  unflushed_ = 0;
  return {};
}

Result<Balance> Book::balance(Tx& tx, AccountId account) {
  const bool writer = writer_.load() == std::this_thread::get_id();
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = slots_.find(account.v); found != slots_.end())
      return writer ? balance_of(found->second.now) : found->second.durable;
  }
  return from_snapshot(tx, account);
}

/// The row as this snapshot holds it, and what the snapshot holds behind its mark.
Result<Balance> Book::from_snapshot(Tx& tx, AccountId account) {
  TRY(auto row, tx.maybe<AccountState>(kAccount, account));
  if (!row) return fail(Errc::not_found, "ledger.no_account", to_text(account));
  TRY(const auto mark, tx.one<std::int64_t>(kMark));
  auto out = balance_of(*row);
  const std::array owners{account.v};
  events::PlaceQuery query{.owners = owners, .before = {1, 0}, .kinds = {}, .limit = kPage};
  for (bool more = true; more;) {
    TRY(const auto found, tail_.places(query));
    more = found.size() == kPage && found.back().seq > mark;
    for (const auto& place : found) {
      if (place.seq <= mark) break;
      TRY(tx.each_raw(kOneBehind, std::array{store::Param(place.seq), store::Param(mark)},
                      [&](const store::Statement& s) -> Result<> {
                        const auto legs = legs_of(s);
                        const auto& d = legs.debit == account ? legs.deltas.from : legs.deltas.to;
                        out.posted += d.posted;
                        out.pending_out += d.out;
                        out.pending_in += d.in;
                        return {};
                      }));
    }
    if (!found.empty()) query.before = found.back();
  }
  return out;
}

}  // namespace koi::ledger
