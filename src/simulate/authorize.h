/// The pages of the platform a browser is sent to for signing in.
#pragma once
#include "http/http.h"
#include "simulate/world.h"

namespace koi::simulate {

/// With "userid" in the query it goes straight back with a code of that member, without it asks who it is to be. `scan`: the web login,
/// else OAuth inside the client.
http::Reply authorize_page(World& world, const http::Request& request, bool scan);

}  // namespace koi::simulate
