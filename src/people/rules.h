/// Identifiers that a user ruled out: test numbers that identify nobody, devices that a whole shop shares.
/// Owns identifier_rule; rule_out (people.h) is what a rule does.
#pragma once
#include <boost/describe.hpp>

#include "people/people.h"

namespace koi::people {

struct IdentifierRuleTag { static constexpr std::string_view prefix = "idr"; };
using IdentifierRuleId = Id<IdentifierRuleTag>;

struct IdentifierRule {
  IdentifierRuleId id;
  std::string ns, shown, rule, note;  // shown: masked when the namespace is sensitive
  Instant at;
};
BOOST_DESCRIBE_STRUCT(IdentifierRule, (), (id, ns, shown, rule, note, at))

/// The newest first, before `before` (0: from the newest).
Result<std::vector<IdentifierRule>> identifier_rules(Tx& tx, IdentifierRuleId before, int limit);

struct RuleOut { Ident ident; std::string rule, note; };
struct RuledOut {
  IdentifierRule rule;
  std::optional<PersonId> taken_from;  // whom it led to until now
};
/// Rules an identifier out; a rule on it that stands is replaced. Repeat-safe. invalid "people.bad_rule",
/// "people.rule_note" (more than 200 characters), and what normalise() refuses.
Result<RuledOut> add_identifier_rule(Tx& tx, const RuleOut& cmd);
/// From now on the value may identify somebody again; links it lost do not come back. not_found "people.no_rule".
Result<> lift_identifier_rule(Tx& tx, IdentifierRuleId id);

}  // namespace koi::people
