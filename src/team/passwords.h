/// Passwords: which are refused, and the two workers that hash them. A hash takes 19 MiB and tens of milliseconds, so
/// at most two run at once and a short queue waits; more are turned away instead of filling memory.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/result.h"

namespace koi::team {

bool verify_password(const std::string& hash, std::string_view password);
/// A hash no password fits, verified for unknown logins so that they take as long as known ones.
const std::string& dummy_hash();

/// Runs slow jobs on its own threads. A place in it is taken first and used or given back later, so that a request
/// that will not fit is refused before it costs anything.
class HashPool {
 public:
  using Job = std::move_only_function<void()>;
  static constexpr int kWorkers = 2;
  static constexpr int kPlaces = 18;  // running and waiting

  /// A place; given back when it is dropped unused.
  class Place {
   public:
    explicit Place(HashPool& pool) : pool_(&pool) {}
    Place(Place&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place();
    /// Queues the job on this place.
    void run(Job job) &&;

   private:
    HashPool* pool_;
  };

  HashPool();
  /// Finishes what was queued.
  ~HashPool();
  HashPool(const HashPool&) = delete;
  HashPool& operator=(const HashPool&) = delete;

  /// throttled "auth.busy" when all places are taken.
  Result<Place> take();

 private:
  void work();
  void give_back();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  int taken_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace koi::team
