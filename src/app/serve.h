/// The running product: store, consumers, HTTP, the CLI's side door; from start to a drained stop.
#pragma once
#include "app/command.h"

namespace koi::app {

/// Serves until SIGTERM or SIGINT, then finishes what is in flight (at most 10 s).
int run_serve(const Config& config, const Io& io);

}  // namespace koi::app
