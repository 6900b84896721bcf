// What time alone brings about.
#include <algorithm>
#include <atomic>

#include "entry/alarms.h"
#include "entry/want.h"
#include "store/rows.h"

namespace koi::entry {
namespace {

constexpr std::string_view kActive = "SELECT id FROM entry_code WHERE state = 'active' AND id > $1 ORDER BY id LIMIT $2";
constexpr std::string_view kPrune =
    "DELETE FROM entry_scan WHERE id IN (SELECT id FROM (SELECT id, at FROM entry_scan ORDER BY id LIMIT $2) AS oldest WHERE at < $1)";
constexpr int kCodesAtOnce = 200, kWritesAtOnce = 10, kScansAtOnce = 500;
constexpr std::size_t kCodesATurn = 2000;  // the next turn goes on behind them
constexpr auto kScanLife = std::chrono::days(30);

/// Where the last turn stopped.
struct Round { std::atomic<std::int64_t> after = 0; };
const char kRound = 0;

/// Whether the hour changes anything for the code: only then does it take the writer's time.
bool concerns(const KnownCode& known) {
  if (known.code.spec.mode == CodeMode::direct || known.code.spec.acquisition || known.code.spec.accept == AcceptRule::hours) return true;
  return std::ranges::any_of(known.levels, [](const auto& level) { return std::ranges::any_of(level, [](const Seat& s) { return !s.guide.active; }); });
}

/// The next codes that time concerns; 0 as the place to go on from once all have been looked at.
Result<std::vector<CodeId>> codes_due(Tx& tx) {
  auto& round = tx.shared<Round>(&kRound, [] { return std::make_shared<Round>(); });
  std::vector<CodeId> out;
  for (std::size_t looked = 0; looked < kCodesATurn;) {
    TRY(const auto codes, tx.all<CodeId>(kActive, round.after.load(), kCodesAtOnce));
    for (const auto id : codes) {
      TRY(const auto known, known_lately(tx, id));
      if (concerns(*known)) out.push_back(id);
    }
    looked += codes.size();
    const bool last = codes.size() < kCodesAtOnce;
    round.after = last ? 0 : codes.back().v;
    if (last) break;
  }
  return out;
}

Result<> look_after(Tx& tx, const KnownCode& known) {
  TRY(tend_ways(tx, known));
  for (const auto& level : known.levels)
    for (const auto& seat : level)
      if (!seat.guide.active) TRY(raise_alarm_once(tx, {known.code.id, seat.guide.id, "guide_inactive", seat.guide.name}, known.code.updated_at));
  return {};
}

}  // namespace

Result<> keep_code_time(Db& db) {
  TRY(const auto due, db.read(codes_due));
  for (std::size_t from = 0; from < due.size(); from += kWritesAtOnce) {
    const auto some = std::span(due).subspan(from, std::min<std::size_t>(kWritesAtOnce, due.size() - from));
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (const auto id : some) {
        TRY(const auto known, known_lately(tx, id));
        TRY(look_after(tx, *known));
      }
      return {};
    }));
  }
  return db.write([](Tx& tx) -> Result<> {
    TRY(tx.exec(kPrune, tx.now() - kScanLife, kScansAtOnce));
    return {};
  });
}

}  // namespace koi::entry
