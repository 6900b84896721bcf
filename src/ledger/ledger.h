/// What is scarce: double-entry accounts and the one way they move.
/// Owns account, transfer. Rows of transfer never change; corrections are new transfers. Source: model.md §12.1.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::ledger {

struct AccountTag { static constexpr std::string_view prefix = "acc"; };
using AccountId = Id<AccountTag>;

enum AccountFlags : std::uint32_t {
  kPlain = 0,
  kNoOverdraft = 1,  // available (posted - pending out) never below 0
  kCreditLimit = 2,  // … never below -limit
  kClosed = 4,       // takes no new transfer
};
struct OpenAccount {
  std::string_view code;   // unique name, "programme:1:issue"; also the repeat key
  std::string_view unit;   // "CNY", "points:1", "coupon:12"
  std::uint32_t flags = kNoOverdraft;
  std::int64_t limit = 0;  // with kCreditLimit
  std::string_view kind = {}, owner = {};
};
/// The account of that code; the same code with another unit or flags is conflict "ledger.account_differs".
Result<AccountId> open_account(Tx& tx, const OpenAccount& cmd);
Result<> close_account(Tx& tx, AccountId account);

struct Balance { std::int64_t posted = 0, pending_out = 0, pending_in = 0; std::int64_t available() const { return posted - pending_out; } };
Result<Balance> balance(Tx& tx, AccountId account);

struct Transfer {
  std::string_view key;  // effect key, unique for ever
  AccountId from, to;
  std::int64_t amount = 0;  // > 0
  std::string_view reason = {};
  std::string_view ref = {};  // what caused it: "order:12"
};
/// Moves amount from -> to at once. Repeat-safe by key; the same key with other content is conflict
/// "ledger.key_reused". exhausted `short_code` when `from` would pass its floor; invalid "ledger.unit_mismatch",
/// "ledger.same_account", "ledger.amount"; conflict "ledger.closed".
Result<> transfer(Tx& tx, const Transfer& t, std::string_view short_code = "ledger.short");
/// All or nothing, in order; later ones see earlier ones.
Result<> transfer_chain(Tx& tx, std::span<const Transfer> chain, std::string_view short_code = "ledger.short");

/// Holds amount: pending on both sides until posted, voided or expired.
Result<> hold(Tx& tx, const Transfer& t, std::optional<Instant> expires, std::string_view short_code = "ledger.short");
/// Posts up to the held amount (0: all); the rest returns. conflict "ledger.not_pending" with the state it is in.
Result<> post(Tx& tx, std::string_view held_key, std::string_view key, std::int64_t amount = 0);
Result<> void_hold(Tx& tx, std::string_view held_key, std::string_view key);
/// Expires holds whose time has come, at most `limit`; returns how many.
Result<std::int64_t> expire_holds(Tx& tx, int limit);

/// An allowance account for (code): holds `limit` units once, tops up or down when the limit changes. A per-person
/// limit, a cap, a quota. `whole` says whether the limit stands as asked for: a lowered one does not while more is in use.
Result<AccountId> allowance(Tx& tx, std::string_view code, std::string_view unit, std::int64_t limit, bool* whole = nullptr);

/// An account as lists show it; `code` order, strictly after `after_code`.
struct AccountView {
  AccountId id;
  std::string code, unit, kind, owner;
  std::int64_t flags = 0, floor_limit = 0, posted = 0, pending_out = 0, pending_in = 0;
  Instant opened_at{};
};
struct AccountFilter { std::string_view unit = {}, code_prefix = {}, after_code = {}; int limit = 50; };
Result<std::vector<AccountView>> accounts(Tx& tx, const AccountFilter& filter);
Result<AccountView> account(Tx& tx, AccountId account);
/// The account of exactly this code, when it was opened.
Result<std::optional<AccountView>> find_account(Tx& tx, std::string_view code);
/// One leg of a transfer as its account sees it: `amount` is negative when it gives. Newest first, before `before`
/// (0: from the newest).
struct Entry {
  std::int64_t id = 0;
  std::string kind;  // move, hold, post, void, expire
  std::string key;
  AccountId other;
  std::int64_t amount = 0;
  std::string reason, ref;
  Instant at{};
};
Result<std::vector<Entry>> entries(Tx& tx, AccountId account, std::int64_t before, int limit);
/// Per unit: what all accounts together hold (0), and the sums of the positive and negative ones.
struct TrialLine { std::string unit; std::int64_t accounts = 0, credits = 0, debits = 0, pending = 0; };
Result<std::vector<TrialLine>> trial_balance(Tx& tx);

struct Discrepancy { std::string what; };
/// Replays every transfer and compares: sums per unit are zero, balances equal, no floor passed.
Result<std::vector<Discrepancy>> verify(Tx& tx);

std::span<const store::Migration> schema();
std::span<const Route> routes();

}  // namespace koi::ledger
