/// koi_bench_behaviour generate|referee|peer|bandwidth …: the steps of `./koi bench behaviour`, which bench/behaviour.mjs takes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "bench/behaviour/behaviour.h"

int main(int argc, char** argv) {
  using namespace koi::bench::behaviour;
  CLI::App app("the steps of ./koi bench behaviour");
  app.require_subcommand(1);
  Plan plan;
  auto* generate_cmd = app.add_subcommand("generate", "make a set of events");
  generate_cmd->add_option("--into", plan.into)->required();
  generate_cmd->add_option("--people", plan.people);
  generate_cmd->add_option("--events", plan.events);
  generate_cmd->add_option("--seed", plan.seed);
  generate_cmd->add_flag("--fresh", plan.fresh, "make it again");
  Asking asking;
  auto* peer_cmd = app.add_subcommand("peer", "run a file of SQL in an embedded engine");
  peer_cmd->add_option("--engine", asking.engine)->required()->check(CLI::IsMember({"clickhouse", "duckdb"}));
  peer_cmd->add_option("--library", asking.library)->required();
  peer_cmd->add_option("--database", asking.database)->required();
  peer_cmd->add_option("--sql", asking.sql)->required();
  peer_cmd->add_option("--set", asking.set)->required();
  peer_cmd->add_option("--answers", asking.answers);
  peer_cmd->add_option("--runs", asking.runs);
  peer_cmd->add_option("--give-up", asking.give_up);
  peer_cmd->add_flag("--once", asking.once);
  std::string set, answers;
  auto* referee_cmd = app.add_subcommand("referee", "answer from the log by plain loops");
  referee_cmd->add_option("--set", set)->required();
  referee_cmd->add_option("--answers", answers)->required();
  app.add_subcommand("bandwidth", "how fast memory is read");
  CLI11_PARSE(app, argc, argv);
  if (*generate_cmd) return generate(plan);
  if (*peer_cmd) return ask_peer(asking);
  if (*referee_cmd) return referee(set, answers);
  return bandwidth();
}
