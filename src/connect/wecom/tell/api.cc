// Messages to staff on the wire: who watches, what was told and how it went, a test to oneself.
#include "connect/wecom/tell/api.h"

#include "connect/wecom/desk.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/tell/tell.h"
#include "connect/wecom/tell/watch.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct WatchOut { std::vector<StaffId> staff; bool codes = true, connection = true; std::int64_t ver = 0; };
BOOST_DESCRIBE_STRUCT(WatchOut, (), (staff, codes, connection, ver))
struct WatchBody { std::vector<StaffId> staff; bool codes = true, connection = true; };
BOOST_DESCRIBE_STRUCT(WatchBody, (), (staff, codes, connection))
struct NoticeQuery { std::optional<std::string> cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(NoticeQuery, (), (cursor, limit))
struct NoticePersonOut { std::string userid, state, error; std::optional<Instant> done_at; };
BOOST_DESCRIBE_STRUCT(NoticePersonOut, (), (userid, state, error, done_at))
struct NoticeOut {
  NoticeId id;
  std::string title, body, url, asked_by;
  Instant created_at{};
  std::int64_t waiting = 0, sent = 0, failed = 0, unknown = 0;
  std::vector<NoticePersonOut> people;  // those not sent first; at most 50
};
BOOST_DESCRIBE_STRUCT(NoticeOut, (), (id, title, body, url, asked_by, created_at, waiting, sent, failed, unknown, people))
struct NoticeList { std::vector<NoticeOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(NoticeList, (), (data, next))
struct NoticeMade { NoticeId id; };
BOOST_DESCRIBE_STRUCT(NoticeMade, (), (id))
struct NoticeAgain { std::int64_t people = 0; };
BOOST_DESCRIBE_STRUCT(NoticeAgain, (), (people))

namespace {

Result<Answer> get_watch(Call& call) {
  return call.read([corp = std::string(call.path_text("corp"))](Tx& tx) -> Result<Reply> {
    TRY(const auto w, find_watch(tx, corp));
    return http::with_etag(http::ok(WatchOut{w.staff, w.codes, w.connection, w.ver}), w.ver);
  });
}

Result<Answer> put_watch_route(Call& call) {
  TRY(const auto body, call.body<WatchBody>());
  const std::string corp(call.path_text("corp"));
  call.audit_subject("wecom:" + corp, R"({"watchers":)" + std::to_string(body.staff.size()) + "}");
  return call.write(shard_of_corp(corp), [&call, corp, body](Tx& tx) -> Result<Reply> {
    TRY(const auto before, find_watch(tx, corp));
    TRY(http::check_match(call, before.ver));
    TRY(const auto w, put_watch(tx, {corp, body.staff, body.codes, body.connection}));
    return http::with_etag(http::ok(WatchOut{w.staff, w.codes, w.connection, w.ver}), w.ver);
  });
}

Result<Answer> get_notices(Call& call) {
  TRY(const auto q, call.query<NoticeQuery>());
  TRY(const auto limit, http::page_limit(q.limit));
  NoticeId before;
  if (q.cursor) {
    TRY(const auto place, http::decode_cursor(*q.cursor, 1));
    before.v = place[0];
  }
  return call.read([corp = std::string(call.path_text("corp")), before, limit](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, list_notices(tx, corp, before, limit));
    NoticeList out;
    for (const auto& n : rows) {
      NoticeOut one{n.id, n.title, n.body, n.url, n.asked_by, n.created_at, n.waiting, n.sent, n.failed, n.unknown, {}};
      for (const auto& p : n.people) one.people.push_back({p.userid, p.state, p.error, p.done_at});
      out.data.push_back(std::move(one));
    }
    if (rows.size() == static_cast<std::size_t>(limit)) out.next = http::encode_cursor({rows.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> post_test(Call& call) {
  const std::string corp(call.path_text("corp"));
  const auto& actor = call.actor();
  call.audit_subject("wecom:" + corp);
  TRY(const auto known, corp_by_id(call.db(), corp));
  if (known->disabled) return fail(Errc::not_found, "connect.no_corp", corp);
  if (known->agent_id == 0) return fail(Errc::conflict, "connect.no_agent", corp);
  return call.write(shard_of_corp(corp), [&call, corp, staff = actor.staff, by = actor.name](Tx& tx) -> Result<Reply> {
    TRY(const auto me, userid_of_staff(tx, corp, staff));
    if (me.empty()) return fail(Errc::conflict, "connect.notice_me");
    TRY(const auto id, tell_staff(tx, {corp, "test:" + call.request().request_id, "锦鲤池测试消息", "收到这条消息，说明应用消息可以送达您的企业微信。", {}, {me}, by}));
    tx.after_commit([&db = call.db()] { wake_inbox(db); });
    return http::created(NoticeMade{id});
  });
}

Result<Answer> post_again(Call& call) {
  const std::string corp(call.path_text("corp"));
  TRY(const auto id, call.path<NoticeId>("notice"));
  call.audit_subject(to_text(id));
  return call.write(shard_of_corp(corp), [&call, corp, id](Tx& tx) -> Result<Reply> {
    TRY(const auto n, tell_again(tx, corp, id));
    tx.after_commit([&db = call.db()] { wake_inbox(db); });
    return http::ok(NoticeAgain{n});
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<None, None, WatchOut>("GET", "/v1/channels/wecom/{corp}/watch", "channel.read", get_watch, "出现问题时通知谁", "Who is told when something is wrong"),
    route<None, WatchBody, WatchOut>("PUT", "/v1/channels/wecom/{corp}/watch", "channel.write", put_watch_route, "设置出现问题时通知谁", "Choose who is told when something is wrong"),
    route<NoticeQuery, None, NoticeList>("GET", "/v1/channels/wecom/{corp}/notices", "channel.read", get_notices, "发给成员的应用消息", "Messages of the app to staff"),
    route<None, None, NoticeMade>("POST", "/v1/channels/wecom/{corp}/notices:test", "channel.send", post_test, "给自己发一条测试消息", "Send a test message to myself"),
    route<None, None, NoticeAgain>("POST", "/v1/channels/wecom/{corp}/notices/{notice}:again", "channel.send", post_again, "重发未送达的成员消息", "Send a message again to those it did not reach"),
};

}  // namespace

std::span<const Route> notice_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
