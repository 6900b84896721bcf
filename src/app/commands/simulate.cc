#include <fmt/format.h>

#include <csignal>

#include "app/commands/parse.h"
#include "app/local.h"
#include "base/text.h"
#include "simulate/simulate.h"

namespace koi::app {

namespace {

void print_greeting(const Io& io, const simulate::Options& options, simulate::Simulator& box, bool json) {
  const auto greeting = box.greeting();
  if (json) return io.line(greeting);
  // The same fields, a line each.
  io.line(io.chinese ? "企业微信模拟器已启动" : "The WeCom simulator is up");
  io.line(greeting);
  if (options.callback.empty()) io.say(io.chinese ? "没有 --callback: 事件留在模拟器里" : "no --callback: events stay in the box");
}

}  // namespace

int run_simulate(const Io& io, const std::vector<std::string>& args) {
  simulate::Options o;
  bool no_limits = false, json = false;
  std::string platform;
  CLI::App options(io.chinese ? "模拟平台: koipond simulate wecom" : "A platform in the box: koipond simulate wecom", "koipond simulate");
  options.add_option("platform", platform, "wecom")->required()->check(CLI::IsMember({"wecom"}));
  options.add_option("--port", o.port, "port, 0 picks a free one")->check(CLI::Range(0, 65535));
  options.add_option("--listen", o.listen, "address");
  options.add_option("--seed", o.seed, "the same seed makes the same corp");
  options.add_option("--callback", o.callback, "where events are posted");
  options.add_option("--token", o.token, "token of the callback");
  options.add_option("--aes-key", o.aes_key, "EncodingAESKey of the callback, 43 characters");
  options.add_option("--corp", o.corp_id, "corp id");
  options.add_option("--secret", o.secret, "secret of the app");
  options.add_option("--staff", o.staff, "staff");
  options.add_option("--customers", o.customers, "customers");
  options.add_option("--groups", o.groups, "customer groups");
  options.add_option("--speed", o.speed, "virtual seconds a second, 0 holds the clock");
  options.add_option("--start", o.start_ms, "first instant of the clock, ms since 1970 (now)");
  options.add_flag("--no-limits", no_limits, "no call frequency limits");
  options.add_flag("--lively", o.lively, "customers talk, leave and come by themselves");
  options.add_flag("--json", json, "one JSON document");
  const Config config;
  const Job job{nullptr, config, io, args};
  if (const auto code = parse_options(options, job)) return *code;
  o.limits = !no_limits;

  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);  // before any thread starts, so that all inherit it
  std::signal(SIGPIPE, SIG_IGN);
  auto box = simulate::Simulator::start(o);
  if (!box) return io.fail(box.error(), json);
  print_greeting(io, o, **box, json);
  int got = 0;
  sigwait(&ends, &got);
  (*box)->stop();
  return kOk;
}

}  // namespace koi::app
