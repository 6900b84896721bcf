/// The wire: one route table from which the router, OpenAPI, the authorization matrix and the typed client come.
/// No Asio, Beast or JSON type appears here; rooms include this and http/wire.h (in api.cc only).
#pragma once
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/scope.h"
#include "store/store.h"
#include "store/trail.h"

namespace koi::http {

/// Who is calling: a console user, an API key, or nobody.
struct Actor {
  enum class Kind : std::uint8_t { anonymous, user, key, system } kind = Kind::anonymous;
  std::int64_t id = 0;
  std::string name, role;
  std::set<std::string, std::less<>> permissions;  // "*" grants all
  Scope scope = Scope::of(Reach::own, {}, {});
  StaffId staff;
  std::string csrf;        // sessions: the token the custom header must carry
  std::string source_key;  // write keys: the source that events are stamped with
  std::string origin;      // write keys: the site of the page that asks, when the key answers to it
  bool may(std::string_view permission) const;
  store::Author author() const;
};

struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Header lines, names in lower case. A few dozen at most, so a flat list beats a map; a repeated name is joined by ",
/// ".
class Headers {
 public:
  using Line = std::pair<std::string, std::string>;
  Headers() = default;
  Headers(std::initializer_list<Line> lines) : lines_(lines) {}
  const std::string* get(std::string_view name) const;
  bool contains(std::string_view name) const { return get(name) != nullptr; }
  std::string& operator[](std::string_view name);
  void add(std::string_view name, std::string_view value);
  auto begin() const { return lines_.begin(); }
  auto end() const { return lines_.end(); }
  std::size_t size() const { return lines_.size(); }

 private:
  std::vector<Line> lines_;
};

/// What a request brought.
struct Request {
  std::string method, target, path;
  std::string body;  // already inflated (gzip, zstd) within the limits
  Headers headers;
  std::vector<std::pair<std::string, std::string>> query;  // decoded
  std::string remote;                                      // peer address
  std::string request_id;                                  // "req_…", also in the reply header X-Request-Id
  std::string trace_id;                                    // of the caller's traceparent, or empty
  std::string header(std::string_view name) const;         // "" when absent
  std::string query_value(std::string_view name) const;
  /// What the caller reads: "en" when Accept-Language likes it better than Chinese, else "zh-CN".
  std::string_view language() const;
};

/// Finishes a request exactly once, from any thread.
using Finish = std::function<void(Result<Reply>)>;

/// A handler's answer: ready now, or on its way (the Call was given to the Writer or a reader).
struct Answer {
  std::optional<Reply> now;
  Answer(Reply reply) : now(std::move(reply)) {}
  struct Later {};
  Answer(Later) {}
};

struct Route;

/// One request at work. Handlers get it by reference; work queued by write, read or later keeps it alive, so queued
/// functions may capture it by reference. A handler runs on the I/O thread (public and write-key routes with a small
/// body) or on a reader thread; it must not wait for anything.
class Call {
 public:
  virtual ~Call() = default;
  virtual const Request& request() const = 0;
  virtual const Actor& actor() const = 0;
  virtual const Route& route() const = 0;
  virtual Db& db() = 0;
  const Scope& scope() const { return actor().scope; }

  /// A path part by its name in the pattern "/v1/people/{person}".
  virtual std::string_view path_text(std::string_view name) const = 0;
  template <class I>
  Result<I> path(std::string_view name) const {
    const auto number = parse_id(I::tag::prefix, path_text(name));
    if (!number) return fail(Errc::not_found, "http.no_such_id", std::string(path_text(name)));
    return I{*number};
  }
  /// The body / query string as a described struct (http/wire.h). Unknown fields are refused with a suggestion.
  template <class T>
  Result<T> body() const;
  template <class T>
  Result<T> query() const;

  /// Queues `fn` on the Writer and replies after commit. Adds, in the same transaction: the Idempotency-Key record
  /// (same key, other body: 422 "http.key_reused"; replay: header Idempotent-Replayed) and the audit row when the
  /// route is audited.
  virtual Answer write(ShardKey shard, std::function<Result<Reply>(Tx&)> fn) = 0;
  template <class Tag>
  Answer write(Id<Tag> shard, std::function<Result<Reply>(Tx&)> fn) {
    return write(ShardKey{static_cast<std::uint64_t>(shard.v)}, std::move(fn));
  }
  /// Runs `fn` on a reader's snapshot: the one the caller was authorised on when there is one, else queued.
  virtual Answer read(std::function<Result<Reply>(Tx&)> fn) = 0;
  /// Keeps the request open; call the returned Finish once (long uploads, streams of results).
  virtual Finish later() = 0;
  /// What the audit row names beyond the route's permission.
  virtual void audit_subject(std::string subject, std::string detail_json = "{}") = 0;
};

using Handler = Result<Answer> (*)(Call&);
/// A JSON Schema (2020-12) as text; nested described structs are inlined.
using SchemaFn = std::string (*)();

enum RouteFlags : unsigned {
  kNone = 0,
  kPublic = 1,    // answers without login (the public set of the OpenAPI)
  kNoAudit = 2,   // a mutation that is its own record (ingest)
  kUpload = 4,    // body up to 20 MiB, any content type
  kWriteKey = 8,  // a source's write key instead of a session; nothing else answers other sites' pages (CORS)
  kNoCsrf = 16,   // login, signed hooks
  kIfMatch = 32,  // edits of definitions: If-Match required (428), mismatch 412
  kLogin = 64,    // any logged-in actor, no permission
  kBatch = 128,   // body up to 4 MiB; kWriteKey routes have it too
  kSecret = 256,  // the reply shows a secret once: it is not kept for a repeat (409 "http.shown_once")
};

/// One line of the table. `permission` is "noun.verb" from team's policy; empty only with kPublic, kLogin, kWriteKey.
/// A path part is a word, "{name}" or "{name}:verb".
struct Route {
  std::string_view method, path, permission;
  Handler handler;
  std::string_view zh, en;  // summary
  SchemaFn query = nullptr, body = nullptr, reply = nullptr;
  unsigned flags = kNone;
  std::string_view media = {};  // what a reply is that is no JSON, "application/pdf"; of "text/html" refusals are pages too
};

/// Problem code to its kind's status: one table.
int status_of(Errc kind);
/// One line of the problem catalogue, gathered from every room's codes.txt; sorted by code.
struct ProblemTitle {
  std::string_view code, zh, en;
};
std::span<const ProblemTitle> problem_titles();
/// Whether a code stands in some codes.txt; tests call it for every code a room can emit.
bool known_code(std::string_view code);
/// What people read for an error: its title in the catalogue, or that of its kind.
std::string problem_title(const Error& error, std::string_view language);
/// The problem+json text of an error, title and detail in `language` ("zh-CN", "en").
Reply problem(const Error& error, std::string_view request_id, std::string_view language, std::string_view instance);

/// Turns credentials into an Actor; team/ fills it.
struct Authorizer {
  /// Anonymous when the request carries no credentials; unauthenticated "auth.…" when they are wrong.
  std::function<Result<Actor>(Tx& read, const Request&)> actor;
  /// Basic auth write keys, or "writeKey" in a JSON body as browsers send it; unauthenticated "auth.write_key" when
  /// unknown, forbidden "auth.origin" from a page of a site the key does not name. Cached by team/.
  std::function<Result<Actor>(const Request&)> write_key;
  /// Whether any write key answers to pages of this site: what a preflight asks, before a key is known.
  std::function<Result<bool>(Tx& read, std::string_view origin)> origin = {};
};

/// How long a connection may take (checked four times a second).
struct Patience {
  Millis head{10'000};  // from the first byte of a head to its last, or from the first connect
  Millis idle{75'000};  // between requests
  Millis grace{5'000};  // before the least rate counts, for bodies and for replies
  std::int64_t bytes_per_second = 500;
  Millis goodbye{1'000};  // reading on after the last reply
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8686;
  int io_threads = 1;
  std::string static_dir;  // built console; served with CSP and hashed-asset caching
  std::size_t body_max = 1 << 20, upload_max = 20 << 20, batch_max = 4 << 20;
  std::size_t connections_max = 4096, connections_per_ip = 64;
  Patience patience = {};
  bool secure_cookies = false;  // __Host- and Secure; on behind TLS
  std::string version = "0.1.0";
  bool access_log = true;  // one JSON line a request on stderr; successful ingest is only counted
  /// More lines for /metrics, from later rooms; called on a reader thread.
  std::function<void(std::string& prometheus_text)> more_metrics;
};

/// The running server. Routes are collected once; duplicates or a missing permission fail a CHECK at start.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Db& db, Authorizer authorizer,
                                               std::vector<std::span<const Route>> routes);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  /// Not ready: /readyz answers 503 and new work is refused while old work finishes. Returns when it has, or after
  /// 10 s. Not from an I/O thread.
  virtual void drain() = 0;
};

/// What http answers itself: /healthz, /readyz, /version, /metrics, /openapi.json.
std::span<const Route> system_routes();
/// camelCase and unique for method and path: GET /v1/people/{person} is "getPeopleByPerson".
std::string operation_id(const Route& route);
/// The whole OpenAPI 3.1 document, generated from the table.
std::string openapi(std::span<const std::span<const Route>> routes);

}  // namespace koi::http

namespace koi {
using http::Answer;
using http::Call;
using http::Reply;
using http::Route;
}  // namespace koi
