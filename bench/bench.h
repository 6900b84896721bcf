/// What `koi_bench` measures; bench/run puts peers beside it and prints ratios.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace koi::bench {

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Percentiles { double p50 = 0, p95 = 0, p99 = 0, max = 0; };
Percentiles percentiles(std::vector<double> samples);

enum class Shape : std::uint8_t { single, batch, lines };
struct LoadPlan {
  int port = 0;
  std::string path, basic, run, now;
  Shape shape = Shape::single;
  int connections = 64, batch = 1;
  std::uint64_t people = 1'000'000, first = 0;
  std::uint64_t events = 0;  // stop after so many; 0: at `until`
  double until = 0;
};
struct LoadFigures { double seconds = 0; std::uint64_t events = 0, failed = 0; Percentiles latency_ms; };
/// Nothing when a connection broke.
std::optional<LoadFigures> load(const LoadPlan& plan);

struct LedgerPlan { std::string dir; int accounts = 100'000, in_flight = 256; double seconds = 5; bool hot = false; };
struct LedgerFigures { double seconds = 0; std::uint64_t transfers = 0, refused = 0; Percentiles latency_ms; std::uint64_t commits = 0; };
/// Durable two-leg transfers through the Writer, `in_flight` at any time.
std::optional<LedgerFigures> transfers(const LedgerPlan& plan);

struct LivePlan { std::string dir; std::int64_t people = 1'000'000, history = 10, rate = 5000; int segments = 200; double seconds = 60; };
struct LiveFigures {
  double seconds = 0, history_seconds = 0, fill_seconds = 0, cpu = 0;  // cpu: seconds of the live thread a second
  std::uint64_t events = 0, lost = 0, moves = 0, looked = 0, turns = 0, commits = 0, corrections = 0;
  std::int64_t members = 0;
  double fill_memory_mib = 0, memory_mib = 0;  // the most during the fill, and over all of it; files it maps not counted
  Percentiles latency_ms;  // from acknowledgement to the turn that looked at the event
};
/// People with a history, live segments, events at a steady rate. A directory that holds people is measured as it is.
std::optional<LiveFigures> live(const LivePlan& plan);

struct CodesPlan { std::string dir; int codes = 200, guides = 20, hold_minutes = 30; bool caps = true; };
/// Live codes with guides who can be shown, in a fresh data folder; their short addresses.
std::optional<std::vector<std::string>> make_codes(const CodesPlan& plan);

struct VisitPlan { int port = 0, connections = 256; std::vector<std::string> slugs; double rate = 5000, seconds = 20; };
struct VisitFigures { double seconds = 0; std::uint64_t visits = 0, failed = 0, no_guide = 0; std::size_t most_waiting = 0; double worst_second_p99 = 0; Percentiles latency_ms; };
/// Visitors of live codes' pages at a steady rate, whatever the server does; nothing when a connection broke.
std::optional<VisitFigures> visit_codes(const VisitPlan& plan);
struct SyncPlan { std::string dir; int staff = 200, customers = 100'000, lanes = 4; };
/// cpu: seconds of this process, which holds the simulator too.
struct WalkFigures { double seconds = 0, cpu = 0; std::uint64_t friendships = 0, changes = 0; };
struct SyncFigures { WalkFigures first, again; };
/// A simulated corp over HTTP into an empty store, then looked through once more.
std::optional<SyncFigures> sync_corp(const SyncPlan& plan);

}  // namespace koi::bench
