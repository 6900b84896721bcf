/// Who may call, and how often: apps and their secrets, tokens and their lives, frequency buckets, and what was called.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulate/corp.h"
#include "simulate/simulate.h"

namespace koi::simulate {

struct App {
  std::string name, secret, agent;
  bool sync = false;               // 通讯录同步: reads the directory's ids only
};
struct Token { const App* app = nullptr; Seconds until = 0; bool killed = false; };

/// One call as it came, for assertions.
struct CallSeen {
  std::int64_t seq = 0;
  Seconds at = 0;
  std::string method, path, app, query, body;
  int errcode = 0;
  std::string fault;
};
struct CallCount { std::int64_t calls = 0, refused = 0; };

class Gate {
 public:
  Gate(const Options& options, Rng& rng);
  const std::deque<App>& apps() const { return apps_; }
  const App* app_of_secret(std::string_view secret) const;
  /// The same token while it lives, else a new one.
  std::pair<std::string, Seconds> token_for(const App& app, Seconds now, Rng& rng);
  /// 0, or 41001, 40014, 42001; `app` is whose token it is.
  int check(std::string_view token, Seconds now, const App*& app) const;
  /// The platform may end tokens early; how many it ended.
  int kill_tokens(std::string_view app_name);
  /// Whether one more call of this API in this minute and hour is too many.
  bool over_limit(std::string_view path, Seconds now);
  void note(CallSeen seen);

  bool limits = true;
  std::int64_t minute_max = 10'000, hour_max = 150'000, token_life = 7200;
  std::deque<CallSeen> calls;
  std::map<std::string, CallCount, std::less<>> counts;

 private:
  struct Bucket { std::int64_t minute = 0, hour = 0, in_minute = 0, in_hour = 0; };
  std::deque<App> apps_;
  std::unordered_map<std::string, Token> tokens_;
  std::map<const App*, std::string> current_;
  std::unordered_map<std::string, Bucket> buckets_;
  std::int64_t seq_ = 0;
};

}  // namespace koi::simulate
