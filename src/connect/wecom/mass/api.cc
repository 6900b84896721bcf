// Mass sends on the wire.
#include "connect/wecom/desk.h"
#include "connect/wecom/mass/mass.h"
#include "connect/wecom/sync.h"
#include "entry/definition.h"
#include "http/wire.h"
#include "people/vault.h"
#include "store/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct MassOut {
  MassId id;
  std::string corp_id, kind, state, author, error;
  MassSpec spec;
  std::int64_t found = 0, friendless = 0, unasked = 0, capped = 0, total = 0, sent = 0, lost = 0, full = 0, failed = 0, tasks = 0, confirmed = 0, refused = 0;
  std::optional<Instant> planned_at, start_at, ended_at;
  std::int64_t ver = 0;
  Instant created_at{}, updated_at{};
};
BOOST_DESCRIBE_STRUCT(MassOut, (), (id, corp_id, kind, state, author, error, spec, found, friendless, unasked, capped, total, sent, lost, full, failed, tasks, confirmed, refused, planned_at,
                                    start_at, ended_at, ver, created_at, updated_at))
struct MassList { std::vector<MassOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(MassList, (), (data, next))
struct MassQuery { std::optional<std::string> state, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(MassQuery, (), (state, cursor, limit))
struct NewMassBody { std::string corp_id, kind; http::Json spec; };
BOOST_DESCRIBE_STRUCT(NewMassBody, (), (corp_id, kind, spec))
struct MassBody { http::Json spec; };
BOOST_DESCRIBE_STRUCT(MassBody, (), (spec))
struct StartBody { std::optional<Instant> at; };
BOOST_DESCRIBE_STRUCT(StartBody, (), (at))
struct RemindBody { std::optional<MassTaskId> task; };
BOOST_DESCRIBE_STRUCT(RemindBody, (), (task))
struct Reminded { std::int64_t tasks = 0; };
BOOST_DESCRIBE_STRUCT(Reminded, (), (tasks))
struct MassTaskOut {
  MassTaskId id;
  StaffId staff_id;
  std::string staff_name, userid, state, error;
  std::int64_t total = 0, sent = 0, lost = 0, full = 0, failed = 0;
  std::optional<Instant> made_at, confirmed_at, reminded_at;
};
BOOST_DESCRIBE_STRUCT(MassTaskOut, (), (id, staff_id, staff_name, userid, state, error, total, sent, lost, full, failed, made_at, confirmed_at, reminded_at))
struct MassTaskList { std::vector<MassTaskOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(MassTaskList, (), (data, next))
struct MassTaskQuery { std::optional<std::string> state, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(MassTaskQuery, (), (state, cursor, limit))
struct MassTargetOut { MassTargetId id; std::optional<PersonId> person_id; std::string name; StaffId staff_id; std::string staff_name, state; Instant at{}; };
BOOST_DESCRIBE_STRUCT(MassTargetOut, (), (id, person_id, name, staff_id, staff_name, state, at))
struct MassTargetList { std::vector<MassTargetOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(MassTargetList, (), (data, next))
struct MassTargetQuery { std::optional<std::string> state, cursor; std::optional<MassTaskId> task; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(MassTargetQuery, (), (state, cursor, task, limit))
struct QuotaOut { std::int64_t day_max = 0, week_max = 0, month_max = 0, ver = 0; };
BOOST_DESCRIBE_STRUCT(QuotaOut, (), (day_max, week_max, month_max, ver))
struct QuotaBody { std::int64_t day_max = 0, week_max = 0, month_max = 0; };
BOOST_DESCRIBE_STRUCT(QuotaBody, (), (day_max, week_max, month_max))

namespace {

MassOut out_of(const Mass& m) {
  return {m.id, m.corp_id, m.kind, m.state, m.author, m.error, m.spec, m.found, m.friendless, m.unasked, m.capped, m.total, m.sent, m.lost, m.full, m.failed, m.tasks, m.confirmed, m.refused,
          m.planned_at, m.start_at, m.ended_at, m.ver, m.created_at, m.updated_at};
}

/// A draft's words and audience: complaints name their place from the body's root.
template <class T>
Result<T> inside_spec(Result<T> got) {
  if (!got && !got.error().pointer.empty() && got.error().pointer != "/corp_id" && got.error().pointer != "/kind") got.error().pointer = "/spec" + got.error().pointer;
  return got;
}

/// Where a page begins after an id.
Result<std::int64_t> place_of(const std::optional<std::string>& cursor) {
  if (!cursor) return 0;
  TRY(const auto place, http::decode_cursor(*cursor, 1));
  return place[0];
}

/// Names of staff, each read once.
class StaffNames {
 public:
  explicit StaffNames(Tx& tx) : tx_(tx) {}
  std::string operator()(StaffId id) {
    if (!id) return {};
    const auto [at, fresh] = names_.try_emplace(id);
    if (!fresh) return at->second;
    if (const auto staff = team::find_staff(tx_, Scope::everything("names of staff beside what they do"), id)) at->second = staff->name;
    return at->second;
  }

 private:
  Tx& tx_;
  std::map<StaffId, std::string> names_;
};

Result<Answer> get_list(Call& call) {
  TRY(const auto q, call.query<MassQuery>());
  TRY(const int limit, http::page_limit(q.limit));
  TRY(const auto before, place_of(q.cursor));
  return call.read([q, limit, before, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto all, list_mass(tx, scope, q.state.value_or(""), MassId{before}, limit));
    MassList out;
    for (const auto& m : all) out.data.push_back(out_of(m));
    if (all.size() == static_cast<std::size_t>(limit)) out.next = http::encode_cursor({all.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> get_one(Call& call) {
  TRY(const auto id, call.path<MassId>("send"));
  return call.read([id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto m, find_mass(tx, scope, id));
    return http::with_etag(http::ok(out_of(m)), m.ver);
  });
}

Result<Answer> post_new(Call& call) {
  TRY(const auto body, call.body<NewMassBody>());
  TRY(const auto spec, inside_spec(read_mass_spec(body.spec.text)));
  return call.write(shard_of_corp(body.corp_id), [body, spec, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto m, inside_spec(create_mass(tx, call.scope(), {body.corp_id, body.kind, spec, call.actor().name})));
    call.audit_subject(to_text(m.id));
    return http::with_etag(http::created(out_of(m)), m.ver);
  });
}

Result<Answer> put_one(Call& call) {
  TRY(const auto id, call.path<MassId>("send"));
  TRY(const auto body, call.body<MassBody>());
  TRY(const auto spec, inside_spec(read_mass_spec(body.spec.text)));
  call.audit_subject(to_text(id));
  return call.write(id, [id, spec, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto before, find_mass(tx, call.scope(), id));
    TRY(http::check_match(call, before.ver));
    TRY(const auto m, inside_spec(edit_mass(tx, call.scope(), id, spec)));
    return http::with_etag(http::ok(out_of(m)), m.ver);
  });
}

Result<Answer> delete_one(Call& call) {
  TRY(const auto id, call.path<MassId>("send"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(drop_mass(tx, scope, id));
    return http::no_content();
  });
}

template <class F>
Result<Answer> act(Call& call, F&& verb) {
  TRY(const auto id, call.path<MassId>("send"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, verb, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto m, verb(tx, call.scope(), id));
    tx.after_commit([&db = call.db()] { wake_inbox(db); });
    return http::with_etag(http::ok(out_of(m)), m.ver);
  });
}
Result<Answer> post_plan(Call& call) { return act(call, plan_mass); }
Result<Answer> post_stop(Call& call) { return act(call, stop_mass); }
Result<Answer> post_start(Call& call) {
  TRY(const auto body, call.body<StartBody>());
  return act(call, [at = body.at](Tx& tx, const Scope& scope, MassId id) { return start_mass(tx, scope, id, at); });
}
Result<Answer> post_refresh(Call& call) { return act(call, refresh_mass); }

Result<Answer> post_remind(Call& call) {
  TRY(const auto id, call.path<MassId>("send"));
  TRY(const auto body, call.body<RemindBody>());
  call.audit_subject(to_text(id));
  return call.write(id, [id, body, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto n, remind_mass(tx, call.scope(), id, body.task.value_or(MassTaskId{})));
    tx.after_commit([&db = call.db()] { wake_inbox(db); });
    return http::ok(Reminded{n});
  });
}

Result<Answer> get_tasks(Call& call) {
  TRY(const auto id, call.path<MassId>("send"));
  TRY(const auto q, call.query<MassTaskQuery>());
  TRY(const int limit, http::page_limit(q.limit));
  TRY(const auto after, place_of(q.cursor));
  return call.read([id, q, limit, after, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto all, mass_tasks(tx, scope, id, q.state.value_or(""), MassTaskId{after}, limit));
    MassTaskList out;
    StaffNames name(tx);
    for (const auto& t : all)
      out.data.push_back({t.id, t.staff, name(t.staff), t.userid, t.state, t.error, t.total, t.sent, t.lost, t.full, t.failed, t.made_at, t.confirmed_at, t.reminded_at});
    if (all.size() == static_cast<std::size_t>(limit)) out.next = http::encode_cursor({all.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> get_targets(Call& call) {
  TRY(const auto id, call.path<MassId>("send"));
  TRY(const auto q, call.query<MassTargetQuery>());
  TRY(const int limit, http::page_limit(q.limit));
  TRY(const auto after, place_of(q.cursor));
  const FindTargets find{id, q.state.value_or(""), q.task.value_or(MassTaskId{}), MassTargetId{after}, limit};
  return call.read([find, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto all, mass_targets(tx, scope, find));
    std::vector<PersonId> who;
    for (const auto& t : all)
      if (t.person) who.push_back(*t.person);
    TRY(const auto cards, people::cards(tx, who));
    std::map<PersonId, std::string> names;
    for (const auto& card : cards) names[card.person] = card.name;
    MassTargetList out;
    StaffNames name(tx);
    for (const auto& t : all) out.data.push_back({t.id, t.person, t.person ? names[*t.person] : t.group, t.staff, name(t.staff), t.state, t.at});
    if (all.size() == static_cast<std::size_t>(find.limit)) out.next = http::encode_cursor({all.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> get_quota(Call& call) {
  return call.read([corp = std::string(call.path_text("corp")), kind = std::string(call.path_text("kind"))](Tx& tx) -> Result<Reply> {
    TRY(const auto q, mass_quota(tx, corp, kind));
    return http::with_etag(http::ok(QuotaOut{q.day_max, q.week_max, q.month_max, q.ver}), q.ver);
  });
}
Result<Answer> put_quota(Call& call) {
  TRY(const auto body, call.body<QuotaBody>());
  const std::string corp(call.path_text("corp")), kind(call.path_text("kind"));
  call.audit_subject("wecom:" + corp, R"({"kind":")" + (kind == "group" ? std::string("group") : std::string("person")) + R"("})");
  return call.write(shard_of_corp(corp), [&call, body, corp, kind](Tx& tx) -> Result<Reply> {
    TRY(const auto before, mass_quota(tx, corp, kind));
    TRY(http::check_match(call, before.ver));
    TRY(const auto q, put_mass_quota(tx, {corp, kind, body.day_max, body.week_max, body.month_max, 0}));
    return http::with_etag(http::ok(QuotaOut{q.day_max, q.week_max, q.month_max, q.ver}), q.ver);
  });
}

/// An object whose "spec" is a draft, with `more` members beside it.
std::string with_spec(std::string_view more, std::string_view required) {
  return R"({"type":"object","additionalProperties":false,"required":[)" + std::string(required) + R"(],"properties":{"spec":)" + entry::definition_schema<MassSpec>() + std::string(more) + "}}";
}
std::string schema_of_new() { return with_spec(R"(,"corp_id":{"type":"string"},"kind":{"type":"string","enum":["person","group"]})", R"("spec","corp_id","kind")"); }
std::string schema_of_edit() { return with_spec("", R"("spec")"); }
constexpr http::Route bodied(http::Route r, http::SchemaFn body) {
  r.body = body;
  return r;
}

using http::None, http::route;
constexpr http::Route kRoutes[] = {
    route<MassQuery, None, MassList>("GET", "/v1/sends", "send.read", get_list, "群发列表", "Mass sends"),
    bodied(route<None, NewMassBody, MassOut>("POST", "/v1/sends", "send.write", post_new, "新建群发", "Draft a mass send"), schema_of_new),
    route<None, None, MassOut>("GET", "/v1/sends/{send}", "send.read", get_one, "群发详情", "One mass send"),
    bodied(route<None, MassBody, MassOut>("PUT", "/v1/sends/{send}", "send.write", put_one, "修改群发", "Change a draft", http::kIfMatch), schema_of_edit),
    route<None, None, None>("DELETE", "/v1/sends/{send}", "send.write", delete_one, "删除群发草稿", "Delete a draft"),
    route<MassTargetQuery, None, MassTargetList>("GET", "/v1/sends/{send}/recipients", "send.read", get_targets, "群发对象与结果", "What became of each recipient"),
    route<MassTaskQuery, None, MassTaskList>("GET", "/v1/sends/{send}/tasks", "send.read", get_tasks, "群发员工任务", "Each guide's part"),
    route<None, None, MassOut>("POST", "/v1/sends/{send}:plan", "send.write", post_plan, "计算群发对象", "Look at whom it reaches"),
    route<None, None, MassOut>("POST", "/v1/sends/{send}:refresh", "send.read", post_refresh, "刷新群发结果", "Ask the platform for results now"),
    route<None, RemindBody, Reminded>("POST", "/v1/sends/{send}:remind", "send.run", post_remind, "提醒员工确认群发", "Remind guides who have not confirmed"),
    route<None, StartBody, MassOut>("POST", "/v1/sends/{send}:start", "send.run", post_start, "开始群发", "Send it, a minute from now or later"),
    route<None, None, MassOut>("POST", "/v1/sends/{send}:stop", "send.run", post_stop, "撤回或停止群发", "Take it back, or call it off"),
    route<None, None, QuotaOut>("GET", "/v1/channels/wecom/{corp}/quotas/{kind}", "channel.read", get_quota, "接收上限", "How many a customer or group may receive"),
    route<None, QuotaBody, QuotaOut>("PUT", "/v1/channels/wecom/{corp}/quotas/{kind}", "channel.write", put_quota, "修改接收上限", "Change how many they may receive"),
};

}  // namespace

std::span<const http::Route> mass_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
