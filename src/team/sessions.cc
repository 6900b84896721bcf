#include "team/sessions.h"

#include <boost/describe.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "store/rows.h"

namespace koi::team {

BOOST_DESCRIBE_STRUCT(LiveSession, (),
                      (id, user, csrf, strong, created_at, last_seen_at, login, display_name, role, reach, totp_on,
                       staff, unit_path, store_path, region_path))
BOOST_DESCRIBE_STRUCT(SessionRow, (), (id, user, created_at, last_seen_at, ip, ua, strong))

namespace {

constexpr std::size_t kTokenBytes = 32, kCsrfBytes = 16, kDeviceBytes = 16;
constexpr std::size_t kAgentMax = 200;

constexpr std::string_view kInsert =
    "INSERT INTO session (id, id_hash, user_id, csrf, device_hash, strong, created_at, last_seen_at, ip, ua) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9)";
// A member of staff who left is joined to nothing, and the session with them.
constexpr std::string_view kFind =
    "SELECT s.id, s.user_id, s.csrf, s.strong, s.created_at, s.last_seen_at, u.login, u.display_name, u.role, "
    "u.reach, u.totp_on, u.staff_id, COALESCE(o.path, ''), COALESCE(o.store_path, ''), COALESCE(o.region_path, '') "
    "FROM session s JOIN user_account u ON u.id = s.user_id "
    "LEFT JOIN staff f ON f.id = u.staff_id LEFT JOIN org_unit o ON o.id = f.unit_id "
    "WHERE s.id_hash = $1 AND s.ended_at IS NULL AND u.state = 'active' AND COALESCE(f.state, 'active') = 'active'";
constexpr std::string_view kTouch =
    "UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2 AND ended_at IS NULL";
constexpr std::string_view kStrengthen = "UPDATE session SET strong = 1 WHERE id = $1";
constexpr std::string_view kEnd = "UPDATE session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
constexpr std::string_view kEndOf =
    "UPDATE session SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL AND id <> $3";
constexpr std::string_view kEndOldest =
    "UPDATE session SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL AND id NOT IN "
    "(SELECT id FROM session WHERE user_id = $1 AND ended_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $3)";
constexpr std::string_view kList =
    "SELECT id, user_id, created_at, last_seen_at, ip, ua, strong FROM session WHERE user_id = $1 "
    "AND ended_at IS NULL AND last_seen_at > $2 AND created_at > $3 ORDER BY created_at DESC, id DESC LIMIT 50";
constexpr std::string_view kKnowsDevice = "SELECT 1 FROM session WHERE user_id = $1 AND device_hash = $2 LIMIT 1";

}  // namespace

store::Blob hash_of(std::string_view secret) { return {sha256(secret)}; }

std::string random_text(Tx& tx, std::size_t bytes) { return base64url(tx.rng().bytes(bytes)); }

Result<OpenedSession> open_session(Tx& tx, const OpenSession& cmd) {
  OpenedSession out{tx.next_id<SessionId>(), random_text(tx, kTokenBytes), random_text(tx, kCsrfBytes), cmd.device};
  if (out.device.empty()) out.device = random_text(tx, kDeviceBytes);
  TRY(tx.exec(kInsert, out.id, hash_of(out.token), cmd.user, out.csrf, hash_of(out.device), cmd.strong, tx.now(),
              cmd.ip, take_chars(cmd.ua, kAgentMax)));
  TRY(tx.exec(kEndOldest, cmd.user, tx.now(), kSessionsPerUser));
  return out;
}

Result<std::optional<LiveSession>> find_session(Tx& tx, std::string_view token) {
  TRY(auto found, tx.maybe<LiveSession>(kFind, hash_of(token)));
  if (!found) return std::nullopt;
  const bool idle = tx.now() >= found->last_seen_at + kSessionIdle;
  if (idle || tx.now() >= found->created_at + kSessionAbsolute) return std::nullopt;
  return found;
}

Scope scope_of(const LiveSession& s) {
  Reach reach = Reach::own;
  if (!parse_reach(s.reach, reach)) return Scope::of(Reach::own, {}, {});  // covers nothing
  switch (reach) {
    case Reach::all:
      return Scope::of(Reach::all, s.staff, s.unit_path);
    case Reach::region:
      return Scope::of(Reach::region, s.staff, s.region_path);
    case Reach::store:
      return Scope::of(Reach::store, s.staff, s.store_path);
    case Reach::team:
      return Scope::of(Reach::team, s.staff, s.unit_path);
    case Reach::own:
      break;
  }
  return Scope::of(Reach::own, s.staff, s.unit_path);
}

Result<> touch_session(Tx& tx, SessionId session) {
  TRY(tx.exec(kTouch, session, tx.now()));
  return {};
}

Result<> strengthen_session(Tx& tx, SessionId session) {
  TRY(tx.exec(kStrengthen, session));
  return {};
}

Result<> end_session(Tx& tx, SessionId session) {
  TRY(tx.exec(kEnd, session, tx.now()));
  return {};
}

Result<> end_sessions_of(Tx& tx, UserId user, std::int64_t but) {
  TRY(tx.exec(kEndOf, user, tx.now(), but));
  return {};
}

Result<std::vector<SessionRow>> sessions_of(Tx& tx, UserId user) {
  return tx.all<SessionRow>(kList, user, tx.now() - kSessionIdle, tx.now() - kSessionAbsolute);
}

Result<bool> knows_device(Tx& tx, UserId user, std::string_view device) {
  if (device.empty() || !user) return false;
  TRY(auto known, tx.maybe<std::int64_t>(kKnowsDevice, user, hash_of(device)));
  return known.has_value();
}

}  // namespace koi::team
