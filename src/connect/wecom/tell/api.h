/// Messages to staff on the wire.
#pragma once
#include <span>

#include "http/http.h"

namespace koi::connect::wecom {

std::span<const http::Route> notice_routes();

}  // namespace koi::connect::wecom
