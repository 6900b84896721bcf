#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <random>

#include "app/rooms.h"
#include "bench/bench.h"
#include "ledger/ledger.h"

namespace koi::bench {

namespace {

constexpr std::int64_t kStake = 1'000'000'000;

Result<std::vector<ledger::AccountId>> open_accounts(Db& db, int n) {
  std::vector<ledger::AccountId> out;
  TRY(const auto mint, db.write([](Tx& tx) { return ledger::open_account(tx, {.code = "mint", .unit = "CNY", .flags = ledger::kPlain}); }));
  for (int from = 0; from < n; from += 1000) {
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (int i = from; i < std::min(n, from + 1000); ++i) {
        const auto code = fmt::format("acc:{}", i), key = fmt::format("stake:{}", i);
        TRY(const auto id, ledger::open_account(tx, {.code = code, .unit = "CNY"}));
        TRY(ledger::transfer(tx, {.key = key, .from = mint, .to = id, .amount = kStake}));
        out.push_back(id);
      }
      return {};
    }));
  }
  return out;
}

/// Keeps a fixed number of transfers in flight; each reply sends the next.
class Pump {
 public:
  Pump(Db& db, const LedgerPlan& plan, std::vector<ledger::AccountId> accounts)
      : db_(db), plan_(plan), accounts_(std::move(accounts)) {}

  LedgerFigures run() {
    const auto before = db_.figures().commits;
    const double began = seconds();
    until_ = began + plan_.seconds;
    {
      const std::scoped_lock lock(mutex_);
      active_ = plan_.in_flight;
    }
    for (int i = 0; i < plan_.in_flight; ++i) send();
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [&] { return active_ == 0; });
    LedgerFigures figures;
    figures.seconds = seconds() - began;
    figures.transfers = done_;
    figures.refused = refused_;
    figures.latency_ms = percentiles(latencies_);
    figures.commits = db_.figures().commits - before;
    return figures;
  }

 private:
  /// Nearly Zipf over the accounts: the rank is log-uniform. Hot: every transfer touches account 0.
  std::size_t pick() {
    const auto n = static_cast<double>(accounts_.size());
    return std::min(accounts_.size() - 1, static_cast<std::size_t>(std::exp(uniform_(rng_) * std::log(n))));
  }

  void send() {
    std::size_t from = 0, to = 0;
    std::uint64_t number = 0;
    {
      const std::scoped_lock lock(mutex_);
      from = plan_.hot ? 0 : pick();
      do to = pick(); while (to == from);
      number = ++issued_;
    }
    const double started = seconds();
    const auto queued = db_.writer().submit(
        {}, [this, number, from, to](Tx& tx) -> Result<> {
          const auto key = fmt::format("bench:{:012}", number);
          return ledger::transfer(tx, {.key = key, .from = accounts_[from], .to = accounts_[to], .amount = 100, .reason = "bench"});
        },
        [this, started](Result<> result) { answered(result.has_value(), started); });
    if (!queued) answered(false, started);
  }

  void answered(bool good, double started) {
    {
      const std::scoped_lock lock(mutex_);
      good ? ++done_ : ++refused_;
      latencies_.push_back((seconds() - started) * 1000);
      if (seconds() >= until_) {
        if (--active_ == 0) idle_.notify_all();
        return;
      }
    }
    send();
  }

  Db& db_;
  const LedgerPlan plan_;
  std::vector<ledger::AccountId> accounts_;
  double until_ = 0;
  std::mutex mutex_;
  std::condition_variable idle_;
  int active_ = 0;
  std::uint64_t issued_ = 0, done_ = 0, refused_ = 0;
  std::vector<double> latencies_;
  std::mt19937_64 rng_{1};
  std::uniform_real_distribution<double> uniform_{0, 1};
};

}  // namespace

std::optional<LedgerFigures> transfers(const LedgerPlan& plan) {
  app::Config config;
  config.data = plan.dir;
  auto db = app::open_store(config);
  if (!db) {
    fmt::print(stderr, "{}: {}\n", db.error().code, db.error().detail);
    return {};
  }
  auto accounts = open_accounts(**db, plan.accounts);
  if (!accounts) return {};
  return Pump(**db, plan, std::move(*accounts)).run();
}

}  // namespace koi::bench
