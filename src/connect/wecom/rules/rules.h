/// 敏感词: rules on words staff may not send to customers. What stands here is what is wanted; tend_rules() brings the platform to
/// it. Rules somebody made at the platform are listed beside them and never touched. Owns connect_wecom_rule,
/// connect_wecom_rule_seen, connect_wecom_rule_look. The platform tells nobody when a word is hit.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

struct InterceptRuleTag { static constexpr std::string_view prefix = "rul"; };
using InterceptRuleId = Id<InterceptRuleTag>;

/// The platform's limits; those of the range and of the number of rules are not published and left to it.
inline constexpr std::size_t kRuleNameMax = 20, kRuleWordsMax = 300, kRuleWordMax = 32;
inline constexpr int kRulesMax = 200;  // of a corp, here

struct RuleSpec {
  std::string name;
  std::vector<std::string> words;
  std::vector<std::string> semantics;   // "phone", "mail", "red_packet"
  std::string kind = "block";           // or "warn": the message may still be sent
  bool everybody = false;               // the whole company; else:
  std::vector<StaffId> staff;
  std::vector<UnitId> units;            // with everybody below
};

/// making: not there yet as it should be; well; unknown: asked for, no answer, to be looked for; refused: with errcode, tried again
/// in an hour; gone: somebody deleted it at the platform; leaving: to be taken away there, with
/// errcode when that was refused.
struct InterceptRule {
  InterceptRuleId id;
  std::string corp_id;
  RuleSpec spec;
  std::string state, rule_id, error, detail, created_by;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
};
struct PutRule { RuleSpec spec; std::string by; };

/// Words and names are trimmed, empty and doubled words dropped. invalid "connect.rule_name", "connect.rule_words" (1 to 300),
/// "connect.rule_word" (32 letters at most), "connect.rule_semantics", "connect.rule_kind", "connect.rule_range" (nobody),
/// "connect.rule_staff" (no member of the corp), "connect.rule_unit" (no department of it); not_found "connect.no_corp"; conflict
/// "connect.rule_taken" (the name); exhausted "connect.rules_full".
Result<InterceptRule> create_rule(Tx& tx, std::string_view corp_id, const PutRule& put);
/// The same; not_found "connect.no_rule". What is gone at the platform is made anew.
Result<InterceptRule> edit_rule(Tx& tx, InterceptRuleId id, const PutRule& put);
/// Is taken away at the platform first, then here. Repeat-safe.
Result<> delete_rule(Tx& tx, InterceptRuleId id);
/// Asks for what was refused, its leaving too, or is gone once more, now.
Result<InterceptRule> retry_rule(Tx& tx, InterceptRuleId id);
Result<InterceptRule> find_rule(Tx& tx, InterceptRuleId id);
/// Of corps that are connected, newest first.
Result<std::vector<InterceptRule>> list_rules(Tx& tx);

struct SeenRule {
  std::string corp_id, rule_id, name;
  std::vector<std::string> words, semantics, staff /* names */, units /* names */;
  std::string kind;
  Instant created_at;
};
Result<std::vector<SeenRule>> seen_rules(Tx& tx);
struct RuleLook { std::string corp_id, name; std::optional<Instant> looked_at; std::string error, detail; };
Result<std::vector<RuleLook>> rule_looks(Tx& tx);
/// The platform's list is read again at the desk's next turn. not_found "connect.no_corp".
Result<> look_at_rules(Tx& tx, std::string_view corp_id);

/// The platform was made anew, as a simulated one is at every start: nothing of ours stands there.
Result<> forget_made_rules(Tx& tx, std::string_view corp_id);

struct RulesDone { int made = 0, changed = 0, deleted = 0, adopted = 0, refused = 0, waiting = 0, seen = 0; };
/// One round over what is due, and every six hours over what the platform has. An attempt to make a rule is written down before it
/// is asked for; when no answer came it is looked for by its name, after it has settled, before it is asked for again. Refusals
/// stand on the row. Passes up what is nobody's fault. Not from the Writer's thread.
Result<RulesDone> tend_rules(Db& db, Platform& platform, const std::string& corp);

std::span<const http::Route> rule_routes();

}  // namespace koi::connect::wecom
