#include "ledger/book.h"

#include <algorithm>

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
    "SELECT id, unit, flags, floor_limit, posted, pending_out, pending_in, as_of FROM account WHERE id = $1";
constexpr std::string_view kStand =
    "UPDATE account SET posted = $2, pending_out = $3, pending_in = $4, as_of = $5 WHERE id = $1";
constexpr std::string_view kBehind =
    "SELECT t.kind, t.debit, t.credit, t.amount, COALESCE(h.amount, 0), t.id FROM transfer t "
    "LEFT JOIN transfer h ON h.id = t.hold_id WHERE t.id > $1 ORDER BY t.id";
constexpr std::string_view kOneBehind =
    "SELECT t.kind, t.debit, t.credit, t.amount, COALESCE(h.amount, 0) FROM transfer t "
    "LEFT JOIN transfer h ON h.id = t.hold_id WHERE t.id = $1";
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
    : shape_(shape), sweep_at_(shape.slots_max), tail_(kTransfers, std::move(folder), shape.index) {}

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
    const auto id = s.integer(5);
    TRY(auto* debit, slot(tx, legs.debit));
    if (id > debit->as_of) apply(*debit, legs.deltas.from);
    TRY(auto* credit, slot(tx, legs.credit));
    if (id > credit->as_of) apply(*credit, legs.deltas.to);
    return {};
  }));
  for (auto& [id, slot] : slots_) slot.durable = balance_of(slot);
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
  static_cast<AccountState&>(slot) = std::move(*row);
  slot.durable = balance_of(slot);
  return &slot;
}

Result<AccountState*> Book::state(Tx& tx, AccountId account) { return slot(tx, account); }

void Book::apply(Slot& slot, const Delta& delta) {
  slot.posted += delta.posted;
  slot.pending_out += delta.out;
  slot.pending_in += delta.in;
  ++unflushed_;
  if (!std::exchange(slot.dirty, true)) dirty_.push_back(&slot);
}

void Book::change(Tx& tx, AccountState& account, const Delta& delta) {
  auto& slot = static_cast<Slot&>(account);
  if (!std::exchange(noting_, true)) {
    writer_ = std::this_thread::get_id();
    tx.after_commit([this] { committed(); });
    tx.on_rollback([this] { undo(); noting_ = false; });
  } else {
    tx.on_rollback([this] { undo(); });
  }
  apply(slot, delta);
  undo_.push_back({&slot, delta});
  touched_.push_back(&slot);
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
  for (auto* slot : touched_) slot->durable = balance_of(*slot);
  touched_.clear();
  if (slots_.size() > sweep_at_) sweep();
}

/// Drops what has no news. When nearly all have, the next look waits until the map has grown: a sweep walks all of it.
void Book::sweep() {
  std::erase_if(slots_, [](const auto& row) { return !row.second.dirty; });
  sweep_at_ = std::max(shape_.slots_max, slots_.size() + slots_.size() / 2);
}

Result<> Book::set_flags(Tx& tx, AccountId account, std::int64_t flags) {
  TRY(auto* found, slot(tx, account));
  tx.on_rollback([this, id = account.v, old = found->flags] { slots_.at(id).flags = old; });
  found->flags = flags;
  return {};
}

void Book::opened(Tx& tx, AccountId account) {
  tx.on_rollback([this, account] {
    const std::scoped_lock lock(mutex_);
    const auto gone = slots_.find(account.v);
    if (gone == slots_.end()) return;
    std::erase(dirty_, &gone->second);
    std::erase(round_, &gone->second);
    slots_.erase(gone);
  });
}

void Book::begin_round(Tx& tx) {
  tx.on_rollback([this, mark = round_mark_] {
    dirty_.insert(dirty_.end(), round_.begin(), round_.end());
    round_.clear();
    round_mark_ = mark;
  });
  round_ = std::exchange(dirty_, {});
  // Neighbours share a page.
  std::ranges::sort(round_, std::greater{}, [](const Slot* slot) { return slot->id; });
  round_mark_ = tail_.next() - 1;
  unflushed_ = 0;
}

Result<> Book::flush_some(Tx& tx) {
  if (round_.empty()) {
    if (dirty_.size() < shape_.dirty_max && unflushed_ < shape_.unflushed_max) return {};
    begin_round(tx);
  }
  const auto count = std::min(round_.size(), shape_.slice);
  const std::vector<Slot*> slice(round_.end() - static_cast<std::ptrdiff_t>(count), round_.end());
  round_.resize(round_.size() - count);
  for (auto* slot : slice) slot->dirty = false;
  tx.on_rollback([this, slice] {  // the rows are old again
    for (auto* slot : slice) {
      if (std::exchange(slot->dirty, true)) std::erase(dirty_, slot);
      round_.push_back(slot);
    }
  });
  const auto last = tail_.next() - 1;
  for (const auto* slot : slice)
    TRY(tx.exec(kStand, slot->id, slot->posted, slot->pending_out, slot->pending_in, last));
  if (round_.empty()) TRY(tx.exec(kSetMark, round_mark_));
  return {};
}

Result<Balance> Book::balance(Tx& tx, AccountId account) {
  const bool writer = writer_.load() == std::this_thread::get_id();
  {
    const std::scoped_lock lock(mutex_);
    if (const auto found = slots_.find(account.v); found != slots_.end())
      return writer ? balance_of(found->second) : found->second.durable;
  }
  return from_snapshot(tx, account);
}

/// The row as this snapshot holds it, and what the snapshot holds behind it.
Result<Balance> Book::from_snapshot(Tx& tx, AccountId account) {
  TRY(auto row, tx.maybe<AccountState>(kAccount, account));
  if (!row) return fail(Errc::not_found, "ledger.no_account", to_text(account));
  auto out = balance_of(*row);
  const std::array owners{account.v};
  events::PlaceQuery query{.owners = owners, .before = {1, 0}, .kinds = {}, .limit = kPage};
  for (bool more = true; more;) {
    TRY(const auto found, tail_.places(query));
    more = found.size() == kPage && found.back().seq > row->as_of;
    for (const auto& place : found) {
      if (place.seq <= row->as_of) break;
      TRY(tx.each_raw(kOneBehind, std::array{store::Param(place.seq)},
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
