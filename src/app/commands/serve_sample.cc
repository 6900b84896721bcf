#include <fmt/format.h>

#include "app/commands/parse.h"
#include "app/local.h"
#include "app/rooms.h"
#include "app/sample/sample.h"
#include "app/serve.h"

namespace koi::app {

int run_serve_command(const Config& given, const Io& io, const std::vector<std::string>& args) {
  Config config = given;
  CLI::App options(io.chinese ? "启动服务" : "Run the server", "koipond serve");
  options.add_option("--port", config.port, "port, 0 picks a free one")->check(CLI::Range(0, 65535));
  options.add_option("--listen", config.listen, "address");
  options.add_option("--console", config.console, "folder of the built console");
  options.add_option("--simulator", config.simulator, "a simulated WeCom and its phone on this port")->check(CLI::Range(0, 65535));
  options.add_option("--public-url", config.public_url, "address browsers use; https turns secure cookies on");
  const Job job{nullptr, config, io, args};
  if (const auto code = parse_options(options, job)) return *code;
  if (!config.console.empty()) config.console = io.path(config.console);
  return run_serve(config, io);
}

namespace {
struct SampleOptions { SamplePlan plan; std::string until; };
std::optional<int> read_plan(const Job& job, SampleOptions& o) {
  CLI::App options(job.io.chinese ? "写入一个示例商家 (十八个月的茶饮连锁)" : "A sample merchant: a chain of tea shops over 18 months", "koipond sample");
  options.add_option("--people", o.plan.people, "customers")->check(CLI::Range(1, 5'000'000));
  options.add_option("--seed", o.plan.seed, "the same seed tells the same story");
  options.add_option("--until", o.until, "last day, YYYY-MM-DD (today)");
  if (const auto code = parse_options(options, job)) return code;
  o.plan.until = system_clock().now();
  if (!o.until.empty()) {
    const auto day = parse_day(o.until);
    if (!day) {
      job.io.say("koipond: --until YYYY-MM-DD");
      return kUsage;
    }
    o.plan.until = Zone::utc().start_of(*day) + std::chrono::hours(24);
  }
  return {};
}
}  // namespace

int run_sample(Job& job) {
  SampleOptions o;
  if (const auto code = read_plan(job, o)) return *code;
  // The story lives through past time; a running server's clock cannot.
  return job.io.fail({Errc::conflict, "sample.server_running", {}, {}, {}});
}

int run_sample_on_folder(const Config& config, const Io& io, const std::vector<std::string>& args) {
  SampleOptions o;
  if (const auto code = read_plan({nullptr, config, io, args}, o)) return *code;
  ManualClock clock(o.plan.until - std::chrono::hours(24 * 548));
  auto db = open_store(config, &clock);
  if (!db) return io.fail(db.error());
  Progress progress(io, io.chinese ? "示例商家" : "sample merchant", o.plan.people);
  const auto lived = live_sample(**db, clock, o.plan, [&](std::int64_t done, std::int64_t) { progress.at(done); });
  progress.finish();
  if (!lived) return io.fail(lived.error());
  io.line(fmt::format(R"({{"people":{},"orders":{},"refunds":{},"events":{}}})", lived->people, lived->orders, lived->refunds, lived->events));
  return kOk;
}

}  // namespace koi::app
