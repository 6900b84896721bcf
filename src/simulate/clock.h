/// The corp's own time: it runs with the machine's (at any speed) or is held and moved by hand; and what falls due in it.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "base/ports.h"

namespace koi::simulate {

class VirtualClock final : public Clock {
 public:
  /// Starts at `start`, `speed` virtual seconds a second; 0 holds it still.
  VirtualClock(Instant start, double speed);
  Instant now() override;
  double speed();
  void set_speed(double speed);
  /// Only forwards.
  void move_to(Instant t);

 private:
  Instant read() const;
  std::mutex mutex_;
  Instant base_;
  std::chrono::steady_clock::time_point since_;
  double speed_;
};

/// What will happen at a given time. Not thread-safe: World's mutex guards it.
class Timers {
 public:
  void at(Instant when, std::function<void()> what) { due_.emplace(when, std::move(what)); }
  std::optional<Instant> next() const { return due_.empty() ? std::nullopt : std::optional(due_.begin()->first); }
  /// The earliest that is due by `now`, taken out.
  std::optional<std::pair<Instant, std::function<void()>>> take(Instant now);
  std::size_t size() const { return due_.size(); }

 private:
  std::multimap<Instant, std::function<void()>> due_;  // equal times keep their order
};

}  // namespace koi::simulate
