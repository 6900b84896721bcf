/// The second factor of a member: enrol, confirm, use, lose. The secret is sealed with a key outside the store.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "team/team.h"

namespace koi::team {

inline constexpr int kRecoveryCodes = 10;

struct Enrolment {
  std::string secret, uri;
};
/// A new secret, waiting to be confirmed. conflict "auth.totp_on"; unavailable "auth.no_secret_key".
Result<Enrolment> enrol_totp(Tx& tx, UserId user, std::string_view secret_key);
/// Switches it on with a first code; the recovery codes, seen this once. invalid "auth.totp_wrong", conflict
/// "auth.totp_not_enrolled", "auth.totp_on".
Result<std::vector<std::string>> confirm_totp(Tx& tx, UserId user, std::string_view code, std::string_view secret_key);
/// Whether this code is good now: a TOTP code of a step not used yet, or an unused recovery code. Takes it.
Result<bool> take_code(Tx& tx, UserId user, std::string_view code, std::string_view secret_key);
/// Switches it off (by its owner after take_code, or by an administrator for someone who lost the phone).
Result<> reset_totp(Tx& tx, UserId user);

/// Whether strong permissions take a second factor in this merchant (setting "team.require_totp").
Result<bool> totp_required(Tx& tx);
Result<> require_totp(Tx& tx, bool required);

}  // namespace koi::team
