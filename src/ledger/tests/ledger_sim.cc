#include <gtest/gtest.h>

#include <map>
#include <random>

#include "ledger/book.h"
#include "tests/support/world.h"

namespace koi::ledger {
namespace {

using testing::outcome;
using testing::World;

/// The ledger as a few plain maps: written apart from the real one, one rule after the other.
struct PlainLedger {
  struct Account { std::int64_t posted = 0, out = 0, in = 0; bool floor = true, closed = false; };
  struct Held { std::size_t from, to; std::int64_t amount, expires; std::string state = "pending"; };
  std::vector<Account> accounts;
  std::map<std::string, std::string> done;  // key -> content
  std::map<std::string, Held> holds;

  bool short_of(std::size_t from, std::int64_t amount) const {
    const auto& a = accounts[from];
    return a.floor && a.posted - a.out < amount;
  }
  std::string begin(const std::string& key, const std::string& content, std::size_t from, std::size_t to,
                    std::int64_t amount) {
    if (from == to) return "ledger.same_account";
    if (done.contains(key)) return done[key] == content ? "repeat" : "ledger.key_reused";
    if (accounts[from].closed || accounts[to].closed) return "ledger.closed";
    return short_of(from, amount) ? "ledger.short" : "";
  }
  std::string transfer(const std::string& key, std::size_t from, std::size_t to, std::int64_t amount) {
    const auto content = "move " + std::to_string(from) + ">" + std::to_string(to) + " " + std::to_string(amount);
    const auto refusal = begin(key, content, from, to, amount);
    if (refusal == "repeat") return "ok";
    if (!refusal.empty()) return refusal;
    accounts[from].posted -= amount;
    accounts[to].posted += amount;
    done[key] = content;
    return "ok";
  }
  std::string hold(const std::string& key, std::size_t from, std::size_t to, std::int64_t amount, std::int64_t expires) {
    const auto content = "hold " + std::to_string(from) + ">" + std::to_string(to) + " " + std::to_string(amount);
    const auto refusal = begin(key, content, from, to, amount);
    if (refusal == "repeat") return "ok";
    if (!refusal.empty()) return refusal;
    accounts[from].out += amount;
    accounts[to].in += amount;
    holds[key] = {from, to, amount, expires};
    done[key] = content;
    return "ok";
  }
  std::string settle(const std::string& held, const std::string& key, const std::string& what, std::int64_t amount,
                     std::int64_t now) {
    if (!holds.contains(held)) return "ledger.no_hold";
    auto& h = holds[held];
    if (amount > h.amount) return "ledger.amount";
    if (amount == 0) amount = h.amount;
    const auto content = what + " " + held + " " + std::to_string(amount);
    if (done.contains(key)) return done[key] == content ? "ok" : "ledger.key_reused";
    if (h.state != "pending" || h.expires <= now) return "ledger.not_pending";
    finish(h, what == "post" ? amount : 0);
    h.state = what;
    done[key] = content;
    return "ok";
  }
  void finish(const Held& h, std::int64_t amount) {
    accounts[h.from].out -= h.amount;
    accounts[h.to].in -= h.amount;
    accounts[h.from].posted -= amount;
    accounts[h.to].posted += amount;
  }
  void expire(std::int64_t now) {
    for (auto& [key, h] : holds)
      if (h.state == "pending" && h.expires <= now) {
        finish(h, 0);
        h.state = "expired";
      }
  }
};

class LedgerSim : public ::testing::TestWithParam<unsigned> {};

TEST_P(LedgerSim, BalancesMatchPlainMapsAfterEveryStep) {
  std::mt19937_64 rng(GetParam());
  World w({store::schema(), events::schema(), ledger::schema()});
  // Half the seeds flush, evict, seal and merge all the time.
  const auto warm = [&] {
    const BookShape tiny{.dirty_max = 3, .unflushed_max = 9, .slice = 1, .slots_max = 2,
                         .index = {.chunk_events = 8, .fan_in = 3}};
    const auto shape = GetParam() % 2 == 0 ? tiny : BookShape{};
    EXPECT_EQ(outcome(w.write([&](Tx& tx) { return Book::of(tx, shape); })), "ok");
  };
  warm();
  std::int64_t now = 1'700'000'000'000;
  w.set_now_ms(now);
  PlainLedger plain;
  std::vector<AccountId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(w.write([&](Tx& tx) {
      return open_account(tx, {.code = "a" + std::to_string(i), .unit = "U", .flags = i == 0 ? kPlain : kNoOverdraft});
    }).value());
    plain.accounts.push_back({.floor = i != 0});
  }
  const auto key = [&] { return "k" + std::to_string(rng() % 120); };  // few keys: repeats on purpose
  for (int step = 0; step < 250; ++step) {
    const auto from = rng() % 5, to = rng() % 5;
    const auto amount = static_cast<std::int64_t>(rng() % 9 + 1);
    const auto name = key(), held = key();
    const auto t = Transfer{.key = name, .from = ids[from], .to = ids[to], .amount = amount};
    std::string want, got;
    switch (rng() % 12) {
      case 0: case 1: case 2: case 3:
        got = outcome(w.write([&](Tx& tx) { return transfer(tx, t); }));
        want = plain.transfer(name, from, to, amount);
        break;
      case 4: case 5: case 6:
        got = outcome(w.write([&](Tx& tx) { return hold(tx, t, from_ms(now + 40 * amount)); }));
        want = plain.hold(name, from, to, amount, now + 40 * amount);
        break;
      case 7:
        got = outcome(w.write([&](Tx& tx) { return post(tx, held, name, amount % 3); }));
        want = plain.settle(held, name, "post", amount % 3, now);
        break;
      case 8:
        got = outcome(w.write([&](Tx& tx) { return void_hold(tx, held, name); }));
        want = plain.settle(held, name, "void", 0, now);
        break;
      case 9: {  // a chain, and what the oracle makes of it
        const auto second = key();
        auto trial = plain;
        want = trial.transfer(name, from, to, amount);
        if (want == "ok") want = trial.transfer(second, to, from, amount + 1);
        if (want == "ok") plain = trial;
        const std::vector<Transfer> chain{t, {.key = second, .from = ids[to], .to = ids[from], .amount = amount + 1}};
        got = outcome(w.write([&](Tx& tx) { return transfer_chain(tx, chain); }));
        break;
      }
      case 10:
        now += static_cast<std::int64_t>(rng() % 100);
        w.set_now_ms(now);
        got = outcome(w.write([](Tx& tx) { return expire_holds(tx, 100); }));
        want = "ok";
        plain.expire(now);
        break;
      default:
        if (step < 200 || from == 0) continue;
        got = outcome(w.write([&](Tx& tx) { return close_account(tx, ids[from]); }));
        want = "ok";
        plain.accounts[from].closed = true;
    }
    ASSERT_EQ(got, want) << "seed " << GetParam() << " step " << step << " key " << name;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto b = w.read([&](Tx& tx) { return balance(tx, ids[i]); }).value();
      const auto& p = plain.accounts[i];
      ASSERT_TRUE(b.posted == p.posted && b.pending_out == p.out && b.pending_in == p.in)
          << "seed " << GetParam() << " step " << step << " account " << i;
    }
    if (rng() % 60 == 0) {
      w.set_now_ms(++now);  // ids go by the clock: no machine restarts within its millisecond
      w.reopen();
      warm();
    }
  }
  EXPECT_TRUE(w.read([](Tx& tx) { return verify(tx); }).value().empty()) << "seed " << GetParam();
}
INSTANTIATE_TEST_SUITE_P(Seeds, LedgerSim, ::testing::Range(1u, 21u));

}  // namespace
}  // namespace koi::ledger
