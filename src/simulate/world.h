/// Everything the simulator holds, and the one mutex over it; its time, its chance, and how it tells the outside.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "simulate/books.h"
#include "simulate/callbacks.h"
#include "simulate/clock.h"
#include "simulate/corp.h"
#include "simulate/faults.h"
#include "simulate/gate.h"
#include "simulate/simulate.h"
#include "simulate/storm.h"

namespace koi::simulate {

/// One field of an event; `raw` is XML already.
struct Field { std::string name, value; bool raw = false; };
struct Event {
  std::string event, change;
  std::vector<Field> fields;
  std::string from = "sys", agent = {}, type = "event";  // type: text, image … for what staff write to the app
};
/// An event as it went out, for assertions.
struct Heard { std::int64_t seq = 0; Seconds at = 0; Event event; };

class World {
 public:
  explicit World(const Options& options);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::mutex mutex;  // over all that follows
  const Options options;
  VirtualClock clock;
  Timers timers;
  Rng rng;
  Corp corp;
  Books books;
  Gate gate;
  Faults faults;
  Storms storms;
  std::deque<Heard> told;
  std::int64_t told_seq = 0;
  std::string base_url;              // http://127.0.0.1:PORT
  std::string sms_secret;            // what texts to /sim/sms are signed with
  bool lively = false;
  Callbacks callbacks;

  Instant instant() { return clock.now(); }
  Seconds now() { return to_ms(clock.now()) / 1000; }
  /// Days since 1970 in China, whose midnights the platform counts by.
  static std::int64_t day_of(Seconds t) { return (t + 8 * 3600) / 86'400; }
  static Seconds start_of(std::int64_t day) { return day * 86'400 - 8 * 3600; }
  std::string fresh(std::string_view prefix, std::size_t size) { return fresh_id(rng, prefix, size); }

  /// Tells the outside (a callback) and keeps a copy. `done` as in Callbacks::post.
  void emit(Event event, Callbacks::Done done = {});
  void after(Seconds wait, std::function<void()> what);
  /// Runs `what` after that many of the machine's milliseconds; it runs without the mutex.
  void after_real(std::int64_t ms, std::function<void()> what);
  /// Moves time forwards; everything that falls due on the way happens at its own time.
  void advance(Millis by);
  /// Nothing more happens by itself; answers held back are let go.
  void stop();

 private:
  void run();
  std::condition_variable wake_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> real_;
  bool stop_ = false;
  std::thread thread_;
};

/// The decrypted XML of an event.
std::string xml_of(const Event& event, std::string_view corp, Seconds at);

}  // namespace koi::simulate
