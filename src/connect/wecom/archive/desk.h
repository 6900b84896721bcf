/// The rounds of the session archive, and its routes.
#pragma once
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "connect/wecom/archive/finance.h"
#include "connect/wecom/platform.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wecom {

/// Pulls the corps that are due; one thread calls it.
class ArchiveRounds {
 public:
  ArchiveRounds(Db& db, Outgoing& out) : db_(db), out_(out) {}
  /// Whether there is more at once.
  bool round(const std::function<bool()>& go_on);

 private:
  struct Open { std::int64_t ver = 0, corp_ver = 0; std::unique_ptr<Finance> finance; std::shared_ptr<Platform> platform; std::deque<std::chrono::steady_clock::time_point> calls; };
  Result<bool> pull(const std::string& corp, const std::function<bool()>& go_on);
  Db& db_;
  Outgoing& out_;
  std::map<std::string, Open> open_;
};

std::span<const http::Route> archive_routes();

}  // namespace koi::connect::wecom
