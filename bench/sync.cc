#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>

#include "app/rooms.h"
#include "bench/bench.h"
#include "connect/outgoing/client.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/sync.h"
#include "simulate/simulate.h"

namespace koi::bench {

namespace {

double processor_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

Result<WalkFigures> walk(Db& db, connect::wecom::Platform& platform, const std::string& corp, int lanes) {
  TRY(const auto begun, db.write([&](Tx& tx) { return connect::wecom::begin_run(tx, corp, "asked", "bench"); }));
  const double began = seconds(), cpu = processor_seconds();
  TRY(const auto run, connect::wecom::carry_on(db, platform, begun.id, {.lanes = lanes, .go_on = {}}));
  WalkFigures out;
  out.seconds = seconds() - began;
  out.cpu = processor_seconds() - cpu;
  out.friendships = static_cast<std::uint64_t>(run.customers);
  out.changes = static_cast<std::uint64_t>(run.added + run.gone + run.changed);
  return out;
}

Result<SyncFigures> measured(const SyncPlan& plan) {
  simulate::Options shape;
  shape.staff = plan.staff, shape.customers = plan.customers, shape.groups = plan.staff;
  shape.limits = false;
  TRY(const auto sim, simulate::Simulator::start(shape));
  const auto told = boost::json::parse(sim->greeting()).as_object();
  const auto text = [&](const char* key) { return std::string(told.at(key).as_string()); };
  const auto outgoing = connect::open_outgoing({.private_addresses = true});
  const auto platform = connect::wecom::open_platform(
      *outgoing, system_clock(), {.corp_id = text("corpid"), .secret = text("secret"), .base_url = text("address"), .minute_max = 1'000'000, .hour_max = 1'000'000'000});
  app::Config config;
  config.data = plan.dir;
  TRY(const auto db, app::open_store(config, nullptr));
  SyncFigures out;
  TRY(out.first, walk(*db, *platform, text("corpid"), plan.lanes));
  TRY(out.again, walk(*db, *platform, text("corpid"), plan.lanes));
  db->close();
  return out;
}

}  // namespace

std::optional<SyncFigures> sync_corp(const SyncPlan& plan) {
  auto got = measured(plan);
  if (got) return *got;
  fmt::print(stderr, "{} {}\n", got.error().code, got.error().detail);
  return std::nullopt;
}

}  // namespace koi::bench
