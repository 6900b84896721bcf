/// koipond: the one binary. `serve` runs the product; every other command works on an open data folder, through the
/// server when one holds it.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "app/command.h"
#include "app/control.h"
#include "app/local.h"
#include "app/rooms.h"
#include "app/serve.h"
#include "base/text.h"

namespace koi::app {
namespace {

constexpr std::string_view kVersion = "0.1.0";

struct LocalCommand { std::string_view name, zh, en; };
constexpr LocalCommand kLocal[] = {{"serve", "启动服务", "run the server"}, {"restore", "从备份恢复", "restore a backup into an empty folder"},
                                   {"simulate", "启动企业微信模拟器", "run a WeCom in the box"},
                                   {"openapi", "打印接口说明 (OpenAPI 3.1)", "print the interface as OpenAPI 3.1"}};

bool chinese_locale() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return std::string_view(value).starts_with("zh");
  return false;
}

std::atomic<bool> stop_requested{false};
void on_interrupt(int) {
  if (stop_requested.exchange(true)) std::_Exit(kInterrupted);  // twice: now
}

Io terminal_io() {
  Io io;
  io.out = [](std::string_view text) { (void)!::write(STDOUT_FILENO, text.data(), text.size()); };
  io.err = [](std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); };
  io.terminal = ::isatty(STDERR_FILENO) == 1;
  io.chinese = chinese_locale();
  io.folder = std::filesystem::current_path().string();
  io.stop = &stop_requested;
  return io;
}

void print_help(const Io& io) {
  io.line(io.chinese ? "锦鲤池 Koipond — 私域运营平台\n\n用法: koipond 命令 [选项] --data 目录\n"
                     : "Koipond — private-domain operating platform\n\nUsage: koipond COMMAND [OPTIONS] --data DIR\n");
  for (const auto& c : kLocal) io.line(fmt::format("  {:<10}{}", c.name, io.chinese ? c.zh : c.en));
  for (const auto& c : commands()) io.line(fmt::format("  {:<10}{}", c.name, io.chinese ? c.zh : c.en));
  io.line(io.chinese ? "\nkoipond 命令 --help 查看选项" : "\nkoipond COMMAND --help lists its options");
}

/// Takes "--NAME VALUE" or "--NAME=VALUE" out of args.
std::optional<std::string> take_option(std::vector<std::string>& args, const std::string& name) {
  for (auto it = args.begin(); it != args.end(); ++it) {
    if (it->starts_with(name + "=")) {
      auto value = it->substr(name.size() + 1);
      args.erase(it);
      return value;
    }
    if (*it == name && it + 1 != args.end()) {
      auto value = *(it + 1);
      args.erase(it, it + 2);
      return value;
    }
  }
  return {};
}

Result<Config> configure(std::vector<std::string>& args) {
  Config config;
  auto data = take_option(args, "--data");
  if (data) config.data = *data;
  else if (const char* env = std::getenv("KOIPOND_DATA")) config.data = env;
  const auto file = take_option(args, "--config").value_or(config.data + "/koipond.toml");
  TRY(load_config(config, file));
  if (data) config.data = *data;
  config.data = std::filesystem::absolute(config.data).lexically_normal().string();
  if (auto store = take_option(args, "--store")) config.store = *store;
  return config;
}

int run_on_store(const Command& command, const Config& config, const Io& io, const std::vector<std::string>& args) {
  const bool help = std::find(args.begin(), args.end(), "--help") != args.end();
  if (!help) {
    std::vector<std::string> whole{std::string(command.name)};
    whole.insert(whole.end(), args.begin(), args.end());
    if (const auto code = run_in_server(config.data, whole, io)) return *code;
  }
  if (command.name == "sample" && !help) return run_sample_on_folder(config, io, args);
  if (help) {
    Job job{nullptr, config, io, args};
    return command.run(job);
  }
  auto alone = config;
  alone.alone = true;
  auto db = open_store(alone);
  if (!db) return io.fail(db.error());
  Job job{db->get(), alone, io, args};
  return command.run(job);
}

int run_main(std::vector<std::string> args) {
  const Io io = terminal_io();
  if (args.empty() || args[0] == "--help" || args[0] == "help") { print_help(io); return args.empty() ? kUsage : kOk; }
  if (args[0] == "--version" || args[0] == "version") { io.line(fmt::format("koipond {}", kVersion)); return kOk; }
  const auto name = args[0];
  args.erase(args.begin());
  if (name == "openapi") {
    auto tables = routes();
    tables.push_back(http::system_routes());
    io.line(http::openapi(tables));
    return kOk;
  }
  if (name == "simulate") return run_simulate(io, args);
  auto config = configure(args);
  if (!config) return io.fail(config.error());
  if (name == "serve") return run_serve_command(*config, io, args);
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  if (name == "restore") return run_restore(*config, io, args);
  for (const auto& command : commands())
    if (command.name == name) return run_on_store(command, *config, io, args);
  std::vector<std::string_view> known{"serve", "restore", "simulate", "openapi"};
  for (const auto& command : commands()) known.push_back(command.name);
  const auto hint = nearest(name, known);
  io.say(fmt::format("koipond: {} '{}'{}", io.chinese ? "没有这个命令" : "no such command", name,
                     hint.empty() ? "" : fmt::format(" ({} {}?)", io.chinese ? "是不是" : "did you mean", hint)));
  return kUsage;
}

}  // namespace
}  // namespace koi::app

int main(int argc, char** argv) {
  ::umask(0077);  // everything in the data folder is the owner's
  return koi::app::run_main({argv + 1, argv + argc});
}
