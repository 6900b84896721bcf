/// What the app in WeCom's chat sidebar asks for, on the wire.
#pragma once
#include <span>

#include "http/http.h"

namespace koi::connect::wecom {

std::span<const Route> side_routes();

}  // namespace koi::connect::wecom
