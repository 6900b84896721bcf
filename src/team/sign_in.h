/// Signing in, in three steps: claim the attempt (Writer), hash (worker), decide (Writer). Unknown and disabled logins
/// walk the same way with a hash nobody has, so answer and time are the same.
#pragma once
#include <expected>
#include <string>

#include "team/sessions.h"
#include "team/throttle.h"

namespace koi::team {

struct SignIn {
  std::string login, ip, ua, device;
};

/// What the first step found; `password_hash` is dummy_hash() when there is nobody to let in.
struct Asked {
  Claim claim;
  UserId user;
  std::string password_hash;
};
/// throttled "auth.throttled" before anything is evaluated.
Result<Asked> ask(Tx& tx, const SignIn& from);

struct Shown {
  bool password_fits = false;
  std::string code;       // TOTP or recovery; empty: none yet
  std::string old_token;  // a session this browser still holds: it ends
};
/// The decision. A refusal is a value, because what it leaves behind (audit row, used code) is committed:
/// unauthenticated "auth.bad_credentials", "auth.totp_required", "auth.totp_wrong".
using Decision = std::expected<OpenedSession, Error>;
Result<Decision> decide(Tx& tx, const SignIn& from, const Asked& asked, const Shown& shown,
                        std::string_view secret_key);

/// The Argon2id hash a signed-in user must repeat to change something.
Result<std::string> password_hash_of(Tx& tx, UserId user);

}  // namespace koi::team
