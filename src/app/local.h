/// Commands that do not work on an open store: they make one, or run it.
#pragma once
#include "app/command.h"

namespace koi::app {

int run_serve_command(const Config& config, const Io& io, const std::vector<std::string>& args);
int run_simulate(const Io& io, const std::vector<std::string>& args);
int run_restore(const Config& config, const Io& io, const std::vector<std::string>& args);
/// The sample lives through past time, so it opens the folder with a clock of its own.
int run_sample_on_folder(const Config& config, const Io& io, const std::vector<std::string>& args);

}  // namespace koi::app
