/// The one way out: HTTP by libcurl, on one thread that keeps its connections. Certificates are checked, redirects are not
/// followed, and addresses inside our own walls are not spoken to unless that is allowed.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace koi::connect {

struct OutRequest {
  std::string method = "GET", url, body;
  std::vector<std::pair<std::string, std::string>> headers;
  Millis connect{3000}, total{10000};
  std::size_t reply_max = 4 << 20;
};
struct OutReply {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

class Outgoing {
 public:
  virtual ~Outgoing() = default;
  /// `done` runs on the client's thread, once. unavailable "connect.unreachable" (nothing was sent), "connect.timeout" (what came of
  /// it is unknown), "connect.reply_too_large" (the same); forbidden "connect.address".
  virtual void send(OutRequest request, std::function<void(Result<OutReply>)> done) = 0;
  /// The same, waiting. Not from the client's thread.
  Result<OutReply> ask(OutRequest request);
};

struct OutOptions { bool private_addresses = false; long connections = 64; };
/// Ends its thread when it goes; requests at work end with "connect.timeout".
std::unique_ptr<Outgoing> open_outgoing(OutOptions options);

}  // namespace koi::connect
