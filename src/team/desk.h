/// The front desk: what signing in needs beside the store. One per Db, held by its Authorizer, found by handlers.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "team/passwords.h"
#include "team/sessions.h"

namespace koi::team {

struct Desk {
  Options options;
  HashPool pool;
};
/// unavailable "auth.closed" when no Authorizer of this Db is alive.
Result<std::shared_ptr<Desk>> desk_of(Db& db);
void open_desk(Db& db, const std::shared_ptr<Desk>& desk);

/// Sign-ins are few, and their buckets must be counted one after the other: all on one writer.
inline constexpr ShardKey kSignInShard{0x5167};

/// Names of the session's and the browser's cookie.
std::string_view session_cookie(bool secure);
std::string_view device_cookie(bool secure);
/// The value of a cookie, empty when it is not there.
std::string cookie(const http::Request& request, std::string_view name);
/// Set-Cookie lines of a new session, and of its end.
void give_cookies(http::Reply& reply, bool secure, const OpenedSession& session);
void take_cookie(http::Reply& reply, bool secure);
/// Of somebody a platform vouched for who still has to show a second factor; an empty ticket takes it back.
std::string_view ticket_cookie(bool secure);
void give_ticket(http::Reply& reply, bool secure, std::string_view ticket);

/// Three steps that hold no thread: `before` on the Writer, `slow` on a hash worker, `after` on the Writer; the reply
/// leaves after that commit. `after` may set `refusal`: what it wrote is committed, the caller gets the error.
/// The steps copy what they need and never hold the Desk: a worker cannot be the one that ends its own pool.
struct SlowWork {
  std::function<Result<>(Tx&)> before;
  std::function<Result<>()> slow;
  std::function<Result<http::Reply>(Tx&)> after;
  std::optional<Error> refusal;
};
/// throttled "auth.busy" when every place of the pool is taken.
Result<Answer> run_slowly(Call& call, Desk& desk, std::shared_ptr<SlowWork> work);

}  // namespace koi::team
