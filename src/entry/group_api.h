/// Inside the room: group codes on the wire, what their api files share.
#pragma once
#include "entry/code_api.h"
#include "entry/group_room.h"

namespace koi::entry {

std::span<const Route> group_edit_routes();    // api_groups.cc
std::span<const Route> group_image_routes();   // api_group_images.cc
std::span<const Route> group_report_routes();  // api_group_report.cc

/// The address on a group code's poster.
std::string group_url(std::string_view site, std::string_view slug);

}  // namespace koi::entry
