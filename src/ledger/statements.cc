// Reading the books: accounts, what moved on one of them, and the sum of all.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "ledger/book.h"
#include "store/rows.h"

namespace koi::ledger {

BOOST_DESCRIBE_STRUCT(AccountView, (),
                      (id, code, unit, kind, owner, flags, floor_limit, posted, pending_out, pending_in, opened_at))

namespace {

constexpr std::string_view kAccounts =
    "SELECT id, code, unit, kind, owner, flags, floor_limit, posted, pending_out, pending_in, opened_at FROM account "
    "WHERE code > $1 AND code >= $2 AND substr(code, 1, CAST($3 AS INTEGER)) = $2 AND "
    "(CAST($4 AS TEXT) = '' OR unit = $4) ORDER BY code LIMIT $5";
constexpr std::string_view kAccount =
    "SELECT id, code, unit, kind, owner, flags, floor_limit, posted, pending_out, pending_in, opened_at FROM account "
    "WHERE id = $1";
constexpr std::string_view kAccountOfCode =
    "SELECT id, code, unit, kind, owner, flags, floor_limit, posted, pending_out, pending_in, opened_at FROM account "
    "WHERE code = $1";
// Two indexed walks, merged here: an OR would make the planner read everything.
constexpr std::string_view kGiven =
    "SELECT id, kind, key, credit, -amount, COALESCE(reason, ''), COALESCE(ref, ''), at FROM transfer "
    "WHERE debit = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
constexpr std::string_view kTaken =
    "SELECT id, kind, key, debit, amount, COALESCE(reason, ''), COALESCE(ref, ''), at FROM transfer "
    "WHERE credit = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
constexpr std::string_view kAll =
    "SELECT id, unit, flags, floor_limit, posted, pending_out, pending_in, as_of FROM account ORDER BY id";

constexpr std::string_view kOne =
    "SELECT id, kind, key, CASE WHEN debit = $1 THEN credit ELSE debit END, "
    "CASE WHEN debit = $1 THEN -amount ELSE amount END, COALESCE(reason, ''), COALESCE(ref, ''), at FROM transfer "
    "WHERE id = $2";

constexpr int kPageMax = 500;
constexpr std::string_view kKindNames[] = {"move", "hold", "post", "void", "expire"};

Entry read_entry(const store::Statement& s) {
  return {.id = s.integer(0),
          .kind = std::string(kKindNames[static_cast<std::size_t>(std::clamp<std::int64_t>(s.integer(1), 0, 4))]),
          .key = std::string(s.text(2)),
          .other = {s.integer(3)},
          .amount = s.integer(4),
          .reason = std::string(s.text(5)),
          .ref = std::string(s.text(6)),
          .at = from_ms(s.integer(7))};
}

/// The books as they stand: rows of a SQLite store lag behind the balances in memory.
template <class Row>
Result<> bring_up(Tx& tx, Book* book, Row& row) {
  if (book == nullptr) return {};
  TRY(const auto now, book->balance(tx, row.id));
  row.posted = now.posted;
  row.pending_out = now.pending_out;
  row.pending_in = now.pending_in;
  return {};
}

/// Ids of an account's transfers before `before`, newest first.
Result<std::vector<Entry>> entries_of_book(Tx& tx, Book& book, AccountId account, std::int64_t before, int limit) {
  const std::array owners{account.v};
  events::PlaceQuery query{.owners = owners, .before = {before == 0 ? 1 : 0, before}, .kinds = {},
                           .limit = static_cast<std::size_t>(limit)};
  std::vector<Entry> out;
  for (bool more = true; more && out.size() < query.limit;) {
    TRY(const auto found, book.tail().places(query));
    more = found.size() == query.limit;
    for (const auto& place : found)
      TRY(tx.each_raw(kOne, std::array{store::Param(account), store::Param(place.seq)},
                      [&](const store::Statement& s) -> Result<> {
                        if (out.size() < query.limit) out.push_back(read_entry(s));
                        return {};
                      }));
    if (more) query.before = found.back();
  }
  return out;
}

}  // namespace

Result<std::vector<AccountView>> accounts(Tx& tx, const AccountFilter& f) {
  TRY(auto* book, Book::of(tx));
  TRY(auto rows, tx.all<AccountView>(kAccounts, f.after_code, f.code_prefix, count_chars(f.code_prefix), f.unit,
                                     std::clamp(f.limit, 1, kPageMax)));
  for (auto& row : rows) TRY(bring_up(tx, book, row));
  return rows;
}

Result<AccountView> account(Tx& tx, AccountId id) {
  TRY(auto* book, Book::of(tx));
  TRY(auto found, tx.maybe<AccountView>(kAccount, id));
  if (!found) return fail(Errc::not_found, "ledger.no_account", to_text(id));
  TRY(bring_up(tx, book, *found));
  return std::move(*found);
}

Result<std::optional<AccountView>> find_account(Tx& tx, std::string_view code) {
  TRY(auto* book, Book::of(tx));
  TRY(auto found, tx.maybe<AccountView>(kAccountOfCode, code));
  if (found) TRY(bring_up(tx, book, *found));
  return found;
}

Result<std::vector<Entry>> entries(Tx& tx, AccountId account, std::int64_t before, int limit) {
  const auto wanted = std::clamp(limit, 1, kPageMax);
  TRY(auto* book, Book::of(tx));
  if (book != nullptr) return entries_of_book(tx, *book, account, before, wanted);
  const std::array params{store::Param(account), store::Param(before == 0 ? INT64_MAX : before), store::Param(wanted)};
  std::vector<Entry> out;
  for (const auto sql : {kGiven, kTaken})
    TRY(tx.each_raw(sql, params, [&](const store::Statement& s) -> Result<> {
      out.push_back(read_entry(s));
      return {};
    }));
  std::ranges::sort(out, std::greater{}, &Entry::id);
  if (out.size() > static_cast<std::size_t>(wanted)) out.resize(static_cast<std::size_t>(wanted));
  return out;
}

Result<std::vector<TrialLine>> trial_balance(Tx& tx) {
  TRY(auto* book, Book::of(tx));
  std::map<std::string, TrialLine> lines;
  TRY(tx.each<AccountState>(kAll, [&](AccountState&& row) -> Result<> {
    TRY(bring_up(tx, book, row));
    auto& line = lines[row.unit];
    ++line.accounts;
    (row.posted > 0 ? line.credits : line.debits) += row.posted;
    line.pending += row.pending_in;
    return {};
  }));
  std::vector<TrialLine> out;
  for (auto& [unit, line] : lines) {
    line.unit = unit;
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace koi::ledger
