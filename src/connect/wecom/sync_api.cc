// Keeping in step, on the wire.
#include "connect/wecom/sync.h"
#include "connect/wecom/sync_desk.h"
#include "connect/wecom/tags.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct RunOut {
  RunId id;
  std::string kind, state, phase;
  std::int64_t staff_done = 0, staff_failed = 0, staff_total = 0, customers = 0, customers_per_second = 0, added = 0, gone = 0, changed = 0, chats = 0;
  std::string error;
  Instant started_at, moved_at;
  std::optional<Instant> ended_at;
};
BOOST_DESCRIBE_STRUCT(RunOut, (), (id, kind, state, phase, staff_done, staff_failed, staff_total, customers, customers_per_second, added, gone, changed, chats,
                                   error, started_at, moved_at, ended_at))
struct TroubleOut { std::string userid, error; };
BOOST_DESCRIBE_STRUCT(TroubleOut, (), (userid, error))
struct SyncOut {
  std::optional<RunOut> run;
  std::vector<TroubleOut> troubles;
  std::vector<RunOut> earlier;
  std::string tag_rule;
  std::optional<Instant> first_done_at;
};
BOOST_DESCRIBE_STRUCT(SyncOut, (), (run, troubles, earlier, tag_rule, first_done_at))
struct DiffQuery { std::optional<RunId> run; std::optional<std::string> kind, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(DiffQuery, (), (run, kind, cursor, limit))
struct DiffOut { RunId run; std::string kind, userid, external_userid; PersonId person_id; std::string before, now; Instant at; };
BOOST_DESCRIBE_STRUCT(DiffOut, (), (run, kind, userid, external_userid, person_id, before, now, at))
struct DiffList { std::vector<DiffOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(DiffList, (), (data, next))
struct ConflictQuery { std::optional<std::string> cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(ConflictQuery, (), (cursor, limit))
struct ConflictOut { std::string what, platform_id, our_id, agreed, platform_says, we_say, winner; Instant at; };
BOOST_DESCRIBE_STRUCT(ConflictOut, (), (what, platform_id, our_id, agreed, platform_says, we_say, winner, at))
struct ConflictList { std::vector<ConflictOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(ConflictList, (), (data, next))
struct RuleBody { std::string rule; };
BOOST_DESCRIBE_STRUCT(RuleBody, (), (rule))
struct GroupBody { people::TagGroupId group_id; };
BOOST_DESCRIBE_STRUCT(GroupBody, (), (group_id))

namespace {

constexpr int kEarlier = 10;

constexpr std::string_view kCorp = "SELECT COUNT(*) FROM connect_corp WHERE corp_id = $1 AND disabled = 0";
Result<> known_corp(Tx& tx, const std::string& corp) {
  TRY(const auto n, tx.one<std::int64_t>(kCorp, corp));
  return n == 0 ? fail(Errc::not_found, "connect.no_corp", corp) : Result<>{};
}

RunOut out_of(const Run& r) {
  const auto ms = std::max<std::int64_t>(1, (r.moved_at - r.started_at).count());
  return {r.id, r.kind, r.state, r.phase, r.staff_done, r.staff_failed, r.staff_total, r.customers, r.customers * 1000 / ms, r.added, r.gone, r.changed, r.chats,
          r.error, r.started_at, r.moved_at, r.ended_at};
}

Result<Answer> get_sync(Call& call) {
  const std::string corp(call.path_text("corp"));
  return call.read([corp](Tx& tx) -> Result<Reply> {
    SyncOut out;
    TRY(const auto setting, sync_setting(tx, corp));
    out.tag_rule = setting.tag_rule;
    out.first_done_at = setting.first_done_at;
    TRY(const auto runs, runs_of(tx, corp, 0, kEarlier + 1));
    for (const auto& run : runs) {
      if (!out.run) out.run = out_of(run);
      else out.earlier.push_back(out_of(run));
    }
    if (out.run) {
      TRY(const auto troubles, troubles_of(tx, out.run->id));
      for (const auto& t : troubles) out.troubles.push_back({t.userid, t.error});
    }
    return http::ok(out);
  });
}

Result<Answer> post_sync(Call& call) {
  const std::string corp(call.path_text("corp"));
  call.audit_subject("wecom:" + corp);
  return call.write(shard_of_corp(corp), [corp, &call](Tx& tx) -> Result<Reply> {
    TRY(known_corp(tx, corp));
    TRY(const auto run, begin_run(tx, corp, "asked", call.actor().name));
    tx.after_commit([&db = call.db()] { SyncDesk::wake(db); });
    return http::accepted(out_of(run));
  });
}

Result<Answer> get_diffs(Call& call) {
  TRY(const auto q, call.query<DiffQuery>());
  FindDiffs find{q.run.value_or(RunId{}), q.kind.value_or(""), 0, 0};
  TRY(find.limit, http::page_limit(q.limit));
  if (q.cursor) {
    TRY(const auto place, http::decode_cursor(*q.cursor, 1));
    find.before = place[0];
  }
  return call.read([corp = std::string(call.path_text("corp")), find, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, diffs_of(tx, scope, corp, find));
    DiffList out;
    for (const auto& d : rows) out.data.push_back({d.run, d.kind, d.userid, d.external_userid, d.person, d.said_before, d.said_now, d.at});
    if (rows.size() == static_cast<std::size_t>(find.limit)) out.next = http::encode_cursor({rows.back().id});
    return http::ok(out);
  });
}

Result<Answer> get_conflicts(Call& call) {
  TRY(const auto q, call.query<ConflictQuery>());
  TRY(const auto limit, http::page_limit(q.limit));
  std::int64_t before = 0;
  if (q.cursor) {
    TRY(const auto place, http::decode_cursor(*q.cursor, 1));
    before = place[0];
  }
  return call.read([corp = std::string(call.path_text("corp")), before, limit](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, tag_conflicts(tx, corp, before, limit));
    ConflictList out;
    for (const auto& c : rows)
      out.data.push_back({c.what, c.platform_id, c.what == "tag" ? to_text(people::TagId{c.our_id}) : to_text(people::TagGroupId{c.our_id}), c.agreed, c.platform_says,
                          c.we_say, c.winner, c.at});
    if (rows.size() == static_cast<std::size_t>(limit)) out.next = http::encode_cursor({rows.back().id});
    return http::ok(out);
  });
}

Result<Answer> put_rule(Call& call) {
  TRY(const auto body, call.body<RuleBody>());
  const std::string corp(call.path_text("corp"));
  call.audit_subject("wecom:" + corp, R"({"tag_rule":")" + body.rule + "\"}");
  return call.write(shard_of_corp(corp), [corp, body](Tx& tx) -> Result<Reply> {
    TRY(known_corp(tx, corp));
    TRY(set_tag_rule(tx, corp, body.rule));
    return http::no_content();
  });
}

Result<Answer> post_group(Call& call) {
  TRY(const auto body, call.body<GroupBody>());
  const std::string corp(call.path_text("corp"));
  call.audit_subject("wecom:" + corp, R"({"group":")" + to_text(body.group_id) + "\"}");
  return call.write(shard_of_corp(corp), [corp, body](Tx& tx) -> Result<Reply> {
    TRY(known_corp(tx, corp));
    TRY(want_tag_group(tx, corp, body.group_id));
    return http::no_content();
  });
}

using http::None;
constexpr Route kRoutes[] = {
    http::route<None, None, SyncOut>("GET", "/v1/channels/wecom/{corp}/sync", "channel.read", get_sync, "企业微信同步进度", "How far the sync with WeCom is"),
    http::route<None, None, RunOut>("POST", "/v1/channels/wecom/{corp}:sync", "channel.sync", post_sync, "立即同步企业微信", "Sync with WeCom now"),
    http::route<DiffQuery, None, DiffList>("GET", "/v1/channels/wecom/{corp}/sync-diffs", "channel.read", get_diffs, "同步发现的差异", "What syncs found other than thought"),
    http::route<ConflictQuery, None, ConflictList>("GET", "/v1/channels/wecom/{corp}/tag-conflicts", "channel.read", get_conflicts, "标签冲突记录", "Tags both sides changed"),
    http::route<None, RuleBody, None>("PUT", "/v1/channels/wecom/{corp}/tag-rule", "channel.sync", put_rule, "标签冲突以谁为准", "Whose word stands when both changed a tag"),
    http::route<None, GroupBody, None>("POST", "/v1/channels/wecom/{corp}/tag-groups", "channel.sync", post_group, "把标签组同步到企业微信", "Bring a tag group to WeCom"),
};

}  // namespace

std::span<const Route> sync_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
