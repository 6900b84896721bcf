#include "team/setup.h"

#include <algorithm>
#include <boost/describe.hpp>

#include "base/text.h"
#include "store/rows.h"
#include "store/trail.h"
#include "team/sessions.h"

namespace koi::team {

BOOST_DESCRIBE_STRUCT(Link, (), (purpose, user))

namespace {

constexpr std::size_t kTokenBytes = 32, kMerchantMax = 80;
constexpr Millis kSetupLife{24 * 3'600'000}, kInviteLife{72 * 3'600'000};
constexpr Millis kKeepEnded{90LL * 24 * 3'600'000}, kKeepBuckets{24 * 3'600'000};
constexpr std::string_view kIndustries[] = {"retail", "food", "education", "beauty", "baby", "other"};

constexpr std::string_view kAnyAdmin = "SELECT id FROM user_account WHERE role = 'admin' LIMIT 1";
constexpr std::string_view kDropLinks = "DELETE FROM setup_link WHERE purpose = $1 AND COALESCE(user_id, 0) = $2";
constexpr std::string_view kInsertLink =
    "INSERT INTO setup_link (token_hash, purpose, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
constexpr std::string_view kFindLink =
    "SELECT purpose, user_id FROM setup_link WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
constexpr std::string_view kUseLink =
    "UPDATE setup_link SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
constexpr std::string_view kTidySessions =
    "DELETE FROM session WHERE id IN (SELECT id FROM session WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
constexpr std::string_view kTidyBuckets =
    "DELETE FROM login_attempt WHERE key_hash IN "
    "(SELECT key_hash FROM login_attempt WHERE last_at < $1 AND next_at < $1 ORDER BY last_at LIMIT $2)";
constexpr std::string_view kTidyLinks =
    "DELETE FROM setup_link WHERE token_hash IN "
    "(SELECT token_hash FROM setup_link WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
constexpr std::string_view kTidyVouched =
    "DELETE FROM login_vouched WHERE ticket_hash IN "
    "(SELECT ticket_hash FROM login_vouched WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

Result<std::string> make_link(Tx& tx, std::string_view purpose, UserId user, Millis life) {
  TRY(tx.exec(kDropLinks, purpose, user.v));
  const auto token = random_text(tx, kTokenBytes);
  TRY(tx.exec(kInsertLink, hash_of(token), purpose, user, tx.now(), tx.now() + life));
  return token;
}

/// The link's user, with the link used up.
Result<UserId> use_link(Tx& tx, std::string_view token, std::string_view purpose) {
  TRY(const auto link, find_link(tx, token));
  if (!link || link->purpose != purpose) return fail(Errc::unauthenticated, "auth.bad_link");
  TRY(const auto used, tx.exec(kUseLink, hash_of(token), tx.now()));
  if (used == 0) return fail(Errc::unauthenticated, "auth.bad_link");
  return link->user;
}

}  // namespace

Result<bool> needs_setup(Tx& tx) {
  TRY(const auto admin, tx.maybe<UserId>(kAnyAdmin));
  return !admin.has_value();
}

Result<std::string> create_setup_token(Tx& tx) {
  TRY(const bool needed, needs_setup(tx));
  if (!needed) return fail(Errc::conflict, "team.set_up");
  return make_link(tx, "admin", {}, kSetupLife);
}

Result<std::string> create_invite_token(Tx& tx, UserId user) {
  TRY(find_user(tx, user));
  return make_link(tx, "member", user, kInviteLife);
}

Result<std::optional<Link>> find_link(Tx& tx, std::string_view token) {
  return tx.maybe<Link>(kFindLink, hash_of(token), tx.now());
}

Result<> check_setup(const CompleteSetup& cmd) {
  const auto merchant = trim(cmd.merchant);
  if (merchant.empty() || !valid_utf8(merchant) || count_chars(merchant) > kMerchantMax) {
    return fail(Errc::invalid, "team.merchant", {}, "/merchant");
  }
  if (!Zone::find(cmd.zone)) return fail(Errc::invalid, "team.zone", cmd.zone, "/zone");
  if (std::ranges::find(kIndustries, cmd.industry) == std::end(kIndustries)) {
    return fail(Errc::invalid, "team.industry", cmd.industry, "/industry");
  }
  return {};
}

Result<UserId> complete_setup(Tx& tx, const CompleteSetup& cmd) {
  TRY(const bool needed, needs_setup(tx));
  if (!needed) return fail(Errc::conflict, "team.set_up");
  TRY(check_setup(cmd));
  TRY(use_link(tx, cmd.token, "admin"));
  TRY(const auto user, create_user(tx, {.login = cmd.login,
                                        .display_name = cmd.display_name,
                                        .role = Role::admin,
                                        .reach = Reach::all,
                                        .staff = {},
                                        .password_hash = cmd.password_hash}));
  TRY(store::set_setting(tx, "merchant.name", trim(cmd.merchant)));
  TRY(store::set_setting(tx, "merchant.zone", cmd.zone));
  TRY(store::set_setting(tx, "merchant.industry", cmd.industry));
  return user;
}

Result<UserId> accept_invite(Tx& tx, std::string_view token, std::string_view password_hash) {
  TRY(const auto user, use_link(tx, token, "member"));
  TRY(set_password(tx, user, password_hash));
  return user;
}

Result<std::int64_t> tidy(Tx& tx, int limit) {
  TRY(const auto sessions, tx.exec(kTidySessions, tx.now() - kKeepEnded, limit));
  TRY(const auto buckets, tx.exec(kTidyBuckets, tx.now() - kKeepBuckets, limit));
  TRY(const auto links, tx.exec(kTidyLinks, tx.now(), limit));
  TRY(const auto vouched, tx.exec(kTidyVouched, tx.now(), limit));
  return sessions + buckets + links + vouched;
}

}  // namespace koi::team
