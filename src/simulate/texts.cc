/// A gateway for text messages: takes them as a merchant's own would, keeps an id once, and shows what would stand on the telephone.
#include <algorithm>
#include <cstdlib>

#include "base/crypto.h"
#include "base/ports.h"
#include "base/text.h"
#include "simulate/control.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kTextsMax = 200;
constexpr Seconds kSkewMax = 300;
constexpr std::string_view kSecretPrefix = "whsec_", kVersion = "v1,";

/// "v1,BASE64" of HMAC-SHA-256 over id.timestamp.body; several may stand there, apart by spaces.
bool signed_well(const Steer& s, std::string_view id, std::string_view at) {
  const auto key = unbase64(std::string_view(s.world.sms_secret).substr(kSecretPrefix.size()));
  const auto wanted = std::string(kVersion) + base64(hmac_sha256(key.value_or(""), std::string(id) + "." + std::string(at) + "." + s.request.body));
  const auto given = s.request.header("webhook-signature");
  return std::ranges::any_of(split_text(given, ' '), [&](std::string_view one) { return one == wanted; });
}

Result<json::object> take(Steer& s) {
  const std::string id(s.request.header("webhook-id")), at(s.request.header("webhook-timestamp"));
  if (id.empty() || !signed_well(s, id, at)) return fail(Errc::unauthenticated, "simulate.sms_signature");
  // The sender's clock is the machine's, whatever the corp's shows.
  if (std::llabs(parse_int(at).value_or(0) - to_ms(system_clock().now()) / 1000) > kSkewMax) return fail(Errc::unauthenticated, "simulate.sms_signature", "timestamp");
  auto& kept = s.world.books.texts;
  if (std::ranges::find(kept, id, &SmsText::id) == kept.end()) kept.push_front({id, s.text("to"), s.text("text"), s.text("purpose"), s.world.now()});
  if (kept.size() > kTextsMax) kept.pop_back();
  return json::object{{"id", id}};
}

Result<json::object> look(Steer& s) {
  json::array out;
  for (const auto& t : s.world.books.texts) out.push_back(json::object{{"id", t.id}, {"to", t.to}, {"text", t.text}, {"purpose", t.purpose}, {"at", t.at}});
  return json::object{{"texts", std::move(out)}};
}

}  // namespace

std::span<const ControlCall> text_controls() {
  static constexpr ControlCall kCalls[] = {{"POST", "sms", take}, {"GET", "sms", look}};
  return kCalls;
}

}  // namespace koi::simulate
