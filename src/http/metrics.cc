#include "http/metrics.h"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

namespace koi::http {

namespace {

constexpr double kMicros = 1e6;

void help(std::string& out, std::string_view name, std::string_view kind, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name, text, name, kind);
}

std::int64_t resident_bytes() {
  long total = 0, resident = 0;
  if (auto* f = std::fopen("/proc/self/statm", "r")) {
    if (std::fscanf(f, "%ld %ld", &total, &resident) != 2) resident = 0;
    std::fclose(f);
  }
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t open_files() {
  std::int64_t n = 0;
  if (auto* dir = opendir("/proc/self/fd")) {
    while (readdir(dir)) ++n;
    closedir(dir);
    n -= 3;  // ".", ".." and the directory itself
  }
  return n;
}

void write_store(std::string& out, Db& db) {
  const auto f = db.figures();
  add_figure(out, "koipond_db_commits_total", "counter", "Commits of the writer.", static_cast<double>(f.commits));
  add_figure(out, "koipond_db_operations_total", "counter", "Operations the writer ran.", static_cast<double>(f.operations));
  add_figure(out, "koipond_db_failed_total", "counter", "Operations that were undone.", static_cast<double>(f.failed));
  add_figure(out, "koipond_db_write_seconds_total", "counter", "Time in write transactions.",
             static_cast<double>(f.commit_us) / kMicros);
  add_figure(out, "koipond_db_checkpoint_seconds_total", "counter", "Time in checkpoints.",
             static_cast<double>(f.checkpoint_us) / kMicros);
  add_figure(out, "koipond_wal_bytes", "gauge", "Size of the write-ahead log.", static_cast<double>(f.wal_bytes));
  add_figure(out, "koipond_db_waiting", "gauge", "Operations waiting for the writer.",
             static_cast<double>(db.writer().waiting()));
}

}  // namespace

void add_figure(std::string& out, std::string_view name, std::string_view kind, std::string_view text, double value) {
  help(out, name, kind, text);
  fmt::format_to(std::back_inserter(out), "{} {}\n", name, value);
}

Metrics::Metrics(const std::vector<const Route*>& routes)
    : routes_(routes), slots_(std::make_unique<Slot[]>(routes.size() + 1)) {}

void Metrics::count(std::size_t slot, int status, std::int64_t micros) {
  const auto which = std::min<std::size_t>(
      static_cast<std::size_t>(std::ranges::find(kStatuses, status) - kStatuses.begin()), kStatuses.size() - 1);
  const auto bucket = std::ranges::lower_bound(kBucketMicros, micros) - kBucketMicros.begin();
  auto& s = slots_[slot];
  s.by_status[which].fetch_add(1, std::memory_order_relaxed);
  s.by_time[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  s.micros.fetch_add(static_cast<std::uint64_t>(micros), std::memory_order_relaxed);
}

void Metrics::write_requests(std::string& out) const {
  help(out, "koipond_http_requests_total", "counter", "Requests answered.");
  for (std::size_t i = 0; i <= routes_.size(); ++i) {
    for (std::size_t s = 0; s < kStatuses.size(); ++s) {
      const auto n = slots_[i].by_status[s].load(std::memory_order_relaxed);
      if (n == 0) continue;
      fmt::format_to(std::back_inserter(out),
                     "koipond_http_requests_total{{route=\"{}\",method=\"{}\",code=\"{}\"}} {}\n",
                     i < routes_.size() ? routes_[i]->path : "other", i < routes_.size() ? routes_[i]->method : "any",
                     kStatuses[s], n);
    }
  }
}

void Metrics::write_durations(std::string& out) const {
  help(out, "koipond_http_request_duration_seconds", "histogram", "From the last byte in to the first byte out.");
  for (std::size_t i = 0; i <= routes_.size(); ++i) {
    const auto label = i < routes_.size()
                           ? fmt::format("route=\"{}\",method=\"{}\"", routes_[i]->path, routes_[i]->method)
                           : std::string("route=\"other\",method=\"any\"");
    std::uint64_t sum = 0;
    std::string lines;
    for (std::size_t b = 0; b <= kBucketMicros.size(); ++b) {
      sum += slots_[i].by_time[b].load(std::memory_order_relaxed);
      const auto edge =
          b < kBucketMicros.size() ? fmt::format("{}", static_cast<double>(kBucketMicros[b]) / kMicros) : "+Inf";
      fmt::format_to(std::back_inserter(lines), "koipond_http_request_duration_seconds_bucket{{{},le=\"{}\"}} {}\n",
                     label, edge, sum);
    }
    if (sum == 0) continue;
    out += lines;
    fmt::format_to(std::back_inserter(out), "koipond_http_request_duration_seconds_sum{{{}}} {}\n", label,
                   static_cast<double>(slots_[i].micros.load(std::memory_order_relaxed)) / kMicros);
    fmt::format_to(std::back_inserter(out), "koipond_http_request_duration_seconds_count{{{}}} {}\n", label, sum);
  }
}

std::string Metrics::text(Db& db, const std::string& version) const {
  std::string out;
  help(out, "koipond_build_info", "gauge", "The running program.");
  fmt::format_to(std::back_inserter(out), "koipond_build_info{{version=\"{}\"}} 1\n", version);
  write_requests(out);
  write_durations(out);
  add_figure(out, "koipond_http_connections", "gauge", "Open connections.", static_cast<double>(connections_.load()));
  write_store(out, db);
  add_figure(out, "process_resident_memory_bytes", "gauge", "Memory in use.", static_cast<double>(resident_bytes()));
  add_figure(out, "process_open_fds", "gauge", "Open files and sockets.", static_cast<double>(open_files()));
  return out;
}

}  // namespace koi::http
