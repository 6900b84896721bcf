/// Orders and refunds that a shop pushes: POST /hooks/orders/{source}, signed. Owns hook_source, hook_seen.
/// Header X-Koipond-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, t + "." + raw body)>; several v1 may stand
/// side by side during a rotation.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/http.h"
#include "store/store.h"

namespace koi::connect::shops {

constexpr std::int64_t kWindowSeconds = 300;       // either side of our clock
constexpr std::int64_t kOldSecretHours = 24;       // after a rotation
constexpr std::size_t kOrdersACall = 200;

struct NewSecret { std::string source, secret; };
/// Makes a hook source; the only time its secret is seen. conflict "connect.hook_exists"; invalid "connect.bad_source".
Result<NewSecret> create_hook(Tx& tx, std::string_view source, std::string_view name, std::string_view seal_key);
/// A new secret; the old one counts for another 24 hours. not_found "connect.no_hook".
Result<NewSecret> rotate_hook(Tx& tx, std::string_view source, std::string_view seal_key);
Result<> disable_hook(Tx& tx, std::string_view source, bool disabled);

/// The secrets that count now. not_found "connect.no_hook" when the source is unknown or disabled.
Result<std::vector<std::string>> secrets_of(Tx& tx, std::string_view source, std::string_view seal_key);

/// Judges the header: malformed "connect.hook_no_signature", unauthenticated "connect.hook_expired" (beyond the window),
/// "connect.hook_signature". The signature that fits, for the replay cache. Compares in constant time.
Result<std::string> check_signature(std::string_view header, std::string_view body, std::span<const std::string> secrets,
                                    Instant now);
/// Remembers a signature; conflict "connect.hook_replayed" when it came before.
Result<> note_signature(Tx& tx, std::string_view source, std::string_view signature);

/// What a call brought.
struct Taken { std::int64_t orders = 0, orders_changed = 0, refunds = 0; };
/// Applies {"orders": [...], "refunds": [...]} (or one "order" / "refund"); all or nothing. Codes of http/wire.h,
/// commerce and people; too_large "connect.hook_too_many".
Result<Taken> take_orders(Tx& tx, std::string_view source, std::string_view body);

std::span<const http::Route> routes();

}  // namespace koi::connect::shops
