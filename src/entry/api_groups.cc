// Group codes on the wire: made, changed, tried out.
#include "entry/group_api.h"
#include "entry/visit.h"
#include "store/rows.h"

namespace koi::entry {

struct GroupAdvice { std::string code, pointer, zh, en; };
BOOST_DESCRIBE_STRUCT(GroupAdvice, (), (code, pointer, zh, en))
BOOST_DESCRIBE_STRUCT(GroupStand, (), (id, chat_id, name, owner, state, people, extra))
BOOST_DESCRIBE_STRUCT(GroupEntryStand, (), (id, ready, qr_url, error, auto_stopped, expires_at, held, joined, left, groups))
struct GroupCodeOut {
  GroupCodeId id;
  std::string slug, url;
  CodeState state = CodeState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  GroupSpec spec;
  std::vector<GroupEntryStand> entries;  // how each of the definition's stands, in its order
  std::vector<GroupAdvice> advice;
};
BOOST_DESCRIBE_STRUCT(GroupCodeOut, (), (id, slug, url, state, ver, created_at, updated_at, spec, entries, advice))
struct GroupCodeRow {
  GroupCodeId id;
  std::string slug, url, name, folder, channel;
  GroupRule rule = GroupRule::fill;
  CodeState state = CodeState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  std::int64_t entries = 0, ready = 0, alarms = 0;
  std::optional<Instant> first_image_end;  // the soonest end of a picture that is shown
  GroupCodeSums sums;                      // of the last 30 days
};
BOOST_DESCRIBE_STRUCT(GroupCodeSums, (), (scans, visitors, unserved, joins, quits, week, stayed))
BOOST_DESCRIBE_STRUCT(GroupCodeRow, (), (id, slug, url, name, folder, channel, rule, state, ver, created_at, updated_at, entries, ready, alarms, first_image_end, sums))
struct GroupListQuery { std::optional<std::string> q, folder, channel, state, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(GroupListQuery, (), (q, folder, channel, state, cursor, limit))
struct GroupIn { http::Json spec; std::optional<std::string> slug, key; };
BOOST_DESCRIBE_STRUCT(GroupIn, (), (spec, slug, key))
struct GroupEdit { http::Json spec; };
BOOST_DESCRIBE_STRUCT(GroupEdit, (), (spec))
struct GroupCopy { std::string name; std::optional<std::string> key; };
BOOST_DESCRIBE_STRUCT(GroupCopy, (), (name, key))
struct GroupTry { std::int64_t visitors = 1; std::optional<PersonId> person; std::optional<UnitId> store; std::optional<std::string> category; };
BOOST_DESCRIBE_STRUCT(GroupTry, (), (visitors, person, store, category))
struct GroupTryChoice { std::string name; std::optional<UnitId> store; std::string category; };
BOOST_DESCRIBE_STRUCT(GroupTryChoice, (), (name, store, category))
struct GroupTryLine {
  std::int64_t visitor = 0;
  std::string kind;
  std::optional<GroupEntryId> entry;
  std::string name, qr_url, code_slug, url, phone;
  CodeWords words, reason;
  std::vector<GroupTryChoice> choices;
};
BOOST_DESCRIBE_STRUCT(GroupTryLine, (), (visitor, kind, entry, name, qr_url, code_slug, url, phone, words, reason, choices))
struct GroupTryOut { std::vector<GroupTryLine> data; };
BOOST_DESCRIBE_STRUCT(GroupTryOut, (), (data))
struct ChatQuery { std::optional<std::string> q, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(ChatQuery, (), (q, cursor, limit))

namespace {

constexpr int kPreviewMost = 100;

/// What stands in a body's "spec": its place is told from the body's root.
template <class T>
Result<T> inside_spec(Result<T> got) {
  if (!got && got.error().pointer != "/slug" && got.error().pointer != "/key") got.error().pointer = "/spec" + got.error().pointer;
  return got;
}

Result<GroupCodeOut> group_out(Tx& tx, const std::string& site, GroupCode code, std::vector<Advice> advice) {
  TRY(auto stands, group_stands(tx, code));
  GroupCodeOut out{code.id, code.slug, group_url(site, code.slug), code.state, code.ver, code.created_at, code.updated_at, std::move(code.spec), std::move(stands), {}};
  for (auto& a : advice) out.advice.push_back({std::move(a.code), "/spec" + a.pointer, std::move(a.said.zh), std::move(a.said.en)});
  return out;
}

Result<Reply> tagged(Tx& tx, const std::string& site, SavedGroupCode saved, int status = 200) {
  const auto ver = saved.code.ver;
  TRY(const auto out, group_out(tx, site, std::move(saved.code), std::move(saved.advice)));
  auto reply = http::ok(out);
  reply.status = status;
  return http::with_etag(std::move(reply), ver);
}

Result<Answer> get_groups(Call& call) {
  TRY(const auto query, call.query<GroupListQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  GroupCodeFilter filter{query.q.value_or(""), query.folder.value_or(""), query.channel.value_or(""), query.state.value_or(""), {}, limit + 1};
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    filter.before = GroupCodeId{place[0]};
  }
  return call.read([filter, limit, scope = call.scope(), site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(auto codes, list_group_codes(tx, scope, filter));
    http::Page<GroupCodeRow> out;
    out.as_of = tx.now();
    const bool more = codes.size() > static_cast<std::size_t>(limit);
    if (more) codes.pop_back();
    for (auto& c : codes) {
      TRY(const auto brief, group_brief(tx, c));
      out.data.push_back({c.id, c.slug, group_url(site, c.slug), std::move(c.spec.name), std::move(c.spec.folder), std::move(c.spec.channel), c.spec.rule, c.state, c.ver,
                          c.created_at, c.updated_at, std::ssize(c.spec.entries), brief.ready, brief.alarms, brief.first_image_end, brief.sums});
    }
    if (more) out.next = http::encode_cursor({out.data.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> get_group(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  return call.read([id, scope = call.scope(), site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(auto code, find_group_code(tx, scope, id));
    // What was advised when it was saved may have been heeded since, or come up: asked again.
    auto advice = check_group_spec(tx, code.spec, &code.spec).value_or(std::vector<Advice>{});
    return tagged(tx, site, {std::move(code), std::move(advice)});
  });
}

Result<Answer> post_group(Call& call) {
  TRY(const auto body, call.body<GroupIn>());
  TRY(auto spec, inside_spec(read_group_spec(body.spec.text)));
  CreateGroupCode cmd{std::move(spec), body.slug.value_or(""), body.key.value_or("")};
  return call.write(ShardKey{}, [cmd = std::move(cmd), &call](Tx& tx) -> Result<Reply> {
    TRY(auto saved, inside_spec(create_group_code(tx, call.scope(), cmd)));
    call.audit_subject(to_text(saved.code.id));
    return tagged(tx, site_of(call.request()), std::move(saved), 201);
  });
}

Result<Answer> put_group(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  TRY(const auto body, call.body<GroupEdit>());
  TRY(const auto ver, http::if_match(call));
  TRY(auto spec, inside_spec(read_group_spec(body.spec.text)));
  call.audit_subject(to_text(id));
  return call.write(shard_of(id), [cmd = EditGroupCode{id, ver, std::move(spec)}, &call](Tx& tx) -> Result<Reply> {
    TRY(auto saved, inside_spec(edit_group_code(tx, call.scope(), cmd)));
    return tagged(tx, site_of(call.request()), std::move(saved));
  });
}

template <CodeState kState>
Result<Answer> post_state(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  call.audit_subject(to_text(id), kState == CodeState::active ? R"({"state":"active"})" : kState == CodeState::paused ? R"({"state":"paused"})" : R"({"state":"deleted"})");
  return call.write(shard_of(id), [id, &call](Tx& tx) -> Result<Reply> {
    TRY(auto code, set_group_code_state(tx, call.scope(), id, kState));
    return tagged(tx, site_of(call.request()), {std::move(code), {}});
  });
}

Result<Answer> post_clone(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  TRY(const auto body, call.body<GroupCopy>());
  return call.write(ShardKey{}, [id, body, &call](Tx& tx) -> Result<Reply> {
    TRY(auto saved, clone_group_code(tx, call.scope(), id, body.name, body.key.value_or("")));
    call.audit_subject(to_text(saved.code.id));
    return tagged(tx, site_of(call.request()), std::move(saved), 201);
  });
}

GroupTryLine try_line(GroupShown&& s, std::int64_t visitor) {
  GroupTryLine out{visitor, std::move(s.kind), {}, std::move(s.name), std::move(s.qr_url), std::move(s.code_slug), std::move(s.url), std::move(s.phone),
                   code_words(s.words), code_words(s.reason), {}};
  if (s.entry) out.entry = s.entry;
  for (auto& c : s.choices) out.choices.push_back({std::move(c.name), c.store ? std::optional(c.store) : std::nullopt, std::move(c.category)});
  return out;
}

Result<Answer> post_try(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  TRY(const auto body, call.body<GroupTry>());
  const GroupScan scan{.code = id, .visitor = {}, .person = body.person.value_or(PersonId{}), .touch = {}, .store = body.store.value_or(UnitId{}),
                       .category = body.category.value_or("")};
  const auto visitors = static_cast<int>(std::clamp<std::int64_t>(body.visitors, 0, kPreviewMost + 1));
  return call.write(shard_of(id), [scan, visitors, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(find_group_code(tx, scope, scan.code));
    TRY(auto all, preview_groups(tx, scan, visitors));
    GroupTryOut out;
    for (auto& shown : all) out.data.push_back(try_line(std::move(shown), std::ssize(out.data) + 1));
    return http::ok(out);
  });
}

Result<Answer> get_chats(Call& call) {
  TRY(const auto query, call.query<ChatQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  GroupId after;
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    after = GroupId{place[0]};
  }
  return call.read([q = query.q.value_or(""), after, limit](Tx& tx) -> Result<Reply> {
    http::Page<GroupStand> out;
    TRY(out.data, list_group_chats(tx, q, after, limit + 1));
    out.as_of = tx.now();
    if (out.data.size() > static_cast<std::size_t>(limit)) {
      out.data.pop_back();
      out.next = http::encode_cursor({out.data.back().id.v});
    }
    return http::ok(out);
  });
}

/// An object whose "spec" is a definition, with `more` members beside it.
std::string with_spec(std::string_view more) {
  return std::string(R"({"type":"object","additionalProperties":false,"required":["spec"],"properties":{"spec":)") + group_spec_schema() + std::string(more) + "}}";
}
std::string schema_of_new() { return with_spec(R"(,"slug":{"anyOf":[{"type":"string"},{"type":"null"}]},"key":{"anyOf":[{"type":"string"},{"type":"null"}]})"); }
std::string schema_of_edit() { return with_spec(""); }
constexpr Route bodied(Route r, http::SchemaFn body) {
  r.body = body;
  return r;
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<GroupListQuery, None, http::Page<GroupCodeRow>>("GET", "/v1/group-codes", "code.read", get_groups, "群活码列表", "List group codes"),
    bodied(route<None, GroupIn, GroupCodeOut>("POST", "/v1/group-codes", "code.write", post_group, "新建群活码", "Create a group code"), schema_of_new),
    route<None, None, GroupCodeOut>("GET", "/v1/group-codes/{code}", "code.read", get_group, "群活码", "One group code"),
    bodied(route<None, GroupEdit, GroupCodeOut>("PUT", "/v1/group-codes/{code}", "code.write", put_group, "修改群活码", "Change a group code", http::kIfMatch), schema_of_edit),
    route<None, None, GroupCodeOut>("POST", "/v1/group-codes/{code}:pause", "code.write", post_state<CodeState::paused>, "暂停群活码", "Pause a group code"),
    route<None, None, GroupCodeOut>("POST", "/v1/group-codes/{code}:resume", "code.write", post_state<CodeState::active>, "恢复群活码", "Resume a group code"),
    route<None, None, GroupCodeOut>("POST", "/v1/group-codes/{code}:delete", "code.write", post_state<CodeState::deleted>, "删除群活码", "Delete a group code"),
    route<None, GroupCopy, GroupCodeOut>("POST", "/v1/group-codes/{code}:clone", "code.write", post_clone, "复制群活码", "Copy a group code"),
    route<None, GroupTry, GroupTryOut>("POST", "/v1/group-codes/{code}/preview", "code.read", post_try, "试算接下来的访客会看到哪个群及原因", "Which group the next visitors would be shown, and why", http::kNoAudit),
    route<ChatQuery, None, http::Page<GroupStand>>("GET", "/v1/group-chats", "code.read", get_chats, "客户群列表", "Groups of customers"),
};

}  // namespace

std::string group_url(std::string_view site, std::string_view slug) { return std::string(site) + "/g/" + std::string(slug); }

std::span<const Route> group_edit_routes() { return kRoutes; }

}  // namespace koi::entry
