// Identity on the wire: the conflict queue, unmerge, the identity graph, attribute definitions, reveal and erase.
#include <memory>

#include "http/wire.h"
#include "people/api.h"
#include "people/attributes.h"
#include "people/cases.h"
#include "people/graph.h"
#include "people/person.h"
#include "people/vault.h"

namespace koi::people {

struct CaseListQuery {
  std::optional<CaseState> state;
  std::optional<std::int64_t> limit;
  std::optional<std::string> after;
};
BOOST_DESCRIBE_STRUCT(CaseListQuery, (), (state, limit, after))

/// One of the two, as the console puts them side by side; everything masked.
struct CaseSide {
  PersonId id;
  std::string name, phone, email;
  std::string stage;
  std::optional<std::string> member_no, channel, store;
  std::int64_t orders;
  Fen paid_fen;
  Instant created_at;
  std::optional<Instant> last_paid_at;
  std::vector<GraphIdentifier> identifiers;
  std::vector<AttributeNow> attributes;
};
BOOST_DESCRIBE_STRUCT(CaseSide, (), (id, name, phone, email, stage, member_no, channel, store, orders, paid_fen, created_at,
                                     last_paid_at, identifiers, attributes))
using CasePage = http::Page<MergeCase>;
struct CaseOut {
  MergeCase merge_case;
  CaseSide a;
  std::optional<CaseSide> b;
};
BOOST_DESCRIBE_STRUCT(CaseOut, (), (merge_case, a, b))
struct MergeCaseIn { std::optional<PersonId> keep; };
BOOST_DESCRIBE_STRUCT(MergeCaseIn, (), (keep))
struct MergedOut { PersonId person; };
BOOST_DESCRIBE_STRUCT(MergedOut, (), (person))
struct MergePeopleIn { PersonId from; std::string reason; };
BOOST_DESCRIBE_STRUCT(MergePeopleIn, (), (from, reason))
struct DismissIn { std::optional<std::string> note; };
BOOST_DESCRIBE_STRUCT(DismissIn, (), (note))
struct UnmergeIn { PersonId node; std::string reason; };
BOOST_DESCRIBE_STRUCT(UnmergeIn, (), (node, reason))
struct RevealIn { std::string field, reason; };
BOOST_DESCRIBE_STRUCT(RevealIn, (), (field, reason))
struct RevealOut { std::string field, value; };
BOOST_DESCRIBE_STRUCT(RevealOut, (), (field, value))

struct AttributeIn {
  std::string key, type, zh, en;
  std::optional<std::vector<std::string>> options, trust;
  std::optional<std::string> rule;
  std::optional<bool> sensitive;
};
BOOST_DESCRIBE_STRUCT(AttributeIn, (), (key, type, zh, en, options, trust, rule, sensitive))
struct AttributePatch {
  std::optional<std::string> zh, en, rule;
  std::optional<std::vector<std::string>> options, trust;
};
BOOST_DESCRIBE_STRUCT(AttributePatch, (), (zh, en, rule, options, trust))
struct AttributeList { std::vector<AttributeDef> data; };
BOOST_DESCRIBE_STRUCT(AttributeList, (), (data))

namespace {

constexpr int kRoundsMax = 20;  // pages looked at for one page that a narrow scope may see

bool out_of_sight(const Error& error) { return error.code == "people.not_found"; }

/// Whether the caller may see everybody the case is about.
Result<bool> in_sight(Tx& tx, const Scope& scope, const MergeCase& found) {
  for (const auto person : {found.a, found.b.value_or(found.a)}) {
    const auto seen = visible(tx, scope, person);
    if (!seen && !out_of_sight(seen.error())) return std::unexpected(seen.error());
    if (!seen) return false;
  }
  return true;
}

/// not_found outside the scope, as if there were no such case.
Result<MergeCase> case_in_sight(Tx& tx, const Scope& scope, CaseId id) {
  TRY(auto found, find_case(tx, id));
  TRY(const bool seen, in_sight(tx, scope, found));
  if (!seen) return fail(Errc::not_found, "people.no_case");
  return found;
}

Result<CaseSide> side_of(Tx& tx, const Scope& scope, PersonId person) {
  TRY(auto row, person_row(tx, scope, person));
  TRY(auto graph, identity_graph(tx, scope, person));
  TRY(auto attributes, attributes_of(tx, row.id));
  TRY(auto shown, cards(tx, std::span(&row.id, 1)));
  return CaseSide{.id = row.id, .name = std::move(shown[0].name), .phone = std::move(shown[0].phone),
                  .email = std::move(shown[0].email), .stage = std::move(row.stage), .member_no = std::move(row.member_no),
                  .channel = std::move(row.channel), .store = std::move(row.store), .orders = row.orders,
                  .paid_fen = row.paid_fen, .created_at = row.created_at, .last_paid_at = row.last_paid_at,
                  .identifiers = std::move(graph.identifiers), .attributes = std::move(attributes)};
}

Result<CasePage> cases_in_sight(Tx& tx, const Scope& scope, CaseQuery query) {
  CasePage out;
  out.as_of = tx.now();
  const auto wanted = static_cast<std::size_t>(query.limit);
  for (int round = 0; round < kRoundsMax; ++round) {
    TRY(auto rows, case_page(tx, query));
    for (auto& row : rows) {
      query.before = row.id;
      TRY(const bool seen, in_sight(tx, scope, row));
      if (seen) out.data.push_back(std::move(row));
      if (out.data.size() == wanted) break;
    }
    if (rows.size() < wanted && out.data.size() < wanted) return out;
    if (out.data.size() == wanted) break;
  }
  out.next = http::encode_cursor({query.before.v});
  return out;
}

Result<Answer> get_cases(Call& call) {
  TRY(const auto asked, call.query<CaseListQuery>());
  CaseQuery query{.state = asked.state.value_or(CaseState::open), .before = {}};
  TRY(query.limit, http::page_limit(asked.limit));
  if (asked.after) {
    TRY(const auto place, http::decode_cursor(*asked.after, 1));
    query.before = CaseId{place[0]};
  }
  return call.read([scope = call.scope(), query](Tx& tx) -> Result<Reply> {
    TRY(const auto page, cases_in_sight(tx, scope, query));
    return http::ok(page);
  });
}

Result<Answer> get_case(Call& call) {
  TRY(const auto id, call.path<CaseId>("case"));
  return call.read([scope = call.scope(), id](Tx& tx) -> Result<Reply> {
    CaseOut out;
    TRY(out.merge_case, case_in_sight(tx, scope, id));
    TRY(out.a, side_of(tx, scope, out.merge_case.a));
    if (out.merge_case.b) { TRY(out.b, side_of(tx, scope, *out.merge_case.b)); }
    return http::ok(out);
  });
}

Result<Answer> post_case_merge(Call& call) {
  TRY(const auto id, call.path<CaseId>("case"));
  TRY(const auto body, call.body<MergeCaseIn>());
  call.audit_subject(to_text(id));
  return call.write(id, [scope = call.scope(), id, keep = body.keep.value_or(PersonId{}), user = call.actor().id](Tx& tx) -> Result<Reply> {
    TRY(case_in_sight(tx, scope, id));
    TRY(const auto person, merge_by_case(tx, id, keep, user));
    return http::ok(MergedOut{person});
  });
}

Result<Answer> post_case_dismiss(Call& call) {
  TRY(const auto id, call.path<CaseId>("case"));
  TRY(const auto body, call.body<DismissIn>());
  call.audit_subject(to_text(id));
  return call.write(id, [scope = call.scope(), id, note = body.note.value_or(""), user = call.actor().id](Tx& tx) -> Result<Reply> {
    TRY(case_in_sight(tx, scope, id));
    TRY(dismiss_case(tx, id, note, user));
    TRY(const auto closed, find_case(tx, id));
    return http::ok(closed);
  });
}

Result<Answer> post_merge(Call& call) {
  TRY(const auto into, call.path<PersonId>("person"));
  TRY(const auto body, call.body<MergePeopleIn>());
  call.audit_subject(to_text(into));
  return call.write(into, [scope = call.scope(), into, body, user = call.actor().id](Tx& tx) -> Result<Reply> {
    TRY(const auto mine, visible(tx, scope, into));
    TRY(const auto theirs, visible(tx, scope, body.from));
    TRY(const auto person, merge(tx, {.into = mine, .from = theirs, .evidence = body.reason, .by_user = user}));
    return http::ok(MergedOut{person});
  });
}

Result<Answer> post_unmerge(Call& call) {
  TRY(const auto person, call.path<PersonId>("person"));
  TRY(const auto body, call.body<UnmergeIn>());
  call.audit_subject(to_text(person));
  return call.write(person, [scope = call.scope(), person, body, user = call.actor().id](Tx& tx) -> Result<Reply> {
    TRY(const auto root, visible(tx, scope, person));
    TRY(const auto theirs, root_of(tx, body.node));
    if (theirs != root) return fail(Errc::conflict, "people.not_merged", to_text(body.node));
    TRY(unmerge(tx, body.node, body.reason, user));
    return http::ok(MergedOut{body.node});
  });
}

Result<Answer> get_identity(Call& call) {
  TRY(const auto person, call.path<PersonId>("person"));
  return call.read([scope = call.scope(), person](Tx& tx) -> Result<Reply> {
    TRY(const auto graph, identity_graph(tx, scope, person));
    return http::ok(graph);
  });
}

/// Straight to the Writer: call.write would keep the reply for repeats of the request, in clear.
Result<Answer> post_reveal(Call& call) {
  TRY(const auto person, call.path<PersonId>("person"));
  TRY(auto body, call.body<RevealIn>());
  const Reveal cmd{.person = person, .field = std::move(body.field), .reason = std::move(body.reason), .by = call.actor().author()};
  auto reply = std::make_shared<Reply>();
  auto finish = call.later();
  auto queued = call.db().writer().submit(
      ShardKey{static_cast<std::uint64_t>(person.v)},
      [scope = call.scope(), cmd, reply](Tx& tx) -> Result<> {
        TRY(auto clear, reveal(tx, scope, cmd));
        *reply = http::ok(RevealOut{cmd.field, std::move(clear)});
        reply->headers.emplace_back("Cache-Control", "no-store");
        return {};
      },
      [finish, reply](Result<> done) {
        finish(done ? Result<Reply>(std::move(*reply)) : std::unexpected(std::move(done).error()));
      });
  if (!queued) finish(std::unexpected(std::move(queued).error()));
  return Answer(Answer::Later{});
}

Result<Answer> delete_person(Call& call) {
  TRY(const auto person, call.path<PersonId>("person"));
  call.audit_subject(to_text(person));
  return call.write(person, [scope = call.scope(), person](Tx& tx) -> Result<Reply> {
    TRY(const auto root, visible(tx, scope, person));
    TRY(erase(tx, root));
    return http::no_content();
  });
}

Reply tagged(const AttributeDef& def) { return http::with_etag(http::ok(def), def.ver); }

Result<Answer> get_attributes(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(const auto defs, attribute_defs(tx));
    return http::ok(AttributeList{*defs});
  });
}

Result<Answer> get_attribute(Call& call) {
  TRY(const auto id, call.path<AttributeId>("attribute"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto def, find_attribute(tx, id));
    return tagged(def);
  });
}

Result<Answer> post_attribute(Call& call) {
  TRY(auto body, call.body<AttributeIn>());
  return call.write(ShardKey{}, [body = std::move(body)](Tx& tx) -> Result<Reply> {
    AttributeDef def{.key = body.key, .type = body.type, .zh = body.zh, .en = body.en};
    def.options = body.options.value_or(def.options);
    def.trust = body.trust.value_or(def.trust);
    def.rule = body.rule.value_or(def.rule);
    def.sensitive = body.sensitive.value_or(false);
    TRY(const auto made, define_attribute(tx, def));
    return http::with_etag(http::created(made), made.ver);
  });
}

Result<Answer> patch_attribute(Call& call) {
  TRY(const auto id, call.path<AttributeId>("attribute"));
  TRY(auto body, call.body<AttributePatch>());
  TRY(const auto ver, http::if_match(call));
  call.audit_subject(to_text(id));
  return call.write(id, [id, ver, body = std::move(body)](Tx& tx) -> Result<Reply> {
    TRY(auto def, find_attribute(tx, id));
    def.ver = ver.value_or(def.ver);
    def.zh = body.zh.value_or(def.zh);
    def.en = body.en.value_or(def.en);
    def.rule = body.rule.value_or(def.rule);
    def.options = body.options.value_or(def.options);
    def.trust = body.trust.value_or(def.trust);
    TRY(const auto changed, change_attribute(tx, def));
    return tagged(changed);
  });
}

Result<Answer> drop_attribute(Call& call) {
  TRY(const auto id, call.path<AttributeId>("attribute"));
  TRY(const auto ver, http::if_match(call));
  call.audit_subject(to_text(id));
  return call.write(id, [id, ver](Tx& tx) -> Result<Reply> {
    TRY(const auto def, find_attribute(tx, id));
    TRY(archive_attribute(tx, id, ver.value_or(def.ver)));
    return http::no_content();
  });
}

using http::None;
using http::route;
constexpr Route kIdentityRoutes[] = {
    route<CaseListQuery, None, CasePage>("GET", "/v1/merge-cases", "person.merge", get_cases, "身份冲突列表", "List merge cases"),
    route<None, None, CaseOut>("GET", "/v1/merge-cases/{case}", "person.merge", get_case, "身份冲突详情",
                               "A merge case with both people side by side"),
    route<None, MergeCaseIn, MergedOut>("POST", "/v1/merge-cases/{case}/merge", "person.merge", post_case_merge, "合并冲突的两人",
                                        "Merge the two people of a case"),
    route<None, DismissIn, MergeCase>("POST", "/v1/merge-cases/{case}/dismiss", "person.merge", post_case_dismiss, "忽略身份冲突",
                                      "Keep the two people apart"),
    route<None, MergePeopleIn, MergedOut>("POST", "/v1/people/{person}/merge", "person.merge", post_merge, "合并客户",
                                          "Merge another person into this one"),
    route<None, UnmergeIn, MergedOut>("POST", "/v1/people/{person}/unmerge", "person.merge", post_unmerge, "拆分客户",
                                      "Cut a merged node off again"),
    route<None, None, IdentityGraph>("GET", "/v1/people/{person}/identity", "person.read", get_identity, "身份图谱",
                                     "Nodes, identifiers and merges of a person"),
    route<None, RevealIn, RevealOut>("POST", "/v1/people/{person}/reveal", "person.reveal", post_reveal, "查看明文",
                                     "Reveal one masked field", http::kNoAudit),
    route<None, None, None>("DELETE", "/v1/people/{person}", "person.erase", delete_person, "删除个人信息",
                            "Erase a person; totals stay"),
    route<None, None, AttributeList>("GET", "/v1/attributes", "attribute.read", get_attributes, "客户属性列表", "List attributes"),
    route<None, AttributeIn, AttributeDef>("POST", "/v1/attributes", "attribute.write", post_attribute, "新建客户属性",
                                           "Define an attribute"),
    route<None, None, AttributeDef>("GET", "/v1/attributes/{attribute}", "attribute.read", get_attribute, "客户属性", "One attribute"),
    route<None, AttributePatch, AttributeDef>("PATCH", "/v1/attributes/{attribute}", "attribute.write", patch_attribute,
                                              "修改客户属性", "Change an attribute", http::kIfMatch),
    route<None, None, None>("DELETE", "/v1/attributes/{attribute}", "attribute.write", drop_attribute, "停用客户属性",
                            "Archive an attribute", http::kIfMatch),
};

}  // namespace

std::span<const Route> identity_routes() { return kIdentityRoutes; }

}  // namespace koi::people
