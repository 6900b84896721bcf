/// The platform's API for one corp and one app: its token (one fetch at a time, one repeat after a dead one), its limits, and
/// errors with codes that stay. Bodies and replies are JSON objects; an errcode other than 0 is an error.
#pragma once
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ports.h"
#include "base/result.h"

namespace koi::connect {
class Outgoing;
}

namespace koi::connect::wecom {

using Query = std::vector<std::pair<std::string, std::string>>;
using PlatformDone = std::function<void(Result<boost::json::object>)>;

/// Codes of every call: unauthenticated "connect.wecom_token" (no token for this secret); invalid "connect.wecom_refused" (detail:
/// errcode and errmsg); throttled "connect.wecom_limit" (too many calls, ours not sent or theirs refused); unavailable
/// "connect.wecom_busy" (not done), "connect.wecom_unknown_outcome" (sent, and no answer), "connect.unreachable" (never sent);
/// malformed "connect.wecom_reply".
class Platform {
 public:
  virtual ~Platform() = default;
  /// One call of "externalcontact/add_contact_way"; `done` runs once, on the client's thread or on the caller's.
  virtual void send(std::string_view method, std::string_view path, Query query, std::string body, PlatformDone done) = 0;
  /// The same of a body that is no JSON and may be large: it has a minute. A platform that takes none refuses.
  virtual void send_form(std::string_view path, Query query, std::string_view content_type, std::string body, PlatformDone done);

  /// POST; what the platform does is done once at most.
  void call(std::string_view path, boost::json::object body, PlatformDone done);
  /// Waiting; a busy platform is asked again, at most three times. Not from the client's thread.
  Result<boost::json::object> ask(std::string_view path, const boost::json::object& body);
  Result<boost::json::object> get(std::string_view path, const Query& query);
  /// A form that brings a file; waiting. What came of one is of no account: it is sent again as a busy platform is asked again.
  Result<boost::json::object> upload(std::string_view path, const Query& query, std::string_view content_type, const std::string& form);

 private:
  Result<boost::json::object> wait(const std::function<void(PlatformDone)>& send);
};

/// Whether the platform refused with this errcode.
bool refused_with(const Error& error, int errcode);
/// Whether it was sent and nobody knows what came of it: it may be done, or not.
bool never_answered(const Error& error);

struct PlatformOptions {
  std::string corp_id, secret;
  std::string base_url = "https://qyapi.weixin.qq.com";
  Millis timeout{10'000};
  std::int64_t minute_max = 9'000, hour_max = 140'000;  // calls of one API; the platform's own are 10,000 and 150,000
};
/// Over HTTPS. Times are of `clock`.
std::shared_ptr<Platform> open_platform(Outgoing& outgoing, Clock& clock, PlatformOptions options);

}  // namespace koi::connect::wecom
