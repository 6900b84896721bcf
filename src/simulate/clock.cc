#include "simulate/clock.h"

namespace koi::simulate {

VirtualClock::VirtualClock(Instant start, double speed)
    : base_(start), since_(std::chrono::steady_clock::now()), speed_(speed) {}

Instant VirtualClock::read() const {
  const std::chrono::duration<double, std::milli> passed = std::chrono::steady_clock::now() - since_;
  return base_ + Millis(static_cast<std::int64_t>(passed.count() * speed_));
}

Instant VirtualClock::now() {
  const std::scoped_lock lock(mutex_);
  return read();
}

double VirtualClock::speed() {
  const std::scoped_lock lock(mutex_);
  return speed_;
}

void VirtualClock::set_speed(double speed) {
  const std::scoped_lock lock(mutex_);
  base_ = read();
  since_ = std::chrono::steady_clock::now();
  speed_ = speed;
}

void VirtualClock::move_to(Instant t) {
  const std::scoped_lock lock(mutex_);
  if (t <= read()) return;
  base_ = t;
  since_ = std::chrono::steady_clock::now();
}

std::optional<std::pair<Instant, std::function<void()>>> Timers::take(Instant now) {
  if (due_.empty() || due_.begin()->first > now) return {};
  auto node = due_.extract(due_.begin());
  return std::pair(node.key(), std::move(node.mapped()));
}

}  // namespace koi::simulate
