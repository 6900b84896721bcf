#include "ledger/desk.h"

namespace koi::ledger {

namespace {

Result<> check_shape(const Transfer& t) {
  if (t.amount <= 0) return fail(Errc::invalid, "ledger.amount");
  if (t.from == t.to) return fail(Errc::invalid, "ledger.same_account");
  return {};
}

/// Whether a new transfer may touch these two at all.
Result<> check_pair(const Pair& pair) {
  if (pair.from->unit != pair.to->unit)
    return fail(Errc::invalid, "ledger.unit_mismatch", pair.from->unit + " / " + pair.to->unit);
  for (const auto* account : {pair.from, pair.to})
    if (account->closed()) return fail(Errc::conflict, "ledger.closed", to_text(account->id));
  return {};
}

/// The id of the row, old or new.
Result<std::int64_t> carry_out(Tx& tx, const Transfer& t, const Detail& detail, std::string_view short_code, bool& fresh) {
  TRY(check_shape(t));
  TRY(const auto pair, take_pair(tx, t.from, t.to));
  // After the accounts are ours: nobody else can be at work on the same key and the same content.
  TRY(const auto old, find_transfer(tx, t.key));
  fresh = !old;
  if (old) {
    TRY(repeat_of(*old, same(*old, t, detail.kind)));
    return old->id;
  }
  TRY(check_pair(pair));
  const auto deltas = deltas_of(detail.kind, t.amount);
  TRY(const bool enough, pair.from->fits_after(deltas.from));
  TRY(pair.to->fits_after(deltas.to));
  if (!enough) return fail(Errc::exhausted, short_code, std::string(t.key));
  TRY(const auto id, write_transfer(tx, t, detail));
  TRY(change_pair(tx, pair, deltas));
  return id;
}

constexpr std::string_view kOpenHold = "INSERT INTO ledger_hold (id, state, expires_at) VALUES ($1, 'pending', $2)";

}  // namespace

Result<> transfer(Tx& tx, const Transfer& t, std::string_view short_code) {
  bool fresh = false;
  TRY(carry_out(tx, t, {}, short_code, fresh));
  return {};
}

Result<> transfer_chain(Tx& tx, std::span<const Transfer> chain, std::string_view short_code) {
  return tx.nested([&]() -> Result<> {
    std::int64_t first = 0;
    for (const auto& t : chain) {
      bool fresh = false;
      TRY(const auto id, carry_out(tx, t, {.chain_id = first}, short_code, fresh));
      if (first == 0) first = id;
    }
    return {};
  });
}

Result<> hold(Tx& tx, const Transfer& t, std::optional<Instant> expires, std::string_view short_code) {
  if (expires && *expires <= tx.now()) return fail(Errc::invalid, "ledger.expires_in_past");
  bool fresh = false;
  TRY(const auto id, carry_out(tx, t, {.kind = TransferKind::hold, .expires = expires}, short_code, fresh));
  if (fresh) TRY(tx.exec(kOpenHold, id, expires));
  return {};
}

}  // namespace koi::ledger
