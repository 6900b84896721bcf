/// The platform as one corp's app sees it: one token for all who call, limits learnt from its answers, errors by their errcode,
/// and a call made again only where nothing can happen twice. Paths are those behind /cgi-bin/: "externalcontact/get".
/// Source: the platform's documents 90313 (errors), 90454 (limits), 91039 (token).
#pragma once
#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ports.h"
#include "base/result.h"
#include "connect/outgoing/client.h"

namespace koi::connect::wecom {

using Query = std::vector<std::pair<std::string, std::string>>;

/// What an answer's errcode means; nothing for 0. The number and the platform's words are the detail.
/// forbidden "connect.wecom_credentials" (corp or secret), "connect.wecom_ip" (our address is not trusted), "connect.wecom_right";
/// unauthenticated "connect.wecom_token"; throttled "connect.wecom_limit"; unavailable "connect.wecom_busy"; conflict
/// "connect.wecom_refused" for the rest.
Result<> judge(const boost::json::object& answer);
/// Whether an error came with this errcode.
bool refused_with(const Error& error, int errcode);

class Platform {
 public:
  virtual ~Platform() = default;
  /// POST, waits. Codes of judge; a lost answer is unavailable "connect.wecom_unknown_outcome": it may have taken effect.
  virtual Result<boost::json::object> ask(std::string_view path, boost::json::object body) = 0;
  /// GET, waits; a lost answer is asked for again.
  virtual Result<boost::json::object> get(std::string_view path, Query query) = 0;
  /// POST without waiting and without a second try, when a token is at hand; else false and `done` never runs. `done` runs on the
  /// client's thread.
  virtual bool tell(std::string_view path, const boost::json::object& body, std::function<void(Result<boost::json::object>)> done) = 0;
  /// A fresh token whatever is at hand: what a check of the secret does.
  virtual Result<> log_in() = 0;
  /// multipart/form-data: one file.
  virtual Result<boost::json::object> upload(std::string_view path, Query query, std::string_view field, std::string_view name, std::string_view type, std::string_view bytes) = 0;
};

struct PlatformOptions {
  std::string corp_id, secret, base_url;  // without a slash at its end
  int calls_a_minute = 9'500;             // of one path
};
/// Keeps `out` and `clock`. The clock only says when a token ends and what minute it is.
std::shared_ptr<Platform> open_platform(Outgoing& out, Clock& clock, PlatformOptions options);

}  // namespace koi::connect::wecom
