#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/ports.h"
#include "connect/outgoing/client.h"
#include "connect/seal_key.h"
#include "connect/sms/sms.h"

namespace koi::connect::sms {
namespace {

constexpr auto kTick = std::chrono::seconds(2);
constexpr int kAtOnce = 50;

/// Whoever queues does not know which desk sends; there is one in a process that serves.
struct Bell {
  std::mutex mutex;
  std::condition_variable_any ready;
  std::uint64_t calls = 0;
};
Bell& bell() {
  static Bell one;
  return one;
}

}  // namespace

struct Desk::Inside {
  Inside(Db& d, Outgoing& o) : db(d), out(o), thread([this](std::stop_token stop) { run(stop); }) {}

  void run(std::stop_token stop) {
    name_thread("koi-sms");
    auto& b = bell();
    std::uint64_t seen = 0;
    while (!stop.stop_requested()) {
      const auto key = seal_key(db);
      // What fails here is the store's trouble: looked at again with the next tick.
      while (key && !stop.stop_requested() && send_due(db, out, *key, kAtOnce).value_or(0) == kAtOnce) {}
      std::unique_lock lock(b.mutex);
      b.ready.wait_for(lock, stop, kTick, [&] { return b.calls != seen; });
      seen = b.calls;
    }
  }

  Db& db;
  Outgoing& out;
  std::jthread thread;
};

Desk::Desk(Db& db, Outgoing& out) : inside_(std::make_unique<Inside>(db, out)) {}
Desk::~Desk() = default;

void Desk::wake() {
  auto& b = bell();
  {
    const std::scoped_lock lock(b.mutex);
    ++b.calls;
  }
  b.ready.notify_all();
}

}  // namespace koi::connect::sms
