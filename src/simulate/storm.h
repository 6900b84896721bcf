/// Many friends at once: adds at a rate, and how long callbacks took to be answered and welcomes to come back.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace koi::simulate {

class World;

struct Percentiles { std::int64_t count = 0; double p50_ms = 0, p90_ms = 0, p99_ms = 0, max_ms = 0; };

struct Storm {
  int id = 0;
  std::int64_t adds = 0, added = 0, answered = 0, failed = 0;
  double rate = 0;
  bool over = false;                     // all adds are out
  std::chrono::steady_clock::time_point began{}, ended{}, last{};   // last: the latest answer or welcome
  std::vector<std::int64_t> answer_us, welcome_us;
};

/// The storms of this run, newest last. Under World's mutex.
class Storms {
 public:
  Storm& begin(std::int64_t adds, double rate);
  Storm* find(int id);
  Storm* latest() { return all_.empty() ? nullptr : &all_.rbegin()->second; }
  void welcomed(int id, std::chrono::steady_clock::time_point born);
  void answered(int id, std::chrono::steady_clock::time_point sent, std::chrono::steady_clock::time_point answered, bool ok);

 private:
  std::map<int, Storm> all_;
};

Percentiles percentiles(std::vector<std::int64_t> micros);
/// One slice of a storm: the adds that are due by now. True when all are out. Takes the mutex itself.
bool blow(World& world, int storm, const std::string& config_id);

}  // namespace koi::simulate
