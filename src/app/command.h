/// What every CLI command is: a function over an open store, writing to an Io, with an honest exit code. The same
/// function runs in the caller's process or, when a server holds the folder, inside that server (control.h).
#pragma once
#include <atomic>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "store/store.h"

namespace koi::app {

/// clig.dev-style codes; the table is in docs/cli.md.
enum Exit : int {
  kOk = 0, kFailed = 1, kUsage = 2, kNotFound = 3, kPermission = 4, kConflict = 5, kInvalid = 6, kUnavailable = 7,
  kPartial = 8, kInterrupted = 130
};
int exit_of(const Error& error);

struct Io {
  std::function<void(std::string_view)> out;  // data
  std::function<void(std::string_view)> err;  // talk
  bool terminal = false;                      // err is a terminal: progress bars are welcome
  bool chinese = true;
  std::string_view language() const { return chinese ? "zh-CN" : "en"; }
  std::string folder;                         // relative paths start here
  const std::atomic<bool>* stop = nullptr;    // Ctrl-C or a closed connection

  void line(std::string_view text) const { out(std::string(text) + "\n"); }
  void say(std::string_view text) const { err(std::string(text) + "\n"); }
  bool stopped() const { return stop != nullptr && stop->load(); }
  std::string path(const std::string& file) const;
  /// Prints the error as people (or --json) read it and gives its exit code.
  int fail(const Error& error, bool json = false) const;
};

/// A bar on a terminal, one plain line every ten seconds otherwise, nothing for quick work.
class Progress {
 public:
  Progress(const Io& io, std::string label, std::int64_t total);
  void at(std::int64_t done);
  void finish();

 private:
  const Io& io_;
  std::string label_;
  std::int64_t total_, start_ms_, shown_ms_;
  bool drawn_ = false;
};

struct Job {
  Db* db;  // nullptr only while a command prints its --help
  const Config& config;
  const Io& io;
  std::vector<std::string> args;  // after the command's name, without --data
};

struct Command {
  std::string_view name;
  int (*run)(Job&);
  std::string_view zh, en;
};
/// All commands that work on an open store.
std::span<const Command> commands();

// One per file in app/commands/.
int run_import(Job& job);
int run_query(Job& job);
int run_segment(Job& job);
int run_user(Job& job);
int run_key(Job& job);
int run_sample(Job& job);
int run_verify(Job& job);
int run_backup(Job& job);
int run_doctor(Job& job);

}  // namespace koi::app
