#include "ledger/desk.h"

#include <cstring>

#include "base/crypto.h"
#include "store/rows.h"

namespace koi::ledger {

namespace {

constexpr std::string_view kPair =
    "SELECT id, unit, flags, floor_limit, posted, pending_out, pending_in FROM account WHERE id IN ($1, $2)";
// In one order for everybody, so that two transfers the opposite way never wait for each other.
constexpr std::string_view kPairLocked =
    "SELECT id, unit, flags, floor_limit, posted, pending_out, pending_in FROM account WHERE id IN ($1, $2) "
    "ORDER BY id FOR UPDATE";
constexpr std::string_view kChange =
    "UPDATE account SET posted = posted + $2, pending_out = pending_out + $3, pending_in = pending_in + $4 "
    "WHERE id = $1";
constexpr std::string_view kFind =
    "SELECT id, kind, key, debit, credit, amount, COALESCE(reason, ''), COALESCE(ref, ''), COALESCE(hold_id, 0), "
    "expires_at FROM transfer WHERE key_hi = $1 AND key_lo = $2";
constexpr std::string_view kWrite =
    "INSERT INTO transfer (id, kind, key, key_hi, key_lo, debit, credit, amount, reason, ref, hold_id, expires_at, "
    "chain_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING";

struct KeyHash { std::int64_t hi, lo; };
KeyHash hash_of(std::string_view key) {
  const auto bytes = hash128(key);
  KeyHash out{};
  std::memcpy(&out.hi, bytes.data(), 8);
  std::memcpy(&out.lo, bytes.data() + 8, 8);
  return out;
}
std::optional<std::int64_t> if_any(std::int64_t v) { return v == 0 ? std::nullopt : std::optional(v); }
std::optional<std::string_view> if_any(std::string_view v) { return v.empty() ? std::nullopt : std::optional(v); }

}  // namespace

Result<Pair> take_pair(Tx& tx, AccountId from, AccountId to) {
  Pair pair;
  const auto sql = tx.kind() == store::Kind::postgres ? kPairLocked : kPair;
  TRY(tx.each<AccountState>(sql, [&](AccountState&& row) -> Result<> {
    (row.id == from ? pair.from : pair.to) = std::move(row);
    return {};
  }, from, to));
  if (!pair.from.id) return fail(Errc::not_found, "ledger.no_account", to_text(from));
  if (!pair.to.id) return fail(Errc::not_found, "ledger.no_account", to_text(to));
  return pair;
}

Result<> change(Tx& tx, AccountId account, const Delta& delta) {
  TRY(const auto rows, tx.exec(kChange, account, delta.posted, delta.out, delta.in));
  CHECK(rows == 1);
  return {};
}

Result<std::optional<TransferRow>> find_transfer(Tx& tx, std::string_view key) {
  const auto hash = hash_of(key);
  return tx.maybe<TransferRow>(kFind, hash.hi, hash.lo);
}

Result<std::int64_t> write_transfer(Tx& tx, const Transfer& t, const Detail& d) {
  const auto hash = hash_of(t.key);
  const auto id = tx.next_number();
  TRY(const auto rows, tx.exec(kWrite, id, static_cast<std::int64_t>(d.kind), t.key, hash.hi, hash.lo, t.from, t.to,
                               t.amount, if_any(t.reason), if_any(t.ref), if_any(d.hold_id), d.expires,
                               if_any(d.chain_id), tx.now()));
  if (rows == 0) return fail(Errc::conflict, "ledger.key_reused", std::string(t.key));
  return id;
}

Result<AccountState> after_delta(AccountState s, const Delta& d) {
  const bool over = __builtin_add_overflow(s.posted, d.posted, &s.posted) ||
                    __builtin_add_overflow(s.pending_out, d.out, &s.pending_out) ||
                    __builtin_add_overflow(s.pending_in, d.in, &s.pending_in);
  std::int64_t available = 0;
  if (over || __builtin_sub_overflow(s.posted, s.pending_out, &available))
    return fail(Errc::invalid, "ledger.amount", "a balance would run over");
  return s;
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
