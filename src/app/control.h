/// The server's side door for the CLI: DATA/koipond.sock, reachable by the folder's owner only. A command aimed at a
/// folder that a server holds runs inside that server, never around it.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"

namespace koi::app {

class Control {
 public:
  using Run = std::function<int(std::vector<std::string> args, const Io& io)>;
  /// Listens and serves until destroyed; at most kClientsMax commands at once.
  static Result<std::unique_ptr<Control>> listen(const std::string& data_dir, Run run);
  virtual ~Control() = default;
};

/// Runs the command in the server that holds `data_dir`; its exit code, or nothing when no server answers there.
std::optional<int> run_in_server(const std::string& data_dir, const std::vector<std::string>& args, const Io& io);

}  // namespace koi::app
