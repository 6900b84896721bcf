/// Inside the room: what a customer sees of a group code at /g/SLUG.
#pragma once
#include "entry/group_codes.h"

namespace koi::entry {

/// The address of a picture for whoever looks at the page now: signed, and good until `until`.
std::string image_address(std::string_view secret, std::string_view slug, GroupImageId image, Instant until);

std::span<const Route> group_page_routes();

}  // namespace koi::entry
