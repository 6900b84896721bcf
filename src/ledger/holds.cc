#include "ledger/desk.h"
#include "store/rows.h"

namespace koi::ledger {

namespace {

constexpr std::string_view kState = "SELECT state FROM ledger_hold WHERE id = $1";
constexpr std::string_view kSettle = "UPDATE ledger_hold SET state = $2 WHERE id = $1 AND state = 'pending'";
constexpr std::string_view kDue =
    "SELECT t.key FROM ledger_hold h JOIN transfer t ON t.id = h.id WHERE h.state = 'pending' AND h.expires_at <= $1 "
    "ORDER BY h.expires_at, h.id LIMIT $2";

std::string_view state_after(TransferKind kind) {
  if (kind == TransferKind::post) return "posted";
  return kind == TransferKind::void_ ? "voided" : "expired";
}

std::unexpected<Error> not_pending(std::string_view state) {
  auto error = fail(Errc::conflict, "ledger.not_pending", std::string(state));
  error.error().params.emplace_back("state", state);
  return error;
}

/// Ends a hold: `amount` of it is posted, the rest goes back.
Result<> settle(Tx& tx, const TransferRow& held, std::string_view key, TransferKind kind, std::int64_t amount) {
  const Transfer t{.key = key, .from = held.debit, .to = held.credit, .amount = amount};
  TRY(const auto pair, take_pair(tx, t.from, t.to));
  TRY(const auto old, find_transfer(tx, key));
  if (old) return repeat_of(*old, same(*old, t, kind) && old->hold_id == held.id);
  const bool late = kind != TransferKind::expire && held.expires_at && *held.expires_at <= tx.now();
  if (late) return not_pending("expired");
  TRY(const auto taken, tx.exec(kSettle, held.id, state_after(kind)));
  if (taken == 0) {
    TRY(const auto state, tx.one<std::string>(kState, held.id));
    return not_pending(state);
  }
  TRY(write_transfer(tx, t, {.kind = kind, .hold_id = held.id}));
  return change_pair(tx, pair, deltas_of(kind, amount, held.amount));
}

Result<TransferRow> find_hold(Tx& tx, std::string_view key) {
  TRY(auto held, find_transfer(tx, key));
  if (!held || held->kind != static_cast<std::int64_t>(TransferKind::hold))
    return fail(Errc::not_found, "ledger.no_hold", std::string(key));
  return std::move(*held);
}

}  // namespace

Result<> post(Tx& tx, std::string_view held_key, std::string_view key, std::int64_t amount) {
  TRY(const auto held, find_hold(tx, held_key));
  if (amount < 0 || amount > held.amount) return fail(Errc::invalid, "ledger.amount");
  return settle(tx, held, key, TransferKind::post, amount == 0 ? held.amount : amount);
}

Result<> void_hold(Tx& tx, std::string_view held_key, std::string_view key) {
  TRY(const auto held, find_hold(tx, held_key));
  return settle(tx, held, key, TransferKind::void_, held.amount);
}

Result<std::int64_t> expire_holds(Tx& tx, int limit) {
  TRY(const auto due, tx.all<std::string>(kDue, tx.now(), limit));
  std::int64_t expired = 0;
  for (const auto& key : due) {
    TRY(const auto held, find_hold(tx, key));
    TRY(settle(tx, held, "expire:" + std::to_string(held.id), TransferKind::expire, held.amount));
    ++expired;
  }
  return expired;
}

}  // namespace koi::ledger
