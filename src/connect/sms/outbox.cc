// Texts on their way: queued with what they are about, sent by the desk, and what became of them.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/outgoing/client.h"
#include "connect/sms/inside.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::connect::sms {

BOOST_DESCRIBE_STRUCT(TextLine, (), (id, purpose, phone, state, error, tries, created_at, ended_at))
struct DueText { SmsId id; std::string purpose; store::Blob sealed; std::int64_t tries = 0; Instant created_at; };
BOOST_DESCRIBE_STRUCT(DueText, (), (id, purpose, sealed, tries, created_at))

namespace {

constexpr std::string_view kAdd =
    "INSERT INTO connect_sms (id, purpose, phone, sealed, state, tries, try_at, error, created_at) VALUES ($1, $2, $3, $4, 'queued', 0, $5, '', $5)";
constexpr std::string_view kList =
    "SELECT id, purpose, phone, state, error, tries, created_at, ended_at FROM connect_sms WHERE $1 = 0 OR id < $1 ORDER BY id DESC LIMIT $2";
constexpr std::string_view kDue = "SELECT id, purpose, sealed, tries, created_at FROM connect_sms WHERE state = 'queued' AND try_at <= $1 ORDER BY try_at LIMIT $2";
// Before it is asked for: whoever is killed in between asks again later, under the same id.
constexpr std::string_view kTake = "UPDATE connect_sms SET tries = tries + 1, try_at = $3 WHERE id = $1 AND state = 'queued' AND tries = $2";
constexpr std::string_view kEnd = "UPDATE connect_sms SET state = $2, error = $3, sealed = NULL, ended_at = $4 WHERE id = $1 AND state = 'queued'";
constexpr std::string_view kLater = "UPDATE connect_sms SET error = $2 WHERE id = $1 AND state = 'queued'";

constexpr std::size_t kPhoneMin = 8, kPhoneMax = 16, kTextMax = 500;
constexpr std::string_view kVersion = "v1,";

bool is_e164(std::string_view phone) {
  return phone.size() >= kPhoneMin && phone.size() <= kPhoneMax && phone.front() == '+' &&
         std::ranges::all_of(phone.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

Millis wait_after(std::int64_t tries) { return Millis(15'000) * (1LL << std::min<std::int64_t>(tries, 4)); }

OutRequest request_for(const DueText& due, const std::string& sealed_body, const Gateway& g, const std::string& key, Instant now) {
  OutRequest out;
  out.method = "POST";
  out.url = g.url;
  auto body = boost::json::parse(sealed_body).as_object();
  body["id"] = to_text(due.id);
  body["purpose"] = due.purpose;
  if (!g.sign.empty()) body["text"] = "【" + g.sign + "】" + std::string(body["text"].as_string());
  out.body = boost::json::serialize(body);
  const auto at = std::to_string(to_ms(now) / 1000);
  out.headers = {{"content-type", "application/json"}, {"webhook-id", to_text(due.id)}, {"webhook-timestamp", at},
                 {"webhook-signature", std::string(kVersion) + base64(hmac_sha256(key, to_text(due.id) + "." + at + "." + out.body))}};
  return out;
}

/// What an answer means: "" sent, else why not; `again` when it may be asked once more.
struct Verdict { std::string error; bool again = false; };
Verdict verdict_of(const Result<OutReply>& reply) {
  if (!reply) return {reply.error().code, reply.error().code != "connect.address"};
  if (reply->status >= 200 && reply->status < 300) return {};
  const bool later = reply->status >= 500 || reply->status == 408 || reply->status == 409 || reply->status == 429;
  return {fmt::format("HTTP {}", reply->status), later};
}

Result<> end(Db& db, SmsId id, std::string_view state, std::string_view error) {
  return db.write([&](Tx& tx) -> Result<> {
    TRY(tx.exec(kEnd, id, state, take_chars(error, 200), tx.now()));
    return {};
  });
}

Result<> send_one(Db& db, Outgoing& out, std::string_view seal_key, const DueText& due, const Gateway& g, const std::string& key) {
  TRY(const auto taken, db.write([&](Tx& tx) { return tx.exec(kTake, due.id, due.tries, tx.now() + wait_after(due.tries)); }));
  if (taken == 0) return {};  // another process was quicker
  const auto body = unseal(seal_key, due.sealed.bytes);
  if (!body) return end(db, due.id, "failed", "connect.seal_key");
  const auto now = db.clock().now();
  if (now - due.created_at > kGivenUpAfter) return end(db, due.id, "failed", "connect.sms_late");
  const auto verdict = verdict_of(out.ask(request_for(due, *body, g, key, now)));
  if (verdict.error.empty()) return end(db, due.id, "sent", "");
  if (!verdict.again) return end(db, due.id, "failed", verdict.error);
  return db.write([&](Tx& tx) -> Result<> {
    TRY(tx.exec(kLater, due.id, take_chars(verdict.error, 200)));
    return {};
  });
}

}  // namespace

Result<SmsId> queue_text(Tx& tx, const NewText& text, std::string_view seal_key) {
  TRY(const auto there, gateway(tx));
  if (!there || there->disabled) return fail(Errc::unavailable, "connect.no_sms");
  if (!is_e164(text.phone)) return fail(Errc::invalid, "connect.sms_phone", {}, "/phone");
  if (text.text.empty() || !valid_utf8(text.text) || count_chars(text.text) > kTextMax) return fail(Errc::invalid, "connect.sms_text", {}, "/text");
  const auto id = tx.next_id<SmsId>();
  const auto body = boost::json::serialize(boost::json::object{{"to", text.phone}, {"text", text.text}});
  TRY(tx.exec(kAdd, id, text.purpose, people::mask_phone(text.phone), store::Blob{seal(seal_key, body)}, tx.now()));
  tx.after_commit([] { Desk::wake(); });
  return id;
}

Result<std::vector<TextLine>> texts(Tx& tx, SmsId before, int limit) { return tx.all<TextLine>(kList, before.v, std::clamp(limit, 1, 200)); }

Result<int> send_due(Db& db, Outgoing& out, std::string_view seal_key, int limit) {
  struct Found { std::optional<Gateway> gateway; std::optional<std::string> secret; std::vector<DueText> due; };
  TRY(const auto found, db.read([&](Tx& tx) -> Result<Found> {
    Found f;
    TRY(f.gateway, gateway(tx));
    if (!f.gateway || f.gateway->disabled) return f;
    TRY(f.secret, gateway_secret(tx, seal_key));
    TRY(f.due, tx.all<DueText>(kDue, tx.now(), limit));
    return f;
  }));
  if (found.due.empty()) return 0;
  const auto key = signing_key(found.secret.value_or(""));
  if (!key) return fail(Errc::internal, "connect.sms_secret");
  for (const auto& due : found.due) TRY(send_one(db, out, seal_key, due, *found.gateway, *key));
  return static_cast<int>(found.due.size());
}

}  // namespace koi::connect::sms
