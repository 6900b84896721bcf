// Moments on the wire.
#include <map>

#include "connect/wecom/desk.h"
#include "connect/wecom/moments/moments.h"
#include "connect/wecom/sync.h"
#include "entry/definition.h"
#include "http/wire.h"
#include "people/vault.h"
#include "store/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct MomentOut {
  MomentId id;
  std::string corp_id, state, author, error;
  MomentSpec spec;
  std::int64_t guides = 0, published = 0, reach = 0, likes = 0, comments = 0;
  std::optional<Instant> start_at, made_at, ended_at;
  std::int64_t ver = 0;
  Instant created_at{}, updated_at{};
};
BOOST_DESCRIBE_STRUCT(MomentOut, (), (id, corp_id, state, author, error, spec, guides, published, reach, likes, comments, start_at, made_at, ended_at, ver, created_at, updated_at))
struct MomentList { std::vector<MomentOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(MomentList, (), (data, next))
struct MomentQuery { std::optional<std::string> state, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(MomentQuery, (), (state, cursor, limit))
struct NewMomentBody { std::string corp_id; http::Json spec; };
BOOST_DESCRIBE_STRUCT(NewMomentBody, (), (corp_id, spec))
struct MomentBody { http::Json spec; };
BOOST_DESCRIBE_STRUCT(MomentBody, (), (spec))
struct MomentStartBody { std::optional<Instant> at; };
BOOST_DESCRIBE_STRUCT(MomentStartBody, (), (at))
struct MomentGuideOut { StaffId staff_id; std::string staff_name, userid; std::optional<Instant> published_at; std::int64_t reach = 0, likes = 0, comments = 0; };
BOOST_DESCRIBE_STRUCT(MomentGuideOut, (), (staff_id, staff_name, userid, published_at, reach, likes, comments))
struct MomentGuideList { std::vector<MomentGuideOut> data; };
BOOST_DESCRIBE_STRUCT(MomentGuideList, (), (data))
struct MomentWordOut { std::int64_t id = 0; PersonId person_id; std::string name, staff_name, kind; Instant at{}; };
BOOST_DESCRIBE_STRUCT(MomentWordOut, (), (id, person_id, name, staff_name, kind, at))
struct MomentWordList { std::vector<MomentWordOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(MomentWordList, (), (data, next))
struct MomentWordQuery { std::optional<std::string> cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(MomentWordQuery, (), (cursor, limit))

namespace {

MomentOut out_of(const Moment& m) {
  return {m.id, m.corp_id, m.state, m.author, m.error, m.spec, m.guides, m.published, m.reach, m.likes, m.comments, m.start_at, m.made_at, m.ended_at, m.ver, m.created_at, m.updated_at};
}
template <class T>
Result<T> inside_spec(Result<T> got) {
  if (!got && !got.error().pointer.empty() && got.error().pointer != "/corp_id") got.error().pointer = "/spec" + got.error().pointer;
  return got;
}
Result<std::int64_t> place_of(const std::optional<std::string>& cursor) {
  if (!cursor) return 0;
  TRY(const auto place, http::decode_cursor(*cursor, 1));
  return place[0];
}
std::string name_of(Tx& tx, StaffId id, std::map<StaffId, std::string>& known) {
  const auto [at, fresh] = known.try_emplace(id);
  if (!fresh || !id) return at->second;
  if (const auto staff = team::find_staff(tx, Scope::everything("names of staff beside what they published"), id)) at->second = staff->name;
  return at->second;
}

Result<Answer> get_list(Call& call) {
  TRY(const auto q, call.query<MomentQuery>());
  TRY(const int limit, http::page_limit(q.limit));
  TRY(const auto before, place_of(q.cursor));
  return call.read([q, limit, before, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto all, list_moments(tx, scope, q.state.value_or(""), MomentId{before}, limit));
    MomentList out;
    for (const auto& m : all) out.data.push_back(out_of(m));
    if (all.size() == static_cast<std::size_t>(limit)) out.next = http::encode_cursor({all.back().id.v});
    return http::ok(out);
  });
}
Result<Answer> get_one(Call& call) {
  TRY(const auto id, call.path<MomentId>("moment"));
  return call.read([id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto m, find_moment(tx, scope, id));
    return http::with_etag(http::ok(out_of(m)), m.ver);
  });
}
Result<Answer> post_new(Call& call) {
  TRY(const auto body, call.body<NewMomentBody>());
  TRY(const auto spec, inside_spec(read_moment_spec(body.spec.text)));
  return call.write(shard_of_corp(body.corp_id), [body, spec, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto m, inside_spec(create_moment(tx, call.scope(), {body.corp_id, spec, call.actor().name})));
    call.audit_subject(to_text(m.id));
    return http::with_etag(http::created(out_of(m)), m.ver);
  });
}
Result<Answer> put_one(Call& call) {
  TRY(const auto id, call.path<MomentId>("moment"));
  TRY(const auto body, call.body<MomentBody>());
  TRY(const auto spec, inside_spec(read_moment_spec(body.spec.text)));
  call.audit_subject(to_text(id));
  return call.write(id, [id, spec, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto before, find_moment(tx, call.scope(), id));
    TRY(http::check_match(call, before.ver));
    TRY(const auto m, inside_spec(edit_moment(tx, call.scope(), id, spec)));
    return http::with_etag(http::ok(out_of(m)), m.ver);
  });
}
Result<Answer> delete_one(Call& call) {
  TRY(const auto id, call.path<MomentId>("moment"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(drop_moment(tx, scope, id));
    return http::no_content();
  });
}

template <class F>
Result<Answer> act(Call& call, F&& verb) {
  TRY(const auto id, call.path<MomentId>("moment"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, verb, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto m, verb(tx, call.scope(), id));
    tx.after_commit([&db = call.db()] { wake_inbox(db); });
    return http::with_etag(http::ok(out_of(m)), m.ver);
  });
}
Result<Answer> post_stop(Call& call) { return act(call, stop_moment); }
Result<Answer> post_refresh(Call& call) { return act(call, refresh_moment); }
Result<Answer> post_start(Call& call) {
  TRY(const auto body, call.body<MomentStartBody>());
  return act(call, [at = body.at](Tx& tx, const Scope& scope, MomentId id) { return start_moment(tx, scope, id, at); });
}

Result<Answer> get_guides(Call& call) {
  TRY(const auto id, call.path<MomentId>("moment"));
  return call.read([id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto all, moment_guides(tx, scope, id));
    MomentGuideList out;
    std::map<StaffId, std::string> names;
    for (const auto& g : all) out.data.push_back({g.staff, name_of(tx, g.staff, names), g.userid, g.published_at, g.reach, g.likes, g.comments});
    return http::ok(out);
  });
}
Result<Answer> get_words(Call& call) {
  TRY(const auto id, call.path<MomentId>("moment"));
  TRY(const auto q, call.query<MomentWordQuery>());
  TRY(const int limit, http::page_limit(q.limit));
  TRY(const auto before, place_of(q.cursor));
  return call.read([id, limit, before, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto all, moment_words(tx, scope, id, before, limit));
    std::vector<PersonId> who;
    for (const auto& w : all) who.push_back(w.person);
    TRY(const auto cards, people::cards(tx, who));
    MomentWordList out;
    std::map<StaffId, std::string> names;
    for (std::size_t i = 0; i < all.size(); ++i) out.data.push_back({all[i].id, all[i].person, cards[i].name, name_of(tx, all[i].staff, names), all[i].kind, all[i].at});
    if (all.size() == static_cast<std::size_t>(limit)) out.next = http::encode_cursor({all.back().id});
    return http::ok(out);
  });
}

std::string with_spec(std::string_view more, std::string_view required) {
  return R"({"type":"object","additionalProperties":false,"required":[)" + std::string(required) + R"(],"properties":{"spec":)" + entry::definition_schema<MomentSpec>() + std::string(more) + "}}";
}
std::string schema_of_new() { return with_spec(R"(,"corp_id":{"type":"string"})", R"("spec","corp_id")"); }
std::string schema_of_edit() { return with_spec("", R"("spec")"); }
constexpr http::Route bodied(http::Route r, http::SchemaFn body) {
  r.body = body;
  return r;
}

using http::None, http::route;
constexpr http::Route kRoutes[] = {
    route<MomentQuery, None, MomentList>("GET", "/v1/moments", "send.read", get_list, "朋友圈任务列表", "Moments"),
    bodied(route<None, NewMomentBody, MomentOut>("POST", "/v1/moments", "send.write", post_new, "新建朋友圈任务", "Draft a moment"), schema_of_new),
    route<None, None, MomentOut>("GET", "/v1/moments/{moment}", "send.read", get_one, "朋友圈任务", "One moment"),
    bodied(route<None, MomentBody, MomentOut>("PUT", "/v1/moments/{moment}", "send.write", put_one, "修改朋友圈任务", "Change a draft", http::kIfMatch), schema_of_edit),
    route<None, None, None>("DELETE", "/v1/moments/{moment}", "send.write", delete_one, "删除朋友圈草稿", "Delete a draft"),
    route<None, None, MomentGuideList>("GET", "/v1/moments/{moment}/guides", "send.read", get_guides, "员工发表情况", "Who has published it, and what it moved"),
    route<MomentWordQuery, None, MomentWordList>("GET", "/v1/moments/{moment}/reactions", "send.read", get_words, "客户互动", "Likes and comments of customers"),
    route<None, None, MomentOut>("POST", "/v1/moments/{moment}:refresh", "send.read", post_refresh, "刷新朋友圈结果", "Ask the platform for results now"),
    route<None, MomentStartBody, MomentOut>("POST", "/v1/moments/{moment}:start", "send.run", post_start, "发布朋友圈任务", "Hand it to the guides, a minute from now or later"),
    route<None, None, MomentOut>("POST", "/v1/moments/{moment}:stop", "send.run", post_stop, "撤回或停止朋友圈任务", "Take it back, or call it off"),
};

}  // namespace

std::span<const http::Route> moment_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
