#include "team/second_factor.h"

#include <boost/describe.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "store/rows.h"
#include "store/trail.h"
#include "team/sessions.h"
#include "team/totp.h"

namespace koi::team {
namespace {

constexpr std::string_view kRequireSetting = "team.require_totp";
constexpr std::string_view kIssuer = "Koipond";
constexpr std::size_t kSecretBytes = 20, kRecoveryBytes = 8, kRecoveryChars = 12, kCodeMax = 32;

struct FactorRow {
  std::string login;
  std::optional<store::Blob> sealed;
  bool on = false;
  std::int64_t step = 0;
};
BOOST_DESCRIBE_STRUCT(FactorRow, (), (login, sealed, on, step))

constexpr std::string_view kFind = "SELECT login, totp_secret, totp_on, totp_step FROM user_account WHERE id = $1";
constexpr std::string_view kEnrol = "UPDATE user_account SET totp_secret = $2, totp_step = 0 WHERE id = $1";
constexpr std::string_view kTakeStep = "UPDATE user_account SET totp_step = $2 WHERE id = $1 AND totp_step < $2";
constexpr std::string_view kSwitchOn = "UPDATE user_account SET totp_on = 1, ver = ver + 1 WHERE id = $1";
constexpr std::string_view kSwitchOff =
    "UPDATE user_account SET totp_on = 0, totp_secret = NULL, totp_step = 0, ver = ver + 1 WHERE id = $1";
constexpr std::string_view kInsertRecovery = "INSERT INTO recovery_code (user_id, code_hash) VALUES ($1, $2)";
constexpr std::string_view kTakeRecovery =
    "UPDATE recovery_code SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL";
constexpr std::string_view kDropRecovery = "DELETE FROM recovery_code WHERE user_id = $1";

Result<std::string> open_secret(const FactorRow& row, std::string_view secret_key) {
  if (secret_key.empty() || !row.sealed) return fail(Errc::unavailable, "auth.no_secret_key");
  auto secret = unseal(secret_key, row.sealed->bytes);
  if (!secret) return fail(Errc::unavailable, "auth.no_secret_key");  // sealed with another key
  return std::move(*secret);
}

/// As people type it: spaces and dashes do not matter, nor does case.
std::string plain_code(std::string_view code) {
  std::string out;
  for (const char c : fold(take_chars(code, kCodeMax))) {
    if (c != ' ' && c != '-') out += c;
  }
  return out;
}

/// Takes the step of a TOTP code; false when wrong or used.
Result<bool> take_step(Tx& tx, UserId user, const FactorRow& row, std::string_view code, std::string_view secret_key) {
  TRY(const auto secret, open_secret(row, secret_key));
  const auto step = match_totp(secret, code, tx.now(), row.step);
  if (!step) return false;
  TRY(const auto taken, tx.exec(kTakeStep, user, *step));
  return taken == 1;
}

Result<std::vector<std::string>> make_recovery_codes(Tx& tx, UserId user) {
  TRY(tx.exec(kDropRecovery, user));
  std::vector<std::string> codes;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    const auto code = lower_ascii(base32(tx.rng().bytes(kRecoveryBytes))).substr(0, kRecoveryChars);  // 60 bits
    TRY(tx.exec(kInsertRecovery, user, hash_of(code)));
    codes.push_back(code.substr(0, 4) + "-" + code.substr(4, 4) + "-" + code.substr(8));
  }
  return codes;
}

}  // namespace

Result<Enrolment> enrol_totp(Tx& tx, UserId user, std::string_view secret_key) {
  if (secret_key.empty()) return fail(Errc::unavailable, "auth.no_secret_key");
  TRY(const auto row, tx.one<FactorRow>(kFind, user));
  if (row.on) return fail(Errc::conflict, "auth.totp_on");
  const auto secret = tx.rng().bytes(kSecretBytes);
  TRY(tx.exec(kEnrol, user, store::Blob{seal(secret_key, secret)}));
  return Enrolment{base32(secret), totp_uri(secret, row.login, kIssuer)};
}

Result<std::vector<std::string>> confirm_totp(Tx& tx, UserId user, std::string_view code, std::string_view secret_key) {
  TRY(const auto row, tx.one<FactorRow>(kFind, user));
  if (row.on) return fail(Errc::conflict, "auth.totp_on");
  if (!row.sealed) return fail(Errc::conflict, "auth.totp_not_enrolled");
  TRY(const bool good, take_step(tx, user, row, plain_code(code), secret_key));
  if (!good) return fail(Errc::invalid, "auth.totp_wrong", {}, "/code");
  TRY(tx.exec(kSwitchOn, user));
  return make_recovery_codes(tx, user);
}

Result<bool> take_code(Tx& tx, UserId user, std::string_view code, std::string_view secret_key) {
  TRY(const auto row, tx.one<FactorRow>(kFind, user));
  if (!row.on) return false;
  const auto plain = plain_code(code);
  if (plain.size() == kTotpDigits) return take_step(tx, user, row, plain, secret_key);
  TRY(const auto taken, tx.exec(kTakeRecovery, user, hash_of(plain), tx.now()));
  return taken == 1;
}

Result<> reset_totp(Tx& tx, UserId user) {
  TRY(tx.exec(kDropRecovery, user));
  TRY(const auto changed, tx.exec(kSwitchOff, user));
  if (changed == 0) return fail(Errc::not_found, "team.no_member");
  return {};
}

Result<bool> totp_required(Tx& tx) {
  TRY(const auto setting, store::setting(tx, kRequireSetting));
  return setting && *setting == "1";
}

Result<> require_totp(Tx& tx, bool required) { return store::set_setting(tx, kRequireSetting, required ? "1" : "0"); }

}  // namespace koi::team
