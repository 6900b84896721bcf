/// The people of a set and their lives; generate.cc writes them down.
///
/// Answers must not depend on how an engine orders equal times: within one person, merged numbers included, the kinds
/// the questions name (1, 3-6, 8) come strictly later than every event before them. Only other kinds share a
/// millisecond with their predecessor. A merged pair is one life whose visits fall to either number, so this holds
/// across the two as well.
#pragma once
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bench/behaviour/behaviour.h"

namespace koi::bench::behaviour {

constexpr std::int64_t kLateMinMs = 2 * kMinuteMs, kLateMaxMs = 3 * kDayMs;

/// A seeded stream (splitmix64). Each person has its own, so that threads do not matter.
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t stream) : state_(seed * 0x51ed270b35ae1f45ULL + stream * 0xd1342543de82ef95ULL) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double odds) { return unit() < odds; }
  template <class T>
  T below(T n) {
    return static_cast<T>(next() % static_cast<std::uint64_t>(n));
  }
  double waiting() { return -std::log(1 - unit()); }  // exponential, mean 1

 private:
  std::uint64_t state_;
};

/// An event, and how long after it happened the log learned of it.
struct [[gnu::packed]] Arrival {
  Row row;
  std::uint32_t delay_ms;
  std::int64_t at_ms() const { return row.at_ms + delay_ms; }
};
static_assert(sizeof(Arrival) == 24);

/// People with a fate: erased ones, and pairs whose second number was merged into the first. Nobody is in two.
struct Fates {
  std::vector<std::uint32_t> erased;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> merged;
  std::unordered_set<std::uint32_t> gone, seconds;  // the erased; the second numbers
  std::unordered_map<std::uint32_t, std::uint32_t> second_of;
};
Fates choose_fates(const Plan& plan);

/// How many events a person has: Zipf by a rank that is spread over the numbers.
class Shares {
 public:
  explicit Shares(const Plan& plan);
  std::uint64_t of(std::uint32_t person) const;

 private:
  std::uint64_t people_;
  double scale_ = 0;
};

/// Makes one life after another; keeps its memory between them.
class Lives {
 public:
  explicit Lives(const Plan& plan) : seed_(plan.seed) {}
  /// Oldest event first. `second`, if not 0, is another number the same person goes by. Nothing when so many events do
  /// not fit into 180 days. Valid until the next call.
  const std::vector<Arrival>* live(std::uint32_t person, std::uint32_t second, std::uint64_t events);

 private:
  struct Visit { std::int64_t start_ms; std::uint64_t events; };
  void plan_visits(Dice& dice, std::uint64_t events);

  std::uint64_t seed_;
  std::vector<Visit> visits_;
  std::vector<double> waited_;
  std::vector<Arrival> life_;
};

/// The tags a person has today, in order.
std::vector<std::uint8_t> tags_of(const Plan& plan, std::uint32_t person);

}  // namespace koi::bench::behaviour
