/// One I/O thread: its io_context, its connections, and the inbox through which other threads hand replies over.
/// Only for .cc files: Asio stays inside this room.
#pragma once
#if defined(__SANITIZE_THREAD__)
#define BOOST_ASIO_DISABLE_FENCED_BLOCK  // TSan does not know fences; the scheduler's mutex orders the same accesses
#endif
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "http/doorman.h"
#include "http/work.h"

namespace koi::http {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;  // named, so that every operation is free of type erasure
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Steady = std::chrono::steady_clock::time_point;

class Session;

class Loop {
 public:
  explicit Loop(Site& site);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();   // starts the thread
  void stop();  // closes every connection, then joins
  bool here() const { return std::this_thread::get_id() == thread_.get_id(); }

  /// From any thread: the session's reply is ready. One wake-up serves all replies of a commit.
  void hand_over(std::shared_ptr<Session> session);
  /// Closes connections that wait for a request (drain), on this loop.
  void close_idle();

  /// False while stopping: the newcomer has to leave.
  bool adopt(Session* session) { return !stopping_ && sessions_.insert(session).second; }
  void forget(Session* session) { sessions_.erase(session); }
  std::string_view date() const { return date_; }

  asio::io_context io{1};

 private:
  void empty_inbox();
  void tick();
  void renew_date();

  Site& site_;
  Timer timer_;
  asio::executor_work_guard<Executor> guard_;
  std::unordered_set<Session*> sessions_;
  std::string date_;
  bool stopping_ = false;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Session>> inbox_, taken_;
  bool waking_ = false, stopped_ = false;
  std::thread thread_;
};

/// What a request may outlive the Server with: sessions hold it until their last reply has come home.
struct Core {
  template <class... A>
  explicit Core(std::size_t all_max, std::size_t per_ip_max, A&&... site_args)
      : site(std::forward<A>(site_args)...), doorman(all_max, per_ip_max) {}
  Site site;
  Doorman doorman;
  std::vector<std::unique_ptr<Loop>> loops;
};

}  // namespace koi::http
