/// Welcomes: 20 seconds from the push, one attempt for each code. Owns connect_wecom_welcome.
#pragma once
#include <boost/json/object.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <thread>

#include "connect/wecom/platform.h"
#include "entry/arrivals.h"
#include "store/store.h"

namespace koi::connect::wecom {

struct Greeting { std::string corp, userid, external_userid, state, welcome_code; Instant received_at; int tries = 0; };

/// What the platform calls the media of a part; "" when it has none.
using MediaOf = std::function<std::string(const entry::WelcomePart&)>;
/// Text and attachments as the platform takes them; those that need media and have none are left out.
boost::json::object message_body(const std::string& text, std::span<const entry::WelcomePart> parts, const MediaOf& media_of);
/// The body of externalcontact/send_welcome_msg.
boost::json::object welcome_body(const std::string& welcome_code, const entry::Welcome& welcome, const MediaOf& media_of);

/// Sends welcomes on threads of its own.
class WelcomeLane {
 public:
  using Platforms = std::function<Result<std::shared_ptr<Platform>>(const std::string& corp)>;
  WelcomeLane(Db& db, Platforms platforms);
  ~WelcomeLane();
  void start();
  void stop();
  /// Once for each welcome code of the last minute. Does not wait.
  void take(Greeting greeting);
  struct Figures { std::uint64_t sent = 0, failed = 0; };
  Figures figures() const;

 private:
  struct Told { Greeting greeting; std::string state, error; Instant at; };
  void run(const std::stop_token& stop);
  void keep_books(const std::stop_token& stop);
  void greet(Greeting greeting);
  void say(Platform& platform, Greeting greeting, entry::Welcome words, std::string_view nick);
  void took_off();
  void landed();
  void again(Greeting greeting);
  void answered(const Greeting& greeting, const Result<boost::json::object>& reply);
  void told(Greeting greeting, std::string state, std::string error);
  void write_down();

  Db& db_;
  const Platforms platforms_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_, books_, landed_;
  std::size_t flying_ = 0;  // asked, not answered
  std::deque<Greeting> waiting_;
  std::multimap<std::chrono::steady_clock::time_point, Greeting> later_;  // the platform was busy
  std::deque<std::pair<Instant, std::string>> lately_;  // codes taken, oldest first
  std::set<std::string> taken_;
  std::vector<Told> told_;
  Figures figures_;
  std::vector<std::jthread> threads_;
};

}  // namespace koi::connect::wecom
