#include <algorithm>
#include <cstdlib>

#include "ledger/book.h"
#include "store/rows.h"

namespace koi::ledger {

namespace {

struct Opened { AccountId id; std::string unit; std::int64_t flags, floor_limit, granted; };
BOOST_DESCRIBE_STRUCT(Opened, (), (id, unit, flags, floor_limit, granted))

constexpr std::string_view kByCode = "SELECT id, unit, flags, floor_limit, granted FROM account WHERE code = $1";
constexpr std::string_view kOpen =
    "INSERT INTO account (id, code, unit, flags, floor_limit, granted, kind, owner, posted, pending_out, pending_in, "
    "as_of, opened_at) VALUES ($1, $2, $3, $4, $5, 0, $6, $7, 0, 0, 0, $8, $9) ON CONFLICT DO NOTHING";
constexpr std::string_view kClose =
    "UPDATE account SET flags = flags + 4 WHERE id = $1 AND (flags / 4) % 2 = 0 RETURNING flags";
constexpr std::string_view kExists = "SELECT id FROM account WHERE id = $1";
constexpr std::string_view kBalance = "SELECT posted, pending_out, pending_in FROM account WHERE id = $1";
constexpr std::string_view kGrant = "UPDATE account SET granted = granted + $2 WHERE id = $1";

Result<Opened> open(Tx& tx, const OpenAccount& c) {
  TRY(const auto had, tx.maybe<Opened>(kByCode, c.code));
  if (had) return *had;
  // Another writer may have opened it since: then the row is there and the second look finds it.
  const auto id = tx.next_id<AccountId>();
  TRY(auto* book, Book::of(tx));
  const std::int64_t as_of = book != nullptr ? 0 : INT64_MAX;
  TRY(tx.exec(kOpen, id, c.code, c.unit, c.flags, c.limit, c.kind, c.owner, as_of, tx.now()));
  if (book != nullptr) book->opened(tx, id);
  return tx.one<Opened>(kByCode, c.code);
}

}  // namespace

Result<AccountId> open_account(Tx& tx, const OpenAccount& c) {
  if (c.code.empty() || c.unit.empty()) return fail(Errc::invalid, "ledger.no_code");
  TRY(const auto account, open(tx, c));
  const auto flags = account.flags & ~static_cast<std::int64_t>(kClosed);
  if (account.unit != c.unit || flags != c.flags || account.floor_limit != c.limit)
    return fail(Errc::conflict, "ledger.account_differs", std::string(c.code));
  return account.id;
}

Result<> close_account(Tx& tx, AccountId account) {
  TRY(const auto flags, tx.maybe<std::int64_t>(kClose, account));
  if (!flags) {
    TRY(const auto there, tx.maybe<AccountId>(kExists, account));
    return there ? Result<>{} : fail(Errc::not_found, "ledger.no_account", to_text(account));
  }
  TRY(auto* book, Book::of(tx));
  return book != nullptr ? book->set_flags(tx, account, *flags) : Result<>{};
}

Result<Balance> balance(Tx& tx, AccountId account) {
  TRY(auto* book, Book::of(tx));
  if (book != nullptr) return book->balance(tx, account);
  TRY(const auto found, tx.maybe<Balance>(kBalance, account));
  if (!found) return fail(Errc::not_found, "ledger.no_account", to_text(account));
  return *found;
}

Result<AccountId> allowance(Tx& tx, std::string_view code, std::string_view unit, std::int64_t limit, bool* whole) {
  if (limit < 0) return fail(Errc::invalid, "ledger.amount");
  if (whole != nullptr) *whole = true;
  TRY(const auto mine, open(tx, {.code = code, .unit = unit, .kind = "allowance"}));
  if (mine.unit != unit) return fail(Errc::conflict, "ledger.account_differs", std::string(code));
  if (mine.granted == limit) return mine.id;
  TRY(const auto source, open_account(tx, {.code = "allowance:" + std::string(unit), .unit = unit, .flags = kPlain,
                                           .kind = "allowance_source"}));
  // What is used already cannot be taken back: a lowered limit takes what is left.
  TRY(const auto pair, take_pair(tx, source, mine.id));
  const auto wanted = limit - mine.granted;
  const auto moved = std::max(wanted, -std::max<std::int64_t>(0, pair.to->posted - pair.to->pending_out));
  if (whole != nullptr) *whole = moved == wanted;
  if (moved == 0) return mine.id;
  const auto key = "allowance:" + std::to_string(mine.id.v) + ":" + std::to_string(tx.next_number());
  TRY(transfer(tx, {.key = key,
                    .from = moved > 0 ? source : mine.id,
                    .to = moved > 0 ? mine.id : source,
                    .amount = std::abs(moved),
                    .reason = "allowance"}));
  TRY(tx.exec(kGrant, mine.id, moved));
  return mine.id;
}

}  // namespace koi::ledger
