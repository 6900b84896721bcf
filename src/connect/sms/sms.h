/// Text messages through a gateway of the merchant's own: a signed POST for each, repeated with the same id until it is answered. An
/// operator's API stands behind it by a few lines of the merchant's, or a provider that takes such a hook.
/// Owns connect_sms_gateway, connect_sms. Source: Standard Webhooks (ids, timestamps, signatures).
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect {
class Outgoing;
}

namespace koi::connect::sms {

struct SmsTag { static constexpr std::string_view prefix = "sms"; };
using SmsId = Id<SmsTag>;

struct Gateway { std::string url, sign; bool disabled = false; std::int64_t ver = 0; Instant updated_at{}; };
/// Nothing when none is connected.
Result<std::optional<Gateway>> gateway(Tx& tx);
/// What is absent stays. The secret is "whsec_" and base64 of 16 to 64 bytes.
struct PutGateway { std::optional<std::string> url, sign, secret; std::optional<bool> disabled; };
/// invalid "connect.channel_url", "connect.sms_secret", "connect.sms_sign" (2 to 12 characters or none).
Result<Gateway> put_gateway(Tx& tx, const PutGateway& cmd, std::string_view seal_key);
/// What waits is failed. not_found "connect.no_sms".
Result<> drop_gateway(Tx& tx);

/// To be sent once the transaction stands. unavailable "connect.no_sms"; invalid "connect.sms_phone" (not E.164), "connect.sms_text"
/// (1 to 500 characters).
struct NewText { std::string phone, text, purpose; };
Result<SmsId> queue_text(Tx& tx, const NewText& text, std::string_view seal_key);

struct TextLine { SmsId id; std::string purpose, phone, state, error; std::int64_t tries = 0; Instant created_at{}; std::optional<Instant> ended_at; };
/// Newest first, before `before` (0: all).
Result<std::vector<TextLine>> texts(Tx& tx, SmsId before, int limit);

/// Sends what is due, oldest first; how many were looked at. An answer of 2xx is sent, of 4xx refused (408, 409 and 429 are asked again);
/// anything else is repeated under the same id, so that a gateway that keeps ids sends it once, until kGivenUpAfter.
inline constexpr auto kGivenUpAfter = std::chrono::minutes(10);
Result<int> send_due(Db& db, Outgoing& out, std::string_view seal_key, int limit);

/// Sends what is queued while it stands: one thread, woken by whoever queues.
class Desk {
 public:
  Desk(Db& db, Outgoing& out);
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;
  /// There may be something to send, for any desk of the process.
  static void wake();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

std::span<const http::Route> routes();

}  // namespace koi::connect::sms
