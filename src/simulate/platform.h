/// From a request under /cgi-bin/ to its reply: the call by its path, token, frequency, fault, then the call itself.
#pragma once
#include "simulate/world.h"

namespace koi::http {
class Call;
struct Answer;
}

namespace koi::simulate {

/// Answers one platform call; a reply that a fault holds back comes later or never.
http::Answer answer_platform(World& world, http::Call& call);
/// Number of APIs that are there.
std::size_t platform_size();

}  // namespace koi::simulate
