#include "team/vouched.h"

#include <boost/describe.hpp>

#include "base/text.h"
#include "store/rows.h"
#include "store/trail.h"
#include "team/desk.h"
#include "team/second_factor.h"

namespace koi::team {

BOOST_DESCRIBE_STRUCT(Waiting, (), (user, login, display_name, by))

namespace {

struct AccountRow {
  UserId id;
  std::string login, display_name, state;
  bool totp_on = false;
};
BOOST_DESCRIBE_STRUCT(AccountRow, (), (id, login, display_name, state, totp_on))

constexpr std::size_t kTicketBytes = 32;

constexpr std::string_view kByStaff =
    "SELECT u.id, u.login, u.display_name, CASE WHEN f.state = 'active' THEN u.state ELSE 'disabled' END, u.totp_on "
    "FROM user_account u JOIN staff f ON f.id = u.staff_id WHERE u.staff_id = $1";
constexpr std::string_view kTakeUp =
    "UPDATE user_account SET state = 'active', ver = ver + 1 WHERE id = $1 AND state = 'invited'";
constexpr std::string_view kWait =
    "INSERT INTO login_vouched (ticket_hash, user_id, vouched_by, expires_at) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kWaiting =
    "SELECT u.id, u.login, u.display_name, w.vouched_by FROM login_vouched w JOIN user_account u ON u.id = w.user_id "
    "LEFT JOIN staff f ON f.id = u.staff_id WHERE w.ticket_hash = $1 AND w.expires_at > $2 AND u.state = 'active' "
    "AND COALESCE(f.state, 'active') = 'active'";
constexpr std::string_view kUsed = "DELETE FROM login_vouched WHERE ticket_hash = $1";

Result<> note(Tx& tx, UserId user, const std::string& name, std::string_view action, const std::string& by) {
  return store::audit(tx, {{user ? "user" : "anonymous", user.v, name}, std::string(action), user ? to_text(user) : std::string(),
                           R"({"by":")" + by + "\"}", {}});
}

Result<OpenedSession> open_for(Tx& tx, UserId user, const std::string& name, const std::string& by, const Browser& from, bool strong) {
  if (!from.old_token.empty()) {
    TRY(const auto old, find_session(tx, from.old_token));
    if (old) TRY(end_session(tx, old->id));
  }
  TRY(auto opened, open_session(tx, {user, from.ip, from.ua, from.device, strong}));
  TRY(note(tx, user, name, "auth.login", by));
  return opened;
}

}  // namespace

Result<Browser> browser_of(Db& db, const http::Request& request) {
  TRY(const auto desk, desk_of(db));
  const bool secure = desk->options.secure_cookies;
  return Browser{request.remote, request.header("user-agent"), cookie(request, device_cookie(secure)), cookie(request, session_cookie(secure))};
}

Result<std::expected<LetIn, Error>> sign_in_vouched(Tx& tx, const Vouched& v) {
  const auto refuse = [&](UserId user, std::string_view code) -> Result<std::expected<LetIn, Error>> {
    TRY(note(tx, user, {}, "auth.refused", v.by));
    return std::expected<LetIn, Error>(std::unexpect, Error{Errc::forbidden, std::string(code), {}, {}, {}});
  };
  TRY(const auto account, tx.maybe<AccountRow>(kByStaff, v.staff));
  if (!account) return refuse({}, "auth.no_account");
  if (account->state == "disabled") return refuse(account->id, "auth.disabled");
  if (account->state == "invited") {
    TRY(tx.exec(kTakeUp, account->id));
    TRY(note(tx, account->id, account->display_name, "auth.taken_up", v.by));
  }
  LetIn in;
  if (account->totp_on) {
    in.ticket = random_text(tx, kTicketBytes);
    TRY(tx.exec(kWait, hash_of(in.ticket), account->id, v.by, tx.now() + kVouchedLife));
    return std::expected<LetIn, Error>(std::move(in));
  }
  TRY(in.session, open_for(tx, account->id, account->display_name, v.by, v.from, false));
  return std::expected<LetIn, Error>(std::move(in));
}

Result<> give_way(Db& db, http::Reply& reply, const LetIn& in) {
  TRY(const auto desk, desk_of(db));
  const bool secure = desk->options.secure_cookies;
  if (in.session) give_cookies(reply, secure, *in.session);
  else give_ticket(reply, secure, in.ticket);
  return {};
}

Result<std::optional<Waiting>> waiting_for(Tx& tx, std::string_view ticket) {
  if (ticket.empty()) return std::nullopt;
  return tx.maybe<Waiting>(kWaiting, hash_of(ticket), tx.now());
}

Result<OpenedSession> finish_vouched(Tx& tx, std::string_view ticket, const Browser& from) {
  TRY(const auto who, waiting_for(tx, ticket));
  if (!who) return fail(Errc::unauthenticated, "auth.session_ended");
  TRY(tx.exec(kUsed, hash_of(ticket)));
  return open_for(tx, who->user, who->display_name, who->by, from, true);
}

}  // namespace koi::team
