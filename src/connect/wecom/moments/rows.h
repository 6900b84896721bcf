/// Inside moments/: a row as it is kept, and names as the platform has them.
#pragma once
#include "connect/wecom/moments/moments.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct MomentRow {
  MomentId id;
  std::string corp_id, state, spec, author;
  StaffId staff_id;
  std::string unit_path, error, jobid, moment_id, wish;
  std::optional<Instant> start_at, asked_at, made_at, ended_at;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(MomentRow, (), (id, corp_id, state, spec, author, staff_id, unit_path, error, jobid, moment_id, wish, start_at, asked_at, made_at, ended_at, ver, created_at, updated_at))
#define KOI_MOMENT                                                                                                                                                       \
  "SELECT m.id, m.corp_id, m.state, m.spec, m.author, m.staff_id, m.unit_path, m.error, m.jobid, m.moment_id, m.wish, m.start_at, m.asked_at, m.made_at, m.ended_at, m.ver, " \
  "m.created_at, m.updated_at FROM connect_wecom_moment m "

Result<std::vector<std::string>> userids_of(Tx& tx, std::string_view corp, const std::vector<StaffId>& staff);
Result<std::vector<std::string>> tag_ids_of(Tx& tx, std::string_view corp, const std::vector<people::TagId>& tags);

}  // namespace koi::connect::wecom
