/// Where calls to the platform are made: a few threads that may wait, so that nobody else has to. One for a store.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "connect/outgoing/client.h"
#include "connect/wechat/host.h"
#include "connect/wechat/pay_host.h"
#include "http/http.h"

namespace koi::connect::wechat {

constexpr std::size_t kErrandsMax = 1000;           // waiting; more are refused
constexpr std::size_t kStrangersErrandsMax = 300;   // of those nobody signed for: they do not crowd out the rest

struct DeskOptions {
  int threads = 3;        // 0: whoever posts does the work, at once
  Millis every{20'000};   // between two looks at what is due
  std::string seal_key;
};

class Desk {
 public:
  Desk(Db& db, Outgoing& out, DeskOptions options);
  ~Desk();  // what is at work ends, what waits is dropped
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  Db& db() { return db_; }
  const std::string& seal_key() const { return options_.seal_key; }
  /// Blocking look-ups: not on the Writer, not on an I/O thread. not_found "connect.no_channel", conflict "connect.channel_kind".
  Result<std::shared_ptr<Host>> host(std::string_view app, std::string_view kind = {});
  Result<std::shared_ptr<PayHost>> pay(std::string_view mch);
  /// unavailable "connect.channel_busy".
  Result<> post(std::function<void()> work, bool stranger = false);
  /// Looks at what is due now: payments nobody told us the end of, followers to ask about. What fails is tried at the next look.
  /// Whether more is waiting.
  bool look();

 private:
  Result<Account> account(std::string_view app);
  void work(std::stop_token stop);
  void keep_looking(std::stop_token stop);

  Db& db_;
  Outgoing& out_;
  const DeskOptions options_;
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<std::function<void()>> queue_;
  std::map<std::string, std::shared_ptr<Host>, std::less<>> hosts_;
  std::map<std::string, std::shared_ptr<PayHost>, std::less<>> merchants_;
  std::vector<std::jthread> threads_;  // last: they use what stands above
};

/// The desk of a store. unavailable "connect.channel_off".
Result<Desk*> desk_of(Db& db);
/// One for the process to keep; at its end before the store closes.
Result<> open_desk(Db& db, Outgoing& out, DeskOptions options = {});
void close_desk(Db& db);

/// A handler that asks the platform: `fn` runs at the desk, what it returns is the reply. With a subject, that somebody asked for
/// it is in the audit log before it is done.
Result<Answer> at_desk(Call& call, std::function<Result<Reply>(Desk&)> fn, std::string subject = {});

}  // namespace koi::connect::wechat
