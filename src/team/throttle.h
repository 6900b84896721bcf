/// Guessing is slowed down, owners are not locked out. An attempt is claimed before its password is looked at, in the
/// Writer, so that a thousand parallel guesses still pass one by one; what is refused costs nothing and counts nothing.
/// Three buckets fill per attempt: of the login from this address, of the address, and of the login. A browser the
/// member has signed in from before has one bucket of its own instead, which strangers cannot fill.
#pragma once
#include <string>
#include <vector>

#include "team/team.h"

namespace koi::team {

struct AttemptFrom {
  std::string login;  // folded
  std::string ip;
  std::string device;  // only when this login knows it; else empty
};
/// The buckets an attempt took from; given back when it was honest.
struct Claim {
  std::vector<store::Blob> cleared, refunded;
};
/// throttled "auth.throttled" with params retry_after (seconds) while any bucket is waiting.
Result<Claim> claim_attempt(Tx& tx, const AttemptFrom& from);
/// After a success: the login's buckets are empty again, the address gets this attempt back.
Result<> honour_claim(Tx& tx, const Claim& claim);

}  // namespace koi::team
