/// Who serves, and who may: places and staff, members with a role and a reach, sessions, keys, and the one policy
/// table. Owns org_unit, staff, user_account, session, login_attempt, recovery_code, setup_link, source, api_key.
/// Fills http::Authorizer. Source: RELIABILITY.md S1-S6, S16, S18.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "http/http.h"
#include "store/scope.h"
#include "store/store.h"
#include "team/policy.h"

namespace koi::team {

struct UserTag {
  static constexpr std::string_view prefix = "usr";
};
using UserId = Id<UserTag>;
struct KeyTag {
  static constexpr std::string_view prefix = "key";
};
using KeyId = Id<KeyTag>;
struct SourceTag {
  static constexpr std::string_view prefix = "src";
};
using SourceId = Id<SourceTag>;

// ---- places and staff -------------------------------------------------------------------------------------------

struct CreateUnit {
  UnitId parent;           // 0: at the top
  std::string name, kind;  // "region", "city", "store", "team"
  std::string code;        // the merchant's own number; also the repeat key when given
};
/// Adds a place inside `scope`. The same code returns the same unit. invalid "team.unit_kind", "team.unit_name",
/// "team.unit_depth" (12 levels); not_found "team.no_unit" (also outside the scope); conflict "team.unit_code".
Result<UnitId> create_unit(Tx& tx, const Scope& scope, const CreateUnit& cmd);

struct Unit {
  UnitId id, parent;
  std::string path, store_path, region_path, name, kind, code, state;
  std::int64_t ver = 0;
};
Result<Unit> find_unit(Tx& tx, const Scope& scope, UnitId unit);
Result<std::optional<Unit>> unit_by_code(Tx& tx, std::string_view code);
/// Renames, recodes or closes; conflict "team.unit_code", invalid "team.unit_state".
struct EditUnit {
  UnitId unit;
  std::optional<std::string> name, code, state;
};
Result<Unit> edit_unit(Tx& tx, const Scope& scope, const EditUnit& cmd);

/// The way to a unit ("/1/12/") in names: "华东/上海". Renaming a unit is seen at once in every path through it.
class PlaceNames {
 public:
  Result<std::string> of(Tx& tx, std::string_view path);

 private:
  std::map<UnitId, std::string> names_;  // asked once each
};
/// Another number whenever a unit or a member of staff was edited; a new one changes nothing.
Result<std::int64_t> org_edits(Tx& tx);
/// Another number whenever a unit or a member of staff was edited or came.
Result<std::int64_t> org_mark(Tx& tx);

struct CreateStaff {
  std::string name;
  UnitId unit;
  std::string wecom_userid;  // also the repeat key when given
};
/// invalid "team.staff_name"; not_found "team.no_unit".
Result<StaffId> create_staff(Tx& tx, const Scope& scope, const CreateStaff& cmd);

struct Staff {
  StaffId id;
  std::string name, wecom_userid, state;
  UnitId unit;
  std::string unit_name, unit_path;
  std::int64_t ver = 0;
};
Result<Staff> find_staff(Tx& tx, const Scope& scope, StaffId staff);
Result<std::optional<Staff>> staff_by_wecom(Tx& tx, std::string_view wecom_userid);
/// Everybody at or below a place, in order of ids, those who have left too; at most kStaffUnderMax.
inline constexpr int kStaffUnderMax = 10'000;
Result<std::vector<Staff>> staff_under(Tx& tx, const Scope& scope, std::string_view unit_path);
/// Moves, renames, or marks as left: who has left can no longer sign in, and every session ends at once.
/// conflict "team.wecom_taken"; invalid "team.staff_state".
struct EditStaff {
  StaffId staff;
  std::optional<std::string> name, wecom_userid, state;
  UnitId unit;
};
Result<Staff> edit_staff(Tx& tx, const Scope& scope, const EditStaff& cmd);

// ---- members ----------------------------------------------------------------------------------------------------

struct CreateUser {
  std::string login, display_name;
  Role role = Role::operator_;
  std::optional<Reach> reach;  // the role's own when absent
  StaffId staff;               // needed by every reach but `all`
  std::string password_hash;   // of hash_password(); empty: invited, takes up a link
};
/// conflict "team.login_taken", "team.staff_taken"; invalid "team.login" (3-64 of a-z 0-9 . _ @ -), "team.reach",
/// "team.staff_needed"; not_found "team.no_staff".
Result<UserId> create_user(Tx& tx, const CreateUser& cmd);

struct User {
  UserId id;
  std::string login, display_name, role, reach, state;
  StaffId staff;
  bool totp_on = false;
  Instant created_at;
  std::int64_t ver = 0;
};
Result<User> find_user(Tx& tx, UserId user);
Result<std::optional<User>> user_by_login(Tx& tx, std::string_view login);

struct EditUser {
  UserId user;
  std::optional<std::string> display_name;
  std::optional<Role> role;
  std::optional<Reach> reach;
  std::optional<StaffId> staff;
  std::optional<bool> active;
};
/// As others call them; "" when there is nobody by this number.
Result<std::string> member_name(Tx& tx, UserId user);
Result<std::string> key_name(Tx& tx, KeyId key);
/// Role, reach and state apply to the next request; a disabled member's sessions end at once. conflict
/// "team.last_admin": somebody must be able to let others in.
Result<User> edit_user(Tx& tx, const EditUser& cmd);
Result<> disable_user(Tx& tx, UserId user);
/// Replaces the password and ends every session but `keep`.
Result<> set_password(Tx& tx, UserId user, std::string_view password_hash, std::int64_t keep_session = 0);

// ---- first run and invitations ----------------------------------------------------------------------------------

/// True until there is an administrator.
Result<bool> needs_setup(Tx& tx);
/// A new one-time token for the first administrator (24 h); earlier ones stop working. conflict "team.set_up".
Result<std::string> create_setup_token(Tx& tx);
/// A one-time token with which a member sets a password (72 h).
Result<std::string> create_invite_token(Tx& tx, UserId user);

// ---- sources and keys -------------------------------------------------------------------------------------------

/// The source of this key ("web", "import:12"), made when new. invalid "team.source_key", "team.source_kind".
Result<SourceId> ensure_source(Tx& tx, std::string_view key, std::string_view name, std::string_view kind);

struct CreateKey {
  std::string name, kind;                 // "api" or "write"
  std::vector<std::string> scopes;        // permissions; api only, write keys may only ingest
  std::string source = {};                // write: the source events are stamped with; made from the name when empty
  std::vector<std::string> ip_list = {};  // addresses it may come from; empty: any
  std::optional<Instant> expires_at = {};
  UserId created_by = {};
  std::vector<std::string> origins = {};  // write: sites whose pages may send with it, "https://shop.example"; empty: none
};
struct NewKey {
  KeyId id;
  std::string key;
};
/// The only time the key is seen; the store keeps its hash. invalid "team.key_name", "team.key_kind",
/// "team.unknown_scope", "team.no_scope", "team.key_ip", "team.key_origin", "team.key_expired".
Result<NewKey> create_key(Tx& tx, const CreateKey& cmd);
/// From the next request on it is unknown. Repeat-safe. not_found "team.no_key".
Result<> revoke_key(Tx& tx, KeyId key);

// ---- passwords --------------------------------------------------------------------------------------------------

/// 12-128 characters, not common, not built from `own` words (login, merchant, brand). invalid "team.password_short",
/// "team.password_long", "team.password_common", "team.password_own".
Result<> check_password(std::string_view password, std::span<const std::string> own = {});
/// Argon2id, m = 19 MiB, t = 2. Takes tens of milliseconds: never on the writer or an I/O thread.
std::string hash_password(std::string_view password);

// ---- what others plug in ----------------------------------------------------------------------------------------

struct Options {
  bool secure_cookies = false;  // as ServerOptions
  std::string secret_key;  // 32 bytes kept outside the store, seals TOTP secrets; empty: TOTP cannot be switched on
};
/// Opens the front desk of this store (hash workers, key cache) and keeps it until the Authorizer is gone. Handlers
/// of this room need it open.
http::Authorizer authorizer(Db& db, Options options = {});
/// Reads the 32 bytes at `path`, or makes them (file mode 0600). internal "team.secret_key".
Result<std::string> load_secret_key(const std::string& path);

/// Removes what is over: old sessions, throttle buckets, used links; at most `limit` rows of each.
Result<std::int64_t> tidy(Tx& tx, int limit);

std::span<const Route> routes();
std::span<const store::Migration> schema();

}  // namespace koi::team
