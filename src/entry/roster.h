/// Who serves, as far as this room needs it; a later room fills the table in at static initialisation. Until then nobody does.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/store.h"

namespace koi::entry {

struct Guide { StaffId id; std::string name, wecom_userid, unit_path; bool active = false; };
struct Unit { UnitId id; std::string name, path; bool open = true; };
struct Roster {
  Result<std::vector<Guide>> (*guides)(Tx&, std::span<const StaffId>) = nullptr;           // unknown ones are left out
  Result<std::vector<Guide>> (*guides_of)(Tx&, std::string_view unit_path) = nullptr;      // everybody at or below, in order of ids
  Result<std::int64_t> (*edits)(Tx&) = nullptr;                                            // another number whenever anybody came or was edited
  Result<std::vector<Unit>> (*units)(Tx&, std::span<const UnitId>) = nullptr;              // unknown ones are left out
};
bool know_roster(Roster roster);
const Roster& roster();

}  // namespace koi::entry
