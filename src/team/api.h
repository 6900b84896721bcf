/// The room's routes, a group a file; routes() joins them.
#pragma once
#include <boost/describe.hpp>

#include "http/http.h"
#include "team/desk.h"
#include "team/team.h"

namespace koi {
BOOST_DESCRIBE_ENUM(Reach, own, team, store, region, all)
}  // namespace koi

namespace koi::team {

BOOST_DESCRIBE_ENUM(Role, admin, manager, operator_, analyst, guide, integrator, compliance, finance)

std::span<const Route> account_routes();
std::span<const Route> setup_routes();
std::span<const Route> member_routes();
std::span<const Route> org_routes();
std::span<const Route> key_routes();
std::span<const Route> audit_routes();
std::span<const Route> handover_routes();

/// Who am I, as /v1/me and every route that opens a session answer it.
struct Me {
  std::string kind, name, role;  // kind: user or key
  UserId id;                     // null for a key
  std::string login, reach;
  StaffId staff_id;
  UnitId unit_id;
  std::string unit_name, csrf;  // csrf goes into the header X-Koipond-Csrf of every change
  bool totp_on = false, strong = false;
  std::vector<std::string> permissions;
  std::vector<std::string> locked;  // what the role may do once it signs in with a second factor
  std::vector<std::string> menu;    // the pages this caller has a use for
};
BOOST_DESCRIBE_STRUCT(Me, (),
                      (kind, name, role, id, login, reach, staff_id, unit_id, unit_name, csrf, totp_on, strong,
                       permissions, locked, menu))
/// The Me of a session opened or found.
Result<Me> me_of(Tx& tx, const LiveSession& session);

/// The audit row of a handler that does not go through call.write.
Result<> note(Tx& tx, const store::Author& author, std::string_view action, std::string subject,
              const std::string& request_id);
/// forbidden "auth.users_only" for keys: what belongs to a person who signs in.
Result<UserId> caller_user(const Call& call);

}  // namespace koi::team
