/// Intercept rules 敏感词.
#include <algorithm>

#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kWordsMax = 300, kWordMax = 32, kNameMax = 20, kRulesMax = 100, kRangeMax = 1000;

std::expected<void, Refusal> check_rule(const Ask& ask, const InterceptRule& rule) {
  if (rule.name.empty() || count_chars(rule.name) > kNameMax) return refuse(40058, "rule_name");
  for (const auto& [id, other] : ask.books().rules)
    if (other.name == rule.name && id != rule.id) return refuse(41077);
  if (rule.words.empty()) return refuse(40063, "word_list");
  if (rule.words.size() > kWordsMax) return refuse(41068);
  for (const auto& w : rule.words)
    if (w.empty() || count_chars(w) > kWordMax) return refuse(41083, w);
  for (const auto s : rule.semantics)
    if (s < 1 || s > 3) return refuse(41084);
  if (rule.kind != 1 && rule.kind != 2) return refuse(40058, "intercept_type");
  if (rule.users.empty() && rule.departments.empty()) return refuse(40063, "applicable_range");
  if (rule.users.size() + rule.departments.size() > kRangeMax) return refuse(41076);
  for (const auto& u : rule.users) TRY(staff_in(ask, u));
  for (const auto d : rule.departments)
    if (!ask.corp().department(d)) return refuse(60123);
  return {};
}

template <class T>
void add_to(std::vector<T>& list, const std::vector<T>& more) {
  for (const auto& x : more)
    if (std::ranges::find(list, x) == list.end()) list.push_back(x);
}
template <class T>
void take_from(std::vector<T>& list, const std::vector<T>& less) {
  for (const auto& x : less) std::erase(list, x);
}

Told add(Ask& ask) {
  InterceptRule rule;
  rule.name = ask.text("rule_name");
  rule.words = texts(ask.body, "word_list");
  rule.semantics = numbers(ask.body, "semantics_list");
  rule.kind = static_cast<int>(ask.number("intercept_type"));
  const auto& range = object(ask.body, "applicable_range");
  rule.users = texts(range, "user_list");
  rule.departments = numbers(range, "department_list");
  TRY(check_rule(ask, rule));
  if (ask.books().rules.size() >= kRulesMax) return refuse(41069);
  rule.id = ask.world.fresh("rule", 24);
  rule.app = ask.app.name;
  rule.created = ask.now;
  const auto id = rule.id;
  ask.books().rules[id] = std::move(rule);
  return json::object{{"rule_id", id}};
}

std::expected<InterceptRule*, Refusal> rule_in(const Ask& ask) {
  const auto at = ask.books().rules.find(ask.text("rule_id"));
  if (at == ask.books().rules.end()) return refuse(41070);
  return &at->second;
}

Told list(Ask& ask) {
  json::array out;
  for (const auto& [id, r] : ask.books().rules) out.push_back(json::object{{"rule_id", id}, {"rule_name", r.name}, {"create_time", r.created}});
  return json::object{{"rule_list", std::move(out)}};
}

Told get(Ask& ask) {
  TRY(const auto* r, rule_in(ask));
  return json::object{{"rule", {{"rule_id", r->id}, {"rule_name", r->name}, {"word_list", list_of(r->words)}, {"extra_rule", {{"semantics_list", list_of(r->semantics)}}},
                                {"intercept_type", r->kind}, {"applicable_range", {{"user_list", list_of(r->users)}, {"department_list", list_of(r->departments)}}}}}};
}

Told update(Ask& ask) {
  TRY(auto* stored, rule_in(ask));
  auto rule = *stored;
  if (has(ask.body, "rule_name")) rule.name = ask.text("rule_name");
  if (has(ask.body, "word_list")) rule.words = texts(ask.body, "word_list");
  if (has(ask.body, "extra_rule")) rule.semantics = numbers(object(ask.body, "extra_rule"), "semantics_list");
  if (has(ask.body, "intercept_type")) rule.kind = static_cast<int>(ask.number("intercept_type"));
  const auto &more = object(ask.body, "add_applicable_range"), &less = object(ask.body, "remove_applicable_range");
  add_to(rule.users, texts(more, "user_list"));
  add_to(rule.departments, numbers(more, "department_list"));
  take_from(rule.users, texts(less, "user_list"));
  take_from(rule.departments, numbers(less, "department_list"));
  TRY(check_rule(ask, rule));
  *stored = std::move(rule);
  return json::object{};
}

Told remove(Ask& ask) {
  TRY(const auto* rule, rule_in(ask));
  ask.books().rules.erase(std::string(rule->id));
  return json::object{};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/add_intercept_rule", add},
                                   {"GET", "externalcontact/get_intercept_rule_list", list},
                                   {"POST", "externalcontact/get_intercept_rule", get},
                                   {"POST", "externalcontact/update_intercept_rule", update},
                                   {"POST", "externalcontact/del_intercept_rule", remove}};
}  // namespace

std::span<const PlatformCall> intercept_calls() { return kCalls; }

}  // namespace koi::simulate
