/// Inside the room: the scarce slots of a code, as accounts of the ledger. A cap is an allowance; a shown guide holds one unit of
/// each cap that concerns them, a friend posts it, time gives it back.
#pragma once
#include "entry/known.h"

namespace koi::entry {

/// A cap by its letter: C the code for ever, c the code today, l the guide for ever, d the guide today, r the guide's round.
struct Cap { char letter; std::int64_t limit; };
/// The caps of a code, of a seat; those without a limit are left out.
std::vector<Cap> code_caps(const CodeSpec& spec);
std::vector<Cap> seat_caps(const Seat& seat);

struct SlotOf { CodeId code; StaffId staff; std::int64_t day = 0, round_limit = 0; };
/// Holds one unit of each; exhausted "entry.full_X" with the letter of the first that has none left.
Result<> hold_slots(Tx& tx, const SlotOf& of, std::span<const Cap> caps, ScanId scan, Instant until);
/// What is left of a cap now.
Result<std::int64_t> slots_left(Tx& tx, const SlotOf& of, const Cap& cap);
/// Units of a cap that are held or taken; for readers, opens nothing.
Result<std::int64_t> slots_used(Tx& tx, const SlotOf& of, const Cap& cap);
/// A friend came: posts what the scan holds. A hold whose time is over is taken anew when there is room, else nothing stops it:
/// true when some cap is passed by it.
Result<bool> use_slots(Tx& tx, const SlotOf& of, std::string_view held, ScanId scan, std::span<const Cap> caps, std::int64_t arrival);

}  // namespace koi::entry
