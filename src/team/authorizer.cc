#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <boost/json.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "team/desk.h"
#include "team/keys.h"
#include "team/second_factor.h"

namespace koi::team {
namespace {

constexpr std::size_t kSecretKeyBytes = 32;
constexpr Millis kKeyTtlAlone{60'000};  // the only process: every change passes through this cache
constexpr Millis kKeyTtlShared{1'000};  // others may revoke a key on the same PostgreSQL

/// What was used is written down later, if the Writer has room: nobody waits for it, nothing depends on it.
template <class F>
void write_down(Db& db, F fn) {
  (void)db.writer().submit(
      {}, [fn](Tx& tx) { return fn(tx); }, [](Result<>) {});
}

Result<http::Actor> user_actor(Db& db, Tx& tx, std::string_view token) {
  TRY(const auto session, find_session(tx, token));
  if (!session) return fail(Errc::unauthenticated, "auth.session_ended");
  if (tx.now() >= session->last_seen_at + kTouchEvery) {
    write_down(db, [id = session->id](Tx& w) { return touch_session(w, id); });
  }
  Role role{};
  if (!parse_role(session->role, role)) return fail(Errc::unauthenticated, "auth.session_ended");
  bool strong = session->strong;
  if (!strong) {
    TRY(const bool required, totp_required(tx));
    strong = !required;
  }
  http::Actor actor;
  actor.kind = http::Actor::Kind::user;
  actor.id = session->user.v;
  actor.name = session->display_name;
  actor.role = session->role;
  actor.permissions = permissions_of(role, strong);
  actor.scope = scope_of(*session);
  actor.staff = session->staff;
  actor.csrf = session->csrf;
  return actor;
}

Result<http::Actor> key_actor(Db& db, Tx& tx, std::string_view token, std::string_view remote) {
  TRY(const auto key, find_key(tx, token));
  if (!key || key->kind != "api") return fail(Errc::unauthenticated, "auth.bad_key");
  if (!from_allowed(*key, remote)) return fail(Errc::forbidden, "auth.key_address");
  if (!key->last_used_at || tx.now() >= *key->last_used_at + kTouchEvery) {
    write_down(db, [id = key->id](Tx& w) { return touch_key(w, id); });
  }
  return actor_of(*key);
}

Result<http::Actor> actor_of_request(Db& db, const Desk& desk, Tx& tx, const http::Request& request) {
  const auto authorization = request.header("authorization");
  if (!authorization.empty()) {
    const auto space = authorization.find(' ');
    const auto scheme = lower_ascii(std::string_view(authorization).substr(0, space));
    if (scheme != "bearer" || space == std::string::npos) return fail(Errc::unauthenticated, "auth.scheme");
    return key_actor(db, tx, trim(std::string_view(authorization).substr(space + 1)), request.remote);
  }
  const auto token = cookie(request, session_cookie(desk.options.secure_cookies));
  if (token.empty()) return http::Actor{};
  return user_actor(db, tx, token);
}

/// The user name of Basic authentication; the password is of no interest (Segment's libraries leave it empty).
std::string basic_user(const http::Request& request) {
  const auto authorization = request.header("authorization");
  if (authorization.size() < 6 || lower_ascii(std::string_view(authorization).substr(0, 6)) != "basic ") return {};
  const auto pair = unbase64(trim(std::string_view(authorization).substr(6)));
  return pair ? pair->substr(0, pair->find(':')) : std::string();
}

/// "writeKey" of a JSON body, as Segment's browser library sends it where it cannot set a header.
std::string body_key(const http::Request& request) {
  boost::system::error_code broken;
  boost::json::parse_options options;
  options.max_depth = 64;
  const auto body = boost::json::parse(request.body, broken, {}, options);
  if (broken || !body.is_object()) return {};
  const auto* key = body.as_object().if_contains("writeKey");
  return key != nullptr && key->is_string() ? std::string(key->as_string()) : std::string();
}

Result<http::Actor> write_key_actor(Db& db, const http::Request& request) {
  const auto key = request.headers.contains("authorization") ? basic_user(request) : body_key(request);
  if (!key.starts_with(kWritePrefix)) return fail(Errc::unauthenticated, "auth.write_key");
  auto& cache = key_cache(db.shared());
  const auto hash = sha256(key);
  const auto now = db.clock().now();
  auto hit = cache.find(hash, request.remote, now);
  if (!hit) {
    const auto generation = cache.generation();
    TRY(const auto found, db.read([&](Tx& tx) { return find_key(tx, key); }));
    if (!found || found->kind != "write") return fail(Errc::unauthenticated, "auth.write_key");
    cache.put(hash, *found, now, db.kind() == store::Kind::sqlite ? kKeyTtlAlone : kKeyTtlShared, generation);
    hit = KeyCache::Hit{actor_of(*found), from_allowed(*found, request.remote), true, found->origins};
  }
  if (!hit->allowed) return fail(Errc::forbidden, "auth.key_address");
  if (const auto* origin = request.headers.get("origin"); origin != nullptr) {
    if (!answers_to(hit->origins, *origin)) return fail(Errc::forbidden, "auth.origin");
    hit->actor.origin = *origin;
  }
  if (hit->touch) write_down(db, [id = KeyId{hit->actor.id}](Tx& tx) { return touch_key(tx, id); });
  return std::move(hit->actor);
}

/// A file descriptor that closes itself.
struct File {
  int fd;
  ~File() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

http::Authorizer authorizer(Db& db, Options options) {
  if (options.secret_key.empty() && !db.shared().data_dir().empty()) {
    options.secret_key = load_secret_key(db.shared().data_dir() + "/team.key").value_or("");
  }
  auto desk = std::make_shared<Desk>();
  desk->options = std::move(options);
  open_desk(db, desk);
  (void)dummy_hash();  // made now, so that the first unknown login does not take longer than the second
  return {[&db, desk](Tx& tx, const http::Request& request) { return actor_of_request(db, *desk, tx, request); },
          [&db, desk](const http::Request& request) { return write_key_actor(db, request); },
          [](Tx& tx, std::string_view origin) { return any_key_answers_to(tx, origin); }};
}

Result<std::string> load_secret_key(const std::string& path) {
  const auto bad = [&] { return fail(Errc::internal, "team.secret_key", path); };
  std::string key(kSecretKeyBytes, '\0');
  if (const File made{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)}; made.fd >= 0) {
    key = random_bytes(kSecretKeyBytes);
    const bool kept =
        ::write(made.fd, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && ::fsync(made.fd) == 0;
    if (!kept) {
      ::unlink(path.c_str());
      return bad();
    }
    return key;
  }
  if (errno != EEXIST) return bad();
  const File file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.fd < 0 || ::read(file.fd, key.data(), key.size()) != static_cast<ssize_t>(key.size())) return bad();
  return key;
}

}  // namespace koi::team
