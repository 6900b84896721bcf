/// How the process is set up: koipond.toml < environment KOIPOND_* < flags.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"

namespace koi::app {

struct Config {
  std::string data = "./data";      // the data folder
  std::string store;                // "" = SQLite in the data folder, or postgresql://…
  std::string listen = "127.0.0.1";
  int port = 8686;
  std::string console;              // folder of the built console; "" = none
  std::string public_url;           // as browsers see it; https turns secure cookies on
  std::string log_level = "info";
  std::string clock_file;           // says how many ms ahead of the machine's the clock is (clock_file.h); "" = the machine's
  int io_threads = 1;
  int readers = 2;
  int writers = 4;                  // PostgreSQL only
  int log_keep_rows = 256 * 1024;   // newest events that stay in the table (SQLite)
  int log_segment_rows = 256 * 1024;  // events that leave it together, as one file
  int columns_seal_rows = 1 << 20;  // newest events in memory that become a file of columns together
  int outgoing_private = 0;         // 1: calls may go to addresses inside our own network (try-outs, simulators)
  int simulator = 0;                // port of a simulated WeCom with a phone beside the server; 0: none
  bool alone = false;               // a command without a server: nobody waits for an answer but itself
};

/// Reads DATA/koipond.toml (when present), then the environment. invalid "config.unknown_key" with the line and the
/// nearest known key, "config.bad_value".
Result<> load_config(Config& config, const std::string& file);
/// The names of all keys, for messages and docs.
std::vector<std::string_view> config_keys();

}  // namespace koi::app
