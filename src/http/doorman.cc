#include "http/doorman.h"

namespace koi::http {

bool Doorman::enter(const std::string& ip, bool loopback) {
  const std::scoped_lock lock(mutex_);
  if (all_ >= all_max_) return false;
  if (!loopback) {
    const auto mine = by_ip_.find(ip);
    if (mine != by_ip_.end() && mine->second >= per_ip_max_) return false;
    ++by_ip_[ip];
  }
  ++all_;
  return true;
}

void Doorman::leave(const std::string& ip, bool loopback) {
  const std::scoped_lock lock(mutex_);
  --all_;
  if (!loopback) {
    const auto mine = by_ip_.find(ip);
    if (mine != by_ip_.end() && --mine->second == 0) by_ip_.erase(mine);
  }
  if (all_ == 0) left_.notify_all();
}

bool Doorman::wait_empty(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return left_.wait_for(lock, most, [this] { return all_ == 0; });
}

}  // namespace koi::http
