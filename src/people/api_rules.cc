// Blocked and shared identifiers on the wire.
#include <algorithm>

#include "http/wire.h"
#include "people/api.h"
#include "people/rules.h"

namespace koi::people {

struct RuleQuery { std::optional<std::int64_t> limit; std::optional<std::string> after; };
BOOST_DESCRIBE_STRUCT(RuleQuery, (), (limit, after))
struct RuleIn { std::string ns, value, rule; std::optional<std::string> note; };
BOOST_DESCRIBE_STRUCT(RuleIn, (), (ns, value, rule, note))
struct RuleMade { IdentifierRule rule; std::optional<PersonId> taken_from; };
BOOST_DESCRIBE_STRUCT(RuleMade, (), (rule, taken_from))

namespace {

Result<Answer> get_rules(Call& call) {
  TRY(const auto query, call.query<RuleQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  IdentifierRuleId before;
  if (query.after) {
    TRY(const auto place, http::decode_cursor(*query.after, 1));
    before = IdentifierRuleId{place[0]};
  }
  return call.read([before, limit](Tx& tx) -> Result<Reply> {
    http::Page<IdentifierRule> page{{}, {}, tx.now()};
    TRY(page.data, identifier_rules(tx, before, limit + 1));
    if (page.data.size() > static_cast<std::size_t>(limit)) {
      page.data.pop_back();
      page.next = http::encode_cursor({page.data.back().id.v});
    }
    return http::ok(page);
  });
}

/// The audit row names kind and rule, never the value: it may be somebody's number.
Result<Answer> post_rule(Call& call) {
  TRY(auto body, call.body<RuleIn>());
  call.audit_subject(body.ns, body.rule == "blocked" ? R"({"rule":"blocked"})" : R"({"rule":"shared"})");
  return call.write(ShardKey{}, [scope = call.scope(), body = std::move(body)](Tx& tx) -> Result<Reply> {
    TRY(auto made, add_identifier_rule(tx, {.ident = {body.ns, body.value}, .rule = body.rule, .note = body.note.value_or("")}));
    if (made.taken_from && !visible(tx, scope, *made.taken_from)) made.taken_from.reset();
    return http::created(RuleMade{std::move(made.rule), made.taken_from});
  });
}

Result<Answer> drop_rule(Call& call) {
  TRY(const auto id, call.path<IdentifierRuleId>("rule"));
  call.audit_subject(to_text(id));
  return call.write(id, [id](Tx& tx) -> Result<Reply> {
    TRY(lift_identifier_rule(tx, id));
    return http::no_content();
  });
}

using http::None;
constexpr Route kRuleRoutes[] = {
    http::route<RuleQuery, None, http::Page<IdentifierRule>>("GET", "/v1/identifier-rules", "identifier.read", get_rules,
                                                             "停用与共用标识列表", "List blocked and shared identifiers"),
    http::route<None, RuleIn, RuleMade>("POST", "/v1/identifier-rules", "identifier.write", post_rule, "停用标识或标为共用",
                                        "Block an identifier or mark it shared"),
    http::route<None, None, None>("DELETE", "/v1/identifier-rules/{rule}", "identifier.write", drop_rule, "取消标识规则",
                                  "Lift a rule on an identifier"),
};

}  // namespace

std::span<const Route> rule_routes() { return kRuleRoutes; }

}  // namespace koi::people
