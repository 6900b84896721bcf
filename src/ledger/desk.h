/// The shared bench of this room's operations: accounts taken together, judged, changed, and the row that says why.
#pragma once
#include <array>
#include <boost/describe.hpp>
#include <memory>

#include "ledger/ledger.h"

namespace koi::ledger {

BOOST_DESCRIBE_STRUCT(Balance, (), (posted, pending_out, pending_in))

struct Delta { std::int64_t posted = 0, out = 0, in = 0; };

enum class TransferKind : std::int64_t { move = 0, hold = 1, post = 2, void_ = 3, expire = 4 };

struct AccountState {
  AccountId id;
  std::string unit;
  std::int64_t flags = 0, floor_limit = 0, posted = 0, pending_out = 0, pending_in = 0, as_of = 0;
  bool closed() const { return (flags & kClosed) != 0; }
  /// Whether the account may stand as it does.
  bool fits() const {
    const auto available = posted - pending_out;
    if ((flags & kNoOverdraft) != 0) return available >= 0;
    return (flags & kCreditLimit) == 0 || available >= -floor_limit;
  }
  /// Whether the account may stand `delta` away; invalid "ledger.amount" when a number would run over.
  Result<bool> fits_after(const Delta& delta) const;
};
BOOST_DESCRIBE_STRUCT(AccountState, (), (id, unit, flags, floor_limit, posted, pending_out, pending_in, as_of))

struct Deltas { Delta from, to; };
/// What a transfer of this kind does to its two accounts; `held` is the whole of the hold it settles.
Deltas deltas_of(TransferKind kind, std::int64_t amount, std::int64_t held = 0);

/// A row of the transfer table.
struct TransferRow {
  std::int64_t id = 0, kind = 0;
  std::string key;
  AccountId debit, credit;
  std::int64_t amount = 0;
  std::string reason, ref;
  std::int64_t hold_id = 0;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(TransferRow, (), (id, kind, key, debit, credit, amount, reason, ref, hold_id, expires_at))

/// What is written beside a Transfer.
struct Detail {
  TransferKind kind = TransferKind::move;
  std::int64_t hold_id = 0, chain_id = 0;
  std::optional<Instant> expires = {};
};

/// Two accounts where they are kept: in the book, or in rows of the pair's own. Good until the operation ends.
struct Pair {
  AccountState *from = nullptr, *to = nullptr;
  std::unique_ptr<std::array<AccountState, 2>> rows = {};
};
/// Both accounts, kept from other writers until the transaction ends. not_found "ledger.no_account".
Result<Pair> take_pair(Tx& tx, AccountId from, AccountId to);
/// Changes both accounts; the last thing an operation does.
Result<> change_pair(Tx& tx, const Pair& pair, const Deltas& deltas);
Result<std::optional<TransferRow>> find_transfer(Tx& tx, std::string_view key);
/// Writes the row and returns its id; conflict "ledger.key_reused" when another writer was faster with this key.
Result<std::int64_t> write_transfer(Tx& tx, const Transfer& t, const Detail& detail);

/// Whether the row says the same as the command would.
bool same(const TransferRow& row, const Transfer& t, TransferKind kind);
Result<> repeat_of(const TransferRow& row, bool same_content);

}  // namespace koi::ledger
