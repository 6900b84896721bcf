/// Who may do what: one table, permission by role. What is not in it is refused to everybody.
#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "store/scope.h"

namespace koi::team {

enum class Role : std::uint8_t { admin, manager, operator_, analyst, guide, integrator, compliance, finance };
inline constexpr int kRoles = 8;

/// The role's name on the wire and in the store ("operator" for operator_), and back.
std::string_view role_text(Role role);
bool parse_role(std::string_view text, Role& role);
struct RoleLabel {
  Role role;
  std::string_view name, zh, en;
  Reach reach;
};
/// All eight, in the order of the enum; `reach` is what a new member of that role gets.
std::span<const RoleLabel> role_labels();

std::string_view reach_text(Reach reach);
bool parse_reach(std::string_view text, Reach& reach);
/// Whether a member of this role can be given this reach: guides stay with their own or their team's customers,
/// managers have more than their own, an administrator has everything.
bool reach_allowed(Role role, Reach reach);

/// One permission. `strong` ones take a second factor when the merchant demands it (person.reveal, export.create …).
struct PolicyLine {
  std::string_view permission;
  unsigned roles;  // bit 1 << role
  bool strong;
  std::string_view zh, en;
};
std::span<const PolicyLine> policy();
const PolicyLine* find_line(std::string_view permission);
/// Default deny: false for a permission without a line.
bool role_may(Role role, std::string_view permission);

using Permissions = std::set<std::string, std::less<>>;
/// All a role may do; without the strong ones when `strong` is false.
const Permissions& permissions_of(Role role, bool strong = true);

}  // namespace koi::team
