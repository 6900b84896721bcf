/// Callbacks on their way to the address the corp configured: sealed, signed, posted by one thread with many in flight,
/// tried again, and troubled on request (twice, late, out of order, lost). Times here are the machine's, not the corp's.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/ports.h"

namespace koi::simulate {

struct CallbackAddress { std::string url, token, aes_key, corp; };

/// How deliveries go wrong; shares are 0…1, drawn from the seed.
struct Trouble {
  double twice = 0, lost = 0, shuffled = 0;
  std::int64_t delay_min_ms = 0, delay_max_ms = 0, shuffle_ms = 2000;
  int tries = 4;                  // the first and three more
  std::int64_t retry_ms = 1000, patience_ms = 5000;
};

struct DeliveryFigures {
  std::int64_t made = 0, lost = 0, doubled = 0, sent = 0, answered = 0, retried = 0, given_up = 0;
};

/// One try of one callback and what it was answered; times of the machine. status 0: nobody answered, `error` says why.
struct Delivery {
  std::int64_t seq = 0, at_ms = 0, took_ms = 0;
  std::string event, change, answer, error;
  int status = 0, tries = 0;
  bool over = false;   // no further try follows
};

/// What a GET or POST to somebody else brought.
struct Fetched { int status = 0; std::string body, url, error; };

class Callbacks {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  /// How one delivery ended: when it was first sent, when it was answered, whether with a 200.
  using Done = std::function<void(Steady sent, Steady answered, bool ok)>;

  Callbacks(CallbackAddress address, std::uint64_t seed);
  ~Callbacks();
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;

  CallbackAddress address();
  /// False when the key is no EncodingAESKey.
  bool set_address(CallbackAddress address);
  Trouble trouble();
  void set_trouble(const Trouble& trouble);
  /// Queues one event; nothing when no address is set. `stamp` is the corp's time in seconds.
  void post(std::string xml, std::string agent, std::int64_t stamp, Done done = {});
  /// The GET echo check an administrator triggers by saving the address: ok when the bare text came back.
  void verify(std::int64_t stamp, std::function<void(bool ok, Fetched)> done);
  /// Fetches a page as the WeChat browser does, following redirects.
  void open(std::string url, std::function<void(Fetched)> done);
  DeliveryFigures figures();
  /// The latest tries, newest first, at most 200.
  std::vector<Delivery> deliveries();
  /// Waits until nothing is queued or in flight, at most `patience`.
  bool idle(std::chrono::milliseconds patience);

 private:
  struct Parcel;
  struct Wire;
  void run();
  void queue(std::shared_ptr<Parcel> parcel, Steady due);
  void start_due(Wire& wire);
  void note(const Parcel& parcel, const Fetched& got, bool over, Steady now);
  void finish(Wire& wire, std::shared_ptr<Parcel> parcel, void* easy, int code);

  std::mutex mutex_;
  std::condition_variable quiet_;
  CallbackAddress address_;
  std::string key_;
  Trouble trouble_;
  Rng rng_;
  DeliveryFigures figures_;
  std::deque<Delivery> noted_;
  std::int64_t noted_seq_ = 0;
  std::multimap<Steady, std::shared_ptr<Parcel>> waiting_;
  std::size_t in_flight_ = 0;
  void* multi_ = nullptr;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace koi::simulate
