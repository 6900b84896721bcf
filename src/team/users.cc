#include <algorithm>
#include <boost/describe.hpp>

#include "base/text.h"
#include "store/rows.h"
#include "team/sessions.h"
#include "team/team.h"

namespace koi::team {

BOOST_DESCRIBE_STRUCT(User, (), (id, login, display_name, role, reach, state, staff, totp_on, created_at, ver))

namespace {

constexpr std::size_t kLoginMin = 3, kLoginMax = 64, kNameMax = 80;

constexpr std::string_view kById =
    "SELECT id, login, display_name, role, reach, state, staff_id, totp_on, created_at, ver FROM user_account "
    "WHERE id = $1";
constexpr std::string_view kByLogin =
    "SELECT id, login, display_name, role, reach, state, staff_id, totp_on, created_at, ver FROM user_account "
    "WHERE login = $1";
constexpr std::string_view kInsert =
    "INSERT INTO user_account (id, login, display_name, password_hash, role, reach, staff_id, state, totp_on, "
    "totp_step, created_at, ver) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, 1) ON CONFLICT DO NOTHING";
constexpr std::string_view kUpdate =
    "UPDATE user_account SET display_name = $2, role = $3, reach = $4, staff_id = $5, state = $6, ver = ver + 1 "
    "WHERE id = $1";
constexpr std::string_view kStaffTaken = "SELECT id FROM user_account WHERE staff_id = $1 AND id <> $2";
constexpr std::string_view kActiveStaff = "SELECT id FROM staff WHERE id = $1 AND state = 'active'";
constexpr std::string_view kOtherAdmin =
    "SELECT id FROM user_account WHERE role = 'admin' AND state = 'active' AND id <> $1 LIMIT 1";
constexpr std::string_view kHasPassword = "SELECT id FROM user_account WHERE id = $1 AND password_hash IS NOT NULL";
constexpr std::string_view kSetPassword =
    "UPDATE user_account SET password_hash = $2, ver = ver + 1, "
    "state = CASE WHEN state = 'invited' THEN 'active' ELSE state END WHERE id = $1";

bool login_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '@' || c == '-';
}

Result<std::string> clean_login(std::string_view login) {
  auto folded = fold(login);
  const bool fits = folded.size() >= kLoginMin && folded.size() <= kLoginMax && std::ranges::all_of(folded, login_char);
  if (!fits) return fail(Errc::invalid, "team.login", {}, "/login");
  return folded;
}

Result<std::string> clean_display_name(std::string_view name, std::string_view instead) {
  const auto trimmed = trim(name).empty() ? instead : trim(name);
  if (!valid_utf8(trimmed) || count_chars(trimmed) > kNameMax) {
    return fail(Errc::invalid, "team.display_name", {}, "/display_name");
  }
  return std::string(trimmed);
}

/// Role, reach and staff must make sense together: a reach narrower than all stands on somebody's place.
Result<> check_rights(Tx& tx, UserId user, Role role, Reach reach, StaffId staff) {
  if (!reach_allowed(role, reach)) return fail(Errc::invalid, "team.reach", std::string(reach_text(reach)), "/reach");
  if (reach != Reach::all && !staff) return fail(Errc::invalid, "team.staff_needed", {}, "/staff_id");
  if (!staff) return {};
  TRY(auto active, tx.maybe<StaffId>(kActiveStaff, staff));
  if (!active) return fail(Errc::not_found, "team.no_staff", {}, "/staff_id");
  TRY(auto taken, tx.maybe<UserId>(kStaffTaken, staff, user.v));
  if (taken) return fail(Errc::conflict, "team.staff_taken", {}, "/staff_id");
  return {};
}

}  // namespace

Result<UserId> create_user(Tx& tx, const CreateUser& cmd) {
  TRY(const auto login, clean_login(cmd.login));
  TRY(const auto name, clean_display_name(cmd.display_name, login));
  const auto reach = cmd.reach.value_or(role_labels()[static_cast<std::size_t>(cmd.role)].reach);
  TRY(check_rights(tx, {}, cmd.role, reach, cmd.staff));
  const auto id = tx.next_id<UserId>();
  const auto hash = cmd.password_hash.empty() ? std::nullopt : std::optional(cmd.password_hash);
  TRY(auto added, tx.exec(kInsert, id, login, name, hash, role_text(cmd.role), reach_text(reach), cmd.staff,
                          hash ? "active" : "invited", tx.now()));
  if (added == 0) return fail(Errc::conflict, "team.login_taken", login, "/login");
  return id;
}

Result<User> find_user(Tx& tx, UserId id) {
  TRY(auto user, tx.maybe<User>(kById, id));
  if (!user) return fail(Errc::not_found, "team.no_member");
  return *user;
}

Result<std::string> member_name(Tx& tx, UserId id) {
  TRY(const auto user, tx.maybe<User>(kById, id));
  return !user ? std::string() : user->display_name.empty() ? user->login : user->display_name;
}

Result<std::optional<User>> user_by_login(Tx& tx, std::string_view login) {
  return tx.maybe<User>(kByLogin, fold(login));
}

Result<User> edit_user(Tx& tx, const EditUser& cmd) {
  TRY(auto user, find_user(tx, cmd.user));
  Role role{};
  Reach reach{};
  CHECK(parse_role(user.role, role) && parse_reach(user.reach, reach));
  const bool was_admin = role == Role::admin && user.state == "active";
  if (cmd.role && !cmd.reach && !reach_allowed(*cmd.role, reach)) {
    reach = role_labels()[static_cast<std::size_t>(*cmd.role)].reach;
  }
  role = cmd.role.value_or(role);
  reach = cmd.reach.value_or(reach);
  if (cmd.staff) user.staff = *cmd.staff;
  if (cmd.display_name) {
    TRY(user.display_name, clean_display_name(*cmd.display_name, user.login));
  }
  if (cmd.active && !*cmd.active) {
    user.state = "disabled";
  } else if (cmd.active && user.state == "disabled") {
    TRY(auto has_password, tx.maybe<UserId>(kHasPassword, user.id));
    user.state = has_password ? "active" : "invited";
  }
  if (user.state != "disabled") {
    TRY(check_rights(tx, user.id, role, reach, user.staff));
  }
  if (was_admin && (role != Role::admin || user.state != "active")) {
    TRY(auto other, tx.maybe<UserId>(kOtherAdmin, user.id));
    if (!other) return fail(Errc::conflict, "team.last_admin");
  }
  TRY(tx.exec(kUpdate, user.id, user.display_name, role_text(role), reach_text(reach), user.staff, user.state));
  if (user.state == "disabled") {
    TRY(end_sessions_of(tx, user.id));
  }
  return find_user(tx, user.id);
}

Result<> disable_user(Tx& tx, UserId user) {
  TRY(edit_user(tx, {.user = user, .display_name = {}, .role = {}, .reach = {}, .staff = {}, .active = false}));
  return {};
}

Result<> set_password(Tx& tx, UserId user, std::string_view password_hash, std::int64_t keep_session) {
  TRY(auto changed, tx.exec(kSetPassword, user, password_hash));
  if (changed == 0) return fail(Errc::not_found, "team.no_member");
  return end_sessions_of(tx, user, keep_session);
}

}  // namespace koi::team
