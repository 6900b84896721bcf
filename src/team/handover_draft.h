/// Inside the room: a spec that was checked, with everything that would go and who would get it.
#pragma once
#include "team/handover.h"
#include "team/handover_plan.h"
#include "team/team.h"

namespace koi::team {

struct DraftPerson {
  PersonId id;
  std::string store;
  bool friends = false;      // the platform knows of them
  std::int64_t moved = 0;    // times on the job lately
  Instant first_moved{};     // the earliest of those
  int to = -1;               // place among the takers
};
struct DraftGroup {
  std::int64_t id = 0;
  std::string name;
  std::int64_t moved = 0;
  Instant first_moved{};
  int to = -1;
};
struct Draft {
  Staff from;
  std::vector<Staff> receivers;
  std::vector<Taker> takers;
  std::vector<std::int64_t> groups_of;  // by taker
  std::vector<DraftPerson> people;
  std::vector<DraftGroup> groups;
};
/// The codes of preview_handover.
Result<Draft> draft_handover(Tx& tx, const Scope& scope, const HandoverSpec& spec);
/// When the platform would let one go that was handed over so often on the job; nullopt: now.
std::optional<Instant> free_at(std::string_view mode, std::int64_t moved, Instant first_moved);

/// The platform's day (UTC+8) and its end.
std::int64_t platform_day(Instant at);
Instant platform_day_end(Instant at);
GroupBook group_book();
/// Items that ended without a move are planned again, for whoever has room; how many.
Result<std::int64_t> plan_anew(Tx& tx, HandoverId id);

}  // namespace koi::team
