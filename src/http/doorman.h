/// Connections counted over all loops, with a cap on all and on each address. Loopback has no cap of its own: a proxy
/// or a load test on this machine speaks for many.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <unordered_map>

namespace koi::http {

class Doorman {
 public:
  Doorman(std::size_t all_max, std::size_t per_ip_max) : all_max_(all_max), per_ip_max_(per_ip_max) {}
  bool enter(const std::string& ip, bool loopback);
  void leave(const std::string& ip, bool loopback);
  /// Whether everybody has left by then.
  bool wait_empty(std::chrono::milliseconds most);

 private:
  const std::size_t all_max_, per_ip_max_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t all_ = 0;
  std::unordered_map<std::string, std::size_t> by_ip_;
};

}  // namespace koi::http
