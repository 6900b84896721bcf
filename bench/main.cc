/// koi_bench load|transfers|orders|live|codes|visits …: one measurement, one JSON line. bench/run calls it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>

#include "base/ports.h"
#include "bench/bench.h"

namespace koi::bench {

Percentiles percentiles(std::vector<double> samples) {
  if (samples.empty()) return {};
  std::sort(samples.begin(), samples.end());
  const auto at = [&](double q) { return samples[static_cast<std::size_t>(q * static_cast<double>(samples.size() - 1))]; };
  return {at(0.5), at(0.95), at(0.99), samples.back()};
}

namespace {

std::string json_of(const Percentiles& p) {
  return fmt::format(R"({{"p50":{:.3f},"p95":{:.3f},"p99":{:.3f},"max":{:.3f}}})", p.p50, p.p95, p.p99, p.max);
}

int run_load(LoadPlan plan, const std::string& shape, double for_seconds) {
  plan.shape = shape == "batch" ? Shape::batch : shape == "lines" ? Shape::lines : Shape::single;
  plan.now = to_rfc3339(system_clock().now());
  plan.until = seconds() + for_seconds;
  const auto f = load(plan);
  if (!f) { fmt::print(stderr, "the connection broke\n"); return 1; }
  fmt::print(R"({{"events":{},"failed":{},"seconds":{:.3f},"per_second":{:.0f},"latency_ms":{}}})" "\n", f->events, f->failed, f->seconds,
             static_cast<double>(f->events) / f->seconds, json_of(f->latency_ms));
  return f->failed == 0 ? 0 : 1;
}

int run_transfers(const LedgerPlan& plan) {
  const auto f = transfers(plan);
  if (!f) return 1;
  fmt::print(R"({{"transfers":{},"refused":{},"seconds":{:.3f},"per_second":{:.0f},"commits":{},"latency_ms":{}}})" "\n", f->transfers, f->refused,
             f->seconds, static_cast<double>(f->transfers) / f->seconds, f->commits, json_of(f->latency_ms));
  return f->refused == 0 ? 0 : 1;
}

int run_make_codes(const CodesPlan& plan) {
  const auto slugs = make_codes(plan);
  if (!slugs) return 1;
  std::string out;
  for (const auto& slug : *slugs) out += (out.empty() ? "\"" : ",\"") + slug + "\"";
  fmt::print("[{}]\n", out);
  return 0;
}

int run_visits(const VisitPlan& plan) {
  const auto f = visit_codes(plan);
  if (!f) { fmt::print(stderr, "the connection broke\n"); return 1; }
  fmt::print(R"({{"visits":{},"failed":{},"no_guide":{},"seconds":{:.3f},"per_second":{:.0f},"most_waiting":{},"worst_second_p99":{:.3f},"latency_ms":{}}})" "\n", f->visits, f->failed, f->no_guide,
             f->seconds, static_cast<double>(f->visits) / f->seconds, f->most_waiting, f->worst_second_p99, json_of(f->latency_ms));
  return f->failed == 0 ? 0 : 1;
}

int run_live(const LivePlan& plan) {
  const auto f = live(plan);
  if (!f) return 1;
  fmt::print(R"({{"events":{},"lost":{},"seconds":{:.1f},"history_seconds":{:.1f},"fill_seconds":{:.1f},"members":{},"looked":{},"moves":{},"turns":{},)"
             R"("commits":{},"corrections":{},"cpu":{:.3f},"fill_memory_mib":{:.0f},"memory_mib":{:.0f},"latency_ms":{}}})" "\n",
             f->events, f->lost, f->seconds, f->history_seconds, f->fill_seconds, f->members, f->looked, f->moves, f->turns, f->commits, f->corrections,
             f->cpu, f->fill_memory_mib, f->memory_mib, json_of(f->latency_ms));
  return f->lost == 0 && f->corrections == 0 ? 0 : 1;
}

int run_sync(const SyncPlan& plan) {
  const auto f = sync_corp(plan);
  if (!f) return 1;
  const auto say = [](const WalkFigures& w) {
    return fmt::format(R"({{"friendships":{},"changes":{},"seconds":{:.2f},"per_second":{:.0f},"cpu":{:.2f}}})", w.friendships, w.changes, w.seconds,
                       static_cast<double>(w.friendships) / w.seconds, w.cpu);
  };
  fmt::print(R"({{"first":{},"again":{}}})" "\n", say(f->first), say(f->again));
  return f->first.changes == f->first.friendships && f->again.changes == 0 ? 0 : 1;
}

/// A file of order lines as shops export them: about 2.5 lines an order, a tenth as many people, 3 % bad rows.
int write_orders(const std::string& file, std::int64_t lines) {
  std::ofstream out(file);
  out << "order_no,person,at,sku,quantity,unit_price,amount,status,store,channel\n";
  std::uint64_t state = 1;
  const auto dice = [&](std::uint64_t n) { return (state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 33 ? (state >> 33) % n : 0; };
  std::int64_t order = 0;
  for (std::int64_t i = 0; i < lines;) {
    ++order;
    const auto in_order = 1 + dice(4);
    const auto person = dice(static_cast<std::uint64_t>(std::max<std::int64_t>(1, lines / 10)));
    const auto day = dice(540);
    for (std::uint64_t k = 0; k < in_order && i < lines; ++k, ++i) {
      const auto quantity = 1 + dice(3), price = 900 + dice(40) * 100;
      const auto bad = dice(100);
      const auto at = bad == 0 ? std::string("1900-02-29") : to_rfc3339(from_ms(1'700'000'000'000 + static_cast<std::int64_t>(day) * 86'400'000 + static_cast<std::int64_t>(dice(80'000'000)))).substr(0, 19);
      const auto amount = bad == 1 ? std::string("twelve") : fmt::format("{}.{:02}", quantity * price / 100, quantity * price % 100);
      out << fmt::format("O{:08},u{:07},{},T{:03},{},{}.{:02},{},paid,S{:03},{}\n", order, person, at, dice(300), bad == 2 ? "1.5x" : std::to_string(quantity),
                         price / 100, price % 100, amount, dice(40), dice(2) != 0 ? "pos" : "mini");
    }
  }
  return 0;
}

}  // namespace
}  // namespace koi::bench

int main(int argc, char** argv) {
  using namespace koi::bench;
  CLI::App app("one measurement of Koipond");
  app.require_subcommand(1);
  LoadPlan load_plan;
  std::string shape = "single";
  double for_seconds = 5;
  auto* load_cmd = app.add_subcommand("load", "events over HTTP");
  load_cmd->add_option("--port", load_plan.port)->required();
  load_cmd->add_option("--path", load_plan.path)->required();
  load_cmd->add_option("--basic", load_plan.basic)->required();
  load_cmd->add_option("--run", load_plan.run)->required();
  load_cmd->add_option("--shape", shape);
  load_cmd->add_option("--connections", load_plan.connections);
  load_cmd->add_option("--batch", load_plan.batch);
  load_cmd->add_option("--people", load_plan.people);
  load_cmd->add_option("--events", load_plan.events);
  load_cmd->add_option("--seconds", for_seconds);
  SyncPlan sync_plan;
  auto* sync_cmd = app.add_subcommand("sync", "a walk through a simulated WeCom corp over HTTP");
  sync_cmd->add_option("--dir", sync_plan.dir)->required();
  sync_cmd->add_option("--staff", sync_plan.staff);
  sync_cmd->add_option("--customers", sync_plan.customers);
  sync_cmd->add_option("--lanes", sync_plan.lanes);
  LedgerPlan ledger_plan;
  auto* ledger_cmd = app.add_subcommand("transfers", "ledger transfers through the Writer");
  ledger_cmd->add_option("--dir", ledger_plan.dir)->required();
  ledger_cmd->add_option("--accounts", ledger_plan.accounts);
  ledger_cmd->add_option("--in-flight", ledger_plan.in_flight);
  ledger_cmd->add_option("--seconds", ledger_plan.seconds);
  ledger_cmd->add_flag("--hot", ledger_plan.hot);
  LivePlan live_plan;
  auto* live_cmd = app.add_subcommand("live", "live segments under a steady stream of events");
  live_cmd->add_option("--dir", live_plan.dir)->required();
  live_cmd->add_option("--people", live_plan.people);
  live_cmd->add_option("--history", live_plan.history);
  live_cmd->add_option("--rate", live_plan.rate);
  live_cmd->add_option("--segments", live_plan.segments);
  live_cmd->add_option("--seconds", live_plan.seconds);
  CodesPlan codes_plan;
  auto* codes_cmd = app.add_subcommand("codes", "live codes with guides, in a fresh data folder");
  codes_cmd->add_option("--dir", codes_plan.dir)->required();
  codes_cmd->add_option("--codes", codes_plan.codes);
  codes_cmd->add_option("--guides", codes_plan.guides);
  codes_cmd->add_option("--caps", codes_plan.caps);
  codes_cmd->add_option("--hold", codes_plan.hold_minutes);
  VisitPlan visit_plan;
  auto* visits_cmd = app.add_subcommand("visits", "visitors of live codes at a steady rate");
  visits_cmd->add_option("--port", visit_plan.port)->required();
  visits_cmd->add_option("--slugs", visit_plan.slugs)->required()->delimiter(',');
  visits_cmd->add_option("--rate", visit_plan.rate);
  visits_cmd->add_option("--seconds", visit_plan.seconds);
  visits_cmd->add_option("--connections", visit_plan.connections);
  std::string file;
  std::int64_t lines = 1'000'000;
  auto* orders_cmd = app.add_subcommand("orders", "write a file of order lines");
  orders_cmd->add_option("--file", file)->required();
  orders_cmd->add_option("--lines", lines);
  CLI11_PARSE(app, argc, argv);
  if (*load_cmd) return run_load(load_plan, shape, for_seconds);
  if (*ledger_cmd) return run_transfers(ledger_plan);
  if (*live_cmd) return run_live(live_plan);
  if (*codes_cmd) return run_make_codes(codes_plan);
  if (*visits_cmd) return run_visits(visit_plan);
  if (*sync_cmd) return run_sync(sync_plan);
  return write_orders(file, lines);
}
