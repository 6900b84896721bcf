/// Inside the room: the route tables of its api files, gathered by profile_routes().
#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "people/profile.h"

namespace koi::people {

std::span<const Route> list_routes();    // api.cc
std::span<const Route> person_routes();  // api_profile.cc
std::span<const Route> tag_routes();     // api_tags.cc
std::span<const Route> stage_routes();   // api_stages.cc
std::span<const Route> rule_routes();    // api_rules.cc

/// Names of these members of staff, by id.
Result<std::map<StaffId, StaffFace>> staff_by_id(Tx& tx, std::span<const StaffId> staff);

}  // namespace koi::people
