/// Sessions: random ids kept as hashes, idle and absolute ends, and what one request learns from a session.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "team/team.h"

namespace koi::team {

struct SessionTag {
  static constexpr std::string_view prefix = "ses";
};
using SessionId = Id<SessionTag>;

inline constexpr Millis kSessionIdle{30 * 60'000}, kSessionAbsolute{12 * 3'600'000};
inline constexpr Millis kTouchEvery{60'000};  // last_seen_at is written at most this often
inline constexpr int kSessionsPerUser = 50;

/// SHA-256 of a secret, as every table here keeps it.
store::Blob hash_of(std::string_view secret);
/// n random bytes as text for a cookie or a link.
std::string random_text(Tx& tx, std::size_t bytes);

struct OpenSession {
  UserId user;
  std::string ip, ua;
  std::string device;   // the browser's own token; a new one is made when empty
  bool strong = false;  // a second factor was shown
};
struct OpenedSession {
  SessionId id;
  std::string token, csrf, device;
};
/// A new session; the oldest of a user beyond kSessionsPerUser ends.
Result<OpenedSession> open_session(Tx& tx, const OpenSession& cmd);

/// What a request needs to know about its session, read in one statement.
struct LiveSession {
  SessionId id;
  UserId user;
  std::string csrf;
  bool strong = false;
  Instant created_at, last_seen_at;
  std::string login, display_name, role, reach;
  bool totp_on = false;
  StaffId staff;
  std::string unit_path, store_path, region_path;
};
/// The live session of this token at tx.now(); nothing when it is unknown, over, or its user may not sign in.
Result<std::optional<LiveSession>> find_session(Tx& tx, std::string_view token);
/// The scope a session works in: its reach stood on the place its member of staff belongs to today.
Scope scope_of(const LiveSession& session);
Result<> touch_session(Tx& tx, SessionId session);

/// A second factor was shown in it after it was opened.
Result<> strengthen_session(Tx& tx, SessionId session);

Result<> end_session(Tx& tx, SessionId session);
Result<> end_sessions_of(Tx& tx, UserId user, std::int64_t but = 0);

struct SessionRow {
  SessionId id;
  UserId user;
  Instant created_at, last_seen_at;
  std::string ip, ua;
  bool strong = false;
};
/// Live ones, newest first.
Result<std::vector<SessionRow>> sessions_of(Tx& tx, UserId user);

/// Whether this user has signed in from this browser before.
Result<bool> knows_device(Tx& tx, UserId user, std::string_view device);

}  // namespace koi::team
