/// The phone at /: one page, everything in it.
#pragma once
#include <string>

namespace koi::simulate {

const std::string& phone_page();

}  // namespace koi::simulate
