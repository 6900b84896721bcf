// 敏感词 on the wire.
#include "connect/wecom/rules/rules.h"

#include "connect/wecom/sync.h"
#include "connect/wecom/sync_desk.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct InterceptBody {
  std::string name;
  std::vector<std::string> words;
  std::optional<std::vector<std::string>> semantics;
  std::string kind;
  std::optional<bool> everybody;
  std::optional<std::vector<StaffId>> staff;
  std::optional<std::vector<UnitId>> units;
};
BOOST_DESCRIBE_STRUCT(InterceptBody, (), (name, words, semantics, kind, everybody, staff, units))
struct NewInterceptBody {
  std::string corp_id, name;
  std::vector<std::string> words;
  std::optional<std::vector<std::string>> semantics;
  std::string kind;
  std::optional<bool> everybody;
  std::optional<std::vector<StaffId>> staff;
  std::optional<std::vector<UnitId>> units;
};
BOOST_DESCRIBE_STRUCT(NewInterceptBody, (), (corp_id, name, words, semantics, kind, everybody, staff, units))
struct InterceptRuleOut {
  InterceptRuleId id;
  std::string corp_id, name;
  std::vector<std::string> words, semantics;
  std::string kind;
  bool everybody = false;
  std::vector<StaffId> staff;
  std::vector<UnitId> units;
  std::string state, error, detail, created_by;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(InterceptRuleOut, (), (id, corp_id, name, words, semantics, kind, everybody, staff, units, state, error, detail, created_by, ver, created_at, updated_at))
struct SeenRuleOut {
  std::string corp_id, rule_id, name;
  std::vector<std::string> words, semantics, staff, units;
  std::string kind;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(SeenRuleOut, (), (corp_id, rule_id, name, words, semantics, staff, units, kind, created_at))
struct RuleLookOut { std::string corp_id, name; std::optional<Instant> looked_at; std::string error, detail; };
BOOST_DESCRIBE_STRUCT(RuleLookOut, (), (corp_id, name, looked_at, error, detail))
struct RuleList { std::vector<InterceptRuleOut> data; std::vector<SeenRuleOut> elsewhere; std::vector<RuleLookOut> corps; };
BOOST_DESCRIBE_STRUCT(RuleList, (), (data, elsewhere, corps))

namespace {

InterceptRuleOut out_of(InterceptRule&& r) {
  return {r.id, std::move(r.corp_id), std::move(r.spec.name), std::move(r.spec.words), std::move(r.spec.semantics), std::move(r.spec.kind), r.spec.everybody, std::move(r.spec.staff),
          std::move(r.spec.units), std::move(r.state), std::move(r.error), std::move(r.detail), std::move(r.created_by), r.ver, r.created_at, r.updated_at};
}
http::Reply reply_of(InterceptRule&& r, bool fresh = false) {
  const auto ver = r.ver;
  return http::with_etag(fresh ? http::created(out_of(std::move(r))) : http::ok(out_of(std::move(r))), ver);
}

template <class Body>
RuleSpec spec_of(const Body& b) {
  return {b.name, b.words, b.semantics.value_or(std::vector<std::string>{}), b.kind, b.everybody.value_or(false), b.staff.value_or(std::vector<StaffId>{}), b.units.value_or(std::vector<UnitId>{})};
}
/// The desk looks at once.
void wake(http::Call& call, Tx& tx) {
  tx.after_commit([&db = call.db()] { SyncDesk::wake(db); });
}

Result<http::Answer> get_rules(http::Call& call) {
  return call.read([](Tx& tx) -> Result<http::Reply> {
    RuleList out;
    TRY(auto rules, list_rules(tx));
    for (auto& r : rules) out.data.push_back(out_of(std::move(r)));
    TRY(const auto seen, seen_rules(tx));
    for (const auto& s : seen) out.elsewhere.push_back({s.corp_id, s.rule_id, s.name, s.words, s.semantics, s.staff, s.units, s.kind, s.created_at});
    TRY(const auto looks, rule_looks(tx));
    for (const auto& l : looks) out.corps.push_back({l.corp_id, l.name, l.looked_at, l.error, l.detail});
    return http::ok(out);
  });
}

Result<http::Answer> get_rule(http::Call& call) {
  TRY(const auto id, call.path<InterceptRuleId>("rule"));
  return call.read([id](Tx& tx) -> Result<http::Reply> {
    TRY(auto rule, find_rule(tx, id));
    return reply_of(std::move(rule));
  });
}

Result<http::Answer> post_rule(http::Call& call) {
  TRY(const auto body, call.body<NewInterceptBody>());
  return call.write(shard_of_corp(body.corp_id), [&call, body](Tx& tx) -> Result<http::Reply> {
    TRY(auto rule, create_rule(tx, body.corp_id, {.spec = spec_of(body), .by = call.actor().name}));
    call.audit_subject(to_text(rule.id));
    wake(call, tx);
    return reply_of(std::move(rule), true);
  });
}

Result<http::Answer> put_rule(http::Call& call) {
  TRY(const auto id, call.path<InterceptRuleId>("rule"));
  TRY(const auto body, call.body<InterceptBody>());
  call.audit_subject(to_text(id));
  return call.write(id, [&call, id, body](Tx& tx) -> Result<http::Reply> {
    TRY(const auto had, find_rule(tx, id));
    TRY(http::check_match(call, had.ver));
    TRY(auto rule, edit_rule(tx, id, {.spec = spec_of(body), .by = call.actor().name}));
    wake(call, tx);
    return reply_of(std::move(rule));
  });
}

Result<http::Answer> delete_rule_route(http::Call& call) {
  TRY(const auto id, call.path<InterceptRuleId>("rule"));
  call.audit_subject(to_text(id));
  return call.write(id, [&call, id](Tx& tx) -> Result<http::Reply> {
    TRY(delete_rule(tx, id));
    wake(call, tx);
    return http::no_content();
  });
}

Result<http::Answer> post_retry(http::Call& call) {
  TRY(const auto id, call.path<InterceptRuleId>("rule"));
  call.audit_subject(to_text(id));
  return call.write(id, [&call, id](Tx& tx) -> Result<http::Reply> {
    TRY(auto rule, retry_rule(tx, id));
    wake(call, tx);
    return reply_of(std::move(rule));
  });
}

Result<http::Answer> post_look(http::Call& call) {
  const std::string corp(call.path_text("corp"));
  call.audit_subject("wecom:" + corp);
  return call.write(shard_of_corp(corp), [&call, corp](Tx& tx) -> Result<http::Reply> {
    TRY(look_at_rules(tx, corp));
    wake(call, tx);
    return http::no_content();
  });
}

using http::None;
using http::route;
constexpr http::Route kRoutes[] = {
    route<None, None, RuleList>("GET", "/v1/intercept-rules", "channel.read", get_rules, "敏感词规则", "Rules on sensitive words, ours and those made elsewhere"),
    route<None, NewInterceptBody, InterceptRuleOut>("POST", "/v1/intercept-rules", "channel.send", post_rule, "新建敏感词规则", "Create a rule on sensitive words"),
    route<None, None, InterceptRuleOut>("GET", "/v1/intercept-rules/{rule}", "channel.read", get_rule, "一条敏感词规则", "One rule on sensitive words"),
    route<None, InterceptBody, InterceptRuleOut>("PUT", "/v1/intercept-rules/{rule}", "channel.send", put_rule, "修改敏感词规则", "Change a rule on sensitive words", http::kIfMatch),
    route<None, None, None>("DELETE", "/v1/intercept-rules/{rule}", "channel.send", delete_rule_route, "删除敏感词规则", "Delete a rule on sensitive words"),
    route<None, None, InterceptRuleOut>("POST", "/v1/intercept-rules/{rule}:retry", "channel.send", post_retry, "重试敏感词规则", "Ask the platform for a rule again"),
    route<None, None, None>("POST", "/v1/channels/wecom/{corp}/intercept-rules:look", "channel.sync", post_look, "读取平台上的敏感词规则", "Read the platform's rules now"),
};

}  // namespace

std::span<const http::Route> rule_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
