#include <boost/describe.hpp>
#include <map>

#include "http/wire.h"
#include "ledger/ledger.h"

namespace koi::ledger {

namespace {

struct AccountsQuery { std::optional<std::int64_t> limit; std::optional<std::string> after, unit, code; };
BOOST_DESCRIBE_STRUCT(AccountsQuery, (), (limit, after, unit, code))
struct EntriesQuery { std::optional<std::int64_t> limit; std::optional<std::string> after; };
BOOST_DESCRIBE_STRUCT(EntriesQuery, (), (limit, after))

struct AccountShape {
  AccountId id;
  std::string code, unit, kind, owner;
  std::int64_t posted = 0, pending_out = 0, pending_in = 0, available = 0;
  bool closed = false;
  Instant opened_at;
};
BOOST_DESCRIBE_STRUCT(AccountShape, (),
                      (id, code, unit, kind, owner, posted, pending_out, pending_in, available, closed, opened_at))
struct EntryShape {
  std::string kind, key;
  AccountId other_account_id;
  std::string other_code;
  std::int64_t amount = 0;
  std::string reason, ref;
  Instant at;
};
BOOST_DESCRIBE_STRUCT(EntryShape, (), (kind, key, other_account_id, other_code, amount, reason, ref, at))
struct TrialShape { std::string unit; std::int64_t accounts = 0, credits = 0, debits = 0, sum = 0, pending = 0; };
BOOST_DESCRIBE_STRUCT(TrialShape, (), (unit, accounts, credits, debits, sum, pending))
struct TrialReply { std::vector<TrialShape> data; Instant as_of; };
BOOST_DESCRIBE_STRUCT(TrialReply, (), (data, as_of))

AccountShape shape_of(const AccountView& a) {
  return {a.id,         a.code,         a.unit,       a.kind,                   a.owner,
          a.posted,     a.pending_out,  a.pending_in, a.posted - a.pending_out, (a.flags & kClosed) != 0,
          a.opened_at};
}

/// The cursor of the account list is the last code, which is no secret.
Result<Answer> get_accounts(Call& call) {
  TRY(const auto query, call.query<AccountsQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  return call.read([query, limit](Tx& tx) -> Result<Reply> {
    const auto unit = query.unit.value_or(""), code = query.code.value_or(""), after = query.after.value_or("");
    TRY(auto rows, accounts(tx, {.unit = unit, .code_prefix = code, .after_code = after, .limit = limit + 1}));
    http::Page<AccountShape> page{{}, {}, tx.now()};
    const bool more = rows.size() > static_cast<std::size_t>(limit);
    if (more) rows.pop_back();
    if (more) page.next = rows.back().code;
    for (const auto& row : rows) page.data.push_back(shape_of(row));
    return http::ok(page);
  });
}

Result<Answer> get_account(Call& call) {
  TRY(const auto id, call.path<AccountId>("account"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto found, account(tx, id));
    return http::ok(shape_of(found));
  });
}

Result<Answer> get_entries(Call& call) {
  TRY(const auto id, call.path<AccountId>("account"));
  TRY(const auto query, call.query<EntriesQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  std::int64_t before = 0;
  if (query.after) {
    TRY(const auto place, http::decode_cursor(*query.after, 1));
    before = place.front();
  }
  return call.read([id, limit, before](Tx& tx) -> Result<Reply> {
    TRY(account(tx, id));
    TRY(auto rows, entries(tx, id, before, limit + 1));
    http::Page<EntryShape> page{{}, {}, tx.now()};
    const bool more = rows.size() > static_cast<std::size_t>(limit);
    if (more) rows.pop_back();
    if (more) page.next = http::encode_cursor({rows.back().id});
    std::map<AccountId, std::string> codes;  // a page has few other sides
    for (auto& r : rows) {
      auto [code, fresh] = codes.try_emplace(r.other);
      if (fresh) {
        TRY(const auto other, account(tx, r.other));
        code->second = other.code;
      }
      page.data.push_back({r.kind, r.key, r.other, code->second, r.amount, r.reason, r.ref, r.at});
    }
    return http::ok(page);
  });
}

Result<Answer> get_trial_balance(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(const auto lines, trial_balance(tx));
    TrialReply reply{{}, tx.now()};
    for (const auto& l : lines)
      reply.data.push_back({l.unit, l.accounts, l.credits, l.debits, l.credits + l.debits, l.pending});
    return http::ok(reply);
  });
}

using http::None;
constexpr Route kLedgerRoutes[] = {
    http::route<AccountsQuery, None, http::Page<AccountShape>>("GET", "/v1/ledger/accounts", "ledger.read", get_accounts,
                                                               "账户列表", "Ledger accounts"),
    http::route<None, None, AccountShape>("GET", "/v1/ledger/accounts/{account}", "ledger.read", get_account, "账户",
                                          "A ledger account"),
    http::route<EntriesQuery, None, http::Page<EntryShape>>("GET", "/v1/ledger/accounts/{account}/entries",
                                                            "ledger.read", get_entries, "账户流水",
                                                            "What moved on an account"),
    http::route<None, None, TrialReply>("GET", "/v1/ledger/trial-balance", "ledger.read", get_trial_balance, "试算平衡",
                                        "Trial balance"),
};

}  // namespace

std::span<const Route> routes() { return kLedgerRoutes; }

}  // namespace koi::ledger
