/// What WeCom pushes: believed or refused, written down, answered; what it means is worked out afterwards (inbox.h). Owns
/// connect_callback, connect_callback_seal, connect_callback_refused.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/crypto/callback_xml.h"
#include "connect/wecom/corp.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wecom {

struct PushTag { static constexpr std::string_view prefix = "psh"; };
using PushId = Id<PushTag>;

/// One push that was believed.
struct Push {
  std::string text;       // the XML
  std::string signature;  // of the seal it came under
  crypto::CallbackXml xml;
  std::string kind;       // "change_external_contact/add_external_contact", "text", "enter_agent"
  std::string said;       // digest of what it says, whatever the seal
  Instant happened_at;    // by the platform's clock, at most a little ahead of ours
};
inline constexpr std::int64_t kPushSkewMs = 300'000;  // a seal's time stands no further from ours
inline constexpr std::size_t kPushBytesMax = 256 << 10;
/// unauthenticated "connect.callback_expired", "connect.callback_signature", "connect.callback_receiver"; malformed
/// "connect.callback_query", "connect.callback_xml", "connect.callback_cipher"; too_large "connect.callback_large".
Result<Push> open_push(const Corp& corp, std::string_view raw_query, std::string_view body, Instant now);

/// Writes a push down; false when it was there already (the platform repeats itself). unauthenticated
/// "connect.callback_replayed" when the seal was used for other words.
Result<bool> take_push(Tx& tx, std::string_view corp_id, const Push& push);
/// Counts what was refused, by day and reason.
Result<> count_refused(Tx& tx, std::string_view corp_id, std::string_view reason, std::int64_t times);

struct PushRow {
  PushId id;
  std::string corp_id, kind, state, error, body;
  std::int64_t tries = 0, times = 0;
  Instant happened_at, received_at;
  std::optional<Instant> done_at;
};
struct FindPushes { std::string corp_id, state /* "": any */; std::int64_t before = 0; int limit = 50; };
/// Newest first; the body of a customer's message is not shown.
Result<std::vector<PushRow>> list_pushes(Tx& tx, const FindPushes& find);
/// Failed, unknown or done ones are worked on again; how many. `push` 0: all that failed of the corp.
Result<std::int64_t> replay_pushes(Tx& tx, std::string_view corp_id, PushId push);

struct Refused { std::string reason; std::int64_t times = 0; };
struct Health {
  std::int64_t waiting = 0, failed = 0, unknown = 0, done_day = 0;
  std::int64_t lag_s = 0;                     // age of the oldest that waits
  std::optional<Instant> last_at;             // when the platform last spoke
  std::vector<Refused> refused;               // of the last seven days
  std::int64_t welcomes_sent = 0, welcomes_failed = 0;  // of the last day
  std::optional<std::int64_t> welcome_p99_ms;
};
Result<Health> health_of(Tx& tx, std::string_view corp_id);
/// Bodies of what was done 30 days ago, seals and refusals past their days; how many rows.
Result<std::int64_t> prune_pushes(Tx& tx, int limit);

std::span<const http::Route> callback_routes();

}  // namespace koi::connect::wecom
