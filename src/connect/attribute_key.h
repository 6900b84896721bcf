/// The key of an attribute for a column or trait of any name: "职业" is "zhiye", "Loyalty Tier" is "loyalty_tier".
#pragma once
#include <string>
#include <string_view>

namespace koi::connect {

/// Lower-case letters, digits and "_", a letter first, at most 60; the same name gives the same key. "" for "".
std::string attribute_key(std::string_view name);

}  // namespace koi::connect
