#include "ledger/desk.h"

#include "ledger/book.h"
#include "store/rows.h"

namespace koi::ledger {

namespace {

// In one order for everybody, so that two transfers the opposite way never wait for each other.
constexpr std::string_view kPairLocked =
    "SELECT id, unit, flags, floor_limit, posted, pending_out, pending_in, as_of FROM account WHERE id IN ($1, $2) "
    "ORDER BY id FOR UPDATE";
constexpr std::string_view kChange =
    "UPDATE account SET posted = posted + $2, pending_out = pending_out + $3, pending_in = pending_in + $4 "
    "WHERE id = $1";
constexpr std::string_view kFind =
    "SELECT id, kind, key, debit, credit, amount, COALESCE(reason, ''), COALESCE(ref, ''), COALESCE(hold_id, 0), "
    "expires_at FROM transfer WHERE key_hi = $1 AND key_lo = $2";
constexpr std::string_view kFindById =
    "SELECT id, kind, key, debit, credit, amount, COALESCE(reason, ''), COALESCE(ref, ''), COALESCE(hold_id, 0), "
    "expires_at FROM transfer WHERE id = $1";
constexpr std::string_view kWrite =
    "INSERT INTO transfer (id, kind, key, key_hi, key_lo, debit, credit, amount, reason, ref, hold_id, expires_at, "
    "chain_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
// Another writer may have been faster with the key; an id that is taken stays an error.
constexpr std::string_view kWriteBeside =
    "INSERT INTO transfer (id, kind, key, key_hi, key_lo, debit, credit, amount, reason, ref, hold_id, expires_at, "
    "chain_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
    "ON CONFLICT (key_hi, key_lo) DO NOTHING";

std::int64_t word(std::uint64_t v) { return static_cast<std::int64_t>(v); }
std::optional<std::int64_t> if_any(std::int64_t v) { return v == 0 ? std::nullopt : std::optional(v); }
std::optional<std::string_view> if_any(std::string_view v) { return v.empty() ? std::nullopt : std::optional(v); }

}  // namespace

Deltas deltas_of(TransferKind kind, std::int64_t amount, std::int64_t held) {
  switch (kind) {
    case TransferKind::move: return {{.posted = -amount}, {.posted = amount}};
    case TransferKind::hold: return {{.out = amount}, {.in = amount}};
    case TransferKind::post: return {{.posted = -amount, .out = -held}, {.posted = amount, .in = -held}};
    case TransferKind::void_:
    case TransferKind::expire: return {{.out = -held}, {.in = -held}};
  }
  return {};
}

Result<Pair> take_pair(Tx& tx, AccountId from, AccountId to) {
  Pair pair;
  TRY(auto* book, Book::of(tx));
  if (book != nullptr) {
    TRY(pair.from, book->state(tx, from));
    TRY(pair.to, book->state(tx, to));
    return pair;
  }
  pair.rows = std::make_unique<std::array<AccountState, 2>>();
  TRY(tx.each<AccountState>(kPairLocked, [&](AccountState&& row) -> Result<> {
    auto& mine = row.id == from ? pair.from : pair.to;
    mine = &(*pair.rows)[row.id == from ? 0 : 1];
    *mine = std::move(row);
    return {};
  }, from, to));
  if (pair.from == nullptr) return fail(Errc::not_found, "ledger.no_account", to_text(from));
  if (pair.to == nullptr) return fail(Errc::not_found, "ledger.no_account", to_text(to));
  return pair;
}

Result<> change_pair(Tx& tx, const Pair& pair, const Deltas& d) {
  TRY(auto* book, Book::of(tx));
  if (book != nullptr) {
    book->change(tx, *pair.from, d.from);
    book->change(tx, *pair.to, d.to);
    return book->flush_some(tx);
  }
  TRY(const auto gave, tx.exec(kChange, pair.from->id, d.from.posted, d.from.out, d.from.in));
  TRY(const auto took, tx.exec(kChange, pair.to->id, d.to.posted, d.to.out, d.to.in));
  CHECK(gave == 1 && took == 1);
  return {};
}

Result<std::optional<TransferRow>> find_transfer(Tx& tx, std::string_view key) {
  const auto hash = events::hash_text(key);
  TRY(auto* book, Book::of(tx));
  if (book == nullptr) return tx.maybe<TransferRow>(kFind, word(hash.hi), word(hash.lo));
  TRY(const auto id, book->tail().find(hash));
  if (!id) return std::nullopt;
  return tx.maybe<TransferRow>(kFindById, *id);
}

Result<std::int64_t> write_transfer(Tx& tx, const Transfer& t, const Detail& d) {
  const auto hash = events::hash_text(t.key);
  TRY(auto* book, Book::of(tx));
  const auto id = book != nullptr ? book->tail().next() : tx.next_number();
  const auto sql = book != nullptr ? kWrite : kWriteBeside;
  TRY(const auto rows, tx.exec(sql, id, static_cast<std::int64_t>(d.kind), t.key, word(hash.hi), word(hash.lo),
                               t.from, t.to, t.amount, if_any(t.reason), if_any(t.ref), if_any(d.hold_id), d.expires,
                               if_any(d.chain_id), tx.now()));
  if (rows == 0) return fail(Errc::conflict, "ledger.key_reused", std::string(t.key));
  if (book != nullptr)
    book->tail().add(tx, {.id = hash, .owner = t.from.v, .other = t.to.v, .seq = id,
                          .kind = static_cast<std::int64_t>(d.kind)});
  return id;
}

Result<bool> AccountState::fits_after(const Delta& d) const {
  AccountState then{.id = id, .unit = {}, .flags = flags, .floor_limit = floor_limit};
  std::int64_t available = 0;
  const bool over = __builtin_add_overflow(posted, d.posted, &then.posted) ||
                    __builtin_add_overflow(pending_out, d.out, &then.pending_out) ||
                    __builtin_add_overflow(pending_in, d.in, &then.pending_in) ||
                    __builtin_sub_overflow(then.posted, then.pending_out, &available);
  if (over) return fail(Errc::invalid, "ledger.amount", "a balance would run over");
  return then.fits();
}

bool same(const TransferRow& row, const Transfer& t, TransferKind kind) {
  return row.kind == static_cast<std::int64_t>(kind) && row.debit == t.from && row.credit == t.to &&
         row.amount == t.amount && row.reason == t.reason && row.ref == t.ref;
}

Result<> repeat_of(const TransferRow& row, bool same_content) {
  if (same_content) return {};
  return fail(Errc::conflict, "ledger.key_reused", row.key);
}

}  // namespace koi::ledger
