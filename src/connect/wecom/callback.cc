#include "connect/wecom/callback.h"

#include <algorithm>
#include <cstdlib>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/wecom/desk.h"
#include "store/rows.h"

namespace koi::connect::wecom {

BOOST_DESCRIBE_STRUCT(PushRow, (), (id, corp_id, kind, state, error, body, tries, times, happened_at, received_at, done_at))
BOOST_DESCRIBE_STRUCT(Refused, (), (reason, times))
struct StateCount { std::string state; std::int64_t times = 0; std::optional<Instant> oldest, newest; };
BOOST_DESCRIBE_STRUCT(StateCount, (), (state, times, oldest, newest))
struct WelcomeCount { std::string state; std::int64_t times = 0; };
BOOST_DESCRIBE_STRUCT(WelcomeCount, (), (state, times))

namespace {

constexpr std::string_view kSeal = "INSERT INTO connect_callback_seal (corp_id, signature, said, at) VALUES ($1, $2, $3, $4) ON CONFLICT (corp_id, signature) DO NOTHING";
constexpr std::string_view kSealed = "SELECT said FROM connect_callback_seal WHERE corp_id = $1 AND signature = $2";
constexpr std::string_view kPut =
    "INSERT INTO connect_callback (id, corp_id, said, kind, body, state, try_at, happened_at, received_at) VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, $6) "
    "ON CONFLICT (corp_id, said) DO UPDATE SET times = connect_callback.times + 1 RETURNING times";
constexpr std::string_view kRefuse =
    "INSERT INTO connect_callback_refused (corp_id, day, reason, times) VALUES ($1, $2, $3, $4) ON CONFLICT (corp_id, day, reason) DO UPDATE SET times = connect_callback_refused.times + excluded.times";
constexpr std::string_view kList =
    "SELECT id, corp_id, kind, state, error, body, tries, times, happened_at, received_at, done_at FROM connect_callback "
    "WHERE corp_id = $1 AND ($2 = '' OR state = $2) AND (id < $3 OR $3 = 0) ORDER BY id DESC LIMIT $4";
constexpr std::string_view kReplay = "UPDATE connect_callback SET state = 'waiting', tries = 0, try_at = $3, error = '' WHERE corp_id = $1 AND id = $2 AND state <> 'waiting'";
constexpr std::string_view kReplayFailed = "UPDATE connect_callback SET state = 'waiting', tries = 0, try_at = $2, error = '' WHERE corp_id = $1 AND state = 'failed'";
constexpr std::string_view kCounts =
    "SELECT state, COUNT(*), MIN(received_at), MAX(received_at) FROM connect_callback WHERE corp_id = $1 AND (state <> 'done' OR done_at > $2) GROUP BY state";
constexpr std::string_view kRefusals = "SELECT reason, CAST(SUM(times) AS BIGINT) FROM connect_callback_refused WHERE corp_id = $1 AND day > $2 GROUP BY reason ORDER BY 2 DESC, 1";
constexpr std::string_view kWelcomes = "SELECT state, COUNT(*) FROM connect_wecom_welcome WHERE corp_id = $1 AND received_at > $2 GROUP BY state";
constexpr std::string_view kSlowest =
    "SELECT sent_at - received_at FROM connect_wecom_welcome WHERE corp_id = $1 AND received_at > $2 AND state = 'sent' ORDER BY 1 DESC LIMIT 1 OFFSET $3";
constexpr std::string_view kForgetSeals = "DELETE FROM connect_callback_seal WHERE at < $1";
constexpr std::string_view kForgetRefused = "DELETE FROM connect_callback_refused WHERE day < $1";
constexpr std::string_view kForgetDone =
    "DELETE FROM connect_callback WHERE id IN (SELECT id FROM connect_callback WHERE done_at < $1 AND state = 'done' ORDER BY done_at LIMIT $2)";
constexpr std::string_view kForgetWelcomes = "DELETE FROM connect_wecom_welcome WHERE received_at < $1";
constexpr auto kSealDays = std::chrono::hours(24), kDoneDays = std::chrono::hours(24 * 30);
constexpr std::int64_t kRefusedDays = 30, kWeek = 7, kDayMs = 86'400'000;
constexpr std::string_view kTaken = "success";

Result<> check_age(std::string_view timestamp, Instant now) {
  const auto at = parse_int(timestamp);
  if (!at || timestamp.size() > 11 || *at < 0 || std::abs(to_ms(now) - *at * 1000) > kPushSkewMs) return fail(Errc::unauthenticated, "connect.callback_expired");
  return {};
}

Result<std::string> unsealed(const Corp& corp, const crypto::CallbackQuery& query, std::string_view encrypted) {
  auto out = Result<std::string>(fail(Errc::unauthenticated, "connect.callback_signature"));
  for (const auto& key : callback_keys(corp)) {
    out = crypto::open_callback(key, query.timestamp, query.nonce, query.msg_signature, encrypted);
    if (out) return out;
  }
  return out;
}

/// "Event/ChangeType" of an event, the type of a message.
std::string kind_of(const crypto::CallbackXml& xml) {
  const auto type = xml.text("MsgType"), event = xml.text("Event"), change = xml.text("ChangeType");
  if (type != "event") return std::string(type);
  return change.empty() ? std::string(event) : std::string(event) + "/" + std::string(change);
}

}  // namespace

Result<Push> open_push(const Corp& corp, std::string_view raw_query, std::string_view body, Instant now) {
  if (body.size() > kPushBytesMax) return fail(Errc::too_large, "connect.callback_large");
  TRY(const auto query, crypto::read_callback_query(raw_query));
  TRY(check_age(query.timestamp, now));
  TRY(const auto envelope, crypto::read_sealed(body));
  Push out;
  TRY(out.text, unsealed(corp, query, envelope.encrypt));
  out.signature = query.msg_signature;
  TRY(out.xml, crypto::read_callback_xml(out.text));
  out.kind = take_chars(kind_of(out.xml), 100);
  if (out.kind.empty()) return fail(Errc::malformed, "connect.callback_xml", "MsgType");
  const auto seconds = parse_int(out.xml.text("CreateTime")).value_or(0);
  out.happened_at = seconds > 0 && seconds < 99'999'999'999 ? std::min(from_ms(seconds * 1000), now + Millis(kPushSkewMs)) : now;
  // The platform names messages, not events: an event is the same when it says the same.
  const auto id = out.xml.text("MsgId");
  out.said = hex(sha256(id.empty() ? out.text : "MsgId " + std::string(id)));
  return out;
}

Result<bool> take_push(Tx& tx, std::string_view corp_id, const Push& push) {
  TRY(const auto fresh, tx.exec(kSeal, corp_id, push.signature, push.said, tx.now()));
  if (fresh == 0) {
    TRY(const auto said, tx.maybe<std::string>(kSealed, corp_id, push.signature));
    if (said && *said != push.said) return fail(Errc::unauthenticated, "connect.callback_replayed");
  }
  TRY(const auto times, tx.one<std::int64_t>(kPut, tx.next_id<PushId>(), corp_id, push.said, push.kind, push.text, tx.now(), push.happened_at));
  return times == 1;
}

Result<> count_refused(Tx& tx, std::string_view corp_id, std::string_view reason, std::int64_t times) {
  TRY(tx.exec(kRefuse, corp_id, to_ms(tx.now()) / kDayMs, reason, times));
  return {};
}

Result<std::vector<PushRow>> list_pushes(Tx& tx, const FindPushes& find) {
  TRY(auto rows, tx.all<PushRow>(kList, find.corp_id, find.state, find.before, find.limit));
  for (auto& row : rows)
    if (row.kind.find('/') == row.kind.npos) row.body.clear();  // what somebody wrote is for whoever may read chats
  return rows;
}

Result<std::int64_t> replay_pushes(Tx& tx, std::string_view corp_id, PushId push) {
  if (push) {
    TRY(const auto n, tx.exec(kReplay, corp_id, push, tx.now()));
    return static_cast<std::int64_t>(n);
  }
  TRY(const auto n, tx.exec(kReplayFailed, corp_id, tx.now()));
  return static_cast<std::int64_t>(n);
}

Result<Health> health_of(Tx& tx, std::string_view corp_id) {
  Health out;
  const auto day_ago = tx.now() - std::chrono::hours(24);
  TRY(const auto counts, tx.all<StateCount>(kCounts, corp_id, day_ago));
  for (const auto& c : counts) {
    if (c.newest && (!out.last_at || *c.newest > *out.last_at)) out.last_at = c.newest;
    if (c.state == "waiting") {
      out.waiting = c.times;
      out.lag_s = std::max<std::int64_t>(0, (to_ms(tx.now()) - to_ms(*c.oldest)) / 1000);
    } else if (c.state == "failed") {
      out.failed = c.times;
    } else if (c.state == "unknown") {
      out.unknown = c.times;
    } else {
      out.done_day = c.times;
    }
  }
  TRY(out.refused, tx.all<Refused>(kRefusals, corp_id, to_ms(tx.now()) / kDayMs - kWeek));
  TRY(const auto welcomes, tx.all<WelcomeCount>(kWelcomes, corp_id, day_ago));
  for (const auto& w : welcomes) {
    if (w.state == "sent") out.welcomes_sent = w.times;
    else if (w.state == "failed" || w.state == "unknown" || w.state == "late") out.welcomes_failed += w.times;
  }
  if (out.welcomes_sent > 0) {
    TRY(out.welcome_p99_ms, tx.maybe<std::int64_t>(kSlowest, corp_id, day_ago, out.welcomes_sent / 100));
  }
  return out;
}

Result<std::int64_t> prune_pushes(Tx& tx, int limit) {
  TRY(const auto seals, tx.exec(kForgetSeals, tx.now() - kSealDays));
  TRY(tx.exec(kForgetRefused, to_ms(tx.now()) / kDayMs - kRefusedDays));
  TRY(tx.exec(kForgetWelcomes, tx.now() - kDoneDays));
  TRY(const auto done, tx.exec(kForgetDone, tx.now() - kDoneDays, limit));
  return static_cast<std::int64_t>(seals + done);
}

namespace {

std::string raw_query(const http::Request& request) {
  const auto at = request.target.find('?');
  return at == std::string::npos ? std::string() : request.target.substr(at + 1);
}

Reply plain(std::string body) { return {200, std::move(body), "text/plain; charset=utf-8", {}}; }

/// An unknown corp answers like a wrong signature: names cannot be tried out.
Result<std::shared_ptr<const Corp>> corp_for(Call& call) {
  auto corp = corp_by_id(call.db(), call.path_text("corp"));
  if (!corp && corp.error().kind == Errc::not_found) return fail(Errc::unauthenticated, "connect.callback_signature");
  if (corp && (*corp)->disabled) return fail(Errc::unauthenticated, "connect.callback_signature");
  return corp;
}

Result<Answer> get_callback(Call& call) {
  TRY(const auto corp, corp_for(call));
  TRY(const auto query, crypto::read_callback_query(raw_query(call.request())));
  TRY(check_age(query.timestamp, call.db().clock().now()));
  TRY(auto echo, unsealed(*corp, query, query.echostr));
  return plain(std::move(echo));
}

/// Judged on the reader's side: what is not believed costs the Writer one counter.
Result<Answer> post_callback(Call& call) {
  TRY(const auto corp, corp_for(call));
  auto push = open_push(*corp, raw_query(call.request()), call.request().body, call.db().clock().now());
  if (!push) {
    note_refused(call.db(), corp->corp_id, push.error().code);
    return std::unexpected(push.error());
  }
  greet_newcomer(call.db(), corp->corp_id, *push);
  return call.write(shard_of_callbacks(corp->corp_id), [corp, push = std::move(*push), db = &call.db()](Tx& tx) -> Result<Reply> {
    auto fresh = take_push(tx, corp->corp_id, push);
    if (!fresh) {
      note_refused(*db, corp->corp_id, fresh.error().code);
      return std::unexpected(fresh.error());
    }
    if (*fresh) tx.after_commit([db] { wake_inbox(*db); });
    return plain(std::string(kTaken));
  });
}

constexpr unsigned kDoor = http::kPublic | http::kNoCsrf | http::kNoAudit | http::kUpload;
constexpr Route kRoutes[] = {
    {"GET", "/callback/wecom/{corp}", "", get_callback, "企业微信回调地址验证", "Check of the WeCom callback address", nullptr, nullptr, nullptr, http::kPublic, "text/plain"},
    {"POST", "/callback/wecom/{corp}", "", post_callback, "企业微信推送(加密)", "What WeCom pushes (sealed)", nullptr, nullptr, nullptr, kDoor, "text/plain"},
};

}  // namespace

std::span<const Route> callback_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
