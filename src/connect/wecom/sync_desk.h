/// Who keeps the corps in step while the server runs: one thread for what is wanted there (ways, marks), one for walks, so that
/// a code made at noon does not wait for a walk through a million customers.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

class SyncDesk {
 public:
  struct Means {
    std::function<Result<std::vector<std::string>>(Tx&)> corps;         // those that are connected
    std::function<Result<std::shared_ptr<Platform>>(const std::string& corp)> platform;
  };
  SyncDesk(Db& db, Means means);
  ~SyncDesk();
  SyncDesk(const SyncDesk&) = delete;
  SyncDesk& operator=(const SyncDesk&) = delete;
  /// Takes up what an earlier process left, and whatever comes.
  void start();
  /// The page in hand lands; walks stay where they stand. Idempotent.
  void stop();
  /// Waits until everything that was due at the call has been looked at: done, or put off.
  void settle();
  /// There is something to do for a store's desk, if it has one.
  static void wake(Db& db);

  struct Figures { std::uint64_t ways_made = 0, marks_sent = 0, walks_done = 0, failures = 0; std::string parked; };
  Figures figures() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::span<const http::Route> sync_routes();

}  // namespace koi::connect::wecom
