/// Signing in by a platform's word: it says which member of staff stands there. What follows is as after a password: the same
/// sessions, throttle, second factor and audit. Nobody is made by it: who has no account stays outside.
#pragma once
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "team/sessions.h"
#include "team/throttle.h"

namespace koi::team {

inline constexpr Millis kVouchedLife{5 * 60'000};

/// Which browser asks.
struct Browser {
  std::string ip, ua, device, old_token;
};
/// unavailable "auth.closed" when no Authorizer of this Db is alive.
Result<Browser> browser_of(Db& db, const http::Request& request);

struct Vouched {
  StaffId staff;
  std::string by;  // "wecom:ww…", for the audit trail
  Browser from;
};
/// Either a session, or a ticket to be shown with a second factor.
struct LetIn {
  std::optional<OpenedSession> session;
  std::string ticket;
};
/// A refusal is a value, because its audit row is committed: forbidden "auth.no_account" (nobody signs in as this member of
/// staff), "auth.disabled". Somebody invited has taken up the invitation by it.
Result<std::expected<LetIn, Error>> sign_in_vouched(Tx& tx, const Vouched& vouched);
/// The cookies of whoever was let in. unavailable "auth.closed".
Result<> give_way(Db& db, http::Reply& reply, const LetIn& in);

/// Who a ticket stands for while it lives.
struct Waiting {
  UserId user;
  std::string login, display_name, by;
};
Result<std::optional<Waiting>> waiting_for(Tx& tx, std::string_view ticket);
/// The code was right: the ticket is used up, the session a strong one. unauthenticated "auth.session_ended" when the ticket is over.
Result<OpenedSession> finish_vouched(Tx& tx, std::string_view ticket, const Browser& from);

}  // namespace koi::team
