/// The first run: one link, one administrator, and what the merchant is called.
#pragma once
#include "team/team.h"

namespace koi::team {

/// What a link is good for now; nothing when it is unknown, used or over.
struct Link {
  std::string purpose;
  UserId user;
};
Result<std::optional<Link>> find_link(Tx& tx, std::string_view token);

struct CompleteSetup {
  std::string token, login, display_name, password_hash, merchant, zone, industry;
};
/// Makes the administrator and names the merchant; the link is used up. unauthenticated "auth.bad_link"; conflict
/// "team.set_up"; invalid "team.zone", "team.merchant", "team.industry" and create_user's.
Result<UserId> complete_setup(Tx& tx, const CompleteSetup& cmd);
/// Checks what can be checked before a password is hashed.
Result<> check_setup(const CompleteSetup& cmd);

/// A member takes up an invitation. unauthenticated "auth.bad_link".
Result<UserId> accept_invite(Tx& tx, std::string_view token, std::string_view password_hash);

}  // namespace koi::team
