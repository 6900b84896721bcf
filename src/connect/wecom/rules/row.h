/// Inside rules/: a rule as it is kept, and as the platform says it.
#pragma once
#include "connect/wecom/fields.h"
#include "connect/wecom/rules/rules.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct RuleRow {
  InterceptRuleId id;
  std::string corp_id, name, words, semantics;
  std::int64_t kind = 1;
  bool everybody = false;
  std::string staff, units;
  bool wanted = true;
  std::int64_t want_ver = 0, made_ver = 0;
  std::string rule_id, asked_name;
  std::optional<Instant> asked_at;
  Instant look_at, try_at;
  std::string error, detail, created_by;
  Instant created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(RuleRow, (), (id, corp_id, name, words, semantics, kind, everybody, staff, units, wanted, want_ver, made_ver, rule_id, asked_name, asked_at, look_at, try_at,
                                    error, detail, created_by, created_at, updated_at))
#define KOI_RULE \
  "SELECT r.id, r.corp_id, r.name, r.words, r.semantics, r.kind, r.everybody, r.staff, r.units, r.wanted, r.want_ver, r.made_ver, r.rule_id, r.asked_name, r.asked_at, r.look_at, " \
  "r.try_at, r.error, r.detail, r.created_by, r.created_at, r.updated_at FROM connect_wecom_rule r "

inline constexpr std::string_view kSemantics[] = {"phone", "mail", "red_packet"};  // 1, 2, 3
inline constexpr std::int64_t kWholeCompany = 1;                                   // the root department

/// Arrays of texts and numbers, as they are kept.
std::vector<std::string> texts_of(std::string_view kept);
std::vector<std::int64_t> numbers_of(std::string_view kept);
std::string kept(const std::vector<std::string>& texts);
std::string kept(const std::vector<std::int64_t>& numbers);
std::vector<std::int64_t> numbers_in(const json::object& o, std::string_view key);

/// Whom a rule is for, in the platform's words: members who serve, and departments; those that are no more are left out.
struct RuleRange { std::vector<std::string> users; std::vector<std::int64_t> departments; };
Result<RuleRange> range_of(Tx& tx, const RuleRow& row);

}  // namespace koi::connect::wecom
