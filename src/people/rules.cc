#include "people/rules.h"

#include "base/text.h"
#include "people/identity.h"
#include "people/known.h"
#include "people/links.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::people {
namespace {

constexpr std::string_view kList =
    "SELECT id, ns, shown, rule, note, at FROM identifier_rule WHERE id IS NOT NULL AND (CAST($1 AS BIGINT) = 0 OR id < $1) "
    "ORDER BY id DESC LIMIT $2";
constexpr std::string_view kOne = "SELECT id, ns, shown, rule, note, at FROM identifier_rule WHERE ns = $1 AND value = $2";
constexpr std::string_view kDescribe =
    "UPDATE identifier_rule SET id = COALESCE(id, CAST($3 AS BIGINT)), shown = $4, note = $5 WHERE ns = $1 AND value = $2";
constexpr std::string_view kLift = "DELETE FROM identifier_rule WHERE id = $1";

constexpr std::size_t kRuleNoteMax = 200;  // characters

std::string shown_value(const Normal& is) {
  return is.rules.sensitive ? mask(is.ns == "email" ? "email" : "phone", is.value) : is.value;
}

}  // namespace

Result<std::vector<IdentifierRule>> identifier_rules(Tx& tx, IdentifierRuleId before, int limit) {
  return tx.all<IdentifierRule>(kList, before.v, limit);
}

Result<RuledOut> add_identifier_rule(Tx& tx, const RuleOut& cmd) {
  const auto note = trim(cmd.note);
  if (!valid_utf8(note) || count_chars(note) > kRuleNoteMax) return fail(Errc::invalid, "people.rule_note", {}, "/note");
  TRY(const auto is, normalise_for(tx, cmd.ident));
  RuledOut out;
  TRY(const auto link, find_link(tx, link_name(is.ns, is.stored)));
  if (link) out.taken_from = link->person;
  TRY(rule_out(tx, cmd.ident, cmd.rule));
  TRY(tx.exec(kDescribe, is.ns, is.stored, tx.next_id<IdentifierRuleId>(), shown_value(is), note));
  TRY(out.rule, tx.one<IdentifierRule>(kOne, is.ns, is.stored));
  return out;
}

Result<> lift_identifier_rule(Tx& tx, IdentifierRuleId id) {
  TRY(const auto gone, tx.exec(kLift, id));
  if (gone == 0) return fail(Errc::not_found, "people.no_rule", to_text(id));
  if (auto* known = Known::of(tx)) known->forget_all();  // it remembers what is to be skipped, too
  return {};
}

}  // namespace koi::people
