#include "connect/wecom/api.h"

#include "connect/seal_key.h"
#include "connect/wecom/doctor.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/sync_desk.h"
#include "http/wire.h"
#include "store/rows.h"
#include "store/trail.h"

namespace koi::connect::wecom {

/// What can be seen of a corp: never a secret.
struct CorpOut {
  std::string corp_id, name, base_url, callback;
  std::int64_t agent_id = 0, ver = 0;
  bool disabled = false;
  Instant created_at{}, updated_at{};
  std::string state;                       // off, quiet (nothing came yet), well, late, failing
  std::int64_t waiting = 0, failed = 0, lag_s = 0;
  std::optional<Instant> last_at;
};
BOOST_DESCRIBE_STRUCT(CorpOut, (), (corp_id, name, base_url, callback, agent_id, ver, disabled, created_at, updated_at, state, waiting, failed, lag_s, last_at))
struct CorpList { std::vector<CorpOut> data; };
BOOST_DESCRIBE_STRUCT(CorpList, (), (data))
struct CorpBody {
  std::optional<std::string> name, base_url, secret, token, aes_key;
  std::optional<std::int64_t> agent_id;
  std::optional<bool> disabled;
};
BOOST_DESCRIBE_STRUCT(CorpBody, (), (name, base_url, secret, token, aes_key, agent_id, disabled))
struct RefusedOut { std::string reason; std::int64_t times = 0; };
BOOST_DESCRIBE_STRUCT(RefusedOut, (), (reason, times))
struct HealthOut {
  std::int64_t waiting = 0, failed = 0, unknown = 0, done_day = 0, lag_s = 0, welcomes_sent = 0, welcomes_failed = 0;
  std::optional<std::int64_t> welcome_p99_ms;
  std::optional<Instant> last_at;
  std::vector<RefusedOut> refused;
};
BOOST_DESCRIBE_STRUCT(HealthOut, (), (waiting, failed, unknown, done_day, lag_s, welcomes_sent, welcomes_failed, welcome_p99_ms, last_at, refused))
struct WordsOut { std::string en, zh; };
BOOST_DESCRIBE_STRUCT(WordsOut, (), (en, zh))
struct FindingOut { std::string check, state; WordsOut found, advice; };
BOOST_DESCRIBE_STRUCT(FindingOut, (), (check, state, found, advice))
struct FindingList { std::vector<FindingOut> data; Instant as_of{}; };
BOOST_DESCRIBE_STRUCT(FindingList, (), (data, as_of))
struct PushQuery { std::optional<std::string> state, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(PushQuery, (), (state, cursor, limit))
struct PushOut {
  PushId id;
  std::string kind, state, error, body;
  std::int64_t tries = 0, times = 0;
  Instant happened_at{}, received_at{};
  std::optional<Instant> done_at;
};
BOOST_DESCRIBE_STRUCT(PushOut, (), (id, kind, state, error, body, tries, times, happened_at, received_at, done_at))
struct PushList { std::vector<PushOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(PushList, (), (data, next))
struct ReplayBody { std::optional<PushId> push; };
BOOST_DESCRIBE_STRUCT(ReplayBody, (), (push))
struct Replayed { std::int64_t pushes = 0; };
BOOST_DESCRIBE_STRUCT(Replayed, (), (pushes))

namespace {

constexpr std::int64_t kLateS = 60;

Result<CorpOut> out_of(Tx& tx, const Corp& c) {
  TRY(const auto health, health_of(tx, c.corp_id));
  std::string state = "well";
  if (c.disabled) state = "off";
  else if (health.failed > 0) state = "failing";
  else if (health.lag_s > kLateS) state = "late";
  else if (!health.last_at) state = "quiet";
  return CorpOut{c.corp_id, c.name, c.base_url, "/callback/wecom/" + c.corp_id, c.agent_id, c.ver, c.disabled, c.created_at, c.updated_at, std::move(state),
                 health.waiting, health.failed, health.lag_s, health.last_at};
}

Result<Answer> get_corps(Call& call) {
  TRY(const auto key, seal_key(call.db()));
  return call.read([key](Tx& tx) -> Result<Reply> {
    TRY(const auto corps, list_corps(tx, key));
    CorpList out;
    for (const auto& c : corps) {
      TRY(auto one, out_of(tx, c));
      out.data.push_back(std::move(one));
    }
    return http::ok(out);
  });
}

Result<Answer> put_corp_route(Call& call) {
  TRY(const auto body, call.body<CorpBody>());
  TRY(const auto key, seal_key(call.db()));
  const std::string id(call.path_text("corp"));
  call.audit_subject("wecom:" + id);
  return call.write(shard_of_corp(id), [&call, body, key, id](Tx& tx) -> Result<Reply> {
    const auto before = find_corp(tx, id, key);
    if (before) TRY(http::check_match(call, before->ver));
    TRY(const auto corp, put_corp(tx, {.corp_id = id, .name = body.name, .base_url = body.base_url, .secret = body.secret, .token = body.token, .aes_key = body.aes_key,
                                       .agent_id = body.agent_id, .disabled = body.disabled}, key));
    // A corp that is new is walked through at once.
    if (!before) TRY(begin_run(tx, id, "first", call.actor().name));
    tx.after_commit([&db = call.db(), id] { corp_changed(db, id); });
    TRY(const auto out, out_of(tx, corp));
    return http::with_etag(http::ok(out), corp.ver);
  });
}

Result<Answer> delete_corp(Call& call) {
  const std::string id(call.path_text("corp"));
  call.audit_subject("wecom:" + id);
  return call.write(shard_of_corp(id), [&call, id](Tx& tx) -> Result<Reply> {
    TRY(drop_corp(tx, id));
    tx.after_commit([&db = call.db(), id] { corp_changed(db, id); });
    return http::no_content();
  });
}

Result<Answer> get_health(Call& call) {
  return call.read([id = std::string(call.path_text("corp"))](Tx& tx) -> Result<Reply> {
    TRY(const auto h, health_of(tx, id));
    HealthOut out{h.waiting, h.failed, h.unknown, h.done_day, h.lag_s, h.welcomes_sent, h.welcomes_failed, h.welcome_p99_ms, h.last_at, {}};
    for (const auto& r : h.refused) out.refused.push_back({r.reason, r.times});
    return http::ok(out);
  });
}

Result<Answer> post_check(Call& call) {
  TRY(const auto corp, corp_by_id(call.db(), call.path_text("corp")));
  auto finish = call.later();
  TRY(at_desk(call.db(), [&db = call.db(), corp, finish](const std::string& url) {
    FindingList out{{}, db.clock().now()};
    for (auto& f : examine(db, *corp, url)) out.data.push_back({f.check, f.state, {f.found.en, f.found.zh}, {f.advice.en, f.advice.zh}});
    finish(http::ok(out));
  }));
  return Answer::Later{};
}

Result<Answer> get_pushes(Call& call) {
  TRY(const auto q, call.query<PushQuery>());
  FindPushes find{std::string(call.path_text("corp")), q.state.value_or(""), 0, 0};
  TRY(find.limit, http::page_limit(q.limit));
  if (q.cursor) {
    TRY(const auto place, http::decode_cursor(*q.cursor, 1));
    find.before = place[0];
  }
  return call.read([find](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, list_pushes(tx, find));
    PushList out;
    for (const auto& r : rows) out.data.push_back({r.id, r.kind, r.state, r.error, r.body, r.tries, r.times, r.happened_at, r.received_at, r.done_at});
    if (rows.size() == static_cast<std::size_t>(find.limit)) out.next = http::encode_cursor({rows.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> post_replay(Call& call) {
  TRY(const auto body, call.body<ReplayBody>());
  const std::string id(call.path_text("corp"));
  call.audit_subject("wecom:" + id, body.push ? R"({"push":")" + to_text(*body.push) + "\"}" : "{}");
  return call.write(shard_of_callbacks(id), [&call, id, body](Tx& tx) -> Result<Reply> {
    TRY(const auto n, replay_pushes(tx, id, body.push.value_or(PushId{})));
    if (body.push && n == 0) return fail(Errc::not_found, "connect.no_push", to_text(*body.push));
    tx.after_commit([&db = call.db()] { wake_inbox(db); });
    return http::ok(Replayed{n});
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<None, None, CorpList>("GET", "/v1/channels/wecom", "channel.read", get_corps, "已接入的企业微信", "Corps of WeCom that are connected"),
    route<None, CorpBody, CorpOut>("PUT", "/v1/channels/wecom/{corp}", "channel.write", put_corp_route, "接入或修改企业微信", "Connect or change a corp"),
    route<None, None, None>("DELETE", "/v1/channels/wecom/{corp}", "channel.write", delete_corp, "断开企业微信", "Disconnect a corp"),
    route<None, None, HealthOut>("GET", "/v1/channels/wecom/{corp}/health", "channel.read", get_health, "企业微信推送健康状况", "How pushes and welcomes are doing"),
    route<None, None, FindingList>("POST", "/v1/channels/wecom/{corp}:check", "channel.read", post_check, "诊断企业微信连接", "Examine the connection", http::kNoAudit),
    route<PushQuery, None, PushList>("GET", "/v1/channels/wecom/{corp}/pushes", "channel.read", get_pushes, "企业微信推送记录", "What WeCom pushed"),
    route<None, ReplayBody, Replayed>("POST", "/v1/channels/wecom/{corp}/pushes:replay", "channel.write", post_replay, "重放推送", "Work on pushes again"),
};

}  // namespace

std::span<const Route> corp_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
