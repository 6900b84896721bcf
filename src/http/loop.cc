#include "http/loop.h"

#include <boost/asio/post.hpp>
#include <ctime>

#include "http/session.h"

namespace koi::http {

namespace {
constexpr auto kTick = std::chrono::milliseconds(250);
}

Loop::Loop(Site& site) : site_(site), timer_(io.get_executor()), guard_(io.get_executor()) { renew_date(); }

Loop::~Loop() { stop(); }

void Loop::run() {
  thread_ = std::thread([this] {
    name_thread("koi-http");
    tick();
    io.run();
  });
}

void Loop::stop() {
  if (!thread_.joinable()) return;
  asio::post(io, [this] {
    stopping_ = true;
    timer_.cancel();
    const auto all = sessions_;
    for (auto* session : all) session->close();
    guard_.reset();
  });
  thread_.join();
  const std::scoped_lock lock(mutex_);
  stopped_ = true;
  inbox_.clear();
}

void Loop::hand_over(std::shared_ptr<Session> session) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopped_) return;
    inbox_.push_back(std::move(session));
    if (std::exchange(waking_, true)) return;  // somebody's wake-up is under way and will find this one too
  }
  asio::post(io, [this] { empty_inbox(); });
}

void Loop::empty_inbox() {
  for (;;) {
    {
      const std::scoped_lock lock(mutex_);
      if (inbox_.empty()) {
        waking_ = false;
        return;
      }
      taken_.swap(inbox_);
    }
    for (auto& session : taken_) session->reply_ready();
    taken_.clear();
  }
}

void Loop::close_idle() {
  asio::post(io, [this] {
    const auto all = sessions_;
    for (auto* session : all) session->close_if_idle();
  });
}

void Loop::tick() {
  if (stopping_) return;
  renew_date();
  site_.log.flush();
  const auto now = std::chrono::steady_clock::now();
  const auto all = sessions_;  // sweeping may close, and closing forgets
  for (auto* session : all) session->sweep(now);
  timer_.expires_after(kTick);
  timer_.async_wait([this](boost::system::error_code) { tick(); });
}

void Loop::renew_date() {
  const auto now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[40];
  date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc));
}

}  // namespace koi::http
