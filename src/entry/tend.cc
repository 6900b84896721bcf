// What time alone brings about.
#include "entry/alarms.h"
#include "entry/want.h"
#include "store/rows.h"

namespace koi::entry {
namespace {

constexpr std::string_view kActive = "SELECT id FROM entry_code WHERE state = 'active' AND id > $1 ORDER BY id LIMIT $2";
constexpr std::string_view kPrune =
    "DELETE FROM entry_scan WHERE id IN (SELECT id FROM (SELECT id, at FROM entry_scan ORDER BY id LIMIT $2) AS oldest WHERE at < $1)";
constexpr int kCodesAtOnce = 50, kScansAtOnce = 500;
constexpr auto kScanLife = std::chrono::days(30);

Result<> look_after(Tx& tx, const KnownCode& known) {
  TRY(tend_ways(tx, known));
  for (const auto& level : known.levels)
    for (const auto& seat : level)
      if (!seat.guide.active) TRY(raise_alarm_once(tx, {known.code.id, seat.guide.id, "guide_inactive", seat.guide.name}, known.code.updated_at));
  return {};
}

}  // namespace

Result<> keep_code_time(Db& db) {
  for (CodeId after; ;) {
    std::size_t looked = 0;
    TRY(db.write([&](Tx& tx) -> Result<> {
      TRY(const auto codes, tx.all<CodeId>(kActive, after.v, kCodesAtOnce));
      looked = codes.size();
      for (const auto id : codes) {
        TRY(const auto known, known_lately(tx, id));
        TRY(look_after(tx, *known));
        after = id;
      }
      return {};
    }));
    if (looked < kCodesAtOnce) break;
  }
  return db.write([](Tx& tx) -> Result<> {
    TRY(tx.exec(kPrune, tx.now() - kScanLife, kScansAtOnce));
    return {};
  });
}

}  // namespace koi::entry
