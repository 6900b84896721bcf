/// Inside the room: codes as scans need them, in memory. A definition is read, its units are resolved into guides and its hours
/// into minutes once; `rev` of entry_code_turn says when that is out of date, the pulse when people or stores have changed.
#pragma once
#include <atomic>
#include <mutex>
#include <set>
#include <unordered_map>

#include "entry/roster.h"
#include "entry/spec.h"

namespace koi::entry {

/// How long what is kept may be old after somebody else's process changed it; changes of this process are seen at once.
inline constexpr Millis kPulse{1000};

/// A guide's place in a code, with the caps and hours of the member it came from.
struct Seat {
  Guide guide;
  std::int64_t weight = 1, daily_cap = 0, lifetime_cap = 0, round_cap = 0;
  std::shared_ptr<const Duty> duty;
  std::string way_state, qr_url;  // page: the guide's own; empty: not made yet
};
struct KnownStore {
  UnitId unit;
  std::string name, address, phone;
  std::optional<Place> at;
  WeekPlan hours = WeekPlan::always();
  std::vector<Seat> seats;
};
using OffSet = std::shared_ptr<const std::set<std::pair<CodeId, StaffId>>>;  // code 0: any
struct KnownCode {
  Code code;
  std::int64_t rev = 0, stamp = 0;
  Instant looked_at{};
  Zone zone = Zone::utc();
  std::vector<std::vector<Seat>> levels;  // 0: the members; of a store code, those who belong to no store
  std::vector<KnownStore> stores;
  std::vector<WeekPlan> welcome_hours;
  WeekPlan accept = WeekPlan::always();
  std::string code_qr;                    // direct: the platform's own
  OffSet off;                             // never null

  bool is_off(StaffId staff) const { return off->contains({CodeId{}, staff}) || off->contains({code.id, staff}); }
  /// The guide's seat, wherever it is.
  const Seat* seat_of(StaffId staff) const;
};
using Known = std::shared_ptr<const KnownCode>;

/// The zone days are counted in.
Result<Zone> merchant_zone(Tx& tx);
/// The code as of `rev` (from the turn row of this transaction). not_found "entry.no_code".
Result<Known> known_code(Tx& tx, CodeId code, std::int64_t rev);
/// The code as of lately (kPulse), from memory when it is there.
Result<Known> known_lately(Tx& tx, CodeId code);
/// By the address on the poster; from memory when it is there.
Result<std::optional<CodeId>> code_of_slug(Tx& tx, std::string_view slug);
/// What memory holds at this moment, for who has no transaction: a page while the Writer is busy.
std::optional<CodeId> slug_in_memory(Db& db, std::string_view slug);
Known code_in_memory(Db& db, CodeId code);
/// A code's definition changed, or the ways it shows: its rev moves, and memory forgets it.
Result<> code_changed(Tx& tx, CodeId code);
/// People, stores or who is off changed.
void pulse_changed(Tx& tx);

/// What answers when nobody can: the code's fallback, or a standing sentence.
void answer_without(const CodeSpec& spec, Assigned& out);

/// Who hears that a code changes, inside the operation that changes it: pages kept as HTML.
using Forget = void (*)(Tx& tx, CodeId code);
bool on_code_changed(Forget fn);

}  // namespace koi::entry
