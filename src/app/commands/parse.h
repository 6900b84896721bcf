/// How every command reads its options: CLI11 with our exit codes and our Io. For app/commands/*.cc only.
#pragma once
#include <CLI/CLI.hpp>
#include <optional>

#include "app/command.h"

namespace koi::app {

/// Parses job.args; an exit code when there is nothing more to do (help was printed, or the options are wrong).
inline std::optional<int> parse_options(CLI::App& options, const Job& job) {
  auto reversed = job.args;
  std::reverse(reversed.begin(), reversed.end());
  try {
    options.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    job.io.out(options.help());
    return kOk;
  } catch (const CLI::ParseError& e) {
    job.io.say("koipond: " + std::string(e.what()));
    return kUsage;
  }
  return {};
}

}  // namespace koi::app
