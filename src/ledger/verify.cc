#include <boost/unordered/unordered_flat_map.hpp>

#include "ledger/desk.h"
#include "store/rows.h"

namespace koi::ledger {

namespace {

constexpr std::size_t kReportMax = 100;
constexpr std::string_view kAccounts =
    "SELECT id, unit, flags, floor_limit, posted, pending_out, pending_in, as_of FROM account ORDER BY id";
constexpr std::string_view kTransfers =
    "SELECT t.id, t.kind, t.debit, t.credit, t.amount, COALESCE(t.hold_id, 0), COALESCE(h.amount, 0) FROM transfer t "
    "LEFT JOIN transfer h ON h.id = t.hold_id ORDER BY t.id";
constexpr std::string_view kPending = "SELECT id FROM ledger_hold WHERE state = 'pending' ORDER BY id";

/// Rebuilds every balance from nothing; memory grows with accounts and open holds, not with transfers.
class Replay {
 public:
  explicit Replay(bool ordered) : ordered_(ordered) {}

  Result<> load(Tx& tx) {
    return tx.each<AccountState>(kAccounts, [&](AccountState&& row) -> Result<> {
      auto& mine = accounts_[row.id.v];
      mine.told = row;
      mine.found = row;
      mine.found.posted = mine.found.pending_out = mine.found.pending_in = 0;
      return {};
    });
  }
  Result<> run(Tx& tx) {
    return tx.each_raw(kTransfers, {}, [&](const store::Statement& s) -> Result<> {
      step(s.integer(0), static_cast<TransferKind>(s.integer(1)), s.integer(2), s.integer(3), s.integer(4),
           s.integer(5), s.integer(6));
      return {};
    });
  }
  Result<> compare(Tx& tx) {
    boost::unordered_flat_map<std::string, std::int64_t> sums;
    for (const auto& [id, a] : accounts_) {
      sums[a.told.unit] += a.found.posted;
      const bool equal = a.told.posted == a.found.posted && a.told.pending_out == a.found.pending_out &&
                         a.told.pending_in == a.found.pending_in;
      if (!equal) report("account " + to_text(AccountId{id}) + " stands at " + text(a.told) + ", replay gives " + text(a.found));
      if (!a.told.fits()) report("account " + to_text(AccountId{id}) + " is below its floor");
    }
    for (const auto& [unit, sum] : sums)
      if (sum != 0) report("unit " + unit + " sums to " + std::to_string(sum));
    TRY(tx.each<std::int64_t>(kPending, [&](std::int64_t&& id) -> Result<> {
      if (--open_[id] != 0) report("hold " + std::to_string(id) + " is marked pending but is settled");
      return {};
    }));
    for (const auto& [id, count] : open_)
      if (count > 0) report("hold " + std::to_string(id) + " is open but not marked pending");
    return {};
  }
  std::vector<Discrepancy> take() { return std::move(found_); }

 private:
  struct Account { AccountState told, found; };

  void step(std::int64_t id, TransferKind kind, std::int64_t debit, std::int64_t credit, std::int64_t amount,
            std::int64_t hold, std::int64_t held) {
    const auto deltas = deltas_of(kind, amount, held);
    if (kind == TransferKind::hold) ++open_[id];
    if (hold != 0) --open_[hold];
    apply(id, debit, deltas.from);
    apply(id, credit, deltas.to);
  }
  void apply(std::int64_t id, std::int64_t account, const Delta& delta) {
    const auto mine = accounts_.find(account);
    if (mine == accounts_.end()) return report("transfer " + std::to_string(id) + " names an unknown account");
    auto& [told, found] = mine->second;
    add(found, delta);
    if (id > told.as_of) add(told, delta);  // the row does not include it yet
    const bool gave = delta.posted < 0 || delta.out > 0;
    if (ordered_ && gave && !found.fits())
      report("transfer " + std::to_string(id) + " took account " + to_text(AccountId{account}) + " below its floor");
  }
  static void add(AccountState& state, const Delta& delta) {
    state.posted += delta.posted;
    state.pending_out += delta.out;
    state.pending_in += delta.in;
  }
  static std::string text(const AccountState& a) {
    return std::to_string(a.posted) + " / " + std::to_string(a.pending_out) + " / " + std::to_string(a.pending_in);
  }
  void report(std::string what) {
    if (found_.size() < kReportMax) found_.push_back({std::move(what)});
  }

  bool ordered_;  // ids are the order of commits: one writer
  boost::unordered_flat_map<std::int64_t, Account> accounts_;
  boost::unordered_flat_map<std::int64_t, int> open_;
  std::vector<Discrepancy> found_;
};

}  // namespace

Result<std::vector<Discrepancy>> verify(Tx& tx) {
  Replay replay(tx.kind() == store::Kind::sqlite);
  TRY(replay.load(tx));
  TRY(replay.run(tx));
  TRY(replay.compare(tx));
  return replay.take();
}

}  // namespace koi::ledger
