/// The story's dice: every draw comes from one seeded stream, so the same seed tells the same story.
#pragma once
#include <cmath>
#include <random>
#include <span>

#include "base/types.h"

namespace koi::app {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(engine_); }
  bool yes(double probability) { return uniform() < probability; }
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(engine_); }
  double gamma(double shape, double mean) { return std::gamma_distribution<double>(shape, mean / shape)(engine_); }
  double beta(double a, double b) {
    const double x = std::gamma_distribution<double>(a, 1)(engine_), y = std::gamma_distribution<double>(b, 1)(engine_);
    return x / (x + y);
  }
  double days_until(double per_day) { return std::exponential_distribution<double>(per_day)(engine_); }
  template <class T>
  const T& one_of(std::span<const T> items) { return items[static_cast<std::size_t>(below(static_cast<int>(items.size())))]; }
  /// An item by its `weight` member, each scaled by factor(item).
  template <class T, class F>
  const T& weighted(std::span<const T> items, F&& factor) {
    double total = 0;
    for (const auto& item : items) total += item.weight * factor(item);
    double at = uniform() * total;
    for (const auto& item : items)
      if ((at -= item.weight * factor(item)) <= 0) return item;
    return items.back();
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace koi::app
