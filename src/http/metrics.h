/// What /metrics counts: requests by route, method and code, and how long they took. Labels come from the route table
/// and a fixed list of statuses only, so a caller cannot add a series.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"

namespace koi::http {

/// Appends one figure as Prometheus reads it, with its help. kind: "gauge" or "counter".
void add_figure(std::string& out, std::string_view name, std::string_view kind, std::string_view help, double value);

class Metrics {
 public:
  /// One slot a route, and one more for what matched none.
  explicit Metrics(const std::vector<const Route*>& routes);
  std::size_t unmatched() const { return routes_.size(); }
  void count(std::size_t slot, int status, std::int64_t micros);
  void connections(std::int64_t change) { connections_ += change; }
  /// Prometheus text: requests, the store's figures, the process.
  std::string text(Db& db, const std::string& version) const;

 private:
  static constexpr std::array kStatuses = {200, 201, 202, 204, 206, 301, 302, 303, 304, 307,
                                           400, 401, 403, 404, 405, 408, 409, 412, 413, 414,
                                           415, 417, 422, 428, 429, 431, 500, 503, 505, 0};  // 0: others
  static constexpr std::array<std::int64_t, 10> kBucketMicros = {1'000,  2'500,   5'000,   10'000,    25'000,
                                                                 50'000, 100'000, 500'000, 1'000'000, 10'000'000};
  struct Slot {
    std::array<std::atomic<std::uint64_t>, kStatuses.size()> by_status{};
    std::array<std::atomic<std::uint64_t>, kBucketMicros.size() + 1> by_time{};
    std::atomic<std::uint64_t> micros{0};
  };
  void write_requests(std::string& out) const;
  void write_durations(std::string& out) const;

  std::vector<const Route*> routes_;
  std::unique_ptr<Slot[]> slots_;
  std::atomic<std::int64_t> connections_{0};
};

}  // namespace koi::http
