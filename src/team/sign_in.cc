#include "team/sign_in.h"

#include <boost/describe.hpp>

#include "base/text.h"
#include "store/rows.h"
#include "store/trail.h"
#include "team/passwords.h"
#include "team/second_factor.h"

namespace koi::team {
namespace {

struct AccountRow {
  UserId id;
  std::string display_name, password_hash, state;
  bool totp_on = false;
};
BOOST_DESCRIBE_STRUCT(AccountRow, (), (id, display_name, password_hash, state, totp_on))

constexpr std::string_view kByLogin =
    "SELECT u.id, u.display_name, COALESCE(u.password_hash, ''), "
    "CASE WHEN COALESCE(f.state, 'active') = 'active' THEN u.state ELSE 'disabled' END, u.totp_on "
    "FROM user_account u LEFT JOIN staff f ON f.id = u.staff_id WHERE u.login = $1";
constexpr std::string_view kPasswordHash =
    "SELECT COALESCE(password_hash, '') FROM user_account WHERE id = $1 AND state = 'active'";

Result<> note(Tx& tx, UserId user, std::string_view name, std::string_view action) {
  return store::audit(tx, {{user ? "user" : "anonymous", user.v, std::string(name)},
                           std::string(action),
                           user ? to_text(user) : std::string(),
                           "{}",
                           {}});
}

Result<Decision> refuse(Tx& tx, UserId user, std::string_view code) {
  TRY(note(tx, user, {}, "auth.refused"));
  return Decision(std::unexpect, Error{Errc::unauthenticated, std::string(code), {}, {}, {}});
}

}  // namespace

Result<Asked> ask(Tx& tx, const SignIn& from) {
  const auto login = fold(from.login);
  TRY(const auto account, tx.maybe<AccountRow>(kByLogin, login));
  TRY(const bool known, knows_device(tx, account ? account->id : UserId{}, from.device));
  Asked asked;
  TRY(asked.claim, claim_attempt(tx, {login, from.ip, known ? from.device : std::string()}));
  if (account && account->state == "active" && !account->password_hash.empty()) {
    asked.user = account->id;
    asked.password_hash = account->password_hash;
  }
  return asked;
}

Result<Decision> decide(Tx& tx, const SignIn& from, const Asked& asked, const Shown& shown,
                        std::string_view secret_key) {
  TRY(const auto account, tx.maybe<AccountRow>(kByLogin, fold(from.login)));
  // Looked up again: the member may have been disabled, or the password changed, while the hash was computed.
  const bool unchanged = account && account->id == asked.user && account->state == "active" &&
                         account->password_hash == asked.password_hash;
  if (!shown.password_fits || !unchanged) return refuse(tx, asked.user, "auth.bad_credentials");
  if (account->totp_on) {
    if (shown.code.empty()) return refuse(tx, asked.user, "auth.totp_required");
    TRY(const bool good, take_code(tx, asked.user, shown.code, secret_key));
    if (!good) return refuse(tx, asked.user, "auth.totp_wrong");
  }
  TRY(honour_claim(tx, asked.claim));
  if (!shown.old_token.empty()) {
    TRY(const auto old, find_session(tx, shown.old_token));
    if (old) {
      TRY(end_session(tx, old->id));
    }
  }
  TRY(auto opened, open_session(tx, {asked.user, from.ip, from.ua, from.device, account->totp_on}));
  TRY(note(tx, asked.user, account->display_name, "auth.login"));
  return Decision(std::move(opened));
}

Result<std::string> password_hash_of(Tx& tx, UserId user) {
  TRY(auto hash, tx.maybe<std::string>(kPasswordHash, user));
  return hash.value_or("");
}

}  // namespace koi::team
