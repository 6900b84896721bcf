/// Inside mass/: rows as they are kept, and what several files say.
#pragma once
#include "connect/wecom/mass/mass.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct MassRow {
  MassId id;
  std::string corp_id, kind, state, spec, author, reach;
  StaffId staff_id;
  std::string unit_path, error;
  std::int64_t place = 0, found = 0, friendless = 0, unasked = 0, capped = 0;
  std::optional<Instant> planned_at, start_at, ended_at;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(MassRow, (), (id, corp_id, kind, state, spec, author, reach, staff_id, unit_path, error, place, found, friendless, unasked, capped, planned_at, start_at,
                                    ended_at, ver, created_at, updated_at))
#define KOI_MASS                                                                                                                                                        \
  "SELECT m.id, m.corp_id, m.kind, m.state, m.spec, m.author, m.reach, m.staff_id, m.unit_path, m.error, m.place, m.found, m.friendless, m.unasked, m.capped, m.planned_at, " \
  "m.start_at, m.ended_at, m.ver, m.created_at, m.updated_at FROM connect_wecom_mass m "

/// Ids as what stands behind IN.
std::string ids_text(std::span<const std::int64_t> ids);
/// Whom the author may reach.
Result<Scope> scope_of(const MassRow& row);
/// Which of `who` (people, or numbers of groups) have received as many as they may at `now`, what is on its way included.
Result<std::vector<std::int64_t>> capped_of(Tx& tx, const MassQuota& quota, std::span<const std::int64_t> who);

}  // namespace koi::connect::wecom
