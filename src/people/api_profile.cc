// One person on the wire: the 360 view, and what may be changed about somebody.
#include <algorithm>

#include "base/crypto.h"
#include "http/wire.h"
#include "people/api.h"
#include "people/attributes.h"
#include "people/consent.h"
#include "people/person.h"
#include "people/relations.h"
#include "people/stages.h"
#include "people/tags.h"
#include "people/timeline.h"
#include "people/vault.h"

namespace koi::people {

struct EdgeOut {
  std::string kind;
  StaffId staff_id;           // null on groups
  std::string staff_name;
  std::int64_t group = 0;     // 0 on staff
  std::string group_name;
  std::string state, channel, via, via_name;
  Instant first_at, at;
};
BOOST_DESCRIBE_STRUCT(EdgeOut, (), (kind, staff_id, staff_name, group, group_name, state, channel, via, via_name, first_at, at))
struct PersonOut : PersonRow {
  std::string first_touch_name;
  std::string name, phone, email, birthday;  // masked
  std::string owner_name;
  std::int64_t seconds_in_stage = 0, invited = 0;
  std::vector<Held> tags;
  std::vector<ConsentState> consent;
  std::vector<EdgeOut> relations;
  std::vector<AttributeNow> attributes;
  std::vector<PastMove> moves;
  Instant as_of;
};
BOOST_DESCRIBE_STRUCT(PersonOut, (PersonRow), (first_touch_name, name, phone, email, birthday, owner_name, seconds_in_stage, invited, tags,
                                               consent, relations, attributes, moves, as_of))

struct IdentIn { std::string ns, value; };
BOOST_DESCRIBE_STRUCT(IdentIn, (), (ns, value))
struct PersonIn {
  std::vector<IdentIn> identifiers;
  std::optional<std::map<std::string, std::string>> attributes;
  std::optional<std::vector<std::string>> tags;
  std::optional<std::string> channel, store;
};
BOOST_DESCRIBE_STRUCT(PersonIn, (), (identifiers, attributes, tags, channel, store))
struct PersonMade { PersonId id; bool created; };
BOOST_DESCRIBE_STRUCT(PersonMade, (), (id, created))
struct AttributesIn { std::map<std::string, std::string> attributes; };
BOOST_DESCRIBE_STRUCT(AttributesIn, (), (attributes))
struct AttributesOut { std::vector<AttributeNow> attributes; };
BOOST_DESCRIBE_STRUCT(AttributesOut, (), (attributes))
struct TagsIn { std::vector<TagId> tags; std::optional<Instant> expires_at; std::optional<std::string> why; };
BOOST_DESCRIBE_STRUCT(TagsIn, (), (tags, expires_at, why))
struct TagsOut { std::vector<Held> tags; };
BOOST_DESCRIBE_STRUCT(TagsOut, (), (tags))
struct ConsentIn {
  std::string channel, purpose;
  bool granted;
  std::optional<std::string> evidence, notice_version;
  std::optional<Instant> at;
};
BOOST_DESCRIBE_STRUCT(ConsentIn, (), (channel, purpose, granted, evidence, notice_version, at))
struct ConsentOut { std::vector<ConsentState> now, past; };
BOOST_DESCRIBE_STRUCT(ConsentOut, (), (now, past))
struct OwnerIn { std::optional<StaffId> owner_staff_id; std::optional<std::string> unit_path; };
BOOST_DESCRIBE_STRUCT(OwnerIn, (), (owner_staff_id, unit_path))
struct InviterIn { PersonId inviter_id; };
BOOST_DESCRIBE_STRUCT(InviterIn, (), (inviter_id))

struct TimelineQueryIn { std::vector<std::string> group; std::optional<std::int64_t> limit; std::optional<std::string> after; };
BOOST_DESCRIBE_STRUCT(TimelineQueryIn, (), (group, limit, after))
struct TimelineOut {
  events::Seq seq; std::string kind, group, zh, en; Instant at, received_at; std::int64_t subject; std::string source;
  std::int64_t amount_fen; http::Json props; bool late;
};
BOOST_DESCRIBE_STRUCT(TimelineOut, (), (seq, kind, group, zh, en, at, received_at, subject, source, amount_fen, props, late))
using TimelinePage = http::Page<TimelineOut>;

namespace {

constexpr int kMovesShown = 50, kConsentShown = 200;

Result<std::vector<EdgeOut>> edges_out(Tx& tx, PersonId root) {
  TRY(const auto edges, edges_of(tx, root));
  std::vector<StaffId> staff;
  for (const auto& e : edges)
    if (e.kind == "staff") staff.push_back({e.other});
  TRY(const auto faces, staff_by_id(tx, staff));
  std::vector<EdgeOut> out;
  for (const auto& e : edges) {
    EdgeOut one{.kind = e.kind, .staff_id = {}, .staff_name = {}, .group_name = {}, .state = e.state, .channel = e.channel, .via = e.via, .via_name = {},
                .first_at = e.first_at, .at = e.at};
    TRY(one.via_name, thing_name(tx, e.via));
    if (e.kind == "staff") {
      one.staff_id = {e.other};
      if (const auto face = faces.find(one.staff_id); face != faces.end()) one.staff_name = face->second.name;
    } else {
      one.group = e.other;
      TRY(one.group_name, thing_name(tx, id_text("grp", e.other)));
    }
    out.push_back(std::move(one));
  }
  return out;
}

Result<PersonOut> person_out(Tx& tx, const Scope& scope, PersonId person) {
  PersonOut out;
  TRY(static_cast<PersonRow&>(out), person_row(tx, scope, person));
  const std::array roots{out.id};
  TRY(auto shown, cards(tx, roots));
  out.name = std::move(shown[0].name);
  out.phone = std::move(shown[0].phone);
  out.email = std::move(shown[0].email);
  out.birthday = std::move(shown[0].birthday);
  if (out.owner_staff_id) {
    const std::array owner{*out.owner_staff_id};
    TRY(auto faces, staff_by_id(tx, owner));
    if (!faces.empty()) out.owner_name = std::move(faces.begin()->second.name);
  }
  const auto since = out.stage_since.value_or(out.acquired_at.value_or(out.first_seen_at));
  out.seconds_in_stage = std::max<std::int64_t>(0, (tx.now() - since) / std::chrono::seconds(1));
  TRY(out.first_touch_name, thing_name(tx, out.first_touch.value_or("")));
  TRY(out.invited, invited_by(tx, out.id));
  TRY(out.tags, tags_of(tx, out.id));
  TRY(out.consent, consent_of(tx, out.id));
  TRY(out.relations, edges_out(tx, out.id));
  TRY(out.attributes, attributes_of(tx, out.id));
  TRY(out.moves, past_moves(tx, out.id, kMovesShown));
  return out;
}

Result<Answer> get_person(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  return call.read([scope = call.scope(), id](Tx& tx) -> Result<Reply> {
    TRY(auto out, person_out(tx, scope, id));
    // What the page shows decides its tag; the clock alone does not change it.
    out.as_of = {};
    const auto running = std::exchange(out.seconds_in_stage, 0);
    const auto version = static_cast<std::int64_t>(hash64(http::json_of(out)) >> 1);
    out.seconds_in_stage = running;
    out.as_of = tx.now();
    return http::with_etag(http::ok(out), version);
  });
}

std::string source_of_call(const Call& call) {
  const auto who = call.actor().author();
  return who.kind + ":" + std::to_string(who.id);
}

Result<Answer> post_person(Call& call) {
  TRY(auto body, call.body<PersonIn>());
  CreatePerson cmd{.identifiers = {}, .attributes = {}, .tags = body.tags.value_or(std::vector<std::string>{}),
                   .channel = body.channel, .store = body.store};
  for (auto& i : body.identifiers) cmd.identifiers.push_back({std::move(i.ns), std::move(i.value)});
  for (auto& [key, value] : body.attributes.value_or(std::map<std::string, std::string>{})) cmd.attributes.emplace_back(key, value);
  return call.write(ShardKey{}, [scope = call.scope(), source = source_of_call(call), cmd = std::move(cmd)](Tx& tx) -> Result<Reply> {
    TRY(const auto made, create_person(tx, scope, source, cmd));
    const PersonMade out{made.id, made.created};
    return made.created ? http::created(out) : http::ok(out);
  });
}

Result<Answer> patch_person(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  TRY(const auto body, call.body<AttributesIn>());
  call.audit_subject(to_text(id));
  return call.write(id, [scope = call.scope(), source = source_of_call(call), id, body](Tx& tx) -> Result<Reply> {
    TRY(const auto root, visible(tx, scope, id));
    SetAttributes cmd{.person = root, .values = {}, .source = source};
    for (const auto& [key, value] : body.attributes) cmd.values.emplace_back(key, value);
    TRY(set_attributes(tx, cmd));
    AttributesOut out;
    TRY(out.attributes, attributes_of(tx, root));
    return http::ok(out);
  });
}

Result<Answer> post_tags(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  TRY(const auto body, call.body<TagsIn>());
  call.audit_subject(to_text(id));
  return call.write(id, [scope = call.scope(), by = source_of_call(call), id, body](Tx& tx) -> Result<Reply> {
    TRY(const auto root, visible(tx, scope, id));
    for (const auto tag : body.tags) {
      TRY(give_tag(tx, {root, tag, "manual", by, body.why.value_or(""), body.expires_at}));
    }
    TagsOut out;
    TRY(out.tags, tags_of(tx, root));
    return http::ok(out);
  });
}

Result<Answer> drop_tag(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  TRY(const auto tag, call.path<TagId>("tag"));
  call.audit_subject(to_text(id));
  return call.write(id, [scope = call.scope(), id, tag](Tx& tx) -> Result<Reply> {
    TRY(const auto root, visible(tx, scope, id));
    TRY(take_tag(tx, root, tag, {}, "by hand"));
    TagsOut out;
    TRY(out.tags, tags_of(tx, root));
    return http::ok(out);
  });
}

Result<Reply> consent_reply(Tx& tx, PersonId root) {
  ConsentOut out;
  TRY(out.now, consent_of(tx, root));
  TRY(out.past, consent_past(tx, root, kConsentShown));
  return http::ok(out);
}

Result<Answer> get_consent(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  return call.read([scope = call.scope(), id](Tx& tx) -> Result<Reply> {
    TRY(const auto root, visible(tx, scope, id));
    return consent_reply(tx, root);
  });
}

Result<Answer> post_consent(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  TRY(const auto body, call.body<ConsentIn>());
  call.audit_subject(to_text(id));
  return call.write(id, [scope = call.scope(), id, body](Tx& tx) -> Result<Reply> {
    TRY(const auto root, visible(tx, scope, id));
    TRY(record_consent(tx, {root, body.channel, body.purpose, body.granted, body.evidence.value_or(""),
                            body.notice_version.value_or(""), body.at.value_or(Instant{})}));
    return consent_reply(tx, root);
  });
}

Result<Answer> put_owner(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  TRY(const auto body, call.body<OwnerIn>());
  call.audit_subject(to_text(id));
  return call.write(id, [scope = call.scope(), id, body](Tx& tx) -> Result<Reply> {
    TRY(const auto root, visible(tx, scope, id));
    const auto owner = body.owner_staff_id.value_or(StaffId{});
    auto path = body.unit_path.value_or("");
    const std::array asked{owner};
    TRY(const auto faces, staff_by_id(tx, asked));
    if (const auto face = faces.find(owner); face != faces.end()) path = face->second.unit_path;
    // Handing somebody out of one's own reach is for those who see both sides.
    if (!scope.covers(owner, path)) return fail(Errc::forbidden, "people.owner_outside");
    TRY(assign_owner(tx, root, owner, path));
    TRY(auto out, person_out(tx, scope, root));
    return http::ok(out);
  });
}

Result<Answer> put_inviter(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  TRY(const auto body, call.body<InviterIn>());
  call.audit_subject(to_text(id));
  return call.write(id, [scope = call.scope(), id, body](Tx& tx) -> Result<Reply> {
    TRY(const auto root, visible(tx, scope, id));
    TRY(const auto inviter, visible(tx, scope, body.inviter_id));
    TRY(set_inviter(tx, root, inviter, {}));
    TRY(auto out, person_out(tx, scope, root));
    return http::ok(out);
  });
}

Result<Answer> get_timeline(Call& call) {
  TRY(const auto id, call.path<PersonId>("person"));
  TRY(auto query, call.query<TimelineQueryIn>());
  TRY(const auto limit, http::page_limit(query.limit));
  TimelineAsk ask{.person = id, .groups = std::move(query.group), .limit = limit};
  if (query.after) {
    TRY(const auto place, http::decode_cursor(*query.after, 2));
    ask.before_at = from_ms(place[0]);
    ask.before_seq = place[1];
  }
  return call.read([scope = call.scope(), ask = std::move(ask)](Tx& tx) -> Result<Reply> {
    TRY(auto items, person_timeline(tx, scope, ask));
    TimelinePage page;
    if (items.size() == static_cast<std::size_t>(ask.limit))
      page.next = http::encode_cursor({to_ms(items.back().at), items.back().seq});
    for (auto& i : items)
      page.data.push_back({i.seq, std::move(i.kind), std::move(i.group), std::move(i.zh), std::move(i.en), i.at, i.received_at,
                           i.subject, std::move(i.source), i.amount_fen, {std::move(i.props)}, i.late});
    page.as_of = tx.now();
    return http::ok(page);
  });
}

using http::None;
using http::route;
constexpr Route kPersonRoutes[] = {
    route<None, PersonIn, PersonMade>("POST", "/v1/people", "person.write", post_person, "新建客户", "Create a person"),
    route<None, None, PersonOut>("GET", "/v1/people/{person}", "person.read", get_person, "客户 360", "One person"),
    route<None, AttributesIn, AttributesOut>("PATCH", "/v1/people/{person}", "person.write", patch_person, "修改客户属性",
                                             "Change attributes of a person"),
    route<None, TagsIn, TagsOut>("POST", "/v1/people/{person}/tags", "tag.write", post_tags, "给客户打标签", "Tag a person"),
    route<None, None, TagsOut>("DELETE", "/v1/people/{person}/tags/{tag}", "tag.write", drop_tag, "移除客户标签",
                               "Take a tag off a person"),
    route<None, None, ConsentOut>("GET", "/v1/people/{person}/consent", "consent.read", get_consent, "授权记录", "Consent of a person"),
    route<None, ConsentIn, ConsentOut>("POST", "/v1/people/{person}/consent", "consent.write", post_consent, "登记授权或撤回",
                                       "Record consent or its withdrawal"),
    route<None, OwnerIn, PersonOut>("PUT", "/v1/people/{person}/owner", "person.write", put_owner, "分配归属导购", "Assign the owner"),
    route<None, InviterIn, PersonOut>("PUT", "/v1/people/{person}/inviter", "person.write", put_inviter, "登记推荐人", "Set the inviter"),
    route<TimelineQueryIn, None, TimelinePage>("GET", "/v1/people/{person}/timeline", "person.read", get_timeline, "客户时间线",
                                               "Timeline of a person"),
};

}  // namespace

std::span<const Route> person_routes() { return kPersonRoutes; }

}  // namespace koi::people
