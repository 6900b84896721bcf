// What is wanted: rules as an operator wrote them.
#include "connect/wecom/rules/rules.h"

#include <algorithm>

#include "base/text.h"
#include "connect/wecom/rules/row.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct SeenRuleRow { std::string corp_id, rule_id, name, words, semantics; std::int64_t kind = 1; std::string users, departments; Instant created_at; };
BOOST_DESCRIBE_STRUCT(SeenRuleRow, (), (corp_id, rule_id, name, words, semantics, kind, users, departments, created_at))
BOOST_DESCRIBE_STRUCT(RuleLook, (), (corp_id, name, looked_at, error, detail))

namespace {

constexpr std::string_view kFind = KOI_RULE "WHERE r.id = $1 AND r.wanted = 1";
constexpr std::string_view kAnyRule = KOI_RULE "WHERE r.id = $1";
constexpr std::string_view kList = KOI_RULE "JOIN connect_corp c ON c.corp_id = r.corp_id WHERE c.disabled = 0 ORDER BY r.created_at DESC, r.id DESC LIMIT 1000";
constexpr std::string_view kInsert =
    "INSERT INTO connect_wecom_rule (id, corp_id, name, words, semantics, kind, everybody, staff, units, wanted, want_ver, made_ver, rule_id, asked_name, asked_at, look_at, try_at, "
    "error, detail, created_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 1, 0, '', '', NULL, 0, 0, '', '', $10, $11, $11)";
constexpr std::string_view kUpdate =
    "UPDATE connect_wecom_rule SET name = $2, words = $3, semantics = $4, kind = $5, everybody = $6, staff = $7, units = $8, want_ver = want_ver + 1, try_at = 0, error = '', "
    "detail = '', updated_at = $9 WHERE id = $1 AND wanted = 1";
constexpr std::string_view kRetry = "UPDATE connect_wecom_rule SET want_ver = want_ver + 1, try_at = 0, error = '', detail = '', updated_at = $2 WHERE id = $1";
constexpr std::string_view kUnwant = "UPDATE connect_wecom_rule SET wanted = 0, want_ver = want_ver + 1, try_at = 0, error = '', detail = '', updated_at = $2 WHERE id = $1";
// Nothing of it is there, nor can be.
constexpr std::string_view kDropIdle = "DELETE FROM connect_wecom_rule WHERE id = $1 AND wanted = 0 AND rule_id = '' AND asked_at IS NULL";
constexpr std::string_view kTaken = "SELECT COUNT(*) FROM connect_wecom_rule WHERE corp_id = $1 AND name = $2 AND wanted = 1 AND id <> $3";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM connect_wecom_rule WHERE corp_id = $1";
constexpr std::string_view kCorp = "SELECT COUNT(*) FROM connect_corp WHERE corp_id = $1 AND disabled = 0";
constexpr std::string_view kUserOf = "SELECT userid FROM connect_wecom_staff WHERE corp_id = $1 AND staff_id = $2 AND gone_at IS NULL ORDER BY userid LIMIT 1";
constexpr std::string_view kDepartments = "SELECT department FROM connect_wecom_department WHERE corp_id = $1 AND unit_id = $2 ORDER BY department LIMIT 100";
constexpr std::string_view kSeen =
    "SELECT s.corp_id, s.rule_id, s.name, s.words, s.semantics, s.kind, s.users, s.departments, s.created_at FROM connect_wecom_rule_seen s "
    "JOIN connect_corp c ON c.corp_id = s.corp_id WHERE c.disabled = 0 ORDER BY s.created_at DESC, s.rule_id LIMIT 1000";
constexpr std::string_view kLooks =
    "SELECT c.corp_id, c.name, k.looked_at, COALESCE(k.error, ''), COALESCE(k.detail, '') FROM connect_corp c LEFT JOIN connect_wecom_rule_look k ON k.corp_id = c.corp_id "
    "WHERE c.disabled = 0 ORDER BY c.created_at, c.corp_id LIMIT 100";
constexpr std::string_view kLookNow =
    "INSERT INTO connect_wecom_rule_look (corp_id, look_at, looked_at, error, detail) VALUES ($1, 0, NULL, '', '') ON CONFLICT (corp_id) DO UPDATE SET look_at = 0";
constexpr std::string_view kUserName = "SELECT name FROM connect_wecom_staff WHERE corp_id = $1 AND userid = $2";
constexpr std::string_view kDepartmentName = "SELECT name FROM connect_wecom_department WHERE corp_id = $1 AND department = $2";

constexpr std::string_view kDropUnwanted = "DELETE FROM connect_wecom_rule WHERE corp_id = $1 AND wanted = 0";
constexpr std::string_view kForgetMade =
    "UPDATE connect_wecom_rule SET rule_id = '', made_ver = 0, asked_name = '', asked_at = NULL, look_at = 0, try_at = 0, error = '', detail = '' WHERE corp_id = $1";

template <class T>
std::vector<T> ids_of(std::string_view kept_numbers) {
  std::vector<T> out;
  for (const auto n : numbers_of(kept_numbers)) out.push_back(T{n});
  return out;
}
template <class T>
std::vector<std::int64_t> numbers_from(const std::vector<T>& ids) {
  std::vector<std::int64_t> out;
  for (const auto id : ids)
    if (!holds(out, id.v)) out.push_back(id.v);
  return out;
}
std::vector<std::string> semantics_of(std::string_view kept_numbers) {
  std::vector<std::string> out;
  for (const auto n : numbers_of(kept_numbers))
    if (n >= 1 && n <= 3) out.emplace_back(kSemantics[n - 1]);
  return out;
}

std::string state_of(const RuleRow& r) {
  if (!r.wanted) return "leaving";
  if (r.error == "connect.rule_gone") return "gone";
  if (!r.error.empty()) return "refused";
  if (r.made_ver == r.want_ver) return "well";
  return r.asked_at ? "unknown" : "making";
}

InterceptRule rule_of(RuleRow&& r) {
  InterceptRule out;
  out.state = state_of(r);
  out.id = r.id, out.ver = r.want_ver, out.created_at = r.created_at, out.updated_at = r.updated_at;
  out.spec = {std::move(r.name), texts_of(r.words), semantics_of(r.semantics), r.kind == 1 ? "block" : "warn", r.everybody, ids_of<StaffId>(r.staff), ids_of<UnitId>(r.units)};
  out.corp_id = std::move(r.corp_id), out.rule_id = std::move(r.rule_id), out.error = std::move(r.error), out.detail = std::move(r.detail), out.created_by = std::move(r.created_by);
  return out;
}
Result<InterceptRule> read_rule(Tx& tx, std::string_view sql, InterceptRuleId id) {
  TRY(auto row, tx.maybe<RuleRow>(sql, id));
  if (!row) return fail(Errc::not_found, "connect.no_rule", to_text(id));
  return rule_of(std::move(*row));
}

/// As it is kept.
struct Checked { std::string name, words, semantics; std::int64_t kind = 1; bool everybody = false; std::string staff, units; };

Result<std::string> words_of(const RuleSpec& spec) {
  std::vector<std::string> words;
  for (const auto& one : spec.words) {
    std::string word(trim(one));
    if (word.empty() || holds(words, word)) continue;
    if (!valid_utf8(word) || count_chars(word) > kRuleWordMax) return fail(Errc::invalid, "connect.rule_word", word);
    words.push_back(std::move(word));
  }
  if (words.empty() || words.size() > kRuleWordsMax) return fail(Errc::invalid, "connect.rule_words", std::to_string(words.size()));
  return kept(words);
}

Result<Checked> checked(Tx& tx, std::string_view corp, const RuleSpec& spec, InterceptRuleId self) {
  Checked out{.name = std::string(trim(spec.name)), .words = {}, .semantics = {}, .kind = spec.kind == "warn" ? 2 : 1, .everybody = spec.everybody, .staff = "[]", .units = "[]"};
  if (out.name.empty() || !valid_utf8(out.name) || count_chars(out.name) > kRuleNameMax) return fail(Errc::invalid, "connect.rule_name", out.name);
  TRY(out.words, words_of(spec));
  std::vector<std::int64_t> semantics;
  for (const auto& s : spec.semantics) {
    const auto at = std::ranges::find(kSemantics, s);
    if (at == std::end(kSemantics)) return fail(Errc::invalid, "connect.rule_semantics", s);
    if (const auto n = at - std::begin(kSemantics) + 1; !holds(semantics, n)) semantics.push_back(n);
  }
  std::ranges::sort(semantics);
  out.semantics = kept(semantics);
  if (spec.kind != "block" && spec.kind != "warn") return fail(Errc::invalid, "connect.rule_kind", spec.kind);
  if (!spec.everybody) {
    if (spec.staff.empty() && spec.units.empty()) return fail(Errc::invalid, "connect.rule_range");
    for (const auto id : spec.staff) {
      TRY(const auto user, tx.maybe<std::string>(kUserOf, corp, id));
      if (user) continue;
      const auto whom = team::find_staff(tx, Scope::everything("the name in an error"), id);
      return fail(Errc::invalid, "connect.rule_staff", whom ? whom->name : to_text(id));
    }
    for (const auto id : spec.units) {
      TRY(const auto there, tx.all<std::int64_t>(kDepartments, corp, id));
      if (!there.empty()) continue;
      const auto place = team::find_unit(tx, Scope::everything("the name in an error"), id);
      return fail(Errc::invalid, "connect.rule_unit", place ? place->name : to_text(id));
    }
    out.staff = kept(numbers_from(spec.staff)), out.units = kept(numbers_from(spec.units));
  }
  TRY(const auto taken, tx.one<std::int64_t>(kTaken, corp, out.name, self.v));
  if (taken > 0) return fail(Errc::conflict, "connect.rule_taken", out.name);
  return out;
}

}  // namespace

std::vector<std::string> texts_of(std::string_view text) {
  std::vector<std::string> out;
  const auto all = json::parse(text);
  if (!all.is_array()) return out;
  for (const auto& v : all.get_array())
    if (v.is_string()) out.emplace_back(v.get_string());
  return out;
}
std::vector<std::int64_t> numbers_of(std::string_view text) { return numbers_in({{"n", json::parse(text)}}, "n"); }
std::string kept(const std::vector<std::string>& texts) { return json::serialize(json::array(texts.begin(), texts.end())); }
std::string kept(const std::vector<std::int64_t>& numbers) { return json::serialize(json::array(numbers.begin(), numbers.end())); }
std::vector<std::int64_t> numbers_in(const json::object& o, std::string_view key) {
  std::vector<std::int64_t> out;
  for (const auto& v : array_in(o, key))
    if (v.is_int64()) out.push_back(v.get_int64());
  return out;
}

Result<RuleRange> range_of(Tx& tx, const RuleRow& row) {
  RuleRange out;
  if (row.everybody) {
    out.departments.push_back(kWholeCompany);
    return out;
  }
  for (const auto id : numbers_of(row.staff)) {
    TRY(auto user, tx.maybe<std::string>(kUserOf, row.corp_id, id));
    if (user && !holds(out.users, *user)) out.users.push_back(std::move(*user));
  }
  for (const auto id : numbers_of(row.units)) {
    TRY(const auto there, tx.all<std::int64_t>(kDepartments, row.corp_id, id));
    for (const auto d : there)
      if (!holds(out.departments, d)) out.departments.push_back(d);
  }
  return out;
}

Result<InterceptRule> find_rule(Tx& tx, InterceptRuleId id) { return read_rule(tx, kFind, id); }

Result<std::vector<InterceptRule>> list_rules(Tx& tx) {
  std::vector<InterceptRule> out;
  TRY(tx.each<RuleRow>(kList, [&](RuleRow&& row) -> Result<> {
    out.push_back(rule_of(std::move(row)));
    return {};
  }));
  return out;
}

Result<InterceptRule> create_rule(Tx& tx, std::string_view corp, const PutRule& put) {
  TRY(const auto known, tx.one<std::int64_t>(kCorp, corp));
  if (known == 0) return fail(Errc::not_found, "connect.no_corp", std::string(corp), "/corp_id");
  TRY(const auto n, tx.one<std::int64_t>(kCount, corp));
  if (n >= kRulesMax) return fail(Errc::exhausted, "connect.rules_full", std::to_string(kRulesMax));
  TRY(const auto c, checked(tx, corp, put.spec, {}));
  const auto id = tx.next_id<InterceptRuleId>();
  TRY(tx.exec(kInsert, id, corp, c.name, c.words, c.semantics, c.kind, c.everybody, c.staff, c.units, put.by, tx.now()));
  return find_rule(tx, id);
}

Result<InterceptRule> edit_rule(Tx& tx, InterceptRuleId id, const PutRule& put) {
  TRY(const auto had, find_rule(tx, id));
  TRY(const auto c, checked(tx, had.corp_id, put.spec, id));
  TRY(tx.exec(kUpdate, id, c.name, c.words, c.semantics, c.kind, c.everybody, c.staff, c.units, tx.now()));
  return find_rule(tx, id);
}

Result<> delete_rule(Tx& tx, InterceptRuleId id) {
  TRY(const auto had, tx.maybe<RuleRow>(kAnyRule, id));
  if (!had) return {};
  TRY(tx.exec(kUnwant, id, tx.now()));
  TRY(tx.exec(kDropIdle, id));
  return {};
}

Result<InterceptRule> retry_rule(Tx& tx, InterceptRuleId id) {
  TRY(tx.exec(kRetry, id, tx.now()));
  return read_rule(tx, kAnyRule, id);
}

Result<std::vector<SeenRule>> seen_rules(Tx& tx) {
  TRY(const auto rows, tx.all<SeenRuleRow>(kSeen));
  std::vector<SeenRule> out;
  for (const auto& r : rows) {
    auto& to = out.emplace_back(SeenRule{r.corp_id, r.rule_id, r.name, texts_of(r.words), semantics_of(r.semantics), {}, {}, r.kind == 2 ? "warn" : "block", r.created_at});
    for (auto& user : texts_of(r.users)) {
      TRY(auto name, tx.maybe<std::string>(kUserName, r.corp_id, user));
      to.staff.push_back(name ? std::move(*name) : std::move(user));
    }
    for (const auto d : numbers_of(r.departments)) {
      TRY(auto name, tx.maybe<std::string>(kDepartmentName, r.corp_id, d));
      to.units.push_back(name ? std::move(*name) : std::to_string(d));
    }
  }
  return out;
}

Result<std::vector<RuleLook>> rule_looks(Tx& tx) { return tx.all<RuleLook>(kLooks); }

Result<> forget_made_rules(Tx& tx, std::string_view corp) {
  TRY(tx.exec(kDropUnwanted, corp));
  TRY(tx.exec(kForgetMade, corp));
  TRY(tx.exec(kLookNow, corp));
  return {};
}

Result<> look_at_rules(Tx& tx, std::string_view corp) {
  TRY(const auto known, tx.one<std::int64_t>(kCorp, corp));
  if (known == 0) return fail(Errc::not_found, "connect.no_corp", std::string(corp));
  TRY(tx.exec(kLookNow, corp));
  return {};
}

}  // namespace koi::connect::wecom
