#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ledger/ledger.h"
#include "tests/support/world.h"

namespace koi::ledger {
namespace {

using testing::outcome;
using testing::World;

struct LedgerWorld : World {
  LedgerWorld() : World({store::schema(), events::schema(), ledger::schema()}) {}
  AccountId open(const std::string& code, std::uint32_t flags = kNoOverdraft, std::int64_t limit = 0,
                 const std::string& unit = "CNY") {
    return write([&](Tx& tx) {
      return open_account(tx, {.code = code, .unit = unit, .flags = flags, .limit = limit});
    }).value();
  }
  std::string move(const std::string& key, AccountId from, AccountId to, std::int64_t amount) {
    return outcome(write([&](Tx& tx) { return transfer(tx, {.key = key, .from = from, .to = to, .amount = amount}); }));
  }
  std::string held(const std::string& key, AccountId from, AccountId to, std::int64_t amount,
                   std::optional<Instant> expires = {}) {
    return outcome(write([&](Tx& tx) {
      return hold(tx, {.key = key, .from = from, .to = to, .amount = amount}, expires);
    }));
  }
  std::string posted(const std::string& held_key, const std::string& key, std::int64_t amount = 0) {
    return outcome(write([&](Tx& tx) { return post(tx, held_key, key, amount); }));
  }
  std::string voided(const std::string& held_key, const std::string& key) {
    return outcome(write([&](Tx& tx) { return void_hold(tx, held_key, key); }));
  }
  /// "posted/out/in".
  std::string stands(AccountId account) {
    const auto b = read([&](Tx& tx) { return balance(tx, account); }).value();
    return std::to_string(b.posted) + "/" + std::to_string(b.pending_out) + "/" + std::to_string(b.pending_in);
  }
  std::string verified() {
    const auto found = read([](Tx& tx) { return verify(tx); });
    if (!found) return found.error().code;
    return found->empty() ? "clean" : found->front().what;
  }
};

TEST(OpenAccount, IsRepeatSafeByCode) {
  LedgerWorld w;
  const auto account = w.open("stock");
  EXPECT_EQ(w.open("stock"), account);
  const auto differs = [&](OpenAccount cmd) { return outcome(w.write([&](Tx& tx) { return open_account(tx, cmd); })); };
  EXPECT_EQ(differs({.code = "stock", .unit = "points"}), "ledger.account_differs");
  EXPECT_EQ(differs({.code = "stock", .unit = "CNY", .flags = kPlain}), "ledger.account_differs");
  EXPECT_EQ(differs({.code = "", .unit = "CNY"}), "ledger.no_code");
  EXPECT_EQ(outcome(w.write([](Tx& tx) { return close_account(tx, {1}); })), "ledger.no_account");
  EXPECT_EQ(outcome(w.read([](Tx& tx) { return balance(tx, {1}); })), "ledger.no_account");
}

TEST(Transfer, RefusesWhatTheRulesRefuse) {
  LedgerWorld w;
  const auto source = w.open("source", kPlain), a = w.open("a"), b = w.open("b"), credit = w.open("c", kCreditLimit, 30);
  const auto points = w.open("p", kPlain, 0, "points:1"), closed = w.open("closed");
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return close_account(tx, closed); })), "ok");
  struct { const char* key; AccountId from, to; std::int64_t amount; const char* want; } const rows[] = {
      {"1", source, a, 100, "ok"},          {"1", source, a, 100, "ok"},  // a repeat
      {"1", source, a, 99, "ledger.key_reused"}, {"1", source, b, 100, "ledger.key_reused"},
      {"2", a, b, 101, "ledger.short"},     {"2", a, b, 100, "ok"},       // a refused key may be used
      {"3", a, b, 1, "ledger.short"},       {"4", b, b, 1, "ledger.same_account"},
      {"5", b, a, 0, "ledger.amount"},      {"6", b, a, -5, "ledger.amount"},
      {"7", b, points, 1, "ledger.unit_mismatch"}, {"8", b, closed, 1, "ledger.closed"},
      {"9", closed, b, 1, "ledger.closed"}, {"10", credit, b, 31, "ledger.short"},
      {"10", credit, b, 30, "ok"},          {"11", credit, b, 1, "ledger.short"},
      {"12", b, {77}, 1, "ledger.no_account"}, {"13", source, a, INT64_MAX - 100, "ok"},
      {"14", source, a, INT64_MAX, "ledger.amount"},
  };
  for (const auto& r : rows) EXPECT_EQ(w.move(r.key, r.from, r.to, r.amount), r.want) << r.key << " " << r.amount;
  EXPECT_EQ(w.stands(b), "130/0/0");
  EXPECT_EQ(w.stands(credit), "-30/0/0");
  EXPECT_EQ(w.count("transfer"), 4);
  EXPECT_EQ(w.verified(), "clean");
}

TEST(TransferChain, IsAllOrNothingAndLaterOnesSeeEarlierOnes) {
  LedgerWorld w;
  const auto source = w.open("source", kPlain), a = w.open("a"), b = w.open("b");
  const auto chain = [&](std::vector<Transfer> steps) {
    return outcome(w.write([&](Tx& tx) -> Result<> {
      auto done = transfer_chain(tx, steps);
      TRY(transfer(tx, {.key = "beside:" + std::string(steps[0].key), .from = source, .to = b, .amount = 1}));
      return done ? Result<>{} : fail(Errc::exhausted, done.error().code);
    }));
  };
  EXPECT_EQ(chain({{"1", source, a, 10}, {"2", a, b, 10}}), "ok");
  EXPECT_EQ(w.stands(a), "0/0/0");
  EXPECT_EQ(chain({{"3", source, a, 10}, {"4", a, b, 11}}), "ledger.short");
  EXPECT_EQ(w.stands(a), "0/0/0");
  EXPECT_EQ(chain({{"1", source, a, 10}, {"2", a, b, 10}}), "ok");  // again
  EXPECT_EQ(w.stands(b), "11/0/0");
  EXPECT_EQ(w.verified(), "clean");
  // A caller may go on after a refused chain: nothing of it stays.
  EXPECT_EQ(outcome(w.write([&](Tx& tx) -> Result<> {
    const std::vector<Transfer> steps{{"5", source, a, 10}, {"6", a, b, 11}};
    EXPECT_EQ(outcome(transfer_chain(tx, steps)), "ledger.short");
    return transfer(tx, {.key = "7", .from = source, .to = b, .amount = 1});
  })), "ok");
  EXPECT_EQ(w.stands(a), "0/0/0");
  EXPECT_EQ(w.stands(b), "12/0/0");
  EXPECT_EQ(w.verified(), "clean");
}

TEST(Hold, IsPostedVoidedOrExpiredOnce) {
  LedgerWorld w;
  w.set_now_ms(1'700'000'000'000);
  const auto source = w.open("source", kPlain), a = w.open("a"), b = w.open("b");
  ASSERT_EQ(w.move("fill", source, a, 100), "ok");
  EXPECT_EQ(w.held("h1", a, b, 60), "ok");
  EXPECT_EQ(w.held("h1", a, b, 60), "ok");
  EXPECT_EQ(w.stands(a), "100/60/0");
  EXPECT_EQ(w.stands(b), "0/0/60");
  EXPECT_EQ(w.held("h2", a, b, 41), "ledger.short");
  EXPECT_EQ(w.move("m", a, b, 41), "ledger.short");
  EXPECT_EQ(w.posted("h1", "p1", 61), "ledger.amount");
  EXPECT_EQ(w.posted("none", "p1"), "ledger.no_hold");
  EXPECT_EQ(w.posted("fill", "p1"), "ledger.no_hold");
  EXPECT_EQ(w.posted("h1", "p1", 25), "ok");
  EXPECT_EQ(w.posted("h1", "p1", 25), "ok");
  EXPECT_EQ(w.posted("h1", "p1", 26), "ledger.key_reused");
  EXPECT_EQ(w.posted("h1", "p2"), "ledger.not_pending");
  EXPECT_EQ(w.voided("h1", "v1"), "ledger.not_pending");
  EXPECT_EQ(w.stands(a), "75/0/0");
  EXPECT_EQ(w.stands(b), "25/0/0");

  EXPECT_EQ(w.held("h3", a, b, 75), "ok");
  EXPECT_EQ(w.voided("h3", "v3"), "ok");
  EXPECT_EQ(w.voided("h3", "v3"), "ok");
  EXPECT_EQ(w.posted("h3", "p3"), "ledger.not_pending");
  EXPECT_EQ(w.stands(a), "75/0/0");

  const auto soon = from_ms(1'700'000'001'000);
  EXPECT_EQ(w.held("h4", a, b, 5, from_ms(1'600'000'000'000)), "ledger.expires_in_past");
  EXPECT_EQ(w.held("h4", a, b, 5, soon), "ok");
  EXPECT_EQ(w.held("h5", a, b, 6, from_ms(1'700'000'002'000)), "ok");
  const auto expire = [&] { return w.write([](Tx& tx) { return expire_holds(tx, 10); }).value(); };
  EXPECT_EQ(expire(), 0);
  w.set_now_ms(1'700'000'001'000);
  EXPECT_EQ(w.posted("h4", "p4"), "ledger.not_pending");  // due, though nobody has swept yet
  EXPECT_EQ(expire(), 1);
  EXPECT_EQ(expire(), 0);
  EXPECT_EQ(w.voided("h4", "v4"), "ledger.not_pending");
  EXPECT_EQ(w.stands(a), "75/6/0");
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return close_account(tx, b); })), "ok");
  EXPECT_EQ(w.posted("h5", "p5"), "ok");  // what was promised before the account closed is kept
  EXPECT_EQ(w.stands(b), "31/0/0");
  EXPECT_EQ(w.verified(), "clean");
}

TEST(Allowance, FollowsItsLimitUpAndDown) {
  LedgerWorld w;
  const auto sink = w.open("claims", kPlain, 0, "claim");
  const auto available = [&](std::int64_t limit) {
    const auto account = w.write([&](Tx& tx) { return allowance(tx, "person:7", "claim", limit); }).value();
    return w.read([&](Tx& tx) { return balance(tx, account); })->available();
  };
  EXPECT_EQ(available(3), 3);
  EXPECT_EQ(available(3), 3);
  const auto mine = w.write([&](Tx& tx) { return allowance(tx, "person:7", "claim", 3); }).value();
  EXPECT_EQ(w.move("use1", mine, sink, 2), "ok");
  EXPECT_EQ(available(5), 3);
  EXPECT_EQ(available(2), 0);
  EXPECT_EQ(available(1), 0);  // two are used already
  EXPECT_EQ(w.move("use2", mine, sink, 1), "ledger.short");
  EXPECT_EQ(available(4), 2);
  EXPECT_EQ(available(0), 0);
  EXPECT_EQ(w.verified(), "clean");
}

TEST(Verify, FindsABalanceThatNobodyMoved) {
  LedgerWorld w;
  const auto source = w.open("source", kPlain), a = w.open("a");
  ASSERT_EQ(w.move("1", source, a, 10), "ok");
  ASSERT_EQ(w.verified(), "clean");
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return tx.exec("UPDATE account SET posted = posted + 1 WHERE id = $1", a); })), "ok");
  EXPECT_NE(w.verified().find("stands at 11 / 0 / 0, replay gives 10 / 0 / 0"), std::string::npos);
}

TEST(Statements, ShowAccountsEntriesAndATrialBalanceOfZero) {
  LedgerWorld w;
  const auto source = w.open("shop:1:source", kPlain), a = w.open("shop:1:a"), b = w.open("shop:2:b");
  w.open("points", kPlain, 0, "points:1");
  ASSERT_EQ(w.move("1", source, a, 100), "ok");
  ASSERT_EQ(w.move("2", a, b, 30), "ok");
  ASSERT_EQ(w.held("3", a, b, 20), "ok");
  ASSERT_EQ(w.posted("3", "4", 15), "ok");
  const auto list = w.read([](Tx& tx) { return accounts(tx, {.unit = "CNY", .code_prefix = "shop:1:"}); }).value();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].code, "shop:1:a");
  EXPECT_EQ(list[0].posted, 55);
  EXPECT_EQ(w.read([](Tx& tx) { return accounts(tx, {.after_code = "shop:1:a", .limit = 1}); })->front().code, "shop:1:source");
  std::vector<std::string> got;
  std::int64_t before = 0;
  for (int page = 0; page < 4; ++page) {
    const auto rows = w.read([&](Tx& tx) { return entries(tx, a, before, 1); }).value();
    ASSERT_EQ(rows.size(), 1u);
    got.push_back(rows[0].key + " " + rows[0].kind + " " + std::to_string(rows[0].amount));
    before = rows[0].id;
  }
  EXPECT_EQ(got, (std::vector<std::string>{"4 post -15", "3 hold -20", "2 move -30", "1 move 100"}));
  EXPECT_TRUE(w.read([&](Tx& tx) { return entries(tx, a, before, 1); }).value().empty());
  const auto trial = w.read([](Tx& tx) { return trial_balance(tx); }).value();
  ASSERT_EQ(trial.size(), 2u);
  EXPECT_EQ(trial[0].unit, "CNY");
  EXPECT_EQ(trial[0].accounts, 3);
  EXPECT_EQ(trial[0].credits, 100);
  EXPECT_EQ(trial[0].credits + trial[0].debits, 0);
}

TEST(Balance, IsReadAsCommittedByOthersAndAsItStandsByTheOperation) {
  LedgerWorld w;
  const auto source = w.open("source", kPlain), a = w.open("a");
  ASSERT_EQ(w.move("1", source, a, 10), "ok");
  EXPECT_EQ(outcome(w.write([&](Tx& tx) -> Result<> {
    TRY(transfer(tx, {.key = "2", .from = source, .to = a, .amount = 5}));
    TRY(const auto mine, balance(tx, a));
    EXPECT_EQ(mine.posted, 15);
    std::jthread([&] { EXPECT_EQ(w.stands(a), "10/0/0"); }).join();  // somebody else looks meanwhile
    return fail(Errc::invalid, "test.undo");
  })), "test.undo");
  EXPECT_EQ(w.stands(a), "10/0/0");
  EXPECT_EQ(outcome(w.write([&](Tx& tx) -> Result<> {
    TRY(const auto fresh, open_account(tx, {.code = "fresh", .unit = "CNY"}));
    TRY(transfer(tx, {.key = "3", .from = source, .to = fresh, .amount = 5}));
    return fail(Errc::invalid, "test.undo");
  })), "test.undo");
  const auto fresh = w.open("fresh");
  EXPECT_EQ(w.stands(fresh), "0/0/0");
  EXPECT_EQ(w.verified(), "clean");
}

TEST(Race, ExactlyAsManyHoldsSucceedAsThereIsStock) {
  LedgerWorld w;
  constexpr int kStock = 100, kThreads = 8, kTries = 40;
  const auto source = w.open("source", kPlain), stock = w.open("stock"), sold = w.open("sold", kPlain);
  ASSERT_EQ(w.move("fill", source, stock, kStock), "ok");
  std::atomic<int> won = 0, lost = 0, other = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTries; ++i) {
        const auto key = std::to_string(t) + ":" + std::to_string(i);
        const auto got = outcome(w.db().write(
            [&](Tx& tx) { return hold(tx, {.key = key, .from = stock, .to = sold, .amount = 1}, {}, "sold_out"); },
            ShardKey{static_cast<std::uint64_t>(t)}));
        ++(got == "ok" ? won : got == "sold_out" ? lost : other);
      }
    });
  threads.clear();
  EXPECT_EQ(won, kStock);
  EXPECT_EQ(lost, kThreads * kTries - kStock);
  EXPECT_EQ(other, 0);
  EXPECT_EQ(w.stands(stock), "100/100/0");
  EXPECT_EQ(w.verified(), "clean");
}

}  // namespace
}  // namespace koi::ledger
