// Reading the books: accounts, what moved on one of them, and the sum of all.
#include <algorithm>

#include "base/text.h"
#include "ledger/desk.h"
#include "store/rows.h"

namespace koi::ledger {

BOOST_DESCRIBE_STRUCT(AccountView, (),
                      (id, code, unit, kind, owner, flags, floor_limit, posted, pending_out, pending_in, opened_at))
BOOST_DESCRIBE_STRUCT(TrialLine, (), (unit, accounts, credits, debits, pending))

namespace {

constexpr std::string_view kAccounts =
    "SELECT id, code, unit, kind, owner, flags, floor_limit, posted, pending_out, pending_in, opened_at FROM account "
    "WHERE code > $1 AND code >= $2 AND substr(code, 1, CAST($3 AS INTEGER)) = $2 AND "
    "(CAST($4 AS TEXT) = '' OR unit = $4) ORDER BY code LIMIT $5";
constexpr std::string_view kAccount =
    "SELECT id, code, unit, kind, owner, flags, floor_limit, posted, pending_out, pending_in, opened_at FROM account "
    "WHERE id = $1";
// Two indexed walks, merged here: an OR would make the planner read everything.
constexpr std::string_view kGiven =
    "SELECT id, kind, key, credit, -amount, COALESCE(reason, ''), COALESCE(ref, ''), at FROM transfer "
    "WHERE debit = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
constexpr std::string_view kTaken =
    "SELECT id, kind, key, debit, amount, COALESCE(reason, ''), COALESCE(ref, ''), at FROM transfer "
    "WHERE credit = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
constexpr std::string_view kTrial =
    "SELECT unit, COUNT(*), CAST(SUM(CASE WHEN posted > 0 THEN posted ELSE 0 END) AS BIGINT), "
    "CAST(SUM(CASE WHEN posted < 0 THEN posted ELSE 0 END) AS BIGINT), CAST(SUM(pending_in) AS BIGINT) FROM account "
    "GROUP BY unit ORDER BY unit";

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

}  // namespace

Result<std::vector<AccountView>> accounts(Tx& tx, const AccountFilter& f) {
  return tx.all<AccountView>(kAccounts, f.after_code, f.code_prefix, count_chars(f.code_prefix), f.unit,
                             std::clamp(f.limit, 1, kPageMax));
}

Result<AccountView> account(Tx& tx, AccountId id) {
  TRY(auto found, tx.maybe<AccountView>(kAccount, id));
  if (!found) return fail(Errc::not_found, "ledger.no_account", to_text(id));
  return std::move(*found);
}

Result<std::vector<Entry>> entries(Tx& tx, AccountId account, std::int64_t before, int limit) {
  const auto wanted = std::clamp(limit, 1, kPageMax);
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

Result<std::vector<TrialLine>> trial_balance(Tx& tx) { return tx.all<TrialLine>(kTrial); }

}  // namespace koi::ledger
