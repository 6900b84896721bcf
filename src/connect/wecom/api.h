/// WeCom on the wire: corps, their health, what was pushed, the doctor.
#pragma once
#include <span>

#include "http/http.h"

namespace koi::connect::wecom {

std::span<const Route> corp_routes();

}  // namespace koi::connect::wecom
