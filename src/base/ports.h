/// Where time and chance come from, so that a test can hold both.
#pragma once
#include <atomic>
#include <cstdint>
#include <random>

#include "base/types.h"

namespace koi {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() = 0;
};
/// The machine's clock, UTC.
Clock& system_clock();

class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = from_ms(1'700'000'000'000)) : now_(start) {}
  Instant now() override { return now_; }
  void set(Instant t) { now_ = t; }
  void advance(Millis d) { now_ = now_.load() + d; }

 private:
  std::atomic<Instant> now_;  // the writer's thread looks while a test turns it
};

/// What `top -H` and a profile call this thread; at most 15 characters.
void name_thread(const char* name);

/// Random bytes: the system's (secrets, keys) or a seeded stream (tests, simulation).
class Rng {
 public:
  Rng();  // from the system
  explicit Rng(std::uint64_t seed) : engine_(seed), seeded_(true) {}
  std::uint64_t next();
  /// Uniform in [0, n), n > 0.
  std::uint64_t below(std::uint64_t n);
  std::string bytes(std::size_t n);

 private:
  std::mt19937_64 engine_;
  bool seeded_ = false;
};

}  // namespace koi
